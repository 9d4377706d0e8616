"""The modules on a real T-REX give the verdicts of the shared cases, by the same codes."""

from itertools import count

import msgspec
import pytest

from domain.chainwrite import calls as plans
from domain.chainwrite.commands import PlanChainWrite
from domain.compliance.rules import RULES
from domain.kernel.countries import NUMERIC
from interfaces.outbound.evm.abi import Native
from interfaces.outbound.evm.calls import PlannedCall
from tests.domain.compliance_vectors import VECTORS, Case, country_of
from tests.interfaces.outbound.evm.support import Platform, Writer, wallet

pytestmark = pytest.mark.chain

SALTS = count(1)
LONG_AGO = 1
CODES = {
    "country": ("CountryModule", "country_not_allowed"),
    "holder_cap": ("HolderCapModule", "holder_cap_reached"),
    "maximum_balance": ("MaxBalanceModule", "balance_above_maximum"),
    "lock_up": ("LockUpModule", "units_locked"),
}


class Board(msgspec.Struct, frozen=True):
    """A token set up for a case."""

    writer: Writer
    addresses: dict[str, str]
    suite: dict[str, str]

    def send(self, plan: PlanChainWrite) -> dict[str, str]:
        """Carry a plan of the domain out."""
        return self.writer.result(plan.signer, _call(plan))

    def ask(self, call: PlannedCall) -> tuple[Native, ...]:
        """Ask a contract."""
        return self.writer.gateway.call(call)


def _call(plan: PlanChainWrite) -> PlannedCall:
    return PlannedCall(
        contract=plan.contract,
        function=plan.function,
        arguments=plan.arguments,
        target=plan.target,
    )


def addresses_of(platform: Platform, writer: Writer) -> dict[str, str]:
    named = {
        name: result["address"] for name, result in platform.results.items() if "address" in result
    }
    return named | {"token_agent": writer.address("token_agent")}


def wallet_of(token: str, holder: str, *, second: bool = False) -> str:
    return wallet(f"{token} {holder} {'second' if second else 'first'}")


def set_up(case: Case, platform: Platform, writer: Writer) -> tuple[Board, str]:
    """Deploy a suite with the case's rules, enter its holders and mint what they have."""
    token, addresses = f"case-{next(SALTS)}", addresses_of(platform, writer)
    # A lock is for units minted from when it is set: what was there before it comes first.
    locked = case.rules.locked_until
    first = msgspec.structs.replace(case.rules, locked_until=LONG_AGO if locked else 0)
    deploy = plans.deploy_suite(
        addresses, token=token, names=("Case", "CASE"), decimals=0, rulebook=first
    )
    board = Board(writer, addresses, writer.result(deploy.signer, _call(deploy)))
    entries = [
        (
            wallet_of(token, holder, second=second),
            # Any address will do for an identity when no claims are asked for.
            wallet(f"identity of {token} {holder}"),
            NUMERIC[country_of(holder)],
        )
        for holder in case.holders
        for second in (False, True)
    ]
    registry = board.suite["identity_registry"]
    enter = plans.register_batch(registry, write="register/x/1/1", token=token, holders=entries)
    board.send(enter)
    mint(board, token, case.holdings)
    if locked:
        setting = plans.setting("LockUpModule", "setLockUp", (locked,))
        module = addresses["lock_up_module"]
        change = PlannedCall(
            contract="ModularCompliance",
            function="callModuleFunction",
            target=board.suite["compliance"],
            arguments=(setting, module),
        )
        writer.result("token_agent", change)
    mint(board, token, case.minted)
    return board, token


def mint(board: Board, token: str, holdings: dict[str, int]) -> None:
    if holdings:
        arguments = (
            [wallet_of(token, holder) for holder in holdings],
            [str(units) for units in holdings.values()],
        )
        write = "mint_units/x/1/1"
        address = board.suite["token"]
        board.send(plans.operate(address, write=write, token=token, arguments=arguments))


def verdict(board: Board, token: str, case: Case) -> str | None:
    """Ask the modules one by one, in the order of the rules, and the compliance as a whole."""
    move, nobody = case.move, plans.NOBODY
    same = move.sender == move.receiver
    sender = wallet_of(token, move.sender) if move.sender else nobody
    parties = (sender, wallet_of(token, move.receiver, second=same), str(move.units))
    compliance = board.suite["compliance"]
    bound = board.ask(
        PlannedCall(contract="ModularCompliance", function="getModules", target=compliance)
    )[0]
    assert isinstance(bound, tuple)
    codes = []
    for rule in RULES:
        contract, code = CODES[rule]
        module = board.addresses[plans.MODULES[contract]]
        if module in {str(each).lower() for each in bound}:
            arguments = (*parties, compliance)
            asked = PlannedCall(
                contract=contract, function="moduleCheck", target=module, arguments=arguments
            )
            if board.ask(asked)[0] is False:
                codes.append(code)
    whole = PlannedCall(
        contract="ModularCompliance",
        function="canTransfer",
        target=compliance,
        arguments=parties,
    )
    assert board.ask(whole)[0] is (not codes)
    return codes[0] if codes else None


@pytest.mark.parametrize("case", VECTORS.cases, ids=lambda case: case.name)
def test_a_module_judges_as_the_shared_case_says(
    case: Case, platform: Platform, writer: Writer
) -> None:
    board, token = set_up(case, platform, writer)
    assert verdict(board, token, case) == case.verdict
