"""Folds subjects."""

from collections.abc import Iterable
from typing import Final

from domain.compliance.rulebook import TOPICS
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.kernel.sealed import ERASED, Sealed
from domain.subject import events
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

SUBJECTS: Final = Table(
    "subjects",
    ("subject",),
    (
        "state",
        "name",
        "name_box",
        "kind",
        "country",
        "roles",
        "email",
        "bank_account",
        "bank_account_box",
        "wallet",
        "identity",
        "investor_class",
        "kyc_level",
        "accreditation",
        "fatca",
        "claims",
        "paused",
        "created_at",
        "updated_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the subject."""
    return [(SUBJECTS, (identity_of(event.stream),))]


def _fold_subject(event: Recorded, rows: Rows) -> None:
    values = {**_values(event.fact, event.at), "updated_at": event.at}
    row = rows.get(SUBJECTS, identity_of(event.stream)) or {}
    values["claims"] = _claims(row.get("claims") or {}, event.fact)
    if isinstance(event.fact, events.SubjectErased):
        values.update(_forgotten(row))
    advance(rows, SUBJECTS, identity_of(event.stream), event, values)


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.SubjectCreated():
            return {
                **_split("name", fact.name),
                "kind": fact.kind,
                "country": fact.country,
                "roles": list(fact.roles),
                "email": plain(fact.email),
                **_split("bank_account", fact.bank_account),
                "paused": False,
                "created_at": at,
            }
        case events.SubjectFrozen() | events.SubjectUnfrozen():
            return {"paused": isinstance(fact, events.SubjectFrozen)}
        case events.RolesChanged():
            return {"roles": list(fact.roles)}
        case events.WalletBound():
            return {"wallet": fact.address, "identity": None}
        case events.IdentityDeployed():
            return {"identity": fact.identity}
        case events.WalletReplaced():
            return {"wallet": fact.address}
        case events.SubjectClassified():
            return {"investor_class": fact.investor_class}
        case events.KycApproved():
            known = {"kyc_level": fact.level, "accreditation": fact.accreditation}
            return {**known, "fatca": fact.fatca}
        case _:
            return {}


def _forgotten(row: Row) -> Row:
    """Say that somebody is forgotten where something personal stood; a company's name is public."""
    gone: Row = {"name_box": None, "email": None, "bank_account": None, "bank_account_box": None}
    if row["kind"] == "person":
        gone["name"] = ERASED
    if row["bank_account"] or row["bank_account_box"]:
        gone["bank_account"] = ERASED
    return gone


def _split(name: str, value: Sealed | str | None) -> Row:
    """Keep what is sealed beside what lies open."""
    if isinstance(value, Sealed):
        return {name: None, f"{name}_box": plain(value)}
    return {name: value, f"{name}_box": None}


def _claims(claims: Row, fact: Event) -> Row:
    """Keep the newest claim of each topic: its number, what it says, and how far it is."""
    match fact:
        case events.ClaimRequested():
            claim = {"number": fact.number, "value": fact.value, "state": "REQUESTED"}
            return {**claims, TOPICS[fact.topic]: {**claim, "transaction": None}}
        case events.ClaimSigned():
            return _moved(claims, fact.number, state="SIGNED")
        case events.ClaimAdded():
            return _moved(claims, fact.number, state="ADDED", transaction=fact.transaction)
        case events.ClaimLapsed():
            return _moved(claims, fact.number, state="LAPSED")
        case events.ClaimRevoked():
            return _moved(claims, fact.number, state="REVOKED", transaction=fact.transaction)
        case _:
            return claims


def _moved(claims: Row, number: int, **values: str) -> Row:
    return {
        topic: {**claim, **values} if claim["number"] == number else claim
        for topic, claim in claims.items()
    }


VIEW: Final = FoldedView(
    "subjects",
    version=5,
    tables=(SUBJECTS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold_subject),
)
