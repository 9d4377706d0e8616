"""What compliance does in the tale: a stopped trade, a record to its end, a clock that runs out."""

from domain.case.commands import EscalateCase, FileReport, OpenCase, RequireReport
from domain.deadline.commands import PassStage
from domain.deadline.levels import STAGES
from domain.kernel.sealed import Sealed
from domain.subject.commands import UnfreezeSubject
from domain.trade.commands import CheckTrade
from tests.application.memory_house import MemoryHouse

RECORD = "c0" * 16
BOX = Sealed(sealed="key", nonce="bm9uY2U=", box="Ym94")
CHECKED = {"details_unchanged": True, "sanctions_on_directors": True, "risk_understood": True}


def review(house: MemoryHouse, listing: str) -> None:
    """Let the investor be stopped and come back, a report be late, and a clock pass its stages."""
    check = CheckTrade(trade="T4", listing=listing, answers=CHECKED, record=BOX)
    house.send("subject:brunel", "investor", check)
    house.run()
    for command in (
        UnfreezeSubject(subject="brunel"),
        OpenCase(case=RECORD, subject="brunel", kind="review", reason=BOX),
        RequireReport(case=RECORD, finding=BOX),
        EscalateCase(case=RECORD),
        FileReport(case=RECORD, reference=BOX),
    ):
        house.send("process:worker", "process", command)
        house.run()
    for stage in STAGES:
        passed = PassStage(
            clock="gate3/brunel/7",
            level="gate3",
            target="brunel",
            stage=stage,
            started_at="2026-05-22T10:42:00.000000Z",
            due_at="2026-05-29T16:30:00.000000Z",
        )
        house.send("process:deadlines", "process", passed)
        house.run()
