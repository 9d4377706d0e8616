"""Why a subject may not act."""

from typing import Final

from domain.kernel.refusal import Refusal

NOTICE: Final = "We've paused new submissions on your account while we conclude a routine review."
"""The words of 002 on a pause; there are no others, whatever led to it (tipping off)."""


class SubjectNotActive(Refusal, frozen=True, kw_only=True):
    """The subject has not passed all gates."""

    CODE = "subject_not_active"
    SENTENCE = "{subject} has not finished its onboarding (it is {state})."

    subject: str
    state: str


class SubjectPaused(Refusal, frozen=True, kw_only=True):
    """New actions are paused; the wording never says why (002, tipping off)."""

    CODE = "subject_paused"
    SENTENCE = NOTICE

    subject: str


class CounterpartyUnavailable(Refusal, frozen=True, kw_only=True):
    """Nothing new can be agreed with this subject; the wording never says why."""

    CODE = "counterparty_unavailable"
    SENTENCE = "Nothing new can be agreed with {subject} at present."

    subject: str


class MustBeKept(Refusal, frozen=True, kw_only=True):
    """Somebody's duty to keep it stands against it; the wording never says whose (tipping off)."""

    CODE = "must_be_kept"
    SENTENCE = "What is known of {subject} must be kept at present."

    subject: str


class RetentionRunning(Refusal, frozen=True, kw_only=True):
    """The records of a customer are kept for some years after the end (MLR 2017, 40(3))."""

    CODE = "retention_running"
    SENTENCE = "The records of {subject} are kept until {until}, unless a reason stands against it."

    subject: str
    until: str


class NoWallet(Refusal, frozen=True, kw_only=True):
    """The subject has no wallet with an identity to hold tokens."""

    CODE = "no_wallet"
    SENTENCE = "{subject} has no wallet with a deployed identity; bind one first."

    subject: str


class RoleMissing(Refusal, frozen=True, kw_only=True):
    """The subject does not carry the role that this place in the deal needs."""

    CODE = "role_missing"
    KIND = "forbidden"
    SENTENCE = "{subject} does not carry the role {role}."

    subject: str
    role: str


class AddressMalformed(Refusal, frozen=True, kw_only=True):
    """Not an address of the chain: ``0x`` and 40 hex digits, and not zero."""

    CODE = "address_malformed"
    KIND = "invalid"
    FIELD = "address"
    SENTENCE = "{address} is no address: 0x and 40 hex digits, not all zero."

    address: str


class AddressChecksumWrong(Refusal, frozen=True, kw_only=True):
    """The letters of the address carry a checksum (EIP-55) that does not fit: a slip of the pen."""

    CODE = "address_checksum_wrong"
    KIND = "invalid"
    FIELD = "address"
    SENTENCE = "The checksum of {address} does not fit; copy it again, or write it in lower case."

    address: str


class WalletLinkPending(Refusal, frozen=True, kw_only=True):
    """The new wallet is not yet a key of the identity on chain."""

    CODE = "wallet_link_pending"
    SENTENCE = "The new wallet of {subject} is not yet a key of its identity on chain."

    subject: str


class WalletTaken(Refusal, frozen=True, kw_only=True):
    """The address is the subject's present wallet already."""

    CODE = "wallet_unchanged"
    SENTENCE = "{address} is the wallet of {subject} already."

    subject: str
    address: str
