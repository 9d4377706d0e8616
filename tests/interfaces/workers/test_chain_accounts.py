"""While an account is rotated, each chain write is signed by the one that can carry it out."""

from pathlib import Path
from typing import Final

import pytest
from eth_account import Account

from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.kernel.refusal import Refused
from domain.log.commands import OpenLog, RotateKey
from domain.platform.state import RecordHandOver, RecordPlatform
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import NodeOptions, start_node
from interfaces.outbound.signer.keyring import KeyRing
from interfaces.outbound.signer.secp256k1 import EvmSignature
from interfaces.workers.chainaccounts import Accounts
from interfaces.workers.chainparts import OpenWrite
from interfaces.workers.gateway import Sender
from tests.interfaces.workers.chainyard import OWNER, REGISTRY, STRANGER, Gate, Yard

pytestmark = pytest.mark.capability("B4")

OLD: Final = "0x" + "a1" * 20
NEW: Final = "0x" + "a2" * 20
NEXT: Final = "0x" + "a3" * 20
OPERATOR: Final = "0x" + "b1" * 20
OTHER: Final = "0x" + "b2" * 20


class House:
    """A log with a platform whose accounts are rotated."""

    def __init__(self) -> None:
        gate = Gate()
        self.log = gate.memory.log
        self.sender = Sender(gate, "test")
        self.accounts = Accounts(self.log)
        opening = OpenLog(
            origin="tallystick.example/chain",
            keys=("key",),
            witnesses=(),
            chain_id=31337,
            registry="0x" + "e1" * 20,
            owner="0x" + "e2" * 20,
        )
        self.sender.send(opening, "open")
        addresses = {"token_agent": OLD, "settlement_operator": OPERATOR}
        self.sender.send(RecordPlatform(addresses=addresses, gas_used=1), "platform")

    def rotate(self, purpose: str, old: str, new: str) -> None:
        """Put a new account in an old one's place."""
        wish = RotateKey(purpose=purpose, old=old, new=new, signature="00")
        self.sender.send(wish, f"rotate {new}")

    def hand_over(self, account: str) -> None:
        """Say that the token agent's last account has everything."""
        wish = RecordHandOver(purpose="token_agent", account=account)
        self.sender.send(wish, f"handed over {account}")

    def plan(self, write: str, *, signer: str = "token_agent", reference: str = "T-1") -> OpenWrite:
        """Plan a write, and tell it as the worker sees it."""
        plan = PlanChainWrite(
            write=write,
            purpose=write.partition("/")[0],
            reference=reference,
            signer=signer,
            contract="Token",
            function="pause",
            arguments=(),
            target="0x" + "e3" * 20,
        )
        self.sender.send(plan, write)
        events = self.log.read_stream(chainwrite_stream(write))
        state = CHAINWRITE.fold(each.fact for each in events)
        return OpenWrite(write, state, events[-1], events[0].position)

    def says(self, write: OpenWrite) -> str | None:
        """Tell the account that signs a write now, ``waits`` when nobody does."""
        self.accounts.look()
        return "waits" if self.accounts.waits(write) else self.accounts.of(write)


def test_the_old_account_finishes_and_the_new_one_waits_for_its_turn() -> None:
    """The rotation on the log is the line between them, until all is handed over."""
    house = House()
    before = house.plan("pause/T-1/1/1")
    assert house.says(before) is None
    house.rotate("token_agent", OLD, NEW)
    after = house.plan("resume/T-1/2/1")
    assert (house.says(before), house.says(after)) == (OLD, "waits")
    steps = [house.plan(f"rotate/{each}", reference=each) for each in (OLD, NEW)]
    assert [house.says(each) for each in steps] == [OLD, NEW]
    house.hand_over(NEW)
    # Whatever was planned before and is tried again: the old account can do nothing any more.
    assert (house.says(before), house.says(after)) == (NEW, NEW)
    assert [house.says(each) for each in steps] == [OLD, NEW]
    assert set(house.accounts.every()) == {OLD, OPERATOR, NEW}


def test_another_rotation_waits_for_the_end_of_the_first() -> None:
    house = House()
    house.rotate("token_agent", OLD, NEW)
    with pytest.raises(Refused, match="has not handed everything over yet"):
        house.rotate("token_agent", NEW, NEXT)
    with pytest.raises(Refused, match="is not that of token_agent"):
        house.hand_over(OLD)
    house.hand_over(NEW)
    house.hand_over(NEW)
    house.rotate("token_agent", NEW, NEXT)
    assert house.says(house.plan("pause/T-1/1/1")) == "waits"


def test_an_account_that_owns_nothing_is_followed_at_once() -> None:
    """Its key may still lie in the ring under the name of the next one."""
    house = House()
    before = house.plan("transfer/T-1/one", signer="settlement_operator")
    house.rotate("settlement_operator", OPERATOR, OTHER)
    after = house.plan("transfer/T-1/two", signer="settlement_operator")
    assert [house.says(each) for each in (before, after)] == [OTHER, OTHER]


class Ring:
    """A ring of files, and a stranger who has none; satisfies ``EvmSigner``."""

    def __init__(self, folder: Path) -> None:
        self.keys = KeyRing(folder)

    def evm_address(self, purpose: str) -> str:
        """Tell an account."""
        return "0x" + "ee" * 20 if purpose == STRANGER else self.keys.evm_address(purpose)

    def sign_digest(self, purpose: str, digest: bytes, account: str | None = None) -> EvmSignature:
        """Sign 32 bytes."""
        return self.keys.sign_digest(purpose, digest, account)


@pytest.mark.chain
def test_fees_are_raised_by_the_account_that_made_the_first_offer(tmp_path: Path) -> None:
    """Its key was rotated meanwhile; the new account's nonces are others."""
    ring = Ring(tmp_path)
    node_options = NodeOptions(block_seconds=None)
    with start_node(node_options) as node, EvmGateway(node.url, keys=ring) as gateway:
        old = ring.evm_address(OWNER)
        for account in (old, ring.evm_address(f"{OWNER}.next")):
            node.fund(account, 10**21)
        yard = Yard(node, gateway)
        yard.plan(REGISTRY)
        yard.step()
        ring.keys.promote(OWNER)
        for _ in range(5):
            node.request("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
            node.mine(1)
            yard.step()
        raws = yard.raws.of(REGISTRY)
        assert len(raws) > 1
        senders = {Account.recover_transaction(raw.raw).lower() for raw in raws}
        assert senders == {old} == {raw.sender for raw in raws}
        yard.work()
        assert (gateway.nonce(old).latest, yard.sent()) == (1, 0)
