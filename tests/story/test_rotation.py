"""Every key that can be rotated, rotated on a real stack while it runs (DESIGN decision 14)."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_account import Account

from domain.chainwrite.events import ChainWriteConfirmed
from domain.chainwrite.handover import AGENTS, OWNED, SHARED
from domain.chainwrite.state import chainwrite_stream
from domain.integrity.chain import log_id
from domain.integrity.checkpoint import parse_checkpoint, parse_verifier_key
from domain.log.events import LogKeyRotated
from domain.log.rotation import rotation_message
from domain.log.state import LOG, LOG_STREAM
from domain.platform.state import PLATFORM, PLATFORM_STREAM
from domain.reconciliation.statement import parse_statement
from interfaces.cli.keys import rotated
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.signer.keyring import KeyRing
from interfaces.settings import Settings
from interfaces.wiring import KEK, anchor_of, gateway_of, log_of, ring_of, vault_of
from tests.story.conftest import a_stack, play
from tools.story import cast
from tools.story.client import Api, Json
from tools.story.scenes import Stage

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.capability("B1"),
]

ANCHOR_SECONDS = 60.0
LOOK_SECONDS = 0.25
LOG_NAME = "tallystick.example/rotation"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Start a stack on which one token is listed."""
    with a_stack(tmp_path_factory.mktemp("rotation"), log=LOG_NAME) as (_, stage):
        play(stage, "mints")
        yield stage


@pytest.fixture
def settings(stage: Stage) -> Settings:
    return stage.settings


@pytest.fixture
def gateway(settings: Settings) -> Iterator[EvmGateway]:
    with gateway_of(settings) as opened:
        yield opened


@pytest.fixture
def addresses(settings: Settings) -> dict[str, str]:
    log = log_of(settings)
    facts = [each.fact for each in log.read_stream(PLATFORM_STREAM)]
    log.close()
    return PLATFORM.fold(facts).addresses


def _rotations(settings: Settings) -> list[LogKeyRotated]:
    log = log_of(settings)
    facts = [each.fact for each in log.read_stream(LOG_STREAM)]
    log.close()
    return list(LOG.fold(facts).rotations)


def _ask(gateway: EvmGateway, contract: str, target: str, function: str, *given: Any) -> Any:
    call = PlannedCall(contract=contract, function=function, arguments=given, target=target)
    return gateway.call(call)[0]


def test_the_owner_of_the_registry(
    settings: Settings, gateway: EvmGateway, addresses: dict[str, str]
) -> None:
    """It is offered and taken; what the log was opened with stays where its first owner put it."""
    registry = _opened_registry(settings)
    fact = rotated(settings, "registry_owner")
    owned = (("AnchorRegistry", registry), ("SettlementAgent", addresses["settlement_agent"]))
    owners = {str(_ask(gateway, *each, "owner")).lower() for each in owned}
    assert owners == {fact.new} != {fact.old}
    trust = httpx.get(f"{settings.base_url}/log/trust").json()
    assert (trust["owner"], trust["registry"]) == (fact.new, registry)
    last_anchor = anchor_of(settings)
    assert last_anchor is not None
    assert last_anchor() is not None


def test_the_anchorer(settings: Settings, gateway: EvmGateway) -> None:
    """The registry takes the next anchor from the new account, and only from it."""
    old = gateway.address("anchorer")
    fact = rotated(settings, "anchorer")
    assert (fact.old, fact.new) == (old, gateway.address("anchorer"))
    log = "0x" + log_id(LOG_NAME).hex()
    registry = _opened_registry(settings)
    assert str(_ask(gateway, "AnchorRegistry", registry, "anchorerOf", log)).lower() == fact.new
    before, until = _position(settings), time.monotonic() + ANCHOR_SECONDS
    while (size := _ask(gateway, "AnchorRegistry", registry, "latest", log)) < before:
        assert time.monotonic() < until, size
        time.sleep(LOOK_SECONDS)
    assert gateway.nonce(fact.new).latest > 0


