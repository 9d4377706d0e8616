"""Puts the pipes into the doors: the one place that sees both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from application.ports.world import Clock
from interfaces.inbound.http.access.sessions import Lifetimes
from interfaces.inbound.http.origins import networks
from interfaces.inbound.http.services import Limits, Services
from interfaces.outbound.checkpointfile import CheckpointFile
from interfaces.outbound.checks.choosing import webhooks_of
from interfaces.outbound.clock import StoryClock, SystemClock
from interfaces.outbound.documents.pdf import inspect_pdf
from interfaces.outbound.documents.personal import inspect_personal
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.lastanchor import LastAnchor
from interfaces.outbound.evm.ownership import ChainWalletProofs
from interfaces.outbound.evm.transactions import FeePolicy
from interfaces.outbound.identifying import HmacCodes
from interfaces.outbound.observedgate import ObservedGate
from interfaces.outbound.oidc.client import OidcProviders, read_providers
from interfaces.outbound.passwords import PasswordSecrets
from interfaces.outbound.postgres.access import PostgresAccess
from interfaces.outbound.postgres.completeness import PostgresCompleteness
from interfaces.outbound.postgres.documents import PostgresDocuments
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.gauges import StoreGauges
from interfaces.outbound.postgres.guard import LogGuard
from interfaces.outbound.postgres.identifiers import PostgresIdentifiers
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.metering import watch_read_only
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.personaldocuments import PostgresPersonalDocuments
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.publishedtree import PostgresTree
from interfaces.outbound.postgres.reader import Reader
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.vault import PostgresVault
from interfaces.outbound.postgres.views import prepared
from interfaces.outbound.postgres.writer import Writer
from interfaces.outbound.signer.hsm import Hsm
from interfaces.outbound.signer.keyring import KeyRing, checkpoint_signer, contract_address
from interfaces.outbound.signer.links import HmacLinkSigner
from interfaces.outbound.witness.client import HttpWitnesses, parse_witnesses
from interfaces.settings import BadSetting, Settings
from interfaces.telemetry.exposition import expose
from projections.registry import VIEWS

LINK_KEY: Final = "magic_links"
SIGN_IN_KEY: Final = "sign_in"
UNIQUENESS_KEY: Final = "uniqueness"
CODES_KEY: Final = "codes"
KEK: Final = "key_encryption"
SNAPSHOT_KEY: Final = "snapshots"
GWEI: Final = 10**9
CHECKPOINT_REUSE_SECONDS: Final = 0.25
"""How old a checkpoint may be when it is told again; nobody can make us sign faster."""


def clock_of(settings: Settings) -> Clock:
    """Choose the clock: the system's, or the story's where one is told."""
    return StoryClock(settings.story_clock) if settings.story_clock else SystemClock()


def ring_of(settings: Settings) -> KeyRing:
    """Open the keys of this installation. Raises BadSetting."""
    return KeyRing(
        settings.keys,
        passphrase=_secret(settings.key_passphrase_file, "KEY_PASSPHRASE_FILE"),
        token=_token(settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_pin_file),
    )


@lru_cache(maxsize=4)
def _token(module: Path | None, label: str, pin_file: Path | None) -> Hsm | None:
    # One session with the token for each process, however many rings are opened.
    if module is None:
        return None
    pin = _secret(pin_file, "PKCS11_PIN_FILE")
    if pin is None:
        message = "TALLYSTICK_PKCS11_PIN_FILE is needed with TALLYSTICK_PKCS11_MODULE"
        raise BadSetting(message)
    return Hsm(module, label, pin.decode())


def _secret(path: Path | None, name: str) -> bytes | None:
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


def open_gate(settings: Settings) -> SyncGate:
    """Make a writer node for callers without an event loop; use it as a context manager."""
    return SyncGate(
        settings.database_url,
        log=settings.log,
        clock=clock_of(settings),
        guard=guard_of(settings).check,
        snapshots=snapshots_of(settings),
    )


def snapshots_of(settings: Settings) -> Snapshots:
    """Make the snapshots of long streams, sealed with a key of this installation."""
    return Snapshots(settings.database_url, ring_of(settings).key(SNAPSHOT_KEY))


def guard_of(settings: Settings) -> LogGuard:
    """Make the guard that holds the log against what this node signed."""
    file = CheckpointFile(settings.data)
    anchor = anchor_of(settings)
    if anchor is None:
        return LogGuard(settings.database_url, log=settings.log, file=file)
    return LogGuard(settings.database_url, log=settings.log, file=file, anchor=anchor)


def anchor_of(settings: Settings) -> LastAnchor | None:
    """Make what asks the chain for the last anchor; nothing without a chain or its owner's key.

    The registry's address follows from its first owner's key and not from the log, which is in
    doubt.
    """
    ring = ring_of(settings)
    if not settings.chain_url or not ring.has("registry_owner"):
        return None
    registry = contract_address(ring.evm_address(ring.first("registry_owner")), 0)
    return LastAnchor(settings.chain_url, log=settings.log, registry=registry)


def witnesses_of(settings: Settings) -> HttpWitnesses:
    """Make what asks the witnesses. Raises BadSetting."""
    try:
        addresses = parse_witnesses(settings.witnesses)
    except ValueError as error:
        message = f"TALLYSTICK_WITNESSES cannot be read: {error}"
        raise BadSetting(message) from error
    if not 0 <= settings.witness_quorum <= len(addresses):
        message = f"TALLYSTICK_WITNESS_QUORUM is 0 to {len(addresses)}, as many as there are"
        raise BadSetting(message)
    return HttpWitnesses(addresses, quorum=settings.witness_quorum)


def links_of(settings: Settings) -> HmacLinkSigner:
    """Make the signer of magic links."""
    return HmacLinkSigner(ring_of(settings).key(LINK_KEY), log=settings.log)


def secrets_of(settings: Settings) -> PasswordSecrets:
    """Make what hashes passwords and finds logins by MACs."""
    return PasswordSecrets(ring_of(settings).key(SIGN_IN_KEY))


async def _providers(stack: AsyncExitStack, settings: Settings) -> OidcProviders:
    try:
        known = read_providers(settings.oidc_file) if settings.oidc_file else ()
    except (OSError, ValueError) as error:
        message = f"TALLYSTICK_OIDC_FILE cannot be read: {error}"
        raise BadSetting(message) from error
    providers = OidcProviders(known)
    stack.push_async_callback(providers.close)
    return providers


def limits_of(settings: Settings) -> Limits:
    """Tell the doors' limits. Raises BadSetting."""
    try:
        proxies = networks(settings.proxies)
    except ValueError as error:
        message = f"TALLYSTICK_PROXIES cannot be read: {error}"
        raise BadSetting(message) from error
    return Limits(
        lifetimes=Lifetimes(
            idle_seconds=settings.session_idle_seconds, seconds_max=settings.session_seconds
        ),
        key_rate=settings.key_rate,
        address_rate=settings.address_rate,
        cors_origins=tuple(settings.cors_origins.split()),
        proxies=proxies,
    )


