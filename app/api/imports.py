"""Exam tables sent by programs: read in child processes, stored whole or not at all."""

from __future__ import annotations

from app.access import current_actor, requires
from app.api import schemas, uploads
from app.api.parts import endpoint, system
from app.imports.writing import import_results as store_results


@endpoint("POST", "/imports/results", tag="Загрузка таблиц", files=True, answer=schemas.Imported)
@requires("import.write")
def import_results() -> schemas.Imported:
    """Загрузить таблицы результатов; вид каждой узнаётся по содержимому.

    Если хоть один файл не читается, отклоняется весь запрос. Уже загруженный файл ничего не меняет (`repeated`).
    """
    actor = current_actor()
    files = [(upload.name, upload.data) for upload in uploads.taken()]
    report = store_results(system().db, files, actor.region, actor=actor)
    return schemas.Imported.model_validate(report.as_json())
