"""Accompaniment of a school by a curator or a tutor: appointment by an order, visits, contacts, report (OR 4.3.1, 4.4.1)."""

from app.programmes.mentoring.serving import curator_of, tutor_of

__all__ = ["curator_of", "tutor_of"]
