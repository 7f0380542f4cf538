"""Roles: what a position is held as, and the roles that a case itself hands out.

A lane of a diagram names a role. Where a role may be held is a rule of the product; its Russian title is data of the
region, `title` here is only the default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.errors import BadInput

Level = Literal["region", "municipality", "school", "teacher"]


@dataclass(frozen=True)
class Role:
    """`kinds`: kinds of organisation where the role may be held (`Organisation.kind`), the usual one first."""

    code: str
    level: Level
    title: str
    kinds: tuple[str, ...]


def _role(code: str, level: Level, title: str, *kinds: str) -> Role:
    return Role(code, level, title, kinds)


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role("ministry", "region", "Специалист министерства образования", "ministry"),
        _role("minister", "region", "Министр образования", "ministry"),
        _role("controller", "region", "Заместитель министра, контроль исполнения", "ministry"),
        _role("regional_operator", "region", "Специалист регионального оператора", "operator"),
        _role("operator_head", "region", "Руководитель регионального оператора", "operator"),
        _role(
            "pd_center", "region", "Методист центра непрерывного повышения профессионального мастерства",
            "centre", "operator",
        ),
        _role("tutor", "region", "Тьютор", "centre", "operator", "method_service"),
        _role("expert", "region", "Эксперт", "centre", "operator", "partner", "method_service", "school"),
        _role("municipal_authority", "municipality", "Специалист органа управления образованием", "municipality"),
        _role(
            "municipal_method_service", "municipality", "Методист муниципальной методической службы",
            "method_service", "municipality",
        ),
        _role(
            "subject_union", "municipality", "Руководитель методического объединения",
            "method_service", "municipality", "school", "operator", "centre",
        ),
        _role("curator", "school", "Куратор школы", "school", "centre", "operator", "method_service", "municipality"),
        _role("school_head", "school", "Директор школы", "school"),
        _role("school_deputy", "school", "Заместитель директора школы", "school"),
        _role("teacher", "teacher", "Учитель", "school"),
        _role("mentor", "teacher", "Наставник", "school", "centre", "partner"),
        _role("partner", "region", "Представитель партнёрской организации", "partner", "school"),
        _role("auditor", "region", "Аудитор", "region", "ministry"),
        _role("legal", "region", "Специалист правового управления", "ministry"),
        _role("clerk", "region", "Специалист по делопроизводству", "ministry", "operator", "municipality", "school"),
        _role("administrator", "region", "Администратор системы", "region", "ministry", "operator"),
    )
}  # fmt: skip

CASE_ROLES: dict[str, str] = {
    "author": "Исполнитель документа",
    "organiser": "Организатор",
    "issuer": "Давший поручение",
    "executor": "Исполнитель",
    "acceptor": "Принимающий работу",
    "approver": "Согласующий",
    "signer": "Подписывающий",
    "addressee": "Адресат",
}
"""Lanes resolved from the case's own data; users see the person's real position instead of these words."""

LANES = frozenset(ROLES) | frozenset(CASE_ROLES) | {"system", "respondent"}

ALWAYS_HEAD = frozenset({"minister", "operator_head", "school_head"})
"""Roles whose holder is the head of the organisation by the role itself."""


def role(code: str) -> Role:
    """The role; BadInput when there is none with this code."""
    if code not in ROLES:
        raise BadInput(f"Роли «{code}» нет.", advice="Роли перечислены в справке команды: " + ", ".join(ROLES) + ".")
    return ROLES[code]


def check_place(code: str, kind: str) -> None:
    """BadInput when the role cannot be held in an organisation of this kind."""
    if kind not in role(code).kinds:
        raise BadInput(
            f"Роль «{ROLES[code].title}» не может быть у организации вида «{KIND_TITLES.get(kind, kind)}».",
            advice="Выберите организацию вида: " + ", ".join(KIND_TITLES[k] for k in ROLES[code].kinds) + ".",
        )


KIND_TITLES: dict[str, str] = {
    "region": "регион",
    "ministry": "министерство",
    "operator": "региональный оператор",
    "centre": "центр",
    "municipality": "муниципалитет",
    "method_service": "методическая служба",
    "school": "школа",
    "partner": "партнёр",
}
