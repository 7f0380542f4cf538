"""Context of the centre's note on a school: numbers of people, no names."""

from __future__ import annotations

from reports.base import Model, Paper


class Share(Model):
    """`part` of `whole` people; `hidden`: too few to be printed apart."""

    name: str
    part: int
    whole: int
    hidden: bool = False


class Context(Paper):
    kind_word: str = "Справка"
    school: str
    municipality: str
    school_year: str
    total: Share
    leaders: Share
    subjects: tuple[Share, ...] = ()
    gaps: tuple[Share, ...] = ()
    routes: Share
    target: int
    hide_below: int
    conclusion: str

    @property
    def hides(self) -> bool:
        return any(row.hidden for row in (*self.subjects, *self.gaps))
