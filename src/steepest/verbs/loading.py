"""Bringing runs back: from a file, and by running their recipe again."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import ArgumentError
from ..engines.stopping import Settings
from ..methods import names as method_names
from ..problems import gallery
from ..records.storage import load_records
from .run import Run

if TYPE_CHECKING:
    from .minimizing import Call

__all__ = ["load", "replay"]


def load(path: Any) -> Run:
    """The run saved at ``path``, its history bit for bit; gallery problems come back with it, data and callables do
    not (they are held by hash and name: give them to ``replay``)."""
    first, *rest = (Run(record, known_problem(record.recipe["problem"])) for record in load_records(path))
    return first.with_others(rest)


def known_problem(recipe: dict[str, Any]) -> Any:
    """The gallery problem of a recipe; None for data and callables."""
    if recipe.get("kind") != "gallery" or recipe["name"] not in gallery.names():
        return None
    fields = {name: value for name, value in recipe.items() if name not in ("kind", "name")}
    return gallery.find(recipe["name"])(**fields)


def replay(run: Run, call: "Call | None", problem: Any, grad: Any, args: Any, value_and_grad: bool,
           method: Any) -> Run:  # fmt: skip
    """See ``Run.replay``."""
    recipe = run.recipe
    fields = dict(recipe["method"])
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
            raise ArgumentError(
                f"problem is missing: the recipe holds {recipe['problem_name']!r} by "
                f"{'hash' if recipe['problem']['kind'] == 'linear_model' else 'name'} only; pass replay(problem=...)"
            )
        return again(run, run.problem, method, fields, {})
    given = {"grad": grad, "args": args, "value_and_grad": value_and_grad}
    if hasattr(problem, "recipe"):
        check_same(problem.recipe(), recipe["problem"])
    return again(run, problem, method, fields, given)


def check_same(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The first difference between two problems' recipes is an error."""
    for key in wanted:
        if given.get(key) != wanted[key]:
            raise ArgumentError(
                f"problem differs from the recorded one: its {key} is {given.get(key)}, not {wanted[key]}"
            )


def again(run: Run, problem: Any, method: Any, fields: dict[str, Any], given: dict[str, Any]) -> Run:
    from .minimizing import minimize

    recipe = run.recipe
    others = ("sign", "max_iter", "patient")
    stops = {name: recipe[name] for name in Settings.__dataclass_fields__ if name not in others}
    record = recipe["record"]
    return minimize(
        problem, np.array(run.w0), method, batch_size=recipe["batch_size"], sampling=recipe["sampling"],
        seed=recipe["seed"], max_iter=recipe["max_iter"], record=tuple(record) if isinstance(record, list) else record,
        engine=recipe["engine"], maximize=recipe["maximize"], **stops, **given, **fields,
    )  # fmt: skip
