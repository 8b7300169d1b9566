"""The WebSocket of a page: the lab's own asks, answers, errors, bad messages."""

import base64
import contextlib
import json
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

import steepest
from steepest.base.errors import FormulaError
from steepest.lab.live import PLACE, encoded, finite
from steepest.plots.page.packing import packed

from .conftest import echo

# -- the asks that there are -------------------------------------------------------------------------------------------


def test_the_catalogue(line):
    answer = line.ask(1, "catalogue")["answer"]
    methods = {entry["name"]: entry for entry in answer["methods"]}
    assert tuple(methods) == steepest.methods.names()
    momentum = methods["momentum"]
    assert momentum["update"] == ["v <- momentum * v - learning_rate * g; w <- w + v"]
    assert momentum["summary"].startswith("Heavy-ball momentum")
    assert "Polyak" in momentum["source"]
    fields = {field["name"]: field for field in momentum["fields"]}
    assert fields["momentum"] == {
        "name": "momentum", "kind": "float", "optional": False, "default": 0.9, "low": 0.0, "high": 1.0,
        "low_open": False, "high_open": True, "log": False, "help": "",
    }  # fmt: skip
    assert (fields["learning_rate"]["log"], fields["learning_rate"]["high"]) == (True, None)
    assert fields["rate_outside"]["kind"] == "bool"
    assert methods["lbfgs"]["full_batch_only"]
    assert [name for name, entry in methods.items() if entry["needs_data"]] == ["saga", "svrg"]


def test_functions_of_two_variables_come_first_then_those_of_one(line):
    functions = line.ask(1, "catalogue")["answer"]["functions"]
    sizes = [entry["n"] for entry in functions]
    twos = sizes.count(2)
    assert twos > 20
    assert sizes[:twos] == [2] * twos
    assert sizes[twos : twos + sizes.count(1)] == [1] * sizes.count(1)
    assert min(sizes[twos + sizes.count(1) :]) > 2
    assert {entry["name"] for entry in functions} == set(steepest.gallery.names())
    (rosenbrock,) = (entry for entry in functions if (entry["name"], entry["n"]) == ("rosenbrock", 2))
    assert rosenbrock["start"] == [-1.2, 1.0]
    assert rosenbrock["minima"] == {"f": 0.0, "w": [[1.0, 1.0]]}
    assert rosenbrock["variables"] == ["w1", "w2"]
    for entry in functions:
        problem = steepest.gallery.find(entry["name"])(n=entry["n"])
        assert entry["box"]["lower"] == problem.box.lower.tolist()
        assert len(entry["start"]) == len(entry["variables"]) == entry["n"]


def test_the_sets_of_data(line):
    sets = {entry["name"]: entry for entry in line.ask(1, "datasets")["answer"]["datasets"]}
    assert tuple(sets) == steepest.datasets.names()
    assert (sets["digits"]["rows"], len(sets["digits"]["columns"])) == (1797, 64)
    assert sets["digits"]["classes"] == [str(k) for k in range(10)]
    assert sets["digits"]["image_shape"] == [8, 8]
    assert (sets["diabetes"]["kind"], sets["diabetes"]["classes"]) == ("regression", None)


def unpacked(packed):
    return np.frombuffer(base64.b64decode(packed["base64"]), "<f8").reshape(packed["shape"])


# -- answers -----------------------------------------------------------------------------------------------------------


def test_an_answer_s_text_is_that_of_json():
    """Arrays are put into the text beside json; where there are numbers that are not finite it is written again."""
    arrays = [np.arange(6.0).reshape(2, 3), np.array([np.nan, np.inf]), np.empty((0, 2)), np.arange(3)]
    for other in (1.5, float("nan"), "base64", '"\\', np.float64(0.1), np.int64(3), PLACE[:-1]):
        value = {"a": arrays[0], "b": [other, {"c": arrays[1]}, *arrays[2:]], "d": None}
        wanted = {"a": packed(arrays[0]), "b": [other, {"c": packed(arrays[1])}, *map(packed, arrays[2:])], "d": None}
        plain = json.dumps(finite(wanted), separators=(",", ":"), default=lambda number: number.item())
        assert encoded(value) == plain
    assert encoded({"x": 1}) == '{"x":1}'


