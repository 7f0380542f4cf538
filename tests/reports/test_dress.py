"""What is stored is the words; the sheet they are printed with is named and never lost."""

from __future__ import annotations

import hashlib

import pytest

import reports
from reports import dress
from tests.reports.contexts import draft, sample

pytestmark = pytest.mark.req("OR-02", "OM-44")


def test_a_sheet_that_pages_were_made_with_is_kept() -> None:
    assert {dress.SHEET, dress.DRAFT_SHEET} <= set(dress.EVER), "keep the previous sheet, then name the new one in EVER"
    assert set(dress.EVER) == set(dress.SHEETS)
    for name, text in dress.SHEETS.items():
        assert name.endswith(hashlib.sha256(text.encode()).hexdigest()[:12])


def test_a_stored_page_is_words_alone_and_prints_as_if_it_had_everything() -> None:
    given = sample("gap_card")
    stored, whole = reports.page("gap_card", given), reports.html("gap_card", given)
    assert len(stored) * 2 < len(whole) and reports.dressed(stored) == whole
    assert f"<style>{dress.STYLE}</style>" in whole and 'src="data:image/svg' in whole and "data-qr" not in whole
    assert reports.fingerprint(stored) == reports.fingerprint(whole)
    files = reports.attachments("gap_card", given, stored)
    assert reports.pdf_from_html(stored, files) == reports.pdf_from_html(whole, files)


def test_a_draft_names_its_own_sheet() -> None:
    stored = reports.page("order", draft())
    assert dress.DRAFT_SHEET in stored and reports.dressed(stored) == reports.html("order", draft())


def test_a_page_with_its_own_style_is_left_as_it_is() -> None:
    whole = reports.html("objection", sample("objection"))
    assert reports.dressed(whole) == whole


def test_words_of_people_name_no_sheet() -> None:
    given = sample("expert_opinion")
    given["conclusion"] = f'<style data-sheet="{dress.SHEET}"></style><img data-qr="x">'
    assert reports.html("expert_opinion", given).count("<style>") == 1


def test_a_lost_sheet_is_named() -> None:
    with pytest.raises(KeyError, match="document-0"):
        reports.dressed('<style data-sheet="document-0"></style>')
