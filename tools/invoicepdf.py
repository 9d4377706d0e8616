"""Makes an invoice as PDF; the same invoice is always the same bytes.

`python -m tools.invoicepdf FILE` writes the invoice of the demo.
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from domain.kernel.money import MINOR_UNITS

SYMBOLS: Final = {"GBP": "£", "EUR": "€", "USD": "$"}
INK: Final = (33, 37, 41)
ACCENT: Final = (24, 78, 70)
QUIET: Final = (108, 117, 125)


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who sells or buys."""

    name: str
    address: tuple[str, ...]
    number: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold; the price is in minor units for one."""

    description: str
    quantity: int
    price: int


class InvoicePaper(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands on an invoice. Dates are YYYY-MM-DD, tax is in basis points."""

    number: str
    issued: str
    due: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    tax_bps: int = 2000
    currency: str = "GBP"
    account: str

    @property
    def net(self) -> int:
        """The sum of the lines in minor units."""
        return sum(line.quantity * line.price for line in self.lines)

    @property
    def tax(self) -> int:
        """The tax on the sum, rounded half up."""
        return (self.net * self.tax_bps + 5_000) // 10_000

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.net + self.tax


DEMO_INVOICE: Final = InvoicePaper(
    number="FX-INV-23A4F",
    issued="2026-05-22",
    due="2026-07-21",
    seller=Party(
        name="Coppergate Joinery",
        address=("14 Coppergate", "York YO1 9NR", "United Kingdom"),
        number="Company number 00000001",
    ),
    buyer=Party(
        name="Northwind Retail",
        address=("Accounts Payable", "200 Wharf Street", "Leeds LS2 7EQ", "United Kingdom"),
        number="Company number 00000002",
    ),
    lines=(
        Line(description="Oak shop counter, made to measure", quantity=6, price=105_000),
        Line(description="Wall shelving, oiled oak, per metre", quantity=14, price=12_000),
        Line(description="Delivery and fitting, Leeds store", quantity=1, price=35_333),
    ),
    account="FinToken X client account 04-00-75 / 10000001",
)


def invoice_pdf(invoice: InvoicePaper) -> bytes:
    """Draw an invoice.

    Raises `fpdf.errors.FPDFUnicodeEncodingException` for letters outside Western European ones.
    """
    pdf = FPDF(format="A4", unit="mm")
    pdf.set_creation_date(datetime.combine(date.fromisoformat(invoice.issued), _NOON, UTC))
    pdf.set_title(f"Invoice {invoice.number}")
    pdf.set_author(invoice.seller.name)
    pdf.set_lang("en-GB")
    pdf.core_fonts_encoding = "windows-1252"
    pdf.set_margins(20, 18)
    pdf.add_page()
    _head(pdf, invoice)
    _parties(pdf, invoice)
    _lines(pdf, invoice)
    _totals(pdf, invoice)
    _payment(pdf, invoice)
    return bytes(pdf.output())


_NOON: Final = datetime(2000, 1, 1, 12, tzinfo=UTC).time()


def _head(pdf: FPDF, invoice: InvoicePaper) -> None:
    pdf.set_fill_color(*ACCENT)
    pdf.rect(0, 0, 210, 5, style="F")
    pdf.set_y(18)
    _say(pdf, invoice.seller.name, size=15, style="B", color=ACCENT, width=100)
    pdf.set_xy(120, 18)
    _say(pdf, "INVOICE", size=22, style="B", width=70, align="R")
    pdf.set_x(20)
    for text in (*invoice.seller.address, invoice.seller.number):
        _say(pdf, text, size=9, color=QUIET)
    pdf.ln(8)


