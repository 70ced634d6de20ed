"""Python's `delta-sharing` on the sample table, and on tables that only its delta format can show."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import os
from pathlib import Path
from typing import Any, Callable

import delta_sharing
import pandas
import pyarrow
import pytest
from deltalake import DeltaTable, write_deltalake

import rows
import sample
from server import Api, Server

SAMPLE = "sample.weather.daily"


@pytest.fixture(scope="module")
def profile(server: Server) -> str:
    return str(server.sample_profile)


@pytest.fixture(scope="module")
def client(profile: str) -> delta_sharing.SharingClient:
    return delta_sharing.SharingClient(profile)


@pytest.fixture(scope="module")
def table(client: delta_sharing.SharingClient) -> delta_sharing.Table:
    found = [t for t in client.list_all_tables() if t.schema == "weather" and t.name == "daily"]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def url(profile: str, table: delta_sharing.Table) -> str:
    return f"{profile}#{table.share}.{table.schema}.{table.name}"


@pytest.fixture
def where(server: Server, unique: Callable[[str], str]) -> Path:
    """Where a test writes a table of its own."""
    return server.tables / unique("table")


@pytest.fixture
def shared(admin: Api, schema: tuple[str, str], share_of: Callable[[str], str]) -> Callable[[Path], str]:
    """Registers the table in a folder and shares it; answers the URL by which its recipient reads it."""

    def url(where: Path) -> str:
        admin.register(*schema, where.name, where)
        return share_of(f"{schema[0]}.{schema[1]}.{where.name}")

    return url


def test_lists(client: delta_sharing.SharingClient, table: delta_sharing.Table) -> None:
    shares = {share.name: share for share in client.list_shares()}
    assert table.share in shares
    schemas = {schema.name: schema for schema in client.list_schemas(shares[table.share])}
    assert table.schema in schemas
    assert table in client.list_tables(schemas[table.schema])


def test_rows_equal_the_source(url: str) -> None:
    frame = delta_sharing.load_as_pandas(url)
    source = sample.source()
    assert len(frame) == len(source)
    assert list(frame.columns) == list(source.columns)
    read, expected = rows.of_pandas(frame), rows.of_pandas(source)
    assert read == expected, (list((expected - read))[:2], list((read - expected))[:2])


def test_rows_equal_the_source_in_delta_format(url: str) -> None:
    frame = delta_sharing.load_as_pandas(url, use_delta_format=True)
    assert rows.of_pandas(frame) == rows.of_pandas(sample.source())


def test_at_a_version(url: str) -> None:
    latest = delta_sharing.get_table_version(url)
    assert latest >= 2, "the sample has a history"
    sizes = [len(delta_sharing.load_as_pandas(url, version=v)) for v in range(1, latest + 1)]
    assert sizes == sorted(sizes) and len(set(sizes)) > 1
    assert sizes[-1] == len(sample.source())
    early = rows.of_pandas(delta_sharing.load_as_pandas(url, version=1))
    assert early and early <= rows.of_pandas(sample.source())


def test_with_a_limit(url: str) -> None:
    everything = rows.of_pandas(sample.source())
    for limit in (0, 1, 7):
        frame = delta_sharing.load_as_pandas(url, limit=limit)
        assert len(frame) == limit
        assert rows.of_pandas(frame) <= everything


def test_hints_never_lose_a_row(url: str) -> None:
    source = sample.source()
    for column, kind, value in (
        ("weather", "string", "snow"),
        ("date", "date", datetime.date(2013, 6, 1)),
        ("temp_max", "double", 12.8),
    ):
        hint = {
            "op": "equal",
            "children": [
                {"op": "column", "name": column, "valueType": kind},
                {"op": "literal", "value": str(value), "valueType": kind},
            ],
        }
        wanted = rows.of_pandas(source[source[column] == value])
        assert wanted
        frame = delta_sharing.load_as_pandas(url, jsonPredicateHints=json.dumps(hint))
        assert wanted <= rows.of_pandas(frame) <= rows.of_pandas(source)


def test_hints_leave_files_out(url: str) -> None:
    """The sample has a file for each year: a day lies in one of them."""
    day = datetime.date(2013, 6, 1)
    hint = {
        "op": "equal",
        "children": [
            {"op": "column", "name": "date", "valueType": "date"},
            {"op": "literal", "value": str(day), "valueType": "date"},
        ],
    }
    frame = delta_sharing.load_as_pandas(url, jsonPredicateHints=json.dumps(hint))
    assert 0 < len(frame) < len(sample.source())


def test_metadata_protocol_and_version(url: str) -> None:
    metadata = delta_sharing.get_table_metadata(url)
    names = [field["name"] for field in json.loads(metadata.schema_string)["fields"]]
    assert names == list(sample.source().columns)
    assert delta_sharing.get_table_protocol(url).min_reader_version == 1
    assert delta_sharing.get_table_version(url) >= 2


def test_what_is_not_there_is_said_so(profile: str, table: delta_sharing.Table) -> None:
    with pytest.raises(Exception) as failure:
        delta_sharing.load_as_pandas(f"{profile}#{table.share}.{table.schema}.no_such_table")
    assert "404" in str(failure.value)


def test_a_plain_table_that_its_writer_deletes_from(where: Path, shared: Callable[[Path], str]) -> None:
    """A delete that a client writes is seen through the share at once, in both formats where both can show it."""
    write_deltalake(where, pandas.DataFrame({"id": range(100), "value": [i * 1.5 for i in range(100)]}))
    url = shared(where)
    assert len(delta_sharing.load_as_pandas(url)) == 100
    DeltaTable(where).delete("id % 2 = 0")
    frame = delta_sharing.load_as_pandas(url)
    assert sorted(frame["id"]) == list(range(1, 100, 2))
    frame = delta_sharing.load_as_pandas(url, use_delta_format=True)
    assert sorted(frame["id"]) == list(range(1, 100, 2))
    assert len(delta_sharing.load_as_pandas(url, version=0)) == 100


def test_at_a_time(where: Path, shared: Callable[[Path], str]) -> None:
    """Without in-commit timestamps a commit's time is its file's, which the test sets: a day for each version."""
    days = [datetime.datetime(2024, 3, day, 6, tzinfo=datetime.timezone.utc) for day in (1, 2, 3)]
    for version, day in enumerate(days):
        write_deltalake(where, pandas.DataFrame({"id": [version]}), mode="append")
        os.utime(where / "_delta_log" / f"{version:020}.json", (day.timestamp(), day.timestamp()))
    url = shared(where)
    for moment, ids in (
        ("2024-03-01T06:00:00Z", [0]),
        ("2024-03-02T05:59:59Z", [0]),
        ("2024-03-02T06:00:00Z", [0, 1]),
        ("2024-03-02T23:30:00-06:00", [0, 1]),
        ("2024-03-03T06:00:00Z", [0, 1, 2]),
    ):
        for delta in (False, True):
            frame = delta_sharing.load_as_pandas(url, timestamp=moment, use_delta_format=delta)
            assert sorted(frame["id"]) == ids, (moment, delta)
    assert delta_sharing.get_table_version(url, starting_timestamp="2024-03-01T12:00:00Z") == 1
    for moment in ("2024-03-01T05:59:59Z", "2024-03-03T06:00:01Z"):
        with pytest.raises(Exception, match="400"):
            delta_sharing.load_as_pandas(url, timestamp=moment)


def test_types_equal_the_source(where: Path, shared: Callable[[Path], str]) -> None:
    """A column of each type: the frame that is read has the types of the one that Parquet itself gives."""
    utc = datetime.timezone.utc
    table = pyarrow.table(
        {
            "long": pyarrow.array([1, 2**62], pyarrow.int64()),
            "integer": pyarrow.array([-1, 2**31 - 1], pyarrow.int32()),
            "short": pyarrow.array([-1, 2**15 - 1], pyarrow.int16()),
            "byte": pyarrow.array([-1, 127], pyarrow.int8()),
            "float": pyarrow.array([0.1, -2.5], pyarrow.float32()),
            "double": pyarrow.array([0.1, 1e300], pyarrow.float64()),
            "boolean": pyarrow.array([True, False]),
            "text": pyarrow.array(["", "ä"]),
            "bytes": pyarrow.array([b"", b"\x00\xff"]),
            "day": pyarrow.array([datetime.date(1582, 10, 15), datetime.date(2024, 2, 29)]),
            "moment": pyarrow.array(
                [datetime.datetime(2024, 1, 1, 12, 0, 0, 1, utc)] * 2, pyarrow.timestamp("us", "UTC")
            ),
            "price": pyarrow.array([decimal.Decimal("1.10"), decimal.Decimal("-99999999.99")], pyarrow.decimal128(10, 2)),
        }
    )
    write_deltalake(where, table)
    url = shared(where)
    for delta in (False, True):
        frame = delta_sharing.load_as_pandas(url, use_delta_format=delta)
        read = pyarrow.Table.from_pandas(frame, preserve_index=False)
        types = {field.name: field.type for field in table.schema}
        # pandas has no days, decimals nor bytes of its own: it keeps Python's objects, which Arrow knows again
        types["moment"] = read.schema.field("moment").type
        assert pyarrow.types.is_timestamp(types["moment"]) and types["moment"].tz == "UTC"
        assert {f.name: f.type for f in read.schema} == types, f"delta={delta}"
        assert rows.of_pandas(frame) == rows.of_arrow(table, loose=True), f"delta={delta}"


def test_an_alias_and_a_table_without_history(
    admin: Api,
    where: Path,
    schema: tuple[str, str],
    unique: Callable[[str], str],
    profile_file: Callable[[dict[str, Any]], str],
) -> None:
    share = unique("share")
    write_deltalake(where, pandas.DataFrame({"id": [1, 2]}))
    write_deltalake(where, pandas.DataFrame({"id": [3]}), mode="append")
    admin.register(*schema, where.name, where)
    admin.share(
        share,
        {
            "name": f"{schema[0]}.{schema[1]}.{where.name}",
            "shared_as": "outside.readings",
            "history_data_sharing_status": "DISABLED",
        },
    )
    file = profile_file(admin.recipient(unique("reader"), share))
    tables = delta_sharing.SharingClient(file).list_all_tables()
    assert [(t.share, t.schema, t.name) for t in tables] == [(share, "outside", "readings")]
    url = f"{file}#{share}.outside.readings"
    assert sorted(delta_sharing.load_as_pandas(url)["id"]) == [1, 2, 3]
    with pytest.raises(Exception) as failure:
        delta_sharing.load_as_pandas(url, version=0)
    assert any(code in str(failure.value) for code in ("400", "403", "404")), str(failure.value)


def test_values_at_the_edges(where: Path, shared: Callable[[Path], str]) -> None:
    """Nulls, NaN, empty text, U+2028, partition values with every awkward character."""
    awkward = ["a b", "a/b", "ä€\u2028", "100%", "q?x=1&y#z", "=:\\'\"", "+", "."]
    frame = pandas.DataFrame(
        {
            "part": awkward,
            "text": ["", None, "\u2028", "line\nbreak", '"', "\\", "\t", "😀"],
            "number": [0.0, -1.5, math.inf, None, 1e300, -0.0, 5e-324, 3.0],
        }
    )
    write_deltalake(where, frame, partition_by=["part"])
    url = shared(where)
    for delta in (False, True):
        read = delta_sharing.load_as_pandas(url, use_delta_format=delta)
        assert rows.of_pandas(read[list(frame.columns)]) == rows.of_pandas(frame), f"delta={delta}"
