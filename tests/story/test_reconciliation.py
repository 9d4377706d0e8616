"""Books and chain of the told story, compared by a person; and what happens behind our back."""

import time
from pathlib import Path

import msgspec
import psycopg
import pytest

from interfaces.cli import reconcile
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.gateway import EvmGateway
from projections.reconciliations.queries import ReconciliationRow
from tests.story.conftest import Told
from tests.story.test_chain_refuses import _send
from tests.story.test_verbs import tally
from tools.story import cast
from tools.story.client import Api, Json

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.capability("FX10", part="reconciliation"),
    pytest.mark.capability("LB7", part="chain"),
    pytest.mark.capability("LB8", part="chain"),
]

SECONDS = 20.0


def statements(auditor: Api) -> list[Json]:
    """List the statements about the story's token, the newest first."""
    found: list[Json] = auditor.get("/reconciliations", token=cast.TOKEN)["items"]
    return found


def newer(auditor: Api, position: int) -> Json:
    """Wait for a statement behind a position."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = statements(auditor)
        if found and found[0]["position"] > position:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing was stated behind {position}")


def chain_log(told: Told) -> str:
    """Read what the watch said."""
    return (told.settings.data / "logs" / "chain.log").read_text()


def test_a_told_story_agrees_and_its_statement_verifies_offline(
    told: Told, auditor: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = tally(told, "reconcile", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert cast.TOKEN in done.stdout
    assert "agree" in done.stdout
    trust, statement = tmp_path / "trust.json", tmp_path / f"{cast.TOKEN}.txt"
    trust.write_bytes(auditor.raw("/log/trust"))
    newest = statements(auditor)[0]["position"]
    handed_out = auditor.raw(f"/api/v1/reconciliations/{newest}/statement")
    assert handed_out == statement.read_bytes()

    def verified(trusted: Path | None) -> tuple[int, str]:
        status = reconcile.verify_file(statement, trusted)
        return status, capsys.readouterr().out.partition(":")[0].strip()

    assert verified(trust) == (0, "ok")
    assert verified(None) == (4, "untrusted")
    assert reconcile.verify_file(statement, tmp_path / "nothing") == 2
    capsys.readouterr()
    statement.write_text(statement.read_text().replace('"result":"agrees"', '"result":"breaks"'))
    assert verified(trust) == (1, "result_mismatch")


def test_a_mint_behind_our_back_is_stated_within_one_pass(
    told: Told, auditor: Api, gateway: EvmGateway
) -> None:
    """The agent's key is used by somebody else; it is told, signed, on the log, and mended."""
    token = str(told.of("token.deployed")[0]["data"]["address"])
    wallet = str(told.stage.api(cast.ADMIN).get("/subjects/pennine")["wallet"])
    before = newer(auditor, 0)["position"]

    def call(function: str, *arguments: str) -> None:
        _send(
            gateway,
            PlannedCall(contract="Token", function=function, target=token, arguments=arguments),
        )

    call("mint", wallet, "5000")
    broken = newer(auditor, before)
    assert (broken["agrees"], broken["break_count"]) == (False, 2)
    assert {(each["kind"], each["book"], each["chain"]) for each in broken["breaks"]} == {
        ("supply", "0", "5000"),
        ("balance", "0", "5000"),
    }
    facts = auditor.get("/chain-facts", token=cast.TOKEN)["items"]
    assert [(each["event"], each["state"]) for each in facts] == [("Transfer", "OBSERVED")]
    assert facts[0]["arguments"]["value"] == "5000"
    said = chain_log(told)
    assert "chain_fact_of_others" in said
    assert "reconciliation_break" in said
    said_to_people: list[object] = []
    reconcile.show([msgspec.convert(broken, ReconciliationRow)], said_to_people.append)
    assert any("supply of the token: books 0, chain 5000" in str(each) for each in said_to_people)

    call("burn", wallet, "5000")
    position = statements(auditor)[0]["position"]
    deadline = time.monotonic() + SECONDS
    while not (mended := newer(auditor, position))["agrees"] and time.monotonic() < deadline:
        position = mended["position"]
    assert mended["agrees"]
    assert len(auditor.get("/chain-facts", token=cast.TOKEN)["items"]) == 2


def test_all_that_we_did_ourselves_is_matched_not_doubled(told: Told) -> None:
    """The story's own transfers, mints and anchors are no facts of others."""
    kinds = {record["type"] for record in told.records}
    assert "token.transferred" in kinds
    assert not [kind for kind in kinds if kind.startswith("chainfact.")]
    with psycopg.connect(told.settings.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM chain_watch_contracts").fetchone()
    assert row is not None
    assert row[0] > 20
