"""One call through the door: who makes it, and what its headers ask for."""

import re
from collections.abc import Collection
from typing import Any, Final

import msgspec
from litestar import Request

from domain.kernel.ids import IDEMPOTENCY_KEY
from domain.kernel.money import LARGEST
from domain.kernel.refusal import NotFound, Refused
from interfaces.inbound.http.access.sessions import authorization_of
from interfaces.inbound.http.authentication import Desk, Keyring
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.services import Services
from interfaces.inbound.http.visibility import Principal

AnyRequest = Request[Any, Any, Any]

WAIT_HEADER: Final = "Tallystick-Wait"
POSITION_HEADER: Final = "Tallystick-Position"
REPLAYED_HEADER: Final = "Idempotency-Replayed"
KEY_HEADER: Final = "Idempotency-Key"
PREFER_HEADER: Final = "Prefer"
APPLIED_HEADER: Final = "Preference-Applied"
RECEIPT: Final = "receipt"

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""What parts of an address can be: the parts of legal stream names (FORMATS 1)."""


class Door(msgspec.Struct, frozen=True):
    """What all routes of one application share."""

    services: Services
    keyring: Keyring


def door_of(services: Services) -> Door:
    """Make a door of the services: who calls is looked up with them."""
    limits = services.limits
    desk = Desk(
        store=services.access,
        clock=services.clock,
        throttle=services.throttle,
        lifetimes=limits.lifetimes,
        key_rate=limits.key_rate,
    )
    return Door(services, Keyring(services.reader, limits.key_cache_seconds, desk=desk))


class Call(msgspec.Struct, frozen=True):
    """A caller's request as the routes see it: the caller and the parts of the address.

    ``key`` is a command's idempotency key.
    """

    services: Services
    principal: Principal
    names: dict[str, str]
    key: str = ""


async def called(door: Door, request: AnyRequest) -> Call:
    """Find out who calls.

    Raises Problem ``unauthenticated``, Refused ``not_found`` for an address that names nothing
    that could exist, StoreUnavailable.
    """
    authorization = authorization_of(request, door.services.secrets)
    principal = await door.keyring.principal(authorization)
    door.keyring.demand_rate(principal)
    names = dict(request.path_params)
    for kind, name in names.items():
        if _NAME.fullmatch(name) is None:
            raise Refused(NotFound(kind=kind, identity=repr(name[:40])))
    return Call(door.services, principal, names)


def idempotency_key(request: AnyRequest) -> str:
    """Read the key that names the command (FORMATS 9). Raises Problem."""
    key: str | None = request.headers.get(KEY_HEADER)
    if key is None:
        raise Problem("idempotency_key_missing", field=KEY_HEADER)
    if IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise Problem("idempotency_key_invalid", field=KEY_HEADER)
    return key


def prefers_receipt(request: AnyRequest) -> bool:
    """Say whether the caller prefers an answer with a receipt (RFC 7240, FORMATS 9)."""
    wishes = ",".join(request.headers.getall(PREFER_HEADER, []))
    return RECEIPT in {wish.partition(";")[0].strip().lower() for wish in wishes.split(",")}


async def wait_for_views(door: Door, request: AnyRequest, views: Collection[str] = ()) -> None:
    """Wait until these views (all without any) have reached the position that the caller names.

    A view that stands still holds up only who asks it.

    Raises Problem ``view_behind`` when they do not in time, ``invalid_header``.
    """
    position = wanted_position(request)
    if position is None:
        return
    seconds = door.services.limits.wait_seconds_max
    if not await door.services.reader.reached(position, seconds, views):
        raise Problem("view_behind", numbers={"position": position})


def wanted_position(request: AnyRequest) -> int | None:
    """Read the position that the answer must know of. Raises Problem ``invalid_header``."""
    wanted: str | None = request.headers.get(WAIT_HEADER)
    if wanted is None:
        return None
    position = whole(wanted)
    if position is None:
        raise Problem("invalid_header", "Tallystick-Wait is a position.", field=WAIT_HEADER)
    return position


def demand_media_type(request: AnyRequest, wanted: str) -> None:
    """Go on when the body has this media type. Raises Problem ``unsupported_media_type``."""
    if request.content_type[0] != wanted:
        raise Problem("unsupported_media_type", f"Send the body as {wanted}.")


def whole(text: str) -> int | None:
    """Read a number of at least zero that the books can hold, nothing for any other text."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    number = int(text)
    return number if number <= LARGEST else None
