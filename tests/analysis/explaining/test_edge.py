"""A small tanh network on digits, trained by full-batch gradient descent: at the edge of stability at one learning
rate, and not at a third of it."""

import numpy as np
import pytest

import steepest

jnp = pytest.importorskip("jax.numpy")
RATE = 0.15


def trained(rate, rows=200, hidden=20, iterations=1000):
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X, wanted = X[:rows] / 16, np.eye(10)[y[:rows]]
    rng = np.random.default_rng(0)
    start = {
        "W": rng.standard_normal((64, hidden)) / 8, "b": np.zeros(hidden),
        "V": rng.standard_normal((hidden, 10)) / hidden**0.5, "c": np.zeros(10),
    }  # fmt: skip

    def loss(p):
        out = jnp.tanh(X @ p["W"] + p["b"]) @ p["V"] + p["c"]
        return 0.5 * ((out - wanted) ** 2).sum(axis=1).mean()

    return steepest.minimize(loss, start, "gradient_descent", learning_rate=rate, max_iter=iterations, grad_tol=None)


def largest(run):
    """The largest curvature at the end, by the power method on differences of gradients."""
    v, h = np.random.default_rng(1).standard_normal(run.w0.size), 1e-5
    for _ in range(60):
        v = h * v / np.linalg.norm(v)
        v = (run.problem.gradient(run.record.w + v) - run.problem.gradient(run.record.w - v)) / (2 * h)
    return float(np.linalg.norm(v))


def test_a_network_is_found_at_the_edge_of_stability_and_at_a_third_of_the_rate_it_is_not():
    run = trained(RATE)
    why = run.explain()
    assert (why.verdict, why.confidence) == ("at the edge of stability", "clear")
    assert 0.93 <= why.evidence["sharpness_part_of_limit"] <= 1.07
    assert why.evidence["largest_curvature"] == pytest.approx(largest(run), rel=0.02)
    slower = trained(RATE / 3).explain()
    assert slower.verdict != "at the edge of stability"
    assert "at the edge of stability" not in slower.others
    assert slower.evidence["part_of_limit"] < 0.93
