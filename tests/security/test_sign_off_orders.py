"""Signing off by the real diagram and handlers: in whatever order people sign, no visa is lost, and none falls in vain."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.cases import operations
from app.documents import texts, witnesses
from app.documents.models import ApprovalRow, Document, Signature
from tests.campaign.walk import Walker
from tests.security import sheets, town

pytestmark = pytest.mark.req("OM-44", "OR-02")
ORDERS = list(itertools.permutations(range(3)))
CASES = [((turn, (turn + 1) % 6, 5 - turn), ("whole", "annex")[turn % 2]) for turn in range(6)]
"""Of the 216 orders of three rounds every order stands in every round once; the third approver looks at all or at a part."""


def order_of(session: Session) -> Document:
    return session.scalars(sa.select(Document).where(Document.kind == "list_act")).one()


class Sheet:
    """What the sheet must hold, kept beside the product: row → (conclusion, fingerprint of what was signed)."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.standing: dict[int, tuple[str, str]] = {}
        self.given = 0
        self.refused: set[int] = set()
        with walker.system.db.read() as session:
            rows = session.scalars(sa.select(ApprovalRow).order_by(ApprovalRow.row)).all()
            self.scope = {row.row: row.scope for row in rows}
            self.first = [row.row for row in rows if row.stage == rows[0].stage]
            self.keys = {row.id: row.row for row in rows}

    def fingerprints(self) -> dict[str, str]:
        with self.walker.system.db.read() as session:
            edition = texts.current(session, order_of(session))
            assert edition is not None
            return dict(edition.scopes)

    def sign(self, row: int, wish: str) -> None:
        task = next(t for t in sheets.approvers(self.walker) if t.item == str(row))
        again = wish == "refused" and row in self.refused
        conclusion = "agreed_with_remarks" if again else wish
        remark = {"place": f"пункт {row}", "text": "Уточнить", "mandatory": True}
        sent: dict[str, Any] = {"conclusion": conclusion}
        if conclusion != "agreed":
            sent["remarks"] = [remark]
        assert isinstance(sheets.visa(self.walker, task, sent)(), operations.Moved)
        self.given += 1
        self.refused |= {row} if conclusion == "refused" else set()
        self.standing[row] = (conclusion, self.fingerprints()[self.scope[row]])
        self.compare()

    def answer(self, preamble: str | None) -> None:
        task = self.walker.task("sign_off_answer")
        blank = self.walker.form(task, self.walker.holder(task)).answers()
        replies = [{**line, "resolution": "accepted", "reply": "Уточнено"} for line in blank["remarks"]]
        self.walker.send(task, {"remarks": replies, **({"preamble": preamble} if preamble else {})})
        now = self.fingerprints()
        self.standing = {
            row: (said, print_)
            for row, (said, print_) in self.standing.items()
            if print_ == now[self.scope[row]] and said != "refused"
        }
        self.compare()

    def compare(self) -> None:
        with self.walker.system.db.read() as session:
            visas = session.scalars(sa.select(Signature).where(Signature.purpose == "approval")).all()
        assert len(visas) == self.given, "a signature is lost or doubled"
        held = {self.keys[v.approval_row_id]: (v.conclusion, v.shown_sha256) for v in visas if v.fallen_at is None}
        assert held == self.standing


@pytest.mark.parametrize(
    ("turns", "part"), CASES, ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value))
)
def test_three_rounds_in_any_order(at_stage, turns, part) -> None:
    walker = Walker(at_stage("sqlite", "route"), town.NOW)
    sheets.send_round(walker, ["whole", "whole", "text", part])
    sheet = Sheet(walker)
    rows = sheet.first
    assert [sheet.scope[row] for row in rows] == ["document", "text", "document" if part == "whole" else part]
    plans = (
        ("agreed_with_remarks", "refused", "agreed"),
        ("agreed", "agreed_with_remarks", "refused"),
        ("agreed_with_remarks", "agreed", "agreed"),
    )
    for turn, plan in enumerate(plans):
        asked = [rows[k] for k in ORDERS[turns[turn]] if rows[k] not in sheet.standing]
        wishes = [*plan[: len(asked) - 1], plan[-1]] if len(asked) > 1 else ["agreed_with_remarks"]
        for n, row in enumerate(asked):
            assert sorted(t.item for t in sheets.approvers(walker)) == sorted(map(str, asked[n:]))
            sheet.sign(row, wishes[n])
        sheet.answer(f"Преамбула редакции {turn + 2}" if turn < 2 else None)
    while asked_again := sheets.approvers(walker):
        sheet.sign(int(asked_again[0].item or 0), "agreed")
    assert set(sheet.standing) == set(sheet.scope)
    assert walker.tasks(form="act_sign")
    with walker.system.db.read() as session:
        assert journal.verify(session, witnesses.printed_heads(session)).intact
