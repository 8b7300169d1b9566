"""A copy of a function, and of every helper it calls, in which numpy is jax.numpy; the originals stay untouched."""

import builtins
import functools
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from .counterparts import is_pure, known_function, replaced
from .purity import code_objects, free_values, global_values, instructions, is_jax_object, is_ours

__all__ = ["Rewriter", "rewritten"]


def rewritten(f: Any, everything: bool = False) -> Any:
    """A copy of ``f``, against which there is no obstacle, that can be called with traced values."""
    return Rewriter(everything).value(f)


class Rewriter:
    """Maps values to what stands for them. A helper is copied once, so that those that call each other still do.

    What depends on no traced value is computed by numpy, on copies of the arrays that cannot be written to; with
    ``everything`` by jax.numpy, on arrays of JAX, which alone have ``A.dot(w)`` and ``A[i]`` for traced w and i.
    """

    def __init__(self, everything: bool) -> None:
        self._everything = everything
        self._copies: dict[tuple[str, int], Any] = {}

    def value(self, value: Any) -> Any:
        """What stands for ``value`` in the copy."""
        if type(value) is np.ndarray:
            return self._array(value)
        if type(value) in (tuple, list):
            return type(value)(map(self.value, value))
        if type(value) is functools.partial:
            keywords = {name: self.value(item) for name, item in value.keywords.items()}
            return functools.partial(self.value(value.func), *map(self.value, value.args), **keywords)
        if type(value) is FunctionType and not (is_pure(value) or known_function(value) or is_jax_object(value)):
            return self._function(value)
        if type(value) is MethodType and is_ours(value.__self__) and type(value.__func__) is FunctionType:
            return MethodType(self._function(value.__func__), self._owner(value.__self__))
        return replaced(value, self._everything)

    def _array(self, array: Any) -> Any:
        """A copy: what is captured may change later, a traced function may not."""
        if self._everything:
            import jax.numpy as jnp

            return jnp.array(array)
        copy = array.copy()
        copy.flags.writeable = False
        return copy

    def _function(self, f: FunctionType) -> FunctionType:
        key = ("function", id(f))
        if key in self._copies:
            known: FunctionType = self._copies[key]
            return known
        outside = global_values(f)
        scope: dict[str, Any] = {"__builtins__": vars(builtins), "__name__": outside.get("__name__")}
        cells = tuple(CellType() for _ in f.__code__.co_freevars)
        copy = FunctionType(f.__code__, scope, f.__name__, None, cells)
        self._copies[key] = copy  # before its helpers, which may call it
        for name in global_names(f.__code__):
            scope[name] = self.value(outside[name])
        values = free_values(f)
        for name, cell in zip(f.__code__.co_freevars, cells, strict=True):
            cell.cell_contents = self.value(values[name])
        if f.__defaults__:
            copy.__defaults__ = tuple(map(self.value, f.__defaults__))
        if f.__kwdefaults__:
            copy.__kwdefaults__ = {name: self.value(item) for name, item in f.__kwdefaults__.items()}
        return copy

    def _owner(self, owner: Any) -> Any:
        """A copy of an object of ours, of a class of its own whose methods are copies."""
        key = ("owner", id(owner))
        if key not in self._copies:
            methods = {
                name: Copied(self, item)
                for cls in reversed(type(owner).__mro__)
                for name, item in vars(cls).items()
                if type(item) is FunctionType and not name.startswith("__")
            }
            copy: Any = object.__new__(type(type(owner).__name__, (type(owner),), methods))
            self._copies[key] = copy
            for name, item in vars(owner).items():
                object.__setattr__(copy, name, self.value(item))
        return self._copies[key]


class Copied:
    """A method that is copied when it is looked up: most methods of a class are never called."""

    def __init__(self, rewriter: Rewriter, f: FunctionType) -> None:
        self._rewriter, self._f = rewriter, f

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        return MethodType(self._rewriter._function(self._f), owner)


def global_names(code: CodeType) -> set[str]:
    """The names that ``code``, or code inside it, looks up in its module."""
    return {
        instruction.argval
        for part in code_objects(code)
        for instruction in instructions(part)
        if instruction.opname == "LOAD_GLOBAL"
    }
