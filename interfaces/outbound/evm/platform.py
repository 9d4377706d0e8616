"""The ERC-3643 platform as an ordered plan: what must be deployed once before any token.

Each step is one chain write of its own, with references to the results of earlier ones, so that
whoever carries the plan out can stop after any step and go on later without repeating one. The
order is T-REX 4.1's own: implementations, ONCHAINID, the authority that names the versions, the
factory, and last the contracts of ours. Gas is what each step takes on a Prague node.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from interfaces.outbound.evm.abi import JsonValue
from interfaces.outbound.evm.calls import CONSTRUCTOR, PlannedCall
from interfaces.outbound.evm.errors import MalformedCall

ZERO_ADDRESS: Final = "0x" + "00" * 20
TREX_VERSION: Final = {"major": 4, "minor": 1, "patch": 6}


class Purposes(msgspec.Struct, frozen=True, kw_only=True):
    """Which key, by purpose, signs what. One key, one purpose."""

    platform: str = "token_agent"
    registry_owner: str = "registry_owner"


class PlatformParties(msgspec.Struct, frozen=True, kw_only=True):
    """Whose accounts the platform is built for, and which log it anchors.

    `platform` becomes the owner of T-REX's factory and authority and of the identity factory;
    `registry_owner` of AnchorRegistry and SettlementAgent; `settlement_operator` may settle and
    should be an agent of no token; `claim_issuer` signs and revokes the claims of the ClaimIssuer;
    `log` is the SHA-256 of the log's origin as 64 hex digits.
    """

    platform: str
    registry_owner: str
    anchorer: str
    settlement_operator: str
    claim_issuer: str
    log: str


class PlatformStep(msgspec.Struct, frozen=True, kw_only=True):
    """One chain write of the plan.

    `target` and the arguments may hold ``{"ref": "<step>.<field>"}``, which stands for that field
    of an earlier step's result. `after` names earlier steps that must be mined first although
    nothing of theirs is referred to. `signer` is the purpose of the key that must send it. `gas`
    is what it was measured to take, to the next thousand; other addresses shift it a little.
    """

    name: str
    contract: str
    signer: str
    gas: int
    function: str = CONSTRUCTOR
    arguments: tuple[JsonValue, ...] = ()
    target: JsonValue = None
    after: tuple[str, ...] = ()


Results = Mapping[str, Mapping[str, JsonValue]]


def ref(step: str, field: str = "address") -> dict[str, JsonValue]:
    """Stand for a field of an earlier step's result."""
    return {"ref": f"{step}.{field}"}


def platform_steps(
    parties: PlatformParties, purposes: Purposes | None = None
) -> tuple[PlatformStep, ...]:
    """Return the whole plan in order; the same parties give the same plan."""
    names = purposes or Purposes()
    return (
        *_implementations(names.platform),
        *_identities(parties, names.platform),
        *_factory(parties, names.platform),
        *_compliance(parties, names.platform),
        *_own_contracts(parties, names),
    )


def resolve(step: PlatformStep, results: Results) -> PlannedCall:
    """Put earlier results in the place of references.

    `results` holds the result of each step done so far by its name. Raises MalformedCall when one
    that is referred to is missing.
    """
    target = _resolved(step.target, results)
    if target is not None and not isinstance(target, str):
        raise MalformedCall(f"{step.name}: the target is no address: {target!r}")
    return PlannedCall(
        contract=step.contract,
        function=step.function,
        arguments=tuple(_resolved(each, results) for each in step.arguments),
        target=target,
    )


def ready_steps(steps: Sequence[PlatformStep], results: Results) -> tuple[PlatformStep, ...]:
    """Return the steps not done yet that wait for nothing: they may be sent at the same time."""
    return tuple(
        step
        for step in steps
        if step.name not in results and all(each in results for each in _needs(step))
    )


def _needs(step: PlatformStep) -> set[str]:
    return {*step.after, *_references(step.target), *_references(step.arguments)}


def _references(value: JsonValue) -> set[str]:
    if isinstance(value, Mapping):
        if set(value) == {"ref"}:
            return {str(value["ref"]).partition(".")[0]}
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return set().union(*(_references(each) for each in value))
    return set()


def _implementations(signer: str) -> tuple[PlatformStep, ...]:
    costs = (
        ("claim_topics_implementation", "ClaimTopicsRegistry", 483_000),
        ("trusted_issuers_implementation", "TrustedIssuersRegistry", 1_177_000),
        ("identity_storage_implementation", "IdentityRegistryStorage", 1_034_000),
        ("identity_registry_implementation", "IdentityRegistry", 1_546_000),
        ("compliance_implementation", "ModularCompliance", 1_267_000),
        ("token_implementation", "Token", 3_134_000),
    )
    return tuple(
        PlatformStep(name=name, contract=contract, signer=signer, gas=gas)
        for name, contract, gas in costs
    )


