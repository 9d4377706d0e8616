"""The part of the tale in which an admin has things done to a token on chain."""

from typing import Protocol

import msgspec

from domain.compliance.rulebook import COUNTRY, KYC, Rulebook
from domain.settings.state import PublishRulebook
from domain.subject import commands as subject
from domain.token import commands as token

ADDRESSES = {
    "token_agent": "0x" + "a1" * 20,
    "settlement_agent": "0x" + "a2" * 20,
    "trex_factory": "0x" + "a3" * 20,
    "identity_factory": "0x" + "a4" * 20,
    "claim_issuer_contract": "0x" + "a5" * 20,
    "country_module": "0x" + "a6" * 20,
    "holder_cap_module": "0x" + "a7" * 20,
    "max_balance_module": "0x" + "a8" * 20,
    "lock_up_module": "0x" + "a9" * 20,
}
"""The contracts of the platform."""

RULES = Rulebook(
    topics=(KYC, COUNTRY),
    country_rule="deny",
    countries=("KP",),
    holder_cap=10,
    maximum_balance=1_000_000,
)
NEW_WALLET = "0x" + "99" * 20


class Teller(Protocol):
    """What this part needs of the tale."""

    refuse: str | None

    def system(self, *commands: object) -> None:
        """Let a worker report, and everything follow."""
        ...


def publish_rules(tale: Teller) -> None:
    """Set rules, and say which investors there are."""
    tale.system(
        PublishRulebook(rulebook=RULES),
        subject.ClassifySubject(subject="brunel", investor_class="professional", evidence="file"),
    )


def operate(tale: Teller, name: str) -> None:
    """Stop and release, burn and mint again, enter a holder, and recover one's lost wallet."""
    why = {"token": name, "reason": "order 7"}
    one = (token.Amount("brunel", 5),)
    tale.refuse = "freeze/"
    tale.system(token.FreezeWallets(**why, subjects=("brunel",)))
    tale.refuse = None
    tale.system(
        token.PauseToken(**why),
        token.ResumeToken(**why),
        token.FreezeWallets(**why, subjects=("brunel", "pennine"), chunk=1),
        token.UnfreezeWallets(**why, subjects=("brunel", "pennine")),
        token.FreezeUnits(**why, lines=one),
        token.UnfreezeUnits(**why, lines=one),
        token.FreezeUnits(**why, lines=one),
        token.BurnUnits(**why, lines=one),
        token.MintUnits(**why, lines=one),
        token.RegisterHolders(**why, subjects=("brunel", "coppergate")),
        subject.ReplaceWallet(subject="brunel", address=NEW_WALLET, reason="lost"),
        token.RecoverHolder(**why, subject="brunel"),
        PublishRulebook(rulebook=msgspec.structs.replace(RULES, holder_cap=12)),
        token.AdoptRules(**why),
    )
