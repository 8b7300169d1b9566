"""What the lab serves: the fixed files, uploads and downloads."""

import base64
import gzip
import hashlib
import json
import re
import socket
import time

import pytest

from steepest.base.errors import ArgumentError
from steepest.lab.pages import fixed_files, inline_hashes, plotly, style_hashes
from steepest.lab.store import Store, plain_name

MEDIA = {"html": "text/html", "js": "text/javascript", "css": "text/css"}


def test_files_come_as_what_they_are(visitor):
    for path, file in fixed_files().items():
        answer = visitor.http.get(path, headers={"Cookie": visitor.cookie})
        assert answer.status_code == 200
        assert answer.content == file.body
        assert answer.headers["content-type"] == f"{MEDIA.get(path.rpartition('.')[2], 'text/html')}; charset=utf-8"


def test_plotly_is_the_installed_package_s(visitor):
    body = visitor.http.get("/plotly.js", headers={"Cookie": visitor.cookie}).content
    assert body == plotly().read_bytes()
    assert b"plotly.js v" in body[:100]


def test_the_policy_allows_the_page_s_import_map_and_no_other_inline_script(visitor):
    answer = visitor.http.get("/")
    (script,) = re.findall(r'<script type="importmap">(.*?)</script>', answer.text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert re.search(r"script-src ([^;]*);", policy)[1] == f"'self' 'sha256-{digest}'"
    assert json.loads(script)["imports"] == {"steepest/": "/modules/steepest/", "lab/": "/modules/lab/"}


def test_every_module_that_is_imported_is_served():
    files = fixed_files()
    for path, file in files.items():
        if path.startswith("/modules/"):
            for name in re.findall(r'(?:from|import|import\()\s*"((?:steepest|lab)/[^"]+)"', file.body.decode()):
                assert f"/modules/{name}" in files, (path, name)


def test_the_page_asks_for_nothing_that_is_not_served():
    files = fixed_files()
    asked = re.findall(r'(?:src|href)="(/[^"]*)"', files["/"].body.decode())
    assert "/modules/lab/door.js" in asked
    assert set(asked) <= set(files)


def test_hashes_of_scripts_and_styles():
    def digest(text):
        return "sha256-" + base64.b64encode(hashlib.sha256(text).digest()).decode()

    page = b'<script src="/a.js"></script><script type="importmap">{"a":\r\n1}</script><script>two</script>'
    assert inline_hashes(page) == [digest(b'{"a":\n1}'), digest(b"two")]
    assert style_hashes(b'var e=document.createElement("style");e.id="q",e.textContent=\'.a{b:c}\'') == [
        digest(b""), digest(b".a{b:c}"),
    ]  # fmt: skip


# -- uploads -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def uploads(lab):
    """The lab's store of uploads, with small bounds for one test."""
    store = lab.held.uploads
    kept = store.most_bytes, store.most_held, store.most_files
    store.most_bytes, store.most_held, store.most_files = 100_000, 250_000, 5
    yield store
    store.most_bytes, store.most_held, store.most_files = kept


def files_of(store):
    """What lies in the store's folder."""
    return sorted(path.stat().st_size for path in store.folder.iterdir())


def test_a_file_arrives_byte_for_byte(visitor, uploads):
    content = bytes(range(256)) * 100
    answer = visitor.http.post("/upload?name=my%20data.csv", content=content, headers={"Cookie": visitor.cookie})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["name"], told["bytes"]) == ("my data.csv", len(content))
    stored = uploads.get(told["id"])
    assert stored.path.read_bytes() == content
    assert stored.path.parent == uploads.folder


def test_an_upload_needs_the_session(stranger, uploads):
    before = files_of(uploads)
    assert stranger.http.post("/upload", content=b"x" * 1000).status_code == 403
    assert files_of(uploads) == before


def speak(visitor, head, *pieces, finish=True):
    """A POST to /upload written by hand; the answer's status and sentence."""
    lines = [
        "POST /upload?name=a.csv HTTP/1.1", f"Host: {visitor.host}", f"Origin: {visitor.base}",
        f"Cookie: {visitor.cookie}", *head, "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", visitor.lab.port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:  # the lab has stopped reading
            pass
        if not finish:
            return None
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split()[1]), json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["message"]


