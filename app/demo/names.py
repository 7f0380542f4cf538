"""Invented names of people: drawn from lists of plants, waters and stones, so that nobody real is meant."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from app.demo.parameters import words

SURNAMES = words(
    "Ясенев Берегов Вересков Полынин Ручьёв Клёнов Ковылин Озеров Луговов Степнов Рябинин Калинин Тернов Ольхов "
    "Ивняков Камышов Сосновский Дубровский Донников Ключев Родников Затонский Яров Оврагов Каменев Гранитов Песков "
    "Глинский Солонцов Васильков Ромашкин Чабрецов Журавлёв Лебедев Соколов Стрижов Ласточкин Зябликов Синицын "
    "Скворцов Перепёлкин Кречетов Чижов Снегирёв Зорин Рассветов Закатов Туманов Метелин Вьюгин Снежин Инеев Росин "
    "Грозин Громов Ветров Бурин Листов Колосов Житов Хлебников Мельников Садов Огородов Пасечник Медов Воскобойников "
    "Липов Осинин Тополев Кедров Пихтов Лиственный Ельников Боров Опушкин "
    "Полянский Тропинин Дождев Дорогин Перевалов Холмов"
)
MEN = words(
    "Алексей Андрей Борис Вадим Василий Виктор Глеб Григорий Даниил Денис Дмитрий Егор Иван Игорь Кирилл Константин "
    "Максим Матвей Михаил Никита Николай Олег Павел Пётр Роман Сергей Степан Тимур Фёдор Юрий"
)
WOMEN = words(
    "Алина Анастасия Анна Вера Вероника Виктория Галина Дарья Ева Евгения Екатерина Елена Зоя Ирина Ксения Лариса "
    "Любовь Людмила Маргарита Марина Мария Надежда Наталья Нина Ольга Полина Светлана София Татьяна Юлия"
)
FATHERS = words(
    "Александров Алексеев Андреев Борисов Васильев Викторов Владимиров Григорьев Денисов Дмитриев Евгеньев Иванов "
    "Константинов Максимов Михайлов Николаев Олегов Павлов Петров Романов Сергеев Степанов Тимуров Фёдоров Юрьев"
)


class FullName(NamedTuple):
    """Surname, first name and patronymic."""

    surname: str
    name: str
    patronymic: str

    def __str__(self) -> str:
        return f"{self.surname} {self.name} {self.patronymic}"


def _of_woman(surname: str) -> str:
    if surname.endswith(("ский", "ный")):
        return surname[:-2] + "ая"
    return surname + "а" if surname.endswith(("ов", "ев", "ёв", "ин", "ын")) else surname


def full_name(random: Random, *, woman: bool | None = None) -> FullName:
    """One invented person; without `woman` both are equally likely."""
    if random.random() < 0.5 if woman is None else woman:
        return FullName(_of_woman(random.choice(SURNAMES)), random.choice(WOMEN), random.choice(FATHERS) + "на")
    return FullName(random.choice(SURNAMES), random.choice(MEN), random.choice(FATHERS) + "ич")


def pool(random: Random, size: int) -> list[FullName]:
    """`size` names, repeated ones allowed: what the pupils of a region are called."""
    return [full_name(random) for _ in range(size)]
