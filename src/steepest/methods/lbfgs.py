"""L-BFGS: Newton's direction from the last few changes of w and of the gradient."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Rate

__all__ = ["LBFGS"]

ROUNDING, TINY = 2.0**-52, 1e-300


class LBFGS(NamedTuple):
    """``w <- w - learning_rate * H g``, H the inverse BFGS matrix of the last ``memory`` pairs ``s = change of w``,
    ``y = change of g``, built on ``H0 = (s . y) / (y . y)`` of the newest by the two-loop recursion.

    The first H is min(1, 1 / |g|_1), as in torch.optim.LBFGS. A pair is dropped unless s . y is above rounding,
    2^-52 |s| |y|, and above ``least``: 0, since its unit is that of f. With torch's 1e-10 there the steps are torch's.
    Memory 10 is SciPy's; torch's history_size is 100, and 3 to 20 the book's advice.

    No learning_rate means a search for it, ``StrongWolfe()``, which keeps s . y > 0 and takes 1, the first tried, near
    a minimum. A number serves too (torch's line_search_fn=None): 1 at most.

    Source: D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization", 1989; J. Nocedal,
    S. Wright, "Numerical Optimization", 2006, algorithm 7.4 and equation 7.20.
    """

    learning_rate: Rate = None
    memory: Annotated[int, Field(low=1, high=100, help="pairs remembered")] = 10
    least: Annotated[float, Field(low=0, log=True, help="pairs with s . y up to this are dropped")] = 0.0

    full_batch_only = True  # type: ignore[misc]

    def init(self, w: Any, xp: Any) -> tuple[Any, ...]:
        """``w`` and ``g`` before, H0 (0 before the first pair) in every component, s and y of the oldest pair, ..."""
        return w + xp.zeros_like(w), xp.zeros_like(w), *(xp.zeros_like(w) for _ in range(1 + 2 * self.memory))

    def step(self, w: Any, f: Any, g: Any, slots: tuple[Any, ...], t: Any, xp: Any) -> tuple[Any, tuple[Any, ...]]:
        s, y = w - slots[0], g - slots[1]
        sy, yy = s @ y, y @ y
        good = sy > xp.maximum(ROUNDING * xp.sqrt(s @ s) * xp.sqrt(yy) + TINY, self.least)  # 1 / s . y is finite
        h0 = xp.where(good, sy / xp.where(good, yy, 1.0), slots[2].max())
        pairs = tuple(xp.where(good, new, old) for new, old in zip((*slots[5:], s, y), slots[3:], strict=True))
        q, inverse, alphas = g, [], []
        for k in range(len(pairs) - 2, -1, -2):  # the newest first
            along = pairs[k] @ pairs[k + 1]
            inverse.append(1.0 / xp.where(along > 0.0, along, 1.0))  # no pair yet: s is 0, so alpha is too
            alphas.append(inverse[-1] * (pairs[k] @ q))
            q = q - alphas[-1] * pairs[k + 1]
        d = -xp.where(h0 > 0.0, h0, 1.0 / xp.maximum(1.0, xp.abs(g).sum())) * q
        for k in range(0, len(pairs), 2):
            j = len(alphas) - 1 - k // 2
            d = d - (alphas[j] + inverse[j] * (pairs[k + 1] @ d)) * pairs[k]
        return self.learning_rate * d, (w, 1.0 * g, 0.0 * g + h0, *pairs)  # a copy: callers may fill one array anew

    def own_rate(self) -> Any:
        from .line_search.strong_wolfe import StrongWolfe  # which needs NumPy, and a rule's help does not

        return StrongWolfe()
