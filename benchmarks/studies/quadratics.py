"""``python -m benchmarks.studies.quadratics [--part K/N] [--dense D]``: the counts of ``steepest.suggest`` on 63
quadratics against a search for lower ones over hundreds of thousands of settings each, by recurrences of its own: a
table on the terminal and quadratics.json in benchmarks/results/."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

import steepest

RESULTS = Path(__file__).parents[1] / "results"
Array = NDArray[np.float64]
SIZES = (2, 3, 4, 5, 6, 8, 12, 20, 50)
STARTS = ("normal", "even", "slow", "ends")
"""Errors drawn; such that each mode has its part of the gap; in the small curvatures; at both ends of the spectrum."""
METHODS = ("gradient_descent", "momentum", "nesterov")
LANES = 8
TOLERANCE, PART = 1e-6, 0.99
"""What suggest is asked for, and the part of the stability limit that it stays below."""
STEEP = 3.0
"""A near miss counts as so many times the iterations that its factor would take at the average speed."""


def quadratics() -> list[tuple[str, Array, Array]]:
    """``(name, curvatures, errors)``: seven of each size, condition 1 to 1e6, spectra geometric or drawn."""
    found = []
    for size in SIZES:
        for k, condition in enumerate((1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6)):
            rng = np.random.default_rng([size, k])
            c = np.geomspace(1.0, condition, size)
            if k % 2:
                c = np.sort(np.concatenate([[1.0, condition], np.exp(rng.uniform(0, np.log(condition), size - 2))]))
            start = STARTS[(k + size) % len(STARTS)]
            e = rng.standard_normal(size)
            e = {"normal": e, "even": e / np.sqrt(c), "slow": e / c, "ends": e}[start]
            if start == "ends":
                e[1:-1] *= 1e-3
            found.append((f"{size} variables, condition {condition:g}, {start}", c, e))
    return found


@njit(fastmath=True, cache=False)  # type: ignore[misc]
def followed(c: Array, e: Array, rates: Array, momenta: Array, ahead: bool, horizon: int, target: float, speed: float,
             counts: Any, scores: Any) -> int:  # fmt: skip
    """The first iteration at which the gap is at most ``target`` for each (rate, momentum), -1 beyond ``horizon``; that
    falls to the least count met, and is returned. ``scores`` are the best near misses."""
    n = len(c)
    w, v = np.empty((n, LANES)), np.empty((n, LANES))
    gap, near = np.empty(LANES), np.empty(LANES)
    for first in range(0, len(rates), LANES):
        a, b = rates[first : first + LANES], momenta[first : first + LANES]
        for i in range(n):
            for lane in range(LANES):
                w[i, lane], v[i, lane] = e[i], 0.0
        near[:] = 1e300
        for lane in range(LANES):
            counts[first + lane] = -1
        t = 0
        while t < horizon:
            t += 1
            gap[:] = 0.0
            for i in range(n):
                ci = c[i]
                for lane in range(LANES):
                    g = ci * w[i, lane]
                    if ahead:
                        v[i, lane] = b[lane] * v[i, lane] + g
                        w[i, lane] -= a[lane] * (g + b[lane] * v[i, lane])
                    else:
                        v[i, lane] = b[lane] * v[i, lane] - a[lane] * g
                        w[i, lane] += v[i, lane]
                    gap[lane] += 0.5 * ci * w[i, lane] * w[i, lane]
            for lane in range(LANES):
                if gap[lane] < near[lane]:  # only a new low can be a better near miss
                    near[lane] = gap[lane]
                    miss = t + speed * np.log(max(gap[lane] / target, 1.0))
                    if miss < scores[first + lane]:
                        scores[first + lane] = miss
                    if gap[lane] <= target and counts[first + lane] < 0:
                        counts[first + lane] = t
                        horizon = min(horizon, t)
    return horizon


def placed(points: Array, c: Array, ahead: bool) -> tuple[Array, Array]:
    """Points (k, 2), the logit of the part of the limit and -log10 of 1 - momentum, as rates and momenta."""
    b = 1 - 10.0 ** -np.maximum(points[:, 1], 0.0)
    limit = (2 + 2 * b) / (1 + 2 * b) if ahead else 2 + 2 * b
    return PART / (1 + np.exp(-points[:, 0])) * limit / c[-1], b


def least(c: Array, e: Array, ahead: bool, dense: float, known: int) -> tuple[int, float, float]:
    """The least count with its rate and momentum, ``known`` where no setting takes fewer iterations: of ``dense``
    million points scattered over the space, and as many around the best of them, ever closer."""
    rng = np.random.default_rng(1)
    whole = float((0.5 * c * e * e).sum())
    target = TOLERANCE * whole
    horizon, best = known, (0.0, 0.0)
    work = dense * 1e6 * 3000  # numbers stepped
    low, high = np.array([-12.0, 0.0]), np.array([6.0, 0.5 * np.log10(c[-1] / c[0]) + 1.0])

    def tried(points: Array) -> Array:
        nonlocal horizon, best
        rates, momenta = placed(points, c, ahead)
        counts, scores = np.empty(len(points), dtype=np.int64), np.full(len(points), np.inf)
        speed = STEEP * horizon / np.log(1 / TOLERANCE)
        horizon = followed(c, e, rates, momenta, ahead, horizon, target, speed, counts, scores)
        if (counts >= 0).any():
            k = int(np.where(counts < 0, 2**40, counts).argmin())
            best = float(rates[k]), float(momenta[k])
        return scores

    def size() -> int:
        return int(min(2e5, max(0.02 * work / (horizon * len(c)), 64))) // LANES * LANES

    points, scores, spent = [], [], 0.0
    while spent < 0.5 * work and sum(map(len, points)) < dense * 1e6:
        more = rng.uniform(low, high, (size(), 2))
        spent += len(more) * horizon * len(c)
        found = tried(more)
        order = np.argsort(found)[:20_000]
        points.append(more[order])
        scores.append(found[order])
    everything, all_scores = np.concatenate(points), np.concatenate(scores)
    order = np.argsort(all_scores)
    cells = np.unique(np.rint(everything[order] / 0.02), axis=0, return_index=True)[1]
    centres = everything[order[np.sort(cells)[:2000]]]
    width = np.array([0.05, 0.02])
    each, rounds = 16, 20
    room = 0.5 * work / (rounds * each * horizon * len(c))
    centres = centres[: max(8, int(min(len(centres), room)))]
    for _ in range(rounds):
        drawn = centres[:, None] + width * rng.standard_normal((len(centres), each, 2))
        drawn[:, 0] = centres
        found = tried(drawn.reshape(-1, 2)).reshape(len(centres), each)
        centres = drawn[np.arange(len(centres)), found.argmin(axis=1)]
        width = width * 0.65
    return horizon, *best


def compared(c: Array, e: Array, method: str, dense: float) -> dict[str, Any]:
    began = time.process_time()
    found = steepest.suggest(lambda w: 0.5 * float(w @ (c * w)), e, method, grad=lambda w: c * w)
    seconds = time.process_time() - began
    if method == "gradient_descent":
        best = slowest_free(c, e, found.iterations)
    else:
        best = least(c, e, method == "nesterov", dense, found.iterations)[0]
    return {
        "ours": found.iterations,
        "best": min(best, found.iterations),
        "fields": found.fields,
        "reason": found.reason,
        "seconds": round(seconds, 2),
    }


def slowest_free(c: Array, e: Array, known: int) -> int:
    """The least count of gradient descent over 5,001 rates: each mode only falls, so that halving finds it."""
    parts = 0.5 * c * e * e
    with np.errstate(all="ignore"):
        rates = np.append(np.linspace(0.02, 2 * PART, 5000) / c[-1], min(2 / (c[0] + c[-1]), 2 * PART / c[-1]))
        logs = 2 * np.log(np.abs(1 - rates[:, None] * c))
        low, high = 0, 2 * known
        while high - low > 1:
            middle = (low + high) // 2
            there = (np.exp(logs * middle) @ parts <= TOLERANCE * parts.sum()).any()
            low, high = (low, middle) if there else (middle, high)
    return high


def shown(results: dict[str, Any]) -> str:
    lines = [f"{'quadratic':<44}{'method':<18}{'ours':>8}{'best':>8}{'ratio':>7}{'seconds':>9}"]
    ratios = []
    for name, one in results.items():
        quadratic, method = name.rsplit(", ", 1)
        ratio = one["ours"] / one["best"]
        ratios.append(ratio)
        lines.append(
            f"{quadratic:<44}{method:<18}{one['ours']:>8,}{one['best']:>8,}{ratio:>7.3f}{one['seconds']:>9.2f}"
        )
    within = sum(ratio <= 1.05 for ratio in ratios)
    lines.append(f"{within} of {len(ratios)} within 1.05 of the best count of the search; the worst {max(ratios):.3f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="1/1", help="K/N: every N-th quadratic from the K-th on")
    parser.add_argument("--dense", type=float, default=0.3, help="millions of settings in each search")
    arguments = parser.parse_args()
    part, parts = (int(text) for text in arguments.part.split("/"))
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "quadratics.json"
    results = json.loads(file.read_text()) if file.exists() else {}
    for name, c, e in quadratics()[part - 1 :: parts]:
        for method in METHODS:
            results[f"{name}, {method}"] = compared(c, e, method, arguments.dense)
        file.write_text(json.dumps(results, indent=1))
    print(shown(results))


if __name__ == "__main__":
    main()