def test_an_answer_comes_under_the_request_s_id(line, add_ask):
    add_ask("echo", echo)
    for id in (0, 1, 7, 2**53 - 1):
        assert line.ask(id, "echo", a=[1, "x", None], b={"c": 0.1}) == {
            "id": id, "answer": {"echo": {"a": [1, "x", None], "b": {"c": 0.1}}},
        }  # fmt: skip


def test_numbers_come_to_the_last_bit(line, add_ask):
    values = np.array([[0.1, 1 / 3], [-0.0, 5e-324], [np.inf, np.nan]])
    add_ask("numbers", lambda arguments, job: {"w": values, "f": np.float64(0.1), "n": np.int64(3), "yes": np.True_})
    answer = line.ask(1, "numbers")["answer"]
    assert (answer["f"], answer["n"], answer["yes"]) == (0.1, 3, True)
    assert unpacked(answer["w"]).tobytes() == values.tobytes()


def test_single_numbers_that_json_lacks_become_null(line, add_ask):
    add_ask("numbers", lambda arguments, job: {"a": float("nan"), "b": [float("inf"), 1.5, {"c": -float("inf")}],
                                               "d": np.float64("nan"), "e": (np.zeros(2), 2)})  # fmt: skip
    answer = line.ask(1, "numbers")["answer"]
    assert (answer["a"], answer["b"], answer["d"], answer["e"][1]) == (None, [None, 1.5, {"c": None}], None, 2)
    assert unpacked(answer["e"][0]).tolist() == [0.0, 0.0]


def test_progress_comes_before_the_answer(line, add_ask):
    def counted(arguments, job):
        for k in range(5):
            job.progress(k / 4, f"{k} of 4")
            time.sleep(0.05)
        return {}

    add_ask("counted", counted, slow=True)
    line.send(id=1, ask="counted")
    messages = [line.read()]
    while "answer" not in messages[-1]:
        messages.append(line.read())
    done = [message["progress"]["done"] for message in messages[:-1]]
    assert done == sorted(done)
    assert messages[0]["progress"].keys() == {"done", "text"}
    assert messages[-2]["progress"] == {"done": 1.0, "text": "4 of 4"}


def test_news_in_close_succession_are_not_all_sent(line, add_ask):
    def hasty(arguments, job):
        for k in range(20_000):
            job.progress(k / 20_000)
        return {}

    add_ask("hasty", hasty)
    line.send(id=1, ask="hasty")
    received = 0
    while "answer" not in line.read():
        received += 1
    assert received < 10_000


# -- errors ------------------------------------------------------------------------------------------------------------


def test_a_complaint_of_the_library_is_its_sentence(line, add_ask):
    def refusing(arguments, job):
        steepest.minimize("x^2", [1.0], learning_rate=arguments["fields"]["learning_rate"])

    def misread(arguments, job):
        raise FormulaError("formula stops short at column 5", "x^2 +", 5)

    add_ask("refusing", refusing)
    add_ask("misread", misread)
    error = line.ask(1, "refusing", fields={"learning_rate": -1})["error"]
    assert error["argument"] == "learning_rate"
    assert error["message"].startswith("learning_rate of momentum must be")
    assert line.ask(2, "misread", formula="x^2 +")["error"] == {
        "message": "formula stops short at column 5", "argument": "formula", "column": 5,
    }  # fmt: skip
    assert line.ask(3, "misread")["error"]["argument"] is None


