"""Уведомление о реорганизации: to the school that goes on and to its municipality."""
