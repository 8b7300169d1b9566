"""Starts that are no vector: f, gradient, callback and results have w in the shape of the start."""

import pickle
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError


class Layer(NamedTuple):
    weights: Any
    bias: Any


STARTS: dict[str, Any] = {
    "dict": {"b": np.ones((2, 3)), "a": [0.5, -2.0]},
    "list": [np.array([1.0, 2.0]), np.array([[3.0]])],
    "nested": ({"x": 2.0, "y": (np.ones(2), [3.0])}, np.zeros((1, 2))),
    "matrix": np.arange(6.0).reshape(2, 3),
    "list of lists": [[1.0, 2.0], [3.0, 4.0]],
    "named tuple": Layer(np.ones((2, 2)), np.zeros(2)),
}
START = STARTS["dict"]
FLAT = np.array([0.5, -2.0, 1, 1, 1, 1, 1, 1])
"""START as a vector: keys in their order."""


def leaves(w):
    return jax.tree_util.tree_leaves(w)


def distance(w):
    """The squared distance of every number from 3."""
    return sum(((leaf - 3.0) ** 2).sum() if np.ndim(leaf) else (leaf - 3.0) ** 2 for leaf in leaves(w))


def slope(w):
    return jax.tree_util.tree_map(lambda leaf: 2 * (np.asarray(leaf) - 3.0), w)


def flat(w):
    return np.concatenate([np.ravel(leaf) for leaf in leaves(w)])


def distance_of_vector(w):
    return float(((w - 3.0) ** 2).sum())


def same_shape(a, b):
    """Whether two trees have one structure, and leaves of the same shapes."""
    a, b = (jax.tree_util.tree_map(np.asarray, part) for part in (a, b))
    structures = jax.tree_util.tree_structure(a) == jax.tree_util.tree_structure(b)
    return structures and [leaf.shape for leaf in leaves(a)] == [leaf.shape for leaf in leaves(b)]


def shape_of(name):
    """The start whose shape the results take: lists of numbers of one shape are an array."""
    return np.array(STARTS[name]) if name == "list of lists" else STARTS[name]


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("grad", [None, "finite", "spsa", slope])
def test_results_come_back_in_the_shape_of_the_start(name, grad):
    arguments = {"learning_rate": 0.05, "momentum": 0.5, "max_iter": 5, "grad": grad, "grad_tol": None}
    seen = []
    run = steepest.minimize(distance, STARTS[name], callback=seen.append, **arguments)
    like = shape_of(name)
    assert same_shape(run.w, like)
    assert same_shape(run.start, like)
    assert same_shape(run.best.w, like)
    assert all(same_shape(w, like) for w in seen)
    assert same_shape(run.shaped(run.history.w[2]), like)
    assert np.array_equal(flat(run.w), run.x)
    assert np.array_equal(run.x, run.history.w[-1])
    assert np.array_equal(run.w0, flat(STARTS[name]))
    assert run.x.ndim == run.jac.ndim == 1
    assert [np.array_equal(flat(w), row) for w, row in zip(seen, run.history.w[1:], strict=True)] == [True] * 5
    assert run.engine == ("jax" if grad is None else "python")


@pytest.mark.parametrize("grad", [None, "finite", slope])
def test_a_tree_makes_the_steps_of_its_vector(grad):
    def vector_slope(w):
        return 2 * (w - 3.0)

    arguments = {"learning_rate": 0.05, "max_iter": 20}
    tree = steepest.minimize(distance, START, grad=grad, **arguments)
    vector = steepest.minimize(distance_of_vector, FLAT, grad=vector_slope if callable(grad) else grad, **arguments)
    np.testing.assert_allclose(tree.history.w, vector.history.w, rtol=1e-8 if grad == "finite" else 1e-13)
    assert tree.history.f[0] == distance(START)


def test_f_gets_a_dict_of_arrays_and_the_arguments():
    seen = []

    def f(w, scale):
        seen.append({name: np.shape(part) for name, part in w.items()})
        return scale * (w["a"] @ w["a"] + w["b"] ** 2)

    run = steepest.minimize(f, {"b": 2.0, "a": np.ones(3)}, args=(2.0,), grad="finite", max_iter=2)
    assert all(shapes == {"a": (3,), "b": ()} for shapes in seen)
    assert run.f_start == 14.0


def test_value_and_gradient_together_may_come_in_the_shape_of_the_start():
    run = steepest.minimize(lambda w: (distance(w), slope(w)), START, value_and_grad=True, learning_rate=0.1)
    assert run.success
    assert same_shape(run.w, START)
    np.testing.assert_allclose(run.w["b"], 3.0, atol=1e-5)


