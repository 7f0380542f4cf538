"""Bodies of the interface: what programs send and get. Moments are UTC, days are of the region's calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.contract import LARGEST, Given, Sent

Key = Annotated[int, Field(ge=1, le=LARGEST)]
Cursor = Annotated[str, Field(description="Значение `next` предыдущей страницы")]
Words = Annotated[str, Field(max_length=200, pattern=r"^[^\u0000-\u001f\u007f]*$")]
Tick = Literal["", "0", "1"]
State = Literal["open", "done", "cancelled"]


# what is sent ---------------------------------------------------------------------------------------------------------


class CaseQuery(Sent):
    kind: Annotated[str, Field(pattern="^[a-z_]{0,60}$", description="Вид дела, код процесса")] = ""
    state: Annotated[Literal["", "open", "done", "cancelled"], Field(description="Пусто – в любом состоянии")] = ""
    stage: Annotated[Words, Field(description="Этап дела, как он назван в деле")] = ""
    q: Annotated[Words, Field(description="Часть названия дела или организации, номер, код ОО")] = ""
    cursor: Annotated[Cursor, Field(pattern="^([0-9]{1,18})?$")] = ""


class TaskQuery(Sent):
    mine: Annotated[Tick, Field(description="1 – только те, что стоят перед вами")] = ""
    overdue: Annotated[Tick, Field(description="1 – только просроченные")] = ""
    cursor: Annotated[Cursor, Field(pattern="^([0-9]{1,17}-[0-9A-Za-z]{1,32})?$")] = ""


class EventQuery(Sent):
    cursor: Annotated[Cursor, Field(pattern="^([0-9]{1,18})?$")] = ""


class OpeningFacts(Sent):
    """Of a case to be opened. `school_year` is the first of the two; the current one when it is not named."""

    school_year: Annotated[int, Field(ge=2015, le=2100)] | None = None


class CampaignFacts(OpeningFacts):
    """Of a case that belongs to a campaign: its school year is the campaign's."""

    campaign: Key


class OpenCase(Sent):
    process: Annotated[str, Field(pattern="^[a-z_]{1,60}$", description="Код процесса")]
    subject: Annotated[
        Key | Annotated[str, Field(pattern="^[0-9A-Za-zА-Яа-яЁё._-]{1,40}$")],
        Field(description="Организация, о которой дело: номер или код (школы – код ОО)"),
    ]
    data: Annotated[dict[str, Any], Field(description="Сведения для открытия, свои у каждого процесса")] = {}


class ProofSent(Sent):
    """Подтверждение подписи: пароль ещё раз и отпечаток показанного из `shown` задачи."""

    password: Annotated[str, Field(min_length=1, max_length=200)]
    shown: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Completion(Sent):
    answers: Annotated[dict[str, Any], Field(description="Имя поля формы → значение")]
    proof: ProofSent | None = None


class Handover(Sent):
    position: Annotated[Key, Field(description="Должность сотрудника той же организации")]


# what is given --------------------------------------------------------------------------------------------------------


class Place(Given):
    """An organisation."""

    id: int
    kind: str
    code: str
    name: str


class ProcessOut(Given):
    key: str
    name: str
    version: Annotated[str, Field(description="SHA-256 набора файлов схемы")]
    documentation: str
    may_open: Annotated[bool, Field(description="Можете ли вы открыть такое дело сами")]


class ProcessList(Given):
    items: list[ProcessOut]


class CaseRef(Given):
    id: int
    kind: str
    title: str
    state: State


class Holder(Given):
    position: int
    name: str


class TaskOut(Given):
    """An open task. `mine`: it stands before you."""

    id: str
    version: int
    key: str
    form: str
    name: str
    item: str | None
    case: CaseRef
    organisation: Place
    role: str
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    claimed_by: Holder | None
    mine: bool


class TaskPage(Given):
    items: list[TaskOut]
    next: str | None


class CaseOut(Given):
    id: int
    kind: str
    title: str
    number: str | None
    region: str
    school_year: int
    state: State
    stage: str
    outcome: str | None
    version: int
    subject: Place
    parent: int | None
    due_at: Annotated[datetime | None, Field(description="Ближайший срок")]
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None


