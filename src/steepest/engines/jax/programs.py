"""The compiled loops: one program for each structure of rule and objective, hyper-parameters and data passed in.

A program computes up to ``capacity`` rows (or epochs) in one call and is told how many of them are wanted, so that
chunks of any length share it. The rule's float fields are a row for each update, or a single one where they are
constant; only its bools and ints, its class and the number of variables are compiled in.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from ...base.projection import Projection
from ...problems.linear_model import least_subgradient
from ...problems.tracing.door import jax_module
from ..proximal import implicit_step
from .functions import jax_functions
from .objectives import Objective

__all__ = ["Structure", "epochs_program", "iterations_program", "kind_of", "structure_of"]

MOST_PROGRAMS = 128

_lock = threading.Lock()
_programs: "OrderedDict[Hashable, Callable[..., Any]]" = OrderedDict()


class Structure(NamedTuple):
    """What of a rule is compiled in: its class, which fields are numbers passed in, and the values of the others."""

    cls: Any
    floats: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...]

    def rule(self, values: Any) -> Any:
        """The rule whose float fields are ``values`` (fields,)."""
        return self.cls(**dict(self.fixed), **{name: values[k] for k, name in enumerate(self.floats)})

    def has(self, name: str) -> bool:
        return hasattr(self.cls, name)


def structure_of(rule: Any, floats: list[str]) -> Structure:
    fixed = tuple((name, value) for name, value in rule._asdict().items() if name not in floats)
    return Structure(type(rule), tuple(floats), fixed)


def kind_of(bounds: Projection | None) -> type[Projection] | None:
    """What of bounds is compiled in."""
    return None if bounds is None else type(bounds)


def remembered(key: Hashable, build: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """The program of that key, built when first asked for; the least recently used of too many are forgotten."""
    with _lock:
        found = _programs.get(key)
        if found is None:
            found = _programs[key] = build()
        _programs.move_to_end(key)
        while len(_programs) > MOST_PROGRAMS:
            _programs.popitem(last=False)
    return found


class Steps:
    """The pieces of a step, as traced code. ``bounds`` is the kind of set that w is projected onto, if any; the numbers
    that say which one it is are passed in, as the objective's ``prices`` are."""

    def __init__(self, structure: Structure, objective: Objective, bounds: type[Projection] | None) -> None:
        self.jax = jax_module()
        self.jnp, self.xp = self.jax.numpy, jax_functions()
        self.structure, self.objective, self.bounds = structure, objective, bounds
        self.looks, self.reads = structure.has("look"), structure.has("read")

    def rule(self, fields: Any, update: Any) -> Any:
        """The rule of an update, counted from 0 in this chunk."""
        return self.structure.rule(fields[self.jnp.minimum(update, fields.shape[0] - 1)])

    def penalized(self, loss: Any, w: Any, prices: Any) -> Any:
        """The whole objective, from all of it but the penalty."""
        if prices:
            loss = loss + 0.5 * (prices[0] * w * w).sum()
        return loss + (prices[1] * self.jnp.abs(w)).sum() if len(prices) > 1 else loss

    def steepened(self, g: Any, w: Any, prices: Any, part: float = 1.0) -> Any:
        """The gradient of all but the absolute values, from that of the loss; ``part`` the rows' share of a penalty."""
        return g + part * prices[0] * w if prices else g

    def project(self, w: Any, numbers: Any) -> Any:
        return w if self.bounds is None else self.bounds.nearest(w, numbers, self.jnp)

    def ahead(self, rule: Any, w: Any, slots: Any, t: Any, numbers: Any) -> Any:
        """Where the gradient of step ``t`` is taken."""
        return self.project(rule.look(w, slots, t, self.xp), numbers) if self.looks else w

    def norm(self, w: Any, g: Any, numbers: Any, prices: Any) -> Any:
        """The infinity norm of the gradient, of the shortest subgradient, of the projected one within bounds."""
        g = least_subgradient(g, w, prices[1], self.xp) if len(prices) > 1 else g
        return self.jnp.abs(g if self.bounds is None else w - self.project(w - g, numbers)).max()

    def moved(
        self, rule: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, numbers: Any, prices: Any, part: float = 1.0
    ) -> tuple[Any, Any]:
        """``(w, slots)`` after update ``t`` (counted from 1.0)."""
        if len(prices) > 1:
            w, slots = implicit_step(rule, w, g, slots, t, part * prices[1], self.xp)
            return self.project(w, numbers), slots
        if self.structure.has("step"):
            step, slots = rule.step(w, f, g, slots, t, self.xp)
        else:
            step, slots = rule.update(w, g, slots, t, self.xp)
        return self.project(w + step, numbers), slots


def iterations_program(
    structure: Structure, objective: Objective, bounds: type[Projection] | None, n: int, capacity: int, norms: bool
) -> Callable[..., Any]:
    """Full batch: ``program(w, slots, t, rows, fields, numbers, placed)`` -> ``(w, slots, out_w (capacity, n), out_f,
    out_norm (capacity,))``; of the outputs the first ``rows`` are filled. ``t`` counts the updates made before,
    ``placed`` is the objective's ``(data, prices)``."""
    key = ("iterations", structure, objective.key, bounds, n, capacity, norms)
    return remembered(key, lambda: build_iterations(Steps(structure, objective, bounds), n, capacity, norms))


