"""The reconciliation statement: what outsiders get, signed like a checkpoint.

A signed note of its own kind (C2SP signed-note): its first line names the format and its second
is the statement as canonical JSON, so it can never be read as a checkpoint or a receipt.

    tallystick/reconciliation/v1
    {"block":17,...}

    — <key name> <base64(4-byte key id ‖ signature)>

Whoever verifies it compares both sides again: a statement that hides a break is malformed, not
merely wrong.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import Final

import msgspec

from domain.integrity.canonical import NotCanonicalError, canonical
from domain.integrity.checkpoint import (
    CheckpointError,
    Note,
    Sign,
    VerifierKey,
    Verify,
    is_signed_by,
    parse_note,
    signature_line,
)
from domain.reconciliation.compare import Break, Side, Standing, compare

STATEMENT_FORMAT: Final = "tallystick/reconciliation/v1"
STATEMENT_BYTES_MAX: Final = 64 * 1024 * 1024

_UNITS: Final = re.compile(r"0|-?[1-9][0-9]{0,77}").fullmatch


class Values(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token as a whole on one side."""

    supply: str
    paused: bool


class Line(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One wallet on both sides; ``holder`` is absent when the books give it to nobody."""

    wallet: str
    book_units: str
    chain_units: str
    book_units_frozen: str
    chain_units_frozen: str
    book_wallet_frozen: bool
    chain_wallet_frozen: bool
    holder: str | None = None


class InTransit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chain write that the block holds and whose outcome was not yet in the books."""

    write: str
    transaction: str
    block: int


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Books as of a position (with what was in transit carried) and chain at a block.

    Units are decimal strings of the token's smallest unit, ``chain_value`` is chain[position]
    in hex, ``result`` is ``agrees`` exactly when there are no breaks.
    """

    format: str
    log: str
    token: str
    chain_id: int
    contract: str
    block: int
    block_hash: str
    position: int
    chain_value: str
    at: str
    book: Values
    chain: Values
    wallets: tuple[Line, ...]
    in_transit: tuple[InTransit, ...]
    breaks: tuple[Break, ...]
    result: str


class StatementFault(Enum):
    """Why a statement is not to be believed, in the order of the checks."""

    MALFORMED = "malformed"
    WRONG_LOG = "wrong_log"
    RESULT_MISMATCH = "result_mismatch"
    SIGNATURE = "statement_signature"


def lines_of(books: Side, chain: Side, holders: Mapping[str, str]) -> tuple[Line, ...]:
    """Write both sides of every wallet that either of them names, by wallet."""
    nothing = Standing()
    return tuple(
        Line(
            wallet=wallet,
            holder=holders.get(wallet),
            book_units=str(books.wallets.get(wallet, nothing).units),
            chain_units=str(chain.wallets.get(wallet, nothing).units),
            book_units_frozen=str(books.wallets.get(wallet, nothing).units_frozen),
            chain_units_frozen=str(chain.wallets.get(wallet, nothing).units_frozen),
            book_wallet_frozen=books.wallets.get(wallet, nothing).wallet_frozen,
            chain_wallet_frozen=chain.wallets.get(wallet, nothing).wallet_frozen,
        )
        for wallet in sorted({*books.wallets, *chain.wallets})
    )


def breaks_of(statement: Statement) -> tuple[Break, ...]:
    """Compare the sides of a statement again; raises ValueError for units that are none."""
    wallets = statement.wallets
    if [line.wallet for line in wallets] != sorted({line.wallet for line in wallets}):
        message = "the wallets of a statement stand in order, each once"
        raise ValueError(message)
    holders = {line.wallet: line.holder for line in wallets if line.holder is not None}
    books = Side(
        supply=_units(statement.book.supply),
        paused=statement.book.paused,
        wallets={
            line.wallet: Standing(
                _units(line.book_units), _units(line.book_units_frozen), line.book_wallet_frozen
            )
            for line in wallets
        },
    )
    chain = Side(
        supply=_units(statement.chain.supply),
        paused=statement.chain.paused,
        wallets={
            line.wallet: Standing(
                _units(line.chain_units), _units(line.chain_units_frozen), line.chain_wallet_frozen
            )
            for line in wallets
        },
    )
    return compare(books, chain, holders)


def values_hash(statement: Statement) -> str:
    """Hash what was compared, and nothing of when: equal for two that say the same."""
    said = (
        statement.contract,
        statement.chain_id,
        statement.book,
        statement.chain,
        statement.wallets,
    )
    return sha256(canonical(said, limit=STATEMENT_BYTES_MAX)).hexdigest()


def sign_statement(statement: Statement, key: VerifierKey, sign: Sign) -> str:
    """Return the signed text of a statement. Raises NotCanonicalError for an enormous one."""
    text = canonical(statement, limit=STATEMENT_BYTES_MAX).decode()
    body = f"{STATEMENT_FORMAT}\n{text}\n"
    return f"{body}\n{signature_line(key, sign(body.encode()))}"


def parse_statement(text: str) -> tuple[Statement, Note]:
    """Return what a statement says, and the note whose signatures are still to be checked.

    Raises CheckpointError.
    """
    note = parse_note(text)
    if len(note.lines) != 2 or note.lines[0] != STATEMENT_FORMAT:
        raise CheckpointError("a statement has its format and one line of JSON")
    try:
        statement = msgspec.json.decode(note.lines[1], type=Statement)
        same = canonical(statement, limit=STATEMENT_BYTES_MAX).decode() == note.lines[1]
    except (msgspec.DecodeError, NotCanonicalError) as error:
        raise CheckpointError(f"not a statement: {error}") from error
    if not same or statement.format != STATEMENT_FORMAT:
        raise CheckpointError("the statement is not in its canonical form")
    return statement, note


def check_statement(
    text: str, *, log: str | None, keys: Sequence[VerifierKey], verify: Verify
) -> tuple[Statement | None, StatementFault | None]:
    """Judge a statement offline: its form, its log if one is named, its sums, who signed it."""
    try:
        statement, note = parse_statement(text)
        breaks = breaks_of(statement)
    except ValueError:
        return None, StatementFault.MALFORMED
    if log is not None and statement.log != log:
        return statement, StatementFault.WRONG_LOG
    result = "breaks" if breaks else "agrees"
    if (statement.breaks, statement.result) != (breaks, result):
        return statement, StatementFault.RESULT_MISMATCH
    if not is_signed_by(note, keys, verify):
        return statement, StatementFault.SIGNATURE
    return statement, None


def _units(text: str) -> int:
    # Books that lag behind the chain may owe more than they have: that is a break, not a bad text.
    if _UNITS(text) is None:
        message = f"not a number of units: {text!r}"
        raise ValueError(message)
    return int(text)
