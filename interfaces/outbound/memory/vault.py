"""The vault and the documents in memory; the same boxes, keys that die with the process."""

from hashlib import sha256

from application.ports.world import KeyErased
from domain.kernel.sealed import Sealed
from interfaces.outbound import sealing
from interfaces.outbound.sealing import BoxDamaged, Place


class MemoryVault:
    """Seals and opens personal data of one log."""

    def __init__(self, *, log: str) -> None:
        self._log = log
        self._names: dict[str, str] = {}
        self._keys: dict[str, bytes | None] = {}

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value under the person's key, made at first need."""
        name = self._names.get(person)
        if name is None:
            name, key = sealing.new_key()
            self._names[person], self._keys[name] = name, key
        place = Place(log=self._log, stream=stream, type=event_type, pointer=pointer)
        return sealing.seal(name, self._key(name), place, value)

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
