"""`deltalake`: reads and appends by `uc://` name, the share shows what it appended, and names open nothing without a grant."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import delta_sharing
import pyarrow
import pytest
from deltalake import DeltaTable, write_deltalake

import principals
import rows
from principals import Principal
from server import DELTA, UNITY, Api, Server
from uc_client import ClientError, UcClient

FIRST = [{"id": 1, "item": "tide"}, {"id": 2, "item": "gate"}, {"id": 3, "item": None}]
SECOND = [{"id": 4, "item": "moon"}]


@pytest.fixture
def table(admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]) -> str:
    return registered(admin, server, schema, unique("orders"))


def registered(admin: Api, server: Server, schema: tuple[str, str], name: str) -> str:
    where = server.tables / name
    write_deltalake(where, pyarrow.Table.from_pylist(FIRST))
    write_deltalake(where, pyarrow.Table.from_pylist(SECOND), mode="append")
    admin.register(*schema, name, where)
    return f"{schema[0]}.{schema[1]}.{name}"


@pytest.fixture(scope="module")
def client(
    admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> Iterator[UcClient]:
    opened = UcClient(server.url, server.admin_token, registered(admin, server, schema, unique("opened")))
    yield opened
    opened.close()


@pytest.fixture
def grantee(
    admin: Api, schema: tuple[str, str], unique: Callable[[str], str]
) -> Callable[..., Principal]:
    """A principal with privileges on a table, and what it needs to get there."""

    def make(table: str, *privileges: str) -> Principal:
        made = principals.create(admin, unique("grantee"))
        for kind, name, given in (
            ("catalog", schema[0], ["USE CATALOG"]),
            ("schema", ".".join(schema), ["USE SCHEMA"]),
            ("table", table, list(privileges)),
        ):
            change = {"principal": made.name, "add": given}
            admin.patch(f"{UNITY}/permissions/{kind}/{name}", {"changes": [change]})
        return made

    return make


def read(client: UcClient, table: str, token: str | None = None, options: str = "") -> Any:
    program = f"answer = DeltaTable('uc://{table}'{options}).to_pyarrow_table().to_pylist()"
    return rows.of_dicts(client.run(program, token))


def append(client: UcClient, table: str, more: list[dict[str, Any]], token: str | None = None) -> None:
    program = f"write_deltalake('uc://{table}', pyarrow.Table.from_pylist({more!r}), mode='append')"
    client.run(program, token)


def test_reads_by_name(table: str, client: UcClient) -> None:
    assert client.run(f"answer = DeltaTable('uc://{table}').version()") == 1
    assert read(client, table) == rows.of_dicts(FIRST + SECOND)
    assert read(client, table, options=", version=0") == rows.of_dicts(FIRST)


def test_reads_a_partitioned_table_by_name(
    client: UcClient, admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    name = unique("parts")
    where = server.tables / name
    data = [{"id": n, "part": part} for n, part in enumerate(["a", "b/c", "d e", "ä%", "a"])]
    write_deltalake(where, pyarrow.Table.from_pylist(data), partition_by=["part"])
    admin.register(*schema, name, where)
    assert read(client, f"{schema[0]}.{schema[1]}.{name}") == rows.of_dicts(data)


def test_what_is_registered_is_what_the_log_says(table: str, admin: Api) -> None:
    described = admin.get(f"{UNITY}/tables/{table}")
    assert [(c["name"], c["type_name"], c["nullable"]) for c in described["columns"]] == [
        ("id", "LONG", True),
        ("item", "STRING", True),
    ]
    assert described["table_type"] == "EXTERNAL" and described["data_source_format"] == "DELTA"


def test_appends_by_name_and_the_share_shows_it(
    table: str, client: UcClient, server: Server, share_of: Callable[[str], str]
) -> None:
    url = share_of(table)
    before = rows.of_dicts(FIRST + SECOND)
    assert rows.of_pandas(delta_sharing.load_as_pandas(url)) == before
    more = [{"id": 5, "item": "ebb"}, {"id": 6, "item": "flow"}]
    append(client, table, more)
    after = before + rows.of_dicts(more)
    # where it is, said by neither the catalog nor the gateway
    local = DeltaTable(server.tables / table.split(".")[2])
    assert local.version() == 2 and rows.of_arrow(local.to_pyarrow_table()) == after
    assert read(client, table) == after
    assert rows.of_pandas(delta_sharing.load_as_pandas(url)) == after
    assert rows.of_pandas(delta_sharing.load_as_pandas(url, use_delta_format=True)) == after
    assert delta_sharing.get_table_version(url) == 2
    assert rows.of_pandas(delta_sharing.load_as_pandas(url, version=1)) == before


def test_an_opened_table_is_written_and_the_share_shows_it(
    table: str, client: UcClient, share_of: Callable[[str], str]
) -> None:
    """Through an object that was opened by name: an append, a delete, and a column more."""
    url = share_of(table)
    client.run(
        f"opened = DeltaTable('uc://{table}')\n"
        "write_deltalake(opened, pyarrow.table({'id': [7], 'item': ['spring']}), mode='append')\n"
        "opened.delete('id = 1')\n"
        "write_deltalake(opened, pyarrow.table({'id': [8], 'item': ['neap'], 'height': [1.5]}), mode='append',"
        " schema_mode='merge')\n"
    )
    frame = delta_sharing.load_as_pandas(url)
    assert sorted(frame["id"]) == [2, 3, 4, 7, 8]
    assert frame.set_index("id")["height"].dropna().to_dict() == {8: 1.5}
    assert delta_sharing.get_table_version(url) == 4


def test_select_is_enough_to_read(
    table: str, client: UcClient, grantee: Callable[..., Principal]
) -> None:
    reader = grantee(table, "SELECT")
    assert read(client, table, reader.token) == rows.of_dicts(FIRST + SECOND)


def test_the_key_to_write_needs_modify(
    table: str, server: Server, admin: Api, grantee: Callable[..., Principal]
) -> None:
    table_id = admin.get(f"{UNITY}/tables/{table}")["table_id"]
    asked = {"table_id": table_id, "operation": "READ_WRITE"}
    reader = Api(server.url, grantee(table, "SELECT").token)
    error = reader.call("POST", f"{UNITY}/temporary-table-credentials", asked, expect=403).json()
    assert error["error_code"] == "PERMISSION_DENIED" and "MODIFY" in error["message"]
    reader.post(f"{UNITY}/temporary-table-credentials", {**asked, "operation": "READ"})
    writer = Api(server.url, grantee(table, "SELECT", "MODIFY").token)
    given = writer.post(f"{UNITY}/temporary-table-credentials", asked)
    assert given["url"] == (server.tables / table.split(".")[2]).as_uri()


def test_on_local_files_the_file_system_alone_keeps_a_reader_from_writing(
    table: str, client: UcClient, server: Server, grantee: Callable[..., Principal]
) -> None:
    """
    The README's limit: refused READ_WRITE, the client asks for READ and opens the files itself, as the user that it runs
    as. No catalog can stand between a process and files that it may write.
    """
    append(client, table, [{"id": 9, "item": "reader"}], grantee(table, "SELECT").token)
    assert DeltaTable(server.tables / table.split(".")[2]).version() == 2


@pytest.mark.parametrize("name", ["{table}_not", "{catalog}.no_such.orders", "no_such.plain.orders"])
def test_a_name_that_is_not_there(name: str, table: str, client: UcClient) -> None:
    missing = name.format(table=table, catalog=table.split(".")[0])
    with pytest.raises(ClientError, match="_DOES_NOT_EXIST: .*'.*' does not exist"):
        read(client, missing)


@pytest.mark.parametrize(("given", "says"), [("", "PERMISSION_DENIED"), ("not-a-token", "UNAUTHENTICATED")])
def test_without_a_grant_it_gets_nothing(
    given: str, says: str, table: str, client: UcClient, admin: Api, server: Server, unique: Callable[[str], str]
) -> None:
    token = given or principals.create(admin, unique("stranger")).token
    folder = server.tables / table.split(".")[2]
    files = sorted(folder.rglob("*"))
    for attempt in (
        lambda: read(client, table, token),
        lambda: append(client, table, [{"id": 9, "item": "thief"}], token),
    ):
        with pytest.raises(ClientError, match=says) as failure:
            attempt()
        assert str(folder) not in str(failure.value)
    assert sorted(folder.rglob("*")) == files


def test_a_managed_table_is_refused_by_the_client(client: UcClient, admin: Api) -> None:
    """deltalake does not know catalogManaged: it says so, and commits nothing past the catalog."""
    daily = "sample.weather.daily"
    before = admin.get(f"{DELTA}/catalogs/sample/schemas/weather/tables/daily")["latest-table-version"]
    for attempt in (lambda: read(client, daily), lambda: append(client, daily, [{"temp_max": 1.5}])):
        with pytest.raises(ClientError, match="catalogManaged"):
            attempt()
    after = admin.get(f"{DELTA}/catalogs/sample/schemas/weather/tables/daily")["latest-table-version"]
    assert after == before
