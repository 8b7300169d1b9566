"""The leading mode of the error, on quadratics of known spectrum, against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.analysis.explaining.mode import Lead, Mode, Motion, factor_text, motion_of
from steepest.analysis.linear_rules import matrices
from steepest.methods import GradientDescent, Momentum, Nesterov


def evidence_of(run):
    return run.explain(attempts=False)


@pytest.mark.parametrize(
    ("method", "part", "expected"), [("gradient_descent", 0.5, 5), ("momentum", 0.01, 4), ("nesterov", 0.02, 4)]
)
def test_a_crawling_run_names_the_curvature_that_is_left_and_its_rate(built, method, part, expected):
    c = np.geomspace(1, 1e4, 5)
    run = built.run(3, c, method, part, max_iter=2500)
    why = evidence_of(run)
    found = why.evidence
    assert why.verdict == "crawling"
    number, curvature = int(found["mode_number"]), found["mode_curvature"]
    assert (found["modes"], number) == (5, expected)
    assert curvature == pytest.approx(c[5 - number], rel=1e-3)
    root = np.abs(np.linalg.eigvals(matrices(run._call.rule, [c[5 - number]])[0])).max()
    assert np.log(found["mode_factor"]) == pytest.approx(np.log(root), rel=0.02)
    assert found["mode_factor_predicted"] == pytest.approx(root, rel=1e-5)
    assert "mode_sign_changes_every" not in found
    assert f"(mode {number} of 5), where an iteration leaves {factor_text(root)} of the error; theory says" in why.text
    # when it began, the steep directions held what there was
    assert found["mode_number_then"] < number
    assert "when that began" in why.text


def test_a_negative_root_changes_the_sign_in_every_iteration(built):
    why = evidence_of(built.run(5, [1, 3, 10], "gradient_descent", 0.99, max_iter=120))
    assert why.evidence["mode_sign_changes_every"] == why.evidence["mode_sign_changes_every_predicted"] == 1.0
    assert why.evidence["mode_factor"] == pytest.approx(0.98, rel=1e-6)
    said = "the error along curvature 10 (mode 1 of 3) changes its sign every 1.0 iterations; theory says 1.0"
    assert said in why.text


def test_a_complex_root_changes_it_by_its_angle(built):
    momentum, c = 0.99, [1, 2, 5]
    run = built.run(7, c, "momentum", 0.1, momentum, max_iter=200)
    found = evidence_of(run).evidence
    a = run._call.rule.learning_rate * c[3 - int(found["mode_number"])]
    angle = np.arccos((1 + momentum - a) / (2 * momentum**0.5))
    assert found["mode_sign_changes_every"] == pytest.approx(np.pi / angle, rel=0.02)
    assert found["mode_sign_changes_every_predicted"] == pytest.approx(np.pi / angle, rel=1e-4)
    assert np.log(found["mode_factor"]) == pytest.approx(0.5 * np.log(momentum), rel=0.02)


def test_directions_of_one_curvature_are_one_mode(built):
    found = evidence_of(built.run(2, [1, 1, 1, 1e4], "gradient_descent", 0.5, max_iter=300))
    assert (found.evidence["mode_number"], found.evidence["modes"]) == (2, 4)
    assert found.evidence["mode_share"] == pytest.approx(1.0, rel=1e-6)
    assert "(modes 2 to 4 of 4)" in found.text


def test_where_nothing_says_what_is_left_there_is_no_mode():
    runs = (
        steepest.minimize(lambda w: float(np.abs(w).sum()), [1.03, 0.3], grad=np.sign, learning_rate=0.1, max_iter=50),
        steepest.minimize(lambda w: float(w[0] ** 2 - w[1] ** 2), [1.0, 0.0], grad=lambda w: [2 * w[0], -2 * w[1]],
                          learning_rate=0.1, max_iter=50),
        steepest.minimize(lambda w: float(w @ w), np.ones(300), grad=lambda w: 2 * w, learning_rate=1e-4, max_iter=30),
    )  # fmt: skip
    for run in runs:
        assert not {name for name in evidence_of(run).evidence if name.startswith("mode")}


RULES = st.sampled_from([
    GradientDescent(0.3), GradientDescent(1.9), Momentum(0.5, 0.9), Momentum(1.5, 0.95), Nesterov(0.2, 0.9),
    Nesterov(1.1, 0.9),
])  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(rule=RULES, curvature=st.floats(0.3, 1.0), size=st.floats(1e-3, 1e3))
def test_the_motion_of_a_mode_is_its_root(rule, curvature, size):
    """A mode settled to its dominant roots: its size and, where that turns, its angle."""
    M = matrices(rule, [curvature])[0]
    roots = np.linalg.eigvals(M)
    root = roots[np.abs(roots).argmax()]
    if len(roots) > 1 and 0 < abs(np.abs(roots[0]) - np.abs(roots[1])) < 0.05:
        return  # two roots nearly as large leave no single rate
    state, e = size * np.eye(len(M))[0], []
    for _ in range(120):
        e.append(state[0])
        state = M @ state
    found = motion_of(np.array(e[60:]))
    angle = abs(np.angle(root))
    if 1e-6 < angle < np.pi / 20:
        return  # too few turns to count
    assert found.factor == pytest.approx(abs(root), rel=1e-4)
    assert found.every == (pytest.approx(np.pi / angle, rel=1e-3) if angle > 1e-6 else np.inf)


def test_few_rows_and_rounding_tell_nothing():
    assert np.isnan(motion_of(np.array([1.0, 0.5, 0.25])).factor)
    assert np.isnan(motion_of(0.5 ** np.arange(50.0), floor=0.1).factor)
    assert np.isnan(motion_of(np.append(np.ones(6), -np.ones(6))).factor)  # one change of sign has no period


def test_sentences_without_theory_and_without_rows():
    lead, unknown = Lead(2, 2, 3, 2.1e-3, 0.93, 0.99), Motion(np.nan, np.nan)
    seen, theory = Motion(0.99998, np.inf), Motion(0.99997, np.inf)
    start = "93 % of what is left lies along curvature 0.0021 (mode 2 of 3)"
    assert Mode(lead, unknown, unknown).what_is_left == start
    assert Mode(lead, seen, unknown).what_is_left == f"{start}, where an iteration leaves 0.99998 of the error"
    assert Mode(lead, unknown, theory).what_is_left.endswith("theory leaves 0.99997 of it an iteration")
    assert Mode(lead, seen, theory).what_is_left.endswith("theory says 0.99997")
    assert not Mode(lead, seen, theory).how_it_swings
    assert (factor_text(0.5), factor_text(1.0), factor_text(0.999999)) == ("0.5", "1", "0.999999")
