"""Our contracts: their own tests pass, their interface is the published one, nothing is fetched."""

import json
import subprocess

import pytest

from interfaces.outbound.evm.artifacts import CONTRACTS, Artifacts

PUBLISHED = {
    ("function", "register(bytes32,address)"),
    ("function", "setAnchorer(bytes32,address)"),
    ("function", "anchor(bytes32,uint64,bytes32,bytes32,bytes32[])"),
    ("function", "disavow(bytes32,uint64)"),
    ("function", "latest(bytes32)"),
    ("function", "anchorAt(bytes32,uint64)"),
    ("event", "Anchored(bytes32,uint64,bytes32,bytes32)"),
}
"""What FORMATS 5 promises to auditors."""


@pytest.mark.slow
@pytest.mark.capability("B1", part="append-only checked by the contract")
def test_the_contracts_own_tests_pass() -> None:
    done = subprocess.run(
        ["./forge.sh", "test", "--json"],
        cwd=CONTRACTS,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    suites = json.loads(done.stdout)
    results = [result for suite in suites.values() for result in suite["test_results"].values()]
    assert len(results) >= 40
    assert {result["status"] for result in results} == {"Success"}


def test_the_sources_are_formatted() -> None:
    done = subprocess.run(
        ["./forge.sh", "fmt", "--check"],
        cwd=CONTRACTS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_registry_has_the_published_interface() -> None:
    abi = Artifacts().of("AnchorRegistry").abi
    assert {(entry.type, entry.signature) for entry in abi} >= PUBLISHED
    anchored = next(entry for entry in abi if entry.name == "Anchored")
    assert [each.indexed for each in anchored.inputs] == [True, True, False, False]


def test_the_compiler_answers_as_a_native_one_does() -> None:
    program = CONTRACTS / "solc"
    version = subprocess.run(
        [program, "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Linux.g++" in version.stdout
    package = json.loads((CONTRACTS / "package.json").read_text())
    assert f"Version: {package['devDependencies']['solc']}+" in version.stdout
    other = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
    assert other.returncode == 2
    assert "usage" in other.stderr


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    lock = json.loads((CONTRACTS / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all("integrity" in entry for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
    package = json.loads((CONTRACTS / "package.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}
    assert all(version[0].isdigit() for version in wanted.values())
