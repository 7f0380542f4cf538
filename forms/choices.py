"""Fields whose values come from a list: enumerations, references, stored files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms.validators import ValidationError

from forms import values
from forms.dictionaries import DICTIONARIES
from forms.fields import Asked

MEGABYTE = 1024 * 1024
EVIDENCE = ("pdf", "docx", "xlsx", "odt", "ods", "jpg", "jpeg", "png")


class ChoiceField(Asked):
    """Ids of stored files. The context lists what the sender may attach: `files` = {id: {"name", "size" in bytes}}."""

    kind = "choice"
    missing = "Выберите вариант"
    widget = None

    def __init__(
        self, label: str, *, choices: tuple[tuple[str, str], ...] = (), dictionary: str = "", **kw: Any
    ) -> None:
        super().__init__(label, **kw)
        self.dictionary, self._own = dictionary, choices
        self._known: dict[str, tuple[Any, str]] | None = None

    @property
    def choices(self) -> list[tuple[Any, str]]:
        return list(self.known.values())

    @property
    def known(self) -> dict[str, tuple[Any, str]]:
        """Code as text → (code, label); a list of the context is laid out once for all rows of the form."""
        if self._known is None:
            root = self.root
            given = root.context.get("choices", {})
            source = next((given[n] for n in (self.short_name, self.dictionary) if n in given), None)
            if source is None:
                source = self._own or DICTIONARIES.get(self.dictionary, ())
            self._known = root.laid_out(source)
        return self._known

    def read(self, text: str) -> Any:
        if text in self.known:
            return self.known[text][0]
        wanted = _normal(text)
        found = [code for code, label in self.known.values() if _normal(label) == wanted]
        if len(found) == 1:
            return found[0]
        shown = text if len(text) <= 60 else text[:57] + "…"
        if found:
            raise ValueError(f"«{shown}» в списке несколько раз. Выберите из списка сами")
        raise ValueError(f"«{shown}» нет в списке. Выберите из списка")

    def check(self, form: Any) -> None:
        if str(self.data) not in self.known:
            raise ValidationError("Этого варианта больше нет в списке. Выберите другой")

    def show(self) -> str:
        return self.known.get(str(self.data), ("", str(self.data)))[1] if self.data is not None else ""


class ChoicesField(ChoiceField):
    """Several of an enumeration; `alone` excludes all others."""

    kind = "choices"
    missing = "Выберите хотя бы один вариант"

    def __init__(self, label: str, *, alone: str = "", most: int = 0, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.alone, self.most = alone, most

    def process_data(self, value: Any) -> None:
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = []
        texts = [t for t in map(self.clean, valuelist) if t]
        self.data = list(dict.fromkeys(self.read(t) for t in texts))

    def check(self, form: Any) -> None:
        if any(str(v) not in self.known for v in self.data):
            raise ValidationError("Часть вариантов больше нет в списке. Выберите заново")
        if self.alone in self.data and len(self.data) > 1:
            raise ValidationError(f"«{self.known[self.alone][1]}» не сочетается с другими вариантами")
        if self.most and len(self.data) > self.most:
            raise ValidationError(f"Выберите не больше {self.most}")

    def show(self) -> str:
        return "; ".join(self.known.get(str(v), ("", str(v)))[1] for v in self.data)


class ReferenceField(ChoiceField):
    """A person, school, position, document…: `of` names the list in the context; without it nothing can be chosen."""

    kind = "reference"

    def __init__(self, label: str, *, of: str, **kw: Any) -> None:
        super().__init__(label, dictionary=of, **kw)
        self.of = of


class ReferencesField(ChoicesField):
    kind = "references"

    def __init__(self, label: str, *, of: str, **kw: Any) -> None:
        super().__init__(label, dictionary=of, **kw)
        self.of = of


class FilesField(Asked):
    """Ids of stored files. The context lists those the sender may attach: `files` = {id: {"name", "size" in bytes}}.

    `uploads` = {"megabytes", "kinds"} of the context are what the region takes in; a field may name its own instead.
    """

    kind = "files"
    missing = "Приложите хотя бы один файл"
    widget = None

    def __init__(
        self, label: str, *, extensions: tuple[str, ...] = (), megabytes: int = 0, most: int = 20, **kw: Any
    ) -> None:
        super().__init__(label, **kw)
        self._extensions, self._megabytes, self.most = extensions, megabytes, most

    @property
    def extensions(self) -> tuple[str, ...]:
        return self._extensions or tuple(self.context.get("uploads", {}).get("kinds", EVIDENCE))

    @property
    def megabytes(self) -> int:
        return self._megabytes or int(self.context.get("uploads", {}).get("megabytes", 20))

    def process_data(self, value: Any) -> None:
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        known = {str(k): k for k in self.context.get("files", {})}
        texts = [t for t in map(self.clean, valuelist) if t]
        self.data = list(dict.fromkeys(known.get(t, t) for t in texts))

    def check(self, form: Any) -> None:
        if len(self.data) > self.most:
            limit = values.plural(self.most, "файла", "файлов", "файлов")
            raise ValidationError(f"Не больше {limit}, сейчас {len(self.data)}")
        for key in self.data:
            self._check_file(self.context.get("files", {}).get(key))

    def _check_file(self, file: Mapping[str, Any] | None) -> None:
        if file is None:
            raise ValidationError("Файл не найден. Приложите его ещё раз")
        name, size = str(file["name"]), int(file["size"])
        if name.rpartition(".")[2].casefold() not in self.extensions:
            fit = ", ".join(e.upper() for e in self.extensions if e != "jpeg")
            raise ValidationError(f"Файл «{name}» не подходит по виду. Принимаются: {fit}")
        if size > self.megabytes * MEGABYTE:
            shown = values.show_number(round(size / MEGABYTE, 1))
            raise ValidationError(f"Файл «{name}» – {shown} МБ, принимаются до {self.megabytes} МБ")

    def show(self) -> str:
        files = self.context.get("files", {})
        return "; ".join(str(files[k]["name"]) for k in self.data if k in files)


def _normal(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
