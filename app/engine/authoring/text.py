"""How much room a label takes, near enough for the sans-serif of modelers at 11–12 px."""

from __future__ import annotations

_LETTER, _LINE = 6.4, 14


def text_size(text: str, width: float) -> tuple[int, int]:
    """Width and height of the text broken at spaces to about `width`."""
    words = [len(w) * _LETTER for w in text.split()]
    limit = min(max(width, *(w + 4 for w in words)), len(text) * 6.6 + 6)
    lines, used = 1, 0.0
    for word in words:
        if used and used + 6 + word > limit:
            lines, used = lines + 1, word
        else:
            used += word + (4 if used else 0)
    return round(limit), lines * _LINE
