"""Four shapes of a function that cost a descent its time, run: a ravine, a saddle, a plateau, several minima."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plots.basins import basins_of
from ..plots.display import Display
from ..problems import gallery
from ..verbs.minimizing import minimize
from ..verbs.run import Run

__all__ = ["Basins", "Landscapes", "Plateau", "Ravine", "RavineCount", "Saddle", "run_landscapes"]

Array = NDArray[np.float64]

CONDITION = 25.0
"""Of the ravine that is drawn: narrow enough to zigzag, wide enough to see each step."""
CONDITIONS = (10.0, 100.0, 1000.0)
GRAD_TOL = 1e-6
ROSENBROCK = "(1-x)^2 + 100*(y-x^2)^2"
SADDLE = "x^2 - y^2 + y^4/4"
OFFSETS = (1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11)
"""How far beside the ridge the runs on the saddle start."""
DRAWN_OFFSETS = (1e-1, 1e-3, 1e-5)
STUCK_OFFSET = 1e-13
SADDLE_RATE, MOMENTUM = 0.05, 0.9
PLATEAU = "1 - exp(-x^2 - y^2)"
RADII = (2.0, 2.5, 3.0, 3.5)
FAR = 4.0
PLATEAU_RATE, ADAM_RATE = 0.5, 0.1
BASIN_RATE = 0.012
SIDE = 61
"""Starts along each side of the grid over Himmelblau's function."""


@dataclass(frozen=True, eq=False)
class RavineCount:
    """Iterations until no component of the gradient is above 1e-6, on the quadratic of this ``condition``, or on
    Rosenbrock's function (None); ``expected`` is what theory says of gradient descent, where it does."""

    name: str
    condition: float | None
    descent: Run
    momentum: Run
    expected: float | None


@dataclass(frozen=True, eq=False)
class Ravine:
    """The quadratic that is drawn, its two runs, and the counts."""

    problem: Any
    descent: Run
    momentum: Run
    counts: tuple[RavineCount, ...]


@dataclass(frozen=True, eq=False)
class Saddle:
    """Runs from (1.5, offset): ``drawn[offset]`` is gradient descent, ``waits[method]`` (offsets,) the iterations until
    y is beyond 1 or -1, ``growth[method]`` the factor an iteration by which theory lets a small y grow, ``stuck`` the
    run that takes the saddle for a minimum."""

    drawn: dict[float, Run]
    waits: dict[str, NDArray[np.int64]]
    growth: dict[str, float]
    stuck: Run

    def per_decade(self, method: str) -> tuple[float, float]:
        """Further iterations for a tenth of the offset: as counted, and ln 10 / ln growth."""
        waits = self.waits[method]
        decades = math.log10(OFFSETS[1] / OFFSETS[-1])
        return float(waits[-1] - waits[1]) / decades, math.log(10) / math.log(self.growth[method])


@dataclass(frozen=True, eq=False)
class Plateau:
    """``descents[radius]``: gradient descent from so far out, ``expected[radius]`` its iterations by the gradient flow;
    ``others[method]`` from the farthest of them; ``unmoved`` started where the gradient is below the tolerance."""

    descents: dict[float, Run]
    expected: dict[float, float]
    others: dict[str, Run]
    unmoved: Run


@dataclass(frozen=True, eq=False)
class Basins:
    """Himmelblau's function from ``SIDE`` x ``SIDE`` starts: the view of each method's runs, its data counted."""

    views: dict[str, Display]


@dataclass(frozen=True, eq=False)
class Landscapes:
    ravine: Ravine
    saddle: Saddle
    plateau: Plateau
    basins: Basins


def run_landscapes(say: Callable[[str], Any]) -> Landscapes:
    """All runs; ``say`` is told what is being run. About five seconds, most of them for the basins."""
    say("a ravine, a saddle, a plateau")
    ravine, saddle, plateau = run_ravine(), run_saddle(), run_plateau()
    say(f"the basins of Himmelblau's function: two times {SIDE * SIDE:,} starts")
    return Landscapes(ravine, saddle, plateau, run_basins())


def best_constants(condition: float) -> tuple[float, dict[str, Any]]:
    """The best constant rate of gradient descent, and the best rate and momentum of the heavy ball, on a quadratic of
    curvatures 1 to ``condition``.

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964."""
    root = math.sqrt(condition)
    heavy = {"learning_rate": (2 / (root + 1)) ** 2, "momentum": ((root - 1) / (root + 1)) ** 2}
    return 2 / (condition + 1), heavy