def test_the_settlement_operator(
    settings: Settings, gateway: EvmGateway, addresses: dict[str, str]
) -> None:
    fact = rotated(settings, "settlement_operator")
    agent = addresses["settlement_agent"]
    assert _ask(gateway, "SettlementAgent", agent, "isOperator", fact.new) is True
    assert _ask(gateway, "SettlementAgent", agent, "isOperator", fact.old) is False


def test_the_token_agent(
    stage: Stage, settings: Settings, gateway: EvmGateway, addresses: dict[str, str]
) -> None:
    """Suites, identities and factories change hands while the token is paused and a wallet bound.

    What was wished meanwhile is done, each by the account that could, and nobody waits for ever.
    """
    admin, old = stage.api(cast.ADMIN), gateway.address("token_agent")
    with ThreadPoolExecutor(1) as pool:
        rotation = pool.submit(rotated, settings, "token_agent")
        _operate(admin, "pause")
        _bind_wallet(admin, cast.COPPERGATE.subject)
        _operate(admin, "resume")
        fact = rotation.result()
    assert (fact.old, fact.new) == (old, gateway.address("token_agent"))
    suite = _suite(settings)

    def roles(account: str) -> set[tuple[str, object]]:
        key = {"key_of": account}
        agents = {
            (name, _ask(gateway, contract, suite[name], "isAgent", account))
            for contract, name in OWNED
            if contract in AGENTS
        }
        people = (cast.PENNINE.subject, cast.COPPERGATE.subject, "listing")
        identities = {name: str(admin.get(f"/subjects/{name}")["identity"]) for name in people}
        identities["token"] = str(_ask(gateway, "Token", suite["token"], "onchainID"))
        managers = {
            (name, _ask(gateway, "Identity", identity, "keyHasPurpose", key, "1"))
            for name, identity in identities.items()
        }
        return agents | managers

    assert {may for _, may in roles(fact.new)} == {True}
    assert {may for _, may in roles(fact.old)} == {False}
    owned = [(contract, suite[name]) for contract, name in OWNED]
    owned += [(contract, addresses[name]) for contract, name in SHARED]
    owners = {str(_ask(gateway, *each, "owner")).lower() for each in owned}
    assert owners == {fact.new}
    used = gateway.nonce(fact.old).latest
    _operate(admin, "pause")
    _operate(admin, "resume")
    _bind_wallet(admin, cast.NORTHWIND.subject)
    assert gateway.nonce(fact.old).latest == used


def _operate(admin: Api, what: str) -> None:
    """Have an admin pause or resume the token, and wait until the chain has done it."""
    paused = what == "pause"
    body = {"reason": "its agent is rotated"}
    admin.post(f"/tokens/{cast.TOKEN}/{what}", body, key=secrets.token_hex(8))
    admin.until(f"/tokens/{cast.TOKEN}", lambda token: token["paused"] is paused)


def _bind_wallet(admin: Api, subject: str) -> None:
    """Bind a wallet and wait until its identity carries its claims."""
    body: Json = {"address": Account.create().address}
    admin.post(f"/subjects/{subject}/wallet", body, key=f"wallet {subject}")

    def vouched(found: Json) -> bool:
        claims = (found.get("claims") or {}).values()
        return bool(claims) and all(claim["state"] == "ADDED" for claim in claims)

    admin.until(f"/subjects/{subject}", vouched)


def _suite(settings: Settings) -> dict[str, str]:
    """Tell what the deployment of the token gave."""
    log = log_of(settings)
    facts = [each.fact for each in log.read_stream(chainwrite_stream(f"suite/{cast.TOKEN}"))]
    log.close()
    (result,) = [fact.result for fact in facts if isinstance(fact, ChainWriteConfirmed)]
    return result


