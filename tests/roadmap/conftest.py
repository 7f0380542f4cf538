"""A region with people and an approved diagnosis of one school: what a programme is drawn up from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app import engine, regions, wiring
from app.cases import operations, waking
from app.cases.calendar import of_zone
from app.cases.handlers import Handlers
from app.cases.models import Case
from app.cases.system import WORKFLOWS, System
from app.db import Database
from app.diagnostics.models import Diagnosis, FactorScore
from app.files import FileStore, Upload, attach
from app.people.models import Assignment
from tests.campaign.walk import Walker
from tests.people import world
from tests.small import in_every_region

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
YEAR = 2026
RISKS = {"teacher_competence_low": "high", "low_motivation": "medium", "academic_failure_risk": "high"}
pytest_generate_tests = in_every_region


@pytest.fixture
def region(db: Database, region_code: str) -> SimpleNamespace:
    """Organisations, one person a role, the curator assigned to the first school."""
    with db.write() as session:
        place = world.tree(session, region_code)
        place.actors = world.everybody(session, place)
        names = {"school_deputy": "Гречишникова", "teacher": "Пшеничная", "school_head": "Каштанова"}
        for role, name in names.items():
            person = session.get_one(world.Person, place.actors[role].person_id)
            person.family_name = name
        curator = place.actors["curator"].position_id
        since = {"valid_from": date(2026, 9, 1), "basis": "приказ"}
        session.add(Assignment(position_id=curator, organisation_id=place.school_a.id, **since))
        place.ids = {name: value.id for name, value in vars(place).items() if hasattr(value, "id")}
        place.names = names
    return place


@pytest.fixture
def system(db: Database, region_code: str, tmp_path: Path) -> System:
    """The product's own processes; expertise is off, as a region may have it."""
    profiles = {code: regions.profile(code) for code in regions.codes()}
    plain = {
        code: one.model_copy(update={"roadmaps": one.roadmaps.model_copy(update={"expertise": False})})
        for code, one in profiles.items()
    }
    return System(
        db=db,
        catalogue=engine.Catalogue(WORKFLOWS),
        handlers=Handlers.join(wiring.parts()),
        profiles=plain,
        calendars={code: of_zone(one.time_zone) for code, one in profiles.items()},
        files=FileStore(tmp_path / "files"),
    )


