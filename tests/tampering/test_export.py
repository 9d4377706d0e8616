"""A store that was changed is exported as it is, and the auditor's program names the same place."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from domain.log.commands import OpenLog
from interfaces.outbound.postgres.inspection import Fault, inspect
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.signer.keyring import KeyRing, checkpoint_signer
from interfaces.settings import Settings
from projections.registry import VIEWS
from tests.conformance.script import LOG, FixedClock, create, request
from tools import verify
from tools.tally import assembled

pytestmark = pytest.mark.postgres

SIZE = 12
AT = 7
CHANGE = """
UPDATE events SET body = replace(encode(body, 'escape'), 'GB', 'FR')::bytea WHERE position = 7
"""


@pytest.fixture(scope="module")
def written(module_postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Write a log whose checkpoints verify, and fold its views."""
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, log=LOG, database_url=module_postgres_url)
    migrate(settings.database_url)
    key = checkpoint_signer(KeyRing(settings.keys), LOG).verifier_key
    opening = OpenLog(
        origin=LOG,
        keys=(key,),
        witnesses=(),
        chain_id=31337,
        registry="0x" + "e1" * 20,
        owner="0x" + "e2" * 20,
    )
    with SyncGate(settings.database_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(request(opening, "open"))
        for number in range(SIZE - 1):
            gate.dispatch(create(f"s{number}"))
    session = Session(settings.database_url, "test")
    log = PostgresLog(settings.database_url, log=LOG)
    runners = prepared(session, log, VIEWS)
    while fold_all(session, log, runners):
        pass
    session.close()
    log.close()
    return settings


def change(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        connection.execute(statement.encode())


def judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[object, object]:
    """Let the auditor's program look at an export, and tell its code and position."""
    capsys.readouterr()
    verify.main(
        [
            *(str(folder / "feed.ndjson"), "--trust", str(folder / "trust.json")),
            *("--checkpoint", str(folder / "checkpoint"), "--json"),
        ]
    )
    said = json.loads(capsys.readouterr().out)
    return said["code"], said["position"]


def test_an_export_of_a_changed_store_is_judged_alike(
    written: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A country of one event is another one than what was hashed."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", written.database_url)
    monkeypatch.setenv("TALLYSTICK_LOG", LOG)
    export = ["export", "--data", str(written.data)]
    for name, expected in (("before", ("ok", None)), ("after", ("chain_mismatch", AT))):
        if name == "after":
            change(written.database_url, CHANGE)
        result = CliRunner().invoke(assembled(), [*export, str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert judged(tmp_path / name, capsys) == expected
    with psycopg.connect(written.database_url) as connection:
        assert inspect(connection, LOG) == Fault(AT, "chain_mismatch")
    backup = CliRunner().invoke(
        assembled(), ["backup", str(tmp_path / "b"), "--data", str(written.data)]
    )
    assert backup.exit_code == 1
    assert f"chain_mismatch at position {AT}" in backup.output
