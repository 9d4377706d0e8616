"""A subject that is paused between request and decision is refused, whatever it sends."""

import msgspec
import pytest

from application.authority import COMMAND_ROLES
from application.dispatch import admit, decide, first_streams
from application.handlers.standing import STILL_OPEN
from application.ports.gate import Request
from domain.catalogue import aggregate_for
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.kernel.roles import Role
from domain.subject.state import SUBJECT, Subject
from domain.subject.workflow import SUBJECT_WORKFLOW
from tools.golden import sample_of_wish

AT = "2026-05-22T10:42:00.000000Z"
ACTOR = "coppergate"
PEOPLES: list[tuple[type[Command], Role]] = [
    (command, role)
    for command, rights in COMMAND_ROLES.items()
    for role, scope in sorted(rights.items())
    if role != "process" and scope != "request"
]
PAUSED = Subject(state="ACTIVE", name="x", roles=("seller",), frozen=True)
DECLINED = Subject(state="DECLINED", name="x", roles=("seller",))


class States(dict[str, object]):
    """Nothing has happened yet but to the actor."""

    def __missing__(self, stream: str) -> object:
        """Give what a stream starts with."""
        return aggregate_for(stream).empty


def refusal_of(command: type[Command], role: Role, standing: Subject) -> str:
    """Tell what a command of the actor is refused with."""
    wish = msgspec.convert(sample_of_wish(command), command)
    request = Request(command=wish, actor=f"subject:{ACTOR}", role=role, key="k")
    with pytest.raises(Refused) as caught:
        decide(request, AT, States({f"subject:{ACTOR}": standing}))
    return caught.value.refusal.CODE


@pytest.mark.capability("FX14", part="standing")
@pytest.mark.capability("FX10", part="E3")
@pytest.mark.parametrize(
    ("command", "role"),
    [each for each in PEOPLES if each[0] not in STILL_OPEN],
    ids=lambda each: getattr(each, "TYPE", each),
)
def test_nobody_acts_while_paused_or_declined(command: type[Command], role: Role) -> None:
    """Every command of every role in the table: the neutral code, before anything else."""
    assert refusal_of(command, role, PAUSED) == "subject_paused"
    assert refusal_of(command, role, DECLINED) == "subject_not_active"


def test_what_goes_on_is_few_and_named() -> None:
    """Each has a reason, and a handler that does without the actor's standing."""
    assert all(STILL_OPEN.values())
    assert set(STILL_OPEN) <= set(COMMAND_ROLES)


def test_the_writer_learns_beforehand_whose_standing_is_needed() -> None:
    """So that nothing is fetched while the log is locked (DESIGN 2)."""
    command, role = next(each for each in PEOPLES if each[0].TYPE == "invoice.submit")
    wish = msgspec.convert(sample_of_wish(command), command)
    request = Request(command=wish, actor=f"subject:{ACTOR}", role=role, key="k")
    admit(request)
    assert f"subject:{ACTOR}" in first_streams(request)


def test_every_state_but_two_leaves_the_decision_to_the_handler() -> None:
    """Who is still on the way in may hand in what is missing."""
    assert {"FROZEN", "DECLINED"} <= set(SUBJECT_WORKFLOW.states)
    assert SUBJECT.empty.frozen is False
