"""What the doors ask for proofs, over the tale: a real tree, and evidence without proof."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from application.ports.log import CheckpointNotWitnessed, SignedReceipt
from application.ports.tree import BeyondLog, BodyLine, NotSigned
from domain.integrity import merkle
from domain.integrity.merkle import leaf_hash
from tests.projections.tale import Tale


class House(Protocol):
    """The house of `house.py`, as these parts see it."""

    tale: Tale
    unwitnessed: bool

    def check(self, *, receipts: bool = False) -> None:
        """Fail where a switch says so."""
        ...


class Tree:
    """The tree over the tale, computed anew for each question."""

    def __init__(self, house: House) -> None:
        self._house = house

    def _leaves(self, size: int) -> list[bytes]:
        self._house.check()
        log = self._house.tale.log
        if size > len(log):
            raise BeyondLog(size, size=len(log))
        return [leaf_hash(event.chain) for event in log[:size]]

    async def tile(self, level: int, index: int, width: int) -> bytes:
        """Compute a tile."""
        step = 256**level
        leaves = self._leaves((index * 256 + width) * step)[index * 256 * step :]
        return b"".join(merkle.root(leaves[at : at + step]) for at in range(0, width * step, step))

    async def chains(self, index: int, width: int) -> Sequence[bytes]:
        """Read the chain values."""
        return [line.chain for line in await self.bodies(index, width)]

    async def bodies(self, index: int, width: int) -> Sequence[BodyLine]:
        """Read the events."""
        self._leaves(index * 256 + width)
        return [
            BodyLine(event.position, event.envelope.type, event.body, event.chain)
            for event in self._house.tale.log[index * 256 : index * 256 + width]
        ]

    async def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Prove."""
        return merkle.consistency_path(old, new, merkle.nodes_of(self._leaves(new)))

    async def consistency_file(self, old: int, new: int) -> bytes:
        """Say that nothing was ever signed."""
        await self.consistency(old, new)
        raise NotSigned(old, below=None, above=7)


class Proofs:
    """Evidence without proof: only what the doors pass on."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def receipt(self, position: int) -> SignedReceipt:
        """Tell the chain value at a position; nobody signs."""
        self._house.check(receipts=True)
        chain = self._house.tale.log[position - 1].chain.hex()
        return SignedReceipt(position=position, chain=chain, note="signed")

    async def evidence(self, position: int) -> bytes | None:
        """Make something that names the position."""
        return b'{"position": %d}\n' % position

    async def checkpoint(self) -> str:
        """Tell a text, unless too few witnesses have signed."""
        if self._house.unwitnessed:
            raise CheckpointNotWitnessed(9, witnessed=7, quorum=2)
        return "tallystick.example/memory\n1\n"

    async def trust(self) -> bytes:
        """Tell a document."""
        return b'{"format": "tallystick/trust/v1"}'


class Completeness:
    """Bundles without proof: only what the doors pass on."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def completeness(self, stream: str, as_of: int | None = None) -> bytes:
        """Make something that names the stream and the position."""
        self._house.check()
        if self._house.unwitnessed:
            raise CheckpointNotWitnessed(9, witnessed=7, quorum=2)
        position = as_of or len(self._house.tale.log)
        return msgspec.json.encode({"stream": stream, "as_of": position})
