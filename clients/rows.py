"""Rows in one form, so that what different clients read of one table can be compared."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Iterable

import numpy
import pandas
import pyarrow
import pyarrow.parquet

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def canonical(value: Any, *, loose: bool = False) -> Any:
    """
    A value as something hashable. Loose is for pandas, which has one NaN for "null" and "not a number"
    and turns integers with nulls into floats; the exact comparison is made on Arrow.
    """
    if value is None or value is pandas.NaT:
        return None
    if isinstance(value, (numpy.ndarray, list, tuple)):
        items = [canonical(v, loose=loose) for v in value]
        if items and all(isinstance(v, tuple) and len(v) == 2 for v in value):
            return ("map", tuple(sorted(items, key=repr)))
        return ("list", tuple(items))
    if isinstance(value, dict):
        return ("struct", tuple((k, canonical(v, loose=loose)) for k, v in sorted(value.items())))
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, numpy.generic):
        value = value.item()
    if isinstance(value, float):
        if math.isnan(value):
            return None if loose else "nan"
        return int(value) if loose and value.is_integer() else repr(value)
    if isinstance(value, pandas.Timestamp):
        value = value.to_pydatetime(warn=False)
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        since = moment - EPOCH
        return ("moment", (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
    if isinstance(value, date):
        return ("date", value.isoformat())
    if isinstance(value, Decimal):
        return ("decimal", str(value.normalize()) if value else "0")
    if isinstance(value, (bytes, bytearray)):
        return ("bytes", bytes(value).hex())
    return value


def of_dicts(rows: Iterable[dict[str, Any]], *, loose: bool = False) -> Counter[Any]:
    return Counter(
        tuple((name, canonical(row[name], loose=loose)) for name in sorted(row)) for row in rows
    )


def of_arrow(table: pyarrow.Table, *, loose: bool = False) -> Counter[Any]:
    return of_dicts(table.to_pylist(), loose=loose)


def of_pandas(frame: pandas.DataFrame) -> Counter[Any]:
    columns = [frame[name].tolist() for name in frame.columns]
    return of_dicts((dict(zip(frame.columns, row)) for row in zip(*columns)), loose=True)


def of_expected(folder: Path, *, loose: bool = False) -> Counter[Any]:
    """The rows of a golden table's `expected` folder."""
    rows: Counter[Any] = Counter()
    for file in sorted(folder.glob("*.parquet")):
        table = pyarrow.parquet.ParquetFile(file, coerce_int96_timestamp_unit="us").read()
        rows += of_arrow(table, loose=loose)
    return rows
