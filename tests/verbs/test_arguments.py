"""The signature of ``minimize``, and every argument that cannot be used: one sentence with name, value and fix."""

import inspect
import re
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError, SteepestError
from steepest.verbs.arguments import ALIASES

SIGNATURE = {
    "problem": inspect.Parameter.empty, "w0": None, "method": "momentum", "grad": None, "args": (),
    "value_and_grad": False, "bounds": None, "batch_size": None, "sampling": "shuffle", "max_iter": None,
    "max_evals": None, "f_tol": None, "f_rtol": None, "x_tol": None, "grad_tol": "default", "f_target": None,
    "patience": 1, "time_limit": None, "starts": 1, "seed": 0, "record": "auto", "callback": None, "progress": "auto",
    "engine": "auto", "device": None, "workers": 1, "maximize": False, "throw": False,
}  # fmt: skip
MODEL = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
nan, inf = float("nan"), float("inf")


def square(w):
    return float(w @ w)


def double(w):
    return 2 * w


def told(w):
    print(end="")
    return square(w)


def leaf(w):
    return w["a"] ** 2


def minimized(problem: Any = square, w0: Any = (1.0, 2.0), **arguments: Any) -> steepest.Run:
    return steepest.minimize(problem, w0, **({"max_iter": 3} | arguments))


def test_the_signature_is_the_contract():
    parameters = inspect.signature(steepest.minimize).parameters
    assert [*parameters][:-1] == [*SIGNATURE]
    assert {name: p.default for name, p in parameters.items() if name != "hyperparameters"} == SIGNATURE
    kinds = [p.kind for p in parameters.values()]
    assert kinds[:3] == [inspect.Parameter.POSITIONAL_OR_KEYWORD] * 3
    assert set(kinds[3:-1]) == {inspect.Parameter.KEYWORD_ONLY}
    assert kinds[-1] == inspect.Parameter.VAR_KEYWORD


