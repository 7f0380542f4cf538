"""Passwords: argon2id, a length and a list of what is guessed first; no rules of composition (ASVS 6.2, 11.4.2)."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import BadInput

SHORTEST, LONGEST = 12, 128
OWN_WORDS = ("opora", "опора")
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check_rules(password: str, *, own_words: Iterable[str] = ()) -> None:
    """BadInput when the password is too short, too long, among the often used ones or made of the person's own words."""
    password = normal(password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            f"В пароле {len(password)} знаков, нужно от {SHORTEST} до {LONGEST}.",
            advice="Подойдёт фраза из нескольких слов: пробелы и русские буквы можно.",
        )
    bare = "".join(ch for ch in password.casefold() if ch.isalnum())
    if not _often_used().isdisjoint({password.casefold(), bare, bare.strip("0123456789")}) or _is_series(bare):
        raise BadInput("Такой пароль подбирают в первую очередь.", advice="Придумайте другую фразу.")
    for word in (*OWN_WORDS, *own_words):
        word = word.casefold()
        if len(word) >= 4 and word in password.casefold() and len(password) - len(word) < SHORTEST - 4:
            raise BadInput("Пароль почти целиком состоит из имени или логина.", advice="Придумайте другую фразу.")


def hash_of(password: str) -> str:
    return HASHER.hash(normal(password))


def matches(password: str, stored: str | None) -> bool:
    """Compare in the same time whether there is a stored hash or not; too long a password is compared cut."""
    given = normal(password[: LONGEST * 4])
    try:
        return HASHER.verify(stored or _nobody(), given) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Was it hashed with other parameters than today's?"""
    return HASHER.check_needs_rehash(stored)


def generate() -> str:
    """A one-time password to be read aloud: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


def normal(password: str) -> str:
    """The same letters typed on different keyboards give the same password."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe(24))


@cache
def _often_used() -> frozenset[str]:
    text = (Path(__file__).parent / "often_used_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _is_series(text: str) -> bool:
    """Hardly any different letters, «abcdefghijkl», «123456789012», «qwertyuiopas», and one short word over and over."""
    rows = (
        "abcdefghijklmnopqrstuvwxyz",
        "0123456789" * 13,
        "qwertyuiopasdfghjklzxcvbnm",
        "йцукенгшщзхъфывапролджэячсмитьбю",
    )
    if len(set(text)) < 5 or any(text in row or text in row[::-1] for row in rows):
        return True
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 7))
