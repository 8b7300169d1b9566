"""The flags stand for minimize's arguments and for the methods' fields, all of them."""

import inspect
from collections import Counter

import click
import pytest

import steepest as package
from steepest import methods
from steepest.base.fields import fields_of
from steepest.cli.commands.run import command
from steepest.cli.minimize_flags import PYTHON_ONLY, default_of, flag_of, method_flags, minimize_flags
from steepest.methods import modifiers

SIGNATURE = inspect.signature(package.minimize).parameters


def run_options():
    return {option.name: option for option in command.get_params(click.Context(command))}


def test_every_argument_of_minimize_is_a_flag_or_named_as_python_only():
    flags = {option.name for option in minimize_flags()}
    assert flags | set(PYTHON_ONLY) | {"problem", "hyperparameters"} == set(SIGNATURE)
    assert flags.isdisjoint(PYTHON_ONLY)


def test_flags_are_the_python_names_with_dashes():
    for option in [*minimize_flags(), *method_flags()]:
        assert flag_of(option.name) in option.opts


def test_no_field_of_a_method_hides_an_argument():
    for name in methods.names():
        assert set(fields_of(methods.find(name))).isdisjoint(run_options().keys() - {o.name for o in method_flags()})


def test_every_field_of_every_method_is_a_flag():
    fields = {field for name in methods.names() for field in fields_of(methods.find(name))}
    assert {option.name for option in method_flags()} == fields | set(modifiers.fields())
    assert fields <= set(run_options())


def test_lr_is_short_for_learning_rate():
    assert run_options()["learning_rate"].opts == ["--learning-rate", "--lr"]


@pytest.mark.parametrize("name", sorted({f for m in methods.names() for f in fields_of(methods.find(m))}))
def test_the_help_of_a_field_names_default_and_methods(name):
    """Of the methods that share its default with the most others; 'steepest methods NAME' names those of the rest."""
    help = run_options()[name].help
    owners = {m: fields_of(methods.find(m))[name] for m in methods.names() if name in fields_of(methods.find(m))}
    alike = Counter(default_of(info) for info in owners.values())
    for method, info in owners.items():
        if alike[default_of(info)] == max(alike.values()):
            assert f"default {default_of(info)}" in help
            assert len(owners) >= len(methods.names()) / 2 or method in help


def test_what_the_help_says_of_defaults_is_what_minimize_has():
    helps = {option.name: option.help for option in minimize_flags()}
    for name in ("starts", "seed", "patience"):
        assert f"default {SIGNATURE[name].default}" in helps[name]
    assert f"default {SIGNATURE['method'].default}" in helps["method"]
    assert f"{SIGNATURE['engine'].default} (default)" in helps["engine"]
    run = package.minimize(package.gallery.sphere(), max_iter=1)
    assert f"default {run.recipe['grad_tol']}" in helps["grad_tol"]
    settled = package.minimize(package.gallery.sphere(), learning_rate=0.9)
    assert f"default {settled.recipe['max_iter']}" in helps["max_iter"]


def test_other_libraries_names_are_answered_with_ours(refusal):
    assert refusal("run", "sphere", "--eta", "1") == "--eta is no flag of run; did you mean --learning-rate?"
    assert refusal("run", "sphere", "--tol", "1") == "--tol is no flag of run; did you mean --grad-tol?"
    assert refusal("run", "sphere", "--x0", "1") == "--x0 is no flag of run; did you mean --w0?"
    assert "did you mean --momentum" in refusal("run", "sphere", "--momentun", "1")


@pytest.mark.parametrize("name", PYTHON_ONLY)
def test_python_only_arguments_say_why(refusal, name):
    assert PYTHON_ONLY[name] in refusal("run", "sphere", flag_of(name), "1")


def test_other_libraries_names_of_python_only_arguments_say_why_too(refusal):
    assert PYTHON_ONLY["batch_size"] in refusal("run", "sphere", "--batch", "3")
    assert refusal("run", "sphere", "--jac", "f") == "--jac is no flag of run; did you mean --grad?"
