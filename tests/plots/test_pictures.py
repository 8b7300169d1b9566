"""The function in colour, images, single updates, the animation."""

import math
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.engines.task import given_up
from steepest.plots.animation import animate, frame_rows
from steepest.plots.images import images_of
from steepest.plots.surface import surface_of
from steepest.plots.updates import updates_of


def test_the_surface_holds_the_problem_s_values_over_its_box():
    problem = steepest.gallery.himmelblau()
    data = surface_of(problem, points=31).data
    assert data["values"].shape == (31, 31)
    assert np.array_equal(data["window"], [[-5, 5], [-5, 5]])
    assert data["values"][7, 20] == problem.value(np.array([data["x"][20], data["y"][7]]))
    assert np.array_equal(data["minima"], problem.minimum.w)


def test_the_minima_are_named_where_they_are():
    ax = surface_of(steepest.gallery.rosenbrock(), points=21).plot().ax_
    assert [(t.get_text(), t.xy) for t in ax.texts if t.arrow_patch is not None] == [
        ("minimum 0 at (1, 1)", (1.0, 1.0))
    ]
    ax = surface_of(steepest.gallery.himmelblau(), points=21, box=[(0, 5), (0, 5)]).plot().ax_
    assert [t.get_text() for t in ax.texts if t.arrow_patch is not None] == ["minimum 0 at (3, 2)"]


FLAT = [p for p in map(steepest.gallery.find, steepest.gallery.names()) if p.least_n <= 2 <= p.most_n]


@pytest.mark.parametrize("cls", FLAT, ids=lambda cls: cls.__name__)
def test_every_function_of_two_variables_has_its_picture(cls):
    display = surface_of(cls(n=2), points=25).plot()
    assert display.data["levels"].size >= 5
    assert display.figure_.axes


def test_bad_surfaces_are_one_sentence():
    run = steepest.minimize(lambda w: w @ w, [1.0, 2.0], max_iter=1)
    with pytest.raises(ArgumentError, match="surface_of needs a problem of two variables; this one has 3; use path_of"):
        surface_of(steepest.gallery.sphere(n=3))
    with pytest.raises(ArgumentError, match="box is missing: this problem has none of its own"):
        surface_of(run.problem)
    with pytest.raises(ArgumentError, match="points must be a whole number of at least 2; got 1"):
        surface_of(steepest.gallery.sphere(), points=1)
    with pytest.raises(ArgumentTypeError, match=r"points must be a whole number of at least 2; got 2\.5"):
        surface_of(steepest.gallery.sphere(), points=2.5)


def test_images_share_one_scale():
    images = np.arange(24.0).reshape(6, 2, 2)
    display = images_of(images, columns=4, titles=range(6)).plot()
    assert display.ax_.shape == (2, 4)
    shown = [ax.images[0] for ax in display.ax_.flat[:6]]
    assert all(image.get_clim() == (0, 23) for image in shown)
    assert np.array_equal(shown[4].get_array(), images[4])
    assert [ax.axison for ax in display.ax_.flat] == [True] * 6 + [False] * 2
    assert [ax.get_title() for ax in display.ax_.flat[:6]] == list("012345")


def test_weights_of_both_signs_are_centred_at_zero():
    display = images_of(np.array([[-1.0, 0.5], [0.0, 0.25]]), diverging=True).plot()
    image = display.ax_[0, 0].images[0]
    assert image.get_clim() == (-1, 1)
    assert np.ptp(image.cmap(0.5)[:3]) < 0.02  # white
    assert [ax.get_ylabel() for ax in display.figure_.axes if ax.get_ylabel()] == ["weight"]


