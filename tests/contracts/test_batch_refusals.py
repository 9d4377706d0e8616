"""A batch that was refused tells why as a single settlement does, and which of its moves it was."""

from eth_abi.abi import encode

from domain.compliance.reverts import code_of
from interfaces.outbound.evm.artifacts import Artifacts
from interfaces.outbound.evm.reverts import RevertDecoder

ARTIFACTS = Artifacts()
DECODER = RevertDecoder([ARTIFACTS.of("SettlementAgent")])
TOKEN, SELLER = "0x" + "11" * 20, "0x" + "22" * 20
REFERENCE = b"\x05" * 32
PLACE = {"index": "2", "referenceId": "0x" + "05" * 32}


def revert(name: str, *values: object) -> bytes:
    entry = ARTIFACTS.of("SettlementAgent").entry("error", name)
    return entry.selector + encode([each.type for each in entry.inputs], values)


def test_the_reason_is_that_of_the_move_with_its_numbers_and_its_place() -> None:
    inner = revert("SettlementInsufficientBalance", TOKEN, SELLER, 400, 100, 600)
    refused = DECODER.refusal("", revert("SettlementBatchRefused", 2, REFERENCE, inner))
    assert refused.reason == "SettlementInsufficientBalance"
    numbers = {"balance": "400", "frozen": "100", "needed": "600"}
    assert refused.data == {"token": TOKEN, "wallet": SELLER, **numbers, **PLACE}
    assert code_of(str(refused)) == "units_insufficient"


def test_a_text_of_the_token_is_told_with_its_place() -> None:
    text = bytes.fromhex("08c379a0") + encode(["string"], ["wallet is frozen"])
    refused = DECODER.refusal("", revert("SettlementBatchRefused", 2, REFERENCE, text))
    assert (refused.reason, refused.data) == ("wallet is frozen", PLACE)


def test_a_move_without_a_reason_is_told_by_the_batch() -> None:
    refused = DECODER.refusal("", revert("SettlementBatchRefused", 2, REFERENCE, b""))
    assert (refused.reason, refused.data) == ("SettlementBatchRefused", PLACE)


def test_a_refusal_without_numbers_is_told_by_its_name() -> None:
    inner = revert("SettlementReferenceMissing")
    assert DECODER.refusal("", inner).reason == "SettlementReferenceMissing"
    refused = DECODER.refusal("", revert("SettlementBatchRefused", 2, REFERENCE, inner))
    assert (refused.reason, refused.data) == ("SettlementReferenceMissing", PLACE)
