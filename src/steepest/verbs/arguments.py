"""The arguments of ``minimize``, checked one by one: each complaint names the argument, its value and the fix."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError, NotYetError
from ..base.fields import unknown
from ..base.text import listing
from ..engines.stopping import Settings
from ..methods.sampling import SAMPLINGS
from ..problems.function import as_function
from ..records.history import BUDGET, COLUMNS, Plan

__all__ = ["ALIASES", "as_plan", "as_problem", "as_settings", "as_start", "starts_from", "whole"]

Array = NDArray[np.float64]

ALIASES = {
    "lr": "learning_rate", "eta": "learning_rate", "eta0": "learning_rate", "alpha": "learning_rate",
    "step_size": "learning_rate", "rate": "learning_rate", "beta": "momentum", "betas": "beta1", "b1": "beta1",
    "b2": "beta2", "eps": "epsilon", "jac": "grad", "gradient": "grad", "fprime": "grad", "x0": "w0", "w_init": "w0",
    "init": "w0", "fun": "problem", "func": "problem", "f": "problem", "tol": "grad_tol", "gtol": "grad_tol",
    "ftol": "f_tol", "xtol": "x_tol", "threshold": "f_tol", "rtol": "f_rtol", "maxiter": "max_iter",
    "max_iterations": "max_iter", "n_iter": "max_iter", "epochs": "max_iter", "max_epochs": "max_iter",
    "n_epochs": "max_iter", "maxfun": "max_evals", "maxfev": "max_evals", "random_state": "seed", "rng": "seed",
    "batch": "batch_size", "n_starts": "starts", "restarts": "starts", "verbose": "progress", "optimizer": "method",
    "target": "f_target", "timeout": "time_limit", "n_jobs": "workers",
}  # fmt: skip


PROBLEM_NAMES = ("name", "start", "box", "gradient_note", "value_and_gradient", "recipe")
"""What a problem must have besides value, gradient and n."""


def real(value: Any, name: str, low: float = -math.inf, open_low: bool = False) -> float:
    """A finite number of at least ``low`` (above it when open)."""
    if isinstance(value, (bool, str, bytes)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"{name} must be a number; got {value!r}")
    number = float(value)
    if not math.isfinite(number) or number < low or (open_low and number == low):
        bound = "a finite number" if math.isinf(low) else f"a number {'above' if open_low else 'of at least'} {low:g}"
        raise ArgumentError(f"{name} must be {bound}; got {value!r}")
    return number


def whole(value: Any, name: str, low: int) -> int:
    """A whole number of at least ``low``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        if isinstance(value, (float, np.floating)) and float(value).is_integer():
            value = int(value)
        else:
            raise ArgumentTypeError(f"{name} must be a whole number of at least {low}; got {value!r}")
    if value < low:
        raise ArgumentError(f"{name} must be a whole number of at least {low}; got {value!r}")
    return int(value)


def as_start(w0: Any, n: int | None = None) -> Array:
    """``w0`` as a float64 vector (a number becomes one variable, integers are promoted)."""
    if isinstance(w0, dict) or (isinstance(w0, (list, tuple)) and any(np.ndim(item) for item in w0)):
        raise NotYetError(f"w0 as a {type(w0).__name__} of arrays comes with a later version; pass one flat vector")
    array = np.asarray(w0)
    if array.dtype.kind not in "fiu" and not (array.dtype.kind == "O" and array.size):
        raise ArgumentTypeError(f"w0 must hold real numbers; got {w0!r}")
    try:
        array = np.atleast_1d(array.astype(np.float64))
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"w0 must hold real numbers; got {w0!r}") from None
    if array.ndim != 1:
        raise ArgumentError(f"w0 must be one vector; its shape is {array.shape}; flatten it with ravel()")
    if array.size == 0:
        raise ArgumentError("w0 is empty; give at least one variable")
    if not np.isfinite(array).all():
        at = int(np.argmin(np.isfinite(array)))
        raise ArgumentError(f"w0 must be finite; w0[{at}] is {array[at]}")
    if n is not None and array.size != n:
        raise ArgumentError(f"w0 must have {n} entries, one for each variable of the problem; it has {array.size}")
    return np.array(array)


