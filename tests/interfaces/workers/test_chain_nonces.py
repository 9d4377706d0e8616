"""Which nonce a write gets when an endpoint lies about how many were used (B4)."""

import pytest

from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.workers import chaintroubles as troubles
from tests.interfaces.outbound.evm.proxy import ScriptedProxy, answer
from tests.interfaces.workers.chainyard import OWNER, Yard, fixture_yard, private_key

pytestmark = [pytest.mark.chain, pytest.mark.capability("B4")]
__all__ = ["fixture_yard"]


def test_one_endpoint_alone_leaves_no_gap_of_nonces(yard: Yard) -> None:
    """It counts two transactions more than there are: what is signed behind them never comes."""
    with (
        ScriptedProxy(yard.node.url) as proxy,
        EvmGateway(proxy.url, keys=private_key) as lying,
    ):
        yard.others, yard.gateway = [yard.gateway], lying
        yard.restart()
        yard.plan("registry")
        proxy.then("eth_getTransactionCount", *[answer("0x2")] * 6)
        yard.step()
        assert yard.state("registry") == "PLANNED"
        owner = lying.address(OWNER)
        assert yard.troubles.holds(troubles.BEHIND, owner)
        yard.work()
        assert yard.write("registry").nonce == 0
        assert not yard.troubles.holds(troubles.BEHIND, owner)
