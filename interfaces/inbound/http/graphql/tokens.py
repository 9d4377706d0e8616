"""Tokens: contracts, rules, standing, and what admins had done to them."""

from typing import Annotated, Final

import msgspec
import strawberry
from strawberry.scalars import JSON

from interfaces.inbound.http.graphql.amounts import chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from projections.tokens import queries as tokens
from projections.tokens.queries import OperationRow, TokenRow


@strawberry.type(description="A security token and how it stands.")
class Token:
    """An ERC-3643 token."""

    token: str = strawberry.field(description="Its name, which is the salt of its suite.")
    state: str = strawberry.field(description="Its state, e.g. DEPLOYED, MINTED, RETIRING.")
    invoice: str = strawberry.field(description="The invoice that it stands for.")
    name: str = strawberry.field(description="Its name on chain.")
    symbol: str = strawberry.field(description="Its symbol on chain.")
    decimals: int = strawberry.field(description="Decimals of its units.")
    units: Long = strawberry.field(description="Units that it stands for.")
    supply: Long = strawberry.field(description="Units that there are.")
    currency: str = strawberry.field(description="The currency of its invoice.")
    paused: bool = strawberry.field(description="Whether an admin has stopped all moves.")
    frozen_wallets: int = strawberry.field(description="How many wallets are frozen.")
    rulebook: JSON | None = strawberry.field(description="The rules of its suite.")
    address: str | None = strawberry.field(description="The token's address.")
    identity_registry: str | None = strawberry.field(description="Its identity registry.")
    compliance: str | None = strawberry.field(description="Its compliance contract.")
    planned_at: Instant = strawberry.field(description="When it was planned.")
    updated_at: Instant = strawberry.field(description="When it changed last.")
    position: Long = strawberry.field(description="The position of its plan on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.type(description="What an admin had done to a token on chain.")
class TokenOperation:
    """An operation in one or several transactions."""

    token: str = strawberry.field(description="The token.")
    operation: int = strawberry.field(description="Its number within the token.")
    kind: str = strawberry.field(description="What is done, e.g. freeze, mint_units, recover.")
    state: str = strawberry.field(description="PENDING, DONE, or FAILED.")
    reason: str = strawberry.field(description="Why, in the words of the admin.")
    lines: JSON = strawberry.field(description="Holders, their wallets and units.")
    open_writes: list[str] = strawberry.field(description="Chain writes without an answer.")
    transactions: list[str] = strawberry.field(description="Transactions that did it.")
    code: str | None = strawberry.field(description="The code of the chain's refusal.")
    refusal: str | None = strawberry.field(description="The chain's refusal in its own words.")
    requested_at: Instant = strawberry.field(description="When it was requested.")
    updated_at: Instant = strawberry.field(description="When it changed last.")
    position: Long = strawberry.field(description="The position of the request on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which tokens.")
class TokenFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description="The state.")
    invoice: str | None = strawberry.field(default=None, description="The invoice.")
    paused: bool | None = strawberry.field(default=None, description="Whether it is paused.")


def _show_token(row: TokenRow) -> Token:
    rulebook = None if row.rulebook is None else JSON(msgspec.to_builtins(row.rulebook))
    return shown(Token, row, rulebook=rulebook)


def _show_operation(row: OperationRow) -> TokenOperation:
    return shown(TokenOperation, row, lines=JSON(msgspec.to_builtins(row.lines)))


TOKENS: Final = Listed[TokenRow, Token, int](
    name="tokens", kind=int, key=lambda row: row.position, show=_show_token
)
OPERATIONS: Final = Listed[OperationRow, TokenOperation, int](
    name="tokenOperations", kind=int, key=lambda row: row.operation, show=_show_operation
)


@strawberry.type
class TokenQueries:
    """Questions about tokens."""

    @question("Tokens, newest first.")
    async def tokens(
        self,
        info: Info,
        wanted: Annotated[
            TokenFilter | None,
            strawberry.argument(name="filter", description="Which tokens."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Token]:
        """Answer a page of tokens."""
        info.context.demand("tokens")
        condition = chosen(tokens.TokenFilter, wanted)
        return await TOKENS.page(
            info.context.reader,
            lambda key, limit: tokens.tokens(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("What admins had done to a token, in order; for the back office.")
    async def token_operations(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The token.")],
        state: Annotated[
            str | None, strawberry.argument(description="Only operations in this state.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[TokenOperation]:
        """Answer a page of operations."""
        info.context.demand("token_operations")
        return await OPERATIONS.page(
            info.context.reader,
            lambda key, limit: tokens.operations(token, state=state, after=key, limit=limit),
            first=first,
            after=after,
        )
