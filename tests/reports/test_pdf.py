"""The files: validity, pages, fonts, attachments, boxes, bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pypdf
import pytest
import segno
from PIL import Image

import reports
from reports import pdf as pdf_module
from tests.reports import verapdf
from tests.reports.contexts import ALL, SAMPLES, context, sample

Document = Callable[[str], reports.Rendered]
MM = 72 / 25.4
JUDGED = [*SAMPLES, "order.draft", "order.one_row", "order.bare", "identification_note.bare"]
FEW = ["order.sample", "order.draft", "identification_note.sample", "roadmap.sample", "evaluation_sheet.sample"]
poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="no poppler: apt-get install poppler-utils")


def _without(pdf: bytes, label: bool = False, language: bool = False, colours: bool = False) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as file:
        if label:
            xmp = file.Root.Metadata.read_bytes().replace(b"<pdfuaid:part>1</pdfuaid:part>", b"")
            file.Root.Metadata.write(xmp)
        if language:
            del file.Root.Lang
        if colours:
            del file.Root.OutputIntents
        out = io.BytesIO()
        file.save(out)
    return out.getvalue()


@pytest.mark.skipif(bool(verapdf.missing()), reason=verapdf.missing())
@pytest.mark.parametrize("judged", [FEW, pytest.param(JUDGED, marks=pytest.mark.year)], ids=["few", "all"])
def test_every_file_is_pdf_a_3a_and_pdf_ua_1(
    folder: Path, document: Document, tmp_path: Path, judged: list[str]
) -> None:
    good = document("objection.sample").pdf
    (tmp_path / "no_label.pdf").write_bytes(_without(good, label=True))
    (tmp_path / "no_language.pdf").write_bytes(_without(good, language=True))
    (tmp_path / "no_colours.pdf").write_bytes(_without(good, colours=True))
    files = [folder / f"{name}.pdf" for name in judged]
    found = verapdf.validate([*files, *sorted(tmp_path.glob("*.pdf"))])

    assert found.pop(("ua1", "no_label.pdf")) == ["5-1"], "the validator must refuse what is wrong"
    assert found.pop(("3a", "no_label.pdf")) == []
    assert found.pop(("ua1", "no_language.pdf")) != []
    assert found.pop(("3a", "no_colours.pdf")) != []
    found = {(flavour, file): broken for (flavour, file), broken in found.items() if not file.startswith("no_")}
    assert len(found) == 2 * len(files)
    assert {key: broken for key, broken in found.items() if broken} == {}


@pytest.mark.parametrize("name", SAMPLES)
def test_fonts_are_embedded_and_metadata_is_set(document: Document, name: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(document(name).pdf))
    fonts = [
        descendant.get_object()["/FontDescriptor"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
        for descendant in font.get_object()["/DescendantFonts"]
    ]
    names = {str(font["/FontName"]).split("+")[-1] for font in fonts}
    assert names <= {"Liberation-Serif", "Liberation-Serif-Bold"} and names
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    paper = reports.paper(name.split(".")[0], context(name))
    assert reader.metadata.title == paper.heading
    assert reader.metadata.author == paper.issuer.name


@poppler
def test_pages_are_numbered_from_the_second_one(folder: Path) -> None:
    for name in ("order.sample", "order.120_rows", "identification_note.sample"):
        for number, page in enumerate(_pages(folder / f"{name}.pdf"), 1):
            top = [text for left, y0, right, y1, text in page["words"] if y1 < 20 * MM]
            assert top == ([] if number == 1 else [str(number)])


@poppler
@pytest.mark.parametrize("name", ALL)
def test_no_word_leaves_the_margins_or_lies_on_another(folder: Path, name: str) -> None:
    paper = reports.paper(name.split(".")[0], context(name))
    left = (30 if paper.doc.long_kept else 20) * MM - 0.5
    for page in _pages(folder / f"{name}.pdf"):
        words = page["words"]
        for x0, y0, x1, y1, text in words:
            assert x0 >= left and x1 <= page["width"] - 15 * MM + 0.5, (text, x0, x1)
            assert y0 >= 9 * MM and y1 <= page["height"] - 8.5 * MM, (text, y0, y1)
        assert not _overlaps(words), name


def _pages(file: Path) -> list[dict]:
    done = subprocess.run(["pdftotext", "-bbox", str(file), "-"], capture_output=True, check=True)
    text = re.sub(rb"<!DOCTYPE.*?>", b"", done.stdout)
    space = "{http://www.w3.org/1999/xhtml}"
    pages = []
    for page in ElementTree.fromstring(text).iter(f"{space}page"):
        words = [
            (*(float(word.attrib[key]) for key in ("xMin", "yMin", "xMax", "yMax")), word.text or "")
            for word in page.iter(f"{space}word")
        ]
        pages.append({"width": float(page.attrib["width"]), "height": float(page.attrib["height"]), "words": words})
    return pages


def _overlaps(words: list[tuple]) -> list[tuple[str, str]]:
    """Pairs of words whose boxes share more than a point both ways. Ascent and descent of neighbouring lines meet."""
    found = []
    ordered = sorted(words, key=lambda word: word[1])
    for i, (x0, y0, x1, y1, text) in enumerate(ordered):
        for u0, v0, u1, v1, other in ordered[i + 1 :]:
            if v0 > y1 - 3:
                break
            if min(x1, u1) - max(x0, u0) > 1 and min(y1, v1) - max(y0, v0) > 3:
                found.append((text, other))
    return found


@pytest.mark.req("OR-05")
def test_the_list_is_attached_for_machines(document: Document) -> None:
    order = document("order.sample")
    attached = pypdf.PdfReader(io.BytesIO(order.pdf)).attachments
    assert set(attached) == {"document.json", "list.json", "list.csv"}
    rows = sample("order")["annexes"][0]["rows"]
    assert json.loads(attached["list.json"][0])["schools"] == rows
    sheet = list(csv.reader(io.StringIO(attached["list.csv"][0].decode("utf-8-sig")), delimiter=";"))
    assert sheet[1:] == [[str(value) for value in row.values()] for row in rows]
    card = json.loads(attached["document.json"][0])
    assert card["fingerprint"] == order.fingerprint and card["scopes"] == order.scopes
    assert card["number"] == "01-21/1437" and card["date"] == "2025-09-26"
    assert "%" not in attached["list.json"][0].decode() + attached["list.csv"][0].decode()


def test_attachments_are_associated_files(document: Document) -> None:
    with pikepdf.open(io.BytesIO(document("order.sample").pdf)) as file:
        assert {str(item.AFRelationship) for item in file.Root.AF} == {"/Data"}
        kinds = {str(item.UF): str(item.EF.F.Subtype) for item in file.Root.AF}
    assert kinds == {"document.json": "/application/json", "list.json": "/application/json", "list.csv": "/text/csv"}


def test_a_formula_in_a_name_stays_a_name() -> None:
    act = sample("order")
    act["annexes"][0]["rows"][0]["school_name"] = '=HYPERLINK("http://example.org")'
    sheet = next(item for item in reports.attachments("order", act) if item.name == "list.csv")
    row = list(csv.reader(io.StringIO(sheet.data.decode("utf-8-sig")), delimiter=";"))[1]
    assert row[3].startswith("'=")


def test_the_same_context_gives_the_same_bytes_in_another_process(document: Document) -> None:
    code = (
        "import reports, hashlib; c = reports.samples('order')['sample_directive'];"
        "print(hashlib.sha256(reports.render('order', c).pdf).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    order = document("order.sample_directive")
    assert other.stdout.strip() == order.sha256 == hashlib.sha256(order.pdf).hexdigest()


def test_the_stored_html_alone_makes_the_same_file(document: Document) -> None:
    paper = document("objection_decision.sample")
    assert reports.pdf_from_html(paper.html, paper.attachments) == paper.pdf


def test_a_later_stylesheet_does_not_change_an_issued_paper(document: Document, monkeypatch) -> None:
    paper = document("objection.sample")
    monkeypatch.setattr(pdf_module, "STYLE_TAG", "<style>body { font-size: 30pt }</style>")
    later = pypdf.PdfReader(io.BytesIO(reports.pdf_from_html(paper.html)))
    before = pypdf.PdfReader(io.BytesIO(paper.pdf))
    assert [page.extract_text() for page in later.pages] == [page.extract_text() for page in before.pages]


def test_neither_files_nor_network_get_into_a_document(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>secret</text></svg>')
    shown = reports.html("objection", sample("objection")).replace(
        "</body>",
        f'<img alt="" src="{secret.as_uri()}"><img alt="" src="http://127.0.0.1:9/x.png">'
        f'<link rel="attachment" href="{secret.as_uri()}"></body>',
    )
    reader = pypdf.PdfReader(io.BytesIO(reports.pdf_from_html(shown)))
    assert reader.attachments == {} or "secret.svg" not in reader.attachments
    assert "secret" not in "".join(page.extract_text() for page in reader.pages)
    assert sum("Failed to load" in record.message for record in caplog.records) >= 2


@poppler
def test_the_printed_qr_code_holds_the_address(folder: Path, tmp_path: Path) -> None:
    """Dark and light modules are read from the page's picture and compared with the code of the address."""
    address = sample("order")["doc"]["verify_url"]
    codes = [segno.make(address, error="m", micro=False, mask=mask).matrix for mask in range(8)]
    corner = ["-f", "1", "-l", "1", "-x", "2031", "-y", "3140", "-W", "300", "-H", "290"]
    picture_of = ["pdftoppm", "-r", "300", "-gray", *corner, str(folder / "order.sample.pdf"), str(tmp_path / "qr")]
    subprocess.run(picture_of, check=True)
    picture = Image.open(next(tmp_path.glob("qr*.pgm"))).point(lambda value: 255 if value < 128 else 0)
    x0, y0, x1, y1 = picture.getbbox()
    size = len(codes[0])
    read = [
        [
            picture.getpixel((int(x0 + (x1 - x0) * (column + 0.5) / size), int(y0 + (y1 - y0) * (row + 0.5) / size)))
            == 255
            for column in range(size)
        ]
        for row in range(size)
    ]
    assert read in [[[bool(module) for module in row] for row in code] for code in codes], "whatever its mask is"


def test_rendering_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    reports.render("expert_opinion", sample("expert_opinion"))
    assert [record.message for record in caplog.records if record.name.startswith("weasyprint")] == []
