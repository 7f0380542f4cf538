"""Names in lists."""

from __future__ import annotations

from app.people.names import in_order


def test_schools_stand_by_their_numbers() -> None:
    names = ["СОШ № 10", "СОШ № 2", "Гимназия № 3", "СОШ № 1 имени Героя", ""]
    assert sorted(names, key=in_order) == ["", "Гимназия № 3", "СОШ № 1 имени Героя", "СОШ № 2", "СОШ № 10"]
