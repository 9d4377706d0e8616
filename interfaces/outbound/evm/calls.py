"""Planned calls: what a chain write will do, as data that the log can keep.

A call names its contract, function and arguments in JSON; only here does it become calldata, and
only here does a receipt become a result in JSON. Results follow the log's conventions: addresses
in ``0x`` lower-case hex, roots and other bytes in bare lower-case hex, integers in decimal strings.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from interfaces.outbound.evm.abi import JsonValue, Native, Parameter, decode_event, natives
from interfaces.outbound.evm.artifacts import Artifacts
from interfaces.outbound.evm.errors import MalformedCall
from interfaces.outbound.evm.transactions import Receipt

CONSTRUCTOR: Final = "constructor"


class PlannedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a contract, or its creation (function ``constructor``, target None).

    `contract` is a name of ``artifacts.FILES`` and decides the ABI; `target` is the address it
    is sent to, a proxy of that contract for instance.
    """

    contract: str
    function: str = CONSTRUCTOR
    arguments: tuple[JsonValue, ...] = ()
    target: str | None = None


class _Outcome(msgspec.Struct, frozen=True):
    """The event that tells what a call did, and how its fields are named in the result."""

    event: str
    fields: Mapping[str, str]


OUTCOMES: Final[Mapping[tuple[str, str], _Outcome]] = {
    ("AnchorRegistry", "anchor"): _Outcome(
        "Anchored", {"log": "log", "size": "size", "root": "root", "chainHead": "chain_head"}
    ),
    ("AnchorRegistry", "disavow"): _Outcome(
        "Disavowed", {"log": "log", "size": "size", "root": "root"}
    ),
    ("SettlementAgent", "settle"): _Outcome(
        "Settled",
        {
            "referenceId": "reference",
            "token": "token",
            "from": "from",
            "to": "to",
            "amount": "amount",
        },
    ),
    ("TREXFactory", "deployTREXSuite"): _Outcome(
        "TREXSuiteDeployed",
        {
            "_token": "token",
            "_ir": "identity_registry",
            "_irs": "identity_registry_storage",
            "_tir": "trusted_issuers_registry",
            "_ctr": "claim_topics_registry",
            "_mc": "compliance",
        },
    ),
    ("IdFactory", "createIdentity"): _Outcome(
        "WalletLinked", {"wallet": "wallet", "identity": "identity"}
    ),
    ("IdFactory", "createIdentityWithManagementKeys"): _Outcome(
        "WalletLinked", {"wallet": "wallet", "identity": "identity"}
    ),
    ("Token", "recoveryAddress"): _Outcome(
        "RecoverySuccess",
        {"_lostWallet": "lost", "_newWallet": "wallet", "_investorOnchainID": "identity"},
    ),
    ("Token", "mint"): _Outcome("Transfer", {"to": "to", "value": "amount"}),
    ("Token", "burn"): _Outcome("Transfer", {"from": "from", "value": "amount"}),
}
"""Calls whose effect is read back from an event of the contract that was called."""


def check_call(call: PlannedCall, artifacts: Artifacts) -> None:
    """Refuse a call that can never be sent; raises MalformedCall."""
    calldata(call, artifacts)


def calldata(call: PlannedCall, artifacts: Artifacts) -> bytes:
    """Encode a call, or the code and arguments that create a contract.

    Raises MalformedCall when the arguments do not fit, or when a creation has a target or a call
    has none.
    """
    artifact = artifacts.of(call.contract)
    creates = call.function == CONSTRUCTOR
    if creates != (call.target is None):
        raise MalformedCall(f"{call.contract}.{call.function} with target {call.target}")
    if creates:
        entry, prefix = artifact.constructor(), artifact.bytecode
        if not prefix:
            raise MalformedCall(f"{call.contract} has no code to create it from")
    else:
        entry = artifact.entry("function", call.function, len(call.arguments))
        prefix = entry.selector
    arguments = [written_out(each, artifacts) for each in call.arguments]
    values = natives(entry.inputs, arguments, f"{call.contract}.{call.function}")
    return prefix + encode([each.canonical for each in entry.inputs], values)


def written_out(value: JsonValue, artifacts: Artifacts) -> JsonValue:
    """Put bytes in the place of what stands for them, for only an ABI or Keccak can tell them.

    ``{"contract", "function", "arguments"}`` is the calldata of that call, ``{"key_of"}`` the key
    by which an identity knows an address (ERC-734: the hash of its ABI encoding).
    Raises MalformedCall.
    """
    if isinstance(value, Mapping):
        if set(value) == {"contract", "function", "arguments"}:
            return "0x" + _nested(value, artifacts).hex()
        if set(value) == {"key_of"}:
            return "0x" + identity_key(str(value["key_of"])).hex()
        return {name: written_out(each, artifacts) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [written_out(each, artifacts) for each in value]
    return value


def _nested(value: Mapping[str, JsonValue], artifacts: Artifacts) -> bytes:
    arguments = value["arguments"]
    if isinstance(arguments, str) or not isinstance(arguments, Sequence):
        raise MalformedCall(f"arguments are no list: {arguments!r}")
    entry = artifacts.of(str(value["contract"])).entry("function", str(value["function"]))
    values = natives(entry.inputs, arguments, f"{value['contract']}.{value['function']}")
    return entry.selector + encode([each.canonical for each in entry.inputs], values)


def identity_key(address: str) -> bytes:
    """Tell the key by which an ONCHAINID knows an address."""
    encoded = natives((_ADDRESS,), (address,), "key_of")
    return keccak(encode(["address"], encoded))


_ADDRESS: Final = Parameter(type="address", name="address")


def decode_result(call: PlannedCall, receipt: Receipt, artifacts: Artifacts) -> dict[str, str]:
    """Tell what a mined call did, in strings.

    A creation answers ``address``, a call of OUTCOMES the fields of its event, any other call
    nothing. Raises MalformedCall when the receipt is of a failed transaction or lacks the event:
    then it is not the receipt of this call.
    """
    if not receipt.succeeded:
        raise MalformedCall(f"{receipt.transaction_hash} failed and has no result")
    if call.function == CONSTRUCTOR:
        if receipt.contract_address is None:
            raise MalformedCall(f"{receipt.transaction_hash} created no contract")
        return {"address": receipt.contract_address}
    outcome = OUTCOMES.get((call.contract, call.function))
    if outcome is None:
        return {}
    for values in _events(call, outcome.event, receipt, artifacts):
        return {name: _plain(values[field]) for field, name in outcome.fields.items()}
    raise MalformedCall(f"{receipt.transaction_hash} has no event {outcome.event}")


def _events(
    call: PlannedCall, event: str, receipt: Receipt, artifacts: Artifacts
) -> Sequence[dict[str, Native]]:
    """Read the events of one name that the called contract itself emitted, in order."""
    entry = artifacts.of(call.contract).entry("event", event)
    target = (call.target or "").lower()
    found = [
        decode_event(entry, log.topics, log.data) for log in receipt.logs if log.address == target
    ]
    return [values for values in found if values is not None]


def _plain(value: Native) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
