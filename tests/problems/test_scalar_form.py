"""Gallery functions on single floats: NumPy's bits or nothing."""

from dataclasses import dataclass

import numpy as np
import pytest

from steepest import gallery
from steepest.problems.functions.rosenbrock import Rosenbrock
from steepest.problems.scalar_form import MOST_VARIABLES, agrees, scalar_form, written


def members():
    for name in gallery.names():
        cls = gallery.find(name)
        for n in range(cls.least_n, min(cls.most_n, MOST_VARIABLES) + 1):
            yield pytest.param(cls(n=n), id=f"{name} {n}")


def bits(both, w):
    try:
        with np.errstate(all="ignore"):
            f, g = both(*w.tolist())
    except (ArithmeticError, ValueError):
        return None
    assert all(type(value) is float for value in (f, *g))
    return [f, *g]


def followed(problem):
    try:
        return agrees(written(problem), problem)
    except (TypeError, ValueError, AttributeError, LookupError, StopIteration):
        return False


@pytest.mark.parametrize("problem", [*members()])
def test_the_numbers_are_those_of_numpy(problem):
    both = scalar_form(problem)
    if both is None:
        assert not followed(problem)
        return
    rng = np.random.default_rng(1)
    given = 0
    for scale in (1e-8, 1.0, 10.0, 1e3, 1e200):
        for w in scale * rng.standard_normal((40, problem.n)):
            found = bits(both, w)
            with np.errstate(all="ignore"):
                wanted = [float(problem.value(w)), *np.asarray(problem.gradient(w), dtype=float).tolist()]
            if found is not None:
                given += 1
                np.testing.assert_array_equal(found, wanted)
            else:
                assert scale > 1.0
    assert given >= 120


@pytest.mark.parametrize("name", ["rosenbrock", "sphere", "beale", "himmelblau", "booth", "rastrigin", "huber", "cube"])
def test_the_functions_that_are_looked_at_most_have_one(name):
    assert scalar_form(gallery.find(name)(n=2)) is not None


def test_only_what_is_ours_is_followed():
    @dataclass(frozen=True)
    class Own(Rosenbrock):
        pass

    assert scalar_form(Own()) is None
    assert scalar_form(gallery.rosenbrock(n=5)) is None
    assert scalar_form(lambda w: w @ w) is None


def test_equal_functions_share_their_lines():
    assert scalar_form(gallery.rosenbrock()) is scalar_form(gallery.rosenbrock(n=2))
    assert scalar_form(gallery.ill_conditioned_quadratic(n=2, condition=10.0)) is not scalar_form(
        gallery.ill_conditioned_quadratic(n=2, condition=100.0)
    )
