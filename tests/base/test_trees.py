"""Weights in the user's own shape: flat order, the way back, and the shape as a recipe holds it."""

import json
from collections import OrderedDict
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.trees import Tree, leaves_of, mapped


class Layer(NamedTuple):
    weights: Any
    bias: Any


class Registered:
    """A container of the user's own, known to JAX."""

    def __init__(self, a, b):
        self.a, self.b = a, b


jax.tree_util.register_pytree_node(Registered, lambda it: ((it.a, it.b), None), lambda _, items: Registered(*items))


def arrays():
    shapes = st.lists(st.integers(1, 3), max_size=3).map(tuple)
    return st.tuples(shapes, st.integers(0, 99)).map(
        lambda drawn: np.random.default_rng(drawn[1]).standard_normal(drawn[0])
    )


def trees(containers=("dict", "list", "tuple", "layer", "ordered")):
    kinds = {
        "dict": lambda part: st.dictionaries(st.text("abz", min_size=1, max_size=3), part, min_size=1, max_size=3),
        "list": lambda part: st.lists(part, min_size=1, max_size=3),
        "tuple": lambda part: st.lists(part, min_size=1, max_size=3).map(tuple),
        "layer": lambda part: st.builds(Layer, part, part),
        "ordered": lambda part: st.builds(lambda a, b: OrderedDict(z=a, a=b), part, part),
    }
    return st.recursive(
        st.one_of(arrays(), st.floats(-9, 9), st.integers(-9, 9)),
        lambda part: st.one_of([kinds[name](part) for name in containers]),
        max_leaves=6,
    )


def same(a, b):
    """Whether two trees have one structure and equal leaves of equal shapes."""
    assert jax.tree_util.tree_structure(a) == jax.tree_util.tree_structure(b)
    pairs = zip(jax.tree_util.tree_leaves(a), jax.tree_util.tree_leaves(b), strict=True)
    return all(np.shape(x) == np.shape(y) and np.array_equal(x, y) for x, y in pairs)


@given(trees())
def test_the_flat_order_is_that_of_ravel_pytree_and_the_way_back_gives_the_same_tree(tree):
    shape, flat = Tree.of(tree)
    with jax.enable_x64(True):
        wanted, unravel = ravel_pytree(jax.tree_util.tree_map(lambda leaf: np.asarray(leaf, dtype=float), tree))
        assert np.array_equal(flat, wanted)
        assert same(shape.unravel(flat), unravel(wanted))
    assert (flat.dtype, flat.shape, shape.n) == (np.float64, (shape.n,), flat.size)
    assert same(shape(flat), tree)


@given(trees(("dict", "list", "tuple")))
def test_a_shape_survives_json(tree):
    shape, flat = Tree.of(tree)
    again = Tree.from_spec(json.loads(json.dumps(shape.spec)))
    assert again is not None
    assert again == shape
    assert hash(again) == hash(shape)
    assert again.n == shape.n
    assert same(again.unravel(flat), tree)


def test_what_comes_back_is_a_view_of_the_vector():
    shape, flat = Tree.of({"b": np.ones((2, 3)), "a": 4.0})
    assert np.array_equal(flat, [4, 1, 1, 1, 1, 1, 1])
    parts = shape.unravel(flat)
    flat[:] = 7.0
    assert (parts["a"], parts["b"].shape) == (7.0, (2, 3))
    assert (parts["b"] == 7.0).all()


def test_a_tree_is_unravelled_while_it_is_traced():
    shape, flat = Tree.of([np.ones((2, 2)), {"a": np.zeros(3)}])

    def f(w):
        first, rest = shape.unravel(w)
        return (first @ first).sum() + rest["a"].sum()

    assert jax.jit(f)(flat) == 8.0
    assert np.array_equal(jax.grad(f)(np.float32(flat))[4:], [1, 1, 1])


def test_containers_keep_their_kind():
    shape, flat = Tree.of([(1.0, [2.0]), Layer(np.ones(2), 3), OrderedDict(b=1.0, a=2.0)])
    pair, layer, ordered = shape.unravel(flat)
    assert (type(pair), type(pair[1]), type(layer), type(ordered)) == (tuple, list, Layer, OrderedDict)
    assert np.array_equal(flat, [1, 2, 1, 1, 3, 1, 2]), "an OrderedDict as it lies, as JAX has it"
    assert np.array_equal(Tree.of({"b": 1.0, "a": 2.0})[1], [2, 1])


def test_a_container_that_jax_knows_is_taken_apart_and_built_again():
    shape, flat = Tree.of({"own": Registered(np.ones(2), [3.0])})
    assert np.array_equal(flat, [1, 1, 3])
    back = shape.unravel(2 * flat)
    assert isinstance(back["own"], Registered)
    assert np.array_equal(back["own"].a, [2, 2])
    assert Tree.from_spec(json.loads(json.dumps(shape.spec))) is None, "only its own library can build it"
    assert shape == shape
    assert shape != Tree.of({"own": Registered(np.ones(2), [3.0])})[0]


@pytest.mark.parametrize("tree", [Layer(1.0, 2.0), OrderedDict(b=1.0, a=2.0)])
def test_what_json_cannot_tell_of_is_not_rebuilt_from_a_file(tree):
    assert Tree.from_spec(Tree.of(tree)[0].spec) is None


def test_shapes_are_equal_where_structure_and_leaf_shapes_are():
    one = Tree.of({"a": np.zeros(2), "b": 1.0})[0]
    assert one == Tree.of({"b": 5, "a": np.ones(2)})[0]
    others = [{"a": np.zeros(3), "b": 1.0}, {"a": np.zeros(2), "c": 1.0}, [np.zeros(2), 1.0], (np.zeros(2), 1.0)]
    assert all(one != Tree.of(other)[0] for other in others)
    assert one != "tree"


def test_leaves_of_any_real_dtype_become_float64():
    shape, flat = Tree.of([np.int8(3), np.float32(0.5), np.arange(2, dtype="u4"), 7])
    assert flat.dtype == np.float64
    assert np.array_equal(flat, [3, 0.5, 0, 1, 7])
    assert all(leaf.dtype == np.float64 for leaf in leaves_of(shape.unravel(flat)))


def test_a_function_is_mapped_over_the_leaves_only():
    doubled = mapped(lambda leaf: 2 * leaf, {"a": [1, (2, 3)], "b": Layer(4, [])})
    assert doubled == {"a": [2, (4, 6)], "b": Layer(8, [])}


@pytest.mark.parametrize("leaf", ["text", None, True, 1j, np.array(["a"]), object()])
def test_a_leaf_that_is_no_real_number_is_one_sentence(leaf):
    with pytest.raises(ArgumentTypeError, match=r"^w0 must hold real numbers; one of its leaves is ") as error:
        Tree.of({"a": [1.0, leaf]})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("tree", [{}, [], (), {"a": []}, [np.empty((0, 3))]])
def test_a_tree_without_numbers_is_one_sentence(tree):
    with pytest.raises(ArgumentError, match=r"^w0 is empty; give at least one variable$"):
        Tree.of(tree)


def test_keys_that_cannot_be_sorted_are_one_sentence():
    with pytest.raises(ArgumentTypeError, match=r"^w0 has keys that cannot be sorted: .*; make them all strings$"):
        Tree.of({"a": 1.0, 1: 2.0})
