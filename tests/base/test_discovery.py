"""Discovery: a file in a package is a thing with the file's name."""

import sys

import pytest

from steepest.base import discovery
from steepest.base.errors import ArgumentError

FILES = {
    "__init__": "",
    "alpha_beta": "class AlphaBeta: pass\nclass Helper: pass\n",
    "gamma": "class GAMMA: pass\n",
    "borrowed": "from .gamma import GAMMA as Borrowed\n",
    "empty": "Empty = 3\n",
    "_hidden": "class Hidden: pass\n",
    "broken": "raise RuntimeError('imported')\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    name = f"discovered_{tmp_path.name}".replace("-", "_")
    folder = tmp_path / name
    folder.mkdir()
    for file, text in FILES.items():
        (folder / f"{file}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


def test_names_are_the_public_files_and_none_is_imported(package):
    assert discovery.names(package) == ("alpha_beta", "borrowed", "broken", "empty", "gamma")
    assert not any(module.startswith(f"{package}.") for module in sys.modules)


@pytest.mark.parametrize(
    ("name", "camel"),
    [("sphere", "Sphere"), ("gradient_descent", "GradientDescent"), ("ill_conditioned_x", "IllConditionedX")],
)
def test_camel(name, camel):
    assert discovery.camel(name) == camel


def test_find_imports_that_file_only_and_gives_its_class(package):
    assert discovery.find(package, "alpha_beta", "thing").__name__ == "AlphaBeta"
    assert f"{package}.gamma" not in sys.modules
    assert discovery.find(package, "gamma", "thing").__name__ == "GAMMA", "the case of the class is the author's"


@pytest.mark.parametrize("name", ["borrowed", "empty"])
def test_a_file_without_its_own_class_is_named(package, name):
    with pytest.raises(ArgumentError, match=rf"^{package}\.{name} holds no class named {name.capitalize()}$"):
        discovery.find(package, name, "thing")


def test_a_mistake_gets_the_nearest_name_or_all(package):
    with pytest.raises(ArgumentError, match=r"^thing 'gama' is not known; did you mean 'gamma'\?$"):
        discovery.find(package, "gama", "thing")
    with pytest.raises(ArgumentError, match=r"^thing 'zzz' is not known; known: alpha_beta, .* and gamma$"):
        discovery.find(package, "zzz", "thing")
    with pytest.raises(ArgumentError, match=r"^thing 3 is not known"):
        discovery.find(package, 3, "thing")


def test_hidden_and_skipped_files_are_no_things(package):
    with pytest.raises(ArgumentError, match="'_hidden' is not known"):
        discovery.find(package, "_hidden", "thing")
    with pytest.raises(ArgumentError, match="'gamma' is not known; known: alpha_beta, borrowed, broken and empty"):
        discovery.find(package, "gamma", "thing", skip=("gamma",))


def test_an_error_inside_a_file_is_its_own(package):
    with pytest.raises(RuntimeError, match="imported"):
        discovery.find(package, "broken", "thing")
