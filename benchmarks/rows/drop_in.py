"""The stochastic drop-in on the digits, under the article's signature and seeding, against the article's own loop."""

from collections.abc import Iterator

from steepest.tutorial import grad_mse, mse, stochastic_gradient_descent

from ..article import half_squares, half_squares_gradient, one_at_a_time
from ..digits import EPOCHS, MOMENTUM, RATE, load
from ..harness import Row, agree, busy_seconds_of, paired


def rows(quick: bool) -> Iterator[Row]:
    digits = load()
    data = digits.X, digits.y

    def ours():
        return stochastic_gradient_descent(EPOCHS, -1, digits.w0, mse, grad_mse, data, RATE, MOMENTUM)

    def article():
        return one_at_a_time(EPOCHS, digits.w0, half_squares, half_squares_gradient, data, RATE, MOMENTUM)

    for mine, theirs in zip(ours(), article(), strict=True):
        agree(mine, theirs)
    yield Row(
        "stochastic drop-in, digits 288 x 65, 100 epochs, the article's seeding", "the article's loop",
        paired(busy_seconds_of(ours), busy_seconds_of(article), 2 if quick else 15), required=25,
        note="100 epochs on both sides, nothing scaled; most of our time is NumPy's reseeding, which the numbers need",
    )  # fmt: skip
