"""What a signature is bound to: the words and the structure that were shown, and nothing that comes later.

Left out are the head, spacing and hyphenation, and every element marked `data-late`: marks of signatures, number and
date of registration, the QR code, the word «ПРОЕКТ». So a document keeps its fingerprint from the preview that was
signed to the paper that is printed. Parts marked `data-scope` have fingerprints of their own: a visa given for the
annex survives a changed preamble.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml import html as lxml_html

WHOLE = "document"
INVISIBLE = ("\N{WORD JOINER}", "\N{SOFT HYPHEN}")
KEPT_ATTRIBUTES = ("alt", "href", "src")
TRANSPARENT = ("span", "colgroup", "col", "wbr")
TAGS, ATTRIBUTES = re.compile("(<[^>]*>)"), re.compile(r"\s([^\s=]+)=\"([^\"]*)\"")
LOST = "&#xFFFD;"  # XML has no control characters
ASIDE = {code: 0x10FF00 + code for code in range(1, 32) if chr(code) not in "\t\n\r"}
BACK = {aside: code for code, aside in ASIDE.items()}
REFERENCES = (
    ("&#13;", "\r"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&#10;", "\n"),
    ("&#9;", "\t"),
    ("&amp;", "&"),
)
BODY = 1  # the place of its tag


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
        """ValueError for a page without a body."""
        page = _Page(html)
        whole = page.sha256(BODY, len(page.shown))
        parts = {code: page.sha256(at, page.end(at)) for at, code in page.parts.items()}
        if not parts:
            return cls(whole, {WHOLE: whole})
        together = "".join(f"{code}:{digest}\n" for code, digest in parts.items())
        return cls(whole, {WHOLE: hashlib.sha256(together.encode()).hexdigest(), **parts})


def fingerprint(html: str) -> str:
    return Identity.of(html).fingerprint


def scopes(html: str) -> dict[str, str]:
    return Identity.of(html).scopes


@dataclass(frozen=True)
class _Tag:
    """`depth`: 1 for what opens an element, -1 for what closes one, 0 for both; `shown` is escaped as the text is."""

    shown: str
    depth: int
    late: bool
    scope: str | None


class _Page:
    """The body of a page as XML, which closes and escapes everything: text and tags alternate, tags at odd places."""

    def __init__(self, html: str) -> None:
        xml = _xml(html)
        if LOST in xml:
            xml = _xml(html.translate(ASIDE)).translate(BACK)
        self.shown = TAGS.split(xml)
        self.tags = [_tag(tag) for tag in self.shown[1::2]]
        self.shown[1::2] = [tag.shown for tag in self.tags]
        inner = [(at, tag) for at, tag in enumerate(self.tags) if at and (tag.late or tag.scope is not None)]
        self.late = [2 * at + 1 for at, tag in inner if tag.late]
        self.parts = {2 * at + 1: tag.scope for at, tag in inner if tag.scope is not None}

    def end(self, start: int) -> int:
        """The place after the last tag of the element that begins at `start`."""
        depth, at = 0, start // 2
        while True:
            depth += self.tags[at].depth
            at += 1
            if not depth:
                return 2 * at

    def sha256(self, start: int, end: int) -> str:
        """Of tags and text in order; a wrapper that only carries style is passed through."""
        kept: list[str] = []
        for late in self.late:
            if start < late < end:
                kept += self.shown[start:late]
                start = self.end(late)
        text = _plain("".join([*kept, *self.shown[start:end]]))
        for sign in INVISIBLE:
            text = text.replace(sign, "")
        return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def _xml(html: str) -> str:
    body = lxml_html.document_fromstring(html).find("body")
    if body is None:
        raise ValueError("a document without a body")
    if "<!--" in html or "<?" in html:
        etree.strip_tags(body, etree.Comment, etree.ProcessingInstruction)
    return etree.tostring(body, encoding="unicode", with_tail=False)


@lru_cache(maxsize=2048)
def _tag(tag: str) -> _Tag:
    name, closes, empty = tag.strip("</>").split(None, 1)[0].rstrip("/"), tag[1] == "/", tag[-2] == "/"
    values = {key: _plain(value) for key, value in ATTRIBUTES.findall(tag)}
    kept = "".join(f" {key}={values[key]!r}" for key in KEPT_ATTRIBUTES if values.get(key))
    shown = tag if closes else f"<{name}{kept.replace('&', '&amp;')}>" + (f"  </{name}>" if empty else "")
    return _Tag(
        shown="" if name in TRANSPARENT else f" {shown} ",
        depth=-1 if closes else 0 if empty else 1,
        late="data-late" in values,
        scope=values.get("data-scope"),
    )


def _plain(text: str) -> str:
    """Without the references of XML."""
    if "&" in text:
        for reference, sign in REFERENCES:
            text = text.replace(reference, sign)
    return text
