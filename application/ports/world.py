"""Clock, secrets, personal data, documents, bank, mail and registers of holders."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from domain.kernel.money import Money
from domain.kernel.sealed import Sealed


class Clock(Protocol):
    """Tells the time; the story's clock is another one."""

    def now(self) -> str:
        """Tell the instant: RFC 3339, UTC, six decimals, ``Z``."""
        ...


class LinkSigner(Protocol):
    """Makes and checks the secret part of magic links (FX2)."""

    def token(self, link: str, expires_at: str) -> str:
        """Make the secret of a link, at least 128 bits, URL-safe, nowhere stored."""
        ...

    def link(self, token: str) -> str | None:
        """Tell the link that a genuine secret belongs to, nothing for any other text."""
        ...


class CheckpointSigner(Protocol):
    """Signs checkpoints with the log's Ed25519 key (FORMATS 4)."""

    @property
    def verifier_key(self) -> str:
        """The key in a trust file's form ``<name>+<key id>+<base64>``."""
        ...

    def named(self, key: str) -> "CheckpointSigner":
        """Tell who signs with this key, a trust file's form; itself when nobody here has it."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign the lines above the blank one."""
        ...


class Vault(Protocol):
    """Seals personal data under one key for each person (FORMATS 7)."""

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value. Raises StoreUnavailable."""
        ...

    def open(self, sealed: Sealed, stream: str, event_type: str, pointer: str) -> str:
        """Open a box. Raises KeyErased when the person was forgotten, StoreUnavailable."""
        ...


class KeyErased(Exception):
    """The person's data key is destroyed; the box stays closed for ever."""


class Documents(Protocol):
    """Keeps documents outside the log, named by their SHA-256."""

    def put(self, content: bytes) -> str:
        """Keep a document and tell its digest. Raises StoreUnavailable."""
        ...

    def get(self, digest: str) -> bytes | None:
        """Fetch a document. Raises StoreUnavailable."""
        ...


class HolderRegister(Protocol):
    """Answers who held units of an asset at a position (DESIGN decision 7)."""

    def holders(self, asset: str, position: int) -> Sequence[tuple[str, int]]:
        """List (holder, units) as of a position, by holder; waits until the view is there.

        Raises ViewBehind when it does not get there in time, StoreUnavailable.
        """
        ...


class ViewBehind(Exception):
    """The view has not reached the position yet."""


class BankPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A credit transfer as the bank gets it."""

    end_to_end_id: str
    debtor_account: str
    creditor_account: str
    creditor_name: str
    amount: Money
    narration: str
    created_at: str


class BankNotification(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank says happened on our account; ``sequence`` orders them."""

    sequence: int
    reference: str
    direction: str
    amount: int
    currency: str
    end_to_end_id: str | None
    narration: str
    counterparty: str
    booked_at: str
    reason: str | None


class Bank(Protocol):
    """Pays and tells what came in (FX15)."""

    def pay(self, payment: BankPayment) -> None:
        """Instruct a payment; the same end-to-end id is paid once.

        Raises BankUnreachable (send again), BankRefused (never will be paid).
        """
        ...

    def notifications(self, account: str, after: int) -> Sequence[BankNotification]:
        """List what happened behind a sequence number. Raises BankUnreachable."""
        ...


class BankUnreachable(Exception):
    """The bank does not answer; nothing is known to have happened."""


class BankRefused(Exception):
    """The bank will not carry the instruction out."""
