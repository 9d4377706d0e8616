"""The faults of a chain campaign: courses of ticks, at moments that the seed chooses."""

import contextlib
from collections.abc import Callable
from functools import partial
from itertools import zip_longest
from typing import Final

from interfaces.outbound.evm.errors import ChainError
from interfaces.outbound.evm.node import AnvilNode
from tools.soak.chainhand import SIGNERS, STEPS, Death
from tools.soak.chainproxy import (
    LIES,
    Rule,
    garbage,
    lagging,
    late,
    lose_answer,
    lose_request,
    lying,
    swallow,
)
from tools.soak.chainrun import ChainPlan, ChainRun, Course

SEND: Final = frozenset({"eth_sendRawTransaction"})
GWEI: Final = 10**9
DEEPEST: Final = 6


def _wait(run: ChainRun, least: int, most: int) -> Course:
    """Let some ticks go by."""
    yield from [None] * run.random.randint(least, most)


def _until(condition: Callable[[], bool], ticks: int) -> Course:
    """Let ticks go by until something holds, and no more than these."""
    for _ in range(ticks):
        if condition():
            return
        yield


def _sometime(run: ChainRun) -> Course:
    """Wait for any moment: perhaps while writes wait, are mined, or are told as done."""
    wanted = run.random.choice(("anything", "mined", "done", "done"))
    if wanted == "anything":
        yield from _wait(run, 0, 40)
    elif wanted == "mined":
        yield from _until(partial(_is_mined, run), 150)
    else:
        yield from _until(lambda: not run.open(), 150)


def _is_mined(run: ChainRun) -> bool:
    return any(run.write(name).state == "MINED" for name in run.expected)


def _together(*courses: Course) -> Course:
    for _ in zip_longest(*courses):
        yield


def _nothing(run: ChainRun) -> Course:
    """No fault: what a run is like when all goes well."""
    yield from _wait(run, 10, 40)


def _die(run: ChainRun, step: str) -> Course:
    often = step.partition(" ")[2] in {"put", "send", "assign_nonce", "record_broadcast"}
    run.hire(Death(step, run.random.randint(1, 3) if often else 1))
    yield from _until(lambda: run.is_dead, 250)
    yield from _wait(run, 0, 10)
    run.tend()


def _kill_at(run: ChainRun) -> Course:
    """Die at steps, one after the other, with something happening that leads there."""
    leads = {"bump_fees": _make_dear, "record_replaced": _squat}
    leads |= {"record_reorganised": _reorganise, "record_retracted": _reorganise}
    first = run.seed // len(CHAIN_PLANS)
    for number in range(first, first + 3):
        step = STEPS[number % len(STEPS)]
        lead = leads.get(step.partition(" ")[2])
        run.plan_some(run.random.randint(2, 5))
        yield from _together(_die(run, step), lead(run) if lead else iter(()))


def _has_met(rule: Rule) -> bool:
    return rule.met > 0


def _kill_any_time(run: ChainRun) -> Course:
    """Die after any question to the node, or any moment."""
    for _ in range(run.random.randint(1, 5)):
        run.plan_some(run.random.randint(0, 3))

        if run.random.random() < 0.5:
            rule = Rule(lose_answer, chance=0.05, left=1)
            run.main.obey(rule)
            yield from _until(partial(_has_met, rule), 100)
        yield from _wait(run, 0, 20)
        run.hire()
        yield from _wait(run, 0, 30)


def _lose(run: ChainRun) -> Course:
    """Lose requests and answers, answer late or in gibberish."""
    actions = (lose_request, lose_answer, garbage, late(0.45))
    for _ in range(run.random.randint(1, 4)):
        action = run.random.choice(actions)
        few = run.random.randint(1, 4)
        if run.random.random() < 0.6:
            run.main.obey(Rule(action, methods=SEND, left=few))
        else:
            run.main.obey(Rule(action, chance=0.1, left=few * 3))
        run.plan_some(run.random.randint(1, 3))
        yield from _wait(run, 10, 50)


def _swallow(run: ChainRun) -> Course:
    """Take transactions with a yes and never have them."""
    run.main.obey(Rule(swallow, methods=SEND, left=run.random.randint(1, 12)))
    run.plan_some(run.random.randint(1, 5))
    yield from _wait(run, 30, 100)


