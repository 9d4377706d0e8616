"""Comparing the two sides of a token, and the signed statement about it."""

import base64

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity.canonical import canonical
from domain.integrity.checkpoint import CheckpointError, parse_checkpoint, verifier_key
from domain.integrity.receipt import parse_receipt
from domain.kernel.refusal import InvalidField
from domain.reconciliation import commands, state
from domain.reconciliation.compare import Break, Side, Standing, compare
from domain.reconciliation.statement import (
    STATEMENT_FORMAT,
    Statement,
    StatementFault,
    Values,
    breaks_of,
    check_statement,
    lines_of,
    parse_statement,
    sign_statement,
    values_hash,
)

pytestmark = pytest.mark.capability("FX10", part="reconciliation")

LOG = "tallystick.example/main"
SECRET = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
PUBLIC = SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
KEY = verifier_key(name=LOG, public_key=PUBLIC)

UNITS = st.integers(min_value=0, max_value=2**256 - 1)
STANDINGS = st.builds(Standing, UNITS, UNITS, st.booleans())
WALLETS = st.sampled_from([f"0x{number:02x}" * 1 + "ab" * 19 for number in range(6)])
SIDES = st.builds(
    Side, supply=UNITS, paused=st.booleans(), wallets=st.dictionaries(WALLETS, STANDINGS)
)
HOLDERS = st.dictionaries(WALLETS, st.sampled_from(["pennine", "brunel", "listing"]))


def is_signature(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify as an auditor does."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def stated(books: Side, chain: Side, holders: dict[str, str]) -> Statement:
    """Make the statement about two sides."""
    breaks = compare(books, chain, holders)
    return Statement(
        format=STATEMENT_FORMAT,
        log=LOG,
        token="FXR-1",
        chain_id=31337,
        contract="0x" + "c1" * 20,
        block=17,
        block_hash="0x" + "b1" * 32,
        position=40,
        chain_value="0a" * 32,
        at="2026-05-22T14:21:00.000000Z",
        book=Values(supply=str(books.supply), paused=books.paused),
        chain=Values(supply=str(chain.supply), paused=chain.paused),
        wallets=lines_of(books, chain, holders),
        in_transit=(),
        breaks=breaks,
        result="breaks" if breaks else "agrees",
    )


def judged(text: str, *, log: str | None = LOG) -> StatementFault | None:
    """Verify a text offline."""
    return check_statement(text, log=log, keys=[KEY], verify=is_signature)[1]


def signed(statement: Statement) -> str:
    """Sign as the log does."""
    return sign_statement(statement, KEY, SECRET.sign)


BOOKS = Side(supply=10, paused=False, wallets={"0xaa": Standing(10), "0xbb": Standing()})
MINTED = Side(supply=15, paused=False, wallets={"0xaa": Standing(10), "0xcc": Standing(5)})


@given(SIDES, HOLDERS)
def test_a_side_agrees_with_itself(side: Side, holders: dict[str, str]) -> None:
    assert compare(side, side, holders) == ()


@given(SIDES, SIDES, HOLDERS)
def test_breaks_are_exactly_the_differences(
    books: Side, chain: Side, holders: dict[str, str]
) -> None:
    """Held against a slow count: each field of each wallet, one after the other."""
    nothing = Standing()
    expected: set[tuple[str, str | None]] = set()
    expected |= {("supply", None)} if books.supply != chain.supply else set()
    expected |= {("paused", None)} if books.paused != chain.paused else set()
    names = {"balance": "units", "units_frozen": "units_frozen", "wallet_frozen": "wallet_frozen"}
    for wallet in {*books.wallets, *chain.wallets}:
        ours, theirs = books.wallets.get(wallet, nothing), chain.wallets.get(wallet, nothing)
        for kind, field in names.items():
            if getattr(ours, field) != getattr(theirs, field):
                expected.add((kind, wallet))
    found = compare(books, chain, holders)
    assert {(each.kind, each.wallet) for each in found} == expected
    assert len(found) == len(expected)
    assert all(each.holder == holders.get(each.wallet or "") for each in found)


@given(SIDES, SIDES, HOLDERS)
def test_a_statement_says_enough_to_be_compared_again(
    books: Side, chain: Side, holders: dict[str, str]
) -> None:
    statement = stated(books, chain, holders)
    assert breaks_of(statement) == statement.breaks
    text = signed(statement)
    assert parse_statement(text)[0] == statement
    assert judged(text) is None


def test_a_mint_behind_our_back_is_named_with_the_wallet_that_nobody_owns() -> None:
    assert compare(BOOKS, MINTED, {"0xaa": "pennine"}) == (
        Break(kind="supply", book="10", chain="15"),
        Break(kind="balance", book="0", chain="5", wallet="0xcc"),
    )


def test_equal_values_have_an_equal_hash_at_another_moment() -> None:
    first = stated(BOOKS, MINTED, {})
    later = msgspec.structs.replace(first, block=99, position=41, at="2026-05-23T00:00:00.000000Z")
    assert values_hash(first) == values_hash(later)
    assert values_hash(first) != values_hash(stated(BOOKS, BOOKS, {}))


def test_a_statement_can_be_read_as_nothing_else() -> None:
    text = signed(stated(BOOKS, BOOKS, {}))
    with pytest.raises(CheckpointError):
        parse_checkpoint(text)
    with pytest.raises(CheckpointError):
        parse_receipt(text)


def test_a_break_that_is_hidden_is_found_before_any_signature() -> None:
    statement = stated(BOOKS, MINTED, {})
    hiding = msgspec.structs.replace(statement, breaks=(), result="agrees")
    assert judged(signed(hiding)) is StatementFault.RESULT_MISMATCH
    partly = msgspec.structs.replace(statement, breaks=statement.breaks[:1])
    assert judged(signed(partly)) is StatementFault.RESULT_MISMATCH


def test_a_statement_of_another_log_or_key_is_refused() -> None:
    text = signed(stated(BOOKS, BOOKS, {}))
    assert judged(text, log="tallystick.example/other") is StatementFault.WRONG_LOG
    other = Ed25519PrivateKey.from_private_bytes(b"8" * 32)
    forged = sign_statement(stated(BOOKS, BOOKS, {}), KEY, other.sign)
    assert judged(forged) is StatementFault.SIGNATURE
    assert judged(text, log=None) is None


def _wallets_twice(statement: Statement) -> Statement:
    return msgspec.structs.replace(statement, wallets=statement.wallets + statement.wallets[:1])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tallystick/reconciliation/v1\n",
        signed(stated(BOOKS, BOOKS, {})).replace("/v1", "/v2", 1),
        signed(stated(BOOKS, BOOKS, {})).replace('"block":17', '"block": 17'),
        signed(stated(BOOKS, BOOKS, {})).replace('"block":17', '"block":"17"'),
        signed(stated(BOOKS, BOOKS, {})).replace('"supply":"10"', '"supply":"010"'),
        signed(stated(BOOKS, BOOKS, {})).replace('"supply":"10"', '"supply":"1e1"'),
        signed(stated(BOOKS, BOOKS, {})).replace('"in_transit":[],', ""),
        signed(stated(BOOKS, BOOKS, {})).replace('"in_transit":[]', '"in_transit":[],"more":1'),
        signed(_wallets_twice(stated(BOOKS, BOOKS, {}))),
    ],
)
def test_what_is_not_a_statement_is_malformed(text: str) -> None:
    assert judged(text) is StatementFault.MALFORMED


