"""Contexts of every page, invented throughout: the shape each template documents at its top."""

from __future__ import annotations

from datetime import UTC, date, datetime

from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from tests.web.sampleforms import RoadMap

NOW = datetime(2026, 11, 23, 9, 32, tzinfo=UTC)
HASH = "4be19c0752fa6d11a0c3" * 3 + "d3a8"
LONG = "МБОУ «Каменноовражная основная общеобразовательная школа» муниципального образования Верхнеозёрский район"


def due(day: int, left: int | None, state: str = "") -> dict:
    return {"date": date(2026, 11, day), "left": left, "state": state}


def task(number: int, name: str, where: str, term: dict, **more) -> dict:
    return {"id": str(number), "url": f"/tasks/{number}", "name": name, "where": where, "stage": "Этап 3 из 6: дорожная карта",
            "due": term, "others": "Методическая служба", "more": "ещё 3 человека", **more}


TASKS = {
    "summary": "14 задач по 6 школам. Две просрочены, две надо сделать сегодня.",
    "chips": [{"title": "Все", "url": "?", "count": 14, "current": True}, {"title": "Просроченные", "url": "?late=1", "count": 2},
              {"title": "Можно взять", "url": "?who=common", "count": 9}],
    "filter": {"stages": [("3", "дорожная карта")]},
    "groups": [
        {"key": "late", "title": "Просрочено", "late": True,
         "tasks": [task(1, "Согласовать приказ о замене куратора", LONG, due(19, -2, "late"))]},
        {"key": "today", "title": "Сегодня, 23 ноября",
         "tasks": [task(2, "Ознакомиться с рисковым профилем школы", "МБОУ «Красноключевская СОШ»", due(23, 0, "soon"), checked=True)]},
        {"key": "later", "title": "Позже",
         "tasks": [task(3, "Согласовать дорожную карту", "МБОУ «Степновская СОШ»", due(30, None, "wait"), claim=True, others="")]},
    ],
    "total": 14, "shown": 3, "next_url": "?after=3", "left": 5, "export_url": "/tasks.xlsx",
    "actions": [{"value": "read", "title": "Отметить «Ознакомлен»"}, {"value": "claim", "title": "Взять"}],
}
NO_TASKS = {**TASKS, "groups": [], "empty": {
    "heading": "Задач нет", "why": "Сейчас от вас ничего не ждут. Новая задача появится здесь, и на служебную почту придёт письмо.",
    "next": "Ближайшее событие: 2 декабря куратор посетит школу.", "links": [{"title": "Посмотреть дела школ", "url": "/cases"}]}}

REMARK = {"text": "Пункт 3: слова „в короткий срок“ заменить на срок в рабочих днях.", "who": "Заварзина Т. П.", "at": NOW,
          "verdict": "accepted", "answer": "Поставлено 10 рабочих дней.", "answered_by": "Ветрова Л. Н.", "answered_at": NOW}
EVENTS = [
    {"title": "Изменена дорожная карта", "at": NOW, "who": "Дроздова Е. К., заместитель директора", "text": "Добавлены 2 мероприятия."},
    {"title": "Утверждён рисковый профиль", "at": datetime(2026, 11, 9, 12, 5, tzinfo=UTC), "who": "Ветрова Л. Н.", "key": True,
     "text": "Начался срок дорожной карты.", "url": "/documents/2", "link": "Профиль"},
]
DOCUMENTS = [{"title": "Дорожная карта, второй круг", "url": "/documents/1", "status": ("draft", ""), "facts": "изменена сегодня"},
             {"title": "Рисковый профиль школы", "url": "/documents/2", "status": ("signed", ""), "facts": "от 09.11.2026 № 214-РП"}]
PEOPLE = [{"role": "Школа, директор", "name": "Кречетова Н. В.", "phone": "8 (353) 000-00-00"},
          {"role": "Куратор", "name": "Горелова А. И.", "substitute": "До 30 ноября за неё Седова М. П., приказ от 16.11.2026 № 88-к"}]
