"""What is said at half and at four fifths of a survey's window: how many have answered, never who."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.diagnostics import sheets
from app.diagnostics.counting import LEAST
from app.regions import Profile


def words(session: Session, profile: Profile, case_id: int, percent: int, now: datetime) -> tuple[str, str] | None:
    """Subject and text of a notice; None when the window is shut or all have answered."""
    asked = sheets.of_case(session, case_id)
    if asked is None or sheets.refusal(asked, now) or asked.survey.closes_at is None:
        return None
    received, expected = sheets.count(session, case_id), asked.survey.expected
    if received >= expected:
        return None
    told = f"{received} из {expected}" if received >= LEAST or not received else f"меньше {LEAST} из {expected}"
    enough = -(-expected * asked.instrument.enough_percent // 100)
    lines = [f"Ответили: {told}.", f"Отвечать можно по {asked.survey.closes_at.astimezone(profile.zone):%d.%m.%Y}."]
    if received < enough:
        lines.append(f"Чтобы ответы вошли в расчёт уверенно, нужно не меньше {enough}. Напомните о ссылке.")
    return f"Прошло {percent} % срока анкетирования: {asked.instrument.title.lower()}", "\n".join(lines)