@pytest.mark.parametrize("declared", ["2147483648", "100001", "9" * 18])
def test_a_file_that_says_it_is_too_large_is_not_read(visitor, uploads, declared):
    before = files_of(uploads)
    status, sentence = speak(visitor, [f"Content-Length: {declared}"])
    assert status == 413
    assert sentence.startswith("the file is larger than the 0.1 MB that the lab takes")
    assert files_of(uploads) == before


def test_a_file_that_turns_out_too_large_is_read_no_further(visitor, uploads):
    before = files_of(uploads)
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    status, sentence = speak(visitor, ["Transfer-Encoding: chunked"], *[chunk] * 25)
    assert status == 413
    assert sentence.startswith("the file is larger than the 0.1 MB")
    assert files_of(uploads) == before


@pytest.mark.parametrize("head", [["Content-Length: 50000"], ["Transfer-Encoding: chunked"]])
def test_a_truncated_file_is_not_kept(visitor, uploads, head):
    before, known = files_of(uploads), len(uploads)
    speak(visitor, head, b"1000\r\n" + b"x" * 4096, finish=False)
    for _ in range(1000):
        if files_of(uploads) == before and uploads.coming == 0:
            break
        time.sleep(0.01)
    assert files_of(uploads) == before
    assert (len(uploads), uploads.coming) == (known, 0)
    assert visitor.http.get("/").status_code == 200


def test_a_compressed_body_is_not_unpacked(visitor, uploads):
    """A bomb stays as small as it came."""
    bomb = gzip.compress(b"\0" * 10_000_000)
    headers = {"Cookie": visitor.cookie, "Content-Encoding": "gzip"}
    assert visitor.http.post("/upload?name=a.csv.gz", content=bomb, headers=headers).json()["bytes"] == len(bomb)


def test_the_oldest_files_go(visitor, uploads):
    ids = []
    for k in range(4):
        content = bytes([k]) * 80_000
        answer = visitor.http.post("/upload", content=content, headers={"Cookie": visitor.cookie})
        ids.append(answer.json()["id"])
    assert sum(files_of(uploads)) <= uploads.most_held
    assert uploads.get(ids[-1]).path.read_bytes() == bytes([3]) * 80_000
    with pytest.raises(ArgumentError, match="not in the lab any more"):
        uploads.get(ids[0])


# -- the store and downloads -------------------------------------------------------------------------------------------


def test_a_store_holds_no_more_than_its_bounds():
    store = Store(most_bytes=10, most_held=25, most_files=3)
    ids = [store.add("a", bytes(2)).id for _ in range(5)]
    assert len(store) == 3
    ids += [store.add("empty", b"").id for _ in range(5)]
    assert len(store) == len(files_of(store)) == 3
    first, second = store.begin("b"), store.begin("c")
    first.write(bytes(10))
    second.write(bytes(10))
    third = store.begin("d")
    with pytest.raises(ArgumentError, match="as many bytes as it can"):
        third.write(bytes(10))
    with pytest.raises(ArgumentError, match="larger than the"):
        first.write(b"1")
    third.close()
    second.close()
    kept = first.keep()
    first.close()
    assert store.get(kept.id).size == 10
    assert store.coming == 0
    assert files_of(store) == sorted(file.size for file in (store.get(id) for id in [*ids, kept.id] if id in store))
    store.close()
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("data.csv", "data.csv"), ("../../etc/passwd", "passwd"), ("C:\\data\\a b.csv", "a b.csv"), ("", "file"),
        ("..", "file"), ('a"\r\nX: y.csv', "a___X_ y.csv"), ("\u00e9t\u00e9.csv", "_t_.csv"), ("x" * 500, "x" * 120),
    ],
)  # fmt: skip
def test_names_are_made_plain(name, kept):
    assert plain_name(name) == kept


def test_a_file_made_by_an_ask_can_be_fetched(lab, visitor):
    stored = lab.held.downloads.add("run 1.csv", b"a,b\n1,2\n")
    answer = visitor.http.get(f"/download/{stored.id}", headers={"Cookie": visitor.cookie})
    assert (answer.status_code, answer.content) == (200, b"a,b\n1,2\n")
    assert "attachment" in answer.headers["content-disposition"]
    assert "run%201.csv" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_not_there_is_a_sentence(visitor):
    answer = visitor.http.get("/download/nothing", headers={"Cookie": visitor.cookie})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "file is not in the lab any more; give it again"
