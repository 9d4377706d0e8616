"""What contracts said: their events in a range of blocks, decoded by their ABI.

A range is asked for in one request for each few hundred addresses, so its size must be bounded by
the caller; a node that finds it too large is told apart from one that does not answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from domain.integrity.canonical import NotCanonicalError, canonical
from interfaces.outbound.evm.abi import Entry, JsonValue, decode_event, to_json
from interfaces.outbound.evm.artifacts import FILES, Artifacts
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.rpc import RpcClient, RpcFault
from interfaces.outbound.evm.transactions import Block
from interfaces.outbound.evm.wire import quantity

ADDRESSES_MAX: Final = 500
ARGUMENTS_MAX: Final = 16 * 1024
UNKNOWN: Final = "unknown"


class RangeTooLarge(ChainUnreachable):
    """The node will not answer for so many blocks at once, or not so often."""


class Contract(msgspec.Struct, frozen=True):
    """A contract that is watched: its artifact's name, and the block that created it."""

    address: str
    kind: str
    block: int


class ChainEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a contract, by parameter name; ``unknown`` when no ABI of ours has it."""

    contract: Contract
    event: str
    arguments: dict[str, JsonValue]
    transaction: str
    block: int
    block_hash: str
    log_index: int


class RawEvent(msgspec.Struct, frozen=True, rename="camel"):
    """An event in the answer of eth_getLogs."""

    address: str
    topics: tuple[str, ...]
    data: str
    transaction_hash: str
    block_number: str
    block_hash: str
    log_index: str


class BlockSource(Protocol):
    """Tells of blocks; the gateway does."""

    def chain_id(self) -> int:
        """Return the chain's number (EIP-155)."""
        ...

    def block_number(self) -> int:
        """Return the height of the newest block."""
        ...

    def block(self, block: int | str = ...) -> Block | None:
        """Return a block, or None when the chain is shorter."""
        ...


class ChainLogs:
    """Blocks and events of one chain; for one thread at a time.

    Every method raises ChainUnreachable when there is no answer.
    """

    def __init__(
        self,
        url: str,
        *,
        blocks: BlockSource,
        artifacts: Artifacts,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._rpc = RpcClient(url, timeout_seconds=timeout_seconds)
        self._blocks = blocks
        self._decoder = EventDecoder(artifacts)

    def close(self) -> None:
        """Close the connection."""
        self._rpc.close()

    def chain_id(self) -> int:
        """Return the chain's number."""
        return self._blocks.chain_id()

    def height(self) -> int:
        """Return the height of the newest block."""
        return self._blocks.block_number()

    def block(self, number: int) -> Block | None:
        """Return the block at a height now; None when the chain is shorter."""
        return self._blocks.block(number)

    def events(
        self, contracts: Iterable[Contract], *, first: int, last: int
    ) -> Iterator[ChainEvent]:
        """Read what these contracts said in a range of blocks, both ends included.

        Raises RangeTooLarge.
        """
        known = {contract.address: contract for contract in contracts}
        addresses = sorted(known)
        for start in range(0, len(addresses), ADDRESSES_MAX):
            for raw in self._raw(addresses[start : start + ADDRESSES_MAX], first, last):
                yield self._decoder.decode(known[raw.address.lower()], raw)

    def _raw(self, addresses: list[str], first: int, last: int) -> list[RawEvent]:
        wanted: dict[str, JsonValue] = {
            "address": addresses,
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        try:
            return self._rpc.request("eth_getLogs", list[RawEvent], wanted)
        except RpcFault as fault:
            raise RangeTooLarge(fault.message) from fault


class EventDecoder:
    """Reads events by the ABI of their contract, or of any contract of ours."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._by_kind: dict[str, dict[bytes, list[Entry]]] = {}
        for kind in FILES:
            entries = self._by_kind.setdefault(kind, defaultdict(list))
            for entry in artifacts.of(kind).abi:
                if entry.type == "event":
                    entries[entry.topic].append(entry)
        # Proxies say things that the ABI behind them does not know.
        self._any: dict[bytes, list[Entry]] = defaultdict(list)
        for entries in self._by_kind.values():
            for topic, found in entries.items():
                self._any[topic].extend(found)

    def decode(self, contract: Contract, raw: RawEvent) -> ChainEvent:
        """Decode an event; what nobody can read keeps its topics and its data."""
        topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in raw.topics]
        data = bytes.fromhex(raw.data.removeprefix("0x"))
        name, arguments = self._read(contract.kind, topics, data)
        return ChainEvent(
            contract=contract,
            event=name,
            arguments=arguments,
            transaction=raw.transaction_hash.lower(),
            block=quantity(raw.block_number),
            block_hash=raw.block_hash.lower(),
            log_index=quantity(raw.log_index),
        )

    def _read(
        self, kind: str, topics: Sequence[bytes], data: bytes
    ) -> tuple[str, dict[str, JsonValue]]:
        topic = topics[0] if topics else b""
        own = self._by_kind.get(kind, {}).get(topic, [])
        for entry in [*own, *self._any.get(topic, [])]:
            values = decode_event(entry, topics, data)
            if values is not None:
                arguments = {name: to_json(value) for name, value in values.items()}
                if _fits(arguments):
                    return entry.name, arguments
                return entry.name, _bare(topics, data)
        return UNKNOWN, _bare(topics, data)


def _bare(topics: Sequence[bytes], data: bytes) -> dict[str, JsonValue]:
    bare: dict[str, JsonValue] = {"topics": ["0x" + topic.hex() for topic in topics]}
    if len(data) * 2 <= ARGUMENTS_MAX // 2:
        return {**bare, "data": "0x" + data.hex()}
    return {**bare, "data_sha256": sha256(data).hexdigest()}


def _fits(arguments: dict[str, JsonValue]) -> bool:
    """Say whether a body can hold them: strangers may write what JSON of ours does not take."""
    try:
        canonical(arguments, limit=ARGUMENTS_MAX)
    except NotCanonicalError:
        return False
    return True
