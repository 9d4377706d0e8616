"""What happened to an anchor; the stream is ``anchor:<size>``."""

from domain.kernel.event import VISIBLE_TO_ALL, Event


class AnchorPlanned(Event, frozen=True, kw_only=True):
    """The root of the log at ``size`` is to be anchored; the checkpoint vouches for it."""

    TYPE = "anchor.planned"
    VISIBLE = VISIBLE_TO_ALL
    size: int
    root: str
    head: str
    checkpoint: str
    write: str


class AnchorConfirmed(Event, frozen=True, kw_only=True):
    """The registry on chain holds the root, deep enough to rely on."""

    TYPE = "anchor.confirmed"
    VISIBLE = VISIBLE_TO_ALL
    size: int
    chain_id: int
    registry: str
    transaction: str
    block: int
    block_hash: str


class AnchorFailed(Event, frozen=True, kw_only=True):
    """The chain refused the anchor; the next one will cover its events."""

    TYPE = "anchor.failed"
    VISIBLE = VISIBLE_TO_ALL
    size: int
    reason: str


EVENTS = (AnchorPlanned, AnchorConfirmed, AnchorFailed)
