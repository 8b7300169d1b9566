"""Asks that no page would make: each is answered, or refused in one sentence; the lab lives, its memory bounded.

What an ask takes is read off its docstring, so that a new ask is tested as soon as it is there."""

import json
import re
from copy import deepcopy
from random import Random

import pytest

from steepest.base.fields import fields_of
from steepest.lab.asks import every_ask
from steepest.lab.reading import own_arguments
from steepest.methods import find, modifiers, names

from .apart import MEGABYTE, Apart, Asking, is_sentence, weighed

RUN = {"method": "momentum", "fields": {"learning_rate": 0.01, "momentum": 0.5}}
AXIS = {"name": "learning_rate", "low": 0.001, "high": 0.1, "count": 3, "log": True}
PARTS = {
    "problem": {"kind": "gallery", "name": "sphere", "n": 2}, "start": [1.0, 2.0], "iterations": 5, "run": RUN,
    "runs": [RUN, RUN], "x": AXIS, "y": {"name": "momentum", "low": 0.0, "high": 0.9, "count": 3, "log": False},
    "view": {"x": [-1.0, 1.0], "y": [-1.0, 1.0]}, "window": {"x": [-1.0, 1.0], "y": [-1.0, 1.0]},
    "as": "csv", "show": "none", "w": [1.0, 2.0],
    "data": {"kind": "builtin", "name": "wine", "classes": ["0", "1"], "features": ["alcohol", "ash"],
             "standardize": True, "test": 0.25, "seed": 0},
    "model": {"loss": "log_loss", "penalty": "l2", "alpha": 0.001, "multi_class": "auto"}, "epochs": 3,
    "key": "none", "row": 1, "part": "train", "cell": [0, 1],
}  # fmt: skip
OWN = sorted(own_arguments() - {"self", "name"})
OF_FUNCTIONS, OF_DATA = {"problem", "start", "iterations"}, {"data", "model", "epochs"}
NASTY = [
    None, True, False, "", "x", "../../etc/passwd", "\0", "\ud800", "__class__", "a" * 10_000, -1, 0, 1, 2, 0.5, -0.0,
    2**31, 2**53, 10**299, -(10**299), 1e299, -1e299, 5e-324, 1e-300, [], {}, [[]], [None], {"": None},
    {"a": {"b": []}}, [0] * 100_000, ["x"] * 1000, [[1.0, 2.0]] * 50,
    {str(k): k for k in range(1000)}, [[[[[[[[[[[[1]]]]]]]]]]]],
]  # fmt: skip


def arguments_of(ask):
    """The parts that an ask says it takes."""
    return [name for name in PARTS if re.search(rf"\b{name}\b", ask.ask.__doc__)]


