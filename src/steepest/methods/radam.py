"""RAdam: Adam that waits with its scaling until the running mean square rests on enough gradients."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Fraction, Rate

__all__ = ["RAdam"]


class RAdam(NamedTuple):
    """``m <- beta1 m + (1 - beta1) g;  s <- beta2 s + (1 - beta2) g^2;  rho_inf = 2 / (1 - beta2) - 1``
    ``rho = rho_inf - 2 t beta2^t / (1 - beta2^t)``
    ``r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))``
    ``scale = r sqrt(1 - beta2^t) / (sqrt(s) + epsilon)`` where rho > 5, else 1
    ``w <- w - learning_rate * scale * m / (1 - beta1^t)``.

    With beta2 0.999 the first five steps are plain momentum, as long as the gradient: a rate that suits Adam may be too
    large for them. Epsilon is added before the correction, as in torch.optim.RAdam and the authors' code;
    ``corrected_epsilon=True`` adds it after, ``sqrt(s / (1 - beta2^t) + epsilon_root) + epsilon``, as optax.radam.
    The paper has no epsilon and the threshold 4; 5 is the authors' code's, torch's and optax's. The other defaults are
    the paper's, which are Adam's.

    Source: L. Liu and others, "On the variance of the adaptive learning rate and beyond", 2020, algorithm 2.
    """

    learning_rate: Rate = None
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Annotated[float, Field(low=0, log=True)] = 1e-8
    epsilon_root: Annotated[float, Field(low=0, log=True)] = 0.0
    corrected_epsilon: bool = False

    def init(self, w: Any, xp: Any) -> tuple[Any, Any]:
        return xp.zeros_like(w), xp.zeros_like(w)

    def update(self, w: Any, g: Any, slots: tuple[Any, Any], t: Any, xp: Any) -> tuple[Any, tuple[Any, Any]]:
        m = self.beta1 * slots[0] + (1 - self.beta1) * g
        s = self.beta2 * slots[1] + (1 - self.beta2) * g * g
        seen = 1 - self.beta2**t
        top = 2 / (1 - self.beta2) - 1
        rho = top - 2 * t * self.beta2**t / seen
        ready = 1.0 * (rho > 5)
        top, rho = ready * top + 6 * (1 - ready), ready * rho + 6 * (1 - ready)  # else roots of less than 0, and 0 / 0
        r = ((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho)) ** 0.5
        epsilon = self.epsilon if self.corrected_epsilon else self.epsilon / seen**0.5
        scale = xp.where(ready > 0, r / (xp.sqrt(s / seen + self.epsilon_root) + epsilon), 1.0)
        return -self.learning_rate * (m / (1 - self.beta1**t)) * scale, (m, s)  # type: ignore[operator]