def _drop(run: ChainRun) -> Course:
    """Drop what waits in the pool."""
    for _ in range(run.random.randint(1, 6)):
        run.plan_some(run.random.randint(0, 3))
        run.mining = False
        yield from _wait(run, 2, 15)
        raws = run.raws()
        if raws and run.random.random() < 0.5:
            run.node.request("anvil_dropTransaction", run.random.choice(raws).transaction)
        else:
            run.node.request("anvil_dropAllTransactions")
        run.mining = True
        yield from _wait(run, 2, 15)


def _make_dear(run: ChainRun) -> Course:
    """Make blocks too dear for what was offered, until more is offered."""
    before = len(run.raws())
    run.plan_some(run.random.randint(1, 3))
    for _ in range(run.random.randint(3, 12)):
        run.node.request("anvil_setNextBlockBaseFeePerGas", hex(run.random.randint(5, 60) * GWEI))
        run.mine()
        yield from _wait(run, 1, 6)
        if len(run.raws()) > before + 4:
            break


def _replaced(run: ChainRun) -> Course:
    """Let an older transaction of a nonce be mined after more was offered for it."""
    yield from _make_dear(run)
    run.mining = False
    run.node.request("anvil_dropAllTransactions")
    run.node.request("anvil_setNextBlockBaseFeePerGas", hex(1))
    run.mine()
    run.node.request("anvil_setNextBlockBaseFeePerGas", hex(1))
    for raw in run.raws():
        # The cheapest of each nonce comes first; the others find it taken.
        with contextlib.suppress(ChainError):
            run.gateway.broadcast(raw.raw)
    run.mine()
    run.mining = True
    yield from _wait(run, 5, 20)


def _squat(run: ChainRun) -> Course:
    """Use nonces with our keys, as somebody would who stole them."""
    for _ in range(run.random.randint(1, 3)):
        run.plan_some(run.random.randint(1, 4))
        yield from _wait(run, 0, 10)
        with contextlib.suppress(ChainError):
            run.squat(run.random.choice(SIGNERS))
        yield from _wait(run, 5, 30)


def _reorganise(run: ChainRun) -> Course:
    """Replace blocks, one to six deep; some of their transactions come again in other blocks."""
    for _ in range(run.random.randint(1, 4)):
        run.plan_some(run.random.randint(0, 4))
        yield from _sometime(run)
        depth = run.random.randint(1, DEEPEST)
        run.reorganise(depth, _again(run, depth) if run.random.random() < 0.4 else [])
        yield from _wait(run, 0, 20)


def _again(run: ChainRun, depth: int) -> list[list[object]]:
    """Choose transactions of the blocks that go away: of each key the first ones, in order."""
    nonces = {}
    for address in run.addresses.values():
        floor = hex(max(0, len(run.canon.blocks) - 1 - depth))
        answer = run.node.request("eth_getTransactionCount", address, floor)
        nonces[address] = int(str(answer), 16)
    again: list[list[object]] = []
    for raw in run.raws():
        if raw.nonce == nonces[raw.sender] and run.random.random() < 0.7:
            nonces[raw.sender] += 1
            again.append(["0x" + raw.raw.hex(), 0])
    return again


def _roll_back(run: ChainRun) -> Course:
    """Let the chain be shorter for a while."""
    for _ in range(run.random.randint(1, 3)):
        run.plan_some(run.random.randint(0, 4))
        yield from _sometime(run)
        run.roll_back(run.random.randint(1, DEEPEST))
        run.mining = run.random.random() < 0.5
        yield from _wait(run, 0, 40)
        run.mining = True


def _lag(run: ChainRun) -> Course:
    """Let the endpoint know nothing of the newest blocks, now and then or for a while."""
    for _ in range(run.random.randint(1, 3)):
        chance = run.random.choice((0.3, 1.0))
        run.main.obey(Rule(lagging(run.random.randint(1, DEEPEST)), chance=chance))
        run.plan_some(run.random.randint(1, 4))
        yield from _wait(run, 10, 80)
        run.main.heal()
        yield from _wait(run, 0, 20)


def _lie(run: ChainRun) -> Course:
    """Let one of two endpoints lie, lag or be away: none alone can make us say what is not so."""
    actions = [*(lying(each) for each in LIES), lagging(3), lose_request, garbage]
    for _ in range(run.random.randint(1, 3)):
        proxy = run.random.choice((run.main, run.other))
        proxy.obey(Rule(run.random.choice(actions), chance=run.random.choice((0.3, 1.0))))
        run.plan_some(run.random.randint(1, 4))
        yield from _wait(run, 10, 80)
        proxy.heal()
        yield from _wait(run, 0, 20)


