"""Contexts of papers, schools and people, and the table of all pages; invented throughout."""

from __future__ import annotations

from datetime import date

from app.cases.awaited import Whom
from app.cases.registry import Wanted
from tests.web.sampleresults import IMPORT, RUN, VERDICT
from tests.web.samples import CASE, DOCUMENTS, HASH, LONG, NO_TASKS, NOW, PEOPLE, REMARK, TASKS, due

PAPER = """<p class="op-paper__c"><b>МИНИСТЕРСТВО ОБРАЗОВАНИЯ</b></p><p class="op-paper__kind">ПРИКАЗ</p>
<p onclick="alert(1)">1. Утвердить прилагаемый перечень из <mark>46 школ</mark>.</p><script>alert(1)</script>
<table><thead><tr><th scope="col">№</th><th scope="col">Наименование</th></tr></thead>
<tbody><tr><td>1</td><td>МБОУ «СОШ»</td></tr></tbody></table>"""
APPROVAL = {
    "page_title": "Лист согласования приказа о перечне школ",
    "caption": "Проект приказа, второй круг",
    "status": ("now", "Согласуется, 3 из 5"),
    "due": due(25, 2, "soon"),
    "executor": "Ветрова Л. Н.",
    "edition": {"number": 2, "at": NOW, "note": "Жёлтым отмечено изменённое.", "pdf_url": "/pdf"},
    "paper": PAPER,
    "rounds": [
        {
            "title": "Круг 2, с 18 сентября",
            "lines": [
                {
                    "state": "ok",
                    "name": "Горбачёва Р. И.",
                    "post": "начальник отдела",
                    "words": "Согласовано 18 сентября, 14:05",
                },
                {
                    "state": "now",
                    "name": "Лиходеева О. С.",
                    "you": True,
                    "for_whom": "Заварзину Т. П.",
                    "words": "Ждём с 21 сентября",
                    "current": True,
                },
                {"state": "later", "name": "Тихонравов П. Е.", "words": "Получит после"},
            ],
        },
        {
            "title": "Круг 1: согласовали 2",
            "lines": [{"state": "lapsed", "name": "Горбачёва Р. И.", "words": "Подпись отпала"}],
        },
    ],
    "remarks": [
        REMARK,
        {**REMARK, "verdict": "declined", "dispute_url": "/dispute"},
        {"text": "Новое", "who": "Осокин Д. В.", "at": NOW},
    ],
    "sign": {
        "action": "/sign",
        "version": 3,
        "hash": HASH,
        "acting": {"for_whom": "Заварзину Т. П.", "basis": "приказа № 61-к"},
        "choices": [("agreed", "Согласовано"), ("remarks", "Согласовано с замечаниями"), ("refused", "Не согласовано")],
        "errors": {"password": ["Пароль не подошёл. Введите его ещё раз."], "conclusion": ["Выберите заключение."]},
    },
}
DOCUMENT = {
    "document": {
        "title": "Приказ о перечне школ",
        "caption": "Министерство образования",
        "status": ("signed", ""),
        "facts": ["от 25.09.2026"],
        "number": "№ 01-21/1187",
        "hash": HASH,
        "pdf_url": "/pdf",
        "code": "7F3A-20C4-9BE1-55D0",
        "verify_url": "/verify/7F3A",
        "editions": [{"title": "Редакция 1", "url": "/e1", "facts": "18 сентября"}],
    },
    "paper": PAPER,
    "signed": [{"name": "Тихонравов П. Е.", "post": "министр", "at": NOW}],
    "sheet_url": "/sheet",
    "attachments": [{"name": "План мероприятий.pdf", "size": 48_213, "url": "/files/1"}],
    "replaced": {"text": "Утратил силу 25 сентября.", "url": "/new"},
    "case": {"title": "Кампания 2026/27", "url": "/c"},
}
SCHOOL = {
    "school": {
        "name": "МБОУ «Красноключевская СОШ»",
        "full_name": LONG,
        "caption": "Верхнеозёрский район",
        "status": ("ok", "Действует"),
        "facts": ["386 учеников"],
    },
    "known": [{"label": "Код ОО", "value": "214007", "source": "реестр школ"}],
    "codes": [{"system": "Код ОО", "code": "214007", "since": date(2019, 9, 1)}],
    "names": [{"name": "Красноключевская школа", "since": date(2001, 1, 1), "until": date(2019, 8, 31)}],
    "cases": DOCUMENTS,
    "people": PEOPLE,
    "results": [{"year": "2025/26", "url": "/v", "text": "3 низких результата"}],
}
PERSON = {
    "person": {
        "name": "Седова Мария Петровна",
        "caption": "Управление образования",
        "status": ("ok", "Вход открыт"),
        "facts": [],
    },
    "positions": [
        {
            "title": "Муниципальный координатор",
            "place": "Верхнеозёрский район",
            "since": date(2026, 1, 12),
            "end_url": "/end",
        }
    ],
    "substitutions": [
        {
            "who": "Седова М. П.",
            "for_whom": "Горелову А. И.",
            "since": date(2026, 11, 16),
            "until": date(2026, 11, 30),
            "basis": "приказ № 88-к",
            "end_url": "/end",
        }
    ],
    "substitute_url": "/s",
    "add_url": "/a",
    "account": [{"label": "Логин", "value": "sedova"}],
    "actions": [{"url": "/reset", "text": "Сбросить пароль"}],
    "sessions": [{"at": NOW, "device": "Chromium, Linux", "end_url": "/x"}],
}
CASES = {
    "summary": "46 дел",
    "chips": [{"title": "Все", "url": "?", "count": 46, "current": True}],
    "words": "Показано дел: 1 из 46",
    "next_url": "?a",
    "left": 45,
    "export_url": "/x",
    "wanted": Wanted(kind="support_cycle", status="all", chosen={"track": "low"}),
    "narrowed": True,
    "clear_url": "/c",
    "states": {"open": "В работе", "all": "Все"},
    "sorts": {"new": "сначала новые", "due": "по сроку"},
    "filters": [{"key": "track", "title": "Категория", "options": {"low": "низкие результаты"}, "chosen": "low"}],
    "columns": [{"title": title} for title in ("Дело", "Куратор", "Строк", "Кого ждём", "Срок", "Состояние")],
    "titles": [("curator", "Куратор", False), ("lines", "Строк", True)],
    "rows": [
        {
            "cells": {"curator": "Ветрова Л. Н.", "lines": 12},
            "url": "/c/1",
            "title": "МБОУ «Красноключевская СОШ»",
            "where": "Верхнеозёрский район",
            "stage": "дорожная карта",
            "waits": Whom("Директор школы", "и ещё 2"),
            "due": due(25, 2),
            "status": ("wait", "Ждёт школу"),
        }
    ],
}

