"""The contract of an update rule, and what can be read off any rule by running it on numbers.

A run is composed of orthogonal parts: a *rule* turns a gradient into a step, a *sampling* says which rows the gradient
is taken over, a *problem* gives values and gradients, and the *stopping* tests look at the recorded rows only. A rule
knows none of the others: it is a NamedTuple of hyper-parameters with a pure pair ``init`` and ``update``.
"""

import math
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

from ..base.errors import ArgumentError, ArgumentTypeError, SteepestError
from ..base.fields import FieldInfo, checked, fields_of, unknown
from .line_search.search import as_line_search
from .line_search.search import check as check_search
from .modifiers.modified import base_of, belonging, modified_class, unmodified
from .schedules.schedule import as_schedule, check
from .transformation import is_transformation, rule_of

__all__ = ["Rule", "as_rule", "check_step", "iteration_matrix", "label", "scale_free"]

Slots = tuple[Any, ...]


@runtime_checkable
class Rule(Protocol):
    """What a method must offer. Optional besides: ``look`` (where the gradient is taken), ``read`` (what is reported),
    ``stability`` (the known limit of learning_rate x curvature, with its formula), ``own_rate`` (what a learning rate
    of "auto" means: a number or a line search). A rule of the whole vector has ``step(w, f, g, slots, t, xp)`` in place
    of ``update``; with ``full_batch_only = True`` it makes no sense on batches.

    A rule with ``corrected(g, kept, mean)`` is given gradients of batches less their noise: ``kept`` is the batch's
    gradient from points before, ``mean`` what that is over all rows. ``renews_each()`` says when it is taken anew: a
    row's at each visit (True), or all rows' as an epoch starts; ``row_share()`` times 1 / the largest curvature of a
    row is the automatic rate."""

    def init(self, w: Any, xp: Any) -> Slots:
        """The slots (arrays like ``w``) before the first step."""

    def update(self, w: Any, g: Any, slots: Slots, t: Any, xp: Any) -> tuple[Any, Slots]:
        """``(step, slots)``, element by element; ``w`` becomes ``w + step``; ``t`` is 1.0, 2.0, ..."""


def label(rule: Any) -> str:
    """The name of a rule: its file's for ours (``gradient_descent``), the class's own for a user's."""
    cls: Any = base_of(type(rule) if not isinstance(rule, type) else rule)
    package, _, module = cls.__module__.rpartition(".")
    return str(module if package == __package__ else cls.__name__)


def as_rule(method: Any, hyperparameters: dict[str, Any], aliases: dict[str, str]) -> Any:
    """A checked and cast rule from a name, a class or an object, with ``hyperparameters`` put over its fields."""
    from . import find

    if isinstance(method, str):
        method = find(method)
    if is_transformation(method):
        method = rule_of(method)
    cls = method if isinstance(method, type) else type(method)
    steps = callable(getattr(cls, "update", None)) or callable(getattr(cls, "step", None))
    if not (hasattr(cls, "_fields") and callable(getattr(cls, "init", None)) and steps):
        raise ArgumentTypeError(
            f"method must be a name, a rule class or a rule object (a NamedTuple with init and update); got {method!r}"
        )
    values = {} if isinstance(method, type) else dict(zip(cls._fields, method, strict=True))
    cls = modified_class(cls, belonging(cls, hyperparameters)) if hyperparameters else cls
    infos, owner = fields_of(cls), label(cls)
    for name in hyperparameters:
        if name not in infos:
            hint = aliases.get(name)
            raise unknown(name, f"method {owner!r}", [*infos], hint if hint in infos else None)
    for name, info in infos.items():
        if name not in values:
            values[name] = info.default
    values.update(hyperparameters)
    if isinstance(values.get("learning_rate"), str) and values["learning_rate"] == "auto":
        values["learning_rate"] = None
    return cls(**{name: settled(infos[name], value, owner) for name, value in values.items()})


