"""The invoice of the demo: exact to the penny, the same bytes every time."""

from pathlib import Path

import msgspec
import pytest
from fpdf.errors import FPDFUnicodeEncodingException

from interfaces.outbound.documents.pdf import inspect_pdf
from tools.invoicepdf import DEMO_INVOICE, Line, Party, invoice_pdf, main


def test_the_demo_invoice_is_over_ten_thousand_pounds() -> None:
    assert (DEMO_INVOICE.net, DEMO_INVOICE.tax, DEMO_INVOICE.total) == (833_333, 166_667, 1_000_000)


def test_the_same_invoice_is_the_same_bytes(tmp_path: Path) -> None:
    main([str(tmp_path / "invoice.pdf")])
    assert (tmp_path / "invoice.pdf").read_bytes() == invoice_pdf(DEMO_INVOICE)


def test_another_invoice_says_other_things() -> None:
    other = msgspec.structs.replace(
        DEMO_INVOICE,
        number="FX-INV-00001",
        currency="JPY",
        lines=(Line(description="Café chairs", quantity=2, price=40_000),),
        tax_bps=0,
        buyer=Party(name="Zürich Retail", address=(), number="1"),
    )
    text = inspect_pdf(invoice_pdf(other)).text
    assert "FX-INV-00001" in text
    assert "Café chairs 2 JPY 40,000 JPY 80,000" in text


def test_letters_that_the_font_lacks_are_refused() -> None:
    other = msgspec.structs.replace(DEMO_INVOICE, number="漢字")
    with pytest.raises(FPDFUnicodeEncodingException):
        invoice_pdf(other)


def test_a_call_without_a_file_says_how() -> None:
    with pytest.raises(SystemExit, match="usage"):
        main([])
