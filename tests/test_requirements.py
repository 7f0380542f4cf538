"""The README's list of requirements is the one that the tests' marks give."""

from __future__ import annotations

from tests import requirements


def test_marks_name_requirements_of_the_checklist() -> None:
    assert set(requirements.covered()) <= set(requirements.ALL)


def test_the_readme_lists_what_the_tests_show() -> None:
    written = requirements.BLOCK.search(requirements.README.read_text("utf-8"))
    assert written is not None
    assert requirements.table() in written.group(0), "run `make requirements`"
