"""Fields of the forms. Each knows what is compulsory and when, reads what Russian users type, says what is wrong.

Common arguments: `required`, or `required_when` a condition holds; `only_when` – outside of the condition the field
does not count and its answer is empty. A condition is (field, value or values) of the same form or row, or a function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from wtforms import Field, widgets
from wtforms.utils import unset_value
from wtforms.validators import StopValidation, ValidationError

from forms import values

Condition = tuple[str, Any] | Callable[[Any], bool]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_URL = re.compile(r"https?://[^\s/?#.]+(\.[^\s/?#.]+)+([/?#]\S*)?", re.IGNORECASE)


def holds(condition: Condition, form: Any) -> bool:
    """Whether a condition is true in a form; a file or rows condition reads the field's data."""
    if callable(condition):
        return bool(condition(form))
    name, wanted = condition
    wanted = wanted if isinstance(wanted, tuple | list | set) else (wanted,)
    return form[name].data in wanted


def when_fact(name: str) -> Callable[[Any], bool]:
    """A condition on what is known before anything is filled in: outside of it the field is not drawn at all."""

    def known(form: Any) -> bool:
        return bool(form.facts.get(name))

    known.settled = True  # type: ignore[attr-defined]
    return known


def told(condition: Condition | None, form: Any) -> str:
    """A condition about another answer in words: «Заполняется, если „Решение“ – отказать»; else nothing."""
    if condition is None or callable(condition):
        return ""
    name, wanted = condition
    codes = wanted if isinstance(wanted, tuple | list | set) else (wanted,)
    texts = {"yes": "да", "no": "нет", True: "да", False: "нет"}
    labels = [getattr(form[name], "known", {}).get(str(code), (code, texts.get(code, "")))[1] for code in codes]
    return f"Заполняется, если «{form[name].title}» – {' или '.join(labels)}"


