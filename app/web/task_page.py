"""The page of a task: its form with the case, the remarks, the paper and the signature round it."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import current_app, render_template, request, url_for
from sqlalchemy.orm import Session

import forms
from app.cases import drafts, queries
from app.cases.models import Case, Task
from app.db import utcnow
from app.documents import texts
from app.documents.models import Document
from app.files.transfers import unfinished
from app.people.actor import Actor
from app.web import conflicts, ru, task_forms
from app.web.files import case_files, with_files
from app.web.parts import basis_words, due_of, people_of, places_of, system
from app.web.task_forms import Sheet
from app.web.typed import number

WHOLE = frozenset({"act_draft", "campaign_run", "passport_fill", "eval_proposal", "reorg_register", "reorg_verify"})
RETURNED = WHOLE | {
    "mp_draft",
    "mp_report",
    "work_card",
    "work_result",
    "rec_draft",
    "rec_mark",
    "pair_program",
    "pair_report",
    "mentoring_report",
}
OTHER_DEVICE = "Этот черновик вы правили и на другом устройстве"


def _about(task: Task, case: Case) -> dict[str, Any]:
    """Where the form stands."""
    crumbs = _crumbs(case)
    return {
        "of": {"case": case.id, "form": task.form},
        "page_object": case.title,
        "crumbs": crumbs,
        "caption": case.title,
    }


def page(
    session: Session,
    sheet: Sheet,
    form: forms.CaseForm,
    actor: Actor,
    *,
    refusal: str = "",
    conflict: Any = None,
    fresh: bool = False,
) -> str:
    """The form as it stands, with what is said above and beside it. `conflict`: a draft that is newer than the page.

    `fresh`: the page is the answer to a button of the form, so it is newer than any copy in the browser.
    """
    task, case = sheet.task, sheet.case
    definition = system().pinned(session, case)
    card = definition.tasks.get(task.key)
    return render_template(
        _template(task.form),
        form=form,
        action=url_for("tasks.act", task_id=task.id),
        **_about(task, case),
        version=task.version,
        draft=_draft(sheet, bool(conflict)),
        transfers=_transfers(session, sheet, actor),
        sent_files=case_files(session, case) if with_files(definition.tasks.values()) else None,
        due=due_of(case.region, task.due_at, utcnow()),
        others=places_of(session, [task.organisation_id]).get(task.organisation_id, ""),
        known=sheet.context.get("known", []),
        facts=sheet.context.get("facts", {}),
        help=[card.documentation] if card and card.documentation else [],
        basis=basis_words(card.basis if card else None),
        fresh=fresh,
        remarks=_remarks(session, case, task),
        signing=_signing(sheet, actor),
        paper=_paper(session, sheet),
        refusal=refusal,
        conflict=_conflict(sheet, form, conflict, actor),
    )


def _crumbs(case: Case) -> list[tuple[str, str]]:
    """The list of work, then the case: who has a task in it may open it."""
    return [("Мои задачи", url_for("tasks.index")), (f"Дело № {case.id}", url_for("cases.show", case_id=case.id))]


def _draft(sheet: Sheet, conflict: bool) -> dict[str, Any]:
    """Where the browser keeps the draft, and the version that it goes on from: in a conflict the one that was sent."""
    saved = sheet.draft
    known = saved.version if saved else 0
    return {
        "url": url_for("tasks.draft", task_id=sheet.task.id),
        "key": sheet.task.id,
        "version": (number(request.form.get("draft_version")) or 0) if conflict else known,
        "saved": saved.saved_at if saved else None,
    }


def _transfers(session: Session, sheet: Sheet, actor: Actor) -> dict[str, Any] | None:
    """Where the browser sends files in parts, and what it left unfinished here."""
    if not task_forms.takes_files(sheet.task.form):
        return None
    uploads = system().profile(sheet.case.region).uploads
    left = unfinished(session, sheet.task.id, actor.person_id)
    return {
        "url": url_for("transfers.create", task_id=sheet.task.id),
        "part": uploads.part_megabytes * 1024**2,
        "limit": uploads.limit,
        "left": [{"name": row.name, "percent": row.received * 100 // row.size} for row in left],
    }


@cache
def _template(form: str) -> str:
    """The form's own page when there is one; looked for once a process."""
    own = f"panels/{form}.html"
    return own if own in current_app.jinja_env.list_templates() else "tasks/form.html"


def _remarks(session: Session, case: Case, task: Task) -> list[dict[str, Any]]:
    """What sent a form back stands above it: every check's remarks where the whole text is meant, else its own."""
    if task.form not in RETURNED:
        return []
    found = queries.remarks(session, case.id)
    own = task.form not in WHOLE
    rows = [r for r in found if (r.form == task.form if own else r.form != "sign_off_visa" or r.answer is None)]
    names = people_of(session, [r.position_id for r in rows])
    return [
        {"n": n, "who": names.get(r.position_id or 0, ""), "place": r.place, "text": r.text, "at": r.at}
        for n, r in enumerate(rows, 1)
    ]


def _signing(sheet: Sheet, actor: Actor) -> dict[str, Any] | None:
    if sheet.shown is None:
        return None
    acting = {"for_whom": actor.title, "basis": actor.basis} if actor.basis else None
    return {"hash": sheet.shown, "acting": acting}


def _paper(session: Session, sheet: Sheet) -> str | None:
    """The text of the document that the task is about."""
    number = sheet.context.get("facts", {}).get("document_id")
    document = session.get(Document, number) if number else None
    edition = texts.current(session, document) if document else None
    return edition.html if edition else None


def _conflict(
    sheet: Sheet, form: forms.CaseForm, newer: drafts.NewerDraft | None, actor: Actor
) -> dict[str, Any] | None:
    if newer is None:
        return None
    theirs = sheet.form_class(task_forms.pairs(newer.newer.data), context=sheet.context)
    differ = conflicts.differences(form, theirs)
    return {
        "title": OTHER_DEVICE if newer.newer.person == actor.name else "Коллега изменил черновик, пока вы писали",
        "text": "Ничего не потеряно. Выберите, чей вариант взять; строки таблиц соединятся, а где вы оба изменили одно место, "
        "останется ваш текст.",
        "merge": any(not one["name"] for one in differ),
        "fields": differ,
        "version": newer.newer.version,
        "mine_at": "",
        "theirs_by": newer.newer.person,
        "theirs_at": ru.moment(newer.newer.saved_at, utcnow(), system().profile(actor.region).zone),
    }
