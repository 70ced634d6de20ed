"""
Bad input over HTTP: malformed JSON, wrong types, unknown names, oversized bodies, traversal in names. Every answer is a
4xx in the dialect of the API that was asked, and names what is wrong; there is no 5xx and no stack trace.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
from typing import Any, Callable
from urllib.parse import quote, urlsplit

import pytest
import requests

import principals
from server import DELTA, SHARING, UNITY, Api, Server

TABLE = DELTA + "/catalogs/sample/schemas/weather/tables/daily"
INTERNALS = re.compile(
    r"\tat |Exception in|org\.springframework|java\.(lang|util|io|sql)|jakarta\.|io\.tidegate\.[a-z]+\.[A-Z]|"
    r"tools\.jackson|com\.fasterxml|org\.postgresql|SQLSTATE|<html",
    re.IGNORECASE,
)


def problem(path: str, answer: requests.Response) -> str:
    """The message of an error, after a look at its shape: the dialect is that of the path's API."""
    what = f"{answer.request.method} {path[:200]} -> {answer.status_code} {answer.text[:400]}"
    assert 400 <= answer.status_code < 500, what
    assert not INTERNALS.search(answer.text), what
    if answer.request.method == "HEAD":
        return ""
    assert "json" in answer.headers.get("Content-Type", ""), what
    error = answer.json()
    if path.startswith(UNITY + "/delta/"):
        inner = error["error"]
        assert inner["code"] == answer.status_code and inner["type"].endswith("Exception"), what
        message = inner["message"]
    elif path.startswith(SHARING):
        assert error["errorCode"], what
        message = error["message"]
    else:
        assert error["error_code"], what
        message = error["message"]
    assert isinstance(message, str) and message, what
    return message


@pytest.fixture(scope="module")
def reader(server: Server) -> Api:
    return Api(server.url, json.loads(server.sample_profile.read_text())["bearerToken"])


@pytest.fixture(scope="module")
def shared_table(reader: Api) -> str:
    for share in reader.get(SHARING + "/shares")["items"]:
        for table in reader.get(f"{SHARING}/shares/{share['name']}/all-tables")["items"]:
            if table["name"] == "daily":
                return f"{SHARING}/shares/{share['name']}/schemas/{table['schema']}/tables/daily"
    raise AssertionError("the sample is not shared")


@pytest.fixture(scope="module")
def sample_id(admin: Api) -> str:
    return admin.get(f"{UNITY}/tables/sample.weather.daily")["table_id"]


# ---------------------------------------------------------------- bodies

TABLE_BODY = {
    "name": "t", "catalog_name": "sample", "schema_name": "weather", "table_type": "EXTERNAL",
    "data_source_format": "DELTA", "storage_location": "file:///nowhere",
}
COMMIT = {
    "version": 1, "timestamp": 1, "file-name": "00000000000000000001.9b9b8f5e-3e25-4a9d-a0cb-0a8b3f6e0001.json",
    "file-size": 1, "file-modification-timestamp": 1,
}


def without(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k != field}


def updating(*updates: Any, requirements: Any = None) -> dict[str, Any]:
    given = [{"type": "assert-table-uuid", "uuid": "@id"}] if requirements is None else requirements
    return {"requirements": given, "updates": list(updates)}


def committing(**changes: Any) -> dict[str, Any]:
    return updating({"action": "add-commit", "commit": {**COMMIT, **changes}})


