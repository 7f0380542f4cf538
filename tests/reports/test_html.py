"""What stands on the sheets: texts and requisites of each kind, read from the HTML."""

from __future__ import annotations

import html as html_module
import re

import pytest
from pydantic import ValidationError

import reports
from tests.reports.contexts import ALL, LONG_NAME, SAMPLES, context, draft, order_of, sample


def words(shown: str) -> str:
    """Visible text in one line, ordinary spaces."""
    body = re.sub(r"(?s)^.*?<body", "<body", shown)
    body = re.sub(r"</?span[^>]*>", "", body)
    text = html_module.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\N{WORD JOINER}", "")
    return " ".join(text.split())


def text_of(kind: str, given: dict) -> str:
    return words(reports.html(kind, given))


@pytest.mark.parametrize("name", ALL)
def test_every_document_has_its_requisites(name: str) -> None:
    kind = name.split(".")[0]
    given = context(name)
    shown = reports.html(kind, given)
    text = words(shown)
    paper = reports.paper(kind, given)
    assert shown.startswith("<!doctype html>") and '<html lang="ru"' in shown
    assert shown.count("<h1") == 1 and paper.kind_word in text
    assert "None" not in text and "{{" not in shown and "{%" not in shown
    assert ".." not in text, "two full stops"
    assert not re.search(r' (?:src|href)="(?!data:|#)', shown), "nothing is fetched"
    assert "«Опора»" in re.search(r'data-journal="([^"]*)"', shown).group(1)
    if paper.doc.number and kind != "approval_sheet":
        assert f"№ {paper.doc.number}" in text
    for signer in paper.signers:
        assert signer.name in text


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(reports.KINDS) == set(reports.LABELS)
    assert all("sample" in reports.samples(kind) for kind in reports.KINDS)


