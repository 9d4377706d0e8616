"""Claims on the identities of subjects: asked for when a fact holds, revoked when it lapses."""

from application.draft import Draft, Handling, Loading
from application.handlers.writes import plan_write
from domain.chainwrite import calls
from domain.kernel.command import Context
from domain.log.state import LOG, LOG_STREAM
from domain.platform.state import PLATFORM, PLATFORM_STREAM
from domain.subject import commands, decide, events
from domain.subject.claims import claim_write
from domain.subject.state import SUBJECT, subject_stream


def review_claims(draft: Draft, subject: str, at: str) -> Loading:
    """Compare what holds of a loaded subject with what its identity says, and mend that.

    What is past its time at the instant lapses first. A platform that was deployed without a
    claim issuer has no claims.
    """
    stream = subject_stream(subject)
    draft.add(SUBJECT, stream, decide.lapse_facts(draft.of(SUBJECT, stream), at=at))
    state = draft.of(SUBJECT, stream)
    if state.identity is None and not state.claims:
        return
    yield from draft.load(PLATFORM_STREAM, LOG_STREAM)
    issuer = draft.of(PLATFORM, PLATFORM_STREAM).addresses.get("claim_issuer_contract")
    opened = draft.of(LOG, LOG_STREAM).opened
    if issuer is None or opened is None:
        return
    facts = decide.review_claims(state, issuer=issuer, chain_id=opened.chain_id, subject=subject)
    draft.add(SUBJECT, stream, facts)
    for fact in facts:
        if isinstance(fact, events.ClaimLapsed) and fact.write is not None:
            signature = state.claims[fact.number].signature or ""
            plan = calls.revoke_claim(
                issuer, write=fact.write, subject=subject, signature=signature
            )
            yield from plan_write(draft, plan)


def sign(command: commands.SignClaim, _: Context) -> Handling:
    """Take the issuer's signature and have the claim added."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream)
    signed = draft.add(SUBJECT, stream, decide.sign_claim(draft.of(SUBJECT, stream), command))
    if signed:
        claim = draft.of(SUBJECT, stream).claims[command.number]
        plan = calls.add_claim(
            claim.identity,
            write=claim_write(command.subject, command.number),
            subject=command.subject,
            claim=(claim.topic, claim.issuer, command.signature, claim.data),
        )
        yield from plan_write(draft, plan)
    return draft
