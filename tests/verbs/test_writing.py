"""All that is written to a file: a missing folder, a folder or a file in the way are one sentence, before and after."""

import functools

import pytest

import steepest
from steepest.base.errors import ArgumentError


@functools.cache
def run():
    return steepest.minimize("sphere", learning_rate=0.1, max_iter=3)


@functools.cache
def sweep():
    return steepest.sweep("sphere", learning_rate=[0.1, 0.2], momentum=[0.0, 0.5], max_iter=3)


@functools.cache
def comparison():
    return steepest.compare({"sphere": "sphere"}, {"a": "adam", "b": "lion"}, starts=2, budget=5, progress=False)


WRITERS = {
    "run.npz": lambda path: run().save(path),
    "run.parquet": lambda path: run().save(path),
    "run.html": lambda path: run().to_html(path),
    "path.png": lambda path: run().plot_path().save(path),
    "path.gif": lambda path: run().animate(path),
    "sweep.npz": lambda path: sweep().save(path),
    "sweep.html": lambda path: sweep().to_html(path),
    "map.svg": lambda path: sweep().plot_heatmap().save(path),
    "compared.npz": lambda path: comparison().save(path),
    "compared.json": lambda path: comparison().save(path),
    "compared.csv": lambda path: comparison().to_csv(path),
    "compared.tex": lambda path: comparison().to_latex(path),
    "profiles.pdf": lambda path: comparison().plot_profiles().save(path),
    "checkpoint.npz": lambda path: steepest.sweep("sphere", learning_rate=[0.1], max_iter=3, checkpoint=path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_cannot_be_written_is_one_sentence(name, tmp_path):
    write, argument = WRITERS[name], "checkpoint" if name == "checkpoint.npz" else "path"
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / name).mkdir()
    (tmp_path / "file").write_text("x")
    for folder, says in (
        ("none", r": the folder '.*none' does not exist; make it first"),
        ("taken", r" cannot be written: it is a folder; name a file in it"),
        ("file", r": '.*file' is a file; name a folder in its place"),
    ):
        with pytest.raises(ArgumentError, match=rf"^{argument} '.*{name}'{says}$"):
            write(tmp_path / folder / name)
    assert not list((tmp_path / "taken" / name).iterdir())
    assert (tmp_path / "file").read_text() == "x"
    write(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["file", "taken", name])
    assert (tmp_path / name).stat().st_size > 0
