"""The house rules that no off-the-shelf tool knows; every message names the cure."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from domain.catalogue import AGGREGATES, EVENTS
from domain.kernel.refusal import Refusal
from tools.diagrams import WORKFLOWS, diagrams

ROOT: Final = Path(__file__).resolve().parent.parent
INNER: Final = ("domain", "application", "projections")
FUNCTION_LINES: Final = 70
FILE_LINES: Final = 400
# The brackets keep these patterns from finding themselves.
LEFT_OVER: Final = re.compile(r"\b([T]ODO|[F]IXME|[H]ACK)\b")
FOREIGN: Final = re.compile(r"(/[r]oot/|/[w]ork/|[p]ypi\.org|[n]pmjs\.(org|com)|[d]eb\.debian)")
LONGER: Final = {"tools/verify.py": 740}
"""Files with a limit of their own: the auditor's verifier is one file on purpose."""
SOURCES: Final = {".py", ".sol", ".sql", ".toml", ".md", ".sh", ".js", ".yml", ".yaml", ".html"}


def tracked() -> list[Path]:
    """List the files that git knows."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def check_text(path: Path) -> Iterator[str]:
    """Look for what must not stand in any source."""
    lines = path.read_text().splitlines()
    name = path.relative_to(ROOT)
    limit = LONGER.get(str(name), FILE_LINES)
    if path.suffix == ".py" and len(lines) > limit:
        yield f"{name}: {len(lines)} lines; split it by meaning, {limit} are the most"
    for number, line in enumerate(lines, 1):
        if LEFT_OVER.search(line):
            yield f"{name}:{number}: finish it or open an issue instead of leaving a mark"
        if FOREIGN.search(line):
            yield f"{name}:{number}: a machine's path or a registry's host; take it out"


def check_python(path: Path) -> Iterator[str]:
    """Look at functions and docstrings."""
    tree = ast.parse(path.read_text())
    name = path.relative_to(ROOT)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {size} lines; split it by meaning"
    if name.parts[0] in INNER and ast.get_docstring(tree) is None:
        yield f"{name}: say in one sentence what this module is"


def check_catalogue() -> Iterator[str]:
    """Look at events: stable names, golden samples."""
    for kind, event in EVENTS.items():
        aggregate = kind.partition(".")[0]
        if event not in AGGREGATES[aggregate].events:
            yield f"{kind}: the type's first word must be its aggregate"
        for schema in range(1, event.SCHEMA + 1):
            if not (ROOT / "tests" / "golden" / f"{kind}.{schema}.json").is_file():
                yield f"{kind}: no golden sample of schema {schema}; run python -m tools.golden"


def check_workflows() -> Iterator[str]:
    """Look at the transition tables: every state reached, every fact known, diagrams fresh."""
    for workflow in WORKFLOWS:
        reached, waiting = {workflow.start}, True
        while waiting:
            new = {row.target for row in workflow.rows if row.source in reached} - reached
            reached |= new
            waiting = bool(new)
        for state in set(workflow.states) - reached:
            yield f"workflow {workflow.name}: nothing leads to {state}"
        for row in workflow.rows:
            if row.event not in EVENTS:
                yield f"workflow {workflow.name}: {row.event} is not in the catalogue"
    for path, text in diagrams().items():
        if not path.is_file() or path.read_text() != text:
            yield f"{path.relative_to(ROOT)}: is not fresh; run python -m tools.diagrams"


def check_refusals() -> Iterator[str]:
    """Look at refusals: one code, one meaning."""
    owners: dict[str, str] = {}
    waiting = list(Refusal.__subclasses__())
    while waiting:
        refusal = waiting.pop()
        waiting.extend(refusal.__subclasses__())
        name = f"{refusal.__module__}.{refusal.__qualname__}"
        other = owners.setdefault(refusal.CODE, name)
        if other != name:
            yield f"{name}: the code {refusal.CODE} belongs to {other}; choose another"


def problems() -> Iterator[str]:
    """Find everything that is against the house."""
    for path in tracked():
        if path.suffix in SOURCES or path.name in {"Makefile", "run"}:
            yield from check_text(path)
        if path.suffix == ".py":
            yield from check_python(path)
    yield from check_catalogue()
    yield from check_workflows()
    yield from check_refusals()


def main() -> int:
    """Print what is found; exit 1 when there is anything."""
    found = sorted(set(problems()))
    for problem in found:
        print(problem)
    print(f"house rules: {len(found) or 'no'} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
