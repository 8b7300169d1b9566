"""What holds of every schedule, found by name: one value per step count, the same number alone as among others."""

import json

import numpy as np
import pytest

from steepest.base.fields import fields_of
from steepest.methods import schedules
from steepest.methods.schedules.schedule import Schedule, as_schedule, check, spelled, unspelled

OBJECTS = {
    "chebyshev": schedules.Chebyshev(0.1, 10.0, 7),
    "constant": schedules.Constant(0.3),
    "cosine": schedules.Cosine(0.3, 0.01, 83.0),
    "exponential": schedules.Exponential(0.3, 0.97),
    "inverse_time": schedules.InverseTime(0.3, 0.02),
    "one_cycle": schedules.OneCycle(0.3, 90.0),
    "polynomial": schedules.Polynomial(0.3, 0.01, 83.0, 1.7),
    "robbins_monro": schedules.RobbinsMonro(0.3),
    "step": schedules.Step(0.3, 17.0),
    "warm_restarts": schedules.WarmRestarts(0.3, 10.0, 0.01, 1.5),
    "warm_up": schedules.WarmUp(schedules.Cosine(0.3, 0.0, 50.0), 20.0, 0.01),
}
EVERY = pytest.mark.parametrize("schedule", OBJECTS.values(), ids=OBJECTS)


def test_every_schedule_of_the_package_is_tested():
    assert set(OBJECTS) == set(schedules.names())
    for name, schedule in OBJECTS.items():
        assert type(schedule) is schedules.find(name)
        assert type(schedule) is getattr(schedules, type(schedule).__name__)
        assert type(schedule).__name__ in dir(schedules)


def test_an_unknown_name_is_an_error_that_lists_or_hints():
    with pytest.raises(AttributeError, match="Cosine"):
        _ = schedules.Cosinus
    with pytest.raises(ValueError, match="did you mean 'cosine'"):
        schedules.find("cosin")
    with pytest.raises(ValueError, match="not known"):
        schedules.find("shared")


@EVERY
def test_a_schedule_offers_the_contract(schedule):
    assert isinstance(schedule, Schedule)
    assert as_schedule(schedule) is schedule
    assert type(schedule)._fields[-1] == "per_epoch"
    assert schedule.per_epoch is False
    assert type(schedule).__doc__
    assert "Source" in type(schedule).__doc__ or type(schedule) is schedules.Constant


@EVERY
def test_values_keep_the_shape_and_are_finite_and_not_negative(schedule):
    for shape in ((120,), (0,), (3, 4)):
        t = np.arange(np.prod(shape), dtype=float).reshape(shape)
        before = t.copy()
        found = schedule.values(t)
        assert found.shape == shape
        assert found.dtype == np.float64
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert np.array_equal(t, before)


@EVERY
def test_one_value_is_the_number_in_the_array(schedule):
    t = np.arange(120.0)
    found = schedule.values(t)
    alone = [schedule(k) for k in t.tolist()]
    assert all(type(value) is float for value in alone)
    assert alone == found.tolist()
    assert np.array_equal(schedule.values(t[50:57]), found[50:57])


@EVERY
def test_a_schedule_survives_json(schedule):
    schedule = schedule._replace(per_epoch=True)
    words = json.loads(json.dumps(spelled(schedule), allow_nan=False))
    back = unspelled(words)
    assert type(back) is type(schedule)
    assert back == schedule
    assert words["schedule"] in schedules.names()
    assert set(words) == {"schedule", *fields_of(type(schedule))}


@EVERY
def test_a_horizon_is_filled_with_the_whole_run_and_nothing_else_is(schedule):
    if "steps" not in fields_of(type(schedule)) or not fields_of(type(schedule))["steps"].optional:
        assert schedule.resolved(40.0) == schedule
        return
    whole = schedule._replace(steps=None)
    with pytest.raises(ValueError, match="give steps="):
        whole.values(np.arange(3.0))
    with pytest.raises(ValueError, match="give steps="):
        whole(0.0)
    assert check(whole).resolved(40) == schedule._replace(steps=40.0)
    assert schedule.resolved(40.0) == schedule
    assert whole.resolved(0).steps == 1.0


@EVERY
def test_the_repr_shows_every_field(schedule):
    assert all(f"{name}=" in repr(schedule) for name in type(schedule)._fields)


@EVERY
def test_checking_casts_numbers_and_refuses_what_is_out_of_range(schedule):
    cast = {float: np.float32, int: np.int64, bool: np.bool_}
    for name, info in fields_of(type(schedule)).items():
        if info.kind not in cast:
            continue
        value = getattr(schedule, name)
        found = getattr(check(schedule._replace(**{name: cast[info.kind](value)})), name)
        assert type(found) is info.kind
        with pytest.raises(TypeError, match=f"{name} of {type(schedule).__name__} must be"):
            check(schedule._replace(**{name: "much"}))
        if info.kind is not bool:
            with pytest.raises(ValueError, match=f"{name} of {type(schedule).__name__} must be"):
                check(schedule._replace(**{name: -1}))