CATALOG_CASES: list[tuple[str, str, Any, int, str]] = [
    # method, path, body, status, what the message names
    ("POST", "/catalogs", {}, 400, "name"),
    ("POST", "/catalogs", {"name": 5}, 400, "name"),
    ("POST", "/catalogs", {"name": None}, 400, "name"),
    ("POST", "/catalogs", {"name": ""}, 400, "name"),
    ("POST", "/catalogs", {"name": ["a"]}, 400, "name"),
    ("POST", "/catalogs", {"name": {"a": 1}}, 400, "name"),
    ("POST", "/catalogs", {"name": "a" * 256}, 400, "name"),
    ("POST", "/catalogs", {"name": "a.b"}, 400, "name"),
    ("POST", "/catalogs", {"name": "a/b"}, 400, "name"),
    ("POST", "/catalogs", {"name": "../a"}, 400, "name"),
    ("POST", "/catalogs", {"name": "a b\u0000"}, 400, "name"),
    ("POST", "/catalogs", {"name": "a\nb"}, 400, "name"),
    ("POST", "/catalogs", {"name": "fine", "comment": 7}, 400, "comment"),
    ("POST", "/catalogs", {"name": "fine", "comment": "\u0000"}, 400, "comment"),
    ("POST", "/catalogs", {"name": "fine", "properties": ["a"]}, 400, "properties"),
    ("POST", "/catalogs", {"name": "fine", "properties": {"a": {"b": 1}}}, 400, "properties"),
    ("POST", "/catalogs", {"name": "sample"}, 409, "sample"),
    ("POST", "/catalogs", [], 400, ""),
    ("POST", "/catalogs", "text", 400, ""),
    ("POST", "/catalogs", 7, 400, ""),
    ("GET", "/catalogs/no_such", None, 404, "no_such"),
    ("PATCH", "/catalogs/no_such", {"comment": "c"}, 404, "no_such"),
    ("PATCH", "/catalogs/sample", {"new_name": 7}, 400, "new_name"),
    ("PATCH", "/catalogs/sample", {"new_name": "a/b"}, 400, "name"),
    ("DELETE", "/catalogs/no_such", None, 404, "no_such"),
    ("DELETE", "/catalogs/sample?force=perhaps", None, 400, "force"),
    ("DELETE", "/catalogs/sample", None, 409, "sample"),
    ("GET", "/catalogs?max_results=many", None, 400, "max_results"),
    ("GET", "/catalogs?max_results=-1", None, 400, "max_results"),
    ("GET", "/catalogs?max_results=99999999999999999999", None, 400, "max_results"),
    ("GET", "/catalogs?page_token=forged", None, 400, "page_token"),
    ("POST", "/schemas", {"catalog_name": "sample"}, 400, "name"),
    ("POST", "/schemas", {"name": "s"}, 400, "catalog_name"),
    ("POST", "/schemas", {"name": "s", "catalog_name": "no_such"}, 404, "no_such"),
    ("POST", "/schemas", {"name": "s/../t", "catalog_name": "sample"}, 400, "name"),
    ("POST", "/schemas", {"name": "weather", "catalog_name": "sample"}, 409, "weather"),
    ("GET", "/schemas", None, 400, "catalog_name"),
    ("GET", "/schemas?catalog_name=no_such", None, 404, "no_such"),
    ("GET", "/schemas/sample.no_such", None, 404, "no_such"),
    ("GET", "/schemas/sample", None, 400, "sample"),
    ("DELETE", "/schemas/sample.weather", None, 409, "weather"),
    ("POST", "/tables", without(TABLE_BODY, "name"), 400, "name"),
    ("POST", "/tables", without(TABLE_BODY, "storage_location"), 400, "storage_location"),
    ("POST", "/tables", without(TABLE_BODY, "catalog_name"), 400, "catalog_name"),
    ("POST", "/tables", without(TABLE_BODY, "schema_name"), 400, "schema_name"),
    ("POST", "/tables", {**TABLE_BODY, "table_type": "IMAGINARY"}, 400, "table_type"),
    ("POST", "/tables", {**TABLE_BODY, "data_source_format": "IMAGINARY"}, 400, "data_source_format"),
    ("POST", "/tables", {**TABLE_BODY, "storage_location": 7}, 400, "storage_location"),
    ("POST", "/tables", {**TABLE_BODY, "columns": "id"}, 400, "columns"),
    ("POST", "/tables", {**TABLE_BODY, "columns": [7]}, 400, "columns"),
    ("POST", "/tables", {**TABLE_BODY, "catalog_name": "no_such"}, 404, "no_such"),
    ("POST", "/tables", {**TABLE_BODY, "schema_name": "no_such"}, 404, "no_such"),
    ("POST", "/tables", {**TABLE_BODY, "name": "a/b"}, 400, "name"),
    ("POST", "/tables", {**TABLE_BODY, "name": "a\\..\\b"}, 400, "name"),
    ("GET", "/tables/sample.weather.no_such", None, 404, "no_such"),
    ("GET", "/tables/sample.no_such.daily", None, 404, "no_such"),
    ("GET", "/tables/no_such.weather.daily", None, 404, "no_such"),
    ("GET", "/tables/daily", None, 400, "daily"),
    ("GET", "/tables/a.b.c.d", None, 400, "a.b.c.d"),
    ("GET", "/tables", None, 400, "catalog_name"),
    ("GET", "/tables?catalog_name=sample", None, 400, "schema_name"),
    ("GET", "/tables?catalog_name=sample&schema_name=no_such", None, 404, "no_such"),
    ("DELETE", "/tables/sample.weather.no_such", None, 404, "no_such"),
    ("GET", "/table-summaries", None, 400, "catalog_name"),
    ("POST", "/temporary-table-credentials", {}, 400, "table_id"),
    ("POST", "/temporary-table-credentials", {"table_id": "no-uuid", "operation": "READ"}, 400, "table_id"),
    ("POST", "/temporary-table-credentials", {"table_id": "@id", "operation": "SWIM"}, 400, "operation"),
    (
        "POST", "/temporary-table-credentials",
        {"table_id": "00000000-0000-0000-0000-000000000000", "operation": "READ"}, 404, "00000000",
    ),
    ("GET", "/permissions/planet/earth", None, 400, "planet"),
    ("GET", "/permissions/table/sample.weather.no_such", None, 404, "no_such"),
    ("GET", "/permissions/catalog/no_such", None, 404, "no_such"),
    ("PATCH", "/permissions/catalog/sample", {}, 400, "changes"),
    ("PATCH", "/permissions/catalog/sample", {"changes": "all"}, 400, "changes"),
    ("PATCH", "/permissions/catalog/sample", {"changes": [{"add": ["SELECT"]}]}, 400, "principal"),
    (
        "PATCH", "/permissions/catalog/sample",
        {"changes": [{"principal": "nobody-like-this", "add": ["SELECT"]}]}, 404, "nobody-like-this",
    ),
    (
        "PATCH", "/permissions/catalog/sample",
        {"changes": [{"principal": "admin", "add": ["FLY"]}]}, 400, "FLY",
    ),
    # sharing's administration
    ("POST", "/shares", {}, 400, "name"),
    ("POST", "/shares", {"name": 7}, 400, "name"),
    ("POST", "/shares", {"name": "a/b"}, 400, "name"),
    ("POST", "/shares", {"name": "a" * 256}, 400, "name"),
    ("GET", "/shares/no_such", None, 404, "no_such"),
    ("PATCH", "/shares/no_such", {"comment": "c"}, 404, "no_such"),
    ("DELETE", "/shares/no_such", None, 404, "no_such"),
    ("GET", "/shares?max_results=x", None, 400, "max_results"),
    ("GET", "/shares?page_token=forged", None, 400, "page_token"),
    ("PATCH", "/shares/@share", {"updates": "x"}, 400, "updates"),
    ("PATCH", "/shares/@share", {"updates": [{}]}, 400, "updates[0]"),
    ("PATCH", "/shares/@share", {"updates": [{"action": "EXPLODE"}]}, 400, "updates[0]"),
    ("PATCH", "/shares/@share", {"updates": [{"action": "ADD"}]}, 400, "data_object"),
    (
        "PATCH", "/shares/@share",
        {"updates": [{"action": "ADD", "data_object": {"name": "sample.weather.no_such", "data_object_type": "TABLE"}}]},
        404, "no_such",
    ),
    (
        "PATCH", "/shares/@share",
        {"updates": [{"action": "ADD", "data_object": {"name": "sample.weather.daily", "data_object_type": "MOON"}}]},
        400, "data_object_type",
    ),
    (
        "PATCH", "/shares/@share",
        {"updates": [{"action": "ADD", "data_object": {
            "name": "sample.weather.daily", "data_object_type": "TABLE", "shared_as": "../../x"}}]},
        400, "shared_as",
    ),
    ("GET", "/shares/no_such/permissions", None, 404, "no_such"),
    (
        "PATCH", "/shares/@share/permissions",
        {"changes": [{"principal": "nobody-like-this", "add": ["SELECT"]}]}, 404, "nobody-like-this",
    ),
    ("PATCH", "/shares/@share/permissions", {"changes": [{"principal": 7}]}, 400, "principal"),
    ("POST", "/recipients", {}, 400, "name"),
    ("POST", "/recipients", {"name": "r/../s", "authentication_type": "TOKEN"}, 400, "name"),
    ("POST", "/recipients", {"name": "fine", "authentication_type": "MAGIC"}, 400, "authentication_type"),
    ("POST", "/recipients", {"name": "fine", "authentication_type": "TOKEN", "expiration_time": "soon"}, 400, "expiration_time"),
    ("POST", "/recipients", {"name": "fine", "authentication_type": "TOKEN", "expiration_time": 1}, 400, "expiration_time"),
    ("GET", "/recipients/no_such", None, 404, "no_such"),
    ("PATCH", "/recipients/no_such", {"comment": "c"}, 404, "no_such"),
    ("POST", "/recipients/no_such/rotate-token", {"existing_token_expire_in_seconds": 0}, 404, "no_such"),
    ("POST", "/recipients/@recipient/rotate-token", {"existing_token_expire_in_seconds": -1}, 400, "existing_token_expire_in_seconds"),
    ("POST", "/recipients/@recipient/rotate-token", {"existing_token_expire_in_seconds": "x"}, 400, "existing_token_expire_in_seconds"),
    ("GET", "/public/data_sharing_activation/no-such", None, 404, ""),
    # no such path, no such method
    ("GET", "/no-such-thing", None, 404, ""),
    ("PUT", "/catalogs", {}, 405, ""),
]

