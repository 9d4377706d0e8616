"""What the chain is told when an account that owns contracts is rotated (DESIGN decision 14).

The token agent owns every suite and the factories, and manages every identity. Each plan names by
its reference the account that must sign it: for a while both are at work. Names end with the
contract, so each step is taken once for each contract, and never twice.
"""

from typing import Any, Final, Literal

import msgspec

from domain.chainwrite.calls import ECDSA, MANAGEMENT, TOKEN_AGENT, key_of
from domain.chainwrite.commands import PlanChainWrite

ROTATE: Final = "rotate"
"""The purpose of writes that a rotation consists of."""

Role = Literal["agent", "owner", "manager"]
"""What an account can be to a contract: ERC-3643's agent, its owner, an identity's manager."""


class Holding(msgspec.Struct, frozen=True):
    """A contract in which the account has a role."""

    role: Role
    contract: str
    address: str


SHARED: Final = (
    ("TREXFactory", "trex_factory"),
    ("TREXImplementationAuthority", "trex_authority"),
    ("IdFactory", "identity_factory"),
    ("IdentityImplementationAuthority", "identity_authority"),
)
"""Contracts that all tokens share and the token agent owns, and the platform's names for them."""

OWNED: Final = (
    ("Token", "token"),
    ("IdentityRegistry", "identity_registry"),
    ("TrustedIssuersRegistry", "trusted_issuers_registry"),
    ("ClaimTopicsRegistry", "claim_topics_registry"),
    ("ModularCompliance", "compliance"),
)
"""Contracts of a suite that its owner owns, and the names that its deployment gives them.

The storage of identities is not among them: it stays with the factory, and so with its owner.
"""

AGENTS: Final = ("Token", "IdentityRegistry")


def holdings(
    addresses: dict[str, str], suites: list[dict[str, str]], identities: list[str]
) -> list[Holding]:
    """List what the token agent has on chain; a suite is what its deployment gave as its result."""
    found = [Holding("owner", contract, addresses[name]) for contract, name in SHARED]
    for suite in suites:
        for contract, name in OWNED:
            found.append(Holding("owner", contract, suite[name]))
            if contract in AGENTS:
                found.append(Holding("agent", contract, suite[name]))
    return found + [Holding("manager", "Identity", identity) for identity in identities]


def let_in(holding: Holding, *, signer: str, new: str) -> PlanChainWrite:
    """Plan what gives the new account a role beside the old one; there is no second owner."""
    if holding.role == "agent":
        return _step(holding, signer=signer, new=new, call=("addAgent", (new,)))
    if holding.role == "manager":
        arguments = (key_of(new), MANAGEMENT, ECDSA)
        return _step(holding, signer=signer, new=new, call=("addKey", arguments))
    return _step(holding, signer=signer, new=new, call=("transferOwnership", (new,)))


def put_out(holding: Holding, *, old: str, new: str) -> PlanChainWrite:
    """Plan what takes a role from the old account; the new one signs it."""
    if holding.role == "agent":
        return _step(holding, signer=new, new=new, call=("removeAgent", (old,)))
    if holding.role == "manager":
        return _step(holding, signer=new, new=new, call=("removeKey", (key_of(old), MANAGEMENT)))
    message = f"{holding.contract} has one owner, who is not put out but replaced"
    raise ValueError(message)


def _step(
    holding: Holding, *, signer: str, new: str, call: tuple[str, tuple[Any, ...]]
) -> PlanChainWrite:
    function, arguments = call
    return PlanChainWrite(
        write=f"{ROTATE}/{TOKEN_AGENT}/{new.lower()}/{function}/{holding.address.lower()}",
        purpose=ROTATE,
        reference=signer.lower(),
        signer=TOKEN_AGENT,
        contract=holding.contract,
        function=function,
        target=holding.address,
        arguments=arguments,
    )
