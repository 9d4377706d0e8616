"""The doors over a house without walls: real dispatch, processes and views, all in memory."""

import asyncio
import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from litestar import Litestar
from litestar.testing import TestClient

from application.dispatch import KeyReused, admit
from application.ports.checks import Webhook
from application.ports.documents import DocumentRefused, PdfText
from application.ports.gate import Accepted, LogRegressed, Request, StoreUnavailable
from application.ports.log import FeedEntry, Head
from domain.apikey.state import IssueApiKey, RevokeApiKey
from domain.kernel.ids import command_id
from domain.kernel.refusal import Refused
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.subject import commands as subject
from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.services import Limits, Services
from interfaces.outbound.documents.personal import inspect_personal
from interfaces.outbound.identifying import HmacCodes
from interfaces.outbound.memory.access import MemoryAccess
from interfaces.outbound.memory.identifiers import MemoryIdentifiers
from interfaces.outbound.memory.vault import MemoryPersonalDocuments, MemoryVault
from interfaces.outbound.memory.wallets import MemoryWalletProofs
from interfaces.outbound.passwords import PasswordSecrets
from projections.query import Query, Standing, ViewStanding
from projections.registry import VIEWS
from tests.interfaces.inbound.http.provers import Completeness, Proofs, Tree
from tests.projections.support import Store
from tests.projections.tale import CAST, Tale

R = TypeVar("R", bound=msgspec.Struct)

SECRETS = PasswordSecrets(b"house" * 8, memory_kib=8)

CALLS = itertools.count(1)

OFFICE: dict[str, Role] = {
    "priya": "compliance",
    "ada": "admin",
    "olga": "auditor",
    "bob": "broker",
    "pat": "partner",
    "ingrid": "integrator",
}

_CONDITION = re.compile(r"^(\w+) (=|>=|<=|>|<) %\((\w+)\)s$")
_AMONG = re.compile(r"^%\((\w+)\)s IN \((.+)\)$")
_OUTSIDE = re.compile(r"^(\w+) <> ALL\(%\((\w+)\)s\)$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
}


