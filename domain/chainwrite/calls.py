"""The calls that Tallystick makes on ERC-3643 contracts, as plans (FACTS 4.1, decision 11).

Names of writes are ``<purpose>/<what for>``; whoever follows them routes by the purpose.
"""

from typing import Any, Final

from domain.chainwrite.commands import PlanChainWrite
from domain.compliance.rulebook import Rulebook
from domain.kernel.countries import NUMERIC
from domain.kernel.ids import fingerprint

CLAIM_ISSUER: Final = "claim_issuer"
TOKEN_AGENT: Final = "token_agent"  # noqa: S105 - the purpose of a key, not a secret
SETTLEMENT_OPERATOR: Final = "settlement_operator"
ANCHORER: Final = "anchorer"
NOBODY: Final = "0x" + "00" * 20

MANAGEMENT: Final = "1"
"""The purpose of an identity's key that may do everything (ERC-734)."""

ECDSA: Final = "1"
"""The type of a key and the scheme of a claim's signature (ERC-734, ERC-735)."""


def purpose_of(write: str) -> str:
    """Tell what kind of write this is: the first part of its name."""
    return write.partition("/")[0]


def create_identity(addresses: dict[str, str], *, subject: str, wallet: str) -> PlanChainWrite:
    """Give a wallet its ONCHAINID; the factory takes each wallet and salt once.

    The token agent manages it: it adds claims, and a new wallet when the first one is lost.
    """
    return PlanChainWrite(
        write=f"identity/{subject}/{wallet.lower()}",
        purpose="identity",
        reference=subject,
        signer=TOKEN_AGENT,
        contract="IdFactory",
        function="createIdentityWithManagementKeys",
        target=addresses["identity_factory"],
        arguments=(wallet, f"{subject}/{wallet.lower()}", [key_of(addresses["token_agent"])]),
    )


def key_of(address: str) -> dict[str, str]:
    """Stand for the key that an identity knows an address by, which only Keccak can tell."""
    return {"key_of": address}


def link_name(subject: str, wallet: str) -> str:
    """Name the write that makes a wallet a key of a subject's identity."""
    return f"link/{subject}/{wallet.lower()}"


def link_wallet(identity: str, *, subject: str, wallet: str) -> PlanChainWrite:
    """Make a wallet a management key of an identity: T-REX recovers holdings only to one."""
    return PlanChainWrite(
        write=link_name(subject, wallet),
        purpose="link",
        reference=subject,
        signer=TOKEN_AGENT,
        contract="Identity",
        function="addKey",
        target=identity,
        arguments=(key_of(wallet), MANAGEMENT, ECDSA),
    )


def add_claim(
    identity: str, *, write: str, subject: str, claim: tuple[int, str, str, str]
) -> PlanChainWrite:
    """Put a claim (topic, issuer, signature, data; the latter in hex) on an identity."""
    topic, issuer, signature, data = claim
    return PlanChainWrite(
        write=write,
        purpose="claim",
        reference=subject,
        signer=TOKEN_AGENT,
        contract="Identity",
        function="addClaim",
        target=identity,
        arguments=(str(topic), ECDSA, issuer, f"0x{signature}", f"0x{data}", ""),
    )


def revoke_claim(issuer: str, *, write: str, subject: str, signature: str) -> PlanChainWrite:
    """Let the claim issuer say that a claim is void, whoever puts it on an identity again."""
    return PlanChainWrite(
        write=write,
        purpose="revoke",
        reference=subject,
        signer=CLAIM_ISSUER,
        contract="ClaimIssuer",
        function="revokeClaimBySignature",
        target=issuer,
        arguments=(f"0x{signature}",),
    )


