"""Any ``optax.GradientTransformation`` as a method: ``minimize(f, w0, optax.adam(0.1))``."""

import json
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, cast

import numpy as np

from ..base.errors import ArgumentError
from ..base.trees import Tree
from ..base.xp import numpy_functions

__all__ = ["is_transformation", "rule_of"]

Step = Callable[..., Any]


def is_transformation(method: Any) -> bool:
    """Whether ``method`` is optax's: told by where its class comes from, so that optax need not be imported."""
    return (
        type(method).__module__.partition(".")[0] == "optax" and hasattr(method, "init") and hasattr(method, "update")
    )


def rule_of(transformation: Any, tree: Tree | None = None) -> Any:
    """The rule of the whole vector that makes the transformation's steps. It has no fields of its own: the
    transformation holds its hyper-parameters. Its slots are the leaves of optax's state, of any shapes; ``tree`` is the
    shape in which the transformation sees w.

    It runs in the jax engine, and in the plain loop by a jitted update.
    """
    return _class_of(transformation, None if tree is None else json.dumps(tree.spec), tree)()


@lru_cache(maxsize=64)
def _class_of(transformation: Any, spec: str | None, tree: Tree | None) -> Any:
    jax = sys.modules["jax"]  # imported by optax

    def shaped(flat: Any) -> Any:
        return flat if tree is None else tree.unravel(flat)

    def flat(shape: Any) -> Any:
        return (
            shape
            if tree is None
            else jax.numpy.concatenate([leaf.ravel() for leaf in jax.tree_util.tree_leaves(shape)])
        )

    def initial(w: Any) -> Any:
        return tuple(jax.tree_util.tree_leaves(transformation.init(shaped(w))))

    def moved(w: Any, f: Any, g: Any, slots: Any) -> Any:
        structure = jax.tree_util.tree_structure(jax.eval_shape(transformation.init, shaped(w)))
        state = jax.tree_util.tree_unflatten(structure, slots)
        more = {"value": f, "grad": shaped(g)} if takes_more else {}
        updates, state = transformation.update(shaped(g), state, shaped(w), **more)
        return flat(updates), tuple(jax.tree_util.tree_leaves(state))

    takes_more = "ExtraArgs" in type(transformation).__name__
    compiled = jax.jit(moved)

    class Optax(NamedTuple("optax", [])):
        """The steps of an optax transformation."""

        __slots__ = ()
        runs_in = ("python", "jax")

        def init(self, w: Any, xp: Any) -> Any:
            with jax.enable_x64(True):
                return tuple(np.asarray(leaf) for leaf in initial(jax.numpy.asarray(w)))

        def step(self, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            if xp is not numpy_functions:  # inside a program that JAX traces
                return moved(w, f, g, slots)
            with jax.enable_x64(True):
                step, slots = compiled(w, np.float64(f), g, slots)
                return np.asarray(step), tuple(np.asarray(slot) for slot in slots)

        def fitted(self, shape: Tree | None) -> Any:
            return rule_of(transformation, shape)

        def tried(self, w: Any) -> None:
            """Raises ArgumentError where the transformation cannot make a step from w."""
            try:
                self.step(w, 1.0, 0.0 * w + 1.0, self.init(w, numpy_functions), 1.0, numpy_functions)
            except Exception as error:
                raise ArgumentError(complaint(error)) from error

    Optax.__name__ = Optax.__qualname__ = "optax"
    Optax.__module__ = "optax"
    return cast(Any, Optax)


def complaint(error: Exception) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    if "value_fn" in said:
        return (
            "method: this optax transformation searches along its step and calls the function itself (value_fn); "
            "use method='lbfgs', or steepest.line_search with a rule of ours"
        )
    return f"method: the optax transformation raised {type(error).__name__}: {said}"
