"""What the lists of help show and are narrowed by: accompaniment, visits, plans of municipalities, requests, advice, work."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Handlers
from app.cases.models import Case
from app.cases.registry import (
    SUBJECT,
    Asked,
    Column,
    Filter,
    Registry,
    about,
    among,
    count_of,
    day,
    fixed,
    holder,
    of,
    options,
    people,
    visible,
    word,
    words,
)
from app.people.models import Organisation
from app.programmes.mentoring.models import Mentorship, Visit
from app.programmes.models import PlanRow
from app.programmes.municipal_models import (
    HelpRequest,
    MunicipalProgramme,
    Recommendation,
    RecommendationRow,
    SchoolWork,
)
from app.programmes.registries import YES_NO, standing
from app.programmes.requests import WORDS as REQUESTS
from forms.in_school_work import KINDS as WORK_KINDS

# accompaniment --------------------------------------------------------------------------------------------------------

SERVED = {"curator": "куратор", "tutor": "тьютор"}
_IN_FORCE = (Mentorship.case_id == Case.id, Mentorship.state == "appointed")


def _visits(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return count_of(Visit.case_id, Visit.mentoring_id == Case.id, *more)


MENTORING = Registry(
    (
        Column(
            "kind",
            "Вид",
            lambda asked: about(Mentorship.kind, Mentorship.case_id == Case.id, order=Mentorship.number.desc()),
            word({**SERVED, None: ""}),
        ),
        Column(
            "who",
            "Кто сопровождает",
            lambda asked: holder(Mentorship.position_id, *_IN_FORCE),
            lambda asked, name: name or "не назначен",
        ),
        Column(
            "home",
            "Его организация",
            lambda asked: about(Organisation.short_name, Organisation.id == Mentorship.home_id, *_IN_FORCE),
            lambda asked, name: name or "",
        ),
        Column("until", "По", lambda asked: about(Mentorship.ends_on, *_IN_FORCE), day),
        Column("planned", "Визитов", lambda asked: _visits(), numeric=True),
        Column("held", "Состоялось", lambda asked: _visits(Visit.held_on.is_not(None)), numeric=True),
    ),
    (
        Filter("served", "Вид", fixed(SERVED), among(Mentorship.case_id, Mentorship.kind)),
        Filter(
            "who",
            "Куратор, тьютор",
            lambda asked: people(
                asked,
                sa.select(Mentorship.position_id).where(
                    Mentorship.state == "appointed", Mentorship.school_id.in_(visible(asked))
                ),
            ),
            lambda asked, value: Case.id.in_(
                sa.select(Mentorship.case_id).where(
                    Mentorship.state == "appointed", Mentorship.position_id == int(value)
                )
            ),
        ),
    ),
    "Сопровождение открывает дело школы.",
)


def _visit_kinds(asked: Asked) -> dict[str, str]:
    posts = asked.profile.mentoring.posts
    return {kind: posts.get(kind, kind) for kind in ("curator", "tutor", "method_service", "trip") if kind in posts}


REPORTS = {"waits": "отчёта ещё нет", "held": "состоялось", "moved": "перенесено"}


def _reported(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    where = {
        "waits": (Visit.report.is_(None), Visit.planned_at < asked.now),
        "held": (Visit.held_on.is_not(None),),
        "moved": (Visit.moved_reason.is_not(None),),
    }[value]
    return Case.id.in_(sa.select(Visit.case_id).where(*where))


VISIT = Registry(
    (
        Column("kind", "Кто посещает", of(Visit.kind, Visit.case_id), lambda a, v: _visit_kinds(a).get(v, v or "")),
        Column("planned", "По плану", of(Visit.planned_at, Visit.case_id), day),
        Column("held", "Состоялось", of(Visit.held_on, Visit.case_id), day),
        Column("signed", "Отчёт подписан", of(Visit.signed_at, Visit.case_id), day),
    ),
    (
        Filter("kind_of", "Кто посещает", _visit_kinds, among(Visit.case_id, Visit.kind)),
        Filter("report", "Отчёт", fixed(REPORTS), _reported),
    ),
    "Посещения назначают кураторы, тьюторы и методическая служба.",
)

# the municipality and help --------------------------------------------------------------------------------------------

WORD = {"yes": True, "no": False}


def _recommended(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    said = MunicipalProgramme.recommended
    clause = said.is_(None) if value == "silent" else said.is_(WORD[value])
    return Case.id.in_(sa.select(MunicipalProgramme.case_id).where(clause))


PROGRAMME = MunicipalProgramme.case_id
MUNICIPAL = Registry(
    (
        Column("starts", "С", of(MunicipalProgramme.starts_on, PROGRAMME), day),
        Column("ends", "По", of(MunicipalProgramme.ends_on, PROGRAMME), day),
        Column("schools", "Школ", of(MunicipalProgramme.schools, PROGRAMME), lambda a, v: len(v or ()), numeric=True),
        Column("rows", "Мероприятий", lambda asked: standing(), numeric=True),
        Column("done", "Исполнено", lambda asked: standing(PlanRow.result == "done"), numeric=True),
        Column("word", "Оператор рекомендует", of(MunicipalProgramme.recommended, PROGRAMME), word({True: "да", False: "нет", None: ""})),
    ),
    (
        Filter("recommended", "Оператор рекомендует", fixed({**YES_NO, "silent": "не высказался"}), _recommended),
        Filter("period", "Действует", fixed({"now": "сейчас"}), lambda asked, _: Case.id.in_(
            sa.select(PROGRAMME).where(MunicipalProgramme.starts_on <= asked.today, MunicipalProgramme.ends_on >= asked.today)
        )),
    ),
    "Муниципальную программу открывает муниципальный орган.",
)  # fmt: skip
REQUEST = Registry(
    (
        Column("kind", "Вид", of(HelpRequest.kind, HelpRequest.case_id), word({**REQUESTS, None: ""})),
        Column("topic", "Тема", of(HelpRequest.topic, HelpRequest.case_id), lambda a, v: v or ""),
        Column("filed", "Подано", of(HelpRequest.filed_at, HelpRequest.case_id), day),
        Column("executor", "Исполнитель", lambda asked: holder(HelpRequest.executor_id, HelpRequest.case_id == Case.id)),
        Column("score", "Оценка", of(HelpRequest.score, HelpRequest.case_id), numeric=True),
    ),
    (
        Filter("kind_of", "Вид обращения", fixed(REQUESTS), among(HelpRequest.case_id, HelpRequest.kind)),
        Filter("factor", "Фактор риска", options("risk_factor"), among(HelpRequest.case_id, HelpRequest.factor)),
        Filter("mine", "Кому и от кого", fixed({"mine": "мои", "answer": "отвечаю я"}), lambda asked, value: Case.id.in_(
            sa.select(HelpRequest.case_id).where(
                (HelpRequest.author_id if value == "mine" else HelpRequest.executor_id) == asked.actor.position_id
            )
        )),
    ),
    "Обращение пишет школа, педагог или муниципальный орган.",
)  # fmt: skip


def _addressee(asked: Asked) -> sa.ColumnElement[Any]:
    person = holder(Recommendation.person_id, Recommendation.case_id == Case.id)
    return sa.func.coalesce(person, SUBJECT.short_name)


def _advice(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return count_of(RecommendationRow.id, RecommendationRow.case_id == Case.id, *more)


REPLIES = {"accept": "принял к исполнению", "decline": "отказался"}
RECOMMENDATION = Registry(
    (
        Column("to", "Кому", _addressee),
        Column("direction", "Направление", of(Recommendation.direction, Recommendation.case_id), words("direction")),
        Column("signed", "Подписаны", of(Recommendation.signed_at, Recommendation.case_id), day),
        Column("reply", "Ответ", of(Recommendation.reply, Recommendation.case_id), word({**REPLIES, None: ""})),
        Column("rows", "Пунктов", lambda asked: _advice(), numeric=True),
        Column("done", "Выполнено", lambda asked: _advice(RecommendationRow.result == "done"), numeric=True),
    ),
    (
        Filter("direction", "Направление", options("direction"), among(Recommendation.case_id, Recommendation.direction)),
        Filter("reply", "Ответ", fixed(REPLIES), among(Recommendation.case_id, Recommendation.reply)),
    ),
    "Рекомендации открывает оператор, муниципальный орган или методическая служба.",
)  # fmt: skip
WORKS = dict(WORK_KINDS)
WORK = Registry(
    (
        Column("kind", "Вид", of(SchoolWork.kind, SchoolWork.case_id), word({**WORKS, None: ""})),
        Column("factor", "Фактор риска", of(SchoolWork.factor, SchoolWork.case_id), words("risk_factor")),
        Column("who", "Ответственный", lambda asked: holder(SchoolWork.responsible_id, SchoolWork.case_id == Case.id)),
        Column("ends", "По", of(SchoolWork.ends_on, SchoolWork.case_id), day),
        Column("score", "Оценка", of(SchoolWork.score, SchoolWork.case_id), numeric=True),
    ),
    (
        Filter("kind_of", "Вид работы", fixed(WORKS), among(SchoolWork.case_id, SchoolWork.kind)),
        Filter("factor", "Фактор риска", options("risk_factor"), among(SchoolWork.case_id, SchoolWork.factor)),
    ),
    "Внутришкольную работу открывает директор школы.",
)
HANDLERS = Handlers(
    registries={
        "mentoring": MENTORING,
        "visit": VISIT,
        "municipal_program": MUNICIPAL,
        "request": REQUEST,
        "recommendation": RECOMMENDATION,
        "in_school_work": WORK,
    }
)
