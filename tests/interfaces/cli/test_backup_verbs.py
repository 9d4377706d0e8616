"""`tally backup` and `tally restore` as a person types them."""

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from interfaces.outbound.checkpointfile import CheckpointFile
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.settings import Settings
from interfaces.wiring import KEK, vault_of
from tests.conformance.script import LOG, FixedClock, create, opening
from tools.tally import assembled

pytestmark = pytest.mark.postgres

SIZE = 12
BOX = ("subject:ann", "subject.created", "/email")


def tally(*words: object) -> Result:
    return CliRunner().invoke(assembled(), [str(word) for word in words])


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give a store with a log and a data key, which the environment names."""
    settings = Settings(data=tmp_path / "data", log=LOG, database_url=postgres_url)
    migrate(postgres_url)
    with SyncGate(postgres_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(SIZE - 1):
            gate.dispatch(create(f"s{number}"))
    vault = vault_of(settings)
    vault.seal("ann", *BOX, "ann@tallystick.example")
    vault.close()
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", postgres_url)
    monkeypatch.setenv("TALLYSTICK_LOG", LOG)
    monkeypatch.setenv("TALLYSTICK_DATA", str(settings.data))
    return settings


@pytest.mark.usefixtures("settings")
def test_backups_go_there_and_come_back(tmp_path: Path) -> None:
    """What is refused says why in one line, and nothing of it quotes a row."""
    log, vault = tmp_path / "log", tmp_path / "vault"
    assert tally("backup").exit_code == 2
    assert tally("restore").exit_code == 2
    assert tally("backup", log, "--vault", log / "vault").exit_code == 2
    taken = tally("backup", log, "--vault", vault)
    assert taken.exit_code == 0, taken.output
    assert f"log: position {SIZE}" in taken.output
    again = tally("backup", log)
    assert (again.exit_code, "never overwrites" in again.output) == (1, True)
    refused = tally("restore", log)
    assert (refused.exit_code, "is not empty" in refused.output) == (1, True)
    keyless = tally("restore", "--vault", vault, "--data", tmp_path / "other")
    assert (keyless.exit_code, "keys back first" in keyless.output) == (1, True)
    assert not (tmp_path / "other" / "keys" / f"{KEK}.key").exists()
    restored = tally("restore", log, "--vault", vault, "--switch")
    assert restored.exit_code == 0, restored.output
    assert f"{SIZE} events are back and hold together" in restored.output
    assert "vault: 1 keys are back, 0 stay destroyed" in restored.output
    assert "is kept as the database" in restored.output
    alone = tally("restore", "--vault", vault)
    assert (alone.exit_code, "1 keys are back" in alone.output) == (0, True)


def test_a_log_that_is_shorter_than_what_was_signed_is_not_restored(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint that this node keeps is the one of a longer log."""
    assert tally("backup", tmp_path / "log").exit_code == 0
    with SyncGate(settings.database_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(create("later"))
    # It cannot name this log's keys, but what it signs first of all is kept.
    tally("export", tmp_path / "audit")
    kept = CheckpointFile(settings.data).read()
    assert kept is not None
    assert kept.size == SIZE + 1
    place = make_conninfo(settings.database_url, dbname="verbs_elsewhere")
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", place)
    refused = tally("restore", tmp_path / "log")
    assert refused.exit_code == 1
    assert f"tail_missing at position {SIZE + 1}" in refused.output
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(place)
