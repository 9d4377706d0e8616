"""Somebody is forgotten on a real store: once, whatever breaks, and the log still verifies (B3)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from application.ports.world import KeyErased, ViewBehind
from domain.subject import commands
from interfaces.outbound.postgres.backup import Backup
from interfaces.outbound.postgres.restore import restore
from interfaces.outbound.postgres.restoring import Source
from interfaces.outbound.postgres.restoringvault import VaultSource
from interfaces.outbound.postgres.vault import PostgresVault, rewrap
from tests.conformance.script import LOG
from tests.interfaces.workers.forgetground import (
    BORN,
    DOCUMENT,
    EMAIL,
    KEK,
    NAME,
    ForgetGround,
    dump_contains,
)
from tools import verify

pytestmark = pytest.mark.postgres

UNTRUSTED = 4
"""All is well, and no trust file was given (FORMATS 6)."""


@pytest.fixture
def ground(migrated_database: Callable[[], str]) -> Iterator[ForgetGround]:
    """A store with Mina in it."""
    with ForgetGround(migrated_database()) as ground:
        ground.people()
        yield ground


@pytest.mark.capability("B3")
def test_two_persons_have_somebody_forgotten_and_the_log_still_verifies(
    ground: ForgetGround, tmp_path: Path
) -> None:
    """The walk: closed, asked, approved, ordered, destroyed, told; every hash as before."""
    before = [(event.body, event.chain) for event in ground.log.read(0, 500)]
    ground.send("mina", "lender", commands.CloseSubject(subject="mina"))
    assert ground.order(early="entered_in_error") == "request.carried_out"
    assert ground.vault.open(ground.name(), *_PLACE, "/name") == NAME
    ground.work()
    assert ground.types()[-3:] == ["subject.closed", "subject.erasure_ordered", "subject.erased"]
    with pytest.raises(KeyErased):
        ground.vault.open(ground.name(), *_PLACE, "/name")
    assert ground.identifiers.holder("email", EMAIL) is None
    assert ground.documents.describe("mina", "any") is None
    after = [(event.body, event.chain) for event in ground.log.read(0, 500)]
    assert after[: len(before)] == before
    feed = tmp_path / "feed.ndjson"
    feed.write_bytes(ground.feed())
    assert verify.main([str(feed)]) == UNTRUSTED


_PLACE = ("subject:mina", "subject.created")


@pytest.mark.capability("B3")
def test_nothing_of_a_forgotten_person_is_left_anywhere(
    ground: ForgetGround, caplog: pytest.LogCaptureFixture
) -> None:
    """A dump of every table, the feed and what was logged know neither name nor document."""
    secrets = (NAME, EMAIL, BORN, "Threadgold", DOCUMENT, "mac-of-mina", "digest-of-mina")
    ground.system(commands.CloseSubject(subject="mina"))
    ground.order(early="court_order")
    for table in ("personal_documents", "access.logins", "access.sessions", "identifiers.taken"):
        assert ground.count(table) == 1, table
    ground.work()
    for table in ("personal_documents", "access.logins", "access.sessions", "identifiers.taken"):
        assert ground.count(table) == 0, table
    dump, feed = ground.everything(), b"".join(event.body for event in ground.log.read(0, 500))
    logged = caplog.text.encode()
    for secret in secrets:
        wanted = secret if isinstance(secret, bytes) else secret.encode()
        for place in (dump, feed, logged):
            assert not dump_contains(place, wanted), secret
    assert b"mina" in dump
    (row,) = ground.rows(
        "SELECT state, name, email, bank_account FROM {subjects} WHERE subject = 'mina'"
    )
    assert row == ("ERASED", "erased", None, None)
    assert ground.rows("SELECT * FROM {profiles} WHERE subject = 'mina'") == []


@pytest.mark.capability("B3")
@pytest.mark.parametrize("step", range(4))
def test_killed_half_way_it_is_done_once(ground: ForgetGround, step: int) -> None:
    """Before, between and after the destruction; whoever starts again finishes."""
    ground.system(commands.CloseSubject(subject="mina"))
    ground.order(early="court_order")

    def broken(person: str) -> None:
        if step >= 1:
            ground.vault.erase(person)
        if step >= 2:
            ground.documents.purge(person)
        if step >= 3:
            ground.forgets.forget(person)
        raise Killed

    with pytest.raises(Killed):
        ground.work(broken)
    assert "subject.erased" not in ground.types()
    ground.work()
    ground.forget_place()
    ground.work()
    assert ground.types().count("subject.erased") == 1
    assert ground.types("user:u1") == ["user.registered", "user.closed"]
    assert not ground.count("personal_documents")


def test_an_order_that_was_taken_back_is_not_carried_out_later(ground: ForgetGround) -> None:
    """Money on an account stands against it; an old order read anew destroys nothing."""
    ground.system(commands.CloseSubject(subject="mina"))
    ground.order(early="court_order")
    ground.fold()
    ground.rows(
        "INSERT INTO {accounts} VALUES"
        " ('account:mina/cash/GBP', 'mina', 'cash', 'GBP', 2, 500, 0, 1, 1) RETURNING 1"
    )
    ground.work()
    assert ground.types()[-1] == "subject.erasure_refused"
    assert ground.facts("subject:mina")[-1].envelope.data == {"open": ["account:mina/cash/GBP"]}
    ground.rows("DELETE FROM {accounts} RETURNING 1")
    ground.forget_place()
    ground.work()
    assert ground.types()[-1] == "subject.erasure_refused"
    assert ground.vault.open(ground.name(), *_PLACE, "/name") == NAME
    assert ground.order("again", early="court_order") == "request.carried_out"
    ground.work()
    assert ground.types()[-1] == "subject.erased"


def test_a_hold_is_told_to_compliance_and_to_nobody_in_the_outcome(ground: ForgetGround) -> None:
    """The request fails with words that are the same whoever must keep the records."""
    box = ground.vault.seal("mina", *_PLACE_OF_HOLD, "a claim")
    ground.system(
        commands.PlaceLegalHold(subject="mina", hold="claim-17", reason=box),
        commands.CloseSubject(subject="mina"),
    )
    assert ground.order(early="court_order") == "request.failed"
    failed = ground.facts("request:forget-mina")[-1].envelope.data
    assert failed["code"] == "must_be_kept"
    assert "hold" not in failed["sentence"]
    ground.work()
    assert ground.count("personal_documents") == 1


def test_the_worker_waits_for_the_views(ground: ForgetGround) -> None:
    """A view that lags could not know of what is open."""
    ground.system(commands.CloseSubject(subject="mina"))
    ground.fold()
    ground.order(early="court_order")
    with pytest.raises(ViewBehind):
        ground.follow(ground.forgets.forget)
    assert ground.count("personal_documents") == 1


@pytest.mark.capability("B3")
def test_a_backup_from_before_brings_nobody_back(ground: ForgetGround, tmp_path: Path) -> None:
    """Log and vault of before the erasure, restored over it: the key stays destroyed."""
    name = ground.name()
    Backup(ground.url, log=LOG).take({"log": tmp_path / "log", "vault": tmp_path / "vault"})
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not any(
                dump_contains(file.read_bytes(), secret.encode()) for secret in (NAME, EMAIL)
            )
            assert DOCUMENT not in file.read_bytes()
    ground.system(commands.CloseSubject(subject="mina"))
    ground.order(early="court_order")
    ground.work()
    url, log = ground.url, LOG
    ground.close()
    source = Source(folder=tmp_path / "log", log=log)
    keys = VaultSource(folder=tmp_path / "vault", log=log, key_encryption_key=KEK)
    outcome = restore(url, source, vault=keys, switch=True)
    assert outcome.vault is not None
    vault = PostgresVault(url, log=log, key_encryption_key=KEK)
    with pytest.raises(KeyErased):
        vault.open(name, *_PLACE, "/name")
    vault.close()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM personal_documents").fetchone() == (0,)


def test_key_encryption_keys_rotate_without_the_log(ground: ForgetGround) -> None:
    """Living keys are wrapped anew and open what they opened; erased ones stay; no event."""
    ground.system(commands.CloseSubject(subject="mina"))
    ground.order(early="court_order")
    ground.work()
    other = ground.vault.seal("priya", "subject:priya", "subject.created", "/name", "Priya")
    before = ground.log.head()
    wrapped = ground.rows("SELECT key, wrapped FROM vault.keys ORDER BY key")
    fresh = bytes(range(1, 33))
    assert rewrap(ground.url, [KEK], fresh) == 1
    after = ground.rows("SELECT key, wrapped FROM vault.keys ORDER BY key")
    assert [row[0] for row in after] == [row[0] for row in wrapped]
    assert sum(one != two for one, two in zip(wrapped, after, strict=True)) == 1
    assert ground.log.head() == before
    vault = PostgresVault(ground.url, log=LOG, key_encryption_key=fresh)
    assert vault.open(other, "subject:priya", "subject.created", "/name") == "Priya"
    with pytest.raises(KeyErased):
        vault.open(ground.name(), *_PLACE, "/name")
    vault.close()


class Killed(Exception):
    """The power fails."""


_PLACE_OF_HOLD = ("subject:mina", "subject.legal_hold_placed", "/reason")
