"""A token's suite is deployed once, however often the worker is killed in the middle of it (B4)."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pytest

from domain.chainwrite import calls
from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.events import ChainWriteConfirmed
from domain.chainwrite.state import chainwrite_stream
from domain.compliance.rulebook import Rulebook
from interfaces.outbound.evm.calls import PlannedCall, decode_result
from interfaces.outbound.evm.platform import (
    PlatformParties,
    platform_steps,
    ready_steps,
    resolve,
)
from interfaces.outbound.evm.tokens import TokenReader, token_of
from interfaces.outbound.evm.transactions import Transaction
from interfaces.workers.gateway import Sender
from tools.soak.chainground import ChainGround
from tools.soak.chainhand import Death
from tools.soak.chainrun import ChainPlan, ChainRun

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.capability("B4"),
    pytest.mark.capability("FX3"),
]

TOKEN: Final = "FXR-KILLED"
UNITS: Final = 1_000_000
HOLDER: Final = ("listing", "0x" + "a7" * 20)
ROOM: Final = 6_000_000
SECONDS: Final = 180.0
DEATHS: Final = (
    "before put",
    "after put",
    "after assign_nonce",
    "before send",
    "after send",
    "before record_mined",
    "before record_confirmed",
    "before assign_nonce",
    "before record_broadcast",
    "after record_broadcast",
    "after record_mined",
    "after record_confirmed",
)
"""Each once; which write of the suite it is that the worker dies over follows from their order."""

Addresses = dict[str, str]
Results = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainGround]:
    with ChainGround(tmp_path_factory.mktemp("suites")) as ready:
        yield ready


@pytest.fixture
def run(ground: ChainGround) -> Iterator[ChainRun]:
    with ChainRun(ground, ChainPlan(name="suite", inject=lambda _: iter(())), 1) as run:
        yield run


def deployed(run: ChainRun) -> Addresses:
    """Deploy the platform that all tokens share, before any worker is there."""
    addresses = run.addresses
    parties = PlatformParties(
        platform=addresses["token_agent"],
        registry_owner=addresses["registry_owner"],
        anchorer=addresses["registry_owner"],
        settlement_operator=addresses["settlement_operator"],
        claim_issuer=addresses["settlement_operator"],
        log="0b" * 32,
    )
    steps, results = platform_steps(parties), Results()
    while len(results) < len(steps):
        sent = []
        for step in ready_steps(steps, results):
            call = resolve(step, results)
            sent.append((step, call, broadcast(run, step.signer, call)))
        run.mine()
        for step, call, transaction in sent:
            receipt = run.gateway.receipt(transaction)
            assert receipt is not None
            results[step.name] = decode_result(call, receipt, run.gateway.artifacts)
    found = {name: each["address"] for name, each in results.items() if "address" in each}
    return found | addresses


def broadcast(run: ChainRun, signer: str, call: PlannedCall) -> str:
    """Send a call with a key of the run."""
    transaction = Transaction(
        chain_id=run.gateway.chain_id(),
        nonce=run.gateway.nonce(run.gateway.address(signer)).pending,
        to=call.target,
        data=run.gateway.calldata(call),
        gas=ROOM,
        fees=run.gateway.fees(),
    )
    return run.gateway.broadcast(run.gateway.sign(signer, transaction).raw).transaction_hash


def plans(addresses: Addresses) -> Sequence[Callable[[Results], PlanChainWrite]]:
    """List what makes a token, one write after the other; each may need what the others gave."""
    subject, wallet = HOLDER

    def suite(_: Results) -> PlanChainWrite:
        names = ("Killed often", TOKEN)
        return calls.deploy_suite(
            addresses, token=TOKEN, names=names, decimals=2, rulebook=Rulebook()
        )

    def identity(_: Results) -> PlanChainWrite:
        return calls.create_identity(addresses, subject=subject, wallet=wallet)

    def register(known: Results) -> PlanChainWrite:
        holder = (wallet, known["identity"]["identity"], 826)
        registry = known["suite"]["identity_registry"]
        return calls.register_holder(registry, token=TOKEN, subject=subject, holder=holder)

    def unpause(known: Results) -> PlanChainWrite:
        return calls.call_token(known["suite"]["token"], "unpause", token=TOKEN)

    def mint(known: Results) -> PlanChainWrite:
        return calls.call_token(known["suite"]["token"], "mint", wallet, str(UNITS), token=TOKEN)

    return suite, identity, register, unpause, mint


def carried_out(run: ChainRun, plan: PlanChainWrite, deaths: Iterator[str]) -> dict[str, str]:
    """Plan a write and wait for its end; whoever works on it is killed, again and again."""
    Sender(run.gate, "suite").send(plan, f"plan/{plan.write}")
    run.expected[plan.write] = "CONFIRMED"
    until, seen = time.monotonic() + SECONDS, -1
    while time.monotonic() < until:
        for recorded in run.log.read_stream(chainwrite_stream(plan.write)):
            if isinstance(recorded.fact, ChainWriteConfirmed):
                return recorded.fact.result
        if run.is_dead:
            step = next(deaths, None)
            run.hire(None if step is None else Death(step))
        if run.looks != seen:
            # No faster than the worker looks: blocks that pass it by are a fault of their own.
            seen = run.looks
            run.mine()
        time.sleep(0.005)
    raise AssertionError(f"{plan.write} is {run.write(plan.write).state}")


def test_a_suite_whose_worker_is_killed_at_every_step_is_deployed_once(run: ChainRun) -> None:
    """Suite, identity, registration, start and mint: resumed each time, and never repeated."""
    addresses = deployed(run)
    before = run.gateway.nonce(addresses["token_agent"]).latest
    deaths = iter(DEATHS)
    results = Results()
    steps = plans(addresses)
    for step in steps:
        plan = step(results)
        results[plan.purpose] = carried_out(run, plan, deaths)
    until = time.monotonic() + SECONDS
    while len(run.struck) < len(DEATHS) and not run.is_dead and time.monotonic() < until:
        time.sleep(0.02)
    run.kill()
    assert run.struck == list(DEATHS)
    assert not run.died
    assert not run.unknown_sent

    suite = results["suite"]
    assert run.gateway.nonce(addresses["token_agent"]).latest == before + len(steps)
    assert len({raw.nonce for raw in run.raws()}) == len(run.raws()) == len(steps)
    assert token_of(run.gateway, addresses["trex_factory"], TOKEN) == suite["token"].lower()
    token = TokenReader(run.gateway, suite["token"])
    assert (token.total_supply(), token.balance_of(HOLDER[1])) == (UNITS, UNITS)
    assert not token.is_paused()
