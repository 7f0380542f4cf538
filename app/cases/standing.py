"""Why a case stands: who must do what, since when, by which term and norm, and what it waits for.

`stands` reads the engine's state and nothing else. `Known` brings what the rows say of each place: who, since when, until
when, which other cases. `explain` puts both into one sentence; it is the only place where the sentence is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from app import engine
from forms.values import word_for

STEPS = {
    "W1": "приём данных",
    "W2": "расчёт перечня",
    "W3": "проверка муниципалитетами",
    "W4": "уточнение",
    "W5": "акт с перечнем",
    "W6": "открытие дел, назначение кураторов",
    "W7": "диагностика, рисковый профиль",
    "W8": "программы школ и муниципальные программы",
    "W9": "развитие педагогов",
    "W10": "реализация по этапам",
    "W11": "мониторинг и рекомендации",
    "W12": "годовое решение",
}
"""Steps of the yearly cycle that terms refer to."""
NAMED = 3
"""How many places, and how many other cases of one wait, a sentence names; the rest are counted."""
NONE = "срок не установлен"


def basis_words(basis: str | None) -> str:
    """The basis of a term as people read it: a clause as it is, a step of the yearly cycle by its name."""
    if not basis or basis == "P":
        return "срок, принятый в регионе"
    if basis in STEPS:
        return f"годовой цикл, {STEPS[basis]}"
    clause = re.fullmatch(r"O[RM] ([\d.]+)-(\d+)", basis)  # «OR 4.4.1-5»: a point of a clause of the customer's words
    return f"п. {clause[1]}, часть {clause[2]}" if clause else basis


def term_words(term: str) -> str:
    """«5 рабочих дней», «45 календарных дней»; a date, or a value of the case, says nothing that the day does not."""
    found = re.fullmatch(r"(\d+)(wd|d)", term)
    if not found:
        return ""
    number = int(found[1])
    forms = ("рабочий день", "рабочих дня", "рабочих дней") if found[2] == "wd" else _DAYS
    return f"{number} {word_for(number, *forms)}"


_DAYS = ("календарный день", "календарных дня", "календарных дней")


# what the state says ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stand:
    """A place where the case stands. `ref` is the engine's id; a race has the message, and `until` and `ends` of its date."""

    kind: Literal["task", "wait", "timer"]
    ref: str
    key: str
    name: str
    item: str | None = None
    message: str = ""
    term: str = ""
    basis: str = ""
    until: datetime | None = None
    ladder: str | None = None
    ends: str = ""


def stands(run: engine.Run) -> list[Stand]:
    """Every place where a running case stands, tasks first, in the order in which the engine gives them."""
    found = [Stand("task", t.id, t.key, t.name, t.item, **_of_card(t.card)) for t in run.open_tasks()]
    timers = {timer.id: timer for timer in run.timers()}
    for wait in run.waits():
        race = timers.pop(wait.id, None)
        found.append(
            Stand(
                "wait",
                wait.id,
                wait.key,
                wait.name,
                message=wait.message,
                until=race.due if race else None,
                **_of_card(wait.card),
                ends=race.name if race else "",
            )
        )
    found += [Stand("timer", t.id, t.key, t.name, until=t.due) for t in timers.values()]
    return found


def _of_card(card: engine.Card) -> dict[str, Any]:
    return {"term": card.due or "", "basis": card.basis or "", "ladder": card.properties.get("ladder")}


# what the rows say --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Other:
    """Another case that is waited for, and in short what it stands at itself."""

    case_id: int
    title: str
    at: str = ""


@dataclass(frozen=True)
class Rung:
    """The next rung of the ladder: the day, whom it tells (in the dative), how many working days after the term."""

    day: date
    title: str
    after: int


@dataclass(frozen=True)
class Known:
    """What is known of a place beside the state. `who`: «СОШ № 4, директор школы Кречетова Н. В.»."""

    who: str = ""
    since: date | None = None
    due: date | None = None
    late: bool = False
    others: Sequence[Other] = ()
    rung: Rung | None = None


@dataclass(frozen=True)
class Why:
    """The answer: one sentence, what happens by itself, and the facts they were made of."""

    text: str
    then: str = ""
    late: bool = False
    stands: Sequence[Stand] = ()
    named: Sequence[Stand] = ()
    known: Mapping[str, Known] = field(default_factory=dict)


# the sentence -------------------------------------------------------------------------------------------------------


