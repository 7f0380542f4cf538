"""What a form and a row of it have in common."""

from __future__ import annotations

from functools import cache
from typing import Any

from wtforms import Form


class Part(Form):
    """Fields, then `check()`: what holds between them. `answers()` are JSON values."""

    @classmethod
    @cache
    def names(cls) -> frozenset[str]:
        """Names of the fields as declared; looked through once a class, because every row of a table asks."""
        return frozenset(n for n in dir(cls) if not n.startswith("_") and hasattr(getattr(cls, n), "_formfield"))

    def check(self) -> None:
        """Laws between fields; report with `fail`. Runs also after errors of single fields: values may be None."""

    def fail(self, name: str, message: str) -> None:
        field = self[name]
        if hasattr(field, "table_errors"):
            field.table_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self.check()
        return not self.errors

    def answers(self) -> dict[str, Any]:
        found = {name: field.answer() for name, field in self._fields.items()}
        if "row" in found and found["row"] is None:
            del found["row"]
        return found
