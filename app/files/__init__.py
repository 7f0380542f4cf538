"""Files of cases: bytes stand once under their SHA-256, rows say to whom they belong."""

from app.files.store import KINDS, FileStore, Upload, attach, of_case

__all__ = ["KINDS", "FileStore", "Upload", "attach", "of_case"]
