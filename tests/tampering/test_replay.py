"""`tally replay` names what a superuser changed, by kind and position."""

from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.syncgate import SyncGate
from tests.conformance.script import LOG, FixedClock, create, opening
from tools.tally import assembled

pytestmark = pytest.mark.postgres


@pytest.fixture
def replayed(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, list[str]]:
    """Give a written log and the words that replay it."""
    migrate(postgres_url)
    with SyncGate(postgres_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(9):
            gate.dispatch(create(f"s{number}"))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", postgres_url)
    monkeypatch.setenv("TALLYSTICK_LOG", LOG)
    return postgres_url, ["replay", "--data", str(tmp_path)]


def test_an_honest_log_is_replayed(replayed: tuple[str, list[str]]) -> None:
    _, words = replayed
    result = CliRunner().invoke(assembled(), words)
    assert result.exit_code == 0, result.output


def test_a_changed_row_is_named(replayed: tuple[str, list[str]]) -> None:
    """Also a body that is no event any more does not end the program without a word."""
    url, words = replayed
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        connection.execute(r"UPDATE events SET body = '\x00' WHERE position = 6")
    result = CliRunner().invoke(assembled(), words)
    assert result.exit_code == 1
    assert "chain_mismatch at position 6" in result.output
