"""The doors of signing in as a table."""

from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from application.ports.gate import Accepted
from interfaces.inbound.http.access import accounts, devices, keys, providers, signing
from interfaces.inbound.http.access.carrying import (
    AccessRoute,
    Done,
    SignedIn,
    Written,
    access_handler,
    answer,
    named,
)
from interfaces.inbound.http.access.desk import Visit, note
from interfaces.inbound.http.calls import Door
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.commands import NoBody


async def _revoke_session(visit: Visit, _: NoBody) -> None:
    user, _own = visit.member()
    session = named(visit, "session")
    if not await visit.services.access.end_session(user, session, visit.now):
        raise Problem("session_unknown")
    visit.door.keyring.forget(session)
    await note(visit, "session", "revoked")


async def _revoke_others(visit: Visit, _: NoBody) -> accounts.Ended:
    user, own = visit.member()
    ended = await visit.services.access.end_sessions(user, visit.now, but=own)
    visit.door.keyring.forget()
    await note(visit, "session", "others_revoked")
    return accounts.Ended(ended=ended)


async def _revoke_all(visit: Visit, _: NoBody) -> accounts.Ended:
    return accounts.Ended(ended=await accounts.revoke_sessions(visit, named(visit, "user")))


async def _sign_out(visit: Visit, _: NoBody) -> None:
    await signing.sign_out(visit)


async def _close(visit: Visit, body: accounts.Closing) -> Accepted:
    return await accounts.close(visit, named(visit, "user"), body)


async def _invite(visit: Visit, _: NoBody) -> None:
    await accounts.invite(visit, named(visit, "user"))


async def _rotate(visit: Visit, body: keys.NextKey) -> Accepted:
    return await keys.rotate(visit, named(visit, "key"), body)


async def _revoke_key(visit: Visit, _: NoBody) -> Accepted:
    return await keys.revoke(visit, named(visit, "key"))


async def _link_identity(visit: Visit, _: NoBody) -> providers.Journey:
    user, _session = visit.member()
    return await providers.depart(
        visit, named(visit, "provider"), role=visit.caller.role, user=user
    )


async def _unlink_identity(visit: Visit, _: NoBody) -> None:
    await providers.unlink(visit, named(visit, "provider"))


_PASSWORD: Final = "several words that do not belong"  # noqa: S105 - an example

