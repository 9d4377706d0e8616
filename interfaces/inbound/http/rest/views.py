"""Reads over the views: what exists, for those who may see it."""

from typing import Any, Final

from interfaces.inbound.http.rest.reads import ReadRoute

ROUTES: Final[tuple[ReadRoute[Any], ...]] = ()
