"""Text that people give: names that look alike but are not, and what no text may hold.

Source: Unicode normalisation form C (UAX 15) and the highly restrictive level of UTS 39. The
script of a letter is the first word of its Unicode name, which the standard library knows.
"""

import unicodedata
from typing import Final

from domain.kernel.refusal import InvalidField, Refusal

_ALLOWED_CONTROLS: Final = frozenset("\n\t")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Categories of characters that nobody sees: controls, formats (bidi, zero width), unassigned."""
_EAST: Final = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
"""Scripts that one writing uses together (UTS 39, highly restrictive)."""
_COMPATIBLE: Final = frozenset({"FULLWIDTH", "HALFWIDTH", "MATHEMATICAL"})
_MODIFIER: Final = "MODIFIER"
"""Marks that count as letters in many scripts, as the turned comma of Hawaiian."""


def refuse_text(
    text: str, *, field: str, limit: int, one_script: bool = False, lines: bool = False
) -> Refusal | None:
    """Say why a text cannot be taken: empty, too long, not normal, hidden or mixed characters.

    ``one_script`` refuses letters of scripts that are not written together, as a Cyrillic one
    among Latin ones; ``lines`` allows line feeds and tabs. ``limit`` counts characters.
    """
    reason = _fault(text, limit, lines=lines) or (_mixture(text) if one_script else None)
    return None if reason is None else InvalidField(field=field, reason=reason)


def _fault(text: str, limit: int, *, lines: bool) -> str | None:
    if not text.strip() or text != text.strip():
        return "must not be empty, nor begin or end with white space"
    if len(text) > limit:
        return f"must have at most {limit} characters"
    controls = _ALLOWED_CONTROLS if lines else frozenset()
    if any(unicodedata.category(each) in _HIDDEN and each not in controls for each in text):
        return "must not contain characters that nobody sees"
    if not unicodedata.is_normalized("NFC", text):
        return "must be in Unicode normalisation form C"
    return None


def _mixture(text: str) -> str | None:
    scripts = {_script(each) for each in text if each.isalpha()} - {_MODIFIER}
    if scripts & _COMPATIBLE:
        return "must not contain letters of compatibility, as wide or mathematical ones"
    if len(scripts) > 1 and not any(scripts <= together for together in _EAST):
        return "mixes letters of scripts that look alike"
    return None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
