"""
A Delta Sharing client of the tests' own, for what stock Python clients do not show or do not do: it asks for the
delta response format, fetches every file by its URL, and applies deletion vectors and column mapping itself.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Iterator

import pyarrow
import pyarrow.parquet
import requests

from server import SHARING, Api

READER_FEATURES = (
    "deletionvectors,columnmapping,timestampntz,v2checkpoint,vacuumprotocolcheck,catalogmanaged,typewidening"
)


def capabilities(response_format: str) -> dict[str, str]:
    return {
        "delta-sharing-capabilities": f"responseformat={response_format};readerfeatures={READER_FEATURES}"
    }


def table_path(share: str, schema: str, table: str) -> str:
    return f"{SHARING}/shares/{share}/schemas/{schema}/tables/{table}"


def query(
    recipient: Api, path: str, response_format: str = "delta", **body: Any
) -> tuple[list[dict[str, Any]], requests.structures.CaseInsensitiveDict[str]]:
    """The lines of a query's answer, and its headers."""
    answer = recipient.call("POST", path + "/query", body, headers=capabilities(response_format))
    return [json.loads(line) for line in answer.text.split("\n") if line], answer.headers


def fetch(url: str) -> bytes:
    """A shared file, by nothing but its URL: no token is sent."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, timeout=30)
    answer.raise_for_status()
    return answer.content


def read_table(recipient: Api, path: str, **body: Any) -> list[dict[str, Any]]:
    """All rows of a shared table, read in delta format."""
    lines, headers = query(recipient, path, "delta", **body)
    assert "responseformat=delta" in headers["delta-sharing-capabilities"].lower()
    assert int(headers["Delta-Table-Version"]) >= 0
    metadata = lines[1]["metaData"]["deltaMetadata"]
    assert "deltaProtocol" in lines[0]["protocol"]
    schema = json.loads(metadata["schemaString"])
    mode = metadata.get("configuration", {}).get("delta.columnMapping.mode", "none")
    return [
        row
        for line in lines[2:]
        for row in read_file(line["file"]["deltaSingleAction"]["add"], schema, mode)
    ]


def read_file(add: dict[str, Any], schema: dict[str, Any], mode: str) -> Iterator[dict[str, Any]]:
    content = fetch(add["path"])
    assert len(content) == add["size"], "the size of a file is what its line says"
    file = pyarrow.parquet.ParquetFile(io.BytesIO(content), coerce_int96_timestamp_unit="us")
    rows = file.read().to_pylist()
    deleted = deleted_rows(add["deletionVector"]) if add.get("deletionVector") else frozenset()
    names_of_ids = {}
    if mode == "id":
        for column in file.schema_arrow:
            field_id = (column.metadata or {}).get(b"PARQUET:field_id")
            names_of_ids[int(field_id) if field_id else None] = column.name
    partition_values = add["partitionValues"]
    for number, row in enumerate(rows):
        if number in deleted:
            continue
        logical = {}
        for field in schema["fields"]:
            physical = physical_name(field)
            if physical in partition_values:
                logical[field["name"]] = partition_value(partition_values[physical], field["type"])
                continue
            if mode == "id":
                physical = names_of_ids.get(field["metadata"]["delta.columnMapping.id"], physical)
            value = row.get(physical)
            logical[field["name"]] = with_logical_names(value, field["type"])
        yield logical


def physical_name(field: dict[str, Any]) -> str:
    return field.get("metadata", {}).get("delta.columnMapping.physicalName", field["name"])


def with_logical_names(value: Any, kind: Any) -> Any:
    """A value as the table's schema calls its parts, whatever the file calls them."""
    if value is None or isinstance(kind, str):
        return value
    if kind["type"] == "struct":
        return {
            field["name"]: with_logical_names(value.get(physical_name(field)), field["type"])
            for field in kind["fields"]
        }
    if kind["type"] == "array":
        return [with_logical_names(item, kind["elementType"]) for item in value]
    assert kind["type"] == "map", kind
    return [
        (with_logical_names(k, kind["keyType"]), with_logical_names(v, kind["valueType"]))
        for k, v in value
    ]


def partition_value(text: str | None, kind: str) -> Any:
    """A partition value from its text in the log (Delta protocol, "Partition Value Serialization")."""
    if text is None or text == "":
        return None
    if kind in ("byte", "short", "integer", "long"):
        return int(text)
    if kind in ("float", "double"):
        return float(text)
    if kind == "boolean":
        return text == "true"
    if kind == "date":
        return date.fromisoformat(text)
    if kind.startswith("timestamp"):
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    if kind.startswith("decimal"):
        return Decimal(text)
    if kind == "binary":
        return text.encode("utf-8")
    return text


def deleted_rows(vector: dict[str, Any]) -> frozenset[int]:
    """The positions that a deletion vector marks (Delta protocol, "Deletion Vector Format")."""
    if vector["storageType"] == "i":
        data = z85_decode(vector["pathOrInlineDv"])
    else:
        assert vector["storageType"] == "p", "a shared deletion vector is inline or at a URL"
        content = fetch(vector["pathOrInlineDv"])
        offset = vector.get("offset", 0)
        (size,) = struct.unpack_from(">i", content, offset)
        assert size == vector["sizeInBytes"]
        data = content[offset + 4 : offset + 4 + size]
        (checksum,) = struct.unpack_from(">I", content, offset + 4 + size)
        assert checksum == zlib.crc32(data), "the deletion vector came through unharmed"
    positions = frozenset(bitmap_array(data))
    assert len(positions) == vector["cardinality"]
    return positions


def z85_decode(text: str) -> bytes:
    return base64.b85decode(text.translate(_Z85_TO_B85))


_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85_TO_B85 = str.maketrans(_Z85, _B85)


def bitmap_array(data: bytes) -> Iterator[int]:
    """A roaring bitmap of 64 bit numbers, portable layout."""
    magic, count = struct.unpack_from("<iq", data, 0)
    assert magic == 1681511377, f"unknown layout {magic}"
    at = 12
    for _ in range(count):
        (high,) = struct.unpack_from("<I", data, at)
        at += 4
        low, at = bitmap(data, at)
        for number in low:
            yield high << 32 | number


def bitmap(data: bytes, at: int) -> tuple[list[int], int]:
    """One 32 bit roaring bitmap (RoaringFormatSpec), and where it ends."""
    start = at
    (cookie,) = struct.unpack_from("<I", data, at)
    at += 4
    runs = b""
    if cookie & 0xFFFF == 12347:
        count = (cookie >> 16) + 1
        runs = data[at : at + (count + 7) // 8]
        at += len(runs)
    else:
        assert cookie == 12346, f"unknown cookie {cookie}"
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    keys = []
    for _ in range(count):
        keys.append(struct.unpack_from("<HH", data, at))
        at += 4
    if not runs or count >= 4:
        at += 4 * count
    numbers = []
    for i, (key, cardinality) in enumerate(keys):
        if runs and runs[i // 8] >> (i % 8) & 1:
            (n,) = struct.unpack_from("<H", data, at)
            at += 2
            for _ in range(n):
                first, length = struct.unpack_from("<HH", data, at)
                at += 4
                numbers += [key << 16 | v for v in range(first, first + length + 1)]
        elif cardinality + 1 <= 4096:
            values = struct.unpack_from(f"<{cardinality + 1}H", data, at)
            at += 2 * (cardinality + 1)
            numbers += [key << 16 | v for v in values]
        else:
            words = data[at : at + 8192]
            at += 8192
            numbers += [key << 16 | v for v in range(65536) if words[v // 8] >> (v % 8) & 1]
    assert at > start
    return numbers, at
