"""Why a subject may not act."""

from domain.kernel.refusal import Refusal


class SubjectNotActive(Refusal, frozen=True, kw_only=True):
    """The subject has not passed all gates."""

    CODE = "subject_not_active"
    SENTENCE = "{subject} has not finished its onboarding (it is {state})."

    subject: str
    state: str


class SubjectPaused(Refusal, frozen=True, kw_only=True):
    """New actions are paused; the wording never says why (002, tipping off)."""

    CODE = "subject_paused"
    SENTENCE = (
        "We have paused new submissions on the account {subject} while we conclude"
        " a routine review."
    )

    subject: str


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
