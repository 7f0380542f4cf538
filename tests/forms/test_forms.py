"""Every form: good answers pass and come back whole, empty ones are refused field by field, extra ones do no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

import forms
from forms import RowsField, as_formdata, form_class
from forms.fields import Asked
from forms.values import FormData

from .samples import GOOD, ROUTES, TABLES, context, expected

MAY_STAY_EMPTY = {"support_year", "retraining_needs", "tapp_names"}
"""Nothing to review in a year, nothing a school lacks, nobody to name: an answer too."""


def test_every_form_has_a_sample_and_every_sample_a_form() -> None:
    assert set(GOOD) == forms.KEYS
    with pytest.raises(LookupError):
        form_class("no_such_form")


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_form_speaks_to_its_user(key: str) -> None:
    form = form_class(key)
    assert form.key == key
    assert form.title and form.submit_label and form.lead.endswith(".") and 20 < len(form.lead) < 180
    assert not set("!") & set(form.title + form.lead + form.submit_label)


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_good_answers_pass_and_come_back_whole(key: str) -> None:
    form = form_class(key)(GOOD[key], context=context(key))
    assert form.validate(), form.issues()
    answers = form.answers()
    assert answers == expected(key)
    assert json.loads(json.dumps(answers)) == answers, "answers are JSON"
    assert form.routing() == ROUTES.get(key, {})
    assert form.issues() == [] and form.warnings() == []


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_stored_answers_open_again_and_can_be_sent_again(key: str) -> None:
    stored = expected(key)
    opened = form_class(key)(data=stored, context=context(key))
    assert opened.answers() == stored
    shown = FormData(_typed(opened))
    again = form_class(key)(shown, context=context(key))
    assert again.validate(), again.issues()
    assert again.answers() == stored


def _typed(form: Any) -> list[tuple[str, str]]:
    """What a browser would send back for the page of this form: texts as shown, ticks and lists as values."""
    sent: list[tuple[str, str]] = []
    for field in form:
        if isinstance(field, RowsField):
            for entry in field.entries:
                sent += _typed(entry.form)
        elif isinstance(field.data, list):
            sent += [(field.name, str(v)) for v in field.data]
        elif isinstance(field.data, bool):
            sent += [(field.name, "yes")] if field.data else [(field.name, "no")] if field.kind == "yes_no" else []
        elif field.data is not None:
            sent.append((field.name, field.show()))
    return sent


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_nothing_filled_is_refused_field_by_field(key: str) -> None:
    form = form_class(key)({}, context=context(key))
    compulsory = [f.short_name for f in form if getattr(f, "required", False) and f.only_when is None]
    passed = form.validate()
    assert passed == (key in MAY_STAY_EMPTY)
    if key not in ("sign_off_route",):  # its compulsory rows are prepared
        assert set(compulsory) <= set(form.errors), "each compulsory field is named"
    for issue in form.issues():
        assert ": " in issue.text and not issue.text.endswith("."), issue
        assert not any("a" <= c <= "z" for c in issue.text.replace("https", "").lower()), f"not Russian: {issue}"


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_unknown_names_are_ignored(key: str) -> None:
    sent = as_formdata(GOOD[key])
    for name in ("__proto__", "case_id", "csrf_token", "rows-x-y", "answers", "remarks--1-text"):
        sent.add(name, "x")
    form = form_class(key)(sent, context=context(key))
    assert form.validate(), form.issues()
    assert form.answers() == expected(key)


@pytest.mark.parametrize("key", sorted(TABLES))
def test_locked_cells_are_never_taken_from_the_sender(key: str) -> None:
    form = form_class(key)(GOOD[key], context=context(key))
    locked = form[TABLES[key]].locked_cells
    assert locked
    sent = as_formdata(GOOD[key])
    for index in range(len(GOOD[key][TABLES[key]])):
        if f"{TABLES[key]}-{index}-row" in sent:
            for name in locked:
                sent.set(f"{TABLES[key]}-{index}-{name}", "31")
    form = form_class(key)(sent, context=context(key))
    assert form.validate(), form.issues()
    assert form.answers() == expected(key)


@pytest.mark.parametrize("key", sorted(forms.KEYS))
def test_every_choice_and_file_must_be_one_that_was_offered(key: str) -> None:
    """With no lists and no files in the context nothing chosen from them passes."""
    bare = {**context(key), "choices": {}, "files": {}}
    form = form_class(key)(GOOD[key], context=bare)
    passed = form.validate()
    chosen = [f for f in _leaves(form) if not f.locked and _not_offered(f)]
    assert passed == (not chosen)


def _not_offered(field: Asked) -> bool:
    """A file, or a value that the dictionary of the forms does not have by itself."""
    known = getattr(field, "known", {} if field.kind == "files" else None)
    return known is not None and any(value not in known for value in field.raw_data or ())


def _leaves(form: Any) -> list[Asked]:
    found: list[Asked] = []
    for field in form:
        found += [c for e in field.entries for c in _leaves(e.form)] if isinstance(field, RowsField) else [field]
    return found


def test_prefilled_values_are_shown_and_sent_ones_win() -> None:
    given = {**context("passport_explain"), "values": {"reason": "Прошлогодняя причина"}}
    assert form_class("passport_explain")(context=given).reason.show() == "Прошлогодняя причина"
    assert form_class("passport_explain")({"reason": ""}, context=given).reason.data is None
    draft = form_class("passport_explain")(data={"reason": "Из черновика"}, context=given)
    assert draft.reason.data == "Из черновика"


def test_a_dictionary_of_the_region_replaces_ours() -> None:
    own = {**context("objection_submit")}
    own["choices"] = {**own["choices"], "procedure": {"vpr_rus_4": "ВПР, русский язык, 4 класс"}}
    form = form_class("objection_submit")(GOOD["objection_submit"], context=own)
    assert not form.validate()
    assert [i.text for i in form.issues()] == [
        "Позиции, строка 1, «Процедура»: «oge_math» нет в списке. Выберите из списка"
    ]
