"""The plain loop: any callable, any rule, NumPy. It is the reference the other engines are held to."""

import contextlib
import itertools
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentTypeError
from ..base.xp import numpy_functions as xp
from ..base.xp import scalar_functions
from ..problems.function import numerical
from ..problems.limited import EvaluationsSpent
from .numbers import on_numbers
from .orders import Orders
from .proximal import implicit_step
from .searched import Searched, number_or_nan
from .session import Session
from .stopping import Verdict
from .task import Ending, Task
from .variance_reduced import Corrected, corrects

__all__ = ["run"]

Array = NDArray[np.float64]
CHUNK_BYTES, CHUNK_ROWS = 2**20, 1024
SMALL = 24
"""Up to this many variables a Python loop over a list beats two array reductions."""
SCALARS = 4
"""Up to this many variables a rule is quicker on single numbers than on arrays."""


def run(task: Task) -> Ending:
    """Runs the task to its end."""
    session, numbers = Session(task), on_numbers(task)
    if numbers is not None:
        return session.run(numbers.descend)
    return session.run(descend if task.batch_size is None else descend_in_batches)


def largest(g: Array) -> float:
    """The infinity norm; NaN where any component is NaN."""
    if g.size > SMALL:
        return float(np.abs(g).max())
    most = 0.0
    for v in g.tolist():
        if v < 0.0:
            v = -v
        if not v <= most:
            if v != v:
                return math.nan
            most = v
    return most


def nan_or_raise(error: Exception, t: int) -> float:
    """NaN for an error that only means that f has no number at row ``t``; else what the caller is to see of it."""
    if numerical(error):
        return math.nan
    if error.__traceback__ is not None and error.__traceback__.tb_next is None:  # float() raised it, not f
        where = f"at iteration {t:,} it did not: {error}"
        raise ArgumentTypeError(f"problem must return one real number; {where}") from error
    raise error


