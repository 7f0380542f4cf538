"""What a password is kept as, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadInput
from app.people import passwords


def test_hashes_are_argon2id_of_the_agreed_cost():
    stored = passwords.hash_of("а-на-полке-кот")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches("а-на-полке-кот", stored) and not passwords.matches("а-на-полке-пёс", stored)
    assert not passwords.matches("а-на-полке-кот", None)


@pytest.mark.parametrize(
    "password",
    ["короткий", "x" * 129, "1qaz2wsx3edc", "QWERTY123456", "password1234", "учитель123456", "aaaaaaaaaaaa",
     "123456789012", "abcdefghijklm", "абвабвабвабв", "qwertyuiopas", "kretchetova12"],
)  # fmt: skip
def test_passwords_that_are_guessed_first_are_refused(password):
    with pytest.raises(BadInput):
        passwords.check_rules(password, own_words=("kretchetova",))


@given(st.text(min_size=12, max_size=128))
@settings(max_examples=60, deadline=None)
def test_the_length_alone_decides_for_other_passwords(text):
    """No rules of composition: a refused text of good length is a known one, a series, or an own word."""
    try:
        passwords.check_rules(text)
        refused = ""
    except BadInput as refusal:
        refused = refusal.message
    normal = passwords.normal(text)
    few = len({ch for ch in normal.casefold() if ch.isalnum()}) < 12
    assert not refused or few or not 12 <= len(normal) <= 128


def test_generated_passwords_pass_the_rules():
    seen = {passwords.generate() for _ in range(50)}
    assert len(seen) == 50
    for password in seen:
        passwords.check_rules(password)