class School(Walker):
    """Walks of one school: its programme from the diagnosis on."""

    region: SimpleNamespace

    @property
    def school_id(self) -> int:
        return self.region.ids["school_a"]

    def diagnose(self, risks: Mapping[str, str] = RISKS, *, approved: bool = True) -> int:
        """A diagnosis of the year with these risks in work."""
        with self.system.db.write() as session:
            where = {"region": self.region.actors["school_head"].region, "subject_id": self.school_id}
            state = {"status": "done", "stage": "", "version": 1, "state": b"", "data": {}, "definition": None}
            times = {"opened_at": self.now, "changed_at": self.now, "closed_at": self.now}
            definition = self.system.newest(session, "diagnostics")
            case = Case(**where, **{**state, "definition": definition.hash}, **times, profile="", kind="diagnostics")
            case.school_year, case.title = YEAR, "Диагностика"
            session.add(case)
            session.flush()
            facts = {"school_id": self.school_id, "school_year": YEAR, "catalogue": "1", "formula": "1"}
            approved_at = self.now if approved else None
            session.add(Diagnosis(case_id=case.id, **facts, started_on=date(2026, 10, 1), approved_at=approved_at))
            session.flush()
            for number, (factor, level) in enumerate(risks.items(), 1):
                score = {"score": 80, "level": level, "decided": level, "in_work": True}
                session.add(FactorScore(diagnosis_id=case.id, number=number, factor=factor, **score))
            return case.id

    def allow(self, case_id: int) -> None:
        """The diagnosis is approved after all and says so."""
        self._approved(self.now)
        waking.deliver(self.system, case_id, lambda _: [("diagnosis.approved", {})], now=self.now)

    def withdraw_diagnosis(self) -> None:
        self._approved(None)

    def _approved(self, moment: datetime | None) -> None:
        with self.system.db.write() as session:
            for row in session.scalars(sa.select(Diagnosis)):
                row.approved_at = moment

    def open(self) -> int:
        actor = self.region.actors["school_head"]
        return operations.open_case(self.system, "roadmap", self.school_id, YEAR, actor=actor, now=self.now)

    def draft(self, **changes: Any) -> dict[str, Any]:
        """What a careful school sends."""
        deputy, teacher = (self.region.actors[role].person_id for role in ("school_deputy", "teacher"))
        profile = self.system.profile(self.region.actors["school_head"].region)
        kind = profile.roadmaps.kinds[profile.roadmaps.usual]
        direction = next(iter(profile.dictionaries[kind.rows_by]))
        rows = [
            ("teacher_competence_low", "Взаимное посещение уроков", "2026-12-01", "2027-01-25", teacher, "1"),
            ("low_motivation", "Проектные недели в 7–9 классах", "2027-03-09", "2027-03-20", deputy, "2"),
            ("academic_failure_risk", "Групповые занятия по темам пробелов", "2026-12-10", "2027-05-20", teacher, "3"),
        ]
        measures = [
            {
                "factor": factor, "text": text, "direction": direction, "starts_on": start, "due_on": due,
                "responsible": who, "audience": "учителя", "expected": "Пробелы устранены", "target": aim,
                "evidence": "report", "source": "own",
            }
            for factor, text, start, due, who, aim in rows
        ]  # fmt: skip
        aims = [
            {"factor": f, "name": n, "unit": "%", "base": b, "target": t, "measured": "справка"}
            for f, n, b, t in (
                ("teacher_competence_low", "Доля учителей с закрытым дефицитом", 0, 80),
                ("low_motivation", "Доля выполняющих задания", 48, 70),
                ("academic_failure_risk", "Доля низких результатов", 35, 15),
            )
        ]
        sent = {
            "name": f"{kind.printed} на 2026/27 учебный год", "kind": profile.roadmaps.usual,
            "starts_on": "2026-11-25", "ends_on": "2027-06-01", "goal": "Снизить долю низких результатов",
            "head": deputy, "team": [teacher],
            "sections": [{"row": n, "task": "Устранить"} for n in range(1, len(RISKS) + 1)],
            "targets": aims, "measures": measures,
        }  # fmt: skip
        return {**sent, **changes}

    def put_file(self, case_id: int, name: str = "протокол.pdf") -> int:
        with self.system.db.write() as session:
            row = attach(
                session,
                self.system.files,
                Upload(name, b"%PDF-1.4 minutes"),
                case_id=case_id,
                task_id=None,
                person_id=self.region.actors["school_head"].person_id,
                now=self.now,
            )
            return row.id

    def council(self, case_id: int, **changes: Any) -> None:
        sent = {
            "outcome": "adopt", "organ": "council", "number": "6", "day": "2026-11-25", "present": 20,
            "votes_for": 18, "votes_against": 1, "abstained": 1, "files": [self.put_file(case_id)],
            "no_pupil_data": True,
        }  # fmt: skip
        self.do("roadmap_council", {**sent, **changes})

    def approve(self, case_id: int) -> None:
        """From the council to the assignments of the rows."""
        self.council(case_id)
        self.do("roadmap_head", {"outcome": "approve"})
        self.do("roadmap_curator", {"outcome": "agree"})
        self.do("sign_off_route")
        self.do("sign_off_visa", {"conclusion": "agreed"})
        self.do("roadmap_publish", {"url": "https://school.example/programme", "day": "2026-11-25"})


@pytest.fixture
def school(system: System, region: SimpleNamespace) -> School:
    walker = School(system, NOW)
    walker.region = region
    return walker
