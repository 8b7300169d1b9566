"""What the engine tests share: a way to run one task, and problems whose rows are written down beforehand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pytest

from steepest import methods
from steepest.base.fields import Fraction, Rate
from steepest.base.xp import numpy_functions
from steepest.engines.choose import runner
from steepest.engines.stopping import Settings
from steepest.engines.task import Ending, Task
from steepest.problems.function import Function
from steepest.records.history import Plan

OF_EACH_KIND = (
    "gradient_descent", "momentum", "nesterov", "nesterov_lookahead", "adam", "amsgrad", "rmsprop",
    "schedule_free_adam", "adagrad_norm", "saga",
)  # fmt: skip
"""Rules of each structure: without slots and with one, two, three; that look ahead, or report elsewhere; of the whole
vector; with kept gradients."""
SAMPLED = (
    "test_every_layout", "test_every_loss", "test_several_outputs", "test_scaled_columns", "test_any_form_of_x_and_y",
    "test_every_kind_of_step_under_an_elastic_net", "test_every_linear_rule_and_penalty_is_the_dense_loop",
    "test_scaled_columns_are_scaled_on_the_fly", "test_several_outputs_are_the_dense_loop", "test_other_losses_are",
    "test_batches_of_every_sampling", "test_fields_may_change_every_step", "test_each_step_is_projected",
)  # fmt: skip
"""Products of rules, losses, layouts and batches, of which the test command runs a sample: each case compiles."""
COMPILED = ("numba/test_engine.py", "numba/test_kernels.py", "quadratic/test_engine.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The full product of rules and kernels takes minutes of compiling: here go the rules of each kind, the others when
    slow tests are asked for. jax/test_agreement.py runs every rule in every engine."""
    others = {*methods.names()} - {*OF_EACH_KIND}
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        here = item.path.is_relative_to(Path(__file__).parent)
        if here and params and item.name.startswith(SAMPLED) and not in_the_sample(params):
            item.add_marker(pytest.mark.slow)
        name = params.get("name")
        if item.path.as_posix().endswith(COMPILED) and name in others:
            item.add_marker(pytest.mark.slow)


def in_the_sample(params: dict[str, Any]) -> bool:
    """Of each rule, loss or layout one kind of batches; of the rules of each kind the whole batch and one other."""
    batch = params.get("batch")
    told = "-".join(str(value) for key, value in sorted(params.items()) if key != "batch")
    turn = crc32(told.encode())
    if "batch" not in params:
        return turn % 2 == 0
    if params.get("name") in OF_EACH_KIND:
        return batch is None or (batch == 1) == (turn % 2 == 1)
    return turn % 3 == (0 if batch is None else 1 if batch == 1 else 2)


@pytest.fixture(scope="session")
def go() -> Callable[..., Ending]:
    """``go(problem, rule, w0, **settings)``: one task run to its end. ``kind`` is the engine."""

    def run(problem, rule, w0, kind="python", *, plan=None, batch_size=None, sampling="shuffle", seed=0, callback=None,
            progress=None, over_limit=lambda: None, began=0.0, **settings: Any) -> Ending:  # fmt: skip
        settings.setdefault("max_iter", 100)
        task = Task(
            problem, rule, np.array(w0, dtype=float), Settings(**settings), plan or Plan(), batch_size=batch_size,
            sampling=sampling, seed=seed, callback=callback, progress=progress, over_limit=over_limit, began=began,
        )  # fmt: skip
        return runner(kind)(task)

    return run


class Script:
    """A problem whose rows are given: row t has the value f[t], and its gradient is slopes[t]. Under gradient descent
    with learning rate 1 the weights are w0 minus the sum of the slopes before."""

    def __init__(self, f, slopes) -> None:
        self.f, self.slopes = [float(v) for v in f], np.atleast_2d(np.array(slopes, dtype=float).T).T
        self.row = -1

    def value(self, w):
        self.row += 1
        return self.f[self.row]

    def gradient(self, w):
        return self.slopes[self.row]

    def problem(self) -> Function:
        return Function(self.value, self.gradient, self.slopes.shape[1])


@pytest.fixture(scope="session")
def script() -> type[Script]:
    return Script


# -- rules a user may write ------------------------------------------------------------------------------------------


class Averaged(NamedTuple):
    """Gradient descent that reports the mean of its iterates (``read``)."""

    learning_rate: Rate = 0.05

    def init(self, w, xp):
        return (1.0 * w,)

    def update(self, w, g, slots, t, xp):
        step = -self.learning_rate * g
        return step, (slots[0] + (w + step - slots[0]) / (t + 1.0),)

    def read(self, w, slots, t, xp):
        return slots[0]


