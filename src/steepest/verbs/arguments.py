"""The arguments of ``minimize``, checked one by one: each complaint names the argument, its value and the fix."""

import difflib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.fields import unknown
from ..base.projection import Projection
from ..base.text import listing
from ..base.trees import Tree
from ..engines.stopping import Settings
from ..methods.rule import label
from ..methods.sampling import SAMPLINGS
from ..problems import gallery
from ..problems.finite_sum import FiniteSum
from ..problems.formula import as_formula
from ..problems.function import as_function
from ..problems.penalized import Penalized, PenalizedProblem
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
    "target": "f_target", "timeout": "time_limit", "n_jobs": "workers", "wd": "weight_decay",
    "max_grad_norm": "clip_norm", "max_norm": "clip_norm", "f_star": "f_least", "fmin": "f_least",
}  # fmt: skip


PROBLEM_NAMES = ("name", "start", "box", "gradient_note", "value_and_gradient", "recipe")
"""What a problem must have besides value, gradient and n."""


def real(value: Any, name: str, low: float = -math.inf, open_low: bool = False) -> float:
    """A finite number of at least ``low`` (above it when open)."""
    if isinstance(value, (bool, str, bytes)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"{name} must be a number; got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond the largest float
        number = math.inf
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


def as_shape(w0: Any) -> tuple[Any, Tree | None]:
    """``(vector, tree)``: a start that is no vector (arrays of more dimensions, dicts and lists of arrays, anything
    registered with JAX as a pytree) as one, and its shape; a vector as it is, with None."""
    if isinstance(w0, (list, tuple)) and not hasattr(w0, "_fields"):
        try:
            array = np.asarray(w0)
        except ValueError:  # arrays of several shapes
            array = np.empty((1, 1))
        if array.ndim <= 1 or any(not isinstance(item, (list, tuple)) for item in w0):
            nested = any(isinstance(item, (list, tuple, dict)) or np.ndim(item) for item in w0)
            return Tree.of(w0)[::-1] if nested else (w0, None)
        w0 = array
    if hasattr(w0, "ndim"):
        return (w0, None) if w0.ndim <= 1 else Tree.of(np.asarray(w0))[::-1]
    if isinstance(w0, (int, float, str, bytes)) or w0 is None:
        return w0, None
    tree, flat = Tree.of(w0)
    return flat, tree


def as_start(w0: Any, n: int | None = None) -> Array:
    """``w0`` as a float64 vector (a number becomes one variable, integers are promoted)."""
    array = np.asarray(w0)
    objects = array.dtype.kind == "O" and array.size and all(item is not None for item in array.flat)
    if array.dtype.kind not in "fiu" and not objects:
        raise ArgumentTypeError(f"w0 must hold real numbers; got {w0!r}")
    try:
        array = np.atleast_1d(array.astype(np.float64))
    except OverflowError:
        raise ArgumentError("w0 must be finite; it holds an integer beyond the largest float, 1.8e308") from None
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


def drawn(box: Projection, seed: int, k: int, n: int | None = None) -> list[Array]:
    """``k`` starts from the bounds; the first ones are the same for any ``k``."""
    return list(box.draw(np.random.default_rng(seed), k, n))


def as_problem(
    problem: Any,
    w0: Any,
    grad: Any,
    args: Any,
    value_and_grad: bool,
    box: Projection | None,
    seed: int,
    workers: int = 1,
    starts: int = 1,
) -> tuple[Any, Any]:
    """``(problem, w0)``: the problem as an object and its start as a vector, or None where starts are to be drawn."""
    if isinstance(problem, str):
        problem, grad, workers = of_text(problem, grad, workers, seed)
    if isinstance(problem, Penalized):
        inner, start = as_problem(problem.problem, w0, grad, args, value_and_grad, box, seed, workers, starts)
        return problem.at(inner), start
    if workers != 1 and (not callable(problem) or hasattr(problem, "gradient")):
        raise ArgumentError(f"workers={workers} evaluate a callable for central differences; leave it out here")
    if isinstance(problem, type):
        raise ArgumentTypeError(f"problem must be an object, not the class {problem.__name__}; call it first")
    if all(hasattr(problem, name) for name in ("value", "gradient", "n")):
        missing = [name for name in PROBLEM_NAMES if not (hasattr(type(problem), name) or hasattr(problem, name))]
        if missing:
            raise ArgumentTypeError(f"problem of type {type(problem).__name__} has no {listing(missing)}; add it")
        if grad is not None or not (isinstance(args, tuple) and args == ()) or value_and_grad:
            raise ArgumentError(f"grad, args and value_and_grad belong to a callable; {problem.name} has its own")
        flat, shape = as_shape(w0)
        own: Tree | None = getattr(problem, "tree", None)
        if shape is not None and (own is None or (shape.spec, shape.n) != (own.spec, own.n)):
            other = "" if own is None else ", or have the shape of its own start"
            raise ArgumentError(f"w0 must be one vector for {problem.name}{other}; flatten it with ravel()")
        w0 = w0 if shape is None else flat
        if w0 is None:
            return problem, None if box is not None else problem.start
        return problem, as_start(w0, problem.n)
    if isinstance(problem, FiniteSum):
        if grad is not None or value_and_grad or args not in ((), None):
            raise ArgumentError("grad, args and value_and_grad belong to a callable; give them to FiniteSum itself")
        if w0 is None and (box is None or box.n is None):
            raise ArgumentError("w0 is missing: a FiniteSum has no start of its own; pass w0=[...]")
        flat, tree = as_shape(drawn(box, seed, 1)[0] if w0 is None and box is not None else w0)
        start = as_start(flat)
        return problem.at(start, tree), None if w0 is None else start
    if not callable(problem):
        raise ArgumentTypeError(
            f"problem must be a callable, a formula, a steepest.LinearModel or the like; got {problem!r}"
        )
    if not isinstance(args, tuple):
        args = (args,)
    if w0 is None and box is None and starts > 1:
        raise ArgumentError(f"starts={starts} needs bounds to draw from; pass bounds=steepest.Box(lower, upper)")
    if w0 is None and box is None:
        raise ArgumentError("w0 is missing: a callable has no start of its own; pass w0=[...]")
    if w0 is None:
        if box is None or box.n is None:
            raise ArgumentError(
                "bounds must have one pair for each variable when no w0 is given"
                if isinstance(box, Box)
                else f"w0 is missing: these bounds ({type(box).__name__}) fit any number of variables; pass w0=[...]"
            )
        first = drawn(box, seed, 1)[0]
        return as_function(problem, first, grad, args, value_and_grad, workers=workers, seed=seed), None
    flat, tree = as_shape(w0)
    start = as_start(flat)
    return as_function(problem, start, grad, args, value_and_grad, tree, workers, seed), start


def of_text(text: str, grad: Any, workers: int, seed: int) -> tuple[Any, Any, int]:
    """A gallery function by its name, anything else as a formula; and what is left of ``grad`` and ``workers``."""
    name = text.strip().lower().replace("-", "_")
    if name.startswith(gallery.MGH_PREFIX):
        return gallery.mgh(name.removeprefix(gallery.MGH_PREFIX)), grad, workers
    close = difflib.get_close_matches(name, gallery.names(), n=1) if name.isidentifier() and len(name) > 3 else []
    if close and close[0] != name:
        raise ArgumentError(f"problem {text!r} is no function of the gallery; did you mean {close[0]!r}?")
    if name in gallery.names():
        return gallery.find(name)(), grad, workers
    return as_formula(text, grad, workers, seed), None, 1


def starts_from(problem: Any, w0: Array | None, box: Projection | None, starts: int, seed: int) -> list[Array]:
    """The starts of a run: w0, then draws from the bounds (the problem's own box where none are given)."""
    if starts == 1:
        if w0 is None:
            raise ArgumentError(f"w0 is missing: {problem.name} has no start of its own; pass w0=[...]")
        return [w0]
    box = box or problem.box
    if box is None:
        raise ArgumentError(f"starts={starts} needs bounds to draw from; pass bounds=steepest.Box(lower, upper)")
    box = box.fitted(problem.n)
    given = [] if w0 is None else [w0]
    return [*given, *drawn(box, seed, starts - len(given), problem.n)]


def as_plan(record: Any, stochastic: bool, norms: bool) -> Plan:
    """What to keep, from the ``record`` argument; ``norms`` says whether gradient norms are had without being named."""
    if isinstance(record, str) and record in ("auto", "all", "none", "updates"):
        if record == "updates" and not stochastic:
            raise ArgumentError("record='updates' shows the steps inside an epoch; give a batch_size")
        if record == "none":
            return Plan(columns=(), ends_only=True)
        return Plan(everything(norms), budget=None if record == "all" else BUDGET, updates=record == "updates")
    if isinstance(record, (int, np.integer)) and not isinstance(record, bool):
        return Plan(everything(norms), stride=whole(record, "record", 1), budget=None)
    if isinstance(record, Iterable) and not isinstance(record, (str, bytes)):
        names = tuple(record)
        wrong = [name for name in names if name not in (*COLUMNS, "iteration", "updates")]
        if wrong:
            raise ArgumentError(f"record has no field {wrong[0]!r}; it has {listing(COLUMNS, 'and')}")
        if "updates" in names and not stochastic:
            raise ArgumentError("record='updates' shows the steps inside an epoch; give a batch_size")
        return Plan(tuple(name for name in COLUMNS if name in names), updates="updates" in names)
    raise ArgumentError(f"record must be 'auto', 'all', 'none', 'updates', a number k or field names; got {record!r}")


def everything(norms: bool) -> tuple[str, ...]:
    """The columns of a record that nobody chose."""
    return tuple(name for name in COLUMNS if norms or name != "grad_norm")


def as_settings(given: dict[str, Any], stochastic: bool, maximize: bool, gradient_noise: float = 0.0) -> Settings:
    """The stopping arguments, checked, with their defaults; ``gradient_noise`` see Settings."""
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
    return Settings(**checked, sign=-1.0 if maximize else 1.0, gradient_noise=gradient_noise)


def grad_tol_of(problem: Any, grad_tol: Any) -> Any:
    """``grad_tol``, by default None where gradients are drawn: one draw may be 0 where the slope is not."""
    drawn = getattr(problem, "random_gradient", False)
    return None if drawn and isinstance(grad_tol, str) and grad_tol == "default" else grad_tol


def as_batch(problem: Any, batch_size: Any, sampling: Any) -> int | None:
    if not isinstance(sampling, str) or sampling not in SAMPLINGS:
        raise ArgumentError(f"sampling must be {listing(map(repr, SAMPLINGS))}; got {sampling!r}")
    if batch_size is None:
        return None
    if batch_size == "auto":
        raise ArgumentError("batch_size='auto' is for the estimators; pass a number of rows, or None for all")
    size = whole(batch_size, "batch_size", 1)
    if not hasattr(problem, "rows"):
        raise ArgumentError(f"batch_size={batch_size} needs a problem on data, such as steepest.LinearModel(X, y)")
    return min(size, int(problem.rows))


def batch_for(rule: Any, problem: Any, batch_size: Any) -> Any:
    """``batch_size``, by default 1 for rules that keep gradients of single examples."""
    if not hasattr(rule, "renews_each"):
        return batch_size
    if not hasattr(problem, "rows"):
        raise ArgumentError(
            f"method {label(rule)!r} keeps gradients of single examples and needs a problem on data; pass a "
            f"steepest.LinearModel(X, y) or a steepest.FiniteSum(f, data)"
        )
    return 1 if batch_size is None else batch_size


def as_device(device: Any) -> str | None:
    if device not in (None, "cpu", "gpu"):
        raise ArgumentError(f"device must be 'cpu', 'gpu' or None; got {device!r}")
    return device  # type: ignore[no-any-return]


def within_bounds(points: list[Array], bounds: Projection | None, n: int, given: bool) -> Projection | None:
    """What the runs from these starts are projected onto, fitted to their n variables; None where they run free.

    A start that was ``given`` must lie in it, a problem's own is moved there (in place). A box from which several
    starts are drawn is where they begin, and no constraint; other sets are both."""
    if bounds is None or (len(points) > 1 and isinstance(bounds, Box)):
        return None
    fitted = bounds.fitted(n)
    if not given and len(points) == 1:
        points[0] = fitted.project(points[0])
    outside = fitted.outside(points[0])
    if outside:
        raise ArgumentError(f"w0 must lie within bounds; {outside}")
    return fitted


def refuse_kink(problem: Any, rule: Any, search: Any, bounds: Projection | None) -> None:
    """One sentence for what does not go with an l1 penalty."""
    if getattr(problem, "l1_each", None) is None:
        return
    if not hasattr(rule, "update"):
        raise ArgumentError(
            f"method {label(rule)!r} steps by the whole vector, and the kink of an l1 penalty is met weight by weight; "
            f"use another method, or penalty='l2'"
        )
    if search is not None:
        raise ArgumentError(
            f"learning_rate={search!r} needs a smooth objective, and an l1 penalty has a kink; give a number"
        )
    if bounds is not None and bounds.refuses_l1:
        raise ArgumentError(
            f"bounds={type(bounds).__name__} do not go with an l1 penalty: {bounds.refuses_l1}; leave one of them out"
        )


def refuse_climbing(problem: Any) -> None:
    if isinstance(problem, PenalizedProblem):
        raise ArgumentError(
            "maximize=True would climb the penalty too; minimise the negative instead: Penalized(lambda w: -f(w), ...)"
        )


def flag(value: Any, name: str) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise ArgumentTypeError(f"{name} must be True or False; got {value!r}")


def unknown_keyword(
    name: str, fields: Iterable[str], own: Iterable[str], method: str, verb: str = "minimize"
) -> ArgumentTypeError:
    """The error for a keyword that is neither the verb's own nor the method's, with the right name if there is one."""
    from ..base.fields import fields_of
    from ..methods import find, modifiers, names

    fields, right = list(fields), ALIASES.get(name, name)
    owner = f"{verb} with method {method!r}"
    if right != name and right in (*fields, *own):
        return unknown(name, owner, (), right)
    if right in modifiers.fields():
        return unknown(name, owner, (), right)
    having = [other for other in names() if right in fields_of(find(other))]
    if having:
        called = "" if right == name else f" ({right})"
        takes = f"which takes {listing(fields, 'and')}" if fields else "which takes no hyper-parameters"
        owners = having if len(having) <= 4 else [*having[:3], f"{len(having) - 3} others"]
        return ArgumentTypeError(f"{name}{called} belongs to {listing(owners, 'and')}, not to {method!r}, {takes}")
    error = unknown(name, owner, [*fields, *own, *modifiers.fields()])
    return error if "did you mean" in str(error) else unknown(name, owner, fields)
