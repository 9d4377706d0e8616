"""`tally prove` as a person types it; what it writes is judged by the auditor's program."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from domain.integrity import evidence as documents
from domain.integrity.checkpoint import parse_verifier_key
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.signer.keyring import KeyRing, checkpoint_signer
from interfaces.settings import Settings
from tests.conformance.script import LOG, FixedClock, create, opening
from tools import verify
from tools.tally import assembled

pytestmark = pytest.mark.postgres


def tally(*words: object) -> Result:
    return CliRunner().invoke(assembled(), [str(word) for word in words])


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give a store with a small log that nobody has anchored."""
    settings = Settings(data=tmp_path / "data", log=LOG, database_url=postgres_url)
    migrate(postgres_url)
    with SyncGate(postgres_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(4):
            gate.dispatch(create(f"s{number}"))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", postgres_url)
    monkeypatch.setenv("TALLYSTICK_LOG", LOG)
    monkeypatch.setenv("TALLYSTICK_DATA", str(settings.data))
    return settings


@pytest.fixture
def trust(settings: Settings, tmp_path: Path) -> Path:
    """Write a trust file with the store's own key."""
    key = parse_verifier_key(checkpoint_signer(KeyRing(settings.keys), LOG).verifier_key)
    registry = "0x" + "e1" * 20
    file = documents.trust(log=LOG, keys=[key], chain_id=31337, registry=registry, owner=registry)
    (tmp_path / "trust").write_bytes(documents.document(file))
    return tmp_path / "trust"


def _verdict(bundle: Path, trust: Path, capsys: pytest.CaptureFixture[str]) -> str:
    verify.main([str(bundle), "--trust", str(trust), "--json"])
    code: str = json.loads(capsys.readouterr().out)["code"]
    return code


def test_proofs_are_written_and_hold(
    tmp_path: Path, trust: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    assert tally("prove", "event", 2, "--out", bundle).exit_code == 0
    assert _verdict(bundle, trust, capsys) == "ok"
    many = tally("prove", "event", 1, 3, 5, "--out", bundle)
    assert "verify.py" in many.output
    assert len(bundle.read_text().splitlines()) == 3
    assert _verdict(bundle, trust, capsys) == "ok"
    for words in (("stream", "subject:s1"), ("account", "s1/cash/GBP"), ("stream", "log:main")):
        assert tally("prove", *words, "--out", bundle).exit_code == 0
        assert _verdict(bundle, trust, capsys) == "incomplete"
    shown = tally("prove", "stream", "subject:s1", "--at", 2)
    assert json.loads(shown.output)["as_of"] == 2
    proof = tally("prove", "event", 3, "--format", "tlog-proof")
    assert proof.output.startswith("c2sp.org/tlog-proof@v1\n")


@pytest.mark.usefixtures("settings")
def test_what_cannot_be_proven_says_why() -> None:
    nothing = tally("prove", "event", 6)
    assert (nothing.exit_code, "no event 6" in nothing.output) == (1, True)
    early = tally("prove", "event", 2, "--format", "chainpoint-v4")
    assert (early.exit_code, "not anchored yet" in early.output) == (1, True)
    behind = tally("prove", "stream", "log:main", "--at", 99)
    assert (behind.exit_code, "no position 99" in behind.output) == (1, True)
    for words in (
        ("event", 1, "--format", "xml"),
        ("event", 1, 2, "--format", "tlog-proof"),
        ("account", "pennine/cash"),
        ("stream", "nothing"),
        ("stream", "log:main", "--at", 0),
        ("event",),
    ):
        assert tally("prove", *words).exit_code == 2, words
