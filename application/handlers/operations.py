"""Operations of admins on a token: decided, planned, and put into the books when they happened."""

from collections.abc import Sequence
from typing import Final

from application.draft import Asking, Draft, Handling, Loading
from application.handlers import books
from application.handlers.tokens import (
    facts_of,
    plan_moves_to,
    refuse_unverified,
    suite_of,
    wallet_of,
)
from application.handlers.writes import load_platform, plan_write
from domain.account.state import ACCOUNT
from domain.chainwrite import calls
from domain.chainwrite.commands import PlanChainWrite
from domain.compliance.reverts import code_of
from domain.compliance.rulebook import STANDARD, changed_rules
from domain.compliance.rules import judge
from domain.kernel.command import Context
from domain.kernel.countries import NUMERIC
from domain.kernel.refusal import NotFound, Refusal, Refused
from domain.platform.state import PLATFORM, PLATFORM_STREAM
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject.decide import refuse_walletless
from domain.subject.state import SUBJECT, subject_stream
from domain.token import commands, decide, events, operations
from domain.token.events import Line
from domain.token.refusals import NothingToRecover
from domain.token.state import TOKEN, Token, token_stream

FREEZES: Final = {"freeze": True, "unfreeze": False}


def operate(command: commands.Operation, context: Context) -> Handling:
    """Refuse what the chain would refuse, else ask it, a chunk of lines in each write."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream)
    state = draft.of(TOKEN, stream)
    draft.demand(operations.refuse_shape(state, command))
    lines = yield from _lines(draft, command, state)
    if isinstance(command, commands.RegisterHolders) and not lines:
        return draft
    decision = operations.request(state, command, lines)
    requested = draft.add(TOKEN, stream, decision)
    if isinstance(command, commands.MintUnits):
        _judge(draft, state, lines, at=context.at)
    for fact in requested:
        if isinstance(fact, events.OperationRequested):
            yield from _keep_units(draft, command, fact)
            yield from _plan(draft, command.token, state, fact)
    return draft


def adopt_rules(command: commands.AdoptRules, _: Context) -> Handling:
    """Have a token's modules set as the published rules say; nothing moves until they are."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream, SETTINGS_STREAM)
    yield from load_platform(draft)
    state = draft.of(TOKEN, stream)
    draft.demand(operations.refuse_shape(state, command))
    draft.demand(decide.refuse_moving(state, command.token))
    rulebook = draft.of(SETTINGS, SETTINGS_STREAM).rulebook or STANDARD
    changed = changed_rules(state.rulebook, rulebook)
    if isinstance(changed, Refusal):
        raise Refused(changed)
    decision = operations.request_rules(state, command, rulebook, changed)
    for fact in draft.add(TOKEN, stream, decision):
        if isinstance(fact, events.OperationRequested):
            plans = calls.set_rules(
                draft.of(PLATFORM, PLATFORM_STREAM).addresses,
                suite_of(state).compliance,
                token=command.token,
                rules=(rulebook, changed),
                writes=fact.writes,
            )
            for plan in plans:
                yield from plan_write(draft, plan)
    return draft


def _lines(draft: Draft, command: commands.Operation, state: Token) -> Asking[tuple[Line, ...]]:
    match command:
        case commands.RegisterHolders():
            known = {*state.registered, *state.requested}
            new = [subject for subject in command.subjects if subject not in known]
            return (yield from _newcomers(draft, command.token, state, new))
        case commands.RecoverHolder():
            return (yield from _recovered(draft, command, state))
        case commands.OverWallets():
            wallets = [_wallet(state, command.token, subject) for subject in command.subjects]
            return tuple(map(Line, command.subjects, wallets))
        case commands.OverUnits():
            for line in command.lines:
                if isinstance(command, commands.MintUnits):
                    yield from _demand_verified(draft, command.token, state, line.subject)
            return tuple(
                Line(line.subject, _wallet(state, command.token, line.subject), line.units)
                for line in command.lines
            )
        case _:
            return ()


def _wallet(state: Token, token: str, subject: str) -> str:
    wallet = operations.wallet_of(state, token, subject)
    if isinstance(wallet, Refusal):
        raise Refused(wallet)
    return wallet


def _demand_verified(draft: Draft, token: str, state: Token, subject: str) -> Loading:
    stream = subject_stream(subject)
    yield from draft.load(stream)
    person = draft.of(SUBJECT, stream)
    if not person.name:
        raise Refused(NotFound(kind="subject", identity=subject))
    draft.demand(refuse_walletless(person, subject))
    draft.demand(refuse_unverified(state, token, person, subject))


def _newcomers(
    draft: Draft, token: str, state: Token, subjects: Sequence[str]
) -> Asking[tuple[Line, ...]]:
    yield from draft.load(*(subject_stream(subject) for subject in subjects))
    lines = []
    for subject in subjects:
        yield from _demand_verified(draft, token, state, subject)
        wallet, _ = wallet_of(draft.of(SUBJECT, subject_stream(subject)))
        lines.append(Line(subject, wallet))
    return tuple(lines)


