"""Decisions about wallets: asked for, proven, unbound, and whether one is good enough to use."""

import re
from typing import Final

from domain.kernel.calendar import later
from domain.kernel.event import Event
from domain.kernel.ids import fingerprint
from domain.kernel.refusal import InvalidField, Refusal
from domain.wallet import commands, events
from domain.wallet.message import message_of
from domain.wallet.refusals import MessageUnknown, WalletLapsed, WalletNotBound, WalletUnknown
from domain.wallet.state import Wallets

Decision = list[Event] | Refusal

CHALLENGE_SECONDS: Final = 600
DAY_SECONDS: Final = 86_400
NONCE_LENGTH: Final = 32
SIGNATURE: Final = re.compile(r"(?:[0-9a-f]{2}){1,4096}")
"""65 bytes of a key; a contract may want any."""


def challenge(state: Wallets, command: commands.ChallengeWallet, *, at: str) -> Decision:
    """Ask for a signature; what was asked before stays good until its time is over."""
    nonce = fingerprint("wallet", command.salt, command.subject, command.address, at)
    return [
        events.WalletChallenged(
            address=command.address,
            nonce=nonce[:NONCE_LENGTH],
            domain=command.domain,
            uri=command.uri,
            chain_id=command.chain_id,
            issued_at=at,
            expires_at=later(at, CHALLENGE_SECONDS),
        )
    ]


def prove(
    state: Wallets, command: commands.ProveWallet, *, at: str, holds_tokens_at: str | None
) -> Decision:
    """Bind the wallet of a message that we asked for; again before it lapses renews it."""
    asked = next(
        (
            each
            for each in state.challenges.values()
            if message_of(each, command.subject) == command.message
        ),
        None,
    )
    if asked is None or at >= asked.expires_at:
        return MessageUnknown()
    if SIGNATURE.fullmatch(command.signature) is None:
        return InvalidField(field="signature", reason="must be bytes in hex")
    first = holds_tokens_at is None or holds_tokens_at.lower() == asked.address.lower()
    return [
        events.WalletProven(
            address=asked.address,
            nonce=asked.nonce,
            method=command.method,
            signature=command.signature,
            lapses_at=later(at, command.days * DAY_SECONDS),
            primary=first,
            block=command.block,
        )
    ]


def unbind(state: Wallets, command: commands.UnbindWallet) -> Decision:
    """Use a wallet for nothing new; what lies in it stays the subject's."""
    known = state.bindings.get(command.address.lower())
    if known is None:
        return WalletUnknown(subject=command.subject, address=command.address)
    return [events.WalletUnbound(address=known.address)] if known.bound else []


def refuse_wallet(state: Wallets, address: str, *, at: str) -> Refusal | None:
    """Say why the wallet that holds a subject's tokens is good for nothing new (002, E5).

    One that an admin has bound by hand was never proven and does not lapse.
    """
    known = state.bindings.get(address.lower())
    if known is None:
        return None
    if not known.bound:
        return WalletNotBound(address=known.address)
    if at >= known.lapses_at:
        return WalletLapsed(address=known.address, lapsed_at=known.lapses_at)
    return None
