"""Exam tables and files of tasks over multipart: whole or not at all."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from app.files.models import StoredFile
from app.results.models import ImportFile
from tests.api.test_contract import refused
from tests.results import tables

pytestmark = pytest.mark.req("OR-71")
PDF = b"%PDF-1.4 a scan"


def extract() -> bytes:
    rows = tables.flat_rows([("edu561001", [1, 2, 3, 4])])
    return tables.xlsx({"Лист1": [tables.FLAT, *rows]})


def part(data: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def test_a_table_is_stored_once(operator, db) -> None:
    table = extract()
    first = operator.send("/imports/results", {"files": [part(table, "выгрузка.xlsx")]})
    assert first.status_code == 200, first.text
    file = first.json["files"][0]
    assert (file["name"], file["kind"], file["repeated"]) == ("выгрузка.xlsx", "fisoko_extract", False)
    again = operator.send("/imports/results", {"file": part(table, "другое имя.xlsx")})
    assert again.json["files"][0]["repeated"]
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ImportFile)) == 1


def test_one_bad_file_refuses_all(operator, db) -> None:
    files = [part(extract(), "хорошая.xlsx"), part(b"not a table", "плохая.xlsx")]
    problem = refused(operator.send("/imports/results", {"files": files}), 422, "bad_input")
    assert "плохая.xlsx" in problem["detail"]
    with db.read() as session:
        assert session.scalars(sa.select(ImportFile.id)).all() == []


def test_parts_that_are_not_files_are_refused(operator) -> None:
    refused(operator.post("/imports/results", {"files": []}), 415, "unsupported_media_type")
    refused(operator.send("/imports/results", {"files": "text", "file": part(PDF, "a.pdf")}), 422, "invalid")
    refused(operator.send("/imports/results", {"files": [part(PDF, "a.pdf") for _ in range(11)]}), 422, "invalid")
    refused(operator.send("/imports/results", {"other": part(PDF, "a.pdf")}), 422, "invalid")
    refused(operator.client.post("/api/v1/imports/results", headers=operator.headers), 415, "unsupported_media_type")


UNREADABLE = b'--B\r\nContent-Disposition: form-data; name="a=\\"\r\n\r\n{}\r\n--B--\r\n'


def test_a_part_whose_name_cannot_be_read_is_refused_in_words(operator, campaign) -> None:
    path = f"/api/v1/tasks/{campaign['tasks'][0]['id']}/files"
    whole = {"content_type": "multipart/form-data; boundary=B", "headers": operator.headers}
    problem = refused(operator.client.post(path, data=UNREADABLE, **whole), 422, "invalid")
    assert problem["errors"] == [{"field": "", "text": "Такой части с файлом нет"}]


def test_a_file_is_attached_to_a_task_by_its_holder(operator, client, campaign, db) -> None:
    path = f"/tasks/{campaign['tasks'][0]['id']}/files"
    kept = operator.send(path, {"files": [part(PDF, "../скан.pdf")]})
    assert kept.status_code == 201, kept.text
    assert kept.json["files"][0]["name"] == "скан.pdf"
    refused(operator.send(path, {"files": [part(b"MZ", "a.exe")]}), 422, "bad_input")
    refused(client("ministry").send(path, {"files": [part(PDF, "a.pdf")]}), 403, "not_allowed")
    refused(client("school_head").send(path, {"files": [part(PDF, "a.pdf")]}), 404, "not_found")
    with db.read() as session:
        assert [row.case_id for row in session.scalars(sa.select(StoredFile))] == [campaign["id"]]
