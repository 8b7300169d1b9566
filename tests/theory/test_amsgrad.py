"""The example of Reddi, Kale and Kumar: a rare large gradient that Adam forgets and AMSGrad does not.

On [-1, 1] the losses C w, -w, -w take turns, so that w = -1 is best for C > 2. With beta1 = 0, beta2 = 1 / (1 + C^2)
and rates alpha / sqrt(t) Adam goes to +1, the worst point: by the time of each -w it has forgotten C.

Source: S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", 2018, theorem 1 and section 5.
"""

import numpy as np
import pytest

import steepest
from steepest.methods import Adam, AMSGrad

BOX = steepest.Box(-1, 1)


def falling(alpha):
    """alpha / sqrt(t), t = 1 at the first update."""
    return lambda t: alpha / np.sqrt(t + 1)


def linear_losses(slopes):
    return steepest.FiniteSum(lambda w, slope: slope * w[0], np.array(slopes, dtype=float))


def run(problem, rule, epochs, **more):
    return steepest.minimize(
        problem, [0.0], rule, batch_size=1, sampling="sequential", bounds=BOX, max_iter=epochs, **more
    )


@pytest.mark.parametrize("C", [3.0, 4.0, 6.0])
@pytest.mark.parametrize("alpha", [0.1, 0.5])
def test_adam_goes_to_the_worst_point_and_amsgrad_to_the_best(C, alpha):
    problem = linear_losses([C, -1, -1])
    settings = {"learning_rate": falling(alpha), "beta1": 0.0, "beta2": 1 / (1 + C**2), "epsilon": 0.0}
    adam = run(problem, Adam(**settings), 2000)
    assert adam.w[0] == 1
    assert adam.f == pytest.approx((C - 2) / 3)  # the highest value there is
    for corrected in (False, True):
        amsgrad = run(problem, AMSGrad(**settings, bias_correction=corrected), 2000)
        assert amsgrad.w[0] == pytest.approx(-1, abs=0.05)


def test_adam_gains_on_no_turn_of_three():
    """The theorem's step: from +1 the step of C leads down to below 1, and the two of -1 lead back to 1 or beyond."""
    C = 3.0
    rule = Adam(0.5, beta1=0.0, beta2=1 / (1 + C**2), epsilon=0.0)
    found = run(linear_losses([C, -1, -1]), rule, 200, record="updates")
    turns = found.updates.w[1:].reshape(-1, 3)[100:]
    assert (turns[:, 0] < 1).all()
    assert (turns[:, 2] == 1).all()


def test_the_rare_large_gradient_of_the_papers_simulation():
    """f_t = 1010 w at every 101st step and -10 w between, at the paper's beta1 0.9 and beta2 0.99."""
    problem = linear_losses([1010.0, *[-10.0] * 100])
    settings = {"learning_rate": falling(0.5), "beta1": 0.9, "beta2": 0.99}
    adam, amsgrad = run(problem, Adam(**settings), 600), run(problem, AMSGrad(**settings), 600)
    assert adam.w[0] > 0.9
    assert amsgrad.w[0] < -0.9
