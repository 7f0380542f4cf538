"""Подлинность документа: without signing in, without personal data."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from app.access import public
from app.db import utcnow
from app.documents import titles, verification
from app.documents.verification import Answer
from app.web.parts import system

bp = Blueprint("verify", __name__)
WORDS = {
    "genuine": ("Документ подлинный", "Файл выдан системой и с тех пор не менялся."),
    "known": ("Документ выдан системой", "Чтобы проверить сам файл, загрузите его: сравним отпечатки."),
    "replaced": ("Документ заменён", "Файл подлинный, но после него выпущен новый."),
    "changed": ("Файл изменён", "Документ с таким кодом выдан, но этот файл отличается от него хотя бы одним знаком."),
    "unknown": ("Такого документа нет", "Система не выпускала документа с таким кодом или отпечатком."),
}


@bp.get("/verify")
@public
def index() -> Any:
    return render_template("verify/show.html", answer=None, code="")


@bp.get("/v/<code>")
@public
def show(code: str) -> Any:
    with system().db.read() as session:
        answer = verification.by_code(session, code)
    return render_template(
        "verify/show.html", answer=_words(answer), code=code
    ), 200 if answer.kind != "unknown" else 404


@bp.post("/verify")
@bp.post("/v/<code>")
@public
def check(code: str = "") -> Any:
    """By file when one is given, by code otherwise; the file is read and thrown away."""
    upload, typed = request.files.get("file"), request.form.get("code", "").strip() or code
    if upload is None or not upload.filename:
        if not typed:
            errors = {"code": ["Введите код или выберите файл PDF."]}
            return render_template("verify/show.html", answer=None, code="", errors=errors), 422
        return redirect(url_for("verify.show", code=typed), 303)
    with system().db.read() as session:
        answer = verification.by_file(session, upload.read(), typed or None)
    return render_template("verify/show.html", answer=_words(answer), code=typed)


def _name(answer: Answer) -> str:
    return titles.full(system().profile(answer.region), answer.document_kind, answer.title)


def _words(answer: Answer) -> dict[str, Any]:
    heading, text = WORDS[answer.kind]
    rows = [{"label": "Документ", "value": _name(answer)}] if answer.title else []
    if answer.number and answer.day:
        rows.append({"label": "Номер и дата", "value": f"№ {answer.number} от {answer.day:%d.%m.%Y}"})
    kind = "genuine" if answer.kind == "known" else answer.kind
    return {
        "kind": kind,
        "heading": heading,
        "text": text,
        "rows": rows,
        "hash": answer.sha256,
        "checked": utcnow(),
        "link": None,
    }
