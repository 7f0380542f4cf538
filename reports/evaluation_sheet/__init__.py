"""Лист оценки школы: scores side by side, the year's dynamics, the rule's answer and the proposal (W12)."""
