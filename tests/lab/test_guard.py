"""The guard: every route of the application and the WebSocket, taken from the application itself, against strangers."""

import itertools
import re
import secrets
import socket

import httpx
import pytest
from starlette.routing import WebSocketRoute

from steepest.lab.guard import Guard, hosts_of
from steepest.lab.pages import OPEN, fixed_files
from steepest.lab.serving import Lab

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


def addresses(lab):
    """(method, path, headers) of everything that the application answers to."""
    found = []
    for route in lab.application.app.routes:
        path = re.sub(r"{.*?}", "a", route.path)
        if isinstance(route, WebSocketRoute):
            found.append(("GET", path, UPGRADE))
        else:
            found += [(method, path, {}) for method in sorted(route.methods)]
    return found


def foreign_hosts(port):
    return [
        "evil.example", f"evil.example:{port}", "localhost", "127.0.0.1", f"127.0.0.1:{port + 1}", f"localhost:{port}0",
        f"localhost.evil.example:{port}", f"127.0.0.1.evil.example:{port}", f"evil.example:{port}@127.0.0.1:{port}",
        f"127.0.0.1:{port}@evil.example", f"0.0.0.0:{port}", f"127.1:{port}", f"2130706433:{port}", f"127.0.0.2:{port}",
        f"localhost.:{port}", f"LOCALHOST:{port}", f"[::1]:{port}", f"[::ffff:127.0.0.1]:{port}", f"0x7f.0.0.1:{port}",
        f"127.0.0.1:{port}, evil.example", f"169.254.169.254:{port}", f"127.0.0.1:0{port}",
    ]  # fmt: skip


@pytest.fixture
def reached(lab, monkeypatch):
    """The requests that got through the guard."""
    passed, inner = [], lab.application.app

    class Recording:
        def __getattr__(self, name):
            return getattr(inner, name)

        async def __call__(self, scope, receive, send):
            passed.append((scope["type"], scope["path"]))
            await inner(scope, receive, send)

    monkeypatch.setattr(lab.application, "app", Recording())
    return passed


def test_the_application_has_the_addresses_that_it_should(lab):
    paths = {path for _, path, _ in addresses(lab)}
    assert paths == {*fixed_files(), "/session", "/upload", "/download/a", "/live"}
    assert {"/", "/plotly.js", "/modules/lab/door.js", "/modules/steepest/stage.js"} <= paths
    assert ("POST", "/session", {}) in addresses(lab)
    assert ("GET", "/live", UPGRADE) in addresses(lab)


def test_without_a_session_only_the_way_in_can_be_read(lab, stranger, reached):
    for method, path, headers in addresses(lab):
        answer = stranger.http.request(method, path, headers=headers)
        opened = method in ("GET", "HEAD") and path in OPEN
        assert answer.status_code == (200 if opened else 403), (method, path)
    assert {path for _, path in reached} == {*OPEN, "/session"}
    assert len(OPEN) == 4


@pytest.mark.parametrize("cookie", ["wrong", "", "empty", "other port", "longer", "shorter", "non-ascii"])
def test_a_wrong_cookie_is_none(lab, stranger, visitor, reached, cookie):
    name, _, right = visitor.cookie.partition("=")
    value = {
        "wrong": f"{name}={secrets.token_urlsafe(32)}", "": "", "empty": f"{name}=",
        "other port": f"{name}0={right}", "longer": f"{name}={right}a", "shorter": f"{name}={right[:-1]}",
        "non-ascii": f"{name}=\u00e9".encode("latin-1"),
    }[cookie]  # fmt: skip
    stranger.http.cookies.clear()
    reached.clear()
    for method, path, headers in addresses(lab):
        if path not in (*OPEN, "/session"):
            answer = stranger.http.request(method, path, headers={**headers, "Cookie": value})
            assert answer.status_code == 403, (method, path)
    assert reached == []


