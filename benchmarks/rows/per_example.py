"""``minimize(batch_size=1)`` on the digits, our shuffling, 100 epochs: the whole call, recipe, record and all."""

import functools
from collections.abc import Callable, Iterator

from sklearn.linear_model import SGDRegressor

import steepest

from ..article import half_squares, half_squares_gradient, one_at_a_time
from ..digits import EPOCHS, MOMENTUM, RATE, load
from ..harness import Row, Seconds, agree, busy_seconds_of, paired, repeated

WHAT = "minimize(batch_size=1), digits 288 x 65, 100 epochs"
CALLS = 20
"""Of the quick sides in a row, in each pair: blocks of some 20 ms, as timeit takes them."""


def several(work: Callable[[], object]) -> Seconds:
    return busy_seconds_of(repeated(work, CALLS), CALLS)


def rows(quick: bool) -> Iterator[Row]:
    digits = load()
    data = digits.X, digits.y

    def ours(momentum=MOMENTUM, **options):
        return steepest.minimize(
            digits.model, digits.w0, "momentum", learning_rate=RATE, momentum=momentum, batch_size=1, max_iter=EPOCHS,
            **options,
        )  # fmt: skip

    def article():
        return one_at_a_time(EPOCHS, digits.w0, half_squares, half_squares_gradient, data, RATE, MOMENTUM)

    def sklearn(shuffle=True):
        model = SGDRegressor(
            loss="squared_error", penalty=None, learning_rate="constant", eta0=RATE, max_iter=EPOCHS, tol=None,
            fit_intercept=False, shuffle=shuffle,
        )  # fmt: skip
        return model.fit(*data)

    agree(ours(sampling="tutorial").history.f, article()[1].ravel())
    agree(ours(momentum=0.0, sampling="sequential").w, sklearn(shuffle=False).coef_)
    yield Row(
        f"{WHAT}, f of every epoch", "the article's loop",
        paired(several(ours), busy_seconds_of(article), 2 if quick else 15), required=200,
        note=f"100 epochs on both sides; scikit-learn has no momentum and records nothing, ours has both; ours and "
        f"scikit-learn's are {CALLS} calls in a row in each pair",
    )  # fmt: skip
    pairs = 3 if quick else 21
    plain = functools.partial(ours, record="none")
    for what, work, required in ((f"{WHAT}, f of every epoch", ours, 2.5), (f'{WHAT}, record="none"', plain, 3.0)):
        timed = paired(several(work), several(sklearn), pairs)
        yield Row(what, "SGDRegressor", timed, required=required)
