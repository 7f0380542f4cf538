"""Contexts of results: verdict, run, import; invented throughout."""

from __future__ import annotations

from tests.web.samples import HASH, LONG


def result(procedure: str, took: int, failed: int, **more) -> dict:
    return {
        "procedure": procedure,
        "took": took,
        "failed": failed,
        "share": failed * 100 / took,
        "source": {"text": "ВПР_МА6.xlsx", "url": "/s", "row": 4310},
        **more,
    }


VERDICT = {
    "school": {"name": "МБОУ «Красноключевская СОШ»"},
    "caption": "Предварительный перечень на 2026/27 учебный год",
    "status": ("doubt", "Предварительно, до приказа"),
    "verdict": {
        "heading": "Выполнены оба критерия региона, достаточно одного",
        "points": [{"label": "К1", "text": "Низкий результат по 3 процедурам. Нужно 2 и больше."}],
        "meaning": "Низкий результат — когда 30 % участников и больше получили «2».",
        "rule": "Правило: версия 3. Расчёт № 12.",
    },
    "years": [
        {
            "title": "Результаты 2025/26 учебного года",
            "rows": [result("ВПР, математика, 6 класс", 52, 19, low=True), result("ЕГЭ, математика", 8, 2, small=True)],
            "more": {"url": "?all=1", "text": "Показать остальные 5 процедур"},
        }
    ],
    "line": 30,
    "arithmetic": "ОГЭ по математике: 12 × 100 = 1200, 39 × 30 = 1170 — результат низкий.",
    "flags": [
        {"kind": "warn", "title": "Малая выборка", "text": "ЕГЭ сдавали 8 человек."},
        {"kind": "ok", "title": "Признаков необъективности нет", "text": "Школы нет в списке."},
    ],
    "objection": {
        "text": "Подать возражение можно до 8 сентября, осталось 4 рабочих дня.",
        "basis": "Пункт 3.2 Концепции.",
        "url": "/o",
        "confirm_url": "/c",
    },
    "trial": {
        "t": 35,
        "n": 10,
        "k2": "any",
        "k2_choices": [("any", "любая процедура"), ("same", "одна и та же")],
        "result": {
            "heading": "При пороге 35 % школа не вошла бы в перечень",
            "text": "Низкой осталась бы одна процедура.",
        },
    },
}
RUN = {
    "run": {
        "title": "Расчёт № 12",
        "caption": "Кампания 2026/27",
        "facts": ["1 сентября, 11:04"],
        "status": ("now", "Предварительный"),
        "rule": {"title": "Правило региона", "version": 3, "basis": "пункт 3.3", "url": "/r"},
        "made": "Сделал Ветров Л. Н.",
    },
    "progress": {"percent": 62, "words": "Считаем: 62 %, ещё около 20 секунд"},
    "live_url": "/sample/progress",
    "numbers": [{"label": "школ проверено", "value": "751"}, {"label": "включено", "value": "46", "url": "?in"}],
    "chips": [{"title": "Включены", "url": "?", "count": 46, "current": True}],
    "note": "По алфавиту, не по доле.",
    "rows": [
        {
            "url": "/v/1",
            "school": "МБОУ «Красноключевская СОШ»",
            "place": "Верхнеозёрский район",
            "low": "3 процедуры",
            "criteria": "К1, К2",
            "flags": ["малая выборка"],
            "status": ("low", "Включается"),
        }
    ],
    "words": "Показано школ: 1 из 46",
    "next_url": "?after=1",
    "left": 45,
    "export_url": "/x",
    "actions": [{"url": "/approve", "text": "Утвердить предварительный перечень", "kind": ""}],
}
FILES = [
    {
        "id": "1",
        "name": "ВПР_МА6_2026.xlsx",
        "kind": "ВПР, математика, 6 класс",
        "facts": "748 строк школ, 1,1 МБ",
        "sha256": HASH,
        "state": "ok",
        "words": "приняты все 748 строк",
    },
    {
        "id": "3",
        "name": "ЕГЭ_01_2026_основной_период_все_муниципалитеты.xlsx",
        "kind": "ЕГЭ, русский язык",
        "facts": "",
        "state": "reading",
        "percent": 62,
        "words": "Читаем: 62 %, ещё около 20 секунд",
    },
    {
        "id": "4",
        "name": "Свод по району.xlsx",
        "state": "no",
        "refused": "Вид не узнан: нет столбца «Код ОО».",
        "advice": "Добавьте столбец и загрузите файл ещё раз.",
        "advice_url": "/help",
    },
]
IMPORT = {
    "caption": "Кампания 2026/27 учебного года",
    "history": {"title": "Прежние загрузки (17)", "url": "/imports"},
    "version": 2,
    "files": FILES,
    "reading": True,
    "live_url": "/sample/files",
    "hint": "XLSX, XLS, ODS или CSV, до 200 МБ.",
    "checks": [
        {
            "title": "Что проверить: ОГЭ_22_2026.csv",
            "words": "Показаны только строки с замечаниями, 2 из 14 208.",
            "columns": [{"title": "Код ОО"}, {"title": "Школа по реестру"}, {"title": "Оценка", "numeric": True}],
            "rows": [
                {
                    "number": 1204,
                    "status": ("no", "Не записывается"),
                    "cells": [
                        {"text": "21407", "state": "bad", "note": "5 знаков вместо 6"},
                        {"text": "не найдена"},
                        {"text": "3", "numeric": True},
                    ],
                },
                {
                    "number": 4310,
                    "status": ("doubt", "Записывается, «2»"),
                    "cells": [
                        {"text": "214007"},
                        {"text": LONG},
                        {"text": "2", "numeric": True, "state": "doubt", "note": "по баллам «3»"},
                    ],
                },
            ],
            "export_url": "/x",
        }
    ],
    "totals": [{"label": "будет записано строк", "value": "14 953"}, {"label": "отклонено", "value": "3"}],
    "changes": "Прежние результаты будут заменены: изменятся 12 строк.",
    "confirm": "Отклонённые 3 строки просмотрены, записать без них",
    "confirm_error": "Отметьте, что строки просмотрены",
    "submit": "Записать 2 проверенных файла",
}
