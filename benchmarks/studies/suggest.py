"""``python -m benchmarks.studies.suggest [--part K/N] [--only NAME] [--sweeps]``: what ``steepest.suggest`` gives on 40
problems against a sweep of 20 learning rates by 20 momenta: a table on the terminal and suggest.json in
benchmarks/results/.

Parts can be run one by one; the table then shows all that were. Sweeps take most of the time and do not depend on
``suggest``: they are kept in suggest_sweeps.json, and ``--sweeps`` makes no more than these."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import steepest

RESULTS = Path(__file__).parents[1] / "results"
FUNCTIONS = (
    "rosenbrock", "beale", "booth", "branin", "camel_six_hump", "camel_three_hump", "dixon_price", "goldstein_price",
    "himmelblau", "matyas", "styblinski_tang", "three_exponentials", "zakharov", "wood", "powell_singular", "cube",
    "hartmann_3", "hartmann_6", "rastrigin", "levy", "griewank", "double_well", "easom",
)  # fmt: skip
CONDITIONS = (1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6)
QUADRATIC = 20
"""Variables of the quadratics."""
LOSSES = {
    "digits 0/1": ("squared_error", "log_loss", "squared_hinge"),
    "breast cancer": ("squared_error", "log_loss", "modified_huber"),
    "diabetes": ("squared_error", "huber"),
    "wine": ("squared_error", "multinomial_log_loss"),
}
ON_NUMBERS = ("squared_error", "huber")
RATES, MOMENTA = np.geomspace(1e-2, 1e2, 20), 1 - np.geomspace(1, 1e-2, 20)
"""The sweep's rates as multiples of the automatic one, and its momenta."""
MAX_ITER, GAP, BASIN = 10_000, 1e-6, 1e-4


def data_set(name: str) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """X with columns of mean 0 and deviation 1, and the targets."""
    from sklearn import datasets

    load = {"digits 0/1": datasets.load_digits, "breast cancer": datasets.load_breast_cancer,
            "diabetes": datasets.load_diabetes, "wine": datasets.load_wine}[name]  # fmt: skip
    X, y = load(return_X_y=True)
    if name == "digits 0/1":
        X, y = X[y < 2], y[y < 2]
    if name == "diabetes":
        y = (y - y.mean()) / y.std()
    deviation = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0), y


def quadratic(condition: float) -> tuple[Any, NDArray[np.float64], Any]:
    rng = np.random.default_rng(round(np.log10(condition)))
    Q = np.linalg.qr(rng.standard_normal((QUADRATIC, QUADRATIC)))[0]
    A = (Q * np.geomspace(1, condition, QUADRATIC)) @ Q.T
    return lambda w: 0.5 * float(w @ (A @ w)), rng.standard_normal(QUADRATIC), lambda w: A @ w


def problems() -> dict[str, tuple[Any, Any, Any]]:
    """``(problem, w0, grad)`` by name."""
    found: dict[str, tuple[Any, Any, Any]] = {name: (name, None, None) for name in FUNCTIONS}
    for condition in CONDITIONS:
        found[f"quadratic, condition {condition:g}"] = quadratic(condition)
    for name, losses in LOSSES.items():
        X, y = data_set(name)
        for loss in losses:
            target = y.astype(float) if loss in ON_NUMBERS else y
            model = steepest.LinearModel(X, target, loss=loss, penalty="l2", alpha=1e-3)
            found[f"{name}, {loss}"] = (model, None, None)
    return found


def hit(f: NDArray[np.float64]) -> tuple[float, int]:
    """The lowest f of a run, and the iterations to within GAP of it."""
    low = float(f.min())
    return low, int(np.argmax(f - low <= GAP * (f[0] - low)))


def swept(problem: Any, w0: Any, grad: Any) -> list[tuple[float, int]]:
    """`hit` of each cell that did not fail."""
    base = steepest.minimize(problem, w0, grad=grad, max_iter=1).recipe["method"]["learning_rate"]
    sweep = steepest.sweep(
        problem, w0, grad=grad, learning_rate=base * RATES, momentum=MOMENTA, max_iter=MAX_ITER, record=("f",),
        progress=False,
    )  # fmt: skip
    return [hit(f[~np.isnan(f)]) for f in sweep.history.f[~sweep.results.failed]]


def compared(problem: Any, w0: Any, grad: Any, cells: list[tuple[float, int]]) -> dict[str, Any]:
    began = time.perf_counter()
    found = steepest.suggest(problem, w0, grad=grad, max_iter=MAX_ITER)
    seconds = time.perf_counter() - began
    run = found.run(max_iter=MAX_ITER, record=("f",))
    low, ours = hit(run.history.f)
    room = BASIN * max(abs(low), BASIN * abs(run.f_start - low))
    inside = [count for lowest, count in cells if abs(lowest - low) <= room]
    best = min(inside, default=None)
    return {
        "kind": found.kind, "fields": found.fields, "predicted": found.iterations, "spent": found.spent, "ours": ours,
        "lowest": low, "outcome": run.outcome.name, "best": best, "cells": len(inside),
        "ratio": None if best is None else ours / max(best, 1), "seconds": round(seconds, 2),
    }  # fmt: skip


def shown(results: dict[str, dict[str, Any]]) -> str:
    heads = ("rate", 11), ("momentum", 10), ("spent", 7), ("ours", 7), ("best", 7), ("ratio", 7)
    lines = [f"{'problem':<32}{'by':>10}{''.join(f'{head:>{width}}' for head, width in heads)}  outcome"]
    for name, one in results.items():
        fields = one["fields"]
        best, ratio = ("-", "-") if one["best"] is None else (f"{one['best']:,}", f"{one['ratio']:.2f}")
        lines.append(
            f"{name:<32}{one['kind']:>10}{fields.get('learning_rate', float('nan')):>11.4g}"
            f"{fields.get('momentum', float('nan')):>10.4g}{one['spent']:>7}{one['ours']:>7,}{best:>7}{ratio:>7}  "
            f"{one['outcome']}"
        )
    solved = [one for one in results.values() if one["best"] is not None]
    good = sum(one["ratio"] <= 2 for one in solved)
    failed = sum(one["outcome"] in ("DIVERGED", "NOT_FINITE") for one in results.values())
    lines.append(
        f"{good} of {len(solved)} within twice the best cell of their basin; {failed} of {len(results)} diverged"
    )
    return "\n".join(lines)


def kept(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="1/1", help="K/N: every N-th problem from the K-th on")
    parser.add_argument("--only", help="one problem, by its name")
    parser.add_argument("--sweeps", action="store_true", help="make the sweeps only")
    arguments = parser.parse_args()
    part, parts = (int(text) for text in arguments.part.split("/"))
    RESULTS.mkdir(exist_ok=True)
    file, sweeps = RESULTS / "suggest.json", RESULTS / "suggest_sweeps.json"
    everything = problems()
    if arguments.only is not None and arguments.only not in everything:
        parser.error(f"--only must be a problem of the study; got {arguments.only!r}, and there are {list(everything)}")
    for name in list(everything)[part - 1 :: parts] if arguments.only is None else [arguments.only]:
        cells = kept(sweeps).get(name)
        if cells is None:
            cells = swept(*everything[name])
            sweeps.write_text(json.dumps({**kept(sweeps), name: cells}))
        if not arguments.sweeps:
            found = compared(*everything[name], cells)
            results = {**kept(file), name: found}
            file.write_text(json.dumps({name: results[name] for name in everything if name in results}, indent=1))
    if not arguments.sweeps:
        print(shown(kept(file)))


if __name__ == "__main__":
    main()