def build_iterations(steps: Steps, n: int, capacity: int, norms: bool) -> Callable[..., Any]:
    jax, jnp, value = steps.jax, steps.jnp, steps.objective.value
    elsewhere = steps.looks or steps.reads

    def program(w: Any, slots: Any, t: Any, rows: Any, fields: Any, numbers: Any, placed: Any) -> Any:
        data, prices = placed
        value_and_grad = jax.value_and_grad(lambda at: value(at, data))

        def row(k: Any, carry: Any) -> Any:
            w, slots, out_w, out_f, out_norm = carry
            rule, before = steps.rule(fields, k), t + k
            at = rule.read(w, slots, before, steps.xp) if steps.reads else w
            if elsewhere and not norms:
                f, g = value(at, data), jnp.zeros(n)
            else:
                f, g = value_and_grad(at)
                g = steps.steepened(g, at, prices)
            f = steps.penalized(f, at, prices)
            if norms:  # unasked, it took 3 us of a small network's 70 us
                out_norm = out_norm.at[k].set(steps.norm(at, g, numbers, prices))
            out_w, out_f = out_w.at[k].set(at), out_f.at[k].set(f)
            if elsewhere:
                ahead = steps.ahead(rule, w, slots, before + 1.0, numbers)
                g = steps.steepened(jax.grad(value)(ahead, data), ahead, prices)
            w, slots = steps.moved(rule, w, f, g, slots, before + 1.0, numbers, prices)
            return w, slots, out_w, out_f, out_norm

        start = w, slots, jnp.zeros((capacity, n)), jnp.zeros(capacity), jnp.full(capacity, jnp.nan)
        return jax.lax.fori_loop(0, rows, row, start)

    return jax.jit(program)  # type: ignore[no-any-return]


def epochs_program(
    structure: Structure, objective: Objective, bounds: type[Projection] | None, n: int, capacity: int, rows: int,
    batch: int, mean: bool, norms: bool, keep: bool,
) -> Callable[..., Any]:  # fmt: skip
    """Stochastic: ``program(w, slots, t, epochs, orders (capacity, rows), fields, numbers, placed)`` -> ``(w, slots,
    out_w (capacity, n), out_f, out_norm, out_running (capacity,), kept_w (updates or 0, n), kept_loss)``."""
    key = ("epochs", structure, objective.key, bounds, n, capacity, rows, batch, mean, norms, keep)
    steps = Steps(structure, objective, bounds)
    return remembered(key, lambda: build_epochs(steps, n, capacity, rows, batch, mean, norms, keep))


def build_epochs(
    steps: Steps, n: int, capacity: int, rows: int, batch: int, mean: bool, norms: bool, keep: bool
) -> Callable[..., Any]:
    jax, jnp, objective = steps.jax, steps.jnp, steps.objective
    of_rows = objective.batch
    if of_rows is None:
        raise ValueError("the objective has no rows")
    full, rest = divmod(rows, batch)
    per_epoch = full + (rest > 0)
    updates = capacity * per_epoch if keep else 0

    def program(w: Any, slots: Any, t: Any, epochs: Any, orders: Any, fields: Any, numbers: Any, placed: Any) -> Any:
        data, prices = placed

        def update(u: Any, chosen: Any, carry: Any) -> Any:
            """One batch; ``u`` counts the updates of this call."""
            w, slots, total, kept_w, kept_loss = carry
            rule, tf = steps.rule(fields, u), t + u + 1.0
            at = steps.ahead(rule, w, slots, tf, numbers)
            loss, g = jax.value_and_grad(lambda point: of_rows(point, data, chosen))(at)
            part = 1.0 if mean else chosen.shape[0] / rows
            g = steps.steepened(g, at, prices, part)
            w, slots = steps.moved(rule, w, loss, g, slots, tf, numbers, prices, part)
            if keep:
                kept_w, kept_loss = kept_w.at[u].set(w), kept_loss.at[u].set(loss)
            return w, slots, total + loss * (chosen.shape[0] if mean else 1.0), kept_w, kept_loss

        def epoch(e: Any, carry: Any) -> Any:
            w, slots, out_w, out_f, out_norm, out_running, kept_w, kept_loss = carry
            order = orders[e]
            batches = order[: full * batch].reshape(full, batch)
            inner = w, slots, 0.0, kept_w, kept_loss
            inner = jax.lax.fori_loop(0, full, lambda b, c: update(e * per_epoch + b, batches[b], c), inner)
            if rest:
                inner = update(e * per_epoch + full, order[full * batch :], inner)
            w, slots, total, kept_w, kept_loss = inner
            rule = steps.rule(fields, (e + 1) * per_epoch - 1)
            at = rule.read(w, slots, t + (e + 1.0) * per_epoch, steps.xp) if steps.reads else w
            if norms:
                f, g = jax.value_and_grad(objective.value)(at, data)
                out_norm = out_norm.at[e].set(steps.norm(at, steps.steepened(g, at, prices), numbers, prices))
            else:
                f = objective.value(at, data)
            f = steps.penalized(f, at, prices)
            out_running = out_running.at[e].set(total / rows if mean else total)
            return w, slots, out_w.at[e].set(at), out_f.at[e].set(f), out_norm, out_running, kept_w, kept_loss

        nothing = jnp.full(capacity, jnp.nan)
        start = (
            w, slots, jnp.zeros((capacity, n)), nothing, nothing, nothing, jnp.zeros((updates, n)), jnp.zeros(updates),
        )  # fmt: skip
        return jax.lax.fori_loop(0, epochs, epoch, start)

    return jax.jit(program)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def devices() -> dict[str, Any]:
    """The first device of each kind that JAX sees."""
    jax, found = jax_module(), {}
    for kind in ("cpu", "gpu"):
        try:
            found[kind] = jax.devices(kind)[0]
        except RuntimeError:
            continue
    return found
