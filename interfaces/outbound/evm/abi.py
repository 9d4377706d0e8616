"""A contract's ABI: its entries, and JSON values to and from its types.

JSON cannot carry what Solidity can, so a planned call and a result keep to these forms:
integers up to 2^53-1 as numbers or decimal strings and larger ones as decimal strings, bytes as
``0x`` hex, addresses as ``0x`` hex, arrays as arrays, tuples as arrays or as objects by name.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import (
    is_checksum_address,
    is_hex_address,
    to_checksum_address,
)
from eth_utils.crypto import keccak

from interfaces.outbound.evm.errors import MalformedCall

JsonValue = bool | int | str | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
Native = bool | int | str | bytes | tuple["Native", ...]

MAX_JSON_INTEGER = 2**53 - 1
WORD = 32


class Parameter(msgspec.Struct, frozen=True):
    """One argument, result or field of a tuple."""

    type: str
    name: str = ""
    components: tuple["Parameter", ...] = ()
    indexed: bool = False

    @property
    def canonical(self) -> str:
        """The type as signatures spell it, tuples written out."""
        if not self.type.startswith("tuple"):
            return self.type
        fields = ",".join(component.canonical for component in self.components)
        return f"({fields}){self.type.removeprefix('tuple')}"


class Entry(msgspec.Struct, frozen=True):
    """A constructor, function, event or custom error."""

    type: Literal["constructor", "function", "event", "error", "fallback", "receive"]
    name: str = ""
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()

    @property
    def signature(self) -> str:
        """Name and argument types, as they are hashed."""
        return f"{self.name}({','.join(each.canonical for each in self.inputs)})"

    @property
    def selector(self) -> bytes:
        """The four bytes that name a function or a custom error."""
        return keccak(text=self.signature)[:4]

    @property
    def topic(self) -> bytes:
        """The 32 bytes that name an event."""
        return keccak(text=self.signature)


def to_native(parameter: Parameter, value: JsonValue, at: str) -> Native:
    """Give a JSON value the Python type that the encoder wants; `at` names its place.

    Raises MalformedCall when it does not fit.
    """
    if parameter.type.endswith("]"):
        return _to_native_array(parameter, value, at)
    if parameter.type == "tuple":
        return _to_native_tuple(parameter, value, at)
    if parameter.type.startswith(("uint", "int")):
        return _to_native_integer(parameter.type, value, at)
    if parameter.type.startswith("bytes"):
        return _to_native_bytes(parameter.type, value, at)
    if parameter.type == "address" and isinstance(value, str) and _is_address(value):
        return to_checksum_address(value)
    if parameter.type == "bool" and isinstance(value, bool):
        return value
    if parameter.type == "string" and isinstance(value, str):
        return value
    raise MalformedCall(f"{at} is no {parameter.type}: {value!r}")


def natives(parameters: Sequence[Parameter], values: Sequence[JsonValue], at: str) -> list[Native]:
    """Give each JSON value of a list of arguments its Python type."""
    if len(parameters) != len(values):
        raise MalformedCall(f"{at} takes {len(parameters)} arguments, not {len(values)}")
    return [
        to_native(parameter, value, f"{at}.{parameter.name or index}")
        for index, (parameter, value) in enumerate(zip(parameters, values, strict=True))
    ]


def to_json(value: Native) -> JsonValue:
    """Write a decoded value as JSON: integers in decimal, bytes in ``0x`` hex, the rest as it is.

    Every integer becomes a string, so that the form does not depend on its size.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    return value


def decode_values(parameters: Sequence[Parameter], data: bytes) -> tuple[Native, ...]:
    """Decode what a function returned, an error carries or an event keeps in its data.

    Raises DecodingError (of eth-abi) when the bytes are not of these types.
    """
    decoded: tuple[Native, ...] = decode([each.canonical for each in parameters], data)
    return tuple(_tidy(value) for value in decoded)


def decode_event(entry: Entry, topics: Sequence[bytes], data: bytes) -> dict[str, Native] | None:
    """Read an event by parameter name, or answer None when the log is of another event.

    Of an indexed string, array or tuple the chain keeps the hash only; it comes as 32 bytes.
    """
    indexed = [each for each in entry.inputs if each.indexed]
    if not topics or topics[0] != entry.topic or len(topics) != len(indexed) + 1:
        return None
    plain = [each for each in entry.inputs if not each.indexed]
    try:
        values = dict(zip([each.name for each in plain], decode_values(plain, data), strict=True))
        for parameter, topic in zip(indexed, topics[1:], strict=True):
            values[parameter.name] = _topic_value(parameter, topic)
    except DecodingError:
        return None
    return values


def _topic_value(parameter: Parameter, topic: bytes) -> Native:
    hashed = parameter.type in {"string", "bytes"} or parameter.type.endswith("]")
    if hashed or parameter.type.startswith("tuple"):
        return topic
    return decode_values([parameter], topic)[0]


def _tidy(value: Native) -> Native:
    if isinstance(value, tuple | list):
        return tuple(_tidy(each) for each in value)
    return value


def _is_address(value: str) -> bool:
    if not value.startswith("0x") or not is_hex_address(value):
        return False
    # Letters of both cases carry a checksum (EIP-55), which a slip of the pen breaks.
    digits = value[2:]
    return digits in {digits.lower(), digits.upper()} or is_checksum_address(value)


def _to_native_integer(kind: str, value: JsonValue, at: str) -> int:
    if isinstance(value, str) and value.removeprefix("-").isascii():
        digits = value.removeprefix("-")
        if not digits.isdigit() or value != str(int(value)):
            raise MalformedCall(f"{at} is no decimal integer: {value!r}")
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > MAX_JSON_INTEGER:
            raise MalformedCall(f"{at} is above 2^53-1 and must be a decimal string")
        number = value
    else:
        raise MalformedCall(f"{at} is no {kind}: {value!r}")
    bits = int(kind.lstrip("uint") or 256)
    low, high = (0, 2**bits) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise MalformedCall(f"{at} does not fit {kind}: {number}")
    return number


def _to_native_bytes(kind: str, value: JsonValue, at: str) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise MalformedCall(f"{at} is no 0x hex: {value!r}")
    try:
        raw = bytes.fromhex(value[2:])
    except ValueError as error:
        raise MalformedCall(f"{at} is no 0x hex: {value!r}") from error
    size = kind.removeprefix("bytes")
    if "0x" + raw.hex() != value.lower() or (size and len(raw) != int(size)):
        raise MalformedCall(f"{at} is no {kind}: {value!r}")
    return raw


def _to_native_array(parameter: Parameter, value: JsonValue, at: str) -> tuple[Native, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise MalformedCall(f"{at} is no array: {value!r}")
    base, _, length = parameter.type[:-1].rpartition("[")
    if length and len(value) != int(length):
        raise MalformedCall(f"{at} takes {length} elements, not {len(value)}")
    element = msgspec.structs.replace(parameter, type=base)
    return tuple(to_native(element, each, f"{at}[{index}]") for index, each in enumerate(value))


def _to_native_tuple(parameter: Parameter, value: JsonValue, at: str) -> tuple[Native, ...]:
    if isinstance(value, Mapping):
        names = [component.name for component in parameter.components]
        if set(names) != set(value):
            raise MalformedCall(f"{at} has members {sorted(value)}, not {sorted(names)}")
        return tuple(natives(parameter.components, [value[name] for name in names], at))
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise MalformedCall(f"{at} is no tuple: {value!r}")
    return tuple(natives(parameter.components, value, at))
