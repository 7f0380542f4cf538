"""Official documents: a context of plain values becomes HTML, the HTML becomes PDF/A-3a + PDF/UA-1.

    rendered = reports.render("order", context)      # html, pdf, sha256, fingerprint, scopes, attachments
    shown = reports.page("order", context)           # milliseconds: to preview, to sign, to store
    reports.dressed(shown)                           # with its styles and pictures, for a file of its own
    reports.fingerprint(shown)                       # what a signature is bound to
    reports.pdf_from_html(shown, attachments)        # later, from the stored HTML

Imports nothing of the application.
"""

from reports.attachments import Attachment
from reports.canon import WHOLE, fingerprint
from reports.dress import dressed
from reports.kinds import KINDS, LABELS, samples
from reports.rendering import Rendered, attachments, html, page, paper, pdf_from_html, render, scopes

__all__ = [
    "KINDS",
    "LABELS",
    "WHOLE",
    "Attachment",
    "Rendered",
    "attachments",
    "dressed",
    "fingerprint",
    "html",
    "page",
    "paper",
    "pdf_from_html",
    "render",
    "samples",
    "scopes",
]
