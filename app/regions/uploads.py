"""What evidence a region takes in: kinds and size of files, how they are sent in parts."""

from __future__ import annotations

from pydantic import Field

from app.regions.criteria import Data


class Uploads(Data):
    """`kinds` are endings of names without a dot. Unfinished files are kept `keep_hours`, `at_once` of one person."""

    megabytes: int = Field(ge=1, le=2048)
    kinds: tuple[str, ...] = Field(min_length=1)
    part_megabytes: int = Field(ge=1, le=32)
    keep_hours: int = Field(ge=1)
    at_once: int = Field(ge=1)

    @property
    def limit(self) -> int:
        """Bytes of one file at most."""
        return self.megabytes * 1024**2
