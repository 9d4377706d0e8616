"""Somebody leaves in the tale, is kept for a while, and is forgotten in the end."""

from domain.kernel.sealed import Sealed
from domain.profile.commands import RecordSection
from domain.settings.state import PublishRetention
from domain.subject import commands
from tests.application.memory_house import MemoryHouse

BOX = Sealed(sealed="key", nonce="bm9uY2U=", box="Ym94")


def forget(house: MemoryHouse) -> None:
    """Let Mona come, be held, leave, owe something, and be forgotten."""
    for command in (
        PublishRetention(years=6),
        commands.CreateSubject(
            subject="mona", name=BOX, kind="person", country="GB", roles=("buyer",), email=BOX
        ),
        commands.SubmitOnboarding(subject="mona"),
        RecordSection(subject="mona", section="address", box=BOX),
        commands.PlaceLegalHold(subject="mona", hold="claim-17", reason=BOX),
        commands.PlaceLegalHold(subject="mona", hold="claim-18", reason=BOX),
        commands.LiftLegalHold(subject="mona", hold="claim-17", reason=BOX),
        commands.LiftLegalHold(subject="mona", hold="claim-18", reason=BOX),
        commands.CloseSubject(subject="mona"),
        commands.EraseSubject(subject="mona"),
        commands.RefuseErasure(subject="mona", open=("account:mona/cash/GBP",)),
        commands.EraseSubject(subject="mona", early="court_order"),
        commands.RecordErased(subject="mona"),
    ):
        house.send("process:worker", "process", command)
        house.run()
