"""What somebody may wish about wallets."""

from domain.kernel.command import Command
from domain.wallet.events import Method


class ChallengeWallet(Command, frozen=True, kw_only=True):
    """Ask for a message to sign; nobody guesses its nonce, for ``salt`` is the door's secret."""

    TYPE = "wallet.challenge"
    subject: str
    address: str
    domain: str
    uri: str
    chain_id: int
    salt: str


class ProveWallet(Command, frozen=True, kw_only=True):
    """Hand in a signature that the door has checked, over this message."""

    TYPE = "wallet.prove"
    subject: str
    message: str
    method: Method
    signature: str
    days: int
    block: int | None = None


class UnbindWallet(Command, frozen=True, kw_only=True):
    """Use a wallet for nothing new."""

    TYPE = "wallet.unbind"
    subject: str
    address: str
