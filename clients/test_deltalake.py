"""`deltalake`: what it writes is registered as its log says, and its names open nothing without a grant."""

from __future__ import annotations

from typing import Any, Callable

import pandas
import pytest
from deltalake import DeltaTable, write_deltalake

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


def test_what_is_registered_is_what_the_log_says(table: str, admin: Api) -> None:
    described = admin.get(f"{UNITY}/tables/{table}")
    assert [(c["name"], c["type_name"], c["nullable"]) for c in described["columns"]] == [
        ("id", "LONG", True),
        ("item", "STRING", True),
    ]
    assert described["table_type"] == "EXTERNAL" and described["data_source_format"] == "DELTA"


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
