"""Pages of refusals and failures: what happened, what is safe, what to do; the code and the reference come last."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.api import problems
from app.db import Outage, outage
from app.errors import DomainError
from app.web.guard import StaleForm

LETTERS = "АБВГДЕЖИКЛМНПРСТУФХ"
ALPHABET = "23456789АВЕКМНРСТУХ"


@dataclass(frozen=True)
class Mishap:
    """One refusal in words. `happened` is the title, `safe` says what was kept, `advice` what can be done."""

    status: int
    happened: str
    safe: str = ""
    advice: str = ""


KNOWN = {
    400: Mishap(
        400, "Запрос не понят", "Ничего не изменилось.", "Вернитесь на предыдущую страницу и попробуйте ещё раз."
    ),
    401: Mishap(
        401,
        "Чтобы продолжить, войдите в систему",
        "Черновики сохранены: после входа вернётесь туда, где остановились.",
    ),
    403: Mishap(
        403,
        "Это действие вам недоступно",
        "Ничего не изменилось.",
        "Переключите должность вверху страницы, если замещаете коллегу, или попросите его назначить замещающего.",
    ),
    404: Mishap(
        404,
        "Такой страницы нет или она вам не видна",
        "Возможно, ссылка устарела, в ней опечатка или дело ведёт другой район.",
        "Найдите дело по названию школы, коду ОО или номеру. Если ссылку прислал коллега, спросите у него номер дела.",
    ),
    405: Mishap(405, "Так эту страницу открыть нельзя", "Ничего не изменилось.", "Откройте её по ссылке из раздела."),
    409: Mishap(
        409,
        "Пока вы заполняли, дело изменилось",
        "Ваше не отправлено, но введённое сохранено в черновике.",
        "Откройте задачу заново: черновик подставится, и вы увидите, что изменилось.",
    ),
    413: Mishap(413, "Файл слишком большой", "Ничего не записано.", "Разделите таблицу на части или сожмите файл."),
    422: Mishap(
        422,
        "Так сделать нельзя",
        "Ничего не изменилось, введённое сохранено в черновике.",
        "Вернитесь и поправьте отмеченное.",
    ),
    429: Mishap(
        429,
        "Слишком много попыток подряд",
        "Ничего не изменилось.",
        "Подождите 15 минут и попробуйте ещё раз. Если спешите, позвоните администратору.",
    ),
    500: Mishap(
        500,
        "Не получилось, ошибка на нашей стороне",
        "Дело не изменилось. То, что вы ввели, сохранено в черновике.",
        "Подождите минуту и попробуйте ещё раз. Если не поможет, назовите в помощи номер обращения.",
    ),
    503: Mishap(503, "Система обновляется", "Введённое сохранено в черновике.", "Вернитесь через несколько минут."),
}
OUTAGES: dict[Outage, Mishap] = {
    "away": Mishap(
        503,
        "База данных сейчас не отвечает",
        "Отправленное записано целиком или не записано вовсе, испортиться оно не могло.",
        "Подождите минуту и обновите страницу. Если отправляли форму, сначала посмотрите в деле, ушла ли она.",
    ),
    "full": Mishap(
        503,
        "На сервере кончилось место",
        "Ничего не записано, прежнее цело.",
        "Сообщите администратору системы и не закрывайте страницу: когда место появится, отправьте ещё раз.",
    ),
}
RETRY_SECONDS = 30
STALE = Mishap(
    400,
    "Форма открыта слишком давно",
    "Ничего не отправлено. Если это была задача, введённое осталось в черновике.",
    "Вернитесь, обновите страницу и отправьте ещё раз.",
)


def reference() -> str:
    """«Ф-7С21»: the number a person reads out on the phone; also in the log. One for a request."""
    if "reference" not in g:
        g.reference = f"{secrets.choice(LETTERS)}-{''.join(secrets.choice(ALPHABET) for _ in range(4))}"
    return g.reference


def _answer(mishap: Mishap, code: str) -> Response:
    """HTML for people, JSON for scripts of pages."""
    if _wants_json():
        body = {"code": code, "message": mishap.happened, "advice": mishap.advice, "reference": reference()}
        return make_response(jsonify(body), mishap.status)
    page = render_template("errors/show.html", mishap=mishap, reference=reference())
    return make_response(page, mishap.status)


def _is_api() -> bool:
    return request.path.startswith(current_app.config["API_PREFIX"])


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def on_domain(error: DomainError) -> Response:
    if _is_api():
        return problems.of(error)
    usual = KNOWN.get(error.status, KNOWN[422])
    if error.status == 404:  # never says whether the thing exists
        return _answer(usual, error.code)
    return _answer(Mishap(error.status, error.message, usual.safe, error.advice or usual.advice), error.code)


def on_http(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect or an answer made elsewhere
        return error.get_response()  # type: ignore[return-value]
    status = error.code or 500
    known = STALE if isinstance(error, StaleForm) else KNOWN.get(status, KNOWN[400])
    answer = problems.of_status(status) if _is_api() else _answer(known, error.name)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def on_failure(error: Exception) -> Response:
    """A mistake of ours, or an outage: then it is said so, and when to try again."""
    current_app.logger.error("request failed", extra={"reference": reference()}, exc_info=error)
    g.failed = True
    why = outage(error)
    if why is None:
        return problems.of_status(500, reference()) if _is_api() else _answer(KNOWN[500], "failure")
    mishap = OUTAGES[why]
    words = f"{mishap.happened}. {mishap.safe}"
    answer = problems.of_status(503, reference(), words) if _is_api() else _answer(mishap, "unavailable")
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def install(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_failure)
