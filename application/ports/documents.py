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


class DocumentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a document of a person is: SHA-256 and size of its content, and its media type."""

    digest: str
    media_type: str
    size: int


class InspectPersonal(Protocol):
    """Finds out what a person handed in to be known by, from its content alone."""

    def __call__(self, content: bytes) -> str:
        """Tell the media type. Raises DocumentRefused, also for any but PDF, PNG and JPEG."""
        ...


class PersonalDocuments(Protocol):
    """Keeps documents of persons, each sealed under the key of its person."""

    def put(self, person: str, content: bytes, media_type: str) -> DocumentFacts:
        """Keep a document; the same content again is the same document.

        Raises StoreUnavailable.
        """
        ...

    def describe(self, person: str, digest: str) -> DocumentFacts | None:
        """Tell what a document of a person is. Raises StoreUnavailable."""
        ...

    def get(self, person: str, digest: str) -> bytes | None:
        """Open a document of a person. Raises KeyErased, StoreUnavailable."""
        ...

    def purge(self, person: str) -> int:
        """Throw the documents of a person away; tells how many. Raises StoreUnavailable."""
        ...
