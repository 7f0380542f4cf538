"""The twin of a questionnaire as a table: a template with its questions, and reading of a filled one, cell by cell.

A file is taken whole or not at all: every wrong cell is named by its sheet and address. Questions with a table have a
sheet of their own.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import xlsxwriter

from app.diagnostics.instruments import CHOSEN, MEASURED, Instrument, Question
from app.tables.grid import Unreadable, load
from app.tables.sandbox import call_in_child
from app.tables.sheets import Wrong
from forms import values

SHEET = "Ответы"
HEADS = ("Код", "Вопрос", "Как отвечать", "Ответ")
WIDTHS = (22, 64, 44, 44)
ANSWER = 3
MOST_BYTES = 5 * 1024**2
LONGEST = 1000
YES_NO = {"да": True, "нет": False}
HELP = (
    "Отвечайте в столбце «Ответ». Столбцы «Код», «Вопрос» и «Как отвечать» не меняйте: по коду ответ узнаётся.",
    "Где ответов может быть несколько, перечислите их через точку с запятой.",
    "Вопросы с таблицей вынесены на отдельные листы.",
    "Имён и телефонов в ответах быть не должно.",
)


@dataclass
class Read:
    """`answers`: by the code of the question; nothing may be taken while `wrong` is not empty."""

    answers: dict[str, Any] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)


def how(question: Question) -> str:
    """What may be answered, in words."""
    if question.type in CHOSEN:
        said = "; ".join(option.label for option in question.options)
        return f"один или несколько: {said}" if question.type == "several" else f"один из: {said}"
    if question.type == "yes_no":
        return "да или нет"
    if question.type == "table":
        return f"на листе «{_tab(question)}»"
    if question.type in MEASURED:
        least, most = _bounds(question)
        number = "целое число" if question.type == "integer" else "число"
        return f"{number} от {_number(least)}" + (f" до {_number(most)}" if most is not None else "")
    return f"текст до {LONGEST} знаков"


def _bounds(question: Question) -> tuple[float, float | None]:
    return (0, 100) if question.type == "percent" else (question.least or 0, question.most)


def _number(value: float | None) -> str:
    return values.show_number(value) if value is not None else ""


def _tab(question: Question) -> str:
    """The name of the sheet of a table: within what Excel allows."""
    return question.code[:31]


# out ------------------------------------------------------------------------------------------------------------------


def template(instrument: Instrument, place: str, known: Mapping[str, Any]) -> bytes:
    """XLSX with the questions and what is known already; choices and numbers are checked while they are typed."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#E8EEF4"})
        fixed = book.add_format({"font_color": "#505A5F", "border": 1, "text_wrap": True, "valign": "top"})
        free = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        sheet.set_landscape()
        for column, (text, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, text, head)
        for row, question in enumerate(instrument.questions, 1):
            for column, text in enumerate((question.code, question.text, how(question))):
                sheet.write_string(row, column, text, fixed)
            sheet.write_string(row, ANSWER, _shown(question, known.get(question.code)), free)
            if rule := _rule(question):
                sheet.data_validation(row, ANSWER, row, ANSWER, rule)
        for question in instrument.questions:
            if question.type == "table":
                _lines(book.add_worksheet(_tab(question)), question, known.get(question.code) or (), head, free)
        _help(book, place)
    return buffer.getvalue()


def _lines(sheet: Any, question: Question, rows: Iterable[Mapping[str, Any]], head: Any, free: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, one in enumerate(question.columns):
        sheet.set_column(column, column, 40)
        sheet.write_string(0, column, one.text, head)
        for number, row in enumerate(rows, 1):
            sheet.write_string(number, column, _shown(one, row.get(one.code)), free)


def _help(book: Any, place: str) -> None:
    sheet = book.add_worksheet("Как заполнять")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 90)
    for row, text in enumerate((place, *HELP)):
        sheet.write_string(row, 0, text, wrap)


def _rule(question: Question) -> dict[str, Any] | None:
    """What Excel checks while a cell is typed; a list longer than it takes is left to the reading."""
    labels = list(YES_NO) if question.type == "yes_no" else [option.label for option in question.options]
    if question.type in ("one", "scale", "yes_no"):
        fits = len(",".join(labels)) <= 255 and not any("," in label for label in labels)
        return {"validate": "list", "source": labels, "error_message": "Выберите ответ из списка."} if fits else None
    if question.type in MEASURED:
        least, most = _bounds(question)
        kind = "integer" if question.type == "integer" else "decimal"
        top = most if most is not None else 10**9
        words = f"Впишите {how(question)}."
        return {"validate": kind, "criteria": "between", "minimum": least, "maximum": top, "error_message": words}
    return None


def _shown(question: Question, answer: Any) -> str:
    """A known answer as it is typed."""
    if answer in (None, "", []) or question.type == "table":
        return ""
    if question.type in CHOSEN:
        labels = {option.code: option.label for option in question.options}
        chosen = answer if isinstance(answer, list) else [answer]
        return "; ".join(labels.get(code, "") for code in chosen)
    if question.type == "yes_no":
        return "да" if answer else "нет"
    return values.show_number(answer) if isinstance(answer, int | float) else str(answer)