class CasePage(Given):
    items: list[CaseOut]
    next: str | None


class DeadlineOut(Given):
    kind: Literal["task", "wait", "timer"]
    name: str
    term: str
    basis: str
    calendar: str
    started_at: datetime
    due_at: datetime


class DocumentRef(Given):
    id: int
    kind: str
    title: str
    state: str
    number: str | None
    day: date | None


class CaseDetail(CaseOut):
    why: Annotated[str, Field(description="Чего ждёт дело, одной фразой")]
    tasks: list[TaskOut]
    deadlines: list[DeadlineOut]
    documents: list[DocumentRef]
    children: list[CaseRef]


class EventOut(Given):
    """A record of the journal. `data` is given to those who may read the journal itself."""

    seq: int
    at: datetime
    kind: str
    title: str
    actor: str | None
    data: dict[str, Any] | None
    hash: str


class EventPage(Given):
    items: list[EventOut]
    next: str | None


class MarkOut(Given):
    """An element of the drawing: done, the case is here now, or it waits here."""

    id: str
    state: Literal["done", "now", "hold"]
    note: str = ""


class DiagramOut(Given):
    process: str
    version: str
    xml: str
    elements: list[MarkOut]


class Option(Given):
    value: int | str
    label: str


class Condition(Given):
    """`field` has one of `values`; without a field the condition is the form's own rule."""

    field: str | None
    values: list[Any] = []


class FieldOut(Given):
    """A field of the form; `value` is what is filled in already.

    `columns` describe the rows of a table. A row that has a number `row` was prepared by the system: send it back with it.
    """

    name: str
    type: str
    label: str
    hint: str
    required: bool
    required_when: Condition | None = None
    only_when: Condition | None = None
    choices: list[Option] | None = None
    limits: dict[str, Any] = {}
    columns: list[FieldOut] | None = None
    value: Any = None
    source: Annotated[str, Field(description="Откуда значение")] = ""


class DraftOut(Given):
    version: int
    saved_at: datetime
    person: str


class TaskDetail(TaskOut):
    """`fields`, `facts`, `draft` and `shown` are given to the holder alone; to others `fields` is null.

    `fields` are the form under the newest draft; `facts` is what the form shows beside them. `shown`: fingerprint of
    what a signature would be bound to, null when the form signs nothing.
    """

    title: str
    lead: str
    help: str
    submit: str
    basis: str
    fields: list[FieldOut] | None
    facts: dict[str, Any]
    draft: DraftOut | None
    shown: str | None


class Completed(Given):
    """What the move left: the case and the tasks now open in it that you may know of."""

    case: CaseRef
    version: int
    tasks: list[TaskOut]


class SignatureOut(Given):
    person: str
    position: str
    behalf_of: str | None
    basis: str | None
    at: datetime


class DocumentOut(DocumentRef):
    case: CaseRef
    edition: int
    effective_from: date | None
    code: Annotated[str, Field(description="Код для проверки подлинности; пусто, пока документ не выдан")]
    text_sha256: str | None
    pdf_sha256: str | None
    signatures: list[SignatureOut]


class Verified(Given):
    """`known` answers a code: the document was issued; whether a file is genuine is told by its SHA-256."""

    result: Literal["genuine", "replaced", "known"]
    title: str
    number: str
    day: date | None
    state: str
    sha256: str
    code: str


class Rejected(Given):
    sheet: str
    row: int | None
    column: str
    value: str
    reason: str


class ImportedFile(Given):
    name: str
    sha256: str
    kind: str
    title: str
    rows: int
    accepted: int
    rejected: list[Rejected]
    rejected_rows: int
    skipped: int
    excluded: int
    absent: int
    schools: int
    changed: int
    repeated: bool
    warnings: list[str]


class Imported(Given):
    files: list[ImportedFile]


class StoredOut(Given):
    id: int
    name: str
    size: int
    sha256: str


class StoredList(Given):
    files: list[StoredOut]