def deploy_suite(
    addresses: dict[str, str],
    *,
    token: str,
    names: tuple[str, str],
    decimals: int,
    rulebook: Rulebook,
) -> PlanChainWrite:
    """Deploy a token (name, symbol) with its registries by the factory; the salt is its id.

    It trusts our claim issuer for the topics of its rules, and has a module for each rule.
    """
    agent = addresses["token_agent"]
    modules = _modules(rulebook)
    details: dict[str, Any] = {
        "owner": agent,
        "name": names[0],
        "symbol": names[1],
        "decimals": decimals,
        "irs": NOBODY,
        "ONCHAINID": NOBODY,
        "irAgents": [agent],
        "tokenAgents": [agent, addresses["settlement_agent"]],
        "complianceModules": [addresses[MODULES[name]] for name, _, _ in modules],
        "complianceSettings": [setting(*each) for each in modules],
    }
    topics = [str(topic) for topic in rulebook.topics]
    issuers = [addresses["claim_issuer_contract"]] if topics else []
    claims: dict[str, Any] = {
        "claimTopics": topics,
        "issuers": issuers,
        "issuerClaims": [topics for _ in issuers],
    }
    return PlanChainWrite(
        write=f"suite/{token}",
        purpose="suite",
        reference=token,
        signer=TOKEN_AGENT,
        contract="TREXFactory",
        function="deployTREXSuite",
        target=addresses["trex_factory"],
        arguments=(token, details, claims),
    )


MODULES: Final = {
    "CountryModule": "country_module",
    "HolderCapModule": "holder_cap_module",
    "MaxBalanceModule": "max_balance_module",
    "LockUpModule": "lock_up_module",
}
"""Modules by contract, each the mirror of a rule, and the platform's name for its address."""

Setting = tuple[str, str, tuple[Any, ...]]
"""A module, the function that sets it, and its arguments."""


