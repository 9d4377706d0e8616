"""Chain writes as their worker reports them, and as a person has one tried again (B4)."""

from application.draft import Draft, Handling, Loading, single
from domain.chainwrite import commands, decide
from domain.chainwrite.calls import purpose_of
from domain.chainwrite.refusals import ChainWriteUndone
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.kernel.command import Context
from domain.token.state import TOKEN, token_stream


def _stream(command: commands.PlanChainWrite) -> str:
    return chainwrite_stream(command.write)


plan = single(CHAINWRITE, _stream, decide.plan)
assign_nonce = single(
    CHAINWRITE, lambda command: chainwrite_stream(command.write), decide.assign_nonce
)
bump_fees = single(CHAINWRITE, lambda command: chainwrite_stream(command.write), decide.bump_fees)
sight = single(CHAINWRITE, lambda command: chainwrite_stream(command.write), decide.sight)
record_replaced = single(
    CHAINWRITE, lambda command: chainwrite_stream(command.write), decide.record_replaced
)
record = single(CHAINWRITE, lambda command: chainwrite_stream(command.write), decide.record)


def retry(command: commands.RetryChainWrite, _: Context) -> Handling:
    """Plan a failed write anew, unless what it was for was undone when it failed."""
    draft = Draft()
    stream = chainwrite_stream(command.write)
    yield from draft.load(stream)
    draft.add(CHAINWRITE, stream, decide.retry(draft.of(CHAINWRITE, stream), command))
    yield from _demand_cause(draft, command.write)
    return draft


def _demand_cause(draft: Draft, write: str) -> Loading:
    purpose, _, rest = write.partition("/")
    if purpose_of(write) == "anchor":
        draft.demand(ChainWriteUndone(write=write, reference=rest))
    if purpose == "rules":
        token, operation, _ = rest.split("/")
        yield from draft.load(token_stream(token))
        if int(operation) not in draft.of(TOKEN, token_stream(token)).adopting:
            # Another operation has set, or sets, the modules otherwise.
            draft.demand(ChainWriteUndone(write=write, reference=token))
    if purpose == "transfer":
        token, _, reference = rest.partition("/")
        yield from draft.load(token_stream(token))
        if reference not in draft.of(TOKEN, token_stream(token)).transfers:
            draft.demand(ChainWriteUndone(write=write, reference=reference))
