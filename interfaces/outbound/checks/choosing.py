"""The providers of this installation: people always, others where their keys are."""

from collections.abc import Callable
from pathlib import Path

from application.ports.checks import CheckProvider, Webhook
from domain.check.events import Provider
from interfaces.outbound.checks.byhand import ByHand
from interfaces.outbound.checks.complyadvantage import ComplyAdvantage, ComplyAdvantageWebhook
from interfaces.outbound.checks.sumsub import Sumsub, SumsubKeys, SumsubWebhook
from interfaces.settings import BadSetting, Settings


def identity_providers(settings: Settings) -> dict[Provider, CheckProvider]:
    """Make the providers of gate 1. Raises BadSetting."""
    found: dict[Provider, CheckProvider] = {"manual": ByHand()}
    token = _read(settings.sumsub_token_file, "SUMSUB_TOKEN_FILE")
    secret = _read(settings.sumsub_secret_file, "SUMSUB_SECRET_FILE")
    if token is not None and secret is not None:
        keys = SumsubKeys(token.decode(), secret)
        found["sumsub"] = Sumsub(settings.sumsub_url, keys, level=settings.sumsub_level)
    return found


def screening_providers(
    settings: Settings, now: Callable[[], str]
) -> dict[Provider, CheckProvider]:
    """Make the providers of gate 2. Raises BadSetting."""
    found: dict[Provider, CheckProvider] = {"manual": ByHand()}
    key = _read(settings.complyadvantage_key_file, "COMPLYADVANTAGE_KEY_FILE")
    if key is not None:
        found["complyadvantage"] = ComplyAdvantage(
            settings.complyadvantage_url,
            key.decode(),
            profile=settings.complyadvantage_profile or None,
            now=now,
        )
    return found


def webhooks_of(settings: Settings, now: Callable[[], str]) -> dict[str, Webhook]:
    """Make the readers of what providers send, by the name of the provider. Raises BadSetting."""
    found: dict[str, Webhook] = {}
    sumsub = _read(settings.sumsub_webhook_file, "SUMSUB_WEBHOOK_FILE")
    if sumsub is not None:
        found["sumsub"] = SumsubWebhook(sumsub)
    comply = _read(settings.complyadvantage_webhook_file, "COMPLYADVANTAGE_WEBHOOK_FILE")
    if comply is not None:
        found["complyadvantage"] = ComplyAdvantageWebhook(comply, now)
    return found


def _read(path: Path | None, name: str) -> bytes | None:
    if path is None:
        return None
    try:
        found = path.read_bytes().strip()
    except OSError as error:
        message = f"TALLYSTICK_{name} cannot be read: {error.strerror}"
        raise BadSetting(message) from error
    if not found:
        message = f"TALLYSTICK_{name} is empty"
        raise BadSetting(message)
    return found
