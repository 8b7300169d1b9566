"""Writes adafactor_reference.json beside this file: trajectories of torch.optim.Adafactor in double precision.

Three problems, of which one is a matrix and one is taken both ways. Each run is recorded up to its horizon, the first
step at which the reference itself, its gradients perturbed by one ulp, has moved by 1e-12 max|w| (but 50 steps at
least). Where torch is installed the tests run ``trajectory`` again. To record, in a virtual environment apart from this
project's:

    python -m pip install "torch==2.13.0" numpy
    python tests/methods/record_adafactor.py
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

REFERENCE = Path(__file__).with_name("adafactor_reference.json")
STEPS, LEAST = 1000, 50
ROWS = (1, 2, 3, 10, 50, 100, 300, STEPS)
SETTINGS: list[dict[str, Any]] = [
    {}, {"beta2_decay": -0.5}, {"d": 2.0}, {"weight_decay": 0.1}, {"eps": [None, 0.5]}, {"eps": [1e-3, 1e-3]},
]  # fmt: skip
RATES = (0.003, 0.01, 0.3)
QUADRATIC, ROSENBROCK = [-4.0, 1.0, 2.5, -0.5], [-1.2, 1.0]
PROBLEMS: dict[str, Any] = {
    "quadratic": QUADRATIC, "quadratic_matrix": [QUADRATIC[:2], QUADRATIC[2:]], "rosenbrock": ROSENBROCK,
    "regression": [[0.0] * 3] * 2,
}  # fmt: skip
CURVATURES = np.geomspace(1.0, 100.0, 4)
X = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1], [1.5, 0.2]])
Y = np.array([[0.4, -1.0, 2.0], [1.1, 0.3, -0.6], [-0.9, 0.8, 0.1], [0.2, -0.7, 1.3]])
"""The regression is 1/2 |X W - Y|^2 over W (2, 3)."""


def gradient(problem: str, w: np.ndarray) -> np.ndarray:
    """By hand, of an array shaped like the start."""
    if problem.startswith("quadratic"):
        return CURVATURES.reshape(w.shape) * w
    if problem == "rosenbrock":
        return np.array([-400 * w[0] * (w[1] - w[0] ** 2) - 2 * (1 - w[0]), 200 * (w[1] - w[0] ** 2)])
    return X.T @ (X @ w - Y)


def trajectory(problem: str, options: dict[str, Any], ulps: np.random.Generator | None = None) -> np.ndarray:
    """Every row of a run: (STEPS + 1, n); with ``ulps`` each component of each gradient is moved by one, up or down."""
    import torch

    torch.set_num_threads(1)
    w = torch.tensor(PROBLEMS[problem], dtype=torch.float64)
    method = torch.optim.Adafactor([w], **options)
    rows = [w.numpy().ravel().copy()]
    for _ in range(STEPS):
        g = gradient(problem, w.numpy())
        if ulps is not None:
            g = np.nextafter(g, np.where(ulps.random(g.shape) < 0.5, -np.inf, np.inf))
        w.grad = torch.tensor(g)
        method.step()
        rows.append(w.numpy().ravel().copy())
    return np.array(rows)


def horizon(problem: str, options: dict[str, Any], path: np.ndarray) -> int:
    """The last step before a perturbed run leaves the path by 1e-12 max|w|; STEPS where none does."""
    moved = [np.abs(trajectory(problem, options, np.random.default_rng(seed)) - path).max(axis=1) for seed in range(2)]
    gone = np.flatnonzero(np.max(moved, axis=0) > 1e-12 * np.abs(path).max())
    return int(gone[0]) - 1 if gone.size else STEPS


def cases() -> list[tuple[str, dict[str, Any]]]:
    """(problem, options) of every recorded run."""
    return [(problem, {"lr": rate, **options}) for problem in PROBLEMS for options in SETTINGS for rate in RATES]


def main() -> None:
    import torch

    runs = []
    for problem, options in cases():
        path = trajectory(problem, options)
        last = horizon(problem, options, path)
        end = max(last, LEAST)
        kept = sorted({t for t in ROWS if t < end} | {end})
        rows = {str(t): [f"{v:.17g}" for v in path[t]] for t in kept}
        runs.append({"problem": problem, "options": options, "horizon": last, "rows": rows})
    versions = {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    lines = ",\n".join(json.dumps(run) for run in runs)
    REFERENCE.write_text(f'{{"versions": {json.dumps(versions)},\n"runs": [\n{lines}\n]}}\n')
    print(f"{len(runs)} runs, {REFERENCE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
