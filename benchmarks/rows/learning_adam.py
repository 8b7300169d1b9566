"""Adam one example at a time, shuffled: the whole call, against a jitted JAX scan and torch's loop."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import steepest

from ..harness import Row, agree, installed, not_installed, paired, seconds_of
from ..peers_learning import adam_scan, adam_torch

COUNT, COLUMNS, EPOCHS, RATE = 2_000, 65, 50, 1e-3
SCAN, TORCH = "jitted JAX scan", "torch's loop"


def rows(quick: bool) -> Iterator[Row]:
    count, epochs = (200, 5) if quick else (COUNT, EPOCHS)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS))
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(count)

    def ours(epochs: int = epochs, sampling: str = "shuffle") -> Any:
        model = steepest.LinearModel(X, y, fit_intercept=False)
        return steepest.minimize(
            model, method="adam", learning_rate=RATE, batch_size=1, sampling=sampling, max_iter=epochs, record="none"
        )

    what = f"an example of {count:,} x {COLUMNS}, Adam, one at a time"
    for peer, module, maker, few, required in (
        (SCAN, "jax", adam_scan, epochs, 15.0), (TORCH, "torch", adam_torch, 1, 500.0),
    ):  # fmt: skip
        if not installed(module):
            yield not_installed(what, peer, module)
            continue
        agree(ours(few, "sequential").w, maker(X, y, RATE, few, shuffle=False)(), 1e-8)
        theirs = maker(X, y, RATE, few)
        yield Row(
            what, peer, paired(seconds_of(partial(ours, epochs), epochs * count), seconds_of(theirs, few * count),
                               2 if quick else 9), required=required,
            note="both shuffle each epoch; the scan is compiled beforehand, holds the data already and takes no "
            "objective; torch's loop runs one epoch",
        )  # fmt: skip
