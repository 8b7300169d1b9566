"""Bringing runs back: from a file, and by running their recipe again."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import ArgumentError
from ..engines.stopping import Settings
from ..methods import names as method_names
from ..problems import gallery
from ..problems.finite_sum import FiniteSum
from ..problems.formula import formula_of
from ..problems.penalized import Penalized, PenalizedProblem
from ..problems.projections import as_projection
from ..records.storage import load_records
from ..records.sweep_storage import holds
from .run import Run
from .varying import unspelled_fields

if TYPE_CHECKING:
    from .minimizing import Call

__all__ = ["call_of", "load", "replay"]


def load(path: Any) -> Any:
    """The run, the sweep or the comparison saved at ``path``, histories bit for bit; gallery problems come back with
    it, data and callables do not (they are held by hash and name: give them to a run's ``replay``)."""
    if holds(path, "sweep"):
        from .sweep_files import loaded

        return loaded(path)
    if holds(path, "comparison"):
        from .comparison import Comparison

        return Comparison.load(path)
    first, *rest = (Run(record, known_problem(record.recipe)) for record in load_records(path))
    return first.with_others(rest)


def known_problem(run_recipe: dict[str, Any]) -> Any:
    """The gallery problem or the formula of a run's recipe, with its penalty; None for data and callables."""
    recipe = run_recipe["problem"]
    if recipe.get("kind") == "penalized":
        inner = known_problem({**run_recipe, "problem": recipe["problem"]})
        return None if inner is None else PenalizedProblem(inner, recipe["l2"], recipe["l1"])
    if recipe.get("kind") == "formula":
        return formula_of(recipe, run_recipe["seed"])
    if recipe.get("kind") == "mgh":
        with suppress(ArgumentError):  # a name that another version has
            return gallery.mgh(**{name: value for name, value in recipe.items() if name != "kind"})
        return None
    if recipe.get("kind") != "gallery" or recipe["name"] not in gallery.names():
        return None
    fields = {name: value for name, value in recipe.items() if name not in ("kind", "name")}
    return gallery.find(recipe["name"])(**fields)


def replay(run: Run, call: "Call | None", problem: Any, grad: Any, args: Any, value_and_grad: bool,
           method: Any) -> Run:  # fmt: skip
    """See ``Run.replay``."""
    recipe = run.recipe
    fields = unspelled_fields(recipe["method"]) if method is None and call is None else dict(recipe["method"])
    name = fields.pop("name")
    if method is None:
        if call is not None:
            method, fields = call.rule, {}
        elif name in method_names():
            method = name
        else:
            raise ArgumentError(f"method {name!r} is not one of ours; pass replay(method=...) with its class")
    if problem is None:
        if run.problem is None:
            held = "hash" if innermost(recipe["problem"])["kind"] in ("linear_model", "finite_sum") else "name"
            raise ArgumentError(
                f"problem is missing: the recipe holds {recipe['problem_name']!r} by {held} only; "
                f"pass replay(problem=...)"
            )
        return again(run, run.problem, method, fields, {})
    given = {"grad": grad, "args": args, "value_and_grad": value_and_grad}
    if isinstance(problem, Penalized):
        check_penalty(run, problem, recipe["problem"])
    elif isinstance(problem, FiniteSum):  # what it is minimised as is known where its weights are
        check_same(problem.at(run.w0, run.tree).recipe(), recipe["problem"])
    elif hasattr(problem, "recipe"):
        check_same(problem.recipe(), recipe["problem"])
    replayed = again(run, problem, method, fields, given)
    if innermost(recipe["problem"])["kind"] in ("function", "finite_sum"):
        check_start(run, replayed)
    return replayed


def innermost(recipe: dict[str, Any]) -> dict[str, Any]:
    """Of a problem's recipe what penalties are put on."""
    return innermost(recipe["problem"]) if recipe.get("kind") == "penalized" else recipe


def check_penalty(run: Run, problem: Penalized, recipe: dict[str, Any]) -> None:
    """A penalised problem against the recorded one, as far as it can be told before it has a start."""
    if isinstance(problem.problem, FiniteSum):
        check_same(problem.at(problem.problem.at(run.w0, run.tree)).recipe(), recipe)
    elif hasattr(problem, "recipe"):
        check_same(problem.recipe(), recipe)
    else:
        check_same({"kind": "penalized", "l2": problem.l2, "l1": problem.l1}, {**recipe, "problem": None})


def check_start(run: Run, replayed: Run) -> None:
    """A callable is in the recipe by name only; at the start it must give what it gave."""
    was, now = run.f_start, replayed.f_start
    if np.isfinite(was) and not abs(now - was) <= 1e-9 * max(1.0, abs(was)):
        raise ArgumentError(f"problem differs from the recorded one: f is {now:.10g} at the start, not {was:.10g}")


def check_same(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The first difference between two problems' recipes is an error."""
    for key in wanted:
        if given.get(key) != wanted[key]:
            raise ArgumentError(
                f"problem differs from the recorded one: its {key} is {given.get(key)}, not {wanted[key]}"
            )


def again(run: Run, problem: Any, method: Any, fields: dict[str, Any], given: dict[str, Any]) -> Run:
    from .minimizing import minimize

    w0 = run.w0 if problem is run.problem else run.start
    return minimize(problem, w0, method, **arguments_of(run), **given, **fields)


def arguments_of(run: Run) -> dict[str, Any]:
    """What ``minimize`` was given besides problem, start and method, from the recipe."""
    recipe = run.recipe
    others = ("sign", "max_iter", "patient", "gradient_noise")
    stops = {name: recipe[name] for name in Settings.__dataclass_fields__ if name not in others}
    record = recipe["record"]
    return {
        "bounds": None if recipe.get("bounds") is None else as_projection(recipe["bounds"]),
        "device": recipe.get("device"), "batch_size": recipe["batch_size"], "sampling": recipe["sampling"],
        "seed": recipe["seed"], "max_iter": recipe["max_iter"],
        "record": tuple(record) if isinstance(record, list) else record, "engine": recipe["engine"],
        "maximize": recipe["maximize"], **stops,
    }  # fmt: skip


def call_of(run: Run) -> "Call | None":
    """The call behind a run whose problem is at hand, its learning rate a number; None for a method that is not ours
    and of which the recipe holds the name only."""
    from .minimizing import prepare

    fields = unspelled_fields(run.recipe["method"])
    method: Any = fields.pop("name")
    if run._call is not None:
        return run._call
    if method not in method_names():
        return None
    return prepare(run.problem, run.w0, method, fields, **arguments_of(run))[0]
