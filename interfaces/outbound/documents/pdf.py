"""Reads PDFs: the port `application.ports.documents.InspectPdf`, by pypdf in a bounded process."""

from pathlib import Path
from typing import Final

import msgspec

from application.ports.documents import DocumentRefused, PdfText
from interfaces.outbound.documents.bounded import Finding, look

EXTRACTOR: Final = Path(__file__).with_name("extract.py")
HEADER_WITHIN_BYTES: Final = 1024
"""Where a reader looks for the mark of a PDF (ISO 32000, annex H)."""

REASONS: Final = {
    "document_too_large": "The document is larger than {bytes} bytes; hand in a smaller one.",
    "not_a_pdf": "The document is not a PDF.",
    "document_encrypted": "The PDF is encrypted; hand it in without a password.",
    "document_too_many_pages": "The PDF has more than {pages} pages; hand in the invoice alone.",
    "document_too_long": "The PDF holds more text than an invoice has.",
    "document_unreadable": "The PDF cannot be read; it may be damaged.",
    "document_too_slow": "The PDF takes too long to read; hand in a simpler one.",
}


class PdfLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What reading one PDF may cost."""

    bytes: int = 10 * 2**20
    pages: int = 50
    characters: int = 2**20
    seconds: int = 10
    memory_mebibytes: int = 1024


class _Extracted(Finding, frozen=True, kw_only=True):
    text: str = ""
    pages: int = 0


class PdfInspector:
    """Reads PDFs within limits; may be called from several threads."""

    def __init__(self, limits: PdfLimits | None = None) -> None:
        self._limits = limits or PdfLimits()

    def __call__(self, content: bytes) -> PdfText:
        """Read a PDF; see `InspectPdf`. Raises DocumentRefused."""
        if len(content) > self._limits.bytes:
            raise self._refused("document_too_large")
        if b"%PDF-" not in content[:HEADER_WITHIN_BYTES]:
            raise self._refused("not_a_pdf")
        extracted = look(EXTRACTOR, content, self._limits, _Extracted)
        if extracted.refused is not None:
            raise self._refused(extracted.refused)
        return PdfText(text=extracted.text, pages=extracted.pages)

    def _refused(self, code: str) -> DocumentRefused:
        facts = msgspec.structs.asdict(self._limits)
        return DocumentRefused(code, REASONS[code].format_map(facts))


def inspect_pdf(content: bytes) -> PdfText:
    """Read a PDF within the usual limits. Raises DocumentRefused."""
    return PdfInspector()(content)
