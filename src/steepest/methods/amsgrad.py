"""AMSGrad: Adam whose running mean square may only grow, so that a rare large gradient is not forgotten."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["AMSGrad"]


class AMSGrad(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  s <- beta2 s + (1 - beta2) g^2;  top <- max(top, s)``
    ``w <- w - learning_rate * (m / (1 - beta1^t)) / (sqrt(top / (1 - beta2^t)) + epsilon)``.

    This is torch.optim.Adam(amsgrad=True). ``corrected_maximum=True`` is optax's form: the largest of the corrected
    s / (1 - beta2^t) is kept. ``bias_correction=False`` leaves both corrections out, as in the paper. epsilon_root is
    optax's eps_root, inside the root. The defaults are Adam's.

    Source: S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", 2018, algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    epsilon_root: Annotated[float, Field(low=0, log=True)] = 0.0
    corrected_maximum: bool = False
    bias_correction: bool = True

    def init(self, w: Any, xp: Any) -> tuple[Any, Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = self.beta2 * slots[1] + (1 - self.beta2) * g * g
        mean, square = m, s
        if self.bias_correction:
            mean, square = m / (1 - self.beta1**t), s / (1 - self.beta2**t)
        if self.corrected_maximum or not self.bias_correction:
            top = xp.maximum(slots[2], square)
            largest = top
        else:
            top = xp.maximum(slots[2], s)
            largest = top / (1 - self.beta2**t)
        root = xp.sqrt(largest + self.epsilon_root) + self.epsilon
        return -self.learning_rate * mean / root, (m, s, top)  # type: ignore[operator]
