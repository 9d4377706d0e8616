"""The whole story, told once on a real store and a real chain; many tests look at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from domain.kernel.roles import Role
from interfaces.cli.keys import new_key
from interfaces.outbound.clock import set_story_time
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.settings import Settings
from interfaces.wiring import gateway_of
from tests.interfaces.telemetry.collector import Collector, collecting
from tools.stack import LocalStack
from tools.story import cast, proof
from tools.story.client import Api, Json
from tools.story.scenes import SCENES, Stage

BEGIN = "2026-05-20T08:00:00.000000Z"


class Told(msgspec.Struct, frozen=True):
    """A stack on which the story was told to its end."""

    stack: LocalStack
    stage: Stage
    records: list[Json]
    anchored: int
    collector: Collector
    """Whoever took the stack's traces."""

    @property
    def settings(self) -> Settings:
        """How the stack runs."""
        return self.stack.settings

    def of(self, kind: str) -> list[Json]:
        """List the records of a type."""
        return [record for record in self.records if record["type"] == kind]


def open_stage(stack: LocalStack, clock: Path) -> Stage:
    """Make the stage of a running stack."""
    settings = stack.settings

    def issue_key(subject: str, role: Role) -> str:
        return new_key(settings, subject, role)[1]

    return Stage(
        url=settings.base_url,
        mailbox=stack.mailbox,
        clock=clock,
        bank=stack.bank(),
        settings=settings,
        issue_key=issue_key,
        keys={},
    )


def play(stage: Stage, last: str | None = None) -> None:
    """Play the scenes, up to one whose words begin so; it must be one of them."""
    assert last is None or any(what.startswith(last) for _, _, what, _ in SCENES), last
    for at, _, what, scene in SCENES:
        stage.time(at)
        scene(stage)
        if last is not None and what.startswith(last):
            return


@contextmanager
def a_stack(
    folder: Path, *, log: str = "tallystick.example/story", traces_url: str = ""
) -> Iterator[tuple[LocalStack, Stage]]:
    """Start a stack with a story clock and make its stage; both end with the context."""
    clock = folder / "clock.json"
    set_story_time(clock, BEGIN)
    settings = Settings(
        data=folder / "data",
        log=log,
        port=0,
        story_clock=clock,
        anchor_seconds=1.0,
        # Confirmations come as on any chain, only sooner: much of a tale is waiting for them.
        block_seconds=0.1,
        traces_url=traces_url,
    )
    with LocalStack(settings, lambda _: None) as stack:
        stage = open_stage(stack, clock)
        try:
            yield stack, stage
        finally:
            stage.close()


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Tell the story and wait until all of it is anchored."""
    folder = tmp_path_factory.mktemp("story")
    with collecting() as collector, a_stack(folder, traces_url=collector.url) as (stack, stage):
        play(stage)
        # Compliance may read every body.
        reader = stage.api(cast.COMPLIANCE)
        anchored = proof.await_anchor(reader, proof.last_of_story(reader))
        records = proof.feed_records(reader.raw("/feed", Accept="application/x-ndjson"))
        yield Told(stack, stage, records, anchored, collector)


@pytest.fixture
def auditor(told: Told) -> Api:
    """Ask as the auditor."""
    return told.stage.api(cast.AUDITOR)


@pytest.fixture
def gateway(told: Told) -> Iterator[EvmGateway]:
    """Look at the chain."""
    with gateway_of(told.settings) as opened:
        yield opened
