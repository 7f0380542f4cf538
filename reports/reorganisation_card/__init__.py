"""Карточка реорганизации: the act, what changes in the registry, what becomes of open cases."""