class AheadAveraged(NamedTuple):
    """Looks ahead for its gradient, and reports a point between (``look`` and ``read``)."""

    learning_rate: Rate = 0.05
    momentum: Fraction = 0.6

    def init(self, w, xp):
        return xp.zeros_like(w), 1.0 * w

    def look(self, w, slots, t, xp):
        return w + self.momentum * slots[0] / (1.0 + 1.0 / t)

    def update(self, w, g, slots, t, xp):
        v = self.momentum * slots[0] - self.learning_rate * g
        return v, (v, 0.5 * (slots[1] + w + v))

    def read(self, w, slots, t, xp):
        return 0.25 * w + 0.75 * slots[1]


class ThreeSlots(NamedTuple):
    """Adam with a maximum, unbiased or not: three slots, an int and a bool."""

    learning_rate: Rate = 0.05
    beta: Fraction = 0.8
    power: int = 2
    corrected: bool = True

    def init(self, w, xp):
        return xp.zeros_like(w), xp.zeros_like(w), xp.full_like(w, 1e-3)

    def update(self, w, g, slots, t, xp):
        m = self.beta * slots[0] + (1 - self.beta) * g
        s = self.beta * slots[1] + (1 - self.beta) * xp.abs(g) ** self.power
        top = xp.maximum(slots[2], s)
        rate = self.learning_rate / (1 - self.beta**t) if self.corrected else self.learning_rate
        return -rate * m / (xp.sqrt(top) + 1e-6), (m, s, top)


class Zoo(NamedTuple):
    """Every function of xp."""

    learning_rate: Rate = 0.02

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        size = xp.abs(g)
        bent = xp.tanh(g) + xp.sign(g) * (xp.log1p(size) + xp.expm1(-size) + xp.log(1.0 + size) + xp.sqrt(size))
        bent = xp.where(size > 0.49713, bent, g * xp.exp(-size))
        return -self.learning_rate * xp.maximum(xp.minimum(bent, 3.0), -3.0), ()


class Nested(NamedTuple):
    """A bool decides how many slots there are."""

    learning_rate: Rate = 0.05
    heavy: bool = True

    def init(self, w, xp):
        return (xp.zeros_like(w),) if self.heavy else ()

    def update(self, w, g, slots, t, xp):
        if len(slots) == 1:
            v = 0.5 * slots[0] - self.learning_rate * g
            return v, (v,)
        return -self.learning_rate * g, slots


USERS = {cls.__name__: cls for cls in (Averaged, AheadAveraged, ThreeSlots, Zoo, Nested)}


@pytest.fixture(scope="session")
def rule_called() -> Callable[..., Any]:
    """``rule_called(name, **fields)``: one of the package's rules, or one of the classes above by its name."""

    def find(name, **fields):
        cls = USERS.get(name) or methods.find(name)
        usual = {"learning_rate": 0.05, "f_least": 0.0, "columns": 1}  # what minimize would fill in
        given = {**{field: value for field, value in usual.items() if field in cls._fields}, **fields}
        return cls(**{field: value for field, value in given.items() if field in cls._fields})

    return find


@pytest.fixture(scope="session")
def plain_loop() -> Callable[..., tuple[Any, ...]]:
    """``plain_loop(problem, rule, w0, rows, orders=None, batch=None)``: the contract of a rule in a few lines of NumPy.
    ``(w, f, largest gradient component, single updates)``, row 0 the start; rows are epochs where ``orders`` are given.
    """

    def loop(problem, rule, w0, rows, orders=None, batch=None):
        w = np.array(w0, dtype=float)
        slots, t = rule.init(w, numpy_functions), 0.0
        table, singles = [], [w.copy()]
        for row in range(rows + 1):
            at = rule.read(w, slots, t, numpy_functions) if hasattr(rule, "read") else w
            table.append((np.array(at), problem.value(at), np.abs(problem.gradient(at)).max()))
            if row == rows:
                break
            batches = [None]
            if orders is not None:
                batches = [orders[row][k : k + batch] for k in range(0, len(orders[row]), batch)]
            for chosen in batches:
                t += 1.0
                place = rule.look(w, slots, t, numpy_functions) if hasattr(rule, "look") else w
                if chosen is None:
                    f, g = table[-1][1], problem.gradient(place)
                else:
                    f, g = problem.batch_value_and_gradient(place, chosen)
                if hasattr(rule, "step"):
                    step, slots = rule.step(w, f, g, slots, t, numpy_functions)
                else:
                    step, slots = rule.update(w, g, slots, t, numpy_functions)
                w = w + step
                singles.append(w.copy())
        return *(np.array(column) for column in zip(*table, strict=True)), np.array(singles)

    return loop


class Fair(NamedTuple):
    """A loss between squared and absolute error."""

    def value(self, o, y, xp):
        size = xp.abs(o - y)
        return size - xp.log1p(size)

    def derivative(self, o, y, xp):
        return (o - y) / (1.0 + xp.abs(o - y))

    def curvature(self):
        return 1.0


@pytest.fixture(scope="session")
def own_loss() -> type[Fair]:
    return Fair