def drawn(box: Box, seed: int, k: int) -> list[Array]:
    """``k`` starts from the box; the first ones are the same for any ``k``."""
    return list(box.draw(np.random.default_rng(seed), k))


def as_problem(
    problem: Any, w0: Any, grad: Any, args: Any, value_and_grad: bool, box: Box | None, seed: int
) -> tuple[Any, Any]:
    """``(problem, w0)``: the problem as an object and its start as a vector, or None where starts are to be drawn."""
    if isinstance(problem, str):
        raise NotYetError(
            f"problem={problem!r}: formulas come with a later version; pass a callable, "
            f"or a gallery function such as steepest.gallery.rosenbrock()"
        )
    if isinstance(problem, type):
        raise ArgumentTypeError(f"problem must be an object, not the class {problem.__name__}; call it first")
    if all(hasattr(problem, name) for name in ("value", "gradient", "n")):
        missing = [name for name in PROBLEM_NAMES if not (hasattr(type(problem), name) or hasattr(problem, name))]
        if missing:
            raise ArgumentTypeError(f"problem of type {type(problem).__name__} has no {listing(missing)}; add it")
        if grad is not None or not (isinstance(args, tuple) and args == ()) or value_and_grad:
            raise ArgumentError(f"grad, args and value_and_grad belong to a callable; {problem.name} has its own")
        if w0 is None:
            return problem, None if box is not None else problem.start
        return problem, as_start(w0, problem.n)
    if not callable(problem):
        raise ArgumentTypeError(f"problem must be a callable or a steepest.LinearModel and the like; got {problem!r}")
    if not isinstance(args, tuple):
        args = (args,)
    if w0 is None and box is None:
        raise ArgumentError("w0 is missing: a callable has no start of its own; pass w0=[...]")
    if w0 is None:
        if box is None or box.lower.ndim == 0:
            raise ArgumentError("bounds must have one pair for each variable when no w0 is given")
        return as_function(problem, drawn(box, seed, 1)[0], grad, args, value_and_grad), None
    start = as_start(w0)
    return as_function(problem, start, grad, args, value_and_grad), start


def starts_from(problem: Any, w0: Array | None, box: Box | None, starts: int, seed: int) -> list[Array]:
    """The starts of a run: w0, then draws from the box (the problem's own where none is given)."""
    if starts == 1 and box is None:
        if w0 is None:
            raise ArgumentError(f"w0 is missing: {problem.name} has no start of its own; pass w0=[...]")
        return [w0]
    box = box or problem.box
    if box is None:
        raise ArgumentError(f"starts={starts} needs bounds to draw from; pass bounds=steepest.Box(lower, upper)")
    box = box.fitted(problem.n)
    if w0 is None and starts == 1:
        raise NotYetError("bounds without starts mean projection, which comes with a later version; pass starts=k")
    return drawn(box, seed, starts) if w0 is None else [w0, *drawn(box, seed, starts - 1)]


def as_plan(record: Any, stochastic: bool, norms: bool) -> Plan:
    """What to keep, from the ``record`` argument; ``norms`` says whether gradient norms are had without being named."""
    everything = tuple(name for name in COLUMNS if norms or name != "grad_norm")
    if isinstance(record, str) and record in ("auto", "all", "none", "updates"):
        if record == "updates" and not stochastic:
            raise ArgumentError("record='updates' shows the steps inside an epoch; give a batch_size")
        if record == "none":
            return Plan(columns=(), ends_only=True)
        return Plan(everything, budget=None if record == "all" else BUDGET, updates=record == "updates")
    if isinstance(record, (int, np.integer)) and not isinstance(record, bool):
        return Plan(everything, stride=whole(record, "record", 1), budget=None)
    if isinstance(record, Iterable) and not isinstance(record, (str, bytes)):
        names = tuple(record)
        wrong = [name for name in names if name not in (*COLUMNS, "iteration", "updates")]
        if wrong:
            raise ArgumentError(f"record has no field {wrong[0]!r}; it has {listing(COLUMNS, 'and')}")
        if "updates" in names and not stochastic:
            raise ArgumentError("record='updates' shows the steps inside an epoch; give a batch_size")
        return Plan(tuple(name for name in COLUMNS if name in names), updates="updates" in names)
    raise ArgumentError(f"record must be 'auto', 'all', 'none', 'updates', a number k or field names; got {record!r}")


