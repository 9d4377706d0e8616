"""What must hold when a chain run is over, whatever happened: counted on the chain itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import msgspec

from domain.chainwrite import events
from domain.chainwrite.state import CHAINWRITE, ChainWrite
from domain.kernel.event import Event
from interfaces.outbound.evm.gateway import transaction_hash
from interfaces.outbound.rawtransaction import RawTransaction
from tools.soak.invariants import Violation

Told = (events.ChainWriteConfirmed, events.ChainWriteRestored)


class OnChain(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of one of our keys in the chain as it is in the end."""

    transaction: str
    sender: str
    nonce: int
    block: int
    block_hash: str
    succeeded: bool


class PastBlock(msgspec.Struct, frozen=True):
    """A block that was on the chain at some time: where, and how deep it came to lie."""

    number: int
    depth: int


class ChainEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is left of a run."""

    expected: Mapping[str, str]
    """Of each planned write the state in which it must end."""
    facts: Mapping[str, Sequence[Event]]
    """Of each write what the log says, in order."""
    raws: Sequence[RawTransaction]
    mined: Sequence[OnChain]
    effects: Mapping[str, int]
    """How often the ledger contract heard each reference."""
    counted: Sequence[str]
    """The writes whose effect the ledger counts."""
    blocks: Sequence[str]
    """The canonical block hashes by height."""
    past: Mapping[str, PastBlock]
    nonces: Mapping[str, int]
    strangers: Mapping[str, str]
    """Transactions that somebody else made with our keys, and the key's address."""
    confirmations: int
    unknown_sent: Sequence[str] = ()
    """Transactions that a node was given before the log and the table had them."""

    def write(self, name: str) -> ChainWrite:
        """Fold a write."""
        return CHAINWRITE.fold(self.facts.get(name, ()))

    def hashes(self, name: str) -> set[str]:
        """Tell every transaction that was ever signed for a write."""
        return {each.transaction for each in self.write(name).signed}


def once_on_chain(evidence: ChainEvidence) -> Iterator[str]:
    """Each write took effect exactly once, or not at all when it must fail."""
    for name, wanted in evidence.expected.items():
        own = evidence.hashes(name)
        done = [each for each in evidence.mined if each.transaction in own and each.succeeded]
        if len(done) != (wanted == "CONFIRMED"):
            yield f"{name} ({wanted}) was carried out {len(done)} times"
    for name in evidence.counted:
        times = evidence.effects.get(name, 0)
        if times != (evidence.expected[name] == "CONFIRMED"):
            yield f"the contract heard {name} {times} times"


def nothing_else(evidence: ChainEvidence) -> Iterator[str]:
    """Only what is on the log is on the chain, but for the stranger's own."""
    known = set(chain.from_iterable(evidence.hashes(name) for name in evidence.facts))
    for each in evidence.mined:
        if each.transaction not in known and each.transaction not in evidence.strangers:
            yield f"{each.transaction} is on the chain and on no log"


def at_its_end(evidence: ChainEvidence) -> Iterator[str]:
    """Each write ended as it must."""
    for name, wanted in evidence.expected.items():
        if (state := evidence.write(name).state) != wanted:
            yield f"{name} is {state}, not {wanted}"


def log_agrees(evidence: ChainEvidence) -> Iterator[str]:
    """What the log calls confirmed lies in that canonical block, in that transaction."""
    mined = {each.transaction: each for each in evidence.mined}
    for name in evidence.expected:
        write = evidence.write(name)
        if write.state != "CONFIRMED":
            continue
        found = mined.get(write.transaction or "")
        if found is None or (found.block, found.block_hash) != (write.block, write.block_hash):
            yield f"{name} is confirmed in {write.block} {write.block_hash}, the chain has {found}"


def never_rashly(evidence: ChainEvidence) -> Iterator[str]:
    """Nothing was confirmed but in a block that was on the chain and deep enough."""
    for name, facts in evidence.facts.items():
        for fact in facts:
            if not isinstance(fact, Told):
                continue
            block = evidence.past.get(fact.block_hash)
            if block is None or block.number != fact.block:
                yield f"{name} was confirmed in block {fact.block}, which never had that hash"
            elif block.depth < evidence.confirmations:
                yield f"{name} was confirmed {block.depth} blocks deep"


def retracted(evidence: ChainEvidence) -> Iterator[str]:
    """Whatever was told of a block that is gone was taken back."""
    canonical = set(evidence.blocks)
    for name, facts in evidence.facts.items():
        told: str | None = None
        for fact in facts:
            if isinstance(fact, Told):
                if told is not None:
                    yield f"{name} was told twice and not taken back between"
                told = fact.block_hash
            elif isinstance(fact, events.ChainWriteRetracted):
                told = None
        if told is not None and told not in canonical:
            yield f"{name} was told of {told}, which is gone, and not taken back"


def once_published(evidence: ChainEvidence) -> Iterator[str]:
    """The first success is told once as such: others act upon it."""
    for name, facts in evidence.facts.items():
        if (times := sum(isinstance(each, events.ChainWriteConfirmed) for each in facts)) > 1:
            yield f"{name} was published {times} times"


def without_gaps(evidence: ChainEvidence) -> Iterator[str]:
    """Every nonce of a key up to the chain's own count has one owner, and none is beyond it."""
    foreign = {each.transaction: each for each in evidence.mined}
    for sender, count in evidence.nonces.items():
        own = {raw.nonce for raw in evidence.raws if raw.sender == sender}
        own |= {
            foreign[each].nonce
            for each, key in evidence.strangers.items()
            if key == sender and each in foreign
        }
        if own != set(range(count)):
            yield f"{sender} has nonces {sorted(own)}, the chain counts {count}"


def one_owner(evidence: ChainEvidence) -> Iterator[str]:
    """No nonce of a key was ever signed for two writes."""
    owners: dict[tuple[str, int], set[str]] = {}
    for raw in evidence.raws:
        owners.setdefault((raw.sender, raw.nonce), set()).add(raw.write)
    for (sender, nonce), names in owners.items():
        if len(names) > 1:
            yield f"nonce {nonce} of {sender} was signed for {sorted(names)}"


def bytes_kept(evidence: ChainEvidence) -> Iterator[str]:
    """The bytes of every hash on the log are in the table, and are those of the hash."""
    kept = {(raw.write, raw.transaction) for raw in evidence.raws}
    for name in evidence.facts:
        for transaction in evidence.hashes(name):
            if (name, transaction) not in kept:
                yield f"the bytes of {transaction}, signed for {name}, are lost"
    for raw in evidence.raws:
        if transaction_hash(raw.raw) != raw.transaction:
            yield f"the bytes kept as {raw.transaction} are others"


def log_first(evidence: ChainEvidence) -> Iterator[str]:
    """No node was given anything before the log and the table had it."""
    for transaction, times in Counter(evidence.unknown_sent).items():
        yield f"{transaction} was sent {times} times before it was on the log"


Invariant = Callable[[ChainEvidence], Iterator[str]]
CHAIN_INVARIANTS: Final[tuple[Invariant, ...]] = (
    once_on_chain,
    nothing_else,
    at_its_end,
    log_agrees,
    never_rashly,
    retracted,
    once_published,
    without_gaps,
    one_owner,
    bytes_kept,
    log_first,
)


def chain_violations(evidence: ChainEvidence) -> list[Violation]:
    """Check all of them."""
    return [
        Violation(invariant.__name__, message)
        for invariant in CHAIN_INVARIANTS
        for message in invariant(evidence)
    ]
