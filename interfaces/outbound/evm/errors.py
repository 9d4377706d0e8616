# The names say the condition, as the ports of this project do; "Error" would add nothing.
"""What can go wrong between us and a chain."""

from collections.abc import Mapping


class ChainError(Exception):
    """Anything that the chain, its node or our use of it went wrong with."""


class ChainUnreachable(ChainError):
    """No answer came: whether a transaction went out is not known, and must be looked up."""


class ChainRefused(ChainError):
    """The node or a contract answered no.

    Attributes:
        reason: the name of a custom error, the text of a revert, ``Panic``, or the node's words.
        data: the error's arguments by name, as JSON values; empty when it has none.

    """

    def __init__(self, reason: str, data: Mapping[str, object] | None = None) -> None:
        self.reason = reason
        self.data = dict(data or {})
        super().__init__(f"{reason} {self.data}" if self.data else reason)


class FeesAboveCap(ChainError):
    """The chain asks more for gas than the policy allows; wait or raise the cap."""

    def __init__(self, *, needed: int, cap: int) -> None:
        self.needed = needed
        self.cap = cap
        super().__init__(f"gas costs at least {needed} wei, the cap is {cap} wei")


class MalformedCall(ChainError, ValueError):
    """A planned call does not fit the contract's ABI; the message says where."""


class ArtifactMissing(ChainError):
    """A contract's ABI and bytecode are not on this machine; the message says what to run."""


class NodeFailed(ChainError):
    """The local node did not start, or ended by itself."""
