"""Wishes about anchors."""

from domain.kernel.command import Command


class PlanAnchor(Command, frozen=True, kw_only=True):
    """Anchor the log at a size; ``path`` proves that it extends the last anchored size."""

    TYPE = "anchor.plan"
    size: int
    root: str
    head: str
    checkpoint: str
    path: tuple[str, ...]


class ConfirmAnchor(Command, frozen=True, kw_only=True):
    """Record that the chain holds the anchor."""

    TYPE = "anchor.confirm"
    size: int
    transaction: str
    block: int
    block_hash: str


class FailAnchor(Command, frozen=True, kw_only=True):
    """Record that the chain refused the anchor for good."""

    TYPE = "anchor.fail"
    size: int
    reason: str
