"""Other products by the same workload: what the charts show ours against.

Source: fifteen human tasks, three organisations, ten fields a task, through each product's own HTTP; one worker,
PostgreSQL with fsync, application and database on one core of a machine of two (KVM, 23 GB). p50 in milliseconds, p95
where it was kept. The floor is the least that Flask, SQLAlchemy, WTForms and the stock SpiffWorkflow need for the same
requests: sign-in, CSRF, a locked row, the engine's state as compressed JSON, one audit row, one transaction.
"""

from __future__ import annotations

SOURCE = "Peers and the naive floor: the same 15-task workload over HTTP, one worker, PostgreSQL with fsync, one core."

SUBMIT = {"spiff-arena": (107.0, 133.0), "Viewflow": (20.5, 40.0), "naive floor": (11.6, 15.0)}
SUBMIT_SQLITE = {"spiff-arena": (80.0, 101.0)}
START = {"spiff-arena": 128.0, "Viewflow": 15.0, "naive floor": 6.1}
OPEN_FORM = {"spiff-arena": 24.0, "Viewflow": 13.0, "naive floor": 3.4}
AFTER = {  # tasks done in one case → p50 of a submit
    "spiff-arena": {0: 107.0, 285: 219.0},
    "Viewflow": {0: 20.5, 285: 18.0},
    "naive floor (dies at 925)": {0: 11.6, 285: 60.0},
}
WORK_LIST = {  # open tasks → p50 of a page of 25
    "spiff-arena": {100: 27.0, 10_000: 60.0},
    "Viewflow": {100: 29.0, 10_000: 307.0},
    "naive floor": {100: 2.8, 10_000: 9.6},
}
BYTES = {"spiff-arena": (33_000, 77_000), "Viewflow": (800, 11_000), "naive floor": (5_900, 21_000)}
"""Bytes of an open and of a finished case."""
STATEMENTS = {"spiff-arena": 133, "Viewflow": 31, "naive floor": 10}
"""Statements of one submit."""
