"""The keeping of many runs in step: their rows are judged all at once as long as nothing about them is suspicious.

A run gets its Session when one of its rows is more than one comparison of stopping.Watch lets pass, and is judged by it
from that row on; the others get theirs at the end, when they are asked for.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...records.outcome import Outcome
from ...records.record import Best
from ..chunks import counted, spent
from ..session import Session
from ..stopping import BLOCK, HUGE, Verdict
from ..task import Ending, Task
from . import settling
from .alike import Alike
from .resuming import Kept, Seen, caps, put_rows, put_watch, stored_columns
from .rows import Columns, Rows
from .settling import Settled, settle
from .summary import Summary

__all__ = ["Ledger"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
TAKEN = ("w", "f", "grad_norm", "running_f", "seconds")
"""The columns of rows in the order in which a session takes them."""


class Standing(NamedTuple):
    """All runs after ``row`` rows; what it says of runs that are over, or have a Session, means nothing. Of each run
    (runs,): f at the start, the lowest and the last, the largest and lowest of the first BLOCK rows; the last gradient
    norm and running_f; w of the last row, and the best row."""

    row: int
    f0: Array
    low: Array
    last: Array
    high_first: Array
    low_first: Array
    norm: Array
    running: Array
    w: Array
    best_w: Array
    best_f: Array
    best_row: NDArray[np.int64]
    seconds: float
    rows: Rows


class Ledger:
    """Runs that share everything but start, numbers of the rule and schedules. ``norms`` says whether the gradient norm
    is known at rows, ``passes`` see Session.gradients_a_step."""

    def __init__(
        self, tasks: Sequence[Task], norms: bool, passes: int = 1,
        session: Callable[[int], Session] | None = None, count: Callable[[Session], None] | None = None,
    ) -> None:  # fmt: skip
        """``session(k)`` makes the Session of run k; ``count`` sets what it has spent at its end."""
        self.tasks, self.norms, self.passes = Alike.of(tasks), norms, passes
        self.make = session or (lambda k: Session(self.tasks[k]))
        self.count = count or (lambda session: counted(session, norms))
        first = self.tasks.first
        self.clock = Session(first)
        """Of no run: it knows the time, and what is stored."""
        self.settings = first.settings
        self.lasting = first.box is None and not hasattr(first.rule, "read")
        """A w that is not finite stays so whatever step is added: the last of the rows tells of all."""
        self.active: NDArray[np.int64] = np.arange(len(tasks))
        """The runs that go on, ascending; columns of rows come in this order."""
        self.sessions: dict[int, Session] = {}
        self.judged, self.over = np.zeros(len(tasks), dtype=bool), np.zeros(len(tasks), dtype=bool)
        """Which runs have a session, or are settled; which have ended."""
        self.settled: dict[int, Settled] = {}
        """Runs that ended without a session."""
        self.told = Summary.nothing(*self.tasks.starts.shape)
        """What the settled runs came to."""
        self.chaotic: Mask = np.zeros(len(tasks), dtype=bool)
        """Set by whoever finds out, at the end."""
        self.endings: dict[int, Ending] = {}
        self.verdict: Verdict | None = None
        """That of all runs which nothing has ended before."""
        plan, (runs, n) = first.plan, self.tasks.starts.shape
        names = () if plan.ends_only else stored_columns(self.clock)
        row_bytes = 8 * (1 + sum(n if name == "w" else 1 for name in names))
        nothing = np.full(runs, np.nan)
        starts = self.tasks.starts
        self.now = Standing(
            0, nothing, np.full(runs, np.inf), nothing, np.full(runs, -np.inf), np.full(runs, np.inf), nothing, nothing,
            starts, starts, np.full(runs, np.inf), np.zeros(runs, dtype=np.int64), 0.0,
            Rows(names, plan.stride, plan.budget, row_bytes),
        )  # fmt: skip

    # -- rows ------------------------------------------------------------------------------------------------------

    @property
    def left(self) -> int:
        """Rows that may still come."""
        most = self.settings.max_evals
        last = self.settings.max_iter + 1 if most is None else min(self.settings.max_iter + 1, most)
        return last - self.now.row

    def take(self, columns: Columns, seconds: Array) -> Mask:
        """Judges and keeps the next rows of the active runs; says of each whether it goes on."""
        first, count, active = self.now.row, len(columns.f), self.active
        with np.errstate(all="ignore"):
            lowest, lowest_row = lowest_of(columns.f)
            quiet = self.quiet(columns, lowest)
            following = self.after(columns, seconds, lowest, lowest_row)
            loud = np.flatnonzero(~quiet)
            if len(loud) >= settling.MANY:
                loud = settle(self, columns, seconds, loud)
            for at in loud.tolist():
                run = int(active[at])
                own = rows_of(columns, seconds, at)
                session, begun = self.sessions.get(run), 0
                if session is None:
                    begun = self.first_suspicious(columns, at)
                    if begun == count:
                        continue
                    session = self.sessions[run] = self.begun_session(run, begun, own, self.now)
                    self.judged[run] = True
                self.judge(run, session, first + begun, {k: v if v is None else v[begun:] for k, v in own.items()})
            self.now = following
            self.limits(columns)
        going = ~self.over[active]
        self.active = active[going]
        return going

    def judge(self, run: int, session: Session, first: int, own: dict[str, Any]) -> None:
        """The session's own judgement on its next rows."""
        verdict = session.take(first, *(own[name] for name in TAKEN))
        session.complete()
        if verdict is not None:
            self.end(run, session, verdict)

    def limits(self, columns: Columns) -> None:
        """What the clock and the numbers of rows say of all runs still going."""
        now, row = time.perf_counter(), self.now.row
        if now > self.clock.alarm:
            self.verdict = self.clock.on_alarm(now, row - 1, float(columns.f[-1, 0]))
        most = self.settings.max_evals
        if self.verdict is None and row > self.settings.max_iter:
            self.verdict = self.clock.at_max_iter(self.settings.max_iter)
        if self.verdict is None and most is not None and row >= most:
            self.verdict = spent(self.clock, row - 1)
        if self.verdict is not None:
            self.finish(self.verdict)

    def finish(self, verdict: Verdict) -> None:
        """Ends all runs that have a session and are still going; the others are settled when asked for."""
        self.verdict = verdict
        for run, session in self.sessions.items():
            if not self.over[run] and session.rows:
                self.end(run, session, verdict)
        self.over[:] = True

    def end(self, run: int, session: Session, verdict: Verdict) -> None:
        self.endings[run] = self.ended(session, verdict)
        self.over[run] = True

    def ended(self, session: Session, verdict: Verdict) -> Ending:
        session.complete()
        self.count(session)
        if verdict.outcome is Outcome.INTERRUPTED:
            verdict = verdict._replace(iteration=session.rows - 1)
        return session.run(lambda _: verdict)

    # -- the judgement of many -------------------------------------------------------------------------------------

    def quiet(self, columns: Columns, lowest: Array) -> Mask:
        """Of each active run, whether stopping.Watch lets all these rows pass without another look. False for those
        with a session."""
        s, now, f, norms = self.settings, self.now, columns.f, columns.grad_norm
        f0 = f[0] if now.row == 0 else now.f0[self.active]
        early, floor = caps(f0)
        highest = f.max(axis=0)
        low = np.minimum(now.low[self.active], lowest)
        found = (np.maximum(floor, -HUGE) <= lowest) & (highest <= np.minimum(low + early, HUGE))  # never of a NaN
        if not np.isfinite((columns.w[-1] if self.lasting else columns.w).sum()):
            found &= np.isfinite(columns.w).all(axis=(0, 2))
        if s.f_target is not None:
            found &= lowest > s.sign * s.f_target
        if s.grad_tol is not None and norms is not None:
            found &= ~(norms <= s.grad_tol).any(axis=0)
        if s.tolerant:
            found &= ~self.near(columns, np.arange(len(self.active))).any(axis=0)
        return np.asarray(found & ~self.judged[self.active])

    def near(self, columns: Columns, at: NDArray[np.int64]) -> Mask:
        """(rows, runs) of the runs at these places: whether a row changed so little that a tolerance may be met, or w
        not at all."""
        s, now, runs = self.settings, self.now, self.active[at]
        everywhere = len(at) == len(self.active)
        w, f = (columns.w, columns.f) if everywhere else (columns.w[:, at], columns.f[:, at])
        before_w, before_f = now.w[runs], now.last[runs]
        found = np.zeros(f.shape, dtype=bool)
        if s.f_tol is not None or s.f_rtol is not None:
            change = np.abs(np.diff(f, axis=0, prepend=before_f[None]))
            if s.f_tol is not None:
                found |= change <= s.f_tol
            if s.f_rtol is not None:
                found |= change <= s.f_rtol * np.abs(f)
        if s.x_tol is not None:
            found |= np.abs(np.diff(w, axis=0, prepend=before_w[None])).max(axis=2) <= s.x_tol
        head = w[:, :, 0]
        same = np.concatenate([head[:1] == before_w[None, :, 0], head[1:] == head[:-1]])
        if same.any():  # of a coordinate that never moves it is always true
            rows, places = np.nonzero(same)
            before = np.where(rows[:, None] > 0, w[np.maximum(rows - 1, 0), places], before_w[places])
            same[rows, places] = (w[rows, places] == before).all(axis=1)
        found |= same
        if now.row == 0:
            found[0] = False  # nothing was before
        return found

    def first_suspicious(self, columns: Columns, at: int) -> int:
        """The first of these rows that one active run's watch has to look at; their number where it has none."""
        s, now, run = self.settings, self.now, self.active[at]
        f = columns.f[:, at]
        early, floor = caps(f[0] if now.row == 0 else now.f0[run])
        lowest = np.minimum.accumulate(np.concatenate([now.low[run : run + 1], f]))[:-1]
        bad = ~((f >= max(floor, -HUGE)) & (f - lowest <= early) & (f <= HUGE))
        bad |= ~np.isfinite(columns.w[:, at]).all(axis=1)
        if s.f_target is not None:
            bad |= f <= s.sign * s.f_target
        if s.grad_tol is not None and columns.grad_norm is not None:
            bad |= columns.grad_norm[:, at] <= s.grad_tol
        if s.tolerant:
            bad |= self.near(columns, np.array([at]))[:, 0]
        return int(bad.argmax()) if bad.any() else len(f)

    def after(self, columns: Columns, seconds: Array, lowest: Array, lowest_row: NDArray[np.int64]) -> Standing:
        """Where all runs stand after these rows, whose lowest f and its row are known."""
        now, runs, f = self.now, self.active, columns.f
        count = len(f)
        moved = {name: getattr(now, name).copy() for name in ("low", "last", "high_first", "low_first")}
        moved.update({name: getattr(now, name).copy() for name in ("best_w", "best_f", "best_row", "w")})
        moved["low"][runs] = np.minimum(now.low[runs], lowest)
        moved["last"][runs], moved["w"][runs] = f[-1], columns.w[-1]
        if now.row < BLOCK:
            begin = f[: BLOCK - now.row]
            moved["high_first"][runs] = np.maximum(now.high_first[runs], begin.max(axis=0))
            moved["low_first"][runs] = np.minimum(now.low_first[runs], begin.min(axis=0))
        if now.row == 0:
            moved["f0"] = now.f0.copy()
            moved["f0"][runs] = f[0]
        better = np.flatnonzero(lowest < now.best_f[runs])
        moved["best_f"][runs[better]] = lowest[better]
        moved["best_row"][runs[better]] = now.row + lowest_row[better]
        moved["best_w"][runs[better]] = columns.w[lowest_row[better], better]
        for name, column in (("norm", columns.grad_norm), ("running", columns.running_f)):
            if column is not None:
                moved[name] = getattr(now, name).copy()
                moved[name][runs] = column[-1]
        rows = now.rows.adding(now.row, runs, columns.named(seconds))
        return now._replace(row=now.row + count, seconds=float(seconds[-1]), rows=rows, **moved)

    # -- sessions --------------------------------------------------------------------------------------------------

    def begun_session(self, run: int, begun: int, own: dict[str, Any], now: Standing) -> Session:
        """The session of a run whose first ``begun`` new rows are without suspicion, all rows up to there kept."""
        seen, session = self.seen(run, now), self.session_so_far(run, now)
        if begun:
            f = own["f"][:begun]
            start = f[: max(BLOCK - now.row, 0)]
            seen = Seen(
                now.row + begun, seen.f0 if now.row else float(f[0]), min(seen.low, float(f.min())),
                max(seen.high_first, float(start.max(initial=-np.inf))),
                min(seen.low_first, float(start.min(initial=np.inf))), float(f[-1]), own["w"][begun - 1],
            )  # fmt: skip
            session.store(now.row, begun, own)
        put_watch(session, seen)
        return session

    def seen(self, run: int, now: Standing) -> Seen:
        f0, low, last = float(now.f0[run]), float(now.low[run]), float(now.last[run])
        return Seen(now.row, f0, low, float(now.high_first[run]), float(now.low_first[run]), last, now.w[run])

    def session_so_far(self, run: int, now: Standing) -> Session:
        """A session that has stored all of a run's rows so far."""
        session = self.make(run)
        session.gradients_a_step = self.passes
        iteration, columns = now.rows.of_run(run)
        best = Best(now.best_w[run], float(now.best_f[run]), int(now.best_row[run]))
        last = {
            "w": now.w[run], "f": now.last[run], "running_f": now.running[run], "seconds": now.seconds,
            "grad_norm": now.norm[run],
        }  # fmt: skip
        put_rows(session, Kept(now.row, iteration, columns, now.rows.stride, last, best))
        return session

    def ending(self, run: int) -> Ending:
        """How a run ended. Of a run without a session it is made anew at each call: rows are kept only once."""
        if run in self.endings:
            return self.endings[run]
        if run in self.settled:
            return self.made_up(run, self.settled[run])
        assert self.verdict is not None
        return self.ended(self.session_so_far(run, self.now), self.verdict)

    def made_up(self, run: int, settled: Settled) -> Ending:
        """How a run ended that has no session yet."""
        own = rows_of(settled.columns, settled.seconds, settled.at)
        with np.errstate(all="ignore"):
            session = self.begun_session(run, settled.begun, own, settled.before)
            rest = {name: None if column is None else column[settled.begun :] for name, column in own.items()}
            verdict = session.take(settled.before.row + settled.begun, *(rest[name] for name in TAKEN))  # type: ignore[arg-type]
        assert verdict is not None
        return self.ended(session, verdict)

    def has_run(self, run: int) -> bool:
        """Whether it has a row at least."""
        return self.now.row > 0 or run in self.endings or run in self.settled

    def summary(self) -> Summary:
        """Of all runs, which are over."""
        now, sign = self.now, self.settings.sign
        found = Summary.nothing(*now.w.shape)
        found.chaotic[:] = self.chaotic
        if now.row and self.verdict is not None:
            found.outcome[:], found.nit[:] = self.verdict.outcome.value, now.row - 1
            found.f[:], found.best_f[:], found.grad_norm[:] = sign * now.last, sign * now.best_f, now.norm
            found.w[:] = now.w
        settled = np.array([*self.settled], dtype=np.intp)
        found.place(settled, self.told, settled)
        for run, ending in self.endings.items():
            found.put(run, ending)
        return found

    @property
    def best_f(self) -> float:
        """The lowest f of all runs so far, in the user's sign (the highest under maximize); inf where there is none."""
        sign = self.settings.sign
        found = [sign * session.best.f for session in self.sessions.values()]
        found.append(float(self.now.best_f[~self.judged].min(initial=np.inf)))
        found.append(float(np.nanmin(sign * self.told.best_f, initial=np.inf)))
        return sign * min((f for f in found if f == f), default=np.inf)


def rows_of(columns: Columns, seconds: Array, at: int) -> dict[str, Any]:
    """The columns of the run at a place."""
    named = columns.named(seconds)
    return {name: v if v is None or name == "seconds" else v[:, at] for name, v in named.items()}


def lowest_of(f: Array) -> tuple[Array, NDArray[np.int64]]:
    """``(lowest, row)`` of the columns of f (rows, runs): the first row where there are several. Most runs fall, and
    their last row is the lowest: seeing that takes a fifth of the time of an argmin down the columns."""
    last, runs = len(f) - 1, f.shape[1]
    rows = np.full(runs, last)
    if last == 0:
        return f[0], rows
    before = f[:-1].min(axis=0)
    others = np.flatnonzero(~(f[-1] < before))
    rows[others] = f[:, others].argmin(axis=0)
    return np.minimum(before, f[-1]), rows
