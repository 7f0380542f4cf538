"""Contexts of the tests: every sample, and the extremes a template must bear."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import reports

Json = dict[str, Any]
LONG_NAME = (
    "Муниципальное казённое общеобразовательное учреждение «Верхнекаменнобродско-Приозёрная средняя "
    "общеобразовательная школа-детский сад имени Героя Советского Союза Александра Константиновича Черёмуховского»"
)
LONG_POST = [
    "Исполняющий обязанности заместителя Председателя Правительства области,",
    "министр образования и науки, председатель межведомственной комиссии по качеству общего образования",
]


def sample(kind: str, name: str = "sample") -> Json:
    return copy.deepcopy(reports.samples(kind)[name])


def order_of(rows: int) -> Json:
    """The order with a list of so many organisations; every fifth has a very long name."""
    act = sample("order")
    known = act["annexes"][0]["rows"]
    act["annexes"][0]["rows"] = [
        {**known[i % len(known)], "n": i + 1} | ({"school_name": LONG_NAME} if i % 5 == 4 else {}) for i in range(rows)
    ]
    return act


def draft() -> Json:
    """The sample order as it is shown for signing: no number, no date, no marks, no place in the journal."""
    act = sample("order")
    act["doc"] |= {"number": None, "date": None, "draft": True}
    act["signers"][0]["mark"] = None
    act["journal"] = None
    return act


def one_row() -> Json:
    """One organisation, one point without a number, an acting signer with a long post and a long name, on paper."""
    act = order_of(1)
    act["points"] = [{"text": "Утвердить перечень согласно приложению к настоящему приказу."}]
    act["signers"] = [
        {"post": LONG_POST, "name": "К. М. Можжевелова-Барбарисова", "mark": {"kind": "paper"}},
    ]
    act["drafter"] = None
    return act


def bare(kind: str) -> Json:
    """A sample without everything that may be left out."""
    model = reports.paper(kind, sample(kind))
    kept = {name for name, field in type(model).model_fields.items() if field.is_required()} | {"kind_word"}
    context = {name: value for name, value in sample(kind).items() if name in kept}
    context["doc"] = {key: context["doc"][key] for key in ("date", "title")}
    context["issuer"] = {"lines": context["issuer"]["lines"]}
    if kind == "approval_sheet":
        context["visas"] = [{"position": visa["position"], "name": visa["name"]} for visa in context["visas"][:2]]
    return context


def long_visas() -> Json:
    """Forty approvers: the sheet takes several pages."""
    sheet = sample("approval_sheet")
    sheet["visas"] = sheet["visas"] * 5
    sheet["remarks"] = [{**remark, "n": n} for n, remark in enumerate(sheet["remarks"] * 3, 1)]
    return sheet


VARIANTS: dict[str, Callable[[], Json]] = {
    "order.draft": draft,
    "order.one_row": one_row,
    "order.120_rows": lambda: order_of(120),
    "approval_sheet.long": long_visas,
    **{f"{kind}.bare": (lambda kind=kind: bare(kind)) for kind in reports.KINDS},
}
SAMPLES = [f"{kind}.{name}" for kind in reports.KINDS for name in reports.samples(kind)]
ALL = [*SAMPLES, *VARIANTS]


def context(name: str) -> Json:
    if name in VARIANTS:
        return VARIANTS[name]()
    kind, variant = name.split(".")
    return sample(kind, variant)
