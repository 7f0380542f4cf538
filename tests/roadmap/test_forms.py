"""The draft's form: 300 rows from Excel, the catalogue, what is refused; two drafts joined."""

from __future__ import annotations

from typing import Any

import pytest

from app.web import conflicts
from forms import form_class
from forms.values import FormData, as_formdata
from tests.forms.samples import GOOD, context

DRAFT = form_class("roadmap_draft")
LINE = (
    "Низкая учебная мотивация\tПроектные недели, {n}\tтехнологии и практики\t09.03.2027\t20.03.2027\tДроздова Е. К."
    "\tобучающиеся\tКаждый участвовал\tДоля выполняющих задания\tотчёт, справка\t\tнет\tсвоя"
)


def draft(**more: Any) -> FormData:
    return as_formdata({**GOOD["roadmap_draft"], **more})


@pytest.mark.req("OR-46", "OM-29")
def test_three_hundred_rows_are_pasted_and_a_wrong_column_is_told_by_row() -> None:
    lines = [LINE.format(n=n) for n in range(1, 301)]
    lines[119] = lines[119].replace("20.03.2027", "скоро")
    lines[199] = lines[199].replace("Дроздова Е. К.", "Неизвестный И. И.")
    sent = draft(measures=[])
    sent.set("measures-paste", "\n".join(lines))
    form = DRAFT(sent, context=context("roadmap_draft"))
    assert not form.validate()
    assert [issue.text.split(":")[0] for issue in form.issues()] == [
        "Мероприятия, строка 120, «Окончание»",
        "Мероприятия, строка 200, «Ответственный»",
    ]
    assert len(form.measures.filled) == 300, "nothing is lost"
    assert form.measures.entries[119].form.due_on._value() == "скоро", "what was typed stays to be corrected"


def test_a_line_that_has_no_place_stays_in_the_box() -> None:
    sent = draft(measures=[])
    sent.set("measures-paste", LINE.format(n=1) + "\tлишнее\n" + LINE.format(n=2))
    form = DRAFT(sent, context=context("roadmap_draft"))
    assert not form.validate()
    assert "строка 1: лишнее значение" in form.issues()[0].text
    assert "лишнее" in form.measures.paste_text and len(form.measures.filled) == 1


@pytest.mark.req("OR-46")
def test_measures_ticked_in_the_catalogue_become_rows() -> None:
    measure = {"factor": "low_motivation", "text": "Провести проектные недели", "direction": "practice"}
    known = {"motiv_projects": {**measure, "expected": "Охват", "evidence": "report", "audience": "7–9 классы"}}
    sent = draft()
    sent.add("catalogue", "motiv_projects")
    sent.add("catalogue", "not_offered")
    form = DRAFT(sent, context={**context("roadmap_draft"), "facts": {"measures": known}})
    rows = [entry.form for entry in form.measures.filled]
    assert [row.text.data for row in rows][1:] == ["Провести проектные недели"]
    assert (rows[1].source.data, rows[1].due_on.show()) == ("catalogue", "01.06.2027")
    assert not form.validate() and "ответственн" in form.issues()[0].text, "the school still names who is responsible"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"due_on": "2027-07-01"}, "вне срока программы"),
        ({"due_on": "2027-03-01"}, "окончание раньше начала"),
        ({"target": "Другой показатель"}, "нет в таблице показателей"),
        ({"target": "7"}, "нет в таблице показателей"),
    ],
)
def test_what_a_row_may_not_say(change: dict[str, Any], said: str) -> None:
    measure = {**GOOD["roadmap_draft"]["measures"][0], **change}
    form = DRAFT(draft(measures=[measure]), context=context("roadmap_draft"))
    assert not form.validate() and said in form.issues()[0].text.lower()


@pytest.mark.req("OR-46")
def test_every_high_risk_has_a_row() -> None:
    given = {**context("roadmap_draft"), "facts": {"high": ["staff_shortage", "low_motivation"]}}
    form = DRAFT(draft(), context=given)
    assert not form.validate() and "Дефицит кадров" in form.issues()[0].text


def test_the_council_counts_its_votes() -> None:
    def said(**votes: int) -> list[str]:
        form = form_class("roadmap_council")({**GOOD["roadmap_council"], **votes}, context=context("roadmap_council"))
        form.validate()
        return [issue.text for issue in form.issues()]

    assert said(votes_for=8, votes_against=10, abstained=0) == ["Решение: большинства «за» нет: программа не принята"]
    assert "присутствовали 20" in said(votes_for=18, votes_against=3, abstained=1)[0]


def test_two_drafts_are_joined_and_nothing_is_overwritten() -> None:
    base = [["goal", "Цель"], ["name", "Карта"], ["measures-0-text", "Первая"], ["measures-0-row", "1"]]
    mine = [
        ["goal", "Моя цель"],
        *base[1:2],
        ["measures-0-text", "Первая моя"],
        base[3],
        ["measures-1-text", "Моя новая"],
    ]
    theirs = [
        ["goal", "Цель"],
        ["name", "Карта 2"],
        ["measures-0-text", "Первая коллеги"],
        base[3],
        ["measures-1-text", "Его новая"],
    ]
    merged, disputed = conflicts.merge(base, mine, theirs)
    assert merged["goal"] == "Моя цель" and merged["name"] == "Карта 2", "what one side changed is taken from it"
    texts = [value for name, value in merged.items(multi=True) if name.endswith("-text")]
    assert texts == ["Первая моя", "Моя новая", "Его новая"], "both added rows stay"
    assert disputed == ["measures-0-text"], "where both wrote, mine stays and is told of"


def test_differences_are_told_cell_by_cell() -> None:
    given = context("roadmap_draft")
    mine = DRAFT(draft(), context=given)
    measure = {**GOOD["roadmap_draft"]["measures"][0], "due_on": "2027-04-20"}
    theirs = DRAFT(draft(measures=[measure], goal="Другая цель"), context=given)
    assert [one["label"] for one in conflicts.differences(mine, theirs)] == [
        "Цель",
        "Мероприятия, мероприятие 1, «Окончание»",
    ]
