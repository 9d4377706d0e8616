"""What each event changed: enough to rebuild every entry from the feed alone (TD1, TD2)."""

from typing import Any

import pytest

from domain.account.events import AccountCredited
from domain.catalogue import EVENTS, fact_of, is_restricted
from domain.kernel.event import Recorded
from domain.token.events import SliceListed, TokenSliced, TokenTransferred
from projections.changes.project import VIEW
from projections.changes.values import value_after
from tests.projections.support import Scribe, folded
from tests.projections.tale import INVOICE, SEALED, TOKEN, tell

Entries = dict[tuple[str, str], dict[str, Any]]


def replay(rows: list[dict[str, Any]], until: int) -> Entries:
    """Rebuild the entries as a reader of the feed does."""
    entries: Entries = {}
    for row in sorted(rows, key=lambda row: row["position"]):
        if row["position"] > until:
            break
        for change in row["changes"]:
            key = (change["entry"], change["key"])
            assert (change["effect"] == "created") == (key not in entries)
            if change["effect"] == "removed":
                assert change["value"] is None
                del entries[key]
            else:
                entries[key] = change["value"]
    return entries


def change_of(position: int) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = folded(VIEW, tell()).rows[("changes", (position,))]["changes"]
    return changes


def first(event_type: str) -> Recorded:
    return next(event for event in tell() if event.envelope.type == event_type)


def test_every_position_has_a_row() -> None:
    rows = folded(VIEW, tell()).table("changes")
    assert sorted(row["position"] for row in rows) == list(range(1, len(tell()) + 1))


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_every_type_of_event_changes_something_in_the_tale(event_type: str) -> None:
    rows = folded(VIEW, tell()).rows
    positions = [event.position for event in tell() if event.envelope.type == event_type]
    assert any(rows[("changes", (position,))]["changes"] for position in positions)


@pytest.mark.capability("TD2")
def test_a_reader_rebuilds_the_entries_as_of_any_position() -> None:
    store = folded(VIEW, tell())
    for until in (1, 40, 200, len(tell())):
        then = folded(VIEW, tell()[:until]).table("ledger_entries")
        wanted = {(row["entry"], row["key"]): row["value"] for row in then}
        assert replay(store.table("changes"), until) == wanted


@pytest.mark.capability("TD1")
def test_a_change_carries_the_whole_state_after_the_event() -> None:
    (change,) = change_of(first("invoice.listed").position)
    assert (change["effect"], change["entry"], change["key"]) == ("updated", "invoice", INVOICE)
    wanted = {
        "state": "LISTED",
        "seller": "coppergate",
        "face": {"amount": 1_000_000, "currency": "GBP"},
        "token": TOKEN,
        "discount_bps": 240,
        "advance": {"amount": 976_000, "currency": "GBP"},
    }
    assert {name: change["value"][name] for name in wanted} == wanted


def test_entries_agree_with_the_aggregates() -> None:
    """Balances, holds, states and supplies are those that the rules themselves computed."""
    entries = {
        (row["entry"], row["key"]): row["value"]
        for row in folded(VIEW, tell()).table("ledger_entries")
    }
    cash = entries[("account", "brunel/cash/GBP")]
    assert (cash["balance"], cash["held"], cash["owner"]) == (500_850, 0, "brunel")
    assert entries[("invoice", INVOICE)]["state"] == "SETTLED"
    assert entries[("invoice", INVOICE)]["reminders"] == ["seven_days", "due_day"]
    assert entries[("invoice", INVOICE)]["disbursed"]["amount"] == 966_000
    assert entries[("invoice", INVOICE)]["paid"]["amount"] == 1_000_000
    assert entries[("token", TOKEN)]["supply"] == 0
    assert entries[("token", TOKEN)]["state"] == "RETIRING"
    assert entries[("slice", f"{TOKEN}/2")]["holder"] == "brunel"
    # Whoever reads the rest of a subject does not see that it was paused, nor what came of it.
    assert entries[("subject", "brunel")]["state"] == "ACTIVE"
    assert entries[("standing", "brunel")]["said"] == "declined"
    assert entries[("settings", "main")]["terms"]["discount_bps"] == 240
    assert entries[("settings", "main")]["holidays"]["days"] == ["2026-05-25"]
    assert entries[("claim", next(key for kind, key in entries if kind == "claim"))]["by"]
    reorganised = entries[("chainwrite", "platform/factory")]
    assert reorganised["state"] == "BROADCAST"
    assert "block" not in reorganised
    assert "block_hash" not in reorganised
    gone = {"hold", "holder", "transfer", "burn"}
    assert not gone & {kind for kind, _ in entries}


