"""What may be compared: our methods, optax transformations, SciPy's, and optimisers with torch's interface. Each turns
a problem, a start and a budget into a Trace."""

import importlib
import inspect
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError, MissingExtraError, SteepestError
from ..base.fields import unknown
from ..base.text import listing, number
from ..methods.line_search.search import as_line_search
from ..methods.rule import as_rule, label
from ..methods.transformation import is_transformation
from . import arguments as check
from .contests import Contest, Ended, Goal, Meter, Trace, named
from .minimizing import minimize
from .run import Run

__all__ = ["Contender", "Ours", "Scipy", "ScipyMethod", "Torch", "as_contenders", "scipy_method"]

Array = NDArray[np.float64]

SCIPY = (
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "SLSQP", "trust-constr",
)  # fmt: skip
NEED_HESSIAN = ("dogleg", "trust-ncg", "trust-exact", "trust-krylov")
WITHOUT_GRADIENT = ("Nelder-Mead", "Powell", "COBYLA")
COUNTED = {"L-BFGS-B": "maxfun", "TNC": "maxfun", "Nelder-Mead": "maxfev", "Powell": "maxfev"}
"""SciPy's own limits of evaluations, besides maxiter."""

FREE = ("batch_size", "sampling", "bounds", "engine", "device")
"""The arguments of ``minimize`` that a method may bring along; the rest is the comparison's, and the same for all."""


class ScipyMethod(NamedTuple):
    """A method of ``scipy.optimize.minimize`` with its options."""

    method: str
    options: dict[str, Any]


def scipy_method(method: str = "L-BFGS-B", **options: Any) -> ScipyMethod:
    """A method of ``scipy.optimize.minimize`` for ``steepest.compare``, with SciPy's options (``maxcor=20``).

    >>> scipy_method("bfgs").method
    'BFGS'

    Raises ArgumentError for a name that SciPy has not, or a method that needs second derivatives.
    """
    if not isinstance(method, str):
        raise ArgumentTypeError(f"method must be the name of one of SciPy's methods; got {method!r}")
    known = {name.lower(): name for name in SCIPY}
    if method.lower() in NEED_HESSIAN:
        raise ArgumentError(f"SciPy's {method!r} needs the Hessian; use {listing(map(repr, SCIPY))}")
    if method.lower() not in known:
        raise ArgumentError(f"method {method!r} is none of SciPy's; it has {listing(SCIPY, 'and')}")
    return ScipyMethod(known[method.lower()], options)


class Contender(Protocol):
    """One method of a comparison."""

    @property
    def name(self) -> str: ...
    def solve(self, contest: Contest, w0: Array, seed: int, goal: Goal) -> Trace:
        """One run from ``w0``. Raises SteepestError where the method cannot run on the problem."""

    def untunable(self, fields: tuple[str, ...]) -> str:
        """Why these hyper-parameters are not tuned, else ''."""

    def tuned(self, values: dict[str, float]) -> "Contender": ...
    def described(self) -> dict[str, Any]:
        """What it is, JSON-ready."""


