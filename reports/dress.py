"""What every page needs and no page keeps: the stylesheets and the picture of the QR code.

A page names its sheets by their digest and its code by the address; they are put in when it is printed or handed out. A
page that brings its own style is left as it is. A sheet that pages were made with is never lost: when one is changed,
its previous text is kept as `sheets/NAME.css` and the new name is added to `EVER`.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from html import unescape
from pathlib import Path
from urllib.parse import quote

import segno
from markupsafe import escape

HERE = Path(__file__).parent
EVER = ("document-c95639c077f5", "draft-ff55b9cf3ca2")
PLACES = re.compile(r'<style data-sheet="([\w-]+)"></style>|(?<=<img )data-qr="([^"]*)"')
QR_MASK = 4  # halves and thirds: no long stripes


def svg_uri(svg: str) -> str:
    return f"data:image/svg+xml;charset=utf-8,{quote(svg)}"


def _draft_style() -> str:
    """The word «ПРОЕКТ» across every sheet: outlines, so that it is neither read aloud nor found by search."""
    picture = svg_uri((HERE / "draft.svg").read_text("utf-8"))
    return f'@page {{ background: url("{picture}") no-repeat center / 210mm 297mm; background-clip: border-box }}'


def _named(name: str, style: str) -> str:
    return f"{name}-{hashlib.sha256(style.encode()).hexdigest()[:12]}"


STYLE, DRAFT_STYLE = (HERE / "document.css").read_text("utf-8"), _draft_style()
SHEET, DRAFT_SHEET = _named("document", STYLE), _named("draft", DRAFT_STYLE)
SHEETS = {path.stem: path.read_text("utf-8") for path in (HERE / "sheets").glob("*.css")}
SHEETS |= {SHEET: STYLE, DRAFT_SHEET: DRAFT_STYLE}


def dressed(page: str) -> str:
    """The page with its sheets and pictures inside it. KeyError names a sheet that is not kept."""
    return PLACES.sub(_put_in, page)


def _put_in(place: re.Match[str]) -> str:
    return f"<style>{SHEETS[place[1]]}</style>" if place[1] else f'src="{escape(qr_uri(unescape(place[2])))}"'


@lru_cache(maxsize=64)
def qr_uri(address: str) -> str:
    """QR code of level M with its quiet zone of four modules, as a picture inside the page.

    The mask is given: every reader knows all eight, and to try them all costs more than the rest of the code.
    """
    return segno.make(address, error="m", micro=False, mask=QR_MASK).svg_data_uri(scale=4, border=4)
