"""What every bank adapter must do, whichever bank stands behind it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import pytest

from application.ports.world import (
    Bank,
    BankNotification,
    BankPayment,
    BankRefused,
    BankUnreachable,
)
from domain.kernel.money import Money
from interfaces.outbound.memory.bank import Treatment

OURS = "04-00-75/10000001"
SELLER = "04-00-75/20000002"
IBAN = "GB33BUKB20201555555555"
PAYMENT = BankPayment(
    end_to_end_id="e2e-1",
    debtor_account=OURS,
    creditor_account=SELLER,
    creditor_name="Coppergate Joinery",
    amount=Money(amount=966_000, currency="GBP"),
    narration="FX-INV-23A4F",
    created_at="2026-05-22T14:24:00.000000Z",
)


class World(Protocol):
    """What a test may do to the bank behind the adapter."""

    def open_account(
        self, account: str, *, name: str, currency: str = "GBP", balance: int = 0
    ) -> None: ...

    def credit_from_outside(
        self, account: str, *, amount: int, narration: str, counterparty: str
    ) -> None: ...

    def treat(self, treatment: Treatment) -> None: ...

    def release(self) -> None: ...

    def set_down(self, *, down: bool) -> None: ...

    def balance(self, account: str) -> int: ...


def changed(**changes: object) -> BankPayment:
    """Vary the payment."""
    return msgspec.structs.replace(PAYMENT, **changes)


def without_numbers(told: Sequence[BankNotification]) -> list[BankNotification]:
    """Drop what each bank numbers and dates in its own way."""
    plain = {"sequence": 0, "reference": "", "booked_at": ""}
    return [msgspec.structs.replace(one, **plain) for one in told]


class BankConformance:
    """Run by each adapter, which gives the fixtures `bank` and `world`."""

    @pytest.fixture(autouse=True)
    def accounts(self, world: World) -> None:
        world.open_account(OURS, name="Tallystick Clients", balance=1_000_000)
        world.open_account(SELLER, name="Coppergate Joinery")
        world.open_account(IBAN, name="Pennine", balance=500)

    def test_a_payment_moves_the_money_and_both_sides_are_told(
        self, bank: Bank, world: World
    ) -> None:
        bank.pay(PAYMENT)
        debit = BankNotification(
            sequence=0,
            reference="",
            direction="debit",
            amount=966_000,
            currency="GBP",
            end_to_end_id="e2e-1",
            narration="FX-INV-23A4F",
            counterparty="Coppergate Joinery",
            booked_at="",
            reason=None,
        )
        credit = msgspec.structs.replace(
            debit, direction="credit", counterparty="Tallystick Clients"
        )
        assert without_numbers(bank.notifications(OURS, 0)) == [debit]
        assert without_numbers(bank.notifications(SELLER, 0)) == [credit]
        assert (world.balance(OURS), world.balance(SELLER)) == (34_000, 966_000)

    def test_the_same_payment_again_moves_nothing_more(self, bank: Bank, world: World) -> None:
        for _ in range(3):
            bank.pay(PAYMENT)
        assert len(bank.notifications(OURS, 0)) == 1
        bank.pay(PAYMENT)
        assert len(bank.notifications(OURS, 0)) == 1
        assert world.balance(SELLER) == 966_000

    @pytest.mark.parametrize(
        "other",
        [
            {"amount": Money(amount=966_001, currency="GBP")},
            {"narration": "something else"},
            {"creditor_account": IBAN},
            {"created_at": "2026-05-22T14:24:00.000001Z"},
        ],
        ids=["amount", "narration", "creditor", "time"],
    )
    def test_another_payment_under_the_same_id_is_refused(
        self, bank: Bank, world: World, other: dict[str, object]
    ) -> None:
        bank.pay(PAYMENT)
        with pytest.raises(BankRefused) as refused:
            bank.pay(changed(**other))
        assert str(refused.value) == "AM05"
        assert world.balance(OURS) == 34_000

    def test_money_that_is_not_there_is_not_paid_and_the_answer_stays(
        self, bank: Bank, world: World
    ) -> None:
        too_much = changed(amount=Money(amount=1_000_001, currency="GBP"))
        for _ in range(2):
            with pytest.raises(BankRefused) as refused:
                bank.pay(too_much)
            assert str(refused.value) == "AM04"
        world.credit_from_outside(OURS, amount=1, narration="more", counterparty="Pennine")
        with pytest.raises(BankRefused):
            bank.pay(too_much)
        assert world.balance(OURS) == 1_000_001

    def test_money_under_way_cannot_be_paid_twice(self, bank: Bank, world: World) -> None:
        world.treat(Treatment(end_to_end_id="e2e-1", hold=True))
        bank.pay(PAYMENT)
        with pytest.raises(BankRefused) as refused:
            bank.pay(changed(end_to_end_id="e2e-2"))
        assert str(refused.value) == "AM04"
        assert bank.notifications(OURS, 0) == []
        world.release()
        assert [told.end_to_end_id for told in bank.notifications(OURS, 0)] == ["e2e-1"]

    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"debtor_account": "99-99-99/99999999"}, "AC01"),
            ({"creditor_account": "99-99-99/99999999"}, "AC03"),
            ({"creditor_account": OURS}, "AC03"),
            ({"amount": Money(amount=0, currency="GBP")}, "AM12"),
            ({"amount": Money(amount=-1, currency="GBP")}, "AM12"),
            ({"amount": Money(amount=2**53, currency="GBP")}, "AM12"),
            ({"amount": Money(amount=1, currency="EUR")}, "AM03"),
            ({"amount": Money(amount=1, currency="XXX")}, "AM03"),
            ({"end_to_end_id": ""}, "FF01"),
            ({"end_to_end_id": "x" * 36}, "FF01"),
            ({"narration": "x" * 141}, "FF01"),
            ({"narration": "two\nlines"}, "FF01"),
            ({"narration": "\x00"}, "FF01"),
            ({"narration": " padded"}, "FF01"),
            ({"creditor_name": "\ud800"}, "FF01"),
            ({"created_at": "yesterday"}, "FF01"),
        ],
    )
    def test_what_cannot_be_paid_is_refused_with_its_reason(
        self, bank: Bank, world: World, wrong: dict[str, object], reason: str
    ) -> None:
        with pytest.raises(BankRefused) as refused:
            bank.pay(changed(**wrong))
        assert str(refused.value) == reason
        assert world.balance(OURS) == 1_000_000
        assert bank.notifications(OURS, 0) == []

    def test_the_longest_and_the_strangest_text_arrives_unchanged(
        self, bank: Bank, world: World
    ) -> None:
        narration = "<&>\"'é£漢字" + "x" * 131
        bank.pay(changed(end_to_end_id="x" * 35, narration=narration, creditor_account=IBAN))
        told = bank.notifications(IBAN, 0)[0]
        assert (told.narration, told.end_to_end_id) == (narration, "x" * 35)
        assert world.balance(IBAN) == 966_500

    def test_a_payment_may_be_rejected_late_and_then_moves_nothing(
        self, bank: Bank, world: World
    ) -> None:
        world.treat(Treatment(end_to_end_id="e2e-1", refuse="AC04"))
        bank.pay(PAYMENT)
        told = bank.notifications(OURS, 0)
        assert [(one.direction, one.reason, one.amount) for one in told] == [
            ("rejected", "AC04", 966_000)
        ]
        assert (told[0].end_to_end_id, told[0].narration) == ("e2e-1", "FX-INV-23A4F")
        assert told[0].counterparty == "Coppergate Joinery"
        bank.pay(PAYMENT)
        assert len(bank.notifications(OURS, 0)) == 1
        assert bank.notifications(SELLER, 0) == []
        assert (world.balance(OURS), world.balance(SELLER)) == (1_000_000, 0)
        bank.pay(changed(end_to_end_id="e2e-2"))
        assert [one.direction for one in bank.notifications(SELLER, 0)] == ["credit"]

    def test_a_payment_may_be_refused_at_once_and_stays_refused(
        self, bank: Bank, world: World
    ) -> None:
        world.treat(Treatment(end_to_end_id="e2e-1", refuse="RR04", at_once=True))
        for _ in range(2):
            with pytest.raises(BankRefused) as refused:
                bank.pay(PAYMENT)
            assert str(refused.value) == "RR04"
        assert bank.notifications(OURS, 0) == []
        assert world.balance(OURS) == 1_000_000

    def test_an_entry_told_again_has_its_reference_and_a_later_sequence(
        self, bank: Bank, world: World
    ) -> None:
        world.treat(Treatment(end_to_end_id="e2e-1", repeats=2))
        bank.pay(PAYMENT)
        told = bank.notifications(OURS, 0)
        assert len(told) == 3
        assert len({one.reference for one in told}) == 1
        assert [one.sequence for one in told] == sorted({one.sequence for one in told})
        assert world.balance(OURS) == 34_000

    def test_an_answer_that_is_lost_does_not_lose_or_double_the_payment(
        self, bank: Bank, world: World
    ) -> None:
        world.treat(Treatment(end_to_end_id="e2e-1", drop_answer=True))
        with pytest.raises(BankUnreachable):
            bank.pay(PAYMENT)
        bank.pay(PAYMENT)
        assert len(bank.notifications(OURS, 0)) == 1
        assert world.balance(SELLER) == 966_000

    def test_a_bank_that_is_down_is_unreachable_and_comes_back(
        self, bank: Bank, world: World
    ) -> None:
        world.set_down(down=True)
        with pytest.raises(BankUnreachable):
            bank.pay(PAYMENT)
        with pytest.raises(BankUnreachable):
            bank.notifications(OURS, 0)
        world.set_down(down=False)
        assert bank.notifications(OURS, 0) == []
        bank.pay(PAYMENT)
        assert len(bank.notifications(OURS, 0)) == 1

    def test_money_from_outside_is_told_with_its_narration(self, bank: Bank, world: World) -> None:
        world.credit_from_outside(
            OURS, amount=1_000_000, narration="FX-INV-23A4F", counterparty="Northwind Retail"
        )
        (told,) = bank.notifications(OURS, 0)
        assert (told.direction, told.amount, told.currency) == ("credit", 1_000_000, "GBP")
        assert (told.narration, told.counterparty) == ("FX-INV-23A4F", "Northwind Retail")
        assert (told.end_to_end_id, told.reason) == (None, None)

    def test_reading_goes_on_after_a_sequence_number(self, bank: Bank, world: World) -> None:
        for amount in (1, 2, 3):
            world.credit_from_outside(OURS, amount=amount, narration="x", counterparty="Pennine")
            world.credit_from_outside(IBAN, amount=amount, narration="x", counterparty="Pennine")
        told = bank.notifications(OURS, 0)
        assert [one.amount for one in told] == [1, 2, 3]
        assert len({one.reference for one in told}) == 3
        assert bank.notifications(OURS, told[0].sequence) == told[1:]
        assert bank.notifications(OURS, told[-1].sequence) == []

    def test_many_notifications_come_in_portions(self, bank: Bank, world: World) -> None:
        for _ in range(501):
            world.credit_from_outside(OURS, amount=1, narration="x", counterparty="Pennine")
        first = bank.notifications(OURS, 0)
        assert len(first) == 500
        assert len(bank.notifications(OURS, first[-1].sequence)) == 1

    def test_an_account_that_the_bank_does_not_keep_has_no_notifications(self, bank: Bank) -> None:
        with pytest.raises(BankUnreachable):
            bank.notifications("99-99-99/99999999", 0)
