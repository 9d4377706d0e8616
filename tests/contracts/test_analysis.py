"""Slither's findings and their answers are the same list."""

from tools.analyse_contracts import ANSWERS, CONTRACTS, answered, findings

TABLE = """
| detector | where | answer |
|---|---|---|
| `timestamp` | `LockUpModule._add` | Because. |
| `calls-loop` | `SettlementAgent.settleBatch` | |
"""


def test_a_row_counts_only_with_an_answer() -> None:
    assert answered(TABLE) == {("timestamp", "LockUpModule._add")}


def test_a_finding_is_named_by_its_detector_and_the_declaration_it_is_about() -> None:
    contract = {"type": "contract", "name": "Country"}
    function = {
        "type": "function",
        "name": "set",
        "type_specific_fields": {"parent": contract},
    }
    variable = {
        "type": "variable",
        "name": "bits",
        "type_specific_fields": {"parent": function},
    }
    found = [
        {"check": "uninitialized-local", "elements": [variable, function]},
        {"check": "timestamp", "elements": [function]},
        {"check": "timestamp", "elements": [function, variable]},
        {"check": "pragma", "elements": [contract]},
    ]
    assert findings({"detectors": found}) == {
        ("uninitialized-local", "Country.set.bits"),
        ("timestamp", "Country.set"),
        ("pragma", "Country"),
    }
    assert findings({}) == set()


def test_every_answer_is_about_a_contract_of_ours() -> None:
    told = answered((CONTRACTS / ANSWERS).read_text())
    sources = {path.stem for path in (CONTRACTS / "src").rglob("*.sol")}
    assert told
    assert {place.partition(".")[0] for _, place in told} <= sources
