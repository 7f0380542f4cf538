"""Doubts about the data, put to a person before the run is used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import regions
from app.identification import inputs as reading
from app.identification.inputs import Inputs, SchoolLine
from app.identification.models import DataQuestion
from app.identification.rules import Method
from app.identification.runs import rule_for
from app.results.models import AssessmentOccasion, ImportFile
from app.results.storing import NO_CODE
from app.years import school_year_name

NAMED = 10
CELL = "Лист «"
"""How a report begins a doubt about one cell; its other warnings say what was done and ask nothing."""
PROBLEMS = {
    "no_data": "нет данных",
    "missing_procedure": "нет данных по процедуре",
    "duplicate_school": "дубль школы",
    "code_not_found": "код не найден",
    "row_count": "число строк не сошлось",
    "doubtful_value": "сомнительное значение",
    "percent_ambiguous": "доля без числа",
    "participants_differ": "число участников расходится",
    "bias": "признаки необъективности",
    "reorganised": "реорганизация",
    "kind_mismatch": "процедура не по виду школы",
    "not_held": "результаты непроведённой процедуры",
}


@dataclass(frozen=True)
class Question:
    """A doubt: code of PROBLEMS, the school it is about (None for a file or many schools), a sentence."""

    problem: str
    text: str
    school_id: int | None = None


def questions(session: Session, region: str, school_year: int) -> list[Question]:
    """Everything worth asking about the data of a list before it is computed, grouped by problem."""
    profile = regions.profile(region)
    method = Method(rule_for(profile, school_year), profile)
    seen = reading.load(session, profile, method.rule, school_year)
    found = [
        *_duplicates(seen.schools),
        *_files(session, region, {file["id"] for file in seen.files}),
        *_not_held(session, region, seen, school_year, method),
        *_no_data(seen, school_year, method),
        *_missing(seen, school_year, method),
        *_participants(seen, school_year, method),
        *_by_school(seen, method),
    ]
    order = list(PROBLEMS)
    return sorted(found, key=lambda question: order.index(question.problem))


def store(session: Session, case_id: int, found: Iterable[Question]) -> None:
    """Put the questions into the campaign's case: known ones stay with their answers, unanswered ones that no longer
    arise go."""
    asked = {
        (row.problem, row.text): row for row in session.scalars(sa.select(DataQuestion).filter_by(case_id=case_id))
    }
    for question in found:
        if asked.pop((question.problem, question.text), None) is None:
            session.add(
                DataQuestion(
                    case_id=case_id, school_id=question.school_id, problem=question.problem, text=question.text
                )
            )
    for row in asked.values():
        if row.decision is None:
            session.delete(row)
    session.flush()


def _duplicates(schools: Sequence[SchoolLine]) -> Iterator[Question]:
    same: dict[tuple[str, str], list[SchoolLine]] = defaultdict(list)
    for line in schools:
        same[line.municipality, " ".join(line.name.casefold().split())].append(line)
    for lines in same.values():
        if len(lines) > 1:
            codes = ", ".join(line.code for line in lines)
            yield Question(
                "duplicate_school",
                f"{lines[0].name}, {lines[0].municipality}: одно наименование у кодов {codes}. Это разные школы?",
                lines[0].id,
            )


def _files(session: Session, region: str, used: set[int]) -> Iterator[Question]:
    query = sa.select(ImportFile).where(ImportFile.region == region, ImportFile.superseded_by.is_(None))
    for file in session.scalars(query.order_by(ImportFile.id)):
        rejected = list(file.report.get("rejected", ()))
        unknown = [row for row in rejected if row["reason"] == NO_CODE]
        rest = [row for row in rejected if row["reason"] != NO_CODE]
        if unknown:
            yield Question("code_not_found", f"{file.name}: есть строки школ, которых нет в реестре. {_first(unknown)}")
        if rest:
            total = file.report.get("rejected_rows", len(rejected))
            yield Question("row_count", f"{file.name}: не принято строк – {total}. {_first(rest)}")
        doubts = [text for text in file.report.get("warnings", ()) if text.startswith(CELL)] if file.id in used else []
        if doubts:
            yield Question(
                "doubtful_value", f"{file.name}: сомнительных значений – {len(doubts)}. Первое: {doubts[0]}."
            )


def _first(rows: Sequence[dict[str, Any]]) -> str:
    row = rows[0]
    value = f", «{row['value']}»" if row.get("value") else ""
    return f"Первая: строка {row['row']}{value}, {row['reason']}."


def _not_held(session: Session, region: str, seen: Inputs, school_year: int, method: Method) -> Iterator[Question]:
    query = sa.select(AssessmentOccasion).where(
        AssessmentOccasion.region == region,
        AssessmentOccasion.held == "no",
        AssessmentOccasion.school_year.between(school_year - method.rule.years, school_year - 1),
    )
    have = Counter((row.procedure, row.school_year) for row in seen.results)
    for occasion in session.scalars(query.order_by(AssessmentOccasion.id)):
        count = have[occasion.procedure, occasion.school_year]
        if count:
            title = method.profile.procedure(occasion.procedure).title
            yield Question(
                "not_held",
                f"{title}, {school_year_name(occasion.school_year)}: процедура отмечена как непроведённая, "
                f"а результатов загружено {count}.",
            )


def _no_data(seen: Inputs, school_year: int, method: Method) -> Iterator[Question]:
    last = {row.school for row in seen.results if row.school_year == school_year - 1}
    for line in seen.schools:
        if method.applicable[line.kind] and line.id not in last:
            yield Question(
                "no_data",
                f"{line.name} ({line.code}): за {school_year_name(school_year - 1)} учебный год результатов нет.",
                line.id,
            )


def _missing(seen: Inputs, school_year: int, method: Method) -> Iterator[Question]:
    """A procedure that most schools of a kind have and some, having other results, have not."""
    have: dict[str, set[int | str]] = defaultdict(set)
    for row in seen.results:
        if row.school_year == school_year - 1:
            have[row.procedure].add(row.school)
    known = set().union(*have.values()) if have else set()
    for code in method.rule.procedures:
        due = [line for line in seen.schools if line.id in known and code in method.applicable[line.kind]]
        lacking = [line for line in due if line.id not in have[code]]
        if lacking and len(lacking) * 2 < len(due):
            shown = ", ".join(line.code for line in lacking[:NAMED]) + (" и другие" if len(lacking) > NAMED else "")
            title = method.profile.procedure(code).title
            yield Question(
                "missing_procedure",
                f"{title}, {school_year_name(school_year - 1)}: нет результатов у школ – {len(lacking)} ({shown}).",
            )


def _participants(seen: Inputs, school_year: int, method: Method) -> Iterator[Question]:
    """ВПР of one grade in two subjects: the number of participants differs more than absence explains (over a third)."""
    grades: dict[tuple[int | str, int], dict[str, int]] = defaultdict(dict)
    for row in seen.results:
        procedure = method.profile.procedure(row.procedure)
        if row.school_year == school_year - 1 and procedure.grade and row.wave == "main":
            key = (row.school, procedure.grade)
            grades[key][procedure.subject] = grades[key].get(procedure.subject, 0) + row.n
    names = {line.id: line for line in seen.schools}
    for (school, grade), subjects in sorted(grades.items(), key=lambda item: (str(item[0][0]), item[0][1])):
        line = names.get(int(school))
        if line and len(subjects) > 1 and max(subjects.values()) >= 10:
            few, many = min(subjects.values()), max(subjects.values())
            if (many - few) * 3 > many:
                yield Question(
                    "participants_differ",
                    f"{line.name} ({line.code}), ВПР, {grade} класс: участников по предметам {few} и {many}.",
                    line.id,
                )


def _by_school(seen: Inputs, method: Method) -> Iterator[Question]:
    ambiguous = Counter(row.school for row in seen.results if row.ambiguous)
    misfit = {row.school for row in seen.results if row.procedure in method.titles}
    unfit = defaultdict(set)
    kinds = {line.id: line.kind for line in seen.schools}
    for row in seen.results:
        kind = kinds.get(int(row.school))
        if kind and row.school in misfit and row.procedure not in method.applicable[kind]:
            unfit[row.school].add(method.profile.procedure(row.procedure).short)
    for line in seen.schools:
        place = f"{line.name} ({line.code})"
        if line.id in seen.biased:
            yield Question("bias", f"{place}: школа в списке с признаками необъективных результатов.", line.id)
        if ambiguous[line.id]:
            yield Question(
                "percent_ambiguous",
                f"{place}: напечатана только доля, ей отвечают два целых числа, строк {ambiguous[line.id]}.",
                line.id,
            )
        if unfit[line.id]:
            yield Question(
                "kind_mismatch", f"{place}: есть {', '.join(sorted(unfit[line.id]))}. Проверьте вид.", line.id
            )
        if line.id in seen.links:
            yield Question(
                "reorganised",
                f"{place}: правопреемник других школ. Решите, объединять ли их результаты.",
                line.id,
            )
