"""Extracts the text of one PDF: standard input to standard output, in a process of its own.

A hostile file may loop, explode in memory or crash the parser; here it can only end this process.
The first argument is JSON of limits, the answer JSON: {"text", "pages"} or {"refused": code}.
Started as a script, it imports nothing of ours.
"""

import io
import json
import resource
import sys
import unicodedata

MEBIBYTE = 2**20


def main(limits: dict[str, int]) -> dict[str, object]:
    """Bound this process, then read."""
    _bound(resource.RLIMIT_AS, limits["memory_mebibytes"] * MEBIBYTE)
    _bound(resource.RLIMIT_CPU, limits["seconds"])
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)
    content = sys.stdin.buffer.read()
    try:
        return _read(content, limits)
    except Exception:  # the parser fails on broken files in any way there is
        return {"refused": "document_unreadable"}


def _bound(what: int, limit: int) -> None:
    _, most = resource.getrlimit(what)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(what, (limit, limit))


def _read(content: bytes, limits: dict[str, int]) -> dict[str, object]:
    from pypdf import PdfReader  # noqa: PLC0415 (loaded within the bounds)

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        return {"refused": "document_encrypted"}
    pages = len(reader.pages)
    if pages > limits["pages"]:
        return {"refused": "document_too_many_pages"}
    texts: list[str] = []
    length = 0
    for page in reader.pages:
        texts.append(page.extract_text())
        length += len(texts[-1])
        if length > limits["characters"]:
            return {"refused": "document_too_long"}
    return {"text": _plain(" ".join(texts)), "pages": pages}


def _plain(text: str) -> str:
    """Undo ligatures and odd spaces, drop what does not print."""
    words = unicodedata.normalize("NFKC", text).split()
    plain = ("".join(letter for letter in word if letter.isprintable()) for word in words)
    return " ".join(word for word in plain if word)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
