"""What any rule object goes through: found by name, checked, cast, and asked what kind it is."""

from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError, SteepestError
from steepest.base.fields import Field, Rate
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead
from steepest.methods.rule import as_rule, iteration_matrix, label, scale_free


class Signed(NamedTuple):
    """A user's rule: the gradient's sign."""

    learning_rate: Rate = None
    power: Annotated[int, Field(low=1)] = 1
    averaged: bool = False

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * xp.sign(g), ()


class Polyak(NamedTuple):
    """A rule of the whole vector."""

    f_least: float = 0.0

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return -(f - self.f_least) / (g @ g) * g, ()


class Untyped(tuple):
    _fields = ("learning_rate",)
    init = update = staticmethod(print)


def rule_of(method, **fields):
    return as_rule(method, fields, {"lr": "learning_rate"})


def test_a_name_a_class_and_an_object_give_the_same_rule():
    wanted = Momentum(0.1, 0.9)
    for rule in (
        rule_of("momentum", learning_rate=0.1), rule_of(Momentum, learning_rate=0.1), rule_of(Momentum(0.1)),
        rule_of(Momentum(5.0, 0.9), learning_rate=0.1), rule_of(Momentum(0.1, 0.2), momentum=0.9),
    ):  # fmt: skip
        assert rule == wanted
        assert type(rule) is Momentum


def test_fields_are_cast_to_their_kinds():
    rule = rule_of(Signed, learning_rate=np.float32(0.5), power=np.int64(2), averaged=np.True_)
    assert rule == (0.5, 2, True)
    assert [type(value) for value in rule] == [float, int, bool]


def test_auto_and_none_leave_the_rate_to_the_verb():
    assert rule_of("adam", learning_rate="auto").learning_rate is None
    assert rule_of("adam").learning_rate is None


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    ("adamm", {}, ArgumentError, "^method 'adamm' is not known; did you mean 'adam'\\?$"),
    ("zzz", {}, ArgumentError, "^method 'zzz' is not known; known: adabelief, "),
    ("rule", {}, ArgumentError, "^method 'rule' is not known"),
    ("sampling", {}, ArgumentError, "is not known"),
    (3, {}, ArgumentTypeError, "^method must be a name, a rule class or a rule object .*; got 3$"),
    (None, {}, ArgumentTypeError, "^method must be a name"),
    (dict, {}, ArgumentTypeError, "^method must be a name"),
    ((0.1, 0.9), {}, ArgumentTypeError, "^method must be a name"),
    (Untyped, {}, ArgumentTypeError, "^learning_rate of Untyped has no type; write it as learning_rate: float$"),
    ("momentum", {"momentum": 1}, ArgumentError, r"^momentum must be a number in \[0, 1\); got 1$"),
    (Nesterov, {"momentum": -0.1}, ArgumentError, r"^momentum of nesterov must be a number in \[0, 1\); got -0.1$"),
    ("adam", {"beta2": 1.0}, ArgumentError, "^beta2 of adam must be"),
    ("adam", {"epsilon": -1}, ArgumentError, "^epsilon of adam must be a finite number of at least 0; got -1$"),
    ("adam", {"learning_rate": "fast"}, ArgumentTypeError, r"^learning_rate of adam .*; got 'fast' \(str\)$"),
    (Adam("x"), {}, ArgumentTypeError, "^learning_rate of adam"),
    ("adam", {"learning_rate": [0.1, 0.2]}, ArgumentTypeError, "^learning_rate of adam must be one number"),
    ("adam", {"learning_rate": lambda t: -0.1}, ArgumentError, "^learning_rate of adam must be a .* at least 0; got -"),
    ("adam", {"beta1": steepest.line_search.Armijo()}, ArgumentTypeError, "^beta1 of adam must be a number or a sched"),
    (Signed, {"power": lambda t: 2}, ArgumentTypeError, "^power of Signed must stay what it is for a whole run; got <"),
    ("momentum", {"rate_outside": 1}, ArgumentTypeError, "^rate_outside of momentum must be True or False; got 1$"),
    (Signed, {"power": 1.5}, ArgumentTypeError, "^power of Signed must be a whole number; got 1.5$"),
    ("adam", {"lr": 0.1}, ArgumentTypeError, "^method 'adam' has no argument 'lr'; did you mean learning_rate\\?$"),
]


@pytest.mark.parametrize(("method", "fields", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_used_is_one_sentence(method, fields, kind, message):
    with pytest.raises(kind, match=message) as error:
        rule_of(method, **fields)
    assert isinstance(error.value, SteepestError)
    assert "\n" not in str(error.value)


def test_annotations_that_cannot_be_read_are_one_sentence():
    class Hidden(NamedTuple):
        learning_rate: "Elsewhere" = 0.1  # noqa: F821

        def init(self, w, xp):
            return ()

        def update(self, w, g, slots, t, xp):
            return -g, ()

    with pytest.raises(ArgumentTypeError, match=r"^the annotations of Hidden cannot be read"):
        rule_of(Hidden)


def test_labels_are_file_names_for_ours_and_class_names_for_users():
    assert label(NesterovLookahead(0.1)) == "nesterov_lookahead"
    assert label(Signed) == "Signed"


@pytest.mark.parametrize(
    ("rule", "free"),
    [(Adam(), True), (Signed(), True), (Momentum(), False), (GradientDescent(0.1), False), (Nesterov(), False),
     (Polyak(), False)],
)  # fmt: skip
def test_rules_whose_step_ignores_the_gradients_size_are_told_apart(rule, free):
    assert scale_free(rule) is free


def test_the_iteration_matrix_is_that_of_the_two_term_recursion():
    matrix = iteration_matrix(Momentum(0.1, 0.8), 2.0)
    np.testing.assert_allclose(matrix, [[1 - 0.2, 0.8], [-0.2, 0.8]])
    assert iteration_matrix(Adam(0.1), 2.0) is None
    assert iteration_matrix(Polyak(), 2.0) is None


def test_a_users_rule_runs_by_class_and_by_object():
    sphere = steepest.gallery.sphere()
    by_object = steepest.minimize(sphere, [1.0, -2.0], Signed(0.25), max_iter=4)
    by_class = steepest.minimize(sphere, [1.0, -2.0], Signed, max_iter=4, learning_rate=0.25)
    assert np.array_equal(by_object.history.w, [[1 - k / 4, -2 + k / 4] for k in range(5)])
    assert np.array_equal(by_class.history.w, by_object.history.w)
    assert by_object.recipe["method"] == {"name": "Signed", "learning_rate": 0.25, "power": 1, "averaged": False}


class Wary(Polyak):
    """One that compares the gradients of successive points."""

    full_batch_only = True


def test_a_rule_of_the_whole_vector_takes_batches_unless_it_says_that_it_does_not():
    run = steepest.minimize(steepest.gallery.sphere(), [3.0, 4.0], Polyak())
    assert run.success
    np.testing.assert_allclose(run.history.w[1], [1.5, 2.0])  # (f / |g|^2) g is w / 2 for f = |w|^2
    model = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
    assert steepest.minimize(model, method=Polyak(), max_iter=3).engine == "numba"
    assert steepest.minimize(model, method=Polyak(), batch_size=1, max_iter=3).f < run.f_start
    with pytest.raises(ArgumentError, match=r"^method 'Wary' steps by the whole objective and knows no batches"):
        steepest.minimize(model, method=Wary(), batch_size=1)
