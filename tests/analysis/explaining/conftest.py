"""Builds runs of known cause, and judges what is said of them."""

from types import SimpleNamespace

import numpy as np
import pytest

import steepest

LIMITS = {
    "gradient_descent": lambda b: 2.0,
    "momentum": lambda b: 2 * (1 + b),
    "nesterov": lambda b: (2 + 2 * b) / (1 + 2 * b),
}
SHARE = 0.95


def quadratic(rng, curvatures):
    """f, its gradient, and a start one unit away from the minimum along every eigenvector."""
    c = np.asarray(curvatures, dtype=float)
    Q = np.linalg.qr(rng.standard_normal((c.size, c.size)))[0]
    A, least = Q @ np.diag(c) @ Q.T, rng.standard_normal(c.size)
    start = least + Q @ rng.choice([-1.0, 1.0], c.size)
    return (lambda w: 0.5 * float((w - least) @ A @ (w - least))), (lambda w: A @ (w - least)), start


def run(seed, curvatures, method, part, momentum=0.9, **options):
    """A quadratic at a part of its stability limit."""
    f, g, start = quadratic(np.random.default_rng(seed), curvatures)
    rate = part * LIMITS[method](momentum) / max(curvatures)
    more = {} if method == "gradient_descent" else {"momentum": momentum}
    return steepest.minimize(f, start, method, grad=g, learning_rate=rate, **more, **{"grad_tol": None, **options})


def digits():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    kept = y < 2
    return X[kept][:288], y[kept][:288].astype(float)


def network(seed, share, rows=40, hidden=12, iterations=1500):
    """A network of one hidden layer on a cubic, in NumPy with its own gradient, at ``share`` of a rate at which it
    comes to the edge."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, rows)[:, None]
    t = (4 * x**3 - 3 * x)[:, 0]
    w0 = np.concatenate([rng.standard_normal(2 * hidden), rng.standard_normal(hidden) / hidden**0.5, [0.0]])

    def parts(w):
        a = np.tanh(x * w[:hidden] + w[hidden : 2 * hidden])
        out = a @ w[2 * hidden : 3 * hidden] + w[-1]
        return a, out - t, 1 - a**2

    def f(w):
        return float(0.5 * (parts(w)[1] ** 2).mean())

    def g(w):
        a, r, d = parts(w)
        back = (r[:, None] * w[2 * hidden : 3 * hidden]) * d / rows
        return np.concatenate([(back * x).sum(axis=0), back.sum(axis=0), a.T @ r / rows, [r.mean()]])

    return steepest.minimize(
        f, w0, "gradient_descent", grad=g, learning_rate=share * 0.5, max_iter=iterations, grad_tol=None
    )


@pytest.fixture(scope="session")
def built():
    return SimpleNamespace(quadratic=quadratic, run=run, digits=digits, network=network)


def again(run, advice):
    """As many iterations from the same start, with the advice taken."""
    setup = run.record.setup
    return steepest.minimize(
        run.problem, run.w0, run._call.rule, batch_size=setup["batch_size"], sampling=setup["sampling"],
        seed=setup["seed"], max_iter=max(run.nit, 1), grad_tol=setup["grad_tol"], maximize=setup["maximize"], **advice,
    )  # fmt: skip


@pytest.fixture
def judged():
    """``judged(cases)``: each (name, verdict, make[, others]) is run and explained. At least 95 % are to be named
    right, none of the rest with confidence; and at least 95 % of the advice is to lower f at equal gradients."""

    def judge(cases):
        wrong, sure, advice, bad, seen = [], [], 0, [], 0
        for name, wanted, make, *others in cases:
            found = make()
            why = found.explain(others=others[0]() if others else None)
            seen += 1
            if why.verdict != wanted:
                wrong.append(f"{name}: {why}")
                sure += [name] if why.confidence == "clear" else []
            assert why.sentences
            assert 0 <= why.began <= found.nit
            if why.advice:
                advice += 1
                tried = again(found, why.advice)
                lower = not tried.failed and found.record.sign * (tried.f - found.f) < 0
                bad += [] if lower else [f"{name}: {why.advice}, f {found.f} -> {tried.f}"]
        assert len(wrong) <= (1 - SHARE) * seen, "\n".join(wrong)
        assert not sure
        assert len(bad) <= (1 - SHARE) * advice, "\n".join(bad)

    return judge
