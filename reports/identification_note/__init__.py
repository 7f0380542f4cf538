"""Информационно-аналитическая справка об итогах идентификации. The only document that shows single results."""
