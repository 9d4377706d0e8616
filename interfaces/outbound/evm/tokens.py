"""Calls and reads of one ERC-3643 token: its suite, its holders' identities, its state."""

import msgspec

from interfaces.outbound.evm.abi import JsonValue, Native
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.gateway import LATEST, BlockId, EvmGateway
from interfaces.outbound.evm.platform import ZERO_ADDRESS


class SuiteDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a token's suite is deployed with.

    `salt` is the token aggregate's id: the factory takes each only once, so that a repeat cannot
    make a second token. `token_agents` must hold the SettlementAgent and the account that mints
    and burns, `registry_agents` the account that registers identities. `identity_storage` shares
    the registered identities of an earlier suite; None deploys an empty one.
    """

    salt: str
    owner: str
    name: str
    symbol: str
    decimals: int
    token_agents: tuple[str, ...]
    registry_agents: tuple[str, ...]
    identity_storage: str | None = None


def suite_call(factory: str, details: SuiteDetails) -> PlannedCall:
    """Plan the deployment of a token with its registries and compliance, in one transaction.

    The result names ``token``, ``identity_registry``, ``identity_registry_storage``,
    ``trusted_issuers_registry``, ``claim_topics_registry`` and ``compliance``. Takes 3.5 M gas.
    No compliance modules, no claims. The token starts paused.
    """
    token: dict[str, JsonValue] = {
        "owner": details.owner,
        "name": details.name,
        "symbol": details.symbol,
        "decimals": details.decimals,
        "irs": details.identity_storage or ZERO_ADDRESS,
        # Zero: the factory creates an identity for the token itself.
        "ONCHAINID": ZERO_ADDRESS,
        "irAgents": list(details.registry_agents),
        "tokenAgents": list(details.token_agents),
        "complianceModules": [],
        "complianceSettings": [],
    }
    claims: dict[str, JsonValue] = {"claimTopics": [], "issuers": [], "issuerClaims": []}
    return PlannedCall(
        contract="TREXFactory",
        function="deployTREXSuite",
        target=factory,
        arguments=(details.salt, token, claims),
    )


def token_of(gateway: EvmGateway, factory: str, salt: str) -> str | None:
    """Look up the token that was deployed with this salt, if any."""
    call = PlannedCall(
        contract="TREXFactory", function="getToken", target=factory, arguments=(salt,)
    )
    return _address_or_none(gateway.call(call)[0])


def identity_call(identity_factory: str, *, wallet: str, salt: str) -> PlannedCall:
    """Plan the creation of a wallet's ONCHAINID; the result names ``identity``.

    Wallet and salt can each be used once; `identity_of` tells whether it has happened.
    """
    return PlannedCall(
        contract="IdFactory",
        function="createIdentity",
        target=identity_factory,
        arguments=(wallet, salt),
    )


def identity_of(gateway: EvmGateway, identity_factory: str, wallet: str) -> str | None:
    """Look up the ONCHAINID of a wallet, if any."""
    call = PlannedCall(
        contract="IdFactory", function="getIdentity", target=identity_factory, arguments=(wallet,)
    )
    return _address_or_none(gateway.call(call)[0])


def register_identity_call(
    registry: str, *, wallet: str, identity: str, country: int
) -> PlannedCall:
    """Plan the registration of a holder for one token; `country` is ISO 3166 numeric."""
    return PlannedCall(
        contract="IdentityRegistry",
        function="registerIdentity",
        target=registry,
        arguments=(wallet, identity, country),
    )


def token_call(token: str, function: str, *arguments: JsonValue) -> PlannedCall:
    """Plan a call of the token itself: ``mint``, ``burn``, ``unpause``; amounts as strings."""
    return PlannedCall(contract="Token", function=function, target=token, arguments=arguments)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that go from one wallet to another for one trade; `amount` in smallest units.

    `reference` is 64 hex digits and names the delivery for ever: it can be made once.
    """

    token: str
    sender: str
    receiver: str
    amount: int
    reference: str


def settle_call(agent: str, delivery: Delivery) -> PlannedCall:
    """Plan a delivery through the SettlementAgent at `agent`."""
    return PlannedCall(
        contract="SettlementAgent",
        function="settle",
        target=agent,
        arguments=(
            delivery.token,
            delivery.sender,
            delivery.receiver,
            str(delivery.amount),
            "0x" + delivery.reference,
        ),
    )


def is_settled(gateway: EvmGateway, agent: str, reference: str) -> bool:
    """Tell whether the delivery of this reference has been made."""
    call = PlannedCall(
        contract="SettlementAgent",
        function="isSettled",
        target=agent,
        arguments=("0x" + reference,),
    )
    return gateway.call(call)[0] is True


class TokenReader:
    """Reads one token, all of it as of one block; amounts are integers of its smallest unit.

    Every method raises ChainUnreachable without an answer, and ChainRefused when no token lies at
    the address.
    """

    def __init__(self, gateway: EvmGateway, token: str, *, block: BlockId = LATEST) -> None:
        self._gateway = gateway
        self._token = token
        self._block = block

    def name(self) -> str:
        """Return the token's name."""
        return str(self._ask("name"))

    def symbol(self) -> str:
        """Return the token's symbol."""
        return str(self._ask("symbol"))

    def decimals(self) -> int:
        """Return how many decimals the smallest unit has."""
        return _integer(self._ask("decimals"))

    def total_supply(self) -> int:
        """Return how much there is in all."""
        return _integer(self._ask("totalSupply"))

    def balance_of(self, wallet: str) -> int:
        """Return what a wallet holds, frozen part included."""
        return _integer(self._ask("balanceOf", wallet))

    def frozen_tokens(self, wallet: str) -> int:
        """Return how much of a wallet's balance may not be moved."""
        return _integer(self._ask("getFrozenTokens", wallet))

    def is_frozen(self, wallet: str) -> bool:
        """Tell whether a wallet may neither send nor receive."""
        return self._ask("isFrozen", wallet) is True

    def is_paused(self) -> bool:
        """Tell whether the whole token is paused."""
        return self._ask("paused") is True

    def is_agent(self, account: str) -> bool:
        """Tell whether an account is an agent of the token."""
        return self._ask("isAgent", account) is True

    def identity_registry(self) -> str:
        """Return the address of the registry of the token's holders."""
        return str(self._ask("identityRegistry"))

    def compliance(self) -> str:
        """Return the address of the token's compliance contract."""
        return str(self._ask("compliance"))

    def is_verified(self, wallet: str) -> bool:
        """Tell whether a wallet has an identity with the claims that the token requires."""
        registry = self.identity_registry()
        return self._read("IdentityRegistry", registry, "isVerified", wallet) is True

    def can_transfer(self, *, sender: str, receiver: str, amount: int) -> bool:
        """Tell whether the compliance rules allow a transfer; they look at nothing else."""
        arguments = (sender, receiver, str(amount))
        compliance = self.compliance()
        return self._read("ModularCompliance", compliance, "canTransfer", *arguments) is True

    def _ask(self, function: str, *arguments: JsonValue) -> Native:
        return self._read("Token", self._token, function, *arguments)

    def _read(self, contract: str, target: str, function: str, *arguments: JsonValue) -> Native:
        call = PlannedCall(contract=contract, function=function, target=target, arguments=arguments)
        return self._gateway.call(call, block=self._block)[0]


def _integer(value: Native) -> int:
    if not isinstance(value, int):
        raise TypeError(f"not an integer: {value!r}")
    return value


def _address_or_none(value: Native) -> str | None:
    address = str(value).lower()
    return None if address == ZERO_ADDRESS else address
