"""Files of a multipart request, under the name `files` (or `file` when there is one)."""

from __future__ import annotations

from flask import request

from app.api.problems import Fault, Unfit, WrongMedia
from app.files import Upload

NAMES = ("files", "file")
MOST = 10


def taken() -> list[Upload]:
    """The files; WrongMedia for another kind of body, Unfit without files or with parts that nobody asked for."""
    if request.mimetype != "multipart/form-data":
        raise WrongMedia("Файлы принимаются как multipart/form-data.")
    strange = [name for name in (*request.form, *request.files) if name not in NAMES or name in request.form]
    if strange:
        raise Unfit("Запрос не принят.", [Fault(field=name, text="Такой части с файлом нет") for name in strange])
    found = [one for name in NAMES for one in request.files.getlist(name)]
    if not found or any(not one.filename for one in found):
        raise Unfit("Файлов в запросе нет.", [Fault(field="files", text="Приложите файл с именем")])
    if len(found) > MOST:
        raise Unfit("Файлов слишком много.", [Fault(field="files", text=f"Не больше {MOST} за раз")])
    return [Upload(one.filename or "", one.read()) for one in found]
