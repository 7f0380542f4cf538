"""Contexts of every page, invented throughout: the shape each template documents at its top."""

from __future__ import annotations

from datetime import UTC, date, datetime

from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from tests.web.sampleforms import CONTEXT, RoadMap

NOW = datetime(2026, 11, 23, 9, 32, tzinfo=UTC)
HASH = "4be19c0752fa6d11a0c3" * 3 + "d3a8"
LONG = "МБОУ «Каменноовражная основная общеобразовательная школа» муниципального образования Верхнеозёрский район"


def due(day: int, left: int | None, state: str = "") -> dict:
    return {"date": date(2026, 11, day), "left": left, "state": state}


def task(number: int, name: str, where: str, term: dict, **more) -> dict:
    return {
        "id": str(number),
        "url": f"/tasks/{number}",
        "name": name,
        "where": where,
        "stage": "Этап 3 из 6: дорожная карта",
        "due": term,
        "others": "Методическая служба",
        "more": "ещё 3 человека",
        **more,
    }


TASKS = {
    "summary": "14 задач по 6 школам. Две просрочены, две надо сделать сегодня.",
    "chips": [
        {"title": "Все", "url": "?", "count": 14, "current": True},
        {"title": "Просроченные", "url": "?late=1", "count": 2},
        {"title": "Можно взять", "url": "?who=common", "count": 9},
    ],
    "filter": {"stages": [("3", "дорожная карта")]},
    "groups": [
        {
            "key": "late",
            "title": "Просрочено",
            "late": True,
            "tasks": [task(1, "Согласовать приказ о замене куратора", LONG, due(19, -2, "late"))],
        },
        {
            "key": "today",
            "title": "Сегодня, 23 ноября",
            "tasks": [
                task(
                    2,
                    "Ознакомиться с рисковым профилем школы",
                    "МБОУ «Красноключевская СОШ»",
                    due(23, 0, "soon"),
                    checked=True,
                )
            ],
        },
        {
            "key": "later",
            "title": "Позже",
            "tasks": [
                task(
                    3,
                    "Согласовать дорожную карту",
                    "МБОУ «Степновская СОШ»",
                    due(30, None, "wait"),
                    claim=True,
                    others="",
                )
            ],
        },
    ],
    "total": 14,
    "shown": 3,
    "next_url": "?after=3",
    "left": 5,
    "export_url": "/tasks.xlsx",
    "actions": [{"value": "read", "title": "Отметить «Ознакомлен»"}, {"value": "claim", "title": "Взять"}],
}
NO_TASKS = {
    **TASKS,
    "groups": [],
    "empty": {
        "heading": "Задач нет",
        "why": "Сейчас от вас ничего не ждут. Новая задача появится здесь, и на служебную почту придёт письмо.",
        "next": "Ближайшее событие: 2 декабря куратор посетит школу.",
        "links": [{"title": "Посмотреть дела школ", "url": "/cases"}],
    },
}

