"""Lots, listings, trades and the terms of the house (FX5, FX6)."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from domain.kernel.command import Command
from domain.listing import commands as listings
from domain.settings import state as settings
from domain.token import commands as tokens
from domain.trade import commands as trades
from domain.trade.decide import LISTED, TRADE_NAME
from domain.trade.events import PretradeStopped
from domain.trade.state import trade_stream
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import END, Amount, BasisPoints, Body, Day, Name
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody

TradeName = Annotated[str, Meta(pattern=f"^{TRADE_NAME.pattern}{END}")]
Count = Annotated[int, Meta(ge=1, le=10_000)]


class Slice(Body, frozen=True, kw_only=True):
    """Into how many equal lots the caller's units are split."""

    slices: Count


class OpenListing(Body, frozen=True, kw_only=True):
    """A lot and its price; the quoted yield is kept beside the one that we compute."""

    token: Name
    slice: Count
    price: Amount
    quoted_yield_bps: BasisPoints


class CheckTrade(Body, frozen=True, kw_only=True):
    """Answers to the pre-trade questions; ``trade`` is the caller's own name for the trade."""

    trade: TradeName
    listing: Name
    answers: dict[str, bool]


class Terms(Body, frozen=True, kw_only=True):
    """Prices and limits from now on."""

    discount_bps: BasisPoints
    fee_bps: BasisPoints
    face_cap: Amount
    confirmation_business_days: Annotated[int, Meta(ge=1, le=90)]


class Holidays(Body, frozen=True, kw_only=True):
    """The bank holidays of a calendar."""

    calendar: Name
    days: Annotated[tuple[Day, ...], Meta(max_length=1000)]


def _slice(call: Call, body: Slice) -> Command:
    return tokens.SliceToken(token=call.names["token"], slices=body.slices)


def _list(_: Call, body: OpenListing) -> Command:
    return listings.OpenListing(
        token=body.token,
        slice=body.slice,
        price=body.price.money(),
        quoted_yield_bps=body.quoted_yield_bps,
    )


def _withdraw(call: Call, _: NoBody) -> Command:
    return listings.WithdrawListing(listing=call.names["listing"])


def _check(call: Call, body: CheckTrade) -> Command:
    record = None
    if body.answers.get(LISTED) and call.principal.role == "investor":
        said = msgspec.json.encode(body.answers, order="sorted").decode()
        place = (trade_stream(body.trade), PretradeStopped.TYPE, "/record")
        record = call.services.vault.seal(call.principal.subject, *place, said)
    return trades.CheckTrade(
        trade=body.trade, listing=body.listing, answers=body.answers, record=record
    )


def _execute(call: Call, _: NoBody) -> Command:
    return trades.ExecuteTrade(trade=call.names["trade"])


def _terms(_: Call, body: Terms) -> Command:
    return settings.PublishTerms(
        discount_bps=body.discount_bps,
        fee_bps=body.fee_bps,
        face_cap=body.face_cap.money(),
        confirmation_business_days=body.confirmation_business_days,
    )


def _holidays(_: Call, body: Holidays) -> Command:
    return settings.PublishHolidays(calendar=body.calendar, days=body.days)


_TRADING: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/tokens/{token:str}/slices",
        operation="SliceToken",
        summary="Split the caller's units into equal lots",
        body=Slice,
        example=Slice(slices=5),
        build=_slice,
        aggregate="token",
    ),
    CommandRoute(
        path="/listings",
        operation="OpenListing",
        summary="Offer a lot at a price",
        body=OpenListing,
        example=OpenListing(
            token="FXR-INV-23A4F",  # noqa: S106 - the name of a security
            slice=2,
            price=Amount(amount=199_150, currency="GBP"),
            quoted_yield_bps=242,
        ),
        build=_list,
        aggregate="listing",
        creates=True,
    ),
    CommandRoute(
        path="/listings/{listing:str}/withdraw",
        operation="WithdrawListing",
        summary="Take an offer back",
        body=NoBody,
        example=NoBody(),
        build=_withdraw,
        aggregate="listing",
    ),
    CommandRoute(
        path="/trades",
        operation="CheckTrade",
        blocking=True,
        summary="Answer the pre-trade questions for a listing",
        body=CheckTrade,
        example=CheckTrade(
            trade="brunel-0001",
            listing="FXR-INV-23A4F-S2-1",
            answers={
                "details_unchanged": True,
                "sanctions_on_directors": False,
                "risk_understood": True,
            },
        ),
        build=_check,
        aggregate="trade",
        creates=True,
    ),
    CommandRoute(
        path="/trades/{trade:str}/execute",
        operation="ExecuteTrade",
        summary="Buy the lot whose check was passed",
        body=NoBody,
        example=NoBody(),
        build=_execute,
        aggregate="trade",
    ),
)

_SETTINGS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/settings/terms",
        operation="PublishTerms",
        summary="Set prices and limits from now on",
        body=Terms,
        example=Terms(
            discount_bps=240,
            fee_bps=100,
            face_cap=Amount(amount=25_000_000, currency="GBP"),
            confirmation_business_days=5,
        ),
        build=_terms,
        aggregate="settings",
    ),
    CommandRoute(
        path="/settings/holidays",
        operation="PublishHolidays",
        summary="Set the bank holidays of a calendar",
        body=Holidays,
        example=Holidays(calendar="GB-ENG", days=("2026-05-25", "2026-08-31")),
        build=_holidays,
        aggregate="settings",
    ),
)

ROUTES: Final = _TRADING + _SETTINGS
