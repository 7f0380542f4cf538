"""Planted edge cases: schools whose numbers are exact, with what each must show. The list of them is the manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from app.demo.oracle import Count
from app.demo.plan import Plan, Split
from app.demo.schools import Reorganisation, School

Verdicts = dict[str, tuple[str, tuple[str, ...]]]  # rule → status, criteria
NOT = ("not_listed", ())
K1 = ("listed", ("K1",))
K2 = ("listed", ("K2",))


def _both(verdict: tuple[str, tuple[str, ...]]) -> Verdicts:
    return {"any": verdict, "same_procedure": verdict}


@dataclass
class EdgeCase:
    """One planted case: its schools, exact counts and the verdict for the list of 2026 under both rules."""

    key: str
    title: str
    schools: list[str] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    expected: Verdicts = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    note: str = ""

    def record(self) -> dict[str, Any]:
        """The case as JSON-able data."""
        return asdict(self)


@dataclass(frozen=True)
class _Exact:
    """A case told by exact counts of one school: (year, procedure) → (n, low)."""

    key: str
    title: str
    pick: str
    counts: dict[tuple[int, str], tuple[int, int]]
    expected: Verdicts
    split: tuple[tuple[int, int], tuple[int, int]] | None = None


MATH5, MATH6, RUS5, RUS6 = "vpr_math_5", "vpr_math_6", "vpr_rus_5", "vpr_rus_6"
EXACT = (
    _Exact("exact_30", "Ровно 30 %: 3 из 10 по двум процедурам", "full", {
        (2025, MATH5): (10, 3), (2025, RUS5): (10, 3)}, _both(K1)),
    _Exact("one_low", "29,90 % – ещё не низкий результат", "full", {
        (2025, MATH5): (97, 29), (2025, RUS5): (96, 48)}, _both(NOT)),
    _Exact("rounding", "142 из 474 печатается как 30,0 %, но меньше порога", "big", {
        (2025, MATH6): (474, 142), (2025, RUS6): (470, 188)}, _both(NOT)),
    _Exact("tiny", "Малая школа: 1 из 3 и 1 из 2", "basic", {
        (2025, MATH5): (3, 1), (2025, RUS5): (2, 1)}, _both(K1)),
    _Exact("other_procedure", "Два года подряд по разным процедурам", "full", {
        (2025, MATH6): (20, 8), (2024, RUS5): (20, 7)}, {"any": K2, "same_procedure": NOT}),
    _Exact("same_procedure", "Два года подряд по одной процедуре", "full", {
        (2025, "oge_math"): (29, 9), (2024, "oge_math"): (20, 9)}, _both(K2)),
    _Exact("recovered", "Год назад четыре низких результата, теперь ни одного", "full", {
        (2024, MATH5): (20, 8), (2024, MATH6): (21, 9), (2024, RUS6): (22, 8), (2024, "oge_math"): (19, 7)},
        _both(NOT)),
    _Exact("pooled_maths", "База 2 из 10 и профиль 2 из 4: вместе 28,6 %", "full", {
        (2025, RUS6): (24, 9), (2025, "ege_math"): (14, 4)}, _both(NOT), ((10, 2), (4, 2))),
    _Exact("resit", "ОГЭ: 4 из 10 в основной день, в сентябре остался один", "full", {
        (2025, "oge_rus"): (10, 4), (2025, MATH5): (12, 5)}, _both(K1)),
    _Exact("past_graduates", "ЕГЭ: 2 из 8 выпускников года и двое прошлых лет ниже порога", "full", {
        (2025, "ege_rus"): (8, 2), (2025, MATH5): (15, 6)}, _both(NOT)),
    _Exact("basic_school", "Основная школа: ЕГЭ нет, остальные процедуры есть", "basic", {
        (2025, "oge_math"): (9, 3), (2025, "oge_rus"): (9, 3)}, _both(K1)),
    _Exact("primary_school", "Начальная школа: правило неприменимо", "primary", {}, _both(("not_applicable", ()))),
    _Exact("private_school", "Частная школа: муниципального органа над ней нет", "private", {
        (2025, MATH5): (11, 4), (2025, MATH6): (12, 5)}, _both(K1)),
    _Exact("state_school", "Государственная школа-интернат: муниципального органа над ней нет", "state", {
        (2025, "oge_math"): (12, 5), (2024, "oge_math"): (14, 6)}, _both(K2)),
    _Exact("bias", "Признаки необъективности при благополучных результатах", "full", {}, _both(NOT)),
    _Exact("appeal", "Апелляция подняла балл выше порога", "full", {(2025, "ege_rus"): (25, 2)}, _both(NOT)),
    _Exact("absent", "Неявившиеся не считаются участниками", "full", {
        (2025, "oge_math"): (14, 4), (2025, MATH6): (16, 5)}, _both(NOT)),
    _Exact("mark_beats_score", "Оценка «2» при 9 баллах: мало баллов по геометрии", "full", {
        (2025, "oge_math"): (10, 3), (2025, "oge_rus"): (10, 3)}, _both(K1)),
)  # fmt: skip

PICKS: dict[str, Callable[[School], bool]] = {
    "full": lambda s: s.kind == "СОШ" and s.under_municipality and not s.selective and 8 <= s.cohort <= 30,
    "big": lambda s: s.kind == "СОШ" and s.under_municipality and not s.selective and s.cohort >= 60,
    "basic": lambda s: s.kind == "ООШ" and s.under_municipality,
    "village": lambda s: s.kind == "СОШ" and not s.municipality.urban and 8 <= s.cohort <= 30,
    "primary": lambda s: s.kind == "НОШ",
    "private": lambda s: s.founder == "private",
    "state": lambda s: s.founder == "state" and s.kind == "СОШ",
}


class Planter:
    """Puts the cases into the plan and remembers which schools are taken."""

    def __init__(self, schools: list[School], plan: Plan) -> None:
        self.schools = {school.code: school for school in schools}
        self.plan = plan
        self.order = sorted(self.schools)
        plan.random.shuffle(self.order)
        self.taken: set[str] = set()
        self.cases: list[EdgeCase] = []
        self.reorganisations: list[Reorganisation] = []

    def pick(self, pick: str) -> str:
        """A free school of this sort."""
        code = next(c for c in self.order if c not in self.taken and PICKS[pick](self.schools[c]))
        self.taken.add(code)
        return code

    def add(self, key: str, title: str, codes: list[str], expected: Verdicts, note: str = "") -> EdgeCase:
        """Write the case down with the counts that its schools have at the moment."""
        case = EdgeCase(key, title, codes, [], expected, [], note)
        self.cases.append(case)
        return case

    def put(self, case: EdgeCase, code: str, year: int, procedure: str, n: int, low: int, split: Any = None) -> None:
        """An exact count of a case, in the plan and in the manifest."""
        self.plan.place(code, year, procedure, Count(n, low), split)
        row = {"school": code, "school_year": year, "procedure": procedure, "n": n, "low": low}
        case.counts.append(row | ({"base": list(split.base), "profile": list(split.profile)} if split else {}))

    def exact(self) -> None:
        """All cases of the table."""
        for spec in EXACT:
            code = self.pick(spec.pick)
            case = self.add(spec.key, spec.title, [code], spec.expected)
            for (year, procedure), (n, low) in spec.counts.items():
                split = (
                    Split(*(Count(*pair) for pair in spec.split)) if spec.split and procedure == "ege_math" else None
                )
                self.put(case, code, year, procedure, n, low, split)

    def new_school(self) -> None:
        """A school without the year before last: one low result makes it watched, not listed."""
        code = self.pick("full")
        self.plan.forget(code, (2023, 2024))
        watch = _both(("watch", ()))
        case = self.add("new_school", "Новая школа: за позапрошлый год данных нет", [code], watch)
        self.put(case, code, 2025, MATH5, 21, 8)

    def same_names(self) -> None:
        """Two schools of one name in different municipalities: only the first is listed."""
        by_name: dict[str, list[str]] = {}
        for code in self.order:
            school = self.schools[code]
            if code not in self.taken and school.kind == "СОШ" and not school.municipality.urban:
                by_name.setdefault(school.short_name, []).append(code)
        first, second = next(codes for codes in by_name.values() if len(codes) > 1)[:2]
        self.taken |= {first, second}
        title = "Одинаковые названия в разных муниципалитетах: в перечне первая"
        case = self.add("same_names", title, [first, second], _both(K1), "Вторая школа в перечень не входит.")
        self.put(case, first, 2025, MATH6, 12, 6)
        self.put(case, first, 2025, RUS6, 12, 5)

    def renamed(self, code: str, former: str) -> None:
        """A school under a new name: its results of both years belong together."""
        case = self.add(
            "renamed", "Переименованная школа: в старых выгрузках прежнее название", [code], _both(K2), former
        )
        self.put(case, code, 2025, "oge_math", 16, 6)
        self.put(case, code, 2024, "oge_math", 15, 5)
        self.reorganisations.append(Reorganisation("rename", code, code, "2025-09-01", former))

    def merged(self, former: School, others: list[School]) -> None:
        """A school joined to another: both low once, so pooled they would be listed and apart they are not."""
        near = [
            code
            for code in self.order
            if code not in self.taken
            and self.schools[code].municipality == former.municipality
            and self.schools[code].kind == "СОШ"
        ]
        successor = near[0]
        self.taken.add(successor)
        note = "Если складывать результаты с присоединённой школой, выполняется K2."
        case = self.add(
            "merged", "Присоединённая школа: вторая влилась в первую", [successor, former.code], _both(NOT), note
        )
        self.plan.forget(former.code, (2025,))
        self.put(case, former.code, 2024, "oge_math", 60, 33)
        self.put(case, successor, 2025, "oge_math", 12, 5)
        self.reorganisations.append(Reorganisation("merge", former.code, successor, "2025-09-01", former.short_name))
        for school in others:
            self.plan.forget(school.code, (2024, 2025))
            self.reorganisations.append(Reorganisation("close", school.code, "", "2024-09-01", school.short_name))

    def corrected(self) -> tuple[str, Count]:
        """An extract that was issued again: the first version made the school low twice, wrongly."""
        code = self.pick("full")
        title = "Исправленная выгрузка: в первой версии переставлены отметки «2» и «5»"
        case = self.add("corrected", title, [code], _both(NOT), "По первой версии файла – K2 по одной процедуре.")
        self.put(case, code, 2024, MATH6, 20, 2)
        self.put(case, code, 2025, MATH6, 20, 7)
        case.counts.append({"school": code, "school_year": 2024, "procedure": MATH6, "n": 20, "low": 9, "version": 1})
        return code, Count(20, 9)
