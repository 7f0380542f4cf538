"""What the lists of the school's cases show and are narrowed by: support, programmes, visits, help, plans of places."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Handlers
from app.cases.models import Case
from app.cases.registry import (
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
)
from app.identification.models import SupportList, SupportListRow, Verdict
from app.programmes.evaluation_words import DECISIONS, DYNAMICS
from app.programmes.mentoring.models import Mentorship
from app.programmes.models import Evaluation, PlanRow
from app.programmes.overview import STAGES
from app.programmes.plan_models import AssignmentCard, ResourceItem, ResourceRequest, Roadmap, RoadmapStage
from forms.assignment import CONTROL

CARDS = {"open": "в работе", "reported": "на проверке", "accepted": "принято", "dropped": "снято"}
RESOURCE = {
    "meet": "удовлетворить",
    "network": "закрыть через сеть",
    "up": "передать в регион",
    "refuse": "отказать",
    "return": "уточнить у школы",
}
YES_NO = {"yes": "да", "no": "нет"}


# support of a school --------------------------------------------------------------------------------------------------


def _curator(asked: Asked) -> sa.ColumnElement[Any]:
    return holder(Mentorship.position_id, Mentorship.school_id == Case.subject_id, *_APPOINTED)


_APPOINTED = (Mentorship.kind == "curator", Mentorship.state == "appointed")


def _curators(asked: Asked) -> dict[str, str]:
    where = (*_APPOINTED, Mentorship.school_id.in_(visible(asked)))
    return people(asked, sa.select(Mentorship.position_id).where(*where))


def _led_by(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    mine = sa.select(Mentorship.school_id).where(*_APPOINTED, Mentorship.position_id == int(value))
    return Case.subject_id.in_(mine)


def _run(asked: Asked) -> sa.ScalarSelect[Any]:
    """The run behind the newest signed list of the region."""
    newest = sa.select(SupportList.run_id).where(SupportList.region == asked.actor.region)
    return newest.order_by(SupportList.school_year.desc(), SupportList.number.desc()).limit(1).scalar_subquery()


def _categories(asked: Asked) -> sa.ColumnElement[Any]:
    return about(Verdict.categories, Verdict.school_id == Case.subject_id, Verdict.run_id == _run(asked))


def _category_words(asked: Asked, codes: Any) -> str:
    titles = _category_options(asked)
    return ", ".join(titles.get(code, code) for code in codes or ())


def _category_options(asked: Asked) -> dict[str, str]:
    return {code: one.title for code, one in asked.profile.categories.items()}


def _of_category(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    named = sa.type_coerce(Verdict.categories, sa.Text).contains(f'"{value}"', autoescape=True)
    return Case.subject_id.in_(sa.select(Verdict.school_id).where(Verdict.run_id == _run(asked), named))


CHILD = sa.orm.aliased(Case)
WATCHED = sa.type_coerce(Case.data, sa.Text).contains('"track":"watch"')


def _under_way(kind: str) -> sa.ColumnElement[bool]:
    return (
        sa.select(sa.literal(1))
        .select_from(CHILD)
        .where(CHILD.parent_id == Case.id, CHILD.kind == kind, CHILD.status == "open")
        .correlate(Case)
        .exists()
    )


def _stages(asked: Asked) -> sa.ColumnElement[int]:
    """Stages under way as bits, in the order of the stages."""
    bits = [sa.case((_under_way(kind), 1 << n), else_=0) for n, (kind, _) in enumerate(STAGES)]
    total: Any = sa.literal(0)
    for bit in bits:
        total = total + bit
    return total


def _stage_words(asked: Asked, bits: int) -> str:
    return ", ".join(title.lower() for n, (_, title) in enumerate(STAGES) if bits >> n & 1)


def _listed_years(asked: Asked) -> sa.ColumnElement[int]:
    return (
        sa.select(sa.func.count(sa.distinct(SupportList.school_year)))
        .join(SupportListRow, SupportListRow.list_id == SupportList.id)
        .where(SupportListRow.school_id == Case.subject_id)
        .correlate(Case)
        .scalar_subquery()
    )


SUPPORT = Registry(
    (
        Column("stages", "Идут этапы", _stages, _stage_words),
        Column("curator", "Куратор", _curator, lambda asked, name: name or "не назначен"),
        Column("category", "Категория", _categories, _category_words),
        Column("years", "Лет в перечне", _listed_years, numeric=True),
    ),
    (
        Filter("stage", "Идёт этап", fixed(dict(STAGES)), lambda asked, kind: _under_way(kind)),
        Filter("curator", "Куратор", _curators, _led_by),
        Filter("category", "Категория", _category_options, _of_category),
        Filter(
            "track",
            "Основание",
            fixed({"listed": "школа перечня", "watch": "наблюдение"}),
            lambda asked, value: WATCHED if value == "watch" else sa.not_(WATCHED),
        ),
    ),
    "Дела школ открывает акт с перечнем.",
)


# programmes of schools ------------------------------------------------------------------------------------------------


def standing(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows of the plan of the case stand."""
    return count_of(PlanRow.id, PlanRow.case_id == Case.id, PlanRow.dropped_in.is_(None), *more)


