"""Writes torch_reference.json beside this file: trajectories of torch.optim on three problems, in double precision.

torch is in no required set, so that its trajectories are recorded here and compared with always; where torch is
installed the tests run ``trajectory`` again. To record: make a virtual environment apart from this project's, then

    python -m pip install "torch==2.13.0" numpy scikit-learn
    python tests/methods/record_torch.py

Each run has a horizon, the last step before torch itself, its gradients moved by one unit in the last place, moves by
more than 1e-12 of the largest weight: beyond it two correct programs may part. Rows are recorded up to there. It is
rules that are compared: gradients are the functions below for all, which give the same bits wherever they run.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

REFERENCE = Path(__file__).with_name("torch_reference.json")
STEPS = 1000
LEAST = 50
CURVATURES = np.array([1.0, 4.5, 21.0, 100.0])
STARTS = {"quadratic": [-4.0, 1.0, 2.5, -0.5], "rosenbrock": [-1.2, 1.0], "digits": [0.0] * 65}

SGD = [
    {"momentum": momentum, "nesterov": nesterov}
    for momentum, nesterov in ((0.0, False), (0.5, False), (0.9, False), (0.5, True), (0.9, True))
]
STEADY = {"eps": 1e-3}
"""With this epsilon steps shrink with the gradient near a minimum: at the lowest of the rates runs count to the end."""
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "SGD": SGD,
    "Adagrad": [{}, {"lr_decay": 0.01}, {"initial_accumulator_value": 0.1, "eps": 1e-6}, STEADY],
    "RMSprop": [
        {}, {"alpha": 0.9}, {"momentum": 0.9}, {"centered": True}, {"centered": True, "momentum": 0.5, "alpha": 0.95},
        STEADY, {"momentum": 0.5} | STEADY, {"centered": True} | STEADY,
    ],
    "Adadelta": [{}, {"rho": 0.95}, {"rho": 0.5, "eps": 1e-4}, STEADY],
    "Adam": [
        {}, {"betas": [0.8, 0.95]}, {"betas": [0.0, 0.99]}, STEADY, {"amsgrad": True},
        {"amsgrad": True, "betas": [0.5, 0.9]}, {"amsgrad": True} | STEADY,
    ],
    "AdamW": [{}, {"weight_decay": 0.0}, {"weight_decay": 0.3, "betas": [0.8, 0.95]}, STEADY],
    "Adamax": [{}, {"betas": [0.5, 0.9]}, {"betas": [0.95, 0.99], "eps": 1e-5}, STEADY],
    "NAdam": [{}, {"momentum_decay": 0.0}, {"momentum_decay": 0.5, "betas": [0.8, 0.99]}, STEADY],
    "RAdam": [{}, {"betas": [0.8, 0.95]}, {"betas": [0.9, 0.7]}, STEADY],
    "Rprop": [{}, {"etas": [0.3, 1.5]}, {"step_sizes": [1e-4, 0.1]}],
    "ASGD": [{}, {"lambd": 0.0}, {"lambd": 0.1, "alpha": 1.0}, {"t0": 10.0}],
}  # fmt: skip
SLOPED = {"quadratic": [0.002, 0.008, 0.012], "rosenbrock": [1e-5, 1e-4, 5e-4], "digits": [0.05]}
"""Rates of the rules whose step is as long as the gradient; RAdam's first five are."""
SCALED = {"quadratic": [0.0011, 0.021, 0.31], "rosenbrock": [0.0011, 0.011, 0.051], "digits": [0.00041, 0.0041]}
LOWER = {"quadratic": [0.00011, 0.021], "rosenbrock": [0.00011, 0.011], "digits": [0.000011, 0.00041]}
"""RMSProp swings about a minimum of curvature L unless rate L < 2 epsilon, however small its gradients."""
FACTORS = {"quadratic": [0.02, 1.0], "rosenbrock": [0.001, 0.5], "digits": [0.02, 1.0]}
RATES = {"SGD": SLOPED, "ASGD": SLOPED, "RAdam": SLOPED, "Adadelta": FACTORS, "RMSprop": LOWER}


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Least squares on the digits 0 and 1, pixels scaled to [0, 1], with an intercept: the matrix of its curvature
    (65, 65) and its slope at 0 (65,). Their sums are exact, since pixels are whole sixteenths."""
    X, y = load_digits(n_class=2, return_X_y=True)
    X = np.column_stack([np.ones(len(y)), X / 16])
    return X.T @ X / len(y), X.T @ y / len(y)


def slope(problem: str, w: np.ndarray) -> np.ndarray:
    """The gradient at w (..., n): plain sums and products in a fixed order."""
    if problem == "quadratic":
        return CURVATURES * w
    if problem == "rosenbrock":
        x, y = w[..., 0], w[..., 1]
        off = y - x * x
        return np.stack([-400 * x * off - 2 * (1 - x), 200 * off], axis=-1)
    curvature, at_0 = digits()
    return (curvature * w[..., None, :]).sum(axis=-1) - at_0


def nudged(g: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Every entry moved to the next number above or below it, as drawn; zeros stay, since they are exact."""
    return np.where(g == 0, g, np.nextafter(g, random.choice([-np.inf, np.inf], g.shape)))


