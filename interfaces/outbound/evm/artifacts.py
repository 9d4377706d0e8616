"""ABI and bytecode of every contract that we deploy or call.

Ours are built by forge into ``contracts/out``; those of T-REX (ERC-3643) and ONCHAINID come as
built artifacts in their npm packages. Nothing of either is kept in this repository.
"""

from pathlib import Path
from typing import Final

import msgspec

from interfaces.outbound.evm.abi import Entry
from interfaces.outbound.evm.errors import ArtifactMissing, MalformedCall

CONTRACTS: Final = Path(__file__).resolve().parents[3] / "contracts"

_TREX = "node_modules/@tokenysolutions/t-rex/artifacts/contracts"
_REGISTRIES = f"{_TREX}/registry/implementation"
_ONCHAINID = "node_modules/@onchain-id/solidity/artifacts/contracts"

FILES: Final[dict[str, str]] = {
    "AnchorRegistry": "out/AnchorRegistry.sol/AnchorRegistry.json",
    "SettlementAgent": "out/SettlementAgent.sol/SettlementAgent.json",
    "WrappedToken": "out/WrappedToken.sol/WrappedToken.json",
    "CountryModule": "out/CountryModule.sol/CountryModule.json",
    "HolderCapModule": "out/HolderCapModule.sol/HolderCapModule.json",
    "MaxBalanceModule": "out/MaxBalanceModule.sol/MaxBalanceModule.json",
    "LockUpModule": "out/LockUpModule.sol/LockUpModule.json",
    "Token": f"{_TREX}/token/Token.sol/Token.json",
    "ClaimTopicsRegistry": f"{_REGISTRIES}/ClaimTopicsRegistry.sol/ClaimTopicsRegistry.json",
    "TrustedIssuersRegistry": (
        f"{_REGISTRIES}/TrustedIssuersRegistry.sol/TrustedIssuersRegistry.json"
    ),
    "IdentityRegistryStorage": (
        f"{_REGISTRIES}/IdentityRegistryStorage.sol/IdentityRegistryStorage.json"
    ),
    "IdentityRegistry": f"{_REGISTRIES}/IdentityRegistry.sol/IdentityRegistry.json",
    "ModularCompliance": f"{_TREX}/compliance/modular/ModularCompliance.sol/ModularCompliance.json",
    "TREXImplementationAuthority": (
        f"{_TREX}/proxy/authority/TREXImplementationAuthority.sol/TREXImplementationAuthority.json"
    ),
    "TREXFactory": f"{_TREX}/factory/TREXFactory.sol/TREXFactory.json",
    "Identity": f"{_ONCHAINID}/Identity.sol/Identity.json",
    "IdentityImplementationAuthority": (
        f"{_ONCHAINID}/proxy/ImplementationAuthority.sol/ImplementationAuthority.json"
    ),
    "ClaimIssuer": f"{_ONCHAINID}/ClaimIssuer.sol/ClaimIssuer.json",
    "IdFactory": f"{_ONCHAINID}/factory/IdFactory.sol/IdFactory.json",
}
"""Where each contract's artifact lies below ``contracts``, by the name that calls use."""


class _ForgeBytecode(msgspec.Struct, frozen=True):
    object: str


class _File(msgspec.Struct, frozen=True):
    """What Hardhat (bytecode as text) and forge (bytecode as an object) have in common."""

    abi: tuple[Entry, ...]
    bytecode: str | _ForgeBytecode


class Artifact(msgspec.Struct, frozen=True):
    """A contract's name, its interface, and the code that creates it."""

    name: str
    abi: tuple[Entry, ...]
    bytecode: bytes

    def entry(self, kind: str, name: str, arguments: int | None = None) -> Entry:
        """Find one function, event or error by name or by full signature.

        `arguments` tells apart functions of one name. Raises MalformedCall when there is none
        or more than one.
        """
        found = [
            each for each in self.abi if each.type == kind and (name in {each.name, each.signature})
        ]
        if len(found) > 1 and arguments is not None:
            found = [each for each in found if len(each.inputs) == arguments]
        if len(found) != 1:
            raise MalformedCall(f"{self.name} has {len(found)} {kind}s named {name}")
        return found[0]

    def constructor(self) -> Entry:
        """Return the constructor; a contract that declares none has one without arguments."""
        declared = [each for each in self.abi if each.type == "constructor"]
        return declared[0] if declared else Entry(type="constructor")


class Artifacts:
    """Reads artifacts on first use and keeps them."""

    def __init__(self, contracts: Path = CONTRACTS) -> None:
        self._contracts = contracts
        self._known: dict[str, Artifact] = {}

    def of(self, name: str) -> Artifact:
        """Return the artifact of a contract named in FILES.

        Raises MalformedCall for an unknown name, ArtifactMissing when it was not installed.
        """
        if name not in self._known:
            self._known[name] = self._load(name)
        return self._known[name]

    def all(self) -> list[Artifact]:
        """Return every artifact, in the order of FILES."""
        return [self.of(name) for name in FILES]

    def _load(self, name: str) -> Artifact:
        if name not in FILES:
            raise MalformedCall(f"no contract is named {name}")
        path = self._contracts / FILES[name]
        try:
            file = msgspec.json.decode(path.read_bytes(), type=_File)
        except FileNotFoundError as error:
            cure = "run `npm ci --prefix contracts` and then `contracts/build.sh`"
            raise ArtifactMissing(f"{FILES[name]} is missing: {cure}") from error
        code = file.bytecode if isinstance(file.bytecode, str) else file.bytecode.object
        return Artifact(name=name, abi=file.abi, bytecode=bytes.fromhex(code.removeprefix("0x")))
