"""Writes a golden sample for each event type and schema that has none yet; never changes one.

A sample is what the log may hold for ever, and ``SHAPES.txt`` names the type of each of its
fields, and which of them may be left out. When a test says that a sample no longer reads or
that a shape is another, the event has changed without a new schema number.
"""

import types
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec

from domain.catalogue import EVENTS
from domain.integrity.canonical import canonical
from domain.kernel.command import Command
from domain.kernel.event import Event

GOLDEN: Final = Path(__file__).resolve().parent.parent / "tests" / "golden"
SHAPES: Final = GOLDEN / "SHAPES.txt"


def sample_of(event: type[Event]) -> bytes:
    """Make a sample with every field filled, optional ones too."""
    return canonical(_fill(event))


def sample_of_wish(command: type[Command]) -> dict[str, Any]:
    """Make plain values for every field of a command."""
    filled: dict[str, Any] = _fill(command)
    return filled


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


def shape_of(event: type[Event]) -> str:
    """Write the fields of an event with their types in one line; ``?`` may be left out.

    A closed set of words counts as text: a word more is not another shape.
    """
    return _braced(event)


def _braced(struct: type[msgspec.Struct]) -> str:
    fields = (
        f"{field.encode_name}{'' if field.required else '?'}: {_named(field.type)}"
        for field in msgspec.structs.fields(struct)
    )
    return "{" + ", ".join(sorted(fields)) + "}"


def _named(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return " | ".join(sorted(_named(each) for each in arguments))
    if origin is Literal:
        return " | ".join(sorted({type(each).__name__ for each in arguments}))
    if origin in {tuple, dict}:
        inner = [_named(each) for each in arguments if each is not Ellipsis]
        return f"{origin.__name__}[{', '.join(inner)}]"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _braced(kind)
    return "null" if kind is type(None) else str(getattr(kind, "__name__", kind))


def shapes() -> dict[str, str]:
    """Read the shapes that were ever written, by ``<type>.<schema>``."""
    lines = SHAPES.read_text().splitlines() if SHAPES.is_file() else []
    return dict(line.split(" ", 1) for line in lines)


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
    today = {f"{kind}.{event.SCHEMA}": shape_of(event) for kind, event in EVENTS.items()}
    known = {**today, **shapes()}
    SHAPES.write_text("".join(f"{name} {known[name]}\n" for name in sorted(known)))


if __name__ == "__main__":
    main()
