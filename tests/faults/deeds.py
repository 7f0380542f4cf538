"""What is done while the process dies: each deed from its stage, so written that doing it again does what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from app import engine, outbox, publication
from app.cases import migrating
from app.cases.system import WORKFLOWS
from app.db import by_clock
from app.demo import generate, region_parameters
from app.demo.load import load_region, open_campaign
from app.imports import drafts, pool, writing
from app.imports.models import ImportDraft
from app.people.actor import Actor
from app.people.models import Organisation
from app.schools.models import School
from tests.campaign import test_campaign as campaign
from tests.campaign.conftest import NOW
from tests.faults.desk import Desk
from tests.results import tables
from tests.small import PASSWORD, SIZES, system_at

CROWDED = {**SIZES, "schools": 240, "listed_share": 0.26}  # a list of some sixty schools, none of which has a case yet
LETTERS, EACH = 4, 5


@dataclass(frozen=True)
class Deed:
    """`act` begins at `stage`; it is called again after a death, by who does not know how far it came.

    `short`: it belongs to the short form too.
    """

    name: str
    title: str
    stage: str
    act: Callable[[Desk], None]
    short: bool = True


# stages -----------------------------------------------------------------------------------------------------------------


def load(url: str, code: str, files: Path) -> None:
    """A region whose last list has no cases, and its campaign just opened."""
    system = system_at(url, files)
    with by_clock(lambda: NOW - timedelta(days=1)):
        load_region(system, generate(region_parameters(code, **CROWDED)), PASSWORD, running=False)
        open_campaign(system, code, NOW - timedelta(days=1))
    system.db.dispose()


def walk(desk: Desk, save: Callable[[str], None]) -> None:
    """From the campaign's opening to sixty open cases of support; `save` keeps the ground at each stage."""
    campaign.to_the_packs(desk)
    for task in desk.tasks(form="pack_answer")[1:]:
        desk.send(task, {"outcome": "confirm"})
    save("answer")
    desk.do("pack_answer", {"outcome": "confirm"})
    save("final")
    desk.do("campaign_final", {"outcome": "sign"})
    desk.do("act_draft", {"outcome": "send"})
    desk.do("sign_off_route")
    save("visa")
    while desk.tasks(form="sign_off_visa"):
        desk.do("sign_off_visa", {"conclusion": "agreed"})
    save("sign")
    campaign.sign_on_paper(desk)
    desk.do("act_register")
    save("publish")
    campaign.publish(desk)
    save("opened")
    stage_letters(desk)
    save("letters")
    desk.settle()
    stage_table(desk)
    save("import")


def stage_letters(desk: Desk) -> None:
    """Messages to several people each, and one to a role."""
    case = desk.tasks(form="support_start")[0].case_id
    posts = [
        outbox.Letter("mail", f"news:{n}", {"to": _addresses(n), "subject": f"Новости {n}", "text": "Текст"}, case)
        for n in range(LETTERS)
    ]
    told = {"template": "task", "role": "school_head", "subject": "Приглашение", "text": "Ждём вас."}
    with desk.system.db.write() as session:
        outbox.post_all(session, [*posts, outbox.Letter("mail", "invitation", told, case)], desk.now)


def _addresses(number: int) -> list[str]:
    return [f"person{number}-{n}@place.example" for n in range(EACH)]


def stage_table(desk: Desk) -> None:
    """A table of results, read and checked as the page does it, that nobody has recorded yet."""
    with desk.system.db.read() as session:
        codes = session.scalars(sa.select(School.code).order_by(School.code).limit(3)).all()
    rows = [tables.pupil(n, code, result=50) for code in codes for n in range(11)]
    upload = drafts.Upload("01_2026.05.30.xlsx", tables.xlsx({"Протокол": tables.protocol(rows)}))
    readers = pool.Readers(desk.system.db)
    with desk.system.db.write() as session:
        draft = drafts.create(session, _operator(desk), [upload], readers.token(), desk.now)
        files = list(draft.files)
    readers.start(draft, files, [upload])
    readers.settle()


# deeds ------------------------------------------------------------------------------------------------------------------


def submit(desk: Desk) -> None:
    """The last municipality answers; the campaign is woken and goes on."""
    desk.settle()
    desk.once("pack_answer", {"outcome": "confirm"})


def conclude(desk: Desk) -> None:
    """The head signs the list by his password; the case of the order is opened."""
    desk.settle()
    desk.once("campaign_final", {"outcome": "sign"})


def approve(desk: Desk) -> None:
    """Visas by password under the text that was shown, one after another."""
    desk.settle()
    while desk.tasks(form="sign_off_visa"):
        desk.once("sign_off_visa", {"conclusion": "agreed"})


def issue(desk: Desk) -> None:
    """The order is signed on paper with a scan, then takes its number from the register; its PDF is made."""
    desk.settle()
    for task in desk.tasks(form="act_sign"):
        desk.send(task, {"outcome": "sign", "method": "paper", "files": [desk.scan(task)]})
    desk.once("act_register")


def open_sixty(desk: Desk) -> None:
    """The published order opens a case for every listed school."""
    desk.settle()
    if desk.tasks(form="act_publish"):
        campaign.publish(desk)


def record(desk: Desk) -> None:
    """The checked table is written, as by the button of the page."""
    desk.settle()
    operator = _operator(desk)
    with desk.system.db.read() as session:
        draft_id = session.scalars(sa.select(ImportDraft.id)).one()
    with desk.system.db.write() as session:
        mine = drafts.mine(session, operator, draft_id, desk.now, lock=True)
        if mine.state != "recorded":
            writing.record(session, mine, version=mine.version, agreed=True, actor=operator, now=desk.now)
    desk.settle()


def migrate(desk: Desk) -> None:
    """Sixty cases go over to a newer diagram, twenty in a transaction."""
    newer = replace(desk.system, catalogue=newer_diagrams(), _published=set(), _bodies={})
    migrating.migrate(newer, "support_cycle", publication.routes(), now=desk.now, batch=20)


def post(desk: Desk) -> None:
    """Letters leave for a mail server."""
    desk.settle()


DEEDS = (
    Deed("submit", "a task is sent", "answer", submit),
    Deed("import", "a table of results is recorded", "import", record),
    Deed("conclude", "the list is signed by password, the order's case opens", "final", conclude, short=False),
    Deed("approve", "a visa by password", "visa", approve),
    Deed("issue", "an order is signed on paper, numbered, made into a PDF", "sign", issue),
    Deed("open", "an order opens sixty cases", "publish", open_sixty),
    Deed("migrate", "sixty cases go over to a newer diagram", "opened", migrate),
    Deed("letters", "letters leave for a mail server", "letters", post),
)


def _operator(desk: Desk) -> Actor:
    with desk.system.db.read() as session:
        place = session.scalars(sa.select(Organisation.id).where(Organisation.kind == "operator")).first()
    return desk.actor_of(place, "regional_operator")


@cache
def newer_diagrams() -> engine.Catalogue:
    """The project's diagrams, the first task of a case of support under another name."""
    with TemporaryDirectory() as folder:
        for path in WORKFLOWS.glob("*.*mn"):
            text = path.read_text("utf-8")
            if path.name == "support_cycle.bpmn":
                text = text.replace('name="Назначить ответственных и рабочую группу"', 'name="Назначить ответственных"')
            (Path(folder) / path.name).write_text(text, "utf-8")
        return engine.Catalogue(Path(folder))