@pytest.mark.parametrize("value", [0.0, 3.0, math.nan])
@pytest.mark.parametrize("diverging", [True, False])
def test_an_even_image_is_drawn(value, diverging):
    data = images_of(np.full((2, 3, 3), value), diverging=diverging).plot().data
    assert data["low"] < data["high"]


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"images": [1.0, 2.0]}, ArgumentError, r"images must have the shape \(k, height, width\); got \(2,\)"),
        ({"images": []}, ArgumentError, r"images must have the shape"),
        ({"images": [[[1.0]], [[1.0, 2.0]]]}, ArgumentTypeError, "images must be numbers of shape .* all of one size"),
        ({"images": [["a"]]}, ArgumentTypeError, "images must be numbers"),
        ({"images": np.eye(2), "columns": 0}, ArgumentError, "columns must be a whole number of at least 1; got 0"),
        ({"images": np.eye(2), "titles": ["a", "b"]}, ArgumentError, "titles must have one text for each of the 1"),
    ],
)  # fmt: skip
def test_bad_images_are_one_sentence(arguments, error, match):
    with pytest.raises(error, match=match):
        images_of(**arguments)


@pytest.fixture(scope="module")
def batched():
    X = np.random.RandomState(0).standard_normal((20, 3))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5] + 1, fit_intercept=False)
    return steepest.minimize(model, batch_size=6, learning_rate=0.05, max_iter=5, record="updates")


def test_updates_go_through_the_epoch_rows(batched):
    data = updates_of(batched.record, batched.problem, epochs=2).data
    assert data["updates"].shape == (9, 2)  # four batches of 20 rows an epoch, and the start
    assert np.array_equal(data["path"], data["updates"][::4])
    D, origin = data["directions"], data["origin"]
    assert np.allclose(data["updates"], (batched.updates.w[:9] - origin) @ D.T)
    assert np.array_equal(origin, batched.updates.w[8])
    value = batched.problem.value(origin + data["x"][3] * D[0] + data["y"][5] * D[1])
    assert data["values"][5, 3] == pytest.approx(value, rel=1e-12)
    assert "8 single updates" in data["note"]


def test_more_epochs_than_there_are_shows_all(batched):
    data = updates_of(batched.record, batched.problem, epochs=50).data
    assert len(data["updates"]) == 21
    assert len(data["path"]) == 6
    assert data["end_label"] == "end of epoch 5"


def test_two_variables_keep_their_coordinates():
    X = np.random.RandomState(0).standard_normal((10, 2))
    model = steepest.LinearModel(X, X @ [1.0, -2.0], fit_intercept=False)
    run = steepest.minimize(model, batch_size=1, learning_rate=0.05, max_iter=2, record="updates")
    display = updates_of(run.record, model, epochs=1).plot()
    assert np.array_equal(display.data["updates"], run.updates.w[:11])
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels[:2] == ["single updates", "from epoch to epoch"]
    assert updates_of(run.record, None).plot().data["values"] is None


def test_updates_that_flew_off_are_drawn():
    X = np.random.RandomState(0).standard_normal((10, 3))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 1.0], fit_intercept=False)
    run = steepest.minimize(model, batch_size=1, learning_rate=50.0, max_iter=40, record="updates")
    assert run.outcome.failed
    assert updates_of(run.record, model, epochs=40).plot()._repr_png_() is not None


def test_bad_updates_are_one_sentence(batched):
    run = steepest.minimize(steepest.gallery.sphere(), max_iter=2)
    with pytest.raises(ArgumentError, match="the single updates were not recorded; run with record='updates'"):
        updates_of(run.record, run.problem)
    with pytest.raises(ArgumentError, match="epochs must be a whole number of at least 1; got 0"):
        updates_of(batched.record, batched.problem, epochs=0)
    with pytest.raises(ArgumentTypeError, match="epochs must be a whole number of at least 1; got 'all'"):
        updates_of(batched.record, batched.problem, epochs="all")
    one = steepest.minimize(
        steepest.LinearModel(np.ones((4, 1)), np.ones(4), fit_intercept=False), batch_size=1, learning_rate=0.1,
        max_iter=2, record="updates",
    )  # fmt: skip
    with pytest.raises(ArgumentError, match="updates_of needs at least two variables; this run has one: use path_of"):
        updates_of(one.record, one.problem)


