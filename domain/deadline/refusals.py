"""Why a clock says no."""

from domain.kernel.refusal import Refusal


class NotDue(Refusal, frozen=True, kw_only=True):
    """The instant is still to come, or the clock stopped before it."""

    CODE = "deadline_not_due"
    SENTENCE = "The clock {clock} is due at {due_at}."

    clock: str
    due_at: str
