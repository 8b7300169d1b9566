"""Writes torch_reference.json beside this file: trajectories of torch.optim on three problems, in double precision.

torch is in no required set, so that its trajectories are recorded here and compared with always; where torch is
installed the tests run ``trajectory`` again. To record: make a virtual environment apart from this project's, then

    python -m pip install "torch==2.13.0" numpy scikit-learn
    python tests/methods/record_torch.py
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

REFERENCE = Path(__file__).with_name("torch_reference.json")
STEPS = 200
CONDITION = 100.0

SGD = [
    {"momentum": momentum, "nesterov": nesterov}
    for momentum, nesterov in ((0.0, False), (0.5, False), (0.9, False), (0.5, True), (0.9, True))
]
ADAM = [{"betas": [0.9, 0.999]}, {"betas": [0.8, 0.95]}]
PROBLEMS: dict[str, dict[str, Any]] = {
    "quadratic": {
        "w0": [-4.0, 1.0, 2.5, -0.5], "SGD": (SGD, [0.002, 0.008, 0.012]), "Adam": (ADAM, [0.001, 0.02, 0.3]),
        "rows": [1, 2, 20, STEPS],
    },
    "rosenbrock": {
        "w0": [-1.2, 1.0], "SGD": (SGD, [1e-5, 1e-4, 5e-4]), "Adam": (ADAM, [0.001, 0.01, 0.05]),
        "rows": [1, 2, 20, STEPS],
    },
    "digits": {
        "w0": [0.0] * 65, "SGD": ([SGD[0], SGD[2], SGD[4]], [0.05]), "Adam": (ADAM[:1], [0.002, 0.02]),
        "rows": [1, STEPS],
    },
}  # fmt: skip


def digits() -> tuple[np.ndarray, np.ndarray]:
    """The digits 0 and 1, pixels scaled to [0, 1]: X (360, 64), y (360,)."""
    X, y = load_digits(n_class=2, return_X_y=True)
    return X / 16, y.astype(float)


def objective(problem: str) -> Any:
    """The problem written with torch's functions; torch differentiates it."""
    import torch

    if problem == "quadratic":
        curvatures = torch.tensor(np.geomspace(1.0, CONDITION, 4))
        return lambda w: 0.5 * (curvatures * w * w).sum()
    if problem == "rosenbrock":
        return lambda w: 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
    X, y = (torch.tensor(part) for part in digits())
    return lambda w: 0.5 * ((X @ w[1:] + w[0] - y) ** 2).mean()


def trajectory(problem: str, optimizer: str, options: dict[str, Any], steps: int = STEPS) -> np.ndarray:
    """Every row of a run of torch.optim's ``optimizer``: (steps + 1, n), row 0 the start."""
    import torch

    torch.set_num_threads(1)
    w = torch.tensor(PROBLEMS[problem]["w0"], dtype=torch.float64, requires_grad=True)
    f, method = objective(problem), getattr(torch.optim, optimizer)([w], **options)
    rows = [w.detach().numpy().copy()]
    for _ in range(steps):
        method.zero_grad()
        f(w).backward()
        method.step()
        rows.append(w.detach().numpy().copy())
    return np.array(rows)


def cases() -> list[tuple[str, str, dict[str, Any]]]:
    """(problem, optimizer, options) of every recorded run."""
    return [
        (problem, optimizer, {"lr": rate, **options})
        for problem, about in PROBLEMS.items()
        for optimizer in ("SGD", "Adam")
        for options in about[optimizer][0]
        for rate in about[optimizer][1]
    ]


def main() -> None:
    import torch

    runs = []
    for problem, optimizer, options in cases():
        path = trajectory(problem, optimizer, options)
        rows = {str(t): [f"{v:.17g}" for v in path[t]] for t in PROBLEMS[problem]["rows"]}
        runs.append({"problem": problem, "optimizer": optimizer, "options": options, "rows": rows})
    versions = {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    lines = ",\n".join(json.dumps(run) for run in runs)
    REFERENCE.write_text(f'{{"versions": {json.dumps(versions)},\n"runs": [\n{lines}\n]}}\n')
    print(f"{len(runs)} runs, {REFERENCE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
