"""
Tables of the forms that the golden ones have not: written here, by `deltalake` or by hand as the Delta protocol says,
then registered, shared and read back by URL.
"""

from __future__ import annotations

import base64
import json
import shutil
import struct
import uuid
import zlib
from pathlib import Path
from typing import Any, Callable

import pyarrow
import pyarrow.parquet
import pytest
from deltalake import DeltaTable, write_deltalake

import protocol
from server import Api, Server

Shared = Callable[[Path], Callable[[], list[int]]]


@pytest.fixture
def folder(server: Server, unique: Callable[[str], str]) -> Path:
    path = server.tables / unique("family")
    path.mkdir(parents=True)
    return path


@pytest.fixture
def shared(admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str]) -> Shared:
    """Registers and shares a table of one column x; what comes back reads its values, sorted."""

    def share(table: Path) -> Callable[[], list[int]]:
        name, share_name = unique("family"), unique("share")
        admin.register(*schema, name, table)
        admin.share(share_name, f"{schema[0]}.{schema[1]}.{name}")
        reader = Api(server.url, admin.recipient(f"{share_name}_reader", share_name)["bearerToken"])
        path = protocol.table_path(share_name, schema[1], name)
        return lambda: sorted(row["x"] for row in protocol.read_table(reader, path))

    return share


def values(*numbers: int) -> pyarrow.Table:
    return pyarrow.table({"x": pyarrow.array(numbers, pyarrow.int64())})


def head(*features: str) -> list[dict[str, Any]]:
    """Protocol and metadata of a table of one column x."""
    versions: dict[str, Any] = {"minReaderVersion": 1, "minWriterVersion": 2}
    if features:
        versions = {"minReaderVersion": 3, "minWriterVersion": 7}
        versions |= {"readerFeatures": list(features), "writerFeatures": list(features)}
    column = {"name": "x", "type": "long", "nullable": True, "metadata": {}}
    metadata = {
        "id": str(uuid.uuid4()), "format": {"provider": "parquet", "options": {}}, "partitionColumns": [],
        "schemaString": json.dumps({"type": "struct", "fields": [column]}), "configuration": {}, "createdTime": 1,
    }
    return [{"protocol": versions}, {"metaData": metadata}]


def add(table: Path, file: str, *numbers: int, path: str | None = None, **more: Any) -> dict[str, Any]:
    """Writes a data file, and says how its log names it."""
    pyarrow.parquet.write_table(values(*numbers), table / file)
    return {
        "add": {
            "path": path or file, "partitionValues": {}, "size": (table / file).stat().st_size, "modificationTime": 1,
            "dataChange": True, "stats": json.dumps({"numRecords": len(numbers)}), **more,
        }
    }


def log(table: Path, name: str, *actions: dict[str, Any]) -> None:
    (table / "_delta_log").mkdir(exist_ok=True)
    (table / "_delta_log" / name).write_text("".join(json.dumps(action) + "\n" for action in actions))


def commit(version: int) -> str:
    return f"{version:020}.json"


def test_a_checkpoint_in_parts_without_the_commits_before_it(folder: Path, shared: Shared) -> None:
    for number in range(6):
        write_deltalake(folder, values(number), mode="append")
    DeltaTable(folder).create_checkpoint()
    logs = folder / "_delta_log"
    whole = logs / f"{5:020}.checkpoint.parquet"
    rows = pyarrow.parquet.read_table(whole)
    size = rows.num_rows // 3 + 1
    for part in range(3):
        name = f"{5:020}.checkpoint.{part + 1:010}.{3:010}.parquet"
        pyarrow.parquet.write_table(rows.slice(part * size, size), logs / name)
    whole.unlink()
    (logs / "_last_checkpoint").write_text(json.dumps({"version": 5, "size": rows.num_rows, "parts": 3}))
    for version in range(6):
        (logs / commit(version)).unlink()
    assert shared(folder)() == [0, 1, 2, 3, 4, 5]


