"""Every kind of record that the code writes has a Russian name where people read the journal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.journal.titles import TITLES

APP = Path(__file__).parents[2] / "app"
KIND = re.compile(r"[a-z_]+\.[a-z_]+")


def kinds_written() -> set[str]:
    """The literal kinds given to anything that records an event."""
    return {kind for path in sorted(APP.rglob("*.py")) for kind in _kinds(ast.parse(path.read_text("utf-8")))}


def _kinds(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called.rpartition(".")[2] in ("record", "Record") or called in ("journal.append", "chain.append"):
            given = [*node.args, *(k.value for k in node.keywords if k.arg == "kind")]
            said = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            yield from (word for word in said[:1] if KIND.fullmatch(word))


def test_every_kind_that_is_written_has_a_name() -> None:
    written = kinds_written()
    assert {"case.opened", "account.signed_in", "diagnosis.computed", "document.repealed"} <= written
    assert written - set(TITLES) == set()


def test_names_are_russian_and_told_apart() -> None:
    assert all(re.search("[а-яё]", name) and not name.endswith(".") for name in TITLES.values())
    assert len(set(TITLES.values())) == len(TITLES)
