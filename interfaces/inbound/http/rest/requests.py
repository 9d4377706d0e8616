"""Requests that two persons decide, signing keys, and grants to sub-admins (FX14, LB1, LB3)."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from application.authority import requestable_by
from domain.delegation.commands import RevokeDelegation
from domain.kernel.command import Command
from domain.kernel.event import Authorisation
from domain.kernel.refusal import NotFound, Refused
from domain.request import commands
from domain.signatory.state import RegisterSigningKey, RevokeSigningKey
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import END, Body, Digest, Name, SubjectName, Text
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.office_views import Instant
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute, one_of, page_of
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import Principal
from projections.delegations import queries as delegations
from projections.requests import queries

REQUEST: Final = Shape(queries.RequestRow, "TwoPersonRequest")
SIGNING_KEY: Final = Shape(queries.SigningKeyRow, "SigningKey")
DELEGATION: Final = Shape(delegations.DelegationRow, "Delegation")

Key = Annotated[
    str,
    Meta(
        pattern="^(0x[0-9a-f]{40}|[0-9a-f]{64})" + END,
        description="An EVM address (eip712) or an Ed25519 public key in hex (ed25519).",
    ),
]


class Signed(Body, frozen=True, kw_only=True):
    """The actor's own signature (FORMATS 1); its words: domain/request/authorisation.py."""

    key: Key
    alg: Literal["ed25519", "eip712"]
    not_after: Instant
    request_hash: Digest
    signature: Annotated[str, Meta(pattern="^([0-9a-f]{128}|[0-9a-f]{130})" + END)]

    def authorisation(self) -> Authorisation:
        """The signature as the house knows it."""
        return Authorisation(
            key=self.key,
            alg=self.alg,
            not_after=self.not_after,
            request_hash=self.request_hash,
            signature=self.signature,
        )


class NewRequest(Body, frozen=True, kw_only=True):
    """A command that two persons must want: its type, its fields, and why."""

    request: SubjectName
    kind: Name
    data: dict[str, Any]
    reason: Text
    authorisation: Signed


class Approval(Body, frozen=True, kw_only=True):
    """The second person's signature over the hash of the request."""

    authorisation: Signed


class Refusing(Body, frozen=True, kw_only=True):
    """Why not, signed."""

    reason: Text
    authorisation: Signed


class NewSigningKey(Body, frozen=True, kw_only=True):
    """A public key, and the proof that its secret part is the caller's."""

    key: Key
    alg: Literal["ed25519", "eip712"]
    authorisation: Signed


class KeyEnd(Body, frozen=True, kw_only=True):
    """Which of the caller's keys is lost or no longer wanted."""

    key: Key
    reason: Text


class GrantEnd(Body, frozen=True, kw_only=True):
    """Why a grant ends."""

    reason: Text


class RequestPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests."""

    state: Name | None = None
    kind: Name | None = None
    maker: Name | None = None


class DelegationPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which grants."""

    sub_admin: Name | None = None


def _make(_: Call, body: NewRequest) -> Command:
    return commands.MakeRequest(
        request=body.request, kind=body.kind, data=body.data, reason=body.reason
    )


def _approve(call: Call, _: Approval) -> Command:
    return commands.ApproveRequest(request=call.names["request_name"])


def _reject(call: Call, body: Refusing) -> Command:
    return commands.RejectRequest(request=call.names["request_name"], reason=body.reason)


def _register(_: Call, body: NewSigningKey) -> Command:
    return RegisterSigningKey(key=body.key, alg=body.alg)


def _revoke_key(_: Call, body: KeyEnd) -> Command:
    return RevokeSigningKey(key=body.key, reason=body.reason)


def _revoke_grant(call: Call, body: GrantEnd) -> Command:
    names = call.names
    return RevokeDelegation(sub_admin=names["sub_admin"], grant=names["grant"], reason=body.reason)


def kinds_seen(principal: Principal) -> tuple[str, ...]:
    """Tell which kinds of request the caller has a say in: nobody else learns of them."""
    return requestable_by(principal.role)


async def _request(call: Call, _: NoParameters) -> msgspec.Struct:
    identity, kinds = call.names["request_name"], kinds_seen(call.principal)
    row = await one_of(call, queries.request(identity), kind="request", identity=identity)
    if row.kind not in kinds:
        raise Refused(NotFound(kind="request", identity=identity))
    return REQUEST.of(row)