def as_settings(given: dict[str, Any], stochastic: bool, maximize: bool) -> Settings:
    """The stopping arguments, checked, with their defaults."""
    tolerances = {name: given[name] for name in ("f_tol", "f_rtol", "x_tol")}
    checked: dict[str, Any] = {
        name: None if value is None else real(value, name, 0.0) for name, value in tolerances.items()
    }
    checked["f_target"] = None if given["f_target"] is None else real(given["f_target"], "f_target")
    grad_tol = given["grad_tol"]
    if isinstance(grad_tol, str):
        if grad_tol != "default":
            raise ArgumentTypeError(f"grad_tol must be a number, None or 'default'; got {grad_tol!r}")
        alone = all(value is None for value in checked.values())
        checked["grad_tol"] = 1e-6 if alone and not stochastic else None
    else:
        checked["grad_tol"] = None if grad_tol is None else real(grad_tol, "grad_tol", 0.0)
    max_iter = given["max_iter"]
    checked["max_iter"] = (100 if stochastic else 10_000) if max_iter is None else whole(max_iter, "max_iter", 0)
    checked["max_evals"] = None if given["max_evals"] is None else whole(given["max_evals"], "max_evals", 1)
    checked["patience"] = whole(given["patience"], "patience", 1)
    limit = given["time_limit"]
    checked["time_limit"] = None if limit is None else real(limit, "time_limit", 0.0, open_low=True)
    return Settings(**checked, sign=-1.0 if maximize else 1.0)


def as_batch(problem: Any, batch_size: Any, sampling: Any) -> int | None:
    if not isinstance(sampling, str) or sampling not in SAMPLINGS:
        raise ArgumentError(f"sampling must be {listing(map(repr, SAMPLINGS))}; got {sampling!r}")
    if batch_size is None:
        return None
    if batch_size == "auto":
        raise NotYetError("batch_size='auto' comes with a later version; pass a number of rows, or None for all")
    size = whole(batch_size, "batch_size", 1)
    if not hasattr(problem, "rows"):
        raise ArgumentError(f"batch_size={batch_size} needs a problem on data, such as steepest.LinearModel(X, y)")
    return min(size, int(problem.rows))


def refuse_later(device: Any, workers: Any) -> None:
    """Arguments whose features come later are refused, never ignored."""
    if device not in (None, "cpu"):
        raise NotYetError(f"device={device!r} comes with a later version; leave it out to run on the processor")
    if whole(workers, "workers", 1) != 1:
        raise NotYetError(f"workers={workers} (parallel evaluations of a callable) comes with a later version; use 1")


def flag(value: Any, name: str) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise ArgumentTypeError(f"{name} must be True or False; got {value!r}")


def unknown_keyword(name: str, fields: Iterable[str], own: Iterable[str], method: str) -> ArgumentTypeError:
    """The error for a keyword that is neither ``minimize``'s nor the method's, with the right name if there is one."""
    from ..base.fields import fields_of
    from ..methods import find, names

    fields, right = list(fields), ALIASES.get(name, name)
    owner = f"minimize with method {method!r}"
    if right != name and right in (*fields, *own):
        return unknown(name, owner, (), right)
    having = [other for other in names() if right in fields_of(find(other))]
    if having:
        called = "" if right == name else f" ({right})"
        takes = f"which takes {listing(fields, 'and')}" if fields else "which takes no hyper-parameters"
        return ArgumentTypeError(f"{name}{called} belongs to {listing(having, 'and')}, not to {method!r}, {takes}")
    error = unknown(name, owner, [*fields, *own])
    return error if "did you mean" in str(error) else unknown(name, owner, fields)
