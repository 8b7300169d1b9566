"""``suggest``: the learning rate (and momentum) with which a run gets to a tolerance soonest, and why.
``learning_rate_range``: the range test, a second opinion that knows nothing of curvature."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.range_test import RangeTest, range_test
from ..analysis.suggestions import Suggested, suggested
from ..base.errors import ArgumentError
from ..base.text import count, number
from ..methods.rule import label
from . import arguments as check
from .minimizing import minimize
from .subject import ruled, subject

if TYPE_CHECKING:
    from ..plots.display import Display
    from .run import Run

__all__ = ["RateRange", "Suggestion", "learning_rate_range", "suggest"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Suggestion:
    """What ``suggest`` found: ``fields`` by name (``learning_rate`` and ``momentum`` among them are attributes too),
    ``method`` the rule with them filled in, ``reason`` a sentence with the numbers it rests on.

    ``iterations`` (epochs with a batch size) is the count predicted, or that of the trial; None where neither is known.
    ``kind`` is "modes", "trials", "noise ball" or "automatic"; ``spent`` counts the gradients it took, for data passes
    over them. ``run(**arguments)`` is ``minimize`` with it.
    """

    fields: dict[str, Any]
    method: Any
    iterations: int | None
    tolerance: float
    reason: str
    spent: int
    kind: str
    problem_name: str
    _call: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def learning_rate(self) -> Any:
        """A number, or a schedule where no constant rate gets near enough."""
        return self.method.learning_rate

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self.method._fields:
            return getattr(self.method, name)
        raise AttributeError(f"a suggestion has no {name!r}; its fields are {', '.join(self.method._fields)}")

    def run(self, **arguments: Any) -> "Run":
        """``minimize`` with the suggestion, from the same start."""
        return minimize(**{**self._call, "method": self.method, **arguments})

    def lines(self) -> list[tuple[str, str]]:
        """What the reprs show."""
        after = "not predicted" if self.iterations is None else f"{self.iterations:,}"
        told = [
            (name, number(value) if isinstance(value, float) else repr(value)) for name, value in self.fields.items()
        ]
        unit = "epochs" if self._call.get("batch_size") is not None else "iterations"
        return [*told, (unit, f"{after}, to f - f* <= {number(self.tolerance)} (f0 - f*)"), ("why", self.reason),
                ("spent", f"{count(self.spent, 'gradient')}; .run() runs it")]  # fmt: skip

    def __repr__(self) -> str:
        head = f"<Suggestion for {label(self.method)} on {self.problem_name}: by {self.kind}>"
        return "\n".join([head, *(f"  {name:<14} {text}" for name, text in self.lines())])

    def _repr_html_(self) -> str:
        import html

        rows = "".join(f"<tr><th>{html.escape(a)}</th><td>{html.escape(b)}</td></tr>" for a, b in self.lines())
        title = html.escape(f"Suggestion for {label(self.method)} on {self.problem_name}: by {self.kind}")
        return f"<table><caption>{title}</caption>{rows}</table>"


def suggest(
    problem: Any, w0: Any = None, method: Any = "momentum", *, tolerance: float = 1e-6, budget: int = 500,
    batch_size: int | None = None, sampling: str = "shuffle", grad: Any = None, args: Any = (),
    value_and_grad: bool = False, seed: int = 0, max_iter: int | None = None, **hyperparameters: Any,
) -> Suggestion:  # fmt: skip
    """The learning rate and momentum that bring ``minimize`` to the tolerance soonest, with the reason.

    >>> found = suggest("matyas", method="gradient_descent")
    >>> found.learning_rate, found.iterations
    (1.85, 63)

    On quadratics (least squares among them) the runs of many candidates are followed on the eigenvectors of the
    curvature, from the actual start, and the count is exact. Elsewhere short trials from the start decide.

    Parameters
    ----------
    problem, w0, method, batch_size, sampling, grad, args, value_and_grad, seed : as ``minimize`` takes them.
        Hyper-parameters given stay as they are; sought are learning_rate and the method's momentum, or whichever of
        the two is left.
    tolerance : where a run has arrived: f - f* <= tolerance (f0 - f*), f* being where it ends.
    budget : gradients that trials may take (none on quadratics); 0 gives the automatic rate.
    max_iter : iterations (10,000) or epochs (100) that the run will have: the choice is to be stable over them.

    Raises ArgumentError where there is nothing to seek: no learning rate, or a line search.
    """
    tolerance = check.real(tolerance, "tolerance", 0.0, open_low=True)
    if tolerance >= 1:
        raise ArgumentError(f"tolerance must be below 1, the part of f0 - f* that may be left; got {tolerance:g}")
    budget, seed = check.whole(budget, "budget", 0), check.whole(seed, "seed", 0)
    asked, point, rule, batch = resolved(
        suggest, problem, w0, method, hyperparameters, batch_size, sampling, grad, args, value_and_grad
    )
    most = check.whole(max_iter, "max_iter", 1) if max_iter is not None else 10_000 if batch is None else 100
    given = set(hyperparameters) | (set(given_fields(method)) if not isinstance(method, (str, type)) else set())
    found: Suggested = suggested(
        asked, rule, point, tolerance=tolerance, budget=budget, batch=batch, sampling=sampling, most=most,
        fixed=frozenset(given),
    )  # fmt: skip
    call = {
        "problem": problem, "w0": w0, "grad": grad, "args": args, "value_and_grad": value_and_grad,
        "batch_size": batch_size, "sampling": sampling, "seed": seed, "max_iter": max_iter,
    }  # fmt: skip
    full = rule._replace(**found.fields)
    return Suggestion(
        found.fields, full, found.iterations, tolerance, found.reason, found.spent, found.kind, asked.name, call
    )


def resolved(
    verb: Any, problem: Any, w0: Any, method: Any, hyperparameters: dict[str, Any], batch_size: Any, sampling: Any,
    grad: Any, args: Any, value_and_grad: bool,
) -> tuple[Any, Array, Any, int | None]:  # fmt: skip
    """``(problem, w0, rule, batch)`` of what a verb that seeks a rate was given."""
    asked, point = subject(problem, w0, grad, args, value_and_grad, "w0")
    rule = sought(ruled(method, hyperparameters, asked, verb))
    return asked, point, rule, check.as_batch(asked, check.batch_for(rule, asked, batch_size), sampling)


def given_fields(rule: Any) -> list[str]:
    """The fields of a rule object that are not at their defaults: a rule made by hand means what it says."""
    defaults = type(rule)._field_defaults
    return [name for name in rule._fields if name in defaults and getattr(rule, name) != defaults[name]]


def sought(rule: Any) -> Any:
    """The rule, if it has a learning rate that is a number to be sought or given."""
    name = label(rule)
    if "learning_rate" not in rule._fields:
        raise ArgumentError(f"method {name!r} has no learning_rate to suggest; run it as it is")
    own = rule.own_rate() if rule.learning_rate is None and hasattr(rule, "own_rate") else None
    if own is not None and not isinstance(own, (int, float)):
        raise ArgumentError(
            f"method {name!r} finds its learning rate by a line search ({type(own).__name__}); run it as it is"
        )
    moving = [field for field in rule._fields if not isinstance(getattr(rule, field), (int, float, type(None), type))]
    if moving:
        raise ArgumentError(f"{moving[0]} changes during the run, and suggest looks for constant rates; give a number")
    return rule


@dataclass(frozen=True, eq=False)
class RateRange:
    """What a range test saw: between ``low`` and ``high`` f falls, ``pick`` is a rate to start with, ``reason`` says
    where they come from. ``rates`` and ``values`` (steps,) are its curve, ``smoothed`` the same without the noise of
    batches."""

    low: float
    high: float
    pick: float
    reason: str
    rates: Array
    values: Array
    smoothed: Array
    spent: int
    title: str

    def plot(self, ax: Any = None) -> "Display":
        """f against the rate, with interval and pick."""
        from ..plots.range_test import range_test_of

        return range_test_of(self).plot(ax)

    def __repr__(self) -> str:
        return (
            f"<RateRange {self.title}: {number(self.low)} to {number(self.high)}, pick {number(self.pick)}>\n"
            f"  why            {self.reason}\n  spent          {count(self.spent, 'gradient')}; .plot() shows the curve"
        )


def learning_rate_range(
    problem: Any, w0: Any = None, method: Any = "momentum", *, low: float | None = None, high: float | None = None,
    steps: int = 100, batch_size: int | None = None, sampling: str = "shuffle", grad: Any = None, args: Any = (),
    value_and_grad: bool = False, seed: int = 0, **hyperparameters: Any,
) -> RateRange:  # fmt: skip
    """The range test: one run whose learning rate grows by a constant factor at each update, from ``low`` to ``high``,
    and f (of batches: the loss of each, smoothed) against it.

    ``low`` and ``high`` are 1e-3 and 1e3 times the automatic rate where they are left out; the run ends early where f
    is far above the start. The rest is as ``minimize`` takes it; nothing of the caller's is changed.

    Source: L. N. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3.
    """
    steps, seed = check.whole(steps, "steps", 10), check.whole(seed, "seed", 0)
    ends = [None if end is None else check.real(end, name, 0.0, True) for end, name in ((low, "low"), (high, "high"))]
    if ends[0] is not None and ends[1] is not None and ends[0] >= ends[1]:
        raise ArgumentError(f"low must be below high; got low={low!r}, high={high!r}")
    if "learning_rate" in hyperparameters:
        raise ArgumentError("learning_rate is what the test varies; give low and high instead")
    asked, point, rule, batch = resolved(
        learning_rate_range, problem, w0, method, hyperparameters, batch_size, sampling, grad, args, value_and_grad
    )
    found: RangeTest = range_test(asked, rule, point, ends[0], ends[1], steps, batch, sampling, seed)
    return RateRange(**found._asdict(), title=f"{label(rule)} on {asked.name}")
