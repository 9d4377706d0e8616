"""Words and shapes of ISO 20022 messages: namespaces, amounts, accounts, elements.

Amounts are minor units here and decimal text in a message; no float ever stands between.
"""

import re
import xml.etree.ElementTree as ET
from typing import Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from domain.kernel.money import LARGEST, MINOR_UNITS

PAIN_001: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PAIN_002: Final = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
CAMT_053: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CAMT_054: Final = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
NOT_PROVIDED: Final = "NOTPROVIDED"
"""What stands for an end-to-end id that the payer did not give."""

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,5}))?")


class MalformedMessage(Exception):
    """A message that is not what it should be; the text says where."""


def decimal_text(amount: int, currency: str) -> str:
    """Write minor units as a message has them: 966000 pence are `9660.00`.

    Raises ValueError for a negative amount or an unknown currency.
    """
    if amount < 0 or currency not in MINOR_UNITS:
        message = f"no amount of a bank message: {amount} {currency}"
        raise ValueError(message)
    decimals = MINOR_UNITS[currency]
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}" if decimals else str(whole)


def minor_units(text: str, currency: str) -> int:
    """Read an amount; `9660`, `9660.0` and `9660.00` GBP are 966000 pence.

    Raises `MalformedMessage` for signs, exponents, more decimals than the currency has, or an
    amount beyond the books.
    """
    found = _DECIMAL.fullmatch(text)
    decimals = MINOR_UNITS.get(currency)
    if found is None or decimals is None or len(found[2] or "") > decimals:
        message = f"not an amount of {currency}: {text!r}"
        raise MalformedMessage(message)
    amount = int(found[1] + (found[2] or "").ljust(decimals, "0"))
    if amount > LARGEST:
        message = f"amount too large: {text}"
        raise MalformedMessage(message)
    return amount


def element(name: str, *content: "str | ET.Element | None", **attributes: str) -> ET.Element:
    """Make an element of text or of child elements; what is None is left out."""
    made = ET.Element(name, attributes)
    for part in content:
        if isinstance(part, str):
            made.text = part
        elif part is not None:
            made.append(part)
    return made


def account_element(name: str, account: str) -> ET.Element:
    """Name an account: as IBAN, or as the country's own number."""
    if _IBAN.fullmatch(account):
        return element(name, element("Id", element("IBAN", account)))
    return element(name, element("Id", element("Othr", element("Id", account))))


def party_element(name: str, party: str) -> ET.Element:
    """Name a party of an entry (its choice `Pty`)."""
    return element(name, element("Pty", element("Nm", party)))


def document(namespace: str, content: ET.Element) -> ET.Element:
    """Wrap the content of a message."""
    return element("Document", content, xmlns=namespace)


def to_bytes(root: ET.Element) -> bytes:
    """Write a message; equal messages are equal bytes."""
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def parse(content: bytes) -> ET.Element:
    """Read XML from outside: no entities, no DTD. Raises `MalformedMessage`."""
    try:
        root: ET.Element = fromstring(content, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError) as error:
        message = f"not the XML of a message: {type(error).__name__}"
        raise MalformedMessage(message) from error
    return root


class Reader:
    """Reads the elements of one message namespace by path."""

    def __init__(self, root: ET.Element, namespace: str) -> None:
        self.root = root
        self._namespace = namespace

    def text(self, path: str) -> str:
        """Take the text at a path; raises `MalformedMessage` when there is none."""
        found = self.maybe(path)
        if not found:
            message = f"missing: {path}"
            raise MalformedMessage(message)
        return found

    def maybe(self, path: str) -> str | None:
        """Take the text at a path, if any."""
        return self.root.findtext(path, None, {"": self._namespace})

    def all(self, path: str) -> "list[Reader]":
        """Take every element at a path."""
        found = self.root.findall(path, {"": self._namespace})
        return [Reader(part, self._namespace) for part in found]

    def one(self, path: str) -> "Reader":
        """Take the only element at a path; raises `MalformedMessage` when there is not one."""
        found = self.all(path)
        if len(found) != 1:
            message = f"{len(found)} of {path}, 1 expected"
            raise MalformedMessage(message)
        return found[0]

    def attribute(self, name: str) -> str:
        """Take an attribute; raises `MalformedMessage` when it is missing."""
        value = self.root.get(name)
        if value is None:
            message = f"missing: attribute {name}"
            raise MalformedMessage(message)
        return value

    def account(self, path: str) -> str:
        """Take the account at a path, whichever way it is named."""
        return self.maybe(f"{path}/Id/IBAN") or self.text(f"{path}/Id/Othr/Id")

    def amount(self, path: str) -> tuple[int, str]:
        """Take an amount in minor units and its currency."""
        found = self.one(path)
        currency = found.attribute("Ccy")
        return minor_units(found.root.text or "", currency), currency


def read_document(root: ET.Element, namespace: str) -> Reader:
    """Open the one content element of a `Document`; raises `MalformedMessage`."""
    if root.tag != f"{{{namespace}}}Document" or len(root) != 1:
        message = f"not a {namespace.rpartition(':')[2]} document"
        raise MalformedMessage(message)
    return Reader(root[0], namespace)
