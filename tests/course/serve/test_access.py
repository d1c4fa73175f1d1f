"""Who gets in: nobody without the token, nobody from another site, and whoever has it everywhere."""

import json
import re
import socket
from http import HTTPStatus
from pathlib import Path

import pytest

from .conftest import Server

KERNEL = "/api/kernels/00000000-0000-0000-0000-000000000000"

PAGES = [
    "/",
    "/course",
    "/course/",
    "/course/index.html",
    "/course/1-one/1.1-quick.html",
    "/course/1-one/1.2-later.html",
    "/course/_static/styles.css",
    "/course/no-such-page.html",
    "/looplab/live/1.1",
    "/looplab/live/9.9",
    "/looplab/progress/index.html",
    "/looplab/done",
    "/lab",
    "/lab/",
    "/lab/tree/1.1-quick.ipynb",
    "/lab/workspaces/default",
    "/lab/api/settings/",
    "/lab/api/themes/@jupyterlab/theme-light-extension/index.css",
    "/lab/extensions/a.js",
    "/static/lab/index.html",
    "/static/lab/package.json",
    "/doc/tree/1.1-quick.ipynb",
    "/tree",
    "/files/1.1-quick.ipynb",
    "/nbconvert/html/1.1-quick.ipynb",
    "/view/1.1-quick.ipynb",
    "/kernelspecs/python3/logo-64x64.png",
    "/metrics",
    "/custom/custom.css",
    "/nothing-here",
]
APIS = [
    "/api",
    "/api/",
    "/api/spec.yaml",
    "/api/status",
    "/api/me",
    "/api/contents",
    "/api/contents/1.1-quick.ipynb",
    "/api/notebooks/1.1-quick.ipynb",
    "/api/config/notebook",
    "/api/kernelspecs",
    "/api/kernels",
    KERNEL,
    f"{KERNEL}/channels",
    "/api/sessions",
    "/api/terminals",
    "/api/events/subscribe",
]
WRITES = [
    ("POST", "/api/kernels"),
    ("DELETE", KERNEL),
    ("POST", f"{KERNEL}/interrupt"),
    ("POST", "/api/sessions"),
    ("POST", "/api/contents"),
    ("PUT", "/api/contents/planted.txt"),
    ("PATCH", "/api/contents/1.1-quick.ipynb"),
    ("DELETE", "/api/contents/1.1-quick.ipynb"),
    ("POST", "/api/shutdown"),
    ("POST", "/looplab/live/1.1"),
    ("POST", "/looplab/answers"),
    ("OPTIONS", "/api/contents"),
    ("PUT", "/lab/api/workspaces/default"),
]
WRONG_KEYS = [
    {},
    {"Authorization": "token wrong"},
    {"Authorization": "token "},
    {"Authorization": "Bearer guessed"},
    {"Authorization": "token guessed"},
    {"Authorization": "Basic dXNlcjo="},
    {"Cookie": "looplab=1; username-127-0-0-1=1"},
]


def is_refused(status: int, location: str = "") -> bool:
    return status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or location.startswith("/login?next=")


@pytest.mark.parametrize("path", PAGES + APIS)
def test_nothing_is_shown_without_the_token(server: Server, path: str) -> None:
    for key in WRONG_KEYS:
        answer = server.ask(path, key)
        assert is_refused(answer.status, answer.headers.get("location", "")), (path, key)
        assert "1.1" not in answer.body
    for query in ("?token=", "?token=wrong", "?token=guessed", "?token=%00", "?token=%ff"):
        answer = server.ask(path + query)
        assert is_refused(answer.status, answer.headers.get("location", "")), (path, query)
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_nothing_is_changed_without_the_token(server: Server, method: str, path: str) -> None:
    before = sorted((server.home / "notebooks").iterdir())
    for key in WRONG_KEYS:
        assert is_refused(server.ask(path, key, method=method, body="{}").status)
    assert sorted((server.home / "notebooks").iterdir()) == before


def test_the_login_page_and_its_files_are_there_for_everybody(server: Server) -> None:
    page = server.ask("/login?next=%2Fcourse%2Findex.html")
    assert page.status == HTTPStatus.OK
    assert "Token authentication is enabled" in page.body
    assert server.ask("/static/style/bootstrap.min.css").status == HTTPStatus.OK
    for trick in ("/static/../api/contents", "/static/..%2fapi/contents", "/login/../api/contents", "//api/contents"):
        assert server.ask(trick).status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.FOUND)
        assert "1.1" not in server.ask(trick).body


def test_the_token_opens_pages_and_apis(server: Server) -> None:
    assert server.ask("/course/index.html", server.key).status == HTTPStatus.OK
    assert server.ask(f"/course/index.html?token={server.token}").status == HTTPStatus.OK
    assert server.ask("/api/contents", server.key).status == HTTPStatus.OK
    assert server.ask("/api/kernels", server.key).json() == []
    assert server.ask("/lab", server.key).status == HTTPStatus.OK


