"""PDFs are read within bounds, and what is none is refused with its code."""

import io
import time
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from application.ports.documents import DocumentRefused
from interfaces.outbound.documents.pdf import PdfInspector, PdfLimits, inspect_pdf
from tools.invoicepdf import DEMO_INVOICE, invoice_pdf

INVOICE = invoice_pdf(DEMO_INVOICE)
PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>"
)
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def pdf_of(content: bytes, *, filters: bytes = b"") -> bytes:
    """Write a PDF of one page with this content stream."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE,
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), filters, content),
        FONT,
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    return bytes(out)


def written(*, pages: int = 1, password: str | None = None) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(INVOICE)))
    for _ in range(pages - 1):
        writer.add_blank_page(100, 100)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.capability("FX1")
def test_the_text_of_an_invoice_is_read_in_order() -> None:
    read = inspect_pdf(INVOICE)
    assert read.pages == 1
    found = ["Coppergate Joinery", "Northwind Retail", "FX-INV-23A4F", "21 July 2026"]
    places = [read.text.index(words) for words in found]
    assert places == sorted(places)
    assert "£10,000.00" in read.text
    assert read.text == " ".join(read.text.split())


def test_a_page_without_text_is_a_document_without_words() -> None:
    assert inspect_pdf(pdf_of(b"")).text == ""


def test_odd_letters_become_plain_ones() -> None:
    text = inspect_pdf(pdf_of(b"BT /F 9 Tf (\\256ne   \\001 \\240 print) Tj ET")).text
    assert text == "fine print"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_pdf"),
        (b"Invoice FX-INV-23A4F", "not_a_pdf"),
        (b"PK\x03\x04" + b"\x00" * 2000, "not_a_pdf"),
        (b" " * 1024 + INVOICE, "not_a_pdf"),
        (b"<script>%PDF</script>", "not_a_pdf"),
        (b"%PDF-1.7\nnothing more", "document_unreadable"),
        (INVOICE[: len(INVOICE) // 3], "document_unreadable"),
        (written(password="secret"), "document_encrypted"),
        (written(password=""), "document_encrypted"),
        (b"%PDF-1.7\n" + b"0" * (10 * 2**20), "document_too_large"),
        (b"x" * (30 * 2**20), "document_too_large"),
    ],
    ids=[
        "nothing", "text", "zip", "late", "html", "head", "cut", "locked", "sealed", "10MB", "30MB",
    ],
)  # fmt: skip
def test_what_is_no_readable_pdf_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        inspect_pdf(content)
    assert refused.value.code == code
    assert refused.value.reason.endswith(".")
    assert "{" not in refused.value.reason


def test_too_many_pages_are_refused() -> None:
    limits = PdfLimits(pages=3)
    assert PdfInspector(limits)(written(pages=3)).pages == 3
    with pytest.raises(DocumentRefused, match="more than 3 pages"):
        PdfInspector(limits)(written(pages=4))


def test_too_much_text_is_refused() -> None:
    with pytest.raises(DocumentRefused) as refused:
        PdfInspector(PdfLimits(characters=50))(INVOICE)
    assert refused.value.code == "document_too_long"


def test_a_bomb_ends_its_own_process_only() -> None:
    layer = zlib.compress(zlib.compress(b"\x00" * (400 * 2**20), 9), 9)
    bomb = pdf_of(layer, filters=b"/Filter[/FlateDecode/FlateDecode]")
    assert len(bomb) < 10_000
    with pytest.raises(DocumentRefused) as refused:
        PdfInspector(PdfLimits(memory_mebibytes=256))(bomb)
    assert refused.value.code == "document_unreadable"


@pytest.mark.slow
def test_what_takes_too_long_is_given_up() -> None:
    busy = pdf_of(
        zlib.compress(b"BT /F 9 Tf (a) Tj ET\n" * 2_000_000), filters=b"/Filter/FlateDecode"
    )
    began = time.monotonic()
    with pytest.raises(DocumentRefused) as refused:
        PdfInspector(PdfLimits(seconds=1))(busy)
    assert refused.value.code in {"document_too_slow", "document_unreadable"}
    assert time.monotonic() - began < 5
