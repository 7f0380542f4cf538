"""Who issues an act: the body of the region, the subject's municipality or the school, with its signer, clerk and author.

The kind of document names a level; the case's subject gives the organisation. A school that no municipal authority is
over gets its municipal acts from the ministry, on the ministry's letterhead, in its register and by its approval sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.holders import REGION_KINDS, Holder, body_of, municipality_of
from app.cases.models import Answer
from app.cases.move import Move
from app.documents import contexts
from app.documents.models import Document
from app.errors import Refused
from app.people.actor import ON, in_force
from app.people.models import Organisation, Person, Position
from app.people.roles import ALWAYS_HEAD
from app.regions import DocumentKind, Profile, Sheet

MINISTRY_ACT = "ministry_act"
"""The kind whose register, signer and sheet the ministry's own acts have."""

DESKS: dict[str, tuple[str, ...]] = {
    "ministry": ("ministry",),
    "operator": ("regional_operator",),
    "centre": ("pd_center",),
    "municipality": ("municipal_authority",),
    "school": ("school_deputy", "school_head"),
}
"""Kind of organisation → roles that prepare its papers, the first that somebody holds."""


@dataclass(frozen=True)
class Issue:
    """How a document of a kind is issued in a case. `position` is the signer's post in the profile, None below the region."""

    organisation: Organisation
    described: DocumentKind
    level: str
    position: str | None

    def sheet(self, profile: Profile) -> Sheet | None:
        return profile.sheets[self.described.sheet] if self.described.sheet else None

    def letterhead(self, profile: Profile) -> list[str]:
        """Lines above the document: as the profile breaks them for this body, else for organisations of the kind."""
        body = profile.organisations.get(self.organisation.kind) if self.level == "region" else None
        lines = profile.letterheads.get(self.organisation.kind, ("{name}",))
        return list(body.letterhead if body else ()) or [line.format(name=self.organisation.name) for line in lines]

    def place(self, profile: Profile) -> str:
        """Where the document is issued; unknown below the region."""
        if self.level != "region":
            return ""
        body = profile.organisations.get(self.organisation.kind)
        return (body.place if body else "") or profile.capital


def issue(session: Session, profile: Profile, subject: Organisation, kind: str) -> Issue:
    """Who issues a document of `kind` about `subject`; Refused when there is no such body or school."""
    described = profile.document_kinds[kind]
    if described.level == "municipality":
        municipality = municipality_of(session, subject)
        if municipality is not None:
            return Issue(session.get_one(Organisation, municipality), described, "municipality", None)
        described = _of_ministry(profile, described)
    if described.level == "school":
        if subject.kind != "school":
            raise Refused("Приказ школы издаётся по делу школы.", advice="Откройте его в деле школы.")
        return Issue(subject, described, "school", None)
    position = profile.signers[described.signer]
    return Issue(_body(session, profile, position), described, "region", position)


def of_move(move: Move) -> Issue:
    """The same for the act that is the case in hand."""
    return issue(move.session, move.profile, move.subject, move.case.data["document_kind"])


def of_document(session: Session, profile: Profile, document: Document) -> Issue:
    """The same for a document that is written already: its organisation stands."""
    organisation = session.get_one(Organisation, document.organisation_id)
    described = as_issued(profile, document.kind, organisation.kind)
    level = "region" if organisation.kind in REGION_KINDS else organisation.kind
    return Issue(organisation, described, level, profile.signers.get(described.signer) if level == "region" else None)


def as_issued(profile: Profile, kind: str, issuer: str) -> DocumentKind:
    """A kind of document as organisations of the kind `issuer` issue it: the ministry calls all of its own alike."""
    described = profile.document_kinds[kind]
    return _of_ministry(profile, described) if issuer == "ministry" and described.level == "municipality" else described


def _of_ministry(profile: Profile, described: DocumentKind) -> DocumentKind:
    own = profile.document_kinds[MINISTRY_ACT]
    return own.model_copy(update={"title": described.title, "report": described.report, "publish": described.publish})


def _body(session: Session, profile: Profile, position: str) -> Organisation:
    """The organisation where the signing post is: the region's body of that kind."""
    kind = profile.positions[position].organisation
    return session.get_one(Organisation, issuing_place(session, profile.region, kind))


def issuing_place(session: Session, region: str, kind: str) -> int:
    """The body of the region that issues a document: its organisation's id."""
    place = body_of(session, region, kind)
    if place is None:
        raise Refused(
            "В регионе нет организации, которая издаёт документ.", advice="Заведите её в разделе «Организации»."
        )
    return place


