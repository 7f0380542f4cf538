"""Sources and warnings of a score as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

QUESTIONNAIRES = {
    "administration": ("анкета администрации", "администрации"),
    "teachers": ("анкета педагогов", "педагогов"),
    "pupils": ("анкета обучающихся", "обучающихся"),
    "parents": ("анкета родителей", "родителей"),
}
SOURCES = {
    **{code: words for code, (words, _) in QUESTIONNAIRES.items()},
    "passport": "социальный паспорт",
    "results": "результаты оценочных процедур",
    "checklist": "чек-лист методической службы",
}
FLAGS = {
    "few_answers": "ответов меньше пяти, они не учтены",
    "low_coverage": "ответила меньшая часть приглашённых, чем достаточно",
    "no_score": "сведений мало, расчёта нет, решение опирается на наблюдения",
}
WHY = {"missing": "сведений нет", "few_answers": "ответов меньше пяти"}


def source_words(parts: Iterable[Mapping[str, Any]]) -> str:
    """«анкеты педагогов, обучающихся; социальный паспорт»."""
    used = list(dict.fromkeys(part["source"] for part in parts))
    asked = [code for code in used if code in QUESTIONNAIRES]
    said = [SOURCES[code] for code in used if code not in QUESTIONNAIRES]
    if len(asked) == 1:
        return "; ".join([SOURCES[asked[0]], *said])
    if asked:
        return "; ".join([f"анкеты {', '.join(QUESTIONNAIRES[code][1] for code in asked)}", *said])
    return "; ".join(said)
