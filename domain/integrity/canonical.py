"""Canonical JSON: RFC 8785, restricted as FORMATS 1 says, so that equal facts have equal bytes.

`msgspec` already writes the canonical form of every legal value. What it does not do is refuse the
illegal ones. An exact walk over each value would cost more than the encoding, and `canonical` is
on the log writer's hot path; so the encoded bytes are scanned for the *possible* signs of
something illegal, and only a hit pays for the exact walk. The scan may suspect an innocent body
(a comma before "N" in a name); it may never pass a guilty one. Tests compare it with the walk.
"""

import json
import re
from decimal import Decimal  # noqa: TID251  (imported in order to refuse it)
from enum import Enum

import msgspec

MAX_BODY_BYTES = 64 * 1024
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64

_OPENING_BRACE = ord("{")


class CanonicalFault(Enum):
    """What makes a value or a text unfit to be stored."""

    NOT_JSON = "not JSON"
    NOT_CANONICAL = "JSON, but not in its canonical form"
    DUPLICATE_KEY = "a key stands twice in one object"
    KEY_NOT_ASCII = "a key is not an ASCII string"
    FLOAT = "a number with a fraction or an exponent"
    INTEGER_RANGE = "an integer beyond 2^53-1"
    CHARACTER = "a control character other than line feed and tab"
    SURROGATE = "a lone surrogate"
    TYPE = "a value that JSON does not know"
    DEPTH = "nested too deep"
    LENGTH = "more bytes than a body may have"


class NotCanonicalError(ValueError):
    """The value has no canonical form, or the text is not one. `fault` says why."""

    def __init__(self, fault: CanonicalFault, detail: str = "") -> None:
        super().__init__(f"{fault.value}: {detail}" if detail else fault.value)
        self.fault = fault


_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="number")
_DECODER = msgspec.json.Decoder()

# A number of 16 digits or more, with a fraction or an exponent, minus zero, NaN, Infinity, or a
# null (which may have been a NaN): after a key, after a comma, after a bracket. Three patterns,
# because each begins with a literal, which `re` finds many times faster than a choice.
_NUMBER = rb"[-0-9NIns](?:[0-9]{15}|[0-9]*+[.eEaunNIs]|(?<=-)0)"
_SUSPICIOUS_MEMBER = re.compile(rb'":' + _NUMBER).search
_SUSPICIOUS_ELEMENT = re.compile(rb"," + _NUMBER).search
_SUSPICIOUS_FIRST_ELEMENT = re.compile(rb"\[" + _NUMBER).search
_SUSPICIOUS_ESCAPE = re.compile(rb'\\[^nt"\\]').search
# Holds only where no backslash stands in the text, so that each quote opens or closes a string.
_SUSPICIOUS_KEY = re.compile(rb'"[\x00-\x21\x23-\x7f]*+[\x80-\xff][^"]*+":').search
_ILLEGAL_CHARACTER = re.compile("[\x00-\x08\x0b-\x1f]").search
_KEPT_AS_THEY_ARE = (Decimal, float)


def canonical(value: object, *, limit: int = MAX_BODY_BYTES) -> bytes:
    """Return the one canonical encoding of a JSON-like value or a struct.

    `limit` is in bytes. Raises NotCanonicalError. Source: FORMATS 1, RFC 8785.
    """
    try:
        encoded = _ENCODER.encode(value)
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise _refusal(value, error) from error
    if len(encoded) > limit:
        raise NotCanonicalError(CanonicalFault.LENGTH, f"{len(encoded)} of {limit}")
    if _is_suspicious(encoded):
        _walk(msgspec.to_builtins(value, builtin_types=_KEPT_AS_THEY_ARE), depth=1)
    return encoded


def parse_canonical(text: bytes, *, limit: int = MAX_BODY_BYTES) -> object:
    """Return the value of a canonical text, refusing every other spelling of the same value.

    Raises NotCanonicalError, whose fault names the cause where one can be told.
    """
    if len(text) > limit:
        raise NotCanonicalError(CanonicalFault.LENGTH, f"{len(text)} of {limit}")
    try:
        value: object = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _text_refusal(text, error) from error
    if canonical(value, limit=limit) != text:
        raise _text_refusal(text, None)
    return value


