"""The value of an entry after an event: its state, and what its facts say, field by field."""

from collections.abc import Callable
from typing import Any, Final

from domain.account import events as account
from domain.affiliation import events as affiliation
from domain.invoice.events import BuyerReminded
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.registration import events as registration
from domain.settings.events import HolidaysPublished, RetentionPublished, RulebookPublished
from domain.token import events as token
from domain.wallet import events as wallet
from projections.folding import plain
from projections.states import WORKFLOWS, state_after

Value = dict[str, Any]
Evolve = Callable[[Value | None, str, Recorded], Value | None]

FIELDS: Final[dict[tuple[str, str], str | None]] = {
    ("apikey.issued", "digest"): None,
    ("apikey.rotated", "until"): "overlaps_until",
    ("chainwrite.reorganised", "block_hash"): None,
    ("chainwrite.replaced", "block"): None,
    ("chainwrite.retracted", "block"): None,
    ("chainwrite.retracted", "block_hash"): None,
    ("invoice.disbursed", "amount"): "disbursed",
    ("invoice.funding_reversed", "lender"): None,
    ("invoice.obligor_paid", "amount"): "paid",
    ("listing.reopened", "trade"): None,
    ("log.key_rotated", "new"): "rotated_to",
    ("log.key_rotated", "old"): "rotated_from",
    ("log.key_rotated", "purpose"): "rotated_purpose",
    ("log.key_rotated", "signature"): "rotation_signature",
    ("log.frozen_for_lateness", "limit_seconds"): "late_limit_seconds",
    ("log.frozen_for_lateness", "position"): "late_position",
    ("log.frozen_for_lateness", "since"): "late_since",
    ("log.thawed", "position"): None,
    ("log.thawed", "size"): None,
    ("log.streams_committed", "count"): "streams_count",
    ("log.streams_committed", "root"): "streams_root",
    ("log.streams_committed", "size"): "streams_size",
    ("subject.classified", "valid_until"): "class_valid_until",
    ("subject.fact_lapsed", "fact"): "lapsed_fact",
    ("subject.fact_lapsed", "valid_until"): "lapsed_at",
    ("subject.identity_deployed", "transaction"): "identity_transaction",
    ("subject.kyc_passed", "evidence"): "kyc_evidence",
    ("subject.kyc_passed", "provenance"): "kyc_provenance",
    ("subject.kyc_passed", "valid_until"): "kyc_valid_until",
    ("subject.kyc_renewed", "evidence"): "kyc_evidence",
    ("subject.kyc_renewed", "valid_until"): "kyc_valid_until",
    ("subject.risk_passed", "evidence"): "risk_evidence",
    ("subject.risk_passed", "provenance"): "risk_provenance",
    ("subject.screening_passed", "evidence"): "screening_evidence",
    ("subject.screening_passed", "provenance"): "screening_provenance",
    ("subject.wallet_bound", "address"): "wallet",
    ("platform.account_rotated", "new"): "rotated_to",
    ("platform.account_rotated", "old"): "rotated_from",
    ("platform.account_rotated", "purpose"): "rotated_purpose",
    ("platform.handed_over", "account"): "handed_over_to",
    ("platform.handed_over", "purpose"): "handed_over_purpose",
    ("trade.refunded", "amount"): "refunded",
    ("user.identity_linked", "provider"): "linked",
    ("user.identity_unlinked", "provider"): "unlinked",
    ("user.locked", "failures"): None,
    ("user.locked", "until"): "locked_until",
    ("user.password_set", "reason"): "password_reason",
    ("user.sessions_revoked", "session"): "revoked_session",
    ("user.closed", "reason"): "closed_because",
}
"""Fields of facts that an entry keeps under another name, or not at all."""

ENDED: Final[dict[str, tuple[str, ...]]] = {
    "chainwrite.reorganised": ("block", "block_hash", "gas_used", "gas_price", "fee"),
    "chainwrite.retracted": ("block", "block_hash", "gas_used", "gas_price", "fee"),
    "chainwrite.retried": ("reason",),
    "invoice.funded": ("reason",),
    "invoice.funding_reversed": ("lender", "write"),
    "listing.reopened": ("trade",),
    "listing.reserved": ("reason",),
    "log.thawed": ("late_limit_seconds", "late_position", "late_since"),
    "reconciliation.stated": ("breaks",),
    "subject.classified": ("class_valid_until",),
    "subject.kyc_renewed": ("kyc_valid_until",),
    "subject.wallet_bound": ("identity", "identity_transaction"),
}
"""Fields that are no longer true after a fact of this type."""


def value_after(entry: str, key: str, before: Value | None, event: Recorded) -> Value | None:
    """Compute an entry's value after an event; nothing when the entry is gone."""
    return _EVOLVE.get(entry, _merge)(before, key, event)


