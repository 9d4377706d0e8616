"""Wallets: ask for a message, sign it, hand it in; unbind; list (LB9)."""

from typing import Annotated, Any, Final

import msgspec
from eth_utils.address import to_checksum_address
from msgspec import Meta

from application.ports.wallets import ChainAway
from domain.kernel.command import Command
from domain.kernel.refusal import NotFound, Refused
from domain.subject.decide import ADDRESS
from domain.wallet import commands
from domain.wallet.message import address_in, message_of
from domain.wallet.refusals import MessageUnknown, SignatureWrong
from interfaces.inbound.http.addresses import demand_checksum
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.bodies import END, Address, Body
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.reads import Limit, ReadRoute, TextCursor, one_of, page_of
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import demand_visible
from projections.wallets import queries

WALLET: Final = Shape(queries.WalletRow, "ProvenWallet", hide=("wallet",))
WALLET_DAYS: Final = 365
"""How long a binding counts."""


class ClaimedWallet(Body, frozen=True, kw_only=True):
    """The address that is to be proven."""

    address: Address


class SignedMessage(Body, frozen=True, kw_only=True):
    """The message as it was told, and the wallet's signature over it."""

    message: Annotated[str, Meta(min_length=1, max_length=2_000)]
    signature: Annotated[
        str, Meta(pattern="^0x(?:[0-9a-fA-F]{2}){1,4096}" + END, description="Hex.")
    ]


class WhichWallet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which address."""

    address: Address


class WalletPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: TextCursor | None = None
    limit: Limit = 50


class WalletMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What the wallet is to sign (EIP-4361), byte for byte, and until when."""

    message: str
    nonce: str
    expires_at: str


def _challenge(call: Call, body: ClaimedWallet) -> Command:
    demand_checksum(body.address)
    try:
        site = call.services.wallets.site()
    except ChainAway as error:
        raise Problem("chain_away") from error
    address = to_checksum_address(body.address)
    return commands.ChallengeWallet(
        subject=call.names["subject"],
        address=address,
        domain=site.domain,
        uri=site.uri,
        chain_id=site.chain_id,
        salt=call.services.identifiers.name("wallet", call.names["subject"], address),
    )


def _prove(call: Call, body: SignedMessage) -> Command:
    address = address_in(body.message)
    if address is None or ADDRESS.fullmatch(address) is None:
        raise Refused(MessageUnknown())
    signature = bytes.fromhex(body.signature[2:])
    try:
        proof = call.services.wallets.check(body.message, address, signature)
    except ChainAway as error:
        raise Problem("chain_away") from error
    if proof is None:
        raise Refused(SignatureWrong(address=address))
    return commands.ProveWallet(
        subject=call.names["subject"],
        message=body.message,
        method=proof.method,
        signature=signature.hex(),
        days=WALLET_DAYS,
        block=proof.block,
    )


def _unbind(call: Call, body: ClaimedWallet) -> Command:
    return commands.UnbindWallet(subject=call.names["subject"], address=body.address)


async def _message(call: Call, which: WhichWallet) -> msgspec.Struct:
    subject = call.names["subject"]
    demand_visible(call.principal, (subject,), kind="subject", identity=subject)
    query = queries.challenge(subject, which.address.lower())
    row = await one_of(call, query, kind="message for", identity=which.address)
    if call.services.clock.now() >= row.challenge.expires_at:
        raise Refused(NotFound(kind="message for", identity=which.address))
    return WalletMessage(
        message=message_of(row.challenge, subject),
        nonce=row.challenge.nonce,
        expires_at=row.challenge.expires_at,
    )


async def _wallets(call: Call, page: WalletPage) -> msgspec.Struct:
    subject = call.names["subject"]
    demand_visible(call.principal, (subject,), kind="subject", identity=subject)
    query = queries.wallets(subject, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, WALLET, limit=page.limit, after=lambda row: row.wallet)


_ADDRESS: Final = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/subjects/{subject:str}/wallets/challenge",
        operation="ChallengeWallet",
        summary="Ask for a message that a wallet is to sign; read it at the same address",
        body=ClaimedWallet,
        example=ClaimedWallet(address=_ADDRESS),
        build=_challenge,
        aggregate="wallet",
        blocking=True,
    ),
    CommandRoute(
        path="/subjects/{subject:str}/wallets/prove",
        operation="ProveWallet",
        summary="Hand in the signed message, and have the wallet bound",
        body=SignedMessage,
        example=SignedMessage(
            message="tallystick.example wants you to …", signature="0x" + "00" * 65
        ),
        build=_prove,
        aggregate="wallet",
        blocking=True,
    ),
    CommandRoute(
        path="/subjects/{subject:str}/wallets/unbind",
        operation="UnbindWallet",
        summary="Use a wallet for nothing new",
        body=ClaimedWallet,
        example=ClaimedWallet(address=_ADDRESS),
        build=_unbind,
        aggregate="wallet",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/subjects/{subject:str}/wallets/challenge",
        operation="GetWalletMessage",
        summary="Read the message that a wallet is to sign",
        query="wallets",
        run=_message,
        answer=WalletMessage,
        parameters=WhichWallet,
    ),
    ReadRoute(
        path="/subjects/{subject:str}/wallets",
        operation="ListWallets",
        summary="List the wallets that a subject has proven",
        query="wallets",
        run=_wallets,
        answer=WALLET.type,
        paged=True,
        parameters=WalletPage,
    ),
)
