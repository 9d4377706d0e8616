"""Reads the whole chain when a run is over: whose transactions it holds, and what was heard."""

from collections import Counter
from typing import Any, cast

from interfaces.outbound.evm.abi import decode_event
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import AnvilNode
from tools.soak.chaininvariants import OnChain


def on_chain(node: AnvilNode, senders: set[str]) -> list[OnChain]:
    """List the transactions of these accounts, block after block."""
    height = int(cast("str", node.request("eth_blockNumber")), 16)
    found = []
    for number in range(height + 1):
        block = cast("dict[str, Any]", node.request("eth_getBlockByNumber", hex(number), True))  # noqa: FBT003
        for each in block["transactions"]:
            if each["from"].lower() in senders:
                receipt = node.request("eth_getTransactionReceipt", each["hash"])
                found.append(_read(each, cast("dict[str, Any]", receipt), number, block["hash"]))
    return found


def _read(each: dict[str, Any], receipt: dict[str, Any], number: int, block: str) -> OnChain:
    return OnChain(
        transaction=each["hash"],
        sender=each["from"].lower(),
        nonce=int(each["nonce"], 16),
        block=number,
        block_hash=block,
        succeeded=receipt["status"] == "0x1",
    )


def heard(gateway: EvmGateway, node: AnvilNode, ledger: str) -> Counter[str]:
    """Count how often the ledger contract was asked for each reference."""
    wanted = {"address": ledger, "fromBlock": "0x0", "toBlock": "latest"}
    entry = gateway.artifacts.of("Identity").entry("event", "ExecutionRequested")
    found: Counter[str] = Counter()
    for each in cast("list[dict[str, Any]]", node.request("eth_getLogs", wanted)):
        topics = tuple(bytes.fromhex(topic[2:]) for topic in each["topics"])
        values = decode_event(entry, topics, bytes.fromhex(each["data"][2:]))
        if values is not None:
            found[cast("bytes", values["data"]).decode()] += 1
    return found
