"""Topics: what is done with a message by its kind. Each returns True when it closed the message in its own transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.cases import deadlines, operations
from app.cases.system import System
from app.db import utcnow
from app.programmes.mentoring import leaving
from app.worker import letters, relay, watch
from app.worker.mail import Postman
from app.worker.relay import Taken

log = logging.getLogger(__name__)
KEY_ROOM = 140  # what a key may hold before the number of the recipient

Topic = Callable[[Taken], Any]


@dataclass(frozen=True)
class Topics:
    """`more`: topics given by the rooms (render); what they return is of no account."""

    system: System
    postman: Postman
    more: Mapping[str, Topic] = field(default_factory=dict)
    clock: Callable[[], datetime] = utcnow

    def deliver(self, message: Taken) -> bool:
        """Hand a message to its topic. KeyError for one that nobody handles."""
        own = {
            "wake": self.wake,
            "mail": self.mail,
            "letter": self.letter,
            "due": self.due,
            "left": self.left,
            "stuck": self.stuck,
        }
        if message.topic in own:
            return own[message.topic](message)
        self.more[message.topic](message)
        return False

    def wake(self, message: Taken) -> bool:
        """A message between cases: it moves the case and is closed in one transaction, so exactly once."""
        assert message.case_id is not None
        payload, now = message.payload, self.clock()

        def once(session: Session) -> bool:
            return relay.close(session, message, now)

        operations.deliver(self.system, message.case_id, payload["message"], payload["values"], now=now, once=once)
        return True

    def due(self, message: Taken) -> bool:
        """A person asked to look again at a case that could not be woken: its deadlines are due now."""
        assert message.case_id is not None
        now = self.clock()
        with self.system.db.write() as session:
            operations.locked(session, message.case_id)
            if relay.close(session, message, now):
                deadlines.put_off(session, message.case_id, message.payload["refs"], now)
        return True

    def stuck(self, message: Taken) -> bool:
        """A person asked to look again at a case that stood still: if it still does, its incident stands on."""
        assert message.case_id is not None
        now = self.clock()
        with self.system.db.write() as session:
            relay.close(session, message, now)
        watch.report(self.system, message.case_id, now)
        return True

    def left(self, message: Taken) -> bool:
        """Somebody's position has ended: the schools he accompanied go to who stands in. Told twice, it finds nothing left."""
        leaving.position_left(self.system, message.payload["position"], now=self.clock())
        return False

    def mail(self, message: Taken) -> bool:
        """Something to tell: becomes one `letter` for each person or address, so that each is tried by itself."""
        payload = message.payload
        if "template" not in payload:
            return self._split(message, {to: {**payload, "to": to} for to in payload["to"]})
        with self.system.db.read() as session:
            people = letters.recipients(self._writing(session, message))
        if not people:
            log.warning("nobody to write to", extra=message.facts())
        return self._split(message, {person: {**payload, "person": person} for person in people})

    def _split(self, message: Taken, parts: Mapping[Any, dict[str, Any]]) -> bool:
        now = self.clock()
        posts = [
            outbox.Letter("letter", child_key(message.key, one), part, message.case_id) for one, part in parts.items()
        ]
        with self.system.db.write() as session:
            if relay.close(session, message, now):
                outbox.post_all(session, posts, now)
        return True

    def letter(self, message: Taken) -> bool:
        """One letter, written now: what is done meanwhile is not written about."""
        payload = message.payload
        if "template" not in payload:
            self._send(message, payload["to"], payload["subject"], payload["text"])
            return False
        with self.system.db.read() as session:
            letter = self._writing(session, message)
            written, to = letters.compose(letter), letter.email
        if written is None:
            log.info("nothing to write about any more", extra=message.facts())
        elif to is None:
            log.warning("no address any more", extra=message.facts(person=payload["person"]))
        else:
            self._send(message, to, written.subject, written.text)
        return False

    def _send(self, message: Taken, to: str, subject: str, text: str) -> None:
        self.postman.send(message.key, to, subject, text, at=self.clock())

    def _writing(self, session: Session, message: Taken) -> letters.Writing:
        return letters.about(session, self.system, message.case_id, message.payload, self.clock())


def child_key(key: str, one: object) -> str:
    """The key of a message's part, the same at every delivery."""
    digest = hashlib.sha256(f"{key}\n{one}".encode()).hexdigest()[:16]
    return f"{key[:KEY_ROOM]}:{digest}"
