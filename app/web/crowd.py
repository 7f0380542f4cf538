"""Throttling of those who answer without a name: counted in memory under a key that is forgotten every hour.

Nothing of an address is written anywhere. The digest is keyed by random bytes that live an hour in this process, so what
was counted cannot be led back to an address afterwards, not even by who runs the installation.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable

from app.errors import TooMany

HOUR = 3600
LOOKS, SHEETS = 1200, 300
"""An hour from one address: a whole school stands behind one, and a class of thirty answers at once."""


class Crowd:
    """`clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._forget(clock())

    def _forget(self, now: float) -> None:
        self._key, self._until = secrets.token_bytes(32), now + HOUR
        self._seen: Counter[tuple[str, bytes]] = Counter()

    def note(self, what: str, address: str, limit: int) -> int:
        """Count one more of `what` from an address and say how many there were before. TooMany above the limit."""
        with self._lock:
            now = self._clock()
            if now >= self._until:
                self._forget(now)
            mark = (what, hmac.digest(self._key, f"{what}:{address}".encode(), "sha256")[:16])
            before = self._seen[mark]
            if before >= limit:
                wait = int(self._until - now) + 1
                raise TooMany(
                    "С этого подключения отправлено слишком много.", advice="Попробуйте через час.", retry_after=wait
                )
            self._seen[mark] += 1
            return before
