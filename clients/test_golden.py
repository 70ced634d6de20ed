"""
Golden tables, end to end: registered, shared and read back from the running server, by the stock Python client and by
the tests' own client, which follows every URL and applies deletion vectors and column mapping.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import delta_sharing
import pytest
import requests

import protocol
import rows
from server import GOLDEN, UNITY, Api, Server

TABLES = sorted(p.name for p in (GOLDEN / "tables").glob("*")) or ["../shared/golden"]
READABLE = [t for t in TABLES if (GOLDEN / "tables" / t / "expected").is_dir()] or TABLES
# Each says in its name what is wrong with it; registering or reading it must fail, and say so.
BROKEN = {
    "no-delta-log-folder": ["delta"],
    "deltalog-invalid-protocol-version": ["protocol", "version", "feature", "reader", "writer"],
    "deltalog-commit-info": ["schema"],
    "update-deleted-directory": ["schema"],
    "deltalog-state-reconstruction-without-protocol": ["protocol"],
    "deltalog-state-reconstruction-from-checkpoint-missing-protocol": ["protocol"],
}
# Logs alone: without files to read, what a query must answer is told by the log.
LOG_ONLY = [t for t in TABLES if t not in READABLE and t not in BROKEN]


@dataclass
class SharedGolden:
    share: str
    catalog: str
    recipient: Api
    profile: dict[str, Any]
    refused: dict[str, requests.Response]


@pytest.fixture(scope="module")
def shared(golden: Path, server: Server, unique: Callable[[str], str]) -> SharedGolden:
    admin = server.admin()
    catalog, share = unique("golden"), unique("golden_share")
    admin.create_catalog(catalog)
    admin.create_schema(catalog, "tables")
    refused = {}
    registered = []
    for name in TABLES:
        answer = admin.call(
            "POST",
            UNITY + "/tables",
            {
                "name": sql_name(name),
                "catalog_name": catalog,
                "schema_name": "tables",
                "table_type": "EXTERNAL",
                "data_source_format": "DELTA",
                "storage_location": (golden / name / "delta").as_uri(),
            },
            expect=None,
        )
        if answer.status_code == 200:
            registered.append(f"{catalog}.tables.{sql_name(name)}")
        else:
            refused[name] = answer
    admin.share(share, *registered)
    profile = admin.recipient(unique("golden_reader"), share)
    return SharedGolden(share, catalog, Api(server.url, profile["bearerToken"]), profile, refused)


def sql_name(table: str) -> str:
    return table.replace("-", "_").lower()


def path_of(shared: SharedGolden, table: str) -> str:
    return protocol.table_path(shared.share, "tables", sql_name(table))


def difference(read: Counter[Any], expected: Counter[Any]) -> str:
    missing, unexpected = expected - read, read - expected
    return (
        f"{sum(missing.values())} rows missing, {sum(unexpected.values())} unexpected; "
        f"missing: {list(missing)[:2]}; unexpected: {list(unexpected)[:2]}"
    )


@pytest.mark.parametrize("table", READABLE)
def test_rows_in_delta_format(table: str, shared: SharedGolden, golden: Path) -> None:
    assert table not in shared.refused, shared.refused[table].text
    read = rows.of_dicts(protocol.read_table(shared.recipient, path_of(shared, table)))
    expected = rows.of_expected(golden / table / "expected")
    assert read == expected, difference(read, expected)


# What the stock client itself cannot do, with any server; the tests' own client above reads these tables.
STOCK_CLIENT_CANNOT: dict[str, str] = {}


@pytest.mark.parametrize("table", READABLE)
def test_rows_by_the_stock_client(
    table: str, shared: SharedGolden, golden: Path, profile_file: Callable[[dict[str, Any]], str]
) -> None:
    assert table not in shared.refused, shared.refused[table].text
    url = f"{profile_file(shared.profile)}#{shared.share}.tables.{sql_name(table)}"
    if table in STOCK_CLIENT_CANNOT:
        # The reason is asserted, so that a client that learns it is noticed.
        with pytest.raises(Exception, match=STOCK_CLIENT_CANNOT[table]):
            delta_sharing.load_as_pandas(url)
        return
    read = rows.of_pandas(delta_sharing.load_as_pandas(url))
    expected = rows.of_expected(golden / table / "expected", loose=True)
    assert read == expected, difference(read, expected)


@pytest.mark.parametrize("table", sorted(BROKEN))
def test_broken_tables_are_refused_by_name(table: str, shared: SharedGolden) -> None:
    answer = shared.refused.get(table)
    if answer is None:
        answer = shared.recipient.call(
            "POST", path_of(shared, table) + "/query", {},
            headers=protocol.capabilities("delta,parquet"), expect=None,
        )
    assert 400 <= answer.status_code < 500, answer.text
    error = answer.json()
    assert error.get("error_code") or error.get("errorCode")
    assert any(word in error["message"].lower() for word in BROKEN[table]), error["message"]
    assert "Exception" not in error["message"] and "\tat " not in answer.text


@pytest.mark.parametrize("table", LOG_ONLY)
def test_tables_of_logs_alone(table: str, shared: SharedGolden) -> None:
    if not GOLDEN.is_dir():
        pytest.skip("../shared/golden is not there")
    assert table not in shared.refused, shared.refused[table].text
    answer = shared.recipient.call(
        "POST", path_of(shared, table) + "/query", {},
        headers=protocol.capabilities("delta,parquet"), expect=None,
    )
    # The one file of update-deleted-directory's and canonicalized-paths' logs was removed again: no file is left.
    assert answer.status_code < 500, answer.text
    if answer.status_code == 200:
        assert '"file"' not in answer.text
