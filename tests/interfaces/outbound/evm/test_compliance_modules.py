"""The modules on a real T-REX give the verdicts of the shared cases, by the same codes."""

from collections.abc import Iterator, Sequence

import msgspec
import pytest

from domain.chainwrite import calls as plans
from domain.chainwrite.commands import PlanChainWrite
from domain.compliance.rules import RULES
from domain.kernel.countries import NUMERIC
from interfaces.outbound.evm.calls import PlannedCall, decode_result
from tests.domain.compliance_vectors import VECTORS, Case, country_of
from tests.interfaces.outbound.evm.support import Platform, Writer, wallet

pytestmark = pytest.mark.chain

LONG_AGO = 1
CODES = {
    "country": ("CountryModule", "country_not_allowed"),
    "holder_cap": ("HolderCapModule", "holder_cap_reached"),
    "maximum_balance": ("MaxBalanceModule", "balance_above_maximum"),
    "lock_up": ("LockUpModule", "units_locked"),
}


class Board(msgspec.Struct, frozen=True):
    """A token that was set up for a case."""

    case: Case
    token: str
    suite: dict[str, str]


def _call(plan: PlanChainWrite) -> PlannedCall:
    return PlannedCall(
        contract=plan.contract,
        function=plan.function,
        arguments=plan.arguments,
        target=plan.target,
    )


def wallet_of(token: str, holder: str, *, second: bool = False) -> str:
    return wallet(f"{token} {holder} {'second' if second else 'first'}")


def sent_together(
    writer: Writer, calls: Sequence[PlannedCall], gas: int
) -> Iterator[dict[str, str]]:
    """Send calls in one go and wait for all, in order; `gas` is the limit of each."""
    sent = []
    for call in calls:
        signed = writer.signed(plans.TOKEN_AGENT, call, gas)
        writer.gateway.broadcast(signed.raw)
        sent.append(signed)
    for call, signed in zip(calls, sent, strict=True):
        receipt = writer.mined(signed.transaction_hash)
        yield decode_result(call, receipt, writer.gateway.artifacts)


def deployment(case: Case, token: str, addresses: dict[str, str]) -> PlannedCall:
    # A lock is for units minted from when it is set: what was there before it comes first.
    before = LONG_AGO if case.rules.locked_until else 0
    rules = msgspec.structs.replace(case.rules, locked_until=before)
    return _call(
        plans.deploy_suite(
            addresses, token=token, names=("Case", "CASE"), decimals=0, rulebook=rules
        )
    )


def entry(board: Board) -> PlannedCall:
    # Any address will do for an identity when no claims are asked for.
    entries = [
        (
            wallet_of(board.token, holder, second=second),
            wallet(f"identity of {board.token} {holder}"),
            NUMERIC[country_of(holder)],
        )
        for holder in board.case.holders
        for second in (False, True)
    ]
    registry = board.suite["identity_registry"]
    write = f"register/{board.token}/1/1"
    return _call(plans.register_batch(registry, write=write, token=board.token, holders=entries))


def mint(board: Board, holdings: dict[str, int]) -> list[PlannedCall]:
    if not holdings:
        return []
    wallets = [wallet_of(board.token, holder) for holder in holdings]
    arguments = (wallets, [str(units) for units in holdings.values()])
    write, address = f"mint_units/{board.token}/1/1", board.suite["token"]
    return [_call(plans.operate(address, write=write, token=board.token, arguments=arguments))]


def lock(board: Board, module: str) -> list[PlannedCall]:
    until = board.case.rules.locked_until
    if not until:
        return []
    return [
        PlannedCall(
            contract="ModularCompliance",
            function="callModuleFunction",
            target=board.suite["compliance"],
            arguments=(plans.setting("LockUpModule", "setLockUp", (until,)), module),
        )
    ]


@pytest.fixture(scope="module")
def addresses(platform: Platform, writer: Writer) -> dict[str, str]:
    named = {
        name: result["address"] for name, result in platform.results.items() if "address" in result
    }
    return named | {"token_agent": writer.address("token_agent")}


@pytest.fixture(scope="module")
def boards(writer: Writer, addresses: dict[str, str]) -> dict[str, Board]:
    """Set up a token for every case, a step of all at a time."""
    cases = [(case, f"case-{number}") for number, case in enumerate(VECTORS.cases)]
    suites = sent_together(
        writer, [deployment(case, token, addresses) for case, token in cases], 8_000_000
    )
    found = [Board(case, token, suite) for (case, token), suite in zip(cases, suites, strict=True)]
    module = addresses["lock_up_module"]
    steps = (
        [entry(board) for board in found],
        [call for board in found for call in mint(board, board.case.holdings)],
        [call for board in found for call in lock(board, module)],
        [call for board in found for call in mint(board, board.case.minted)],
    )
    for step in steps:
        list(sent_together(writer, step, 3_000_000))
    return {board.case.name: board for board in found}


def verdict(writer: Writer, addresses: dict[str, str], board: Board) -> str | None:
    """Ask the modules one by one, in the order of the rules, and the compliance as a whole."""
    move, compliance = board.case.move, board.suite["compliance"]
    same = move.sender == move.receiver
    sender = wallet_of(board.token, move.sender) if move.sender else plans.NOBODY
    parties = (sender, wallet_of(board.token, move.receiver, second=same), str(move.units))
    listed = PlannedCall(contract="ModularCompliance", function="getModules", target=compliance)
    (bound,) = writer.gateway.call(listed)
    assert isinstance(bound, tuple)
    codes = []
    for rule in RULES:
        contract, code = CODES[rule]
        module = addresses[plans.MODULES[contract]]
        if module in {str(each).lower() for each in bound}:
            asked = PlannedCall(
                contract=contract,
                function="moduleCheck",
                target=module,
                arguments=(*parties, compliance),
            )
            if writer.gateway.call(asked)[0] is False:
                codes.append(code)
    whole = PlannedCall(
        contract="ModularCompliance",
        function="canTransfer",
        target=compliance,
        arguments=parties,
    )
    assert writer.gateway.call(whole)[0] is (not codes)
    return codes[0] if codes else None


@pytest.mark.parametrize("case", VECTORS.cases, ids=lambda case: case.name)
def test_a_module_judges_as_the_shared_case_says(
    case: Case, boards: dict[str, Board], writer: Writer, addresses: dict[str, str]
) -> None:
    assert verdict(writer, addresses, boards[case.name]) == case.verdict
