"""Icons: 24-px strokes, drawn beside a word. One sprite a page holds those the page used."""

from __future__ import annotations

from typing import Final

ICONS: Final[dict[str, str]] = {
    "back": '<path d="M9 6L4 11l5 5"/><path d="M4 11h10a6 6 0 0 1 6 6v2"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2.5"/>',
    "dot": '<circle cx="12" cy="12" r="7"/>',
    "down": '<path d="M5 9l7 7 7-7"/>',
    "file": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4"/>',
    "flag": '<path d="M6 21V4h12l-3 4 3 4H6"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 7.5v.1"/>',
    "late": '<path d="M12 3l9.5 17h-19z"/><path d="M12 10v4.5M12 17.4v.1"/>',
    "lock": '<path d="M6 11h12v9H6z"/><path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "no": '<circle cx="12" cy="12" r="9"/><path d="M8.5 8.5l7 7M15.5 8.5l-7 7"/>',
    "now": '<circle cx="12" cy="12" r="8"/><circle cx="12" cy="12" r="3" fill="currentColor"/>',
    "ok": '<path d="M4 12.5l5 5L20 6.5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 3.5-7.5 8-7.5s8 2.5 8 7.5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "sign": '<path d="M4 20h16"/><path d="M6 16l1-4 8.5-8.5 3 3L10 15z"/>',
    "wait": '<path d="M7 3h10M7 21h10M8 3c0 5 8 6 8 9s-8 4-8 9M16 3c0 5-8 6-8 9s8 4 8 9"/>',
}
