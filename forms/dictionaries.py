"""Enumerations the forms fall back on: code → Russian label. A region's dictionary of the same name replaces one."""

from __future__ import annotations

PROCEDURE = (
    ("vpr_math_5", "ВПР, математика, 5 класс"),
    ("vpr_math_6", "ВПР, математика, 6 класс"),
    ("vpr_rus_5", "ВПР, русский язык, 5 класс"),
    ("vpr_rus_6", "ВПР, русский язык, 6 класс"),
    ("oge_math", "ОГЭ, математика"),
    ("oge_rus", "ОГЭ, русский язык"),
    ("ege_math", "ЕГЭ, математика"),
    ("ege_rus", "ЕГЭ, русский язык"),
)
SOURCE_FILE = (
    ("ris_gia_9", "РИС ГИА-9"),
    ("ris_gia_11", "РИС ГИА-11"),
    ("fis_oko", "ФИС ОКО"),
    ("federal_list", "Федеральный список"),
    ("social_passport", "Социальные паспорта"),
    ("analytics", "Аналитические материалы"),
)
TOOL = (
    ("documents", "анализ документов"),
    ("expert", "экспертная оценка"),
    ("test", "тестирование"),
    ("self_assessment", "самооценка"),
    ("questionnaire", "анкетирование"),
)
LEVEL = (("region", "регион"), ("municipality", "муниципалитет"), ("school", "школа"))
VERDICT = (
    ("listed", "включить в перечень"),
    ("not_listed", "не включать в перечень"),
    ("watch", "наблюдение"),
    ("insufficient_data", "недостаточно данных"),
)
ACT_KIND = (
    ("order", "приказ"),
    ("directive", "распоряжение"),
    ("regulation", "положение"),
    ("concept", "концепция, стратегия"),
    ("programme", "программа"),
    ("contest_rules", "положение о конкурсе"),
    ("instructive_letter", "инструктивное письмо"),
    ("municipal_act", "муниципальный акт"),
    ("school_order", "приказ школы"),
)
PUBLICATION_PLACE = (
    ("official_portal", "официальный портал правовой информации"),
    ("ministry_site", "сайт министерства"),
)
RISK_FACTOR = (
    ("equipment_low", "Низкий уровень оснащения школы"),
    ("staff_shortage", "Дефицит педагогических кадров"),
    ("teacher_competence_low", "Недостаточная предметная и методическая компетентность педагогов"),
    ("low_adaptivity", "Риски низкой адаптивности учебного процесса"),
    ("no_inhouse_pd", "Несформированность внутришкольной системы повышения квалификации"),
    ("low_motivation", "Низкая учебная мотивация обучающихся"),
    ("low_wellbeing", "Пониженный уровень школьного благополучия"),
    ("low_discipline", "Низкий уровень дисциплины в классе"),
    ("high_sen_share", "Высокая доля обучающихся с ОВЗ"),
    ("language_barriers", "Низкое качество преодоления языковых и культурных барьеров"),
    ("academic_failure_risk", "Высокая доля обучающихся с рисками учебной неуспешности"),
    ("low_parent_involvement", "Низкий уровень вовлечённости родителей"),
)
SUBJECT = (
    ("rus", "русский язык"),
    ("math", "математика"),
    ("primary", "начальные классы"),
    ("other", "иное"),
)

DICTIONARIES: dict[str, tuple[tuple[str, str], ...]] = {
    "procedure": PROCEDURE,
    "source_file": SOURCE_FILE,
    "tool": TOOL,
    "level": LEVEL,
    "verdict": VERDICT,
    "act_kind": ACT_KIND,
    "publication_place": PUBLICATION_PLACE,
    "risk_factor": RISK_FACTOR,
    "subject": SUBJECT,
}