DELTA_CASES: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/config", None, 400, "catalog"),
    ("GET", "/config?catalog=no_such&protocol-versions=1.0", None, 404, "no_such"),
    ("GET", "/config?catalog=sample&protocol-versions=0.0", None, 400, "protocol-versions"),
    ("POST", "/catalogs/sample/schemas/weather/staging-tables", {}, 400, "name"),
    ("POST", "/catalogs/sample/schemas/weather/staging-tables", {"name": 7}, 400, "name"),
    ("POST", "/catalogs/sample/schemas/weather/staging-tables", {"name": "a/b"}, 400, "name"),
    ("POST", "/catalogs/sample/schemas/weather/staging-tables", {"name": "../../b"}, 400, "name"),
    ("POST", "/catalogs/sample/schemas/no_such/staging-tables", {"name": "t"}, 404, "no_such"),
    ("POST", "/catalogs/no_such/schemas/weather/staging-tables", {"name": "t"}, 404, "no_such"),
    ("POST", "/catalogs/sample/schemas/weather/tables", {}, 400, "name"),
    ("POST", "/catalogs/sample/schemas/weather/tables", {"name": "t", "location": 7}, 400, "location"),
    ("POST", "/catalogs/sample/schemas/weather/tables", {"name": "t", "location": "file:///etc", "table-type": "MANAGED"}, 404, ""),
    ("GET", "/catalogs/sample/schemas/weather/tables/no_such", None, 404, "no_such"),
    ("HEAD", "/catalogs/sample/schemas/weather/tables/no_such", None, 404, ""),
    ("DELETE", "/catalogs/sample/schemas/weather/tables/no_such", None, 404, "no_such"),
    ("GET", "/catalogs/sample/schemas/weather/tables/no_such/credentials?operation=READ", None, 404, "no_such"),
    ("GET", "/catalogs/sample/schemas/weather/tables/daily/credentials?operation=SWIM", None, 400, "operation"),
    ("GET", "/staging-tables/no-uuid/credentials", None, 400, "no-uuid"),
    ("GET", "/staging-tables/00000000-0000-0000-0000-000000000000/credentials", None, 404, "00000000"),
    ("POST", "@table", {}, 400, "requirements"),
    ("POST", "@table", {"requirements": "x", "updates": []}, 400, "requirements"),
    ("POST", "@table", {"requirements": [], "updates": "x"}, 400, "updates"),
    ("POST", "@table", updating(requirements=[]), 400, "updates"),
    ("POST", "@table", updating(requirements=[{"type": "assert-moon-phase"}]), 400, "assert-moon-phase"),
    ("POST", "@table", updating(requirements=[{"type": "assert-table-uuid", "uuid": "no-uuid"}]), 400, "uuid"),
    (
        "POST", "@table",
        updating(
            {"action": "set-table-comment", "comment": "c"},
            requirements=[{"type": "assert-table-uuid", "uuid": "00000000-0000-0000-0000-000000000000"}],
        ),
        409, "uuid",
    ),
    ("POST", "@table", updating({"action": "explode"}), 400, "explode"),
    ("POST", "@table", updating({}), 400, "updates[0]"),
    ("POST", "@table", updating(7), 400, "updates"),
    ("POST", "@table", updating({"action": "add-commit"}), 400, "commit"),
    ("POST", "@table", updating({"action": "add-commit", "commit": 7}), 400, "commit"),
    ("POST", "@table", committing(version="one"), 400, "version"),
    ("POST", "@table", committing(version=-1), 400, "version"),
    ("POST", "@table", committing(**{"file-name": "../../../../etc/passwd"}), 400, "file-name"),
    ("POST", "@table", committing(**{"file-name": "/etc/passwd"}), 400, "file-name"),
    ("POST", "@table", committing(**{"file-name": "a\u0000b.json"}), 400, "file-name"),
    ("POST", "@table", committing(**{"file-name": 7}), 400, "file-name"),
    ("POST", "@table", committing(**{"file-size": -1}), 400, "file-size"),
    ("POST", "@table", committing(timestamp="now"), 400, "timestamp"),
    ("POST", "@table", updating({"action": "set-properties", "updates": "x"}), 400, "updates"),
    ("POST", "@table", updating({"action": "set-latest-backfilled-version", "latest-published-version": "x"}), 400, "latest-published-version"),
    ("POST", "@table/rename", {}, 400, "new-name"),
    ("POST", "@table/rename", {"new-name": "a/b"}, 400, "name"),
    ("POST", "@table/rename", {"new-name": "../../b"}, 400, "name"),
    ("POST", "@table/metrics", "text", 400, ""),
    ("GET", "/no-such-thing", None, 404, ""),
    ("PUT", "@table", {}, 405, ""),
]

