"""Looks at one picture: standard input to standard output, in a process of its own.

A small file may unfold to more than the memory holds; here it can only end this process. The
first argument is JSON of limits, the answer JSON: {"format"} or {"refused": code}. Started as a
script, it imports nothing of ours.
"""

import io
import json
import resource
import sys

MEBIBYTE = 2**20


def main(limits: dict[str, int]) -> dict[str, str]:
    """Bound this process, then look."""
    for what, limit in (
        (resource.RLIMIT_AS, limits["memory_mebibytes"] * MEBIBYTE),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)
        bound = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(what, (bound, bound))
    content = sys.stdin.buffer.read()
    try:
        return _look(content, limits["pixels"])
    except Exception:  # the decoders fail on broken files in any way there is
        return {"refused": "document_unreadable"}


def _look(content: bytes, pixels: int) -> dict[str, str]:
    from PIL import Image  # noqa: PLC0415 (loaded within the bounds)

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
        if picture.width * picture.height > pixels:
            return {"refused": "document_too_large"}
        # Every pixel is decoded: a header alone says nothing.
        picture.load()
        return {"format": picture.format or ""}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
