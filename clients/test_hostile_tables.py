"""Logs that point outside their table: registered or not, not one byte from outside comes through a share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pandas
import pytest
from deltalake import write_deltalake

import protocol
from server import UNITY, Api, Server

SECRET = b"PAR1 the secret of another folder PAR1"


def plant(folder: Path, path: str, size: int, vector: dict[str, Any] | None = None) -> None:
    """A Delta table of one file, which its log says is at `path`."""
    log = folder / "_delta_log"
    log.mkdir(parents=True)
    schema = {"type": "struct", "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}]}
    add = {
        "path": path, "partitionValues": {}, "size": size, "modificationTime": 1, "dataChange": True,
        "stats": '{"numRecords":1}',
    }
    protocol_action: dict[str, Any] = {"minReaderVersion": 1, "minWriterVersion": 2}
    if vector:
        add["deletionVector"] = vector
        features = ["deletionVectors"]
        protocol_action = {
            "minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features,
        }
    actions = [
        {"protocol": protocol_action},
        {
            "metaData": {
                "id": "9f9d6a30-26a5-4d57-9df4-3f47d6f7a001", "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps(schema), "partitionColumns": [], "configuration": {}, "createdTime": 1,
            }
        },
        {"add": add},
    ]
    (log / f"{0:020}.json").write_text("".join(json.dumps(a) + "\n" for a in actions))


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.parquet",
        "%2e%2e/outside/secret.parquet",
        "..%2Foutside%2Fsecret.parquet",
        "{outside}/secret.parquet",
        "file://{outside}/secret.parquet",
        "link/secret.parquet",
        "http://127.0.0.1:1/secret.parquet",
        "a/../../outside/secret.parquet",
    ],
)
def test_a_file_outside_the_table(
    path: str, admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    name, share = unique("hostile"), unique("share")
    home = server.tables / name
    outside = home / "outside"
    outside.mkdir(parents=True)
    (outside / "secret.parquet").write_bytes(SECRET)
    table = home / "table"
    plant(table, path.replace("{outside}", str(outside)), len(SECRET))
    (table / "link").symlink_to(outside)
    refuse_or_hide(admin, server, schema, name, share, table)


def test_a_deletion_vector_outside_the_table(
    admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    name, share = unique("hostile"), unique("share")
    home = server.tables / name
    (home / "outside").mkdir(parents=True)
    secret = home / "outside" / "secret.bin"
    secret.write_bytes(SECRET)
    table = home / "table"
    vector = {
        "storageType": "p", "pathOrInlineDv": secret.as_uri(), "offset": 1, "sizeInBytes": 8, "cardinality": 1,
    }
    plant(table, "data.parquet", 4, vector)
    (table / "data.parquet").write_bytes(b"PAR1")
    refuse_or_hide(admin, server, schema, name, share, table)


def refuse_or_hide(
    admin: Api, server: Server, schema: tuple[str, str], name: str, share: str, table: Path
) -> None:
    body = {
        "name": name, "catalog_name": schema[0], "schema_name": schema[1], "table_type": "EXTERNAL",
        "data_source_format": "DELTA", "storage_location": table.as_uri(),
    }
    registered = admin.call("POST", UNITY + "/tables", body, expect=None)
    if registered.status_code != 200:
        assert 400 <= registered.status_code < 500 and registered.json()["message"], registered.text
        return
    admin.share(share, f"{schema[0]}.{schema[1]}.{name}")
    reader = Api(server.url, admin.recipient(f"{share}_reader", share)["bearerToken"])
    query = protocol.table_path(share, schema[1], name) + "/query"
    for response_format in ("delta", "parquet"):
        answer = reader.call("POST", query, {}, headers=protocol.capabilities(response_format), expect=None)
        if answer.status_code != 200:
            assert 400 <= answer.status_code < 500, answer.text
            assert answer.json()["errorCode"] and str(server.tables) not in answer.text
            continue
        for line in answer.text.splitlines()[2:]:
            for url in urls(json.loads(line)):
                got = Api(server.url, None)._session.get(url, timeout=10)
                assert got.status_code >= 400, f"{url} was served"
                assert SECRET not in got.content


def urls(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.startswith("http://127.0.0.1") and "X-Amz-Signature" in value else []
    if isinstance(value, dict):
        value = list(value.values())
    return [url for item in value for url in urls(item)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc",
        "file:///",
        "/etc/passwd",
        "{tables}/../../../etc",
        "{tables}/%2e%2e/%2e%2e/etc",
        "{tables}/link/etc",
        "relative/folder",
        "s3://bucket/table",
        "http://127.0.0.1:1/table",
        "",
        "file://elsewhere/share/table",
        "file:///tmp/\u0000x",
        "{tables}",
    ],
)
def test_locations_that_may_not_be_registered(
    location: str, admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    link = server.tables / "link"
    if not link.is_symlink():
        link.symlink_to("/")
    where = location.replace("{tables}", server.tables.as_uri())
    name = unique("elsewhere")
    body = {
        "name": name, "catalog_name": schema[0], "schema_name": schema[1], "table_type": "EXTERNAL",
        "data_source_format": "DELTA", "storage_location": where,
    }
    error = admin.call("POST", UNITY + "/tables", body, expect=400).json()
    assert error["error_code"] and "location" in error["message"].lower(), error
    admin.call("GET", f"{UNITY}/tables/{schema[0]}.{schema[1]}.{name}", expect=404)


def test_a_table_below_another_tables_folder_is_still_only_itself(
    admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    name = unique("managed")
    where = server.tables / name
    write_deltalake(where, pandas.DataFrame({"id": [1]}))
    admin.register(*schema, name, where)
    again = {
        "name": name + "_again", "catalog_name": schema[0], "schema_name": schema[1], "table_type": "EXTERNAL",
        "data_source_format": "DELTA", "storage_location": (where / "_delta_log").as_uri(),
    }
    error = admin.call("POST", UNITY + "/tables", again, expect=400).json()
    assert error["message"]
