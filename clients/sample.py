"""The source of the sample table, read independently of the service that loaded it."""

from __future__ import annotations

import functools
from pathlib import Path

import pandas

from server import PROJECT
