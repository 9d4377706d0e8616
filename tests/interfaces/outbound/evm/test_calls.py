"""Planned calls: JSON in, calldata out, and back from receipts; no node is needed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.outbound.evm.abi import (
    Entry,
    JsonValue,
    Parameter,
    decode_event,
    decode_values,
    natives,
    to_json,
    to_native,
)
from interfaces.outbound.evm.artifacts import FILES, Artifacts
from interfaces.outbound.evm.calls import PlannedCall, calldata, check_call, decode_result
from interfaces.outbound.evm.errors import ArtifactMissing, MalformedCall
from interfaces.outbound.evm.reverts import RevertDecoder
from interfaces.outbound.evm.transactions import Fees, Log, Receipt

ARTIFACTS = Artifacts()
ADDRESS = "0x" + "5a" * 20
WORD = "0x" + "11" * 32


def receipt(*logs: Log, succeeded: bool = True, created: str | None = None) -> Receipt:
    return Receipt(
        transaction_hash=WORD,
        succeeded=succeeded,
        block_number=1,
        block_hash=WORD,
        gas_used=1,
        effective_gas_price=1,
        contract_address=created,
        logs=logs,
    )


def test_calldata_is_the_selector_and_the_words() -> None:
    call = PlannedCall(
        contract="Token", function="mint", target=ADDRESS, arguments=(ADDRESS, "200000")
    )
    # cast sig "mint(address,uint256)" is 0x40c10f19, the same in every ERC-20 that can mint.
    expected = "40c10f19" + "00" * 12 + "5a" * 20 + f"{200_000:064x}"
    assert calldata(call, ARTIFACTS).hex() == expected


def test_a_creation_is_the_code_and_the_words() -> None:
    call = PlannedCall(contract="AnchorRegistry", arguments=(ADDRESS,))
    code = ARTIFACTS.of("AnchorRegistry").bytecode
    assert calldata(call, ARTIFACTS) == code + bytes(12) + bytes.fromhex(ADDRESS[2:])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (PlannedCall(contract="Nothing"), "no contract is named"),
        (PlannedCall(contract="Token", function="mint"), "target None"),
        (PlannedCall(contract="Token", target=ADDRESS), "constructor with target"),
        (PlannedCall(contract="Token", function="print", target=ADDRESS), "0 functions named"),
        (PlannedCall(contract="Token", function="burn", target=ADDRESS), "takes 2 arguments"),
        (PlannedCall(contract="AnchorRegistry", arguments=("you",)), "owner is no address"),
    ],
)
def test_a_call_that_cannot_be_sent_is_refused(call: PlannedCall, message: str) -> None:
    with pytest.raises(MalformedCall, match=message):
        check_call(call, ARTIFACTS)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint256", -1),
        ("uint256", "-1"),
        ("uint256", str(2**256)),
        ("uint256", 2**53),
        ("uint256", 1.0),
        ("uint256", "1.0"),
        ("uint256", "0x10"),
        ("uint256", "007"),
        ("uint256", " 7"),
        ("uint256", "٧"),
        ("uint256", ""),
        ("uint256", True),
        ("uint256", None),
        ("uint8", 256),
        ("int8", 128),
        ("int8", "-129"),
        ("bool", 1),
        ("bool", "true"),
        ("string", 5),
        ("address", "5a" * 20),
        ("address", "0x" + "5a" * 19),
        # The last letter's case is not that of its checksum (EIP-55).
        ("address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"),
        ("bytes32", "11" * 32),
        ("bytes32", "0x" + "11" * 31),
        ("bytes32", "0x" + "zz" * 32),
        ("bytes32", "0x" + "11 " * 32),
        ("bytes", "0x1"),
        ("uint256[]", "12"),
        ("uint256[2]", [1]),
        ("uint256[]", [1, "x"]),
    ],
    ids=repr,
)
def test_a_value_of_the_wrong_form_is_refused(kind: str, value: JsonValue) -> None:
    with pytest.raises(MalformedCall, match="here"):
        to_native(Parameter(type=kind), value, "here")


@given(
    number=st.integers(-(2**255), 2**255 - 1),
    flag=st.booleans(),
    blob=st.binary(max_size=70),
    text=st.text(max_size=40),
    words=st.lists(st.binary(min_size=32, max_size=32), max_size=4),
)
def test_every_value_comes_back_as_it_went(
    number: int, flag: bool, blob: bytes, text: str, words: list[bytes]
) -> None:
    kinds = ("int256", "bool", "bytes", "string", "bytes32[]")
    parameters = [Parameter(type=kind, name=kind) for kind in kinds]
    values: list[JsonValue] = [
        str(number),
        flag,
        "0x" + blob.hex(),
        text,
        ["0x" + word.hex() for word in words],
    ]
    assert [to_json(each) for each in natives(parameters, values, "f")] == values


def test_a_tuple_is_given_by_name_or_in_order_and_with_all_its_members() -> None:
    version = Parameter(
        type="tuple",
        components=(Parameter(type="uint8", name="major"), Parameter(type="uint8", name="minor")),
    )
    assert version.canonical == "(uint8,uint8)"
    assert to_native(version, {"minor": 1, "major": 4}, "v") == (4, 1)
    assert to_native(version, [4, 1], "v") == (4, 1)
    for wrong in ({"major": 4}, {"major": 4, "minor": 1, "patch": 6}, [4], "41", 41):
        with pytest.raises(MalformedCall):
            to_native(version, wrong, "v")


def anchored(address: str, size: int = 5) -> Log:
    entry = ARTIFACTS.of("AnchorRegistry").entry("event", "Anchored")
    topics = (entry.topic, bytes.fromhex("aa" * 32), size.to_bytes(32, "big"))
    return Log(address=address, topics=topics, data=b"\xbb" * 32 + b"\xcc" * 32, log_index=0)


def test_a_result_is_read_from_the_called_contracts_own_event() -> None:
    call = PlannedCall(contract="AnchorRegistry", function="anchor", target=ADDRESS)
    foreign = anchored("0x" + "66" * 20, size=9)
    assert decode_result(call, receipt(foreign, anchored(ADDRESS)), ARTIFACTS) == {
        "log": "aa" * 32,
        "size": "5",
        "root": "bb" * 32,
        "chain_head": "cc" * 32,
    }
    with pytest.raises(MalformedCall, match="no event Anchored"):
        decode_result(call, receipt(foreign), ARTIFACTS)


def test_results_of_creations_plain_calls_and_failures() -> None:
    creation = PlannedCall(contract="Token")
    made = decode_result(creation, receipt(created=ADDRESS), ARTIFACTS)
    assert made == {"address": ADDRESS}
    with pytest.raises(MalformedCall, match="created no contract"):
        decode_result(creation, receipt(), ARTIFACTS)
    unpause = PlannedCall(contract="Token", function="unpause", target=ADDRESS)
    assert decode_result(unpause, receipt(), ARTIFACTS) == {}
    with pytest.raises(MalformedCall, match="failed"):
        decode_result(unpause, receipt(succeeded=False), ARTIFACTS)


def test_an_event_of_another_shape_is_not_read() -> None:
    entry = ARTIFACTS.of("AnchorRegistry").entry("event", "Anchored")
    log = anchored(ADDRESS)
    assert decode_event(entry, (), log.data) is None
    assert decode_event(entry, log.topics[:2], log.data) is None
    assert decode_event(entry, log.topics, log.data[:40]) is None


def test_of_an_indexed_text_only_the_hash_is_there() -> None:
    entry = Entry(
        type="event", name="Named", inputs=(Parameter(type="string", name="name", indexed=True),)
    )
    found = decode_event(entry, (entry.topic, b"\x07" * 32), b"")
    assert found == {"name": b"\x07" * 32}


def test_every_contract_has_its_abi_and_code() -> None:
    assert [artifact.name for artifact in ARTIFACTS.all()] == list(FILES)
    assert all(artifact.bytecode for artifact in ARTIFACTS.all())


def test_a_missing_artifact_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing, match="npm ci"):
        Artifacts(tmp_path).of("AnchorRegistry")


def test_reverts_become_names_and_numbers() -> None:
    decoder = RevertDecoder(ARTIFACTS.all())
    entry = ARTIFACTS.of("AnchorRegistry").entry("error", "AnchorSizeNotLarger")
    data = entry.selector + b"\xaa" * 32 + (4).to_bytes(32, "big") + (7).to_bytes(32, "big")
    error = decoder.refusal("execution reverted", data)
    assert error.reason == "AnchorSizeNotLarger"
    assert error.data == {"log": "0x" + "aa" * 32, "size": "4", "latest": "7"}
    panic = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")
    assert decoder.refusal("", panic).data == {"code": 17, "meaning": "arithmetic overflow"}


@pytest.mark.parametrize(
    ("message", "data", "reason"),
    [
        ("execution reverted: Pausable: paused", b"", "Pausable: paused"),
        ("execution reverted", b"", "execution reverted"),
        ("execution reverted: revert: wallet is frozen", b"", "wallet is frozen"),
        ("out of gas", b"", "out of gas"),
        ("execution reverted", b"\x01\x02\x03\x04", "execution reverted"),
        ("execution reverted", bytes.fromhex("08c379a0") + b"\x01", "execution reverted"),
    ],
)
def test_what_cannot_be_decoded_is_told_in_the_nodes_words(
    message: str, data: bytes, reason: str
) -> None:
    error = RevertDecoder(ARTIFACTS.all()).refusal(message, data)
    assert error.reason == reason
    assert error.data == ({"data": "0x" + data.hex()} if data else {})


def test_decoded_arrays_are_tuples_all_the_way_down() -> None:
    data = bytes(31) + b"\x20" + bytes(31) + b"\x01" + bytes(31) + b"\x05"
    assert decode_values([Parameter(type="uint256[]")], data) == ((5,),)


def test_raised_fees_pass_every_nodes_threshold() -> None:
    fees, floor = Fees(max_fee=100, max_priority_fee=1), Fees(max_fee=90, max_priority_fee=9)
    assert fees.raised(floor) == Fees(max_fee=113, max_priority_fee=9)
