"""Решение по возражению with its reasons (OR 3.2)."""
