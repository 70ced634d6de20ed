"""
Stock `deltalake` in a process of its own, for what it does by `uc://` names.

The client can lock itself up: while it opens the first `uc://` name of a process it registers the clouds' storage
schemes in a map of which it holds a part locked (delta-rs: `logstore_for` keeps the entry of `uc` while
`TemporaryTableCredentials::get_credentials` inserts those of AWS, Azure and Google). Whether they meet depends on the
hash keys of the process and on the number of cores: on two cores about two of three processes wait for ever, whatever
the server answers. A process that got through once is safe from then on. So several are started at once and the first
to get through is the client; nothing that it is asked then is ever asked again.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from typing import Any, Sequence

# That not one of all these gets through happens once in a thousand million runs on two cores, and never on many.
AT_ONCE, ROUNDS = 6, 8
OPENING_SECONDS = 20
ANSWER_SECONDS = 60

PROGRAM = """
import json, os, sys
import pyarrow
from deltalake import DeltaTable, write_deltalake

def told(**what):
    print(json.dumps(what), flush=True)

told(answer=DeltaTable(sys.argv[1]).version())
for line in sys.stdin:
    asked = json.loads(line)
    os.environ["DATABRICKS_TOKEN"] = asked["token"]
    variables = {}
    try:
        exec(asked["program"], globals(), variables)
        told(answer=variables.get("answer"))
    except Exception as e:
        told(error=f"{type(e).__name__}: {e}")
os._exit(0)
"""


class ClientError(Exception):
    """What the client raised."""


class UcClient:
    """A process with `deltalake` in it, which has opened the table `first` by its `uc://` name."""

    def __init__(self, url: str, token: str, first: str):
        self._token = token
        environment = {
            **os.environ, "DATABRICKS_HOST": url, "DATABRICKS_TOKEN": token, "UNITY_ALLOW_HTTP_URL": "true",
        }
        self._process = _first_to_open([sys.executable, "-c", PROGRAM, f"uc://{first}"], environment)

    def run(self, program: str, token: str | None = None) -> Any:
        """What the program calls `answer`. It knows DeltaTable, write_deltalake and pyarrow, and has `token`."""
        assert self._process.stdin is not None
        asked = {"program": program, "token": token or self._token}
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        told = _first_line([self._process], ANSWER_SECONDS)
        if told is None:
            self.close()
            raise AssertionError(f"deltalake has not answered in {ANSWER_SECONDS} s: {program}")
        answer = json.loads(told[1])
        if "error" in answer:
            raise ClientError(answer["error"])
        return answer["answer"]

    def close(self) -> None:
        _end([self._process])


def _first_to_open(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    for _ in range(ROUNDS):
        started = [
            subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in range(AT_ONCE)
        ]
        through = None
        try:
            told = _first_line(started, OPENING_SECONDS)
            through = told[0] if told else None
        finally:
            _end([p for p in started if p is not through])
        if through is not None:
            return through
    raise AssertionError(f"not one of {AT_ONCE * ROUNDS} processes opened a uc:// name")


def _first_line(
    processes: Sequence[subprocess.Popen[bytes]], seconds: float
) -> tuple[subprocess.Popen[bytes], bytes] | None:
    """The first line that one of them prints; None if there is none in time. An end without a line is a failure."""
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for process in processes:
            assert process.stdout is not None
            selector.register(process.stdout, selectors.EVENT_READ, process)
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                line = key.data.stdout.readline()
                if not line:
                    raise AssertionError(f"deltalake ended with {key.data.wait(10)}; its errors are above")
                return key.data, line
    return None


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
