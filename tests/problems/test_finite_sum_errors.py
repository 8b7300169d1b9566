"""What a FiniteSum says of what it cannot be made of, and of what it cannot be run with: one sentence each."""

import numpy as np
import pytest

import steepest
from steepest import FiniteSum
from steepest.base.errors import ArgumentError, ArgumentTypeError

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(12, 3))
Y = RANDOM.normal(size=12)
W = np.array([0.3, -0.4, 0.8])


def loss(w, example):
    x, y = example
    return 0.5 * ((w * x).sum() - y) ** 2


def slope(w, example):
    x, y = example
    return ((w * x).sum() - y) * x


MADE = [
    ((3, X), {}, ArgumentTypeError, r"f must be a callable f\(w, example\); got 3"),
    ((loss, 3.0), {}, ArgumentError, r"data must hold arrays with one row an example; one of its leaves is 3\.0"),
    ((loss, None), {}, ArgumentError, r"data must hold arrays with one row an example; one of its leaves is None"),
    ((loss, []), {}, ArgumentError, r"data is empty; give at least one example"),
    ((loss, np.ones((0, 3))), {}, ArgumentError, r"data is empty; give at least one example"),
    ((loss, {}), {}, ArgumentError, r"data is empty; give at least one example"),
    ((loss, (X, Y[:5])), {}, ArgumentError, r"the arrays of data must have the same .*; they have \[12, 5\]"),
    ((loss, np.array(["a", "b"])), {}, ArgumentTypeError, r"data must hold real numbers; the dtype of one .* is <U1"),
    ((loss, np.array([1j])), {}, ArgumentTypeError, r"data must hold real numbers; the dtype of one .* is complex128"),
    ((loss, np.array([None, 1])), {}, ArgumentTypeError, r"data must hold real numbers; the dtype of one .* is object"),
    ((loss, X), {"grad": 3}, ArgumentTypeError, r"grad must be a callable grad\(w, example\) or None; got 3"),
    ((loss, X), {"grad": "finite"}, ArgumentTypeError, r"grad must be a callable .* or None; got 'finite'"),
    ((loss, X), {"batched": 1}, ArgumentTypeError, r"batched must be True or False; got 1"),
    ((loss, X), {"reduction": "average"}, ArgumentError, r"reduction must be 'mean' or 'sum'; got 'average'"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "options", "kind", "said"), MADE)
def test_what_it_cannot_be_made_of_is_one_sentence(given, options, kind, said):
    with pytest.raises(kind, match=f"^{said}$"):
        FiniteSum(*given, **options)


def raises(w, example):
    raise RuntimeError("no such\nexample")


def moves(w, example):
    w += 1.0
    return 0.0


RUN = [
    (loss, {}, {"w0": None}, ArgumentError, r"w0 is missing: a FiniteSum has no start of its own; pass w0=\[\.\.\.\]"),
    (loss, {}, {"w0": [1.0, np.nan, 0.0]}, ArgumentError, r"w0 must be finite; w0\[1\] is nan"),
    (loss, {}, {"w0": []}, ArgumentError, r"w0 is empty; give at least one variable"),
    (loss, {}, {"grad": slope}, ArgumentError, r"grad, args and .*; give them to FiniteSum itself"),
    (loss, {}, {"args": (1,)}, ArgumentError, r"grad, args and .*; give them to FiniteSum itself"),
    (loss, {}, {"batch_size": 0}, ArgumentError, r"batch_size must be a whole number of at least 1; got 0"),
    (loss, {}, {"sampling": "random"}, ArgumentError, r"sampling must be 'shuffle', .*; got 'random'"),
    (loss, {}, {"engine": "numba"}, ArgumentError, r"engine='numba' cannot run this: .* this is a function.*"),
    (raises, {}, {}, ArgumentError, r"f raised RuntimeError at w0 = \[.*\]: no such example; .* a number"),
    (moves, {}, {}, ArgumentError, r"f changed w in place at w0; it must leave its argument as it was"),
    (lambda w, e: w, {}, {}, ArgumentError, r".* must return one real number; .* an array of shape \(3,\).*"),
    (lambda w, e: "x", {}, {}, ArgumentTypeError, r".* must return one real number; at w0 it returned 'x'"),
    (lambda w, e: 1j, {}, {}, ArgumentTypeError, r".* must return one real number; at w0 it returned 1j"),
    (lambda w, e: None, {}, {}, ArgumentTypeError, r".* must return one real number; at w0 it returned None"),
    (loss, {"grad": lambda w, e: 1.0}, {}, ArgumentError, r"grad must return an array of shape \(3,\), .*"),
    (loss, {"grad": lambda w, e: "x"}, {}, ArgumentTypeError, r"grad must return 3 real numbers; at w0 it returned .*"),
    (loss, {"grad": lambda w, e: 1j * e[0]}, {}, ArgumentTypeError, r"grad must return 3 real numbers; at w0 it .*"),
    (loss, {"grad": raises}, {}, ArgumentError, r"grad raised RuntimeError at w0 = .*: no such example; .* an array"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "options", "more", "kind", "said"), RUN)
def test_what_cannot_be_run_is_one_sentence(f, options, more, kind, said):
    with pytest.raises(kind, match=f"^{said}$"):
        steepest.minimize(FiniteSum(f, (X, Y), **options), **{"w0": W, "learning_rate": 0.1, "max_iter": 2, **more})
