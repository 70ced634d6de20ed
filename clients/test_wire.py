"""
What is on the wire, whichever way the services run: request ids, paths as they were sent, ranges, HEAD, answers that
are streamed, and the shape of the errors of whatever stands in front. The same expectations for both forms.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from typing import Any, Callable
from urllib.parse import quote, urlsplit

import pytest
import requests

import protocol
from server import DELTA, SHARING, UNITY, Api, Server

TABLE = DELTA + "/catalogs/sample/schemas/weather/tables/daily"


@pytest.fixture(scope="module")
def reader(server: Server) -> Api:
    return Api(server.url, json.loads(server.sample_profile.read_text())["bearerToken"])


def raw(server: Server, request: str) -> tuple[int, Any, bytes]:
    """What is answered to bytes that no client would send."""
    host = urlsplit(server.url)
    with socket.create_connection((host.hostname, host.port), timeout=20) as connection:
        connection.sendall(request.encode("latin1"))
        answer = http.client.HTTPResponse(connection, method="GET")
        answer.begin()
        return answer.status, answer.headers, answer.read()


def test_a_request_id_is_taken_over_if_it_is_sane(admin: Api, reader: Api) -> None:
    for api, path in ((admin, f"{UNITY}/catalogs"), (admin, TABLE), (reader, f"{SHARING}/shares"),
                      (admin, f"{UNITY}/catalogs/no_such"), (admin, "/no/such/path")):
        kept = api.call("GET", path, expect=None, headers={"X-Request-Id": "from:the~client/7+=@"})
        assert kept.headers["X-Request-Id"] == "from:the~client/7+=@", path
        made = api.call("GET", path, expect=None, headers={"X-Request-Id": "no<id>"})
        assert made.headers["X-Request-Id"] not in ("", "no<id>"), path
        assert api.call("GET", path, expect=None).headers["X-Request-Id"], path


@pytest.mark.parametrize("name", ["naïve", "a+b&c=d", "\U0001f600", "~'()*!$,@:"])
def test_a_name_arrives_as_it_was_sent(name: str, admin: Api, unique: Callable[[str], str]) -> None:
    """Percent-encoded once by the client and decoded once by the service, in the path and in the query."""
    catalog = unique("wire") + name
    admin.create_catalog(catalog)
    admin.create_schema(catalog, "s")
    encoded = quote(catalog, safe="")
    assert admin.get(f"{UNITY}/catalogs/{encoded}")["name"] == catalog
    assert [s["full_name"] for s in admin.get(f"{UNITY}/schemas?catalog_name={encoded}")["schemas"]] == [f"{catalog}.s"]
    missing = admin.call("GET", f"{DELTA}/catalogs/{encoded}/schemas/s/tables/t", expect=404)
    assert catalog in missing.json()["error"]["message"]
    admin.call("DELETE", f"{UNITY}/catalogs/{encoded}?force=true")


def test_head(admin: Api) -> None:
    there = admin.call("HEAD", TABLE, expect=None)
    assert there.status_code in (200, 204) and there.content == b""
    missing = admin.call("HEAD", TABLE + "_no_such", expect=404)
    assert missing.content == b"" and missing.headers["X-Request-Id"]


def file_url(reader: Api) -> tuple[str, int]:
    path = protocol.table_path("sample", "weather", "daily")
    lines, _ = protocol.query(reader, path, "parquet")
    file = next(line["file"] for line in lines if "file" in line)
    return file["url"], file["size"]


def test_ranges_of_a_shared_file(reader: Api) -> None:
    url, size = file_url(reader)
    session = requests.Session()
    session.trust_env = False
    whole = session.get(url, timeout=30)
    assert whole.status_code == 200 and len(whole.content) == size and "Content-Encoding" not in whole.headers
    for asked, first, last in (("bytes=0-3", 0, 3), ("bytes=-8", size - 8, size - 1), (f"bytes={size - 1}-", size - 1, size - 1)):
        part = session.get(url, headers={"Range": asked}, timeout=30)
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole.content[first : last + 1]
    beyond = session.get(url, headers={"Range": f"bytes={size}-"}, timeout=30)
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{size}"
    head = session.head(url, timeout=30)
    assert head.status_code == 200 and int(head.headers["Content-Length"]) == size and head.content == b""


def test_an_event_stream_is_not_held_back(admin: Api, unique: Callable[[str], str]) -> None:
    """What happens is written to the stream at once, not when some buffer is full."""
    after = admin.get("/api/1.0/events?max_results=1000&types=CatalogCreated")["next_cursor"]
    name = unique("streamed")
    stream = admin.call(
        "GET", f"/api/1.0/events?after={after}&types=CatalogCreated",
        headers={"Accept": "text/event-stream"}, stream=True,
    )
    with stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        next(lines)  # the first comment: the stream is open before anything happens
        began = time.monotonic()
        admin.create_catalog(name)
        data = next(json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ") and name in line)
        assert data["type"] == "CatalogCreated"
        assert time.monotonic() - began < 10, "sooner than the next heartbeat"


@pytest.mark.parametrize("feed", ["/api/1.0/events", "/api/1.0/sharing/events"])
def test_a_long_poll_ends_with_the_event(feed: str, admin: Api, unique: Callable[[str], str]) -> None:
    page = {"next_cursor": "", "has_more": True}
    while page["has_more"]:
        after = f"&after={page['next_cursor']}" if page["next_cursor"] else ""
        page = admin.get(f"{feed}?max_results=1000{after}")
    answers: list[Any] = []
    wait = threading.Thread(target=lambda: answers.append(
        (admin_again.get(f"{feed}?wait_ms=25000&after={page['next_cursor']}"), time.monotonic())
    ))
    admin_again = Api(admin.url, admin.token)
    wait.start()
    name = unique("polled")
    if feed.endswith("sharing/events"):
        admin.post(UNITY + "/shares", {"name": name})
    else:
        admin.create_catalog(name)
    changed = time.monotonic()
    wait.join(30)
    [(events, answered)] = answers
    assert name in json.dumps(events)
    assert answered - changed < 15, "the poll did not wait for its end"


def test_paths_at_the_edge_of_a_prefix(admin: Api, reader: Api, server: Server) -> None:
    """Neither redirected nor answered by somebody else: each in the shape of its API."""
    for path, shape in (("/api", "error_code"), ("/api/", "error_code"), (UNITY, "error_code"), (DELTA[:-3], "error"),
                        (DELTA + "/", "error"), (SHARING, "errorCode"), (SHARING + "/", "errorCode"),
                        (UNITY + "/deltas", "error_code"), (UNITY + "/shares-of", "error_code")):
        api = reader if path.startswith(SHARING) else admin
        answer = api.call("GET", path, expect=404, allow_redirects=False)
        assert shape in answer.json(), f"{path}: {answer.text}"


SHAPES = {SHARING: "errorCode", DELTA: "error", UNITY: "error_code", "/api/1.0/events": "error_code"}


@pytest.mark.parametrize("prefix", SHAPES)
@pytest.mark.parametrize(
    ("what", "request_text"),
    [
        ("a bad escape", "GET @/%zz HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("NUL", "GET @/a%00b HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("above the root", "GET @/../../../../../../../x HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("no host", "GET @/x HTTP/1.1\r\n\r\n"),
        ("a long header", "GET @/x HTTP/1.1\r\nHost: x\r\nX-Long: " + "a" * 40_000 + "\r\n\r\n"),
    ],
)
def test_what_is_no_request_is_refused_in_the_shape_of_its_path(
    prefix: str, what: str, request_text: str, server: Server
) -> None:
    status, headers, content = raw(server, request_text.replace("@", prefix, 1))
    assert status == 400, f"{what}: {status} {content[:200]!r}"
    assert "json" in headers["Content-Type"] and headers["X-Request-Id"]
    error = json.loads(content)
    assert SHAPES[prefix] in error, f"{what}: {error}"


def test_http_1_0_without_a_host(server: Server) -> None:
    status, _, content = raw(server, f"GET {SHARING}/shares HTTP/1.0\r\n\r\n")
    assert status == 401 and json.loads(content)["errorCode"] == "UNAUTHENTICATED"


def test_no_path_leads_to_what_is_between_services(server: Server, admin: Api) -> None:
    """Whoever stands in front and the service may read a path differently; none of these gets through."""
    for path in ("/service/caller", "//service/caller", "/%73ervice/caller", "/api/../service/caller",
                 "/api/..;/service/caller", "/api/x/..;x/..;/service/caller", "/api/%2e%2e/service/caller",
                 "/api/..%2fservice/caller", "/api\\..\\service/caller", "/api/..%5cservice/caller",
                 "/;/service/caller", "/service;x=1/caller", "/delta-sharing/..;/service/caller"):
        status, _, content = raw(
            server,
            f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin.token}\r\nConnection: close\r\n\r\n",
        )
        assert status in (400, 401, 403, 404), f"{path}: {status} {content[:200]!r}"
