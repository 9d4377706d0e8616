"""The vault and the documents in memory; the same boxes, keys that die with the process."""

from hashlib import sha256

from application.ports.documents import DocumentFacts
from application.ports.world import KeyErased
from domain.kernel.sealed import Sealed
from interfaces.outbound import sealing
from interfaces.outbound.sealing import BoxDamaged, Place, label_of


class MemoryVault:
    """Seals and opens personal data of one log."""

    def __init__(self, *, log: str) -> None:
        self._log = log
        self._names: dict[str, str] = {}
        self._keys: dict[str, bytes | None] = {}

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value under the person's key, made at first need."""
        name = self._name(person)
        place = Place(log=self._log, stream=stream, type=event_type, pointer=pointer)
        return sealing.seal(name, self._key(name), place, value)

    def seal_content(self, person: str, label: str, content: bytes) -> bytes:
        """Seal bytes that lie outside the log under the person's key."""
        name = self._name(person)
        return sealing.seal_content(name, self._key(name), label, content)

    def open_content(self, label: str, box: bytes) -> bytes:
        """Open such bytes. Raises KeyErased, BoxDamaged."""
        return sealing.unseal_content(self._key(sealing.key_of_content(box)), label, box)

    def open(self, sealed: Sealed, stream: str, event_type: str, pointer: str) -> str:
        """Open a box. Raises KeyErased, BoxDamaged."""
        place = Place(log=self._log, stream=stream, type=event_type, pointer=pointer)
        return sealing.unseal(self._key(sealed.sealed), place, sealed)

    def erase(self, person: str) -> bool:
        """Destroy the person's key; tells whether there was one."""
        name = self._names.pop(person, None)
        if name is None:
            return False
        self._keys[name] = None
        return True

    def _name(self, person: str) -> str:
        name = self._names.get(person)
        if name is None:
            name, key = sealing.new_key()
            self._names[person], self._keys[name] = name, key
        return name

    def _key(self, name: str) -> bytes:
        if name not in self._keys:
            raise BoxDamaged("the box names a key that the vault never had")
        key = self._keys[name]
        if key is None:
            raise KeyErased
        return key


class MemoryDocuments:
    """Keeps documents as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Keep a document and tell its digest."""
        digest = sha256(content).hexdigest()
        self._kept[digest] = content
        return digest

    def get(self, digest: str) -> bytes | None:
        """Fetch a document."""
        return self._kept.get(digest)


class MemoryPersonalDocuments:
    """Keeps documents of persons as long as the process lives, sealed as on the real store."""

    def __init__(self, vault: MemoryVault) -> None:
        self._vault = vault
        self._kept: dict[tuple[str, str], tuple[DocumentFacts, bytes]] = {}

    def put(self, person: str, content: bytes, media_type: str) -> DocumentFacts:
        """Keep a document and tell what it is."""
        digest = sha256(content).hexdigest()
        facts = DocumentFacts(digest=digest, media_type=media_type, size=len(content))
        box = self._vault.seal_content(person, label_of(person, digest), content)
        self._kept.setdefault((person, digest), (facts, box))
        return facts

    def describe(self, person: str, digest: str) -> DocumentFacts | None:
        """Tell what a document is."""
        kept = self._kept.get((person, digest))
        return None if kept is None else kept[0]

    def get(self, person: str, digest: str) -> bytes | None:
        """Open a document. Raises KeyErased."""
        kept = self._kept.get((person, digest))
        if kept is None:
            return None
        return self._vault.open_content(label_of(person, digest), kept[1])

    def purge(self, person: str) -> int:
        """Throw the documents of a person away; tells how many."""
        gone = [key for key in self._kept if key[0] == person]
        for key in gone:
            del self._kept[key]
        return len(gone)
