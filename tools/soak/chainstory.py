"""One chain run: writes are planned, something breaks, it heals, and all invariants are checked."""

import time
from collections import Counter
from typing import Final

from domain.chainwrite.state import chainwrite_stream
from domain.kernel.ids import identity_of
from interfaces.outbound.postgres.log import PostgresLog
from tools.soak.chainground import ChainGround
from tools.soak.chaininvariants import ChainEvidence, chain_violations
from tools.soak.chainreading import heard, on_chain
from tools.soak.chainrun import ChainOutcome, ChainPlan, ChainRun
from tools.soak.invariants import Violation

LEDGER: Final = "ledger"
TICK_SECONDS: Final = 0.003
TICK_SECONDS_MAX: Final = 0.03
TICKS_MAX: Final = 3000
QUIET_SECONDS: Final = 60.0
CALM_LOOKS: Final = 4
"""So often the worker must look at the head and find nothing to say before a run is over."""
ASKED_IN_VAIN: Final = 6
TRAILING: Final = 8


def carry_out(ground: ChainGround, plan: ChainPlan, seed: int) -> ChainOutcome:
    """Carry out a run and check what is left of it."""
    begin = time.monotonic()
    with ChainRun(ground, plan, seed) as run:
        run.hire()
        stuck = _story(run)
        evidence = _evidence(run)
        violations = [*stuck, *chain_violations(evidence)]
        if run.died:
            violations.append(Violation("the_worker_lives", f"it ended by itself: {run.died}"))
        if violations:
            words = (run.folder / "worker.log").read_text(errors="replace")
            violations.append(Violation("the_worker_says", words[-6000:]))
        facts = Counter(each.TYPE for name in evidence.facts for each in evidence.facts[name])
        return ChainOutcome(
            fault=plan.name,
            seed=seed,
            seconds=time.monotonic() - begin,
            writes=len(run.expected),
            blocks=len(evidence.past),
            sent=len(evidence.raws),
            # The last one is killed because the run is over.
            deaths=run.deaths - 1,
            struck=run.struck,
            bumped=facts["chainwrite.fee_bumped"],
            replaced=facts["chainwrite.replaced"],
            reorganised=facts["chainwrite.reorganised"],
            retracted=facts["chainwrite.retracted"],
            failed=facts["chainwrite.failed"],
            violations=violations,
        )


def _story(run: ChainRun) -> list[Violation]:
    """Plan, break, heal, and wait until everything is quiet."""
    owner = run.addresses["registry_owner"]
    run.plan_write(
        LEDGER, signer="registry_owner", function="constructor", arguments=(owner, False)
    )
    if stuck := _settle(run):
        return stuck
    receipt = run.gateway.receipt(run.write(LEDGER).transaction or "")
    run.target = (receipt and receipt.contract_address) or ""
    # Deeper than any reorganisation: what calls a contract must not come before it.
    run.mine(TRAILING)
    run.plan_some(run.random.randint(1, 10))
    for _ in zip(run.plan.inject(run), range(TICKS_MAX), strict=False):
        _tick(run)
    run.plan_some(1)
    run.main.heal()
    run.other.heal()
    run.mining = True
    return _settle(run)


def _tick(run: ChainRun) -> None:
    # Time is what the worker does: on a busy machine it passes more slowly.
    asked, end = run.asked, time.monotonic() + TICK_SECONDS_MAX
    time.sleep(TICK_SECONDS)
    while run.asked == asked and time.monotonic() < end:
        time.sleep(TICK_SECONDS)
    if run.mining and run.random.random() < 0.25:
        run.mine()


def _settle(run: ChainRun) -> list[Violation]:
    """Make blocks until nothing is open and nothing new is told."""
    deadline, known, calm, height = time.monotonic() + QUIET_SECONDS, -1, 0, 0
    mined = asked = -1
    while time.monotonic() < deadline:
        run.tend()
        # No faster than the worker looks, or than it asks for something that only a block brings.
        if run.looks == mined and run.asked < asked + ASKED_IN_VAIN:
            time.sleep(TICK_SECONDS)
            continue
        mined, asked = run.looks, run.asked
        run.mine()
        head = run.log.head().position
        if head != known:
            known, calm, height = head, run.looks, len(run.canon.blocks)
            continue
        deep = len(run.canon.blocks) - height > run.rules.confirmations
        if deep and run.looks - calm >= CALM_LOOKS and not run.open() and not run.retry_failed():
            if height > run.highest_told():
                return []
            # A chain that is shorter than its log proves nothing yet: the worker waits for more.
            calm, height = run.looks, len(run.canon.blocks)
    text = ", ".join(f"{name} {run.write(name).state}" for name in run.open())
    return [Violation("comes_to_rest", f"still open after {QUIET_SECONDS} s: {text}")]


def _evidence(run: ChainRun) -> ChainEvidence:
    run.kill()
    mined = on_chain(run.node, set(run.addresses.values()))
    facts = {
        name: [each.fact for each in run.log.read_stream(chainwrite_stream(name))]
        for name in _planned(run.log)
    }
    return ChainEvidence(
        expected=run.expected,
        facts=facts,
        raws=run.raws(),
        mined=mined,
        effects=heard(run.gateway, run.node, run.target),
        counted=[name for name in run.expected if name.startswith("write")],
        blocks=run.canon.blocks,
        past=run.canon.past(),
        nonces={each: run.gateway.nonce(each).latest for each in run.addresses.values()},
        strangers=run.strangers,
        confirmations=run.rules.confirmations,
        unknown_sent=run.unknown_sent,
    )


def _planned(log: PostgresLog) -> list[str]:
    events = log.read(0, 100_000)
    return [
        identity_of(each.stream)
        for each in events
        if each.envelope.version == 1 and each.stream.startswith("chainwrite:")
    ]
