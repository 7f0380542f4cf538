"""«Почему дело стоит» in every state that a diagram can reach: the sentence says what the state says, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.cases import standing
from app.cases.standing import Known, Other, Rung, Stand

from . import reading as r
from .exploring import Map
from .playing import CALENDAR, Case

RUNG = Rung(date(2031, 5, 6), "региональному оператору", 5)


def known(case: Case) -> dict[str, Known]:
    """What the rows of a case in this state say: terms by the same calendar, a holder, a child for every wait."""
    run, world = case.run(), case.world
    today, found = CALENDAR.local(world.now), {}
    for task in run.open_tasks():
        due = CALENDAR.local(world.term(task.card.due, case.scope)) if task.card.due else None
        found[task.id] = Known(f"Школа {len(found) + 1}, исполнитель", today, due, rung=RUNG)
    for wait in run.waits():
        due = CALENDAR.local(world.term(wait.card.due, case.scope)) if wait.card.due else None
        found[wait.id] = Known("", today, due, others=(Other(1, f"Другое дело {len(found) + 1}", "там шаг «Сделать»"),))
    for timer in run.timers():
        before = found.get(timer.id, Known())
        found[timer.id] = Known(before.who, today, CALENDAR.local(timer.due), others=before.others)
    return found


class Told(Map):
    """A walk through all states that reads the sentence in each of them once."""

    def __init__(self, process: str) -> None:
        self.read: set[tuple[Any, ...]] = set()
        self.longest = ""
        super().__init__(process)

    def _note(self, history: list[str], case: Case) -> None:
        super()._note(history, case)
        signature = self._signature(case)
        if signature not in self.read:
            self.read.add(signature)
            self._check(case)

    def _check(self, case: Case) -> None:
        run, facts = case.run(), known(case)
        why = standing.explain(standing.stands(run), facts)
        here = {t.id for t in run.open_tasks()} | {w.id for w in run.waits()} | {t.id for t in run.timers()}
        assert {place.ref for place in why.stands} == here
        if not here:
            assert case.done and not why.named
            return
        assert why.text.endswith(".") and not re.search(r"[.!?]\s+[А-ЯЁ]", why.text), f"one sentence: {why.text}"
        assert not re.search(r"\bW\d|[a-z]+_[a-z]+|\bNone\b", why.text), f"no codes: {why.text}"
        told = {place.ref for place in why.named}
        assert told and (told == here or "и ещё" in why.text), why.text
        for place in why.named:
            _says(why.text, place, facts[place.ref], run)
        self.longest = max(self.longest, why.text, key=len)


def _says(text: str, place: Stand, facts: Known, run: Any) -> None:
    """The name, the term and its norm, who or which case: as the state and the rows have them."""
    tasks, waits, timers = ({p.id: p for p in found} for found in (run.open_tasks(), run.waits(), run.timers()))
    at = tasks.get(place.ref) or waits.get(place.ref) or timers[place.ref]
    assert at.name and f"«{at.name}»" in text
    if facts.due is not None:
        assert standing._date(facts.due) in text
    if place.ref in tasks:
        assert standing.basis_words(at.card.basis) in text
        assert place.item is not None or facts.who in text
    if place.ref in waits:
        assert facts.others[0].title in text and facts.others[0].at in text
    if place.ref in waits and place.ref in timers:
        assert "не дольше чем до" in text and "само" in text, "what happens when the wait is over"
    elif place.ref in waits and at.card.due:
        assert standing.basis_words(at.card.basis) in text


@pytest.mark.req("OR-63", "OR-72", "OM-09", "OM-11")
@pytest.mark.parametrize("process", r.PROCESSES)
def test_the_sentence_agrees_with_every_state(process: str) -> None:
    told = Told(process)
    assert len(told.read) > 1
    print(process, len(told.read), told.longest)


def test_what_is_late_and_what_comes_next() -> None:
    task = Stand("task", "1", "eval_school", "Провести самооценку", term="5wd", basis="W12")
    wait = Stand("wait", "2", "done", "Диагноз утверждён", message="diagnosis.approved", term="45d", basis="W7")
    facts = {
        "1": Known("СОШ № 4, директор школы Кречетова Н. В.", date(2027, 6, 1), date(2027, 6, 8), late=True, rung=RUNG),
        "2": Known("", date(2027, 6, 1), date(2027, 7, 16), others=[Other(n, f"Диагностика {n}") for n in range(1, 6)]),
    }
    why = standing.explain([wait, task], facts)
    assert (
        why.late
        and why.then == "Если к этому времени не сделано, 6 мая 2031 года система сообщит региональному оператору."
    )
    assert why.text == (
        "С 1 июня 2027 года ждём, что шаг «Провести самооценку» выполнит СОШ № 4, директор школы Кречетова Н. В. (срок истёк "
        "8 июня 2027 года, 5 рабочих дней; основание: годовой цикл, годовое решение); с 1 июня 2027 года ждём события "
        "«Диагноз утверждён» (до 16 июля 2027 года, 45 календарных дней; основание: годовой цикл, диагностика, рисковый "
        "профиль), от дел «Диагностика 1», «Диагностика 2», «Диагностика 3» и ещё 2 дела."
    )


def test_what_nobody_has_to_do_is_not_asked_for() -> None:
    watch = Stand("wait", "1", "changed", "Куратор выбыл", message="mentoring.changed", ends="Конец этапа")
    when = Known("", date(2026, 9, 15), date(2027, 2, 1))
    race = standing.explain([replace(watch, until=datetime(2027, 2, 1, tzinfo=UTC))], {"1": when})
    assert race.text == (
        "Сейчас ничего делать не нужно: 1 февраля 2027 года («Конец этапа») дело пойдёт дальше само, а раньше – если "
        "случится «Куратор выбыл»."
    )
    assert standing.explain([watch], {"1": Known()}).text == (
        "Дело остаётся открытым, пока не случится «Куратор выбыл» (срок не установлен)."
    )


def test_tasks_given_to_many_are_told_together() -> None:
    places = [Stand("task", str(n), "sign_off_visa", "Завизировать", str(n), "3wd", "3wd", "P") for n in range(1, 6)]
    facts = {str(n): Known(f"Визирующий {n}", date(2026, 9, 1), date(2026, 9, 4)) for n in range(1, 6)}
    text = standing.explain(places, facts).text
    assert "выполнят Визирующий 1; Визирующий 2; Визирующий 3 и ещё 2 (до 4 сентября 2026 года" in text
    assert text.count("«Завизировать»") == 1
