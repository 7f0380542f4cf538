"""The journal: append-only, hash-chained, older than any case and outliving it."""

from app.journal.chain import Head, Record, append, append_all, head
from app.journal.verify import Break, Report, verify

__all__ = ["Break", "Head", "Record", "Report", "append", "append_all", "head", "verify"]
