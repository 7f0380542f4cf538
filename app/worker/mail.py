"""Mail over SMTP. The Message-ID is made of the outbox key, so a letter sent twice is one letter to the receiver."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from app.db import utcnow

TIMEOUT = 20  # seconds; well within a lease


@dataclass(frozen=True)
class Postman:
    """`url`: smtp://user:password@host:port, smtp+starttls://…, smtps://…, or empty: letters are then only counted.

    `smtp+starttls` and `smtps` check the server's certificate.
    """

    url: str
    sender: str

    def send(self, key: str, to: str, subject: str, text: str, *, at: datetime | None = None) -> None:
        """Hand a letter to the server; OSError or SMTPException when it does not take it."""
        if not self.url:
            return
        letter = self.letter(key, to, subject, text, at or utcnow())
        parts = urlsplit(self.url)
        host, port = parts.hostname or "localhost", parts.port
        server = (
            smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
        )
        with server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(letter)

    def letter(self, key: str, to: str, subject: str, text: str, at: datetime) -> EmailMessage:
        """The letter as it is sent; headers are one line each."""
        letter = EmailMessage()
        digest = hashlib.sha256(f"{key}\n{to}".encode()).hexdigest()[:32]
        letter["Message-ID"] = f"<{digest}@{self.sender.partition('@')[2] or 'opora'}>"
        letter["Date"] = format_datetime(at)
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, " ".join(subject.split())
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        return letter
