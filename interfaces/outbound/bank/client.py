"""The HTTP client of a bank: the port `application.ports.world.Bank`.

Whatever is not a clear answer about *this* payment counts as no answer: the payment is sent again,
and the bank recognises it by its end-to-end id.
"""

from types import TracebackType
from typing import Final, Self

import httpx

from application.ports.world import (
    BankNotification,
    BankPayment,
    BankRefused,
    BankUnreachable,
)
from interfaces.outbound.bank.iso20022 import MalformedMessage
from interfaces.outbound.bank.messages import payment_message, read_answer, read_notifications
from interfaces.outbound.payments import problem_of

TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)
ANSWERS: Final = frozenset({200, 202, 400, 409, 422})
"""The statuses with which a bank's own word on a payment comes."""


class BankClient:
    """A bank at a URL; `initiator` is the name under which we order payments."""

    def __init__(self, url: str, *, initiator: str = "Tallystick") -> None:
        # The bank is configured by its address alone: no proxy or netrc of the environment.
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._initiator = initiator

    def pay(self, payment: BankPayment) -> None:
        """Hand over a payment; see `Bank.pay`. Raises `BankUnreachable` or `BankRefused`."""
        problem = problem_of(payment)
        if problem is not None:
            raise BankRefused(problem)
        response = self._send(
            self._http.build_request(
                "POST",
                "/payments",
                content=payment_message(payment, self._initiator),
                headers={"content-type": "application/xml"},
            )
        )
        if response.status_code not in ANSWERS:
            raise BankUnreachable(f"the bank answered {response.status_code}")
        try:
            answer = read_answer(response.content)
        except MalformedMessage as error:
            raise BankUnreachable(f"the bank's answer cannot be read: {error}") from error
        if answer.end_to_end_id != payment.end_to_end_id:
            raise BankUnreachable("the bank answered about another payment")
        if answer.reason is not None:
            raise BankRefused(answer.reason)

    def notifications(self, account: str, after: int) -> list[BankNotification]:
        """Read what happened on an account; see `Bank.notifications`. Raises `BankUnreachable`."""
        response = self._send(
            self._http.build_request(
                "GET", "/notifications", params={"account": account, "after": after}
            )
        )
        if response.status_code != httpx.codes.OK:
            raise BankUnreachable(f"the bank answered {response.status_code}")
        try:
            return read_notifications(response.content)
        except MalformedMessage as error:
            raise BankUnreachable(f"the bank's answer cannot be read: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request)
        except httpx.HTTPError as error:
            raise BankUnreachable(f"the bank does not answer: {type(error).__name__}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
