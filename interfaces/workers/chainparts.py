"""What the parts of the chain worker share: its rules, its table, a write as its stream tells."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from domain.chainwrite.events import ChainWritePlanned
from domain.chainwrite.state import ENDS, ChainWrite
from domain.kernel.event import Recorded
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.rawtransaction import RawTransaction


class ChainRules(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the worker is. Depths and waits are in blocks, except where they say seconds."""

    confirmations: int = 2
    """Blocks on top of a transaction, its own included, before it counts."""
    horizon: int = 64
    """How far behind the head a write at its end is still watched, and how deep a stranger's
    transaction lies before ours, whose nonce it has, are given up."""
    bump_blocks: int = 12
    """Blocks that pass a transaction over before its fees are raised."""
    resend_seconds: float = 5.0
    """How long without a block until somebody asks whether the node still has what waits."""
    attempts: int = 3
    """Nonces that a write may use up without effect, and dry runs that may refuse it."""
    dry_run_seconds: float = 0.2
    """Time between two dry runs of a refused call."""
    pipeline: int = 64
    """Nonces of one key that may be on their way at once."""
    lanes: int = 1
    """Reports that go to the log at the same time."""
    shorter_seconds: float = 30.0
    """How long a chain that is shorter than the log is taken for one that lags."""
    key_low_wei: int = 0
    """Balance of a key below which somebody must fill it up; 0 never asks."""
    idle_seconds: float = 0.5
    """Time between two looks at the chain when nothing is open."""
    balance_seconds: float = 10.0
    """Time between two looks at the balances."""


class RawStore(Protocol):
    """The worker's own table of raw transactions."""

    def hold(self) -> bool:
        """Tell whether this is the one worker that may sign. Raises StoreUnavailable."""
        ...

    def put(self, *raws: RawTransaction) -> None:
        """Commit raw transactions together. Raises StoreUnavailable."""
        ...

    def of(self, write: str) -> Sequence[RawTransaction]:
        """List what was signed for a write, by nonce and fee. Raises StoreUnavailable."""
        ...

    def next_nonce(self, sender: str) -> int:
        """Tell one more than the highest nonce signed for a sender, 0 for none."""
        ...

    def since(self, sender: str, nonce: int) -> Sequence[RawTransaction]:
        """List what was signed for a sender from a nonce on, in order. Raises StoreUnavailable."""
        ...


class OpenWrite(msgspec.Struct, frozen=True):
    """A write as its stream tells it; the last event there is the ``cause`` of what follows.

    ``planned_at`` is the position of its plan.
    """

    name: str
    state: ChainWrite
    cause: Recorded
    planned_at: int

    @property
    def version(self) -> int:
        """The version of its last event."""
        return self.cause.envelope.version

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do, unless the chain takes its block back."""
        return self.state.state in ENDS

    @property
    def plan(self) -> ChainWritePlanned:
        """What is to be called; raises ValueError for a write that nobody planned."""
        if self.state.plan is None:
            message = f"{self.name} was never planned"
            raise ValueError(message)
        return self.state.plan

    @property
    def call(self) -> PlannedCall:
        """The call as the gateway takes it."""
        plan = self.plan
        return PlannedCall(
            contract=plan.contract,
            function=plan.function,
            arguments=plan.arguments,
            target=plan.target,
        )
