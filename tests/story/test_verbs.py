"""The verbs of `tally` over the told story, as a person types them."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.story.conftest import Told

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.chain, pytest.mark.slow]


def tally(told: Told, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a verb against the running stack."""
    command = [sys.executable, "-m", "tools.tally", *arguments]
    if arguments[0] != "verify":
        command += ["--data", str(told.settings.data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_lists_every_verb() -> None:
    command = [sys.executable, "-m", "tools.tally", "--help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for verb in ("serve", "demo", "key", "verify", "replay", "rebuild", "export"):
        assert f" {verb} " in said


def test_replay_folds_the_whole_log(told: Told) -> None:
    done = tally(told, "replay")
    assert done.returncode == 0, done.stderr
    assert "books  GBP: debits equal credits" in done.stdout
    assert f"{len(told.records)} events in" in done.stdout or "events in" in done.stdout


@pytest.mark.capability("B2", part="equal views")
def test_rebuilt_views_equal_the_live_ones(told: Told) -> None:
    done = tally(told, "rebuild")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if ":" in line]
    assert len(lines) >= 14
    assert all(line.endswith(": equal") for line in lines)
    unknown = tally(told, "rebuild", "no_such_view")
    assert unknown.returncode == 2
    assert "no_such_view is not a view" in unknown.stderr


def test_an_export_verifies(told: Told, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    done = tally(told, "export", str(folder))
    assert done.returncode == 0, done.stderr
    checked = tally(
        told,
        "verify",
        str(folder / "feed.ndjson"),
        "--trust",
        str(folder / "trust.json"),
        "--checkpoint",
        str(folder / "checkpoint"),
        "--json",
    )
    assert json.loads(checked.stdout)["code"] == "ok"
    assert checked.returncode == 0


def test_a_key_opens_until_it_is_revoked(told: Told) -> None:
    made = tally(told, "key", "create", "--subject", "admin", "--role", "admin")
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    name = made.stderr.split("key ")[1].split(" ")[0]
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=told.stage.url, trust_env=False, headers=headers) as client:
        assert client.get("/api/v1/accounts").status_code == 200
        assert tally(told, "key", "revoke", name).returncode == 0
        for _ in range(100):
            if client.get("/api/v1/accounts").status_code == 401:
                break
        else:
            pytest.fail("a revoked key still opens")
    body = json.dumps([record for record in told.records if "apikey" in record["type"]])
    assert secret not in body


def test_a_key_needs_a_role_that_its_subject_has(told: Told) -> None:
    refused = tally(told, "key", "create", "--subject", "pennine", "--role", "admin")
    assert refused.returncode == 1
    assert "pennine does not carry the role admin." in refused.stderr
    unknown = tally(told, "key", "create", "--subject", "admin", "--role", "king")
    assert unknown.returncode == 2
    assert "choose one of" in unknown.stderr


def test_without_a_stack_a_verb_says_how_to_start_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.tally", "replay", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "start it with 'make serve' first" in done.stderr