@given(st.data())
def test_no_flipped_bit_goes_unseen(data: st.DataObject) -> None:
    """Of the signed lines and of the signature; the answer is a code, never a traceback."""
    text = signed(stated(BOOKS, MINTED, {"0xaa": "pennine"}))
    raw = bytearray(text.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    changed = raw.decode("utf-8", "replace")
    if changed != text:
        assert judged(changed) is not None


def test_a_signature_of_another_kind_of_note_does_not_count() -> None:
    """The signed bytes begin with the format: a checkpoint's signature cannot be moved here."""
    text = signed(stated(BOOKS, BOOKS, {}))
    other = SECRET.sign(canonical(stated(BOOKS, BOOKS, {})))
    line = base64.b64encode(KEY.key_id + other).decode()
    head = text.rsplit(" ", 1)[0]
    assert judged(f"{head} {line}\n") is StatementFault.SIGNATURE


def _state(position: int) -> commands.StateReconciliation:
    return commands.StateReconciliation(
        token="FXR-1",
        statement="0a",
        values="0b",
        contract="0xc1",
        chain_id=1,
        block=1,
        block_hash="0xb1",
        position=position,
        wallets=1,
        in_transit=0,
        break_count=0,
    )


def test_one_request_is_enough_for_all_who_wait() -> None:
    asked = commands.RequestReconciliation(token="FXR-1")
    first = state.request(state.Reconciliation(), asked)
    assert isinstance(first, list)
    waiting = state.RECONCILIATION.fold(first)
    assert state.request(waiting, asked) == []
    answer = state.state_result(waiting, _state(5))
    assert isinstance(answer, list)
    answered = state.RECONCILIATION.fold(answer, waiting)
    assert isinstance(state.request(answered, asked), list)
    assert state.request(answered, asked) != []


def test_a_statement_never_goes_back_in_the_log() -> None:
    stated_at_5 = state.RECONCILIATION.fold(state.state_result(state.Reconciliation(), _state(5)))  # type: ignore[arg-type]
    assert isinstance(state.state_result(stated_at_5, _state(4)), InvalidField)
    assert isinstance(state.state_result(stated_at_5, _state(5)), list)


def test_an_endless_reason_is_refused() -> None:
    asked = commands.RequestReconciliation(token="FXR-1", reason="x" * 501)
    assert isinstance(state.request(state.Reconciliation(), asked), InvalidField)
