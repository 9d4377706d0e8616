"""The end of the story: all is anchored, balanced, equal on chain and provable, or it fails."""

import contextlib
import io
import json
import time
from pathlib import Path
from typing import Final

import msgspec

from domain.reconciliation.statement import Statement
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.tokens import TokenReader
from interfaces.settings import Settings
from tools import verify
from tools.story import cast
from tools.story.client import Api, Json
from tools.story.errors import StoryError
from tools.story.scenes import expect

ANCHOR_SECONDS: Final = 60.0
SETTLED_SECONDS: Final = 10.0
OWNERS: Final = ("coppergate", "northwind", "pennine", "brunel")


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo leaves behind and shows."""

    folder: Path
    events: int
    anchored: int
    verified: int
    timeline: list[Json]
    accounts: list[Json]
    gas: int
    statement: Statement
    complete: str
    """What was proven not to be left out."""


def await_anchor(auditor: Api, position: int) -> int:
    """Wait until a confirmed anchor covers a position; returns its size."""
    deadline = time.monotonic() + ANCHOR_SECONDS
    while time.monotonic() < deadline:
        sizes = [
            int(each["size"])
            for each in auditor.get("/anchors")["items"]
            if each["state"] == "CONFIRMED"
        ]
        if max(sizes, default=0) >= position:
            return max(sizes)
        time.sleep(0.1)
    message = f"position {position} was not anchored in {ANCHOR_SECONDS:.0f} s"
    raise StoryError(message)


def last_of_story(auditor: Api) -> int:
    """Tell the last position that is not an anchor's own bookkeeping."""
    bookkeeping = ("anchor:", "chainwrite:anchor/")
    last = 0
    for record in feed_records(auditor.raw("/feed", Accept="application/x-ndjson")):
        # What an auditor may not read has neither, and is of the story.
        stream, kind = str(record.get("stream")), str(record.get("type"))
        if not stream.startswith(bookkeeping) and kind != "log.streams_committed":
            last = int(record["position"])
    return last


def feed_records(content: bytes) -> list[Json]:
    """Read NDJSON."""
    return [json.loads(line) for line in content.splitlines()]


def all_pages(api: Api, path: str) -> list[Json]:
    """Read every page of a list."""
    page = api.get(path, limit=200)
    items = list(page["items"])
    while page.get("next") is not None:
        page = json.loads(api.raw(page["next"]))
        items.extend(page["items"])
    return items


def write_results(folder: Path, auditor: Api, settings: Settings) -> tuple[list[Json], int]:
    """Leave feed, evidence, trust, checkpoint and chain facts; returns records and their gas."""
    feed = auditor.raw("/feed", Accept="application/x-ndjson")
    records = feed_records(feed)
    evidence = folder / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    for record in records:
        position = record["position"]
        bundle = auditor.raw(f"/api/v1/proofs/{position}")
        (evidence / f"{position}.json").write_bytes(bundle)
    (folder / "feed.ndjson").write_bytes(feed)
    (folder / "trust.json").write_bytes(auditor.raw("/log/trust"))
    platform = next(each for each in records if each.get("type") == "platform.deployed")["data"]
    opened = records[0]["data"]
    chain = {
        "rpc": settings.chain_url,
        "chain_id": opened["chain_id"],
        "registry": opened["registry"],
        "addresses": platform["addresses"],
    }
    (folder / "chain.json").write_text(json.dumps(chain, indent=2, sort_keys=True) + "\n")
    return records, int(platform["gas_used"])


def check_books(auditor: Api, records: list[Json]) -> list[Json]:
    """Check the final accounts, and that debits equal credits for every transfer."""
    sums: dict[tuple[str, str], int] = {}
    for record in records:
        signs = {"account.credited": 1, "account.debited": -1, "account.posted": -1}
        if record.get("type") in signs:
            asset = str(record["stream"]).rsplit("/", 1)[1]
            transfer = (record["data"]["transfer"], asset)
            amount = signs[record["type"]] * record["data"]["amount"]
            sums[transfer] = sums.get(transfer, 0) + amount
    expect({name for name, total in sums.items() if total}, set(), "transfers out of balance")
    accounts = all_pages(auditor, "/accounts")
    balances = {each["stream"]: each["balance"] for each in accounts}
    pennine = cast.PENNINE.deposit - cast.ADVANCE + cast.SLICE_PRICE + 800_000
    wanted = {
        "account:pennine/cash/GBP": pennine,
        "account:brunel/cash/GBP": cast.BRUNEL.deposit - cast.SLICE_PRICE + 200_000,
        "account:platform/fees/GBP": cast.FEE,
        "account:collections/escrow/GBP": 0,
        f"account:pennine/units/{cast.TOKEN}": 0,
        f"account:brunel/units/{cast.TOKEN}": 0,
        f"account:outside/issue/{cast.TOKEN}": 0,
    }
    for stream, balance in wanted.items():
        expect(balances.get(stream), balance, f"balance of {stream}")
    expect({each["held"] for each in accounts}, {0}, "what is still held")
    return accounts


def check_chain(records: list[Json], gateway: EvmGateway) -> None:
    """Check that supply and holdings on chain are those of the books: nothing is left."""
    deployed = next(each for each in records if each.get("type") == "token.deployed")["data"]
    token = TokenReader(gateway, deployed["address"])
    expect(token.total_supply(), 0, "supply on chain")
    for record in records:
        if record.get("type") == "token.holder_registered":
            wallet = record["data"]["wallet"]
            expect(token.balance_of(wallet), 0, f"balance of {wallet} on chain")


def verify_everything(folder: Path, settings: Settings, events: int, anchored: int) -> int:
    """Verify the feed and each bundle with the auditor's own tool; returns how many.

    What lies behind the last anchor is that anchor's own bookkeeping: its evidence rests on the
    signed checkpoint until the next one.
    """
    trust = str(folder / "trust.json")
    checkpoint = str(folder / "checkpoint")
    feed = [str(folder / "feed.ndjson"), "--trust", trust, "--checkpoint", checkpoint]
    verify_by_first(feed, "the whole feed")
    for position in range(1, events + 1):
        bundle = [str(folder / "evidence" / f"{position}.json"), "--trust", trust]
        chain = ["--rpc", settings.chain_url] if position <= anchored else []
        verify_by_first([*bundle, *chain], f"position {position}")
    return events


def verify_by_first(arguments: list[str], what: str) -> None:
    """Let `verify.py` judge a file; raises StoryError when it says anything but ``ok``."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = verify.main(arguments)
    if status:
        message = f"{what} does not verify: {said.getvalue().strip()}"
        raise StoryError(message)
