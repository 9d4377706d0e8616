"""What real contracts revert with, as the codes of our own refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import msgspec
import pytest

from domain.chainwrite import calls as plans
from domain.compliance.reverts import UNKNOWN, code_of
from domain.kernel.countries import NUMERIC
from domain.token import commands as token
from interfaces.outbound.evm.abi import JsonValue
from interfaces.outbound.evm.artifacts import Artifacts
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.errors import ChainRefused
from interfaces.outbound.evm.tokens import Delivery, settle_call, token_call
from tests.interfaces.outbound.evm.chainhouse import Stage
from tests.interfaces.outbound.evm.support import wallet

pytestmark = pytest.mark.chain

NOBODY = wallet("nobody at all")
REFERENCES = count(1)


def refused(stage: Stage, call: PlannedCall, sender: str) -> str:
    """Dry-run a call from an address or a key, and tell our code for the chain's reason."""
    writer = stage.house.writer
    at = sender if sender.startswith("0x") else writer.address(sender)
    with pytest.raises(ChainRefused) as caught:
        writer.gateway.simulate(call, sender=at)
    return code_of(str(caught.value))


def delivery(stage: Stage, **changes: object) -> PlannedCall:
    """Plan a settlement from pennine to the listing wallet."""
    move = Delivery(
        token=stage.deployed.address,
        sender=stage.wallet("pennine"),
        receiver=stage.wallet("listing"),
        amount=1,
        reference=f"{next(REFERENCES):064x}",
    )
    agent = stage.house.addresses["settlement_agent"]
    return settle_call(agent, msgspec.structs.replace(move, **changes))


@contextmanager
def done(stage: Stage, there: type[token.Operation], back: type[token.Operation]) -> Iterator[None]:
    """Have something done to pennine, and undone."""
    over = {"subjects": ("pennine",)} if issubclass(there, token.OverWallets) else {}
    stage.do(there, **over)
    yield
    stage.do(back, **over)


Call = Callable[[Stage], PlannedCall]


def of_token(function: str, *arguments: Callable[[Stage], JsonValue] | JsonValue) -> Call:
    def make(stage: Stage) -> PlannedCall:
        given = [each(stage) if callable(each) else each for each in arguments]
        return token_call(stage.deployed.address, function, *given)

    return make


def at(name: str) -> Callable[[Stage], str]:
    return lambda stage: stage.wallet(name)


def identity(stage: Stage) -> str:
    found: str = stage.house.states["subject:pennine"].identity
    return found


def of_identity(function: str, *arguments: JsonValue) -> Call:
    return lambda stage: PlannedCall(
        contract="Identity", function=function, target=identity(stage), arguments=arguments
    )


def entered(country: str) -> Call:
    return lambda stage: PlannedCall(
        contract="IdentityRegistry",
        function="registerIdentity",
        target=stage.deployed.identity_registry,
        arguments=(stage.wallet("pennine"), identity(stage), NUMERIC[country]),
    )


def same_suite(stage: Stage) -> PlannedCall:
    plan = plans.deploy_suite(
        stage.house.addresses,
        token=stage.token,
        names=("Again", "AGAIN"),
        decimals=2,
        rulebook=stage.state.rulebook,
    )
    return PlannedCall(
        contract=plan.contract,
        function=plan.function,
        arguments=plan.arguments,
        target=plan.target,
    )


def same_identity(stage: Stage) -> PlannedCall:
    plan = plans.create_identity(
        stage.house.addresses, subject="again", wallet=stage.wallet("pennine")
    )
    return PlannedCall(
        contract=plan.contract,
        function=plan.function,
        arguments=plan.arguments,
        target=plan.target,
    )