def test_a_checkpoint_with_sidecars_without_the_commits_before_it(folder: Path, shared: Shared) -> None:
    adds = [add(folder, f"{number}.parquet", number) for number in range(4)]
    sidecars = folder / "_delta_log" / "_sidecars"
    sidecars.mkdir(parents=True)
    sidecar = f"{uuid.uuid4()}.parquet"
    text = pyarrow.string()
    kind = pyarrow.struct(
        [
            ("path", text), ("partitionValues", pyarrow.map_(text, text)), ("size", pyarrow.int64()),
            ("modificationTime", pyarrow.int64()), ("dataChange", pyarrow.bool_()),
        ]
    )
    actions = [{**each["add"], "partitionValues": []} for each in adds]
    pyarrow.parquet.write_table(pyarrow.table({"add": pyarrow.array(actions, kind)}), sidecars / sidecar)
    log(
        folder,
        f"{1:020}.checkpoint.{uuid.uuid4()}.json",
        {"checkpointMetadata": {"version": 1}},
        *head("v2Checkpoint"),
        {"sidecar": {"path": sidecar, "sizeInBytes": (sidecars / sidecar).stat().st_size, "modificationTime": 1}},
    )
    log(folder, commit(2), {"remove": {"path": "0.parquet", "dataChange": True, "deletionTimestamp": 2}})
    assert shared(folder)() == [1, 2, 3]


def test_names_that_paths_must_escape_and_names_that_writers_did_not(folder: Path, shared: Shared) -> None:
    log(
        folder,
        commit(0),
        *head(),
        add(folder, "a b%.parquet", 1, path="a%20b%25.parquet"),
        add(folder, "d#q?.parquet", 2, path="d%23q%3F.parquet"),
        # One letter in two characters, and in one.
        add(folder, "e\u0301.parquet", 3),
        add(folder, "\u00e9.parquet", 4, path="%C3%A9.parquet"),
        add(folder, "sp ace#.parquet", 5),
        add(folder, "whole.parquet", 6, path=(folder / "whole.parquet").as_uri()),
    )
    read = shared(folder)
    assert read() == [1, 2, 3, 4, 5, 6]
    log(folder, commit(1), {"remove": {"path": "whole.parquet", "dataChange": True, "deletionTimestamp": 1}})
    assert read() == [1, 2, 3, 4, 5]


def bitmap(*rows: int) -> bytes:
    """A deletion vector of a few rows (Delta protocol, "Deletion Vector Format")."""
    low = struct.pack("<IIHHI", 12346, 1, 0, len(rows) - 1, 16) + b"".join(struct.pack("<H", row) for row in rows)
    data = struct.pack("<iqI", 1681511377, 1, 0) + low
    return data + b"\0" * (-len(data) % 4)


def z85(data: bytes) -> str:
    return base64.b85encode(data).decode().translate(str.maketrans(protocol._B85, protocol._Z85))


@pytest.mark.parametrize("kind", ["inline", "relative", "in a folder", "absolute"])
def test_deletion_vectors_of_every_kind(kind: str, folder: Path, shared: Shared) -> None:
    data = bitmap(0, 2)
    vector: dict[str, Any] = {"sizeInBytes": len(data), "cardinality": 2}
    if kind == "inline":
        vector |= {"storageType": "i", "pathOrInlineDv": z85(data)}
    else:
        prefix = "ab" if kind == "in a folder" else ""
        name = uuid.uuid4()
        file = folder / prefix / f"deletion_vector_{name}.bin"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"\1" + struct.pack(">i", len(data)) + data + struct.pack(">I", zlib.crc32(data)))
        place = ("p", file.as_uri()) if kind == "absolute" else ("u", prefix + z85(name.bytes))
        vector |= {"storageType": place[0], "pathOrInlineDv": place[1], "offset": 1}
    log(folder, commit(0), *head("deletionVectors"), add(folder, "x.parquet", 7, 8, 9, deletionVector=vector))
    assert shared(folder)() == [8]


def test_a_table_that_was_put_back_or_made_anew_at_its_place(folder: Path, shared: Shared) -> None:
    write_deltalake(folder, values(1))
    read = shared(folder)
    write_deltalake(folder, values(2), mode="append")
    assert read() == [1, 2]
    (folder / "_delta_log" / commit(1)).unlink()
    assert read() == [1]
    shutil.rmtree(folder)
    write_deltalake(folder, values(7))
    assert read() == [7]
