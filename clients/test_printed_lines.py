"""What `./tidegate up` prints when it is ready works when it is pasted."""

from __future__ import annotations

import re
import shlex
import stat
from pathlib import Path

from pasting import command_for, pasted
from server import Server


def test_how_long_it_took_and_where_things_are(own_server: Server) -> None:
    printed = own_server.printed()
    assert re.search(r"ready after \d+\.\d s", printed)
    assert own_server.url in printed
    assert own_server.data is not None
    token = own_server.data / "admin.token"
    assert str(token) in printed and str(own_server.sample_profile) in printed
    for secret in (token, own_server.sample_profile):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert own_server.admin_token not in printed, "the token itself is not printed"


def test_the_curl_line(own_server: Server, tmp_path: Path) -> None:
    answer = pasted(command_for(own_server.printed(), "curl"), tmp_path)
    assert '"catalogs"' in answer and '"sample"' in answer


def test_the_python_line(own_server: Server, tmp_path: Path) -> None:
    rows = pasted(command_for(own_server.printed(), "Python"), tmp_path)
    assert "temp_max" in rows and "1461 rows" in rows


def test_the_spark_line_opens_what_the_python_line_opens(own_server: Server) -> None:
    """It is pasted in test_launcher.py: once is enough, for it takes its time."""
    table = shlex.split(command_for(own_server.printed(), "Spark"))[-1]
    assert table == shlex.split(command_for(own_server.printed(), "Python"))[-1]
    assert table == f"{own_server.sample_profile}#sample.weather.daily"
