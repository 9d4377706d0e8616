"""Strict reading of bodies and query strings: nothing is converted, nothing is ignored."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, TypeVar

import msgspec

from interfaces.inbound.http.problems import Problem

S = TypeVar("S", bound=msgspec.Struct)

_PATH: Final = re.compile(r" - at `(?:key in )?\$?(.*)`$")
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([0-9]+|\.\.\.)\]")
_NAMED: Final = re.compile(r"^Object (?:contains unknown|missing required) field `(.*?)`")


@cache
def _decoder(body: type[S]) -> msgspec.json.Decoder[S]:
    return msgspec.json.Decoder(body)


def decode(content: bytes, body: type[S]) -> S:
    """Read a JSON body. Raises Problem with the code and the offending field."""
    try:
        decoded: S = _decoder(body).decode(content)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("malformed_json") from error
    return decoded


def decode_query(query: Mapping[str, str], parameters: type[S]) -> S:
    """Read query parameters, whose numbers arrive as text. Raises Problem."""
    try:
        return msgspec.convert(dict(query), parameters, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from error


def invalid(message: str) -> Problem:
    """Turn what msgspec says into a problem with a pointer."""
    found = _PATH.search(message)
    reason = message[: found.start()] if found else message
    steps = [name or index for name, index in _STEP.findall(found[1] if found else "")]
    named = _NAMED.match(reason)
    if named:
        steps.append(named[1])
    field = "".join("/" + ("*" if step == "..." else _escape(step)) for step in steps)
    return Problem(_code(reason), f"{field or 'The body'}: {_plain(reason)}.", field=field)


def _code(reason: str) -> str:
    if "unknown field" in reason:
        return "unknown_field"
    if "missing required" in reason:
        return "missing_field"
    return "wrong_type" if ", got `" in reason else "invalid_field"


def _plain(reason: str) -> str:
    plain = reason.replace("`", "")
    return plain[:1].lower() + plain[1:200]


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
