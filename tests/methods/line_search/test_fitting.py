"""Which rules a line search serves, found by running them."""

from typing import NamedTuple

import numpy as np
import pytest

from steepest.base.fields import Rate
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead
from steepest.methods.line_search.fitting import fits


class WholeVector(NamedTuple):
    """A step of length learning_rate along the gradient."""

    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return -self.learning_rate * g / np.linalg.norm(g), ()


class Decaying(NamedTuple):
    """Twice the learning rate is not twice the step."""

    learning_rate: Rate = None

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g / (1 + self.learning_rate * t), ()


class Late(NamedTuple):
    """Holds the learning rate from its third step on."""

    learning_rate: Rate = None

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, (slots[0] + (self.learning_rate * g if t >= 3 else g),)


class Rateless(NamedTuple):
    size: float = 1.0

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.size * g, ()


class Averaging(NamedTuple):
    learning_rate: Rate = None

    def init(self, w, xp):
        return (w,)

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, slots

    def read(self, w, slots, t, xp):
        return (w + slots[0]) / 2


@pytest.mark.parametrize(
    "rule",
    [
        GradientDescent(),
        GradientDescent(0.1),
        Momentum(rate_outside=True),
        Momentum(0.1, 0.0, True),
        Nesterov(),
        Adam(),
        WholeVector(),
    ],
)
def test_rules_that_step_by_rate_times_direction_fit(rule):
    assert fits(rule) is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            Momentum(),
            "the velocity of momentum holds the learning rate, which a line search changes afterwards; "
            "use rate_outside=True",
        ),
        (
            NesterovLookahead(),
            "nesterov_lookahead takes its gradient elsewhere than at w, where a line search needs value and gradient; "
            "use a rule that does not",
        ),
        (
            Averaging(),
            "Averaging reports f elsewhere than at w, where a line search needs value and gradient; "
            "use a rule that does not",
        ),
        (
            Decaying(),
            "the step of Decaying is not learning_rate x a direction, which a line search needs; use another rule",
        ),
        (
            Late(),
            "what Late remembers holds the learning rate, which a line search changes afterwards; use another rule",
        ),
        (Rateless(), "Rateless has no learning_rate for a line search to choose"),
    ],
)
def test_other_rules_are_refused_in_a_sentence(rule, said):
    assert fits(rule) == said
