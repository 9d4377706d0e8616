"""A real store in which somebody may be forgotten: gate, processes, views, vault and worker."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

import msgspec
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from application.ports.access import Login, SignIn
from application.ports.access import Session as SignedIn
from application.ports.gate import Accepted, Request
from application.processes.managers import PROCESSES
from domain.kernel.command import Command
from domain.kernel.event import Authorisation, Recorded
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.profile.commands import RecordSection
from domain.profile.events import SectionRecorded
from domain.request import commands as requests
from domain.request.authorisation import Words, hash_of
from domain.signatory.state import RegisterSigningKey
from domain.subject import commands
from domain.subject.events import ErasureOrdered, SubjectCreated
from domain.user.commands import RegisterUser
from interfaces.outbound.postgres.access import PostgresAccess
from interfaces.outbound.postgres.forgetting import PostgresForgetting
from interfaces.outbound.postgres.holders import PostgresHolders
from interfaces.outbound.postgres.identifiers import PostgresIdentifiers
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.personaldocuments import PostgresPersonalDocuments
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.reader import schema_of
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.vault import PostgresVault
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.postgres.workers import PostgresPlaces
from interfaces.workers.follower import Follower
from interfaces.workers.forgetting import erasing
from interfaces.workers.gateway import Sender
from interfaces.workers.processes import ProcessRunner
from projections.registry import VIEWS
from tests.conformance.script import LOG, FixedClock, opening

KEK = bytes(range(32))
STAFF: dict[str, Role] = {"priya": "compliance", "quentin": "mlro"}
NAME, EMAIL, BORN = "Wilhelmina Threadgold", "mina@threadgold.example", "1961-04-17"
DOCUMENT = b"%PDF-1.7 the passport of Wilhelmina Threadgold"
LATER = "2026-06-30T00:00:00.000000Z"


class ForgetGround:
    """Mina, a person with something everywhere, and the two who may have her forgotten."""

    def __init__(self, url: str) -> None:
        self.url, self.clock, self.numbers = url, FixedClock(), 0
        self.stack = ExitStack()
        self.keys = {
            who: Ed25519PrivateKey.from_private_bytes(who.encode().ljust(32)) for who in STAFF
        }

    def __enter__(self) -> Self:
        close = self.stack.callback
        self.gate = self.stack.enter_context(SyncGate(self.url, log=LOG, clock=self.clock))
        self.log = PostgresLog(self.url, log=LOG)
        self.session = Session(self.url, "test")
        self.vault = PostgresVault(self.url, log=LOG, key_encryption_key=KEK)
        self.documents = PostgresPersonalDocuments(self.url, self.vault)
        self.identifiers = PostgresIdentifiers(self.url, key=bytes(32))
        self.forgets = PostgresForgetting(self.url, self.vault)
        for part in (self.log, self.session, self.vault, self.documents, self.identifiers):
            close(part.close)
        close(self.forgets.close)
        self.register = PostgresHolders(self.url)
        close(self.register.close)
        self.gate.dispatch(opening())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the store alone."""
        self.stack.close()

    def send(
        self, who: str, role: Role, command: Command, signed: Authorisation | None = None
    ) -> Accepted:
        """Dispatch a command of somebody, or of the system itself."""
        self.numbers += 1
        actor = f"process:{who}" if role == "process" else f"subject:{who}"
        return self.gate.dispatch(
            Request(
                command=command,
                actor=actor,
                role=role,
                key=f"k{self.numbers}",
                authorisation=signed,
            )
        )

    def system(self, *wishes: Command) -> None:
        """Let the system act."""
        for command in wishes:
            self.send("test", "process", command)

    def enter(self, who: str, role: Role, **sealed: Any) -> None:
        """Let somebody in, and through all gates."""
        entry = {"name": who.title(), **sealed}
        self.system(
            commands.CreateSubject(
                subject=who, kind="person", country="GB", roles=(role,), **entry
            ),
            commands.SubmitOnboarding(subject=who),
            commands.PassKyc(subject=who, evidence="e"),
            commands.PassScreening(subject=who, evidence="e"),
            commands.PassRisk(subject=who, evidence="e"),
            commands.ActivateSubject(subject=who),
        )

    def people(self) -> None:
        """Two persons of compliance with their keys, and Mina."""
        for who, role in STAFF.items():
            self.enter(who, role)
            key = self.keys[who].public_key().public_bytes_raw().hex()
            command = RegisterSigningKey(key=key, alg="ed25519")
            hashed = hash_of(command.TYPE, {"alg": "ed25519", "key": key})
            self.send(who, role, command, self.sign(who, command.TYPE, key, hashed))
        place = ("subject:mina", SubjectCreated.TYPE)
        name, email = (
            self.vault.seal("mina", *place, pointer, value)
            for pointer, value in (("/name", NAME), ("/email", EMAIL))
        )
        self.enter("mina", "lender", name=name, email=email)
        self.belongings()

    def belongings(self) -> None:
        """Put something of Mina everywhere."""
        born = msgspec.json.encode({"dob": BORN, "birth_place": "York"}).decode()
        box = self.vault.seal("mina", "profile:mina", SectionRecorded.TYPE, "/box", born)
        section = RecordSection(
            subject="mina", section="main_information", box=box, nationality="GB"
        )
        self.system(section)
        self.documents.put("mina", DOCUMENT, "application/pdf")
        self.identifiers.claim("email", EMAIL, "mina", now=self.clock.at, until=LATER)
        self.identifiers.confirm("email", "mina")
        self.system(RegisterUser(user="u1", subject="mina", roles=("lender",)))
        asyncio.run(self._login())

    async def _login(self) -> None:
        box = self.vault.seal("mina", "user:u1", "access.login", "/address", EMAIL)
        at = self.clock.at
        async with PostgresAccess(self.url) as store:
            login = Login(user_id="u1", subject="mina", roles=("lender",), address=box)
            await store.add_login(login, "mac-of-mina")
            session = SignedIn(
                session="s1",
                user_id="u1",
                subject="mina",
                role="lender",
                method="password",
                created_at=at,
                seen_at=at,
                expires_at=LATER,
            )
            await store.open_session("digest-of-mina", session)
            await store.note(
                SignIn(at=at, kind="sign_in", outcome="ok", user_id="u1", subject="mina")
            )

    def sign(self, who: str, action: str, request: str, hashed: str) -> Authorisation:
        """Sign as FORMATS 1 says."""
        words = Words(
            log=LOG,
            actor=f"subject:{who}",
            action=action,
            request=request,
            request_hash=hashed,
            not_after=LATER,
        )
        key = self.keys[who]
        public = key.public_key().public_bytes_raw().hex()
        return Authorisation(public, "ed25519", LATER, hashed, key.sign(words.text()).hex())

    def order(self, request: str = "forget-mina", **data: Any) -> str:
        """Let one person ask and another approve; tells the request's end."""
        kind, wanted = commands.EraseSubject.TYPE, {"subject": "mina", "early": None, **data}
        hashed = hash_of(kind, wanted)
        make = requests.MakeRequest(request=request, kind=kind, data=wanted, reason="asked")
        self.send("priya", "compliance", make, self.sign("priya", make.TYPE, request, hashed))
        approve = requests.ApproveRequest(request=request)
        signed = self.sign("quentin", approve.TYPE, request, hashed)
        self.send("quentin", "mlro", approve, signed)
        self.react()
        return self.facts(f"request:{request}")[-1].fact.TYPE

    def react(self) -> None:
        """Let the process managers read to the end of the log."""
        places = PostgresPlaces(self.session)
        runner = ProcessRunner(
            PROCESSES, self.gate, log=self.log, places=places, register=self.register
        )
        while self.log.read(places.place("processes"), 1):
            runner.step()

    def fold(self) -> None:
        """Bring the views up."""
        runners = prepared(self.session, self.log, VIEWS)
        while fold_all(self.session, self.log, runners):
            pass

    def work(self, forget: Callable[[str], None] | None = None) -> None:
        """Let the worker read to the end, the views being up."""
        self.fold()
        self.follow(forget or self.forgets.forget)
        self.fold()

    def follow(self, forget: Callable[[str], None]) -> None:
        """Let the worker read to the end of the log."""
        places = PostgresPlaces(self.session)
        effect = erasing(Sender(self.gate, "forgetting"), self.log, Questions(self.session), forget)
        follower = Follower("forgetting", {ErasureOrdered: effect}, log=self.log, places=places)
        while self.log.read(places.place("forgetting"), 1):
            follower.step()

    def forget_place(self) -> None:
        """Let the worker read from the start again, as after a restore."""
        self.rows("DELETE FROM process_checkpoints WHERE name = 'forgetting' RETURNING name")

    def count(self, table: str) -> int:
        """Count the rows that say mina."""
        column = "subject" if table.startswith("access") else "person"
        query = f"SELECT 1 FROM {table} WHERE {column} = 'mina'"  # noqa: S608 - names of our own
        return len(self.rows(query))

    def rows(self, query: str) -> list[Any]:
        """Ask the database; ``{name}`` stands for the table of a view."""
        for view in VIEWS:
            query = query.replace("{" + view.name + "}", f"{schema_of(view)}.{view.name}")
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def facts(self, stream: str) -> list[Recorded]:
        """Read a stream."""
        return list(self.log.read_stream(stream))

    def types(self, stream: str = "subject:mina") -> list[str]:
        """Name a stream's events."""
        return [event.envelope.type for event in self.facts(stream)]

    def name(self) -> Sealed:
        """Give the box of Mina's name."""
        fact = self.facts("subject:mina")[0].fact
        assert isinstance(fact, SubjectCreated)
        assert isinstance(fact.name, Sealed)
        return fact.name

    def feed(self) -> bytes:
        """Write the log as a feed of its proofs, a line each."""
        return b"".join(
            msgspec.json.encode(
                {"position": each.position, "body": each.body.decode(), "chain": each.chain.hex()}
            )
            + b"\n"
            for each in self.log.read(0, 500)
        )

    def everything(self) -> bytes:
        """Write down every row of every table of every schema, as a dump would."""
        found: list[bytes] = []
        with psycopg.connect(self.url, autocommit=True) as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for (table,) in tables:
                with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                    found.extend(bytes(block) for block in copy)
        return b"".join(found)


def dump_contains(dump: bytes, secret: bytes) -> bool:
    """Say whether a dump holds bytes as text or in hex, as COPY writes bytea."""
    return secret in dump or secret.hex().encode() in dump