def test_the_claim_issuer(
    settings: Settings, gateway: EvmGateway, addresses: dict[str, str]
) -> None:
    """The old key stays good for what it said, and for nothing else."""
    fact = rotated(settings, "claim_issuer")
    issuer = addresses["claim_issuer_contract"]

    def may(account: str, purpose: str) -> object:
        key = {"key_of": account}
        return _ask(gateway, "ClaimIssuer", issuer, "keyHasPurpose", key, purpose)

    assert [may(fact.new, "1"), may(fact.new, "3")] == [True, True]
    assert [may(fact.old, "1"), may(fact.old, "3")] == [False, True]


def test_the_checkpoint_key(stage: Stage, settings: Settings) -> None:
    """The old one signs the rotation, the trust file lists both, the new one signs from there.

    That is so for whoever signs, the watch over the chain in its own process too.
    """
    url = settings.base_url
    old_note = httpx.get(f"{url}/log/checkpoint").text
    fact = rotated(settings, "checkpoint")
    message = rotation_message(LOG_NAME, purpose="checkpoint", old=fact.old, new=fact.new)
    old = Ed25519PublicKey.from_public_bytes(parse_verifier_key(fact.old).public_key)
    old.verify(bytes.fromhex(fact.signature), message)
    note = httpx.get(f"{url}/log/checkpoint").text
    assert httpx.get(f"{url}/log/trust").json()["keys"] == [
        fact.old,
        fact.new,
    ]
    _, statement = parse_statement(_stated(stage.api(cast.ADMIN)))
    for signatures, key in (
        (parse_checkpoint(old_note).signatures, fact.old),
        (parse_checkpoint(note).signatures, fact.new),
        (statement.signatures, fact.new),
    ):
        assert [each.key_id for each in signatures] == [parse_verifier_key(key).key_id]


def _stated(admin: Api) -> str:
    """Have books and chain compared, and fetch the statement."""
    reason = {"reason": "the log has a new key"}
    admin.post(f"/tokens/{cast.TOKEN}/reconciliations", reason, key="reconcile")
    wished = admin.position
    query = f"/reconciliations?token={cast.TOKEN}"

    def newest(page: Json) -> int:
        return max((each["position"] for each in page["items"]), default=0)

    page = admin.until(query, lambda found: newest(found) > wished)
    return admin.raw(f"/api/v1/reconciliations/{newest(page)}/statement").decode()


def test_a_rotation_that_breaks_off_is_finished_by_the_next_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the fact and the change of keys: no second fact, and no third key."""

    class Torn(Exception):
        pass

    def tear(*_: object) -> None:
        raise Torn

    count = len(_rotations(settings))
    with monkeypatch.context() as patch:
        patch.setattr(KeyRing, "promote", tear)
        with pytest.raises(Torn):
            rotated(settings, "checkpoint")
    fact = rotated(settings, "checkpoint")
    assert len(_rotations(settings)) == count + 1
    assert _rotations(settings)[-1] == fact
    assert not ring_of(settings).has("checkpoint.next")


def test_the_key_encryption_key(settings: Settings) -> None:
    """What was sealed before opens after, in processes that never heard of it, and only so."""
    vault = vault_of(settings)
    sealed = vault.seal("person", "subject:s", "subject.created", "/name", '"Ada"')
    old = ring_of(settings).key(KEK)
    fact = rotated(settings, "key_encryption")
    assert ring_of(settings).key(KEK) != old
    assert vault.open(sealed, "subject:s", "subject.created", "/name") == '"Ada"'
    again = vault.seal("other", "subject:t", "subject.created", "/name", '"Bob"')
    assert vault.open(again, "subject:t", "subject.created", "/name") == '"Bob"'
    assert old.hex() not in repr(fact)
    vault.close()


def _opened_registry(settings: Settings) -> str:
    log = log_of(settings)
    opened = LOG.fold(each.fact for each in log.read_stream(LOG_STREAM)).opened
    log.close()
    assert opened is not None
    return opened.registry


def _position(settings: Settings) -> int:
    log = log_of(settings)
    position = log.head().position
    log.close()
    return position