def refusals(port):
    """Headers of requests by others, each with the session's cookie."""
    base = f"http://127.0.0.1:{port}"
    for host in foreign_hosts(port):
        yield {"Host": host, "Origin": base}
        yield {"Host": host, "Origin": f"http://{host}"}
    for origin in (
        "null", "", "https://evil.example", "http://127.0.0.1", f"http://localhost:{port}", f"http://127.0.0.1:{port}/",
        f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.example", f"http://127.0.0.1:{port + 1}", "file://",
    ):  # fmt: skip
        yield {"Origin": origin}
    for site in ("cross-site", "same-site", "", "cross-site, same-origin", "Same-Origin"):
        yield {"Origin": base, "Sec-Fetch-Site": site}


def test_foreign_hosts_origins_and_sites_are_refused_everywhere(lab, visitor, reached):
    assert len(foreign_hosts(lab.port)) >= 20
    visitor.http.headers.pop("Origin")
    asked = [each for each in addresses(lab) if each[0] != "HEAD"]  # which is GET to the guard
    for (method, path, needed), headers in itertools.product(asked, refusals(lab.port)):
        answer = visitor.http.request(method, path, headers={**needed, **headers, "Cookie": visitor.cookie})
        assert answer.status_code == 403, (method, path, headers)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert reached == []


def test_what_changes_anything_needs_an_origin(lab, visitor, reached):
    visitor.http.headers.pop("Origin")
    for method, path, needed in addresses(lab):
        if needed or method == "POST":
            answer = visitor.http.request(method, path, headers={**needed, "Cookie": visitor.cookie})
            assert answer.status_code == 403, (method, path)
    assert reached == []


def test_the_page_itself_gets_everything(lab, visitor):
    for method, path, needed in addresses(lab):
        for site in ("same-origin", "none"):
            if needed:
                with visitor.live(user_agent_header="test"):
                    continue
            headers = {"Cookie": visitor.cookie, "Sec-Fetch-Site": site}
            status = visitor.http.request(method, path, headers=headers).status_code
            assert status == {"/session": 204, "/download/a": 404}.get(path, 200), (method, path)


def test_localhost_is_the_same_lab(lab, visitor):
    host = f"localhost:{lab.port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Cookie": visitor.cookie}
    assert visitor.http.get("/plotly.js", headers=headers).status_code == 200


def raw(lab, text):
    """The first line of the answer to a request written by hand."""
    with socket.create_connection(("127.0.0.1", lab.port), timeout=30) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode("latin-1"))
        answer = b""
        while b"\r\n" not in answer and (piece := connection.recv(65536)):
            answer += piece
    return answer.split(b"\r\n")[0].decode()


def test_requests_that_no_browser_sends(lab, visitor, reached):
    host, cookie = visitor.host, visitor.cookie
    assert " 200 " in raw(lab, f"GET /plotly.js HTTP/1.1\nHost: {host}\nCookie: {cookie}\n\n")
    reached.clear()
    for text in (
        f"GET /plotly.js HTTP/1.0\nCookie: {cookie}\n\n",  # no host at all
        f"GET /plotly.js HTTP/1.1\nHost: {host}\nHost: evil.example\nCookie: {cookie}\n\n",
        f"GET /plotly.js HTTP/1.1\nHost: evil.example\nX-Forwarded-Host: {host}\nCookie: {cookie}\n\n",
        f"GET /plotly.js HTTP/1.1\nHost: {host}\nOrigin: http://{host}\nOrigin: null\nCookie: {cookie}\n\n",
        f"GET //plotly.js HTTP/1.1\nHost: {host}\n\n",
        f"GET /x/../plotly.js HTTP/1.1\nHost: {host}\n\n",
        f"GET /%2e%2e/plotly.js HTTP/1.1\nHost: {host}\n\n",
        f"TRACE / HTTP/1.1\nHost: {host}\n\n",
        f"OPTIONS /upload HTTP/1.1\nHost: {host}\nOrigin: http://evil.example\n\n",
    ):
        assert raw(lab, text).split()[1] in ("400", "403"), text
    assert reached == []


