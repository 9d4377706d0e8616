"""A whole restore: log, vault and views in a database aside, which then takes its place."""

from collections.abc import Mapping
from typing import Final

import msgspec
import psycopg

from interfaces.outbound.postgres.archive import Stage, unwatched
from interfaces.outbound.postgres.forgetting import purge
from interfaces.outbound.postgres.fresh import fresh_database
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.restoring import Restored, Source, open_backup, restore_log
from interfaces.outbound.postgres.restoringvault import (
    VaultRestored,
    VaultSource,
    erasure_marks,
    mark_erased,
    open_vault_backup,
    restore_vault,
)
from interfaces.outbound.postgres.sessions import Session, parameters
from interfaces.outbound.postgres.views import fold_all, prepared
from projections.registry import VIEWS

_FORGOTTEN: Final = """
SELECT DISTINCT person FROM vault.keys WHERE erased_at IS NOT NULL
EXCEPT SELECT person FROM vault.keys WHERE erased_at IS NULL
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore did.

    ``aside`` is the name under which the replaced database is kept, ``stopped`` the views that met
    an event which they cannot fold.
    """

    log: Restored
    vault: VaultRestored | None
    aside: str | None
    stopped: tuple[str, ...]


def restore(
    url: str,
    source: Source,
    *,
    vault: VaultSource | None = None,
    switch: bool = False,
    stage: Stage = unwatched,
) -> Outcome:
    """Put a backup in the place that ``url`` names, whole or not at all.

    The place is free, or an empty database, or, with ``switch``, any that nobody uses: that one
    is kept under another name. Without a vault no personal data can be opened until it is restored
    as well. Raises ArchiveRefused, FaultFound, TargetRefused, SchemaRefused, StoreUnavailable,
    psycopg.Error.
    """
    manifest = open_backup(source, stage)
    vault_manifest = open_vault_backup(vault, stage) if vault else None
    with fresh_database(url, switch=switch) as fresh:
        marks = erasure_marks(url) if fresh.replaces else {}
        restored = restore_log(fresh.url, source, manifest, stage)
        keys: VaultRestored | None = None
        if vault and vault_manifest:
            keys = restore_vault(fresh.url, vault, vault_manifest, marks)
        else:
            _mark(fresh.url, marks)
        _purge(fresh.url)
        stopped = _build_views(fresh.url, restored, stage)
        return Outcome(log=restored, vault=keys, aside=fresh.take_place(), stopped=stopped)


def restore_vault_alone(url: str, source: VaultSource, stage: Stage = unwatched) -> VaultRestored:
    """Bring a vault's keys into the database in use, whose log says who is erased.

    Raises ArchiveRefused, psycopg.Error.
    """
    manifest = open_vault_backup(source, stage)
    return restore_vault(url, source, manifest, {})


def _mark(url: str, marks: Mapping[str, str]) -> None:
    with psycopg.connect(url, **parameters("restore")) as connection:
        mark_erased(connection, marks)


def _purge(url: str) -> None:
    """Throw away again what a backup still had of persons who were forgotten since."""
    with psycopg.connect(url, **parameters("restore")) as connection:
        purge(connection, (row[0] for row in connection.execute(_FORGOTTEN).fetchall()))


def _build_views(url: str, restored: Restored, stage: Stage) -> tuple[str, ...]:
    manifest = restored.manifest
    session, log = Session(url, "restore", statement_seconds=0), PostgresLog(url, log=manifest.log)
    try:
        runners = prepared(session, log, VIEWS)
        with stage("building the views", manifest.position) as tick:
            reached = 0
            while fold_all(session, log, runners):
                last = max(runner.position for runner in runners)
                tick(last - reached)
                reached = last
        return tuple(runner.name for runner in runners if runner.stopped)
    finally:
        session.close()
        log.close()
