"""Paired timings: ours and the peer take turns, A B A B, and each pair gives one figure; the row shows their median.

A machine that is slowed down by something else slows both halves of a pair, so that ratios hold where seconds do not.
"""

import importlib.util
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "EXCESS", "FASTER", "SHARE", "Figure", "Row", "agree", "busy_seconds_of", "installed", "machine", "not_installed",
    "paired", "process", "repeated", "report", "seconds_of", "table", "write",
]  # fmt: skip

Seconds = Callable[[], float]
"""Does some work and returns what it took, in seconds (per unit of work where the row says so)."""

PACKAGES = ("steepest", "numpy", "numba", "scipy", "scikit-learn", "click", "jax")


class Figure(NamedTuple):
    """What a pair of seconds (ours, peer) amounts to; ``relation`` is the side of the requirement that is good."""

    of: Callable[[float, float], float]
    relation: str
    kind: str


FASTER = Figure(lambda ours, peer: peer / ours, ">=", "ratio")
"""How many times faster than the peer."""
SHARE = Figure(lambda ours, peer: ours / peer, "<=", "ratio")
"""Our time as a multiple of the peer's."""
EXCESS = Figure(lambda ours, peer: ours - peer, "<=", "seconds")
"""Our time above the peer's."""


@dataclass(frozen=True)
class Row:
    """One line of the table: ``pairs`` of seconds (ours, peer), what they amount to, and what is required of it
    (None: nothing, the row is there for comparison). ``missing`` names a peer that is not installed, ``fault`` says why
    the rows of a file ended there."""

    what: str
    peer: str
    pairs: Sequence[tuple[float, float]] = ()
    figure: Figure = FASTER
    required: float | None = None
    note: str = ""
    missing: str = ""
    fault: str = ""
    group: str = field(default="", compare=False)

    @property
    def figures(self) -> list[float]:
        return [self.figure.of(*pair) for pair in self.pairs]

    @property
    def median(self) -> float:
        return statistics.median(self.figures)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The middle half of the figures lies between these: the spread."""
        if len(self.pairs) == 1:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.figures, n=4, method="inclusive")
        return low, high

    @property
    def ours_seconds(self) -> float:
        return statistics.median(ours for ours, _ in self.pairs)

    @property
    def peer_seconds(self) -> float:
        return statistics.median(peer for _, peer in self.pairs)

    @property
    def met(self) -> bool | None:
        """None where nothing is required, or nothing was measured; never where the rows ended with a fault."""
        if self.fault:
            return False
        if self.required is None or self.missing:
            return None
        return self.median >= self.required if self.figure.relation == ">=" else self.median <= self.required

    @property
    def verdict(self) -> str:
        return {True: "met", False: "NOT MET", None: ""}[self.met]

    def data(self) -> dict[str, Any]:
        """The row for JSON; the samples are seconds."""
        known = {"group": self.group, "what": self.what, "peer": self.peer, "note": self.note}
        if self.missing:
            return {**known, "not_installed": self.missing}
        if self.fault:
            return {**known, "fault": self.fault, "met": False}
        low, high = self.quartiles
        return {
            **known, "ours_seconds": self.ours_seconds, "peer_seconds": self.peer_seconds, "kind": self.figure.kind,
            "median": self.median, "quartiles": [low, high], "relation": self.figure.relation,
            "required": self.required, "met": self.met, "pairs": [list(pair) for pair in self.pairs],
        }  # fmt: skip


# -- measuring -------------------------------------------------------------------------------------------------------


def seconds_of(work: Callable[[], Any], units: float = 1.0, clock: Callable[[], float] = time.perf_counter) -> Seconds:
    """A timer of ``work`` in this process, in seconds per unit where it does several."""

    def timed() -> float:
        began = clock()
        work()
        return (clock() - began) / units

    return timed


def repeated(work: Callable[[], Any], times: int = 5) -> Callable[[], None]:
    """``work`` several times in a row, for calls of about a millisecond: the first one after the other side's turn
    finds the caches filled with the other's data. Time it with ``units=times``."""

    def several() -> None:
        for _ in range(times):
            work()

    return several