@pytest.mark.parametrize(
    "wrong", [KeyError("secret"), ZeroDivisionError(), SystemExit(3), RecursionError(), BaseException()]
)
def test_a_fault_of_the_lab_is_a_plain_sentence_and_the_terminal_says_more(line, add_ask, capfd, wrong):
    def failing(arguments, job):
        raise wrong

    add_ask("failing", failing)
    add_ask("echo", echo)
    error = line.ask(1, "failing")["error"]
    assert error["message"] == "the lab could not answer 'failing', by a fault of its own; the terminal says more"
    assert line.ask(2, "echo")["answer"] == {"echo": {}}
    said = capfd.readouterr().err
    assert "Traceback" in said
    assert type(wrong).__name__ in said


def test_too_little_memory_is_a_sentence(line, add_ask):
    add_ask("huge", lambda arguments, job: {"w": np.zeros(2**50)})
    assert "not enough memory" in line.ask(1, "huge")["error"]["message"]


def test_what_cannot_be_sent_is_a_fault_of_the_lab(line, add_ask, capfd):
    add_ask("odd", lambda arguments, job: {"a": object()})
    assert "by a fault of its own" in line.ask(1, "odd")["error"]["message"]
    assert "object cannot be sent" in capfd.readouterr().err


BAD = {
    "": "must be JSON", "{": "must be JSON", "[" * 100_000: "must be JSON", '{"a":' * 100_000: "must be JSON",
    "[1]": "must be an object", "1": "must be an object", "null": "must be an object",
    '{"id": 1, "ask": "echo", "x": NaN}': "must be JSON", '{"id": 1, "x": Infinity}': "must be JSON",
    '{"id": 1, "x": ' + "9" * 10_000 + "}": "must be JSON",
    '{"id": 1, "ask": ' + "[" * 900 + "]" * 900 + "}": "there is no ask of that name",
    "{}": "id must be", '{"id": "1", "ask": "echo"}': "id must be", '{"id": true, "ask": "echo"}': "id must be",
    '{"id": -1, "ask": "echo"}': "id must be", '{"id": 1.5, "ask": "echo"}': "id must be",
    '{"id": 9007199254740992, "ask": "echo"}': "id must be", '{"id": [1], "ask": "echo"}': "id must be",
    '{"id": 1}': "there is no ask of that name", '{"id": 1, "ask": "ECHO"}': "there is no ask 'ECHO'; there are",
    '{"id": 1, "ask": 5}': "there is no ask of that name", '{"id": 1, "ask": ["echo"]}': "there is no ask",
    '{"id": 1, "ask": "../guard"}': "there is no ask", '{"id": 1, "ask": "__init__"}': "there is no ask",
    '{"id": 1, "ask": "%s"}' % ("a" * 1000): "there is no ask of that name",
    '{"id": 1, "ask": "echo", "slot": 5}': "slot must be",
    '{"id": 1, "ask": "echo", "slot": "%s"}' % ("a" * 101): "slot must be",
    '{"id": 1, "ask": "echo", "x": "' + "y" * 1_000_000 + '"}': "may have 1,000,000 characters",
    "x" * 15_000_000: "may have 1,000,000 characters",
}  # fmt: skip


def test_bad_messages_are_answered_with_a_sentence_and_the_line_stays(line, add_ask):
    add_ask("echo", echo)
    for text, sentence in BAD.items():
        line.socket.send(text)
        answer = line.read()
        assert sentence in answer["error"]["message"], text[:60]
        assert answer["id"] in (None, 1)
    line.socket.send(b'{"id": 1, "ask": "echo"}')
    assert "must be text" in line.read()["error"]["message"]
    line.send(cancel=99)
    line.send(cancel={"no": ["id"]})
    assert line.ask(5, "echo")["answer"] == {"echo": {}}


def test_a_message_beyond_what_is_taken_in_closes_this_line_only(line, another_line, add_ask):
    add_ask("echo", echo)
    with contextlib.suppress(ConnectionClosed):  # while it is being sent
        line.socket.send("x" * 20_000_000)
    with pytest.raises(ConnectionClosed):
        line.read()
    assert another_line.ask(1, "echo")["answer"] == {"echo": {}}