SHARING_CASES: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/shares/no_such", None, 404, "no_such"),
    ("GET", "/shares/no_such/schemas", None, 404, "no_such"),
    ("GET", "/shares/no_such/all-tables", None, 404, "no_such"),
    ("GET", "/shares?maxResults=x", None, 400, "maxResults"),
    ("GET", "/shares?maxResults=-1", None, 400, "maxResults"),
    ("GET", "/shares?pageToken=forged", None, 400, "pageToken"),
    ("GET", "@shared/version?startingTimestamp=yesterday", None, 400, "startingTimestamp"),
    ("GET", "@shared/metadata?version=x", None, 400, "version"),
    ("GET", "@shared/metadata?version=999999", None, 400, "999999"),
    ("GET", "@shared/metadata?version=1&timestamp=2024-01-01T00:00:00Z", None, 400, "version"),
    ("POST", "@shared/query", {"version": "x"}, 400, "version"),
    ("POST", "@shared/query", {"version": -1}, 400, "version"),
    ("POST", "@shared/query", {"version": 999999}, 400, "999999"),
    ("POST", "@shared/query", {"version": 1, "timestamp": "2024-01-01T00:00:00Z"}, 400, "version"),
    ("POST", "@shared/query", {"timestamp": "yesterday"}, 400, "timestamp"),
    ("POST", "@shared/query", {"timestamp": "1970-01-01T00:00:00Z"}, 400, "1970-01-01"),
    ("POST", "@shared/query", {"timestamp": "+999999999-12-31T23:59:59Z"}, 400, "timestamp"),
    ("POST", "@shared/query", {"timestamp": "-999999999-01-01T00:00:00Z"}, 400, "timestamp"),
    ("GET", "@shared/metadata?timestamp=%2B999999999-12-31T23:59:59Z", None, 400, "timestamp"),
    ("GET", "@shared/version?startingTimestamp=%2B999999999-12-31T23:59:59Z", None, 400, "startingTimestamp"),
    ("POST", "@shared/query", {"timestamp": "2024-02-30T00:00:00Z"}, 400, "timestamp"),
    ("POST", "@shared/query", {"version": 2**70}, 400, "version"),
    ("POST", "@shared/query", {"version": True}, 400, "version"),
    ("POST", "@shared/query", {"maxFiles": -1}, 400, "maxFiles"),
    ("POST", "@shared/query", {"pageToken": "forged"}, 400, "pageToken"),
    ("POST", "@shared/query", {"refreshToken": "forged"}, 400, "refreshToken"),
    ("POST", "@shared/query", {"limitHint": "all"}, 400, "limitHint"),
    ("POST", "@shared/query", {"limitHint": -1}, 400, "limitHint"),
    ("POST", "@shared/query", {"predicateHints": "x"}, 400, "predicateHints"),
    ("POST", "@shared/query", {"predicateHints": [7]}, 400, "predicateHints"),
    ("POST", "@shared/query", {"jsonPredicateHints": 7}, 400, "jsonPredicateHints"),
    ("POST", "@shared/query", [], 400, ""),
    ("POST", "@shared/query", "text", 400, ""),
    ("GET", "/no-such-thing", None, 404, ""),
    ("PUT", "@shared/query", {}, 405, ""),
]


