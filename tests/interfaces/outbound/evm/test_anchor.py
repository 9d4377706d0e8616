"""Anchors of a growing log, through the gateway, on a real node."""

import hashlib
from collections.abc import Sequence
from itertools import count

import pytest

from domain.integrity.checkpoint import Checkpoint
from interfaces.outbound.evm.abi import JsonValue
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.errors import ChainRefused
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.lastanchor import LastAnchor
from interfaces.outbound.evm.node import AnvilNode
from tests.interfaces.outbound.evm.support import Platform, Writer

pytestmark = [pytest.mark.chain, pytest.mark.capability("B1", part="root on chain")]

ORIGINS = count(1)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word: slow and obvious."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def consistency(first: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1, word for word."""
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if first <= k:
        return [*consistency(first, leaves[:k], whole=whole), root(leaves[k:])]
    return [*consistency(first - k, leaves[k:], whole=False), root(leaves[:k])]


class Anchoring:
    """One log of a test, registered at the platform's registry."""

    def __init__(self, writer: Writer, registry: str) -> None:
        self.writer = writer
        self.registry = registry
        self.origin = f"tallystick.example/anchors/{next(ORIGINS)}"
        self.log = hashlib.sha256(self.origin.encode()).hexdigest()
        self.leaves = [hashlib.sha256(bytes([n])).digest() for n in range(40)]
        writer.result(
            "registry_owner",
            self.call("register", "0x" + self.log, writer.address("anchorer")),
        )

    def call(self, function: str, *arguments: JsonValue) -> PlannedCall:
        return PlannedCall(
            contract="AnchorRegistry", function=function, target=self.registry, arguments=arguments
        )

    def anchor(self, size: int, since: int = 0) -> PlannedCall:
        path = consistency(since, self.leaves[:size]) if since else []
        return self.call(
            "anchor",
            "0x" + self.log,
            size,
            "0x" + root(self.leaves[:size]).hex(),
            "0x" + self.leaves[size - 1].hex(),
            ["0x" + each.hex() for each in path],
        )

    def latest(self) -> tuple[object, ...]:
        return self.writer.gateway.call(self.call("latest", "0x" + self.log))[:3]

    def refused(self, call: PlannedCall, purpose: str = "anchorer") -> ChainRefused:
        with pytest.raises(ChainRefused) as caught:
            self.writer.gateway.simulate(call, sender=self.writer.address(purpose))
        return caught.value


@pytest.fixture
def anchoring(writer: Writer, platform: Platform) -> Anchoring:
    return Anchoring(writer, platform.address("anchor_registry"))


def test_a_log_grows_under_anchors(anchoring: Anchoring) -> None:
    since = 0
    for size in (1, 2, 3, 7, 8, 21, 40):
        result = anchoring.writer.result("anchorer", anchoring.anchor(size, since))
        assert result == {
            "log": anchoring.log,
            "size": str(size),
            "root": root(anchoring.leaves[:size]).hex(),
            "chain_head": anchoring.leaves[size - 1].hex(),
        }
        since = size
    assert anchoring.latest() == (40, root(anchoring.leaves), anchoring.leaves[39])


def test_a_repeat_of_the_last_is_harmless_and_its_receipt_is_evidence_too(
    anchoring: Anchoring,
) -> None:
    first = anchoring.writer.result("anchorer", anchoring.anchor(5))
    assert anchoring.writer.result("anchorer", anchoring.anchor(5)) == first
    anchoring.writer.result("anchorer", anchoring.anchor(9, 5))
    assert anchoring.refused(anchoring.anchor(5)).reason == "AnchorSizeNotLarger"
    assert anchoring.latest()[0] == 9


def test_a_rewritten_log_cannot_be_anchored(anchoring: Anchoring) -> None:
    anchoring.writer.result("anchorer", anchoring.anchor(5))
    anchoring.leaves[2] = bytes(32)
    error = anchoring.refused(anchoring.anchor(9, 5))
    assert error.reason == "AnchorInconsistent"
    assert error.data["latest"] == "5"
    assert error.data["size"] == "9"
    assert anchoring.refused(anchoring.anchor(5)).reason == "AnchorConflict"


def test_a_smaller_log_and_a_stranger_are_refused(anchoring: Anchoring) -> None:
    anchoring.writer.result("anchorer", anchoring.anchor(8))
    assert anchoring.refused(anchoring.anchor(7)).reason == "AnchorSizeNotLarger"
    error = anchoring.refused(anchoring.anchor(9, 8), "registry_owner")
    assert error.reason == "AnchorUnauthorized"
    assert error.data["anchorer"] == anchoring.writer.address("anchorer")


def test_after_a_disavowal_the_last_standing_anchor_is_the_base(
    anchoring: Anchoring, gateway: EvmGateway
) -> None:
    anchoring.writer.result("anchorer", anchoring.anchor(8))
    anchoring.writer.result("anchorer", anchoring.anchor(21, 8))
    disavowal = anchoring.call("disavow", "0x" + anchoring.log, 21)
    assert anchoring.refused(disavowal).reason == "OwnableUnauthorizedAccount"
    result = anchoring.writer.result("registry_owner", disavowal)
    assert result["size"] == "21"
    assert anchoring.latest()[0] == 8
    assert anchoring.refused(anchoring.anchor(21, 8)).reason == "AnchorSizeDisavowed"
    anchoring.writer.result("anchorer", anchoring.anchor(13, 8))
    found = gateway.call(anchoring.call("anchorAt", "0x" + anchoring.log, 21))
    assert found[3] is True
    assert anchoring.latest()[0] == 13


def test_the_guard_learns_the_last_anchor(anvil: AnvilNode, anchoring: Anchoring) -> None:
    """As the checkpoint that the log must still hold."""

    def ask() -> Checkpoint | None:
        return LastAnchor(anvil.url, log=anchoring.origin, registry=anchoring.registry)()

    assert ask() is None
    anchoring.writer.result("anchorer", anchoring.anchor(5))
    anchoring.writer.result("anchorer", anchoring.anchor(9, 5))
    leaves = anchoring.leaves
    assert ask() == Checkpoint(anchoring.origin, 9, root(leaves[:9]), leaves[8])


def test_a_chain_without_the_registry_or_without_an_answer_knows_no_anchor(
    anvil: AnvilNode, anchoring: Anchoring
) -> None:
    """Nobody is kept from writing by a chain that was reset or is away."""
    nowhere = "0x" + "ab" * 20
    assert LastAnchor(anvil.url, log=anchoring.origin, registry=nowhere)() is None
    away = "http://127.0.0.1:1"
    assert LastAnchor(away, log=anchoring.origin, registry=anchoring.registry)() is None