REMARK = {
    "text": "Пункт 3: слова „в короткий срок“ заменить на срок в рабочих днях.",
    "who": "Заварзина Т. П.",
    "at": NOW,
    "verdict": "accepted",
    "answer": "Поставлено 10 рабочих дней.",
    "answered_by": "Ветрова Л. Н.",
    "answered_at": NOW,
}
EVENTS = [
    {
        "title": "Изменена дорожная карта",
        "at": NOW,
        "who": "Дроздова Е. К., заместитель директора",
        "text": "Добавлены 2 мероприятия.",
    },
    {
        "title": "Утверждён рисковый профиль",
        "at": datetime(2026, 11, 9, 12, 5, tzinfo=UTC),
        "who": "Ветрова Л. Н.",
        "key": True,
        "text": "Начался срок дорожной карты.",
        "url": "/documents/2",
        "link": "Профиль",
    },
]
DOCUMENTS = [
    {
        "title": "Дорожная карта, второй круг",
        "url": "/documents/1",
        "status": ("draft", ""),
        "facts": "изменена сегодня",
    },
    {
        "title": "Рисковый профиль школы",
        "url": "/documents/2",
        "status": ("signed", ""),
        "facts": "от 09.11.2026 № 214-РП",
    },
]
PEOPLE = [
    {"role": "Школа, директор", "name": "Кречетова Н. В.", "phone": "8 (353) 000-00-00"},
    {
        "role": "Куратор",
        "name": "Горелова А. И.",
        "substitute": "До 30 ноября за неё Седова М. П., приказ от 16.11.2026 № 88-к",
    },
]
CASE = {
    "case": {
        "title": "МБОУ «Красноключевская СОШ»",
        "caption": "Дело № 2026-0047, первый год поддержки",
        "full_name": LONG,
        "facts": ["Код ОО 214007", Markup('<a href="/verdicts/1">Почему школа в перечне</a>')],
        "status": ("wait", "Ждёт школу"),
    },
    "stages": [
        {"title": "Идентификация", "words": "завершена 9 октября", "state": "done"},
        {"title": "Диагностика", "words": "завершена 9 ноября", "state": "done"},
        {"title": "Дорожная карта", "words": "сейчас, до 9 декабря", "state": "now"},
        {"title": "Наставничество", "words": "сейчас, до 1 мая", "state": "now"},
        {"title": "Обучение", "words": "с 10 декабря", "state": ""},
        {"title": "Годовая оценка", "words": "с 1 июня", "state": ""},
    ],
    "why": {
        "now": "С 16 ноября школа дополняет дорожную карту: директор отвечает на 2 замечания куратора.",
        "next": "Если до 9 декабря карта не поступит, 10 декабря задача появится у управления образования.",
    },
    "parts": [
        {"title": "Обзор", "url": "#main", "current": True},
        {"title": "Задачи", "url": "#", "count": 3},
        {"title": "Лента", "url": "#", "count": 64},
    ],
    "deadline": {
        "days": 12,
        "unit": "рабочих дней",
        "heading": "Представить дорожную карту — до 9 декабря",
        "basis": "30 календарных дней со дня утверждения рискового профиля. Основание: пункт 4.4.2 Концепции.",
        "url": "/terms",
    },
    "diagram": {
        "xml": "/sample/map.bpmn",
        "state": "/sample/state.json",
        "every": 5,
        "steps": [
            {"state": "done", "text": "диагностика, 9 ноября."},
            {"state": "now", "text": "школа дополняет карту."},
            {"text": "Дальше: директор утверждает карту."},
        ],
    },
    "events": EVENTS,
    "event_filters": [
        {"title": "Всё", "url": "#feed", "current": True},
        {"title": "Решения и подписи", "url": "#feed"},
    ],
    "older": {"url": "?", "count": 60},
    "people": PEOPLE,
    "documents": DOCUMENTS,
    "documents_url": "/d",
    "documents_count": 8,
    "tree": {
        "now": [
            {
                "title": "Маршруты педагогов, 7 дел",
                "url": "#",
                "status": ("now", ""),
                "facts": "4 согласованы",
                "below": [],
            }
        ],
        "past": [],
    },
    "tasks": [{"url": "/tasks/1", "name": "Согласовать карту", "due": due(25, 2)}],
    "actions": [{"url": "/cases/1/pause", "text": "Приостановить срок"}],
}


def road_map(*, errors: bool) -> RoadMap:
    data = MultiDict(
        [
            *(("measures-0-row", "1"), ("measures-0-risk", "2"), ("measures-0-title", "Сетевой договор с лицеем")),
            *(("measures-0-due", "01.07.2027"), ("measures-0-who", "Кречетова Н. В."), ("measures-0-public", "yes")),
            *(("measures-1-risk", "11"), ("measures-1-title", ""), ("measures-1-due", "32.12.2026")),
            *(("council", "31.11.2026"), ("protocol", "4"), ("agrees", "no"), ("school", "1"), ("published", "yes")),
            *(("papers", "f1"), ("answer", "Ученик Иванов И. пересдал" if errors else "Показатель добавлен")),
        ]
    )
    form = RoadMap(data, context=CONTEXT)
    if errors:
        assert not form.validate()
    return form


def form_page(*, errors: bool = True) -> dict:
    return {
        "form": road_map(errors=errors),
        "version": 7,
        "caption": "МБОУ «Красноключевская СОШ», этап 3 из 6",
        "due": due(30, 5, "soon"),
        "others": "Дроздова Е. К., заместитель директора",
        "status": ("back", "Возвращено, 2 замечания"),
        "draft": {"url": "/drafts/17", "key": "17:4", "version": 3, "saved": NOW},
        "remarks": [REMARK],
        "known": [
            {
                "label": "Риски",
                "value": "Дефицит кадров",
                "source": {"text": "рисковый профиль № 214-РП", "url": "/documents/2"},
            }
        ],
        "help": ["На каждый риск — хотя бы одно мероприятие.", "Показатель можно измерить."],
        "basis": "пункт 4.4.2 Концепции",
        "conflict": {
            "title": "Коллега изменил мероприятие 1, пока вы писали",
            "text": "Ваш вариант не потерян, выберите один.",
            "mine_at": "14:30",
            "theirs_by": "Дроздова Е. К.",
            "theirs_at": "14:31",
            "fields": [{"label": "Срок", "mine": "до 15 марта 2027", "theirs": "до 26 февраля 2027"}],
        }
        if errors
        else None,
        "crumbs": [("Мои задачи", "/tasks"), ("Дело школы", "/cases/1")],
    }
