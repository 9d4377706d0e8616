"""Somebody is forgotten on a real store: once, whatever breaks, and the log still verifies (B3)."""

from collections.abc import Callable, Iterator

import pytest

from application.ports.world import KeyErased
from domain.subject import commands
from tests.interfaces.workers.forgetground import (
    EMAIL,
    NAME,
    ForgetGround,
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def ground(migrated_database: Callable[[], str]) -> Iterator[ForgetGround]:
    """A store with Mina in it."""
    with ForgetGround(migrated_database()) as ground:
        ground.people()
        yield ground


@pytest.mark.capability("B3")
def test_two_persons_have_somebody_forgotten_and_the_log_still_verifies(
    ground: ForgetGround,
) -> None:
    """The walk: closed, asked, approved, ordered, destroyed, told; every hash as before."""
    before = [(event.body, event.chain) for event in ground.log.read(0, 500)]
    ground.send("mina", "lender", commands.CloseSubject(subject="mina"))
    assert ground.order(early="entered_in_error") == "request.carried_out"
    assert ground.vault.open(ground.facts("subject:mina")[0].fact.name, *_PLACE, "/name") == NAME
    ground.work()
    assert ground.types()[-3:] == ["subject.closed", "subject.erasure_ordered", "subject.erased"]
    with pytest.raises(KeyErased):
        ground.vault.open(ground.facts("subject:mina")[0].fact.name, *_PLACE, "/name")
    assert ground.identifiers.holder("email", EMAIL) is None
    assert ground.documents.describe("mina", "any") is None
    after = [(event.body, event.chain) for event in ground.log.read(0, 500)]
    assert after[: len(before)] == before


_PLACE = ("subject:mina", "subject.created")
