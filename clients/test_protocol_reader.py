"""The tests' own reader, checked without a server: what it reads of the golden tables' files is what they say."""

import json
from pathlib import Path

import protocol
import rows


def test_z85_of_the_protocols_own_example() -> None:
    # "Hello World" of ZeroMQ's RFC 32
    assert protocol.z85_decode("HelloWorld") == bytes.fromhex("864FD26FB559F75B")


def test_deletion_vectors_of_a_golden_table(golden: Path, monkeypatch) -> None:
    table = golden / "dv-with-columnmapping" / "delta"
    vectors = [
        add["deletionVector"]
        for commit in sorted((table / "_delta_log").glob("*.json"))
        for action in map(json.loads, commit.read_text().splitlines())
        if (add := action.get("add")) and add.get("deletionVector")
    ]
    assert vectors
    for vector in vectors:
        assert vector["storageType"] == "u"
        encoded = vector["pathOrInlineDv"]
        unique = protocol.z85_decode(encoded[-20:]).hex()
        name = "-".join(
            (unique[:8], unique[8:12], unique[12:16], unique[16:20], unique[20:])
        )
        file = table / encoded[:-20] / f"deletion_vector_{name}.bin"
        monkeypatch.setattr(protocol, "fetch", lambda url, file=file: file.read_bytes())
        # cardinality and checksum are compared inside
        assert protocol.deleted_rows({**vector, "storageType": "p"})


def test_the_comparison_tells_rows_apart(golden: Path) -> None:
    decimals = rows.of_expected(golden / "decimal-various-scale-precision" / "expected")
    numbers = rows.of_expected(golden / "snapshot-data3" / "expected")
    assert decimals and numbers and decimals != numbers
    assert rows.canonical(1) != rows.canonical("1")
    assert rows.canonical(float("nan")) != rows.canonical(None)
    assert rows.canonical([1, None]) != rows.canonical([1])
