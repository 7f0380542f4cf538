"""Signing off: whoever signs, in whatever order, through returns and refusals, no visa is lost and none is skipped."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from typing import Any

import pytest

from .playing import Case, World

pytestmark = pytest.mark.req("OM-44", "OR-02")
STAGES = [[1, 2, 3], [4, 5, 6]]
ORDERS = list(itertools.permutations(range(3)))
SETTLED = ("agreed", "settled", "dissent")


class Sheet(World):
    """The sheet as tables would hold it: visas by row. `plan`: conclusions of a row, one a round."""

    def __init__(self, stages: list[list[int]], plan: Mapping[int, list[str]] | None = None) -> None:
        super().__init__()
        self.stages, self.plan = stages, plan or {}
        self.visas: dict[int, str] = {}
        self.given: list[int] = []
        self.rounds = 0
        self.changed: str = "none"
        self.withdrawn = False
        self.results = {"sign_off.stage": self._stage, "sign_off.visas": self._visas, "sign_off.text": self._text}

    def sign(self, row: int) -> None:
        self.given.append(row)
        said = self.plan.get(row, ["agreed"])
        self.visas[row] = said[min(self.given.count(row), len(said)) - 1]

    def _stage(self, _scope: object) -> dict[str, Any]:
        missing = ([r for r in stage if self.visas.get(r) not in SETTLED] for stage in self.stages)
        left = [] if self.withdrawn else next((m for m in missing if m), [])
        dissent = "dissent" in self.visas.values()
        result = "refused" if self.withdrawn else "dissent" if dissent else "agreed"
        return {"stage_left": bool(left), "approvers": left, "sign_off_result": result}

    def _visas(self, _scope: object) -> dict[str, Any]:
        return {"stage_result": "remarks" if {"remarks", "refused"} & set(self.visas.values()) else "clean"}

    def _text(self, _scope: object) -> dict[str, Any]:
        self.rounds += 1
        refused = [r for r, v in self.visas.items() if v == "refused"]
        self.visas = {r: "settled" if v == "remarks" else v for r, v in self.visas.items()}
        if self.changed == "all":
            self.visas = {}
        dispute = bool(refused) and self.rounds >= 2 and self.changed == "none"
        if not dispute:
            self.visas = {r: v for r, v in self.visas.items() if v != "refused"}
        return {"dispute": dispute}


def begin(sheet: Sheet, *, fresh: bool = True) -> Case:
    return Case("sign_off", sheet, fresh=fresh).do("sign_off_route")


def visa(case: Case, row: int) -> None:
    world: Any = case.world
    world.sign(row)
    case.do("sign_off_visa", row)


def waiting(rows: Any) -> list[str]:
    return sorted(f"sign_off_visa:{row}" for row in rows)


def test_all_216_orders_of_three_rounds() -> None:
    """Stage 1 takes three rounds with a new text each, stage 2 one; stored and loaded at every move."""
    for number, orders in enumerate(itertools.product(ORDERS, ORDERS, ORDERS)):
        sheet = Sheet(STAGES, {2: ["remarks", "refused", "agreed"]})
        sheet.changed = "all"
        case = begin(sheet, fresh=number % 36 == 0)
        for turn, order in enumerate((*orders, ORDERS[number % 6])):
            rows = STAGES[0] if turn < 3 else STAGES[1]
            for k, at in enumerate(order):
                assert case.at == waiting(rows[j] for j in order[k:])
                visa(case, rows[at])
            if turn < 2:
                assert case.at == ["sign_off_answer"]
                case.do("sign_off_answer")
        assert case.done and len(sheet.given) == 12
        assert max(case.sizes) < 4096


def test_only_who_refused_is_asked_again_and_later_stages_still_sign() -> None:
    sheet = Sheet(STAGES, {3: ["refused", "refused"]})
    case = begin(sheet)
    for row in STAGES[0]:
        visa(case, row)
    assert case.do("sign_off_answer").at == waiting([3])
    visa(case, 3)
    assert case.do("sign_off_answer").at == ["sign_off_dispute"]
    sheet.visas[3] = "dissent"
    assert case.do("sign_off_dispute", sign_off_dispute_outcome="to_head").at == waiting(STAGES[1])
    for row in reversed(STAGES[1]):
        visa(case, row)
    assert case.done and sheet.history[-1] == "end_agreed"


def test_a_document_is_taken_from_signing_off() -> None:
    sheet = Sheet(STAGES, {1: ["refused", "refused"]})
    case = begin(sheet)
    for row in STAGES[0]:
        visa(case, row)
    case.do("sign_off_answer")
    visa(case, 1)
    case.do("sign_off_answer")
    sheet.withdrawn = True
    assert case.do("sign_off_dispute", sign_off_dispute_outcome="withdraw").done
    assert sheet.history[-1] == "end_refused"


def test_a_new_text_in_the_second_stage_asks_the_first_again() -> None:
    sheet = Sheet(STAGES, {4: ["remarks", "agreed"]})
    case = begin(sheet)
    for row in STAGES[0] + STAGES[1]:
        visa(case, row)
    sheet.changed = "all"
    assert case.do("sign_off_answer").at == waiting(STAGES[0])
    for row in STAGES[0] + STAGES[1]:
        visa(case, row)
    assert case.done and len(sheet.given) == 12


def test_remarks_that_are_answered_do_not_ask_anybody_again() -> None:
    sheet = Sheet([[1, 2]], {1: ["remarks"]})
    case = begin(sheet)
    visa(case, 2)
    visa(case, 1)
    assert case.do("sign_off_answer").done and sheet.given == [2, 1]


def test_an_empty_sheet_is_agreed_at_once() -> None:
    assert begin(Sheet([])).done


def test_many_rounds_do_not_fill_the_state() -> None:
    sheet = Sheet([[1, 2, 3]], {1: ["remarks"] * 59 + ["agreed"]})
    sheet.changed = "all"
    case = begin(sheet, fresh=False)
    for turn in range(60):
        for row in random.Random(turn).sample([1, 2, 3], 3):
            visa(case, row)
        if turn < 59:
            case.do("sign_off_answer")
    assert case.done and max(case.sizes) < 4096