def on_quadratic(condition: float) -> tuple[Any, Run, Run]:
    """The quadratic, and gradient descent and the heavy ball on it, each at its best constants."""
    problem = gallery.find("ill_conditioned_quadratic")(condition=condition)
    rate, heavy = best_constants(condition)
    descent = minimize(problem, None, "gradient_descent", learning_rate=rate, max_iter=100_000, progress=False)
    return problem, descent, minimize(problem, None, "momentum", max_iter=100_000, progress=False, **heavy)


def run_ravine() -> Ravine:
    counts = []
    for condition in CONDITIONS:
        problem, descent, momentum = on_quadratic(condition)
        # At this rate every component shrinks by the same factor, the steep one with a change of sign.
        first = float(np.abs(problem.gradient(descent.w0)).max())
        expected = math.log(first / GRAD_TOL) / math.log((condition + 1) / (condition - 1))
        counts.append(RavineCount("quadratic", condition, descent, momentum, expected))
    start = [-1.2, 1.0]
    runs = [
        minimize(ROSENBROCK, start, method, max_iter=100_000, record="none", progress=False)
        for method in ("gradient_descent", "momentum")
    ]  # fmt: skip
    counts.append(RavineCount("Rosenbrock's", None, runs[0], runs[1], None))
    return Ravine(*on_quadratic(CONDITION), tuple(counts))


def run_saddle() -> Saddle:
    methods: dict[str, dict[str, Any]] = {
        "gradient_descent": {"learning_rate": SADDLE_RATE},
        "momentum": {"learning_rate": SADDLE_RATE, "momentum": MOMENTUM},
    }
    waits, growth, drawn = {}, {}, {}
    for method, fields in methods.items():
        found = []
        for offset in OFFSETS:
            run = minimize(SADDLE, [1.5, offset], method, grad_tol=None, max_iter=400, progress=False, **fields)
            found.append(int(np.argmax(np.abs(weights(run)[:, 1]) > 1)))
            if method == "gradient_descent" and offset in DRAWN_OFFSETS:
                drawn[offset] = run
        waits[method] = np.array(found)
        # A small y with curvature -2: y + m (y - last y) + 2 rate y, whose growth is the larger root of a quadratic.
        m = fields.get("momentum", 0.0)
        total = 1 + m + 2 * SADDLE_RATE
        growth[method] = (total + math.sqrt(total * total - 4 * m)) / 2
    stuck = minimize(SADDLE, [1.5, STUCK_OFFSET], "gradient_descent", learning_rate=SADDLE_RATE, progress=False)
    return Saddle(drawn, waits, growth, stuck)


def run_plateau() -> Plateau:
    from scipy.special import expi

    def descend(radius: float, method: str = "gradient_descent", **fields: float) -> Run:
        settings: dict[str, Any] = {"learning_rate": PLATEAU_RATE, **fields}
        return minimize(PLATEAU, [0.8 * radius, 0.6 * radius], method, max_iter=20_000, progress=False, **settings)

    # dr/dt = -2 r exp(-r^2) has t = (Ei(start^2) - Ei(end^2)) / 4; the plateau ends about r = 1, where f is steepest.
    expected = {r: float(expi(r * r) - expi(1.0)) / 4 / PLATEAU_RATE for r in RADII}
    others = {"momentum": descend(RADII[-1], "momentum", momentum=MOMENTUM),
              "adam": descend(RADII[-1], "adam", learning_rate=ADAM_RATE)}  # fmt: skip
    return Plateau({r: descend(r) for r in RADII}, expected, others, descend(FAR))


def run_basins() -> Basins:
    problem = gallery.find("himmelblau")()
    line = np.linspace(-5.0, 5.0, SIDE)
    views = {}
    methods: dict[str, dict[str, Any]] = {"gradient_descent": {}, "momentum": {"momentum": MOMENTUM}}
    for method, fields in methods.items():
        runs = [
            minimize(
                problem, [x, y], method, learning_rate=BASIN_RATE, grad_tol=1e-3, max_iter=2_000, record="none",
                progress=False, **fields,
            )
            for y in line for x in line
        ]  # fmt: skip
        views[method] = basins_of(problem, runs, title=method.replace("_", " ").capitalize())
    return Basins(views)


def weights(run: Run) -> Array:
    assert run.history.w is not None
    return run.history.w


def values(run: Run) -> Array:
    assert run.history.f is not None
    return run.history.f
