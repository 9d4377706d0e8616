"""A token after its events."""

from typing import Final

import msgspec

from domain.compliance.rulebook import Rulebook
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.token import events
from domain.token.control import Control, Pending, evolve_control
from domain.token.workflow import TOKEN_WORKFLOW


class Slice(msgspec.Struct, frozen=True):
    """A numbered lot: who has it, under which listing it is offered, how often it was."""

    holder: str
    listing: str | None = None
    listings: int = 0


class Token(msgspec.Struct, frozen=True):
    """State, contracts, registered holders, lots and what is on its way.

    ``adopting`` is the rulebook that the last operation to change it is to bring, by its number.
    """

    state: str = TOKEN_WORKFLOW.start
    plan: events.TokenPlanned | None = None
    deployed: events.TokenDeployed | None = None
    unpaused: bool = False
    supply: int = 0
    requested: dict[str, str] = {}
    registered: dict[str, str] = {}
    transfers: dict[str, events.TransferRequested] = {}
    burns: dict[str, events.BurnRequested] = {}
    lot_units: int = 0
    slices: dict[int, Slice] = {}
    rulebook: Rulebook = Rulebook()
    adopting: dict[int, Rulebook] = {}
    control: Control = Control()

    @property
    def terms(self) -> events.TokenPlanned:
        """What the token stands for; raises ValueError before it is planned."""
        if self.plan is None:
            message = "the token was never planned"
            raise ValueError(message)
        return self.plan


def evolve(state: Token, event: Event) -> Token:
    """Apply one fact."""
    after = TOKEN_WORKFLOW.after(state.state, event.TYPE) if _moves(event) else state.state
    control = evolve_control(state.control, event)
    moved = msgspec.structs.replace(state, state=after, control=control)
    match event:
        case events.TokenPlanned():
            return msgspec.structs.replace(moved, plan=event)
        case events.TokenDeployed():
            return msgspec.structs.replace(moved, deployed=event)
        case events.TokenUnpaused():
            return msgspec.structs.replace(moved, unpaused=True)
        case events.TokenMinted():
            return msgspec.structs.replace(moved, supply=event.units)
        case events.HolderRequested() | events.HolderRegistered():
            return _evolve_holders(moved, event)
        case (
            events.TransferRequested()
            | events.TokenTransferred()
            | events.TransferFailed()
            | events.BurnRequested()
            | events.TokenBurned()
        ):
            return _evolve_moves(moved, event)
        case events.TokenSliced() | events.SliceListed() | events.SliceUnlisted():
            return _evolve_slices(moved, event)
        case _:
            pending = state.control.pending
            return _evolve_operations(moved, event, pending)


_STEPS: Final = frozenset(row.event for row in TOKEN_WORKFLOW.rows)


def _moves(event: Event) -> bool:
    return event.TYPE in _STEPS


def _evolve_holders(state: Token, event: events.HolderRequested | events.HolderRegistered) -> Token:
    if isinstance(event, events.HolderRequested):
        requested = {**state.requested, event.subject: event.wallet}
        return msgspec.structs.replace(state, requested=requested)
    registered = {**state.registered, event.subject: event.wallet}
    requested = {name: at for name, at in state.requested.items() if name != event.subject}
    return msgspec.structs.replace(state, registered=registered, requested=requested)


def _evolve_moves(state: Token, event: Event) -> Token:
    match event:
        case events.TransferRequested():
            transfers = {**state.transfers, event.reference: event}
            return msgspec.structs.replace(state, transfers=transfers)
        case events.TokenTransferred() | events.TransferFailed():
            gone = event.reference
            transfers = {name: move for name, move in state.transfers.items() if name != gone}
            return msgspec.structs.replace(state, transfers=transfers)
        case events.BurnRequested():
            return msgspec.structs.replace(state, burns={**state.burns, event.holder: event})
        case events.TokenBurned():
            burns = {name: burn for name, burn in state.burns.items() if name != event.holder}
            return msgspec.structs.replace(state, burns=burns, supply=event.supply)
        case _:
            message = f"not a move: {event!r}"
            raise TypeError(message)


def _evolve_slices(state: Token, event: Event) -> Token:
    match event:
        case events.TokenSliced():
            slices = {number: Slice(event.holder) for number in range(1, event.slices + 1)}
            return msgspec.structs.replace(state, slices=slices, lot_units=event.lot_units)
        case events.SliceListed():
            lot = state.slices[event.slice]
            lot = Slice(lot.holder, event.listing, lot.listings + 1)
        case events.SliceUnlisted():
            lot = Slice(event.holder, None, state.slices[event.slice].listings)
        case _:
            message = f"not a token fact: {event!r}"
            raise TypeError(message)
    return msgspec.structs.replace(state, slices={**state.slices, event.slice: lot})


def _evolve_operations(state: Token, event: Event, pending: dict[str, Pending]) -> Token:
    """Apply what an operation changes beside the chain's side."""
    match event:
        case events.RulebookAdopted():
            return msgspec.structs.replace(state, rulebook=event.rulebook, adopting={})
        case events.RulebookRequested():
            return msgspec.structs.replace(state, adopting={event.operation: event.rulebook})
        case events.OperationRequested() if event.kind == "register":
            new = {line.subject: line.wallet for line in event.lines}
            return msgspec.structs.replace(state, requested={**state.requested, **new})
        case events.HoldersEntered():
            new = {line.subject: line.wallet for line in event.lines}
            return _entered(state, new)
        case events.HolderRecovered():
            return _entered(state, {event.subject: event.wallet})
        case events.OperationFailed() if pending[event.write].kind == "register":
            # The registrations of a batch that was refused: each may be asked for again.
            gone = {line.subject for line in pending[event.write].lines}
            requested = {name: at for name, at in state.requested.items() if name not in gone}
            return msgspec.structs.replace(state, requested=requested)
        case events.UnitsMinted() | events.UnitsBurned():
            return msgspec.structs.replace(state, supply=event.supply)
        case _:
            return state


def _entered(state: Token, wallets: dict[str, str]) -> Token:
    requested = {name: at for name, at in state.requested.items() if name not in wallets}
    registered = {**state.registered, **wallets}
    return msgspec.structs.replace(state, registered=registered, requested=requested)


def token_stream(token: str) -> str:
    """Name the stream of a token."""
    return f"token:{token}"


def token_of(invoice: str) -> str:
    """Name the token that stands for an invoice: FX-INV-1 gives FXR-INV-1 (002).

    Other numbers get a dot in the place of the hyphen, so that no two invoices share a token.
    """
    number = invoice.removeprefix("FX-")
    return f"FXR-{number}" if number != invoice else f"FXR.{invoice}"


TOKEN: Final = Aggregate(name="token", empty=Token(), evolve=evolve, events=events.EVENTS)