def _is_suspicious(encoded: bytes) -> bool:
    """Say whether an encoded value may be illegal: cheap, never wrong when it says no."""
    if _SUSPICIOUS_MEMBER(encoded) or encoded[0] != _OPENING_BRACE:
        return True
    escaped = encoded.find(b"\\") >= 0
    if escaped and _SUSPICIOUS_ESCAPE(encoded):
        return True
    if not encoded.isascii() and (escaped or _SUSPICIOUS_KEY(encoded)):
        return True
    brackets = 0
    if encoded.find(b"[") >= 0:
        if _SUSPICIOUS_ELEMENT(encoded) or _SUSPICIOUS_FIRST_ELEMENT(encoded):
            return True
        brackets = encoded.count(b"[")
    return brackets + encoded.count(b"{") > MAX_DEPTH


def _walk(value: object, depth: int) -> None:
    """Raise NotCanonicalError for the first illegal part of a value made of builtins."""
    if depth > MAX_DEPTH:
        raise NotCanonicalError(CanonicalFault.DEPTH, f"more than {MAX_DEPTH} levels")
    match value:
        case dict():
            for key, member in value.items():
                _check_key(key)
                _walk(member, depth + 1)
        case list() | tuple():
            for element in value:
                _walk(element, depth + 1)
        case _:
            _check_scalar(value)


def _check_scalar(value: object) -> None:
    match value:
        case bool() | None:
            return
        case str():
            _check_text(value)
        case int():
            if abs(value) > MAX_INTEGER:
                raise NotCanonicalError(CanonicalFault.INTEGER_RANGE)
        case float():
            raise NotCanonicalError(CanonicalFault.FLOAT, str(value)[:40])
        case Decimal():  # the encoder writes a whole one like an int, so it is judged like one
            text = str(value)
            if str(int(value) if value.is_finite() else "") != text:
                raise NotCanonicalError(CanonicalFault.FLOAT, text[:40])
            _check_scalar(int(text))
        case _:
            raise NotCanonicalError(CanonicalFault.TYPE, type(value).__name__)


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not key.isascii():
        raise NotCanonicalError(CanonicalFault.KEY_NOT_ASCII, repr(key)[:40])
    _check_text(key)


def _check_text(text: str) -> None:
    found = _ILLEGAL_CHARACTER(text)
    if found is not None:
        raise NotCanonicalError(CanonicalFault.CHARACTER, f"U+{ord(found[0]):04X}")


def _refusal(value: object, error: Exception) -> NotCanonicalError:
    """Name the fault of a value that the encoder itself refused."""
    if isinstance(error, UnicodeEncodeError):
        return NotCanonicalError(CanonicalFault.SURROGATE)
    if isinstance(error, RecursionError):
        return NotCanonicalError(CanonicalFault.DEPTH, f"more than {MAX_DEPTH} levels")
    try:
        _walk(msgspec.to_builtins(value, builtin_types=_KEPT_AS_THEY_ARE), depth=1)
    except NotCanonicalError as found:
        return found
    except TypeError:
        return NotCanonicalError(CanonicalFault.TYPE, str(error))
    return NotCanonicalError(CanonicalFault.TYPE, str(error))


def _text_refusal(text: bytes, error: Exception | None) -> NotCanonicalError:
    """Name the fault of a text that is not canonical; slow and exact, for the message only."""
    if isinstance(error, RecursionError):
        return NotCanonicalError(CanonicalFault.DEPTH)
    try:
        value = json.loads(text.decode(), object_pairs_hook=_refuse_duplicates)
        canonical(value, limit=len(text) * 6)  # finds the lone surrogates that JSON can escape
    except NotCanonicalError as found:
        return found
    except (ValueError, RecursionError) as reason:
        return NotCanonicalError(CanonicalFault.NOT_JSON, str(reason))
    return NotCanonicalError(CanonicalFault.NOT_CANONICAL)


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotCanonicalError(CanonicalFault.DUPLICATE_KEY)
    return members
