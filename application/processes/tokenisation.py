"""Identities, tokens and anchors: what follows when the chain has confirmed (FX3, B1)."""

from collections.abc import Sequence
from typing import Any, Final

from application.processes.manager import ProcessManager, Reaction, Wish
from domain.anchor.commands import ConfirmAnchor, FailAnchor
from domain.chainwrite.calls import purpose_of
from domain.chainwrite.events import ChainWriteConfirmed, ChainWriteFailed, ChainWriteRestored
from domain.invoice.commands import ListInvoice
from domain.invoice.events import InvoiceConfirmed
from domain.kernel.command import Command
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.subject import commands as subjects
from domain.token import commands
from domain.token.events import KINDS, TokenMinted, TokenPlanned, TokenUnpaused


def _identity(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, write = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, ChainWriteConfirmed):
        return ()
    command = _identity_step(write, fact)
    return (Wish(command, write),) if command is not None else ()


def _identity_step(write: str, fact: ChainWriteConfirmed) -> Command | None:
    purpose, subject, last = [*write.split("/"), "", ""][:3]
    transaction = fact.transaction
    match purpose:
        case "identity":
            return subjects.RecordIdentity(
                subject=subject,
                wallet=fact.result["wallet"],
                identity=fact.result["identity"],
                transaction=transaction,
            )
        case "link":
            return subjects.RecordWalletLinked(
                subject=subject, address=last, transaction=transaction
            )
        case "claim":
            return subjects.RecordClaim(subject=subject, number=int(last), transaction=transaction)
        case "revoke":
            return subjects.RecordRevocation(
                subject=subject, number=int(last), transaction=transaction
            )
        case _:
            return None


IDENTITIES: Final = ProcessManager(name="identities", reactions={ChainWriteConfirmed: _identity})


def _plan(_: object, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    return (Wish(commands.PlanToken(invoice=invoice), invoice),)


def _confirmed(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, write = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, ChainWriteConfirmed):
        return ()
    command = _token_step(write, fact)
    return (Wish(command, write),) if command is not None else ()


def _token_step(write: str, fact: ChainWriteConfirmed) -> Command | None:
    purpose, _, rest = write.partition("/")
    token, _, subject = rest.partition("/")
    transaction = fact.transaction
    if (operated := operated_token(write)) is not None:
        return commands.RecordOperation(token=operated, write=write, transaction=transaction)
    match purpose:
        case "suite":
            return commands.RecordDeployed(
                token=token,
                address=fact.result["token"],
                identity_registry=fact.result["identity_registry"],
                compliance=fact.result["compliance"],
                transaction=transaction,
            )
        case "register":
            return commands.RecordHolder(token=token, subject=subject, transaction=transaction)
        case "unpause":
            return commands.RecordUnpaused(token=token, transaction=transaction)
        case "mint":
            return commands.RecordMinted(token=token, transaction=transaction)
        case "burn":
            return commands.RecordBurned(token=token, holder=subject, transaction=transaction)
        case _:
            return None


def operated_token(write: str) -> str | None:
    """Tell the token of an operation's write, ``<kind>/<token>/<operation>/<part>``."""
    parts = write.split("/")
    return parts[1] if len(parts) == 4 and parts[0] in KINDS else None


def _refused(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, write = recorded.fact, identity_of(recorded.stream)
    token = operated_token(write)
    if token is None or not isinstance(fact, ChainWriteFailed):
        return ()
    command = commands.FailOperation(token=token, write=write, reason=fact.reason)
    return (Wish(command, write),)


Readiness = tuple[str, frozenset[str]]
"""The invoice of a token and which of its two last steps are done."""

NOT_READY: Final[Readiness] = ("", frozenset())
READY: Final = frozenset({TokenMinted.TYPE, TokenUnpaused.TYPE})


def _follow(memory: Readiness | None, recorded: Recorded) -> Readiness:
    invoice, done = memory or NOT_READY
    fact = recorded.fact
    if isinstance(fact, TokenPlanned):
        return fact.invoice, done
    if isinstance(fact, TokenMinted | TokenUnpaused):
        return invoice, done | {fact.TYPE}
    return invoice, done


def _list(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    invoice, done = memory
    return (Wish(ListInvoice(invoice=invoice), invoice),) if done == READY else ()


TOKENISATION: Final = ProcessManager(
    name="tokenisation",
    reactions={
        InvoiceConfirmed: _plan,
        ChainWriteConfirmed: _confirmed,
        ChainWriteFailed: _refused,
        TokenMinted: _list,
        TokenUnpaused: _list,
    },
    remembers=frozenset({TokenPlanned}),
    fold=_follow,
)


def _anchored(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, write = recorded.fact, identity_of(recorded.stream)
    if purpose_of(write) != "anchor":
        return ()
    if not isinstance(fact, ChainWriteConfirmed | ChainWriteRestored):
        return ()
    size = int(write.split("/")[1])
    command = ConfirmAnchor(
        size=size,
        transaction=fact.transaction,
        block=fact.block,
        block_hash=fact.block_hash,
    )
    return (Wish(command, str(size)),)


def _not_anchored(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, write = recorded.fact, identity_of(recorded.stream)
    if purpose_of(write) != "anchor" or not isinstance(fact, ChainWriteFailed):
        return ()
    size = int(write.split("/")[1])
    return (Wish(FailAnchor(size=size, reason=fact.reason), str(size)),)


ANCHORING: Final = ProcessManager(
    name="anchoring",
    reactions={
        ChainWriteConfirmed: _anchored,
        # Evidence names the block of its anchor, which is another one now.
        ChainWriteRestored: _anchored,
        ChainWriteFailed: _not_anchored,
    },
)
