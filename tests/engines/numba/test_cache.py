"""Compiled once a machine, never one rule's code for another's, and never a reason not to run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.fields import Fraction, Rate
from steepest.engines.numba import cache, kernels

MODEL = steepest.LinearModel(np.random.default_rng(1).standard_normal((30, 3)), np.arange(30.0))


def momentum_class(scale):
    """A user's rule that is called Momentum too, with the same fields and another step."""

    class Momentum(NamedTuple):
        learning_rate: Rate = None
        momentum: Fraction = 0.9
        rate_outside: bool = False

        def init(self, w, xp):
            return (xp.zeros_like(w),)

        def update(self, w, g, slots, t, xp):
            v = self.momentum * slots[0] - scale * self.learning_rate * g
            return v, (v,)

    return Momentum


def loss_class(scale):
    """A user's loss that is called SquaredError too."""

    class SquaredError(NamedTuple):
        def value(self, o, y, xp):
            return 0.5 * scale * (o - y) * (o - y)

        def derivative(self, o, y, xp):
            return scale * (o - y)

        def curvature(self):
            return scale

    return SquaredError


@pytest.mark.parametrize("batch", [None, 1])
def test_rules_of_one_class_name_do_not_meet(batch):
    ours = steepest.methods.Momentum
    classes = [momentum_class(0.5), ours, momentum_class(3.0), ours]
    assert {cls.__name__ for cls in classes} == {"Momentum"}
    for _ in range(2):
        for cls in classes:
            rule = cls(1e-3)
            more = {"batch_size": batch, "max_iter": 6, "grad_tol": None}
            compiled, plain = (steepest.minimize(MODEL, method=rule, engine=e, **more) for e in ("numba", "python"))
            np.testing.assert_allclose(compiled.history.w, plain.history.w, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("batch", [None, 5])
def test_losses_of_one_class_name_do_not_meet(batch):
    for scale in (0.5, 1.0, 4.0):
        model = steepest.LinearModel(MODEL.X, MODEL.y, loss="squared_error" if scale == 1.0 else loss_class(scale)())
        more = {"learning_rate": 1e-3, "batch_size": batch, "max_iter": 6, "grad_tol": None}
        compiled, plain = (steepest.minimize(model, engine=e, **more) for e in ("numba", "python"))
        np.testing.assert_allclose(compiled.history.w, plain.history.w, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(compiled.history.f, plain.history.f, rtol=1e-12)


class Switch(NamedTuple):
    """Its bool changes the number of slots, its int the power."""

    learning_rate: Rate = 1e-3
    heavy: bool = False
    power: int = 1

    def init(self, w, xp):
        return (xp.zeros_like(w), xp.zeros_like(w)) if self.heavy else ()

    def update(self, w, g, slots, t, xp):
        step = -self.learning_rate * xp.sign(g) * xp.abs(g) ** self.power
        if len(slots) == 2:
            return step + 0.5 * slots[0], (step + 0.5 * slots[0], g)
        return step, slots


@pytest.mark.parametrize("batch", [None, 1])
def test_fields_that_are_structure_are_told_apart(batch):
    for heavy, power in ((False, 1), (True, 1), (False, 2), (True, 2), (False, 1)):
        rule = Switch(1e-4, heavy, power)
        compiled, plain = (
            steepest.minimize(MODEL, method=rule, engine=e, batch_size=batch, max_iter=6, grad_tol=None)
            for e in ("numba", "python")
        )
        np.testing.assert_allclose(compiled.history.w, plain.history.w, rtol=1e-12, atol=1e-14)


def test_a_stand_in_is_made_once_a_class_and_ours_travel_as_they_are():
    one, two = momentum_class(1.0), momentum_class(1.0)
    assert type(cache.carried(one(0.1))) is type(cache.carried(one(0.2)))
    assert type(cache.carried(one(0.1))) is not type(cache.carried(two(0.1)))
    assert type(cache.carried(one(0.1))).__name__ != type(cache.carried(two(0.1))).__name__
    assert tuple(cache.carried(one(0.1, 0.5))) == (0.1, 0.5, False)
    rule = steepest.methods.Momentum(0.1)
    assert cache.carried(rule) is rule


# -- processes -------------------------------------------------------------------------------------------------------

PROGRAM = """
import json
import sys

import numba
import numpy as np
import steepest
from steepest.engines.numba.cache import cache_folder

compiled = []


class Listener(numba.core.event.Listener):
    def on_start(self, event):
        compiled.append(str(event.data["dispatcher"]))

    def on_end(self, event):
        pass


numba.core.event.register("numba:compile", Listener())
rng = np.random.default_rng(1)
model = steepest.LinearModel(rng.standard_normal((30, 3)), np.arange(30.0))
found = {}
for name in sys.argv[1:]:
    run = steepest.minimize(model, method=name, learning_rate=1e-3, max_iter=5, engine="numba")
    found[name] = [w.hex() for w in run.w.tolist()]
print(json.dumps({"folder": str(cache_folder()), "found": found, "compiled": len(compiled)}))
"""


TWINS = ["nesterov", "nesterov_lookahead"]
"""Rules with the same fields."""


def start(names, **environment):
    env = {**os.environ, **{name: str(value) for name, value in environment.items()}}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, *names], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def answer(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def check(found):
    for name in TWINS:
        run = steepest.minimize(MODEL, method=name, learning_rate=1e-3, max_iter=5, engine="python")
        np.testing.assert_allclose([float.fromhex(v) for v in found[name]], run.w, rtol=1e-12)


def test_four_processes_on_an_empty_cache_and_a_fifth_that_compiles_nothing(tmp_path):
    four = [
        answer(process)
        for process in [start(TWINS[::way], STEEPEST_CACHE_DIR=tmp_path / "cache") for way in (1, -1, 1, -1)]
    ]
    for each in four:
        check(each["found"])
        assert each["found"] == four[0]["found"]
        assert Path(each["folder"]).is_relative_to(tmp_path / "cache")
    assert max(each["compiled"] for each in four) > 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*")}
    fifth = answer(start(TWINS, STEEPEST_CACHE_DIR=tmp_path / "cache"))
    assert fifth["compiled"] == 0
    assert fifth["found"] == four[0]["found"]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*")} == before


# -- places ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(monkeypatch):
    """The cache as a new process finds it."""
    monkeypatch.setattr(cache, "_entries", {})
    cache.cache_folder.cache_clear()
    yield
    cache.cache_folder.cache_clear()


def order():
    """The smallest kernel there is, compiled or loaded."""
    orders = np.empty((1, 6), dtype=np.int64)
    cache.compiled_orders("shuffle")(orders, np.uint64(1), np.uint64(2))
    return orders[0].tolist()


def test_the_folder_is_the_one_that_was_chosen(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path / "here"))
    assert cache.cache_folder().is_relative_to(tmp_path / "here")
    order()
    assert [*(tmp_path / "here").rglob("*.nbi")]


def test_the_folder_is_the_users_own_by_default(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", "")
    monkeypatch.setattr(cache, "_own", lambda: tmp_path / "own")
    assert cache.cache_folder().is_relative_to(tmp_path / "own")


@pytest.mark.parametrize(
    ("platform", "set_to", "wanted"),
    [("linux", "XDG_CACHE_HOME", "there/steepest"), ("linux", None, "home/.cache/steepest"),
     ("darwin", None, "home/Library/Caches/steepest"), ("win32", "LOCALAPPDATA", "there/steepest/cache"),
     ("win32", None, "home/AppData/Local/steepest/cache")],
)  # fmt: skip
def test_every_system_keeps_caches_in_a_place_of_its_own(tmp_path, monkeypatch, platform, set_to, wanted):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if set_to:
        monkeypatch.setenv(set_to, str(tmp_path / "there"))
    monkeypatch.setattr(cache.Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(cache.sys, "platform", platform)
    assert cache._own() == tmp_path / wanted


def test_an_unusable_folder_gives_way_to_the_next(fresh, tmp_path, monkeypatch):
    file = tmp_path / "a file"
    file.write_text("")
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(file))
    monkeypatch.setattr(cache, "_own", lambda: file / "below")
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert cache.cache_folder().is_relative_to(tmp_path / "temporary")
    expected_order = order()
    assert [*(tmp_path / "temporary").rglob("*.nbi")]
    assert sorted(expected_order) == [*range(6)]


def test_no_home_and_no_temporary_folder_is_no_cache_and_no_error(fresh, monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    def no_place():
        raise FileNotFoundError("No usable temporary directory found")

    wanted = order()
    monkeypatch.setattr(cache, "_entries", {})
    cache.cache_folder.cache_clear()
    monkeypatch.delenv("STEEPEST_CACHE_DIR", raising=False)
    monkeypatch.setattr(cache, "_own", nowhere)
    monkeypatch.setattr(cache.tempfile, "gettempdir", no_place)
    assert cache.cache_folder() is None
    assert order() == wanted


def test_another_users_temporary_folder_is_not_trusted(fresh, tmp_path, monkeypatch):
    monkeypatch.delenv("STEEPEST_CACHE_DIR", raising=False)
    monkeypatch.setattr(cache, "_own", lambda: Path(os.devnull) / "nothing")
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(cache.os, "getuid", lambda: 12345, raising=False)
    assert cache.cache_folder() is None


@pytest.mark.parametrize("content", [b"", b"damaged", None])
def test_a_damaged_cache_is_compiled_over(fresh, tmp_path, monkeypatch, content):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path))
    wanted = order()
    files = [path for path in tmp_path.rglob("*") if path.suffix in (".nbi", ".nbc")]
    assert files
    for path in files:
        path.write_bytes(path.read_bytes()[:20] if content is None else content)
    monkeypatch.setattr(cache, "_entries", {})
    assert order() == wanted


def test_a_cache_that_cannot_be_written_any_more_does_not_end_the_run(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path))

    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    assert sorted(order()) == [*range(6)]


