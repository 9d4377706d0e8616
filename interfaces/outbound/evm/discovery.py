"""What events tell of besides themselves: new contracts of ours, and whose wallets hold a token."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from interfaces.outbound.evm.logs import ChainEvent, Contract

SUITE: Final[Mapping[str, str]] = {
    "_token": "Token",
    "_ir": "IdentityRegistry",
    "_irs": "IdentityRegistryStorage",
    "_tir": "TrustedIssuersRegistry",
    "_ctr": "ClaimTopicsRegistry",
    "_mc": "ModularCompliance",
}
CREATED: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("TREXFactory", "TREXSuiteDeployed"): SUITE,
    ("IdFactory", "WalletLinked"): {"identity": "Identity"},
    ("IdFactory", "TokenLinked"): {"identity": "Identity"},
    ("ModularCompliance", "ModuleAdded"): {"_module": "Module"},
}
"""Events that tell of a contract that is to be watched too, and of what kind it is."""

TOKENS: Final = frozenset({"Token", "WrappedToken"})
NAMING: Final = frozenset({"from", "to", "_userAddress", "_lostWallet", "_newWallet", "holder"})
"""Fields of a token's events that name somebody who holds or held units."""

OF_THE_TOKEN: Final = frozenset({"Paused", "Unpaused"})
"""Events whose field of such a name tells the agent who acted."""

ZERO: Final = "0x" + "00" * 20


class Wallets(msgspec.Struct, frozen=True):
    """Whom events of a token name."""

    contract: str
    wallets: frozenset[str]


def created_by(events: Iterable[ChainEvent]) -> list[Contract]:
    """List the contracts that events tell of, each once."""
    found: dict[str, Contract] = {}
    for event in events:
        for field, kind in CREATED.get((event.contract.kind, event.event), {}).items():
            address = str(event.arguments.get(field, ZERO)).lower()
            if address != ZERO:
                found.setdefault(address, Contract(address, kind, event.block))
    return list(found.values())


def named_by(events: Iterable[ChainEvent]) -> list[Wallets]:
    """Tell whom the events of each token name."""
    named: dict[str, set[str]] = {}
    for event in events:
        if event.contract.kind in TOKENS and event.event not in OF_THE_TOKEN:
            wallets = {
                str(value).lower() for name, value in event.arguments.items() if name in NAMING
            }
            named.setdefault(event.contract.address, set()).update(wallets - {ZERO})
    return [Wallets(contract, frozenset(wallets)) for contract, wallets in named.items()]
