"""Nonlinear conjugate gradients: each direction bends the last one towards steepest descent."""

from typing import Any, NamedTuple

from ..base.fields import Rate

__all__ = ["ConjugateGradient"]


class ConjugateGradient(NamedTuple):
    """``d <- -g + beta d,  beta = max(0, g . (g - g_before) / (g_before . g_before));  w <- w + learning_rate d``.

    That is Polak-Ribiere's beta, kept from falling below 0 (PR+): after a short step, where g has hardly changed, it
    starts afresh by itself. ``fletcher_reeves=True`` takes ``beta = (g . g) / (g_before . g_before)``, which does not
    and may creep; so, as in that paper, every (n + 1)-th direction is -g. Where d is no descent direction it is -g.
    On a quadratic with an exact line search both make the steps of linear conjugate gradients, at most n of them.

    No learning_rate means a search for it, ``StrongWolfe(curvature=0.1)``: the directions are conjugate only as far
    as each search was accurate, and 0.1 is usual. It is begun at the last rate, as d has no scale of its own.

    Source: E. Polak, G. Ribiere, "Note sur la convergence de methodes de directions conjuguees", 1969; R. Fletcher,
    C. M. Reeves, "Function minimization by conjugate gradients", 1964; for PR+ J. Nocedal, S. Wright, "Numerical
    Optimization", 2006, algorithm 5.4 and equation 5.45.
    """

    learning_rate: Rate = None
    fletcher_reeves: bool = False

    full_batch_only = True  # type: ignore[misc]

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def step(self, w: Any, f: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        before, last = slots
        above = g @ g if self.fletcher_reeves else xp.maximum(g @ (g - before), 0.0)
        below = before @ before
        beta = above / xp.where(below > 0.0, below, 1.0)  # the first: last is 0
        if self.fletcher_reeves:
            beta = xp.where((t - 1.0) % (w.size + 1.0) > 0.0, beta, 0.0)
        d = beta * last - g
        d = xp.where(d @ g < 0.0, d, -g)
        return self.learning_rate * d, (1.0 * g, d)  # a copy: callers may fill one array anew

    def own_rate(self) -> Any:
        from .line_search.strong_wolfe import StrongWolfe  # which needs NumPy, and a rule's help does not

        return StrongWolfe(curvature=0.1, from_last=True)