def identify(case: Any) -> str:
    method, path, body, status, _ = case
    return f"{method} {path} {json.dumps(body)[:80] if body is not None else ''} {status}"


@pytest.fixture(scope="module")
def names(admin: Api, sample_id: str, shared_table: str, unique: Callable[[str], str]) -> dict[str, str]:
    """What the placeholders of the cases stand for."""
    share, recipient = unique("bad_share"), unique("bad_recipient")
    admin.share(share)
    admin.recipient(recipient, share)
    return {
        "@share": share, "@recipient": recipient, "@id": sample_id, "@table": TABLE.removeprefix(DELTA),
        "@shared": shared_table.removeprefix(SHARING),
    }


def filled(value: Any, names: dict[str, str]) -> Any:
    text = json.dumps(value)
    for placeholder, name in sorted(names.items(), key=lambda item: -len(item[0])):
        text = text.replace(placeholder, name)
    return json.loads(text)


def check(api: Api, prefix: str, case: tuple[str, str, Any, int, str], names: dict[str, str]) -> None:
    method, path, body, status, named = case
    path = prefix + filled(path, names)
    answer = api.call(method, path, filled(body, names), expect=None)
    message = problem(path, answer)
    assert answer.status_code == status, f"{answer.status_code}, not {status}: {answer.text[:400]}"
    if method != "HEAD":
        assert named.lower() in message.lower(), f"the message does not name {named!r}: {message}"


