"""Лист согласования: a file of its own, because its marks appear before the act is signed and must not change it."""
