"""Протокол встречи с руководителями и учредителями (OR 3.2), also of a focus group or a trip."""