def test_every_argument_is_documented():
    text = inspect.getdoc(steepest.minimize)
    arguments = text[text.index("Parameters") : text.index("Returns")]
    later = {"engine", "device", "workers", "progress"}
    assert all(name in arguments for name in SIGNATURE if name not in later)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    # what comes later is said to, never ignored
    ({"engine": "quadratic"}, ArgumentError, "^engine='quadratic' cannot run this: it is for linear models with .*"),
    ({"batch_size": "auto", "problem": MODEL, "w0": None}, ArgumentError, "^batch_size='auto' is for the estimators"),
    # where it runs
    ({"device": "cuda"}, ArgumentError, "^device must be 'cpu', 'gpu' or None; got 'cuda'$"),
    ({"device": "cpu", "engine": "python"}, ArgumentError, "^device='cpu' is for engine='jax'; leave it out with"),
    ({"device": "cpu", "grad": double}, ArgumentError, "^device='cpu' cannot run this: the gradient is yours"),
    ({"workers": 0}, ArgumentError, "^workers must be a whole number of at least 1; got 0$"),
    ({"workers": "all"}, ArgumentTypeError, "^workers must be a whole number of at least 1; got 'all'$"),
    ({"workers": 2, "grad": double}, ArgumentError, "^workers=2 evaluate the points of central differences; leave it"),
    ({"workers": 2, "grad": "spsa"}, ArgumentError, "^workers=2 evaluate the points of central differences; leave it"),
    ({"workers": 2, "problem": MODEL, "w0": None}, ArgumentError, "^workers=2 evaluate a callable for central diff"),
    ({"workers": 2, "engine": "jax"}, ArgumentError, "^engine='jax' cannot run this: .* leave grad and workers out$"),
    ({"engine": "cuda"}, ArgumentError, "^engine must be 'auto', 'python', 'numba', 'jax' or 'quadratic'; got 'cuda'$"),
    ({"engine": "numba"}, ArgumentError, "^engine='numba' cannot run this: .* use engine='auto'$"),
    ({"engine": "numba", "grad": double}, ArgumentError, "^engine='numba' cannot run this: .* use engine='auto'$"),
    ({"engine": "jax", "grad": double}, ArgumentError, "^engine='jax' cannot run this: the gradient is yours, .* out$"),
    ({"engine": "jax", "problem": told}, ArgumentError, "^engine='jax' cannot run this: it prints$"),
    # the gradient
    ({"grad": "exact"}, ArgumentTypeError, "^grad must be a callable, 'automatic', 'finite' or 'spsa'; got 'exact'$"),
    ({"grad": "automatic", "problem": told}, ArgumentError, "^grad='automatic' fails for told: it prints; leave"),
    # a box to be projected onto
    ({"bounds": [(-1, 1)] * 2}, ArgumentError, r"^w0 must lie within bounds; w0\[1\] is 2, outside \[-1, 1\]$"),
    ({"bounds": [(-5, 5)] * 3}, ArgumentError, "^bounds has 3 pairs, but there are 2 variables$"),
    ({"bounds": 3}, ArgumentError, "^bounds must be steepest.Box.* pairs; got 3$"),
    ({"bounds": [(1, 0)] * 2}, ArgumentError, "^Box needs lower <= upper everywhere"),
    # what changes from step to step
    ({"momentum": lambda t: 1.0}, ArgumentError, r"^momentum must be a number in \[0, 1\); got 1.0$"),
    ({"learning_rate": lambda t: "a"}, ArgumentError, "^the schedule .* must return a finite real number; at t = 0"),
    ({"rate_outside": lambda t: True}, ArgumentTypeError, "^rate_outside of momentum must stay what it is for a whole"),
    ({"momentum": steepest.line_search.Exact()}, ArgumentTypeError, "^momentum .* must be a number or a schedule; got"),
    ({"learning_rate": steepest.line_search.Armijo}, ArgumentTypeError, "not the class Armijo; write Armijo"),
    ({"learning_rate": steepest.schedules.Cosine}, ArgumentTypeError, "^a schedule must be an object, not the class"),
    # numbers out of range, or no numbers
    ({"learning_rate": -1}, ArgumentError, "^learning_rate of momentum must be a finite number of at least 0; got -1$"),
    ({"learning_rate": nan}, ArgumentError, "^learning_rate .* got nan$"),
    ({"learning_rate": inf}, ArgumentError, "^learning_rate .* got inf$"),
    ({"learning_rate": "0.1"}, ArgumentTypeError, "^learning_rate .* got '0.1' "),
    ({"learning_rate": [0.1, 0.2]}, ArgumentTypeError, "^learning_rate .* must be one number; got \\[0.1, 0.2\\]$"),
    ({"momentum": 1}, ArgumentError, r"^momentum must be a number in \[0, 1\); got 1$"),
    ({"momentum": -0.1}, ArgumentError, r"^momentum must be a number in \[0, 1\); got -0.1$"),
    ({"momentum": 1.5}, ArgumentError, r"^momentum must be a number in \[0, 1\); got 1.5$"),
    ({"momentum": "0.9"}, ArgumentTypeError, "^momentum must be a number in"),
    ({"momentum": nan}, ArgumentError, "^momentum must be a number in .* got nan$"),
    ({"momentum": None}, ArgumentTypeError, "^momentum must be a number in .* got None"),
    ({"max_iter": -1}, ArgumentError, "^max_iter must be a whole number of at least 0; got -1$"),
    ({"max_iter": 1.5}, ArgumentTypeError, "^max_iter must be a whole number of at least 0; got 1.5$"),
    ({"max_iter": "10"}, ArgumentTypeError, "^max_iter must be a whole number .* got '10'$"),
    ({"max_iter": True}, ArgumentTypeError, "^max_iter must be a whole number .* got True$"),
    ({"max_evals": 0}, ArgumentError, "^max_evals must be a whole number of at least 1; got 0$"),
    ({"max_evals": 5, "grad": "finite"}, ArgumentError, "^max_evals 5 evaluations were spent before .* give"),
    ({"f_tol": -1e-9}, ArgumentError, "^f_tol must be a number of at least 0; got -1e-09$"),
    ({"f_rtol": "small"}, ArgumentTypeError, "^f_rtol must be a number; got 'small'$"),
    ({"x_tol": nan}, ArgumentError, "^x_tol must be a number of at least 0; got nan$"),
    ({"grad_tol": "small"}, ArgumentTypeError, "^grad_tol must be a number, None or 'default'; got 'small'$"),
    ({"grad_tol": -1}, ArgumentError, "^grad_tol must be a number of at least 0; got -1$"),
    ({"f_target": inf}, ArgumentError, "^f_target must be a finite number; got inf$"),
    ({"f_target": True}, ArgumentTypeError, "^f_target must be a number; got True$"),
    ({"patience": 0}, ArgumentError, "^patience must be a whole number of at least 1; got 0$"),
    ({"time_limit": 0}, ArgumentError, "^time_limit must be a number above 0; got 0$"),
    ({"time_limit": "1 s"}, ArgumentTypeError, "^time_limit must be a number; got '1 s'$"),
    ({"seed": -1}, ArgumentError, "^seed must be a whole number of at least 0; got -1$"),
    ({"seed": "a"}, ArgumentTypeError, "^seed must be a whole number of at least 0; got 'a'$"),
    ({"starts": 0}, ArgumentError, "^starts must be a whole number of at least 1; got 0$"),
    ({"starts": 2}, ArgumentError, "^starts=2 needs bounds to draw from; pass bounds=steepest.Box"),
    ({"starts": 2, "bounds": "x"}, ArgumentError, "^bounds must be steepest.Box.* pairs; got 'x'$"),
    ({"starts": 2, "bounds": [(0, 1)] * 3}, ArgumentError, "^bounds has 3 pairs, but there are 2 variables$"),
    ({"starts": 2, "bounds": [(1, 0)] * 2}, ArgumentError, "^Box needs lower <= upper everywhere"),
    ({"starts": 2, "bounds": [(0, None)] * 2}, ArgumentError, "^bounds must be finite to draw random starts from"),
    ({"starts": 2, "bounds": steepest.Box(0, 1), "w0": None}, ArgumentError, "^bounds must have one pair for each"),
    # choices and switches
    ({"sampling": "random"}, ArgumentError, "^sampling must be 'shuffle', 'replacement', .* got 'random'$"),
    ({"sampling": ["shuffle"]}, ArgumentError, "^sampling must be"),
    ({"record": "some"}, ArgumentError, "^record must be 'auto', 'all', 'none', .* got 'some'$"),
    ({"record": 0}, ArgumentError, "^record must be a whole number of at least 1; got 0$"),
    ({"record": ("f", "g")}, ArgumentError, "^record has no field 'g'; it has w, f, grad_norm"),
    ({"record": b"f"}, ArgumentError, "^record must be"), ({"record": None}, ArgumentError, "^record must be"),
    ({"record": "updates"}, ArgumentError, "^record='updates' shows the steps inside an epoch; give a batch_size$"),
    ({"record": True}, ArgumentError, "^record must be 'auto'.* got True$"),
    ({"callback": 3}, ArgumentTypeError, "^callback must be callable; got 3$"),
    ({"progress": "yes"}, ArgumentTypeError, "^progress must be True, False, 'auto' or a callable; got 'yes'$"),
    ({"maximize": 1}, ArgumentTypeError, "^maximize must be True or False; got 1$"),
    ({"throw": "yes"}, ArgumentTypeError, "^throw must be True or False; got 'yes'$"),
    ({"value_and_grad": 1}, ArgumentTypeError, "^value_and_grad must be True or False; got 1$"),
    ({"batch_size": 2}, ArgumentError, "^batch_size=2 needs a problem on data, such as steepest.LinearModel"),
    ({"batch_size": 0, "problem": MODEL, "w0": None}, ArgumentError, "^batch_size must be a whole number of at"),
    ({"batch_size": 1.5, "problem": MODEL, "w0": None}, ArgumentTypeError, "^batch_size must be a whole number"),
    ({"batch_size": "1", "problem": MODEL, "w0": None}, ArgumentTypeError, "^batch_size must be a whole number"),
    # the start
    ({"w0": None}, ArgumentError, "^w0 is missing: a callable has no start of its own; pass w0="),
    ({"w0": [nan, 1]}, ArgumentError, r"^w0 must be finite; w0\[0\] is nan$"),
    ({"w0": [1, inf]}, ArgumentError, r"^w0 must be finite; w0\[1\] is inf$"),
    ({"w0": []}, ArgumentError, "^w0 is empty; give at least one variable$"),
    ({"w0": [[1, 2]], "problem": MODEL}, ArgumentError, "^w0 must be one vector for linear model; flatten it with"),
    ({"w0": [1.0, [[1.0, 2.0], 3.0]], "problem": steepest.gallery.sphere()}, ArgumentError, "^w0 must be one vector"),
    ({"w0": {"a": 1.0}, "problem": steepest.gallery.sphere()}, ArgumentError, "^w0 must be one vector for sphere; fl"),
    ({"w0": {"a": 1.0}}, ArgumentError, "^problem raised TypeError at w0 = .*'dict'.*; it must take w"),
    ({"w0": {"a": "b"}}, ArgumentTypeError, "^w0 must hold real numbers; one of its leaves is 'b'$"),
    ({"w0": {"a": [nan]}, "problem": leaf}, ArgumentError, r"^w0 must be finite; w0\[0\] is nan$"),
    ({"w0": {}}, ArgumentError, "^w0 is empty; give at least one variable$"),
    ({"w0": {"a": 1.0}, "problem": leaf, "grad": lambda w: [1.0, 2.0]}, ArgumentError, "^grad must return an array"),
    ({"w0": "ab"}, ArgumentTypeError, "^w0 must hold real numbers; got 'ab'$"),
    ({"w0": [1j]}, ArgumentTypeError, "^w0 must hold real numbers; got \\[1j\\]$"),
    ({"w0": ["1"]}, ArgumentTypeError, "^w0 must hold real numbers"), ({"w0": [{}]}, SteepestError, "^w0 "),
    ({"w0": [True]}, ArgumentTypeError, "^w0 must hold real numbers"),
    ({"w0": [1.0], "problem": MODEL}, ArgumentError, "^w0 must have 4 entries, one for each variable .* it has 1$"),
    ({"w0": [1.0] * 3, "problem": steepest.gallery.sphere()}, ArgumentError, "^w0 must have 2 entries"),
    # the problem
    ({"problem": 3}, ArgumentTypeError, "^problem must be a callable, a formula, a steepest.* got 3$"),
    ({"problem": None}, ArgumentTypeError, "^problem must be a callable, a formula, .* got None$"),
    ({"problem": steepest.gallery.sphere}, ArgumentTypeError, "^problem must be an object, not the class Sphere; call"),
    ({"problem": MODEL, "w0": None, "grad": square}, ArgumentError, "^grad, args and value_and_grad belong to a calla"),
    ({"problem": steepest.gallery.sphere(), "args": (1,)}, ArgumentError, "^grad, args and value_and_grad belong"),
    ({"problem": steepest.gallery.sphere(), "args": np.ones(2)}, ArgumentError, "^grad, args and value_and_grad"),
    ({"args": (1,)}, ArgumentError, "^problem raised TypeError at w0 = .*; it must take w .and args. and return"),
    ({"method": "adamm"}, ArgumentError, "^method 'adamm' is not known; did you mean 'adam'"),
    ({"method": 3}, ArgumentTypeError, "^method must be a name, a rule class or a rule object"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_used_is_one_sentence(arguments, kind, message):
    with pytest.raises(kind, match=message) as error:
        minimized(**arguments)
    text = str(error.value)
    assert isinstance(error.value, SteepestError)
    assert isinstance(error.value, (ValueError, TypeError))
    assert "\n" not in text
    assert not re.search("[.] [A-Z]", text)
    assert not text.endswith(".")
    assert text.isascii()


class Bare:
    """An object that is half a problem."""

    n = 2

    def value(self, w):
        return square(w)

    def gradient(self, w):
        return 2 * w


class Whole(Bare):
    """A user's own problem."""

    name, formula, source, gradient_note = "mine", "w.w", "", "exact"
    start, minimum, box = np.array([1.0, 2.0]), None, None

    def value_and_gradient(self, w):
        return self.value(w), self.gradient(w)

    def recipe(self):
        return {"kind": "mine"}


def test_a_half_problem_is_told_what_it_lacks():
    with pytest.raises(ArgumentTypeError, match=r"^problem of type Bare has no name, start, .* or recipe; add it$"):
        minimized(Bare())


def test_a_users_problem_runs_from_its_own_start():
    run = steepest.minimize(Whole())
    assert run.success
    assert run.recipe["problem_name"] == "mine"
    assert run.recipe["problem"] == {"kind": "mine"}
    assert np.array_equal(run.w0, [1.0, 2.0])


# -- keywords nobody knows -------------------------------------------------------------------------------------------

RENAMED = {
    "lr": "learning_rate", "eta": "learning_rate", "alpha": "learning_rate", "jac": "grad", "x0": "w0",
    "tol": "grad_tol", "maxiter": "max_iter", "learning_rte": "learning_rate", "momentun": "momentum",
    "max_itr": "max_iter", "record_": "record", "Seed": "seed",
}  # fmt: skip


@pytest.mark.parametrize(("given", "right"), RENAMED.items())
def test_an_unknown_keyword_is_answered_with_the_right_one(given, right):
    with pytest.raises(ArgumentTypeError) as error:
        minimized(**{given: 0.1})
    assert str(error.value) == f"minimize with method 'momentum' has no argument {given!r}; did you mean {right}?"


@pytest.mark.parametrize("given", ["betas", "b1", "beta1"])
def test_a_keyword_of_another_method_is_said_to_be_one(given):
    says = rf"^{given}.* belongs to adabelief, adam, adamax and \d+ others, not to 'momentum', which takes"
    with pytest.raises(ArgumentTypeError, match=says):
        minimized(**{given: 0.1})
    if given != "beta1":
        with pytest.raises(ArgumentTypeError, match=r"did you mean beta1\?$"):
            minimized(method="adam", **{given: 0.1})


def test_a_keyword_like_no_other_is_answered_with_what_the_method_takes():
    with pytest.raises(ArgumentTypeError, match=r"^minimize with method 'gradient_descent' has no argument 'zzzz'; it"):
        minimized(method="gradient_descent", zzzz=1)


@pytest.mark.parametrize(("given", "right"), ALIASES.items())
def test_every_alias_leads_to_an_argument(given, right):
    fields = {field for name in steepest.methods.names() for field in steepest.methods.find(name)._fields}
    assert right in SIGNATURE or right in fields or right in steepest.methods.modifiers.fields()
    assert given not in SIGNATURE
    assert given not in fields


# -- what may be given in more than one way --------------------------------------------------------------------------


@pytest.mark.parametrize("w0", [[1, 2], (1, 2), np.array([1, 2]), np.array([1, 2], dtype="i1"), np.float32([1, 2])])
def test_starts_of_any_kind_become_float64_and_stay_the_callers(w0):
    kept = np.array(w0)
    run = minimized(w0=w0)
    assert run.w0.dtype == run.w.dtype == run.history.w.dtype == np.float64
    assert np.array_equal(run.history.w[0], [1.0, 2.0])
    assert np.array_equal(w0, kept)


@pytest.mark.parametrize("w0", [3, 3.0, np.float32(3), np.array(3), [3], np.array([3.0])])
def test_a_number_is_one_variable(w0):
    run = minimized(w0=w0)
    assert run.w.shape == (1,)
    assert run.history.w[0, 0] == 3.0


def test_whole_numbers_may_come_as_floats_and_numpy_numbers():
    assert minimized(max_iter=2.0, learning_rate=0.1).nit == 2
    assert minimized(max_iter=np.int64(2), seed=np.uint8(3), learning_rate=np.float32(0.1)).recipe["seed"] == 3


def test_a_learning_rate_above_one_is_legal():
    run = steepest.minimize(lambda w: 0.1 * square(w), [1.0], "gradient_descent", learning_rate=5.0, max_iter=1)
    assert run.w[0] == pytest.approx(0.0, abs=1e-9)


def test_args_reach_the_callables_and_one_that_is_no_tuple_is_wrapped():
    def f(w, a):
        return float(a @ (w * w))

    def g(w, a):
        return 2 * a * w

    a = np.array([1.0, 3.0])
    runs = [minimized(f, args=(a,), grad=g), minimized(f, args=a, grad=g)]
    assert np.array_equal(runs[0].history.w, runs[1].history.w)
    assert runs[0].f_start == 13.0


def test_seed_none_draws_a_seed_and_records_it():
    seeds = {minimized(seed=None).recipe["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert all(type(seed) is int for seed in seeds)


def test_a_record_given_as_a_generator_or_numpy_number_is_recorded():
    run = minimized(record=(name for name in ("w", "f")))
    assert run.recipe["record"] == ["w", "f"]
    assert [*run.history.columns()] == ["iteration", "w", "f"]
    assert minimized(record=np.int64(2)).recipe["record"] == 2


def test_bounds_of_every_kind_draw_the_same_starts():
    box = steepest.Box([-1, 0], [1, 2])
    given = [box, [(-1, 1), (0, 2)], ((-1, 1), (0, 2)), Bounds([-1, 0], [1, 2])]
    runs = [minimized(bounds=bounds, starts=3, w0=None) for bounds in given]
    assert all(np.array_equal(run.w0, runs[0].w0) for run in runs)
