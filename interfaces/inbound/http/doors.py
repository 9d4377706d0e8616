"""What each door asks of its caller, as data; a door that stands nowhere here is a mistake.

REST's tables say it of themselves: a command route is named after its command, a read route names
its question. This page says it of all other routes and of the fields of GraphQL. The rights
themselves stand in ``application.authority``.
"""

from typing import Final

from application.authority import COMMAND_ROLES, refuse_command
from application.scopes import RoleForbidden
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from interfaces.inbound.http.visibility import Principal

QUERY_DOORS: Final[dict[str, str]] = {
    "ReadFeed": "feed",
    "StreamFeed": "feed",
    "GetEvidence": "proofs",
    "GetAccountProof": "proofs",
    "GetStreamProof": "proofs",
    "GetStatement": "reconciliations",
    "GetKycDocument": "kyc",
    "ExportSubject": "export",
    "GetMetrics": "metrics",
    "ShowBoard": "deadlines",
}
"""Routes that answer a question of the table."""

COMMAND_DOORS: Final[dict[str, str]] = {
    "UploadDocument": "invoice.submit",
    "UploadKycDocument": "kyc.submit",
    "InviteUser": "user.register",
    "RevokeUserSessions": "user.register",
    "RecordMainInformation": "profile.record_section",
    "RecordAddress": "profile.record_section",
    "RecordCompany": "profile.record_section",
    "RecordPrimaryContact": "profile.record_section",
    "RecordBeneficialOwners": "profile.record_section",
    "RecordManagement": "profile.record_section",
}
"""Routes of who may send a command; every command route and its namesakes go without."""

OWN_DOORS: Final[frozenset[str]] = frozenset(
    {
        "AskGraphQL",
        "SignOut",
        "RevokeSession",
        "RevokeOtherSessions",
        "ChangePassword",
        "ConfirmDevice",
        "GiveUpDevice",
        "EnrolDevice",
        "LinkIdentity",
        "UnlinkIdentity",
    }
)
"""Routes for any key: the caller's own sign-in, and GraphQL, whose fields ask for themselves."""

OPEN_DOORS: Final[dict[str, str]] = {
    "SignIn": "password and code are the key",
    "SignInAtProvider": "the provider's word is the key",
    "ReturnFromProvider": "the provider's word is the key",
    "LosePassword": "the same answer for everybody; the link goes by mail",
    "SetPassword": "a mailed link of one use is the key",
    "ShowPasswordPage": "a mailed link of one use is the key",
    "SetPasswordByPage": "a mailed link of one use is the key",
    "Register": "whoever is new has no key yet",
    "SendCode": "whoever registers has no key yet",
    "VerifyContact": "the code is the key",
    "ShowInvoiceToBuyer": "a mailed link is the key",
    "AnswerAsBuyer": "a mailed link of one use is the key",
    "ReceiveWebhook": "the provider's signature is the key",
    "GetCheckpoint": "published for everybody; shows no event",
    "GetTrust": "published for everybody; shows no event",
    "GetTile": "published for everybody; hashes",
    "GetEntries": "published for everybody; hashes",
    "GetBodies": "published for everybody; what some may not read is a hash",
    "GetConsistency": "published for everybody; hashes",
    "GetOpenApi": "the reference",
    "ShowReference": "the reference",
    "GetSchema": "the reference",
    "GetAsset": "the reference",
    "ListProblems": "the reference",
    "Explorer explorer.html": "a page without data",
    "Explorer explorer.js": "a page without data",
    "Explorer explorer.css": "a page without data",
    "Explorer examples.graphql": "a page without data",
    "Live": "for balancers",
    "Ready": "for balancers",
}
"""Routes without a key, and why they need none."""

FIELD_DOORS: Final[dict[str, str]] = {
    "invoice": "invoices",
    "invoices": "invoices",
    "invoiceChanged": "invoices",
    "timeline": "timeline",
    "marketplace": "marketplace",
    "listings": "marketplace",
    "accounts": "accounts",
    "entries": "accounts",
    "holders": "holders",
    "portfolio": "portfolio",
    "trade": "trades",
    "trades": "trades",
    "tradeChanged": "trades",
    "tokens": "tokens",
    "tokenOperations": "token_operations",
    "chainWrites": "chain_writes",
    "chainTransactions": "chain_writes",
    "gasLedger": "chain_writes",
    "anchors": "anchors",
    "proof": "proofs",
    "completeness": "proofs",
    "reconciliations": "reconciliations",
    "chainFacts": "chain_facts",
    "requests": "requests",
    "delegations": "delegations",
    "pipeline": "pipeline",
    "tenantSums": "tenant",
    "business": "businesses",
    "businesses": "businesses",
    "issuers": "issuers",
    "issuerRequests": "issuers",
    "wallets": "wallets",
    "profile": "profiles",
    "kycApplication": "kyc",
    "kycApplications": "kyc",
    "checks": "checks",
    "legalHolds": "legal_holds",
    "cases": "cases",
    "case": "cases",
    "deadlines": "deadlines",
    "clocks": "deadlines",
    "auditTrail": "audit",
    "viewer": "subjects",
    "subjectByContact": "subjects",
}
"""Fields of GraphQL's ``Query`` and ``Subscription``, and the question that each answers."""


_BY_NAME: Final = {command.__name__: command for command in COMMAND_ROLES}
_BY_TYPE: Final = {command.TYPE: command for command in COMMAND_ROLES}


def command_behind(operation: str) -> type[Command] | None:
    """Tell the command that a route sends: its namesake, or what this page says."""
    return _BY_NAME.get(operation) or _BY_TYPE.get(COMMAND_DOORS.get(operation, ""))


def demand_operation(principal: Principal, operation: str) -> None:
    """Go on when the role may send what a route sends, before anything of it is looked at.

    Raises Refused, also for a route that nobody has entered here.
    """
    command = command_behind(operation)
    if command is None:
        raise Refused(RoleForbidden(role=principal.role, action=operation, allowed="nobody"))
    if refusal := refuse_command(principal.role, command):
        raise Refused(refusal)
