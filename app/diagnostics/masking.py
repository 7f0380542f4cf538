"""Free texts lose what could point at a person before they are stored: phones, mail, accounts, names."""

from __future__ import annotations

import re

HIDDEN = "[скрыто]"
_WORD = r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?"
_INITIAL = r"[А-ЯЁ]\."
_PATRONYMIC = r"[А-ЯЁ][а-яё]+(?:(?:ович|евич|ьич)(?:а|у|ем|ом|е)?|(?:ов|ев|ёв|ич|инич)н(?:а|ы|е|у|ой|ою))"
_CLASS = r"(?:1[01]|[1-9])\s?[-«\"]?\s?[А-ЕЖЗИКЛ]\b[»\"]?"
_SURNAME = r"[А-ЯЁ][а-яё]+(?:ов|ев|ёв|ин|ын|ский|цкий|ова|ева|ёва|ина|ына|ская|цкая|енко|чук|ук|юк|дзе|швили|ян)(?:а|у|ым|ой|е|ого|ому|ую)?"
_GIVEN = (
    "Александр Алексей Анатолий Андрей Антон Аркадий Артём Артем Арсений Богдан Борис Вадим Валентин Валерий Василий "
    "Виктор Виталий Владимир Владислав Вячеслав Геннадий Георгий Глеб Григорий Даниил Данил Данила Денис Дмитрий Егор "
    "Евгений Захар Иван Игорь Илья Кирилл Константин Лев Леонид Макар Максим Марат Марк Матвей Михаил Никита Николай Олег "
    "Павел Пётр Петр Роман Руслан Семён Семен Сергей Станислав Степан Тимофей Тимур Фёдор Федор Юрий Ярослав "
    "Алина Алёна Алена Анастасия Ангелина Анна Валентина Валерия Варвара Василиса Вера Вероника Виктория Галина Дарья "
    "Диана Ева Евгения Екатерина Елена Елизавета Жанна Зоя Инна Ирина Карина Кира Кристина Ксения Лариса Лидия Любовь "
    "Людмила Маргарита Марина Мария Марьяна Милана Надежда Наталья Нина Оксана Ольга Полина Раиса Светлана София Софья "
    "Таисия Тамара Татьяна Ульяна Эльвира Юлия Яна "
    "Саша Лёша Леша Дима Серёжа Сережа Коля Вася Вова Миша Ваня Женя Паша Лёва Петя Рома Никитос Настя Даша Маша Катя Оля "
    "Лена Аня Наташа Юля Света Таня Ира Лиза Вика Полинка Ксюша Соня Варя"
).split()
_SAFE = {"вера", "любовь", "надежда", "роман", "лев", "марк", "слава"}
"""Names that are words too: masked only beside a surname, a patronymic or initials."""
_STEMS = sorted(
    {name.rstrip("аяьй") for name in _GIVEN if name.lower() not in _SAFE and len(name) > 2}, key=len, reverse=True
)

PATTERNS = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"(?:https?://|www\.|vk\.com/|t\.me/)\S+", re.IGNORECASE),
    re.compile(r"(?<!\w)@[A-Za-z_]\w{3,}"),
    re.compile(r"(?<!\d)\+?(?:\d[\s()-]{0,2}){6,}\d(?!\d)"),
    re.compile(r"(?<!\d)\d{2}[-\s]\d{2}[-\s]\d{2}(?!\d)"),
    re.compile(r"(?<!\d)\d{6,}(?!\d)"),
    re.compile(rf"{_WORD}\s+{_INITIAL}(?:\s?{_INITIAL})?"),
    re.compile(rf"{_INITIAL}\s?(?:{_INITIAL}\s?)?{_WORD}"),
    re.compile(rf"(?:{_WORD}\s+)?{_WORD}\s+{_PATRONYMIC}\b(?:\s+{_WORD})?"),
    re.compile(rf"\b{_PATRONYMIC}\b"),
    re.compile(
        rf"\b(?:{_SURNAME}\s+)?(?:{'|'.join(_STEMS)})(?:а|я|у|ю|е|и|ы|ом|ем|ой|ей|ью|ь|й)?\b(?:\s+{_SURNAME}\b)?"
    ),
    re.compile(rf"(?<=[а-яё,;:«(] ){_SURNAME}\b"),
    re.compile(r"(?:(?<=^)|(?<=[.!?]\s))[А-ЯЁ][а-яё]{2,}(?:ов|ев|ёв|ин|ский|цкий|енко|швили)\b(?=\s[а-яё])"),
    re.compile(rf"{_CLASS}"),
)


def mask(text: str) -> tuple[str, int]:
    """The text with such places hidden, and how many there were."""
    found = 0
    for pattern in PATTERNS:
        text, count = pattern.subn(HIDDEN, text)
        found += count
    return re.sub(rf"{re.escape(HIDDEN)}(?:\s+{re.escape(HIDDEN)})+", HIDDEN, text), found
