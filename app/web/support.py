"""The card of a school's support: one sheet to be printed."""

from __future__ import annotations

from flask import Blueprint, Response

from app.access import current_actor, requires
from app.cases import queries
from app.db import utcnow
from app.errors import NotFound
from app.programmes import support_card
from app.web.parts import system

bp = Blueprint("support", __name__)


@bp.get("/cases/<int:case_id>/card.pdf")
@requires("case.read")
def card(case_id: int) -> Response:
    """The card as the case stands now."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        if case.kind != "support_cycle":
            raise NotFound("Карточка сопровождения есть у дела школы.")
        data = support_card.pdf(session, system(), case, actor, utcnow())
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="card-{case_id}.pdf"'
    return response
