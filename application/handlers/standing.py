"""Standing is part of every decision: whoever is paused or declined begins nothing (DESIGN 3).

Handlers say what else a subject must be to act in a deal. This is what holds of every command of
every person and institution, in whatever role: it is asked with the state at the moment of the
decision, not with what the door knew.
"""

from typing import Final

from application.draft import Loading
from application.ports.gate import Request
from domain.apikey.state import RotateApiKey
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.listing.commands import WithdrawListing
from domain.signatory.state import RevokeSigningKey
from domain.subject.decide import OVER, refuse_inactive
from domain.subject.state import subject_stream

STILL_OPEN: Final[dict[type[Command], str]] = {
    WithdrawListing: "it binds nobody: an offer only gets smaller",
    RotateApiKey: "a key that may be lost must not stay good",
    RevokeSigningKey: "a key that may be lost must not stay good",
}
"""What goes on while its actor is paused, and why."""


def actor_stream(request: Request) -> str | None:
    """Tell whose standing a command needs; nothing for processes, and for what goes on anyway."""
    kind, _, subject = request.actor.partition(":")
    if kind != "subject" or type(request.command) in STILL_OPEN:
        return None
    return subject_stream(subject)


def demand_standing(request: Request) -> Loading:
    """Go on when the actor is neither paused nor declined nor gone. Raises Refused."""
    stream = actor_stream(request)
    if stream is None:
        return
    state = (yield (stream,))[stream]
    if state.frozen or state.state in {"FROZEN", "DECLINED", *OVER}:
        refusal = refuse_inactive(state, stream.partition(":")[2])
        if refusal is not None:
            raise Refused(refusal)
