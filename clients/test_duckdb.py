"""`duckdb` over HTTP on the URLs that a query of a share returns."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

import protocol
import rows
import sample
from server import Api, Server


@pytest.fixture(scope="module")
def files(server: Server) -> list[dict[str, Any]]:
    """The `file` lines of a query of the sample in parquet format."""
    profile = json.loads(server.sample_profile.read_text())
    recipient = Api(server.url, profile["bearerToken"])
    tables = recipient.get("/delta-sharing/shares")["items"]
    paths = [
        protocol.table_path(share["name"], table["schema"], table["name"])
        for share in tables
        for table in recipient.get(f"/delta-sharing/shares/{share['name']}/all-tables")["items"]
        if table["name"] == "daily"
    ]
    lines, _ = protocol.query(recipient, paths[0], "parquet")
    found = [line["file"] for line in lines if "file" in line]
    assert found
    return found


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """DuckDB with httpfs from its wheel: nothing is downloaded."""
    spec = importlib.util.find_spec("duckdb_extension_httpfs")
    assert spec is not None and spec.origin is not None
    extension = next(Path(spec.origin).parent.rglob("httpfs.duckdb_extension"))
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute(f"LOAD '{extension}'")
    return connection


def test_reads_the_sample(database: duckdb.DuckDBPyConnection, files: list[dict[str, Any]]) -> None:
    partitions = set(files[0]["partitionValues"])
    urls = [file["url"] for file in files]
    frame = database.execute("SELECT * FROM read_parquet($urls)", {"urls": urls}).df()
    frame["date"] = frame["date"].dt.date  # pandas knows no days, so DuckDB gives times
    source = sample.source()
    kept = [c for c in source.columns if c not in partitions]
    assert rows.of_pandas(frame[kept]) == rows.of_pandas(source[kept])


def test_pushes_an_aggregate_down(
    database: duckdb.DuckDBPyConnection, files: list[dict[str, Any]]
) -> None:
    """Reads the footers and one column: that is what Range requests are for."""
    urls = [file["url"] for file in files]
    (count,) = database.execute("SELECT count(*) FROM read_parquet($urls)", {"urls": urls}).fetchone()
    assert count == len(sample.source())


def test_the_urls_give_ranges_and_nothing_else(files: list[dict[str, Any]]) -> None:
    file = files[0]
    with requests.Session() as session:
        session.trust_env = False
        head = session.head(file["url"], timeout=10)
        assert head.status_code == 200 and int(head.headers["Content-Length"]) == file["size"]
        tail = session.get(file["url"], headers={"Range": "bytes=-4"}, timeout=10)
        assert tail.status_code == 206 and tail.content == b"PAR1"
        assert tail.headers["Content-Range"] == (
            f"bytes {file['size'] - 4}-{file['size'] - 1}/{file['size']}"
        )
        middle = session.get(file["url"], headers={"Range": "bytes=0-3"}, timeout=10)
        assert middle.status_code == 206 and middle.content == b"PAR1"
        beyond = session.get(file["url"], headers={"Range": f"bytes={file['size']}-"}, timeout=10)
        assert beyond.status_code == 416
        for method in ("PUT", "DELETE", "POST"):
            assert session.request(method, file["url"], timeout=10).status_code in (400, 403, 405)


def test_a_changed_url_opens_nothing(files: list[dict[str, Any]]) -> None:
    url = files[0]["url"]
    base, _, text = url.partition("?")
    parameters = text.split("&")
    assert any(p.startswith("X-Amz-Signature=") for p in parameters)
    changed = [base]
    for i, parameter in enumerate(parameters):
        name, _, value = parameter.partition("=")
        last = "1" if value[-1:] != "1" else "2"
        others = parameters[:i] + [f"{name}={value[:-1]}{last}"] + parameters[i + 1 :]
        changed.append(base + "?" + "&".join(others))
        changed.append(base + "?" + "&".join(parameters[:i] + parameters[i + 1 :]))
    changed.append(base.rsplit("/", 1)[0] + "/../../../../../etc/passwd?" + text)
    changed.append(base.rsplit("/", 1)[0] + "/%2e%2e%2f%2e%2e%2fetc%2fpasswd?" + text)
    with requests.Session() as session:
        session.trust_env = False
        for bad in changed:
            answer = session.get(bad, timeout=10)
            assert 400 <= answer.status_code < 500, (bad, answer.status_code)
            assert b"PAR1" not in answer.content
            assert {"errorCode", "error_code"} & set(answer.json())