async def _requests(call: Call, page: RequestPage) -> msgspec.Struct:
    wanted = queries.RequestFilter(
        state=page.state, kind=page.kind, maker=page.maker, kinds=kinds_seen(call.principal)
    )
    query = queries.requests(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, REQUEST, limit=page.limit, after=lambda row: row.position)


async def _signing_keys(call: Call, page: Paging) -> msgspec.Struct:
    query = queries.signing_keys(call.principal.subject, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, SIGNING_KEY, limit=page.limit, after=lambda row: row.position)


async def _delegations(call: Call, page: DelegationPage) -> msgspec.Struct:
    principal = call.principal
    own = principal.subject if principal.role == "sub_admin" else page.sub_admin
    query = delegations.delegations(sub_admin=own, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, DELEGATION, limit=page.limit, after=lambda row: row.position)


_SIGNED: Final = Signed(
    key="3ccd241cffc9b3618044b97d036d8614593d8b017c340f1dee8773385517654b",
    alg="ed25519",
    not_after="2026-05-29T00:00:00.000000Z",
    request_hash="0a" * 32,
    signature="0b" * 64,
)

COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/requests",
        operation="MakeRequest",
        summary="Ask for what two persons must want",
        body=NewRequest,
        example=NewRequest(
            request="thaw-brunel",
            kind="subject.unfreeze",
            data={"subject": "brunel"},
            reason="a namesake, case 2026-0517",
            authorisation=_SIGNED,
        ),
        build=_make,
        aggregate="request",
        creates=True,
        signed=lambda body: body.authorisation.authorisation(),
    ),
    CommandRoute(
        path="/requests/{request_name:str}/approve",
        operation="ApproveRequest",
        summary="Agree with a request of somebody else; it is carried out at once",
        body=Approval,
        example=Approval(authorisation=_SIGNED),
        build=_approve,
        aggregate="request",
        signed=lambda body: body.authorisation.authorisation(),
    ),
    CommandRoute(
        path="/requests/{request_name:str}/reject",
        operation="RejectRequest",
        summary="Say no to a request, or take the own one back",
        body=Refusing,
        example=Refusing(reason="another subject is meant", authorisation=_SIGNED),
        build=_reject,
        aggregate="request",
        signed=lambda body: body.authorisation.authorisation(),
    ),
    CommandRoute(
        path="/signing-keys",
        operation="RegisterSigningKey",
        summary="Register a public key of the caller's own, proven by a signature",
        body=NewSigningKey,
        example=NewSigningKey(key=_SIGNED.key, alg="ed25519", authorisation=_SIGNED),
        build=_register,
        aggregate="signatory",
        creates=True,
        signed=lambda body: body.authorisation.authorisation(),
    ),
    CommandRoute(
        path="/signing-keys/revoke",
        operation="RevokeSigningKey",
        summary="Take one of the caller's own keys out of use, for ever",
        body=KeyEnd,
        example=KeyEnd(key=_SIGNED.key, reason="laptop stolen"),
        build=_revoke_key,
        aggregate="signatory",
    ),
    CommandRoute(
        path="/delegations/{sub_admin:str}/{grant:str}/revoke",
        operation="RevokeDelegation",
        summary="End a grant to a sub-admin",
        body=GrantEnd,
        example=GrantEnd(reason="moved to another team"),
        build=_revoke_grant,
        aggregate="delegation",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/requests/{request_name:str}",
        operation="GetRequest",
        summary="Read a request that the caller has a say in",
        query="requests",
        run=_request,
        answer=REQUEST.type,
    ),
    ReadRoute(
        path="/requests",
        operation="ListRequests",
        summary="List requests that the caller has a say in, the oldest first",
        query="requests",
        run=_requests,
        answer=REQUEST.type,
        paged=True,
        parameters=RequestPage,
    ),
    ReadRoute(
        path="/signing-keys",
        operation="ListSigningKeys",
        summary="List the caller's own signing keys",
        query="requests",
        run=_signing_keys,
        answer=SIGNING_KEY.type,
        paged=True,
        parameters=Paging,
    ),
    ReadRoute(
        path="/delegations",
        operation="ListDelegations",
        summary="List grants to sub-admins; a sub-admin sees its own",
        query="delegations",
        run=_delegations,
        answer=DELEGATION.type,
        paged=True,
        parameters=DelegationPage,
    ),
)