def test_each_specialisation_has_a_folder_of_its_own(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path))
    for sampling in ("shuffle", "replacement"):
        cache.compiled_orders(sampling)
    folders = {path.parent for path in tmp_path.rglob("*.nbi")}
    assert len(folders) == 2
    assert all(len([*folder.glob("*.nbi")]) == 1 for folder in folders)


def test_numbas_own_cache_setting_is_put_back(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path))
    before = cache.numba.config.CACHE_DIR
    order()
    assert before == cache.numba.config.CACHE_DIR


def test_user_classes_leave_nothing_on_disk(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path))
    rule = cache.carried(momentum_class(2.0)(0.1))
    G, H = np.ones((1, 2)), np.array([[[0.1, 0.9]]])
    arguments = (np.zeros((1, 2)), (np.zeros((1, 2)),), H, rule, (), (), np.zeros(1), G, 1.0)
    cache.compiled("step_runs", arguments)(*arguments)
    assert not [*tmp_path.rglob("*.nbi")]
    assert np.array_equal(arguments[0], [[-0.2, -0.2]])


def test_one_kernel_is_compiled_once_a_process(monkeypatch, fresh, tmp_path):
    monkeypatch.setenv("STEEPEST_CACHE_DIR", str(tmp_path))
    first = cache.compiled_orders("shuffle")
    assert cache.compiled_orders("shuffle") is first


def test_the_source_hash_covers_what_a_kernel_is_made_of(tmp_path, monkeypatch):
    """A change in any of these files must not find the old machine code."""
    package = Path(steepest.__file__).parent
    read = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self) or original(self))
    cache.source_hash.__wrapped__()
    for part in (kernels.__file__, package / "methods" / "adam.py", package / "methods" / "sampling.py",
                 package / "problems" / "losses" / "squared_error.py", package / "engines" / "numba" / "functions.py",
                 package / "engines" / "numba" / "lowering.py"):  # fmt: skip
        assert Path(part) in read


def test_a_rule_that_cannot_be_compiled_is_one_sentence_or_runs_plain():
    class Odd(NamedTuple):
        learning_rate: Rate = 0.01

        def init(self, w, xp):
            return ()

        def update(self, w, g, slots, t, xp):
            return -self.learning_rate * np.asarray(sorted(g, key=lambda v: 0.0)), ()

    with pytest.raises(ValueError, match="engine='numba' cannot compile Odd") as error:
        steepest.minimize(MODEL, method=Odd(), engine="numba", max_iter=2)
    assert "\n" not in str(error.value)
    run = steepest.minimize(MODEL, method=Odd(), max_iter=2)
    assert run.engine == "python"
