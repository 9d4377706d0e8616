"""What admins have done to tokens on chain, and the rules of tokens to come (FX3, FX8)."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from domain.compliance.rulebook import COUNTRIES_LIMIT, COUNTRY, KYC, Rulebook
from domain.kernel.command import Command
from domain.kernel.money import LARGEST
from domain.settings import state as settings
from domain.token import commands
from domain.token.operations import CHUNK_LIMIT
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import END, Body, SubjectName, Text
from interfaces.inbound.http.rest.commands import CommandRoute

Units = Annotated[int, Meta(le=LARGEST, description="Units of the token, at least 1.")]
Chunk = Annotated[
    int, Meta(ge=1, le=CHUNK_LIMIT, description="Holders of one transaction at most.")
]
Limit = Annotated[int, Meta(ge=0, le=LARGEST, description="0 sets no limit.")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}" + END, description="ISO 3166 alpha-2.")]


class OperationReason(Body, frozen=True, kw_only=True):
    """Why; it stays on the log."""

    reason: Text


class HolderWallets(Body, frozen=True, kw_only=True):
    """Of which subjects; more than one operation takes are refused by name."""

    subjects: Annotated[tuple[SubjectName, ...], Meta(max_length=10_000)]
    reason: Text
    chunk: Chunk = commands.CHUNK


class UnitLine(Body, frozen=True, kw_only=True):
    """Units of one holder."""

    subject: SubjectName
    units: Units


class UnitLines(Body, frozen=True, kw_only=True):
    """Units of which holders; more than one operation takes are refused by name."""

    lines: Annotated[tuple[UnitLine, ...], Meta(max_length=10_000)]
    reason: Text
    chunk: Chunk = commands.CHUNK


class LostHolder(Body, frozen=True, kw_only=True):
    """Whose holding is recovered to its new wallet."""

    subject: SubjectName
    reason: Text


class NewRules(Body, frozen=True, kw_only=True):
    """What tokens that are planned from now on demand of their holders."""

    topics: Annotated[tuple[int, ...], Meta(max_length=5, description="Claim topics.")]
    country_rule: Literal["none", "allow", "deny"] = "none"
    countries: Annotated[tuple[Country, ...], Meta(max_length=COUNTRIES_LIMIT)] = ()
    holder_cap: Limit = 0
    maximum_balance: Limit = 0
    locked_until: Annotated[int, Meta(ge=0, description="Seconds since 1970; 0 for no lock.")] = 0


_WHY: Final = "order 7 of 2026-05-22"
_PAIR: Final = HolderWallets(subjects=("pennine", "brunel"), reason=_WHY)
_UNITS: Final = UnitLines(lines=(UnitLine(subject="brunel", units=50_000),), reason=_WHY)


def _token(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[OperationReason]:
    def build(call: Call, body: OperationReason) -> Command:
        return command(token=call.names["token"], reason=body.reason)

    return _route(path, operation, summary, (OperationReason, OperationReason(reason=_WHY), build))


def _wallets(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[HolderWallets]:
    def build(call: Call, body: HolderWallets) -> Command:
        return command(
            token=call.names["token"],
            subjects=body.subjects,
            reason=body.reason,
            chunk=body.chunk,
        )

    return _route(path, operation, summary, (HolderWallets, _PAIR, build))


def _units(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[UnitLines]:
    def build(call: Call, body: UnitLines) -> Command:
        return command(
            token=call.names["token"],
            lines=tuple(commands.Amount(line.subject, line.units) for line in body.lines),
            reason=body.reason,
            chunk=body.chunk,
        )

    return _route(path, operation, summary, (UnitLines, _UNITS, build))


def _route(path: str, operation: str, summary: str, body: Any) -> CommandRoute[Any]:
    kind, example, build = body
    return CommandRoute(
        path=f"/tokens/{{token:str}}/{path}",
        operation=operation,
        summary=summary,
        body=kind,
        example=example,
        build=build,
        aggregate="token",
    )


def _recover(call: Call, body: LostHolder) -> Command:
    return commands.RecoverHolder(
        token=call.names["token"], subject=body.subject, reason=body.reason
    )


def _publish(_: Call, body: NewRules) -> Command:
    return settings.PublishRulebook(
        rulebook=Rulebook(
            topics=body.topics,
            country_rule=body.country_rule,
            countries=body.countries,
            holder_cap=body.holder_cap,
            maximum_balance=body.maximum_balance,
            locked_until=body.locked_until,
        )
    )


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    _token("pause", "PauseToken", "Stop all moves of a token", commands.PauseToken),
    _token("resume", "ResumeToken", "Let a token move again", commands.ResumeToken),
    _token("rulebook", "AdoptRules", "Enforce the rules published now", commands.AdoptRules),
    _wallets("freeze", "FreezeWallets", "Freeze holders' wallets", commands.FreezeWallets),
    _wallets("unfreeze", "UnfreezeWallets", "Free frozen wallets", commands.UnfreezeWallets),
    _units("freeze-units", "FreezeUnits", "Freeze a part of holdings", commands.FreezeUnits),
    _units("unfreeze-units", "UnfreezeUnits", "Free frozen units", commands.UnfreezeUnits),
    _units("mint", "MintUnits", "Create units, up to what the token is for", commands.MintUnits),
    _units("burn", "BurnUnits", "Destroy units that nobody has offered", commands.BurnUnits),
    _wallets(
        "holders",
        "RegisterHolders",
        "Enter subjects as holders; those that are there are skipped",
        commands.RegisterHolders,
    ),
    _route(
        "recover",
        "RecoverHolder",
        "Move what lies in a lost wallet into the subject's new one",
        (LostHolder, LostHolder(subject="brunel", reason="key lost, case 12"), _recover),
    ),
    CommandRoute(
        path="/settings/rulebook",
        operation="PublishRulebook",
        summary="Set the rules of tokens that are planned from now on",
        body=NewRules,
        example=NewRules(
            topics=(KYC, COUNTRY), country_rule="deny", countries=("IR", "KP"), holder_cap=150
        ),
        build=_publish,
        aggregate="settings",
    ),
)