def _identities(parties: PlatformParties, signer: str) -> tuple[PlatformStep, ...]:
    # The implementation behind the proxies is itself never used as anybody's identity.
    is_library = True
    return (
        PlatformStep(
            name="identity_implementation",
            contract="Identity",
            signer=signer,
            gas=3_838_000,
            arguments=(parties.platform, is_library),
        ),
        PlatformStep(
            name="identity_authority",
            contract="IdentityImplementationAuthority",
            signer=signer,
            gas=468_000,
            arguments=(ref("identity_implementation"),),
        ),
        PlatformStep(
            name="identity_factory",
            contract="IdFactory",
            signer=signer,
            gas=3_909_000,
            arguments=(ref("identity_authority"),),
        ),
    )


def _factory(parties: PlatformParties, signer: str) -> tuple[PlatformStep, ...]:
    # The reference authority keeps the versions; it needs neither factory to be known to it.
    is_reference = True
    implementations = {
        "tokenImplementation": ref("token_implementation"),
        "ctrImplementation": ref("claim_topics_implementation"),
        "irImplementation": ref("identity_registry_implementation"),
        "irsImplementation": ref("identity_storage_implementation"),
        "tirImplementation": ref("trusted_issuers_implementation"),
        "mcImplementation": ref("compliance_implementation"),
    }
    return (
        PlatformStep(
            name="trex_authority",
            contract="TREXImplementationAuthority",
            signer=signer,
            gas=2_055_000,
            arguments=(is_reference, ZERO_ADDRESS, ZERO_ADDRESS),
        ),
        PlatformStep(
            name="trex_version",
            contract="TREXImplementationAuthority",
            signer=signer,
            gas=195_000,
            function="addAndUseTREXVersion",
            target=ref("trex_authority"),
            arguments=(TREX_VERSION, implementations),
        ),
        PlatformStep(
            name="trex_factory",
            contract="TREXFactory",
            signer=signer,
            gas=5_242_000,
            arguments=(ref("trex_authority"), ref("identity_factory")),
            # The factory refuses an authority that has no version in use.
            after=("trex_version",),
        ),
        PlatformStep(
            name="token_factory_role",
            contract="IdFactory",
            signer=signer,
            gas=48_000,
            function="addTokenFactory",
            target=ref("identity_factory"),
            arguments=(ref("trex_factory"),),
        ),
    )


def _compliance(parties: PlatformParties, signer: str) -> tuple[PlatformStep, ...]:
    """Deploy who vouches for holders, and the modules that all tokens' rules are set in."""
    modules = (
        ("country_module", "CountryModule", 653_000),
        ("holder_cap_module", "HolderCapModule", 954_000),
        ("max_balance_module", "MaxBalanceModule", 931_000),
        ("lock_up_module", "LockUpModule", 978_000),
    )
    return (
        PlatformStep(
            name="claim_issuer_contract",
            contract="ClaimIssuer",
            signer=signer,
            gas=4_534_000,
            arguments=(parties.claim_issuer,),
        ),
        *(
            PlatformStep(name=name, contract=contract, signer=signer, gas=gas)
            for name, contract, gas in modules
        ),
    )


def _own_contracts(parties: PlatformParties, names: Purposes) -> tuple[PlatformStep, ...]:
    return (
        # The owner's first transaction: position 1 of the log names the address that follows.
        PlatformStep(
            name="anchor_registry",
            contract="AnchorRegistry",
            signer=names.registry_owner,
            gas=983_000,
            arguments=(parties.registry_owner,),
        ),
        PlatformStep(
            name="settlement_agent",
            contract="SettlementAgent",
            signer=names.platform,
            gas=1_101_000,
            arguments=(parties.registry_owner,),
        ),
        PlatformStep(
            name="settlement_operator",
            contract="SettlementAgent",
            signer=names.registry_owner,
            gas=48_000,
            function="setOperator",
            target=ref("settlement_agent"),
            arguments=(parties.settlement_operator, True),
        ),
        PlatformStep(
            name="anchor_log",
            contract="AnchorRegistry",
            signer=names.registry_owner,
            gas=49_000,
            function="register",
            target=ref("anchor_registry"),
            arguments=("0x" + parties.log, parties.anchorer),
        ),
    )


def _resolved(value: JsonValue, results: Results) -> JsonValue:
    if isinstance(value, Mapping):
        if set(value) == {"ref"}:
            return _look_up(str(value["ref"]), results)
        return {name: _resolved(each, results) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_resolved(each, results) for each in value]
    return value


def _look_up(reference: str, results: Results) -> JsonValue:
    step, _, field = reference.partition(".")
    try:
        return results[step][field]
    except KeyError as error:
        raise MalformedCall(f"there is no result {reference} yet") from error
