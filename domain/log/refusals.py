"""What the log itself says no with."""

from domain.kernel.refusal import Refusal


class LogFrozen(Refusal, frozen=True, kw_only=True):
    """New obligations wait until the log is anchored again (FX13, DESIGN decision 17)."""

    CODE = "log_frozen_for_lateness"
    KIND = "late"
    SENTENCE = (
        "Position {position} lies under no anchor since {since}, longer than {limit_seconds} s:"
        " no new obligation is taken on until it does; ask again later."
    )

    position: int
    since: str
    limit_seconds: int


class NotLate(Refusal, frozen=True, kw_only=True):
    """Nothing has waited so long that the log would have to freeze."""

    CODE = "anchor_not_late"
    SENTENCE = "Position {position} has waited {waited_seconds} s of {limit_seconds} s."

    position: int
    waited_seconds: int
    limit_seconds: int


class AnchorNotLarger(Refusal, frozen=True, kw_only=True):
    """Anchors only grow: the streams of a larger size were committed to before."""

    CODE = "anchor_not_larger"
    SENTENCE = (
        "An anchor of size {size} would be smaller than {committed}, the size committed to last."
    )

    size: int
    committed: int
