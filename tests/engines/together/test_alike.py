"""Tasks as arrays: parts of parts, and the fields of their updates, are those of the tasks themselves."""

import numpy as np
import pytest

import steepest
from steepest.engines.together import Alike
from steepest.engines.together.ledger import lowest_of

BOWL = steepest.gallery.sphere(n=3)
RATES = np.geomspace(1e-3, 1e-1, 7)


def test_parts_of_parts_hold_their_tasks(tasks_of):
    tasks = tasks_of(BOWL, "momentum", RATES, spread=1.0)
    whole = Alike.of(tasks)
    assert Alike.of(whole) is whole
    part = whole.part(np.arange(1, 7)).part(np.array([True, False, True, True, False, True]))[1:]
    assert [part[k] for k in range(3)] == [tasks[3], tasks[4], tasks[6]]
    assert part[-1] is tasks[6]
    for k, task in enumerate(part):
        np.testing.assert_array_equal(part.starts[k], task.w0)
        np.testing.assert_array_equal(part.fields[k], task.fields.row[0])


@pytest.mark.parametrize("own", [True, False])
def test_fields_of_updates_are_those_of_each_task(tasks_of, own):
    made = tasks_of(
        BOWL, "momentum", RATES, max_iter=20,
        schedules=lambda k, rate: steepest.schedules.Cosine(0.1, (k + 1) * 1e-3 if own else 1e-3, steps=50),
    )  # fmt: skip
    found = Alike.of(made)
    if not own:  # as a sweep makes them: one schedule for all, the other fields their own
        found = Alike(found.first, found.starts, found.fields, found.__getitem__)
    wanted = np.array([task.fields.rows(3, 8) for task in made])
    np.testing.assert_array_equal(found.rows(3, 8), wanted)
    plain = Alike.of(tasks_of(BOWL, "momentum", RATES))
    np.testing.assert_array_equal(plain.rows(3, 8)[:, 0], [task.fields.row[0] for task in plain])


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_the_first_of_the_lowest_rows_is_found(rows):
    f = np.random.default_rng(rows).integers(0, 4, (rows, 200)).astype(float)
    f[:, :50] = np.sort(f[:, :50], axis=0)[::-1]
    f[rows // 2, 199] = np.nan
    lowest, row = lowest_of(f)
    np.testing.assert_array_equal(lowest, f.min(axis=0))
    np.testing.assert_array_equal(row, f.argmin(axis=0))