# -- ours ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Ours:
    """A method of ours, a user's rule or an optax transformation, with keywords of ``minimize``."""

    name: str
    method: Any
    keywords: dict[str, Any] = field(default_factory=dict)
    batch_size: int | None = None
    """That of the comparison, for problems on data and methods that know batches; the keywords' own comes first."""

    def __post_init__(self) -> None:
        own = inspect.signature(minimize).parameters
        for name in self.keywords:
            if name == "maximize":
                raise ArgumentError(
                    f"method {self.name!r}: compare minimises; leave maximize out, and negate f instead"
                )
            if name in own and name not in FREE and name != "hyperparameters":
                raise ArgumentError(
                    f"method {self.name!r} brings {name}, which is the same for all methods of a comparison; it may "
                    f"bring hyper-parameters and {listing(FREE, 'and')}"
                )
        self.rule()

    def rule(self) -> Any:
        """The rule with its hyper-parameters, checked."""
        given = {name: value for name, value in self.keywords.items() if name not in FREE}
        return as_rule(self.method, given, check.ALIASES)

    @property
    def searches(self) -> bool:
        """Whether a line search finds its learning rate."""
        rule = self.rule()
        rate = getattr(rule, "learning_rate", 0.0)
        if rate is None and hasattr(rule, "own_rate"):
            rate = rule.own_rate()
        return as_line_search(rate) is not None

    def solve(self, contest: Contest, w0: Array, seed: int, goal: Goal) -> Trace:
        searches = self.searches
        problem = Meter(contest.problem) if searches else contest.problem
        run = self.run(problem, w0, self.arguments(contest, seed, goal), record=("f", "n_grad", "seconds"))
        outcome = "" if run.outcome is None else run.outcome.name
        outcome = "BUDGET" if outcome in ("MAX_ITER", "MAX_EVALS") else outcome
        if isinstance(problem, Meter):
            return with_rows(problem.trace(outcome, run.message, goal.budget), run)
        return trace_of(run, self.rule(), goal.budget, outcome)

    def run(self, problem: Any, w0: Array, arguments: dict[str, Any], **more: Any) -> Run:
        return minimize(problem, w0, **{**arguments, **more})

    def arguments(self, contest: Contest, seed: int, goal: Goal) -> dict[str, Any]:
        """What ``minimize`` is called with but for problem and start. Nothing ends a run but the goal, or a gradient
        of 0."""
        keywords, rule = dict(self.keywords), self.rule()
        if contest.rows is not None and not self.searches and not getattr(rule, "full_batch_only", False):
            keywords.setdefault("batch_size", self.batch_size)
        drawn = keywords.get("batch_size") is not None or hasattr(rule, "renews_each")
        drawn = drawn or getattr(contest.problem, "random_gradient", False)
        each = 1 + int(getattr(contest.problem, "difference_evaluations", 0))
        return {
            "method": self.method, "seed": seed, "progress": False, "max_iter": goal.budget,
            "max_evals": (goal.budget + 2) * each, "f_target": goal.f_target, "grad_tol": None if drawn else 0.0,
            **keywords,
        }  # fmt: skip

    def untunable(self, fields: tuple[str, ...]) -> str:
        rule = self.rule()
        missing = [name for name in fields if name not in rule._fields]
        if missing:
            return f"it has no {listing(missing)}"
        if "learning_rate" in fields and self.searches:
            return "its line search finds the learning rate"
        given = [name for name in fields if name in self.keywords or self._set(rule, name)]
        return f"{listing(given, 'and')} {'was' if len(given) == 1 else 'were'} given" if given else ""

    def _set(self, rule: Any, name: str) -> bool:
        """Whether an object came with the field set to something else than its default."""
        return bool(getattr(rule, name) != type(rule)._field_defaults.get(name))

    def tuned(self, values: dict[str, float]) -> "Ours":
        return replace(self, keywords={**self.keywords, **values})

    def described(self) -> dict[str, Any]:
        return {"kind": "ours", "method": label(self.rule()), "keywords": texts(self.keywords)}


def with_rows(trace: Trace, run: Run) -> Trace:
    """A metered trace with the iterations of the run: each point's is the first row that is as low."""
    assert run.history.f is not None  # it was asked for
    best = np.minimum.accumulate(np.where(np.isnan(run.history.f), np.inf, run.history.f))
    place = np.minimum(np.searchsorted(-best, -trace.f), best.size - 1)
    steps = run.history.iteration[place].astype(float)
    steps[-1] = run.nit
    return replace(trace, steps=steps)


def trace_of(run: Run, rule: Any, budget: int, outcome: str) -> Trace:
    """The rows of a run within the budget. What an automatic learning rate cost, and the runs that were begun again at
    half the rate, were spent before row 1."""
    history = run.history
    assert history.f is not None  # all three were asked for
    assert history.n_grad is not None
    assert history.seconds is not None
    stochastic = run.record.setup["batch_size"] is not None
    spent = history.n_grad.astype(float)
    if getattr(rule, "learning_rate", 0.0) is None:
        before = max(run.njev - spent[-1] - (0 if stochastic else 1), 0)
        spent = np.where(history.iteration > 0, spent + before, 0.0)
    within = spent <= budget
    batch, rows = run.record.setup["batch_size"], getattr(run.problem, "rows", 0)
    each = math.ceil(rows / batch) if batch else 1
    rows_within = history.iteration[within]
    return Trace.of(spent[within], history.f[within], rows_within, history.seconds[within], outcome, run.message, each)


