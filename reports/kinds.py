"""The register of documents: a kind is a folder with `context.py` (`Context`, perhaps `attachments`), `template.html`,
`sample.json`, and a line in `LABELS`. The tests take every sample of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reports.attachments import Attachment
from reports.base import Paper

HERE = Path(__file__).parent
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "order": "Приказ, распоряжение",
        "approval_sheet": "Лист согласования",
        "identification_note": "Справка об итогах идентификации",
        "meeting_protocol": "Протокол встречи",
        "objection": "Возражение",
        "objection_decision": "Решение по возражению",
        "expert_opinion": "Экспертное мнение",
        "social_passport": "Социальный паспорт школы",
        "reorganisation_card": "Карточка реорганизации",
        "reorganisation_notice": "Уведомление о реорганизации",
        "evaluation_sheet": "Лист оценки школы",
        "mentoring_consent": "Согласие на сопровождение школы",
        "mentoring_report": "Отчёт о сопровождении школы",
        "visit_report": "Отчёт о посещении школы",
        "risk_profile": "Рисковый профиль школы",
        "factor_opinion": "Экспертное заключение о факторах",
        "survey_summary": "Сводка анкетирования",
        "expertise_conclusion": "Заключение экспертизы",
        "roadmap": "Школьная программа",
        "stage_opinion": "Заключение куратора по этапу",
        "roadmap_report": "Итоговый отчёт по программе",
        "assignment": "Поручение",
        "assignment_report": "Отчёт об исполнении",
        "resource_request": "Заявка на ресурсы",
        "gap_card": "Карта диагностики",
        "retraining_report": "Справка по школе",
        "diagnosis_referral": "Направление",
        "teacher_route": "Индивидуальный образовательный маршрут",
        "training_application": "Сводная заявка на обучение",
        "training_certificate": "Удостоверение",
        "internship_report": "Отчёт о стажировке",
        "municipal_program": "Муниципальная программа",
        "programme_report": "Отчёт о муниципальной программе",
        "school_work": "Регламент, план внутришкольной работы",
        "recommendation": "Адресные рекомендации",
        "request_reply": "Ответ на обращение",
        "pair_paper": "Документ наставнической пары",
        "support_card": "Карточка сопровождения школы",
    }
)
KINDS = tuple(LABELS)


@dataclass(frozen=True)
class Kind:
    """`attachments` gives the files embedded beside the requisites, or an empty list."""

    code: str
    label: str
    context: type[Paper]
    attachments: Callable[[Any], list[Attachment]]

    @property
    def template(self) -> str:
        return f"{self.code}/template.html"


def kind(code: str) -> Kind:
    """KeyError for a kind that does not exist."""
    label = LABELS[code]
    module = import_module(f"reports.{code}.context")
    return Kind(code, label, module.Context, getattr(module, "attachments", lambda context: []))


def samples(code: str) -> dict[str, dict[str, Any]]:
    """Invented but complete contexts of a kind by name: `sample`, and variants such as `sample_directive`."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((HERE / code).glob("sample*.json"))}
