"""Controls and simple groups of a form as HTML, from `formtools.Drawn`.

Here and not in a template because a page has hundreds of them: a table of 300 rows is drawn ten times faster. All that
comes from outside goes through `escape`.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from app.web.formtools import Drawn
from app.web.ru import NB


def _attributes(d: Drawn, label: str) -> str:
    parts = [f' id="{escape(d.id)}" name="{escape(d.name)}"']
    if label:
        parts.append(f' aria-label="{escape(label)}"')
    if d.errors:
        parts.append(' aria-invalid="true"')
    if d.about:
        parts.append(f' aria-describedby="{escape(d.about)}"')
    return "".join(parts)


def _classes(d: Drawn, block: str, width: str = "") -> str:
    return f"{block}{f' govuk-input--width-{width}' if width else ''}{f' {block}--error' if d.errors else ''}"


def control(d: Drawn, label: str = "") -> Markup:
    """The bare control; `label` names it inside a table, where its visible name is the column's."""
    attributes = _attributes(d, label)
    if d.kind == "textarea":
        rows = int(d.attributes.get("rows", 2 if label else 4))
        html = f'<textarea class="{_classes(d, "govuk-textarea")}"{attributes} rows="{rows}">\n{escape(d.value)}</textarea>'
    elif d.kind == "select":
        width = "" if label else "30"
        html = f'<select class="{_classes(d, "govuk-select", width)}"{attributes}>{_options(d)}</select>'
    elif d.kind == "password":
        filled = escape(d.attributes.get("autocomplete", "current-password"))
        classes = _classes(d, "govuk-input", "20")
        html = f'<input class="{classes}" type="password"{attributes} autocomplete="{filled}">'
    else:
        mode = f' inputmode="{d.inputmode}"' if d.inputmode else ""
        classes = _classes(d, "govuk-input", "" if label else str(escape(d.width)))
        html = f'<input class="{classes}"{attributes}{mode} value="{escape(d.value)}">'
    return Markup(html)  # noqa: S704


def _options(d: Drawn) -> str:
    return "".join(
        f'<option value="{escape(o.value)}"{" selected" if o.chosen else ""}>{escape(o.label)}</option>'
        for o in d.options
    )


def source(d: Drawn) -> str:
    """«Откуда: …» under a prefilled value."""
    of = d.source
    if not of:
        return ""
    text, url = (of, "") if isinstance(of, str) else (of["text"], of.get("url", ""))
    inner = f'<a href="{escape(url)}">{escape(text)}</a>' if url else str(escape(text))
    return f'<span class="op-source">{inner}</span>'


def simple_field(d: Drawn, error_icon: Markup) -> Markup:
    """A group with one control: label, hint, error, control, source."""
    only = ""
    if d.only_field:
        only = f' data-only-field="{escape(d.only_field)}" data-only-values="{escape(d.only_values)}"'
    parts = [
        f'<div class="govuk-form-group{" govuk-form-group--error" if d.errors else ""}"',
        f' data-field="{escape(d.name)}"{only}><label class="govuk-label" for="{escape(d.id)}">{escape(d.label)}',
        '<span class="op-quiet">, если есть</span>' if d.optional else "",
        "</label>",
        f'<p class="govuk-hint" id="{escape(d.id)}-h">{escape(d.hint)}</p>' if d.hint else "",
    ]
    if d.errors:
        said = escape(". ".join(d.errors))
        parts.append(
            f'<p class="govuk-error-message" id="{escape(d.id)}-e">{error_icon}'
            f'<span><span class="govuk-visually-hidden">Ошибка: </span>{said}</span></p>'
        )
    parts += [control(d), source(d), "</div>"]
    return Markup("".join(map(str, parts)))  # noqa: S704


def row_cell(d: Drawn, label: str) -> Markup:
    """A cell of an editable table with one control."""
    bad = " op-cell--bad" if d.errors else ""
    if d.kind == "fixed":
        inner = f'<span class="op-fixed">{escape(d.value.replace(" %", NB + "%"))}</span>'
    elif d.kind == "boolean":
        ticked = " checked" if d.checked else ""
        inner = (
            '<label class="op-rows__flag"><input class="govuk-checkboxes__input" type="checkbox"'
            f'{_attributes(d, label)} value="yes"{ticked}></label>'
        )
    else:
        inner = str(control(d, label))
    said = escape(". ".join(d.errors))
    error = f'<p class="govuk-error-message" id="{escape(d.id)}-e">{said}</p>' if d.errors else ""
    more = f' data-more="{escape(d.more)}"' if d.more else ""
    cell = f'<td class="govuk-table__cell{bad}" role="cell" data-label="{escape(d.label)}"{more}>'
    return Markup(f"{cell}{inner}{error}{source(d)}</td>")  # noqa: S704