def explain(places: Sequence[Stand], known: Mapping[str, Known]) -> Why:
    """One sentence about all the places: the most urgent are named, the rest are counted."""
    if not places:
        return Why("Дело переходит к следующему шагу: оно само, без участия людей.")
    order = sorted(places, key=lambda place: _urgency(place, known.get(place.ref, Known())))
    groups = _together(order)
    told = groups[:NAMED]
    parts = [_part(group, [known.get(place.ref, Known()) for place in group]) for group in told]
    rest = sum(len(group) for group in groups[NAMED:])
    if rest:
        parts.append(f"и ещё {rest} {word_for(rest, 'шаг', 'шага', 'шагов')}")
    text = "; ".join(parts)
    late = any(known.get(place.ref, Known()).late for place in places)
    named = [place for group in told for place in group]
    return Why(text[:1].upper() + text[1:] + ".", _then(order, known), late, tuple(places), tuple(named), dict(known))


def _urgency(place: Stand, facts: Known) -> tuple[int, date, str]:
    """Tasks before waits, waits before dates; of each the nearest term first."""
    rank = {"task": 0, "wait": 1, "timer": 2}[place.kind]
    return rank, facts.due or date.max, place.ref


def _together(order: Sequence[Stand]) -> list[list[Stand]]:
    """Tasks that many are given at once are spoken of together."""
    groups: dict[tuple[str, str], list[Stand]] = {}
    for place in order:
        groups.setdefault((place.kind, place.key if place.item is not None else place.ref), []).append(place)
    return list(groups.values())


def _part(group: Sequence[Stand], facts: Sequence[Known]) -> str:
    first, said = group[0], facts[0]
    if first.kind == "timer":
        return f"дело идёт по сроку: «{first.name}» {_day(said.due)}"
    since = f"с {_date(said.since)} " if said.since else ""
    if first.kind == "task":
        return f"{since}ждём, что шаг «{first.name}» {_who(facts)} ({_term(first, said)})"
    if not said.others:
        return _unhurried(first, said)
    return f"{since}ждём события «{first.name}» ({_term(first, said)}){_others(said.others)}"


def _unhurried(place: Stand, said: Known) -> str:
    """A wait that nobody's work will end: what may happen, and the date after which the case goes on without it."""
    if place.until is None:
        return f"дело остаётся открытым, пока не случится «{place.name}» ({_term(place, said)})"
    own = "" if place.ends[:1].isdigit() or not place.ends else f" («{place.ends}»)"
    return (
        f"сейчас ничего делать не нужно: {_date(said.due)}{own} дело пойдёт дальше само, а раньше – если случится "
        f"«{place.name}»"
    )


def _who(facts: Sequence[Known]) -> str:
    """«выполнит СОШ № 4, директор школы Кречетова Н. В.»; several at once are named one after another."""
    names = list(dict.fromkeys(one.who for one in facts if one.who))
    if not names:
        return "будет выполнен"
    rest = len(names) - NAMED
    more = f" и ещё {rest}" if rest > 0 else ""
    return f"{'выполнит' if len(names) == 1 else 'выполнят'} {'; '.join(names[:NAMED])}{more}"


def _term(place: Stand, said: Known) -> str:
    """«до 9 декабря 2026 года, 5 рабочих дней; основание: …»; a race ends by itself."""
    if place.until is not None:
        return f"не дольше чем до {_date(said.due)}: потом дело пойдёт дальше само"
    if said.due is None:
        return NONE
    day = f"срок истёк {_date(said.due)}" if said.late else f"до {_date(said.due)}"
    words = term_words(place.term)
    return f"{day}{f', {words}' if words else ''}; основание: {basis_words(place.basis)}"


def _others(others: Sequence[Other]) -> str:
    """Which cases will bring what is waited for, and where they are themselves."""
    if not others:
        return ""
    named = [f"«{other.title}»".replace("»»", "»") + (f" – {other.at}" if other.at else "") for other in others[:NAMED]]
    rest = len(others) - NAMED
    more = f" и ещё {rest} {word_for(rest, 'дело', 'дела', 'дел')}" if rest > 0 else ""
    return f", от {word_for(len(others), 'дела', 'дел', 'дел')} {', '.join(named)}{more}"


def _then(order: Sequence[Stand], known: Mapping[str, Known]) -> str:
    """What happens by itself: whom the ladder of the most urgent place tells next."""
    for place in order:
        rung = known.get(place.ref, Known()).rung
        if rung is not None and rung.after > 0:
            return f"Если к этому времени не сделано, {_date(rung.day)} система сообщит {rung.title}."
        if rung is not None:
            return f"{_date(rung.day)} система напомнит {rung.title}."
    return ""


def _day(day: date | None) -> str:
    return f"наступит {_date(day)}" if day else "наступит в свой день"


_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def _date(day: date | None) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year} года" if day else NONE
