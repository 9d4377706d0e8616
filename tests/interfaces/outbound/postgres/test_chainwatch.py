"""The memory of the watch over the chain, in a real database."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from domain.chainwrite import events
from interfaces.outbound.evm.discovery import Wallets
from interfaces.outbound.evm.logs import Contract
from interfaces.outbound.postgres.chainwatch import (
    KEPT_BLOCKS,
    MILESTONE,
    PostgresWatchStore,
    SeenBlock,
    created_contracts,
)
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.views import prepared
from interfaces.settings import Settings
from interfaces.wiring import log_of
from projections.chain_writes.project import VIEW as CHAIN_WRITES
from tests.projections.support import Scribe

pytestmark = [pytest.mark.postgres, pytest.mark.capability("FX10", part="watcher")]

TOKEN, FACTORY = "0x" + "c1" * 20, "0x" + "c2" * 20
WALLET, OTHER = "0x" + "a1" * 20, "0x" + "a2" * 20


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresWatchStore]:
    """Make the store over an empty database."""
    migrate(postgres_url)
    with closing(Session(postgres_url, "watch")) as session:
        yield PostgresWatchStore(session)


def block(number: int, branch: str = "a") -> SeenBlock:
    """Make a block of a branch of the chain."""
    return SeenBlock(number, f"0x{branch}{number:063x}")


def test_what_was_read_is_remembered_together(store: PostgresWatchStore) -> None:
    assert store.last() is None
    assert store.blocks() == []
    token = Contract(TOKEN, "Token", 4)
    store.commit([block(4), block(5)], [token], [Wallets(TOKEN, frozenset({WALLET}))])
    store.commit([block(6)], [token], [Wallets(TOKEN, frozenset({WALLET, OTHER}))])
    assert store.last() == block(6)
    assert store.blocks() == [block(6), block(5), block(4)]
    assert store.contracts() == [token]
    assert store.wallets(TOKEN) == {WALLET, OTHER}
    assert store.wallets(FACTORY) == frozenset()


def test_old_blocks_are_forgotten_but_for_milestones(store: PostgresWatchStore) -> None:
    first = MILESTONE - 5
    for number in range(first, first + 10):
        store.commit([block(number)], [], [])
    far = MILESTONE + KEPT_BLOCKS + 100
    store.commit([block(far)], [], [])
    assert store.blocks() == [block(far), block(MILESTONE)]


def test_a_rewind_forgets_blocks_and_contracts_behind_it(store: PostgresWatchStore) -> None:
    old, new = Contract(FACTORY, "TREXFactory", 3), Contract(TOKEN, "Token", 6)
    store.commit([block(number) for number in range(3, 8)], [old, new], [])
    store.rewind(5)
    assert store.last() == block(5)
    assert store.contracts() == [old]
    store.commit([block(6, "b")], [], [])
    assert store.last() == block(6, "b")
    store.rewind(-1)
    assert store.last() is None
    assert store.contracts() == []


def test_a_transaction_is_ours_when_we_signed_it(
    store: PostgresWatchStore, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO chain_raw (write, sender, nonce, transaction, raw, gas_limit,"
            " max_fee_per_gas, max_priority_fee_per_gas)"
            " VALUES ('mint/FXR-1', '0x01', 7, '0xf1', '', 1, 1, 1),"
            " ('mint/FXR-1', '0x01', 7, '0xf2', '', 1, 2, 2)"
        )
    assert store.writes_of(["0xf1", "0xf2", "0xf3"]) == {"0xf1": "mint/FXR-1", "0xf2": "mint/FXR-1"}
    assert store.writes_of([]) == {}


def creation(scribe: Scribe, write: str, result: dict[str, str] | None) -> None:
    """Have a write create a contract; without a result it is not confirmed yet."""
    planned = events.ChainWritePlanned(
        purpose="platform",
        reference=write,
        signer="owner",
        contract="AnchorRegistry",
        function="constructor",
        arguments=(),
    )
    assigned = events.NonceAssigned(
        sender="0x01",
        nonce=1,
        value="0",
        gas_limit=1,
        max_fee_per_gas="1",
        max_priority_fee_per_gas="1",
        calldata_hash="0a",
    )
    mined = events.ChainWriteMined(
        transaction="0x01", block=3, block_hash="0x03", gas_used=1, gas_price="1", fee="1"
    )
    stream = f"chainwrite:{write}"
    signed = events.ChainWriteSigned(transaction="0x01")
    scribe.write(stream, planned, assigned, signed, mined)
    if result is not None:
        confirmed = events.ChainWriteConfirmed(
            transaction="0x01", block=3, block_hash="0x03", confirmations=2, result=result
        )
        scribe.write(stream, confirmed)


def test_contracts_that_our_writes_created_are_known_by_their_view(postgres_url: str) -> None:
    migrate(postgres_url)
    scribe = Scribe()
    creation(scribe, "one", {"address": "0x" + "C1" * 20})
    creation(scribe, "two", None)
    creation(scribe, "three", {})
    with closing(Session(postgres_url, "views")) as session:
        with closing(log_of(Settings(database_url=postgres_url))) as log:
            (runner,) = prepared(session, log, [CHAIN_WRITES])
        runner.fold(scribe.log)
        found = Questions(session).fetch(created_contracts())
    assert found == [Contract(TOKEN, "AnchorRegistry", 3)]
