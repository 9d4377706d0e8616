"""A token from its suite to supply 0, on a real T-REX and through the SettlementAgent."""

import time
from collections.abc import Callable
from itertools import count

import msgspec
import pytest

from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.errors import ChainRefused
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.tokens import (
    Delivery,
    SuiteDetails,
    TokenReader,
    identity_call,
    identity_of,
    is_settled,
    register_identity_call,
    settle_call,
    suite_call,
    token_call,
    token_of,
)
from tests.interfaces.outbound.evm.support import Platform, Writer, wallet

pytestmark = pytest.mark.chain

UNITED_KINGDOM = 826
AMOUNT = 1_000_000
SALTS = count(1)


class Suite(msgspec.Struct, frozen=True):
    """A fresh token with a seller who holds AMOUNT and a verified buyer."""

    salt: str
    token: str
    registry: str
    storage: str
    seller: str
    buyer: str


NewSuite = Callable[[], Suite]


def details(platform: Platform, writer: Writer, salt: str) -> SuiteDetails:
    agent = writer.address("token_agent")
    return SuiteDetails(
        salt=salt,
        owner=writer.address("registry_owner"),
        name="Invoice FX-INV-23A4F",
        symbol="FXR-INV-23A4F",
        decimals=2,
        token_agents=(agent, platform.address("settlement_agent")),
        registry_agents=(agent,),
    )


def verified(writer: Writer, platform: Platform, registry: str, holder: str) -> None:
    factory = platform.address("identity_factory")
    identity = identity_of(writer.gateway, factory, holder)
    if identity is None:
        created = writer.result("token_agent", identity_call(factory, wallet=holder, salt=holder))
        identity = created["identity"]
    call = register_identity_call(
        registry, wallet=holder, identity=identity, country=UNITED_KINGDOM
    )
    writer.result("token_agent", call)


@pytest.fixture
def suite(platform: Platform, writer: Writer) -> Suite:
    salt = f"token:{next(SALTS)}"
    seller, buyer = wallet("seller"), wallet("buyer")
    made = writer.result(
        "token_agent",
        suite_call(platform.address("trex_factory"), details(platform, writer, salt)),
    )
    token, registry = made["token"], made["identity_registry"]
    for holder in (seller, buyer):
        verified(writer, platform, registry, holder)
    writer.result("token_agent", token_call(token, "mint", seller, str(AMOUNT)))
    writer.result("token_agent", token_call(token, "unpause"))
    return Suite(salt, token, registry, made["identity_registry_storage"], seller, buyer)


def delivery(suite: Suite, amount: int = 200_000, reference: str = "ab" * 32) -> Delivery:
    return Delivery(
        token=suite.token,
        sender=suite.seller,
        receiver=suite.buyer,
        amount=amount,
        reference=reference,
    )


def refused(
    writer: Writer, call: PlannedCall, purpose: str = "settlement_operator"
) -> ChainRefused:
    with pytest.raises(ChainRefused) as caught:
        writer.gateway.simulate(call, sender=writer.address(purpose))
    return caught.value


def test_a_suite_is_one_transaction_and_its_salt_is_used_once(
    platform: Platform, writer: Writer, gateway: EvmGateway
) -> None:
    factory, salt = platform.address("trex_factory"), "token:once"
    assert token_of(gateway, factory, salt) is None
    call = suite_call(factory, details(platform, writer, salt))
    began = time.monotonic()
    receipt = writer.receipt("token_agent", call)
    print(f"suite: {receipt.gas_used} gas, {time.monotonic() - began:.2f} s")
    assert receipt.succeeded
    assert receipt.gas_used < 4_000_000
    token = token_of(gateway, factory, salt)
    assert token is not None
    assert refused(writer, call, "token_agent").reason == "token already deployed"
    reader = TokenReader(gateway, token)
    assert (reader.name(), reader.symbol()) == ("Invoice FX-INV-23A4F", "FXR-INV-23A4F")
    assert (reader.decimals(), reader.total_supply()) == (2, 0)
    assert reader.is_paused()
    assert reader.is_agent(platform.address("settlement_agent"))
    assert not reader.is_agent(writer.address("settlement_operator"))


@pytest.mark.capability("FX5", part="token leg on chain")
def test_a_token_is_minted_settled_once_and_burnt_to_nothing(
    platform: Platform, writer: Writer, gateway: EvmGateway, suite: Suite
) -> None:
    agent = platform.address("settlement_agent")
    call = settle_call(agent, delivery(suite, reference="01" * 32))
    assert not is_settled(gateway, agent, "01" * 32)
    result = writer.result("settlement_operator", call)
    assert result == {
        "reference": "01" * 32,
        "token": suite.token,
        "from": suite.seller,
        "to": suite.buyer,
        "amount": "200000",
    }
    assert is_settled(gateway, agent, "01" * 32)
    reader = TokenReader(gateway, suite.token)
    assert reader.balance_of(suite.seller) == 800_000
    assert reader.balance_of(suite.buyer) == 200_000
    again = refused(writer, call)
    assert (again.reason, again.data) == ("SettlementRepeated", {"referenceId": "0x" + "01" * 32})
    for holder, amount in ((suite.seller, "800000"), (suite.buyer, "200000")):
        burnt = writer.result("token_agent", token_call(suite.token, "burn", holder, amount))
        assert burnt == {"from": holder, "amount": amount}
    assert reader.total_supply() == 0