class House:
    """Every port of the HTTP doors; switches make parts of it fail."""

    def __init__(self) -> None:
        self.tale = Tale()
        self.tale.open()
        self.stores = [Store(view) for view in VIEWS]
        self.folded = 0
        self.answers: dict[tuple[str, str], tuple[bytes, Accepted]] = {}
        self.documents: dict[str, bytes] = {}
        self.vault = Vault()
        self.personal = MemoryPersonalDocuments(MemoryVault(log="tallystick.example/memory"))
        self.webhooks: dict[str, Webhook] = {}
        self.identifiers = MemoryIdentifiers()
        self.wallets = MemoryWalletProofs()
        self.codes = HmacCodes(b"codes" * 8, log="tallystick.example/memory")
        self.access = MemoryAccess()
        self.secrets = SECRETS
        self.down = False
        self.unsigned = False
        self.unwitnessed = False
        self.regressed: LogRegressed | None = None
        self.broken: Exception | None = None
        self.behind = False
        self.fetches = 0
        self.stopped: dict[str, ViewStanding] = {}
        self.asked: set[str] = set()
        for name, role in OFFICE.items():
            self._enter(name, role)
        for name, roles in CAST.items():
            if roles:
                self.issue(name, roles[0])

    def _enter(self, name: str, role: Role) -> None:
        created = subject.CreateSubject(
            subject=name, name=name.title(), kind="person", country="GB", roles=(role,)
        )
        self.tale.system(created)
        self.issue(name, role)

    def issue(self, name: str, role: Role) -> None:
        """Issue a key with the secret ``secret-<name>``."""
        digest = hashlib.sha256(f"secret-{name}".encode()).hexdigest()
        self.tale.system(IssueApiKey(key=f"key-{name}", subject=name, role=role, digest=digest))

    def revoke(self, name: str) -> None:
        """Revoke it."""
        self.tale.system(RevokeApiKey(key=f"key-{name}"))

    def services(self, limits: Limits | None = None) -> Services:
        """Hand the ports to the doors."""
        return Services(
            gate=self,
            reader=self,
            feed=self,
            proofs=Proofs(self),
            completeness=Completeness(self),
            tree=Tree(self),
            vault=self.vault,
            documents=self,
            inspect_pdf=inspect_pdf,
            personal=self.personal,
            inspect_personal=inspect_personal,
            webhooks=self.webhooks,
            links=Links(),
            identifiers=self.identifiers,
            wallets=self.wallets,
            codes=self.codes,
            clock=self,
            access=self.access,
            secrets=self.secrets,
            limits=limits or Limits(),
            regressed=lambda: self.regressed,
        )

    def check(self, *, receipts: bool = False) -> None:
        """Fail where a switch says so."""
        if receipts and self.unsigned:
            raise StoreUnavailable
        if self.broken is not None:
            raise self.broken
        if self.down:
            raise StoreUnavailable

    # Gate
    async def dispatch(self, request: Request) -> Accepted:
        """Decide once per key; a refusal writes nothing."""
        self.check()
        if self.regressed is not None:
            raise self.regressed
        name, wish = (request.actor, request.key), admit(request)
        if name in self.answers:
            before, accepted = self.answers[name]
            if before != wish:
                raise Refused(KeyReused())
            return msgspec.structs.replace(accepted, replayed=True)
        events = self.tale.send(
            request.actor, request.role, request.command, request.key, request.authorisation
        )
        position = events[-1].position if events else len(self.tale.log)
        self.tale.run()
        accepted = Accepted(
            command=command_id(request.actor, request.key),
            events=tuple(events),
            position=position,
        )
        self.answers[name] = (wish, accepted)
        return accepted

    # Reader
    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer from real views by a small interpreter of their SQL."""
        self.check()
        self.fetches += 1
        self._fold()
        sources = re.findall(r"FROM (\w+)", query.sql)
        source = sources[-1]
        # A sum over a table is not interpreted: its SQL is tried on the real store.
        is_sum = "FROM (" in query.sql
        rows = [row for store in self.stores for row in store.table(source) if not is_sum]
        self.asked |= {
            store.view.name
            for store in self.stores
            if source in {table.name for table in store.view.tables}
        }
        for condition in _conditions(query.sql):
            rows = [row for row in rows if _holds(condition, row, query.parameters)]
        order = query.sql.split("ORDER BY ")[1].split(" LIMIT")[0]
        column = order.split(",")[0].split(" ")[0]
        rows.sort(key=lambda row: row[column], reverse="DESC" in order.split(",")[0])
        fields = query.row.__struct_fields__
        chosen = [{name: row[name] for name in fields} for row in rows]
        return msgspec.convert(chosen[: query.parameters["limit"]], list[query.row])  # type: ignore[name-defined]

    def _fold(self) -> None:
        new = self.tale.log[self.folded :]
        self.folded = len(self.tale.log)
        for store in self.stores:
            store.fold(new)

    async def reached(self, position: int, timeout: float, views: Collection[str] = ()) -> bool:
        """Say that the views are there, unless told otherwise."""
        self.check()
        halted = [self.stopped[view] for view in views or self.stopped if view in self.stopped]
        furthest = min((view.position for view in halted), default=len(self.tale.log))
        return not self.behind and position <= furthest

    async def standing(self) -> Standing:
        """Say that all views are there, but for those that were stopped."""
        self.check()
        head = len(self.tale.log)
        views = (
            self.stopped.get(
                view.name, ViewStanding(view=view.name, version=view.version, position=head)
            )
            for view in VIEWS
        )
        return Standing(head=head, views=tuple(views))

    # FeedSource
    async def head(self) -> Head:
        """Tell the last position."""
        self.check()
        last = self.tale.log[-1]
        return Head(last.position, last.chain, last.at)

    async def entries(
        self,
        after: int,
        limit: int,
        *,
        descending: bool = False,
        types: Sequence[str] = (),
        stream: str | None = None,
    ) -> Sequence[FeedEntry]:
        """Read entries with the real changes."""
        self.check()
        self._fold()
        changes = {row["position"]: row["changes"] for row in self.stores[0].table("changes")}
        log = self.tale.log[::-1] if descending else self.tale.log
        found = [
            event
            for event in log
            if (event.position < after or after == 0 if descending else event.position > after)
            and (not types or event.envelope.type in types)
            and stream in {None, event.stream}
        ]
        return [
            FeedEntry(
                event.position,
                event.envelope.type,
                event.body,
                event.chain,
                msgspec.json.encode(changes[event.position]),
            )
            for event in found[:limit]
        ]

    async def wait(self, after: int, timeout: float) -> bool:
        """Look again after a moment."""
        await asyncio.sleep(min(timeout, 0.01) if timeout < 60 else timeout)
        return len(self.tale.log) > after

    # Documents
    def put(self, content: bytes) -> str:
        """Keep a document."""
        digest = hashlib.sha256(content).hexdigest()
        self.documents[digest] = content
        return digest

    def get(self, digest: str) -> bytes | None:
        """Fetch a document."""
        return self.documents.get(digest)

    # Clock
    def now(self) -> str:
        """Tell the story's time."""
        return self.tale.now


