"""Chain writes beside the facts that want them, and the contracts that they go to."""

from application.draft import Draft, Loading
from domain.chainwrite import decide as chainwrites
from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.kernel.refusal import NotFound, Refused
from domain.platform.state import PLATFORM, PLATFORM_STREAM


def plan_write(draft: Draft, plan: PlanChainWrite) -> Loading:
    """Plan a chain write beside the facts that want it."""
    stream = chainwrite_stream(plan.write)
    yield from draft.load(stream)
    draft.add(CHAINWRITE, stream, chainwrites.plan(draft.of(CHAINWRITE, stream), plan))


def load_platform(draft: Draft) -> Loading:
    """Load the shared contracts; raises Refused while they are not deployed."""
    yield from draft.load(PLATFORM_STREAM)
    if not draft.of(PLATFORM, PLATFORM_STREAM).addresses:
        raise Refused(NotFound(kind="platform", identity="erc3643"))