def identifiers_of(settings: Settings) -> PostgresIdentifiers:
    """Make what parts one person's address or phone from another's."""
    return PostgresIdentifiers(settings.database_url, key=ring_of(settings).key(UNIQUENESS_KEY))


def codes_of(settings: Settings) -> HmacCodes:
    """Make the one-time codes that prove an address or a phone."""
    return HmacCodes(ring_of(settings).key(CODES_KEY), log=settings.log)


def vault_of(settings: Settings) -> PostgresVault:
    """Make the vault of personal data."""
    ring = ring_of(settings)
    ring.key(KEK)
    return PostgresVault(
        settings.database_url, log=settings.log, key_encryption_key=lambda: ring.keys(KEK)
    )


def gateway_of(settings: Settings) -> EvmGateway:
    """Make the gateway to the chain, with our keys."""
    policy = FeePolicy(cap=settings.fee_cap_gwei * GWEI, tip_cap=settings.tip_cap_gwei * GWEI)
    return EvmGateway(settings.chain_url, keys=ring_of(settings), policy=policy)


def check_gateways_of(settings: Settings) -> tuple[EvmGateway, ...]:
    """Make the gateways that a final word about the chain is checked with; they sign nothing."""
    urls, keys = settings.chain_check_urls.split(), ring_of(settings)
    return tuple(EvmGateway(url, keys=keys) for url in urls)


