"""Finding a subject by its address or its phone, which only a keyed hash of it can do."""

from functools import partial
from typing import Annotated

import anyio.to_thread
import strawberry

from domain.registration.decide import plain_email
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.personal import may_open


@strawberry.type(description="The subject that an address or a phone belongs to.")
class ContactOwner:
    """Whose it is."""

    subject: str = strawberry.field(description="The name of the subject.")


@strawberry.type
class UserQueries:
    """Questions about who somebody is."""

    @question("The subject that has an address or a phone; for who works files, else null.")
    async def subject_by_contact(
        self,
        info: Info,
        email: Annotated[str | None, strawberry.argument(description="Its address.")] = None,
        mobile: Annotated[str | None, strawberry.argument(description="Its phone.")] = None,
    ) -> ContactOwner | None:
        """Answer the subject."""
        principal = info.context.demand("subjects")
        holder = info.context.services.identifiers.holder
        found: str | None = None
        if email is not None:
            found = await anyio.to_thread.run_sync(partial(holder, "email", plain_email(email)))
        elif mobile is not None:
            found = await anyio.to_thread.run_sync(partial(holder, "mobile", mobile))
        if found is None or not may_open(principal, found):
            return None
        return ContactOwner(subject=found)
