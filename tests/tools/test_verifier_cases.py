"""The table that both verifiers are held to is what the tests of the first one say today."""

import ast
import importlib.util
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools import verify


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = _load("verifier_cases")
TABLE: dict[str, Any] = json.loads(cases.TABLE.read_text())
UNWATCHED = {"test_usage_errors", "test_a_long_feed_takes_no_more_memory_than_a_short_one"}
Holds = Callable[[bytes, bytes, bytes], bool]


def _files() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, cut in TABLE["files"].items():
        files[name] = cases.joined(cut, files)
    return files


@pytest.fixture
def _signatures_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check each signature once: hundreds of cases stand under a few checkpoints."""
    holds: Holds = cache(verify.ed25519_holds)
    monkeypatch.setattr(verify, "ed25519_holds", holds)


@pytest.mark.usefixtures("_signatures_once")
def test_the_verifier_answers_what_the_table_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = _files()
    for case in TABLE["cases"]:
        (tmp_path / "evidence").write_bytes(cases.joined(case["evidence"], files))
        arguments = [str(tmp_path / "evidence"), "--json"] + ["--quick"] * case.get("quick", False)
        for role in ("trust", "checkpoint"):
            if role in case:
                (tmp_path / role).write_text(TABLE[f"{role}s"][case[role]])
                arguments += [f"--{role}", str(tmp_path / role)]
        status = verify.main(arguments)
        answer = json.loads(capsys.readouterr().out)
        expected = {"position": None, "detail": answer["detail"], **case}
        assert status == case["status"], case["test"]
        assert answer == {name: expected[name] for name in answer}, case["test"]


def test_every_test_of_the_verifier_is_in_the_table() -> None:
    named = {case["test"].split(": ", 1)[1].split("[")[0] for case in TABLE["cases"]}
    for file in cases.WATCHED:
        tree = ast.parse((cases.HERE / file).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and "run" in [each.arg for each in node.args.args]:
                assert node.name in named | UNWATCHED, f"run {cases.__file__} for {node.name}"