def test_no_address_becomes_a_path(visitor):
    for path in (
        "/modules/lab/../../serving.py", "/modules/lab/..%2f..%2fserving.py", "/modules/lab/nothing.js", "/etc/passwd",
        "/download/../../etc/passwd", "/download/..%2F..%2Fetc%2Fpasswd", "/modules/steepest/%2e%2e/look.css",
        "/index.html",
    ):  # fmt: skip
        answer = visitor.http.get(path, headers={"Cookie": visitor.cookie})
        assert answer.status_code == 404, path


# -- the token and the cookie ------------------------------------------------------------------------------------------


def test_a_token_works_once(lab, stranger):
    token = lab.application.new_token()
    first = stranger.http.post("/session", content=token)
    assert first.status_code == 204
    stranger.http.cookies.clear()
    again = stranger.http.post("/session", content=token)
    assert (again.status_code, again.headers.get("set-cookie")) == (403, None)
    assert "has been used" in again.text


@pytest.mark.parametrize("token", ["", "a", "x" * 43, "x" * 1_000_000, "\u00e9" * 20, "\x00"])
def test_a_wrong_token_gets_no_cookie(stranger, token):
    answer = stranger.http.post("/session", content=token.encode())
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
    assert "not the lab's" in answer.text


def test_the_cookie_is_for_this_page_only(lab, stranger):
    answer = stranger.http.post("/session", content=lab.application.new_token())
    name_and_value, *flags = answer.headers["set-cookie"].split("; ")
    name, _, value = name_and_value.partition("=")
    assert name.endswith(str(lab.port))
    assert len(value) >= 43  # 256 bits in base64
    assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Strict"]
    assert answer.content == b""


def test_a_page_that_has_the_cookie_needs_no_token(visitor):
    for token in ("", "wrong"):
        answer = visitor.http.post("/session", content=token, headers={"Cookie": visitor.cookie})
        assert (answer.status_code, answer.headers.get("set-cookie")) == (204, None)


def test_tokens_and_cookies_are_never_alike(lab):
    other = Lab()
    try:
        tokens = {each.application.new_token() for each in (lab, other) for _ in range(50)}
        assert len(tokens) == 100
        assert lab.application._secret != other.application._secret
    finally:
        other.close()


def test_whoever_started_the_lab_is_told_a_new_address_once():
    told = []
    lab = Lab(tell=told.append)
    lab.start()
    try:
        base = f"http://127.0.0.1:{lab.port}"
        with httpx.Client(base_url=base, headers={"Origin": base}) as client:
            token = lab.address().partition("token=")[2]
            assert client.post("/session", content=token).status_code == 204
            client.cookies.clear()
            assert client.post("/session", content="wrong").status_code == 403
            assert told == []
            for _ in range(3):
                assert client.post("/session", content=token).status_code == 403
            assert len(told) == 1
            assert client.post("/session", content=told[0].partition("token=")[2]).status_code == 204
    finally:
        lab.close()


def test_every_answer_has_the_strict_headers(lab, visitor, stranger):
    for client, path, status in ((visitor.http, "/", 200), (visitor.http, "/nothing", 404), (stranger.http, "/x", 403)):
        answer = client.get(path, headers={"Cookie": visitor.cookie} if client is visitor.http else {})
        assert answer.status_code == status
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert (
            policy["default-src"]
            == policy["base-uri"]
            == policy["frame-ancestors"]
            == policy["form-action"]
            == "'none'"
        )
        assert policy["connect-src"] == "'self'"
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "blob:"} & set(policy["script-src"].split())
        assert "'unsafe-inline'" not in policy["style-src"].split()
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("address", "port", "hosts"),
    [
        ("127.0.0.1", 8000, ("127.0.0.1:8000", "localhost:8000")),
        ("::1", 8000, ("[::1]:8000", "localhost:8000")),
        ("127.0.0.1", 80, ("127.0.0.1", "localhost")),
    ],
)
def test_hosts(address, port, hosts):
    assert hosts_of(address, port) == hosts


def test_spent_tokens_are_remembered_within_bounds():
    guard = Guard(None, ["h"], "c", [], "/session", "")
    for _ in range(1100):
        assert guard.exchanged(guard.new_token()) is not None
    assert len(guard._spent) == 1000
    assert guard._fresh == []
