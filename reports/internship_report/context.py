"""Context of a trainee's report: what was learnt, what will be brought home, the site's mark."""

from __future__ import annotations

from datetime import date as Date

from reports.base import Paper


class Context(Paper):
    kind_word: str = "Отчёт о стажировке"
    person: str
    post: str
    school: str
    topic: str
    site: str
    hours: int
    starts: Date
    ends: Date
    learned: str
    plans: str
    mark: str
    files: tuple[str, ...] = ()
