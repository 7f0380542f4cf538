"""The annual evaluation in Russian words: what forms, the sheet and the order say of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from app.programmes.dynamics import Compared, warnings
from app.programmes.models import Evaluation
from reports import ru

DECISIONS = {"exit": "исключить из перечня", "continue": "продолжить поддержку", "strengthen": "усилить поддержку"}
DYNAMICS = {
    "positive": "положительная",
    "negative": "отрицательная",
    "none": "положительной динамики нет",
    "insufficient": "сопоставимых данных нет",
}
RULE = {
    "exit": "исключить: школа не отвечает критериям перечня",
    "continue": "продолжить: школа отвечает критериям перечня или не выдержала нужного числа расчётов подряд",
    "watch": "наблюдение: за один из лет данных нет, вывод сделать нельзя",
    "insufficient": "данных недостаточно: исключение возможно только мотивированным решением",
}
VERDICTS = {
    "listed": "отвечает критериям перечня",
    "not_listed": "не отвечает критериям перечня",
    "watch": "предложена для наблюдения",
    "insufficient_data": "данных недостаточно",
    "not_applicable": "процедуры не проводятся",
    None: "в расчёте школы нет",
}
OBSTACLES = {
    "one_year": "данные только за один год",
    "moved": "процедура перенесена, годы несопоставимы",
    "not_held": "в одном из лет не проводилась",
}
SCORES = {0: "0 – нет", 1: "1 – формально", 2: "2 – достаточно", 3: "3 – результативно"}


def points(delta: Fraction) -> str:
    """«−12,4»: a change in percentage points, with its sign."""
    tenths = round(abs(delta) * 10)
    sign = "" if not tenths else "−" if delta < 0 else "+"
    return f"{sign}{tenths // 10},{tenths % 10}"


def outcome(one: Compared) -> str:
    """What became of a procedure, in a word."""
    if one.obstacle:
        return OBSTACLES[one.obstacle]
    return "ухудшение" if one.worsened else "улучшение" if one.improved else "без улучшения"


def decimal(value: Fraction | None) -> str:
    return f"{float(value):.2f}".replace(".", ",") if value is not None else ""


def line(one: Compared, title: str) -> dict[str, Any]:
    """A procedure as the table of a page shows it."""
    delta = one.delta
    return {
        "procedure": title,
        "before": share(one, "before"),
        "after": share(one, "after"),
        "delta": points(delta) if delta is not None else ru.DASH,
        "mean_before": decimal(one.before.mean if one.before else None),
        "mean_after": decimal(one.after.mean if one.after else None),
        "expected": one.expected,
        "outcome": outcome(one),
        "small": one.small,
        "returned": one.within_return,
    }


def share(one: Compared, side: str) -> str:
    """«45,0 % (9 из 20)»."""
    seen = getattr(one, side)
    return f"{ru.percent(seen.low, seen.n)} % ({seen.low} из {seen.n})" if seen else ru.DASH


def notes(rows: Sequence[Compared], titles: dict[str, str], small_below: int) -> list[str]:
    """What must be said beside the figures, so that nobody takes chance for work."""
    found, said = [], warnings(rows)
    if said["small"]:
        names = "; ".join(titles.get(code, code) for code in said["small"])
        found.append(
            f"Малая выборка (меньше {small_below} участников): {names}. Один участник меняет долю на десятую часть и более: "
            "изменение может быть случайным."
        )
    if said["returned"]:
        names = "; ".join(titles.get(code, code) for code in said["returned"])
        found.append(
            f"Возврат к среднему: {names}. Доля снизилась не больше, чем снизилась бы сама: в перечень школа попадает после "
            "необычно низкого года, и следующий в среднем лучше без всякой работы. Это улучшение не доказывает, что меры сработали."
        )
    return found


def differs(row: Evaluation) -> bool:
    """Is the decision (else the proposal) other than the rule's answer?"""
    said = row.decision or row.proposal
    return said is not None and (said == "exit") != (row.rule == "exit")
