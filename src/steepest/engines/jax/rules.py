"""Whether JAX can trace the steps of a rule: told by tracing one, once for all that differ in their numbers only."""

from functools import lru_cache
from typing import Any

import numpy as np

from ...base.text import listing
from ...base.xp import numpy_functions
from ...problems.tracing.door import jax_module, x64
from ...problems.tracing.purity import is_ours
from .functions import jax_functions
from .programs import Structure, structure_of

__all__ = ["why_not_stepped"]


def why_not_stepped(rule: Any, n: int) -> str | None:
    """None where the steps of ``rule``, its fields in numbers, can be traced for n variables, else why not. Rules of
    this package all can, and so can an optax transformation."""
    if is_ours(rule):
        return None
    rule = rule._replace(**{name: 0.1 for name in rule._fields if getattr(rule, name) is None})  # "auto" as yet
    floats = [name for name, value in zip(rule._fields, rule, strict=True) if type(value) is float]
    try:
        return refusal(structure_of(rule, floats), n)
    except TypeError:  # a field that cannot be hashed
        return refusal.__wrapped__(structure_of(rule, floats), n)


@lru_cache(maxsize=256)
def refusal(structure: Structure, n: int) -> str | None:
    """Why JAX cannot trace the steps of rules that differ in their numbers only, if it cannot."""
    jax, xp = jax_module(), jax_functions()

    def step(w: Any, f: Any, slots: Any, values: Any, t: Any) -> Any:
        made = structure.rule(values)
        at = made.read(w, slots, t, xp) if structure.has("read") else w
        g = made.look(w, slots, t, xp) if structure.has("look") else w
        if structure.has("step"):
            return at, made.step(w, f, g, slots, t, xp)
        return at, made.update(w, g, slots, t, xp)

    values = np.full(len(structure.floats), 0.1)
    slots = tuple(np.asarray(slot) for slot in structure.rule(values).init(np.ones(n), numpy_functions))
    try:
        with x64():
            jax.eval_shape(step, np.ones(n), np.float64(1.0), slots, values, np.float64(1.0))
    except Exception as error:  # whatever the rule's own code makes of tracers
        pieces = listing([name for name in ("step", "update", "look", "read") if structure.has(name)], "and")
        return f"JAX cannot trace {pieces} of {structure.cls.__name__} ({type(error).__name__})"
    return None
