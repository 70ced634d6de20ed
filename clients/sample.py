"""The source of the sample table, read independently of the service that loaded it."""

from __future__ import annotations

import functools

import pandas

from server import PROJECT

SOURCE = PROJECT / "standalone" / "src" / "main" / "resources" / "sample" / "seattle-weather.csv"


@functools.cache
def _read() -> pandas.DataFrame:
    frame = pandas.read_csv(SOURCE)
    frame["date"] = pandas.to_datetime(frame["date"], format="%Y/%m/%d").dt.date
    return frame


def source() -> pandas.DataFrame:
    """The rows as the table must show them: a date, four numbers, a word."""
    return _read().copy()
