"""A browser-like visitor of the real site, signed in without the cost of a password."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.access import access
from app.cases.system import System
from app.config import Settings
from app.people import sessions
from app.people.actor import Actor

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
SHOWN = re.compile(r'name="shown_hash" value="([^"]+)"')
VERSION = re.compile(r'name="version" value="(\d+)"')


def site(system: System) -> Flask:
    """The application as it is served, over the system's database."""
    settings = Settings(
        database_url=str(system.db.url), insecure_cookies=True, secret_key="k" * 40, files_dir=system.files.root
    )
    return create_app(settings, system)


class Visitor:
    """`actor` None: nobody. The session is opened in the database, as signing in does after the password."""

    def __init__(self, app: Flask, actor: Actor | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self.actor, self.app = actor, app
        if actor is not None:
            with app.app_context():
                room = access()
                from app.db import utcnow

                with room.db.write() as session:
                    opened = {"limits": room.limits, "address": "127.0.0.1", "agent": "visitor", "now": utcnow()}
                    cookie = sessions.open_session(session, actor.person_id, **opened, day_of=room.day_of)
                    key = sessions.hash_of(cookie)
                    if self._position(session, key) != actor.position_id:
                        cookie = sessions.switch_position(session, key, actor.position_id, now=utcnow())
                    self.bearer = sessions.add_token(
                        session, actor.person_id, position_id=actor.position_id, now=utcnow()
                    )
            self.client.set_cookie("s", cookie)

    @staticmethod
    def _position(session: Any, key: bytes) -> int | None:
        from app.people.models import SignIn

        return session.get_one(SignIn, key).position_id

    def get(self, url: str, **more: Any) -> Any:
        return self.client.get(url, **self._with_bearer(url, more))

    def _with_bearer(self, url: str, more: dict[str, Any]) -> dict[str, Any]:
        """Programs bring a token, browsers a cookie."""
        if url.startswith("/api/") and self.actor is not None:
            more["headers"] = {"Authorization": f"Bearer {self.bearer}", **more.get("headers", {})}
        return more

    @property
    def token(self) -> str:
        """A token for the visitor's cookie, from a page that everybody may open."""
        page = self.client.get("/account" if self.actor else "/sign-in").get_data(as_text=True)
        found = TOKEN.search(page)
        assert found, "no form on the page"
        return found[1]

    def post(self, url: str, data: Any = None, **more: Any) -> Any:
        """A change from our own page; pairs or a mapping."""
        sent = dict(data or {})
        return self.client.post(url, data={"csrf_token": self.token, **sent}, **self._with_bearer(url, more))
