"""Forms of accounts and administration. What only the database knows is checked by the operation and comes back as a refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from wtforms import BooleanField, Field, Form, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, StopValidation, ValidationError

from app.errors import BadInput, Conflict, NotAllowed, Refused
from app.people.roles import KIND_TITLES, ROLES
from app.web.typed import line


class Needed(InputRequired):
    """A field that must be filled, said in words of this very field."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.raw_data or not str(field.raw_data[0]).strip():
            raise StopValidation(self.message)


class _Free:
    """Marks a field that may stay empty, for its label; checks nothing."""

    field_flags = {"optional": True}

    def __call__(self, form: Form, field: Field) -> None:
        return None


class DayField(Field):
    """A day as people write it: 09.11.2026. ISO is taken too, for scripts."""

    def process_formdata(self, values: list[str]) -> None:
        text = values[0].strip() if values else ""
        self.data: date | None = None
        if not text:
            return
        for pattern in ("%d.%m.%Y", "%Y-%m-%d"):
            try:
                self.data = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
            return
        raise ValueError(f"«{text}» не похоже на дату. Напишите число, месяц и год: 09.11.2026.")


class OfficeForm(Form):
    """Base: a title, the words of the button, and `sent`, which runs the operation and keeps its refusal."""

    title = ""
    submit_label = "Сохранить"

    def sent(self, operation: Callable[[], Any]) -> bool:
        """Validate and run; a refusal of the domain becomes an error of the form."""
        if not self.validate():
            return False
        try:
            operation()
        except (BadInput, Conflict, Refused, NotAllowed) as refusal:
            self.form_errors: list[str] = [f"{refusal.message} {refusal.advice}".strip()]
            return False
        return True


def text(label: str, missing: str = "", hint: str = "", *, longest: int = 255, **more: Any) -> StringField:
    """A line of text, compulsory when `missing` says what to write."""
    checks = [*_needed(missing), Length(max=longest, message=f"Не больше {longest} знаков.")]
    return StringField(label, checks, description=hint, filters=[line], render_kw=more or None)


def day(label: str, missing: str = "", hint: str = "") -> DayField:
    return DayField(label, _needed(missing), description=hint)


def _needed(missing: str) -> list[Any]:
    return [Needed(missing)] if missing else [_Free()]


class PersonForm(OfficeForm):
    title = "Добавить человека"
    submit_label = "Добавить"
    name = text("Фамилия, имя, отчество", "Напишите фамилию, имя и отчество.", autocomplete="off")
    login = text(
        "Логин", "Придумайте логин.", "Латинские буквы и цифры. Сменить его потом нельзя.", autocapitalize="none"
    )
    email = text("Рабочая почта", hint="Сюда приходят напоминания о сроках.", type="email")


class PositionForm(OfficeForm):
    title = "Добавить должность"
    submit_label = "Добавить должность"
    role = SelectField(
        "Роль", choices=[SelectChoice(code, one.title) for code, one in ROLES.items()], validate_choice=False
    )
    organisation = text("Организация", "Напишите код или название организации.", "Код или название, как в перечне.")
    position = text("Должность по приказу", hint="Пусто: как называется роль.")
    head = BooleanField("Руководитель организации")
    valid_from = day("Первый день", "Напишите первый день.")
    valid_to = day("Последний день", hint="Пусто: без срока.")
    basis = text("Основание", hint="Приказ о назначении: дата и номер.")


class EndForm(OfficeForm):
    title = "Завершить должность"
    submit_label = "Завершить должность"
    last_day = day("Последний день", "Напишите последний день.")
    basis = text("Основание", "Напишите основание: приказ, его дату и номер.")


class SubstitutionForm(OfficeForm):
    """`named`: whom the login that was sent names, looked for by the page."""

    title = "Назначить замещающего"
    submit_label = "Назначить"
    substitute = SelectField("Кто замещает", choices=[], validate_choice=False)
    login = text("Логин замещающего", hint="Если в списке его нет.", autocapitalize="none")
    valid_from = day("С какого дня", "Напишите первый день.", "Можно прошедшим днём или заранее.")
    valid_to = day("По какой день", hint="Пусто: до отзыва.")
    acting = BooleanField("Исполняет обязанности в полном объёме (и. о.)")
    basis = text("На основании", "Напишите основание.", "Приказ или распоряжение: «приказ от 01.10.2026 № 12».")
    named: int | None = None

    def validate_substitute(self, field: Field) -> None:
        if not self.login.data and field.data not in {choice.value for choice in field.choices if choice.value}:
            raise ValidationError("Не выбрано, кто замещает. Выберите человека из списка или напишите его логин.")

    def validate_login(self, field: Field) -> None:
        if field.data and self.named is None:
            raise ValidationError(f"Логина «{field.data}» нет. Проверьте написание у коллеги.")

    def validate_valid_to(self, field: Field) -> None:
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(f"Последний день раньше первого. Укажите {self.valid_from.data:%d.%m.%Y} или позже.")

    @property
    def chosen(self) -> int:
        """The person named by login, else the one of the list; asked of a form that is valid."""
        return self.named if self.named is not None else int(self.substitute.data)


class ReasonForm(OfficeForm):
    reason = text("Причина", "Напишите причину: она останется в журнале.")


class OrganisationForm(OfficeForm):
    title = "Добавить организацию"
    submit_label = "Добавить организацию"
    kind = SelectField(
        "Вид",
        choices=[SelectChoice(code, name.capitalize()) for code, name in KIND_TITLES.items()],
        validate_choice=False,
    )
    code = text("Код", "Напишите код.", "Для школы — код ОО, для муниципалитета — код МСУ.", longest=60)
    name = text("Полное наименование", "Напишите полное наименование.", longest=1000)
    short_name = text("Краткое наименование", hint="Пусто: как полное.")
    parent = text("Входит в", hint="Код или название муниципалитета, министерства; пусто: в регион.")


class PasswordForm(OfficeForm):
    title = "Сменить пароль"
    submit_label = "Сменить пароль"
    old = PasswordField("Прежний пароль", [Needed("Напишите прежний пароль.")])
    new = PasswordField(
        "Новый пароль",
        [Needed("Напишите новый пароль.")],
        description="От 12 до 128 знаков. Подойдёт фраза из нескольких слов, пробелы и русские буквы можно.",
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField("Новый пароль ещё раз", render_kw={"autocomplete": "new-password"})

    def validate_again(self, field: Field) -> None:
        if field.data != self.new.data:
            raise ValidationError("Пароли не совпали. Наберите новый пароль ещё раз.")