def _kinds_of_programmes(asked: Asked) -> dict[str, str]:
    return {code: kind.printed for code, kind in asked.profile.roadmaps.kinds.items()}


def _approved(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    in_force = Case.id.in_(sa.select(Roadmap.case_id).where(Roadmap.approved_edition.is_not(None)))
    return in_force if value == "yes" else sa.not_(in_force)


ROADMAP = Registry(
    (
        Column("kind", "Вид", of(Roadmap.kind, Roadmap.case_id), lambda a, v: _kinds_of_programmes(a).get(v, "")),
        Column("edition", "Действует редакция", of(Roadmap.approved_edition, Roadmap.case_id), numeric=True),
        Column("rows", "Мероприятий", lambda asked: standing(), numeric=True),
        Column("done", "Исполнено", lambda asked: standing(PlanRow.result == "done"), numeric=True),
        Column(
            "stage",
            "Этап контроля",
            lambda asked: about(RoadmapStage.title, RoadmapStage.case_id == Case.id, order=RoadmapStage.number.desc()),
            lambda asked, title: title or "",
        ),
    ),
    (
        Filter("kind_of", "Вид программы", _kinds_of_programmes, among(Roadmap.case_id, Roadmap.kind)),
        Filter("approved", "Утверждена", fixed(YES_NO), _approved),
    ),
    "Программу школа открывает после утверждения диагностики.",
)
CARD = AssignmentCard.case_id
ASSIGNMENT = Registry(
    (
        Column("basis", "Основание", of(AssignmentCard.basis, CARD), lambda a, v: v or ""),
        Column("executor", "Исполнитель", lambda asked: holder(AssignmentCard.executor_id, Case.id == CARD)),
        Column("due_on", "Исполнить до", of(AssignmentCard.due_on, CARD), day),
        Column("moved", "Переносов", of(AssignmentCard.moved, CARD), numeric=True),
        Column("state", "Исполнение", of(AssignmentCard.state, CARD), word(CARDS)),
        Column("quality", "Оценка", of(AssignmentCard.quality, CARD), numeric=True),
    ),
    (
        Filter("state", "Исполнение", fixed(CARDS), among(CARD, AssignmentCard.state)),
        Filter("control", "Контроль", fixed(dict(CONTROL)), among(CARD, AssignmentCard.control)),
        Filter(
            "mine",
            "Исполнитель",
            fixed({"me": "я"}),
            lambda asked, _: Case.id.in_(sa.select(CARD).where(AssignmentCard.executor_id == asked.actor.position_id)),
        ),
    ),
    "Поручения открывают строки программ, пункты актов и руководители.",
)


def _needs(column: Any) -> Any:
    return lambda asked, value: Case.id.in_(sa.select(ResourceItem.case_id).where(column == value))


RESOURCES = Registry(
    (
        Column("items", "Позиций", lambda asked: count_of(ResourceItem.id, ResourceItem.case_id == Case.id), numeric=True),
        Column("decision", "Решение", of(ResourceRequest.decision, ResourceRequest.case_id), word({**RESOURCE, None: ""})),
        Column("amount", "Сумма, руб.", of(ResourceRequest.amount, ResourceRequest.case_id), numeric=True),
        Column("delivered", "Передано", of(ResourceRequest.delivered_on, ResourceRequest.case_id), day),
    ),
    (
        Filter("resource", "Вид ресурса", options("resource"), _needs(ResourceItem.kind)),
        Filter("factor", "Фактор риска", options("risk_factor"), _needs(ResourceItem.factor)),
    ),
    "Заявку на ресурсы подаёт школа.",
)  # fmt: skip

EVALUATION = Registry(
    (
        Column("rows", "Мероприятий года", of(Evaluation.plan_rows, Evaluation.case_id), numeric=True),
        Column("done", "Исполнено", of(Evaluation.plan_done, Evaluation.case_id), numeric=True),
        Column("dynamics", "Динамика", of(Evaluation.dynamics, Evaluation.case_id), word({**DYNAMICS, None: ""})),
        Column("proposal", "Предложение", of(Evaluation.proposal, Evaluation.case_id), word({**DECISIONS, None: ""})),
        Column("decision", "Решение", of(Evaluation.decision, Evaluation.case_id), word({**DECISIONS, None: ""})),
    ),
    (
        Filter("decision", "Решение", fixed(DECISIONS), among(Evaluation.case_id, Evaluation.decision)),
        Filter("dynamics", "Динамика", fixed(DYNAMICS), among(Evaluation.case_id, Evaluation.dynamics)),
    ),
    "Годовую оценку открывает дело школы в конце учебного года.",
)

HANDLERS = Handlers(
    registries={
        "support_cycle": SUPPORT,
        "roadmap": ROADMAP,
        "assignment": ASSIGNMENT,
        "resource_request": RESOURCES,
        "annual_evaluation": EVALUATION,
    }
)