def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address(server: Server) -> None:
    navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"}
    answer = server.ask(f"/course/index.html?token={server.token}", navigation)
    assert (answer.status, answer.headers["location"]) == (HTTPStatus.FOUND, "/course/index.html")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert server.token not in cookie
    page = server.ask("/course/index.html", {"Cookie": cookie.split(";")[0]})
    assert page.status == HTTPStatus.OK
    name, _, value = cookie.split(";")[0].partition("=")
    tampered = f"{name}={value[:-3]}abc"
    assert server.ask("/course/index.html", {"Cookie": tampered}).headers["location"].startswith("/login")


def test_a_cookie_alone_may_not_write(server: Server) -> None:
    cookie = server.ask(f"/course/index.html?token={server.token}").headers["set-cookie"].split(";")[0]
    answer = server.ask("/api/kernels", {"Cookie": cookie}, method="POST", body="{}")
    assert answer.status == HTTPStatus.FORBIDDEN
    assert "_xsrf" in answer.body


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "evil.localhost",
        "127.0.0.1.example.org",
        "127.0.0.2:{port}",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "",
    ],
)
def test_a_foreign_host_is_refused_even_with_the_token(server: Server, host: str) -> None:
    for path in ("/course/index.html", "/api/contents", "/lab", "/login", "/static/favicon.ico"):
        answer = server.ask(path, server.key | {"Host": host.format(port=server.port)})
        assert answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.BAD_REQUEST)


def test_localhost_is_a_name_for_it(server: Server) -> None:
    own = {"Host": f"localhost:{server.port}", "Origin": f"http://localhost:{server.port}"}
    assert server.ask("/course/index.html", server.key | own).status == HTTPStatus.OK


@pytest.mark.parametrize("origin", ["https://example.org", "http://127.0.0.1:1", "http://localhost:{port}", "null", ""])
def test_a_foreign_origin_is_refused_even_with_the_token(server: Server, origin: str) -> None:
    foreign = server.key | {"Origin": origin.format(port=server.port)}
    assert server.ask("/course/index.html", foreign).status == HTTPStatus.FORBIDDEN
    assert server.ask("/api/contents", foreign).status == HTTPStatus.FORBIDDEN
    answer = server.ask("/api/kernels", foreign, method="POST", body="{}")
    assert answer.status == HTTPStatus.FORBIDDEN
    assert "access-control-allow-origin" not in answer.headers
    assert server.ask("/api/kernels", server.key).json() == []


def test_a_websocket_of_a_foreign_origin_is_refused(server: Server) -> None:
    made = server.ask("/api/kernels", server.key, method="POST", body="{}").json()
    assert isinstance(made, dict)
    kernel = f"/api/kernels/{made['id']}"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    try:
        own = {"Origin": f"http://{server.host}"}
        assert server.ask(f"{kernel}/channels", upgrade | own).status == HTTPStatus.FORBIDDEN
        foreign = {"Origin": "http://example.org"}
        assert server.ask(f"{kernel}/channels", upgrade | foreign | server.key).status == HTTPStatus.FORBIDDEN
        opened = server.ask(f"{kernel}/channels", upgrade | own | server.key)
        assert opened.status == HTTPStatus.SWITCHING_PROTOCOLS
    finally:
        server.ask(kernel, server.key, method="DELETE")


@pytest.mark.parametrize(("mode", "kind"), [("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")])
def test_other_sites_cannot_embed_it(server: Server, mode: str, kind: str) -> None:
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
    assert server.ask("/course/index.html", server.key | embedded).status == HTTPStatus.FORBIDDEN
    assert server.ask("/static/favicon.ico", embedded).status == HTTPStatus.FORBIDDEN


def test_it_listens_on_loopback_alone(server: Server) -> None:
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", server.port)) != 0
    addresses = {address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex((address, server.port)) != 0


def test_the_users_own_settings_change_nothing(server: Server) -> None:
    me = server.ask("/api/status", server.key)
    assert me.status == HTTPStatus.OK
    kernels = server.ask("/api/kernelspecs", server.key).json()
    assert isinstance(kernels, dict)
    assert list(kernels["kernelspecs"]) == ["python3"]
    assert kernels["kernelspecs"]["python3"]["spec"]["argv"][0] != "false"
    assert server.ask("/terminals/1", server.key).status == HTTPStatus.NOT_FOUND
    assert server.ask("/api/terminals", server.key).status == HTTPStatus.NOT_FOUND
    contents = server.ask("/api/contents", server.key).json()
    assert isinstance(contents, dict)
    assert {Path(entry["name"]).suffix for entry in contents["content"]} <= {".ipynb"}


def test_jupyterlab_asks_nobody_for_news_or_updates(server: Server) -> None:
    page = server.ask("/lab", server.key).body
    config = json.loads(re.findall('<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[0])
    assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]
    assert "@jupyterlab/extensionmanager-extension" in config["disabledExtensions"]
    assert config["federated_extensions"] == []
    assert "http" not in config["fullMathjaxUrl"]
    for path in ("/lab/api/news", "/lab/api/update", "/lab/api/extensions"):
        assert "json" not in server.ask(path, server.key).headers["content-type"]