def test_a_matrix_is_a_matrix_to_the_function():
    def f(W):
        return ((W @ W.T - np.eye(2)) ** 2).sum()

    start = np.array([[1.0, 0.2, 0.0], [0.1, 0.8, 0.3]])
    run = steepest.minimize(f, start)
    assert (run.success, run.engine, run.w.shape, run.x.shape) == (True, "jax", (2, 3), (6,))
    np.testing.assert_allclose(run.w @ run.w.T, np.eye(2), atol=1e-5)
    assert run.recipe["tree"] == ["array", [2, 3]]


def test_a_running_run_shows_the_shape_too():
    seen = []
    steepest.minimize(
        distance, START, max_iter=2, callback=lambda intermediate_result: seen.append(intermediate_result.w)
    )
    assert all(same_shape(w, START) for w in seen)
    assert len(seen) == 2


def test_a_callback_that_changes_its_copy_does_not_disturb_the_run():
    def spoil(w):
        w["b"][:] = 99.0

    quiet, loud = (steepest.minimize(distance, START, max_iter=5, callback=c) for c in (None, spoil))
    assert np.array_equal(quiet.history.w, loud.history.w)


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("grad", [None, "finite"])
def test_a_replay_is_in_the_shape_and_to_the_same_bits(name, grad):
    run = steepest.minimize(distance, STARTS[name], grad=grad, learning_rate=0.05, max_iter=7)
    again = run.replay()
    assert np.array_equal(again.history.w, run.history.w)
    assert again.recipe == run.recipe
    assert same_shape(again.w, run.w)


@pytest.mark.parametrize("name", [name for name in STARTS if name != "named tuple"])
def test_a_saved_run_comes_back_in_its_shape_and_replays(name, tmp_path):
    run = steepest.minimize(distance, STARTS[name], learning_rate=0.05, max_iter=7)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    for part in ("w", "start"):
        assert same_shape(getattr(loaded, part), getattr(run, part))
        assert np.array_equal(flat(getattr(loaded, part)), flat(getattr(run, part)))
    assert same_shape(loaded.best.w, run.best.w)
    again = loaded.replay(distance)
    assert same_shape(again.w, run.w)
    assert np.array_equal(again.history.w, run.history.w)


def test_what_a_file_cannot_build_comes_back_as_a_vector(tmp_path):
    run = steepest.minimize(distance, STARTS["named tuple"], learning_rate=0.05, max_iter=7)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert isinstance(run.w, Layer)
    assert np.array_equal(loaded.w, run.x)


def test_a_pickled_run_keeps_its_shape():
    run = steepest.minimize(distance, START, learning_rate=0.05, max_iter=7)
    again = pickle.loads(pickle.dumps(run))
    assert same_shape(again.w, START)
    assert np.array_equal(flat(again.w), run.x)


def test_several_starts_are_drawn_in_the_shape_of_the_first():
    seen = []

    def f(w):
        seen.append(set(w))
        return distance(w)

    box = steepest.Box(np.full(8, -1.0), np.full(8, 1.0))
    run = steepest.minimize(f, START, bounds=box, starts=3, grad="finite", max_iter=2)
    assert all(names == {"a", "b"} for names in seen)
    assert all(same_shape(one.w, START) for one in [run, *run.others])


def test_bounds_hold_for_the_numbers_of_a_tree_in_their_flat_order():
    box = steepest.Box([0.0, -3.0, *[0.5] * 6], [1.0, 0.0, *[2.0] * 6])
    run = steepest.minimize(distance, START, bounds=box, learning_rate=0.1)
    assert np.array_equal(flat(run.w), [1, 0, 2, 2, 2, 2, 2, 2])
    assert same_shape(run.w, START)


def test_schedules_and_line_searches_take_trees():
    one = steepest.minimize(distance, START, learning_rate=lambda t: 0.1 / (1 + t), max_iter=3)
    two = steepest.minimize(distance_of_vector, FLAT, learning_rate=lambda t: 0.1 / (1 + t), max_iter=3)
    np.testing.assert_allclose(one.history.w, two.history.w, rtol=1e-13)
    run = steepest.minimize(distance, START, "gradient_descent", learning_rate=steepest.line_search.Exact())
    assert run.nit == 1
    np.testing.assert_allclose(flat(run.w), 3.0, atol=1e-6)


@pytest.mark.parametrize("w0", [{"a": np.ones(2), "b": "x"}, [np.ones(2), None]])
def test_a_leaf_that_is_no_number_is_one_sentence(w0):
    with pytest.raises(TypeError, match=r"^w0 must hold real numbers"):
        steepest.minimize(distance, w0)


def test_a_gradient_of_another_shape_is_one_sentence():
    with pytest.raises(ArgumentError, match=r"^grad must return an array of shape \(8,\)"):
        steepest.minimize(distance, START, grad=lambda w: {"a": np.ones(2), "b": np.ones(3)})
