"""Reading a document that somebody handed in."""

from typing import Protocol

import msgspec


class PdfText(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a PDF in reading order, words parted by single spaces, and its pages."""

    text: str
    pages: int


class DocumentRefused(Exception):
    """A document that is not taken; ``code`` is stable, ``reason`` a sentence for people.

    Codes: document_too_large, not_a_pdf, document_encrypted, document_too_many_pages,
    document_too_long, document_unreadable, document_too_slow.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class InspectPdf(Protocol):
    """Reads a PDF within bounds of size, time and memory."""

    def __call__(self, content: bytes) -> PdfText:
        """Read it. Raises DocumentRefused."""
        ...
