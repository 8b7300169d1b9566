"""Falls like a power of the iterations: told from geometric ones, and what is left of them predicted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.analysis.explaining.sublinear import power_law


@given(power=st.floats(0.5, 4.0), since=st.floats(-20.0, 300.0), least=st.floats(-1.0, 1.0))
def test_the_power_and_what_is_left_are_found_without_the_minimum(power, since, least):
    t = np.arange(1001.0)
    above = (np.maximum(t + since, 1.0) / (1000 + since)) ** -power
    found = power_law(t, least + above)
    assert found is not None
    assert found.power == pytest.approx(power, rel=0.1)
    assert found.left == pytest.approx(1.0, rel=0.1)
    wanted = (1000 + since) * (1e3 ** (1 / power) - 1)
    assert np.log(found.more(1e-3) / wanted) == pytest.approx(0.0, abs=0.6)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.03])
def test_a_geometric_fall_is_none(rate):
    t = np.arange(1001.0)
    assert power_law(t, np.exp(-rate * t)) is None


def test_few_rows_and_values_that_rise_are_none():
    t = np.arange(1001.0)
    assert power_law(t[:15], 1 / (1 + t[:15])) is None
    assert power_law(t, 1 / (1 + t) + 1e-2 * np.sin(t / 50)) is None


@pytest.mark.parametrize("exponent", [3, 4, 6])
def test_descent_on_a_power_of_x_is_called_sublinear_with_its_count(exponent):
    q = exponent

    def descent(iterations):
        return steepest.minimize(
            lambda w: float((np.abs(w) ** q).sum()), [1.0], "gradient_descent", learning_rate=0.02,
            grad=lambda w: q * np.abs(w) ** (q - 1) * np.sign(w), max_iter=iterations, grad_tol=None,
        )  # fmt: skip

    run = descent(400)
    why = run.explain(attempts=False)
    assert why.verdict == "crawling"
    assert why.evidence["power_of_t"] == pytest.approx(q / (q - 2), rel=0.05)
    assert "sublinear: f falls like t^-" in why.text
    # the count is of the fall to 1e-6 of f0 - f*, or a thousandth of what the curvature sees
    target = min(1e-6 * (1 - run.f + why.evidence["above_minimum"]), 1e-3 * why.evidence["above_minimum"])
    t0 = 1 / (0.02 * q * (q - 2))  # w = (1 + t / t0)^(-1 / (q - 2)) where steps are short
    needed = t0 * (target ** (-(q - 2) / q) - 1) - 400
    assert why.evidence["more_iterations"] == pytest.approx(needed, rel=0.25)


def test_powell_singular_is_not_taken_for_geometric():
    def descent(iterations):
        return steepest.minimize(
            "powell_singular", method="gradient_descent", learning_rate=0.005, max_iter=iterations, grad_tol=None
        )

    run = descent(3000)
    why = run.explain(attempts=False)
    assert why.evidence["power_of_t"] == pytest.approx(2.0, rel=0.1)
    assert why.evidence["more_iterations"] > 50_000
    more = run.f / descent(6000).f
    assert more == pytest.approx(4.0, rel=0.15)  # as t^-2 has it, where the curvature at 3,000 says 160


def test_a_valley_that_bends_is_not_sublinear():
    run = steepest.minimize("beale", method="gradient_descent", max_iter=300)
    assert "power_of_t" not in run.explain(attempts=False).evidence
