"""What a signature is bound to: the words and the structure that were shown, and nothing that comes later.

Left out are the head, spacing and hyphenation, and every element marked `data-late`: marks of signatures, number and
date of registration, the QR code, the word «ПРОЕКТ». So a document keeps its fingerprint from the preview that was
signed to the paper that is printed. Parts marked `data-scope` have fingerprints of their own: a visa given for the
annex survives a changed preamble.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from lxml import html as lxml_html

WHOLE = "document"
INVISIBLE = str.maketrans("", "", "\N{WORD JOINER}\N{SOFT HYPHEN}")
KEPT_ATTRIBUTES = ("alt", "href", "src")
TRANSPARENT = ("span", "colgroup", "col", "wbr")
Element = Any  # lxml has no types


@dataclass(frozen=True)
class Identity:
    """`fingerprint`: SHA-256 (hex) of everything shown except what is added after signing.

    `scopes`: SHA-256 of each part by its code (`text`, `annex`, `annex-2`…), and of all parts together as `document`.
    It leaves out the signature block: an acting signer does not make the visas fall. A document without marked parts
    has only `document`, equal to its fingerprint.
    """

    fingerprint: str
    scopes: dict[str, str]

    @classmethod
    def of(cls, html: str) -> Identity:
        body = _body(html)
        whole = _sha256(body)
        parts = {part.get("data-scope"): _sha256(part) for part in body.iterfind(".//*[@data-scope]")}
        if not parts:
            return cls(whole, {WHOLE: whole})
        together = "".join(f"{code}:{digest}\n" for code, digest in parts.items())
        return cls(whole, {WHOLE: hashlib.sha256(together.encode()).hexdigest(), **parts})


def fingerprint(html: str) -> str:
    return Identity.of(html).fingerprint


def scopes(html: str) -> dict[str, str]:
    return Identity.of(html).scopes


def _body(html: str) -> Element:
    body = lxml_html.document_fromstring(html).find("body")
    if body is None:
        raise ValueError("a document without a body")
    return body


def _sha256(element: Element) -> str:
    shown: list[str] = []
    _gather(element, shown)
    text = " ".join("".join(shown).translate(INVISIBLE).split())
    return hashlib.sha256(text.encode()).hexdigest()


def _gather(element: Element, shown: list[str]) -> None:
    """Tags and text in order; a wrapper that only carries style is passed through."""
    tag = element.tag
    opaque = tag not in TRANSPARENT
    if opaque:
        kept = "".join(f" {name}={element.get(name)!r}" for name in KEPT_ATTRIBUTES if element.get(name))
        shown.append(f" <{tag}{kept}> ")
    if text := element.text:
        shown.append(text)
    for child in element:
        if isinstance(child.tag, str) and child.get("data-late") is None:
            _gather(child, shown)
        if tail := child.tail:
            shown.append(tail)
    if opaque:
        shown.append(f" </{tag}> ")
