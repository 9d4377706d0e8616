"""The process runner: order, memory, patience, repeats after the world was away (decision 8)."""

from collections.abc import Sequence
from typing import Any

import pytest

from application.dispatch import InFlight, KeyReused
from application.ports.gate import StoreUnavailable
from application.ports.world import ViewBehind
from application.processes.manager import Over, ProcessManager, Reaction, Wish
from domain.invoice.commands import ExpireInvoice, ListInvoice, RemindBuyer
from domain.invoice.events import BuyerReminded, InvoiceConfirmed, InvoiceVerified
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.refusal import NotFound, Refusal
from interfaces.workers.follower import IDLE_SECONDS
from interfaces.workers.processes import PATIENCE_SECONDS, PLACE, ProcessRunner
from tests.interfaces.workers.parts import ListLog, Places, ScriptedGate


class NotYet(Refusal, frozen=True, kw_only=True):
    """Passes by itself."""

    CODE = "test_not_yet"
    SENTENCE = "Not yet."


class Register:
    """Who holds what, or a view that is behind."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.behind = 0

    def holders(self, asset: str, position: int) -> Sequence[tuple[str, int]]:
        """Answer, unless the view is still behind."""
        if self.behind:
            self.behind -= 1
            message = "the view is behind"
            raise ViewBehind(message)
        self.asked.append((asset, position))
        return [("pennine", 3)]


def _count(memory: int | None, _: Recorded) -> int:
    return (memory or 0) + 1


def _remind(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    return (Wish(RemindBuyer(invoice=invoice, kind=f"{memory}"), invoice),)


def _two(_: Any, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    return (
        Wish(ListInvoice(invoice=invoice), invoice),
        Wish(ExpireInvoice(invoice=invoice), invoice),
    )


COUNTING = ProcessManager(name="counting", reactions={InvoiceVerified: _remind}, fold=_count)
TWOFOLD = ProcessManager(
    name="twofold", reactions={InvoiceVerified: _two}, patience=frozenset({NotYet.CODE})
)


class House:
    """A runner and everything around it; `restart` is a process that died and came again."""

    def __init__(self, *processes: ProcessManager) -> None:
        self.log, self.gate, self.places = ListLog(), ScriptedGate(), Places()
        self.register = Register()
        self._processes = processes
        self.restart()

    def restart(self) -> None:
        """Begin again with what was kept."""
        self.runner = ProcessRunner(
            self._processes,
            self.gate,
            log=self.log,
            places=self.places,
            register=self.register,
        )

    def verified(self, *invoices: str) -> None:
        """Write facts that the processes react to."""
        for invoice in invoices:
            self.log.scribe.write(f"invoice:{invoice}", InvoiceVerified(checks=("a",)))

    def refuse(self, kind: str, *answers: Refusal | Exception) -> None:
        """Prepare answers."""
        self.gate.answers[kind] = list(answers)

    @property
    def place(self) -> int:
        """The place that a restart begins behind."""
        return self.places.known.get(PLACE, 0)


def test_each_case_has_its_memory_and_each_wish_its_cause() -> None:
    house = House(COUNTING)
    house.verified("A", "B", "A")
    house.runner.step()
    asked = [(request.key, request.cause, request.actor) for request in house.gate.requests]
    assert asked == [
        ("1/invoice.remind/A", 1, "process:counting"),
        ("2/invoice.remind/B", 2, "process:counting"),
        ("3/invoice.remind/A", 3, "process:counting"),
    ]
    assert [each["kind"] for each in house.gate.data("invoice.remind")] == ["1", "1", "2"]
    assert house.place == 3


def test_a_restart_folds_the_past_and_dispatches_nothing_of_it() -> None:
    house = House(COUNTING)
    house.verified("A", "A")
    house.runner.step()
    house.gate.requests.clear()
    house.restart()
    house.runner.step()
    assert house.gate.requests == []
    house.verified("A")
    house.runner.step()
    assert [each["kind"] for each in house.gate.data("invoice.remind")] == ["1", "2", "3"]


def test_facts_that_are_only_remembered_cause_nothing() -> None:
    remembering = ProcessManager(
        name="counting",
        reactions={InvoiceVerified: _remind},
        remembers=frozenset({BuyerReminded}),
        fold=_count,
    )
    house = House(remembering)
    house.log.scribe.write("invoice:A", BuyerReminded(kind="x"), InvoiceConfirmed(link="l"))
    house.runner.step()
    assert house.gate.requests == []
    house.verified("A")
    house.runner.step()
    assert house.gate.data("invoice.remind")[0]["kind"] == "2"


def test_a_refusal_becomes_a_work_item_and_the_facts_behind_it_go_on() -> None:
    house = House(COUNTING)
    house.refuse("invoice.remind", NotFound(kind="invoice", identity="A"))
    house.verified("A", "B")
    house.runner.step()
    assert house.gate.kinds() == ["process.record_refusal", "invoice.remind"]
    item = house.gate.data("process.record_refusal")[0]
    assert item == {
        "item": "counting/1/0",
        "process": "counting",
        "cause": 1,
        "command_type": "invoice.remind",
        "code": "not_found",
        "sentence": "There is no invoice A.",
    }
    assert house.place == 2


def test_a_patient_wish_holds_up_nobody_and_is_asked_again() -> None:
    house = House(TWOFOLD)
    house.refuse("invoice.list", NotYet(), NotYet())
    house.verified("A", "B")
    house.runner.step()
    assert house.gate.kinds() == ["invoice.expire", "invoice.expire"]
    assert house.place == 0
    house.runner.step()
    assert house.gate.kinds().count("invoice.list") == 2
    assert house.place == 2


def test_while_something_is_postponed_the_runner_waits_shorter() -> None:
    house = House(TWOFOLD)
    house.refuse("invoice.list", NotYet(), NotYet())
    house.verified("A")
    house.runner.step()
    house.runner.step()
    house.runner.step()
    house.runner.step()
    assert house.log.waits == [PATIENCE_SECONDS, IDLE_SECONDS, IDLE_SECONDS]


def test_a_postponed_wish_is_asked_again_after_a_restart() -> None:
    house = House(TWOFOLD)
    house.refuse("invoice.list", NotYet())
    house.verified("A", "B")
    house.runner.step()
    house.restart()
    house.runner.step()
    assert sorted(house.gate.kinds()) == ["invoice.expire"] * 2 + ["invoice.list"] * 2
    assert house.place == 2


def test_a_patient_wish_that_fails_for_good_becomes_a_work_item() -> None:
    house = House(TWOFOLD)
    house.refuse("invoice.list", NotYet(), NotFound(kind="invoice", identity="A"))
    house.verified("A")
    house.runner.step()
    house.runner.step()
    assert house.gate.data("process.record_refusal")[0]["item"] == "twofold/1/0"
    assert house.place == 1


def test_a_store_that_goes_away_while_asking_again_loses_no_wish() -> None:
    house = House(TWOFOLD)
    house.refuse("invoice.list", NotYet(), NotYet(), StoreUnavailable())
    house.verified("A", "B")
    house.runner.step()
    with pytest.raises(StoreUnavailable):
        house.runner.step()
    house.runner.step()
    assert house.gate.kinds().count("invoice.list") == 2
    assert house.place == 2


def test_a_store_that_goes_away_in_a_batch_repeats_only_the_fact_that_was_open() -> None:
    """No memory is folded twice: the counting process would count wrong."""
    house = House(COUNTING)
    house.verified("A", "A", "A")
    house.gate.unheard = {"invoice.remind"}
    with pytest.raises(StoreUnavailable):
        house.runner.step()
    house.refuse("invoice.remind", StoreUnavailable())
    with pytest.raises(StoreUnavailable):
        house.runner.step()
    house.runner.step()
    assert [each["kind"] for each in house.gate.data("invoice.remind")] == ["1", "2", "3"]
    assert [request.cause for request in house.gate.requests] == [1, 1, 1, 2, 3]
    assert house.place == 3


def test_a_wish_that_had_its_command_before_a_restart_is_no_work_item() -> None:
    house = House(COUNTING)
    house.refuse("invoice.remind", KeyReused())
    house.verified("A")
    house.runner.step()
    assert house.gate.kinds() == []
    assert house.place == 1


def test_a_command_that_is_still_decided_is_waited_for() -> None:
    house = House(COUNTING)
    house.refuse("invoice.remind", InFlight())
    house.verified("A")
    with pytest.raises(StoreUnavailable):
        house.runner.step()
    house.runner.step()
    assert house.gate.kinds() == ["invoice.remind"]


def test_a_wish_over_holders_is_completed_as_of_its_cause() -> None:
    def over(_: Any, recorded: Recorded) -> Sequence[Reaction]:
        invoice = identity_of(recorded.stream)

        def build(position: int, holders: Sequence[tuple[str, int]]) -> RemindBuyer:
            return RemindBuyer(invoice=invoice, kind=f"{position} {holders[0][0]}")

        return (Over("units/T", invoice, build),)

    house = House(ProcessManager(name="sharing", reactions={InvoiceVerified: over}))
    house.verified("A", "B")
    house.register.behind = 1
    with pytest.raises(ViewBehind):
        house.runner.step()
    house.runner.step()
    assert house.register.asked == [("units/T", 1), ("units/T", 2)]
    kinds = [each["kind"] for each in house.gate.data("invoice.remind")]
    assert kinds == ["1 pennine", "2 pennine"]


def test_a_log_that_is_shorter_than_the_place_is_not_taken_for_the_whole() -> None:
    house = House(COUNTING)
    house.places.known[PLACE] = 9
    house.verified("A")
    with pytest.raises(StoreUnavailable):
        house.runner.step()
    assert house.gate.requests == []
