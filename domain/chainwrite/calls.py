"""The calls that Tallystick makes on ERC-3643 contracts, as plans (FACTS 4.1, decision 11).

Names of writes are ``<purpose>/<what for>``; whoever follows them routes by the purpose.
"""

from typing import Any, Final

from domain.chainwrite.commands import PlanChainWrite
from domain.kernel.ids import fingerprint

TOKEN_AGENT: Final = "token_agent"  # noqa: S105 - the purpose of a key, not a secret
SETTLEMENT_OPERATOR: Final = "settlement_operator"
ANCHORER: Final = "anchorer"
NOBODY: Final = "0x" + "00" * 20


def purpose_of(write: str) -> str:
    """Tell what kind of write this is: the first part of its name."""
    return write.partition("/")[0]


def create_identity(factory: str, *, subject: str, wallet: str) -> PlanChainWrite:
    """Give a wallet its ONCHAINID; the factory takes each wallet and salt once."""
    return PlanChainWrite(
        write=f"identity/{subject}/{wallet.lower()}",
        purpose="identity",
        reference=subject,
        signer=TOKEN_AGENT,
        contract="IdFactory",
        function="createIdentity",
        target=factory,
        arguments=(wallet, f"{subject}/{wallet.lower()}"),
    )


def deploy_suite(
    addresses: dict[str, str], *, token: str, name: str, symbol: str, decimals: int
) -> PlanChainWrite:
    """Deploy a token with its registries by the factory; the salt is the token's id."""
    agent = addresses["token_agent"]
    details: dict[str, Any] = {
        "owner": agent,
        "name": name,
        "symbol": symbol,
        "decimals": decimals,
        "irs": NOBODY,
        "ONCHAINID": NOBODY,
        "irAgents": [agent],
        "tokenAgents": [agent, addresses["settlement_agent"]],
        "complianceModules": [],
        "complianceSettings": [],
    }
    claims: dict[str, Any] = {"claimTopics": [], "issuers": [], "issuerClaims": []}
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
