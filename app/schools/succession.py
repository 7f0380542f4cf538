"""What a reorganisation changes in the registry: names, codes, founder, kind, links, who works where.

Every function is asked with the row of a reorganisation that is signed and whose day has come; the caller records it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import Refused
from app.people import sessions
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Position
from app.people.operations import tell_left
from app.schools.models import Reorganisation, School, SchoolIdentity, SchoolLink, SchoolName

SYSTEMS = {"oo": "Код ОО", "fis_oko": "ФИС ОКО", "egrul": "ЕГРЮЛ"}
WITH_SUCCESSOR = ("merge", "split", "branch")
DAY = timedelta(days=1)


def ceases(row: Reorganisation) -> bool:
    """Do the reorganised schools cease to be schools of their own?"""
    return row.kind in ("merge", "branch", "close") or (row.kind == "split" and not row.data.get("continues"))


def require_free(session: Session, region: str, codes: Iterable[dict[str, Any]], owner_id: int | None) -> None:
    """Refused when a code belongs to another school, now or in a past that may still be asked about."""
    for line in codes:
        taken = holder_of(session, region, line["system"], line["code"])
        if taken is not None and taken.id != owner_id:
            raise Refused(
                f"{SYSTEMS[line['system']]} {line['code']} уже принадлежит школе «{taken.short_name}».",
                advice="Проверьте код по акту и реестру.",
            )


def holder_of(session: Session, region: str, system: str, code: str) -> Organisation | None:
    """The school that has, or had, the code."""
    now = {"oo": School.code == code, "fis_oko": sa.func.lower(School.fisoko_login) == code.lower()}.get(system)
    found = sa.select(Organisation).join(School, School.id == Organisation.id).where(School.region == region)
    standing = session.scalar(found.where(now)) if now is not None else None
    if standing is not None:
        return standing
    past = (SchoolIdentity.region == region, SchoolIdentity.system == system, SchoolIdentity.code == code)
    return session.scalar(found.join(SchoolIdentity, SchoolIdentity.school_id == School.id).where(*past).limit(1))


@dataclass(frozen=True)
class Succession:
    """One reorganisation over the registry. `day` is its day, `row.schools` the schools it is about."""

    session: Session
    row: Reorganisation
    now: datetime

    @property
    def day(self) -> date:
        return self.row.day

    @property
    def answers(self) -> dict[str, Any]:
        return self.row.data

    def apply(self) -> None:
        """Everything the kind of reorganisation changes in the registry; cases are another matter."""
        subject, school = self._pair(self.row.school_id)
        if self.row.kind in WITH_SUCCESSOR and self.row.successor_id is None:
            self.row.successor_id = self._found(subject, school)
        heir = self.row.successor_id or self.row.school_id
        if self.row.kind == "rename":
            self._rename(subject, self.answers["name"], self.answers["short_name"])
        elif self.row.kind == "founder":
            self._founder(subject, school)
        elif self.row.kind == "kind":
            school.kind = self.answers["school_kind"]
        elif self.row.kind in WITH_SUCCESSOR:
            self._link_all()
        if self.row.kind != "close":
            self._recode(heir, self.answers.get("codes") or ())
        if ceases(self.row):
            for one in self.row.schools:
                self._close(one)
        self.session.flush()

    def _pair(self, school_id: int) -> tuple[Organisation, School]:
        return self.session.get_one(Organisation, school_id), self.session.get_one(School, school_id)

    # names and codes --------------------------------------------------------------------------------------------------

    def _rename(self, school: Organisation, name: str, short_name: str) -> None:
        """Names keep their order in time: what stood before the day stands before it in the history too."""
        rows = self._names(school.id)
        if not rows:
            rows = [self._name(school.id, school.name, school.short_name, school.valid_from)]
        standing = rows[-1]
        if standing.name == name and len(rows) > 1:  # the registry has brought the name already, without its basis
            standing.since, standing.basis = self.day, self.row.act
        else:
            self._name(school.id, name, short_name, self.day)
        for row in rows:
            if row.name != name and row.since >= self.day:
                row.since = min(school.valid_from, self.day - DAY)
        school.name, school.short_name = name, short_name

    def _names(self, school_id: int) -> list[SchoolName]:
        found = sa.select(SchoolName).where(SchoolName.school_id == school_id).order_by(SchoolName.since, SchoolName.id)
        return list(self.session.scalars(found))

    def _name(self, school_id: int, name: str, short_name: str, since: date) -> SchoolName:
        basis = self.row.act if since == self.day else ""
        row = SchoolName(school_id=school_id, name=name, short_name=short_name, since=since, basis=basis)
        self.session.add(row)
        return row

    def _recode(self, school_id: int, codes: Sequence[dict[str, Any]]) -> None:
        """A new code begins on the day; the old one is kept with its end, files of past years are found by it."""
        organisation, school = self._pair(school_id)
        require_free(self.session, school.region, codes, school_id)
        for line in codes:
            system, code = line["system"], line["code"]
            before = {"oo": school.code, "fis_oko": school.fisoko_login}.get(system)
            if before and before != code:
                self._end_code(school, system, before)
            self._begin_code(school, system, code)
            if system == "oo":
                school.code = organisation.code = code
            elif system == "fis_oko":
                school.fisoko_login = code.lower()

    def _end_code(self, school: School, system: str, code: str) -> None:
        where = (SchoolIdentity.school_id == school.id, SchoolIdentity.system == system, SchoolIdentity.code == code)
        row = self.session.scalar(sa.select(SchoolIdentity).where(*where))
        if row is None:
            row = SchoolIdentity(school_id=school.id, region=school.region, system=system, code=code)
            self.session.add(row)
        row.until = self.day - DAY

    def _begin_code(self, school: School, system: str, code: str) -> None:
        where = (SchoolIdentity.school_id == school.id, SchoolIdentity.system == system, SchoolIdentity.code == code)
        if self.session.scalar(sa.select(SchoolIdentity.id).where(*where, SchoolIdentity.until.is_(None))) is None:
            values = {"school_id": school.id, "region": school.region, "system": system, "code": code}
            self.session.add(SchoolIdentity(**values, since=self.day, case_id=self.row.case_id))

    # founder, successor -----------------------------------------------------------------------------------------------

    def _founder(self, subject: Organisation, school: School) -> None:
        school.founder = self.answers["founder"]
        if self.answers.get("municipality"):
            school.municipality_id = int(self.answers["municipality"])
        root = sa.select(Organisation.id).where(Organisation.region == subject.region, Organisation.kind == "region")
        municipal = school.founder == "municipal" and school.municipality_id is not None
        subject.parent_id = school.municipality_id if municipal else self.session.scalar(root.limit(1))

    def _found(self, subject: Organisation, school: School) -> int:
        """The new school of a merger or a division, in the place of the old one."""
        code = next(line["code"] for line in self.answers["codes"] if line["system"] == "oo")
        require_free(self.session, school.region, self.answers["codes"], None)
        organisation = Organisation(
            region=subject.region,
            kind="school",
            code=code,
            name=self.answers["new_name"],
            short_name=self.answers["new_short_name"],
            parent_id=subject.parent_id,
            valid_from=self.day,
        )
        self.session.add(organisation)
        self.session.flush()
        new = School(
            id=organisation.id,
            region=school.region,
            code=code,
            kind=self.answers["new_kind"],
            founder=school.founder,
            municipality_id=school.municipality_id,
        )
        self.session.add(new)
        self.session.flush()
        self._name(new.id, organisation.name, organisation.short_name, self.day)
        return new.id

    def _link_all(self) -> None:
        for one in self.row.schools:
            where = (SchoolLink.school_id == self.row.successor_id, SchoolLink.predecessor_id == one)
            if self.session.scalar(sa.select(SchoolLink.id).where(*where, SchoolLink.since == self.day)) is None:
                link = {"school_id": self.row.successor_id, "predecessor_id": one, "kind": self.row.kind}
                self.session.add(SchoolLink(**link, since=self.day, with_results=self.row.merge_results))

    # closing ----------------------------------------------------------------------------------------------------------

    def _close(self, school_id: int) -> None:
        """The school's last day is the eve. Who worked there works at the successor (ТК РФ, ст. 75); its head does not."""
        organisation, school = self._pair(school_id)
        last = max(self.day - DAY, organisation.valid_from)
        organisation.valid_to = last
        for system, code in (("oo", school.code), ("fis_oko", school.fisoko_login)):
            if code:
                self._end_code(school, system, code)
        held = sa.select(Position).where(Position.organisation_id == school_id, in_force(Position, self.day))
        for position in self.session.scalars(held.order_by(Position.id)).all():
            if self.row.successor_id is not None and position.role != "school_head":
                position.organisation_id = self.row.successor_id
                position.basis = self.row.act
                continue
            position.valid_to = max(last, position.valid_from)
            tell_left(self.session, position, self.now)
            if position.valid_to < self.now.date():
                sessions.revoke_position(self.session, position.id, now=self.now)


def move_assignments(
    session: Session, school_id: int, successor_id: int | None, day: date, *, keep: bool, basis: str, case_id: int
) -> int:
    """Curators and tutors of a school that ceased: kept ones go on at the successor. Returns how many went on."""
    found = sa.select(Assignment).where(Assignment.organisation_id == school_id, in_force(Assignment, day))
    kept = 0
    for row in session.scalars(found.order_by(Assignment.id)).all():
        position = session.get_one(Position, row.position_id)
        row.valid_to = max(day - DAY, row.valid_from)
        if not keep or successor_id is None or position.organisation_id == successor_id:
            continue
        there = (Assignment.position_id == row.position_id, Assignment.organisation_id == successor_id)
        if session.scalar(sa.select(Assignment.id).where(*there, in_force(Assignment, day)).limit(1)) is None:
            who = {"position_id": row.position_id, "organisation_id": successor_id}
            session.add(Assignment(**who, valid_from=day, basis=basis[:500], case_id=case_id))
            kept += 1
    session.flush()
    return kept
