"""``sweep``: a thousand runs over learning rate and momentum against who else makes them at once, and how the time
grows with their number."""

from collections.abc import Iterator

import numpy as np

import steepest

from ..digits import load
from ..harness import FASTER, SHARE, Row, agree, installed, not_installed, paired, seconds_of
from ..peers_sweeps import least_squares_loop, rosenbrock_paths, sgd_processes, sgd_vmapped

EPOCHS, PROCESSES = 20, 2
STEPS = 1_000
CELLS, ITERATIONS, LOOPED, COLUMNS = 10_000, 10_000, 10, 20
START = np.array([-1.2, 1.0])


def axes(runs: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Learning rates and momenta whose product is so many runs."""
    momenta = np.linspace(0.0, 0.9, max(1, int(np.sqrt(runs / 2.5))))
    return np.geomspace(low, high, -(-runs // len(momenta))), momenta


def pairs_of(rates: np.ndarray, momenta: np.ndarray) -> list[np.ndarray]:
    """Both of every run, in a sweep's order: the last axis fastest."""
    return [each.ravel() for each in np.meshgrid(rates, momenta, indexing="ij")]


def rows(quick: bool) -> Iterator[Row]:
    yield from digits(quick)
    yield from paths(quick)
    yield from gallery(quick)
    yield least_squares(quick)


def digits(quick: bool) -> Iterator[Row]:
    data = load()
    count = 7 if not quick else 2

    def ours(runs: int, sampling: str = "shuffle"):
        rates, momenta = axes(runs, 1e-7, 3e-6)
        return steepest.sweep(
            data.model, data.w0, "momentum", learning_rate=rates, momentum=momenta, batch_size=1, max_iter=EPOCHS,
            sampling=sampling, progress=False,
        )  # fmt: skip

    what = f"runs over learning rate and momentum, one example at a time, digits 288 x 65, {EPOCHS} epochs"
    runs = 40 if quick else 1000
    if installed("jax"):
        given = pairs_of(*axes(runs, 1e-7, 3e-6))
        w, _ = sgd_vmapped(data.X, data.y, EPOCHS, shuffle=False)(*given)
        found = ours(runs, "sequential")
        agree([found[k].w for k in range(len(found))], w)
        peer = sgd_vmapped(data.X, data.y, EPOCHS)
        timed = paired(seconds_of(lambda: ours(runs)), seconds_of(lambda: peer(*given)), count)
        yield Row(f"{runs:,} {what}", "a vmapped scan of JAX", timed, FASTER, None if quick else 1.5,
                  note="f of every epoch on both sides, ours also keeps w; JAX compiled before")  # fmt: skip
    else:
        yield not_installed(what, "a vmapped scan of JAX", "jax")
    processes, rates = sgd_processes(data.X, data.y, EPOCHS, PROCESSES), np.geomspace(1e-7, 3e-6, runs)
    timed = paired(seconds_of(lambda: ours(runs)), seconds_of(lambda: processes(rates)), min(count, 5))
    yield Row(f"{runs:,} {what}", f"SGDRegressor in {PROCESSES} processes of joblib", timed, FASTER,
              None if quick else 4.0, note="scikit-learn has no momentum and records nothing")  # fmt: skip
    one = seconds_of(lambda: ours(1))
    for several in (10, 100, 1000) if not quick else (10,):
        timed = paired(seconds_of(lambda several=several: ours(several)), one, count)
        yield Row(f"{several:,} runs of the same", "a sweep of one run", timed, SHARE)


def paths(quick: bool) -> Iterator[Row]:
    runs = 40 if quick else 1000
    what = f"{runs:,} Rosenbrock paths of {STEPS:,} steps"
    if not installed("jax"):
        yield not_installed(what, "a vmapped scan of JAX", "jax")
        return

    def rosenbrock(w):
        return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2

    rates, momenta = axes(runs, 1e-5, 5e-4)
    given, peer = pairs_of(rates, momenta), rosenbrock_paths(STEPS)

    def ours(**more):
        return steepest.sweep(
            rosenbrock, START, "momentum", learning_rate=rates, momentum=momenta, max_iter=STEPS, grad_tol=None,
            progress=False, **more,
        )  # fmt: skip

    found, (w, _) = ours(), peer(START, *given)
    agree([found[k].w for k in range(len(found))], w[:, -1])
    like = seconds_of(lambda: ours(record=("w", "f")))
    peer_seconds, count = seconds_of(lambda: peer(START, *given)), 3 if quick else 15
    yield Row(f"{what}, w and f of each row", "a vmapped scan of JAX", paired(like, peer_seconds, count), SHARE,
              None if quick else 1.3, note="the whole call of sweep, which also judges each row")  # fmt: skip
    yield Row(f"{what}, the defaults", "a vmapped scan of JAX", paired(seconds_of(ours), peer_seconds, count), SHARE,
              note="ours also takes and keeps the norm of each gradient, the peer does not")  # fmt: skip


def gallery(quick: bool) -> Iterator[Row]:
    """engine="auto" against the plain loop that it leaves."""
    rates, momenta, most = np.geomspace(1e-5, 1e-1, 120), np.linspace(0.0, 0.9, 40), 20 if quick else 300
    for n, how in ((2, "single numbers"), (20, "arrays")):
        what = f"{len(rates) * len(momenta):,} runs of up to {most} iterations on rosenbrock, {n} variables"
        if not installed("jax"):
            yield not_installed(what, "the plain loop", "jax")
            continue
        problem = steepest.gallery.find("rosenbrock")(n=n)

        def ours(engine: str = "auto", problem=problem):
            return steepest.sweep(
                problem, learning_rate=rates, momentum=momenta, max_iter=most, engine=engine, record="none",
                progress=False,
            )  # fmt: skip

        found, plain = ours(), ours("python")
        stable = np.repeat(rates <= 1e-3, len(momenta))  # the curvature at the start is about 1,500
        agree(found.results.f[stable], plain.results.f[stable], 1e-6)
        timed = paired(seconds_of(ours), seconds_of(lambda ours=ours: ours("python")), 2 if quick else 3)
        yield Row(what, f"the plain loop on {how}", timed, FASTER, None if quick else 2.0,
                  note=f'engine="auto" took {", ".join(found.results.engines())}; JAX compiled before')  # fmt: skip


def least_squares(quick: bool) -> Row:
    count, cells, iterations = (20_000, 100, 500) if quick else (200_000, CELLS, ITERATIONS)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS)) * np.geomspace(1, 0.1, COLUMNS)
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(count)
    model = steepest.LinearModel(X, y, fit_intercept=False)
    rates, momenta = axes(cells, 1e-3, 2.0)

    def ours():
        return steepest.sweep(
            model, np.zeros(COLUMNS), "momentum", learning_rate=rates, momentum=momenta, max_iter=iterations,
            grad_tol=None, engine="quadratic", record="none", progress=False,
        )  # fmt: skip

    def loop():
        least_squares_loop(X, y, 0.1, 0.5, LOOPED)

    found = steepest.minimize(
        model, np.zeros(COLUMNS), "momentum", learning_rate=0.1, momentum=0.5, max_iter=LOOPED, grad_tol=None,
        engine="quadratic",
    )  # fmt: skip
    agree(found.w, least_squares_loop(X, y, 0.1, 0.5, LOOPED), 1e-8)
    done = int(ours().table["nit"].sum())
    return Row(
        f"a least-squares map of {cells:,} cells, {iterations:,} iterations, {count:,} x {COLUMNS}",
        "the loop over all cells", paired(seconds_of(ours), seconds_of(loop, LOOPED / done), 1 if quick else 3), FASTER,
        None if quick else 1000.0,
        note=f"the loop's seconds are those of {LOOPED} steps times the {done:,} that the cells took until they ended",
    )  # fmt: skip
