"""Gradient descent you can watch: give it a function or data; get the minimum, the path, and why it went there."""

import importlib
from typing import Any

__version__ = "0.1.0"

_LAZY = {
    "minimize": ("steepest.verbs.minimizing", "minimize"),
    "sweep": ("steepest.verbs.sweeping", "sweep"),
    "LogUniform": ("steepest.verbs.axes", "LogUniform"),
    "Uniform": ("steepest.verbs.axes", "Uniform"),
    "load": ("steepest.verbs.loading", "load"),
    "Run": ("steepest.verbs.run", "Run"),
    "watch": ("steepest.verbs.watching.starting", "watch"),
    "convert_momentum": ("steepest.verbs.converting", "convert_momentum"),
    "curvature": ("steepest.verbs.curvatures", "curvature"),
    "stability_limit": ("steepest.verbs.limits", "stability_limit"),
    "suggest": ("steepest.verbs.suggesting", "suggest"),
    "learning_rate_range": ("steepest.verbs.suggesting", "learning_rate_range"),
    "rate_map": ("steepest.verbs.limits", "rate_map"),
    "compare": ("steepest.verbs.comparing", "compare"),
    "scipy_method": ("steepest.verbs.contenders", "scipy_method"),
    "as_scipy": ("steepest.verbs.scipy_method", "as_scipy"),
    "check_gradient": ("steepest.problems.checking", "check_gradient"),
    "FiniteSum": ("steepest.problems.finite_sum", "FiniteSum"),
    "Penalized": ("steepest.problems.penalized", "Penalized"),
    "LinearModel": ("steepest.problems.linear_model", "LinearModel"),
    "DescentClassifier": ("steepest.estimators.classifier", "DescentClassifier"),
    "DescentRegressor": ("steepest.estimators.regressor", "DescentRegressor"),
    "Box": ("steepest.base.box", "Box"),
    "Outcome": ("steepest.records.outcome", "Outcome"),
    "SteepestError": ("steepest.base.errors", "SteepestError"),
    "show": ("steepest.lab.showing", "show"),
    "gallery": ("steepest.problems.gallery", None),
    "datasets": ("steepest.problems.datasets", None),
    "methods": ("steepest.methods", None),
    "schedules": ("steepest.methods.schedules", None),
    "line_search": ("steepest.methods.line_search", None),
    "projections": ("steepest.problems.projections", None),
}

__all__ = ["__version__", *_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'steepest' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    value = importlib.import_module(module)
    if attribute is not None:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
