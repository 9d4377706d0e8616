"""Profiles: tell a section, read them all (LB4)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import anyio.to_thread
import msgspec

from application.authority import refuse_command
from application.ports.world import KeyErased
from domain.integrity.canonical import canonical
from domain.kernel.calendar import day_of
from domain.kernel.command import Command
from domain.kernel.refusal import NotFound, Refused
from domain.profile import commands, sections
from domain.profile.events import SectionRecorded
from domain.profile.sections import Part, refuse_section
from domain.profile.state import profile_stream
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.personal import may_open
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute
from interfaces.inbound.http.rest.shapes import Page
from projections.profiles import queries

P = TypeVar("P", bound=Part)

BOX: Final = "/box"


class ProfileSection(msgspec.Struct, frozen=True, kw_only=True):
    """A section as it was told; no content when the person was forgotten."""

    section: str
    content: dict[str, Any] | None
    recorded_at: str
    position: int


def _record(section: sections.Section, call: Call, body: Part) -> Command:
    # The gate asks this again; here it keeps those who may not from making keys in the vault.
    if refusal := refuse_command(call.principal.role, commands.RecordSection):
        raise Refused(refusal)
    if refusal := refuse_section(body, today=day_of(call.services.clock.now())):
        raise Refused(refusal)
    subject = call.names["subject"]
    if not may_open(call.principal, subject):
        raise Refused(NotFound(kind="subject", identity=subject))
    box = call.services.vault.seal(
        subject, profile_stream(subject), SectionRecorded.TYPE, BOX, canonical(body).decode()
    )
    nationality = body.nationality if isinstance(body, sections.MainInformation) else None
    return commands.RecordSection(
        subject=subject, section=section, box=box, nationality=nationality
    )


async def _profile(call: Call, _: NoParameters) -> msgspec.Struct:
    subject = call.names["subject"]
    if not may_open(call.principal, subject):
        raise Refused(NotFound(kind="subject", identity=subject))
    return Page(items=list(await sections_of(call, subject)))


async def sections_of(call: Any, subject: str) -> list[ProfileSection]:
    """Open all sections of a subject; ``call`` has the services. Raises StoreUnavailable."""
    rows = await call.services.reader.fetch(queries.profile(subject))
    return [
        ProfileSection(
            section=row.section,
            content=await anyio.to_thread.run_sync(partial(_opened, call.services.vault, row)),
            recorded_at=row.recorded_at,
            position=row.position,
        )
        for row in rows
    ]


def _opened(vault: Any, row: queries.ProfileRow) -> dict[str, Any] | None:
    try:
        text = vault.open(row.box, profile_stream(row.subject), SectionRecorded.TYPE, BOX)
    except KeyErased:
        return None
    return msgspec.json.decode(text, type=dict[str, Any])


_HOME: Final = sections.Address(
    address="1 Coppergate", city="York", zip_code="YO1 9NR", country="GB"
)
_ANNA: Final = sections.Person(
    name="Anna Kent",
    dob="1980-02-29",
    citizenship="GB",
    job_title="Director",
    email="anna@kent.example",
    address=_HOME,
)


def _route(section: sections.Section, operation: str, summary: str, example: P) -> CommandRoute[P]:
    build: Callable[[Call, P], Command] = partial(_record, section)
    return CommandRoute(
        path=f"/subjects/{{subject:str}}/profile/{section.replace('_', '-')}",
        operation=operation,
        summary=summary,
        body=type(example),
        example=example,
        build=build,
        aggregate="profile",
        blocking=True,
    )


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    _route(
        "main_information",
        "RecordMainInformation",
        "Tell who a person is",
        sections.MainInformation(birth_place="York", nationality="GB", dob="1980-02-29"),
    ),
    _route("address", "RecordAddress", "Tell where a subject lives or sits", _HOME),
    _route(
        "company",
        "RecordCompany",
        "Tell what an institution is",
        sections.Company(
            name="Kent Capital Ltd",
            entity_type="limited company",
            business="investment",
            source_of_funds="own funds",
        ),
    ),
    _route("primary_contact", "RecordPrimaryContact", "Tell whom to ask", _ANNA),
    _route(
        "beneficial_owners",
        "RecordBeneficialOwners",
        "Tell who owns an institution",
        sections.BeneficialOwners(
            owners=(
                sections.BeneficialOwner(
                    name="Anna Kent",
                    dob="1980-02-29",
                    citizenship="GB",
                    share_bps=7_500,
                    address=_HOME,
                ),
            )
        ),
    ),
    _route(
        "management",
        "RecordManagement",
        "Tell who directs an institution",
        sections.Management(managers=(_ANNA,)),
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/subjects/{subject:str}/profile",
        operation="GetProfile",
        summary="Read what a subject has told of itself",
        query="profiles",
        run=_profile,
        answer=ProfileSection,
        paged=True,
    ),
)
