"""Run the simulated bank: `python -m tools.bank --data DIR [--port 0] [--clock FILE]`.

Its URL goes to standard output and to `<DIR>/url`. It stops on SIGTERM or ctrl-C.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from interfaces.outbound.clock import StoryClock, SystemClock
from interfaces.outbound.files import replace_file
from tools.bank.ledger import Ledger
from tools.bank.server import BankServer, Doors


def main(arguments: list[str]) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tools.bank", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the bank's books")
    parser.add_argument("--port", type=int, default=0, help="0 takes the last one, or a free one")
    parser.add_argument("--clock", type=Path, help="file of the story clock")
    parser.add_argument("--settle-after", type=float, default=0.0, help="seconds, usually")
    options = parser.parse_args(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    clock = SystemClock() if options.clock is None else StoryClock(options.clock)
    ledger = Ledger(options.data / "bank.sqlite3", now=clock.now, settle_after=options.settle_after)
    with _listen(options.data, options.port, Doors(ledger)) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            # `shutdown` waits for `serve_forever`, which this very thread runs.
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        replace_file(options.data / "url", server.url.encode())
        print(server.url, flush=True)
        server.serve_forever(poll_interval=0.05)
    ledger.close()


def _listen(data: Path, port: int, doors: Doors) -> BankServer:
    """Listen where the bank was before, if nobody else does: clients keep its address."""
    remembered = data / "url"
    if port == 0 and remembered.exists():
        port = int(remembered.read_text().rpartition(":")[2])
        try:
            return BankServer(("127.0.0.1", port), doors)
        except OSError:
            port = 0
    return BankServer(("127.0.0.1", port), doors)


if __name__ == "__main__":
    main(sys.argv[1:])
