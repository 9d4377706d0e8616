"""Why a call was refused: revert data to a name and numbers.

T-REX 4.1 reverts with texts, our contracts and T-REX 4.2 with custom errors, the compiler's own
checks with panic codes; some nodes give no data and only words.
"""

from collections.abc import Iterable
from typing import Final

from eth_abi.exceptions import DecodingError

from interfaces.outbound.evm.abi import Entry, Parameter, decode_values, to_json
from interfaces.outbound.evm.artifacts import Artifact
from interfaces.outbound.evm.errors import ChainRefused

PANICS: Final = {
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "enum out of range",
    0x31: "pop of an empty array",
    0x32: "array index out of range",
    0x41: "too much memory",
    0x51: "call of a zero function pointer",
}
"""Solidity's panic codes in words."""

_BUILT_IN: Final = (
    Entry(type="error", name="Error", inputs=(Parameter(type="string", name="message"),)),
    Entry(type="error", name="Panic", inputs=(Parameter(type="uint256", name="code"),)),
)
_PREFIX: Final = "execution reverted"
_BATCH: Final = "SettlementBatchRefused"


class RevertDecoder:
    """Knows every custom error of the contracts that it is given."""

    def __init__(self, artifacts: Iterable[Artifact]) -> None:
        declared = [entry for artifact in artifacts for entry in artifact.abi]
        self._errors = {
            entry.selector: entry for entry in (*_BUILT_IN, *declared) if entry.type == "error"
        }

    def refusal(self, message: str, data: bytes) -> ChainRefused:
        """Turn a node's message and revert data into the reason and its numbers."""
        entry = self._errors.get(data[:4])
        if entry is None:
            return _from_words(message, data)
        try:
            values = decode_values(entry.inputs, data[4:])
        except DecodingError:
            return _from_words(message, data)
        if entry.name == "Error":
            return ChainRefused(str(values[0]))
        if entry.name == "Panic" and isinstance(values[0], int):
            return ChainRefused("Panic", {"code": values[0], "meaning": PANICS.get(values[0], "")})
        named = zip([each.name for each in entry.inputs], values, strict=True)
        numbers = {name: to_json(value) for name, value in named}
        if entry.name != _BATCH:
            return ChainRefused(entry.name, numbers)
        # A batch refuses for the reason of one of its moves; what is its own is which one.
        inner = self.refusal(entry.name, bytes.fromhex(str(numbers.pop("reason"))[2:]))
        return ChainRefused(inner.reason, {**inner.data, **numbers})


def _from_words(message: str, data: bytes) -> ChainRefused:
    words = message.removeprefix(_PREFIX).lstrip(": ").removeprefix("revert: ") or _PREFIX
    return ChainRefused(words, {"data": "0x" + data.hex()} if data else None)
