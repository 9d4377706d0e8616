"""A page of the clocks that run late or were breached, for who has signed in and may see it."""

from collections.abc import Sequence
from html import escape
from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest, Door, called
from interfaces.inbound.http.portal.buyer import html
from interfaces.inbound.http.portal.pages import page
from interfaces.inbound.http.rest.deadlines import Deadline, audience_of, show_clock
from interfaces.inbound.http.visibility import demand_query
from projections.clocks import queries
from projections.select import PAGE_MAX

PATH: Final = "/operations/board"


def board_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of the page; who has no session or key is refused as over REST."""

    async def show(request: AnyRequest) -> Response[str]:
        call = await called(door, request)
        demand_query(call.principal, "deadlines")
        audience = audience_of(call.principal)
        found = []
        for standing in ("BREACHED", "LATE", "IN_TIME"):
            wanted = queries.ClockFilter(audience=audience, state="RUNNING", standing=standing)
            found += await call.services.reader.fetch(queries.clocks(wanted, limit=PAGE_MAX))
        return html(board_page([show_clock(row) for row in found]), 200)

    return HTTPRouteHandler(PATH, http_method=HttpMethod.GET, name="ShowBoard")(show)


def board_page(clocks: Sequence[Deadline]) -> str:
    """Write the board: what was breached first, under a red line."""
    breached = sum(clock.standing == "BREACHED" for clock in clocks)
    banner = f'<p class="amount" role="alert">{breached} past the hard cap</p>' if breached else ""
    lines = "\n".join(_line(clock) for clock in clocks)
    return page(
        "Service levels",
        f"""{banner}<p class="lead">{len(clocks)} clocks are running.</p>
<dl>
{lines}
</dl>""",
    )


def _line(clock: Deadline) -> str:
    cap = "no cap" if clock.cap_at is None else f"cap {_moment(clock.cap_at)}"
    target = "no target" if clock.target_at is None else f"target {_moment(clock.target_at)}"
    told = f"{clock.standing.replace('_', ' ').lower()}; {target}, {cap}; then: {clock.breach}"
    return f"<dt>{escape(clock.step)}: {escape(clock.target)}</dt><dd>{escape(told)}</dd>"


def _moment(instant: str) -> str:
    return f"{instant[:10]} {instant[11:16]} UTC"
