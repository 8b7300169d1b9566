"""``run.explain()``: gathers what the analysis needs of a run, and lets it try its advice out."""

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..analysis.explaining.deciding import explained
from ..analysis.explaining.explanation import Explanation
from ..base.errors import ArgumentError, ArgumentTypeError, SteepestError
from ..engines.task import updates_a_row
from ..methods import names as method_names
from ..methods.rule import as_rule
from ..problems.finite_sum import FiniteSum
from ..problems.projections import as_projection
from .loading import check_same, innermost
from .subject import subject
from .varying import unspelled_fields, varying

if TYPE_CHECKING:
    from .run import Run

__all__ = ["explain_run"]

SECONDS = 0.6
"""That trying advice out may take, judged by what the run took."""
MOST_TRIES = 6


def explain_run(
    run: "Run", problem: Any = None, *, others: Any = None, grad: Any = None, args: Any = (),
    value_and_grad: bool = False, attempts: bool = True,
) -> Explanation:  # fmt: skip
    """See ``Run.explain``."""
    found = run.problem if problem is None else resolved(run, problem, grad, args, value_and_grad)
    setup = run.record.setup
    unseen: list[str] = []
    if found is None:
        unseen.append(
            "the problem, which the file does not hold: explain(problem=...) looks at curvature and slopes too"
        )
    rule, constant = rule_of(run, found)
    if rule is None:
        unseen.append(f"the rule, of a method that is not ours: {setup['method']['name']}")
    bounds = None if setup.get("bounds") is None else as_projection(setup["bounds"])
    tries = 0
    if attempts and found is not None and rule is not None and run.record.nit > 0:
        tries = int(min(MOST_TRIES, SECONDS / max(seconds_of(run), 1e-4)))
    given = [] if others is None else [other.record for other in others_of(others)]
    siblings = run.siblings if others is None else [record for record in given if record is not run.record]
    return explained(
        run.record, found, rule, constant=constant, others=siblings,
        bounds=bounds, attempt=lambda changes: attempted(run, found, changes), tries=tries, unseen=tuple(unseen),
    )  # fmt: skip


def seconds_of(run: "Run") -> float:
    """What its iterations took, without what was compiled before the first of them."""
    history, nit = run.record.history, run.record.nit
    if history.seconds is None or len(history) < 4:
        return run.record.seconds
    middle = len(history) // 2
    rows = int(history.iteration[-1] - history.iteration[middle])
    return float(history.seconds[-1] - history.seconds[middle]) / max(rows, 1) * nit


def others_of(given: Any) -> list[Any]:
    """Runs of the same problem."""
    runs = [given] if hasattr(given, "record") else list(given) if hasattr(given, "__iter__") else [given]
    for one in runs:
        if not hasattr(one, "record"):
            raise ArgumentTypeError(f"others must be runs of the same problem; got {type(one).__name__}")
    return runs


def resolved(run: "Run", problem: Any, grad: Any, args: Any, value_and_grad: bool) -> Any:
    """The problem a loaded run is given back, checked against its recipe."""
    if isinstance(problem, FiniteSum):
        found = problem.at(run.w0, run.tree)
    else:
        try:
            found, _ = subject(problem, run.start, grad, args, value_and_grad, "w0")
        except ArgumentError as error:
            if not str(error).startswith("w0 "):
                raise
            taken = f"does not take the {run.w0.size:,} variables of this run"
            raise ArgumentError(f"problem {taken}; give the one that was run") from error
    recipe = run.recipe["problem"]
    if innermost(recipe).get("kind") != "function":
        check_same(found.recipe(), recipe)
    return found


def rule_of(run: "Run", problem: Any) -> tuple[Any, bool]:
    """The rule in the numbers of the last update, and whether they were the same all along; None where the recipe
    holds a method by name only that is not ours."""
    call, setup, history = run._call, run.record.setup, run.record.history
    if call is not None:
        rule, moving = call.rule, call.moving
    else:
        fields = dict(setup["method"])
        name = fields.pop("name")
        if name not in method_names():
            return None, True
        try:
            rule = as_rule(
                name, {key: value for key, value in unspelled_fields(fields).items() if value is not None}, {}
            )
        except SteepestError:  # a method of ours by name, with modifiers or fields of another version
            return None, True
        batch = setup["batch_size"]
        each = 1 if batch is None or problem is None else updates_a_row(problem, batch)
        moving = varying(rule, setup["max_iter"], each, batch, None)
    constant = not moving.schedules and moving.search is None
    numbers = moving.numbers(rule)
    rates = history.learning_rate
    if not constant and "learning_rate" in numbers._fields and rates is not None and len(rates) > 1:
        last = float(rates[-1])
        numbers = numbers._replace(learning_rate=last if math.isfinite(last) else numbers.learning_rate)
    if getattr(numbers, "learning_rate", 0.0) is None:
        return None, constant
    return numbers, constant


def attempted(run: "Run", problem: Any, changes: dict[str, Any]) -> float:
    """f, in the sense in which it is minimised, after as many iterations from the same start with ``changes``."""
    from .minimizing import minimize

    record, setup = run.record, run.record.setup
    if run._call is not None:
        method, fields = run._call.rule, {}
    else:
        fields = unspelled_fields(setup["method"])
        method = fields.pop("name")
    stops = {"f_tol": None, "f_rtol": None, "x_tol": None, "f_target": None, "grad_tol": setup["grad_tol"]}
    bounds = None if setup.get("bounds") is None else as_projection(setup["bounds"])
    with suppress(SteepestError, ArithmeticError):
        again = minimize(
            problem, run.w0, method, bounds=bounds, batch_size=setup["batch_size"], sampling=setup["sampling"],
            seed=setup["seed"], max_iter=max(record.nit, 1), record="none", engine=setup["engine"],
            device=setup.get("device"), maximize=setup["maximize"], progress=False, **stops, **{**fields, **changes},
        )  # fmt: skip
        if not again.failed:
            return float(record.sign * again.f)
    return math.nan
