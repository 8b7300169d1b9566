"""The gallery: functions with a known story. ``steepest.gallery.rosenbrock(n=2)`` is the class in ``functions/``,
``steepest.gallery.mgh("bard")`` the one in ``more_garbow_hillstrom/``."""

from typing import TYPE_CHECKING, Any

from ..base import discovery

if TYPE_CHECKING:
    from .more_garbow_hillstrom._least_squares import LeastSquares

__all__ = ["MGH_PREFIX", "find", "mgh", "mgh_names", "more_wild", "names"]

_PACKAGE = "steepest.problems.functions"
_MGH = "steepest.problems.more_garbow_hillstrom"
MGH_PREFIX = "mgh:"
"""Before the name of a More-Garbow-Hillstrom problem where a text may also name a function of the gallery."""


def names() -> tuple[str, ...]:
    """The names of the gallery's functions."""
    return discovery.names(_PACKAGE)


def find(name: str) -> Any:
    """The class of the function called ``name``; call it (``n=`` for the dimension) to get the problem."""
    return discovery.find(_PACKAGE, name, "gallery function")


def mgh(
    name: str, n: int | None = None, m: int | None = None, start_factor: float = 1.0, more_wild_start: bool = False
) -> "LeastSquares":
    """The More-Garbow-Hillstrom problem called ``name`` (or one of the four that More and Wild added), f the sum of
    the squares of its m ``residuals(w)``, with their ``jacobian(w)``, shape (m, n).

    ``n`` and ``m`` are the standard ones where they are left out; the start is ``start_factor`` (1, 10 or 100 in the
    paper) times the standard start, or that of More and Wild's code, where it is another one, with
    ``more_wild_start=True``. Raises ArgumentError for a name, n or m that there is not.

    Source: J. J. More, B. S. Garbow, K. E. Hillstrom, "Testing unconstrained optimization software", ACM TOMS 7, 1981.
    """
    cls = _mgh_class(name)
    return cls(cls.standard_n if n is None else n, m, start_factor, more_wild_start)  # type: ignore[no-any-return]


def mgh_names(unconstrained: bool = False) -> tuple[str, ...]:
    """The names of the 35 More-Garbow-Hillstrom problems in the paper's order, or of the 18 for unconstrained
    minimisation."""
    classes = {name: _mgh_class(name) for name in discovery.names(_MGH)}
    kept = [name for name, cls in classes.items() if cls.number and (cls.unconstrained or not unconstrained)]
    return tuple(sorted(kept, key=lambda name: classes[name].number))


def more_wild() -> "tuple[LeastSquares, ...]":
    """The 53 benchmark problems of More and Wild, in their order: 22 functions of 2 to 12 variables, some of them from
    ten times the standard start.

    Source: J. J. More, S. M. Wild, "Benchmarking derivative-free optimization algorithms", SIAM J. Optim. 20, 2009,
    table 4.1 (the rows of dfo.dat).
    """
    from .more_garbow_hillstrom._more_wild import TABLE

    return tuple(mgh(name, n, m, 10.0**decades, True) for name, n, m, decades in TABLE)


def _mgh_class(name: str) -> Any:
    return discovery.find(_MGH, name, "More-Garbow-Hillstrom problem")


def __getattr__(name: str) -> Any:
    if name in names():
        return find(name)
    raise AttributeError(f"steepest.gallery has no {name!r}; it has {', '.join(names())}")


def __dir__() -> list[str]:
    return [*__all__, *names()]
