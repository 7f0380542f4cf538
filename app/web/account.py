"""One's own account: signing in and out, the position one acts in, open sessions, the password."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for

from app.access import access, give_cookie, public, requires, signed_in, take_cookie
from app.db import utcnow
from app.errors import DomainError, NotAllowed, NotFound, NotSignedIn, TooMany
from app.people import accounts, sessions
from app.people.accounts import Visitor
from app.people.actor import Actor, actors_of
from app.people.models import Organisation, SignIn
from app.people.sessions import SignedIn
from app.web import frame
from app.web.people_forms import PasswordForm
from app.web.typed import local, number

bp = Blueprint("account", __name__)
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("YaBrowser", "Яндекс Браузер"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


@bp.get("/sign-in")
@public
def sign_in() -> Any:
    if signed_in() is not None:
        return redirect(local(request.args.get("next")), 303)
    return _sign_in_page(next=request.args.get("next", ""))


@bp.post("/sign-in")
@public
def enter() -> Any:
    login, target = request.form.get("login", ""), request.form.get("next", "")
    room, visitor = access(), _visitor_of_request()
    try:
        cookie = accounts.sign_in(
            room.db,
            login,
            request.form.get("password", ""),
            visitor=visitor,
            limits=room.limits,
            now=utcnow(),
            day_of=room.day_of,
        )
    except (NotAllowed, TooMany) as refusal:
        return _refused(refusal, login, target)
    response = make_response(redirect(local(target), 303))
    give_cookie(response, cookie)
    return response


@bp.post("/sign-out")
@requires("account.use")
def sign_out() -> Any:
    with access().db.write() as session:
        accounts.sign_out(session, _signed(), now=utcnow())
    response = make_response(redirect(url_for("account.sign_in"), 303))
    take_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


sign_out.with_one_time_password = True  # type: ignore[attr-defined]


@bp.post("/position")
@requires("account.use")
def switch() -> Any:
    """Go on in another position: a new cookie, the old one is over."""
    chosen, key = number(request.form.get("position")), _signed().key
    if chosen is None or key is None:
        raise NotFound("Такой должности нет.")
    with access().db.write() as session:
        cookie = sessions.switch_position(session, key, chosen, now=utcnow(), day_of=access().day_of)
    response = make_response(redirect(local(request.form.get("next")), 303))
    give_cookie(response, cookie)
    return response


@bp.get("/account")
@requires("account.use")
def show() -> Any:
    signed, now = _signed(), utcnow()
    with access().db.read() as session:
        rows = [_session_line(row, signed) for row in sessions.sessions_of(session, signed.person_id, now=now)]
    return render_template(
        "account/show.html", person=signed, positions=positions(signed, now), sessions=rows, others=len(rows) > 1
    )


@bp.post("/account/sessions/<key>/end")
@requires("account.use")
def end_session(key: str) -> Any:
    try:
        raw = bytes.fromhex(key)
    except ValueError as error:
        raise NotFound("Такого сеанса нет.") from error
    with access().db.write() as session:
        sessions.revoke(session, _signed().person_id, raw, now=utcnow())
    flash("Сеанс завершён.", "success")
    return redirect(url_for("account.show"), 303)


@bp.post("/account/sessions/end-others")
@requires("account.use")
def end_others() -> Any:
    signed = _signed()
    with access().db.write() as session:
        sessions.revoke_all(session, signed.person_id, now=utcnow(), keep=signed.key)
    flash("На других устройствах вход закрыт.", "success")
    return redirect(url_for("account.show"), 303)


@bp.route("/account/password", methods=["GET", "POST"])
@requires("account.use")
def password() -> Any:
    signed = _signed()
    form = PasswordForm(request.form if request.method == "POST" else None)

    def change() -> None:
        address, old, new = _visitor_of_request().address, form.old.data or "", form.new.data or ""
        accounts.change_password(access().db, signed, old, new, address=address, now=utcnow())

    if request.method == "POST" and form.sent(change):
        flash("Пароль сменён. На других устройствах вход закрыт.", "success")
        return redirect(url_for("account.show"), 303)
    page = render_template("account/password.html", form=form, login=signed.login, one_time=signed.one_time)
    return page, 422 if form.errors else 200


password.with_one_time_password = True  # type: ignore[attr-defined]


def visitor(sections: Sequence[frame.Section] = ()) -> frame.Visitor | None:
    """Who looks, for the frame's header; `sections` is the navigation of his role."""
    signed = signed_in()
    if signed is None:
        return None
    title = signed.actor.title if signed.actor else "нет должности"
    if signed.actor and signed.actor.basis:
        title = f"{title}, {signed.actor.basis}"
    return frame.Visitor(signed.name, title, positions(signed, utcnow()), sections)


def positions(signed: SignedIn, now: datetime) -> list[frame.Position]:
    """Positions to switch to, the present one marked."""
    if signed.actor and signed.alone:
        return [frame.Position(str(signed.actor.position_id), signed.actor.title, signed.place, current=True)]
    region = signed.actor.region if signed.actor else None
    with access().db.glance() as session:
        actors = actors_of(session, signed.person_id, access().day_of(now, region))
        ids = {actor.organisation_id for actor in actors}
        query = sa.select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(ids))
        names = {key: name for key, name in session.execute(query)}
    current = signed.actor.position_id if signed.actor else None
    return [
        frame.Position(str(actor.position_id), actor.title, _place(actor, names), current=actor.position_id == current)
        for actor in actors
    ]


def _place(actor: Actor, names: dict[int, str]) -> str:
    name = names.get(actor.organisation_id, "")
    return f"{name}, {actor.basis}" if actor.basis else name


def _signed() -> SignedIn:
    signed = signed_in()
    if signed is None:
        raise NotSignedIn("Чтобы продолжить, войдите в систему.")
    return signed


def _sign_in_page(**context: Any) -> str:
    """`DEMO_ACCOUNTS` of the configuration: a function that lists the demo's accounts, set in demo mode only."""
    listed = current_app.config.get("DEMO_ACCOUNTS")
    return render_template(
        "account/signin.html",
        demo=listed() if listed else None,
        demo_password=current_app.config.get("DEMO_PASSWORD", ""),
        verify_url=current_app.config.get("VERIFY_URL", ""),
        **context,
    )


def _refused(refusal: DomainError, login: str, target: str) -> Response:
    error = {"heading": refusal.message, "text": refusal.advice}
    answer = make_response(_sign_in_page(error=error, login=login, next=target), 401)
    if isinstance(refusal, TooMany):
        answer.status_code = refusal.status
        answer.headers["Retry-After"] = str(refusal.details.get("retry_after", 900))
    return answer


def _visitor_of_request() -> Visitor:
    agent = request.headers.get("User-Agent", "")
    return Visitor(request.remote_addr or "", agent, foreign=bool(request.form.get("foreign")))


def _session_line(row: SignIn, signed: SignedIn) -> dict[str, Any]:
    current = row.id == signed.key
    end_url = "" if current else url_for("account.end_session", key=row.id.hex())
    return {"at": row.seen_at, "device": device(row), "current": current, "end_url": end_url}


def device(row: SignIn) -> str:
    """«Firefox, Windows, адрес 10.0.0.1»: enough to know one's own computer again."""
    names = (next((name for mark, name in marks if mark in row.agent), "") for marks in (BROWSERS, SYSTEMS))
    return ", ".join([*filter(None, names), f"адрес {row.address}"])
