"""What subjects tell of themselves, for themselves and for who works their file."""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.personal import may_open
from interfaces.inbound.http.rest.profiles import sections_of


@strawberry.type(description="A section of a profile.")
class ProfileSection:
    """A section as it was told."""

    section: str = strawberry.field(description="Its name, e.g. main_information.")
    content: JSON | None = strawberry.field(
        description="Its fields; null when the person was forgotten."
    )
    recorded_at: Instant = strawberry.field(description="When it was told last.")
    position: Long = strawberry.field(description="The position of that on the log.")


@strawberry.type
class ProfileQueries:
    """Questions about profiles."""

    @question("What a subject has told of itself; nothing for who may not read it.")
    async def profile(
        self,
        info: Info,
        subject: Annotated[
            str | None, strawberry.argument(description="Whose; the caller's without one.")
        ] = None,
    ) -> list[ProfileSection]:
        """Answer all sections."""
        principal = info.context.demand("profiles")
        owner = subject or principal.subject
        if not may_open(principal, owner):
            return []
        return [
            ProfileSection(
                section=each.section,
                content=None if each.content is None else JSON(each.content),
                recorded_at=Instant(each.recorded_at),
                position=Long(each.position),
            )
            for each in await sections_of(info.context, owner)
        ]
