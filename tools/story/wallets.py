"""The personas' wallets: each proves its own by a signature."""

from eth_account import Account
from eth_account.messages import encode_defunct

from tools.story.client import Api


def bind_wallet(api: Api, subject: str) -> str:
    """Make a wallet, have it sign our message, and tell its address; raises ApiProblem."""
    account, path = Account.create(), f"/subjects/{subject}/wallets"
    api.post(f"{path}/challenge", {"address": account.address}, key=f"challenge {subject}")
    message = api.get(f"{path}/challenge", address=account.address)["message"]
    signature = account.sign_message(encode_defunct(text=message)).signature
    signed = {"message": message, "signature": "0x" + bytes(signature).hex()}
    api.post(f"{path}/prove", signed, key=f"prove {subject}")
    return str(account.address)