@pytest.mark.parametrize("case", CATALOG_CASES, ids=identify)
def test_unity_catalog(case: Any, admin: Api, names: dict[str, str]) -> None:
    check(admin, UNITY, case, names)


@pytest.mark.parametrize("case", DELTA_CASES, ids=identify)
def test_delta(case: Any, admin: Api, names: dict[str, str]) -> None:
    check(admin, DELTA, case, names)


@pytest.mark.parametrize("case", SHARING_CASES, ids=identify)
def test_sharing(case: Any, reader: Api, names: dict[str, str]) -> None:
    check(reader, SHARING, case, names)


@pytest.mark.parametrize(
    "hints",
    ["nonsense", "", "{", "[]", '{"op":"fly"}', '{"op":"equal","children":[]}', '{"op":' * 5000, "null", "7"],
    ids=lambda h: h[:20],
)
def test_hints_are_best_effort(hints: str, reader: Api, shared_table: str) -> None:
    """A hint that cannot be understood filters nothing (the protocol: hints are best effort)."""
    unfiltered = reader.call("POST", shared_table + "/query", {}).text.count('"file"')
    hinted = reader.call("POST", shared_table + "/query", {"jsonPredicateHints": hints})
    assert hinted.text.count('"file"') == unfiltered
    hinted = reader.call("POST", shared_table + "/query", {"predicateHints": [hints]})
    assert hinted.text.count('"file"') == unfiltered


# ---------------------------------------------------------------- what is no JSON at all

POSTS = [UNITY + "/catalogs", UNITY + "/tables", UNITY + "/shares", UNITY + "/recipients",
         DELTA + "/catalogs/sample/schemas/weather/staging-tables", TABLE, "/api/1.0/principals", "@query"]
NOT_JSON = [b"", b"{", b'{"name": "a"', b"\xff\xfe", b'{"name": "\xff"}', b"name=a", b'{"name": NaN}', b"{" * 20_000,
            b"[" * 100_000, b'{"name": 1' + b"0" * 2000 + b"}", b"\x00", b"null"]


@pytest.mark.parametrize("path", POSTS)
def test_malformed_json(path: str, admin: Api, reader: Api, shared_table: str) -> None:
    api, path = (reader, shared_table + "/query") if path == "@query" else (admin, path)
    for body in NOT_JSON:
        if path.endswith("/query") and body in (b"", b"{" * 0, b"null", b'{"name": NaN}', NOT_JSON[9]):
            continue  # an empty body is a query of everything, and `name` is none of its fields
        answer = api.call("POST", path, data=body, headers={"Content-Type": "application/json"}, expect=None)
        problem(path, answer)
        assert answer.status_code == 400, (body[:40], answer.text[:200])


