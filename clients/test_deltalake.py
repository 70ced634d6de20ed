"""`deltalake`: `uc://` on a registered plain-Delta table, and what it appends read again through a share."""

from __future__ import annotations

from typing import Any, Callable

import delta_sharing
import pandas
import pyarrow
import pytest
from deltalake import DeltaTable, write_deltalake

import rows
from server import UNITY, Api, Server


@pytest.fixture(autouse=True)
def environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", server.url)
    monkeypatch.setenv("DATABRICKS_TOKEN", server.admin_token)
    monkeypatch.setenv("UNITY_ALLOW_HTTP_URL", "true")


@pytest.fixture
def table(admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]) -> str:
    name = unique("orders")
    where = server.tables / name
    write_deltalake(where, first())
    write_deltalake(where, second(), mode="append")
    admin.register(*schema, name, where)
    return f"{schema[0]}.{schema[1]}.{name}"


def first() -> pandas.DataFrame:
    return pandas.DataFrame({"id": [1, 2, 3], "item": ["tide", "gate", None]})


def second() -> pandas.DataFrame:
    return pandas.DataFrame({"id": [4], "item": ["moon"]})


def both() -> Any:
    return rows.of_pandas(pandas.concat([first(), second()]))


def test_reads_by_name(table: str) -> None:
    opened = DeltaTable(f"uc://{table}")
    assert opened.version() == 1
    assert rows.of_arrow(opened.to_pyarrow_table(), loose=True) == both()
    assert rows.of_arrow(DeltaTable(f"uc://{table}", version=0).to_pyarrow_table(), loose=True) == (
        rows.of_pandas(first())
    )


def test_what_is_registered_is_what_the_log_says(table: str, admin: Api) -> None:
    described = admin.get(f"{UNITY}/tables/{table}")
    assert [(c["name"], c["type_name"], c["nullable"]) for c in described["columns"]] == [
        ("id", "LONG", True),
        ("item", "STRING", True),
    ]
    assert described["table_type"] == "EXTERNAL" and described["data_source_format"] == "DELTA"


def test_appends_by_name_and_the_share_shows_it(
    table: str,
    admin: Api,
    unique: Callable[[str], str],
    profile_file: Callable[[dict[str, Any]], str],
) -> None:
    share = unique("share")
    admin.share(share, table)
    _, schema_name, name = table.split(".")
    url = f"{profile_file(admin.recipient(unique('reader'), share))}#{share}.{schema_name}.{name}"
    assert rows.of_pandas(delta_sharing.load_as_pandas(url)) == both()
    more = pyarrow.table({"id": [5, 6], "item": ["ebb", "flow"]})
    write_deltalake(f"uc://{table}", more, mode="append")
    expected = both() + rows.of_arrow(more)
    assert rows.of_arrow(DeltaTable(f"uc://{table}").to_pyarrow_table(), loose=True) == expected
    assert rows.of_pandas(delta_sharing.load_as_pandas(url)) == expected
    assert delta_sharing.get_table_version(url) == 2
    assert rows.of_pandas(delta_sharing.load_as_pandas(url, version=1)) == both()


def test_without_a_grant_it_gets_nothing(
    table: str, admin: Api, server: Server, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import principals

    stranger = principals.create(admin, unique("stranger"))
    monkeypatch.setenv("DATABRICKS_TOKEN", stranger.token)
    with pytest.raises(Exception) as failure:
        DeltaTable(f"uc://{table}")
    assert server.admin_token not in str(failure.value)
    monkeypatch.setenv("DATABRICKS_TOKEN", "not-a-token")
    with pytest.raises(Exception):
        DeltaTable(f"uc://{table}")