CASE = {
    "case": {"title": "МБОУ «Красноключевская СОШ»", "caption": "Дело № 2026-0047, первый год поддержки", "full_name": LONG,
             "facts": ["Код ОО 214007", Markup('<a href="/verdicts/1">Почему школа в перечне</a>')], "status": ("wait", "Ждёт школу")},
    "stages": [{"title": "Идентификация", "words": "завершена 9 октября", "state": "done"},
               {"title": "Диагностика", "words": "завершена 9 ноября", "state": "done"},
               {"title": "Дорожная карта", "words": "сейчас, до 9 декабря", "state": "now"},
               {"title": "Наставничество", "words": "сейчас, до 1 мая", "state": "now"},
               {"title": "Обучение", "words": "с 10 декабря", "state": ""}, {"title": "Годовая оценка", "words": "с 1 июня", "state": ""}],
    "why": {"now": "С 16 ноября школа дополняет дорожную карту: директор отвечает на 2 замечания куратора.",
            "next": "Если до 9 декабря карта не поступит, 10 декабря задача появится у управления образования."},
    "parts": [{"title": "Обзор", "url": "#main", "current": True}, {"title": "Задачи", "url": "#", "count": 3},
              {"title": "Лента", "url": "#", "count": 64}],
    "deadline": {"days": 12, "unit": "рабочих дней", "heading": "Представить дорожную карту — до 9 декабря",
                 "basis": "30 календарных дней со дня утверждения рискового профиля. Основание: пункт 4.4.2 Концепции.", "url": "/terms"},
    "diagram": {"xml": "/sample/map.bpmn", "state": "/sample/state.json", "every": 5,
                "steps": [{"state": "done", "text": "диагностика, 9 ноября."}, {"state": "now", "text": "школа дополняет карту."},
                          {"text": "Дальше: директор утверждает карту."}]},
    "events": EVENTS, "event_filters": [{"title": "Всё", "url": "#feed", "current": True}, {"title": "Решения и подписи", "url": "#feed"}],
    "older": {"url": "?", "count": 60}, "people": PEOPLE, "documents": DOCUMENTS, "documents_url": "/d", "documents_count": 8,
    "subcases": [{"title": "Маршруты педагогов, 7 дел", "url": "#", "status": ("now", ""), "facts": "4 согласованы"}],
    "tasks": [{"url": "/tasks/1", "name": "Согласовать карту", "due": due(25, 2)}],
    "actions": [{"url": "/cases/1/pause", "text": "Приостановить срок"}],
}


def road_map(*, errors: bool) -> RoadMap:
    rows = [("2", "Сетевой договор с лицеем", "01.07.2027", "Кречетова Н. В.", "18"), ("11", "", "32.12.2026", "", "36,5 %")]
    data = MultiDict({"council": "31.11.2026", "protocol": "4", "answer": "", "decision": "yes", "school": "1", "agree": "y"})
    for n, row in enumerate(rows):
        for name, value in zip(("risk", "title", "due", "who", "now"), row, strict=True):
            data[f"measures-{n}-{name}"] = value
    form = RoadMap(data)
    if errors:
        assert not form.validate()
    return form


def form_page(*, errors: bool = True) -> dict:
    return {
        "form": road_map(errors=errors), "version": 7, "caption": "МБОУ «Красноключевская СОШ», этап 3 из 6", "due": due(30, 5, "soon"),
        "others": "Дроздова Е. К., заместитель директора", "status": ("back", "Возвращено, 2 замечания"),
        "draft": {"url": "/drafts/17", "key": "17:4", "version": 3, "saved": NOW}, "remarks": [REMARK],
        "known": [{"label": "Риски", "value": "Дефицит кадров", "source": {"text": "рисковый профиль № 214-РП", "url": "/documents/2"}}],
        "help": ["На каждый риск — хотя бы одно мероприятие.", "Показатель можно измерить."], "basis": "пункт 4.4.2 Концепции",
        "conflict": {"title": "Коллега изменил мероприятие 1, пока вы писали", "text": "Ваш вариант не потерян, выберите один.",
                     "mine_at": "14:30", "theirs_by": "Дроздова Е. К.", "theirs_at": "14:31",
                     "fields": [{"label": "Срок", "mine": "до 15 марта 2027", "theirs": "до 26 февраля 2027"}]} if errors else None,
        "crumbs": [("Мои задачи", "/tasks"), ("Дело школы", "/cases/1")],
    }


def result(procedure: str, took: int, failed: int, **more) -> dict:
    return {"procedure": procedure, "took": took, "failed": failed, "share": failed * 100 / took,
            "source": {"text": "ВПР_МА6.xlsx", "url": "/s", "row": 4310}, **more}


