"""Does the document say what the seller said? Text in, findings out (FX1)."""

import re

from domain.invoice.events import InvoiceSubmitted
from domain.kernel.money import MINOR_UNITS


def compare(text: str, submitted: InvoiceSubmitted, *, seller: str, buyer: str) -> list[str]:
    """Name what the text does not hold: number, amount, due date, seller, buyer."""
    words = _flat(text)
    wanted = {
        "number": [submitted.number],
        "amount": _amounts(submitted),
        "due": _dates(submitted.due),
        "seller": [seller],
        "buyer": [buyer],
    }
    return [
        field
        for field, spellings in wanted.items()
        if not any(_holds(words, _flat(spelling)) for spelling in spellings)
    ]


FIELDS = ("number", "amount", "due", "seller", "buyer")


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _holds(words: str, spelling: str) -> bool:
    # A number inside a longer number is another number: 10,000.00 is not in 110,000.00.
    pattern = rf"(?<![\w,.]){re.escape(spelling)}(?![\w]|[,.]\d)"
    return re.search(pattern, words) is not None


def _amounts(submitted: InvoiceSubmitted) -> list[str]:
    decimals = MINOR_UNITS[submitted.face.currency]
    whole, part = divmod(submitted.face.amount, 10**decimals)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    plain = [f"{whole:,}{fraction}", f"{whole}{fraction}"]
    return plain + [f"£{spelling}" for spelling in plain]


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _dates(day: str) -> list[str]:
    year, month, date = day.split("-")
    name = _MONTHS[int(month) - 1]
    spellings = [day, f"{date}/{month}/{year}", f"{int(date)} {name} {year}"]
    return [*spellings, f"{date} {name} {year}", f"{int(date)} {name[:3]} {year}"]
