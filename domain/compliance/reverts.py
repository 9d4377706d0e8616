"""What the chain says when it refuses, as the codes of our own refusals.

T-REX 4.1 reverts with texts, T-REX 4.2 and our contracts with custom errors; a reason on the log
begins with either. So whoever is refused by the chain reads the same code as one whom the house
refused before anything was sent.
"""

from typing import Final

UNKNOWN: Final = "chain_refused"
"""The code of a reason that no rule of ours stands behind."""

CODES: Final[dict[str, str]] = {
    # SettlementAgent
    "SettlementTokenPaused": "token_paused",
    "SettlementWalletFrozen": "wallet_frozen",
    "SettlementWalletNotVerified": "holder_not_verified",
    "SettlementInsufficientBalance": "units_insufficient",
    "SettlementComplianceRefused": "compliance_refused",
    "SettlementAmountZero": "units_zero",
    "SettlementRepeated": "settlement_repeated",
    "SettlementSameWallet": "settlement_same_wallet",
    "SettlementUnauthorized": "chain_key_unauthorized",
    "SettlementReferenceMissing": "settlement_reference_missing",
    "SettlementDeliveryMismatch": "settlement_mismatch",
    "SettlementBatchLength": "batch_too_long",
    "SettlementBatchRefused": "settlement_refused",
    # WrappedToken
    "WrappedUnauthorized": "chain_key_unauthorized",
    "WrappedAmountZero": "units_zero",
    "WrappedTokenPaused": "token_paused",
    "WrappedWalletFrozen": "wallet_frozen",
    "WrappedWalletNotVerified": "holder_not_verified",
    "WrappedComplianceRefused": "compliance_refused",
    "WrappedShortfall": "units_insufficient",
    "WrappedDifferenceTooSmall": "units_insufficient",
    "WrappedDeliveryMismatch": "settlement_mismatch",
    # The modules
    "ModuleComplianceNotBound": "chain_key_unauthorized",
    "ModuleComplianceBound": "already_exists",
    "ModuleUnauthorized": "chain_key_unauthorized",
    "CountryUnknown": "invalid_field",
    # T-REX 4.1
    "Pausable: paused": "token_paused",
    "Pausable: not paused": "token_not_paused",
    "wallet is frozen": "wallet_frozen",
    "Insufficient Balance": "units_insufficient",
    "Transfer not possible": "compliance_refused",
    "sender balance too low": "units_insufficient",
    "Identity is not verified.": "holder_not_verified",
    "Compliance not followed": "compliance_refused",
    "cannot burn more than balance": "units_insufficient",
    "Amount exceeds available balance": "units_insufficient",
    "Amount should be less than or equal to frozen tokens": "frozen_units_insufficient",
    "no tokens to recover": "nothing_to_recover",
    "Recovery not possible": "wallet_link_pending",
    "invalid argument - no value transfer": "units_zero",
    "invalid argument - no value mint": "units_zero",
    "invalid argument - no value burn": "units_zero",
    "AgentRole: caller does not have the Agent role": "chain_key_unauthorized",
    "Ownable: caller is not the owner": "chain_key_unauthorized",
    "address stored already": "already_exists",
    "token already deployed": "already_exists",
    "salt already taken": "already_exists",
    "wallet already linked to an identity": "already_exists",
    "address not stored yet": "holder_not_registered",
    # ONCHAINID
    "invalid claim": "claim_invalid",
    "Conflict: Claim already revoked": "claim_revoked",
    "Conflict: Key already has purpose": "already_exists",
    "Permissions: Sender does not have claim signer key": "chain_key_unauthorized",
    "Permissions: Sender does not have management key": "chain_key_unauthorized",
    # T-REX 4.2
    "EnforcedPause": "token_paused",
    "ExpectedPause": "token_not_paused",
    "FrozenWallet": "wallet_frozen",
    "ERC20InsufficientBalance": "units_insufficient",
    "TransferNotPossible": "compliance_refused",
    "UnverifiedIdentity": "holder_not_verified",
    "ComplianceNotFollowed": "compliance_refused",
    "AgentNotAuthorized": "chain_key_unauthorized",
    "NoTokenToRecover": "nothing_to_recover",
    "RecoveryNotPossible": "wallet_link_pending",
}
"""Code by the text or the name of the error that the chain gave."""


def code_of(reason: str) -> str:
    """Tell our code for a reason as the log keeps it: a text or a name, with numbers behind it."""
    words = reason.partition(" {")[0].strip()
    return CODES.get(words, UNKNOWN)