# -- SciPy's ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Scipy:
    """A method of ``scipy.optimize.minimize``, given our gradients. Its tolerances are 0 where the options name none,
    so that it goes on as ours do."""

    name: str
    given: ScipyMethod

    def solve(self, contest: Contest, w0: Array, seed: int, goal: Goal) -> Trace:
        from scipy.optimize import minimize as scipy_minimize

        method, options = self.given
        meter = Meter(contest.problem, goal)

        def tick(*_: Any) -> None:
            meter.steps += 1

        def traced(outcome: str, message: str) -> Trace:
            trace = meter.trace(outcome, message, goal.budget)
            under_way = np.where(trace.evaluations > 0, trace.steps + 1, 0)  # what SciPy tells of is over
            return replace(trace, steps=np.minimum(under_way, meter.steps))

        limits = {"maxiter": goal.budget + 1} | ({COUNTED[method]: goal.budget + 2} if method in COUNTED else {})
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of SciPy, about its own steps; what came of them is in the row
            try:
                found = scipy_minimize(
                    meter.value if method in WITHOUT_GRADIENT else meter.value_and_gradient, np.array(w0),
                    jac=None if method in WITHOUT_GRADIENT else True, method=method, tol=0.0, callback=tick,
                    options={**limits, **options},
                )  # fmt: skip
            except Ended as end:
                return traced(str(end), ended(str(end), goal))
        outcome = "CONVERGED" if found.success else "BUDGET" if meter.spent >= goal.budget else "GAVE_UP"
        return traced(outcome, f"SciPy: {str(found.message).strip()}")

    def untunable(self, fields: tuple[str, ...]) -> str:
        return f"SciPy's {self.given.method} has no {listing(fields)}"

    def tuned(self, values: dict[str, float]) -> "Scipy":
        return self

    def described(self) -> dict[str, Any]:
        return {"kind": "scipy", "method": self.given.method, "options": texts(self.given.options)}


def ended(name: str, goal: Goal) -> str:
    if name == "BUDGET":
        return f"the budget of {goal.budget:,} gradient evaluations was spent"
    return f"f came to {number(goal.f_target or 0.0)}"


# -- torch's ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Torch:
    """``factory([parameter]) -> optimiser`` with torch's interface: ``step(closure)``. It gets our gradients, of the
    whole batch; each closure call is one evaluation."""

    name: str
    factory: Callable[..., Any]
    keywords: dict[str, Any] = field(default_factory=dict)

    def solve(self, contest: Contest, w0: Array, seed: int, goal: Goal) -> Trace:
        try:
            torch: Any = importlib.import_module("torch")
        except ImportError:
            raise MissingExtraError(
                f"method {self.name!r} needs torch, which is not installed: pip install torch"
            ) from None

        meter = Meter(contest.problem, goal)
        parameter = torch.nn.Parameter(torch.from_numpy(np.array(w0, dtype=np.float64)))
        optimiser = self.factory([parameter], **self.keywords)

        def closure() -> Any:
            f, g = meter.value_and_gradient(parameter.detach().numpy().copy())
            parameter.grad = torch.from_numpy(g)
            return torch.tensor(f, dtype=torch.float64)

        with np.errstate(all="ignore"):
            try:
                while True:
                    before = meter.spent
                    f = float(optimiser.step(closure))
                    meter.steps += 1
                    if not math.isfinite(f):
                        return meter.trace("NOT_FINITE", f"f = {number(f)} after step {meter.steps:,}", goal.budget)
                    if meter.spent == before:  # torch's LBFGS asks no more once its own tolerances hold
                        return meter.trace("GAVE_UP", "the optimiser asked for no gradient", goal.budget)
            except Ended as end:
                return meter.trace(str(end), ended(str(end), goal), goal.budget)

    def untunable(self, fields: tuple[str, ...]) -> str:
        missing = [name for name in fields if self._keyword(name) is None]
        return f"its factory takes no {listing(missing)}" if missing else ""

    def _keyword(self, name: str) -> str | None:
        """What the factory calls a hyper-parameter, if it takes it and was not given it."""
        try:
            takes = inspect.signature(self.factory).parameters
        except (TypeError, ValueError):
            return None
        known = [name, *({"learning_rate": ["lr"]}.get(name, []))]
        return next((other for other in known if other in takes and other not in self.keywords), None)

    def tuned(self, values: dict[str, float]) -> "Torch":
        given = {str(self._keyword(name)): value for name, value in values.items()}
        return replace(self, keywords={**self.keywords, **given})

    def described(self) -> dict[str, Any]:
        name = getattr(self.factory, "__qualname__", type(self.factory).__qualname__)
        return {"kind": "torch", "factory": name, "keywords": texts(self.keywords)}


