"""What the chain shows of others, and the reconciliation of books and chain (FX10, LB7)."""

from application.draft import Draft, Handling, single
from domain.chainfact import state as chainfacts
from domain.chainfact.state import CHAINFACT, chainfact_stream
from domain.chainwatch import state as chainwatches
from domain.chainwatch.state import CHAINWATCH, chainwatch_stream
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refused
from domain.reconciliation import state as reconciliations
from domain.reconciliation.commands import RequestReconciliation
from domain.reconciliation.state import RECONCILIATION, reconciliation_stream
from domain.token.state import TOKEN, token_stream

observe = single(CHAINFACT, lambda command: chainfact_stream(command.fact), chainfacts.observe)
retract = single(CHAINFACT, lambda command: chainfact_stream(command.fact), chainfacts.retract)
record_reorganised = single(
    CHAINWATCH,
    lambda command: chainwatch_stream(command.chain_id),
    chainwatches.record_reorganised,
)
state_result = single(
    RECONCILIATION,
    lambda command: reconciliation_stream(command.token),
    reconciliations.state_result,
)


def request(command: RequestReconciliation, _: Context) -> Handling:
    """Ask for a statement about a token that stands on the chain."""
    draft = Draft()
    token, stream = token_stream(command.token), reconciliation_stream(command.token)
    yield from draft.load(token, stream)
    if draft.of(TOKEN, token).deployed is None:
        raise Refused(NotFound(kind="token suite", identity=command.token))
    decision = reconciliations.request(draft.of(RECONCILIATION, stream), command)
    draft.add(RECONCILIATION, stream, decision)
    return draft
