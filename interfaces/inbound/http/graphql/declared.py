"""Strawberry's decorators with types: a question and a subscription stay what they are."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def question(description: str) -> Callable[[F], F]:
    """Declare a field of ``Query``."""
    declare: Callable[[F], F] = strawberry.field(description=description)
    return declare


def news(description: str) -> Callable[[F], F]:
    """Declare a field of ``Subscription``."""
    declare: Callable[[F], F] = strawberry.subscription(description=description)
    return declare
