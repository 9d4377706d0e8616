"""Decisions about tokens; chain writes and accounts are moved by the handlers beside them."""

from typing import Final

from domain.compliance.rulebook import Rulebook
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotFound, Refusal
from domain.token import commands, events
from domain.token.refusals import (
    AlreadySliced,
    SlicesUneven,
    SliceTaken,
    TransfersPending,
    UnknownSlice,
)
from domain.token.state import Token
from domain.token.workflow import TOKEN_WORKFLOW

Decision = list[Event] | Refusal

BALANCES: Final = frozenset({"mint_units", "burn_units", "recover"})
"""Operations after which somebody holds something else, or elsewhere."""

SLICES_LIMIT: Final = 400
"""So many that a payout to as many holders, each with the longest name, still fits in a body."""


def plan(state: Token, token: str, planned: events.TokenPlanned, *, rulebook: Rulebook) -> Decision:
    """Plan the token of an invoice, once, with the rules that its suite enforces."""
    if refusal := TOKEN_WORKFLOW.refuse(token, state.state, commands.PlanToken.TYPE):
        return refusal
    return [planned, events.RulebookAdopted(rulebook=rulebook)]


def record_deployed(state: Token, command: commands.RecordDeployed) -> Decision:
    """Record the suite's addresses."""
    if refusal := TOKEN_WORKFLOW.refuse(command.token, state.state, command.TYPE):
        return refusal
    return [
        events.TokenDeployed(
            address=command.address,
            identity_registry=command.identity_registry,
            compliance=command.compliance,
            transaction=command.transaction,
        )
    ]


def request_holder(
    state: Token, *, subject: str, wallet: str, identity: str, write: str
) -> list[Event]:
    """Ask for a registration unless it is there or on its way."""
    if subject in state.registered or subject in state.requested:
        return []
    return [events.HolderRequested(subject=subject, wallet=wallet, identity=identity, write=write)]


def record_holder(state: Token, command: commands.RecordHolder) -> Decision:
    """Record that the chain knows a holder."""
    wallet = state.requested.get(command.subject)
    if wallet is None:
        if command.subject in state.registered:
            return []
        return NotFound(kind="registration", identity=f"{command.token}/{command.subject}")
    return [
        events.HolderRegistered(
            subject=command.subject, wallet=wallet, transaction=command.transaction
        )
    ]


def record_unpaused(state: Token, command: commands.RecordUnpaused) -> Decision:
    """Record that the token can move."""
    if state.deployed is None:
        return NotFound(kind="token suite", identity=command.token)
    return [] if state.unpaused else [events.TokenUnpaused(transaction=command.transaction)]


def record_minted(state: Token, command: commands.RecordMinted, *, holder: str) -> Decision:
    """Record that the supply exists."""
    if refusal := TOKEN_WORKFLOW.refuse(command.token, state.state, command.TYPE):
        return refusal
    units = state.terms.units
    return [events.TokenMinted(holder=holder, units=units, transaction=command.transaction)]


def request_transfer(state: Token, token: str, requested: events.TransferRequested) -> Decision:
    """Ask the chain to move units, once for each reference."""
    if state.state != "MINTED":
        refusal = TOKEN_WORKFLOW.refuse(token, state.state, commands.SliceToken.TYPE)
        return refusal or NotFound(kind="token", identity=token)
    if requested.reference in state.transfers:
        return []
    return [requested]


def record_transfer(state: Token, token: str, *, reference: str, transaction: str) -> Decision:
    """Record that the chain has moved the units of a reference."""
    move = state.transfers.get(reference)
    if move is None:
        return NotFound(kind="transfer", identity=f"{token}/{reference}")
    return [
        events.TokenTransferred(
            reference=reference,
            sender=move.sender,
            receiver=move.receiver,
            units=move.units,
            transaction=transaction,
        )
    ]


def fail_transfer(state: Token, token: str, *, reference: str, reason: str) -> Decision:
    """Record that the chain refused."""
    if reference not in state.transfers:
        return NotFound(kind="transfer", identity=f"{token}/{reference}")
    return [events.TransferFailed(reference=reference, reason=reason)]


def slice_token(state: Token, command: commands.SliceToken, *, holder: str, units: int) -> Decision:
    """Split a holder's units into equal lots; a token is split once, by who has it all."""
    if refusal := TOKEN_WORKFLOW.refuse(command.token, state.state, command.TYPE):
        return refusal
    if state.slices:
        return AlreadySliced(token=command.token, slices=len(state.slices))
    if units != state.supply:
        return NotFound(kind="whole holding", identity=f"{command.token}/{holder}")
    if not 2 <= command.slices <= SLICES_LIMIT:
        return InvalidField(field="slices", reason=f"must be between 2 and {SLICES_LIMIT}")
    if units % command.slices:
        return SlicesUneven(units=units, slices=command.slices)
    return [
        events.TokenSliced(holder=holder, slices=command.slices, lot_units=units // command.slices)
    ]


def list_slice(state: Token, token: str, *, number: int, listing: str) -> Decision:
    """Mark a lot as offered."""
    lot = state.slices.get(number)
    if lot is None:
        return UnknownSlice(token=token, slice=number)
    if lot.listing is not None:
        return SliceTaken(token=token, slice=number, listing=lot.listing)
    return [events.SliceListed(slice=number, listing=listing)]


def refuse_moving(state: Token, token: str) -> Refusal | None:
    """Say why it is not certain yet who holds the token."""
    changing = [each for each in state.control.pending.values() if each.kind in BALANCES]
    count = len(state.transfers) + len(changing)
    return TransfersPending(token=token, count=count) if count else None


def request_burn(state: Token, token: str, *, holder: str, units: int, write: str) -> Decision:
    """Ask the chain to destroy a holder's units; nothing may be on its way."""
    if refusal := refuse_moving(state, token):
        return refusal
    if refusal := TOKEN_WORKFLOW.refuse(token, state.state, "invoice.distribute"):
        return refusal
    return [events.BurnRequested(holder=holder, units=units, write=write)]


def record_burned(state: Token, command: commands.RecordBurned) -> Decision:
    """Record that a holder's units are gone."""
    if refusal := TOKEN_WORKFLOW.refuse(command.token, state.state, command.TYPE):
        return refusal
    burn = state.burns.get(command.holder)
    if burn is None:
        return NotFound(kind="burn", identity=f"{command.token}/{command.holder}")
    return [
        events.TokenBurned(
            invoice=state.terms.invoice,
            holder=command.holder,
            units=burn.units,
            supply=state.supply - burn.units,
            transaction=command.transaction,
        )
    ]
