"""Our methods inside ``scipy.optimize.minimize``: its arguments translated to ours, our run to its result."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing
from ..methods.rule import label
from .arguments import ALIASES
from .minimizing import minimize

__all__ = ["as_scipy"]

DIFFERENCES = ("2-point", "3-point", "cs")


def as_scipy(method: Any = "momentum", **options: Any) -> Callable[..., Any]:
    """A ``method=`` for ``scipy.optimize.minimize``: any method of ours with its hyper-parameters and ``minimize``'s
    arguments.

    SciPy's ``options`` (``maxiter``, ``gtol``, ``ftol``, ``xtol``, ``disp`` or ours by name) come on top, ``tol`` is
    grad_tol, ``bounds`` are projected onto; ``jac`` may be a callable, True or None (automatic, or central
    differences). Constraints and Hessians are refused. The result has SciPy's fields, and the Run as ``run``.

    >>> from scipy.optimize import minimize as scipy_minimize
    >>> found = scipy_minimize(lambda x: (x ** 2).sum(), [1.0, 2.0], method=as_scipy("momentum", learning_rate=0.1))
    >>> bool(found.success)
    True
    """
    name = method if isinstance(method, str) else label(method)

    def solve(
        fun: Any, x0: Any, args: Any = (), jac: Any = None, hess: Any = None, hessp: Any = None, bounds: Any = None,
        constraints: Any = (), callback: Any = None, **given: Any,
    ) -> Any:  # fmt: skip
        from scipy.optimize import OptimizeResult

        if hess is not None or hessp is not None:
            raise ArgumentError(f"hess and hessp are not used by {name}, a first-order method; leave them out")
        if isinstance(constraints, (list, tuple)) and not constraints:
            constraints = None
        if constraints is not None:
            raise ArgumentError(f"constraints are not for {name}; use bounds, or SciPy's own 'SLSQP' or 'trust-constr'")
        if isinstance(jac, str) and jac not in DIFFERENCES:
            raise ArgumentTypeError(f"jac must be a callable, True, None or {listing(DIFFERENCES)}; got {jac!r}")
        grad = "finite" if isinstance(jac, str) else jac if callable(jac) else None
        merged = {**options, **translated(given)}
        run = minimize(
            fun, np.atleast_1d(np.asarray(x0, dtype=float)), method, grad=grad, args=args, bounds=bounds,
            callback=as_ours(callback), **{"record": "none", **merged},
        )  # fmt: skip
        return OptimizeResult(
            x=run.x, fun=run.fun, jac=run.jac, nit=run.nit, nfev=run.nfev, njev=run.njev, success=run.success,
            status=run.status, message=run.message, run=run,
        )  # fmt: skip

    solve.__name__ = solve.__qualname__ = f"steepest_{name}"
    return solve


def translated(options: dict[str, Any]) -> dict[str, Any]:
    """SciPy's options under our names; ``disp`` shows progress."""
    ours = dict(options)
    if "disp" in ours:
        ours["progress"] = bool(ours.pop("disp"))
    known = set(inspect.signature(minimize).parameters)
    return {name if name in known else ALIASES.get(name, name): value for name, value in ours.items()}


def as_ours(callback: Any) -> Any:
    """SciPy's callback: with ``intermediate_result`` (an OptimizeResult) or x; what it returns does not matter."""
    if callback is None:
        return None
    try:
        names = list(inspect.signature(callback).parameters)
    except (TypeError, ValueError):
        names = []

    def with_result(intermediate_result: Any) -> None:
        from scipy.optimize import OptimizeResult

        run = intermediate_result
        callback(intermediate_result=OptimizeResult(x=run.x.copy(), fun=run.fun, nit=run.nit))

    def with_x(x: Any) -> None:
        callback(x)

    return with_result if names == ["intermediate_result"] else with_x
