"""Accounts against a naive book-keeper, whatever is sent in whatever order (FORMATS 10)."""

from collections import defaultdict

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from domain.account import decide
from domain.account.state import ACCOUNT, OUTSIDE, Account, account_stream
from domain.kernel.event import Event
from domain.kernel.money import LARGEST
from domain.kernel.refusal import Refusal

OWNERS = ("anna", "bert", OUTSIDE)
AMOUNTS = st.one_of(
    st.integers(1, 1_000), st.sampled_from([0, -1, LARGEST, LARGEST - 1, LARGEST + 1])
)


class Bookkeeping(RuleBasedStateMachine):
    """Moves between three accounts; one dictionary of holds is the oracle."""

    holds: Bundle[tuple[str, str]] = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.accounts = {owner: Account() for owner in OWNERS}
        self.facts: list[tuple[str, Event]] = []
        self.kept: dict[tuple[str, str], int] = {}
        self.number = 0
        for owner in OWNERS:
            self._take(owner, decide.open_account(self.accounts[owner], book_decimals=2))

    def _take(self, owner: str, decision: list[Event] | Refusal) -> bool:
        if isinstance(decision, Refusal):
            assert decision.sentence()
            return False
        for fact in decision:
            self.accounts[owner] = ACCOUNT.evolve(self.accounts[owner], fact)
            self.facts.append((owner, fact))
        return True

    def _stream(self, owner: str) -> str:
        return account_stream(owner, "cash", "GBP")

    def _name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}-{self.number}"

    @rule(source=st.sampled_from(OWNERS), receiver=st.sampled_from(OWNERS), amount=AMOUNTS)
    def move(self, source: str, receiver: str, amount: int) -> None:
        before = dict(self.accounts), list(self.facts)
        state, stream, transfer = self.accounts[source], self._stream(source), self._name("t")
        within = 0 < amount <= LARGEST and (
            state.balance - amount >= -LARGEST if source == OUTSIDE else amount <= state.available
        )
        left = self._take(source, decide.debit(state, stream, transfer=transfer, amount=amount))
        assert left == within
        arrived = left and self._take(
            receiver,
            decide.credit(
                self.accounts[receiver], self._stream(receiver), transfer=transfer, amount=amount
            ),
        )
        if not arrived:
            self.accounts, self.facts = before

    @rule(target=holds, owner=st.sampled_from(("anna", "bert")), amount=AMOUNTS)
    def hold(self, owner: str, amount: int) -> tuple[str, str]:
        name, state = self._name("h"), self.accounts[owner]
        free = state.available
        held = self._take(owner, decide.hold(state, self._stream(owner), name=name, amount=amount))
        assert held == (0 < amount <= min(free, LARGEST))
        if held:
            self.kept[(owner, name)] = amount
            again = decide.hold(self.accounts[owner], self._stream(owner), name=name, amount=1)
            assert isinstance(again, Refusal)
        return owner, name

    @rule(hold=holds, amount=AMOUNTS)
    def post(self, hold: tuple[str, str], amount: int) -> None:
        owner, name = hold
        transfer, before = self._name("p"), (dict(self.accounts), list(self.facts))
        posted = self._take(
            owner,
            decide.post(
                self.accounts[owner],
                self._stream(owner),
                name=name,
                transfer=transfer,
                amount=amount,
            ),
        )
        assert posted == (0 < amount <= self.kept.get(hold, 0))
        if posted and self._take(
            OUTSIDE,
            decide.credit(
                self.accounts[OUTSIDE], self._stream(OUTSIDE), transfer=transfer, amount=amount
            ),
        ):
            self.kept[hold] -= amount
        elif posted:
            self.accounts, self.facts = before

    @rule(hold=consumes(holds))
    def release(self, hold: tuple[str, str]) -> None:
        owner, name = hold
        decision = decide.release(self.accounts[owner], self._stream(owner), name=name)
        assert self._take(owner, decision) == (self.kept.pop(hold, 0) > 0)
        again = decide.release(self.accounts[owner], self._stream(owner), name=name)
        assert isinstance(again, Refusal)

    @invariant()
    def nobody_is_negative(self) -> None:
        for owner, account in self.accounts.items():
            assert owner == OUTSIDE or 0 <= account.held <= account.balance
            assert account.held == sum(account.holds.values())
            assert account.holds == {
                name: kept for (who, name), kept in self.kept.items() if who == owner and kept
            }

    @invariant()
    def the_books_balance(self) -> None:
        assert sum(account.balance for account in self.accounts.values()) == 0
        sums: dict[str, int] = defaultdict(int)
        for _, fact in self.facts:
            if fact.TYPE in {"account.debited", "account.posted"}:
                sums[fact.transfer] -= fact.amount  # type: ignore[attr-defined]
            elif fact.TYPE == "account.credited":
                sums[fact.transfer] += fact.amount  # type: ignore[attr-defined]
        assert not any(sums.values())

    @invariant()
    def a_replay_gives_the_same_accounts(self) -> None:
        for owner in OWNERS:
            facts = [fact for who, fact in self.facts if who == owner]
            assert ACCOUNT.fold(facts) == self.accounts[owner]


TestBookkeeping = pytest.mark.capability("B5", part="property")(Bookkeeping.TestCase)


def test_a_closed_book_refuses_everything() -> None:
    """An account that was never opened moves nothing."""
    stream = account_stream("anna", "cash", "GBP")
    decisions = (
        decide.debit(Account(), stream, transfer="t", amount=1),
        decide.credit(Account(), stream, transfer="t", amount=1),
        decide.hold(Account(), stream, name="h", amount=1),
        decide.post(Account(), stream, name="h", transfer="t", amount=1),
    )
    assert {decision.CODE for decision in decisions if isinstance(decision, Refusal)} == {
        "account_not_open"
    }
