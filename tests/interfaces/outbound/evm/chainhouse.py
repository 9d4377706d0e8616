"""The house of memory with a real chain: each write that it plans is sent to a node and mined."""

import secrets
from collections.abc import Callable
from typing import Any, Final

from typing_extensions import override

from domain.chainwrite.events import ChainWritePlanned
from domain.compliance.rulebook import COUNTRY, KYC, Rulebook
from domain.settings.state import PublishRulebook
from domain.subject.commands import SignClaim
from domain.subject.events import ClaimRequested
from domain.token import commands as token
from domain.token.events import TokenDeployed
from domain.token.state import Token, token_of
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.claims import sign_claim
from interfaces.outbound.evm.errors import ChainRefused
from interfaces.outbound.evm.tokens import TokenReader
from tests.application.telling import Telling
from tests.interfaces.outbound.evm.support import Platform, Writer, private_key, wallet

WHY: Final = "order 7"
"""What admins of these tests say."""


class ChainHouse(Telling):
    """The people of the story, with wallets and identities on a node."""

    def __init__(self, writer: Writer, platform: Platform) -> None:
        super().__init__()
        self.writer = writer
        self._salt = secrets.token_hex(4)
        deployed = {
            name: result["address"]
            for name, result in platform.results.items()
            if "address" in result
        }
        roles = ("token_agent", "settlement_operator", "claim_issuer")
        self.addresses = deployed | {role: writer.address(role) for role in roles}

    @override
    def wallet(self, name: str) -> str:
        return wallet(f"{self._salt} {name}")

    @override
    def _answer(self, write: str, planned: ChainWritePlanned) -> dict[str, str] | str:
        if self.refuses and write.startswith(self.refuses):
            return "the chain said no"
        call = PlannedCall(
            contract=planned.contract,
            function=planned.function,
            arguments=planned.arguments,
            target=planned.target,
        )
        try:
            return self.writer.result(planned.signer, call)
        except ChainRefused as refused:
            return str(refused)

    @override
    def _sign(self, subject: str, claim: ClaimRequested) -> None:
        key = private_key("claim_issuer")
        signature = sign_claim(key, claim.identity, claim.topic, claim.data)
        signed = SignClaim(subject=subject, number=claim.number, signature=signature)
        self.send("process:claim_issuer", "process", signed)

    def number(self, invoice: str) -> str:
        """Name an invoice of this house: a token's name is a salt, used once on a chain."""
        return f"FX-INV-{self._salt}-{invoice}".upper()


class Stage:
    """A house with a minted token that pennine has bought, and what the chain says of it."""

    def __init__(self, house: ChainHouse) -> None:
        self.house = house
        self.number = house.number("LIFE")
        self.token = token_of(self.number)

    def reader(self) -> TokenReader:
        """Read the token at the newest block."""
        return TokenReader(self.house.writer.gateway, self.deployed.address)

    @property
    def deployed(self) -> TokenDeployed:
        """The contracts of the token."""
        found = self.state.deployed
        assert found is not None
        return found

    @property
    def state(self) -> Token:
        """The token as the log has it."""
        found: Token = self.house.states[f"token:{self.token}"]
        return found

    def wallet(self, name: str) -> str:
        """The wallet that a subject is registered with."""
        return self.state.registered[name]

    def do(self, command: Callable[..., token.Operation], **fields: Any) -> None:
        """Let the admin have something done, and see it done."""
        self.house.act("adam", command(token=self.token, reason=WHY, **fields))
        assert not self.house.refused, self.house.refused
        assert not self.state.control.pending

    def refused(self, command: Callable[..., token.Operation], **fields: Any) -> str:
        """Tell the code by which the admin is refused; nothing is sent."""
        planned = command(token=self.token, reason=WHY, **fields)
        return self.house.refusal("adam", planned).CODE

    def holds(self, name: str) -> tuple[int, int, bool]:
        """Tell (balance, frozen, wallet frozen) of a holder; chain, log and books agree."""
        reader, at, control = self.reader(), self.wallet(name), self.state.control
        told = (reader.balance_of(at), reader.frozen_tokens(at), reader.is_frozen(at))
        assert told == (control.held(name), control.frozen(name), name in control.frozen_wallets)
        assert self.house.balance(name, "units", self.token)[0] == told[0]
        return told


def opened_stage(house: ChainHouse) -> Stage:
    """Open a house, publish rules, and let pennine buy the token of an invoice."""
    house.open()
    told = Stage(house)
    rules = Rulebook(topics=(KYC, COUNTRY), country_rule="deny", countries=("KP",), holder_cap=5)
    house.act("adam", PublishRulebook(rulebook=rules))
    house.list_for_sale(told.number)
    house.fund("pennine", told.number)
    assert not house.refused, house.refused
    return told