class Asked(Field):
    """What all fields share. `data` is the Python value, `answer()` the JSON one; `kind` says how to draw it."""

    data: Any
    errors: Any
    process_errors: Any
    raw_data: Any

    kind = "text"
    missing = "Заполните поле"
    widget = widgets.TextInput()

    def __init__(
        self,
        label: str,
        *,
        required: bool = False,
        required_when: Condition | None = None,
        only_when: Condition | None = None,
        missing: str = "",
        hint: str = "",
        **kw: Any,
    ) -> None:
        self.hint = hint
        super().__init__(label, **kw)
        self.required, self.required_when, self.only_when = required, required_when, only_when
        self.missing = missing or self.missing
        self.locked = False

    @property
    def title(self) -> str:
        return str(self.label.text)

    @property
    def description(self) -> str:
        """The hint, and when the field counts at all."""
        return ". ".join(part for part in (self.hint, told(self.only_when, self._form)) if part)

    @description.setter
    def description(self, text: str) -> None:
        """WTForms sets its own default; ours is the hint."""

    @property
    def root(self) -> Any:
        """The form that was sent, also for a field in a row."""
        form = self._form
        while getattr(form, "_parent_form", None) is not None:
            form = form._parent_form
        return form

    @property
    def context(self) -> Mapping[str, Any]:
        return self.root.context

    def lock(self, value: Any) -> None:
        """A value of the system: shown, never taken from what was sent."""
        self.process_data(value)
        self.raw_data, self.process_errors, self.locked = None, [], True

    # what comes in --------------------------------------------------------------------------------------------------

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.locked = False
        super().process(formdata, data, extra_filters)

    def process_data(self, value: Any) -> None:
        self.data = None if value is None else self.from_json(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = self.clean(valuelist[0]) if valuelist else ""
        self.data = None
        if text:
            self.data = self.read(text)

    def clean(self, text: str) -> str:
        return _CONTROL.sub("", str(text)).replace("\r\n", "\n").replace("\r", "\n").strip()

    def read(self, text: str) -> Any:
        """The value of a typed text; ValueError says what to do."""
        return text

    def from_json(self, value: Any) -> Any:
        return value

    # what goes out --------------------------------------------------------------------------------------------------

    def answer(self) -> Any:
        return self.data

    def show(self) -> str:
        """The value as a person reads it."""
        return "" if self.data is None else str(self.data)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.show()

    # what is checked ------------------------------------------------------------------------------------------------

    def empty(self) -> bool:
        return self.data in (None, "", [])

    def pre_validate(self, form: Any) -> None:
        if self.locked:
            raise StopValidation
        if self.root.stopped_by(self) or (self.only_when is not None and not holds(self.only_when, form)):
            self.errors = []
            self.process_data(None)
            raise StopValidation
        if self.process_errors:
            raise StopValidation
        if self.empty():
            compulsory = self.required or (self.required_when is not None and holds(self.required_when, form))
            raise StopValidation(self.missing if compulsory else None)
        self.check(form)

    def check(self, form: Any) -> None:
        """ValidationError when a given value does not fit."""


class TextField(Asked):
    kind = "text"
    longest = 255

    def __init__(self, label: str, *, longest: int = 0, shortest: int = 0, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.longest, self.shortest = longest or self.longest, shortest

    def from_json(self, value: Any) -> Any:
        return str(value)

    def check(self, form: Any) -> None:
        size = len(self.data)
        if size > self.longest:
            limit = values.plural(self.longest, "знака", "знаков", "знаков")
            raise ValidationError(f"Не больше {limit}, сейчас {size}")
        if size < self.shortest:
            least = values.plural(self.shortest, "знака", "знаков", "знаков")
            raise ValidationError(f"Напишите подробнее: не меньше {least}, сейчас {size}")


class LongText(TextField):
    kind = "long_text"
    longest = 5000
    widget = widgets.TextArea()


class UrlField(TextField):
    kind = "url"
    longest = 2000

    def check(self, form: Any) -> None:
        super().check(form)
        if not _URL.fullmatch(self.data):
            raise ValidationError("Впишите адрес полностью, начиная с https://")


class IntegerField(Asked):
    kind = "integer"
    missing = "Впишите число"

    def __init__(self, label: str, *, least: int | None = None, most: int | None = None, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.least, self.most = least, most

    def read(self, text: str) -> Any:
        return values.read_integer(text)

    def check(self, form: Any) -> None:
        if self.least is not None and self.data < self.least:
            raise ValidationError(f"Не меньше {values.show_number(self.least)}")
        if self.most is not None and self.data > self.most:
            raise ValidationError(f"Не больше {values.show_number(self.most)}")


class NumberField(IntegerField):
    kind = "number"

    def read(self, text: str) -> Any:
        return values.read_number(text)

    def from_json(self, value: Any) -> Any:
        return float(value)

    def show(self) -> str:
        return "" if self.data is None else values.show_number(self.data)


class DateField(Asked):
    """`in_year`: within the school year the context gives; `not_before`, `not_after`: a date of the context by name."""

    kind = "date"
    missing = "Впишите дату"

    def __init__(
        self, label: str, *, in_year: bool = False, not_before: str = "", not_after: str = "", **kw: Any
    ) -> None:
        super().__init__(label, **kw)
        self.in_year, self.not_before, self.not_after = in_year, not_before, not_after

    def read(self, text: str) -> Any:
        return values.read_date(text)

    def from_json(self, value: Any) -> Any:
        return value if isinstance(value, date) else date.fromisoformat(value)

    def answer(self) -> Any:
        return self.data.isoformat() if self.data else None

    def show(self) -> str:
        return f"{self.data:%d.%m.%Y}" if self.data else ""

    def check(self, form: Any) -> None:
        first, last = self._bounds()
        if first and self.data < first:
            raise ValidationError(f"Поставьте дату не раньше {first:%d.%m.%Y}")
        if last and self.data > last:
            raise ValidationError(f"Поставьте дату не позже {last:%d.%m.%Y}")

    def _bounds(self) -> tuple[date | None, date | None]:
        dates = self.context.get("dates", {})
        names = ("year_start", "year_end") if self.in_year else (self.not_before, self.not_after)
        first, last = (self.from_json(dates[n]) if n and dates.get(n) else None for n in names)
        return first, last


class MomentField(Asked):
    """Date and time by the clock of the region."""

    kind = "moment"
    missing = "Впишите дату и время"

    def read(self, text: str) -> Any:
        return values.read_moment(text)

    def from_json(self, value: Any) -> Any:
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)

    def answer(self) -> Any:
        return self.data.isoformat(timespec="minutes") if self.data else None

    def show(self) -> str:
        return f"{self.data:%d.%m.%Y %H:%M}" if self.data else ""


class YesNoField(Asked):
    """A question with two answers; nothing is chosen for the user."""

    kind = "yes_no"
    missing = "Выберите «да» или «нет»"
    choices = (("yes", "да"), ("no", "нет"))

    def read(self, text: str) -> Any:
        return values.read_yes_no(text)

    def show(self) -> str:
        return "" if self.data is None else "да" if self.data else "нет"


class TickField(Asked):
    """A statement; when compulsory, the form is not accepted without it."""

    kind = "tick"
    missing = "Поставьте отметку, без неё форма не принимается"
    widget = widgets.CheckboxInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = any(text.strip().casefold() in values.YES for text in valuelist)

    def process_data(self, value: Any) -> None:
        self.data = bool(value)

    def empty(self) -> bool:
        return not self.data

    def show(self) -> str:
        return "да" if self.data else "нет"
