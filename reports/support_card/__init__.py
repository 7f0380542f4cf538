"""Карточка сопровождения: where a school's support stands on a day and how it went, on one sheet."""