def inspect_pdf(content: bytes) -> PdfText:
    """Look at the first bytes, and for the word that encrypted ones hold."""
    if not content.startswith(b"%PDF-"):
        raise DocumentRefused("not_a_pdf", "This is not a PDF.")
    if b"/Encrypt" in content:
        raise DocumentRefused("document_encrypted", "This PDF is encrypted.")
    return PdfText(text="", pages=1)


class Vault:
    """A box that anybody can open, the same for the same value; counts what it sealed."""

    def __init__(self) -> None:
        self.sealed = 0

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value with all that binds it."""
        self.sealed += 1
        text = "|".join((stream, event_type, pointer, value))
        nonce = base64.b64encode(hashlib.sha256(text.encode()).digest()[:12]).decode()
        return Sealed(f"key-{person}", nonce, base64.b64encode(text.encode()).decode())

    def open(self, sealed: Sealed, stream: str, event_type: str, pointer: str) -> str:
        """Open it."""
        return base64.b64decode(sealed.box).decode().split("|")[3]


class Links:
    """Secrets that spell their link backwards."""

    def token(self, link: str, expires_at: str) -> str:
        """Make a secret."""
        return "genuine." + base64.urlsafe_b64encode(link[::-1].encode()).decode()

    def link(self, token: str) -> str | None:
        """Tell the link of a genuine secret."""
        kind, _, rest = token.partition(".")
        if kind != "genuine" or len(rest) % 4:
            return None
        return base64.urlsafe_b64decode(rest).decode()[::-1]


def _conditions(sql: str) -> list[str]:
    _, found, rest = sql.partition("\nWHERE (")
    return rest.partition(")\nORDER BY ")[0].split(") AND (") if found else []


def _holds(condition: str, row: dict[str, Any], values: dict[str, Any]) -> bool:
    if plain := _CONDITION.match(condition):
        left = row[plain[1]]
        return left is not None and _COMPARE[plain[2]](left, values[plain[3]])
    if outside := _OUTSIDE.match(condition):
        return row[outside[1]] not in values[outside[2]]
    if among := _AMONG.match(condition):
        return values[among[1]] in {row[name] for name in among[2].split(", ")}
    match condition:
        case "NOT revoked":
            return not row["revoked"]
        case "units > 0":
            return bool(row["units"])
        case "state = 'LISTED'" | "state IN ('LISTED', 'RESERVED')":
            return row["state"] in condition
        case _:
            message = f"the interpreter does not know {condition}"
            raise AssertionError(message)


class Visitor:
    """Somebody with a key at the doors of an application."""

    def __init__(self, client: TestClient[Litestar], secret: str | None) -> None:
        self.client = client
        self.headers = {} if secret is None else {"Authorization": f"Bearer secret-{secret}"}

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.client.get(path, headers={**self.headers, **headers})

    def post(
        self, path: str, body: object = None, *, key: str | None = None, **headers: str
    ) -> Any:
        """Command, under a fresh key unless one is given."""
        names = {"Idempotency-Key": key or f"call-{next(CALLS)}"}
        content = b"" if body is None else msgspec.json.encode(body)
        if body is not None:
            names["Content-Type"] = "application/json"
        address = f"/api/v1{path}"
        return self.client.post(
            address, content=content, headers={**self.headers, **names, **headers}
        )


@contextmanager
def opened(house: House, limits: Limits | None = None) -> Iterator[Callable[[str | None], Visitor]]:
    """Open the doors of a house; gives a function that lets somebody in."""
    with TestClient(create_app(house.services(limits)), raise_server_exceptions=False) as client:
        yield lambda name: Visitor(client, name)