@pytest.mark.req("OR-03", "OR-05", "OR-71")
def test_an_order_with_the_list() -> None:
    text = text_of("order", sample("order"))
    order = (
        "Министерство образования Приреченской области Приказ 26.09.2025 № 01-21/1437 г. Приреченск",
        "Об утверждении перечня общеобразовательных организаций, нуждающихся в поддержке, на 2025/26 учебный год",
        "В соответствии с пунктом 3.3",
        "приказываю:",
        "1. Утвердить перечень",
        "2.1. Довести Перечень",
        "6. Контроль",
        "Министр",
        "В. О. Ясенев",
        "Полынина Ольга Ивановна",
        "Приложение к приказу министерства образования Приреченской области от 26.09.2025 № 01-21/1437",
        "Перечень общеобразовательных организаций, нуждающихся в поддержке, на 2025/26 учебный год",
        "№ п/п Муниципальное образование Код ОО Наименование общеобразовательной организации Основание включения",
        "1 город Верхнеозёрск 101001 МАОУ «Средняя общеобразовательная школа № 4 г. Верхнеозёрска» абзац второй (К1)",
    )
    places = [text.find(part) for part in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.req("OM-45")
def test_a_directive_differs_by_data_alone() -> None:
    given = sample("order", "sample_directive")
    shown = reports.html("order", given)
    text = words(shown)
    assert "Распоряжение 25.09.2025 № 2816 г. Заозёрск" in text
    assert '<h1 class="title-center">' in shown and "приказываю" not in text
    post = "Заместитель Председателя<br>Правительства Заозёрской области,<br>Министр образования<br>Заозёрской области"
    assert post in shown
    assert "Приложение № 1 к распоряжению" in text and "Приложение № 2 к распоряжению" in text
    assert "от 25.09.2025 № 2816" in text and "1) перечень" in text


@pytest.mark.req("OR-03")
def test_the_list_names_no_shares() -> None:
    shown = reports.html("order", order_of(120))
    annex = words("<body>" + shown.split('<section class="annex"')[1])
    assert "%" not in annex and "низкий результат" not in annex
    assert LONG_NAME in annex
    given = sample("order")
    given["annexes"][0]["rows"][0]["basis"] = "К1: 34,5 %"
    with pytest.raises(ValidationError, match="results are not published"):
        reports.html("order", given)
    given = sample("order")
    given["annexes"][0]["rows"][0]["share"] = 34.5
    with pytest.raises(ValidationError, match="share"):
        reports.html("order", given)


def test_a_draft_says_so_and_claims_nothing() -> None:
    shown = reports.html("order", draft())
    text = words(shown)
    assert text.startswith("ПРОЕКТ") and 'class="blank"' in shown
    assert 'class="qr"' not in shown and "Документ подписан" not in text
    assert "<title>Проект: Приказ «Об утверждении" in shown
    given = sample("order")
    given["doc"]["date"] = None
    with pytest.raises(ValidationError, match="needs its date"):
        reports.html("order", given)


def test_marks_say_what_kind_of_signature_it_is() -> None:
    qualified = text_of("order", sample("order"))
    assert (
        "Документ подписан электронной подписью Сертификат: 4A7E19C000B26F31D5088823 "
        "Владелец: Ясенев Виталий Олегович Действителен: с 14.01.2025 по 09.04.2026"
    ) in qualified
    simple = text_of("objection", sample("objection"))
    assert (
        "Подписано простой электронной подписью в информационной системе «Опора» Калинина О. В., директор "
        "10.09.2025 14:11:09 (UTC+5) Идентификатор: 6D40-1FE7-B82C Отпечаток: 40CC 8E12 A97B 5D36"
    ) in simple
    assert "Документ подписан электронной подписью" not in simple
    acting = text_of("objection_decision", sample("objection_decision", "sample_rejected"))
    assert "за Рябинину Н. П. на основании приказа от 08.09.2025 № 114-к" in acting
    paper = reports.html("meeting_protocol", sample("meeting_protocol", "sample_focus_group"))
    assert "Подписано" not in paper and 'class="mark paper"' in paper


@pytest.mark.parametrize(
    "mark",
    [
        {"kind": "ukep", "person": "Ясенев В. О."},
        {"kind": "pep", "person": "Ясенев В. О."},
        {"kind": "pep", "person": "Ясенев В. О.", "at": "2025-09-26T15:42:18", "sign_id": "1"},
        {"kind": "paper", "behalf_of": "Ясенева В. О."},
    ],
    ids=["qualified without certificate", "simple without time", "time without zone", "behalf without basis"],
)
def test_a_mark_without_its_parts_is_refused(mark: dict) -> None:
    given = sample("order")
    given["signers"][0]["mark"] = mark
    with pytest.raises(ValidationError):
        reports.html("order", given)


@pytest.mark.req("OM-44")
def test_the_approval_sheet_keeps_the_columns_and_the_rounds() -> None:
    shown = reports.html("approval_sheet", sample("approval_sheet"))
    text = words(shown)
    head = "Должность, инициалы и фамилия согласовавшего проект Заключение по проекту Личная подпись, дата"
    assert head in text and shown.count('class="mark pep"') == 8
    assert "Согласована редакция 2 от 17.09.2025, отпечаток документа C41B 77E2 9A05 3D6F." in text
    assert "согласовано с замечаниями (замечание 2)" in text
    assert (
        "Подписано ПЭП в ИС «Опора» Вязова Г. Р. за Осокину Л. В. на основании приказа Министерства "
        "от 08.09.2025 № 214-к 18.09.2025 09:48:30 (UTC+6) Идентификатор: E6A2-1905"
    ) in text
    assert "Учтено 16.09.2025. Срок изменён на 14 ноября 2025 г., редакция 2." in text
    assert "Можжевелова Е. К. 1 не согласовано 16.09.2025 преамбула" in text
    assert text.rstrip().endswith("А. М. Лещинина")


def test_a_visa_cannot_name_a_remark_that_is_not_there() -> None:
    given = sample("approval_sheet")
    given["remarks"] = given["remarks"][:1]
    with pytest.raises(ValidationError, match="not listed"):
        reports.html("approval_sheet", given)


@pytest.mark.req("OR-05", "OR-74")
def test_the_note_computes_its_shares_and_refuses_what_does_not_add_up() -> None:
    given = sample("identification_note")
    text = text_of("identification_note", given)
    assert "Не подлежит размещению в открытом доступе" in text
    assert "включены 60 организаций: 7,6 % от числа организаций в реестре (794)" in text
    assert "84 29 34,5" in text and "20 7 35,0" in text
    assert "Всего случаев низкого результата – – 219" in text
    assert "Запуск идентификации № 2025-03 выполнен 09.09.2025, версия правила П-2022.2." in text
    numbers = [int(number) for number in re.findall(r"Таблица (\d+) –", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "Таблица 7 – Включены впервые или вновь" in text
    short = given | {"included": given["included"][:-1]}
    with pytest.raises(ValidationError, match="21 organisations are named"):
        reports.html("identification_note", short)
    given["counts"]["checked"] = 762
    with pytest.raises(ValidationError, match="schools must equal"):
        reports.html("identification_note", given)


def test_the_note_of_a_first_year_says_that_there_is_nothing_to_compare() -> None:
    text = text_of("identification_note", context("identification_note.bare"))
    assert "Перечень составляется впервые" in text and "Возражений в установленный срок не поступило." in text
    assert "Рисунок" not in text


@pytest.mark.req("OR-70")
def test_the_minutes_name_decisions_with_their_terms() -> None:
    text = text_of("meeting_protocol", sample("meeting_protocol"))
    for part in (
        "Председатель: Рябинина Н. П.",
        "Секретарь: Яровая К. П.",
        "Присутствовали:",
        "Повестка дня 1. О результатах ВПР",
        "Слушали:",
        "Выступили:",
        "Решили: 1.1. Принять к сведению",
        "Ответственный: Яровая К. П. Срок: 15 сентября 2025 г.",
    ):
        assert part in text, part


@pytest.mark.req("OR-70")
def test_an_objection_and_its_decision() -> None:
    text = text_of("objection", sample("objection"))
    assert "1 ВПР, математика, 6 класс 2024/25 9 из 24 6 из 21" in text
    assert "Просим исправить данные и исключить организацию из предварительного списка." in text
    text = text_of("objection_decision", sample("objection_decision"))
    assert "1. Возражение удовлетворить." in text
    change = "изменить: вместо «включена в предварительный список» – «не включена в предварительный список»."
    assert change in text
    rejected = sample("objection_decision", "sample_rejected")
    text = text_of("objection_decision", rejected)
    assert "1. Возражение отклонить." in text and "оставить без изменения: включена" in text
    assert "Заключение муниципального органа в установленный срок не поступило." in text
    with pytest.raises(ValidationError, match="cannot change the verdict"):
        reports.html("objection_decision", rejected | {"verdict_after": "watch"})
    given = sample("objection")
    given["positions"][0]["claimed"] = {"n": 5, "low": 6}
    with pytest.raises(ValidationError, match="low cannot exceed n"):
        reports.html("objection", given)


@pytest.mark.req("OM-02")
def test_a_social_passport_computes_shares() -> None:
    text = text_of("social_passport", sample("social_passport"))
    assert "Неполные семьи 58 27,1 55" in text and "Высокая доля малообеспеченных семей да 62 из 214" in text


def test_text_is_escaped_and_templates_are_closed() -> None:
    given = sample("expert_opinion")
    given["conclusion"] = "<script>alert(1)</script> {{ paper.__class__.__mro__ }} <img src=x onerror=alert(1)>"
    shown = reports.html("expert_opinion", given)
    assert "<script" not in shown and "<img src=x" not in shown
    assert "&lt;script&gt;" in shown and "{{ paper.__class__" in shown


@pytest.mark.parametrize("name", SAMPLES)
def test_an_unknown_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="surplus"):
        reports.html(name.split(".")[0], context(name) | {"surplus": 1})
