"""What `./tidegate up` prints when it is ready works when it is pasted."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

from server import Server


def pasted(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line in a shell, somewhere else than where the server was started; the clients are on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, text=True, capture_output=True, timeout=60,
        env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
    )


def line_of(server: Server, label: str) -> str:
    found = re.findall(rf"^\s*{label}:?\s+(\S.*)$", server.printed(), re.MULTILINE | re.IGNORECASE)
    assert found, f"no line for {label} in:\n{server.printed()}"
    return found[-1]


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
    done = pasted(line_of(own_server, "curl"), tmp_path)
    assert done.returncode == 0 and '"catalogs"' in done.stdout and '"sample"' in done.stdout, done


def test_the_python_line(own_server: Server, tmp_path: Path) -> None:
    done = pasted(line_of(own_server, "Python"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "temp_max" in done.stdout or "1461 rows" in done.stdout, done.stdout


def test_the_spark_line_names_a_profile_that_exists(own_server: Server) -> None:
    """Spark itself is not run here; what its line opens is what Python's line opened."""
    line = line_of(own_server, "Spark")
    profile, table = re.search(r'load\("([^"#]+)#([\w.]+)"\)', line).groups()
    assert Path(profile) == own_server.sample_profile and table == "sample.weather.daily"
