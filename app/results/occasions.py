"""Which procedure a table is about: subject, grade, school year, wave, as people write them in titles and cells.

The school year is named by its first calendar year. A year or a day of spring 2025 belongs to 2024; an autumn check or
a September exam belongs to the year of the programme it closes, so autumn 2022 is 2021 too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from app.results.norms import wave_by_day

SUBJECTS = {"math": "математика", "rus": "русский язык"}
FAMILIES = {"vpr": "ВПР", "oge": "ОГЭ", "ege": "ЕГЭ"}
WAVES = {
    "early": "досрочный период",
    "main": "основной период",
    "reserve": "резервные дни",
    "september": "дополнительный период",
    "resit": "пересдача",
    "autumn": "осенью",
}
GRADES = (5, 6)
_DAY = re.compile(r"(?<!\d)(?:(20\d\d)[.\-/](\d{1,2})[.\-/](\d{1,2})|(\d{1,2})\.(\d{1,2})\.(20\d\d))(?!\d)")
_YEAR_PAIR = re.compile(r"(?<!\d)(20\d\d)\s*[/\-–]\s*(?:20)?(\d\d)(?!\d)(?![.\-/]\d)")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_CODE = re.compile(r"^\s*(?:предмет\s*:?\s*)?(\d{2})(?:\s*[-–—.]\s*|\s+)(?=\D)", re.IGNORECASE)
_PROGRAMME = re.compile(r"программ\w*\s*(?:за\s*)?(\d{1,2})\s*(?:-?го)?\s*кл")
_GRADE = re.compile(r"(?<!\d)(\d{1,2})\s*(?:-?[ыо]?й)?\s*(?:класс|кл\b|кл\.)")
_OTHER = re.compile(
    r"\b(?:биологи[яи]|истори[яи]|физик[аие]|хими[яи]|географи[яи]|обществознани[ея]|иностранн\w+ язык\w*|"
    r"(?:английск|немецк|французск|испанск|китайск)\w+(?: язык\w*)?|окружающ\w+ мир\w*|литератур[аые]|информатик[аие]|"
    r"метапредметн\w+|родн\w+ (?:\(?русск\w+\)? ?)?язык\w*|краеведени[ея]|музык[аи]|изобразительн\w+)\b"
)
# A line that names a school, whose name may hold a word of a subject, says nothing of the occasion.
_SCHOOL_LINE = re.compile(r"(?i)\b(?:edu|sch)\s?\d{4,}|(?:кол-во|количество) участников")
# Subjects that are known by their code alone: (family, code) → (subject, part).
_BY_CODE = {
    ("oge", "01"): ("rus", ""),
    ("oge", "02"): ("math", ""),
    ("ege", "01"): ("rus", ""),
    ("ege", "02"): ("math", "profile"),
    ("ege", "22"): ("math", "base"),
}
_WAVES = (
    ("early", r"досрочн"),
    ("resit", r"пересдач"),
    ("september", r"дополнительн\w* (?:период|этап|срок)|сентябр|^дополнительн"),
    ("reserve", r"резерв"),
    ("main", r"основн\w* (?:период|этап|срок|день|дн)|^основн"),
)


@dataclass(frozen=True)
class Occasion:
    """What is known of an occasion so far; empty values are unknown. `family`: vpr, oge, ege, gve."""

    family: str = ""
    subject: str = ""
    other_subject: bool = False
    part: str = ""
    code: str = ""
    grade: int | None = None
    day: date | None = None
    school_year: int | None = None
    wave: str = ""

    def filled(self, other: Occasion) -> Occasion:
        """Unknown values taken from `other`."""
        known = {name: value for name, value in vars(self).items() if value not in ("", None, False)}
        if self.subject:
            known["other_subject"] = False
        if self.other_subject:
            known |= {"subject": "", "part": self.part, "code": self.code}
        if self.day and not self.school_year:
            known["school_year"] = None
        return replace(other, **known)

    @property
    def year(self) -> int | None:
        """School year, by its own name or by the day."""
        if self.school_year is not None:
            return self.school_year
        return self.day.year - 1 if self.day else None


def procedure(family: str, subject: str, grade: int | None = None) -> str:
    """Code of the procedure: `vpr_math_5`, `oge_rus`, `ege_math`."""
    return f"vpr_{subject}_{grade}" if family == "vpr" else f"{family}_{subject}"


def procedure_title(code: str) -> str:
    """«ВПР, математика, 5 класс», «ОГЭ, русский язык»."""
    family, subject, *grade = code.split("_")
    return ", ".join([FAMILIES[family], SUBJECTS[subject], *(f"{g} класс" for g in grade)])


def subject_of(text: str) -> str:
    """`math`, `rus`, or «» for another subject. «Родной (русский) язык» is another subject."""
    words = " ".join(text.lower().replace("ё", "е").split())
    if re.search(r"\bродн(?:ой|ого|ому)\b", words):
        return ""
    if re.search(r"\bматематик", words) or re.fullmatch(r"(?:\d+\s*)?ма", words):
        return "math"
    if re.search(r"русск\w* яз|^русский$", words) or re.fullmatch(r"(?:\d+\s*)?ру", words):
        return "rus"
    return ""


def school_year_of(text: str) -> int | None:
    """«2025» → 2024 (the year of spring), «2024/25» → 2024, «15.09.2022» → 2021."""
    pair = _YEAR_PAIR.search(text)
    if pair and int(pair[2]) == (int(pair[1]) + 1) % 100:
        return int(pair[1])
    day = day_of(text)
    if day:
        return day.year - 1
    year = _YEAR.search(text)
    return int(year[1]) - 1 if year else None


def day_of(text: str) -> date | None:
    """The first calendar day named in the text: `2022.06.23`, `23.06.2022`, `2022-06-23 00:00:00`."""
    for match in _DAY.finditer(text):
        y, m, d = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
        try:
            return date(int(y), int(m), int(d))
        except ValueError:
            continue
    return None


def grade_of(text: str) -> int | None:
    """The grade of the programme: «6 класс (по программе 5 класса)» → 5, «5А» → 5."""
    words = text.lower().replace("ё", "е")
    match = (
        _PROGRAMME.search(words)
        or _GRADE.search(words)
        or re.match(r"\s*(\d{1,2})(?:[.,]0+)?\s*[«\"'\-]?\s*\w?[»\"']?\s*$", words)
    )
    return int(match[1]) if match and 1 <= int(match[1]) <= 12 else None


def wave_of(text: str) -> str:
    """The wave named in the text, «» if none is."""
    words = " ".join(text.lower().replace("ё", "е").split())
    return next((wave for wave, pattern in _WAVES if re.search(pattern, words)), "")


def family_of(text: str) -> str:
    """The family of procedures named in the text, «» if none is."""
    words = text.lower()
    for family, pattern in (
        ("gve", r"\bгвэ\b"),
        ("ege", r"\bегэ\b|гиа-?\s?11"),
        ("oge", r"\bогэ\b|гиа-?\s?9"),
        ("vpr", r"\bвпр\b|всероссийск\w+ проверочн"),
    ):
        if re.search(pattern, words):
            return family
    return ""


def parse(text: str) -> Occasion:
    """All that one line of text says of an occasion."""
    code = _CODE.match(text)
    subject = subject_of(_DAY.sub(" ", text))
    words = text.lower().replace("ё", "е")
    part = "base" if re.search(r"базов", words) else "profile" if re.search(r"профил", words) else ""
    pair = _YEAR_PAIR.search(_DAY.sub(" ", text))
    family, other = family_of(text), _OTHER.search(words)
    telling = bool(family) or bool(re.search(r"класс|предмет", words)) or (other is not None and other.start() == 0)
    return Occasion(
        family=family,
        subject=subject,
        other_subject=not subject and (bool(code) or (other is not None and telling)),
        part=part if subject else "",
        code=code[1] if code else "",
        grade=grade_of(text) if re.search(r"кл", words) else None,
        day=day_of(text),
        school_year=school_year_of(pair[0]) if pair else None,
        wave=wave_of(text),
    )


def gather(lines: Iterable[Iterable[str]]) -> Occasion:
    """What the title lines above a table say; lines nearer to the table prevail. «Предмет: | Математика» is one line."""
    known = Occasion()
    for cells in lines:
        texts = [cell for cell in cells if cell]
        if any(_SCHOOL_LINE.search(text) for text in texts):
            continue
        line = Occasion()
        for text in texts:
            line = parse(text).filled(line)
        label = " ".join(texts[:1]).lower().strip(" :")
        if label == "предмет" and len(texts) > 1 and not line.subject:
            line = replace(line, other_subject=True)
        if label == "класс" and len(texts) > 1:
            line = replace(line, grade=grade_of(texts[1]))
        if not line.day and not line.school_year and known.year is None and _YEAR.search(" ".join(texts)):
            line = replace(line, school_year=school_year_of(" ".join(texts)))
        known = line.filled(known)
    return known


def by_code(family: str, code: str) -> tuple[str, str]:
    """(subject, part) of an exam code: («rus», «») for «01»; («», «») for other subjects."""
    return _BY_CODE.get((family, code.strip().zfill(2)), ("", ""))


def named_by_file(name: str) -> Occasion:
    """Last resort for technical exports that do not name the exam inside: «01_2026.06.09….csv»."""
    match = re.search(r"(?<!\d)(\d{2})[_\- ](20\d\d[.\-_]\d\d[.\-_]\d\d)(?!\d)", name)
    if not match:
        return Occasion()
    return Occasion(code=match[1], day=day_of(match[2].replace("_", ".")))


def exam_wave(family: str, occasion: Occasion) -> str:
    """A wave that is named prevails; otherwise the day decides by `waves.toml`."""
    return occasion.wave or wave_by_day(family, occasion.day)
