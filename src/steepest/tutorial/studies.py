"""Runs the article's study, its twenty runs, and the studies that go on from there. Data only; nothing is drawn."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.box import Box
from ..problems.datasets.handwritten import Split, digits
from ..problems.function import Function
from ..problems.linear_model import LinearModel
from ..problems.problem import Minimum
from ..verbs.minimizing import minimize
from ..verbs.run import Run
from .advice import Advice, advice_on
from .article import LEARNING_RATES, MOMENTA, RATE, SIZE
from .batch_sizes import BatchSizes, run_batch_sizes
from .costs import Costs, measure_costs
from .faults import Faults, find_faults
from .hazards import Hazards, run_hazards
from .landscapes import Landscapes, run_landscapes
from .maps import Maps, run_maps
from .ten_digits import TenDigits, run_ten_digits
from .theory import Theory, work_out
from .training import Inside, Learnt, inside_an_epoch, what_was_learnt

__all__ = ["Study", "TutorialRun", "run_all", "versions"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TutorialRun:
    """One of the twenty runs. ``study`` is "grid", "first" or "versus"; errors are counts, None on the bowl."""

    study: str
    kind: str
    run: Run
    train_errors: int | None = None
    test_errors: int | None = None

    @property
    def learning_rate(self) -> float:
        return float(self.run.record.setup["method"]["learning_rate"])

    @property
    def momentum(self) -> float:
        return float(self.run.record.setup["method"]["momentum"])

    @property
    def f(self) -> Array:
        """f at every row, the start first."""
        assert self.run.history.f is not None
        return self.run.history.f

    @property
    def w(self) -> Array:
        """The weights at every row, (rows, n)."""
        assert self.run.history.w is not None
        return self.run.history.w

    @property
    def rows(self) -> int:
        return len(self.run.history)


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that was run. ``bowl`` is w1^2 + w2^2; ``model`` half the sum of squares on the digits 0 and 1."""

    bowl: Function
    split: Split
    model: LinearModel
    first_images: Array
    first_labels: tuple[int, ...]
    runs: tuple[TutorialRun, ...]
    faults: Faults
    theory: Theory
    inside: Inside
    learnt: Learnt
    landscapes: Landscapes
    ten: TenDigits
    maps: Maps
    batch_sizes: BatchSizes
    hazards: Hazards
    advice: tuple[Advice, ...]
    costs: Costs
    versions: dict[str, str]

    def find(self, study: str, kind: str, momentum: float, learning_rate: float = RATE) -> TutorialRun:
        """The run of a study with these hyper-parameters."""
        wanted = (study, kind, momentum, learning_rate)
        return next(r for r in self.runs if (r.study, r.kind, r.momentum, r.learning_rate) == wanted)


def bowl() -> Function:
    """``w1^2 + w2^2`` in the article's window, -10 to 10."""
    return Function(
        lambda w: (w * w).sum(), lambda w: 2.0 * w, 2, name="w1^2 + w2^2",
        minimum=Minimum(0.0, np.zeros((1, 2))), box=Box([-10.0, -10.0], [10.0, 10.0]), formula="w1^2 + w2^2",
    )  # fmt: skip


def small_start(seed: int, n: int) -> Array:
    """The article's start on the digits: uniform within 1e-6 of zero."""
    return np.asarray(np.random.RandomState(seed).uniform(-1, 1, n) * SIZE)


def grid_runs(problem: Function) -> list[TutorialRun]:
    """Five iterations at each learning rate and momentum, from the article's start."""
    w0 = np.random.RandomState(19).uniform(-10, 10, 2)
    return [
        TutorialRun("grid", "batch", minimize(
            problem, w0, learning_rate=rate, momentum=momentum, max_iter=5, grad_tol=None, record="all", progress=False,
        ))
        for momentum in MOMENTA for rate in LEARNING_RATES
    ]  # fmt: skip


def wrong(w: Array, X: Array, y: Array) -> int:
    """How many rows fall on the wrong side of an output of 0.5."""
    return int(((X @ w > 0.5) != (y > 0.5)).sum())


def digit_runs(model: LinearModel, split: Split) -> list[TutorialRun]:
    """The article's batch and stochastic runs: first at momentum 0.7, then one against the other at three momenta."""
    plans: list[tuple[str, int, float, float]] = [("first", 19, 0.7, 0.1)]
    plans += [("versus", 11, momentum, 0.01) for momentum in MOMENTA]
    runs = []
    for study, seed, momentum, threshold in plans:
        for kind, batch in (("batch", None), ("stochastic", 1)):
            run = minimize(
                model, small_start(seed, model.n), learning_rate=RATE, momentum=momentum, f_tol=threshold,
                max_iter=100, batch_size=batch, sampling="tutorial", record="all", progress=False,
            )  # fmt: skip
            errors = wrong(run.w, split.X_train, split.y_train), wrong(run.w, split.X_test, split.y_test)
            runs.append(TutorialRun(study, kind, run, *errors))
    return runs


def run_all(say: Callable[[str], Any]) -> Study:
    """Runs every study; ``say`` is told what is being run."""
    from sklearn.datasets import load_digits

    split = digits((0, 1), bias=True)
    model = LinearModel(split.X_train, split.y_train, reduction="sum", fit_intercept=False)
    pixels, labels = load_digits(n_class=2, return_X_y=True)
    say("compiling the kernels that are not yet in the cache")
    for batch in (None, 1):
        minimize(model, batch_size=batch, sampling="tutorial", learning_rate=RATE, max_iter=1, progress=False)
    say(f"{len(LEARNING_RATES) * len(MOMENTA)} runs on w1^2 + w2^2, 8 on the digits 0 and 1")
    on_bowl = bowl()
    runs = (*grid_runs(on_bowl), *digit_runs(model, split))
    start = small_start(11, model.n)
    landscapes = run_landscapes(say)
    ten = run_ten_digits(say)
    say("theory beside measurement: curvatures, stability limits, forecasts")
    theory = work_out(model, small_start(19, model.n), start)
    maps = run_maps(model, runs[0].run.w0, start, theory.L, say)
    sizes = run_batch_sizes(model, start, say)
    hazards = run_hazards(on_bowl, runs[0].run.w0, say)
    say("inside an epoch; what was learnt")
    inside = inside_an_epoch(model, start)
    learnt = what_was_learnt(model, split, {(r.study, r.kind, r.momentum): r.w for r in runs if r.study != "grid"})
    say("timing an epoch against an iteration, and the record against its length")
    costs = measure_costs(model, on_bowl, start)
    faults = find_faults(on_bowl, model, runs[0].run.w0, small_start(19, model.n), start)
    return Study(
        on_bowl, split, model, pixels[:10].reshape(-1, 8, 8), tuple(int(label) for label in labels[:10]), runs,
        faults, theory, inside, learnt, landscapes, ten, maps, sizes, hazards, advice_on(maps, sizes), costs,
        versions(),
    )  # fmt: skip


def versions() -> dict[str, str]:
    """Of everything a number here may depend on."""
    import matplotlib
    import numba
    import scipy
    import sklearn

    from .. import __version__

    return {
        "steepest": __version__, "python": platform.python_version(), "numpy": np.__version__,
        "scipy": scipy.__version__, "sklearn": sklearn.__version__, "numba": numba.__version__,
        "matplotlib": matplotlib.__version__, "system": f"{platform.system()} {platform.machine()}",
    }  # fmt: skip