@pytest.mark.parametrize("path", POSTS)
def test_other_content_types(path: str, admin: Api, reader: Api, shared_table: str) -> None:
    api, path = (reader, shared_table + "/query") if path == "@query" else (admin, path)
    for kind in ("text/xml", "application/x-www-form-urlencoded", "nonsense"):
        answer = api.call("POST", path, data=b"<a/>", headers={"Content-Type": kind}, expect=None)
        problem(path, answer)
        assert answer.status_code in (400, 415), answer.text


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "FOO"])
def test_methods_that_no_api_has(method: str, admin: Api, reader: Api) -> None:
    for api, path in ((admin, UNITY + "/catalogs"), (admin, TABLE), (reader, SHARING + "/shares")):
        answer = api.call(method, path, expect=None)
        assert answer.status_code in (400, 405)
        assert "method" in problem(path, answer).lower()


def token_of(*position: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "forged",
    ["forged", "%", token_of(), token_of("a", "b", "c"), token_of(None), token_of(["a"]), token_of("\u0000"), "e30"],
)
def test_forged_page_tokens(forged: str, admin: Api, reader: Api) -> None:
    for api, path in (
        (admin, UNITY + "/catalogs?page_token="),
        (admin, UNITY + "/schemas?catalog_name=sample&page_token="),
        (admin, UNITY + "/tables?catalog_name=sample&schema_name=weather&page_token="),
        (admin, UNITY + "/table-summaries?catalog_name=sample&page_token="),
        (admin, UNITY + "/shares?page_token="),
        (admin, UNITY + "/recipients?page_token="),
        (admin, "/api/1.0/principals?page_token="),
        (admin, "/api/1.0/teams?page_token="),
        (admin, "/api/1.0/tokens?page_token="),
        (admin, "/api/1.0/events?after="),
        (admin, "/api/1.0/commits/events?after="),
        (admin, "/api/1.0/sharing/events?after="),
        (reader, SHARING + "/shares?pageToken="),
        (reader, SHARING + "/shares/sample/schemas?pageToken="),
        (reader, SHARING + "/shares/sample/all-tables?pageToken="),
    ):
        answer = api.call("GET", path + quote(forged), expect=None)
        problem(path, answer)
        assert answer.status_code == 400, answer.text


def test_anothers_page_token_shows_nothing_more(admin: Api, server: Server, unique: Callable[[str], str]) -> None:
    """A page token says where a list goes on, never what may be seen there."""
    for _ in range(2):
        admin.create_catalog(unique("many"))
    token = admin.get(UNITY + "/catalogs?max_results=1")["next_page_token"]
    stranger = Api(server.url, principals.create(admin, unique("stranger")).token)
    assert stranger.get(f"{UNITY}/catalogs?page_token={quote(token)}").get("catalogs", []) == []


# ---------------------------------------------------------------- oversized

def send(url: str, method: str, path: str, token: str, size: int, chunked: bool) -> tuple[int, bytes]:
    """A body of `size` bytes that is never held; a server may answer, and close, before it has read all of it."""
    host = urlsplit(url)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
    piece = b'"' + b"a" * 65_534 + b'"'

    def pieces() -> Any:
        left = size
        while left > 0:
            yield piece[: min(left, len(piece))]
            left -= len(piece)

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if not chunked:
        headers["Content-Length"] = str(size)
    try:
        try:
            connection.request(method, path, body=pieces(), headers=headers, encode_chunked=chunked)
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered before all was sent: the answer is what counts
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize(
    ("method", "path", "size"),
    [
        ("POST", UNITY + "/catalogs", 1_100_000),
        ("POST", UNITY + "/tables", 5_000_000),
        ("PATCH", UNITY + "/catalogs/sample", 1_100_000),
        ("POST", UNITY + "/shares", 1_100_000),
        ("POST", "/api/1.0/principals", 1_100_000),
        ("POST", TABLE, 17_000_000),
        ("POST", "@query", 1_100_000),
    ],
)
def test_oversized_bodies(
    method: str, path: str, size: int, chunked: bool, server: Server, reader: Api, shared_table: str
) -> None:
    token = server.admin_token
    if path == "@query":
        path, token = shared_table + "/query", reader.token or ""
    status, content = send(server.url, method, path, token, size, chunked)
    # what comes in chunks may be refused for its first bytes, before its size is known
    assert status == 413 or (chunked and status == 400), content[:300]
    error = json.loads(content)
    error = error.get("error", error)
    assert error.get("error_code") or error.get("errorCode") or error.get("type") in ("BadRequestException", "InvalidParameterValueException")
    assert re.search(r"\d", error["message"]), f"the message names the limit: {error['message']}"
    # and the next request on a new connection is served as ever
    server.admin().call("GET", UNITY + "/catalogs")


