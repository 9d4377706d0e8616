"""What happened to the wallets of a subject; the stream is ``wallet:<subject>``."""

from typing import Literal

from domain.kernel.event import Event

Method = Literal["eip191", "eip1271"]


class WalletChallenged(Event, frozen=True, kw_only=True):
    """We ask for a signature over a message made of this (EIP-4361); the nonce is used once."""

    TYPE = "wallet.challenged"
    address: str
    nonce: str
    domain: str
    uri: str
    chain_id: int
    issued_at: str
    expires_at: str


class WalletProven(Event, frozen=True, kw_only=True):
    """The wallet signed the message: with its key, or as the contract that it is.

    ``signature`` is hex, ``block`` where the contract was asked. The binding holds until
    ``lapses_at``; the first wallet of a subject is its ``primary`` one, which holds its tokens.
    """

    TYPE = "wallet.proven"
    address: str
    nonce: str
    method: Method
    signature: str
    lapses_at: str
    primary: bool
    block: int | None = None


class WalletUnbound(Event, frozen=True, kw_only=True):
    """The subject no longer uses the wallet for anything new."""

    TYPE = "wallet.unbound"
    address: str


EVENTS = (WalletChallenged, WalletProven, WalletUnbound)