VERDICT = {
    "school": {"name": "МБОУ «Красноключевская СОШ»"}, "caption": "Предварительный перечень на 2026/27 учебный год",
    "status": ("doubt", "Предварительно, до приказа"),
    "verdict": {"heading": "Выполнены оба критерия региона, достаточно одного",
                "points": [{"label": "К1", "text": "Низкий результат по 3 процедурам. Нужно 2 и больше."}],
                "meaning": "Низкий результат — когда 30 % участников и больше получили «2».", "rule": "Правило: версия 3. Расчёт № 12."},
    "years": [{"title": "Результаты 2025/26 учебного года",
               "rows": [result("ВПР, математика, 6 класс", 52, 19, low=True), result("ЕГЭ, математика", 8, 2, small=True)],
               "more": {"url": "?all=1", "text": "Показать остальные 5 процедур"}}],
    "line": 30, "arithmetic": "ОГЭ по математике: 12 × 100 = 1200, 39 × 30 = 1170 — результат низкий.",
    "flags": [{"kind": "warn", "title": "Малая выборка", "text": "ЕГЭ сдавали 8 человек."},
              {"kind": "ok", "title": "Признаков необъективности нет", "text": "Школы нет в списке."}],
    "objection": {"text": "Подать возражение можно до 8 сентября, осталось 4 рабочих дня.", "basis": "Пункт 3.2 Концепции.", "url": "/o",
                  "confirm_url": "/c"},
    "trial": {"t": 35, "n": 10, "k2": "any", "k2_choices": [("any", "любая процедура"), ("same", "одна и та же")],
              "result": {"heading": "При пороге 35 % школа не вошла бы в перечень", "text": "Низкой осталась бы одна процедура."}},
}
RUN = {
    "run": {"title": "Расчёт № 12", "caption": "Кампания 2026/27", "facts": ["1 сентября, 11:04"], "status": ("now", "Предварительный"),
            "rule": {"title": "Правило региона", "version": 3, "basis": "пункт 3.3", "url": "/r"}, "made": "Сделал Ветров Л. Н."},
    "progress": {"percent": 62, "words": "Считаем: 62 %, ещё около 20 секунд"}, "live_url": "/sample/progress",
    "numbers": [{"label": "школ проверено", "value": "751"}, {"label": "включено", "value": "46", "url": "?in"}],
    "chips": [{"title": "Включены", "url": "?", "count": 46, "current": True}], "note": "По алфавиту, не по доле.",
    "rows": [{"url": "/v/1", "school": "МБОУ «Красноключевская СОШ»", "place": "Верхнеозёрский район", "low": "3 процедуры",
              "criteria": "К1, К2", "flags": ["малая выборка"], "status": ("low", "Включается")}],
    "words": "Показано школ: 1 из 46", "next_url": "?after=1", "left": 45, "export_url": "/x",
    "actions": [{"url": "/approve", "text": "Утвердить предварительный перечень", "kind": ""}],
}
FILES = [
    {"id": "1", "name": "ВПР_МА6_2026.xlsx", "kind": "ВПР, математика, 6 класс", "facts": "748 строк школ, 1,1 МБ", "sha256": HASH,
     "state": "ok", "words": "приняты все 748 строк"},
    {"id": "3", "name": "ЕГЭ_01_2026_основной_период_все_муниципалитеты.xlsx", "kind": "ЕГЭ, русский язык", "facts": "", "state": "reading",
     "percent": 62, "words": "Читаем: 62 %, ещё около 20 секунд"},
    {"id": "4", "name": "Свод по району.xlsx", "state": "no", "refused": "Вид не узнан: нет столбца «Код ОО».",
     "advice": "Добавьте столбец и загрузите файл ещё раз.", "advice_url": "/help"},
]
IMPORT = {
    "caption": "Кампания 2026/27 учебного года", "history": {"title": "Прежние загрузки (17)", "url": "/imports"}, "version": 2,
    "files": FILES, "reading": True, "live_url": "/sample/files", "hint": "XLSX, XLS, ODS или CSV, до 200 МБ.",
    "checks": [{"title": "Что проверить: ОГЭ_22_2026.csv", "words": "Показаны только строки с замечаниями, 2 из 14 208.",
                "columns": [{"title": "Код ОО"}, {"title": "Школа по реестру"}, {"title": "Оценка", "numeric": True}],
                "rows": [{"number": 1204, "status": ("no", "Не записывается"), "cells": [
                    {"text": "21407", "state": "bad", "note": "5 знаков вместо 6"}, {"text": "не найдена"}, {"text": "3", "numeric": True}]},
                    {"number": 4310, "status": ("doubt", "Записывается, «2»"), "cells": [
                        {"text": "214007"}, {"text": LONG}, {"text": "2", "numeric": True, "state": "doubt", "note": "по баллам «3»"}]}],
                "export_url": "/x"}],
    "totals": [{"label": "будет записано строк", "value": "14 953"}, {"label": "отклонено", "value": "3"}],
    "changes": "Прежние результаты будут заменены: изменятся 12 строк.", "confirm": "Отклонённые 3 строки просмотрены, записать без них",
    "confirm_error": "Отметьте, что строки просмотрены", "submit": "Записать 2 проверенных файла",
}
PAPER = """<p class="op-paper__c"><b>МИНИСТЕРСТВО ОБРАЗОВАНИЯ</b></p><p class="op-paper__kind">ПРИКАЗ</p>
<p onclick="alert(1)">1. Утвердить прилагаемый перечень из <mark>46 школ</mark>.</p><script>alert(1)</script>
<table><thead><tr><th scope="col">№</th><th scope="col">Наименование</th></tr></thead><tbody><tr><td>1</td><td>МБОУ «СОШ»</td></tr></tbody></table>"""
APPROVAL = {
    "page_title": "Лист согласования приказа о перечне школ", "caption": "Проект приказа, второй круг", "status": ("now", "Согласуется, 3 из 5"),
    "due": due(25, 2, "soon"), "executor": "Ветрова Л. Н.", "edition": {"number": 2, "at": NOW, "note": "Жёлтым отмечено изменённое.",
                                                                       "pdf_url": "/pdf"}, "paper": PAPER,
    "rounds": [{"title": "Круг 2, с 18 сентября", "lines": [
        {"state": "ok", "name": "Горбачёва Р. И.", "post": "начальник отдела", "words": "Согласовано 18 сентября, 14:05"},
        {"state": "now", "name": "Лиходеева О. С.", "you": True, "for_whom": "Заварзину Т. П.", "words": "Ждём с 21 сентября", "current": True},
        {"state": "later", "name": "Тихонравов П. Е.", "words": "Получит после"}]},
        {"title": "Круг 1: согласовали 2", "lines": [{"state": "lapsed", "name": "Горбачёва Р. И.", "words": "Подпись отпала"}]}],
    "remarks": [REMARK, {**REMARK, "verdict": "declined", "dispute_url": "/dispute"}, {"text": "Новое", "who": "Осокин Д. В.", "at": NOW}],
    "sign": {"action": "/sign", "version": 3, "hash": HASH, "acting": {"for_whom": "Заварзину Т. П.", "basis": "приказа № 61-к"},
             "choices": [("agreed", "Согласовано"), ("remarks", "Согласовано с замечаниями"), ("refused", "Не согласовано")],
             "errors": {"password": ["Пароль не подошёл. Введите его ещё раз."], "conclusion": ["Выберите заключение."]}},
}
DOCUMENT = {
    "document": {"title": "Приказ о перечне школ", "caption": "Министерство образования", "status": ("signed", ""), "facts": ["от 25.09.2026"],
                 "number": "№ 01-21/1187", "hash": HASH, "pdf_url": "/pdf", "code": "7F3A-20C4-9BE1-55D0", "verify_url": "/verify/7F3A",
                 "editions": [{"title": "Редакция 1", "url": "/e1", "facts": "18 сентября"}]},
    "paper": PAPER, "signed": [{"name": "Тихонравов П. Е.", "post": "министр", "at": NOW}], "sheet_url": "/sheet",
    "attachments": DOCUMENTS, "replaced": {"text": "Утратил силу 25 сентября.", "url": "/new"}, "case": {"title": "Кампания 2026/27", "url": "/c"},
}
SCHOOL = {
    "school": {"name": "МБОУ «Красноключевская СОШ»", "full_name": LONG, "caption": "Верхнеозёрский район", "status": ("ok", "Действует"),
               "facts": ["386 учеников"]},
    "known": [{"label": "Код ОО", "value": "214007", "source": "реестр школ"}],
    "codes": [{"system": "Код ОО", "code": "214007", "since": date(2019, 9, 1)}],
    "names": [{"name": "Красноключевская школа", "since": date(2001, 1, 1), "until": date(2019, 8, 31)}],
    "cases": DOCUMENTS, "people": PEOPLE, "results": [{"year": "2025/26", "url": "/v", "text": "3 низких результата"}],
}
PERSON = {
    "person": {"name": "Седова Мария Петровна", "caption": "Управление образования", "status": ("ok", "Вход открыт"), "facts": []},
    "positions": [{"title": "Муниципальный координатор", "place": "Верхнеозёрский район", "since": date(2026, 1, 12), "end_url": "/end"}],
    "substitutions": [{"who": "Седова М. П.", "for_whom": "Горелову А. И.", "since": date(2026, 11, 16), "until": date(2026, 11, 30),
                       "basis": "приказ № 88-к", "end_url": "/end"}],
    "substitute_url": "/s", "add_url": "/a", "account": [{"label": "Логин", "value": "sedova"}],
    "actions": [{"url": "/reset", "text": "Сбросить пароль"}], "sessions": [{"at": NOW, "device": "Chromium, Linux", "end_url": "/x"}],
}
CASES = {"summary": "46 дел", "chips": [{"title": "Все", "url": "?", "count": 46, "current": True}], "words": "Показано дел: 1 из 46",
         "next_url": "?a", "left": 45, "export_url": "/x", "rows": [
             {"url": "/c/1", "title": "МБОУ «Красноключевская СОШ»", "where": "Верхнеозёрский район", "stage": "дорожная карта",
              "waits": "школу", "due": due(25, 2), "status": ("wait", "Ждёт школу")}]}

