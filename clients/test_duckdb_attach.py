"""
`duckdb` with its own `unity_catalog` extension: a catalog attached, its tables read and written.

A connection is left after its first INSERT into a managed table: what it is asked about that table next fails in
DuckDB itself ("Failed to detach database").
"""

from __future__ import annotations

import importlib.util
import json
import threading
import time
import urllib.parse
import uuid
from pathlib import Path
from typing import Callable

import delta_sharing
import duckdb
import pandas
import pytest
from deltalake import write_deltalake

import principals
import rows
import sample
from server import DELTA, UNITY, Api, Server

WRITERS, INSERTS = 2, 3


def extension(name: str) -> Path:
    """The extension of its wheel: DuckDB would download it at run time otherwise."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    assert spec is not None and spec.origin is not None
    return next(Path(spec.origin).parent.rglob(f"{name}.duckdb_extension"))


def attached(server: Server, token: str, catalog: str, schema: str) -> duckdb.DuckDBPyConnection:
    """A database of its own, with the catalog in it as `tg`."""
    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(config=settings)
    for name in ("httpfs", "delta", "unity_catalog"):
        connection.execute(f"LOAD '{extension(name)}'")
    connection.execute(
        f"CREATE SECRET (TYPE unity_catalog, TOKEN '{token}', ENDPOINT '{server.url}', AWS_REGION 'none')"
    )
    connection.execute(f"ATTACH '{catalog}' AS tg (TYPE unity_catalog, DEFAULT_SCHEMA '{schema}')")
    return connection


def latest(admin: Api, catalog: str, schema: str, table: str) -> int:
    return admin.get(f"{DELTA}/catalogs/{catalog}/schemas/{schema}/tables/{table}")["latest-table-version"]


def create_managed(admin: Api, catalog: str, schema: str, name: str) -> None:
    """A managed table of a number and a word at version 0, made as the Delta REST API asks for it."""
    here = f"{DELTA}/catalogs/{catalog}/schemas/{schema}"
    staged = admin.post(f"{here}/staging-tables", {"name": name})
    protocol = staged["required-protocol"]
    properties = {k: v for k, v in staged["required-properties"].items() if v is not None}
    fields = [
        {"name": column, "type": kind, "nullable": True, "metadata": {}}
        for column, kind in (("number", "long"), ("word", "string"))
    ]
    now = int(time.time() * 1000)
    info = {"inCommitTimestamp": now, "timestamp": now, "operation": "CREATE TABLE", "txnId": str(uuid.uuid4())}
    actions = [
        {"commitInfo": info},
        {
            "protocol": {
                "minReaderVersion": protocol["min-reader-version"],
                "minWriterVersion": protocol["min-writer-version"],
                "readerFeatures": protocol["reader-features"],
                "writerFeatures": protocol["writer-features"],
            }
        },
        {
            "metaData": {
                "id": staged["table-id"],
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": fields}),
                "partitionColumns": [],
                "configuration": properties,
            }
        },
    ]
    log = Path(urllib.parse.urlparse(staged["location"]).path) / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    (log / f"{0:020}.json").write_text("".join(json.dumps(action) + "\n" for action in actions))
    admin.post(
        f"{here}/tables",
        {
            "name": name,
            "table-type": "MANAGED",
            "location": staged["location"],
            "protocol": protocol,
            "properties": properties,
            "columns": {"type": "struct", "fields": fields},
            "last-commit-timestamp-ms": now,
        },
    )


@pytest.fixture
def managed(admin: Api, schema: tuple[str, str], unique: Callable[[str], str]) -> str:
    name = unique("duck")
    create_managed(admin, *schema, name)
    return name


def test_reads_the_sample(server: Server) -> None:
    with attached(server, server.admin_token, "sample", "weather") as database:
        frame = database.execute("SELECT * FROM tg.weather.daily").df()
    frame["date"] = frame["date"].dt.date  # pandas knows no days, so DuckDB gives times
    assert rows.of_pandas(frame) == rows.of_pandas(sample.source())


def test_reads_and_appends_to_an_external_table(
    server: Server, admin: Api, schema: tuple[str, str], unique: Callable[[str], str], share_of: Callable[[str], str]
) -> None:
    name = unique("duck")
    where = server.tables / name
    write_deltalake(where, pandas.DataFrame({"number": [1, 2], "word": ["a", "b"]}))
    admin.register(*schema, name, where)
    with attached(server, server.admin_token, *schema) as database:
        table = f"tg.{schema[1]}.{name}"
        assert database.execute(f"SELECT * FROM {table} ORDER BY number").fetchall() == [(1, "a"), (2, "b")]
        database.execute(f"INSERT INTO {table} VALUES (3, 'c')")
        assert database.execute(f"SELECT word FROM {table} WHERE number = 3").fetchall() == [("c",)]
    shared = delta_sharing.load_as_pandas(share_of(f"{schema[0]}.{schema[1]}.{name}"))
    assert sorted(shared["number"]) == [1, 2, 3]


def test_inserts_are_ratified_versions(
    server: Server, admin: Api, schema: tuple[str, str], managed: str, share_of: Callable[[str], str]
) -> None:
    """Each is seen at once, by a new connection and by a share as well."""
    table = f"tg.{schema[1]}.{managed}"
    for number in range(1, INSERTS + 1):
        with attached(server, server.admin_token, *schema) as database:
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (number - 1,)
            database.execute(f"INSERT INTO {table} VALUES ({number}, 'w{number}')")
        assert latest(admin, *schema, managed) == number
    with attached(server, server.admin_token, *schema) as another:
        assert another.execute(f"SELECT * FROM {table} ORDER BY number").fetchall() == [
            (number, f"w{number}") for number in range(1, INSERTS + 1)
        ]
    shared = delta_sharing.load_as_pandas(share_of(f"{schema[0]}.{schema[1]}.{managed}"))
    assert sorted(shared["number"]) == list(range(1, INSERTS + 1))


def test_writers_race(server: Server, admin: Api, schema: tuple[str, str], managed: str) -> None:
    """What a writer was told is in, is in, once; what it was told is not, is not."""
    table = f"tg.{schema[1]}.{managed}"
    told: list[int] = []
    refused: list[str] = []
    unforeseen: list[BaseException] = []
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        try:
            for i in range(INSERTS):
                number = writer * 100 + i
                with attached(server, server.admin_token, *schema) as database:
                    database.execute(f"SELECT count(*) FROM {table}").fetchone()
                    start.wait(30)
                    try:
                        database.execute(f"INSERT INTO {table} VALUES ({number}, 'raced')")
                        told.append(number)
                    except duckdb.Error as e:
                        refused.append(str(e))
        except BaseException as e:
            unforeseen.append(e)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not unforeseen and not any(thread.is_alive() for thread in threads)
    assert told and len(told) + len(refused) == WRITERS * INSERTS
    with attached(server, server.admin_token, *schema) as database:
        found = [n for (n,) in database.execute(f"SELECT number FROM {table} ORDER BY number").fetchall()]
    assert found == sorted(told), refused
    assert latest(admin, *schema, managed) == len(told)
    assert all("CommitVersionConflictException" in message for message in refused), refused


def test_a_reader_may_not_insert(
    server: Server, admin: Api, schema: tuple[str, str], managed: str, unique: Callable[[str], str]
) -> None:
    reader = principals.create(admin, unique("duck_reader"))
    full = f"{schema[0]}.{schema[1]}.{managed}"
    for kind, name, privileges in (
        ("catalog", schema[0], ["USE CATALOG"]),
        ("schema", ".".join(schema), ["USE SCHEMA"]),
        ("table", full, ["SELECT"]),
    ):
        changes = {"changes": [{"principal": reader.name, "add": privileges}]}
        admin.patch(f"{UNITY}/permissions/{kind}/{name}", changes)
    table = f"tg.{schema[1]}.{managed}"
    with attached(server, reader.token, *schema) as database:
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        with pytest.raises(duckdb.Error):
            database.execute(f"INSERT INTO {table} VALUES (1, 'refused')")
    assert latest(admin, *schema, managed) == 0
    with attached(server, server.admin_token, *schema) as database:
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
