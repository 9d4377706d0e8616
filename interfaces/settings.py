"""Everything that can be set from outside, read once; nobody else looks at the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

PREFIX: Final = "TALLYSTICK_"
DEFAULT_DATA: Final = Path(".tallystick/data")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process needs to know before it starts.

    Each field is set by ``TALLYSTICK_<FIELD>`` in capitals. Empty addresses of the database,
    the chain, the bank and the mail server mean that local ones are started for them.
    """

    data: Path = DEFAULT_DATA
    """Folder of run-time data: keys, embedded database, chain state."""
    log: str = "tallystick.example/main"
    """The log's origin, bound into every event."""
    database_url: str = ""
    """Postgres, ``postgresql://…``."""
    chain_url: str = ""
    """JSON-RPC endpoint of the EVM node."""
    bank_url: str = ""
    """The bank's API."""
    mail_url: str = ""
    """The mail server, ``smtp://…``."""
    mail_sender: str = "Tallystick <no-reply@tallystick.example>"
    """Who our mails come from."""
    text_domain: str = "text.tallystick.example"
    """Where text messages go by mail: ``<number>@<domain>``, a gateway of a carrier."""
    host: str = "127.0.0.1"
    """Where the doors listen."""
    port: int = 8420
    """The doors' port; 0 takes a free one."""
    public_url: str = ""
    """How people reach the doors, for links in mails; by default host and port."""
    collections_account: str = "GB29NWBK60161331926819"
    """Our account at the bank that money for clients arrives at and leaves from."""
    confirmations: int = 2
    """Blocks on top of a transaction, its own included, before it counts."""
    block_seconds: float = 0.25
    """Block interval of the local chain node."""
    anchor_events: int = 1000
    """How many events may wait for their anchor before one is made."""
    anchor_seconds: float = 300.0
    """How long an event may wait before one is made, however few there are (FX13)."""
    anchor_alert_seconds: float = 600.0
    """How long an event may lie under no anchor before an alert says so."""
    anchor_freeze_seconds: float = 3600.0
    """How long it may before new obligations are refused until it does (DESIGN decision 17)."""
    chain_check_urls: str = ""
    """Further JSON-RPC endpoints of the same chain, by spaces: a final word needs them all."""
    chain_horizon: int = 64
    """Blocks in which a write at its end, and a nonce that a stranger took, are still watched."""
    chain_bump_blocks: int = 12
    """Blocks that pass a transaction over before it offers more."""
    chain_attempts: int = 3
    """How often a write may fail before it stays failed until an admin has it tried again."""
    chain_pipeline: int = 64
    """Transactions of one key that may be on their way at once."""
    fee_cap_gwei: int = 500
    """What a unit of gas may cost at most."""
    tip_cap_gwei: int = 50
    """What of it may go to whoever makes the block."""
    key_low_gwei: int = 100_000_000
    """Balance below which a key is to be filled up: a tenth of an ether."""
    key_passphrase_file: Path | None = None
    """File of the passphrase under which key files are sealed; without it they lie there plain."""
    pkcs11_module: Path | None = None
    """Library of the token that signing keys lie in (PKCS#11); without it they are key files."""
    pkcs11_token: str = "tallystick"  # noqa: S105 - the label of a token, not a secret
    """The token's label."""
    pkcs11_pin_file: Path | None = None
    """File of the PIN that opens the token."""
    stuck_write_seconds: float = 300.0
    """How long a chain write may stay open before an alert says so."""
    witnesses: str = ""
    """Who cosigns our checkpoints: ``<verifier key>@<URL>``, separated by white space."""
    witness_quorum: int = 0
    """How many of them a checkpoint needs before it counts."""
    reconcile_seconds: float = 300.0
    """How often books and chain of every token are compared (FX10); on demand besides."""
    sumsub_url: str = "https://api.sumsub.com"
    """Sumsub's API, which looks at identities where the onboarding policy says so."""
    sumsub_level: str = "basic-kyc-level"
    """The level at Sumsub that applicants are looked at by."""
    sumsub_token_file: Path | None = None
    """File of the app token at Sumsub."""
    sumsub_secret_file: Path | None = None
    """File of the secret that requests to Sumsub are signed with."""
    sumsub_webhook_file: Path | None = None
    """File of the secret that Sumsub signs its messages with; without it none is taken."""
    complyadvantage_url: str = "https://api.complyadvantage.com"
    """ComplyAdvantage's API, which looks at lists where the onboarding policy says so."""
    complyadvantage_profile: str = ""
    """The search profile there; the account's own without one."""
    complyadvantage_key_file: Path | None = None
    """File of the API key at ComplyAdvantage."""
    complyadvantage_webhook_file: Path | None = None
    """File of the secret that it signs its messages with; without it none is taken."""
    traces_url: str = ""
    """Where traces go, an OTLP/HTTP collector's ``http://…/v1/traces``; off by default."""
    traces_share: float = 1.0
    """Which share of the traces is kept, 0 to 1; all processes keep the same ones."""
    session_idle_seconds: float = 1_800.0
    """How long a session lives unused."""
    session_seconds: float = 43_200.0
    """How long a session lives at all."""
    key_rate: float = 1_000.0
    """Requests a second of one API key or session that has no rate of its own; 0 is no limit."""
    address_rate: float = 200.0
    """Requests a second without a key, from one address; 0 is no limit."""
    cors_origins: str = ""
    """Origins of other sites' pages whose scripts may ask us with a bearer key, by spaces."""
    proxies: str = ""
    """Networks of our own proxies, whose ``X-Forwarded-For`` is believed, by spaces."""
    oidc_file: Path | None = None
    """File of the identity providers that users may sign in at (JSON)."""
    story_clock: Path | None = None
    """File of the story clock; only the demo and tests set it."""

    @property
    def keys(self) -> Path:
        """Folder of the signing keys."""
        return self.data / "keys"

    @property
    def base_url(self) -> str:
        """How people reach the doors."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Tell a child process these settings."""
        values = msgspec.structs.asdict(self)
        return {
            f"{PREFIX}{name.upper()}": str(value)
            for name, value in values.items()
            if value not in {None, ""}
        }


class BadSetting(ValueError):
    """A setting cannot be read; the text names it and what it should be."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises BadSetting for one that makes no sense."""
    given = os.environ if environment is None else environment
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    found = {
        name: given[f"{PREFIX}{name.upper()}"]
        for name in fields
        if given.get(f"{PREFIX}{name.upper()}")
    }
    try:
        return msgspec.convert(found, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        message = f"a setting {PREFIX}… cannot be read: {error}"
        raise BadSetting(message) from error


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    message = f"cannot read a {kind}"
    raise NotImplementedError(message)