PAGES: dict[str, tuple[str, dict]] = {
    "tasks": ("tasks/list.html", TASKS), "tasks-none": ("tasks/list.html", NO_TASKS), "case": ("cases/show.html", CASE),
    "feed": ("cases/feed.html", {**CASE, "words": "Показано 2 из 64", "next_url": "?", "left": 62, "asof": {"value": "01.11.2026"}}),
    "cases": ("cases/list.html", CASES), "verdict": ("identification/verdict.html", VERDICT), "run": ("identification/run.html", RUN),
    "import-new": ("imports/new.html", IMPORT), "import": ("imports/show.html", IMPORT),
    "imports": ("imports/list.html", {"rows": [{"url": "/i/1", "at": NOW, "who": "Ветрова Л. Н.", "files": "2 файла", "rows": 14953,
                                                "status": ("done", "Записана")}], "words": "Показано 1", "new_url": "/new"}),
    "approval": ("approval/show.html", APPROVAL), "document": ("documents/show.html", DOCUMENT),
    "documents": ("documents/list.html", {"summary": "8 документов", "words": "Показано 1", "rows": [
        {"url": "/d", "title": "Приказ", "number": "№ 5", "date": NOW, "case": "Кампания", "case_url": "/c", "status": ("signed", "")}]}),
    "school": ("schools/show.html", SCHOOL), "person": ("people/show.html", PERSON),
    "people": ("people/list.html", {"words": "Показано 1", "new_url": "/n", "rows": [
        {"url": "/p", "name": "Седова М. П.", "login": "sedova", "positions": ["Координатор"], "status": ("ok", "Открыт"), "note": "был вчера"}]}),
    "signin": ("account/signin.html", {"error": {"heading": "Войти не получилось", "text": "Логин или пароль не подошли."},
                                       "demo": [{"login": "sedova", "title": "Координатор", "place": "район"}], "demo_password": "opora",
                                       "verify_url": "/verify"}),
    "second": ("account/second.html", {"error": "Код не подошёл."}),
    "verify": ("verify/show.html", {"answer": {"kind": "genuine", "heading": "Документ подлинный, файл не менялся", "text": "", "hash": HASH,
                                               "rows": [{"label": "Документ", "value": "Приказ № 01-21/1187"}], "checked": NOW},
                                    "errors": {"code": ["Такого кода нет."]}}),
    "done": ("tasks/done.html", {"page_title": "Карта отправлена куратору", "text": "Куратор ответит до 12 декабря.", "next": "",
                                 "more_url": "/tasks/2", "case": {"title": "Дело школы", "url": "/cases/1"}}),
    "confirm": ("forms/confirm.html", {"page_title": "Отозвать приказ № 412-о", "text": "Куратор потеряет доступ к делу.", "action": "/x",
                                       "submit": "Отозвать приказ", "danger": True, "reason": "Почему", "reason_error": "Впишите причину",
                                       "cancel": {"title": "Оставить как есть", "url": "/"}}),
}
