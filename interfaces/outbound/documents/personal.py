"""Finds out what a person handed in: the port `application.ports.documents.InspectPersonal`.

The first bytes say what it claims to be, a bounded process whether it is.
"""

from pathlib import Path
from typing import Final

import msgspec

from application.ports.documents import DocumentRefused
from interfaces.outbound.documents.bounded import Finding, look
from interfaces.outbound.documents.pdf import PdfInspector, PdfLimits

LOOKER: Final = Path(__file__).with_name("picture.py")
PDF: Final = "application/pdf"
MAGIC: Final = {
    b"%PDF-": PDF,
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""The first bytes of what is taken (ISO 32000, PNG 5.2, ISO 10918-1 B.1.1.2)."""

FORMATS: Final = {"PNG": "image/png", "JPEG": "image/jpeg"}

REASONS: Final = {
    "document_too_large": "The document is larger than we take; hand in a smaller one.",
    "document_kind_unknown": "The document is neither PDF, PNG nor JPEG.",
    "document_unreadable": "The document cannot be read; it may be damaged.",
    "document_too_slow": "The document takes too long to read; hand in a simpler one.",
}


class PersonalLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What looking at one document may cost."""

    bytes: int = 10 * 2**20
    pixels: int = 60_000_000
    seconds: int = 10
    memory_mebibytes: int = 1024


class _Seen(Finding, frozen=True, kw_only=True):
    format: str = ""


class PersonalInspector:
    """Looks at documents of persons within limits; may be called from several threads."""

    def __init__(self, limits: PersonalLimits | None = None) -> None:
        self._limits = limits or PersonalLimits()
        self._pdf = PdfInspector(PdfLimits(bytes=self._limits.bytes))

    def __call__(self, content: bytes) -> str:
        """Tell the media type. Raises DocumentRefused."""
        if len(content) > self._limits.bytes:
            raise _refused("document_too_large")
        claimed = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
        if claimed is None:
            raise _refused("document_kind_unknown")
        if claimed == PDF:
            self._pdf(content)
            return PDF
        seen = look(LOOKER, content, self._limits, _Seen)
        if seen.refused is not None or FORMATS.get(seen.format) != claimed:
            raise _refused(seen.refused or "document_kind_unknown")
        return claimed


def _refused(code: str) -> DocumentRefused:
    return DocumentRefused(code, REASONS[code])


def inspect_personal(content: bytes) -> str:
    """Tell the media type of a document within the usual limits. Raises DocumentRefused."""
    return PersonalInspector()(content)
