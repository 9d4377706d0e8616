"""What two persons have approved is carried out, once."""

from collections.abc import Sequence
from typing import Final

from application.processes.manager import ProcessManager, Reaction, Wish
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.request.commands import CarryOutRequest
from domain.request.events import RequestApproved


def _carry_out(_: object, recorded: Recorded) -> Sequence[Reaction]:
    request = identity_of(recorded.stream)
    return (Wish(CarryOutRequest(request=request), request),)


APPROVING: Final = ProcessManager(name="approving", reactions={RequestApproved: _carry_out})
