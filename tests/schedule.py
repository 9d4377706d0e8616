"""In which order files run when several run at a time: the longest first, the short ones fill up.

A file stays in one process, with its fixtures. Files that look at one stack stay together, so that
it is started once. The order is about seconds only; nothing breaks when a new file is not in it.
"""

from typing import Final

import pytest
from typing_extensions import override
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOLD: Final = (
    "tests/story/test_verbs.py",
    "tests/story/test_story.py",
    "tests/story/test_doors.py",
    "tests/story/test_telemetry.py",
    "tests/story/test_reconciliation.py",
)
"""Files that look at the story, which is told once."""
LONGEST_FIRST: Final = (
    "tests/faults/test_outages.py",
    *TOLD,
    "tests/contracts/test_foundry.py",
    "tests/story/test_rotation.py",
    "tests/docs/test_readme.py",
    "tests/faults/test_nodes.py",
    "tests/faults/test_soak.py",
    "tests/tools/bench/test_bench.py",
    "tests/faults/test_chain_soak.py",
    "tests/story/test_chain_refuses.py",
    "tests/interfaces/outbound/postgres/test_server.py",
    "tests/interfaces/outbound/postgres/test_views.py",
    "tests/interfaces/outbound/postgres/test_migrations.py",
    "tests/interfaces/outbound/postgres/test_machine.py",
    "tests/interfaces/outbound/postgres/test_restore.py",
    "tests/faults/test_restores.py",
    "tests/interfaces/telemetry/test_traces.py",
    "tests/interfaces/outbound/postgres/test_writer.py",
    "tests/interfaces/workers/test_chain_troubles.py",
    "tests/interfaces/workers/test_chain.py",
    "tests/faults/test_overload.py",
    "tests/interfaces/outbound/postgres/test_proofs.py",
    "tests/interfaces/outbound/evm/test_reconciler.py",
)
_RANK: Final = {file: rank for rank, file in enumerate(LONGEST_FIRST)}


class LongestFirst(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process the next file, or the files that look at one stack."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return "told" if file in TOLD else file


def in_order(items: list[pytest.Item]) -> None:
    """Put the tests of long files first."""
    items.sort(key=lambda item: _RANK.get(_file(item.nodeid), len(_RANK)))


def scheduler(config: pytest.Config, log: Producer) -> LongestFirst:
    """Make the scheduler; the files keep the order of their collection."""
    config.option.loadscopereorder = False
    return LongestFirst(config, log)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