def test_oversized_headers_and_paths(server: Server, admin: Api) -> None:
    for path in (f"{UNITY}/catalogs/{'a' * 7000}", f"{UNITY}/catalogs?page_token={'a' * 7000}"):
        problem(path, admin.call("GET", path, expect=None))
    for path in (f"{UNITY}/catalogs/{'a' * 100_000}",):
        answer = admin.call("GET", path, expect=None)
        assert answer.status_code in (400, 414), answer.text[:200]
        assert not INTERNALS.search(answer.text)
    answer = admin.call("GET", UNITY + "/catalogs", headers={"X-Long": "a" * 100_000}, expect=None)
    assert answer.status_code in (400, 413, 431)
    assert not INTERNALS.search(answer.text)


# ---------------------------------------------------------------- traversal in paths

NAMES = ["..%2f..%2fetc", "%2e%2e", "..;/x", "a%00b", "%c0%ae", "%ff", "a%2fb", "%5c..%5c", "é" * 120, "%0d%0aX: y",
         "'; DROP TABLE x; --", "%", "{x}", "${jndi:x}", "a" * 300, " ", "\U0001f600", "*", "-1"]


@pytest.mark.parametrize("name", NAMES, ids=lambda n: n[:20])
def test_awkward_names_in_paths(name: str, server: Server, admin: Api, reader: Api, shared_table: str) -> None:
    encoded = name if "%" in name or ";/" in name else quote(name, safe="")
    paths = [
        (admin, f"{UNITY}/catalogs/{encoded}"),
        (admin, f"{UNITY}/schemas/sample.{encoded}"),
        (admin, f"{UNITY}/tables/sample.weather.{encoded}"),
        (admin, f"{UNITY}/permissions/catalog/{encoded}"),
        (admin, f"{UNITY}/shares/{encoded}"),
        (admin, f"{UNITY}/recipients/{encoded}"),
        (admin, f"{DELTA}/catalogs/sample/schemas/weather/tables/{encoded}"),
        (admin, f"{DELTA}/catalogs/{encoded}/schemas/weather/tables/daily"),
        (reader, f"{SHARING}/shares/{encoded}"),
        (reader, f"{SHARING}/shares/{encoded}/all-tables"),
        (reader, f"{shared_table.rsplit('/', 1)[0]}/{encoded}/metadata"),
    ]
    for api, path in paths:
        status, headers, content = raw_get(server, path, api.token or "")
        text = content.decode("utf-8", "replace")
        assert 400 <= status < 500, f"{path}: {status} {text[:300]}"
        assert not INTERNALS.search(text), f"{path}: {text[:300]}"
        error = json.loads(text)
        inner = error.get("error", error)
        assert isinstance(inner, dict) and inner["message"], f"{path}: {text[:300]}"


def raw_get(server: Server, path: str, token: str) -> tuple[int, Any, bytes]:
    """A GET whose path is sent as it is: clients that tidy paths up would hide what is tested."""
    host = urlsplit(server.url)
    with socket.create_connection((host.hostname, host.port), timeout=20) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
            .encode("latin1", "replace")
        )
        answer = http.client.HTTPResponse(connection, method="GET")
        answer.begin()
        return answer.status, answer.headers, answer.read()


def test_nobody_gets_to_the_services_own_paths(server: Server, admin: Api) -> None:
    """/service/** is for services with their token alone, and the actuator tells a stranger nothing."""
    for path in ("/service/catalog/principals/x", "/service/commits/x", "/service/"):
        for token in (admin.token, None, "x"):
            answer = Api(server.url, token).call("GET", path, expect=None)
            assert answer.status_code in (401, 403, 404), f"{path}: {answer.status_code}"
    for path in ("/actuator/env", "/actuator/heapdump", "/actuator/beans", "/actuator/shutdown", "/actuator/loggers"):
        for method in ("GET", "POST"):
            answer = Api(server.url, None).call(method, path, expect=None)
            assert answer.status_code in (401, 403, 404, 405), f"{path}: {answer.status_code}"


def test_fields_that_other_clients_add_are_ignored(admin: Api, unique: Callable[[str], str]) -> None:
    name = unique("extra")
    admin.post(UNITY + "/catalogs", {"name": name, "isolation_mode": "OPEN", "new_thing": {"a": [1]}})
    admin.call("DELETE", f"{UNITY}/catalogs/{name}")
