"""The commands that `./tidegate up` prints, run as a reader would: pasted into a shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def command_for(printed: str, tool: str) -> str:
    """The line below the comment that names the tool."""
    found = re.findall(rf"^# {tool}\b.*\n(\S.*)$", printed, re.MULTILINE)
    assert found, f"no command for {tool} in:\n{printed}"
    return found[-1]


def pasted(command: str, folder: Path, timeout: int = 60) -> str:
    """What it prints, somewhere else than where the server was started; the clients are on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, text=True, capture_output=True, timeout=timeout,
        env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done
    return done.stdout
