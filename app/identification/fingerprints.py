"""Fingerprints of what is shown for signing where no document stands between: the verdicts of a run, one verdict."""

from __future__ import annotations

from hashlib import sha256

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identification.models import IdentificationRun, Verdict


def of_run(session: Session, run: IdentificationRun) -> str:
    """SHA-256 (hex) of the run's number, rule, inputs and the final status of every school."""
    final = sa.func.coalesce(Verdict.decided_status, Verdict.status)
    rows = session.execute(
        sa.select(Verdict.school_id, final).where(Verdict.run_id == run.id).order_by(Verdict.school_id)
    )
    shown = [run.id, run.rule, run.inputs_sha256, [list(row) for row in rows]]
    return sha256(orjson.dumps(shown)).hexdigest()


def of_verdict(verdict: Verdict) -> str:
    """SHA-256 (hex) of a verdict with its evidence."""
    shown = [verdict.run_id, verdict.school_id, verdict.final_status, verdict.criteria, verdict.evidence]
    return sha256(orjson.dumps(shown)).hexdigest()
