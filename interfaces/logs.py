"""How processes log: one line each, to standard error, without personal data."""

import logging
import sys


def configure(process: str) -> None:
    """Log to standard error under the process's name."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format=f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s",
    )
    # These name every request; addresses of mails and accounts must not pass through logs.
    for noisy in ("httpx", "httpcore", "aiosmtplib", "web3", "granian.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
