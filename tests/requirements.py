"""Requirement ids that tests show: read from their marks, written into the README.

python -m tests.requirements        writes the list between the README's marks
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
ALL = (*(f"OR-{n:02d}" for n in (*range(1, 56), *range(60, 87))), *(f"OM-{n:02d}" for n in range(1, 46)))
BLOCK = re.compile(r"(<!-- requirements -->\n).*?(<!-- /requirements -->)", re.DOTALL)


def covered() -> dict[str, list[str]]:
    """Requirement id → rooms (folders of `tests`) whose tests are marked with it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(HERE.rglob("test_*.py")):
        room = path.relative_to(HERE).parts[0].removesuffix(".py")
        for code in _marks(ast.parse(path.read_text("utf-8"))):
            found[code].add(room)
    return {code: sorted(found[code]) for code in sorted(found)}


def _marks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "req":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def table() -> str:
    """The README's block: how many there are, where each is shown, which are not yet."""
    shown = covered()
    rooms: dict[str, list[str]] = defaultdict(list)
    for code, names in shown.items():
        for name in names:
            rooms[name].append(code)
    lines = [
        f"{len(shown)} of {len(ALL)} requirement ids are shown by tests.",
        "",
        "| Tests | Requirements |",
        "|---|---|",
    ]
    lines += [f"| `tests/{name}` | {', '.join(rooms[name])} |" for name in sorted(rooms)]
    missing = [code for code in ALL if code not in shown]
    lines += ["", f"Not yet: {', '.join(missing)}." if missing else "None is left out."]
    return "\n".join(lines) + "\n"


def main() -> None:
    README.write_text(BLOCK.sub(lambda m: m[1] + table() + m[2], README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
