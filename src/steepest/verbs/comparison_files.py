"""A comparison to a file and back, and what a loaded one can run again: problems and methods that are known by name."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import ArgumentError
from ..base.files import as_path, writing
from ..base.text import number
from ..methods import find
from ..methods import names as method_names
from ..methods.rule import label
from ..records.storage import dumps
from .contenders import Contender, Ours
from .contests import Contest, Trace
from .varying import spelled_fields, unspelled_fields

if TYPE_CHECKING:
    from .comparison import Comparison

__all__ = ["loaded", "revived", "saved"]

FORMAT = 1
COLUMNS = ("evaluations", "f", "steps", "seconds")
PLAIN = ("batch_size", "sampling", "engine", "device")
"""Keywords of a method besides its hyper-parameters that JSON holds as they are; of bounds it does not."""


def saved(found: "Comparison", path: Any) -> Path:
    """Writes the .npz; see ``Comparison.save``."""
    flat = [trace for row in found.traces for trace in row]
    arrays: dict[str, Any] = {name: np.concatenate([getattr(trace, name) for trace in flat]) for name in COLUMNS}
    meta = {
        "format": FORMAT, "problems": [with_recipe(found, about) for about in found.problems],
        "methods": found.methods, "about": found.about,
        "runs": [(trace.outcome, trace.message, trace.updates_a_step) for trace in flat],
    }  # fmt: skip
    arrays |= {
        "lengths": np.array([trace.f.size for trace in flat]), "instances": np.array(found.instances, dtype=float),
        "comparison": np.array(json.dumps(meta)),
    }  # fmt: skip
    with writing(path) as place, place.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return as_path(path)


def loaded(path: Any) -> "Comparison":
    """The comparison saved at ``path``, its numbers bit for bit."""
    from .comparison import Comparison, Instance

    try:
        with as_path(path).open("rb") as file, np.load(file, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        meta = json.loads(str(arrays["comparison"]))
        if meta["format"] != FORMAT:
            raise ArgumentError(f"path {str(path)!r}: its format is {meta['format']}, and this version reads {FORMAT}")
        cuts = np.cumsum(arrays["lengths"])[:-1]
        columns = [np.split(arrays[name], cuts) for name in COLUMNS]
        instances = [Instance(int(p), int(s), int(seed), float(f0)) for p, s, seed, f0 in arrays["instances"]]
        flat = [Trace(*parts, *run) for *parts, run in zip(*columns, meta["runs"], strict=True)]
        width = len(meta["methods"])
        traces = [flat[k : k + width] for k in range(0, len(flat), width)]
        return Comparison(meta["problems"], meta["methods"], instances, traces, meta["about"])
    except ArgumentError:
        raise
    except Exception as error:  # whatever a file that is none, or a damaged one, makes its reader raise
        raise ArgumentError(f"path {str(path)!r} holds no steepest comparison, or a damaged one") from error


# -- what can be run again -------------------------------------------------------------------------------------------


def with_recipe(found: "Comparison", about: dict[str, Any]) -> dict[str, Any]:
    """A problem as the file holds it: with its recipe, and with the methods as they were tuned to it."""
    if about["name"] not in found.played:  # of a comparison out of a file
        return about
    contest, contenders = found.played[about["name"]]
    recipe = json.loads(dumps(contest.problem.recipe()))
    return {**about, "recipe": recipe, "contenders": [spelled(contender) for contender in contenders]}


def spelled(contender: Contender) -> dict[str, Any] | None:
    """One of our methods as JSON, but for fields that are as they come; None where JSON does not hold it."""
    if not isinstance(contender, Ours) or not set(contender.keywords).issubset((*contender.rule()._fields, *PLAIN)):
        return None
    rule, name = contender.rule(), label(contender.rule())
    if name not in method_names() or type(rule).__module__ != find(name).__module__:
        return None
    defaults = find(name)._field_defaults
    fields = {field: value for field, value in spelled_fields(rule).items() if value != defaults.get(field)}
    given = {name: value for name, value in contender.keywords.items() if name in PLAIN}
    return {"method": name, "fields": fields, "given": given, "batch_size": contender.batch_size}


def revived(found: "Comparison", at: int, place: int, f0: float) -> tuple[Contest, Contender]:
    """The problem ``at`` and the method at a place, made anew of what a file holds; ``f0`` is what the problem was at
    the start of an instance, or it is another one."""
    from .loading import known_problem

    about, name = found.problems[at], found.names[place]
    seed = int(found.about["seed"])
    problem = known_problem({"problem": about["recipe"], "seed": seed}) if "recipe" in about else None
    if problem is None:
        raise ArgumentError(
            f"problem {about['name']!r} is not in the file of the comparison, which holds gallery functions and "
            f"formulas only; call compare again to replay it"
        )
    if found.methods[place]["kind"] != "ours":
        raise ArgumentError(f"method {name!r} is not run by steepest, and has no Run; its row is in the table")
    held = about["contenders"][place]
    if held is None:
        raise ArgumentError(
            f"method {name!r} is not in the file of the comparison, which holds methods of ours by name; call compare "
            f"again to replay it"
        )
    starts = np.array(about["starts"], dtype=float)
    fields = unspelled_fields(held["fields"])
    contender = Ours(name, held["method"], {**fields, **held["given"]}, held["batch_size"])
    check_start(about["name"], problem, starts, f0)
    return Contest(about["name"], problem, starts, starts[0], about["minimum"], False, (problem, None, seed)), contender


def check_start(name: str, problem: Any, starts: Any, f0: float) -> None:
    """One of the starts must give what it gave."""
    with np.errstate(all="ignore"):
        values = np.array([float(problem.value(start)) for start in starts])
    if math.isfinite(f0) and not (np.abs(values - f0) <= 1e-9 * max(1.0, abs(f0))).any():
        raise ArgumentError(f"problem {name!r} differs from the recorded one: f is {number(values[0])} at the start")
