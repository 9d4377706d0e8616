"""Why a wallet is not bound, or not good any more."""

from domain.kernel.refusal import Refusal


class SignatureWrong(Refusal, frozen=True, kw_only=True):
    """The signature is not the wallet's over this message."""

    CODE = "signature_wrong"
    KIND = "invalid"
    FIELD = "signature"
    SENTENCE = "The signature is not that of {address} over this message."

    address: str


class MessageUnknown(Refusal, frozen=True, kw_only=True):
    """The message is not one that we asked this subject to sign, was used, or is too old."""

    CODE = "message_unknown"
    KIND = "invalid"
    FIELD = "message"
    SENTENCE = "This message was not asked for, was used, or is too old; ask for another one."


class WalletOfAnother(Refusal, frozen=True, kw_only=True):
    """The address is bound to another subject."""

    CODE = "wallet_of_another"
    SENTENCE = "{address} is bound to somebody else."

    address: str


class WalletUnknown(Refusal, frozen=True, kw_only=True):
    """The subject has no such wallet."""

    CODE = "wallet_unknown"
    KIND = "missing"
    SENTENCE = "{subject} has no wallet {address}."

    subject: str
    address: str


class WalletLapsed(Refusal, frozen=True, kw_only=True):
    """The binding is over: sign again."""

    CODE = "wallet_lapsed"
    SENTENCE = "The binding of {address} lapsed at {lapsed_at}; prove it again."

    address: str
    lapsed_at: str


class WalletNotBound(Refusal, frozen=True, kw_only=True):
    """The subject has unbound the wallet that holds its tokens."""

    CODE = "wallet_not_bound"
    SENTENCE = "{address} was unbound; prove it again before anything new."

    address: str
