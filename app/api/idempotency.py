"""`Idempotency-Key`: a request sent again gets the first answer, also when both arrive at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, request
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.api.contract import respond
from app.api.models import IdempotencyKey
from app.api.problems import Fault, Unfit
from app.cases.system import System
from app.db import utcnow
from app.errors import DomainError
from app.people.actor import Actor

HEADER = "Idempotency-Key"
KEPT = timedelta(days=30)
SWEPT = 100


class KeyReused(Unfit):
    code = "idempotency_key_reused"


@dataclass(frozen=True)
class Once:
    """One request that must not be done twice. Without a key `keep` does nothing."""

    system: System
    actor: Actor
    key: str | None
    path: str
    digest: str

    @classmethod
    def of_request(cls, system: System, actor: Actor) -> Once:
        key = request.headers.get(HEADER)
        if key is not None and not re.fullmatch("[!-~]{1,200}", key):
            raise Unfit("Ключ повтора не принят.", [Fault(field=HEADER, text="От 1 до 200 знаков ASCII без пробелов")])
        return cls(system, actor, key, request.path[:200], hashlib.sha256(request.get_data()).hexdigest())

    def run(self, act: Callable[[], Response]) -> Response:
        """The first answer when there is one, else `act`; a refusal caused by a twin that was faster is its answer."""
        stored = self._stored()
        if stored is not None:
            return stored
        try:
            return act()
        except (DomainError, IntegrityError):
            stored = self._stored()
            if stored is None:
                raise
            return stored

    def keep(self, session: Session, answer: BaseModel, status: int, now: datetime) -> None:
        """Write the answer down in the transaction of what was done."""
        if self.key is None:
            return
        old = sa.select(IdempotencyKey.id).where(IdempotencyKey.created_at < now - KEPT).limit(SWEPT)
        gone = session.scalars(old.with_for_update(skip_locked=True)).all()
        if gone:
            session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.id.in_(gone)))
        row: dict[str, Any] = {
            "person_id": self.actor.person_id,
            "position_id": self.actor.position_id,
            "path": self.path,
        }
        row |= {"key": self.key, "request_sha256": self.digest, "status": status, "created_at": now}
        session.execute(sa.insert(IdempotencyKey).values(**row, answer=answer.model_dump(mode="json")))

    def _stored(self) -> Response | None:
        if self.key is None:
            return None
        same = {"person_id": self.actor.person_id, "position_id": self.actor.position_id, "path": self.path}
        with self.system.db.read() as session:
            row = session.scalar(
                sa.select(IdempotencyKey)
                .filter_by(**same, key=self.key)
                .where(IdempotencyKey.created_at >= utcnow() - KEPT)
            )
        if row is None:
            return None
        if row.request_sha256 != self.digest:
            raise KeyReused("Этот ключ повтора уже был у другого запроса.", advice="Возьмите новый ключ.")
        return _again(row)


class _Raw(BaseModel):
    model_config = {"extra": "allow"}


def _again(row: IdempotencyKey) -> Response:
    return respond(_Raw(**row.answer), row.status, Idempotency_Replayed="true")