_STEPS: Final = {row.event: row.target for row in WORKFLOWS["subject"].rows}
"""Where each step leads a subject, whatever compliance said in between."""


def _fields(before: Value, event: Recorded) -> Value:
    kind, data = event.envelope.type, plain(event.fact)
    named = {FIELDS.get((kind, name), name): value for name, value in data.items()}
    kept = _kept(before, event)
    return {**kept, **{name: value for name, value in named.items() if name is not None}}


def _merge(before: Value | None, _: str, event: Recorded) -> Value:
    kind, aggregate = event.envelope.type, aggregate_of(event.stream)
    value = _fields(before or {}, event)
    if aggregate in WORKFLOWS:
        value["state"] = state_after(aggregate, (before or {}).get("state"), kind)
    return value


def _standing(_: Value | None, __: str, event: Recorded) -> Value:
    """Keep compliance's last word on a subject."""
    return {"said": event.envelope.type.partition(".")[2], **plain(event.fact)}


def _deadline(before: Value | None, _: str, event: Recorded) -> Value:
    """Keep a clock with everything that was told of it."""
    told = [*(before or {}).get("told", []), event.envelope.type.partition(".")[2]]
    return {**plain(event.fact), "told": told}


def _subject(before: Value | None, _: str, event: Recorded) -> Value:
    """Follow the steps that everybody's readers see; a pause or a review is no such step."""
    kind = event.envelope.type
    known = before or {}
    return {**_fields(known, event), "state": _STEPS.get(kind, known.get("state"))}


def _kept(before: Value, event: Recorded) -> Value:
    if event.envelope.type == "invoice.submitted":
        return {}
    ended = ENDED.get(event.envelope.type, ())
    return {name: value for name, value in before.items() if name not in ended}


def _invoice(before: Value | None, key: str, event: Recorded) -> Value:
    value = _merge(before, key, event)
    if isinstance(event.fact, BuyerReminded):
        del value["kind"]
        value["reminders"] = [*value.get("reminders", []), event.fact.kind]
    return value


def _account(before: Value | None, key: str, event: Recorded) -> Value:
    fact = event.fact
    if isinstance(fact, account.AccountOpened):
        owner, purpose, asset = key.split("/", 2)
        names = {"owner": owner, "purpose": purpose, "asset": asset}
        return {**names, "book_decimals": fact.book_decimals, "balance": 0, "held": 0}
    data = plain(fact)
    return {**_present(before, event), "balance": data["balance"], "held": data["held"]}


def _hold(before: Value | None, _: str, event: Recorded) -> Value | None:
    fact = event.fact
    if isinstance(fact, account.AccountHeld):
        names = {"account": identity_of(event.stream), "hold": fact.hold}
        return {**names, "remaining": fact.amount}
    if isinstance(fact, account.AccountPosted):
        value = _present(before, event)
        remaining = value["remaining"] - fact.amount
        return {**value, "remaining": remaining} if remaining else None
    return None


def _wallet(before: Value | None, key: str, event: Recorded) -> Value:
    """Keep a wallet, and whether it is bound."""
    bound = isinstance(event.fact, wallet.WalletProven)
    return {**_merge(before, key, event), "bound": bound}


def _contact(before: Value | None, key: str, event: Recorded) -> Value:
    """Keep what is known of an address or a phone; codes and their MACs are no entries."""
    value: Value = {"channel": key.rpartition("/")[2], "codes": 0, "refused": 0, "verified": False}
    value |= before or {}
    match event.fact:
        case registration.CodeIssued():
            return {**value, "codes": event.fact.number}
        case registration.CodeRefused():
            return {**value, "refused": value["refused"] + 1}
        case _:
            return {**value, "verified": True}


def _claim(_: Value | None, __: str, event: Recorded) -> Value | None:
    return plain(event.fact) if event.envelope.type == "claim.taken" else None


def _apikey(before: Value | None, key: str, event: Recorded) -> Value:
    return {**_merge(before, key, event), "revoked": event.envelope.type == "apikey.revoked"}


def _user(before: Value | None, key: str, event: Recorded) -> Value:
    totp = {"user.totp_enabled": True, "user.totp_disabled": False}
    was = (before or {}).get("totp", False)
    return {**_merge(before, key, event), "totp": totp.get(event.envelope.type, was)}


def _affiliation(before: Value | None, key: str, event: Recorded) -> Value:
    """Keep the broker, and the partners whose tenants the subject belongs to."""
    value: Value = {"affiliation": key, "broker": None, "partners": []} | (before or {})
    partners = set(value["partners"])
    match event.fact:
        case affiliation.TenantJoined():
            partners.add(event.fact.partner)
        case affiliation.TenantLeft():
            partners.discard(event.fact.partner)
        case _:
            return {**value, **plain(event.fact)}
    return {**value, "partners": sorted(partners)}


