"""The names a user sees: there, documented, and the same thing whatever is imported around them."""

import importlib
import importlib.resources
import inspect
import pkgutil

import pytest

import steepest

PUBLIC = [name for name in dir(steepest) if name != "__version__"]


def test_the_public_names_of_this_version():
    assert {
        "minimize", "load", "Run", "LinearModel", "FiniteSum", "Box", "Outcome", "gallery", "methods", "schedules",
        "line_search", "as_scipy", "check_gradient",
    } <= {*PUBLIC}  # fmt: skip
    assert sorted(steepest.__all__) == dir(steepest)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_is_there_and_documented(name):
    value = getattr(steepest, name)
    assert inspect.getdoc(value)
    assert getattr(steepest, name) is value
    namespace = {}
    exec(f"from steepest import {name}", namespace)
    assert namespace[name] is value


def test_every_name_stays_what_it_is_when_everything_is_imported():
    before = {name: getattr(steepest, name) for name in PUBLIC}
    for info in pkgutil.walk_packages(steepest.__path__, "steepest."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
    assert {name: getattr(steepest, name) for name in PUBLIC} == before
    assert callable(steepest.minimize)
    assert inspect.ismodule(steepest.methods)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'steepest' has no attribute 'maximise'"):
        _ = steepest.maximise
    with pytest.raises(AttributeError, match="it has AdaBelief, Adadelta"):
        _ = steepest.methods.adamm


def test_every_method_is_found_by_name_and_by_attribute():
    for name in steepest.methods.names():
        cls = steepest.methods.find(name)
        assert getattr(steepest.methods, cls.__name__) is cls
        assert cls.__name__ in dir(steepest.methods)


def test_the_outcomes_of_the_contract():
    assert [outcome.name for outcome in steepest.Outcome] == [
        "CONVERGED", "F_TARGET", "MAX_ITER", "MAX_EVALS", "TIME_LIMIT", "STALLED", "UNBOUNDED", "DIVERGED",
        "NOT_FINITE", "STOPPED", "INTERRUPTED",
    ]  # fmt: skip
    assert [outcome.name for outcome in steepest.Outcome if outcome.success] == ["CONVERGED", "F_TARGET"]


def test_every_error_is_ours_and_one_of_pythons():
    from steepest.base import errors

    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.SteepestError)
        if kind is not errors.SteepestError:
            assert issubclass(kind, (ValueError, TypeError, ImportError, RuntimeError))


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert steepest.__version__ == version("steepest")


def test_the_package_says_that_it_is_typed():
    assert (importlib.resources.files("steepest") / "py.typed").is_file()