# in -------------------------------------------------------------------------------------------------------------------


def cells(data: bytes, name: str) -> bytes:
    """Called in a child process: every sheet by its name, as rows of text; or why there is none."""
    try:
        found = {sheet.name: sheet.texts(0, 1_000) for sheet in load(data)}
    except Unreadable as error:
        return orjson.dumps({"refused": f"{error.message} {error.advice}".strip()})
    return orjson.dumps({"sheets": found})


def read(data: bytes, instrument: Instrument) -> Read:
    """Every answer of the file against the questions that are asked. Unreadable: the file is no table of ours."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"Файл больше {MOST_BYTES // 1024**2} МБ.", advice="Заполните шаблон и загрузите его.")
    found = orjson.loads(call_in_child("app.diagnostics.twin:cells", data) or b"{}")
    if "sheets" not in found:
        raise Unreadable(found.get("refused") or "Файл не удалось прочитать: он повреждён.")
    sheets = found["sheets"]
    heads = [(text or "").strip() for text in sheets.get(SHEET, [(1, [])])[0][1]]
    if tuple(heads[: len(HEADS)]) != HEADS:
        raise Unreadable(
            f"В файле нет листа «{SHEET}» со столбцами шаблона.", advice="Скачайте шаблон и заполните его."
        )
    made, asked = Read(), {question.code: question for question in instrument.questions}
    seen: dict[str, int] = {}
    for number, row in sheets[SHEET][1:]:
        code, answer = _text(row, 0), _text(row, ANSWER)
        if code in seen:
            made.wrong.append(Wrong(f"A{number}", code, f"этот вопрос уже есть выше, в строке {seen[code]}"))
        elif code not in asked:
            if code or answer:
                made.wrong.append(Wrong(f"A{number}", code, "такого вопроса в анкете нет: скачайте шаблон заново"))
        else:
            seen[code] = number
            _take(made, asked[code], answer, f"D{number}", made.answers, code)
    for code, question in asked.items():
        if question.type == "table" and _tab(question) in sheets:
            made.answers[code] = _table(made, question, sheets[_tab(question)])
    made.answers = {code: answer for code, answer in made.answers.items() if answer not in (None, "", [])}
    return made


def _text(row: Sequence[str | None], at: int) -> str:
    return (row[at] or "").strip() if at < len(row) else ""


def _table(made: Read, question: Question, rows: Sequence[tuple[int, Sequence[str | None]]]) -> list[dict[str, Any]]:
    """Rows of a question's own sheet, the empty ones passed over; more than fit are told."""
    lines, most = [], question.most or 100
    for number, row in rows[1:]:
        texts = [_text(row, at) for at in range(len(question.columns))]
        if not any(texts):
            continue
        line: dict[str, Any] = {}
        for at, (column, text) in enumerate(zip(question.columns, texts, strict=True)):
            cell = f"{_tab(question)}!{chr(ord('A') + at)}{number}"
            if column.required and not text:
                made.wrong.append(Wrong(cell, "", f"заполните: {column.text}"))
            _take(made, column, text, cell, line, column.code)
        lines.append(line)
    if len(lines) > most:
        made.wrong.append(Wrong(f"{_tab(question)}!A{most + 2}", "", f"не больше {most} строк, сейчас {len(lines)}"))
    return lines


def _take(made: Read, question: Question, text: str, cell: str, into: dict[str, Any], code: str) -> None:
    """One cell into the answers, or what is wrong with it."""
    if not text or question.type == "table":
        return
    try:
        into[code] = _value(question, text)
    except ValueError as error:
        shown = text if len(text) <= 60 else text[:57] + "…"
        made.wrong.append(Wrong(cell, shown, values.lower_first(str(error))))


def _value(question: Question, text: str) -> Any:
    """The answer that a cell means; ValueError says what to write instead."""
    if question.type in CHOSEN:
        return _chosen(question, text)
    if question.type == "yes_no":
        if text.casefold() not in YES_NO:
            raise ValueError("впишите «да» или «нет»")
        return YES_NO[text.casefold()]
    if question.type in MEASURED:
        value = values.read_integer(text) if question.type == "integer" else values.read_number(text)
        least, most = _bounds(question)
        if value < least or (most is not None and value > most):
            raise ValueError(f"впишите {how(question)}")
        return value
    if len(text) > LONGEST:
        raise ValueError(f"не больше {LONGEST} знаков, сейчас {len(text)}")
    return text


def _chosen(question: Question, text: str) -> Any:
    by_label = {option.label.casefold(): option.code for option in question.options}
    if question.type != "several":
        if text.casefold() not in by_label:
            raise ValueError(how(question))
        return by_label[text.casefold()]
    parts = [part.strip().casefold() for part in text.split(";") if part.strip()]
    unknown = [part for part in parts if part not in by_label]
    if unknown:
        raise ValueError(f"такого ответа нет: «{unknown[0]}»; {how(question)}")
    return list(dict.fromkeys(by_label[part] for part in parts))
