"""Nobody is to be recognised: small cells, masked texts; and the arithmetic of the published formula."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import regions
from app.diagnostics import counting, formula, instruments
from app.diagnostics.masking import HIDDEN, mask
from app.regions.diagnostics import Factor

AGREE = {"yes": 0, "rather_yes": 33, "rather_no": 67, "no": 100}
every_region = pytest.mark.parametrize("region", regions.codes())


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_no_small_cell_is_shown_and_none_follows_from_the_rest(counts: list[int]) -> None:
    shown = counting.cells(counts)
    assert all(cell is None or cell == 0 or cell >= 5 for cell in shown)
    assert [c for c in shown if c is not None] == [c for c, s in zip(counts, shown, strict=True) if s is not None]
    assert sum(cell is None for cell in shown) != 1, "a single hidden number is the total less the others"


def test_a_hidden_cell_takes_the_next_smallest_with_it() -> None:
    assert counting.cells([37, 10, 3, 0]) == [37, None, None, 0]
    assert counting.cells([2, 3, 20]) == [None, None, 20]
    assert counting.cells([4, 0, 0]) == [None, None, 0]


@pytest.mark.req("OR-78", "OM-07")
def test_fewer_than_five_sheets_show_nothing_at_all() -> None:
    pupils = instruments.newest("pupils")
    four = counting.summary(pupils, [{"mo1": "never"}] * 4)
    assert four.few and four.sheets is None and four.questions == ()
    six = counting.summary(pupils, [{"mo1": "never"}] * 6 + [{"we1": "no"}] * 2)
    by_code = {question.code: question for question in six.questions}
    assert by_code["mo1"].answered == 6 and by_code["we1"].answered is None and by_code["we1"].cells == ()


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("Позвоните Ивановой Марии Петровне 8-912-345-67-89", ["Ивановой", "Петровне", "912"], ["Позвоните"]),
        ("учитель Сидоров А. П. кричит", ["Сидоров", "А. П."], ["учитель", "кричит"]),
        ("Вася из 7 «А» бьёт меня, и Саша Кузнецов тоже", ["Вася", "7 «А»", "Кузнецов"], ["бьёт меня"]),
        ("мой телеграм @vasya_2010, почта a.b@mail.ru", ["@vasya", "a.b@"], ["мой телеграм"]),
        ("+7 (3532) 77-01-02 – номер директора", ["3532", "77-01"], ["номер директора"]),
        ("Петров меня обижает. Меня обижает Кузнецова", ["Петров", "Кузнецова"], ["меня обижает"]),
    ],
)
def test_names_and_phones_are_hidden(text: str, gone: list[str], kept: list[str]) -> None:
    shown, found = mask(text)
    assert found and HIDDEN in shown
    assert not [part for part in gone if part in shown] and all(part in shown for part in kept)


@pytest.mark.parametrize(
    "text",
    [
        "нужны занятия по математике, ОГЭ и физике после 6 урока",
        "В школе нет спортзала. Интернет медленный",
        "больше веры в нас и любви к предмету",
        "в 10 классе мало часов русского языка",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert mask(text) == (text, 0)


def sheets(code: str, answers: list[str], count: int) -> list[dict[str, Any]]:
    return [{code: answer} for answer in answers for _ in range(count)]


def factor_of(*parts: dict[str, Any]) -> Factor:
    return Factor.model_validate({"code": "low_motivation", "short": "м", "parts": parts})


@every_region
@pytest.mark.req("OR-12", "OM-14")
def test_the_score_is_the_weighted_mean_of_what_has_data(region: str) -> None:
    rules = regions.profile(region).diagnostics
    fields = {field.code: field for field in regions.profile(region).social_passport.fields}
    pupils = formula.Questionnaire(instruments.newest("pupils"), sheets("mo5", ["yes", "no"], 5), 12, 7)
    sources = formula.Sources({"pupils": pupils}, [formula.Mark("te5", "low_motivation", 2)])
    factor = factor_of(
        {"source": "pupils", "weight": 3}, {"source": "checklist", "weight": 1}, {"source": "parents", "weight": 1}
    )
    score = formula.score_of(rules, factor, sources, fields)
    assert score.score == round(float(Fraction(3 * 50) + Fraction(200, 3)) / 4)
    assert [part["points"] for part in score.parts] == [50, 67, None] and score.parts[2]["why"] == "missing"
    assert score.parts[0]["survey"] == 7 and score.parts[0]["questions"] == [
        {"code": "mo5", "text": "Мне важно учиться лучше, чем сейчас", "points": 50}
    ]


@every_region
def test_too_few_answers_leave_the_factor_to_people(region: str) -> None:
    rules = regions.profile(region).diagnostics
    pupils = formula.Questionnaire(instruments.newest("pupils"), sheets("mo5", ["no"], 4), 20, 7)
    score = formula.score_of(
        rules, factor_of({"source": "pupils", "weight": 3}), formula.Sources({"pupils": pupils}), {}
    )
    assert score.score is None and score.level is None and score.flags == ["few_answers", "no_score"]
    assert score.parts[0]["sheets"] is None, "not even the number of sheets is kept in the evidence"


@every_region
def test_every_factor_can_be_computed_from_the_instruments_there_are(region: str) -> None:
    profile = regions.profile(region)
    assert len(profile.diagnostics.factors) == 12
    asked = {
        code: instruments.newest(code) for code in (*profile.diagnostics.questionnaires, profile.diagnostics.checklist)
    }
    for factor in profile.diagnostics.factors:
        for part in factor.parts:
            if part.source in asked:
                known = {q.factor for q in asked[part.source].questions} | {
                    i.factor for _, i in asked[part.source].items
                }
                assert factor.code in known, f"{part.source} asks nothing about {factor.code}"


@given(st.lists(st.sampled_from(sorted(AGREE)), min_size=5, max_size=60))
def test_a_score_never_leaves_its_bounds(answers: list[str]) -> None:
    rules = regions.profile(regions.codes()[0]).diagnostics
    asked = formula.Questionnaire(instruments.newest("pupils"), [{"we1": a} for a in answers], 0, 1)
    factor = Factor.model_validate(
        {"code": "low_wellbeing", "short": "б", "parts": [{"source": "pupils", "weight": 1}]}
    )
    score = formula.score_of(rules, factor, formula.Sources({"pupils": asked}), {})
    exact = Fraction(sum(AGREE[a] for a in answers), len(answers))
    assert score.score is not None and abs(score.score - exact) <= Fraction(1, 2)
    assert score.level == rules.level(score.score)


def test_the_passport_gives_points_between_its_bounds() -> None:
    profile = regions.profile(regions.codes()[0])
    fields = {field.code: field for field in profile.social_passport.fields}
    part = {"source": "passport", "title": "вакансий", "weight": 1, "floor": 0, "ceiling": 20}
    factor = factor_of({**part, "numerator": ["vacancies"], "denominator": "teachers"})
    for teachers, vacancies, points in ((20, 2, 50), (20, 9, 100), (20, 0, 0), (0, 1, None)):
        given_ = formula.Sources(passport={"teachers": teachers, "vacancies": vacancies}, passport_year=2026)
        assert formula.score_of(profile.diagnostics, factor, given_, fields).parts[0]["points"] == points


@pytest.mark.req("OR-78")
@pytest.mark.parametrize("code", instruments.codes())
def test_an_instrument_keeps_its_hash_through_the_database_form(code: str) -> None:
    instrument = instruments.newest(code)
    assert len(instrument.hash) == 64 and instrument.version
    again = instruments.Instrument.model_validate({**instrument.model_dump(mode="json"), "hash": instrument.hash})
    assert again == instrument
    assert all(o.points is None or 0 <= o.points <= 100 for q in instrument.questions for o in q.options)


@pytest.mark.req("OR-69", "OM-07")
@every_region
def test_the_passports_form_speaks_the_codes_of_the_region(region: str) -> None:
    from forms.social_passport import PassportFill

    fields = {field.code for field in regions.profile(region).social_passport.fields}
    assert PassportFill.names() == fields
