"""Writes a golden sample for each event type and schema that has none yet; never changes one.

A sample is what the log may hold for ever. When a test says that a sample no longer reads, the
event's shape has changed without a new schema number.
"""

import types
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec

from domain.catalogue import EVENTS
from domain.integrity.canonical import canonical
from domain.kernel.event import Event

GOLDEN: Final = Path(__file__).resolve().parent.parent / "tests" / "golden"


def sample_of(event: type[Event]) -> bytes:
    """Make a sample with every field filled, optional ones too."""
    return canonical(_fill(event))


def _fill(kind: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _fill(next(each for each in arguments if each is not type(None)))
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return [_fill(arguments[0])]
    if origin is dict:
        return {"name": _fill(arguments[1])}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return {field.encode_name: _fill(field.type) for field in fields}
    plain: dict[Any, Any] = {str: "text", int: 7, bool: True, Any: "anything"}
    return plain[kind]


def missing() -> dict[Path, type[Event]]:
    """Tell which samples are not there."""
    wanted = {GOLDEN / f"{kind}.{event.SCHEMA}.json": event for kind, event in EVENTS.items()}
    return {path: event for path, event in wanted.items() if not path.is_file()}


def main() -> None:
    """Write what is missing."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for path, event in missing().items():
        path.write_bytes(sample_of(event) + b"\n")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
