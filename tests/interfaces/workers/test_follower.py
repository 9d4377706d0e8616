"""Following the log: each fact once in order, the place after the effect."""

import pytest

from application.ports.gate import StoreUnavailable
from application.ports.mail import MailUnreachable
from domain.invoice.events import BuyerReminded, InvoiceVerified
from domain.kernel.event import Recorded
from interfaces.telemetry.context import about
from interfaces.workers.follower import BATCH, IDLE_SECONDS, Follower
from tests.interfaces.workers.parts import ListLog, Places


class Remembering:
    """An effect that fails when told so."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.fails_at: int | None = None

    def __call__(self, recorded: Recorded) -> None:
        if recorded.position == self.fails_at:
            raise MailUnreachable
        self.done.append(recorded.position)


@pytest.fixture
def log() -> ListLog:
    """Give a log with reminders at 2 and 4, other facts around."""
    log = ListLog()
    for number in range(1, 6):
        fact = BuyerReminded(kind="due") if number in {2, 4} else InvoiceVerified(checks=("a",))
        log.scribe.write("invoice:A", fact)
    return log


def test_only_its_facts_have_an_effect_and_the_place_is_behind_them(log: ListLog) -> None:
    effect, places = Remembering(), Places()
    Follower("mails", {BuyerReminded: effect}, log=log, places=places).step()
    assert effect.done == [2, 4]
    assert places.moves == [2, 4, 5]


def test_an_effect_that_fails_is_tried_again_and_those_before_it_are_not(log: ListLog) -> None:
    effect, places = Remembering(), Places()
    follower = Follower("mails", {BuyerReminded: effect}, log=log, places=places)
    effect.fails_at = 4
    with pytest.raises(MailUnreachable):
        follower.step()
    assert places.known["mails"] == 2
    effect.fails_at = None
    follower.step()
    assert effect.done == [2, 4]
    assert places.known["mails"] == 5


def test_a_place_that_was_not_kept_repeats_the_effect(log: ListLog) -> None:
    """The other side must recognise the repeat by its name: better twice than never."""
    effect, places = Remembering(), Places()
    follower = Follower("mails", {BuyerReminded: effect}, log=log, places=places)
    places.down = True
    with pytest.raises(StoreUnavailable):
        follower.step()
    places.down = False
    follower.step()
    assert effect.done == [2, 2, 4]


def test_a_new_follower_goes_on_at_the_kept_place(log: ListLog) -> None:
    effect = Remembering()
    Follower("mails", {BuyerReminded: effect}, log=log, places=Places(mails=2)).step()
    assert effect.done == [4]


def test_nothing_new_is_waited_for(log: ListLog) -> None:
    places = Places(mails=5)
    Follower("mails", {}, log=log, places=places).step()
    assert log.waits == [IDLE_SECONDS]
    assert places.moves == []


def test_a_long_log_comes_in_batches() -> None:
    log, effect = ListLog(), Remembering()
    for _ in range(BATCH + 1):
        log.scribe.write("invoice:A", BuyerReminded(kind="due"))
    follower = Follower("mails", {BuyerReminded: effect}, log=log, places=Places())
    follower.step()
    assert len(effect.done) == BATCH
    follower.step()
    assert effect.done == list(range(1, BATCH + 2))


def test_what_an_effect_logs_carries_the_ids_of_its_fact(log: ListLog) -> None:
    """Whoever looks for a correlation finds the mail that was refused because of it."""
    seen: list[tuple[str, str]] = []

    def effect(recorded: Recorded) -> None:
        assert about()["correlation"] == recorded.envelope.correlation
        seen.append((about()["command"], recorded.envelope.command))

    Follower("mails", {BuyerReminded: effect}, log=log, places=Places()).step()
    assert len(seen) == 2
    assert all(told == wrote for told, wrote in seen)
    assert not about()
