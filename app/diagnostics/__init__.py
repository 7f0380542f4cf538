"""Complex diagnosis of a school: surveys, the risk profile by a published formula, expertise by criteria."""

from app.diagnostics.approval import Approved, FactorInWork, approved, newest_approved

__all__ = ["Approved", "FactorInWork", "approved", "newest_approved"]