def trajectory(
    problem: str, optimizer: str, options: dict[str, Any], steps: int = STEPS, seed: int | None = None
) -> np.ndarray:
    """Every row of a run of torch.optim's ``optimizer``: (steps + 1, n), row 0 the start. With a ``seed``
    every gradient is ``nudged``. ASGD's rows are its means."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)  # NAdam and ASGD keep scalars in it
    w = torch.tensor(STARTS[problem], requires_grad=True)
    method, random = getattr(torch.optim, optimizer)([w], **options), np.random.default_rng(seed)
    rows = [w.detach().numpy().copy()]
    for _ in range(steps):
        g = slope(problem, w.detach().numpy())
        w.grad = torch.tensor(g if seed is None else nudged(g, random))
        method.step()
        point = method.state[w]["ax"] if optimizer == "ASGD" else w.detach()
        rows.append(point.numpy().copy())
    return np.array(rows)


def horizon_of(path: np.ndarray, moved: list[np.ndarray]) -> int:
    """The last step before one of ``moved`` is further than 1e-12 of the largest weight so far from ``path``."""
    scale = np.maximum.accumulate(np.abs(path).max(axis=1))
    apart = np.max([np.abs(other - path).max(axis=1) for other in moved], axis=0) > 1e-12 * scale
    return max(LEAST, int(apart.argmax()) - 1 if apart.any() else len(path) - 1)


def cases() -> list[tuple[str, str, dict[str, Any]]]:
    """(problem, optimizer, options) of every recorded run."""
    return [
        (problem, optimizer, {"lr": rate, **options})
        for optimizer, settings in OPTIONS.items()
        for problem in STARTS
        for options in settings
        for rate in RATES.get(optimizer, SCALED)[problem]
    ]


def main() -> None:
    import torch

    runs = []
    for problem, optimizer, options in cases():
        path = trajectory(problem, optimizer, options)
        horizon = horizon_of(path, [trajectory(problem, optimizer, options, seed=seed) for seed in (1, 2, 3)])
        kept = {horizon} if problem == "digits" else {1, 2, 20, LEAST, horizon // 2, horizon}
        rows = {str(t): [f"{v:.17g}" for v in path[t]] for t in sorted(kept)}
        runs.append({"problem": problem, "optimizer": optimizer, "options": options, "horizon": horizon, "rows": rows})
    versions = {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    lines = ",\n".join(json.dumps(run) for run in runs)
    REFERENCE.write_text(f'{{"versions": {json.dumps(versions)},\n"runs": [\n{lines}\n]}}\n')
    print(f"{len(runs)} runs, {REFERENCE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