ROUTES: Final[tuple[AccessRoute[Any], ...]] = (
    AccessRoute(
        path="/sign-in",
        operation="SignIn",
        summary="Open a session with a password, and a code where a device is enrolled",
        body=signing.SignInBody,
        example=signing.SignInBody(login="ann@acme.example", password=_PASSWORD),
        answer=SignedIn,
        run=signing.sign_in,
        public=True,
    ),
    AccessRoute(
        path="/sign-out",
        operation="SignOut",
        summary="End this session",
        body=NoBody,
        example=NoBody(),
        answer=Done,
        run=_sign_out,
    ),
    AccessRoute(
        path="/sessions/{session:str}/revoke",
        operation="RevokeSession",
        summary="End one of one's own sessions",
        body=NoBody,
        example=NoBody(),
        answer=Done,
        run=_revoke_session,
    ),
    AccessRoute(
        path="/sessions/revoke-others",
        operation="RevokeOtherSessions",
        summary="End all of one's own sessions but this one",
        body=NoBody,
        example=NoBody(),
        answer=accounts.Ended,
        run=_revoke_others,
    ),
    AccessRoute(
        path="/password",
        operation="ChangePassword",
        summary="Take another password; all other sessions end",
        body=accounts.PasswordChange,
        example=accounts.PasswordChange(present=_PASSWORD, password="other words of no meaning"),  # noqa: S106 - an example
        answer=Done,
        run=accounts.change_password,
    ),
    AccessRoute(
        path="/password/lost",
        operation="LosePassword",
        summary="Have a link mailed that sets a password; answers the same for any name",
        body=accounts.LostPassword,
        example=accounts.LostPassword(login="ann@acme.example"),
        answer=Done,
        run=accounts.lost_password,
        public=True,
        status=202,
    ),
    AccessRoute(
        path="/password/set",
        operation="SetPassword",
        summary="Set a password by a mailed link, once",
        body=accounts.PasswordByLink,
        example=accounts.PasswordByLink(token="from the mail", password=_PASSWORD),  # noqa: S106 - an example
        answer=Done,
        run=accounts.set_by_link,
        public=True,
    ),
    AccessRoute(
        path="/device",
        operation="EnrolDevice",
        summary="Begin to use one-time codes (TOTP)",
        body=devices.Enrolment,
        example=devices.Enrolment(password=_PASSWORD),
        answer=devices.Device,
        run=devices.enrol,
    ),
    AccessRoute(
        path="/device/confirm",
        operation="ConfirmDevice",
        summary="Put the device in use by a code that it shows",
        body=devices.Confirmation,
        example=devices.Confirmation(code="123456"),
        answer=Done,
        run=devices.confirm,
    ),
    AccessRoute(
        path="/device/give-up",
        operation="GiveUpDevice",
        summary="Do without one-time codes again",
        body=devices.GivingUp,
        example=devices.GivingUp(password=_PASSWORD, code="123456"),
        answer=Done,
        run=devices.give_up,
    ),
    AccessRoute(
        path="/identities/{provider:str}/link",
        operation="LinkIdentity",
        summary="Begin to link an identity at a provider of one's own to one's user",
        body=NoBody,
        example=NoBody(),
        answer=providers.Departure,
        run=_link_identity,
    ),
    AccessRoute(
        path="/identities/{provider:str}/unlink",
        operation="UnlinkIdentity",
        summary="Let a provider's word count no longer",
        body=NoBody,
        example=NoBody(),
        answer=Done,
        run=_unlink_identity,
    ),
    AccessRoute(
        path="/users",
        operation="RegisterUser",
        summary="Let somebody sign in for a subject, and mail the invitation",
        body=accounts.NewUser,
        example=accounts.NewUser(subject="acme", login="ann@acme.example", roles=("seller",)),
        answer=Written,
        run=accounts.register,
        keyed=True,
        status=201,
    ),
    AccessRoute(
        path="/users/{user:str}/invite",
        operation="InviteUser",
        summary="Mail a user another link that sets a password",
        body=NoBody,
        example=NoBody(),
        answer=Done,
        run=_invite,
    ),
    AccessRoute(
        path="/users/{user:str}/close",
        operation="CloseUser",
        summary="Let nobody sign in as this user any more",
        body=accounts.Closing,
        example=accounts.Closing(reason="left the firm"),
        answer=Written,
        run=_close,
        keyed=True,
    ),
    AccessRoute(
        path="/users/{user:str}/revoke-sessions",
        operation="RevokeUserSessions",
        summary="End all sessions of a user",
        body=NoBody,
        example=NoBody(),
        answer=accounts.Ended,
        run=_revoke_all,
    ),
    AccessRoute(
        path="/api-keys",
        operation="IssueApiKey",
        summary="Issue a key by the digest of its secret",
        body=keys.NewKey,
        example=keys.NewKey(
            key="erp-1",
            subject="acme",
            role="seller",
            digest="d1" * 32,
            scopes=("read", "command:invoice.submit"),
            expires_at="2027-05-22T00:00:00.000000Z",
            rate_per_second=20,
        ),
        answer=Written,
        run=keys.issue,
        keyed=True,
        status=201,
    ),
    AccessRoute(
        path="/api-keys/{key:str}/rotate",
        operation="RotateApiKey",
        summary="Put a key of the same rights in another's place",
        body=keys.NextKey,
        example=keys.NextKey(successor="erp-2", digest="d2" * 32, overlap_seconds=86_400),
        answer=Written,
        run=_rotate,
        keyed=True,
        status=201,
    ),
    AccessRoute(
        path="/api-keys/{key:str}/revoke",
        operation="RevokeApiKey",
        summary="Revoke a key",
        body=NoBody,
        example=NoBody(),
        answer=Written,
        run=_revoke_key,
        keyed=True,
    ),
)


def access_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of all these doors."""
    return [
        *(access_handler(route, door) for route in ROUTES),
        *providers.provider_handlers(door, lambda opened: answer(door, 200, opened)),
    ]
