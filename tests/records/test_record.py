"""A run as data."""

import numpy as np
import pytest

from steepest.records.history import History
from steepest.records.outcome import Outcome
from steepest.records.record import Best, Record, Updates


def record(asked, **setup):
    w = np.zeros(2)

    def hashed():
        asked.append(1)
        return {"problem": {"kind": "function"}, "w0": {"sha256": "0"}}

    return Record(
        setup={"maximize": False, "batch_size": None, **setup}, hashed=hashed, outcome=Outcome.MAX_ITER, reason="",
        trouble_at=0, w0=w, w=w, f=0.0, best=Best(w, 0.0, 0), history=History(np.arange(1)), nit=0, nfev=1, njev=0,
        seconds=0.0, engine="python", engine_reason="",
    )  # fmt: skip


def test_data_is_hashed_once_and_only_when_the_recipe_is_read():
    asked = []
    one = record(asked)
    assert not asked
    assert one.recipe == {"maximize": False, "batch_size": None, "problem": {"kind": "function"}, "w0": {"sha256": "0"}}
    assert one.recipe is one.recipe
    assert len(asked) == 1


@pytest.mark.parametrize(("maximize", "sign"), [(False, 1.0), (True, -1.0)])
def test_the_sign_of_a_climb_is_minus(maximize, sign):
    assert record([], maximize=maximize).sign == sign


@pytest.mark.parametrize(("batch", "unit"), [(None, "iteration"), (1, "epoch"), (32, "epoch")])
def test_a_row_is_an_iteration_or_an_epoch(batch, unit):
    assert record([], batch_size=batch).unit == unit


def test_updates_count_and_name_their_rows():
    updates = Updates(np.arange(1200), np.zeros((1200, 2)), np.zeros(1200))
    assert len(updates) == 1200
    assert repr(updates) == "<Updates 1,200 rows: iteration, w, running_f>"
