"""Run the witness: `python -m tools.witness --data DIR --log KEY`; see `tally witness --help`."""

import typer

from tools.witness.cli import witness

if __name__ == "__main__":
    typer.run(witness)
