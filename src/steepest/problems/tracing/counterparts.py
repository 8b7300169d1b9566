"""What stands for what while a copy is traced: jax.numpy for numpy, and the like for math, scipy.special, max and min.

What stands for a function looks at its arguments: where none is traced it calls the original, so that constants stay
what they are in the plain function (numbers that may be branched on, exact dtypes) and are worked out only once."""

import builtins
import functools
import itertools
import math
import operator
import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from .door import jax_module

__all__ = [
    "DENIED", "LIBRARY", "has_counterpart", "is_pure", "known_function", "public", "replaced", "standing", "words",
]  # fmt: skip


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS = words(
    "abs all any bool complex dict divmod enumerate filter float frozenset int isinstance iter len list map max min "
    "next pow range reversed round set slice sorted str sum tuple zip"
)
OPERATORS = words("abs add eq floordiv ge getitem gt itemgetter le lt matmul mod mul ne neg pos pow sub truediv")
PURE = (
    {id(getattr(builtins, name)) for name in BUILTINS}
    | {id(value) for name, value in vars(itertools).items() if not name.startswith("_")}
    | {id(getattr(operator, name)) for name in OPERATORS}
    | {id(functools.reduce), id(functools.partial)}
)
"""Functions and classes of the standard library that change nothing and take traced values, by identity."""

LIBRARY = ("functools", "itertools", "operator", "scipy")
"""Modules that may be named though they stand for themselves: what is taken from them is judged by itself."""

DENIED = words(
    "char copyto core ctypeslib errstate fill_diagonal fromfile fromregex fromstring frompyfunc genfromtxt lib load "
    "loadtxt ma memmap place polynomial printoptions put put_along_axis putmask random save savetxt savez "
    "savez_compressed set_printoptions seterr testing vectorize"
)
"""Names of numpy, some of jax.numpy too, that read, write, draw, or change what they are given."""

SAME = {
    "asanyarray": "asarray",
    "ascontiguousarray": "asarray",
    "asfortranarray": "asarray",
}
"""Functions of numpy that jax.numpy has under another name."""

CONSTANT_ONLY = words("comb factorial frexp gcd isclose isqrt lcm modf nextafter perm remainder ulp")
"""Functions of math that stay as they are: of whole numbers, or of another meaning in jax.numpy."""


def is_pure(value: Any) -> bool:
    """Whether ``value`` is of the standard library and may be given traced values; exceptions are, to be raised."""
    if id(value) in PURE:
        return True
    return type(value) is type and issubclass(value, BaseException) and value.__module__ == "builtins"


def public() -> tuple[str, ...]:
    """The modules that have counterparts, as far as they were imported."""
    names = ("numpy", "numpy.linalg", "numpy.fft", "math", "scipy.special")
    return tuple(name for name in names if name in sys.modules)


@cache
def jax_side(module_name: str) -> Mapping[str, Any]:
    """The counterparts for traced values of what is in a module, by name."""
    jax_module()
    import jax.numpy as jnp
    import jax.scipy.special as special

    if module_name == "numpy":
        return {**vars(jnp), **{name: vars(jnp)[same] for name, same in SAME.items()}}
    if module_name == "math":
        found = {name: vars(jnp)[name] for name in dir(math) if name in vars(jnp)}
        return {
            **found,
            **{name: getattr(math, name) for name in (*CONSTANT_ONLY, "tau") if hasattr(math, name)},
            "log": lambda x, base=None: jnp.log(x) if base is None else jnp.log(x) / jnp.log(base),
            "hypot": lambda *xs: jnp.linalg.norm(jnp.stack([jnp.asarray(x, float) for x in xs])),
            "dist": lambda p, q: jnp.linalg.norm(jnp.asarray(p) - jnp.asarray(q)),
            "fsum": sum,
            "prod": lambda xs, start=1: functools.reduce(operator.mul, xs, start),
            "sumprod": lambda p, q: sum(x * y for x, y in zip(p, q, strict=True)),
            "erf": special.erf,
            "erfc": special.erfc,
            "gamma": special.gamma,
            "lgamma": special.gammaln,
        }
    return vars({"numpy.linalg": jnp.linalg, "numpy.fft": jnp.fft, "scipy.special": special}[module_name])


def has_counterpart(module_name: str, name: str) -> bool:
    """Whether the public ``name`` of a module changes nothing and can be had for traced values."""
    return not name.startswith("_") and name not in DENIED and name in jax_side(module_name)


def known_function(value: Any) -> tuple[str, str] | None:
    """The module and name of a function (ufunc, scalar type) that has a counterpart; None for anything else."""
    return functions(public()).get(id(value))