def places(value, path=()):
    """The way to every part of a nested value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, (*path, name))


def spoilt(random, arguments):
    """``arguments`` with one to three of their parts replaced, left out, doubled or given a name of no meaning."""
    found = deepcopy(arguments)
    for _ in range(random.randint(1, 3)):
        path = random.choice([path for path in places(found) if path] or [("a",)])
        holder = found
        for step in path[:-1]:
            holder = holder[step]
        match random.randint(0, 9):
            case 0 if isinstance(holder, dict):
                holder.pop(path[-1], None)
            case 1 if isinstance(holder, dict):
                holder[random.choice([*OWN, "lr", "a" * 200, "__init__"])] = deepcopy(random.choice(NASTY))
            case 2 if isinstance(holder, list):
                holder.extend(holder[:1000])
            case _:
                holder[path[-1]] = deepcopy(random.choice(NASTY))
    return found


@pytest.fixture(scope="module")
def apart():
    lab = Apart()
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def page(apart):
    with apart.visitor.live() as socket:
        yield Asking(socket)


@pytest.fixture(scope="module")
def valid(page):
    """For each ask the arguments that it takes, good ones; where it may be about a function or about data, both."""
    parts = PARTS
    if "train" in every_ask():
        trained = page.ask("train", **{name: PARTS[name] for name in ("run", *OF_DATA)})
        parts = PARTS | {"key": trained["answer"]["key"]}
    found = []
    for name, ask in every_ask().items():
        taken = arguments_of(ask)
        for others in (OF_DATA, OF_FUNCTIONS) if set(taken) >= OF_DATA | OF_FUNCTIONS else ((),):
            found.append((name, {part: parts[part] for part in taken if part not in others}))
    return found


def test_what_asks_say_they_take_is_right(page, valid):
    for name, arguments in valid:
        answer = page.ask(name, **arguments)
        assert "answer" in answer or name == "shown", (name, answer)
    assert {name for name, _ in valid} == set(every_ask())


def ask_spoilt(apart, page, valid, count, seed):
    """Asks ``count`` spoilt requests; how many were refused, and how much more memory was taken at the most."""
    random, refused, faults, before = Random(seed), 0, [], apart.memory()
    spoilable = [(name, arguments) for name, arguments in valid if arguments]
    for k in range(count):
        name, arguments = spoilable[k % len(spoilable)]
        asked = spoilt(random, arguments)
        answer = page.ask(name, **asked)
        if "error" in answer:
            refused += 1
            if not is_sentence(answer["error"]["message"]):
                faults.append((name, json.dumps(asked)[:500], answer["error"]["message"][:500]))
    assert not faults, "\n".join(" | ".join(fault) for fault in faults) + apart.said()
    assert apart.process.poll() is None
    assert apart.said() == ""
    return refused, apart.memory("VmHWM") - before


@weighed
def test_spoilt_asks_are_refused_in_a_sentence(apart, page, valid):
    refused, growth = ask_spoilt(apart, page, valid, 400, seed=1)
    assert refused > 200
    assert growth < 1000 * MEGABYTE


@weighed
@pytest.mark.slow
def test_thousands_of_spoilt_asks(apart, page, valid):
    refused, growth = ask_spoilt(apart, page, valid, 3000, seed=2)
    print(f"{refused:,} were refused; memory grew by {growth / 1e6:.0f} MB")
    assert growth < 1500 * MEGABYTE


def test_numbers_that_json_lacks_or_floats_cannot_hold_are_no_json(page):
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 400, "-" + "9" * 400, "9" * 5000):
        page.line.socket.send(f'{{"id": 1, "ask": "problem", "start": [{number}]}}')
        assert "must be JSON, its numbers below" in page.line.read()["error"]["message"]


# -- what would take too much ------------------------------------------------------------------------------------------


def test_no_argument_of_a_verb_is_a_hyper_parameter_of_a_method():
    """So that the lab may refuse them all: ``starts`` alone would run a lab out of memory."""
    fields = {field for name in names() for field in fields_of(find(name))}
    fields |= set(modifiers.fields())
    assert fields
    assert not fields & own_arguments()
    assert {"starts", "record", "engine", "workers", "max_iter", "checkpoint", "memory_limit"} <= own_arguments()


@pytest.mark.parametrize("name", ["starts", "record", "engine", "workers", "max_iter", "problem", "callback", "args"])
def test_the_verbs_own_arguments_cannot_be_given(page, name):
    run = {"method": "momentum", "fields": {name: 10**9}}
    setting = {part: PARTS[part] for part in ("problem", "start", "iterations")}
    (told,) = page.ask("paths", **setting, runs=[run])["answer"]["runs"]
    assert told["error"] == f"{name} is no hyper-parameter of a method; leave it out"
    answer = page.ask("map", **setting, run=RUN, x={**AXIS, "name": name}, y=PARTS["y"])
    assert answer["error"]["message"] == told["error"]


HUGE = [
    ("paths", {"problem": {"kind": "gallery", "name": "rosenbrock", "n": 1000}, "iterations": 1_000_000,
               "runs": [RUN] * 6}, "too many"),
    ("paths", {"problem": {"kind": "gallery", "name": "rosenbrock", "n": 1000}, "iterations": 10_000,
               "runs": [RUN] * 60}, "too many"),
    ("export", {"problem": PARTS["problem"], "iterations": 1_000_000, "runs": [RUN] * 60, "as": "stage.png",
                "window": PARTS["window"]}, "too many"),
    ("paths", {"problem": PARTS["problem"], "iterations": 10**7, "runs": [RUN]}, "iterations must be a whole number"),
    ("paths", {"problem": PARTS["problem"], "runs": [RUN] * 61}, "runs must be a list of 1 to 60"),
    ("paths", {"problem": {"kind": "formula", "text": "w[9999]^2"}, "runs": [RUN]}, "10,000 variables"),
    ("problem", {"problem": {"kind": "gallery", "name": "sphere", "n": 10**9}}, "n must be a whole number"),
    ("map", {"problem": PARTS["problem"], "run": RUN, "x": {**AXIS, "count": 400}, "y": {**PARTS["y"], "count": 400}},
     "160,000 runs"),
    ("map", {"problem": PARTS["problem"], "run": RUN, "x": {**AXIS, "count": 10**9}, "y": PARTS["y"]}, "count must be"),
    ("problem", {"problem": PARTS["problem"], "start": [0.0] * 100_000}, "w0"),
]  # fmt: skip


@weighed
@pytest.mark.parametrize(("name", "arguments", "part"), HUGE, ids=range(len(HUGE)))
def test_what_is_huge_is_refused_before_memory_is_taken(apart, page, name, arguments, part):
    page.ask("problem", problem={"kind": "formula", "text": "x^2 + y^2"})
    before = apart.memory("VmHWM")
    answer = page.ask(name, **arguments)
    assert part in answer["error"]["message"]
    assert is_sentence(answer["error"]["message"])
    assert apart.memory("VmHWM") - before < 20 * MEGABYTE
