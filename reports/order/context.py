"""Context of an act. Whether it is a приказ or a распоряжение, and where its title stands, is the region's data."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from pydantic import Field, field_validator, model_validator

from reports.attachments import Attachment, spreadsheet_cell
from reports.base import Lines, Model, Paper, Point, Sha256, Table

LIST_COLUMNS = ("№ п/п", "Муниципальное образование", "Код ОО", "Наименование", "Основание включения")


class ListRow(Model):
    """One organisation of the list. Shares and numbers of low results have no place here (OR 4.2.1)."""

    n: int = Field(ge=1)
    municipality: str
    school_code: str
    school_name: str
    basis: str

    @field_validator("basis")
    @classmethod
    def _no_shares(cls, value: str) -> str:
        if "%" in value or "‰" in value:
            raise ValueError("the basis of inclusion names a criterion; results are not published")
        return value


class Annex(Model):
    """An annex holds the list of organisations, or a table such as a plan, or text; `reference` is «Приложение / к …»
    without date and number: they are added at registration."""

    reference: Lines = Field(min_length=1)
    word: str
    title: Lines = ()
    note: str = ""
    rows: tuple[ListRow, ...] = ()
    table: Table | None = None
    points: tuple[Point, ...] = ()

    @model_validator(mode="after")
    def _one_content(self) -> Annex:
        if sum(map(bool, (self.rows, self.table, self.points))) != 1:
            raise ValueError("an annex holds exactly one of rows, table, points")
        return self


class AnnexFile(Model):
    """An annex that is a file: `size` in bytes; its print says which file was signed."""

    name: str
    size: int = Field(gt=0)
    sha256: Sha256

    @property
    def print_word(self) -> str:
        """The whole fingerprint, in groups that a line may break between: it binds the file to the signed text."""
        return " ".join(self.sha256[at : at + 8] for at in range(0, 64, 8))

    @property
    def size_word(self) -> str:
        """«120 КБ», «1,4 МБ»."""
        if self.size < 1024**2:
            return f"{max(1, round(self.size / 1024))} КБ"
        return f"{self.size / 1024**2:.1f} МБ".replace(".", ",")


class Context(Paper):
    """`preamble` ends where `order_word` («приказываю:») begins; without that word it ends with its own colon."""

    preamble: str
    order_word: str = ""
    points: tuple[Point, ...] = Field(min_length=1)
    annexes: tuple[Annex, ...] = ()
    files: tuple[AnnexFile, ...] = ()
    school_year: str = ""


def attachments(context: Context) -> list[Attachment]:
    """The list for machines, once as JSON and once as CSV; both say exactly what the annex says."""
    rows = [row.model_dump() for annex in context.annexes for row in annex.rows]
    if not rows:
        return []
    doc = context.doc
    facts: dict[str, Any] = {
        "document": context.kind_word,
        "issuer": context.issuer.name,
        "number": doc.number,
        "date": doc.date.isoformat() if doc.date else None,
        "title": doc.title,
        "school_year": context.school_year,
        "schools": rows,
    }
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(LIST_COLUMNS)
    writer.writerows([spreadsheet_cell(value) for value in row.values()] for row in rows)
    return [
        Attachment("list.json", json.dumps(facts, ensure_ascii=False, indent=1).encode(), "Перечень, JSON"),
        Attachment("list.csv", sheet.getvalue().encode("utf-8-sig"), "Перечень, CSV"),
    ]
