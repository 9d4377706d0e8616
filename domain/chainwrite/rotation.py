"""What the chain is told when another account takes a purpose over (DESIGN decision 14).

First the new account is let in, while the old one still holds the keys; once ours sign with the
new one, the old one is put out. Names end with the new account, so each step is taken once.
"""

from typing import Any, Final

from domain.chainwrite.calls import (
    ANCHORER,
    CLAIM_ISSUER,
    ECDSA,
    MANAGEMENT,
    SETTLEMENT_OPERATOR,
    key_of,
)
from domain.chainwrite.commands import PlanChainWrite

REGISTRY_OWNER: Final = "registry_owner"
CLAIM: Final = "3"
"""The purpose of a key that claims may be signed with (ERC-735)."""

ROTATED: Final = (ANCHORER, SETTLEMENT_OPERATOR, CLAIM_ISSUER, REGISTRY_OWNER)
"""The purposes whose accounts these plans put in another's place; see also `handover`."""


def let_in(
    addresses: dict[str, str], *, purpose: str, new: str, log: str, registry: str
) -> list[PlanChainWrite]:
    """Plan what lets the new account in; ``log`` is the SHA-256 of the log's origin in hex."""
    if purpose == ANCHORER:
        target, call = registry, ("AnchorRegistry", "setAnchorer", (f"0x{log}", new))
        return [_step(purpose, new, number=1, signer=REGISTRY_OWNER, target=target, call=call)]
    if purpose == SETTLEMENT_OPERATOR:
        return [_operator(addresses, new, number=1, account=new, allowed=True)]
    if purpose == REGISTRY_OWNER:
        return _owner(
            addresses, new, first=1, registry=registry, call=("transferOwnership", (new,))
        )
    added = ("ClaimIssuer", "addKey", (key_of(new), MANAGEMENT, ECDSA))
    return [_issuer(addresses, new, number=1, call=added)]


def put_out(
    addresses: dict[str, str], *, purpose: str, old: str, new: str, registry: str
) -> list[PlanChainWrite]:
    """Plan what puts the old account out; a new owner does so by taking over what it was offered.

    The old key of the claim issuer keeps the right to have signed: what it said stays true, but it
    adds no key and revokes nothing any more. After a theft its claims are revoked besides.
    """
    if purpose == ANCHORER:
        return []
    if purpose == SETTLEMENT_OPERATOR:
        return [_operator(addresses, new, number=2, account=old, allowed=False)]
    if purpose == REGISTRY_OWNER:
        return _owner(addresses, new, first=3, registry=registry, call=("acceptOwnership", ()))
    said = ("ClaimIssuer", "addKey", (key_of(old), CLAIM, ECDSA))
    out = ("ClaimIssuer", "removeKey", (key_of(old), MANAGEMENT))
    return [
        _issuer(addresses, new, number=2, call=said),
        _issuer(addresses, new, number=3, call=out),
    ]


Call = tuple[str, str, tuple[Any, ...]]


def _operator(
    addresses: dict[str, str], new: str, *, number: int, account: str, allowed: bool
) -> PlanChainWrite:
    call: Call = ("SettlementAgent", "setOperator", (account, allowed))
    target = addresses["settlement_agent"]
    return _step(
        SETTLEMENT_OPERATOR, new, number=number, signer=REGISTRY_OWNER, target=target, call=call
    )


def _owner(
    addresses: dict[str, str],
    new: str,
    *,
    first: int,
    registry: str,
    call: tuple[str, tuple[Any, ...]],
) -> list[PlanChainWrite]:
    targets = (("AnchorRegistry", registry), ("SettlementAgent", addresses["settlement_agent"]))
    return [
        _step(
            REGISTRY_OWNER,
            new,
            number=first + place,
            signer=REGISTRY_OWNER,
            target=target,
            call=(contract, *call),
        )
        for place, (contract, target) in enumerate(targets)
    ]


def _issuer(addresses: dict[str, str], new: str, *, number: int, call: Call) -> PlanChainWrite:
    target = addresses["claim_issuer_contract"]
    return _step(CLAIM_ISSUER, new, number=number, signer=CLAIM_ISSUER, target=target, call=call)


def _step(
    purpose: str, new: str, *, number: int, signer: str, target: str, call: Call
) -> PlanChainWrite:
    contract, function, arguments = call
    return PlanChainWrite(
        write=f"rotate/{purpose}/{new.lower()}/{number}",
        purpose="rotate",
        reference=purpose,
        signer=signer,
        contract=contract,
        function=function,
        target=target,
        arguments=arguments,
    )
