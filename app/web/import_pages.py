"""What the pages of loading show: states of files in words, remarks by place, totals, fates after the writing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import url_for

from app.imports import writing
from app.imports.drafts import UNREAD
from app.imports.models import ImportDraft, ImportDraftFile
from app.imports.pool import remarks_of
from app.results.models import ImportFile
from app.schools.registry import REGISTRY
from app.tables.reading import Remark
from app.web import ru
from app.web.parts import FILE_KINDS

SHOWN = 20
START_SECONDS, BYTES_A_SECOND = 1.5, 1024**2
REPLACED = "Прежняя версия хранится."


def hint(limit_mb: int) -> str:
    return (
        f"XLSX, XLS, ODS или CSV, за один раз до {limit_mb} МБ. Вид каждой таблицы система узнаёт по содержанию: "
        "результаты, апелляции, признаки необъективности или реестр школ. "
        "Фамилии и паспортные данные отбрасываются при чтении, файл не хранится."
    )


# files of a draft ---------------------------------------------------------------------------------------------------


def file_rows(draft: ImportDraft, now: datetime) -> list[dict[str, Any]]:
    """Rows for the list of files."""
    return [_file_row(file, draft, now) for file in draft.files]


def _file_row(file: ImportDraftFile, draft: ImportDraft, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"id": file.id, "name": file.name, "sha256": file.sha256, "facts": ru.file_size(file.size)}
    if file.state in ("refused", "lost"):
        return {**row, "state": "no", "refused": file.fatal, **_advice(file)}
    if file.report is None or draft.reader:
        return {**row, "state": "reading", **_progress(file, now)}
    report = file.report
    rows = ru.counted(report["rows"], "строка", "строки", "строк")
    return {**row, "kind": report["title"], "facts": f"{rows}, {row['facts']}", **_state(report)}


def _advice(file: ImportDraftFile) -> dict[str, str]:
    if file.state == "lost":
        return {"advice": "Остальные файлы это не задержит."}
    if "но нет столб" in file.fatal:
        return {"advice": "Добавьте столбец и загрузите файл ещё раз.", "advice_url": url_for("imports.new") + "#kinds"}
    if "не узнан" in file.fatal:
        return {"advice": "Остальные файлы это не задержит.", "advice_url": url_for("imports.new") + "#kinds"}
    return {"advice": "Остальные файлы это не задержит."}


def _progress(file: ImportDraftFile, now: datetime) -> dict[str, Any]:
    """How far the reading is: by time, as files of this size usually take."""
    if file.state == "waiting":
        return {"percent": 0, "words": "Ждёт очереди"}
    if file.state == "read" or file.started_at is None:
        return {"percent": 100, "words": "Прочитан, сверяем с реестром школ"}
    expected = START_SECONDS + file.size / BYTES_A_SECOND
    percent = max(1, min(95, int(100 * (now - file.started_at).total_seconds() / expected)))
    return {"percent": percent, "words": f"Читаем: около {percent}{ru.NB}%"}


def _state(report: dict[str, Any]) -> dict[str, Any]:
    """The tag and its words."""
    if report["repeated"]:
        return {"state": "neutral", "tag": "Уже загружен", "words": "ничего не изменится"}
    taken, refused, doubts = report["accepted"], report["rejected_rows"], report["doubt_count"]
    if not taken:
        words = f"отклонены все строки, {ru.number(refused)}" if refused else "нет строк для записи"
        return {"state": "no", "words": words}
    if not refused and not doubts:
        whole = taken == report["rows"]
        return {"state": "ok", "words": "приняты все строки" if whole else f"принято {ru.number(taken)}"}
    parts = [f"принято {ru.number(taken)}"]
    parts += [f"отклонено {ru.number(refused)}"] if refused else []
    parts += [f"сомнений {ru.number(doubts)}"] if doubts else []
    return {"state": "doubt", "words": ", ".join(parts)}


def overall(draft: ImportDraft) -> dict[str, Any] | None:
    """The progress of the whole reading."""
    if not draft.reader:
        return None
    total = len(draft.files)
    done = sum(file.state not in UNREAD for file in draft.files)
    if done == total:
        return {"percent": 99, "words": "Все файлы прочитаны, сверяем с реестром школ и прежними результатами"}
    return {"percent": 100 * done // max(1, total), "words": f"Прочитано {done} из {total}"}


# the check ----------------------------------------------------------------------------------------------------------


def checks(draft: ImportDraft) -> list[dict[str, Any]]:
    """For each file with remarks: the first of them by place, value and reason; warnings of the whole file."""
    return [_check(file, file.report) for file in draft.files if file.report and _remarked(file.report)]


def _remarked(report: dict[str, Any]) -> bool:
    return bool(report["rejected"] or report["doubts"] or report["warnings"])


def _check(file: ImportDraftFile, report: dict[str, Any]) -> dict[str, Any]:
    rejected, doubts = remarks_of(report)
    marked = [*((r, "bad") for r in rejected), *((r, "doubt") for r in doubts)]
    words = ""
    if marked:
        words = f"Замечаний: {ru.number(len(rejected) + max(report['doubt_count'], len(doubts)))}."
        words += f" Показаны первые {SHOWN}, остальные в копии." if len(marked) > SHOWN else ""
        words += " Фамилии скрыты и не сохраняются."
    url = url_for("imports.annotated", draft_id=file.draft_id, file_id=file.id) if marked else ""
    return {
        "title": f"Что проверить: {file.name}",
        "words": words,
        "warnings": report["warnings"],
        "columns": [{"title": "Лист"}, {"title": "Столбец"}, {"title": "Значение"}],
        "rows": [_remark(remark, state, bool(report["repeated"])) for remark, state in marked[:SHOWN]],
        "export_url": url,
    }


def _remark(remark: Remark, state: str, repeated: bool) -> dict[str, Any]:
    cells = [
        {"text": remark.sheet},
        {"text": remark.column},
        {"text": remark.value or "пусто", "state": state, "note": remark.reason},
    ]
    fate = ("no", "Не записывается") if state == "bad" else ("doubt", "Записывается")
    return {"number": remark.row, "cells": cells, "status": ("neutral", "Как было") if repeated else fate}


def verdict(draft: ImportDraft) -> dict[str, Any]:
    """Totals, what will be replaced, the box to tick and the button; nothing of it while files are read."""
    if draft.reader or not draft.files:
        return {"totals": [], "submit": ""}
    files = [file for file in draft.files if writing.will_write(file)]
    reports = [file.report for file in files if file.report]
    rejected = sum(report["rejected_rows"] for report in reports)
    numbers = (
        ("будет записано строк", sum(report["accepted"] for report in reports)),
        ("отклонено", rejected),
        ("с сомнением", sum(report["doubt_count"] for report in reports)),
        ("школ с результатами", (draft.summary or {}).get("schools", 0)),
    )
    rows = ru.plural(rejected, "Отклонённая", "Отклонённые", "Отклонённые")
    seen = ru.plural(rejected, "просмотрена", "просмотрены", "просмотрены")
    tick = f"{rows} {ru.counted(rejected, 'строка', 'строки', 'строк')} {seen}, записать без {'неё' if rejected == 1 else 'них'}"
    return {
        "totals": [{"label": label, "value": ru.number(value)} for label, value in numbers] if files else [],
        "nothing": "" if files else "Записывать нечего: новых строк в этих файлах нет.",
        "changes": _changes(reports),
        "confirm": tick if rejected else "",
        "submit": f"Записать {ru.counted(len(files), 'файл', 'файла', 'файлов')}" if files else "",
    }


def _changes(reports: Sequence[dict[str, Any]]) -> str:
    changed = sum(report["changed"] for report in reports if report["kind"] != REGISTRY.kind)
    replaced = [name for report in reports for name in report["replaced"]]
    counts = [report["counts"] for report in reports if report["counts"]]
    words = []
    if counts:
        made, updated = (sum(c[name] for c in counts) for name in ("created", "updated"))
        told = f"новых школ {ru.number(made)}, сведения изменятся у {ru.number(updated)}"
        words.append(f"Реестр школ: {told if made or updated else 'новых школ и изменений в нём нет'}.")
    if replaced:
        names = ", ".join(f"«{name}»" for name in replaced)
        lead = "Будет заменён прежний файл" if len(replaced) == 1 else "Будут заменены прежние файлы"
        words.append(f"{lead}: {names}.")
    if changed:
        words.append(f"Прежних результатов изменится: {ru.number(changed)}.")
    if replaced or changed:
        words.append(f"{REPLACED} Подписанный перечень не изменится.")
    return " ".join(words)


# after the writing --------------------------------------------------------------------------------------------------


def written(draft: ImportDraft) -> dict[str, Any]:
    """Step three: the fate of each file."""
    rows = []
    for file in draft.files:
        report = file.report
        row: dict[str, Any] = {"name": file.name, "kind": report["title"] if report else "", "copy_url": ""}
        if file.state == "read" and report and (report["rejected"] or report["doubts"]):
            row["copy_url"] = url_for("imports.annotated", draft_id=draft.id, file_id=file.id)
        if file.file_id and report:
            row |= {"url": url_for("imports.file", file_id=file.file_id), "accepted": report["accepted"]}
            row["status"] = ("ok", "Записан")
        elif report and report["repeated"]:
            row |= {"accepted": 0, "status": ("neutral", "Уже был загружен")}
        else:
            row |= {
                "accepted": 0,
                "status": ("no", "Не записан"),
                "why": file.fatal or _state(report or {}).get("words"),
            }
        rows.append(row)
    count = sum(1 for row in rows if row["status"][0] == "ok")
    return {
        "rows": rows,
        "heading": f"{ru.plural(count, 'Записан', 'Записаны', 'Записано')} {ru.counted(count, 'файл', 'файла', 'файлов')}",
        "text": f"{ru.counted(sum(r['accepted'] for r in rows), 'строка принята', 'строки приняты', 'строк принято')}.",
    }


def history_row(file: ImportFile, who: dict[int, str]) -> dict[str, Any]:
    """A line of the history."""
    status = ("doubt", "Записан частично") if file.report.get("rejected_rows") else ("ok", "Записан")
    return {
        "url": url_for("imports.file", file_id=file.id),
        "at": file.loaded_at,
        "who": who.get(file.loaded_by or 0, "система"),
        "files": file.name,
        "kind": kind_of(file),
        "rows": file.accepted,
        "status": ("closed", "Заменён") if file.superseded_by else status,
    }


def kind_of(file: ImportFile) -> str:
    return file.report.get("title") or FILE_KINDS.get(file.kind, file.kind)


def unfinished_rows(found: Iterable[ImportDraft]) -> list[dict[str, Any]]:
    """Loads that the person began and has not written."""
    return [
        {
            "url": url_for("imports.show", draft_id=draft.id),
            "at": draft.created_at,
            "files": ru.counted(len(draft.files), "файл", "файла", "файлов"),
            "state": "читаем" if draft.reader else "ждёт записи",
        }
        for draft in found
    ]


def card(file: ImportFile, *, who: str, later: ImportFile | None, earlier: Sequence[ImportFile]) -> dict[str, Any]:
    """One loaded file: what was taken of it, what was not, its versions."""
    report = file.report
    rejected, _ = remarks_of(report)
    numbers = (("строк в файле", file.rows), ("принято", file.accepted), ("отклонено", report.get("rejected_rows", 0)))
    return {
        "file": file,
        "who": who,
        "kind": kind_of(file),
        "numbers": [{"label": label, "value": ru.number(value)} for label, value in numbers],
        "rows": [_remark(remark, "bad", False) for remark in rejected[:SHOWN]],
        "left": max(0, len(rejected) - SHOWN),
        "warnings": report.get("warnings", [])[:SHOWN],
        "later": later and {"title": later.name, "url": url_for("imports.file", file_id=later.id)},
        "earlier": [{"title": f.name, "url": url_for("imports.file", file_id=f.id)} for f in earlier],
        "export_url": url_for("imports.file_remarks", file_id=file.id) if rejected else "",
    }