@pytest.mark.parametrize("rows", [1, 2, 5, 6, 7, 50, 4614, 100_000])
@pytest.mark.parametrize("most", [1, 2, 6, 120])
def test_frames_begin_at_the_start_and_end_at_the_end(rows, most):
    chosen = frame_rows(rows, most)
    assert len(chosen) == min(rows, most)
    assert chosen[-1] == rows - 1
    assert chosen[0] == (0 if len(chosen) == rows or most > 1 else rows - 1)
    steps = np.diff(chosen)
    assert (steps >= 1).all()
    assert (np.diff(steps) >= -1 - 0.1 * steps[1:]).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_animation_has_a_frame_a_row_and_holds_the_last(n, tmp_path):
    run = steepest.minimize(steepest.gallery.sphere(n=n), learning_rate=0.1, momentum=0.0, max_iter=6, grad_tol=None)
    path = animate(run.record, run.problem, tmp_path / "path.gif", fps=10)
    assert path == tmp_path / "path.gif"
    with Image.open(path) as gif:
        assert gif.n_frames == 7
        frames, durations = [], []
        for k in range(7):
            gif.seek(k)
            frames.append(np.asarray(gif.convert("RGB")).copy())
            durations.append(gif.info["duration"])
    assert durations[:-1] == [100] * 6
    assert durations[-1] == 100 + 1500
    assert all((a != b).any() for a, b in pairwise(frames))


def test_a_long_run_has_most_frames(tmp_path):
    run = steepest.minimize(steepest.gallery.rosenbrock(), max_iter=500, grad_tol=None)
    with Image.open(run.animate(tmp_path / "path.gif", most_frames=9)) as gif:
        assert gif.n_frames == 9


def test_an_animation_that_is_given_up_ends_and_leaves_no_file(tmp_path):
    run = steepest.minimize(steepest.gallery.sphere(), max_iter=20, grad_tol=None)
    done = []
    token = given_up.set(lambda part: done.append(part) or len(done) == 3)
    try:
        with pytest.raises(KeyboardInterrupt):
            run.animate(tmp_path / "path.gif")
    finally:
        given_up.reset(token)
    assert done == [k / 21 for k in (1, 2, 3)]
    assert list(tmp_path.iterdir()) == []


def test_a_diverged_run_and_one_without_its_problem_are_animated(tmp_path):
    run = steepest.minimize(steepest.gallery.rosenbrock(), learning_rate=0.005)
    with Image.open(animate(run, None, tmp_path / "path.gif")) as gif:
        assert gif.n_frames == len(run.history)


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("path.mp4", {}, r"path must end in \.gif; got '.*path\.mp4'"),
        ("none/path.gif", {}, "the folder '.*none' does not exist; make it first"),
        ("path.gif", {"fps": 0}, "fps must be a whole number of at least 1; got 0"),
        ("path.gif", {"most_frames": 1.5}, r"most_frames must be a whole number of at least 1; got 1\.5"),
    ],
)
def test_bad_animations_are_one_sentence(name, options, match, tmp_path):
    run = steepest.minimize(steepest.gallery.sphere(), max_iter=2)
    with pytest.raises(ArgumentError, match=match):
        run.animate(tmp_path / name, **options)


@pytest.mark.parametrize(
    ("path", "options", "match"),
    [
        (3, {}, r"path must be the path of a \.gif file; got 3"),
        ("path.gif", {"foo": 1}, "animate has no option 'foo'; it has fps, most_frames"),
    ],
)
def test_an_animation_s_path_and_options_are_checked(path, options, match):
    run = steepest.minimize(steepest.gallery.sphere(), max_iter=2)
    with pytest.raises(ArgumentTypeError, match=match):
        run.animate(path, **options)


def test_a_scale_stands_beside_one_sided_images():
    axes = images_of(np.arange(32.0).reshape(2, 4, 4), scale=True, value_label="ink").plot().figure_.axes
    (bar,) = [ax for ax in axes if ax.get_ylabel() == "ink"]
    assert list(bar.get_yticks()) == [0, 31]