@cache
def functions(module_names: tuple[str, ...]) -> dict[int, tuple[str, str]]:
    return {
        id(value): (module_name, name)
        for module_name in module_names
        for name, value in list(vars(sys.modules[module_name]).items())  # JAX, imported meanwhile, may add to numpy
        if callable(value) and has_counterpart(module_name, name)
    }


def is_traced(value: Any) -> bool:
    """Whether a traced value (or any array of JAX) is in ``value``, a tree of lists, tuples and dicts."""
    if isinstance(value, (list, tuple)):
        return any(map(is_traced, value))
    if isinstance(value, dict):
        return any(map(is_traced, value.values()))
    return isinstance(value, jax_module().Array)


def settled(value: Any) -> Any:
    """An argument with the float of Python in place of what stands for it (``dtype=float``)."""
    return float if type(value) is Floating else value


class Standing:
    """A function of numpy, math or scipy.special: ``plain`` for constants, ``jaxed`` for traced values, or, with
    ``everything``, for both."""

    def __init__(self, plain: Any, jaxed: Any, everything: bool) -> None:
        self._plain, self._jaxed, self._everything = plain, jaxed, everything

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = tuple(map(settled, args))
        kwargs = {name: settled(value) for name, value in kwargs.items()}
        if not (self._everything or is_traced(args) or is_traced(kwargs)):
            return self._plain(*args, **kwargs)
        try:
            return self._jaxed(*args, **kwargs)
        except TypeError:  # jax.numpy refuses lists where numpy takes them
            if not any(isinstance(arg, (list, tuple)) and is_traced(arg) for arg in args):
                raise
        import jax.numpy as jnp

        return self._jaxed(*(jnp.asarray(arg) if isinstance(arg, (list, tuple)) else arg for arg in args), **kwargs)

    def __getattr__(self, name: str) -> Any:
        """``reduce`` and its kin of a ufunc."""
        return Standing(getattr(self._plain, name), getattr(self._jaxed, name), self._everything)


class Namespace:
    """Stands for a module of ``public()``, or for scipy."""

    def __init__(self, module: ModuleType, everything: bool) -> None:
        self._module, self._everything = module, everything

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, ModuleType):
            return Namespace(value, self._everything)
        return standing(self._module.__name__, name, self._everything) if callable(value) else value


def standing(module_name: str, name: str, everything: bool) -> Any:
    """What stands for a function or class of a module."""
    value, jaxed = getattr(sys.modules[module_name], name), jax_side(module_name)[name]
    if isinstance(value, type):
        return jaxed if everything or value is np.ndarray else value
    return Standing(value, jaxed, everything)


class Floating:
    """Stands for the class float: leaves a traced number traced, so that ``return float(...)`` can be followed."""

    dtype = np.dtype(float)
    """What makes it a dtype where it is given for one."""

    def __call__(self, value: Any = 0.0, /) -> Any:
        return value.reshape(()).astype(float) if is_traced(value) else float(value)

    def __instancecheck__(self, value: Any) -> bool:
        """As for the single numbers of NumPy, which are floats of Python too."""
        number = is_traced(value) and value.ndim == 0 and value.dtype == self.dtype
        return isinstance(value, float) or bool(number)


def extreme(builtin: Callable[..., Any], pair: str, whole: str) -> Callable[..., Any]:
    """max or min that takes traced numbers too: two or more, a list of them, or an array of one axis."""

    def picked(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            return builtin(*args, **kwargs)
        import jax.numpy as jnp

        if len(args) == 1:
            if is_traced(args[0]) and getattr(args[0], "ndim", 0) == 1:
                return getattr(jnp, whole)(args[0])
            args = tuple(args[0])
        if len(args) < 2 or not is_traced(args):
            return builtin(args)
        return functools.reduce(getattr(jnp, pair), args)

    return picked


def total(values: Any, /, start: Any = 0) -> Any:
    """sum, in one operation for a traced array."""
    if getattr(values, "ndim", 0) and is_traced(values):
        return values.sum(axis=0) + start
    return sum(values, start)


def replaced(value: Any, everything: bool) -> Any:
    """What stands for a module or function; the value itself where nothing does."""
    if isinstance(value, ModuleType):
        return Namespace(value, everything) if value.__name__ in (*public(), "scipy") else value
    if (known := known_function(value)) is not None:
        return standing(*known, everything)
    if value is max:
        return extreme(max, "maximum", "max")
    if value is min:
        return extreme(min, "minimum", "min")
    if value is float:
        return Floating()
    return total if value is sum else value
