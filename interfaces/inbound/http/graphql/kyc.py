"""Applications to be known and checks of subjects."""

from typing import Annotated, Final

import anyio.to_thread
import strawberry
from strawberry.scalars import JSON

from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.graphql.amounts import chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.rest.kyc import is_reviewer, open_application
from interfaces.inbound.http.visibility import Principal
from projections.checks import queries as checks
from projections.checks.queries import CheckRow
from projections.kyc_queue import queries
from projections.kyc_queue.queries import ApplicationRow


@strawberry.type(description="A document that was handed in; its content is fetched over REST.")
class KycDocument:
    """A document of an application."""

    kind: str = strawberry.field(
        description="passport, emirates_id, national_id or drivers_license."
    )
    digest: str = strawberry.field(description="SHA-256 of its content, hex.")
    media_type: str = strawberry.field(description="What its content is.")
    size: Long = strawberry.field(description="Bytes.")


@strawberry.type(description="An application to be known.")
class KycApplication:
    """An application; what was sealed is opened for the one application that is asked for."""

    application: str = strawberry.field(description="Its name.")
    subject: str = strawberry.field(description="Who applies.")
    number: Long = strawberry.field(description="The how manieth of this subject.")
    state: str = strawberry.field(description="PENDING, IN_REVIEW, APPROVED or REJECTED.")
    documents: list[KycDocument] = strawberry.field(description="What was handed in.")
    fatca: str = strawberry.field(description="clear or blocked.")
    submitted_at: Instant = strawberry.field(description="When it was submitted.")
    opened_at: Instant | None = strawberry.field(description="When a reviewer first looked.")
    decided_at: Instant | None = strawberry.field(description="When it was decided.")
    level: Long | None = strawberry.field(description="The level that was given.")
    accreditation: str | None = strawberry.field(description="What follows from the level.")
    reviewer: str | None = strawberry.field(description="Who decided; for reviewers.")
    position: Long = strawberry.field(description="The position of its submission on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")
    details: JSON | None = strawberry.field(default=None, description="Who the documents name.")
    reason: str | None = strawberry.field(default=None, description="Why it was rejected.")
    notes: str | None = strawberry.field(default=None, description="Notes; for reviewers.")


@strawberry.type(description="A check of a subject at a gate; for compliance.")
class Check:
    """Who was asked, and what came of it."""

    subject: str = strawberry.field(description="Who is checked.")
    gate: str = strawberry.field(description="identity, screening or risk.")
    state: str = strawberry.field(description="ASKED, RETURNED, PASSED, FAILED or ALERTED.")
    provider: str = strawberry.field(description="Whose word it is.")
    reference: str | None = strawberry.field(description="The provider's own reference.")
    policy: Long = strawberry.field(description="The version of the policy that asked.")
    inputs: str = strawberry.field(description="SHA-256 of what was checked, hex.")
    findings: list[str] = strawberry.field(description="Codes of the provider.")
    asked_at: Instant = strawberry.field(description="When it was asked for.")
    answered_at: Instant | None = strawberry.field(description="The provider's own instant.")
    position: Long = strawberry.field(description="The position of its first event.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which applications; instants are inclusive.")
class KycFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description="The state.")
    subject: str | None = strawberry.field(default=None, description="Who applies.")
    submitted_from: str | None = strawberry.field(default=None, description="Not before.")
    submitted_until: str | None = strawberry.field(default=None, description="Not after.")


@strawberry.input(description="Which checks.")
class CheckFilter:
    """Conditions that all must hold."""

    subject: str | None = strawberry.field(default=None, description="Who is checked.")
    gate: str | None = strawberry.field(default=None, description="The gate.")
    state: str | None = strawberry.field(default=None, description="The state.")
    provider: str | None = strawberry.field(default=None, description="Who was asked.")


def _instant(at: str | None) -> Instant | None:
    return None if at is None else Instant(at)


def _long(number: int | None) -> Long | None:
    return None if number is None else Long(number)


def _show(row: ApplicationRow) -> KycApplication:
    return KycApplication(
        application=row.application,
        subject=row.subject,
        number=Long(row.number),
        state=row.state,
        documents=[
            KycDocument(
                kind=each.kind,
                digest=each.digest,
                media_type=each.media_type,
                size=Long(each.size),
            )
            for each in row.documents
        ],
        fatca=row.fatca,
        submitted_at=Instant(row.submitted_at),
        opened_at=_instant(row.opened_at),
        decided_at=_instant(row.decided_at),
        level=_long(row.level),
        accreditation=row.accreditation,
        reviewer=None,
        position=Long(row.position),
        last_position=Long(row.last_position),
    )


def _show_to(principal: Principal, row: ApplicationRow) -> KycApplication:
    application = _show(row)
    if is_reviewer(principal):
        application.reviewer = row.reviewer
    return application


def _show_check(row: CheckRow) -> Check:
    return shown(Check, row)


CHECKS: Final = Listed[CheckRow, Check, int](
    name="checks", kind=int, key=lambda row: row.position, show=_show_check
)


@strawberry.type
class KycQueries:
    """Questions about applications and checks."""

    @question("One application with what was sealed, for its subject and reviewers.")
    async def kyc_application(
        self,
        info: Info,
        application: Annotated[str, strawberry.argument(description="Its name.")],
    ) -> KycApplication | None:
        """Answer one application."""
        context = info.context
        principal = context.demand("kyc")
        rows = await context.reader.fetch(queries.application(application))
        if not rows or (not is_reviewer(principal) and rows[0].subject != principal.subject):
            return None
        call = Call(context.services, principal, {"application": application})
        opened = await anyio.to_thread.run_sync(open_application, call, rows[0])
        answer = _show_to(principal, rows[0])
        answer.details = None if opened.details is None else JSON(opened.details)
        answer.reason, answer.notes = opened.reason, opened.notes
        return answer

    @question("Applications, the oldest first; others than reviewers see their own.")
    async def kyc_applications(
        self,
        info: Info,
        wanted: Annotated[
            KycFilter | None, strawberry.argument(name="filter", description="Which.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[KycApplication]:
        """Answer a page of applications."""
        principal = info.context.demand("kyc")
        asked = wanted or KycFilter()
        condition = queries.ApplicationFilter(
            state=asked.state,
            subject=asked.subject if is_reviewer(principal) else principal.subject,
            submitted_from=asked.submitted_from,
            submitted_until=asked.submitted_until,
        )
        listed = Listed[ApplicationRow, KycApplication, str](
            name="kycApplications",
            kind=str,
            key=lambda row: row.place,
            show=lambda row: _show_to(principal, row),
        )
        return await listed.page(
            info.context.reader,
            lambda key, limit: queries.applications(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("Checks of subjects, the oldest first; for compliance.")
    async def checks(
        self,
        info: Info,
        wanted: Annotated[
            CheckFilter | None, strawberry.argument(name="filter", description="Which.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Check]:
        """Answer a page of checks."""
        info.context.demand("checks")
        condition = chosen(checks.CheckFilter, wanted)
        return await CHECKS.page(
            info.context.reader,
            lambda key, limit: checks.checks(condition, after=key, limit=limit),
            first=first,
            after=after,
        )