def busy_seconds_of(work: Callable[[], Any], units: float = 1.0) -> Seconds:
    """The same in processor time of this thread, for work that is done in one thread on both sides: what other programs
    take of the machine meanwhile then counts for neither. Where the system measures it too coarsely, as above."""
    fine = time.get_clock_info("thread_time").resolution <= 1e-6
    return seconds_of(work, units, time.thread_time if fine else time.perf_counter)


def process(command: Sequence[str], reports: bool = False, environment: dict[str, str] | None = None) -> Seconds:
    """A timer of a whole process; with ``reports`` of what the process measured itself and printed."""

    def timed() -> float:
        began = time.perf_counter()
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, **(environment or {})}
        )
        return float(done.stdout) if reports else time.perf_counter() - began

    return timed


def paired(ours: Seconds, peer: Seconds, count: int) -> list[tuple[float, float]]:
    """``count`` pairs, taken in turns; one pair before them is thrown away: it compiles and fills the caches."""
    ours(), peer()
    return [(ours(), peer()) for _ in range(count)]


def agree(ours: Any, peer: Any, tolerance: float = 1e-9) -> None:
    """Both sides of a row must compute the same; ``tolerance`` is relative to the largest number."""
    ours, peer = np.asarray(ours, dtype=float), np.asarray(peer, dtype=float)
    gap = float(np.abs(ours - peer).max()) / max(float(np.abs(peer).max()), 1e-300)
    if not gap <= tolerance:
        raise RuntimeError(f"ours and the peer part by {gap:.1e} of the largest number: they do not do the same work")


def installed(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)


def not_installed(what: str, peer: str, package: str) -> Row:
    return Row(what, peer, missing=package)


# -- showing ---------------------------------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """``1.49 ms``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def shown(value: float, kind: str) -> str:
    return f"{value:.3g} x" if kind == "ratio" else duration(value)


def cells(row: Row) -> tuple[str, ...]:
    if row.missing:
        return row.group, row.what, "", f"{row.peer}: {row.missing} is not installed", "", "", "", ""
    if row.fault:
        return row.group, row.what, "", row.fault, "", "", "", row.verdict
    kind = row.figure.kind
    low, high = row.quartiles
    required = "" if row.required is None else f"{row.figure.relation} {shown(row.required, kind)}"
    return (
        row.group, row.what, duration(row.ours_seconds), f"{row.peer} {duration(row.peer_seconds)}",
        shown(row.median, kind), f"{shown(low, kind)} to {shown(high, kind)}, {len(row.pairs)} pairs", required,
        row.verdict,
    )  # fmt: skip


HEADER = ("row", "what", "ours", "peer", "figure", "middle half", "required", "")


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table, which reads well in a terminal too; their notes below it."""
    rows = list(rows)
    lines = [HEADER, *(cells(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEADER))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
            for line in lines]  # fmt: skip
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = dict.fromkeys(f"- {row.group}: {row.note}" for row in rows if row.note)
    return "\n".join([*text, "", *notes] if notes else text)


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "processor": processor(), "cores": available, "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "versions": versions,
    }  # fmt: skip


def processor() -> str:
    """The processor's name, where the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def head(about: dict[str, Any]) -> str:
    """The machine in one line."""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items() if number)
    return f"{about['processor']}, {about['cores']} cores, {about['system']}, Python {about['python']}, {versions}"


def report(rows: Sequence[Row], quick: bool) -> dict[str, Any]:
    """Everything a run measured, JSON-ready."""
    return {
        "taken": time.strftime("%Y-%m-%d %H:%M:%S"), "quick": quick, "machine": machine(),
        "rows": [row.data() for row in rows],
    }  # fmt: skip


def write(measured: dict[str, Any], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return path