def _lie_over_reorganisation(run: ChainRun) -> Course:
    """Lies, while blocks are replaced."""
    yield from _together(_lie(run), _reorganise(run))


def _other_chain(run: ChainRun) -> Course:
    """Let the endpoint lead to another chain for a while."""
    with run.other_chain() as other:
        for _ in range(run.random.randint(1, 3)):
            run.plan_some(run.random.randint(1, 4))
            yield from _wait(run, 0, 20)
            run.main.node_url = other.url
            for address in run.addresses.values():
                other.fund(address, 10**20)
            yield from _wait(run, 5, 30)
            other.mine(1)
            if run.random.random() < 0.3:
                run.hire()
            yield from _wait(run, 5, 30)
            _demand_untouched(run, other)
            run.main.node_url = run.node.url
            yield from _wait(run, 5, 20)


def _demand_untouched(run: ChainRun, other: AnvilNode) -> None:
    """Nothing of ours may reach another chain."""
    for address in run.addresses.values():
        count = int(str(other.request("eth_getTransactionCount", address, "pending")), 16)
        if count:
            run.unknown_sent.append(f"something of {address} on another chain")


def _empty_key(run: ChainRun) -> Course:
    """Empty a key for a while."""
    for _ in range(run.random.randint(1, 2)):
        address = run.random.choice(list(run.addresses.values()))
        run.node.fund(address, run.random.choice((0, 10**12)))
        run.plan_some(run.random.randint(2, 6))
        yield from _wait(run, 20, 60)
        run.fund()
        yield from _wait(run, 5, 20)


def _restart_node(run: ChainRun) -> Course:
    """Stop the node in order and start it again: it keeps its blocks and forgets its pool."""
    for _ in range(run.random.randint(1, 2)):
        run.plan_some(run.random.randint(1, 5))
        yield from _wait(run, 0, 20)
        run.restart_node()
        yield from _wait(run, 0, 20)


def _reset_node(run: ChainRun) -> Course:
    """Start a node that knows nothing: the chain is shorter than the log.

    As on a machine that goes down with both: a worker that lives on may have tried a call on the
    one chain and send it to the other, where its contract is not yet. No real chain does that.
    """
    run.plan_some(run.random.randint(1, 5))
    yield from _wait(run, 0, 60)
    if run.open():
        run.kill()
    run.restart_node()
    run.tend()
    yield from _wait(run, 0, 60)


def _several(run: ChainRun) -> Course:
    """Two kinds of trouble at once, and the worker killed as well."""
    mixed = (_lose, _swallow, _drop, _make_dear, _reorganise, _lag, _lie, _empty_key, _roll_back)
    first, second = run.random.sample(mixed, 2)
    yield from _together(first(run), second(run), _kill_any_time(run))


CHAIN_PLANS: Final[dict[str, ChainPlan]] = {
    plan.name: plan
    for plan in (
        ChainPlan(name="none", inject=_nothing),
        ChainPlan(name="kill_at", inject=_kill_at),
        ChainPlan(name="kill_any_time", inject=_kill_any_time),
        ChainPlan(name="lose", inject=_lose),
        ChainPlan(name="swallow", inject=_swallow),
        ChainPlan(name="drop", inject=_drop),
        ChainPlan(name="dear", inject=_make_dear),
        ChainPlan(name="replaced", inject=_replaced),
        ChainPlan(name="squat", inject=_squat),
        ChainPlan(name="reorganise", inject=_reorganise),
        ChainPlan(name="roll_back", inject=_roll_back),
        ChainPlan(name="lag", inject=_lag),
        ChainPlan(name="lie", inject=_lie, watched=True),
        ChainPlan(name="lie_and_reorganise", inject=_lie_over_reorganisation, watched=True),
        ChainPlan(name="other_chain", inject=_other_chain),
        ChainPlan(name="empty_key", inject=_empty_key),
        ChainPlan(name="restart_node", inject=_restart_node, keeps=True),
        ChainPlan(name="reset_node", inject=_reset_node, forgets=True),
        ChainPlan(name="several", inject=_several, watched=True),
    )
}
