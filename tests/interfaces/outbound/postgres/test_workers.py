"""The chain worker's table: one owner for each nonce, one worker that may sign (B4)."""

from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.workers import NonceTaken, PostgresRawStore
from interfaces.outbound.rawtransaction import RawTransaction

pytestmark = [pytest.mark.postgres, pytest.mark.capability("B4")]

RAW = RawTransaction(
    write="mint/T",
    sender="0x01",
    nonce=3,
    transaction="0xa",
    raw=b"\x02",
    gas_limit=9,
    max_fee_per_gas=8,
    max_priority_fee_per_gas=1,
)


def other(**changes: object) -> RawTransaction:
    return msgspec.structs.replace(RAW, **changes)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    opened = Session(database, "test")
    yield opened
    opened.close()


def test_every_transaction_of_a_nonce_is_kept_in_the_order_of_its_fees(session: Session) -> None:
    raws = PostgresRawStore(session)
    assert raws.next_nonce("0x01") == 0
    dearer = other(transaction="0x9", max_fee_per_gas=10)
    raws.put(dearer)
    raws.put(RAW, other(nonce=4, transaction="0xb", write="burn/T"))
    raws.put(RAW)
    assert raws.of("mint/T") == [RAW, dearer]
    assert [raw.transaction for raw in raws.since("0x01", 3)] == ["0xa", "0x9", "0xb"]
    assert raws.next_nonce("0x01") == 5
    assert raws.next_nonce("0x02") == 0


def test_a_nonce_belongs_to_one_write_and_nothing_of_the_batch_is_kept(session: Session) -> None:
    raws = PostgresRawStore(session)
    raws.put(RAW)
    with pytest.raises(NonceTaken):
        raws.put(other(nonce=4, transaction="0xc"), other(write="burn/T", transaction="0xd"))
    assert raws.next_nonce("0x01") == 4
    assert raws.of("burn/T") == []


def test_one_session_at_a_time_may_sign(database: str, admin: psycopg.Connection) -> None:
    first, second = Session(database, "first"), Session(database, "second")
    assert PostgresRawStore(first).hold()
    assert PostgresRawStore(first).hold(), "it may go on"
    assert not PostgresRawStore(second).hold()
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
        ("tallystick first",),
    )
    held = [PostgresRawStore(second).hold(), PostgresRawStore(first).hold()]
    assert held.count(True) == 1
    first.close()
    second.close()
