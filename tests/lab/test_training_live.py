"""Training as a page sees it: its own lane, pause, resume and stop, live curves, closed tabs."""

import base64
import threading
import time
import types

import numpy as np
import pytest

import steepest
from steepest.engines.numba import cache
from steepest.engines.task import announce
from steepest.lab.held import Held
from steepest.lab.learning import Learning
from steepest.lab.work import Dropped, Job
from steepest.problems import tables

from .conftest import Line, echo, eventually

LONG = {
    "data": {"kind": "builtin", "name": "digits", "classes": ["0", "1"]},
    "model": {"loss": "log_loss", "penalty": "l2", "alpha": 1e-4}, "epochs": 100_000,
    "run": {"method": "momentum", "fields": {"learning_rate": 1e-6}, "batch_size": 32},
}  # fmt: skip


def unpacked(given):
    return np.frombuffer(base64.b64decode(given["base64"]), "<f8").reshape(given["shape"])


def own_run(epochs):
    """LONG by the library, as far as it went."""
    parts = tables.parted(steepest.datasets.table("digits").of_classes(0, 1))
    model = steepest.LinearModel(parts.train.X, parts.train.y, "log_loss", "l2", 1e-4)
    return steepest.minimize(
        model, learning_rate=1e-6, batch_size=32, seed=0, max_iter=epochs, record=("f",), progress=False
    )


def until(line, holds):
    """Reads until a message holds."""
    while not holds(message := line.read()):
        pass
    return message


def running(message):
    return message.get("progress", {}).get("row", 0) > 0


def test_curves_grow_while_it_works_and_stop_answers_with_what_there_is(line):
    line.send(id=1, ask="train", **LONG)
    told = [until(line, running)["progress"] for _ in range(3)]
    assert [one["row"] for one in told] == sorted({one["row"] for one in told})
    assert [one["f"] for one in told] == sorted({one["f"] for one in told}, reverse=True)
    line.send(stop=1)
    answer = until(line, lambda message: "answer" in message)["answer"]
    assert answer["stopped"]
    assert answer["outcome"] == "STOPPED"
    assert told[-1]["row"] <= answer["nit"] < 100_000
    own = own_run(answer["nit"])
    assert answer["f"] == own.f
    rows = unpacked(answer["iteration"]).astype(int)
    assert [one["gradients"] for one in told] == [-(-270 // 32) * one["row"] for one in told]
    assert 0 < told[0]["seconds"] < told[1]["seconds"] < told[2]["seconds"] < answer["seconds"]
    for one in told:  # what was shown on the way are values of the run
        assert one["f"] in own.history.f[[one["row"] - 1, one["row"]]]
    np.testing.assert_array_equal(unpacked(answer["values"]), own.history.f[rows])
    judged = line.ask(2, "judge", key=answer["key"])["answer"]
    assert judged["rows"] == 90
    shared, found = line.ask(3, "share", **LONG)["answer"], {}
    assert f"max_iter={answer['nit']}" in shared["python"]
    exec(shared["python"], found)
    assert found["run"].f == answer["f"]
    assert "answer" in line.ask(4, "explain", **LONG)  # of what there is; all its epochs would take minutes


def test_a_run_that_stood_still_meanwhile_is_the_same_run(line):
    line.send(id=1, ask="train", **LONG)
    until(line, running)
    line.send(pause=1)
    line.send(pause=77)  # nobody
    line.send(id=2, ask="catalogue")
    until(line, lambda message: message.get("id") == 2)  # other lanes go on
    line.send(resume=1)
    until(line, running)
    line.send(stop=1)
    answer = until(line, lambda message: "answer" in message)["answer"]
    seconds = unpacked(answer["seconds_axis"])
    assert (np.diff(seconds) >= 0).all()
    assert answer["seconds"] >= seconds[-1]
    assert answer["f"] == own_run(answer["nit"]).f


@pytest.mark.parametrize("live", [True, False])
def test_a_kernel_that_is_compiled_is_told_of(monkeypatch, live):
    held, news = Held(), []
    job = Job(1, None, held, lambda job: news.append(job.news["text"]))
    compile_ = cache._compile

    def compiling(*given):
        announce.get()("compiling ...")  # as where the machine has no copy yet
        return compile_(*given)

    monkeypatch.setattr(cache, "_entries", {})
    monkeypatch.setattr(cache, "_compile", compiling)
    try:
        Learning({**LONG, "epochs": 1}, held).run(job, live)
    finally:
        held.close()
    assert news[0] == "compiling the first run of momentum (once)"
    assert announce.get() is None


class Walk:
    """An ask that takes steps until it is to stop."""

    def __init__(self):
        self.job, self.steps, self.ended = None, 0, []

    def __call__(self, arguments, job):
        self.job = job
        try:
            while not job.rest():
                self.steps += 1
                time.sleep(0.001)
        except Dropped:
            self.ended.append("dropped")
            raise
        self.ended.append("stopped")
        return {"steps": self.steps}


@pytest.fixture
def walk(lab):
    """The ask "walk", on the lane of long work."""
    asks, found = lab.application.app.state.asks, Walk()
    asks["walk"] = types.SimpleNamespace(__name__="test.walk", ask=found, work=True)
    yield found
    if found.job is not None:
        found.job.cancel()
    del asks["walk"]


def test_a_paused_ask_takes_no_step_until_it_is_resumed(line, walk):
    line.send(id=1, ask="walk")
    assert eventually(lambda: walk.steps > 3)
    line.send(pause=1)
    assert eventually(lambda: walk.job.resting)
    steps = walk.steps
    assert "answer" in line.ask(2, "catalogue")
    assert walk.steps == steps
    line.send(resume=1)
    assert eventually(lambda: walk.steps > steps)
    line.send(pause=1)
    assert eventually(lambda: walk.job.resting)
    line.send(stop=1)
    assert until(line, lambda message: message["id"] == 1) == {"id": 1, "answer": {"steps": walk.steps}}
    assert len(walk.job.pauses) == 2


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_a_paused_ask_ends_with_its_page_or_its_request(visitor, walk, how):
    with visitor.live() as socket:
        line = Line(socket)
        line.send(id=1, ask="walk")
        assert eventually(lambda: walk.steps > 3)
        line.send(pause=1)
        assert eventually(lambda: walk.job.resting)
        if how == "cancel":
            line.send(cancel=1)
            assert line.read() == {"id": 1, "dropped": True}
    assert eventually(lambda: walk.ended == ["dropped"])


def test_long_work_holds_up_neither_quick_asks_nor_slow_ones(line, walk, add_ask):
    add_ask("echo", echo)
    add_ask("slow_echo", echo, slow=True)
    line.send(id=1, ask="walk")
    line.send(id=2, ask="walk")  # waits in the lane
    assert eventually(lambda: walk.steps > 3)
    assert line.ask(3, "echo")["answer"] == {"echo": {}}
    assert line.ask(4, "slow_echo", stop=9)["answer"] == {"echo": {"stop": 9}}  # an argument of an ask is no wish
    line.send(cancel=2)
    assert line.read() == {"id": 2, "dropped": True}
    line.send(stop=1)
    assert line.read()["answer"] == {"steps": walk.steps}


def test_a_closed_tab_ends_its_training(lab, visitor):
    with visitor.live() as socket:
        line = Line(socket)
        line.send(id=1, ask="train", **LONG)
        until(line, running)
    assert eventually(lambda: not any(thread.name == "steepest-lab" for thread in threading.enumerate()))
