"""What every view promises: data, plot, save, and how a notebook shows it."""

import base64
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.grid import grid_of
from steepest.plots.images import images_of
from steepest.plots.loss import loss_of
from steepest.plots.path import path_of
from steepest.plots.surface import surface_of
from steepest.plots.updates import updates_of


def make_views():
    bowl = steepest.gallery.sphere()
    runs = [steepest.minimize(bowl, learning_rate=0.1, momentum=m, max_iter=4, grad_tol=None) for m in (0.0, 0.5)]
    X = np.random.RandomState(0).standard_normal((12, 3))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5], fit_intercept=False)
    batched = steepest.minimize(model, batch_size=2, learning_rate=0.05, max_iter=3, record="updates")
    return {
        "path": path_of(runs[0].record, bowl),
        "plane": path_of(batched.record, model),
        "loss": loss_of([run.record for run in runs]),
        "surface": surface_of(bowl, points=21),
        "grid": grid_of([runs], bowl, rows=[0.1], columns=[0.0, 0.5], row_label="rate", column_label="momentum"),
        "images": images_of(np.arange(32.0).reshape(2, 4, 4), titles=["a", "b"], diverging=True),
        "updates": updates_of(batched.record, model),
    }


@pytest.fixture(scope="module")
def views():
    return make_views()


@pytest.fixture(scope="module")
def drawn():
    return {name: display.plot() for name, display in make_views().items()}


NAMES = ("path", "plane", "loss", "surface", "grid", "images", "updates")
each = pytest.mark.parametrize("name", NAMES)


def test_data_are_there_before_anything_is_drawn():
    for name, display in make_views().items():
        assert display.data["view"] == {"plane": "path"}.get(name, name)
        assert display.figure_ is None
        assert display.ax_ is None


@each
def test_plot_sets_figure_and_axes_and_returns_itself(views, name):
    display = views[name]
    assert display.plot() is display
    axes = np.ravel(display.ax_)
    assert all(ax.figure is display.figure_ for ax in axes)
    assert len(axes) == {"grid": 2, "images": 2}.get(name, 1)


@each
def test_draws_on_axes_of_the_caller(views, name):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 8), layout="constrained")
    above, below = figure.subplots(2, 1)
    display = views[name].plot(below)
    assert display.figure_ is figure
    assert all(ax.figure is figure for ax in np.ravel(display.ax_))
    assert not above.has_data()
    figure.draw_without_rendering()
    assert display._repr_png_() is None
    assert display._repr_html_() is None


@pytest.mark.parametrize("name", ["plane", "grid"])
@pytest.mark.parametrize(("suffix", "head"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_saves_the_same_bytes_twice_and_no_date(drawn, name, suffix, head, tmp_path):
    display = drawn[name]
    first = display.save(tmp_path / f"first{suffix}").read_bytes()
    assert display.save(str(tmp_path / f"second{suffix}")).read_bytes() == first
    assert first.startswith(head)
    assert not re.search(rb"<dc:date>|CreationDate", first)


@each
def test_two_displays_of_the_same_runs_give_the_same_svg(views, drawn, name, tmp_path):
    second = views[name].plot().save(tmp_path / "b.svg")
    assert drawn[name].save(tmp_path / "a.svg").read_bytes() == second.read_bytes()


@each
def test_a_notebook_gets_a_picture_with_its_title_as_words(drawn, name):
    display = drawn[name]
    png, text = display._repr_png_(), display._repr_html_()
    assert png.startswith(b"\x89PNG")
    assert base64.b64encode(png).decode() in text
    assert f'alt="{display.title}"' in text
    assert "<" not in repr(display)[1:-1]


@each
def test_texts_keep_apart_and_inside_the_figure(drawn, name, monkeypatch):
    """No two texts of a figure lie on one another, and none is cut at its edge."""
    from matplotlib.text import Text

    figure, boxes, draw = drawn[name].figure_, [], Text.draw

    def noted(text, renderer):
        if text.get_visible() and text.get_text().strip():
            boxes.append((text.get_text(), text.get_window_extent(renderer)))
        draw(text, renderer)

    monkeypatch.setattr(Text, "draw", noted)
    figure.draw_without_rendering()
    assert len(boxes) > 3
    for k, (text, box) in enumerate(boxes):
        assert min(box.x0, box.y0) >= 0, text
        assert box.x1 <= figure.bbox.width, text
        assert box.y1 <= figure.bbox.height, text
        for other_text, other in boxes[k + 1 :]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(wide, high) < 2.0, f"{text!r} lies on {other_text!r}"


def test_a_given_title_is_escaped_in_html(views):
    bowl = steepest.gallery.sphere()
    assert 'alt="a &lt;b&gt; &quot;c&quot;"' in surface_of(bowl, points=5, title='a <b> "c"')._repr_html_()


def test_drawing_leaves_the_settings_and_pyplot_alone(views):
    import matplotlib

    before = dict(matplotlib.rcParams)
    views["path"].plot()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("path", ["figure.jpg", "figure", "figure.svgz", "figure.gif"])
def test_another_suffix_is_one_sentence(drawn, path, tmp_path):
    with pytest.raises(ArgumentError, match=r"path must end in \.png, \.svg or \.pdf; got '.*'$"):
        drawn["loss"].save(tmp_path / path)


def test_a_missing_folder_is_one_sentence(drawn, tmp_path):
    with pytest.raises(ArgumentError, match=r"the folder '.*none' does not exist; make it first"):
        drawn["loss"].save(tmp_path / "none" / "figure.png")


def test_a_path_that_cannot_be_written_is_one_sentence(drawn, tmp_path):
    (tmp_path / "figure.png").mkdir()
    with pytest.raises(ArgumentError, match=r"path '.*figure\.png' cannot be written: "):
        drawn["loss"].save(tmp_path / "figure.png")


def test_ax_of_another_kind_is_one_sentence(views):
    with pytest.raises(ArgumentTypeError, match="ax must be a matplotlib Axes or None; got int"):
        views["loss"].plot(3)


def test_several_axes_need_a_subplot_to_divide(views):
    from matplotlib.figure import Figure

    with pytest.raises(ArgumentError, match="ax must be one of a figure's subplots"):
        views["grid"].plot(Figure().add_axes((0, 0, 1, 1)))


def test_a_display_on_a_subfigure_saves_the_whole_figure(views, tmp_path):
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    ax = figure.subfigures(1, 2)[0].subplots()
    display = views["loss"].plot(ax)
    assert display.figure_ is figure
    assert display.save(tmp_path / "figure.png").stat().st_size > 0


def test_importing_the_views_does_not_import_matplotlib():
    folder = Path(importlib.import_module("steepest.plots").__path__[0])
    modules = [f"steepest.plots.{path.stem}" for path in folder.glob("[a-z]*.py")]
    assert len(modules) > 10
    code = f"import sys, {', '.join(modules)}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False).returncode == 0