AGENT = "token_agent"
CASES: dict[str, tuple[Call, str, str]] = {
    "resumed twice": (of_token("unpause"), AGENT, "token_not_paused"),
    "minted to nobody": (of_token("mint", NOBODY, "1"), AGENT, "holder_not_verified"),
    "minted nothing": (of_token("mint", at("pennine"), "0"), AGENT, "units_zero"),
    "burned nothing": (of_token("burn", at("pennine"), "0"), AGENT, "units_zero"),
    "burned too much": (
        of_token("burn", at("pennine"), str(10**9)),
        AGENT,
        "units_insufficient",
    ),
    "froze too much": (
        of_token("freezePartialTokens", at("pennine"), str(10**9)),
        AGENT,
        "units_insufficient",
    ),
    "freed too much": (
        of_token("unfreezePartialTokens", at("pennine"), "1"),
        AGENT,
        "frozen_units_insufficient",
    ),
    "forced too much": (
        of_token("forcedTransfer", at("pennine"), at("listing"), str(10**9)),
        AGENT,
        "units_insufficient",
    ),
    "recovered nothing": (
        of_token("recoveryAddress", at("listing"), NOBODY, identity),
        AGENT,
        "nothing_to_recover",
    ),
    "recovered to a stranger": (
        of_token("recoveryAddress", at("pennine"), NOBODY, identity),
        AGENT,
        "wallet_link_pending",
    ),
    "minted by a stranger": (
        of_token("mint", at("pennine"), "1"),
        "stranger",
        "chain_key_unauthorized",
    ),
    "entered twice": (entered("GB"), AGENT, "already_exists"),
    "deployed twice": (same_suite, AGENT, "already_exists"),
    "deployed by a stranger": (same_suite, "stranger", "chain_key_unauthorized"),
    "identified twice": (same_identity, AGENT, "already_exists"),
    "linked twice": (
        lambda stage: of_identity("addKey", plans.key_of(stage.house.addresses[AGENT]), "1", "1")(
            stage
        ),
        AGENT,
        "already_exists",
    ),
    "claimed with a stranger's signature": (
        lambda stage: of_identity(
            "addClaim",
            "1",
            "1",
            stage.house.addresses["claim_issuer_contract"],
            "0x" + "11" * 64 + "1b",
            "0x7b7d",
            "",
        )(stage),
        AGENT,
        "claim_invalid",
    ),
    "claimed by a stranger": (
        of_identity("addClaim", "1", "1", NOBODY, "0x", "0x", ""),
        "stranger",
        "chain_key_unauthorized",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_real_revert_has_one_of_our_codes(stage: Stage, name: str) -> None:
    make, sender, code = CASES[name]
    assert refused(stage, make(stage), sender) == code


def test_a_settlement_is_refused_by_the_codes_of_the_house(stage: Stage) -> None:
    operator, far = "settlement_operator", str(10**9)
    assert refused(stage, delivery(stage, amount=0), operator) == "units_zero"
    assert refused(stage, delivery(stage, amount=int(far)), operator) == "units_insufficient"
    assert refused(stage, delivery(stage, receiver=NOBODY), operator) == "holder_not_verified"
    assert refused(stage, delivery(stage), "stranger") == "chain_key_unauthorized"
    with done(stage, token.PauseToken, token.ResumeToken):
        assert refused(stage, delivery(stage), operator) == "token_paused"
    with done(stage, token.FreezeWallets, token.UnfreezeWallets):
        assert refused(stage, delivery(stage), operator) == "wallet_frozen"


def test_a_holders_own_transfer_is_refused_by_the_same_codes(stage: Stage) -> None:
    """Whoever holds the key of a wallet may send without us, and meets the same rules."""
    holder, to = stage.wallet("pennine"), stage.wallet("listing")
    address = stage.deployed.address
    much = token_call(address, "transfer", to, str(10**9))
    one = token_call(address, "transfer", to, "1")
    assert refused(stage, much, holder) == "units_insufficient"
    away = token_call(address, "transfer", NOBODY, "1")
    assert refused(stage, away, holder) == "compliance_refused"
    with done(stage, token.PauseToken, token.ResumeToken):
        assert refused(stage, one, holder) == "token_paused"
    with done(stage, token.FreezeWallets, token.UnfreezeWallets):
        assert refused(stage, one, holder) == "wallet_frozen"


def test_a_mint_against_the_rules_is_refused(stage: Stage) -> None:
    """A wallet of a denied country, entered behind our back with a good identity."""
    far = wallet(f"{stage.token} far away")
    enter = PlannedCall(
        contract="IdentityRegistry",
        function="registerIdentity",
        target=stage.deployed.identity_registry,
        arguments=(far, identity(stage), NUMERIC["KP"]),
    )
    stage.house.writer.result(AGENT, enter)
    mint = token_call(stage.deployed.address, "mint", far, "1")
    assert refused(stage, mint, AGENT) == "compliance_refused"
    assert refused(stage, delivery(stage, receiver=far), "settlement_operator") == (
        "compliance_refused"
    )


def test_a_batch_is_refused_for_its_one_bad_move(stage: Stage) -> None:
    """All or nothing: the reason is that of the move, and its place stands beside it."""
    writer, agent = stage.house.writer, stage.house.addresses["settlement_agent"]
    moves = [list(delivery(stage).arguments), list(delivery(stage, receiver=NOBODY).arguments)]
    batch = PlannedCall(
        contract="SettlementAgent", function="settleBatch", target=agent, arguments=(moves,)
    )
    with pytest.raises(ChainRefused) as caught:
        writer.gateway.simulate(batch, sender=writer.address("settlement_operator"))
    assert caught.value.reason == "SettlementWalletNotVerified"
    assert (caught.value.data["index"], caught.value.data["wallet"]) == ("1", NOBODY)
    assert code_of(str(caught.value)) == "holder_not_verified"


def test_each_error_of_our_contracts_has_a_code() -> None:
    artifacts = Artifacts()
    names = {
        entry.name
        for contract in ("SettlementAgent", *plans.MODULES)
        for entry in artifacts.of(contract).abi
        if entry.type == "error" and not entry.name.startswith("Ownable")
    }
    assert {name for name in names if code_of(name) == UNKNOWN} == set()
