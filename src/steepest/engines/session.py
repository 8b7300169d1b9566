"""The keeping of one run: rows come in, are judged, recorded and reported; an interrupt at any point leaves the rows
that were complete."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.text import count, duration, number, vector
from ..problems.limited import EvaluationsSpent, TimeSpent
from ..records.history import History, Recorder
from ..records.outcome import Outcome
from ..records.record import Best, Updates
from .stopping import BLOCK, HUGE, Verdict, Watch
from .task import Ending, Task, given_up

__all__ = ["CallbackStop", "Session"]

Array = NDArray[np.float64]
PROGRESS_AFTER, PROGRESS_EVERY = 1.0, 0.1
STORED = ("w", "f", "grad_norm", "seconds", "running_f")
"""The columns that are stored row by row; the others follow from the iteration."""
_NEEDS_FINITE_W = (Outcome.CONVERGED, Outcome.F_TARGET, Outcome.STALLED, Outcome.MAX_ITER)


class CallbackStop(Exception):
    """The callback raised StopIteration. (The objective may raise one too, and that is an error.)"""


class Session:
    """One run in progress. Rows are stored in the user's sign (``sign * f``); the watch sees what is minimised."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.watch = Watch(task.settings, task.unit, task.over_limit)
        self.began = task.began or time.perf_counter()
        self.sign = task.settings.sign
        plan, n = task.plan, task.w0.size
        stored = tuple(name for name in STORED if name in plan.columns and not plan.ends_only)
        absent = ("running_f",) if task.batch_size is None else ()
        if task.search is not None and "learning_rate" in plan.columns and not plan.ends_only:
            stored = (*stored, "learning_rate")
        stored = tuple(name for name in stored if name not in absent)
        self._recorder = Recorder(n, stored, plan.stride, plan.budget, 2 if plan.ends_only else task.settings.max_iter)
        self._updates = Recorder(n, ("w", "running_f"), 1, plan.budget, 4096) if plan.updates else None
        self._stored = stored
        self._unfinished: tuple[int, int, dict[str, Any]] | None = None
        self._finite_row = -1
        """The row that ``w`` is from."""
        self.w: Array = task.w0
        self.f = self.grad_norm = float("nan")
        self.best = Best(task.w0, float("nan"), 0)
        self.nfev = self.njev = 0
        self.gradients_a_step = 1
        """2 where a rule takes its gradient elsewhere than at the row, whose own is wanted too."""
        self.gradients_first = 0
        """Taken before the first step, to be kept (variance_reduced.py)."""
        self.notes: list[str] = []
        """What an engine has to say besides."""
        limit = task.settings.time_limit
        self._deadline = float("inf") if limit is None else self.began + limit
        self._next_progress = self.began + PROGRESS_AFTER if task.progress is not None else float("inf")
        self._given_up = given_up.get()
        self._next_look = self.began + PROGRESS_EVERY if self._given_up is not None else float("inf")
        self.alarm = min(self._deadline, self._next_progress, self._next_look)
        """The next moment at which ``on_alarm`` wants to be called."""

    # -- rows ----------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Rows kept so far, those thinned away included."""
        return self._recorder.seen

    def store(self, first: int, rows: int, columns: dict[str, Any]) -> None:
        """Keeps ``rows`` judged rows from iteration ``first`` on; ``columns`` holds w, f and what else there is.

        Storing the same rows again changes nothing, so that a store which Ctrl-C broke off is simply done again."""
        if rows <= 0:
            return
        self._unfinished = first, rows, columns
        f, w = columns["f"][:rows], columns["w"][:rows]
        signed = columns
        if self.sign != 1.0:
            running = columns.get("running_f")
            signed = dict(columns, f=self.sign * f, running_f=None if running is None else self.sign * running)
        finite, low = None, int(f.argmin())  # the place of a NaN, if there is one
        if not (f[low] >= -HUGE and f.max() <= HUGE and np.isfinite(w).all()):
            finite = (np.abs(f) <= HUGE) & np.isfinite(w).all(axis=1)
            low = int(np.where(finite, f, np.inf).argmin())
        if finite is None or finite.any():
            if self._finite_row < 0 or f[low] < self.sign * self.best.f:
                self.best = Best(np.array(w[low]), float(signed["f"][low]), first + low)
            k = rows - 1 if finite is None else int(np.flatnonzero(finite)[-1])
            norms = columns.get("grad_norm")
            self.w, self.f = np.array(w[k]), float(signed["f"][k])
            self.grad_norm = float("nan") if norms is None else float(norms[k])
            self._finite_row = first + k
        elif self.rows == 0:
            self.best = Best(self.task.w0, float(signed["f"][0]), 0)
            self.f = self.best.f
        self._recorder.extend(first, rows, {name: signed[name] for name in self._stored})
        self._unfinished = None

    def store_updates(self, first: int, w: Array, running_f: Array) -> None:
        if self._updates is not None:
            self._updates.extend(first, len(w), {"w": w, "running_f": self.sign * running_f})

    @property
    def keeps_updates(self) -> bool:
        return self._updates is not None

    def take(self, first: int, w: Array, f: Array, grad_norm: Array | None, running_f: Array | None,
             seconds: Array) -> Verdict | None:  # fmt: skip
        """Judges a chunk of computed rows in order and stores them up to the one that ends the run (to the last one
        judged, where Ctrl-C strikes)."""
        watch, callback = self.watch, self.task.callback
        columns = {"w": w, "f": f, "grad_norm": grad_norm, "seconds": seconds, "running_f": running_f}
        values: list[float] = []  # as Python's numbers, once some are judged one by one
        norms: list[float] | None = None
        begins = max(BLOCK - first, 0)  # the row from which the start is over
        settled = (begins if first else 0) if callback is None else -1  # from here all at once, while quiet
        stored = judged = 0
        try:
            while judged < len(f):
                k = judged
                t = first + k
                if k == settled:
                    judged += watch.quiet(t, f[k:], w[k:], None if grad_norm is None else grad_norm[k:])
                    settled = begins if judged < begins else -1
                    continue
                if not values:
                    values, norms = f.tolist(), None if grad_norm is None else grad_norm.tolist()
                verdict = watch.row(t, values[k], w[k])
                if norms is not None:
                    verdict = verdict or watch.gradient(t, norms[k])
                if verdict is None and watch.same >= 2:
                    verdict = watch.stalled(t)
                judged = k + 1
                if callback is not None:
                    part = {name: None if column is None else column[stored:] for name, column in columns.items()}
                    self.store(first + stored, judged - stored, part)
                    stored = judged
                    if t > 0 and (verdict is None or not verdict.outcome.failed):
                        callback(self)
                if verdict is not None:
                    return verdict
        finally:
            rest = columns
            if stored:
                rest = {name: None if column is None else column[stored:] for name, column in columns.items()}
            self.store(first + stored, judged - stored, rest)
        return None

    def complete(self) -> None:
        """Does a store again that was broken off."""
        if self._unfinished is not None:
            self.store(*self._unfinished)

    # -- the clock -----------------------------------------------------------------------------------------------

    def on_alarm(self, now: float, row: int, f: float) -> Verdict | None:
        """Reports progress; says when the time is up. Raises KeyboardInterrupt where the run is given up."""
        if now >= self._deadline:
            return self.time_up(row)
        if now >= self._next_look and self._given_up is not None:
            self._next_look = now + PROGRESS_EVERY
            if self._given_up(row / max(self.task.settings.max_iter, 1)):
                raise KeyboardInterrupt
        if now >= self._next_progress and self.task.progress is not None:
            self.task.progress(row, self.task.settings.max_iter, self.sign * f)
            self._next_progress = now + PROGRESS_EVERY
        self.alarm = min(self._deadline, self._next_progress, self._next_look)
        return None

    def time_up(self, row: int) -> Verdict:
        limit = self.task.settings.time_limit or 0.0
        return Verdict(Outcome.TIME_LIMIT, f"time_limit {number(limit)} s reached", row)

    # -- the end -------------------------------------------------------------------------------------------------

    def run(self, loop: Callable[["Session"], Verdict]) -> Ending:
        """Runs ``loop`` to its verdict; a callback's StopIteration and Ctrl-C are verdicts too, once there is a row."""
        try:
            with np.errstate(all="ignore"):
                verdict = loop(self)
        except CallbackStop:
            verdict = Verdict(Outcome.STOPPED, "the callback stopped it", self.rows - 1)
        except KeyboardInterrupt:
            self.complete()
            if self.rows == 0:
                raise
            verdict = Verdict(Outcome.INTERRUPTED, "interrupted; what was done is kept", self.rows - 1)
        except TimeSpent:
            if self.rows == 0:
                raise
            verdict = self.time_up(self.rows - 1)
        except EvaluationsSpent:
            if self.rows == 0:
                raise
            most = self.task.settings.max_evals or 0
            verdict = Verdict(Outcome.MAX_EVALS, f"max_evals {most:,} evaluations of the objective used", self.rows - 1)
        except Exception as error:  # the caller's own, with where it happened
            if self.rows:
                at = f"{self.task.unit} {self.rows - 1:,}"
                error.add_note(f"raised after {at}, f {number(self.f)}, w {vector(self.w)}")
            raise
        if verdict.outcome in _NEEDS_FINITE_W and self._finite_row < self.rows - 1:
            bad = self._finite_row + 1  # f may be finite where w is not: tanh is
            verdict = Verdict(Outcome.NOT_FINITE, f"w is not finite at {self.task.unit} {bad:,}", bad)
        if verdict.outcome is Outcome.CONVERGED and self._unmoved():
            verdict = Verdict(Outcome.STALLED, f"w has not left the start, though {verdict.reason}", verdict.iteration)
        if verdict.outcome is not Outcome.CONVERGED and self.watch.blurred:
            least = number(self.task.settings.gradient_noise * abs(self.f), 2)
            self.notes.append(f"differences of f cannot show a gradient below {least} where f is {number(self.f)}")
        return Ending(
            verdict.outcome, verdict.reason, verdict.iteration, max(self.rows - 1, 0), self.nfev, self.njev, self
        )

    def _unmoved(self) -> bool:
        """Whether a tolerance is met only since nothing happened: w is the start bit for bit, in every row, and its
        gradient is not 0."""
        if self.rows < 2 or self.task.settings.patient or self.watch.same < self.rows - 2:
            return False
        return np.array_equal(self.w, self.task.w0) and self._last_gradient() != 0

    def _last_gradient(self) -> float:
        """The largest gradient component of the last row, taken now where the run had no use for it; NaN where it
        cannot be."""
        if not np.isnan(self.grad_norm):
            return self.grad_norm
        task = self.task
        try:
            with np.errstate(all="ignore"):
                norm = float(np.abs(task.shown_gradient(self.w, np.asarray(task.gradient(self.w)))).max())
        except (Exception, KeyboardInterrupt):  # the run is over, and is not to be lost
            return float("nan")
        self.njev += 1
        self.nfev += getattr(task.problem, "difference_evaluations", 0)
        return norm

    def at_max_iter(self, row: int) -> Verdict:
        return Verdict(Outcome.MAX_ITER, f"max_iter {count(self.task.settings.max_iter, self.task.unit)}", row)

    def gradients_to(self, iteration: Any) -> Any:
        """Gradients taken for the steps up to a row."""
        return self.gradients_a_step * iteration + self.gradients_first * (iteration > 0)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def history(self) -> History:
        """The rows so far."""
        plan, task = self.task.plan, self.task
        if plan.ends_only:
            return History(np.array([0, self.rows - 1][: self.rows]))
        columns = self._recorder.finish()
        iteration = columns.pop("iteration")
        derived: dict[str, Any] = {}
        if "learning_rate" in plan.columns and "learning_rate" in task.rule._fields and task.search is None:
            last_update = np.maximum(task.updates_a_row * iteration - 1, 0)
            rate = task.fields.column("learning_rate", last_update)
            if getattr(task.rule, "rates_of_its_own", False):
                rate[iteration > 1] = np.nan
                rate[2:] = self.rates_taken(iteration, columns.get("w"), columns.get("grad_norm"))
            rate[iteration == 0] = np.nan
            derived["learning_rate"] = rate
        if "n_grad" in plan.columns:
            derived["n_grad"] = self.gradients_to(iteration)
        return History(iteration=iteration, **columns, **derived)

    def rates_taken(self, iteration: Any, w: Array | None, grad_norm: Array | None) -> Any:
        """Of a rule whose every step is -rate g: the rates of the rows from the second update on, as the path has them,
        to rounding; NaN where the row before was not kept, or the step is not that of the gradient kept."""
        task = self.task
        if w is None or grad_norm is None or task.box is not None or task.l1 is not None:
            return np.nan
        with np.errstate(all="ignore"):
            taken = np.abs(w[2:] - w[1:-1]).max(axis=1) / grad_norm[1:-1]
        return np.where(np.diff(iteration)[1:] == 1, taken, np.nan)

    def updates(self) -> Updates | None:
        return None if self._updates is None else Updates(**self._updates.finish())

    def __repr__(self) -> str:
        return f"<Session {self.rows} rows, f {number(self.f)}, {duration(self.seconds)}>"
