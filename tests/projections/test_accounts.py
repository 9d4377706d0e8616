"""Accounts, movements and holds against the rules that made them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import decide
from domain.account.events import (
    AccountCredited,
    AccountDebited,
    AccountHeld,
    AccountOpened,
    AccountPosted,
)
from domain.account.state import ACCOUNT, OUTSIDE, Account
from domain.kernel.refusal import Refusal
from projections.accounts.project import VIEW, named
from tests.projections.support import Scribe, folded
from tests.projections.tale import TOKEN, tell

STREAMS = ("account:a/cash/GBP", "account:b/units/FXR-1", "account:outside/bank/GBP")
STEPS = st.tuples(
    st.sampled_from(STREAMS),
    st.sampled_from(("debit", "credit", "hold", "post", "release")),
    st.integers(1, 50),
    st.sampled_from(("h1", "h2/x")),
)


def _decide(state: Account, stream: str, step: str, amount: int, hold: str) -> decide.Decision:
    match step:
        case "debit":
            return decide.debit(state, stream, transfer="t", amount=amount)
        case "credit":
            return decide.credit(state, stream, transfer="t", amount=amount)
        case "hold":
            return decide.hold(state, stream, name=hold, amount=amount)
        case "post":
            return decide.post(state, stream, name=hold, transfer="t", amount=amount)
        case _:
            return decide.release(state, stream, name=hold)


@given(steps=st.lists(STEPS, max_size=60), size=st.integers(1, 20))
def test_balances_holds_and_entries_are_what_the_accounts_say(
    steps: list[tuple[str, str, int, str]], size: int
) -> None:
    scribe, states = Scribe(), {}
    for stream in STREAMS:
        opened = decide.open_account(Account(), book_decimals=2)
        assert not isinstance(opened, Refusal)
        scribe.write(stream, *opened)
        states[stream] = ACCOUNT.fold(opened)
    for stream, step, amount, hold in steps:
        decision = _decide(states[stream], stream, step, amount, hold)
        if not isinstance(decision, Refusal):
            scribe.write(stream, *decision)
            states[stream] = ACCOUNT.evolve(states[stream], decision[0])
    store = folded(VIEW, scribe.log, size)
    for stream, state in states.items():
        row = store.rows[("accounts", (stream,))]
        assert (row["balance"], row["held"]) == (state.balance, state.held)
        holds = {
            row["hold"]: row["remaining"] for row in store.table("holds") if row["stream"] == stream
        }
        assert holds == state.holds
        past = [row for row in store.table("entries") if row["stream"] == stream]
        if past:
            assert max(past, key=lambda row: row["position"])["balance"] == state.balance
    assert len(store.table("entries")) == len(scribe.log) - len(STREAMS)


def test_a_hold_shrinks_with_each_part_that_is_posted_and_ends_with_the_last() -> None:
    scribe = Scribe()
    scribe.write(
        STREAMS[0],
        AccountOpened(book_decimals=2),
        AccountCredited(transfer="t", amount=10, balance=10, held=0),
        AccountHeld(transfer="h", hold="h", amount=10, balance=10, held=10),
        AccountPosted(transfer="t1", hold="h", amount=4, balance=6, held=6),
    )
    (hold,) = folded(VIEW, scribe.log).table("holds")
    assert (hold["remaining"], hold["position"]) == (6, 3)
    scribe.write(STREAMS[0], AccountPosted(transfer="t2", hold="h", amount=6, balance=0, held=0))
    assert folded(VIEW, scribe.log).table("holds") == []


def test_an_account_is_named_by_owner_purpose_and_asset() -> None:
    account = named("account:pennine/units/FXR-INV/7")
    assert (account["owner"], account["purpose"], account["asset"]) == (
        "pennine",
        "units",
        "FXR-INV/7",
    )


def test_every_transfer_of_the_tale_balances() -> None:
    """For each transfer and asset credits equal debits and posts (FORMATS 10)."""
    sums: dict[tuple[str, str], int] = {}
    for row in folded(VIEW, tell()).table("entries"):
        sign = {"account.credited": 1, "account.debited": -1, "account.posted": -1}
        key = (row["transfer"], row["asset"])
        sums[key] = sums.get(key, 0) + sign.get(row["type"], 0) * row["amount"]
    assert set(sums.values()) == {0}


def test_the_money_of_the_tale_ends_where_it_belongs() -> None:
    rows = folded(VIEW, tell()).rows
    balances = {key[0]: row["balance"] for (table, key), row in rows.items() if table == "accounts"}
    assert balances["account:pennine/cash/GBP"] == 2_000_000 - 976_000 + 199_150 + 800_000
    assert balances["account:brunel/cash/GBP"] == 500_000 - 199_150 + 200_000
    assert balances["account:platform/fees/GBP"] == 10_000
    assert balances[f"account:outside/issue/{TOKEN}"] == 0
    assert [owner for owner in balances if balances[owner] < 0] == ["account:outside/bank/GBP"]
    assert OUTSIDE in "account:outside/bank/GBP"


def test_a_history_that_cannot_be_is_not_folded() -> None:
    scribe = Scribe()
    scribe.write(STREAMS[0], AccountDebited(transfer="t", amount=1, balance=1, held=0))
    with pytest.raises(KeyError, match="accounts"):
        folded(VIEW, scribe.log)
    scribe = Scribe()
    opened = decide.open_account(Account(), book_decimals=2)
    assert not isinstance(opened, Refusal)
    posted = AccountPosted(transfer="t", hold="h", amount=1, balance=1, held=0)
    scribe.write(STREAMS[0], *opened, posted)
    with pytest.raises(KeyError, match="no open hold"):
        folded(VIEW, scribe.log)
