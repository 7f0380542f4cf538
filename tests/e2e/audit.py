"""What is wrong with a page at two widths: axe's violations, sideways scroll, text for machines."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.browsers import AXE

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (1280, 390)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
MACHINE = re.compile(r"\b(None|null|undefined|True|False|\d+wd|W\d{1,2}|[a-z]+_[a-z_]+)\b")
"""Words that are names in the program, never in the interface; addresses and names of files are left out before."""
SHOWN = """() => { const main = document.querySelector('main').cloneNode(true);
    for (const e of main.querySelectorAll('code, pre, .op-paper, svg, textarea, script')) e.remove();
    document.body.append(main); const text = main.innerText; main.remove(); return text; }"""


class Audit:
    """Each kind of page is examined once in a run, whoever comes to it first. `found`: page and width → what is wrong."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.found: dict[str, list[str]] = {}
        self._axe = AXE.read_text()
        shots = os.environ.get("TEST_SHOTS")
        self.shots = Path(shots) if shots else None

    def examine(self, page: Page, name: str = "") -> None:
        """`name` tells apart what one address shows, such as the forms of tasks."""
        name = name or _kind(page.url)
        if name in self.seen or name == "/tasks/#":
            return
        self.seen.add(name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_load_state()
            self._look(page, f"{name} {width}", axe=True)
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})

    def _look(self, page: Page, where: str, *, axe: bool) -> None:
        wrong = self._violations(page) if axe else []
        wide = page.evaluate("document.documentElement.scrollWidth")
        width = page.viewport_size["width"] if page.viewport_size else 0
        if wide > width:
            wrong.append(f"scrolls sideways: {wide}")
        wrong += sorted({found.group() for found in MACHINE.finditer(_words(page.evaluate(SHOWN)))})
        if wrong:
            self.found[where] = wrong
        if self.shots:
            self.shots.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.shots / (re.sub(r"[^\w#]+", "-", where).strip("-") + ".png"), full_page=True)

    def _violations(self, page: Page) -> list[str]:
        page.evaluate(self._axe)
        found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
        return [f"{v['impact']} {v['id']}: {[node['target'] for node in v['nodes']][:3]}" for v in found]


def _kind(url: str) -> str:
    """«/runs/3/schools/14» → «/runs/#/schools/#»; the filter of the address is left out."""
    return re.sub(r"/(\d+|[0-9a-f-]{20,}|[0-9A-F-]{19})(?=/|$)", "/#", urlsplit(url).path)


def _words(text: str) -> str:
    """Without addresses, names of files and logins, which are what they are."""
    return re.sub(r"https?://\S+|\S+\.(xlsx|pdf|csv|xml|ods|xls|zip|txt)\b|\S+@\S+|«[^»]*»", " ", text)
