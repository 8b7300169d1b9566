"""The heat map: each cell its run's number, failures apart from the colours, the best marked."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.heatmap import DECADES, colour_limits, heatmap_of

bowl = steepest.gallery.sphere()
rosenbrock = steepest.gallery.rosenbrock()


def swept(problem, axes, w0=None, **settings):
    start, method = axes.pop("w0", w0), axes.pop("method", "momentum")
    return steepest.sweep(problem, start, method, progress=False, **axes, **settings)


class Partly:
    """A sweep of which some runs have another outcome and no Run: ``Partly(sweep, {0: "NOT_RUN"})``."""

    def __init__(self, sweep, lost):
        self.sweep, self.lost, self.axes = sweep, lost, sweep.axes

    def __len__(self):
        return len(self.sweep)

    def __getitem__(self, i):
        if i in self.lost:
            raise steepest.base.errors.RunError(f"run {i} is not there")
        return self.sweep[i]

    def columns(self):
        columns = self.sweep.columns()
        for k, name in self.lost.items():
            columns["outcome"][k] = name
        return columns


RATES, MOMENTA = [1e-4, 1e-3, 1e-2, 1e-1], [0.0, 0.5, 0.9]


@pytest.fixture(scope="module")
def sweep():
    return swept(rosenbrock, {"learning_rate": RATES, "momentum": MOMENTA}, max_iter=100, grad_tol=None)


def test_every_cell_has_the_number_of_its_run(sweep):
    data = heatmap_of(sweep).data
    assert (data["x_name"], data["y_name"]) == ("learning_rate", "momentum")
    assert data["x_axis"].scale == "log"
    assert data["values"].shape == (3, 4)
    for k, run in enumerate(sweep):
        i, j = divmod(k, 3)
        if run.failed:
            assert np.isnan(data["values"][j, i])
            assert data["failure"][j, i] == run.outcome.name
        else:
            assert data["values"][j, i] == run.f
            assert data["failure"][j, i] == ""
    best = min((run for run in sweep if not run.failed), key=lambda run: run.f)
    assert data["best"]["value"] == best.f
    assert {name: data["best"][at] for name, at in (("learning_rate", "x"), ("momentum", "y"))} == {
        "learning_rate": best.recipe["method"]["learning_rate"], "momentum": best.recipe["method"]["momentum"],
    }  # fmt: skip


def test_failures_do_not_move_the_colours_and_are_hatched(sweep):
    display = heatmap_of(sweep).plot()
    data = display.data
    fine = [run.f for run in sweep if not run.failed]
    assert any(run.failed for run in sweep)
    assert (data["low"], data["high"]) == (min(fine), max(fine))
    hatched = [patch for patch in display.ax_.patches if patch.get_hatch()]
    assert len(hatched) == len(data["counts"])
    mesh = display.ax_.collections[0].get_array()
    assert np.array_equal(np.ma.getmaskarray(mesh).reshape(3, 4), data["failure"] != "")


def test_axes_can_be_exchanged_and_others_fixed():
    sweep = swept(bowl, {"learning_rate": [0.1, 0.3], "momentum": [0.0, 0.5], "seed": [1, 2]}, max_iter=3)
    data = heatmap_of(sweep, x="momentum", y="learning_rate", at={"seed": 2}).data
    assert data["values"][1, 0] == sweep[5].f
    assert (data["runs"] == 1).all()
    assert "seed 2" in data["note"]


def test_over_other_hyper_parameters_the_best_over_repeats_the_median():
    axes = {"learning_rate": [0.1, 0.3], "momentum": [0.0, 0.5], "method": ["momentum", "nesterov"],
            "w0": [[1.0, 1.0], [2.0, 1.0], [9.0, 1.0]]}  # fmt: skip
    sweep = swept(bowl, axes, max_iter=3, grad_tol=None)
    f = np.array([run.f for run in sweep]).reshape(sweep.shape)
    f = f.transpose([list(sweep.axes).index(name) for name in ("learning_rate", "momentum", "method", "w0")])
    medians = np.median(f, axis=3)
    for over, fold in (("best", np.min), ("worst", np.max)):
        data = heatmap_of(sweep, over=over).data
        assert data["values"] == pytest.approx(fold(medians, axis=2).T, rel=1e-15)
    assert "median of 3 starts" in data["note"]


def test_iterations_are_best_only_where_the_goal_was_reached():
    sweep = swept(bowl, {"learning_rate": [0.01, 0.3, 0.5], "momentum": [0.0, 0.9]}, max_iter=40, grad_tol=1e-3)
    data = heatmap_of(sweep, value="nit").data
    assert data["best"]["value"] == min(run.nit for run in sweep if run.success)
    none = swept(bowl, {"learning_rate": [0.01, 0.02], "momentum": [0.0, 0.1]}, max_iter=4)
    assert heatmap_of(none, value="nit").data["best"] is None


def test_the_known_minimum_is_subtracted_where_it_is_not_zero():
    problem = steepest.gallery.styblinski_tang()
    sweep = swept(problem, {"learning_rate": [0.001, 0.01], "momentum": [0.0, 0.5]}, max_iter=20)
    floor = problem.minimum.f
    data = heatmap_of(sweep).data
    assert data["values"][0, 0] == sweep[0].f - floor
    assert "above -78.3" in data["value_label"]
    assert heatmap_of(sweep, optimum=None).data["values"][0, 0] == sweep[0].f


def test_under_maximize_the_highest_is_the_best():
    sweep = swept("0 - x^2 - y^2", {"learning_rate": [0.01, 0.1], "momentum": [0.0, 0.5]}, w0=[1.0, 2.0], max_iter=3,
                  maximize=True)  # fmt: skip
    assert heatmap_of(sweep).data["best"]["value"] == max(run.f for run in sweep)


def test_runs_that_fill_no_grid_are_dots_and_nothing_is_interpolated():
    rates = [1e-4, 3e-4, 7e-4, 2e-3, 0.5]
    sweep = swept(rosenbrock, {"learning_rate": rates, "momentum": [0.1, 0.7, 0.3, 0.9, 0.2]}, how="zip", max_iter=50)
    display = heatmap_of(sweep).plot()
    dots = display.data["dots"]
    assert display.data["values"] is None
    assert dict(zip(dots["x"], dots["values"], strict=True))[7e-4] == sweep[2].f
    assert dots["failure"].tolist().count("DIVERGED") == 1
    assert sum(len(one.get_offsets()) for one in display.ax_.collections) == 5


def test_runs_not_made_and_runs_that_raised_are_told_apart():
    sweep = swept(bowl, {"learning_rate": [0.1, 0.2, 0.3], "momentum": [0.0, 0.5]}, max_iter=3)
    data = heatmap_of(Partly(sweep, {0: "NOT_RUN", 3: "ERROR"})).plot().data
    assert data["failure"][0, 0] == "no run"
    assert data["failure"][1, 1] == "ERROR"
    assert data["counts"] == {"ERROR": 1, "no run": 1}


def test_all_runs_failed():
    sweep = swept(rosenbrock, {"learning_rate": [1.0, 2.0], "momentum": [0.0, 0.5]}, max_iter=30)
    display = heatmap_of(sweep).plot()
    assert display.data["best"] is None
    assert sum(display.data["counts"].values()) == 4
    assert len(display.figure_.axes[0].child_axes) == 0


def test_a_hundred_by_hundred_cells_are_one_mesh():
    class Large(Partly):
        def columns(self):
            rate, momentum = np.meshgrid(np.geomspace(1e-4, 1, 100), np.linspace(0, 0.99, 100), indexing="ij")
            outcome = np.where(rate.ravel() > 0.5, "DIVERGED", "MAX_ITER").astype(object)
            return {"learning_rate": rate.ravel(), "momentum": momentum.ravel(), "outcome": outcome, "f": self.f}

        f = np.exp(np.random.default_rng(0).normal(size=10_000))

        def __len__(self):
            return 10_000

    sweep = Large(swept(bowl, {"learning_rate": [0.1], "momentum": [0.1]}, max_iter=1), {})
    display = heatmap_of(sweep).plot()
    assert display.data["values"][7, 3] == sweep.f[307]
    assert len(display.ax_.patches) == 1
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.collections[0].get_rasterized()


def test_the_boundary_lies_over_the_map(sweep):
    display = heatmap_of(sweep, boundary=([1e-3, 1e-2], [0.0, 0.9]), boundary_label="theory").plot()
    lines = [line for line in display.ax_.lines if line.get_label() == "theory"]
    assert lines[0].get_xydata().tolist() == [[1e-3, 0.0], [1e-2, 0.9]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (0, 1, False, "neither")), ([1, 2, 50], (1, 50, False, "neither")),
        ([1, 1000], (1, 1000, True, "neither")),
        ([0, 1e-3, 1], (1e-3, 1, True, "min")), ([1e-30, 1.0], (10.0**-DECADES, 1, True, "min")),
        ([-1, 500], (-1, 500, False, "neither")), ([1.0] * 99 + [2.0] * 9 + [1e30], (1, 2, True, "max")),
        ([3, 3], (1.5, 4.5, False, "neither")),
    ],
)  # fmt: skip
def test_colour_limits(values, expected):
    found = colour_limits(np.array(values, dtype=float))
    assert (found["low"], found["high"], found["log"], found["extend"]) == pytest.approx(expected)


def test_nothing_overlaps_above_the_axes(sweep):
    display = heatmap_of(sweep, boundary=([1e-3, 1e-2], [0.0, 0.9])).plot()
    display.figure_.draw_without_rendering()
    ax = display.ax_
    frame, legend = ax.get_window_extent(), ax.get_legend().get_window_extent()
    note = next(text for text in ax.texts if "star" in text.get_text()).get_window_extent()
    title = ax._left_title.get_window_extent()
    assert frame.y1 < legend.y0 < legend.y1 < note.y0 < note.y1 < title.y0
    assert title.y1 <= display.figure_.bbox.y1


def test_it_is_saved_twice_with_the_same_bytes(sweep, tmp_path):
    files = [heatmap_of(sweep).save(tmp_path / name) for name in ("a.svg", "b.svg")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_bad_arguments_are_one_sentence(sweep):
    with pytest.raises(ArgumentTypeError, match=r"sweep must be what steepest.sweep returns; got list"):
        heatmap_of([])
    with pytest.raises(ArgumentError, match=r"value must be a column of numbers, .*; got 'outcome'"):
        heatmap_of(sweep, value="outcome")
    with pytest.raises(ArgumentError, match="x must be an axis of the sweep, learning_rate or momentum; got 'lr'"):
        heatmap_of(sweep, x="lr")
    with pytest.raises(ArgumentError, match="x and y must be two axes; got 'momentum' for both"):
        heatmap_of(sweep, x="momentum", y="momentum")
    with pytest.raises(ArgumentError, match=r"at: momentum 0\.4 is not in the sweep; it has 0, 0\.5, 0\.9"):
        heatmap_of(sweep, at={"momentum": 0.4})
    with pytest.raises(ArgumentError, match="this picture needs two axes, and the sweep leaves 1: learning_rate, mom"):
        heatmap_of(sweep, at={"momentum": 0.5})
    with pytest.raises(ArgumentError, match="over must be 'best', 'median' or 'worst'; got 'mean'"):
        heatmap_of(sweep, over="mean")
    with pytest.raises(ArgumentError, match="boundary must hold two sequences of one length"):
        heatmap_of(sweep, boundary=([1, 2], [1]))
    with pytest.raises(ArgumentError, match="optimum must be a finite number, 'auto' or None; got 'low'"):
        heatmap_of(sweep, optimum="low")