# people -----------------------------------------------------------------------------------------------------------


_HEAD = (
    sa.select(Position, Person)
    .join(Person, Person.id == Position.person_id)
    .where(Position.organisation_id == sa.bindparam("organisation"), in_force(Position, ON))
    .where(sa.or_(Position.head.is_(True), Position.role.in_(sorted(ALWAYS_HEAD))))
    .order_by(Position.valid_from.desc(), Position.id.desc())
    .limit(1)
)
_DRAFTED = (
    sa.select(Answer.position_id)
    .where(Answer.case_id == sa.bindparam("case"), Answer.form == "act_draft", Answer.position_id.is_not(None))
    .order_by(Answer.version.desc())
    .limit(1)
)
_HELD = sa.select(Position.id).where(Position.organisation_id == sa.bindparam("organisation"), in_force(Position, ON))
_SERVES = _HELD.where(Position.id == sa.bindparam("position"))
_IN_ROLE = _HELD.where(Position.role == sa.bindparam("role")).limit(1)


def head_of(session: Session, organisation_id: int, on: date) -> tuple[Position, Person] | None:
    """The руководитель of an organisation on a day: by the mark at the position, or by a role that only a head holds."""
    row = session.execute(_HEAD, {"organisation": organisation_id, "on": on}).one_or_none()
    return (row.Position, row.Person) if row else None


def signer(session: Session, profile: Profile, issued: Issue, on: date) -> tuple[Position, Person] | None:
    """Who signs on a day: the holder of the region's signing post, or the head of the municipality's body or school."""
    if issued.position is not None:
        return contexts.holder(session, profile.region, issued.position, on)
    return head_of(session, issued.organisation.id, on)


def post(profile: Profile, issued: Issue, position: Position | None) -> list[str]:
    """Printed lines of the signer's post."""
    if issued.position is not None:
        return list(profile.positions[issued.position].post)
    title = position.title if position else "Руководитель"
    return [title[:1].upper() + title[1:]]


def author(move: Move, issued: Issue, on: date) -> int | Holder | None:
    """Who prepares the act: who drafted it before, who opened the case at the issuer's, the sheet's drafter, the desk."""
    for position_id in (drafted_by(move.session, move.case.id), move.case.data.get("author"), _opener(move, issued)):
        if position_id is not None and _serves(move.session, position_id, issued.organisation.id, on):
            return position_id
    sheet = issued.sheet(move.profile)
    found = contexts.holder(move.session, move.case.region, sheet.drafter, on) if sheet and sheet.drafter else None
    return found[0].id if found else desk(move.session, issued.organisation, on)


def _opener(move: Move, issued: Issue) -> int | None:
    """Who opened the case by hand; of an act that another case opened, only who prepares papers at the issuer's anyway:
    not a head whose decision opened it, nor a teacher whose consent did."""
    opener = move.opener
    desk_work = opener is not None and not opener.head and opener.role in DESKS.get(issued.organisation.kind, ())
    return opener.id if opener is not None and (move.case.parent_id is None or desk_work) else None


def drafted_by(session: Session, case_id: int) -> int | None:
    """The position that sent the newest draft."""
    return session.scalar(_DRAFTED, {"case": case_id})


def clerk(move: Move, issued: Issue, on: date) -> int | Holder | None:
    """Who numbers and publishes: the clerk of the issuer; where there is none, the author."""
    organisation = issued.organisation
    if organisation.kind == "ministry" or _held(move.session, organisation.id, "clerk", on):
        return Holder("clerk", False, organisation.id)
    return author(move, issued, on)


def desk(session: Session, organisation: Organisation, on: date) -> Holder | None:
    """The role that prepares papers in an organisation; None where nobody could."""
    roles = DESKS.get(organisation.kind, ())
    held = next((role for role in roles if _held(session, organisation.id, role, on)), None)
    return Holder(held, False, organisation.id) if held else None


def _serves(session: Session, position_id: int, organisation_id: int, on: date) -> bool:
    asked = {"position": position_id, "organisation": organisation_id, "on": on}
    return session.scalar(_SERVES, asked) is not None


def _held(session: Session, organisation_id: int, role: str, on: date) -> bool:
    return session.scalar(_IN_ROLE, {"organisation": organisation_id, "role": role, "on": on}) is not None