def _recovered(
    draft: Draft, command: commands.RecoverHolder, state: Token
) -> Asking[tuple[Line, ...]]:
    lost = _wallet(state, command.token, command.subject)
    yield from _demand_verified(draft, command.token, state, command.subject)
    wallet, _ = wallet_of(draft.of(SUBJECT, subject_stream(command.subject)))
    if wallet.lower() == lost.lower():
        raise Refused(NothingToRecover(token=command.token, holder=command.subject))
    draft.demand(decide.refuse_moving(state, command.token))
    return (Line(command.subject, wallet, state.control.held(command.subject)),)


def _judge(draft: Draft, state: Token, lines: Sequence[Line], *, at: str) -> None:
    """Ask the rules for each mint of a batch, the ones before it counted."""
    holdings: dict[str, int] = {}
    for line in lines:
        country = draft.of(SUBJECT, subject_stream(line.subject)).country
        facts = facts_of(state, (None, line.subject, line.units), country=country, at=at)
        facts = facts.with_holdings(holdings)
        draft.demand(judge(state.rulebook, facts))
        holdings[line.subject] = line.units


def _keep_units(
    draft: Draft, command: commands.Operation, fact: events.OperationRequested
) -> Loading:
    """Hold what is about to be burned: nobody may offer it meanwhile."""
    if fact.kind != "burn_units":
        return
    for number, write in enumerate(fact.writes):
        for line in fact.lines[number * fact.chunk : (number + 1) * fact.chunk]:
            account = books.units(line.subject, command.token)
            yield from draft.load(account)
            books.hold(draft, account, name=write, amount=line.units)


def _plan(draft: Draft, token: str, state: Token, fact: events.OperationRequested) -> Loading:
    for number, write in enumerate(fact.writes):
        lines = fact.lines[number * fact.chunk : (number + 1) * fact.chunk]
        yield from plan_write(draft, _call(draft, token, state, write, lines))


def _call(
    draft: Draft, token: str, state: Token, write: str, lines: Sequence[Line]
) -> PlanChainWrite:
    suite, kind = suite_of(state), calls.purpose_of(write)
    wallets, units = [line.wallet for line in lines], [str(line.units) for line in lines]
    if kind == "register" or (kind == "recover" and not lines[0].units):
        # T-REX recovers no empty wallet: the new one is entered like any other.
        return calls.register_batch(
            suite.identity_registry,
            write=write,
            token=token,
            holders=[_entry(draft, line) for line in lines],
        )
    if kind == "recover":
        line = lines[0]
        identity = wallet_of(draft.of(SUBJECT, subject_stream(line.subject)))[1]
        arguments: tuple[object, ...] = (state.registered[line.subject], line.wallet, identity)
    elif kind in FREEZES:
        arguments = (wallets, [FREEZES[kind]] * len(lines))
    else:
        arguments = (wallets, units) if lines else ()
    return calls.operate(suite.address, write=write, token=token, arguments=arguments)


def _entry(draft: Draft, line: Line) -> tuple[str, str, int]:
    person = draft.of(SUBJECT, subject_stream(line.subject))
    wallet, identity = wallet_of(person)
    return wallet, identity, NUMERIC[person.country]


def record(command: commands.RecordOperation, _: Context) -> Handling:
    """Record what the chain did; mints and burns move units in the books as well."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream)
    failed = command.write in draft.of(TOKEN, stream).control.failed
    for fact in draft.add(TOKEN, stream, operations.record(draft.of(TOKEN, stream), command)):
        match fact:
            case events.UnitsMinted():
                yield from _credit(draft, command, fact.lines)
            case events.UnitsBurned():
                yield from _debit(draft, command, fact.lines, held=not failed)
            case events.HoldersEntered():
                for line in fact.lines:
                    yield from plan_moves_to(draft, command.token, line.subject)
            case _:
                pass
    return draft


def _credit(draft: Draft, command: commands.RecordOperation, lines: Sequence[Line]) -> Loading:
    source = books.issue(command.token)
    decimals = draft.of(TOKEN, token_stream(command.token)).terms.decimals
    for line in lines:
        target = books.units(line.subject, command.token)
        yield from books.open_units(draft, decimals, source, target)
        transfer = f"{command.write}/{line.subject}"
        books.move(draft, source, target, transfer=transfer, amount=line.units)


def _debit(
    draft: Draft, command: commands.RecordOperation, lines: Sequence[Line], *, held: bool
) -> Loading:
    """Take burned units out of the books: out of the hold, which a refusal had ended."""
    target = books.issue(command.token)
    for line in lines:
        source = books.units(line.subject, command.token)
        yield from draft.load(source, target)
        transfer = f"{command.write}/{line.subject}"
        if held and command.write in draft.of(ACCOUNT, source).holds:
            books.post(
                draft, source, target, name=command.write, transfer=transfer, amount=line.units
            )
        else:
            books.move(draft, source, target, transfer=transfer, amount=line.units)


def fail(command: commands.FailOperation, _: Context) -> Handling:
    """Record a refusal under our own code; what was to be burned is free again."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream)
    pending = draft.of(TOKEN, stream).control.pending.get(command.write)
    decision = operations.fail(draft.of(TOKEN, stream), command, code=code_of(command.reason))
    draft.add(TOKEN, stream, decision)
    if pending is not None and pending.kind == "burn_units":
        for line in pending.lines:
            account = books.units(line.subject, command.token)
            yield from draft.load(account)
            books.release(draft, account, name=command.write)
    return draft
