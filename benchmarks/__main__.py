"""``python -m benchmarks [NAME ...] [--quick]``: measures the rows and prints them against what is required."""

import argparse
import importlib
import pkgutil
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import rows
from .harness import Row, head, machine, report, table, write

RESULTS = Path(__file__).parent / "results"


def names() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(rows.__path__))


def measure(name: str, quick: bool) -> list[Row]:
    """The rows of one file, up to one that fails (the two sides do not agree, say): those before it, and those of the
    other files, took minutes."""
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    measured = []
    try:
        for row in importlib.import_module(f"{rows.__name__}.{name}").rows(quick):
            measured.append(replace(row, group=name))
    except Exception as error:
        traceback.print_exc()
        measured.append(Row("a row of this file, and those after it", "", fault=f"{error}", group=name))
    return measured


def main(words: Sequence[str] | None = None) -> int:
    """0: every requirement that was measured is met; 1: one is not."""
    parser = argparse.ArgumentParser("python -m benchmarks", description="Speed against peers, by ratios in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which rows: {', '.join(names())} (all)")
    parser.add_argument("--quick", action="store_true", help="few pairs and small sizes: that it runs, not how fast")
    parser.add_argument("--out", type=Path, help="the JSON file (benchmarks/results/<date>.json)")
    given = parser.parse_args(words)
    if unknown := [name for name in given.names if name not in names()]:
        parser.error(f"no rows named {unknown[0]!r}; there are {', '.join(names())}")
    measured = [row for name in given.names or names() for row in measure(name, given.quick)]
    path = write(report(measured, given.quick), given.out or RESULTS / time.strftime("%Y-%m-%d-%H%M%S.json"))
    print(head(machine()), table(measured), "", summary(measured), f"written to {path}", sep="\n")
    return 1 if any(row.met is False for row in measured) else 0


def summary(measured: Sequence[Row]) -> str:
    judged = [row for row in measured if row.met is not None]
    missed = [row for row in judged if not row.met]
    absent = sum(bool(row.missing) for row in measured)
    text = f"{len(judged) - len(missed)} of {len(judged)} requirements met"
    if missed:
        text += "; NOT MET: " + "; ".join(f"{row.group}, {row.what}" for row in missed)
    return text + (f"; {absent} not measured, the peer is not installed" if absent else "")


if __name__ == "__main__":
    sys.exit(main())
