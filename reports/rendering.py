"""Context to HTML, HTML to PDF: `render` does both, `html` alone is enough to show and to sign."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import canon, charts, dress, kinds, ru
from reports.attachments import Attachment
from reports.base import Paper, moment_of
from reports.typo import typograph

Context = Mapping[str, Any] | Paper


@dataclass(frozen=True)
class Rendered:
    """A finished document. `html` is what is stored and signed, `pdf` what is printed; `sha256` is that of `pdf`."""

    kind: str
    html: str
    pdf: bytes
    sha256: str
    fingerprint: str
    scopes: dict[str, str]
    attachments: tuple[Attachment, ...]


def paper(kind: str, context: Context) -> Paper:
    """The checked context. pydantic.ValidationError names each wrong or missing field; KeyError an unknown kind."""
    model = kinds.kind(kind).context
    return context if isinstance(context, model) else model.model_validate(context)


def html(kind: str, context: Context) -> str:
    """Self-contained HTML: styles, pictures and the QR code are inside."""
    return dress.dressed(page(kind, context))


def page(kind: str, context: Context) -> str:
    """The HTML to store: it only names its styles and its QR code, see `reports.dress`."""
    return _page(kind, paper(kind, context))


def attachments(kind: str, context: Context, shown: str | None = None) -> list[Attachment]:
    """Files for the PDF: requisites with fingerprints (`document.json`), then the lists of the kind."""
    checked = paper(kind, context)
    return _attachments(kind, checked, canon.Identity.of(shown if shown is not None else _page(kind, checked)))


def scopes(kind: str, context: Context) -> dict[str, str]:
    """Fingerprints of the document's parts, see `canon.scopes`."""
    return canon.scopes(html(kind, context))


def pdf_from_html(html: str, attachments: Sequence[Attachment] = ()) -> bytes:
    """PDF/A-3a + PDF/UA-1 of a stored document, see `reports.pdf`."""
    from reports import pdf  # takes longer to import than all the rest: only who prints waits for it

    return pdf.pdf_from_html(html, attachments)


def render(kind: str, context: Context) -> Rendered:
    """HTML and PDF/A-3a + PDF/UA-1. The same context gives the same bytes."""
    checked = paper(kind, context)
    shown = dress.dressed(_page(kind, checked))
    identity = canon.Identity.of(shown)
    files = _attachments(kind, checked, identity)
    printed = pdf_from_html(shown, files)
    return Rendered(
        kind=kind,
        html=shown,
        pdf=printed,
        sha256=hashlib.sha256(printed).hexdigest(),
        fingerprint=identity.fingerprint,
        scopes=identity.scopes,
        attachments=tuple(files),
    )


def _page(kind: str, checked: Paper) -> str:
    doc = checked.doc
    classes = ["kept" if doc.long_kept else "work", kind.replace("_", "-")]
    if doc.draft or not doc.verify_url:
        classes.append("no-code")
    template = ENVIRONMENT.get_template(kinds.kind(kind).template)
    return typograph(
        template.render(
            kind=kind,
            paper=checked,
            body_class=" ".join(classes),
            created=f"{moment_of(doc):%Y-%m-%d}",
        )
    )


def _attachments(kind: str, checked: Paper, identity: canon.Identity) -> list[Attachment]:
    doc = checked.doc
    facts = {
        "kind": kind,
        "document": checked.kind_word,
        "issuer": checked.issuer.name,
        "title": doc.title,
        "number": doc.number,
        "date": doc.date.isoformat() if doc.date else None,
        "edition": doc.edition,
        "draft": doc.draft,
        "code": doc.code,
        "verify_url": doc.verify_url,
        "fingerprint": identity.fingerprint,
        "scopes": identity.scopes,
        "journal": checked.journal.model_dump() if checked.journal else None,
    }
    card = Attachment("document.json", json.dumps(facts, ensure_ascii=False, indent=1).encode(), "Сведения о документе")
    return [card, *kinds.kind(kind).attachments(checked)]


def _journal_line(checked: Paper) -> str:
    doc = checked.doc
    name = f"документ {doc.number}" if doc.number else ("проект документа" if doc.draft else "документ без номера")
    parts = ["«Опора»", f"дело {doc.case_code}" if doc.case_code else "", f"{name}, редакция {doc.edition}"]
    if checked.journal:
        head = checked.journal
        parts.append(f"журнал: запись {ru.grouped(head.seq)}, {head.hash[:8]}…{head.hash[-8:]}")
    return " · ".join(part for part in parts if part)


def _dynamics_chart(years: Sequence[Any]) -> Markup:
    finding = ", ".join(f"{row.year} – {row.total}" for row in years)
    title = f"Столбчатая диаграмма: число организаций в перечне по учебным годам. {finding}. Те же числа – в таблице."
    bars = [(row.year, row.kept, row.new) for row in years]
    return charts.stacked_bars(bars, "сохранены", "включены", title)


def _factor_chart(context: Any) -> Markup:
    words = {"high": "Высокая", "medium": "Средняя", "low": "Низкая"}
    found = {level: [str(f.n) for f in context.factors if f.level == level] for level in words}
    told = " ".join(
        f"{words[level]} значимость: факторы {', '.join(numbers)}." for level, numbers in found.items() if numbers
    )
    title = f"Линейчатая диаграмма баллов по факторам риска. {told} Все баллы приведены в таблице 1."
    bars = [(f"{f.n}. {f.short}", f.score, f.level or "") for f in context.factors]
    return charts.factor_bars(bars, context.medium_from, context.high_from, title)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(kinds.HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: Sequence[Any] = (
        ru.short_date,
        ru.long_date,
        ru.moment,
        ru.percent,
        ru.grouped,
        ru.count,
        ru.fingerprint,
        ru.sentence,
    )
    environment.filters |= {function.__name__: function for function in filters}
    environment.filters |= {"svg_uri": dress.svg_uri, "journal_line": _journal_line}
    environment.filters |= {"dynamics_chart": _dynamics_chart, "factor_chart": _factor_chart}
    environment.globals |= {
        "sheet": dress.SHEET,
        "draft_sheet": dress.DRAFT_SHEET,
        "blank": Markup('<span class="blank"></span>'),
        "blank_short": Markup('<span class="blank short"></span>'),
    }
    return environment


ENVIRONMENT = _environment()
