"""A signature is bound to the words that were shown, by part."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from lxml import html

import reports
from reports import canon, kinds
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


def plain_reading(element: Any) -> str:
    """Tags and text in order, element by element: what a fingerprint is of, without the haste of `canon`."""
    name, opaque = element.tag, element.tag not in ("span", "colgroup", "col", "wbr")
    values = {key: element.get(key) for key in ("alt", "href", "src")}
    kept = "".join(f" {key}={value!r}" for key, value in values.items() if value)
    shown = [f" <{name}{kept}> " if opaque else "", element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.get("data-late") is None:
            shown.append(plain_reading(child))
        shown.append(child.tail or "")
    return "".join([*shown, f" </{name}> " if opaque else ""])


def digest(element: Any) -> str:
    text = plain_reading(element).replace("\N{WORD JOINER}", "").replace("\N{SOFT HYPHEN}", "")
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def check(page: str) -> None:
    body = html.document_fromstring(page).find("body")
    found = canon.Identity.of(page)
    parts = {part.get("data-scope"): digest(part) for part in body.iterfind(".//*[@data-scope]")}
    assert found.fingerprint == digest(body)
    assert {code: found.scopes[code] for code in parts} == parts
    assert list(found.scopes) == ["document", *parts]


@pytest.mark.parametrize("kind", reports.KINDS)
def test_every_sample_has_the_fingerprint_of_its_plain_reading(kind: str) -> None:
    for context in kinds.samples(kind).values():
        check(reports.html(kind, context))


@pytest.mark.parametrize(
    "body",
    [
        "a &lt; b &amp;lt; c &amp;amp; &quot;d&quot; &nbsp;&shy;e",
        "<br>x<wbr>y<span>a</span> <span data-late>b<p>c</p></span>d<i>e</i>f",
        '<img alt="a &quot;b&quot; &#39;c&#39; > &amp;lt; d" src="x?a=1&amp;lt=2"><a href="z\n\tq">w</a><a href="">e</a>',
        '<p alt=" data-late=">q</p><p alt=" data-late=&quot;">r</p><p alt=" data-scope=&quot;s&quot;">t</p>',
        '<div data-scope="a">1<div data-scope="b&amp;c">2<p data-late>3</p></div>4</div>5',
        '<div data-late data-scope="x">in<p data-late>x</p>out</div>tail',
        "<p>unclosed<p>again<ul><li>1<li>2</ul><!-- <p>c</p> -->after<?php pi ?>end",
        '<svg viewBox="0 0 1 1"><title>t</title><path d="M0"/></svg><style>p>a{}</style><script>a="<p data-late>"</script>',
        "\r\n\v a\x01b\x0bc\x1fd <p alt='e\x02\xa0\u2028\U0001f600'>\U0001f600</p>",
    ],
)
def test_whatever_is_in_a_page_is_read_as_it_stands(body: str) -> None:
    check(f'<!doctype html><html><head><title>t</title></head><body class="k">{body}</body></html>')
