"""A rule that a user writes, in a notebook's cell say, registered nowhere: it runs in all three engines; what is wrong
with one is a sentence."""

import linecache
from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError, CompileError

CELL = """
from typing import NamedTuple

class Sluggish(NamedTuple):
    learning_rate: float = 0.05
    drag: float = 0.5

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def update(self, w, g, slots, t, xp):
        v = self.drag * slots[0] - self.learning_rate * xp.tanh(g)
        return v, (v,)

class Longest(NamedTuple):
    learning_rate: float = 0.05

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return -self.learning_rate * xp.where(xp.abs(g) >= xp.abs(g).max(), g, 0.0), ()
"""


@pytest.fixture(params=["Sluggish", "Longest"])
def rule(request):
    """As IPython runs a cell: compiled from text, in __main__."""
    name = f"<ipython-input-{request.param}>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(True), name)
    space = {"__name__": "__main__"}
    exec(compile(CELL, name, "exec"), space)
    return space[request.param]()


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_a_rule_from_a_cell_runs_in_every_engine(rule, batch_size):
    random = np.random.default_rng(0)
    X = random.normal(size=(30, 4))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5, 3.0])
    runs = [
        steepest.minimize(model, method=rule, batch_size=batch_size, max_iter=60, grad_tol=None, engine=engine)
        for engine in ("python", "numba", "jax")
    ]
    assert runs[0].f < 0.5 * runs[0].f_start
    for run in runs[1:]:
        np.testing.assert_allclose(run.history.w, runs[0].history.w, rtol=1e-11, atol=1e-12)
    assert steepest.minimize(model, method=rule, batch_size=batch_size, max_iter=2).engine == "numba"


def test_a_rule_from_a_cell_takes_modifiers_and_schedules(rule):
    run = steepest.minimize(
        "x^2 + 4*y^2", [1.0, 2.0], rule, learning_rate=steepest.schedules.Constant(0.1), clip_value=1.0, max_iter=50
    )
    assert run.f < run.f_start


def bad(**methods: Any) -> Any:
    """A rule that lacks nothing, with other methods put over its own."""

    class Odd(NamedTuple):
        learning_rate: Annotated[float, "a note of somebody else's"] = 0.1

        def init(self, w, xp):
            return (xp.zeros_like(w),)

        def update(self, w, g, slots, t, xp):
            return -self.learning_rate * g, slots

    for name, method in methods.items():
        setattr(Odd, name, method)
    return Odd


class Texted(NamedTuple):
    learning_rate: float = 0.1
    kind: str = "fast"

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, ()


class Neither(NamedTuple):
    learning_rate: float = 0.1

    def init(self, w, xp):
        return ()


BAD = {
    "a slot more": (
        bad(update=lambda self, w, g, slots, t, xp: (-0.1 * g, (*slots, g))),
        r"^method 'Odd': update must return 1 slots?, as init does; got 2$",
    ),
    "a slot of another shape": (
        bad(update=lambda self, w, g, slots, t, xp: (-0.1 * g, (slots[0][:1],))),
        r"^method 'Odd': a slot of update must be an array of real numbers like w; got ",
    ),
    "a slot that init makes of another shape": (
        bad(init=lambda self, w, xp: (0.0,)),
        r"^method 'Odd': a slot of init must be an array of real numbers like w; got 0\.0$",
    ),
    "slots in a list": (bad(init=lambda self, w, xp: [xp.zeros_like(w)]), r"^method 'Odd': init must return a tuple "),
    "a step of another shape": (
        bad(update=lambda self, w, g, slots, t, xp: (g.sum(), slots)),
        r"^method 'Odd': the step of update must be an array of real numbers like w; got ",
    ),
    "a step alone": (
        bad(update=lambda self, w, g, slots, t, xp: -0.1 * g),
        r"^method 'Odd': update must return \(step, slots\)",
    ),
    "its own mistake": (
        bad(update=lambda self, w, g, slots, t, xp: (self.rate * g, slots)),
        r"^method 'Odd': update raised AttributeError: ",
    ),
    "another array function": (
        bad(update=lambda self, w, g, slots, t, xp: (-0.1 * xp.cumsum(g), slots)),
        r"^xp\.cumsum is not available to rules and losses; use sqrt, ",
    ),
    "no step at all": (Neither, r"^method must be a name, a rule class or a rule object"),
    "no rule at all": (42, r"^method must be a name, a rule class or a rule object"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_with_a_rule_is_one_sentence(what):
    method, says = BAD[what]
    with pytest.raises((ArgumentError, ArgumentTypeError), match=says) as error:
        steepest.minimize(steepest.gallery.sphere(), method=method)
    assert "\n" not in str(error.value)


OUT_OF_BOUNDS = [{"learning_rate": -1}, {"learning_rate": np.nan}, {"momentum": 1.0}, {"momentum": "big"}]


@pytest.mark.parametrize("field", OUT_OF_BOUNDS, ids=str)
def test_a_field_out_of_bounds_is_one_sentence(field):
    says = f"^{next(iter(field))}( of momentum)? must be a "
    with pytest.raises((ArgumentError, ArgumentTypeError), match=says) as error:
        steepest.minimize(steepest.gallery.sphere(), **field)
    assert "\n" not in str(error.value)


def test_a_rule_that_a_kernel_cannot_compile_runs_in_the_plain_loop_or_says_why():
    def update(self, w, g, slots, t, xp):
        return -0.1 * float(str(self.learning_rate)) * g, slots

    model, rule = steepest.LinearModel(np.eye(3), np.ones(3)), bad(update=update)
    run = steepest.minimize(model, method=rule, max_iter=3)
    assert run.engine == "python"
    assert "cannot compile Odd" in run.record.engine_reason
    with pytest.raises(CompileError, match=r"^engine='numba' cannot compile Odd ") as error:
        steepest.minimize(model, method=rule, max_iter=3, engine="numba")
    assert "\n" not in str(error.value)


def test_a_field_that_is_no_number_is_one_sentence():
    with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^kind of Texted must be ") as error:
        steepest.minimize(steepest.gallery.sphere(), method=Texted)
    assert "\n" not in str(error.value)