def setting(module: str, function: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Stand for the calldata of a module's setting, which only its ABI can tell."""
    return {"contract": module, "function": function, "arguments": list(arguments)}


def _modules(rulebook: Rulebook) -> list[Setting]:
    settings: list[Setting] = []
    if rulebook.country_rule != "none":
        codes = [NUMERIC[country] for country in rulebook.countries]
        allow = rulebook.country_rule == "allow"
        settings.append(("CountryModule", "setCountries", (allow, codes)))
    if rulebook.holder_cap:
        settings.append(("HolderCapModule", "setHolderCap", (str(rulebook.holder_cap),)))
    if rulebook.maximum_balance:
        limit = (str(rulebook.maximum_balance),)
        settings.append(("MaxBalanceModule", "setMaxBalance", limit))
    if rulebook.locked_until:
        settings.append(("LockUpModule", "setLockUp", (rulebook.locked_until,)))
    return settings


RULES: Final = {
    "CountryModule": "country_rule",
    "HolderCapModule": "holder_cap",
    "MaxBalanceModule": "maximum_balance",
    "LockUpModule": "locked_until",
}
"""The field of a rulebook that each module is set from."""


def set_rules(
    addresses: dict[str, str],
    compliance: str,
    *,
    token: str,
    rules: tuple[Rulebook, frozenset[str]],
    writes: tuple[str, ...],
) -> list[PlanChainWrite]:
    """Set the modules of a token anew, one write each; only these rules of the book changed."""
    rulebook, changed = rules
    settings = [each for each in _modules(rulebook) if RULES[each[0]] in changed]
    return [
        PlanChainWrite(
            write=write,
            purpose=purpose_of(write),
            reference=token,
            signer=TOKEN_AGENT,
            contract="ModularCompliance",
            function="callModuleFunction",
            target=compliance,
            arguments=(setting(*each), addresses[MODULES[each[0]]]),
        )
        for each, write in zip(settings, writes, strict=True)
    ]


def register_holder(
    registry: str, *, token: str, subject: str, holder: tuple[str, str, int]
) -> PlanChainWrite:
    """Enter (wallet, identity, country) in a token's identity registry."""
    return PlanChainWrite(
        write=f"register/{token}/{subject}",
        purpose="register",
        reference=token,
        signer=TOKEN_AGENT,
        contract="IdentityRegistry",
        function="registerIdentity",
        target=registry,
        arguments=holder,
    )


def burn_name(token: str, holder: str) -> str:
    """Name the write that destroys a holder's units."""
    return f"burn/{token}/{holder}"


def burn(address: str, *, token: str, holder: tuple[str, str], units: int) -> PlanChainWrite:
    """Destroy the units of a holder (subject, wallet); each holder's once."""
    subject, wallet = holder
    return call_token(address, "burn", wallet, str(units), token=token, suffix=f"/{subject}")


def call_token(
    address: str, function: str, *arguments: str, token: str, suffix: str = ""
) -> PlanChainWrite:
    """Call the token itself as its agent: ``unpause``, ``mint``, ``burn``."""
    return PlanChainWrite(
        write=f"{function}/{token}{suffix}",
        purpose=function,
        reference=token,
        signer=TOKEN_AGENT,
        contract="Token",
        function=function,
        target=address,
        arguments=arguments,
    )


_FUNCTIONS: Final = {
    "pause": "pause",
    "resume": "unpause",
    "freeze": "batchSetAddressFrozen",
    "unfreeze": "batchSetAddressFrozen",
    "freeze_units": "batchFreezePartialTokens",
    "unfreeze_units": "batchUnfreezePartialTokens",
    "mint_units": "batchMint",
    "burn_units": "batchBurn",
    "recover": "recoveryAddress",
}
"""Operations of a token by their purpose, and the token's function for each."""


def operate(address: str, *, write: str, token: str, arguments: tuple[Any, ...]) -> PlanChainWrite:
    """Carry out an operation, or a part of one, on the token itself; the purpose names it."""
    purpose = purpose_of(write)
    return PlanChainWrite(
        write=write,
        purpose=purpose,
        reference=token,
        signer=TOKEN_AGENT,
        contract="Token",
        function=_FUNCTIONS[purpose],
        target=address,
        arguments=arguments,
    )


def register_batch(
    registry: str, *, write: str, token: str, holders: list[tuple[str, str, int]]
) -> PlanChainWrite:
    """Enter several (wallet, identity, country) in a token's identity registry."""
    return PlanChainWrite(
        write=write,
        purpose=purpose_of(write),
        reference=token,
        signer=TOKEN_AGENT,
        contract="IdentityRegistry",
        function="batchRegisterIdentity",
        target=registry,
        arguments=(
            [wallet for wallet, _, _ in holders],
            [identity for _, identity, _ in holders],
            [country for _, _, country in holders],
        ),
    )


def transfer_name(token: str, reference: str) -> str:
    """Name the write that moves units for a reference."""
    return f"transfer/{token}/{reference}"


def settle(
    addresses: dict[str, str], *, token: str, reference: str, move: tuple[str, str, str, str]
) -> PlanChainWrite:
    """Move (token address, from, to, units) through the SettlementAgent, once."""
    return PlanChainWrite(
        write=transfer_name(token, reference),
        purpose="transfer",
        reference=reference,
        signer=SETTLEMENT_OPERATOR,
        contract="SettlementAgent",
        function="settle",
        target=addresses["settlement_agent"],
        arguments=(*move, "0x" + fingerprint(token, reference)),
    )


def fill_gap(
    registry: str, *, signer: str, account: str, nonces: tuple[int, int]
) -> PlanChainWrite:
    """Use up a nonce that nobody has: a question to the registry, asked as a transaction.

    ``nonces`` are the gap and the account's next one; a filler that came too late for the gap
    has used that, and another gets another name.
    """
    gap, behind = nonces
    return PlanChainWrite(
        write=f"gap/{account}/{gap}/{behind}",
        purpose="gap",
        reference=account,
        signer=signer,
        contract="AnchorRegistry",
        function="owner",
        target=registry,
        arguments=(),
    )


def anchor(
    registry: str, *, log: str, size: int, hashes: tuple[str, str], path: tuple[str, ...]
) -> PlanChainWrite:
    """Anchor (root, head) of the log at a size, with its consistency path (FORMATS 5)."""
    root, head = hashes
    return PlanChainWrite(
        write=f"anchor/{size}",
        purpose="anchor",
        reference=str(size),
        signer=ANCHORER,
        contract="AnchorRegistry",
        function="anchor",
        target=registry,
        arguments=(
            "0x" + log,
            str(size),
            "0x" + root,
            "0x" + head,
            ["0x" + sibling for sibling in path],
        ),
    )