def _writer(settings: Settings, guard: LogGuard) -> Writer:
    return Writer(
        settings.database_url,
        log=settings.log,
        clock=clock_of(settings),
        guard=guard.check,
        snapshots=snapshots_of(settings),
    )


async def _proofs(stack: AsyncExitStack, settings: Settings, guard: LogGuard) -> PostgresProofs:
    witnesses = witnesses_of(settings)
    stack.callback(witnesses.close)
    proofs = PostgresProofs(
        settings.database_url,
        log=settings.log,
        signer=checkpoint_signer(ring_of(settings), settings.log),
        guard=guard,
        witnesses=witnesses,
        reuse_seconds=CHECKPOINT_REUSE_SECONDS,
    )
    return await stack.enter_async_context(proofs)


async def _access(stack: AsyncExitStack, settings: Settings) -> PostgresAccess:
    """Open the store of logins and sessions, and have it swept meanwhile."""
    access = await stack.enter_async_context(PostgresAccess(settings.database_url))
    sweeping = asyncio.create_task(access.keep_swept(clock_of(settings)))
    stack.callback(sweeping.cancel)
    return access


@asynccontextmanager
async def services(settings: Settings) -> AsyncIterator[Services]:
    """Open what the HTTP doors work with, and close it in the other order."""
    async with AsyncExitStack() as stack:
        url, log = settings.database_url, settings.log
        guard = guard_of(settings)
        gate = await stack.enter_async_context(_writer(settings, guard))
        reader = await stack.enter_async_context(Reader(url))
        feed = await stack.enter_async_context(PostgresFeed(url, log=log))
        proofs = await _proofs(stack, settings, guard)
        tree = await stack.enter_async_context(PostgresTree(url))
        completeness = await stack.enter_async_context(
            PostgresCompleteness(url, log=log, proofs=proofs)
        )
        vault, documents = vault_of(settings), PostgresDocuments(url)
        stack.callback(vault.close)
        identifiers = identifiers_of(settings)
        stack.callback(identifiers.close)
        wallets = ChainWalletProofs(
            settings.chain_url,
            domain=urlsplit(settings.base_url).netloc,
            uri=settings.base_url,
        )
        stack.callback(wallets.close)
        stack.callback(documents.close)
        personal = PostgresPersonalDocuments(url, vault)
        stack.callback(personal.close)
        watch_read_only(lambda: gate.regressed is not None)
        gauges = StoreGauges(reader, clock_of(settings))

        async def metrics(accept: str) -> tuple[bytes, str]:
            shared = await gauges.collect()
            return await asyncio.to_thread(expose, accept, "api", data=settings.data, shared=shared)

        yield Services(
            gate=ObservedGate(gate),
            reader=reader,
            feed=feed,
            proofs=proofs,
            completeness=completeness,
            tree=tree,
            vault=vault,
            documents=documents,
            inspect_pdf=inspect_pdf,
            personal=personal,
            inspect_personal=inspect_personal,
            webhooks=webhooks_of(settings, clock_of(settings).now),
            links=links_of(settings),
            identifiers=identifiers,
            wallets=wallets,
            codes=codes_of(settings),
            clock=clock_of(settings),
            access=await _access(stack, settings),
            secrets=secrets_of(settings),
            limits=limits_of(settings),
            providers=await _providers(stack, settings),
            base_url=settings.base_url,
            regressed=lambda: gate.regressed,
            metrics=metrics,
        )


def prepare_store(settings: Settings) -> None:
    """Bring the store's tables and the views' up to this version, before anybody looks."""
    migrate(settings.database_url)
    session, log = Session(settings.database_url, "set-up"), log_of(settings)
    prepared(session, log, VIEWS)
    session.close()
    log.close()


def log_of(settings: Settings) -> PostgresLog:
    """Open a reader of the log."""
    return PostgresLog(settings.database_url, log=settings.log)
