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
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    suites = json.loads(done.stdout)
    results = [result for suite in suites.values() for result in suite["test_results"].values()]
    assert len(results) >= 140
    assert {result["status"] for result in results} == {"Success"}
    names = {name for suite in suites.values() for name in suite["test_results"]}
    assert len([name for name in names if "Fuzz" in name]) >= 15
    assert len([name for name in names if name.startswith("invariant")]) >= 7


@pytest.mark.slow
def test_no_operation_costs_more_gas_than_before() -> None:
    done = subprocess.run(
        ["./forge.sh", "snapshot", "--match-contract", "Gas", "--check", "--tolerance", "1"],
        cwd=CONTRACTS,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    cure = "if it must be so: ./forge.sh snapshot --match-contract Gas, and say why in the commit"
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{cure}"


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


def test_the_settlement_agent_keeps_what_was_published() -> None:
    abi = Artifacts().of("SettlementAgent").abi
    signatures = {(entry.type, entry.signature) for entry in abi}
    batch = "settleBatch((address,address,address,uint256,bytes32)[])"
    assert ("function", "settle(address,address,address,uint256,bytes32)") in signatures
    assert ("function", batch) in signatures
    assert ("error", "SettlementBatchRefused(uint256,bytes32,bytes)") in signatures


@pytest.mark.parametrize(
    ("module", "setting"),
    [
        ("CountryModule", "setCountries(bool,uint16[])"),
        ("HolderCapModule", "setHolderCap(uint256)"),
        ("MaxBalanceModule", "setMaxBalance(uint256)"),
        ("LockUpModule", "setLockUp(uint64)"),
    ],
)
def test_a_module_answers_all_that_a_compliance_of_t_rex_asks(module: str, setting: str) -> None:
    published = CONTRACTS / (
        "node_modules/@tokenysolutions/t-rex/artifacts/contracts/compliance/modular/modules"
        "/IModule.sol/IModule.json"
    )
    asked = {
        (entry["name"], tuple(each["type"] for each in entry["inputs"]))
        for entry in json.loads(published.read_text())["abi"]
        if entry["type"] == "function"
    }
    artifact = Artifacts().of(module)
    answers = {
        (entry.name, tuple(each.type for each in entry.inputs))
        for entry in artifact.abi
        if entry.type == "function"
    }
    assert asked <= answers
    assert artifact.entry("function", setting).inputs
    assert not artifact.constructor().inputs


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