def _settings(before: Value | None, _: str, event: Recorded) -> Value:
    if isinstance(event.fact, RulebookPublished):
        return {**(before or {}), **plain(event.fact)}
    if isinstance(event.fact, RetentionPublished):
        return {**(before or {}), "retention_years": event.fact.years}
    part = "holidays" if isinstance(event.fact, HolidaysPublished) else "terms"
    return {**(before or {}), part: plain(event.fact)}


def _token(before: Value | None, _: str, event: Recorded) -> Value:
    fact = event.fact
    state = state_after("token", (before or {}).get("state"), event.envelope.type)
    match fact:
        case token.TokenPlanned():
            nothing = {"supply": 0, "unpaused": False}
            return {**plain(fact), **nothing, "state": state}
        case token.TokenDeployed():
            data = plain(fact)
        case token.TokenUnpaused():
            data = {"unpaused": True}
        case token.TokenMinted():
            data = {"supply": fact.units}
        case token.TokenBurned() | token.UnitsMinted() | token.UnitsBurned():
            data = {"supply": fact.supply}
        case token.RulebookAdopted():
            data = plain(fact)
        case token.TokenPaused() | token.TokenResumed():
            data = {"paused": isinstance(fact, token.TokenPaused)}
        case _:
            data = {}
    return {**_present(before, event), **data, "state": state}


def _holder(before: Value | None, key: str, event: Recorded) -> Value | None:
    name, _, holder = key.partition("/")
    units = (before or {}).get("units", 0) + _gained(event.fact, holder)
    return {"token": name, "holder": holder, "units": units} if units else None


def _gained(fact: Event, holder: str) -> int:
    match fact:
        case token.TokenMinted():
            return fact.units
        case token.TokenBurned():
            return -fact.units
        case token.TokenTransferred():
            return fact.units * ((holder == fact.receiver) - (holder == fact.sender))
        case token.UnitsMinted() | token.UnitsBurned():
            units = sum(line.units for line in fact.lines if line.subject == holder)
            return units if isinstance(fact, token.UnitsMinted) else -units
        case _:
            message = f"moves no units: {fact!r}"
            raise TypeError(message)


def _operation(before: Value | None, _: str, event: Recorded) -> Value | None:
    """Keep an operation with the writes that are still open; it is gone with the last of them."""
    fact = event.fact
    if isinstance(fact, token.OperationRequested):
        return {**plain(fact), "token": identity_of(event.stream)}
    value = _present(before, event)
    if isinstance(fact, token.RulebookRequested):
        return {**value, **plain(fact)}
    write = getattr(fact, "write", None) or value["writes"][0]
    open_writes = [name for name in value["writes"] if name != write]
    return {**value, "writes": open_writes} if open_writes else None


def _registration(before: Value | None, _: str, event: Recorded) -> Value:
    state = "REGISTERED" if isinstance(event.fact, token.HolderRegistered) else "REQUESTED"
    names = {"token": identity_of(event.stream), "state": state}
    return {**(before or {}), **plain(event.fact), **names}


def _while_wished(_: Value | None, __: str, event: Recorded) -> Value | None:
    if isinstance(event.fact, token.TransferRequested | token.BurnRequested):
        return {"token": identity_of(event.stream), **plain(event.fact)}
    return None


def _slice(before: Value | None, key: str, event: Recorded) -> Value:
    fact = event.fact
    match fact:
        case token.TokenSliced():
            name, _, number = key.partition("/")
            lot = {"token": name, "slice": int(number), "units": fact.lot_units}
            return {**lot, "holder": fact.holder, "listing": None}
        case token.SliceListed():
            return {**_present(before, event), "listing": fact.listing}
        case token.SliceUnlisted():
            return {**_present(before, event), "listing": None, "holder": fact.holder}
        case _:
            message = f"not about a slice: {fact!r}"
            raise TypeError(message)


def _present(before: Value | None, event: Recorded) -> Value:
    if before is None:
        message = f"{event.envelope.type} at {event.position}: there is no entry to change"
        raise KeyError(message)
    return before


_EVOLVE: Final[dict[str, Evolve]] = {
    "user": _user,
    "account": _account,
    "affiliation": _affiliation,
    "apikey": _apikey,
    "burn": _while_wished,
    "claim": _claim,
    "contact": _contact,
    "wallet": _wallet,
    "hold": _hold,
    "holder": _holder,
    "invoice": _invoice,
    "operation": _operation,
    "registration": _registration,
    "settings": _settings,
    "deadline": _deadline,
    "slice": _slice,
    "standing": _standing,
    "subject": _subject,
    "token": _token,
    "transfer": _while_wished,
}
