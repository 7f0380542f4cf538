"""What is refused at publication, in words: which file, which element, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from app.engine.port import BadDiagram, Problem

from .elements import check_elements
from .graph import check_graph
from .model import Book
from .names import check_names
from .parallel import check_parallel
from .soundness import check_soundness
from .sources import read_book

__all__ = ["lint"]


def lint(
    files: Mapping[str, bytes],
    *,
    roles: Collection[str],
    forms: Mapping[str, Collection[str]],
    operations: Collection[str],
    given: Collection[str] | Mapping[str, Collection[str]] = (),
    messages: Mapping[str, Collection[str]] | None = None,
    terms: Callable[[str], object] | None = None,
) -> list[Problem]:
    """Everything wrong with a set of `.bpmn` and `.dmn` files that call each other; empty = may be published.

    - `roles`: role codes without `.head`; `system` is always one
    - `forms`: form key → names the form writes into the scope (its routes)
    - `operations`: names of the application's table
    - `given`: names in the scope when a case begins, of all processes or by process
    - `messages`: message → names that its fact writes, beside what diagrams send with it and `sets` of the wait
    - `terms`: raises or returns False for a term it does not understand; default: the grammar of the dialect, whose
      names must be set like any other

    Problems with `warning` set do not stop publication.
    """
    book = Book({*roles, "system"}, {k: frozenset(v) for k, v in forms.items()}, set(operations), terms)
    book.given = given if isinstance(given, Mapping) else {"": given}
    book.carried = {k: frozenset(v) for k, v in (messages or {}).items()}
    read_book(book, files)
    for graph in book.graphs:
        check_elements(book, graph)
        check_graph(book, graph)
        check_soundness(book, graph)
        check_parallel(book, graph)
        check_names(book, graph)
    _parses(book)
    return sorted(book.problems, key=lambda p: (p.file, p.warning))


def _parses(book: Book) -> None:
    """A diagram with no remark must also be understood by the engine: the last word against a gap in the checks."""
    from app.engine.dialect import parse

    if any(not p.warning for p in book.problems):
        return
    for process, graph in book.processes.items():
        try:
            parse(book.files, process)
        except BadDiagram as e:
            book.problems.append(Problem(graph.file, process, graph.title, e.message.rstrip("."), e.advice))
