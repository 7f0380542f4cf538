"""Files embedded in a PDF/A-3: the same facts for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Attachment:
    """`name` with its extension decides the media type; `relationship` is that of PDF/A-3 (ISO 19005-3)."""

    name: str
    data: bytes
    description: str
    relationship: Literal["Data", "Source", "Alternative", "Supplement", "Unspecified"] = "Data"


def spreadsheet_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
