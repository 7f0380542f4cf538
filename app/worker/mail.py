"""Mail over SMTP. The Message-ID is made of the outbox key, so a letter sent twice is one letter to the receiver."""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Postman:
    """`url`: smtp://user:password@host:port, smtps://…, or empty: letters are then only counted as delivered."""

    url: str
    sender: str

    def send(self, key: str, to: Iterable[str], subject: str, text: str) -> None:
        """One letter for each address; OSError or SMTPException when the server does not take it."""
        addresses = sorted(set(to))
        if not addresses or not self.url:
            return
        parts = urlsplit(self.url)
        connect = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with connect(parts.hostname or "localhost", parts.port or 25, timeout=20) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            for address in addresses:
                server.send_message(self._letter(key, address, subject, text))

    def _letter(self, key: str, address: str, subject: str, text: str) -> EmailMessage:
        letter = EmailMessage()
        digest = hashlib.sha256(f"{key}\n{address}".encode()).hexdigest()[:32]
        letter["Message-ID"] = f"<{digest}@{self.sender.partition('@')[2] or 'opora'}>"
        letter["From"], letter["To"], letter["Subject"] = self.sender, address, subject
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        return letter
