"""Each rule one example at a time, shuffled: the whole call, against a kernel written by hand for it, optax's
transformation in a jitted scan, and torch.optim's loop."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import steepest

from ..harness import Row, agree, installed, not_installed, paired, seconds_of
from ..peers_rules import HAND_WRITTEN, hand_written, optax_scan, torch_loop

COUNT, COLUMNS, EPOCHS, RATE = 2_000, 65, 20, 1e-3

PEERS: dict[str, tuple[str | None, dict[str, Any], str | None, dict[str, Any]]] = {
    "gradient_descent": ("SGD", {}, "sgd", {}),
    "momentum": ("SGD", {"momentum": 0.9}, "sgd", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}, "sgd", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}, "adagrad", {}),
    "rmsprop": ("RMSprop", {}, "rmsprop", {}),
    "adadelta": ("Adadelta", {}, "adadelta", {}),
    "adam": ("Adam", {}, "adam", {}),
    "adamw": ("AdamW", {}, "adamw", {}),
    "amsgrad": ("Adam", {"amsgrad": True}, "amsgrad", {}),
    "adamax": ("Adamax", {}, "adamax", {}),
    "nadam": ("NAdam", {}, "nadam", {}),
    "radam": ("RAdam", {}, "radam", {}),
    "adabelief": (None, {}, "adabelief", {}),
    "lion": (None, {}, "lion", {}),
    "yogi": (None, {}, "yogi", {}),
    "rprop": ("Rprop", {}, "rprop", {}),
    "signsgd": (None, {}, "sign_sgd", {}),
    "asgd": ("ASGD", {}, None, {}),
    "adafactor": ("Adafactor", {}, None, {}),
    "normalized": (None, {}, None, {}),
    "adagrad_norm": (None, {}, None, {}),
    "schedule_free_sgd": (None, {}, "schedule_free_sgd", {}),
    "schedule_free_adam": (None, {}, "schedule_free_adamw", {}),
}
"""Our rule: torch.optim's class and options, optax's function and options."""


def rows(quick: bool) -> Iterator[Row]:
    count, epochs, pairs = (100, 2, 2) if quick else (COUNT, EPOCHS, 5)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((count, COLUMNS))
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(count)

    def ours(name: str, sampling: str = "shuffle") -> Any:
        model = steepest.LinearModel(X, y, fit_intercept=False)
        return steepest.minimize(
            model, method=name, learning_rate=RATE, batch_size=1, sampling=sampling, max_iter=epochs, record="none"
        )

    def measured(name: str, peer: str, theirs: Any, units: int, required: float, note: str = "") -> Row:
        timed = paired(seconds_of(partial(ours, name), epochs * count), seconds_of(theirs, units), pairs)
        return Row(f"an example of {count:,} x {COLUMNS}: {name}", peer, timed, required=required, note=note)

    for name in HAND_WRITTEN:
        agree(ours(name, "sequential").w, hand_written(name, X, y, RATE, epochs, shuffle=False)(), 1e-8)
        yield measured(name, "a kernel for it", hand_written(name, X, y, RATE, epochs), epochs * count, 1 / 1.15)
    examples = min(count, 300)
    for name, (torch, torch_options, optax, optax_options) in PEERS.items():
        if optax is not None:
            if installed("optax"):
                yield measured(
                    name, f"optax {optax}, scanned", optax_scan(transformation(optax, optax_options), X, y, epochs),
                    epochs * count, 1.0, "compiled beforehand, no objective",
                )  # fmt: skip
            else:
                yield not_installed(name, f"optax {optax}", "optax")
        if torch is not None:
            if installed("torch"):
                theirs = torch_loop(torch, {"lr": RATE, **torch_options}, X, y, examples)
                yield measured(name, f"torch {torch}", theirs, examples, 1.0, f"its loop over {examples} examples")
            else:
                yield not_installed(name, f"torch {torch}", "torch")


def transformation(name: str, options: dict[str, Any]) -> Any:
    import optax

    find = optax if hasattr(optax, name) else optax.contrib
    return getattr(find, name)(RATE, **options)
