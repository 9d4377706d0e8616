"""The message that a wallet signs: EIP-4361 ("Sign-In with Ethereum"), made of a challenge."""

from domain.wallet.events import WalletChallenged

STATEMENT = "Bind this wallet to {subject}. Signing costs nothing and moves nothing."


def message_of(challenge: WalletChallenged, subject: str) -> str:
    """Write the message, byte for byte as it is to be signed."""
    return "\n".join(
        (
            f"{challenge.domain} wants you to sign in with your Ethereum account:",
            challenge.address,
            "",
            STATEMENT.format(subject=subject),
            "",
            f"URI: {challenge.uri}",
            "Version: 1",
            f"Chain ID: {challenge.chain_id}",
            f"Nonce: {challenge.nonce}",
            f"Issued At: {challenge.issued_at}",
            f"Expiration Time: {challenge.expires_at}",
        )
    )


def address_in(message: str) -> str | None:
    """Tell the address that a message names, nothing for any other text."""
    lines = message.split("\n", 2)
    return lines[1] if len(lines) > 2 else None
