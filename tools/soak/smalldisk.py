"""A disk so small that it can be filled up: a tmpfs of its own, which only root may mount."""

import contextlib
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

CHUNK: Final = 2**16


class SmallDisk:
    """A mounted tmpfs of one user; `fill` takes all that is free, `free` gives it back."""

    def __init__(self, path: Path, *, mebibytes: int, owner: int) -> None:
        path.mkdir(parents=True)
        options = f"size={mebibytes}m,mode=0700,uid={owner}"
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tallystick-soak", str(path)],
            check=True,
            capture_output=True,
        )
        self.path = path
        self._balloon = path / "balloon"

    def folder(self, name: str, owner: int) -> Path:
        """Make a folder for the server."""
        path = self.path / name
        path.mkdir(mode=0o700)
        os.chown(path, owner, -1)
        return path

    def fill(self) -> None:
        """Take every free byte."""
        with self._balloon.open("ab", buffering=0) as balloon, contextlib.suppress(OSError):
            while True:
                balloon.write(bytes(CHUNK))

    def free(self) -> None:
        """Give back what was taken."""
        self._balloon.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Take the disk away, used or not."""
        subprocess.run(["umount", "--lazy", str(self.path)], check=True, capture_output=True)


@cache
def may_mount() -> bool:
    """Tell whether this process may mount a disk."""
    with (
        TemporaryDirectory() as folder,
        contextlib.suppress(OSError, subprocess.CalledProcessError),
    ):
        SmallDisk(Path(folder) / "disk", mebibytes=1, owner=os.geteuid()).unmount()
        return True
    return False
