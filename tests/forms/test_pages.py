"""The forms on a page: what the macros draw is what a browser sends back, and it is the same answers again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from flask import Flask, render_template_string
from lxml import html
from werkzeug.datastructures import MultiDict

import forms
from app.web import formtools
from forms import form_class
from tests.web.conftest import build_app

from .samples import GOOD, context, expected

PAGE = '{% import "macros/fields.html" as fields with context %}<form>{{ fields.summary(form) }}{% for f in form %}{{ fields.field(f) }}{% endfor %}</form>'


@pytest.fixture(scope="module")
def app() -> Flask:
    return build_app()


def drawn(app: Flask, form: Any) -> Any:
    with app.test_request_context("/"):
        return html.fromstring(render_template_string(PAGE, form=form))


def sent(page: Any) -> MultiDict[str, str]:
    """What a browser submits: typed, chosen and ticked fields, hidden ones too."""
    data: MultiDict[str, str] = MultiDict()
    for node in page.iter("input", "select", "textarea"):
        kind = node.get("type", "")
        if node.tag == "textarea":
            data.add(node.get("name"), (node.text or "").removeprefix("\n"))  # as HTML reads it
        elif node.tag == "select":
            data.add(
                node.get("name"),
                next((o.get("value") for o in node.iter("option") if o.get("selected") is not None), ""),
            )
        elif kind in ("radio", "checkbox"):
            if node.get("checked") is not None:
                data.add(node.get("name"), node.get("value"))
        elif kind != "file":
            data.add(node.get("name"), node.get("value", ""))
    return data


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_answers_survive_the_page(app: Flask, key: str) -> None:
    opened = form_class(key)(data=expected(key), context=context(key))
    form = form_class(key)(sent(drawn(app, opened)), context=context(key))
    assert form.validate(), form.issues()
    assert form.answers() == expected(key)


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_an_empty_page_sends_nothing_and_says_what_is_missing(app: Flask, key: str) -> None:
    """Also a page shown again with errors sends the same."""
    page = drawn(app, form_class(key)(context=context(key)))
    labels = [
        n for n in page.iter("input", "select", "textarea") if n.get("type") not in ("hidden", "radio", "checkbox")
    ]
    assert all(n.get("aria-label") or page.xpath(f"//label[@for='{n.get('id')}']") for n in labels)
    form = form_class(key)(sent(page), context=context(key))
    if form.validate():
        return
    again = drawn(app, form)
    assert again.xpath("//div[@class='govuk-error-summary']")
    ids = {node.get("id") for node in again.iter() if node.get("id")}
    for link in again.xpath("//div[@class='govuk-error-summary']//a"):
        assert link.get("href")[1:] in ids, link.text_content()
    assert sent(again) == sent(page)


def test_locked_cells_are_shown_by_label_and_not_edited(app: Flask) -> None:
    page = drawn(app, form_class("campaign_import")(context=context("campaign_import")))
    fixed = [n.text_content() for n in page.xpath("//span[@class='op-fixed']")]
    assert fixed == ["ФИС ОКО", "загружен", "РИС ГИА-9", "нет"]


def test_a_condition_is_told_in_words(app: Flask) -> None:
    text = drawn(app, form_class("act_sign")(context=context("act_sign"))).text_content()
    assert "Заполняется, если «Решение» – отказать" in text
    text = drawn(app, form_class("clarification_decide")(context={})).text_content()
    assert "Заполняется, если «Итог» – изменить вывод" in text


def pressed(key: str, data: MultiDict[str, str], do: str) -> Any:
    return formtools.pressed(lambda sent: form_class(key)(sent, context=context(key)), data, do)


def test_buttons_of_a_table(app: Flask) -> None:
    key, answers = "sign_off_route", copy.deepcopy(expected("sign_off_route"))
    start = sent(drawn(app, form_class(key)(data=answers, context=context(key))))
    longer = pressed(key, start, "add:stages")
    assert len(longer.stages.entries) == 3
    again = form_class(key)(sent(drawn(app, longer)), context=context(key))
    assert again.validate() and again.answers() == answers, "a row left empty does not count"
    shorter = pressed(key, start, "drop:stages:1")
    assert shorter.validate() and shorter.answers()["stages"] == answers["stages"][:1]
    kept = pressed(key, start, "drop:stages:0")
    assert [s.get("row") for s in kept.answers()["stages"]] == [1, None], "a compulsory row comes back"


def test_a_row_goes_higher_and_stays_there(app: Flask) -> None:
    """Points of an order are read in their order: what was prepared may be moved too."""
    key, answers = "act_draft", copy.deepcopy(expected("act_draft"))
    answers["points"] = [{**answers["points"][0], "row": n, "text": text} for n, text in enumerate("абв", 1)]
    prepared = {**context(key), "rows": {**context(key).get("rows", {}), "points": answers["points"]}}

    def page(do: str, data: MultiDict[str, str]) -> Any:
        return formtools.pressed(lambda sent: form_class(key)(sent, context=prepared), data, do)

    start = sent(drawn(app, form_class(key)(data=answers, context=prepared)))
    moved = page("up:points:2", start)
    again = page("up:points:1", sent(drawn(app, moved)))
    assert [[one.form.text.data for one in form.points.entries] for form in (moved, again)] == [
        list("авб"),
        list("ваб"),
    ]
    assert [one.form.row.data for one in again.points.entries] == [3, 1, 2], "each row keeps its key"
    first = drawn(app, again).xpath("//tr[@id='points-0']//button[contains(@value, 'up:')]")
    assert first and first[0].get("value") == "up:points:0"


def test_a_pasted_block_on_the_page(app: Flask) -> None:
    key = "pack_answer"
    block = "МБОУ «Ключевская СОШ»\tпервое\nМБОУ «Луговская ООШ»\tвторое\tлишнее"
    start = sent(drawn(app, form_class(key)({"outcome": "remarks"}, context=context(key))))
    start["remarks-paste"] = block
    parsed = pressed(key, start, "parse:remarks")
    assert [e.form.text.data for e in parsed.remarks.filled] == ["первое"]
    page = drawn(app, parsed)
    assert page.xpath("//textarea[@name='remarks-paste']")[0].text == "МБОУ «Луговская ООШ»\tвторое\tлишнее"
    done = sent(page)
    done["remarks-paste"] = "МБОУ «Луговская ООШ»\tвторое"
    form = form_class(key)(done, context=context(key))
    assert form.validate(), form.issues()
    assert [r["text"] for r in form.answers()["remarks"]] == ["первое", "второе"]


def test_first_view_offers_a_row_to_fill(app: Flask) -> None:
    form = form_class("support_start")(context=context("support_start"))
    assert len(form.group.entries) == 2 and form.group.filled == [] and form.answers()["group"] == []
    assert len(GOOD["support_start"]["group"]) == 2
