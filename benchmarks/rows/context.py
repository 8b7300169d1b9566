"""What an example costs one at a time, against the same loop as a jitted JAX scan. Nothing is required of these."""

from collections.abc import Iterator

import numpy as np

import steepest

from ..digits import EPOCHS, MOMENTUM, load
from ..harness import Row, agree, installed, not_installed, paired, seconds_of

RATES = {"momentum": 1e-6, "adam": 1e-4}
PEER = "jitted JAX scan"


def rows(quick: bool) -> Iterator[Row]:
    digits = load()
    for method, rate in RATES.items():
        what = f"an example of 288 x 65, {method}, one at a time"
        if not installed("jax"):
            yield not_installed(what, PEER, "jax")
            continue
        fields = {"momentum": MOMENTUM} if method == "momentum" else {}

        def ours(method=method, rate=rate, fields=fields):
            return steepest.minimize(
                digits.model, digits.w0, method, learning_rate=rate, batch_size=1, sampling="sequential",
                max_iter=EPOCHS, **fields,
            )  # fmt: skip

        scan = jax_scan(method, rate, digits)
        agree(ours().w, scan(), 1e-8)
        examples = EPOCHS * len(digits.y)
        yield Row(
            what, PEER, paired(seconds_of(ours, examples), seconds_of(scan, examples), 2 if quick else 15),
            note="the scan returns the last w only and is compiled beforehand; ours is the whole call, with its record",
        )  # fmt: skip


def jax_scan(method, rate, digits):
    """The run as one compiled program in double precision, called with nothing but the start."""
    import jax
    import jax.numpy as jnp

    def momentum(carry, row):
        w, v, t = carry
        x, target = row
        v = MOMENTUM * v - rate * (x @ w - target) * x
        return (w + v, v, t), None

    def adam(carry, row, beta1=0.9, beta2=0.999, epsilon=1e-8):
        w, (m, s), t = carry
        x, target = row
        t, g = t + 1.0, (x @ w - target) * x
        m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g * g
        step = rate * (m / (1 - beta1**t)) / (jnp.sqrt(s / (1 - beta2**t)) + epsilon)
        return (w - step, (m, s), t), None

    step = momentum if method == "momentum" else adam
    with jax.enable_x64(True):
        rows, zeros = (jnp.asarray(digits.X), jnp.asarray(digits.y)), jnp.zeros(digits.w0.size)
        slots = zeros if method == "momentum" else (zeros, zeros)

        @jax.jit
        def program(w):
            def epoch(carry, _):
                return jax.lax.scan(step, carry, rows)

            return jax.lax.scan(epoch, (w, slots, jnp.asarray(0.0)), None, length=EPOCHS)[0][0]

    def run():
        with jax.enable_x64(True):
            return np.asarray(program(zeros))

    return run
