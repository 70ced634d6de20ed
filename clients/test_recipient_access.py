"""What a recipient may see: what was granted and nothing else, and no longer than it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable

import pandas
import pytest
from deltalake import write_deltalake

import principals
import protocol
from server import SHARING, UNITY, Api, Server, wait_until


@dataclass(frozen=True)
class Shared:
    share: str
    schema: str
    table: str
    recipient: str
    reader: Api

    def path(self) -> str:
        return protocol.table_path(self.share, self.schema, self.table)


@pytest.fixture
def shared(
    admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> Shared:
    table, share, recipient = unique("granted"), unique("share"), unique("recipient")
    where = server.tables / table
    write_deltalake(where, pandas.DataFrame({"id": [1]}))
    admin.register(*schema, table, where)
    admin.share(share, f"{schema[0]}.{schema[1]}.{table}")
    profile = admin.recipient(recipient, share)
    return Shared(share, schema[1], table, recipient, Api(server.url, profile["bearerToken"]))


def requests_of(path: str) -> list[tuple[str, str, Any]]:
    """One request of each kind about a table."""
    return [
        ("GET", path + "/version", None),
        ("HEAD", path, None),
        ("GET", path + "/metadata", None),
        ("POST", path + "/query", {}),
    ]


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000, "tok en"])
def test_unknown_tokens(server: Server, shared: Shared, token: str) -> None:
    reader = Api(server.url, token)
    for method, path, body in [("GET", SHARING + "/shares", None), *requests_of(shared.path())]:
        answer = reader.call(method, path, body, expect=None)
        assert answer.status_code in ((401,) if len(token) < 5000 else (401, 400, 431)), answer.text
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            if method != "HEAD":
                assert answer.json()["errorCode"]


def test_no_token_at_all(server: Server, shared: Shared) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        for method, path, body in [("GET", SHARING + "/shares", None), *requests_of(shared.path())]:
            Api(server.url, None).call(method, path, body, headers=headers, expect=401)


def test_tokens_of_the_other_side(server: Server, shared: Shared, admin: Api) -> None:
    """A principal's token opens no share, and a recipient's token no catalog."""
    admin.call("GET", SHARING + "/shares", expect=401)
    shared.reader.call("GET", UNITY + "/catalogs", expect=401)
    shared.reader.call("GET", UNITY + "/shares", expect=401)
    shared.reader.call("GET", UNITY + "/delta/v1/config?catalog=sample&protocol-versions=1.0", expect=401)


def test_outside_the_grant(shared: Shared, admin: Api, unique: Callable[[str], str]) -> None:
    other = unique("ungranted")
    admin.share(other)
    assert [s["name"] for s in shared.reader.get(SHARING + "/shares")["items"]] == [shared.share]
    paths = [
        f"{SHARING}/shares/{other}",
        f"{SHARING}/shares/{other}/schemas",
        f"{SHARING}/shares/{other}/all-tables",
        f"{SHARING}/shares/{shared.share}/schemas/nowhere/tables",
    ]
    for path in paths:
        error = shared.reader.call("GET", path, expect=404).json()
        assert error["errorCode"] and error["message"]
    ungranted = protocol.table_path(other, shared.schema, shared.table)
    unknown = protocol.table_path(shared.share, shared.schema, "nothing")
    answers = []
    for path in (ungranted, unknown):
        for method, request, body in requests_of(path):
            answers.append(shared.reader.call(method, request, body, expect=404))
    # What is not granted looks like what does not exist: the words differ by the names alone.
    hidden = shared.reader.call("GET", f"{SHARING}/shares/{other}", expect=404).text
    absent = shared.reader.call("GET", f"{SHARING}/shares/{other}x", expect=404).text
    assert hidden.replace(other, "S") == absent.replace(other + "x", "S")


def test_names_are_case_insensitive(shared: Shared) -> None:
    path = protocol.table_path(shared.share.upper(), shared.schema.upper(), shared.table.upper())
    shared.reader.call("POST", path + "/query", {})


def test_a_revoked_grant_is_refused_within_a_second(shared: Shared, admin: Api) -> None:
    lines, _ = protocol.query(shared.reader, shared.path())
    assert len(lines) == 3
    admin.grant_share(shared.share, shared.recipient, revoke=True)
    revoked = time.monotonic()
    while shared.reader.call("POST", shared.path() + "/query", {}, expect=None).status_code != 404:
        assert time.monotonic() - revoked < 1
    assert shared.reader.get(SHARING + "/shares").get("items", []) == []
    admin.grant_share(shared.share, shared.recipient)
    shared.reader.call("POST", shared.path() + "/query", {})


def test_a_removed_table_is_gone_within_a_second(shared: Shared, admin: Api, schema: tuple[str, str]) -> None:
    name = f"{schema[0]}.{schema[1]}.{shared.table}"
    removal = {"action": "REMOVE", "data_object": {"name": name, "data_object_type": "TABLE"}}
    admin.call("PATCH", f"{UNITY}/shares/{shared.share}", {"updates": [removal]})
    removed = time.monotonic()
    while shared.reader.call("POST", shared.path() + "/query", {}, expect=None).status_code != 404:
        assert time.monotonic() - removed < 1


def test_a_dropped_table_is_no_longer_shared(shared: Shared, admin: Api, schema: tuple[str, str]) -> None:
    admin.call("DELETE", f"{UNITY}/tables/{schema[0]}.{schema[1]}.{shared.table}")
    wait_until(
        "the share to learn of the drop",
        lambda: shared.reader.call("POST", shared.path() + "/query", {}, expect=None).status_code == 404,
        2,
    )


def test_a_renamed_catalog_keeps_its_shares(admin: Api, server: Server, unique: Callable[[str], str]) -> None:
    catalog, renamed, share = unique("before"), unique("after"), unique("share")
    admin.create_catalog(catalog)
    admin.create_schema(catalog, "s")
    where = server.tables / unique("moved")
    write_deltalake(where, pandas.DataFrame({"id": [1, 2]}))
    admin.register(catalog, "s", "t", where)
    admin.share(share, f"{catalog}.s.t")
    reader = Api(server.url, admin.recipient(unique("recipient"), share)["bearerToken"])
    admin.patch(f"{UNITY}/catalogs/{catalog}", {"new_name": renamed})
    path = protocol.table_path(share, "s", "t")
    wait_until(
        "the share to serve the table of the renamed catalog",
        lambda: reader.call("POST", path + "/query", {}, expect=None).status_code == 200,
        2,
    )
    assert len(protocol.read_table(reader, path)) == 2


def test_an_expired_token(admin: Api, server: Server, unique: Callable[[str], str]) -> None:
    share = unique("share")
    admin.share(share)
    expiry = int((time.time() + 2) * 1000)
    profile = admin.recipient(unique("recipient"), share, expiration_time=expiry)
    assert profile["expirationTime"]
    reader = Api(server.url, profile["bearerToken"])
    assert [s["name"] for s in reader.get(SHARING + "/shares")["items"]] == [share]
    wait_until(
        "the token to expire",
        lambda: reader.call("GET", SHARING + "/shares", expect=None).status_code == 401,
        4,
    )
    assert time.time() * 1000 >= expiry


def test_an_activation_link_works_once(admin: Api, server: Server, unique: Callable[[str], str]) -> None:
    made = admin.post(
        UNITY + "/recipients", {"name": unique("recipient"), "authentication_type": "TOKEN"}
    )
    profile = admin.activate(made)
    assert {"shareCredentialsVersion", "endpoint", "bearerToken"} <= set(profile)
    link = made["tokens"][0]["activation_url"].rstrip("/").rsplit("/", 1)[-1]
    for token in (link, "nonsense", "../recipients"):
        answer = Api(server.url, None).call(
            "GET", f"{UNITY}/public/data_sharing_activation/{token}", expect=None
        )
        assert answer.status_code in (400, 401, 404, 410), answer.text
        assert profile["bearerToken"] not in answer.text
    events = admin.call("GET", "/api/1.0/sharing/events?max_results=1000").text
    assert profile["bearerToken"] not in events and link not in events


def test_a_revoked_principals_token(admin: Api, server: Server, unique: Callable[[str], str]) -> None:
    someone = principals.create(admin, unique("someone"))
    theirs = Api(server.url, someone.token)
    for path in (UNITY + "/catalogs", UNITY + "/shares"):
        theirs.call("GET", path)
    admin.call("DELETE", f"/api/1.0/tokens/{someone.token_id}", expect=None)
    revoked = time.monotonic()
    for path in (UNITY + "/catalogs", UNITY + "/shares", UNITY + "/delta/v1/config?catalog=sample&protocol-versions=1.0"):
        while theirs.call("GET", path, expect=None).status_code != 401:
            assert time.monotonic() - revoked < 1, f"{path}: refused within a second"
