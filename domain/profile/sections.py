"""The sections of a profile, with the fields of seeds/004, and what no field may be.

They are looked at before they are sealed: behind the door nobody reads them but people.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec

from domain.kernel.calendar import is_day
from domain.kernel.contacts import refuse_email, refuse_mobile
from domain.kernel.countries import NUMERIC
from domain.kernel.refusal import InvalidField, Refusal
from domain.kernel.text import refuse_text

TEXT_LIMIT: Final = 200
PEOPLE_MAX: Final = 20
WHOLE_BPS: Final = 10_000
LIFE_YEARS: Final = 130
WEBSITE: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,189}(?::\d{1,5})?(?:/[!-~]{0,500})?")

Section = Literal[
    "main_information",
    "address",
    "company",
    "primary_contact",
    "beneficial_owners",
    "management",
]

OF_PERSONS: Final[frozenset[Section]] = frozenset({"main_information", "address"})
OF_INSTITUTIONS: Final[frozenset[Section]] = frozenset(
    {"address", "company", "primary_contact", "beneficial_owners", "management"}
)


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a profile; unknown fields are refused."""


class Address(Part, frozen=True, kw_only=True):
    """Where somebody lives or sits."""

    address: str
    address2: str | None = None
    city: str
    state: str | None = None
    zip_code: str | None = None
    country: str


class MainInformation(Part, frozen=True, kw_only=True):
    """Who a person is; dates are YYYY-MM-DD, countries ISO 3166 alpha-2."""

    birth_place: str
    nationality: str
    dob: str
    occupation: str | None = None
    national_id_number: str | None = None
    identification_document: str | None = None
    document_expiration: str | None = None


class Company(Part, frozen=True, kw_only=True):
    """What an institution is."""

    name: str
    entity_type: str
    business: str
    source_of_funds: str
    website: str | None = None


class Person(Part, frozen=True, kw_only=True):
    """Somebody of an institution."""

    name: str
    dob: str
    citizenship: str
    job_title: str | None = None
    social_security_number: str | None = None
    mobile: str | None = None
    email: str | None = None
    address: Address


class BeneficialOwner(Part, frozen=True, kw_only=True):
    """Who owns the institution in the end; ``share_bps`` in basis points.

    ``documents`` are digests of what proves the identity.
    """

    name: str
    dob: str
    citizenship: str
    share_bps: int
    social_security_number: str | None = None
    address: Address
    documents: tuple[str, ...] = ()


class BeneficialOwners(Part, frozen=True, kw_only=True):
    """Everybody who owns a quarter or more; nobody when ownership is spread."""

    owners: tuple[BeneficialOwner, ...]


class Management(Part, frozen=True, kw_only=True):
    """Who directs the institution."""

    managers: tuple[Person, ...]


SECTIONS: Final[dict[Section, type[Part]]] = {
    "main_information": MainInformation,
    "address": Address,
    "company": Company,
    "primary_contact": Person,
    "beneficial_owners": BeneficialOwners,
    "management": Management,
}

_NAMES: Final = frozenset({"name", "birth_place", "city"})
_COUNTRIES: Final = frozenset({"country", "nationality", "citizenship"})
_DIGEST: Final = re.compile("[0-9a-f]{64}")


def refuse_section(part: Part, *, today: str) -> Refusal | None:
    """Say which field of a section cannot be true, the first in order."""
    for field, value in _leaves(part, ""):
        if refusal := _refuse(field, value, today):
            return refusal
    if isinstance(part, BeneficialOwners):
        if len(part.owners) > PEOPLE_MAX:
            return InvalidField(field="owners", reason=f"must be at most {PEOPLE_MAX}")
        if sum(owner.share_bps for owner in part.owners) > WHOLE_BPS:
            return InvalidField(field="owners", reason="own more than all of it together")
    if isinstance(part, Management) and not 0 < len(part.managers) <= PEOPLE_MAX:
        return InvalidField(field="managers", reason=f"must be 1 to {PEOPLE_MAX}")
    return None


def _leaves(value: object, path: str) -> Iterator[tuple[str, str | int]]:
    if isinstance(value, Part):
        for name in value.__struct_fields__:
            yield from _leaves(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for each in value:
            yield from _leaves(each, path)
    elif isinstance(value, str | int):
        yield path, value


def _refuse(field: str, value: str | int, today: str) -> Refusal | None:
    name = field.rpartition(".")[2]
    if isinstance(value, int):
        whole = 1 <= value <= WHOLE_BPS
        return None if whole else InvalidField(field=field, reason="must be 1 to 10000")
    if name in _COUNTRIES:
        known = value in NUMERIC
        reason = "must be an ISO 3166 alpha-2 code"
        return None if known else InvalidField(field=field, reason=reason)
    if rule := _RULES.get(name):
        fault = rule(value, today)
        return None if fault is None else InvalidField(field=field, reason=fault)
    if name == "email":
        return refuse_email(value, field=field)
    if name == "mobile":
        return refuse_mobile(value, field=field)
    return refuse_text(value, field=field, limit=TEXT_LIMIT, one_script=name in _NAMES)


def _birth(day: str, today: str) -> str | None:
    if not is_day(day):
        return "must be a date that exists, YYYY-MM-DD"
    oldest = f"{int(today[:4]) - LIFE_YEARS:04d}{today[4:10]}"
    return None if oldest < day <= today else "is no day on which somebody alive was born"


def _day(day: str, _: str) -> str | None:
    return None if is_day(day) else "must be a date that exists, YYYY-MM-DD"


def _website(text: str, _: str) -> str | None:
    return None if WEBSITE.fullmatch(text) else "must be http:// or https:// and a host"


def _document(text: str, _: str) -> str | None:
    return None if _DIGEST.fullmatch(text) else "must be SHA-256 digests in hex"


_RULES: Final[dict[str, Callable[[str, str], str | None]]] = {
    "dob": _birth,
    "document_expiration": _day,
    "website": _website,
    "documents": _document,
}
