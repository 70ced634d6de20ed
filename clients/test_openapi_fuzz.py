"""
Every operation of the three OpenAPI documents, with wrong bodies, wrong parameters and wrong tokens: whatever is sent,
the answer is no 5xx, shows nothing of the inside, and an error is in the API's own shape. Seeds are fixed.
"""

from __future__ import annotations

import json
import random
from typing import Any, Iterator
from urllib.parse import quote

import pytest

from server import SHARING, Api, Server
from test_bad_input import INTERNALS, problem

GROUPS = ("catalog", "commits", "sharing")
METHODS = ("get", "head", "post", "put", "patch", "delete")
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**63, 10**400, "", "x", "\u0000", "\ud7ff", "a" * 2000, [], [None], [[]], {}, {"a": None},
    {"name": []}, "../..", "2024-13-45T99:99:99Z", "00000000-0000-0000-0000-000000000000",
]
TEXTS = ["x", "-1", "0", "99999999999999999999", "", "\u0000", "é", "a" * 300, "../..", "true", "1970-01-01T00:00:00Z", "%"]


@pytest.fixture(scope="module")
def documents(admin: Api) -> dict[str, Any]:
    return {group: admin.get(f"/openapi/{group}") for group in GROUPS}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                yield method.upper(), path, {
                    **item[method], "parameters": item.get("parameters", []) + item[method].get("parameters", [])
                }


def test_the_documents_know_every_api(documents: dict[str, Any]) -> None:
    paths = {p for document in documents.values() for p in document["paths"]}
    for prefix in (
        "/api/2.1/unity-catalog/catalogs", "/api/2.1/unity-catalog/delta/v1/config", "/api/2.1/unity-catalog/shares",
        "/delta-sharing/shares", "/api/1.0/events", "/api/1.0/principals",
    ):
        assert any(p.startswith(prefix) for p in paths), prefix
    assert not any(p.startswith("/service/") for p in paths)


@pytest.mark.parametrize("group", GROUPS)
def test_the_documents_name_the_methods_that_are_there(
    group: str, documents: dict[str, Any], server: Server, admin: Api
) -> None:
    """What each path allows, by its own word, is what its document says; HEAD comes with GET."""
    recipient = Api(server.url, json.loads(server.sample_profile.read_text())["bearerToken"])
    for path, item in documents[group]["paths"].items():
        api = recipient if path.startswith(SHARING) else admin
        answer = api.call("OPTIONS", path.replace("{", "").replace("}", ""))
        allowed = {method.strip() for method in answer.headers["Allow"].split(",")} - {"OPTIONS"}
        documented = {method.upper() for method in METHODS if method in item}
        if "GET" in documented:
            documented.add("HEAD")
        assert allowed == documented, path


@pytest.mark.parametrize("group", GROUPS)
def test_no_operation_breaks(group: str, documents: dict[str, Any], server: Server) -> None:
    recipient = json.loads(server.sample_profile.read_text())["bearerToken"]
    chance = random.Random(20240611)
    failures, sent = [], 0
    for method, path, operation in operations(documents[group]):
        token = recipient if path.startswith(SHARING) else server.admin_token
        api = Api(server.url, token)
        for target, body in attempts(method, path, operation, documents[group], chance):
            sent += 1
            answer = api.call(
                method, target, expect=None, stream=True,
                data=body, headers={"Content-Type": "application/json"} if body is not None else {},
            )
            with answer:
                text = answer.raw.read(100_000, decode_content=True).decode("utf-8", "replace")
                if answer.status_code == 501 and refuses_by_name(text, target, body):
                    continue
                if answer.status_code >= 500 or INTERNALS.search(text):
                    failures.append(f"{method} {target[:150]} {(body or b'')[:120]!r}: {answer.status_code} {text[:200]}")
                elif answer.status_code >= 400:
                    answer._content = text.encode()
                    try:
                        problem(path, answer)
                    except (AssertionError, ValueError, KeyError, TypeError) as wrong:
                        failures.append(f"shape: {wrong}"[:400])
    assert sent > 50
    assert not failures, f"{len(failures)} of {sent}:\n" + "\n".join(failures[:15])


@pytest.mark.parametrize("group", GROUPS)
def test_no_operation_is_open_by_mistake(group: str, documents: dict[str, Any], server: Server) -> None:
    """Without a token, everything but what is meant for anybody answers 401."""
    stranger = Api(server.url, None)
    for method, path, operation in operations(documents[group]):
        if "/public/" in path or path.startswith(("/delta-sharing/files/", "/.well-known/")):
            continue
        target = path.replace("{", "").replace("}", "")
        answer = stranger.call(method, target, {} if method in ("POST", "PATCH", "PUT") else None, expect=None)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"


def refuses_by_name(text: str, target: str, body: bytes | None) -> bool:
    """501 is an answer where it names what was asked for: a parameter or field of this very request."""
    name = str(json.loads(text).get("message", "")).split(":")[0]
    return f"{name}=" in target or f'"{name}"'.encode() in (body or b"")


def attempts(
    method: str, path: str, operation: dict[str, Any], document: dict[str, Any], chance: random.Random
) -> Iterator[tuple[str, bytes | None]]:
    named = [p for p in (resolve(p, document) for p in operation["parameters"])]
    queries = [p["name"] for p in named if p["in"] == "query"]
    # Waiting is bounded by the server; a test need not use it up. Nothing is to be destroyed on purpose either.
    queries = [q for q in queries if q not in ("wait_ms", "force")]
    schema = body_schema(operation, document)

    def target(query: str = "") -> str:
        filled = path
        for p in named:
            if p["in"] == "path":
                filled = filled.replace("{" + p["name"] + "}", quote(chance.choice(["no_such", "a.b.c", "-1", "é", "x" * 300]), safe=""))
        return filled + (f"?{query}" if query else "")

    plain = None if schema is None else b"{}"
    for name in queries:
        for text in chance.sample(TEXTS, 5):
            yield target(f"{quote(name)}={quote(text)}"), plain
    if schema is None:
        yield target(), None
        return
    for body in (b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff"):
        yield target(), body
    properties = sorted(schema.get("properties", {}))
    for name in properties:
        for value in chance.sample(VALUES, 5):
            others = {other: "x" for other in properties if chance.random() < 0.5}
            yield target(), json.dumps({**others, name: value}).encode()


def body_schema(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in operation:
        return None
    content = resolve(operation["requestBody"], document).get("content", {})
    for media in content.values():
        return resolve(media.get("schema", {}), document)
    return {}


def resolve(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node
