"""A browser's part of the workload: one kept-alive connection, three people signed in, nothing but the standard library."""

from __future__ import annotations

import html
import http.client
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.people import PASSWORD

CSRF = re.compile(rb'name="csrf_token" value="([^"]+)"')
HIDDEN = re.compile(rb'name="(version|draft_version|shown_hash)" value="(\w+)"')
FORM = re.compile(rb'<form id="task"[^>]*>')
MULTIPART = b'enctype="multipart/form-data"'
CURSOR = re.compile(rb'href="([^"]*[?&](?:amp;)?cursor=[^"]*)"')


@dataclass
class Answer:
    """What came back, and how long it took from the first byte sent to the last one read."""

    status: int
    location: str
    body: bytes
    seconds: float


@dataclass
class Opened:
    """A task's form as the browser has it: hidden fields, and how it will be sent."""

    hidden: dict[str, str]
    multipart: bool


class Client:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    def sign_in(self, role: str) -> None:
        page = self._send("GET", "/sign-in", cookie="")
        fields = {
            "login": role.replace("_", "-"),
            "password": PASSWORD,
            "csrf_token": CSRF.search(page.body)[1].decode(),
        }  # type: ignore[index]
        entered = self._send("POST", "/sign-in", fields, cookie=self.cookie)
        if entered.status != 303:
            raise RuntimeError(f"not signed in: {entered.status}")
        self.cookies[role] = self.cookie
        self.tokens[role] = CSRF.search(self.get(role, "/tasks").body)[1].decode()  # type: ignore[index]

    def get(self, role: str, path: str) -> Answer:
        answer = self._send("GET", path, cookie=self.cookies[role])
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.location}")
        return answer

    def post(self, role: str, path: str, fields: Mapping[str, str], *, multipart: bool = False) -> Answer:
        """A change that is answered with the way to the next page; RuntimeError when it is refused."""
        sent = {"csrf_token": self.tokens[role], **fields}
        answer = self._send("POST", path, sent, cookie=self.cookies[role], multipart=multipart)
        if answer.status != 303:
            raise RuntimeError(f"{path}: {answer.status} {plain(answer.body)}")
        return answer

    @staticmethod
    def opened(page: bytes) -> Opened:
        hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page)}
        form = FORM.search(page)
        assert form is not None, "the page has no task form"
        return Opened(hidden, MULTIPART in form[0])

    @staticmethod
    def links(page: bytes, kind: str) -> list[str]:
        """Addresses of tasks or cases that a page leads to, each once."""
        found = re.findall(rf'href="(/{kind}/\w+)"'.encode(), page)
        return [address.decode() for address in dict.fromkeys(found) if not address.endswith(b"/new")]

    @staticmethod
    def next_page(page: bytes) -> str:
        """Where the list goes on; empty on its last page."""
        found = CURSOR.search(page)
        return html.unescape(found[1].decode()) if found else ""

    cookie = ""

    def _send(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, *, cookie: str, multipart: bool = False
    ) -> Answer:
        headers = {"Cookie": cookie} if cookie else {}
        body = None
        if fields is not None:
            body, headers["Content-Type"] = _multipart(fields) if multipart else _urlencoded(fields)
        began = time.perf_counter()
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        data = response.read()
        seconds = time.perf_counter() - began
        given = [value.split(";")[0] for name, value in response.getheaders() if name == "Set-Cookie"]
        self.cookie = next((pair for pair in given if pair.startswith(("s=", "v="))), self.cookie)
        return Answer(response.status, response.getheader("Location") or "", data, seconds)


def plain(page: bytes) -> str:
    """The words of a page's main part: what a refusal says."""
    main = page.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))[:1000]


def _urlencoded(fields: Mapping[str, str]) -> tuple[bytes, str]:
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _multipart(fields: Mapping[str, str]) -> tuple[bytes, str]:
    boundary = "----" + secrets.token_hex(12)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    parts = "".join(f'{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return f"{parts}--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
