"""check_gradient: a right gradient passes wherever it is tried, a wrong one is caught, and the mistake is named."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems.checking import check_gradient

W = np.array([1.0, 2.0])


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def slope(w):
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)])


def weighted(w):
    """Its gradient at ones is 2, 4, ... 2 n."""
    return float(np.arange(1, w.size + 1) @ w**2)


GALLERY = [p for p in map(steepest.gallery.find, steepest.gallery.names()) if p.least_n <= 2 <= p.most_n]


@pytest.mark.parametrize("cls", GALLERY, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_the_gallery_is_right_at_starts_minima_and_random_points_at_any_scale(cls, scale, offset):
    problem = cls(n=2)
    minima = [] if problem.minimum is None else [*problem.minimum.w]
    for w in [problem.start, *minima, *problem.box.draw(np.random.default_rng(0), 4)]:
        check = check_gradient(lambda v: scale * problem.value(v) + offset, lambda v: scale * problem.gradient(v), w)
        assert check, (w, check)


@given(arrays(float, 2, elements=st.floats(-30, 30)), st.sampled_from([1.01, 0.9, 1.001]))
def test_a_component_off_by_a_factor_is_found_wherever_it_is_not_zero(w, factor):
    right = slope(w)
    assume(abs(right[1]) > 1e-3 * (1 + abs(right[0])))
    check = check_gradient(rosenbrock, right * [1, factor], w)
    assert check.wrong.tolist() == [1]
    assert not check


def test_the_result_holds_the_arrays_and_says_so():
    check = check_gradient(rosenbrock, lambda w: slope(w) * [1, 2], W)
    assert (check.ok, check.kind, check.wrong.tolist()) == (False, "components", [1])
    assert check.gradient.tolist() == [-400, 400]
    np.testing.assert_allclose(check.differences, [-400, 200], rtol=1e-8)
    np.testing.assert_allclose(check.errors, [0, 200], atol=1e-6)
    assert np.all(check.uncertainty < 1e-4)
    assert check.error == pytest.approx(0.5)
    assert str(check) == repr(check)
    assert "wrong in 1 of 2 components: grad[1] is 400, central differences give 200 within" in str(check)
    assert "(2.00 times too large)" in str(check)


def test_a_right_gradient_says_how_closely_it_agrees():
    check = check_gradient(rosenbrock, slope, [-1.2, 1])
    assert check
    assert check.error < 1e-9
    assert str(check).startswith("the gradient is right: 2 of 2 components agree to ")
    assert str(check_gradient(lambda w: w, 1.0, 3.0)).startswith("the gradient is right: 1 of 1 component agree")


def test_args_and_problems_and_arrays_are_taken():
    assert check_gradient(lambda w, a: a * w @ w, lambda w, a: 2 * a * w, W, args=(3.0,))
    assert check_gradient(lambda w, a: a * w @ w, lambda w, a: 2 * a * w, W, args=3.0)
    assert check_gradient(steepest.gallery.rosenbrock(), None, W)
    assert not check_gradient(steepest.gallery.rosenbrock(), slope(W) + 1, W)
    assert check_gradient(rosenbrock, slope(W).tolist(), (1, 2))


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda g: 2 * g, "2.00 times too large in all components"),
        (lambda g: g / 3, "3.00 times too small in all components"),
        (lambda g: -g, "the sign is reversed in all components"),
        (lambda g: -2 * g, "the sign is reversed and 2.00 times too large in all components"),
        (lambda g: 0 * g, "it is zero in all components"),
        (lambda g: g[::-1], "in reverse order"),
        (lambda g: g.reshape(2, 3).T.ravel(), "that of a 2 x 3 array, transposed"),
        (lambda g: g[[1, 0, 2, 3, 4, 5]], "in another order, grad[0] is that of component 1, grad[1] is that of"),
    ],
)
def test_common_mistakes_are_named(mistake, said):
    check = check_gradient(weighted, lambda w: mistake(2 * np.arange(1, 7) * w), np.ones(6))
    assert not check
    assert said in str(check)


def test_two_unlike_mistakes_are_no_common_one():
    said = str(check_gradient(weighted, lambda w: np.array([2, 8, 5, 8.0]), np.ones(4)))
    assert "in all" not in said
    assert "order" not in said
    assert said.index("grad[1] is 8") < said.index("grad[2] is 5")


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_gradient_that_is_no_number_is_wrong_there(bad):
    check = check_gradient(rosenbrock, lambda w: np.array([slope(w)[0], bad]), W)
    assert check.wrong.tolist() == [1]
    assert math.isinf(check.error)
    assert f"grad[1] is {bad}" in str(check)


@pytest.mark.parametrize("g", [-1, 0, 0.3, 1])
def test_any_slope_between_those_of_a_kink_is_right_and_the_kink_is_told(g):
    check = check_gradient(lambda w: abs(w[0]) + w[1] ** 2, [g, 2.0], [0.0, 1.0])
    assert check
    assert f"f has a kink there: grad[0] = {g} lies between the one-sided slopes -1 and 1" in str(check)
    assert check.errors[0] == 0


def test_a_slope_outside_those_of_a_kink_is_wrong():
    check = check_gradient(lambda w: abs(w[0]) + w[1] ** 2, [1.5, 2.0], [0.0, 1.0])
    assert check.wrong.tolist() == [0]
    assert check.errors[0] == pytest.approx(0.5)
    assert "grad[0] is 1.5, f has a kink there with slopes -1 and 1" in str(check)


@pytest.mark.parametrize("sd", [1e-3, 1e-5, 1e-7])
def test_noise_raises_no_false_alarm_and_is_told(sd):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        w = rng.normal(size=3)
        check = check_gradient(lambda v, rng=rng: float(v @ v) + sd * rng.normal(), lambda v: 2 * v, w, seed=seed)
        assert check.wrong.size == 0
        assert np.all(check.errors <= check.uncertainty)


def test_where_noise_drowns_the_slope_nothing_is_called_right():
    rng = np.random.default_rng(0)
    check = check_gradient(lambda w: float(w @ w) + rng.normal(), lambda w: 2 * w, W)
    assert not check
    assert check.wrong.size == 0
    assert "cannot be checked in 2 of 2 components; f looks noisy" in str(check)


def test_a_jump_cannot_be_checked():
    assert "cannot be checked" in str(check_gradient(lambda w: math.floor(w[0]), [0.0], [1.0]))


def test_single_precision_is_allowed_for():
    def f(w):
        return np.float32(np.sum(np.sin(w.astype(np.float32))))

    w = np.array([0.3, -2.0, 5.0])
    assert check_gradient(f, lambda w: np.cos(w.astype(np.float32)), w)
    assert check_gradient(lambda w: float(np.sin(w).sum()), lambda w: np.cos(w.astype(np.float32)), w)
    assert check_gradient(f, lambda w: 1.1 * np.cos(w), w).wrong.size == 3


@pytest.mark.parametrize("x", [0.25, 0.125, -3.0])
def test_the_rounding_of_w_itself_is_allowed_for_where_f_bends_sharply(x):
    k = 2000 * math.pi
    assert check_gradient(lambda w: math.cos(k * w[0]), lambda w: -k * np.sin(k * w), [x])


def test_a_domain_with_a_border_is_kept_to():
    assert check_gradient(lambda w: math.log(w[0]), [20.0], [0.05])
    assert check_gradient(lambda w: w[0] ** 2 + w[0], lambda w: 2 * w + 1, [0.0])
    check = check_gradient(lambda w: 2 * w[0] if w[0] >= 0 else math.nan, [3.0], [0.0])
    assert "one-sided differences give 2 within" in str(check)
    alone = check_gradient(lambda w: 1.0 if w[0] == 0 else math.nan, [3.0], [0.0])
    assert not alone
    assert "f has no numbers around w along component 0" in str(alone)


@pytest.mark.parametrize("n", [200, 201])
def test_many_variables_are_checked_along_random_directions(n):
    rng = np.random.default_rng(1)
    c, w, calls = rng.normal(size=n), rng.normal(size=n), []

    def f(v):
        calls.append(0)
        return float(c @ v**3)

    check = check_gradient(f, lambda v: 3 * c * v**2, w)
    assert check
    assert check.kind == ("components" if n == 200 else "directions")
    assert len(check.gradient) == len(check.wrong) + len(check.errors) == (200 if n == 200 else 20)
    assert len(calls) <= 1 + 54 + 20 * len(check.gradient)
    one = check_gradient(f, lambda v: 3 * c * v**2 + 0.1 * (np.arange(n) == 5), w)
    assert not one
    assert n == 201 or one.wrong.tolist() == [5]
    assert "all " + check.kind in str(check_gradient(f, lambda v: 2 * c * v**2, w))


def test_directions_come_from_the_seed():
    w = np.linspace(-1, 1, 300)
    first, again, other = (check_gradient(lambda v: v @ v, 2 * w, w, seed=seed).gradient for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("f", "grad", "w", "kind", "said"),
    [
        (rosenbrock, None, W, ArgumentTypeError, "grad is missing: f has no gradient"),
        (3, slope, W, ArgumentTypeError, "f must be a callable, or a problem with value and gradient; got 3"),
        (rosenbrock, "a", W, ArgumentTypeError, "grad must be a callable or an array of real numbers; got 'a'"),
        (rosenbrock, [[1], [2, 3]], W, ArgumentTypeError, "grad must be a callable or an array"),
        (rosenbrock, [1, 2, 3], W, ArgumentError, r"grad must have the shape of w, \(2,\); got"),
        (rosenbrock, lambda w: [1, 2, 3], W, ArgumentError, "the shape of w; at w it returned an array of shape"),
        (rosenbrock, lambda w: "no", W, ArgumentTypeError, "grad must return 2 real numbers; at w it"),
        (rosenbrock, lambda w: {}["x"], W, ArgumentError, "grad raised KeyError at w = "),
        (lambda w: {}["x"], slope, W, ArgumentError, "f raised KeyError at w = "),
        (lambda w: w, slope, W, ArgumentError, "f must return one real number; at w it returned"),
        (lambda w: math.nan, slope, W, ArgumentError, r"f is nan at w = \(1, 2\)"),
        (lambda w: math.exp(1e4), slope, W, ArgumentError, "f is nan at w"),
        (rosenbrock, slope, [], ArgumentTypeError, "w must hold real numbers"),
        (rosenbrock, slope, ["a"], ArgumentTypeError, "w must hold real numbers"),
        (rosenbrock, slope, [[1.0, 2.0]], ArgumentError, "w must be one vector"),
        (rosenbrock, slope, [1.0, math.inf], ArgumentError, "w must be finite"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(f, grad, w, kind, said):
    with pytest.raises(kind, match=said) as error:
        check_gradient(f, grad, w)
    assert "w0" not in str(error.value)
    assert "problem must" not in str(error.value)
    assert "\n" not in str(error.value)


def test_an_error_near_w_is_told_with_its_point_and_its_own_words():
    def f(w):
        if w[0] > 1:
            raise RuntimeError("the problem at w0 is mine")
        return 0.0

    with pytest.raises(ArgumentError, match=r"f raised RuntimeError at w = .*: the problem at w0 is mine;") as error:
        check_gradient(f, [0.0], [1.0])
    assert isinstance(error.value.__cause__, RuntimeError)


def test_a_function_that_changes_its_argument_is_refused():
    def f(w):
        w += 1
        return 0.0

    with pytest.raises(ArgumentError, match="f changed w in place"):
        check_gradient(f, [0.0], [1.0])
