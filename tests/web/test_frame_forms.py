"""How forms are drawn, and the buttons of tables and files without script."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.datastructures import MultiDict

from app.web import formtools
from forms import KEYS, form_class
from tests.web import samples
from tests.web.sampleforms import CONTEXT, PlainForm, RoadMap


def test_error_summary_names_place_and_cure():
    found = {error.id: error.text for error in formtools.form_errors(samples.road_map(errors=True))}
    assert found["measures-1-title"].endswith("строка 2, «Мероприятие»: впишите мероприятие")
    assert "31 ноября" in found["council"]


def test_errors_link_to_fields_and_are_described(frame_client):
    page = frame_client.get("/p/form").text
    for target in re.findall(r'<li><a href="#([^"]+)">', page[page.index("op-error") if "op-error" in page else 0 :]):
        assert f'id="{target}"' in page
    field = re.search(r'<input[^>]*id="council"[^>]*>', page).group(0)
    assert (
        'aria-invalid="true"' in field
        and 'aria-describedby="council-h council-e"' in field
        and 'value="31.11.2026"' in field
    )


def test_a_form_carries_token_versions_and_a_harmless_first_button(frame_client):
    page = frame_client.get("/p/form").text
    form = page[page.index('<form id="task"') :]
    assert (
        'name="version" value="7"' in form and 'name="draft_version" value="3"' in form and 'name="csrf_token"' in form
    )
    assert re.search(r"<button[^>]*>", form).group(0).count('value="stay"') == 1


def test_every_form_of_the_product_is_drawn(frame_app: Flask):
    for key in sorted(KEYS):
        with frame_app.test_request_context("/tasks/1"):
            form = form_class(key)(context={})
            page = frame_app.jinja_env.get_template("forms/show.html").render(form=form, version=1, draft=None)
        assert form.submit_label in page, key
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), (key, sorted(i for i in ids if ids.count(i) > 1))
        for name, one in form._fields.items():
            asked = formtools.drawn(one).kind != "absent"
            assert (f'data-field="{name}"' in page) is asked, (key, name)


def test_fields_are_drawn_by_their_kind():
    form = samples.road_map(errors=False)
    kinds = {one.short_name: formtools.drawn(one).kind for one in form}
    assert kinds == {
        **{"measures": "rows", "council": "date", "protocol": "number", "agrees": "radios", "remark": "textarea"},
        **{
            "helpers": "checkboxes",
            "school": "select",
            "published": "boolean",
            "answer": "textarea",
            "papers": "files",
        },
    }
    row = formtools.table_rows(form.measures)[0]
    assert [cell.kind for cell in row.cells] == [
        *("select", "textarea", "date", "text", "fixed", "select", "boolean", "files", "checkboxes")
    ]
    assert (row.cells[4].value, row.droppable, row.hidden[0].value) == ("36,5 %", False, "1")
    remark = formtools.drawn(form.remark)
    assert (remark.only_field, remark.only_values, remark.optional) == ("agrees", "no", False)
    assert formtools.drawn(form.protocol).optional and formtools.drawn(form.protocol).source["url"] == "/source"
    assert [(o.value, o.chosen) for o in formtools.drawn(form.school).options] == [
        ("", False),
        ("1", True),
        ("2", False),
    ]
    assert formtools.drawn(form.papers).files[0]["name"] == "Протокол.pdf"


def test_plain_forms_are_drawn_too(frame_app: Flask):
    form = PlainForm(MultiDict({"since": "1.1", "members-0-name": "", "days": "x"}))
    assert not form.validate()
    with frame_app.test_request_context("/people"):
        page = frame_app.jinja_env.get_template("people/form.html").render(form=form, version=1, draft=None)
    assert 'type="password"' in page and 'value="1.1"' in page and 'name="members-0-key"' in page
    assert formtools.form_errors(form)[0].text == "С какого дня: Впишите дату так: 20.11.2026"


def _sent(*more: tuple[str, str]) -> MultiDict:
    pairs = [("measures-0-title", "А"), ("measures-4-title", "Б"), ("papers", "f1"), ("protocol", "4"), *more]
    return MultiDict(pairs)


def _pressed(do: str, *more: tuple[str, str]) -> RoadMap:
    return formtools.pressed(lambda sent: RoadMap(sent, context={**CONTEXT, "rows": {}}), _sent(*more), do)


def test_buttons_of_tables_and_files_work_without_script():
    titles = [[e.form.title.data for e in _pressed(do).measures.entries] for do in ("add:measures", "drop:measures:0")]
    assert titles == [["А", "Б", None], ["Б"]]
    pasted = _pressed("parse:measures", ("measures-paste", '2\tВ\t01.02.2027\r\n11\t"Г\nд"\t02.02.2027\n'))
    assert [e.form.title.data for e in pasted.measures.entries] == ["А", "Б", "В", "Г\nд"]
    assert _pressed("unlink:papers:f1").papers.data == [] and _pressed("send").papers.data == ["f1"]
    assert _pressed("drop:measures:0").protocol.data == 4
    orders = [[e.form.title.data for e in _pressed(f"up:measures:{row}").measures.entries] for row in ("4", "0", "x")]
    assert orders == [["Б", "А"], ["А", "Б"], ["А", "Б"]], "a row changes places with the one above it, if there is one"
    assert len(_pressed("add:protocol").measures.entries) == 2
