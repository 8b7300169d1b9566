"""The contract of an update rule, and what can be read off any rule by running it on numbers.

A run is composed of orthogonal parts: a *rule* turns a gradient into a step, a *sampling* says which rows the gradient
is taken over, a *problem* gives values and gradients, and the *stopping* tests look at the recorded rows only. A rule
knows none of the others: it is a NamedTuple of hyper-parameters with a pure pair ``init`` and ``update``.
"""

from typing import Any, Protocol, runtime_checkable

from ..base.errors import ArgumentTypeError, NotYetError
from ..base.fields import checked, fields_of, unknown

__all__ = ["Rule", "as_rule", "iteration_matrix", "label", "scale_free"]

Slots = tuple[Any, ...]


@runtime_checkable
class Rule(Protocol):
    """What a method must offer. Optional besides: ``look`` (where the gradient is taken), ``read`` (what is reported),
    ``stability`` (the known limit of learning_rate x curvature, with its formula). A rule of the whole vector has
    ``step(w, f, g, slots, t, xp)`` in place of ``update``; the plain loop runs it, full batch."""

    def init(self, w: Any, xp: Any) -> Slots:
        """The slots (arrays like ``w``) before the first step."""

    def update(self, w: Any, g: Any, slots: Slots, t: Any, xp: Any) -> tuple[Any, Slots]:
        """``(step, slots)``, element by element; ``w`` becomes ``w + step``; ``t`` is 1.0, 2.0, ..."""


def label(rule: Any) -> str:
    """The name of a rule: its file's for ours (``gradient_descent``), the class's own for a user's."""
    cls = type(rule) if not isinstance(rule, type) else rule
    package, _, module = cls.__module__.rpartition(".")
    return module if package == __package__ else cls.__name__


def as_rule(method: Any, hyperparameters: dict[str, Any], aliases: dict[str, str]) -> Any:
    """A checked and cast rule from a name, a class or an object, with ``hyperparameters`` put over its fields."""
    from . import find

    if isinstance(method, str):
        method = find(method)
    cls = method if isinstance(method, type) else type(method)
    if cls.__module__.partition(".")[0] == "optax":
        raise NotYetError(f"method={cls.__name__}: optax transformations come with a later version; name one of ours")
    steps = callable(getattr(cls, "update", None)) or callable(getattr(cls, "step", None))
    if not (hasattr(cls, "_fields") and callable(getattr(cls, "init", None)) and steps):
        raise ArgumentTypeError(
            f"method must be a name, a rule class or a rule object (a NamedTuple with init and update); got {method!r}"
        )
    infos, owner = fields_of(cls), label(cls)
    for name in hyperparameters:
        if name not in infos:
            hint = aliases.get(name)
            raise unknown(name, f"method {owner!r}", [*infos], hint if hint in infos else None)
    values = {} if isinstance(method, type) else dict(zip(cls._fields, method, strict=True))
    for name, info in infos.items():
        if name not in values:
            values[name] = info.default
    values.update(hyperparameters)
    if isinstance(values.get("learning_rate"), str) and values["learning_rate"] == "auto":
        values["learning_rate"] = None
    return cls(**{name: checked(infos[name], value, owner) for name, value in values.items()})


def _first_step(rule: Any, g: float) -> float:
    import numpy as np

    from ..base.xp import numpy_functions as xp

    w = np.zeros(1)
    step, _ = rule.update(w, np.array([g]), rule.init(w, xp), 1.0, xp)
    return float(np.asarray(step)[0])


def scale_free(rule: Any) -> bool:
    """True for rules whose first step does not grow with the gradient (Adam and its kin): found by asking the rule."""
    if not hasattr(rule, "update"):
        return False
    probe = rule._replace(learning_rate=1.0) if "learning_rate" in rule._fields else rule
    small, large = abs(_first_step(probe, 1.0)), abs(_first_step(probe, 1e3))
    return small > 0 and large < 10 * small


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
