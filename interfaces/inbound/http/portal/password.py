"""The page behind a mailed link on which somebody chooses a password; only its button acts."""

from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.gate import StoreUnavailable
from interfaces.inbound.http.access.accounts import PasswordByLink, set_by_link
from interfaces.inbound.http.access.desk import visit_of
from interfaces.inbound.http.calls import AnyRequest, Door, demand_media_type
from interfaces.inbound.http.portal.buyer import FORM, FORM_BYTES_MAX, form_of, html, later
from interfaces.inbound.http.portal.pages import notice_page, password_page
from interfaces.inbound.http.problems import Problem

PATH: Final = "/password"


def password_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of the page and of its button."""

    async def show(request: AnyRequest) -> Response[str]:
        return html(password_page(request.query_params.get("token", "")), 200)

    async def act(request: AnyRequest) -> Response[str]:
        demand_media_type(request, FORM)
        form = form_of(await request.body())
        token = form.get("token", "")[:1000]
        wish = PasswordByLink(token=token, password=form.get("password", "")[:512])
        try:
            await set_by_link(visit_of(door, request, None), wish)
        except Problem as problem:
            return _again(problem, token)
        except StoreUnavailable:
            return later()
        told = notice_page("Your password is set", "You can sign in with it now.")
        return html(told, 200)

    return [
        HTTPRouteHandler(PATH, http_method=HttpMethod.GET, name="ShowPasswordPage")(show),
        HTTPRouteHandler(
            PATH,
            http_method=HttpMethod.POST,
            name="SetPasswordByPage",
            request_max_body_size=FORM_BYTES_MAX,
        )(act),
    ]


def _again(problem: Problem, token: str) -> Response[str]:
    detail = problem.document.detail
    if problem.document.code == "password_refused":
        return html(password_page(token, detail), problem.kind.status)
    return html(notice_page("This link does not work", detail), problem.kind.status)
