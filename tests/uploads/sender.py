"""A program that sends a file in parts as the protocol says, over plain sockets that it may cut off."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
from base64 import b64encode
from urllib.parse import urlencode

from tests.small import PASSWORD

TUS = {"Tus-Resumable": "1.0.0"}


class Sender:
    """Signed in by the page of signing in; `token` is that of the task's page."""

    def __init__(self, port: int, login: str) -> None:
        self.port, self.cookies, self.token = port, {}, ""
        page = self.ask("GET", "/sign-in")[2].decode()
        form = {"login": login, "password": PASSWORD, "csrf_token": self._token(page)}
        status, _, _ = self.ask("POST", "/sign-in", urlencode(form).encode(), self._form())
        assert status in (302, 303), status

    def open(self, task_id: str) -> str:
        status, _, body = self.ask("GET", f"/tasks/{task_id}")
        assert status == 200, status
        self.token = self._token(body.decode())
        return body.decode()

    def create(self, task_id: str, name: str, data: bytes, *, digest: str = "", **more: str) -> tuple[int, str]:
        told = {"filename": name, "field": "files", "sha256": digest or hashlib.sha256(data).hexdigest()}
        meta = ",".join(f"{k} {b64encode(v.encode()).decode()}" for k, v in told.items())
        headers = {"Upload-Length": str(len(data)), "Upload-Metadata": meta, **self.own(), **more}
        status, got, _ = self.ask("POST", f"/tasks/{task_id}/transfers", b"", headers)
        return status, got.get("Location", "")

    def state(self, place: str) -> tuple[int, int, str]:
        status, got, _ = self.ask("HEAD", place, b"", self.own())
        return status, int(got.get("Upload-Offset", -1)), got.get("Opora-File", "")

    def append(self, place: str, offset: int, part: bytes, **more: str) -> tuple[int, dict[str, str], str]:
        status, got, body = self.ask("PATCH", place, part, {**self.part(offset), **more})
        return status, got, body.decode()

    def append_and_vanish(self, place: str, offset: int, part: bytes, after: int) -> None:
        """Announce a whole part, send `after` bytes of it and reset the connection."""
        head = [f"PATCH {place} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(part)}"]
        head += [f"{name}: {value}" for name, value in {**self.part(offset), "Cookie": self._cookie()}.items()]
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + part[:after])

    def own(self) -> dict[str, str]:
        return {**TUS, "X-CSRF-Token": self.token}

    def part(self, offset: int) -> dict[str, str]:
        return {**self.own(), "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request(method, path, body, {"Cookie": self._cookie(), **(headers or {})})
        answer = line.getresponse()
        content = answer.read()
        for given in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = given.partition(";")[0].partition("=")
            self.cookies[name] = value
        line.close()
        return answer.status, dict(answer.headers), content

    def _form(self) -> dict[str, str]:
        return {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @staticmethod
    def _token(page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page[:300]
        return found[1]
