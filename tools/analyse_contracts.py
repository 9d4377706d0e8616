# /// script
# requires-python = ">=3.11"
# dependencies = ["slither-analyzer>=0.11.6"]
# ///
"""Slither on our contracts: every finding is answered in contracts/SLITHER.md, and nothing else is.

Run by `make slither`, in an environment of its own (`analyse_contracts.py.lock`): slither wants
an older web3 than we do. It compiles a copy, because it empties the folder of artifacts first.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

CONTRACTS: Final = Path(__file__).resolve().parent.parent / "contracts"
ANSWERS: Final = "SLITHER.md"
SOURCES: Final = ("src", "foundry.toml", "solc", "package.json")
FORGE: Final = "node_modules/@foundry-rs/forge-linux-amd64/bin"
PATIENCE: Final = 300

Finding = tuple[str, str]
"""A detector's name and the declaration that it points at, as in ``Contract.function``."""


def main() -> int:
    """Report what is not answered and what is answered for nothing; 0 when there is neither."""
    found = findings(report())
    told = answered((CONTRACTS / ANSWERS).read_text())
    faults = [f"not answered: {name} in {place}" for name, place in sorted(found - told)]
    faults += [f"no longer found: {name} in {place}" for name, place in sorted(told - found)]
    for fault in faults:
        print(f"{ANSWERS}: {fault}", file=sys.stderr)
    if not faults:
        print(f"slither: {len(found)} findings, each of them answered")
    return 1 if faults else 0


def report() -> dict[str, Any]:
    """Run slither on a copy of the sources and return what it writes as JSON.

    Raises RuntimeError when it could not compile or analyse them.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            source = CONTRACTS / name
            if source.is_dir():
                shutil.copytree(source, copy / name)
            else:
                shutil.copy(source, copy / name)
        (copy / "node_modules").symlink_to(CONTRACTS / "node_modules")
        programs = f"{Path(sys.executable).parent}:{CONTRACTS / FORGE}:{os.environ['PATH']}"
        done = subprocess.run(
            ["slither", ".", "--filter-paths", "node_modules", "--json", "-"],
            cwd=copy,
            env={**os.environ, "PATH": programs},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(done.stderr) from error
    if not answer["success"]:
        raise RuntimeError(answer["error"])
    return dict(answer["results"])


def findings(results: dict[str, Any]) -> set[Finding]:
    """Name each finding by its detector and the first declaration that it is about."""
    return {(each["check"], _place(each["elements"][0])) for each in results.get("detectors", [])}


def answered(text: str) -> set[Finding]:
    """Read the findings that the table of answers names; a row without an answer names none."""
    rows = re.findall(r"^\| `([\w-]+)` \| `([\w.]+)` \| [^\s|]", text, re.MULTILINE)
    return set(rows)


def _place(element: dict[str, Any]) -> str:
    parent = element.get("type_specific_fields", {}).get("parent")
    if parent is None or parent["type"] not in {"contract", "function"}:
        return str(element["name"])
    return f"{_place(parent)}.{element['name']}"


if __name__ == "__main__":
    sys.exit(main())