PAGES: dict[str, tuple[str, dict]] = {
    "tasks": ("tasks/list.html", TASKS),
    "tasks-none": ("tasks/list.html", NO_TASKS),
    "case": ("cases/show.html", CASE),
    "feed": (
        "cases/feed.html",
        {**CASE, "words": "Показано 2 из 64", "next_url": "?", "left": 62, "asof": {"value": "01.11.2026"}},
    ),
    "cases": ("cases/list.html", CASES),
    "verdict": ("identification/verdict.html", VERDICT),
    "run": ("identification/run.html", RUN),
    "import-new": ("imports/new.html", IMPORT),
    "import": ("imports/show.html", IMPORT),
    "imports": (
        "imports/list.html",
        {
            "rows": [
                {
                    "url": "/i/1",
                    "at": NOW,
                    "who": "Ветрова Л. Н.",
                    "files": "2 файла",
                    "rows": 14953,
                    "status": ("done", "Записана"),
                }
            ],
            "words": "Показано 1",
            "new_url": "/new",
        },
    ),
    "approval": ("approval/show.html", APPROVAL),
    "document": ("documents/show.html", DOCUMENT),
    "documents": (
        "documents/list.html",
        {
            "summary": "8 документов",
            "words": "Показано 1",
            "rows": [
                {
                    "url": "/d",
                    "title": "Приказ",
                    "number": "№ 5",
                    "date": NOW,
                    "case": "Кампания",
                    "case_url": "/c",
                    "status": ("signed", ""),
                }
            ],
        },
    ),
    "school": ("schools/show.html", SCHOOL),
    "person": ("people/show.html", PERSON),
    "people": (
        "people/list.html",
        {
            "total": 1,
            "next_url": "?after=1",
            "new_url": "/n",
            "substitutes_url": "/s",
            "organisations_url": "/o",
            "rows": [
                {
                    "url": "/p",
                    "name": "Седова М. П.",
                    "login": "sedova",
                    "positions": ["Координатор"],
                    "status": ("ok", "Открыт"),
                    "seen_at": NOW,
                }
            ],
        },
    ),
    "signin": (
        "account/signin.html",
        {
            "error": {"heading": "Войти не получилось", "text": "Логин или пароль не подошли."},
            "demo": [{"login": "sedova", "title": "Координатор", "place": "район"}],
            "demo_password": "opora",
            "verify_url": "/verify",
        },
    ),
    "second": ("account/second.html", {"error": "Код не подошёл."}),
    "verify": (
        "verify/show.html",
        {
            "answer": {
                "kind": "genuine",
                "heading": "Документ подлинный, файл не менялся",
                "text": "",
                "hash": HASH,
                "rows": [{"label": "Документ", "value": "Приказ № 01-21/1187"}],
                "checked": NOW,
            },
            "errors": {"code": ["Такого кода нет."]},
        },
    ),
    "done": (
        "tasks/done.html",
        {
            "page_title": "Карта отправлена куратору",
            "text": "Куратор ответит до 12 декабря.",
            "next": "",
            "more_url": "/tasks/2",
            "case": {"title": "Дело школы", "url": "/cases/1"},
        },
    ),
    "confirm": (
        "forms/confirm.html",
        {
            "page_title": "Отозвать приказ № 412-о",
            "text": "Куратор потеряет доступ к делу.",
            "action": "/x",
            "submit": "Отозвать приказ",
            "danger": True,
            "reason": "Почему",
            "reason_error": "Впишите причину",
            "cancel": {"title": "Оставить как есть", "url": "/"},
        },
    ),
}