def texts(values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them: what is no number or text, by its repr."""
    return {name: v if isinstance(v, (bool, int, float, str)) or v is None else repr(v) for name, v in values.items()}


# -- from what was given ---------------------------------------------------------------------------------------------


def is_pair(given: Any) -> bool:
    return isinstance(given, tuple) and not hasattr(given, "_fields") and len(given) == 2 and isinstance(given[1], dict)


def is_rule(given: Any) -> bool:
    cls = given if isinstance(given, type) else type(given)
    return hasattr(cls, "_fields") and hasattr(cls, "init")


def as_contenders(methods: Any, batch_size: int | None = None) -> list[Contender]:
    """The methods of a comparison. Each is a name, class or object of ours, an optax transformation, a ``ScipyMethod``,
    a torch factory, or a pair of one of these and a dict of keywords."""

    def name_of(given: Any) -> str:
        method = given[0] if is_pair(given) else given
        if isinstance(method, str):
            return method
        if isinstance(method, ScipyMethod):
            return f"SciPy {method.method}"
        if is_rule(method) and not is_transformation(method):
            return label(method)
        name = getattr(method, "__name__", type(method).__name__)
        return "a function" if name == "<lambda>" else "optax" if is_transformation(method) else str(name)

    found = named(methods, "methods", name_of)
    if len(found) < 2:
        raise ArgumentError(f"methods holds {len(found)}; a comparison needs two or more")
    return [contender_of(name, given, batch_size) for name, given in found.items()]


def contender_of(name: str, given: Any, batch_size: int | None) -> Contender:
    method, keywords = given if is_pair(given) else (given, {})
    if isinstance(method, ScipyMethod):
        if keywords:
            raise ArgumentError(f"method {name!r}: give SciPy's options to scipy_method itself; got {sorted(keywords)}")
        return Scipy(name, method)
    if isinstance(method, str) or is_rule(method) or is_transformation(method):
        if isinstance(method, str) and method.lower() in {other.lower() for other in SCIPY} - our_names():
            raise ArgumentError(f"method {method!r} is SciPy's; write steepest.scipy_method({method!r})")
        return Ours(name, method, dict(keywords), batch_size)
    if callable(method):
        strange = [key for key in keywords if key in FREE]
        if strange:
            raise unknown(strange[0], f"method {name!r}, which steps by the whole batch,", (), None)
        return Torch(name, method, dict(keywords))
    raise ArgumentTypeError(
        f"method {name!r} must be a name, a rule, an optax transformation, steepest.scipy_method(...) or a callable of "
        f"torch parameters; got {method!r}"
    )


def our_names() -> set[str]:
    from ..methods import names

    return set(names())


def attempt(contender: Contender, contest: Contest, w0: Array, seed: int, goal: Goal) -> Trace:
    """``solve``, where whatever goes wrong is the row's outcome: REFUSED where the method does not fit the problem,
    CRASHED where the user's code, or anybody else's, raised."""
    try:
        return contender.solve(contest, w0, seed, goal)
    except SteepestError as error:
        return Trace.nothing("REFUSED", str(error))
    except Exception as error:
        said = " ".join(str(error).split()) or "no message"
        return Trace.nothing("CRASHED", f"{type(error).__name__}: {said}")
