"""Topics: what is done with a message by its kind. Each returns True when it closed the message in its own transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.cases import deadlines, operations, waking
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
    """`more`: topics given by the rooms (render); what they return is of no account.

    `light`: those of them that touch nothing but this process, so that a repetition does no harm.
    """

    system: System
    postman: Postman
    more: Mapping[str, Topic] = field(default_factory=dict)
    light: Collection[str] = ()
    clock: Callable[[], datetime] = utcnow

    def deliver(self, message: Taken) -> bool:
        """Hand a message to its topic. KeyError for one that nobody handles."""
        own = {"due": self.due, "left": self.left, "stuck": self.stuck}
        if message.topic in own:
            return own[message.topic](message)
        if message.topic == "wake" or self._is_light(message):
            self.together([message])
            return True
        (self.letter if message.topic == "letter" else self.more[message.topic])(message)
        return False

    def portion(self, message: Taken) -> str:
        """What is done in the database alone goes together: wakes of one case, letters to be made and those nobody sends.

        A message that failed before is tried by itself.
        """
        if message.attempts > 1:
            return ""
        if message.topic == "wake":
            return f"wake {message.case_id}"
        return "light" if self._is_light(message) else ""

    def _is_light(self, message: Taken) -> bool:
        counted = message.topic == "letter" and not self.postman.url
        return counted or message.topic == "mail" or message.topic in self.light

    def together(self, messages: Sequence[Taken]) -> set[int]:
        """A portion in one transaction; ids of the messages closed in it."""
        if messages[0].topic == "wake":
            return self._wake(messages)
        posts, now = self._made(messages), self.clock()
        with self.system.db.write() as session:
            closed = relay.close(session, messages, now)
            outbox.post_all(session, [post for id_, post in posts if id_ in closed], now)
        return closed

    def _wake(self, messages: Sequence[Taken]) -> set[int]:
        """Messages to one case: they move it and are closed in one transaction, so exactly once."""
        case_id, now, closed = messages[0].case_id, self.clock(), set[int]()
        assert case_id is not None

        def standing(session: Session) -> Iterator[waking.Word]:
            closed.update(relay.close(session, messages, now))
            for message in messages:
                if message.id in closed:
                    yield message.payload["message"], message.payload["values"]

        waking.deliver(self.system, case_id, standing, now=now)
        return closed

    def _made(self, messages: Sequence[Taken]) -> list[tuple[int, outbox.Letter]]:
        """What light messages leave behind: of each `mail` one `letter` for each person or address."""
        of: dict[str, list[Taken]] = {}
        for message in messages:
            of.setdefault(message.topic, []).append(message)
        mails, counted = of.pop("mail", []), of.pop("letter", [])
        with self.system.db.glance() as session:
            parts = dict(self._addressed(session, mails))
            for _ in self._written(session, counted):
                pass
        for topic, some in of.items():
            for message in some:
                self.more[topic](message)
        return [
            (message.id, outbox.Letter("letter", child_key(message.key, one), part, message.case_id))
            for message in mails
            for one, part in parts[message.id].items()
        ]

    def due(self, message: Taken) -> bool:
        """A person asked to look again at a case that could not be woken: its deadlines are due now."""
        assert message.case_id is not None
        now = self.clock()
        with self.system.db.write() as session:
            operations.locked(session, message.case_id)
            if relay.close(session, [message], now):
                deadlines.put_off(session, message.case_id, message.payload["refs"], now)
        return True

    def stuck(self, message: Taken) -> bool:
        """A person asked to look again at a case that stood still: if it still does, its incident stands on."""
        assert message.case_id is not None
        now = self.clock()
        with self.system.db.write() as session:
            relay.close(session, [message], now)
        watch.report(self.system, message.case_id, now)
        return True

    def left(self, message: Taken) -> bool:
        """Somebody's position has ended: the schools he accompanied go to who stands in. Told twice, it finds nothing left."""
        leaving.position_left(self.system, message.payload["position"], now=self.clock())
        return False

    def _addressed(self, session: Session, mails: Sequence[Taken]) -> Iterator[tuple[int, dict[Any, dict[str, Any]]]]:
        """Id of a message → person or address → what the letter to him carries: each is tried by itself."""
        drawn = [message for message in mails if "template" in message.payload]
        for message in mails:
            if "template" not in message.payload:
                yield message.id, {to: {**message.payload, "to": to} for to in message.payload["to"]}
        for message, people in zip(drawn, letters.recipients(self._writings(session, drawn)), strict=True):
            if not people:
                log.warning("nobody to write to", extra=message.facts())
            yield message.id, {person: {**message.payload, "person": person} for person in people}

    def letter(self, message: Taken) -> None:
        """One letter, written now."""
        with self.system.db.glance() as session:
            written = list(self._written(session, [message]))
        for to, words in written:
            self.postman.send(message.key, to, words.subject, words.text, at=self.clock())

    def _written(self, session: Session, messages: Sequence[Taken]) -> Iterator[tuple[str, letters.LetterText]]:
        """Address and words of letters; what is done meanwhile is not written about."""
        drawn = [message for message in messages if "template" in message.payload]
        for message in messages:
            if "template" not in message.payload:
                yield message.payload["to"], letters.LetterText(message.payload["subject"], message.payload["text"])
        for message, letter in zip(drawn, self._writings(session, drawn), strict=True):
            written, to = letters.compose(letter), letter.email
            if written is None:
                log.info("nothing to write about any more", extra=message.facts())
            elif to is None:
                log.warning("no address any more", extra=message.facts(person=message.payload["person"]))
            else:
                yield to, written

    def _writings(self, session: Session, messages: Sequence[Taken]) -> list[letters.Writing]:
        asked = [(message.case_id, message.payload) for message in messages]
        return letters.about(session, self.system, asked, self.clock())


def child_key(key: str, one: object) -> str:
    """The key of a message's part, the same at every delivery."""
    digest = hashlib.sha256(f"{key}\n{one}".encode()).hexdigest()[:16]
    return f"{key[:KEY_ROOM]}:{digest}"