def check_step(rule: Any) -> None:
    """Tries a rule, its fields in numbers, on three variables: what ``init``, ``update``, ``step``, ``look`` and
    ``read`` return is checked, and named if it is wrong. Ours are tested; this is for a user's own."""
    import numpy as np

    from ..base.xp import numpy_functions as xp

    if _is_ours(rule) or hasattr(rule, "tried"):
        return
    owner, w = f"method {label(rule)!r}", np.array([0.3, -0.2, 0.1])
    name = "update" if hasattr(rule, "update") else "step"

    def tried(part: str, *arguments: Any) -> Any:
        try:
            with np.errstate(all="ignore"):
                return getattr(rule, part)(*arguments)
        except SteepestError:
            raise
        except Exception as error:
            said = " ".join(str(error).split()) or "no message"
            raise ArgumentError(f"{owner}: {part} raised {type(error).__name__}: {said}") from error

    def vector(value: Any, what: str) -> None:
        if np.shape(value) != w.shape or np.asarray(value).dtype.kind not in "fiu":
            raise ArgumentTypeError(f"{owner}: {what} must be an array of real numbers like w; got {value!r}")

    slots = tried("init", w, xp)
    if not isinstance(slots, tuple):
        raise ArgumentTypeError(f"{owner}: init must return a tuple of slots, () for none; got {slots!r}")
    for slot in slots:
        vector(slot, "a slot of init")
    for part in ("look", "read"):
        if hasattr(rule, part):
            vector(tried(part, w, slots, 1.0, xp), f"what {part} returns")
    g = np.array([0.5, 1.5, -1.0])
    if hasattr(rule, "renews_each") or callable(getattr(type(rule), "corrected", None)):
        vector(tried("corrected", g, 2 * g, -g), "what corrected returns")
        if not isinstance(tried("renews_each"), bool):
            raise ArgumentTypeError(f"{owner}: renews_each must return True or False; got {rule.renews_each()!r}")
    result = tried(name, w, g, slots, 1.0, xp) if name == "update" else tried(name, w, 1.0, g, slots, 1.0, xp)
    if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], tuple)):
        raise ArgumentTypeError(f"{owner}: {name} must return (step, slots), slots a tuple; got {result!r}")
    vector(result[0], f"the step of {name}")
    if len(result[1]) != len(slots):
        raise ArgumentTypeError(f"{owner}: {name} must return {len(slots)} slots, as init does; got {len(result[1])}")
    for slot in result[1]:
        vector(slot, f"a slot of {name}")


def settled(info: FieldInfo, value: Any, owner: str) -> Any:
    """A field's value checked: a number, or for numbers a schedule; for the learning rate a line search too."""
    if type(value) is float and info.kind is float and abs(value) < math.inf and info.field.holds(value):
        return value
    if value is None or isinstance(value, (float, int, str)):
        return checked(info, value, owner)
    search = as_line_search(value)
    if search is not None:
        if info.name != "learning_rate":
            raise ArgumentTypeError(f"{info.name} of {owner} must be a number or a schedule; got {value!r}")
        return check_search(search)
    schedule = as_schedule(value)
    if schedule is None:
        return checked(info, value, owner)
    if info.kind is not float:
        raise ArgumentTypeError(f"{info.name} of {owner} must stay what it is for a whole run; got {value!r}")
    schedule = check(schedule)
    checked(info, schedule.resolved(1000.0)(0.0), owner)
    return schedule


def _first_step(rule: Any, g: float) -> float:
    import numpy as np

    from ..base.xp import numpy_functions as xp

    w = np.zeros(1)
    slope, slots = np.array([g]), rule.init(w, xp)
    moved = rule.update(w, slope, slots, 1.0, xp) if hasattr(rule, "update") else rule.step(w, g, slope, slots, 1.0, xp)
    step = moved[0]
    return float(np.asarray(step)[0])


def scale_free(rule: Any) -> bool:
    """True for rules whose first step does not grow with the gradient (Adam and its kin): found by asking the rule,
    without what was added to it."""
    rule = unmodified(rule)
    if not hasattr(rule, "update") and "learning_rate" not in rule._fields:
        return False
    probe = rule._replace(learning_rate=1.0) if "learning_rate" in rule._fields else rule
    if "columns" in probe._fields:  # it is asked about one number
        probe = probe._replace(columns=1)
    # ours are asked once for the same numbers: two steps on arrays take a twentieth of a short run
    cls: Any = type(probe)
    return _asked_once(cls, probe) if _is_ours(probe) else _steps_alike(probe)


@lru_cache(maxsize=256)
def _asked_once(cls: Any, probe: Any) -> bool:
    """``cls`` is there since tuples of two classes may be equal."""
    return _steps_alike(probe)


def _steps_alike(probe: Any) -> bool:
    small, large = abs(_first_step(probe, 1.0)), abs(_first_step(probe, 1e3))
    return small > 0 and large < 10 * small


def _is_ours(rule: Any) -> bool:
    return bool(type(rule).__module__.partition(".")[0] == __name__.partition(".")[0])


def iteration_matrix(rule: Any, curvature: float) -> Any:
    """The matrix one step applies to (w, slots) on the scalar quadratic ``curvature w^2 / 2``, or None where the rule
    is not linear in (w, slots, gradient) or not time-invariant. Its spectral radius decides stability."""
    import numpy as np

    from ..base.xp import numpy_functions as xp

    if not hasattr(rule, "update"):
        return None
    size = 1 + len(rule.init(np.zeros(1), xp))

    def apply(state: Any, t: float) -> Any:
        w, slots = state[:1], tuple(state[k : k + 1] for k in range(1, size))
        at = rule.look(w, slots, t, xp) if hasattr(rule, "look") else w
        step, slots = rule.update(w, curvature * np.asarray(at), slots, t, xp)
        return np.concatenate([w + step, *slots])

    with np.errstate(all="ignore"):
        matrix = np.array([apply(unit, 1.0) for unit in np.eye(size)]).T
        probe = np.linspace(0.3, 1.7, size)
        for scale, t in ((1.0, 1.0), (-3.0, 1.0), (1.0, 7.0)):
            if not np.allclose(apply(scale * probe, t), scale * (matrix @ probe), rtol=1e-9, atol=1e-12):
                return None
    return matrix