def test_what_is_reversed_is_no_longer_there() -> None:
    (change,) = change_of(first("invoice.funding_reversed").position)
    assert change["value"]["reason"] == "the chain said no"
    assert not {"lender", "write"} & set(change["value"])
    (change,) = change_of(first("listing.reopened").position)
    assert "trade" not in change["value"]
    (change,) = change_of(first("subject.wallet_bound").position)
    assert "identity" not in change["value"]


def test_a_resubmitted_invoice_starts_anew() -> None:
    again = [event for event in tell() if event.envelope.type == "invoice.submitted"]
    resubmitted = [event for event in again if event.stream == f"invoice:{INVOICE}"][1]
    (change,) = change_of(resubmitted.position)
    assert change["effect"] == "updated"
    assert "failures" not in change["value"]


def test_a_move_of_units_changes_both_holders_and_ends_the_wish() -> None:
    moved = [event for event in tell() if event.envelope.type == "token.transferred"][1]
    changes = change_of(moved.position)
    assert [(change["effect"], change["entry"]) for change in changes] == [
        ("updated", "holder"),
        ("created", "holder"),
        ("removed", "transfer"),
    ]
    assert [change["value"] for change in changes[:2]] == [
        {"token": TOKEN, "holder": "pennine", "units": 800_000},
        {"token": TOKEN, "holder": "brunel", "units": 200_000},
    ]


def test_neither_digests_of_keys_nor_open_mail_addresses_are_shown() -> None:
    (key,) = change_of(first("apikey.issued").position)
    assert key["value"] == {"subject": "pennine", "role": "lender", "revoked": False}
    (revoked,) = change_of(first("apikey.revoked").position)
    assert revoked["value"]["revoked"] is True
    (created,) = change_of(first("subject.created").position)
    assert created["value"]["email"] == {
        "sealed": SEALED.sealed,
        "nonce": SEALED.nonce,
        "box": SEALED.box,
    }


def test_what_everybody_may_see_is_not_made_of_what_only_some_may() -> None:
    """A change shown beside a public body tells nothing that came from restricted ones."""
    makers: dict[str, set[str]] = {}
    rows = folded(VIEW, tell()).rows
    for event in tell():
        for change in rows[("changes", (event.position,))]["changes"]:
            makers.setdefault(change["entry"], set()).add(event.envelope.type)
    public = {
        entry
        for entry, types in makers.items()
        if any(not is_restricted(EVENTS[name]) for name in types)
    }
    assert public == {
        "anchor",
        "burn",
        "chainwatch",
        "chainwrite",
        "holder",
        "log",
        "operation",
        "platform",
        "settings",
        "token",
    }
    restricted = {
        (entry, name) for entry in public for name in makers[entry] if is_restricted(EVENTS[name])
    }
    # A burn and the units of a holder say no more than the public facts of mint and burn do, nor
    # does a token's supply. An operation ends with a public fact, but then it has no value.
    of_operations = {(entry, name) for entry, name in restricted if entry == "operation"}
    assert restricted - of_operations == {
        ("burn", "token.burn_requested"),
        ("holder", "token.transferred"),
        ("holder", "token.units_minted"),
        ("holder", "token.units_burned"),
        ("token", "token.burn_requested"),
        ("token", "token.units_minted"),
        ("token", "token.units_burned"),
    }
    for event in tell():
        if not is_restricted(EVENTS[event.envelope.type]):
            for change in rows[("changes", (event.position,))]["changes"]:
                assert change["entry"] != "operation" or change["effect"] == "removed"


def test_an_entry_that_is_not_there_cannot_be_updated() -> None:
    scribe = Scribe()
    scribe.write("token:T", SliceListed(slice=1, listing="L"))
    with pytest.raises(KeyError, match="no entry"):
        folded(VIEW, scribe.log)
    scribe = Scribe()
    scribe.write("account:a/cash/GBP", AccountCredited(transfer="t", amount=1, balance=1, held=0))
    with pytest.raises(KeyError, match="no entry"):
        folded(VIEW, scribe.log)


def test_slicing_creates_a_lot_for_each_number() -> None:
    sliced = first("token.sliced")
    assert isinstance(fact_of(sliced.envelope), TokenSliced)
    changes = change_of(sliced.position)
    assert [change["value"]["slice"] for change in changes] == [1, 2, 3, 4, 5]
    assert {change["value"]["units"] for change in changes} == {200_000}


@pytest.mark.parametrize("entry", ["holder", "slice"])
def test_entries_refuse_facts_that_are_not_about_them(entry: str) -> None:
    with pytest.raises(TypeError, match="LogOpened"):
        value_after(entry, f"{TOKEN}/1", None, tell()[0])


def test_units_that_move_to_where_they_are_change_nothing() -> None:
    moved = TokenTransferred(reference="r", sender="a", receiver="a", units=5, transaction="0x01")
    scribe = Scribe()
    scribe.write("token:T", moved)
    before = {"token": "T", "holder": "a", "units": 9}
    assert value_after("holder", "T/a", before, scribe.log[0]) == before
