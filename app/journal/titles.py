"""What the kinds of records are called where people read them; a kind without a name is shown by its code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "case.opened": "Дело открыто",
        "case.done": "Дело завершено",
        "case.cancelled": "Дело закрыто решением",
        "case.paused": "Дело поставлено на паузу",
        "task.opened": "Задача поставлена",
        "task.completed": "Задача выполнена",
        "task.claimed": "Задача взята",
        "task.unclaimed": "Задача возвращена",
        "task.assigned": "Задача передана",
        "operation.done": "Шаг выполнен системой",
        "message.sent": "Сообщение другому делу отправлено",
        "message.delivered": "Сообщение другого дела получено",
        "timer.fired": "Срок наступил",
        "deadline.moved": "Срок передвинут",
        "deadline.reminded": "Отправлено напоминание о сроке",
        "document.written": "Записана редакция документа",
        "document.signed": "Документ подписан",
        "document.numbered": "Документу присвоен номер",
        "document.published": "Документ размещён",
        "document.in_force": "Документ вступил в силу",
        "document.rendered": "Изготовлен PDF документа",
        "signature.fallen": "Подпись снята: текст изменён",
        "sheet.made": "Составлен лист согласования",
        "sheet.dispute": "Решено по отказу в согласовании",
        "registry.imported": "Загружен реестр школ",
        "results.imported": "Загружены результаты",
        "identification.run": "Выполнен расчёт перечня",
        "verdict.changed": "Вывод по школе изменён",
        "list.frozen": "Перечень закреплён",
        "objection.filed": "Подано возражение",
        "clarification.decided": "Принято решение по уточнению",
        "support.listed_again": "Школа снова включена в перечень",
        "look": "Просмотр аудитором",
        "account.signed_in": "Вход в систему",
        "account.signed_out": "Выход из системы",
        "account.refused": "Во входе отказано",
        "session.position": "Сменена должность в сеансе",
        "password.changed": "Пароль изменён",
        "password.reset": "Пароль сброшен",
        "token.added": "Выдан ключ доступа программы",
        "person.added": "Добавлен человек",
        "person.blocked": "Вход закрыт",
        "person.unblocked": "Вход открыт",
        "organisation.added": "Добавлена организация",
        "position.added": "Назначена должность",
        "position.ended": "Должность прекращена",
        "assignment.added": "Закреплена школа",
        "assignment.ended": "Закрепление школы прекращено",
        "substitution.created": "Назначено замещение",
        "substitution.revoked": "Замещение прекращено",
        "demo.people": "Загружены демонстрационные данные",
    }
)


def title(kind: str) -> str:
    return TITLES.get(kind, kind)
