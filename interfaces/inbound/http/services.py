"""What the HTTP doors work with, handed in whole by the wiring."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from application.ports.access import AccessStore, Secrets
from application.ports.checks import Webhook
from application.ports.completeness import CompletenessProofs
from application.ports.contacts import Codes, Identifiers
from application.ports.documents import InspectPdf, InspectPersonal, PersonalDocuments
from application.ports.gate import Gate, LogRegressed
from application.ports.log import FeedSource, Proofs
from application.ports.providers import IdentityProviders, NoProviders
from application.ports.tree import LogTree
from application.ports.wallets import WalletProofs
from application.ports.world import Clock, Documents, LinkSigner, Vault
from interfaces.inbound.http.access.sessions import Lifetimes
from interfaces.inbound.http.origins import Network
from interfaces.inbound.http.throttle import Throttle
from interfaces.telemetry.exposition import expose
from projections.query import Reader


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes in bytes, times in seconds."""

    json_bytes_max: int = 64 * 1024
    document_bytes_max: int = 10 * 1024 * 1024
    wait_seconds_max: float = 5.0
    heartbeat_seconds: float = 5.0
    stream_seconds_max: float = 3600.0
    key_cache_seconds: float = 2.0
    lifetimes: Lifetimes = Lifetimes()
    key_rate: float = 0.0
    """Requests a second of one key or session; 0 is no limit."""
    address_rate: float = 0.0
    """Requests a second without a key, from one address; 0 is no limit."""
    cors_origins: tuple[str, ...] = ()
    """Pages of others whose scripts may ask us, with a bearer key."""
    proxies: tuple[Network, ...] = ()
    """Proxies of ours, whose ``X-Forwarded-For`` is believed."""


async def own_metrics(accept: str) -> tuple[bytes, str]:
    """Expose what this process counts, and nothing of others."""
    return expose(accept, "api")


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Ports and limits of one HTTP application; every part may be shared with other doors.

    ``regressed`` tells why the log is read-only, nothing while it is not. ``metrics`` writes a
    scrape for an ``Accept`` header and tells its media type.

    Whoever stops the server sets ``closing`` first: streams have no end of their own, and a
    server waits for what is being answered.
    """

    gate: Gate
    reader: Reader
    feed: FeedSource
    proofs: Proofs
    completeness: CompletenessProofs
    tree: LogTree
    vault: Vault
    documents: Documents
    inspect_pdf: InspectPdf
    personal: PersonalDocuments
    inspect_personal: InspectPersonal
    links: LinkSigner
    clock: Clock
    access: AccessStore
    secrets: Secrets
    identifiers: Identifiers
    wallets: WalletProofs
    codes: Codes
    limits: Limits = Limits()
    regressed: Callable[[], LogRegressed | None] = lambda: None
    webhooks: Mapping[str, Webhook] = {}
    metrics: Callable[[str], Awaitable[tuple[bytes, str]]] = own_metrics
    closing: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    throttle: Throttle = msgspec.field(default_factory=Throttle)
    providers: IdentityProviders = msgspec.field(default_factory=NoProviders)
    base_url: str = "http://127.0.0.1:8420"
    """How people reach the doors."""