def test_a_reader_sees_the_block_that_it_was_given(
    writer: Writer, gateway: EvmGateway, suite: Suite
) -> None:
    before = gateway.block_number()
    writer.result("token_agent", token_call(suite.token, "burn", suite.seller, "400000"))
    assert TokenReader(gateway, suite.token, block=before).total_supply() == AMOUNT
    assert TokenReader(gateway, suite.token).total_supply() == 600_000


def test_an_unverified_buyer_is_refused_by_name(
    platform: Platform, writer: Writer, gateway: EvmGateway, suite: Suite
) -> None:
    nobody = wallet("nobody")
    assert not TokenReader(gateway, suite.token).is_verified(nobody)
    unknown = msgspec.structs.replace(delivery(suite), receiver=nobody)
    error = refused(writer, settle_call(platform.address("settlement_agent"), unknown))
    assert error.reason == "SettlementWalletNotVerified"
    assert error.data == {"token": suite.token, "wallet": nobody}


def test_a_seller_whose_identity_was_removed_is_refused(
    platform: Platform, writer: Writer, suite: Suite
) -> None:
    removal = PlannedCall(
        contract="IdentityRegistry",
        function="deleteIdentity",
        target=suite.registry,
        arguments=(suite.seller,),
    )
    writer.result("token_agent", removal)
    error = refused(writer, settle_call(platform.address("settlement_agent"), delivery(suite)))
    assert error.reason == "SettlementWalletNotVerified"
    assert error.data["wallet"] == suite.seller


def test_a_paused_token_is_refused(platform: Platform, writer: Writer, suite: Suite) -> None:
    writer.result("token_agent", token_call(suite.token, "pause"))
    error = refused(writer, settle_call(platform.address("settlement_agent"), delivery(suite)))
    assert (error.reason, error.data) == ("SettlementTokenPaused", {"token": suite.token})


@pytest.mark.parametrize("party", ["seller", "buyer"])
def test_a_frozen_wallet_is_refused_on_either_side(
    platform: Platform, writer: Writer, gateway: EvmGateway, suite: Suite, party: str
) -> None:
    frozen = suite.seller if party == "seller" else suite.buyer
    writer.result("token_agent", token_call(suite.token, "setAddressFrozen", frozen, True))
    assert TokenReader(gateway, suite.token).is_frozen(frozen)
    error = refused(writer, settle_call(platform.address("settlement_agent"), delivery(suite)))
    assert error.reason == "SettlementWalletFrozen"
    assert error.data == {"token": suite.token, "wallet": frozen}


def test_frozen_tokens_cannot_be_delivered(
    platform: Platform, writer: Writer, gateway: EvmGateway, suite: Suite
) -> None:
    call = token_call(suite.token, "freezePartialTokens", suite.seller, "900000")
    writer.result("token_agent", call)
    assert TokenReader(gateway, suite.token).frozen_tokens(suite.seller) == 900_000
    agent = platform.address("settlement_agent")
    error = refused(writer, settle_call(agent, delivery(suite, 100_001)))
    assert error.reason == "SettlementInsufficientBalance"
    assert error.data == {
        "token": suite.token,
        "wallet": suite.seller,
        "balance": "1000000",
        "frozen": "900000",
        "needed": "100001",
    }
    gateway.simulate(
        settle_call(agent, delivery(suite, 100_000)), sender=writer.address("settlement_operator")
    )


def test_only_the_operator_settles_and_never_nothing(
    platform: Platform, writer: Writer, suite: Suite
) -> None:
    agent = platform.address("settlement_agent")
    for purpose in ("stranger", "token_agent", "registry_owner"):
        error = refused(writer, settle_call(agent, delivery(suite)), purpose)
        assert error.reason == "SettlementUnauthorized"
    assert refused(writer, settle_call(agent, delivery(suite, 0))).reason == "SettlementAmountZero"
    nameless = settle_call(agent, delivery(suite, reference="00" * 32))
    assert refused(writer, nameless).reason == "SettlementReferenceMissing"


def test_the_words_of_trex_are_the_reason(writer: Writer, suite: Suite) -> None:
    mint = token_call(suite.token, "mint", wallet("nobody"), "1")
    assert refused(writer, mint, "token_agent").reason == "Identity is not verified."
    burn = token_call(suite.token, "burn", suite.seller, str(AMOUNT + 1))
    assert refused(writer, burn, "token_agent").reason == "cannot burn more than balance"
    assert "Agent" in refused(writer, token_call(suite.token, "pause"), "stranger").reason


def test_a_failed_transaction_is_explained_afterwards(
    platform: Platform, writer: Writer, suite: Suite
) -> None:
    writer.result("token_agent", token_call(suite.token, "pause"))
    call = settle_call(platform.address("settlement_agent"), delivery(suite))
    receipt = writer.receipt("settlement_operator", call, gas=500_000)
    assert not receipt.succeeded
    with pytest.raises(ChainRefused, match="SettlementTokenPaused"):
        writer.gateway.simulate(
            call, sender=writer.address("settlement_operator"), block=receipt.block_number
        )


def test_a_second_token_can_share_the_first_ones_identities(
    platform: Platform, writer: Writer, gateway: EvmGateway, suite: Suite
) -> None:
    shared = msgspec.structs.replace(
        details(platform, writer, suite.salt + "/shared"), identity_storage=suite.storage
    )
    made = writer.result("token_agent", suite_call(platform.address("trex_factory"), shared))
    assert made["identity_registry_storage"] == suite.storage
    assert TokenReader(gateway, made["token"]).is_verified(suite.buyer)


def test_an_address_without_a_contract_is_named(gateway: EvmGateway) -> None:
    with pytest.raises(ChainRefused, match="NoSuchContract"):
        TokenReader(gateway, wallet("empty")).total_supply()