def _parties(pdf: FPDF, invoice: InvoicePaper) -> None:
    top = pdf.get_y()
    _say(pdf, "Bill to", size=8, color=QUIET)
    _say(pdf, invoice.buyer.name, size=11, style="B")
    for text in (*invoice.buyer.address, invoice.buyer.number):
        _say(pdf, text, size=9)
    bottom = pdf.get_y()
    facts = (
        ("Invoice number", invoice.number),
        ("Invoice date", _day(invoice.issued)),
        ("Due date", _day(invoice.due)),
    )
    pdf.set_y(top)
    for label, value in facts:
        pdf.set_x(115)
        _say(pdf, label, size=9, color=QUIET, width=35, height=7, stay=True)
        _say(pdf, value, size=10, style="B", width=40, align="R", height=7)
    pdf.set_y(max(bottom, pdf.get_y()) + 8)


def _lines(pdf: FPDF, invoice: InvoicePaper) -> None:
    pdf.set_font("Helvetica", size=9.5)
    pdf.set_text_color(*INK)
    pdf.set_draw_color(*QUIET)
    # Cells without a colour of their own take the last one that was used.
    pdf.set_fill_color(255)
    heading = FontFace(emphasis="BOLD", color=(255, 255, 255), fill_color=ACCENT)
    with pdf.table(
        col_widths=(88, 18, 32, 32),
        text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
        borders_layout="HORIZONTAL_LINES",
        headings_style=heading,
        cell_fill_mode="NONE",
        line_height=8,
        width=170,
    ) as table:
        table.row(("Description", "Quantity", "Unit price", "Amount"))
        for line in invoice.lines:
            amount = _money(line.quantity * line.price, invoice.currency)
            price = _money(line.price, invoice.currency)
            table.row((line.description, str(line.quantity), price, amount))
    pdf.ln(4)


def _totals(pdf: FPDF, invoice: InvoicePaper) -> None:
    rate = f"VAT at {invoice.tax_bps // 100} %"
    for label, amount in (("Net", invoice.net), (rate, invoice.tax)):
        pdf.set_x(110)
        _say(pdf, label, size=9.5, color=QUIET, width=40, height=6, stay=True)
        _say(pdf, _money(amount, invoice.currency), size=9.5, width=40, align="R", height=6)
    pdf.set_draw_color(*ACCENT)
    pdf.line(110, pdf.get_y() + 1, 190, pdf.get_y() + 1)
    pdf.ln(2)
    pdf.set_x(110)
    _say(pdf, "Total due", size=12, style="B", width=40, height=8, stay=True)
    total = _money(invoice.total, invoice.currency)
    _say(pdf, total, size=12, style="B", color=ACCENT, width=40, align="R", height=8)
    pdf.ln(10)


def _payment(pdf: FPDF, invoice: InvoicePaper) -> None:
    total = _money(invoice.total, invoice.currency)
    _say(pdf, "How to pay", size=8, color=QUIET)
    _say(pdf, f"Please pay {total} by {_day(invoice.due)} to", size=10)
    _say(pdf, invoice.account, size=10, style="B")
    _say(pdf, f"with the reference {invoice.number}.", size=10)


def _say(  # noqa: PLR0913 (all but the text are options with names)
    pdf: FPDF,
    text: str,
    *,
    size: float,
    style: str = "",
    color: tuple[int, int, int] = INK,
    width: float = 0,
    height: float = 5,
    align: str = "L",
    stay: bool = False,
) -> None:
    """Write one line of text; `stay` leaves the pen behind it instead of below."""
    pdf.set_font("Helvetica", style=style, size=size)
    pdf.set_text_color(*color)
    pdf.cell(
        width,
        max(height, size * 0.5),
        text,
        align=align,
        new_x=XPos.RIGHT if stay else XPos.LMARGIN,
        new_y=YPos.TOP if stay else YPos.NEXT,
    )


def _money(amount: int, currency: str) -> str:
    decimals = MINOR_UNITS[currency]
    whole, part = divmod(amount, 10**decimals)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    return f"{SYMBOLS.get(currency, currency + ' ')}{whole:,}{fraction}"


def _day(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B} {found.year}"


def main(arguments: list[str]) -> None:
    """Write the demo's invoice."""
    if len(arguments) != 1:
        sys.exit("usage: python -m tools.invoicepdf FILE")
    Path(arguments[0]).write_bytes(invoice_pdf(DEMO_INVOICE))


if __name__ == "__main__":
    main(sys.argv[1:])
