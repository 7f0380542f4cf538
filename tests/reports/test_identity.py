"""A signature is bound to the words that were shown, by part."""

from __future__ import annotations

import pytest

import reports
from tests.reports.contexts import draft, sample

pytestmark = pytest.mark.req("OR-02", "OM-44")


def changed(path: tuple, value: object) -> dict:
    given = sample("order")
    place = given
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return given


def fingerprint(given: dict) -> str:
    return reports.fingerprint(reports.html("order", given))


def test_number_date_marks_and_code_do_not_change_what_was_signed() -> None:
    assert fingerprint(draft()) == fingerprint(sample("order"))
    assert reports.scopes("order", draft()) == reports.scopes("order", sample("order"))


@pytest.mark.parametrize(
    ("path", "value", "fallen"),
    [
        (("preamble",), "В соответствии с иным", {"text", "document"}),
        (("points", 0, "text"), "Утвердить перечень.", {"text", "document"}),
        (("points", 3, "number"), "40", {"text", "document"}),
        (("doc", "title"), "Об ином", {"text", "document"}),
        (("annexes", 0, "rows", 59, "basis"), "абзац третий (К2)", {"annex", "document"}),
        (("annexes", 0, "note"), "", {"annex", "document"}),
        (("signers", 0, "name"), "Г. Д. Рогозова", set()),
        (("drafter",), None, set()),
    ],
)
def test_only_the_changed_part_loses_its_signatures(path: tuple, value: object, fallen: set[str]) -> None:
    given = changed(path, value)
    before, after = reports.scopes("order", sample("order")), reports.scopes("order", given)
    assert set(before) == {"document", "text", "annex"}
    assert {code for code in before if before[code] != after[code]} == fallen
    assert fingerprint(given) != fingerprint(sample("order")), "the signer signs the whole sheet"


def test_several_annexes_are_several_parts() -> None:
    parts = reports.scopes("order", sample("order", "sample_directive"))
    assert list(parts) == [reports.WHOLE, "text", "annex-1", "annex-2"]


def test_a_comma_counts_and_a_space_does_not() -> None:
    comma = changed(
        ("points", 0, "text"), sample("order")["points"][0]["text"].replace("поддержке, на", "поддержке на")
    )
    assert fingerprint(comma) != fingerprint(sample("order"))
    shown = reports.html("order", sample("order"))
    plain = shown.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "").replace("<p>", "\n <p>")
    assert reports.fingerprint(plain) == reports.fingerprint(shown)


def test_moving_a_word_into_another_cell_counts() -> None:
    given = sample("order")
    row = given["annexes"][0]["rows"][0]
    first, rest = row["school_name"].split(" ", 1)
    row["municipality"], row["school_name"] = f"{row['municipality']} {first}", rest
    assert reports.scopes("order", given)["annex"] != reports.scopes("order", sample("order"))["annex"]


def test_a_document_without_parts_is_one_part() -> None:
    shown = reports.html("objection", sample("objection"))
    assert reports.scopes("objection", sample("objection")) == {"document": reports.fingerprint(shown)}
