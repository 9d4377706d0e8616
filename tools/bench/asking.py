"""`query`: a GraphQL page of 200 rows; how soon a view shows what was committed."""

import time
from bisect import bisect_left
from typing import Final

import msgspec
import psycopg

from interfaces.outbound.postgres.bulk import BulkImport
from tools.bench.append import FEW, writing
from tools.bench.children import Child, Ready
from tools.bench.doors import Doors, headers, open_doors
from tools.bench.figures import Figure, Floor, Run, figure, percentile
from tools.bench.folding import Fold
from tools.bench.node import Load, Sent
from tools.bench.prepared import LOG, prepared_log
from tools.bench.stage import Stage

BENCH: Final = "query"
ROWS: Final = 200
LOOK_SECONDS: Final = 0.002
CATCH_UP_SECONDS: Final = 120.0
VIEW: Final = "subjects"
PAGE: Final = """
query Page($first: Int!) {
  accounts(first: $first) {
    edges {
      cursor
      node {
        account owner purpose asset
        balance { ...all } held { ...all } available { ...all }
        lastPosition
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
fragment all on Quantity { amount asset decimals display }
"""


class WrongPage(Exception):
    """GraphQL did not answer the page that was asked for; the text is its answer."""


class NeverSeen(Exception):
    """A view did not come to what was committed."""


def asking(stage: Stage) -> list[Figure]:
    """Measure pages over HTTP, then visibility while 16 clients append."""
    ceiling, visible_ceiling = Floor(value=50), Floor(value=100)
    pages = page_runs(stage)
    lags = lag_runs(stage)
    case = f"commit to visible, {FEW} clients"
    return [
        figure(BENCH, f"GraphQL page of {ROWS} rows, p99", "ms", pages, floor=ceiling),
        figure(BENCH, f"{case}, p99", "ms", lags, floor=visible_ceiling),
    ]


def page_runs(stage: Stage) -> list[Run]:
    """Ask for pages one after the other, in several runs."""
    with stage.database() as url:
        with BulkImport(url, log=LOG) as bulk:
            bulk.append(prepared_log(max(stage.sizes.events // 10, ROWS * 10 + 20)))
        with open_doors(stage, url) as doors:
            ask(doors, stage.sizes.questions // 10)
            return [ask(doors, stage.sizes.questions) for _ in range(stage.sizes.runs)]


def ask(doors: Doors, questions: int) -> Run:
    """Ask for the page and tell the 99th percentile in ms. Raises WrongPage."""
    body = msgspec.json.encode({"query": PAGE, "variables": {"first": ROWS}})
    head = {**headers(), "Content-Type": "application/json"}
    connection, waits = doors.connection(), []
    for number in range(questions):
        begin = time.perf_counter()
        connection.request("POST", "/graphql", body=body, headers=head)
        answer = connection.getresponse().read()
        waits.append((time.perf_counter() - begin) * 1000)
        if not number and answer.count(b'"cursor"') != ROWS:
            raise WrongPage(answer[:500].decode(errors="replace"))
    connection.close()
    return Run(percentile(waits), percentile(waits))


def lag_runs(stage: Stage) -> list[Run]:
    """Append with few clients, watch the view, and compare the instants."""
    with (
        stage.database() as url,
        Child("folding", Fold(url), stage.logs) as views,
        writing(stage, url, "one", clients=FEW) as nodes,
    ):
        views.hear(Ready)
        return [lag(url, nodes[0], stage.sizes.seconds) for _ in range(stage.sizes.runs)]


def lag(url: str, node: Child, seconds: float) -> Run:
    """Tell the 99th percentile of commit to visible in ms. Raises NeverSeen."""
    with psycopg.connect(url, autocommit=True) as connection:
        _watch(connection, 0, _head(connection))  # what came before is done with
        node.tell(Load(seconds=seconds, positions=True))
        seen = _watch(connection, seconds, None)
        acknowledged = node.hear(Sent).acknowledged
        seen += _watch(connection, 0, max(position for position, _ in acknowledged))
    positions = [position for position, _ in seen]
    late = [
        max(0.0, seen[bisect_left(positions, position)][1] - when) * 1000
        for position, when in acknowledged
    ]
    return Run(percentile(late), percentile(late))


def _watch(
    connection: psycopg.Connection, seconds: float, wanted: int | None
) -> list[tuple[int, float]]:
    """Note when the view came to which position, for some seconds or until it has come so far."""
    question = "SELECT position FROM view_checkpoints WHERE view = %s"
    seen: list[tuple[int, float]] = []
    begin = time.perf_counter()
    while True:
        row = connection.execute(question, [VIEW], prepare=True).fetchone()
        now = time.perf_counter()
        position = row[0] if row else 0
        if not seen or position > seen[-1][0]:
            seen.append((position, now))
        if now - begin >= seconds and (wanted is None or position >= wanted):
            return seen
        if now - begin > seconds + CATCH_UP_SECONDS:
            raise NeverSeen(f"{VIEW} is at {position} of {wanted}")
        time.sleep(LOOK_SECONDS)


def _head(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return int(row[0]) if row else 0
