"""The plain loop: any callable, any rule, NumPy. It is the reference the other engines are held to."""

import math
import time
import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from .orders import Orders
from .session import Session
from .stopping import Verdict
from .task import Ending, Task

__all__ = ["run"]

Array = NDArray[np.float64]
CHUNK_BYTES, CHUNK_ROWS = 2**20, 1024
SMALL = 24
"""Below this many variables a Python max over a list beats two array reductions."""


def run(task: Task) -> Ending:
    """Runs the task to its end."""
    session = Session(task)
    return session.run(descend if task.batch_size is None else descend_in_batches)


def largest(g: Array) -> float:
    """The infinity norm; NaN where any component is NaN."""
    if g.size < SMALL:
        items = g.tolist()
        total = sum(items)
        if total - total == 0.0:  # false with a NaN or an infinity among them, which max() may pass over
            return float(max(max(items), -min(items)))
    return float(np.abs(g).max())


class Rows:
    """A chunk of rows on its way to the session. A row is complete once its f is in; its norm may still be missing."""

    def __init__(self, session: Session) -> None:
        self.session, n = session, session.task.w0.size
        session_rows = max(1, min(CHUNK_ROWS, CHUNK_BYTES // (8 * n)))
        self.size = 1 if session.task.callback is not None else session_rows
        self.w = np.empty((self.size, n))
        self.f: list[float] = []
        self.seconds: list[float] = []
        self.norms: list[float] = []
        self.running: list[float] = []
        self.first = 0

    def flush(self) -> None:
        """Hands the complete rows over."""
        rows = len(self.f)
        if not rows:
            return
        norms = self.norms + [math.nan] * (rows - len(self.norms))
        columns = {
            "w": self.w, "f": np.array(self.f), "grad_norm": np.array(norms[:rows]),
            "seconds": np.array(self.seconds[:rows]) - self.session.began,
            "running_f": np.array(self.running[:rows]) if self.running else None,
        }  # fmt: skip
        self.session.store(self.first, rows, columns)
        self.first += rows
        self.f, self.seconds, self.norms, self.running = [], [], [], []


def descend(session: Session) -> Verdict:
    """The full-batch loop: row t, its tests, its gradient, one step."""
    task, watch, rows = session.task, session.watch, Rows(session)
    rule, settings = task.rule, task.settings
    value, gradient = task.problem.value, task.problem.gradient
    look, read = getattr(rule, "look", None), getattr(rule, "read", None)
    whole = getattr(rule, "step", None)
    update = rule.update if whole is None else None
    test, clock, last = watch.row, time.perf_counter, settings.max_iter
    grad_tol, tolerant = settings.grad_tol, settings.tolerant
    norms = grad_tol is not None or task.plan.grad_norm
    callback, size, alarm, ahead = task.callback, rows.size, session.alarm, look is not None or read is not None
    W, F, S, N = rows.w, rows.f, rows.seconds, rows.norms

    w = at = task.w0.copy()
    slots = rule.init(w, xp)
    t, tf = 0, 0.0
    gradients = 0
    verdict: Verdict | None = None
    try:
        while True:
            if read is not None:
                at = read(w, slots, tf, xp)
            try:
                f = float(value(at))
            except ArithmeticError:  # math.exp and its kin raise where NumPy gives inf
                f = math.nan
            now = clock()
            W[len(F)] = at
            S.append(now)
            F.append(f)
            verdict = test(t, f, at)
            if norms:
                g = gradient(at)
                gradients += 1
                norm = largest(g)
                N.append(norm)
                if grad_tol is not None and verdict is None:
                    verdict = watch.gradient(t, norm)
            if verdict is None and t < last and (ahead or not norms):
                g = gradient(w if look is None else look(w, slots, tf + 1.0, xp))
                gradients += 1
            if verdict is not None:
                return verdict
            if tolerant and watch.same >= 2:
                return watch.stalled(t)
            if callback is not None:
                rows.flush()
                F, S, N = rows.f, rows.seconds, rows.norms
                if t:
                    callback(session)
            if t == last:
                return session.at_max_iter(t)
            if now > alarm:
                verdict = session.on_alarm(now, t, f)
                if verdict is not None:
                    return verdict
                alarm = session.alarm
            if len(F) == size:
                rows.flush()
                F, S, N = rows.f, rows.seconds, rows.norms
            tf += 1.0
            if update is not None:
                step, slots = update(w, g, slots, tf, xp)
            else:
                step, slots = whole(w, f, g, slots, tf, xp)  # type: ignore[misc]
            w = at = w + step
            t += 1
    finally:
        rows.flush()
        session.njev += gradients
        session.nfev += session.rows + gradients * getattr(task.problem, "difference_evaluations", 0)


def descend_in_batches(session: Session) -> Verdict:
    """The stochastic loop: row t is epoch t, an update for each batch of its order; the last short batch is kept."""
    task, problem, rule, rows = session.task, session.task.problem, session.task.rule, Rows(session)
    watch, last, batch = session.watch, task.settings.max_iter, task.batch_size or 1
    look, read = getattr(rule, "look", None), getattr(rule, "read", None)
    orders = Orders(task.sampling, problem.rows, task.seed)
    mean = problem.reduction == "mean"
    norms = task.settings.grad_tol is not None or task.plan.grad_norm
    w = task.w0.copy()
    slots = rule.init(w, xp)
    tf, running = 0.0, math.nan
    session.store_updates(0, w[None], np.array([math.nan]))
    try:
        for t in range(last + 1):
            at = w if read is None else read(w, slots, tf, xp)
            f = float(problem.value(at))
            rows.w[len(rows.f)] = at
            rows.running.append(running)
            rows.seconds.append(now := time.perf_counter())
            rows.f.append(f)
            verdict = watch.row(t, f, at)
            if norms:
                rows.norms.append(largest(problem.gradient(at)))
                verdict = verdict or watch.gradient(t, rows.norms[-1])
            if verdict is None and watch.same >= 2:
                verdict = watch.stalled(t)
            if verdict is None and now > session.alarm:
                verdict = session.on_alarm(now, t, f)
            if verdict is not None:
                return verdict
            if task.callback is not None or len(rows.f) == rows.size:
                rows.flush()
                if task.callback is not None and t:
                    task.callback(session)
            if t == last:
                break
            order = orders.epochs(t, 1)[0]
            total = 0.0
            for k in range(0, problem.rows, batch):
                chosen = order[k : k + batch]
                tf += 1.0
                loss, g = problem.batch_value_and_gradient(w if look is None else look(w, slots, tf, xp), chosen)
                step, slots = rule.update(w, g, slots, tf, xp)
                w = w + step
                total += loss * chosen.size if mean else loss
                if session.keeps_updates:
                    session.store_updates(int(tf), w[None], np.array([loss]))
            running = total / problem.rows if mean else total
        return session.at_max_iter(last)
    finally:
        rows.flush()
        session.njev += max(session.rows - 1, 0) + (session.rows if norms else 0)
        session.nfev += session.rows
