"""What is for sale: whole invoices to fund, and lots of tokens."""

from typing import Annotated, Final

import strawberry

from interfaces.inbound.http.graphql.amounts import Money, chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Day, Instant, Long
from projections.marketplace import queries
from projections.marketplace.queries import ListingRow, OfferRow


@strawberry.type(description="A confirmed invoice that a lender can fund.")
class Offer:
    """An invoice on the market."""

    invoice: str = strawberry.field(description="The invoice's number.")
    seller: str = strawberry.field(description="The subject that is to be paid.")
    buyer: str = strawberry.field(description="The subject that owes the face amount.")
    face: Money = strawberry.field(description="What the buyer owes.")
    issued: Day = strawberry.field(description="The day of issue.")
    due: Day = strawberry.field(description="The day on which the buyer pays.")
    token: str = strawberry.field(description="The token that stands for it.")
    units: Long = strawberry.field(description="Units of that token.")
    discount_bps: int = strawberry.field(description="The discount in basis points.")
    advance: Money = strawberry.field(description="What a lender pays.")
    fee: Money = strawberry.field(description="What the platform keeps of it.")
    listed_at: Instant = strawberry.field(description="Since when it is on the market.")
    position: Long = strawberry.field(description="The position of its submission on the log.")


@strawberry.type(description="A lot of a token that its holder sells.")
class Listing:
    """A lot on the market, with the yield that was quoted and the one that we compute."""

    listing: str = strawberry.field(description="The name of the listing.")
    state: str = strawberry.field(description="LISTED, RESERVED, SOLD or WITHDRAWN.")
    token: str = strawberry.field(description="The token.")
    invoice: str = strawberry.field(description="The invoice that the token stands for.")
    slice: int = strawberry.field(description="The number of the lot.")
    seller: str = strawberry.field(description="The holder that sells it.")
    units: Long = strawberry.field(description="Units of the lot.")
    price: Money = strawberry.field(description="What a buyer pays.")
    due: Day = strawberry.field(description="The day on which the invoice is due.")
    quoted_yield_bps: int = strawberry.field(description="The yield that the seller quotes.")
    computed_yield_bps: int = strawberry.field(description="The yield that we compute.")
    trade: str | None = strawberry.field(description="The trade that reserves or bought it.")
    opened_at: Instant = strawberry.field(description="Since when it is on the market.")
    position: Long = strawberry.field(description="The position of its first event on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which offers; ranges are inclusive, amounts in minor units.")
class OfferFilter:
    """Conditions that all must hold."""

    face_least: Long | None = strawberry.field(default=None, description="The smallest face.")
    face_most: Long | None = strawberry.field(default=None, description="The largest face.")
    due_from: Day | None = strawberry.field(default=None, description="The first due day.")
    due_until: Day | None = strawberry.field(default=None, description="The last due day.")
    discount_bps_least: int | None = strawberry.field(
        default=None, description="The smallest discount."
    )
    discount_bps_most: int | None = strawberry.field(
        default=None, description="The largest discount."
    )
    buyer: str | None = strawberry.field(default=None, description="The buyer.")
    seller: str | None = strawberry.field(default=None, description="The seller.")
    currency: str | None = strawberry.field(default=None, description="The face's currency.")


@strawberry.input(description="Which listings; open ones unless a state is named.")
class ListingFilter:
    """Conditions that all must hold; ranges are inclusive, amounts in minor units."""

    state: str | None = strawberry.field(
        default=None, description="LISTED, RESERVED, SOLD or WITHDRAWN."
    )
    token: str | None = strawberry.field(default=None, description="The token.")
    invoice: str | None = strawberry.field(default=None, description="The invoice.")
    seller: str | None = strawberry.field(default=None, description="The seller.")
    currency: str | None = strawberry.field(default=None, description="The price's currency.")
    price_least: Long | None = strawberry.field(default=None, description="The lowest price.")
    price_most: Long | None = strawberry.field(default=None, description="The highest price.")
    due_from: Day | None = strawberry.field(default=None, description="The first due day.")
    due_until: Day | None = strawberry.field(default=None, description="The last due day.")
    yield_bps_least: int | None = strawberry.field(
        default=None, description="The smallest computed yield."
    )


def _show_offer(row: OfferRow) -> Offer:
    return shown(Offer, row)


def _show_listing(row: ListingRow) -> Listing:
    return shown(Listing, row)


OFFERS: Final = Listed[OfferRow, Offer, int](
    name="offers", kind=int, key=lambda row: row.position, show=_show_offer
)
LISTINGS: Final = Listed[ListingRow, Listing, int](
    name="listings", kind=int, key=lambda row: row.position, show=_show_listing
)


@strawberry.type
class MarketplaceQueries:
    """Questions about what is for sale, for those who may buy."""

    @question("Invoices that can be funded, newest first.")
    async def marketplace(
        self,
        info: Info,
        wanted: Annotated[
            OfferFilter | None,
            strawberry.argument(name="filter", description="Which offers."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Offer]:
        """Answer a page of offers."""
        info.context.demand("marketplace")
        condition = chosen(queries.OfferFilter, wanted)
        return await OFFERS.page(
            info.context.reader,
            lambda key, limit: queries.offers(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("Lots that holders sell, newest first.")
    async def listings(
        self,
        info: Info,
        wanted: Annotated[
            ListingFilter | None,
            strawberry.argument(name="filter", description="Which listings."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Listing]:
        """Answer a page of listings."""
        info.context.demand("marketplace")
        condition = chosen(queries.ListingFilter, wanted)
        return await LISTINGS.page(
            info.context.reader,
            lambda key, limit: queries.listings(condition, after=key, limit=limit),
            first=first,
            after=after,
        )
