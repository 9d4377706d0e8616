"""Calls of a provider's API that last: short time-outs, a few tries, patience when asked for.

What fails for the moment is tried again here with growing pauses (tenacity); what still fails is
left to the worker, which comes back later. Nothing of a request or an answer reaches a log.
"""

from collections.abc import Callable
from typing import Final

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from application.ports.checks import ProviderRefused, ProviderUnreachable

TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)
ATTEMPTS: Final = 4
PATIENCE_SECONDS: Final = 10.0
"""The longest that we wait within one call, whatever the provider asks for."""

BUSY: Final = frozenset({408, 425, 429})


class _Again(ProviderUnreachable):
    """The provider does not answer now; ``seconds`` is the patience that it asks for."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.seconds = seconds


class Caller:
    """Sends requests to one provider; ``headers`` makes those that sign a request."""

    def __init__(
        self,
        url: str,
        headers: Callable[[httpx.Request], dict[str, str]],
        *,
        attempts: int = ATTEMPTS,
        first_wait: float = 0.2,
    ) -> None:
        # The provider is configured by its address alone: no proxy or netrc of the environment.
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._headers = headers
        self._attempts = attempts
        self._backoff = wait_exponential_jitter(
            multiplier=first_wait, max=PATIENCE_SECONDS, jitter=first_wait
        )

    def call(
        self, build: Callable[[httpx.Client], httpx.Request], *, good: frozenset[int]
    ) -> httpx.Response:
        """Send a request until it is answered with one of these statuses.

        Raises ProviderUnreachable when it is not for now, ProviderRefused when it never will be.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(self._attempts),
            wait=self._wait,
            reraise=True,
        )
        return retrying(self._send, build, good)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.seconds if isinstance(error, _Again) else 0.0
        return min(max(asked, self._backoff(state)), PATIENCE_SECONDS)

    def _send(
        self, build: Callable[[httpx.Client], httpx.Request], good: frozenset[int]
    ) -> httpx.Response:
        request = build(self._http)
        # Signed anew each time: a signature holds for a minute.
        request.headers.update(self._headers(request))
        try:
            response = self._http.send(request)
        except httpx.HTTPError as error:
            raise _Again(type(error).__name__) from error
        status = response.status_code
        if status in good:
            return response
        if status in BUSY or status >= 500:
            raise _Again(f"status {status}", _retry_after(response))
        raise ProviderRefused(f"status {status}")


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
