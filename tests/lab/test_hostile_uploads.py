"""Hostile files and bodies on their whole way, by HTTP and through the ask that reads them, into a lab apart: each ends
in one sentence, the lab lives, its memory and its folder stay within bounds."""

import json
import os
import socket
import threading

import pytest

from .apart import MEGABYTE, Apart, Asking, is_sentence, weighed
from .conftest import eventually
from .test_asks_data_files import HOSTILE

GOOD = b"x,y\n" + b"".join(b"%d,%d\n" % (k, k % 2) for k in range(20))


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    lab = Apart(folder=tmp_path_factory.mktemp("lab"))
    yield lab
    assert lab.process.poll() is None
    assert lab.said() == ""
    lab.close()


@pytest.fixture(scope="module")
def page(apart):
    with apart.visitor.live() as connection:
        page = Asking(connection)
        assert page.ask("table", data=sent(apart, "good.csv", GOOD))["answer"]["rows"] == 20
        yield page


@pytest.fixture
def bounded(apart, page):
    """Holds the lab to less than 300 MB of memory more than it had, and less than 30 MB of files."""
    memory, disk = apart.memory("VmHWM"), apart.disk()
    yield
    assert apart.memory("VmHWM") - memory < 300 * MEGABYTE
    assert eventually(lambda: apart.disk() < disk + 30 * MEGABYTE)


def sent(apart, name, content):
    """A file through the front door, as data to ask about."""
    answer = apart.visitor.http.post(
        "/upload", params={"name": name}, content=content, headers={"Cookie": apart.visitor.cookie}
    )
    assert answer.status_code == 200, answer.text
    return {"kind": "file", "id": answer.json()["id"], "name": name}


def spoken(apart, head, pieces=(), path="/upload?name=a.csv"):
    """A POST written by hand: the status and the text of the answer, None and "" where there is none."""
    visitor = apart.visitor
    lines = [f"POST {path} HTTP/1.1", f"Host: {visitor.host}", f"Origin: {visitor.base}", f"Cookie: {visitor.cookie}"]
    with socket.create_connection(("127.0.0.1", apart.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, *head, "", ""]).encode("latin-1"))
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # the lab has stopped reading
            pass
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:  # it had not read all that was sent
            pass
    return int(answer.split()[1]) if answer else None, answer.partition(b"\r\n\r\n")[2].decode()


@weighed
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_end_in_one_sentence(apart, page, bounded, what):
    name, content, part = HOSTILE[what]
    answer = page.ask("table", data=sent(apart, name, content() if callable(content) else content))
    said = answer["error"]["message"] if "error" in answer else answer["answer"]["fault"]
    assert part in said
    assert is_sentence(said)


@weighed
@pytest.mark.parametrize("declared", [2**31, 200_000_001, 10**18])
def test_what_says_it_is_too_large_is_not_read(apart, page, bounded, declared):
    status, text = spoken(apart, [f"Content-Length: {declared}"])
    assert status == 413
    assert "larger than the 200 MB" in json.loads(text)["error"]["message"]


@weighed
def test_a_body_without_end_is_read_as_far_as_a_file_may_be(apart, page, bounded):
    chunk = b"100000\r\n" + bytes(2**20) + b"\r\n"
    status, text = spoken(apart, ["Transfer-Encoding: chunked"], (chunk for _ in range(400)))
    assert status == 413
    assert "larger than the 200 MB" in json.loads(text)["error"]["message"]


ODD = {
    "no length": [], "no number": ["Content-Length: abc"], "below zero": ["Content-Length: -5"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"], "hexadecimal": ["Content-Length: 0x5"],
    "digits without end": ["Content-Length: " + "9" * 5000], "another coding": ["Transfer-Encoding: gzip"],
    "a header without end": ["X: " + "a" * 1_000_000], "headers without end": ["X: a"] * 100_000,
    "no header": ["nonsense"], "a name of no letters": ["\0: 1"],
}  # fmt: skip


@weighed
@pytest.mark.parametrize("what", ODD)
def test_requests_that_are_none_are_answered_and_leave_nothing(apart, page, bounded, what):
    status, _ = spoken(apart, ODD[what])
    assert status == (200 if what == "no length" else 400)


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"ffffffffffffffffffff\r\n", b"5\r\nab", b"5\r\nabcdefgh\r\n"])
def test_broken_chunks_are_not_kept(apart, page, chunk):
    before = apart.disk()
    status, _ = spoken(apart, ["Transfer-Encoding: chunked"], [chunk])
    assert status in (400, None)  # None: the connection ended without an answer
    assert eventually(lambda: apart.disk() == before)


@weighed
def test_bodies_that_never_come_hold_nobody_up(apart, page, bounded):
    visitor, waiting = apart.visitor, []
    head = f"POST /upload?name=a.csv HTTP/1.1\r\nHost: {visitor.host}\r\nOrigin: {visitor.base}\r\n"
    try:
        for _ in range(100):
            connection = socket.create_connection(("127.0.0.1", apart.port), timeout=60)
            waiting.append(connection)
            connection.sendall(f"{head}Cookie: {visitor.cookie}\r\nContent-Length: 100000000\r\n\r\nx".encode())
        for k in range(10):
            for connection in waiting:
                connection.sendall(b"y" * 1000)
            assert page.ask("table", data=sent(apart, f"{k}.csv", GOOD))["answer"]["rows"] == 20
    finally:
        for connection in waiting:
            connection.close()


def test_many_files_at_once(apart, page):
    found = []

    def give(k):
        found.append(sent(apart, f"{k}.csv", GOOD + b"%d,1\n" % k * 1000))

    threads = [threading.Thread(target=give, args=(k,)) for k in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({data["id"] for data in found}) == 24
    for data in found:
        assert page.ask("table", data=data)["answer"]["rows"] == 1020


NAMES = [
    "../../../tmp/a.csv", "/etc/passwd", "..\\..\\a.csv", "C:\\a.csv", "a\r\nSet-Cookie: b=c.csv", "\0.csv", ".", "..",
    "", "a" * 5000 + ".csv", "\u202etxt.csv", "con.csv", "~root/a.csv", "$(id).csv", "<script>.csv", "%2e%2e%2fa.csv",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_no_way_into_other_folders(apart, page, name):
    data = sent(apart, name, GOOD)
    answer = page.ask("table", data=data | {"name": name})
    if "error" in answer:
        assert is_sentence(answer["error"]["message"])
        assert "root:" not in answer["error"]["message"]
    else:
        assert answer["answer"]["rows"] == 20
        assert not set(answer["answer"]["name"]) & set("/\\\r\n\0<>")


@pytest.mark.parametrize("id", ["../../etc/passwd", "/etc/passwd", "", "a" * 10_000, "..", "\0", "%00", 5, None, ["a"]])
def test_an_id_is_no_path(apart, page, id):
    answer = page.ask("table", data={"kind": "file", "id": id, "name": "passwd.csv"})
    assert is_sentence(answer["error"]["message"])
    assert os.sep + "etc" not in answer["error"]["message"]
