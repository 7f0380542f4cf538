"""What pages say of a document: its full name, its earlier editions, whether it is genuine."""

from __future__ import annotations

import re

import pytest

from tests.campaign.walk import Walker
from tests.security.visitor import Visitor, site

from .places import Places

pytestmark = pytest.mark.req("OR-61")


@pytest.fixture
def places(walker: Walker, region_code: str) -> Places:
    return Places(walker, region_code)


def test_an_issued_act_is_named_with_its_kind_on_its_page_and_by_its_code(places: Places) -> None:
    document = places.issue(places.open("working_group_order", places.school))
    app = site(places.walker.system)
    page = Visitor(app, places.head(places.school)).get(f"/documents/{document.id}").text
    name = f"Приказ {document.title[:1].lower()}{document.title[1:]}"
    assert re.findall(r"<h1>(.*?)</h1>", page) == [name] and name in re.findall(r"<title>(.*?)</title>", page)[0]
    assert "редакция 1" in page and "Прежние редакции" not in page
    known = app.test_client().get(f"/v/{document.code}").text
    assert name in known and "Сверьте номер и дату" in known
    assert not re.search(r"Проверено[^<]*\d:\d\d", known), "who is not signed in has no zone to read a clock by"


def test_of_a_document_that_is_not_found_there_is_nothing_to_compare(places: Places) -> None:
    answer = site(places.walker.system).test_client().get("/v/AAAA-BBBB-CC")
    assert answer.status_code == 404
    assert "Такого документа нет" in answer.text and "Сверьте номер и дату" not in answer.text


def test_places_of_a_list_and_of_the_frame_above_it_are_told_apart(places: Places) -> None:
    head = Visitor(site(places.walker.system), places.head(places.municipality))
    for path in ("/acts", "/documents", "/schools", "/cases", "/people/", "/organisations/"):
        ids = re.findall(r'\sid="([^"]+)"', head.get(path).text)
        assert len(ids) == len(set(ids)), (path, sorted(one for one in ids if ids.count(one) > 1))
