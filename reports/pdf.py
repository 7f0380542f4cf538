"""Finished HTML to one PDF that is both PDF/A-3a and PDF/UA-1. The same HTML and attachments give the same bytes."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import pydyf
import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from reports.attachments import Attachment
from reports.dress import STYLE, dressed

CREATED = re.compile(r'<meta name="dcterms.created" content="([\d-]{10})">')
STYLE_TAG = f"<style>{STYLE}</style>"
_lock = threading.Lock()  # the font configuration is shared and not known to be safe for threads

# WeasyPrint writes one label; the other goes into the same RDF block together with its extension schema.
UA_LABEL = """<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA ID Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>PDF/UA part</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


@cache
def _stylesheet() -> tuple[weasyprint.CSS, FontConfiguration]:
    fonts = FontConfiguration()
    return weasyprint.CSS(string=STYLE, font_config=fonts), fonts


@cache
def _defaults() -> weasyprint.CSS:
    """The renderer's own stylesheet without rules for footnotes and list markers: they match every element, the
    documents have neither, and leaving them out saves a tenth of the time."""
    sheet = files("weasyprint.css").joinpath("html5_ua.css").read_text("utf-8")
    return weasyprint.CSS(string=re.sub(r"(?m)^::[\w-]+ \{.*\}$", "", sheet))


class _Document(weasyprint.HTML):
    def _ua_stylesheets(self, forms: bool = False) -> list[weasyprint.CSS]:
        return [_defaults()]


def pdf_from_html(html: str, attachments: Sequence[Attachment] = ()) -> bytes:
    """PDF of a stored document. It has or names its own stylesheet, so a later one does not change an issued paper.

    Only `data:` addresses are followed: neither network nor files can get into a document.
    """
    html = dressed(html)
    found = CREATED.search(html)
    created = datetime.fromisoformat(found.group(1) if found else "2000-01-01").replace(tzinfo=UTC)
    embedded = [
        weasyprint.Attachment(
            string=item.data,
            name=item.name,
            description=item.description,
            relationship=item.relationship,
            created=created,  # else the clock gets into the bytes
            modified=created,
        )
        for item in attachments
    ]
    with _lock:
        style, fonts = _stylesheet()
        current = STYLE_TAG in html  # parsed once per process; an older document brings its own
        document = _Document(string=html.replace(STYLE_TAG, "", 1), url_fetcher=URLFetcher(allowed_protocols=["data"]))
        return document.write_pdf(
            stylesheets=[style] if current else None,
            font_config=fonts,
            pdf_variant="pdf/a-3a",
            attachments=embedded,
            finisher=_label_ua,
        )


def _label_ua(_document: weasyprint.Document, pdf: pydyf.PDF) -> None:
    """Add the PDF/UA-1 label to the metadata of a PDF/A file."""
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    metadata.stream = [part.replace(b"</rdf:RDF>", UA_LABEL.encode()) for part in metadata.stream]
