"""Spaces as Russian typesetting wants them. Touches only the text between tags and is applied once, to finished HTML.

Keeps together «№ 801», «А. А. Фамилия», «8 июня», «2022 г.», «30 %», «21 806», «г. Город», «приложению № 1», a
preposition and its word; a dash does not begin a line; «7–9» and «с. Яровое-Новое» are not divided; surnames are not
hyphenated. A month and its year may part: glued they overflow narrow columns.
"""

from __future__ import annotations

import re

from reports.ru import MONTHS

NB = "\N{NO-BREAK SPACE}"
JOIN = "\N{WORD JOINER}"
REFERENCE = "пункт|подпункт|редакци|приложени|позици|абзац|част|стать|строк|таблиц|рисун|замечани|код"
SHORT = "[аиоувкс]|до|за|из|на|не|ни|но|об|от|по|со|во|ко|то|при|для|без|под|над|или"
FIRST = "[авбдзикнопстуАВБДЗИКНОПСТУ]"  # a letter that none of SHORT begins with is passed by at once

RULES = [
    (re.compile(pattern, re.IGNORECASE if fold else 0), replacement)
    for pattern, replacement, fold in (
        (r"№ п/п", f"№ п/{JOIN}п", False),
        (r"№ (?!п/)(?=\S)", f"№{NB}", False),
        (rf"(№{NB}[\w/.]+)-(?=[а-яё])", rf"\1-{JOIN}", False),
        (r"\b([А-ЯЁ]\.) ?([А-ЯЁ]\.) (?=[А-ЯЁ][а-яё])", rf"\1{NB}\2{NB}", False),
        (r"(?<=[а-яё]) ([А-ЯЁ]\.) ?([А-ЯЁ]\.)", rf"{NB}\1{NB}\2", False),
        (r"(\d{4}/\d{2}) (учебн)", rf"\1{NB}\2", False),
        (rf"(\d) ({'|'.join(MONTHS)})\b", rf"\1{NB}\2", False),
        (r"(\d{4}) (г\.|гг\.|года|год|годы)(?!\w)", rf"\1{NB}\2", False),
        (r"(\d) (%|п\. п\.|ч\b|чел\.|класс|мм\b|км\b|руб)", rf"\1{NB}\2", False),
        (r"(\d) из (?=\d)", rf"\1{NB}из{NB}", False),
        (r"(?<=\d) (?=\d{3}\b)", NB, False),
        (r"\b(г|с|п|пп|ст|ч|абз|гр|табл|рис)\. (?=[«\d А-ЯЁ])", rf"\1.{NB}", False),
        (rf"\b({REFERENCE})(\w{{0,4}}) (?=№|\d)", rf"\1\2{NB}", True),
        (r"\b(т)\. (ч|е|д|п)\.", rf"\1.{NB}\2.", False),
        (r" (?=[–—] )", NB, False),
        (r"(?<=\d)–(?=\d)", f"{JOIN}–{JOIN}", False),
        (rf"\b([гсп]\.{NB}[А-ЯЁ][а-яё]+)-(?=[А-ЯЁ])", rf"\1-{JOIN}", False),
        (rf"([А-ЯЁ][а-яё]+{NB}[А-ЯЁ]\.{NB}[А-ЯЁ]\.)", r'<span class="keep">\1</span>', False),
        (r"(Рособрнадзор\w*)", r'<span class="keep">\1</span>', False),
        (rf"(?<![\w-])(?={FIRST})({SHORT}) (?=\S)", rf"\1{NB}", True),
    )
]
TAGS = re.compile(r"(<(?:head|svg|style|script)\b.*?</(?:head|svg|style|script)>|<[^>]+>)", re.DOTALL)
BETWEEN = "\x1f"  # no word and no printed sign to any rule, and not allowed in HTML
MOST = 20_000
_set: dict[str, str] = {}


def typograph(html: str) -> str:
    """The same HTML with non-breaking spaces, unhyphenated names and undivided ranges.

    No rule looks over a tag, so what stands between two tags is set once: a paper is written again for a signature, a
    mark and a number, and the heads of its tables stand in every paper of the kind.
    """
    global _set
    html = html.replace(BETWEEN, "")
    body = html.find("</head>") + 1
    parts = TAGS.split(html[body:])
    texts = parts[::2]
    if len(_set) > MOST:
        _set = {}
    known = _set
    if new := list({text for text in texts if text not in known}):
        known.update(zip(new, _typeset(BETWEEN.join(new)).split(BETWEEN), strict=True))
    parts[::2] = [known[text] for text in texts]
    return html[:body] + "".join(parts)


def _typeset(text: str) -> str:
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text
