"""The auditor proves that nothing was left out: what an account held, and what never was (B9)."""

import json
from pathlib import Path
from typing import Final

import msgspec

from interfaces.settings import Settings
from tools.story import cast, proof, second
from tools.story.client import Api
from tools.story.scenes import expect

EVENING: Final = "2026-05-22T21:00:00Z"
"""The trade is done, the buyer has not paid yet: the account has moved since."""

ACCOUNT: Final = f"{cast.PENNINE.subject}/cash/GBP"
NEVER: Final = "invoice:FX-INV-00000"
FOLDER: Final = "completeness"


class Shown(msgspec.Struct, frozen=True):
    """What the bundles prove: a balance in pence as of a position, and an absence."""

    position: int
    balance: int
    as_of: int


def prove_completeness(folder: Path, auditor: Api, settings: Settings) -> Shown:
    """Leave both bundles in the folder and have both verifiers judge them.

    Raises StoryError when one of them says anything but ``ok``, or the books something else.
    """
    files = folder / FOLDER
    files.mkdir(parents=True, exist_ok=True)
    held, never = files / "balance.json", files / "absence.json"
    held.write_bytes(auditor.raw(f"/api/v1/proofs/accounts/{ACCOUNT}?at={EVENING}"))
    never.write_bytes(auditor.raw(f"/api/v1/proofs/streams/{NEVER}"))
    for file, what in ((held, f"the balance of {ACCOUNT}"), (never, f"the absence of {NEVER}")):
        arguments = [str(file), "--trust", str(folder / "trust.json"), "--rpc", settings.chain_url]
        proof.verify_by_first(arguments, what)
        second.verify_by_second(arguments, what)
    bundle, absence = json.loads(held.read_bytes()), json.loads(never.read_bytes())
    expect((absence["leaf"], absence["last"]), (None, None), f"events of {NEVER}")
    balance = int(json.loads(bundle["last"]["body"])["data"]["balance"])
    row = auditor.get(f"/accounts/{ACCOUNT}", as_of=bundle["as_of"])
    expect(row["balance"], balance, f"balance of {ACCOUNT} in the evening")
    return Shown(int(bundle["as_of"]), balance, int(absence["as_of"]))


def shown(found: Shown) -> str:
    """Say for people what the bundles prove."""
    pounds, pence = divmod(found.balance, 100)
    return (
        f"{ACCOUNT} held {pounds:,}.{pence:02d} GBP at position {found.position}: none left out\n"
        f"{NEVER} never was, up to {found.as_of}: both proven ({FOLDER}/)"
    )
