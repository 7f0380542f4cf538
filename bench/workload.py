"""The neutral workload: a case of fifteen human tasks done by three organisations, ten fields a task.

    t01 … t06 → [called: m01 → m02] → t07 → t08 → three signatures at once → t09 → t10 → again? → t01 | end

The three signatures are one task for many: a row for each of the three organisations.
"""

from __future__ import annotations

from random import Random
from typing import Any

REGION, SCHOOL, MUNICIPALITY = "regional_operator", "school_head", "municipal_authority"
ROLES = (REGION, SCHOOL, MUNICIPALITY)

BEFORE = (
    ("t01", REGION),
    ("t02", SCHOOL),
    ("t03", SCHOOL),
    ("t04", MUNICIPALITY),
    ("t05", MUNICIPALITY),
    ("t06", SCHOOL),
)
CALLED = (("m01", MUNICIPALITY), ("m02", MUNICIPALITY))
AFTER = (("t07", MUNICIPALITY), ("t08", SCHOOL))
SIGNING = "sign"
TAIL = (("t09", REGION), ("t10", REGION))
LAST = TAIL[-1][0]

KEYS = (*tuple(key for key, _ in (*BEFORE, *CALLED, *AFTER)), SIGNING, *tuple(key for key, _ in TAIL))
TASKS_A_CYCLE = len(KEYS) - 1 + len(ROLES)
assert TASKS_A_CYCLE == 15

LEVELS = ("high", "medium", "low")
WORDS = (  # noqa: SIM905 - a text of words is meant
    "school region pupil result mentor visit roadmap target evidence reading mathematics teacher course report parent "
    "council schedule budget risk"
).split()


def answers(key: str, random: Random, *, again: bool = False) -> dict[str, str]:
    """Ten fields as a browser sends them, about half a kilobyte; on the last task `agreed` decides the gateway."""

    def words(count: int) -> str:
        return " ".join(random.choice(WORDS) for _ in range(count))

    fields: dict[str, Any] = {
        "name": words(4),
        "summary": words(40),
        "contact": f"person{random.randrange(10**6)}@example.org",
        "code": f"{random.randrange(16**12):012x}",
        "pupils": random.randrange(50, 900),
        "teachers": random.randrange(5, 90),
        "score": f"{random.random() * 100:.2f}".replace(".", ","),
        "agreed": "y" if again or key != LAST else "",
        "level": random.choice(LEVELS),
        "due": f"{random.randrange(1, 29):02d}.{random.randrange(1, 13):02d}.2026",
    }
    return {f"{key}_{name}": str(value) for name, value in fields.items() if value != ""}