class Rows:
    """A chunk of rows on its way to the session. A row is complete once its f is in; its gradient may be missing."""

    def __init__(self, session: Session) -> None:
        self.session, n = session, session.task.w0.size
        self.size = max(1, min(CHUNK_ROWS, CHUNK_BYTES // (8 * n)))
        self.w = np.empty((self.size, n))
        self.g = np.empty((self.size, n))
        self.f: list[float] = []
        self.seconds: list[float] = []
        self.norms: list[float] = []
        self.gradients = 0
        """Rows whose gradient is in ``g``, where the norms are left for later."""
        self.running: list[float] = []
        self.rates: list[float] = []
        """The learning rates that a search found, where one is at work."""
        self.first = 0

    def flush(self) -> None:
        """Hands the complete rows over."""
        rows = len(self.f)
        if not rows:
            return
        norms = np.full(rows, np.nan)
        norms[: len(self.norms)] = self.norms[:rows]
        if self.gradients:
            g = self.g[: self.gradients]
            # along rows of few variables the maximum is ten times slower than down the columns of their transpose
            norms[: self.gradients] = (
                np.abs(g.T, order="C").max(axis=0) if g.shape[1] <= SMALL else np.abs(g).max(axis=1)
            )
        columns = {
            "w": self.w, "f": np.array(self.f), "grad_norm": norms,
            "seconds": np.array(self.seconds[:rows]) - self.session.began,
            "running_f": np.array(self.running[:rows]) if self.running else None,
            "learning_rate": np.array(self.rates[:rows]),
        }  # fmt: skip
        self.session.store(self.first, rows, columns)
        for column in (self.f, self.seconds, self.norms, self.running, self.rates):
            column.clear()  # f first: should Ctrl-C strike here, these rows are not handed over again as later ones
        self.first += rows
        self.gradients = 0


class Moves(NamedTuple):
    """A rule with its slots: ``move(w, f, g)`` gives the next w; ``look`` and ``read`` where the rule has them."""

    move: Callable[[Array, float, Array], Array]
    look: Callable[[Array], Array] | None = None
    read: Callable[[Array], Array] | None = None


def moves_of(task: Task, g0: Array) -> Moves:
    """The rule at work on arrays, or on single numbers where that is faster and gives the same."""
    rule, w0 = task.rule, task.w0
    simple = task.fields.constant and task.box is None and task.l1 is None
    if simple and w0.size <= SCALARS and not any(hasattr(rule, name) for name in ("look", "read", "step")):
        by_number = number_moves(rule, w0)
        with contextlib.suppress(Exception):  # a rule that cannot take single numbers gets arrays
            first = number_moves(rule, w0).move(w0, 0.0, g0)
            if np.array_equal(first, array_moves(task).move(w0, 0.0, g0), equal_nan=True):
                return by_number
    return array_moves(task)


def array_moves(task: Task) -> Moves:
    """The rule on whole arrays; its fields may change from update to update, a box may bound w."""
    rules = itertools.repeat(task.rule) if task.fields.constant else task.fields.rules()
    rule = next(rules)
    slots, t, box, l1 = rule.init(task.w0, xp), 0.0, task.box, task.l1
    whole = hasattr(rule, "step")

    def move(w: Array, f: float, g: Array) -> Array:
        nonlocal slots, t, rule
        t += 1.0
        if l1 is not None and not whole:
            moved, slots = implicit_step(rule, w, g, slots, t, l1, xp)
        else:
            step, slots = rule.step(w, f, g, slots, t, xp) if whole else rule.update(w, g, slots, t, xp)
            moved = np.asarray(w + step)
        rule = next(rules)
        return moved if box is None else box.project(moved)

    def look(w: Array) -> Array:
        place = np.asarray(rule.look(w, slots, t + 1.0, xp))
        return place if box is None else box.project(place)

    def read(w: Array) -> Array:
        return np.asarray(rule.read(w, slots, t, xp))

    return Moves(move, look if hasattr(rule, "look") else None, read if hasattr(rule, "read") else None)


def number_moves(rule: Any, w0: Array) -> Moves:
    """Component by component on Python floats: for two variables a heavy-ball step takes half the time that it takes
    on arrays, an Adam step a fifth."""
    t, array, now, functions = 0.0, np.array, w0.tolist(), scalar_functions
    slots: list[Any] = list(zip(*(slot.tolist() for slot in rule.init(w0, xp)), strict=True)) or [()] * w0.size
    update = rule.update

    def move(w: Array, f: float, g: Array) -> Array:
        nonlocal t
        t += 1.0
        k = 0  # counted by hand: enumerate costs as much as half an update
        for slope in g.tolist():
            try:
                step, slots[k] = update(now[k], slope, slots[k], t, functions)
            except ArithmeticError:  # Python raises where NumPy gives inf or NaN
                exact = tuple(np.float64(slot) for slot in slots[k])
                step, slots[k] = update(np.float64(now[k]), np.float64(slope), exact, np.float64(t), xp)
            now[k] += step
            k += 1  # noqa: SIM113
        return array(now)

    return Moves(move)


def descend(session: Session) -> Verdict:
    """The full-batch loop: row t, its tests, its gradient, one step."""
    task, watch, rows = session.task, session.watch, Rows(session)
    value = getattr(task.problem, "first_value", None) or task.problem.value
    gradient = getattr(task.problem, "first_gradient", None) or task.gradient
    test, clock, last = watch.row, time.perf_counter, task.settings.max_iter
    tested, tolerant = task.settings.grad_tol is not None, task.settings.tolerant
    norms = tested or task.plan.grad_norm
    callback, size, alarm = task.callback, rows.size, session.alarm
    W, F, S, N, G = rows.w, rows.f, rows.seconds, rows.norms, rows.g
    w = at = task.w0.copy()
    moves: Moves | None = None
    searched = Searched(task) if task.search is not None else None
    if searched is not None:
        moves = Moves(searched.move)
        value, gradient = searched.value, searched.gradient
        rows.rates.append(math.nan)
    elif any(hasattr(task.rule, name) for name in ("look", "read")):
        moves = array_moves(task)
    look, read = (moves.look, moves.read) if moves is not None else (None, None)
    ahead = moves is not None and searched is None
    plain = task.box is None and task.l1 is None
    session.gradients_a_step = 2 if ahead and norms else 1
    move: Any = None
    t = i = gradients = 0
    try:
        while True:
            if read is not None:
                at = read(w)
            try:
                f = float(value(at))
            except (ArithmeticError, TypeError, ValueError) as error:
                f = nan_or_raise(error, t)
            now = clock()
            W[i] = at
            S.append(now)
            F.append(f)
            verdict = test(t, f, at)
            if norms:
                try:
                    g = gradient(at)
                except (ArithmeticError, ValueError) as error:
                    if not numerical(error):
                        raise
                    g = np.full(w.size, math.nan)
                except EvaluationsSpent:
                    if verdict is None:
                        raise
                    return verdict  # the row ended the run; only its gradient norm is missing
                gradients += 1
                shown = g if plain else task.shown_gradient(at, g)
                if tested:
                    norm = largest(shown)
                    N.append(norm)
                    if verdict is None:
                        verdict = watch.gradient(t, norm)
                else:
                    G[i] = shown
                    rows.gradients = i + 1
            if verdict is None and t < last and (ahead or not norms):
                try:
                    g = gradient(w if look is None else look(w))
                except (ArithmeticError, ValueError) as error:
                    if not numerical(error):
                        raise
                    g = np.full(w.size, math.nan)
                gradients += 1
            if verdict is None and tolerant and watch.same >= 2:
                verdict = watch.stalled(t)
            i += 1
            if i == size or callback is not None:
                rows.flush()
                i = 0
                if callback is not None and t and (verdict is None or not verdict.outcome.failed):
                    callback(session)
            if verdict is not None:
                return verdict
            if t == last:
                return session.at_max_iter(t)
            if now > alarm:
                verdict = session.on_alarm(now, t, f)
                if verdict is not None:
                    return verdict
                alarm = session.alarm
            if move is None:  # after the first row
                move = moves.move if moves is not None else moves_of(task, g).move
                if searched is None:
                    value, gradient = task.problem.value, task.gradient
            w = at = move(w, f, g)
            if searched is not None:
                rows.rates.append(searched.rate)
            t += 1
    finally:
        rows.flush()
        session.njev += gradients if searched is None else searched.gradients
        values = session.rows if searched is None else searched.values
        session.nfev += values + session.njev * getattr(task.problem, "difference_evaluations", 0)
        session.notes += searched.notes if searched is not None else []


def descend_in_batches(session: Session) -> Verdict:
    """The stochastic loop: row t is epoch t, an update for each batch of its order; the last short batch is kept."""
    task, problem, rule, rows = session.task, session.task.problem, session.task.rule, Rows(session)
    watch, last, batch = session.watch, task.settings.max_iter, task.batch_size or 1
    rules = itertools.repeat(rule) if task.fields.constant else task.fields.rules()
    rule = next(rules)
    looks, reads, whole, box, l1 = (*(hasattr(rule, name) for name in ("look", "read", "step")), task.box, task.l1)
    orders = Orders(task.sampling, problem.rows, task.seed)
    mean = problem.reduction == "mean"
    norms = task.settings.grad_tol is not None or task.plan.grad_norm
    corrected = Corrected(session) if corrects(rule, batch) else None
    gradients = problem.batch_value_and_gradient if corrected is None else corrected
    w = task.w0.copy()
    slots = rule.init(w, xp)
    tf, running = 0.0, math.nan
    session.store_updates(0, w[None], np.array([math.nan]))
    try:
        for t in range(last + 1):
            at = rule.read(w, slots, tf, xp) if reads else w
            f = float(number_or_nan(problem.value, at))
            rows.w[len(rows.f)] = at
            rows.running.append(running)
            rows.seconds.append(now := time.perf_counter())
            rows.f.append(f)
            verdict = watch.row(t, f, at)
            if norms:
                rows.norms.append(largest(task.shown_gradient(at, np.asarray(number_or_nan(task.gradient, at)))))
                verdict = verdict or watch.gradient(t, rows.norms[-1])
            if verdict is None and watch.same >= 2:
                verdict = watch.stalled(t)
            if verdict is None and now > session.alarm:
                verdict = session.on_alarm(now, t, f)
            if task.callback is not None or len(rows.f) == rows.size:
                rows.flush()
                if task.callback is not None and t and (verdict is None or not verdict.outcome.failed):
                    task.callback(session)
            if verdict is not None:
                return verdict
            if t == last:
                break
            order = orders.epochs(t, 1)[0]
            total = 0.0
            if corrected is not None:
                corrected.begin(w)
            for k in range(0, problem.rows, batch):
                chosen = order[k : k + batch]
                tf += 1.0
                place = rule.look(w, slots, tf, xp) if looks else w
                loss, g = gradients(place if box is None else box.project(place), chosen)
                if l1 is None:
                    step, slots = rule.step(w, loss, g, slots, tf, xp) if whole else rule.update(w, g, slots, tf, xp)
                    w = w + step
                else:
                    part = 1.0 if mean else chosen.size / problem.rows
                    w, slots = implicit_step(rule, w, g, slots, tf, part * l1, xp)
                rule = next(rules)
                w = w if box is None else box.project(w)
                total += loss * chosen.size if mean else loss
                if session.keeps_updates:
                    session.store_updates(int(tf), w[None], np.array([loss]))
            running = total / problem.rows if mean else total
        return session.at_max_iter(last)
    finally:
        rows.flush()
        session.njev += session.gradients_to(max(session.rows - 1, 0)) + (session.rows if norms else 0)
        session.nfev += session.rows
