"""`./tidegate` as a program: what it refuses, what it finds, how it starts, stops and recovers. Real processes, no fakes
but a Maven that only notes how it was called."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import delta_sharing
import pyarrow
import pytest
from deltalake import write_deltalake

import sample
import server as tidegate
from pasting import command_for, pasted
from server import PROJECT, UNITY, Server, free_port, wait_until

LAUNCHER = PROJECT / "tidegate"


def processes() -> dict[int, str]:
    """The command line of every process that can be seen."""
    if Path("/proc/self/cmdline").exists():
        found = {}
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found[int(entry.parent.name)] = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # It ended meanwhile.
        return found
    listed = subprocess.run(["ps", "-axwwo", "pid=,command="], text=True, capture_output=True, check=True).stdout
    return {int(pid): command for pid, command in (line.split(None, 1) for line in listed.splitlines())}


def of_folder(folder: Path) -> dict[int, str]:
    """The processes that work on a data folder: the server, and its PostgreSQL."""
    return {pid: command for pid, command in processes().items() if str(folder) in command and pid != os.getpid()}


def postgres_of(folder: Path) -> dict[int, str]:
    return {pid: command for pid, command in of_folder(folder).items() if "postgres" in command.split("-D")[0]}


def launched(
    *arguments: str, launcher: Path = LAUNCHER, cwd: Path | None = None, output: Path | None = None,
    environment: dict[str, str | None] | None = None,
) -> subprocess.Popen[Any]:
    """Starts the launcher; a variable that is None in `environment` is not set."""
    variables = {**os.environ, **(environment or {})}
    with (output or Path(os.devnull)).open("ab") as log:
        return subprocess.Popen(
            [str(launcher), *arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            env={name: value for name, value in variables.items() if value is not None}, start_new_session=True,
            # Whoever runs the suite in the background has Ctrl-C ignored, which would be inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


def ended(process: subprocess.Popen[Any], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError(f"`{process.args}` still runs after {seconds} s") from None


def refused(*arguments: str, seconds: float = 60, **options: Any) -> tuple[int, str]:
    """The status and the one line of a launcher that says no."""
    output = options["cwd"] / "refused.log"
    status = ended(launched(*arguments, output=output, **options), seconds)
    told = output.read_text()
    output.unlink()
    assert re.fullmatch(r"tidegate: [^\n]+\n", told), f"not one line: {told!r}"
    return status, told


def up(data: Path, *arguments: str, output: Path, port: int | None = None, url: str | None = None, **options: Any) -> Server:
    port = port or free_port()
    process = launched("up", "--port", str(port), *arguments, output=output, **options)
    return Server(
        url=url or f"http://127.0.0.1:{port}", admin_token="", sample_profile=data / "sample.share", tables=data,
        form="standalone", data=data, process=process, output=output, command=list(map(str, process.args)),
    )


def stopped(server: Server, with_signal: int) -> None:
    """Ends the server as Ctrl-C or TERM does: in time, with all that it started."""
    assert server.process is not None and server.data is not None
    assert postgres_of(server.data), "there is nothing to see end"
    began = time.monotonic()
    server.process.send_signal(with_signal)
    ended(server.process, tidegate.STOP_SECONDS)
    assert time.monotonic() - began <= tidegate.STOP_SECONDS
    assert of_folder(server.data) == {}
    assert "tidegate:" not in server.printed(), "it stops without a complaint"


# ---- before anything is built ------------------------------------------------------------------


@pytest.fixture
def unbuilt(tmp_path: Path) -> Path:
    """A launcher with nothing built beside it, where a build would be noticed."""
    project = tmp_path / "unbuilt"
    project.mkdir()
    shutil.copy(LAUNCHER, project)
    return project / "tidegate"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["start"], "'start'"),
        (["up", "--prot", "80"], "'--prot'"),
        (["up", "here"], "'here'"),
        (["up", "--port"], "--port"),
        (["up", "--data", "--no-sample"], "--data"),
        (["up", "--data="], "--data"),
        (["up", "--port", "eighty"], "eighty"),
        (["up", "--port", "-1"], "-1"),
        (["up", "--port=65536"], "65536"),
        (["up", "--bind", "http://localhost"], "http://localhost"),
        (["up", "--data", "a file"], "a file"),
        (["up", "--local-root", "missing"], "missing"),
        (["up", "--local-root", "a file"], "a file"),
        (["admin-token", "--fast"], "--fast"),
        (["admin-token", "--data", "missing"], "missing"),
        (["build", "--fast"], "--fast"),
        (["test", "one"], "one"),
    ],
)
def test_a_slip_is_refused_before_a_build(arguments: list[str], named: str, unbuilt: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    status, told = refused(
        *arguments, launcher=unbuilt, cwd=tmp_path, environment={"TIDEGATE_BUILD": None}, seconds=20
    )
    assert status == 2 and named in told
    assert [entry.name for entry in unbuilt.parent.iterdir()] == ["tidegate"], "nothing was begun"


def test_a_data_folder_that_cannot_be_made(unbuilt: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, told = refused(
        "up", "--data", "file/below", launcher=unbuilt, cwd=tmp_path, environment={"TIDEGATE_BUILD": None}, seconds=20
    )
    assert status == 1 and f"{tmp_path}/file/below" in told


def test_help_in_the_middle_starts_nothing(tmp_path: Path) -> None:
    told = subprocess.run(
        [str(LAUNCHER), "up", "--no-sample", "--help"], cwd=tmp_path, text=True, capture_output=True, timeout=20
    )
    assert told.returncode == 0 and "--local-root DIR" in told.stdout and not told.stderr


# ---- tools -------------------------------------------------------------------------------------


def maven(folder: Path, version: str, does: str) -> Path:
    """A Maven that says which version it is, and does something else than to build."""
    program = folder / "bin" / "mvn"
    program.parent.mkdir(parents=True)
    program.write_text(f"""#!/bin/sh
if [ "$1" = -version ]; then echo "Apache Maven {version} (fake)"; exit 0; fi
{does}
""")
    program.chmod(0o755)
    return folder


NOTES = 'echo "$JAVA_HOME" >"$NOTES"; echo "[ERROR] not today"; exit 1'


def test_tools_that_do_not_fit_are_passed_over(unbuilt: Path, tmp_path: Path) -> None:
    """A JAVA_HOME and a Maven that are too old are no reason to fail where others are; 3.10 is newer than 3.8."""
    old_java = tmp_path / "java" / "bin"
    old_java.mkdir(parents=True)
    for program in ("java", "javac"):
        (old_java / program).write_text("#!/bin/sh\necho javac 17.0.1\n")
        (old_java / program).chmod(0o755)
    (old_java.parent / "release").write_text('JAVA_VERSION="17.0.1"\n')
    old = maven(tmp_path / "old", "3.6.3", "touch \"$NOTES.old\"; exit 1")
    new = maven(tmp_path / "new", "3.10.1", NOTES)
    output = tmp_path / "build.log"
    process = launched(
        "build", launcher=unbuilt, cwd=tmp_path, output=output,
        environment={
            "JAVA_HOME": str(old_java.parent), "MAVEN_HOME": str(old), "NOTES": str(tmp_path / "notes"),
            "PATH": f"{new}/bin{os.pathsep}{os.environ['PATH']}", "TIDEGATE_BUILD": None,
        },
    )
    assert ended(process, 30) == 1
    told = output.read_text()
    assert "[ERROR] not today" in told and "the build failed" in told, told
    chosen = Path((tmp_path / "notes").read_text().strip())
    release = (chosen / "release").read_text()
    assert int(re.search(r'JAVA_VERSION="(\d+)', release)[1]) >= 25
    assert not (tmp_path / "notes.old").exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_build_with_all_its_processes(sent: signal.Signals, unbuilt: Path, tmp_path: Path) -> None:
    slow = maven(tmp_path / "slow", "3.9.9", 'sleep 600 & echo "$! $$" >"$NOTES.new"; mv "$NOTES.new" "$NOTES"; wait')
    notes = tmp_path / "notes"
    process = launched(
        "build", launcher=unbuilt, cwd=tmp_path, output=tmp_path / "build.log",
        environment={
            "MAVEN_HOME": str(slow), "NOTES": str(notes), "TIDEGATE_BUILD": None,
        },
    )
    wait_until("the build to begin", notes.exists, 30)
    pids = {int(pid) for pid in notes.read_text().split()}
    assert pids <= processes().keys()
    # To the launcher alone, as from a terminal: the build is no longer in its process group.
    process.send_signal(sent)
    assert ended(process, tidegate.STOP_SECONDS) == 128 + sent
    wait_until("the build's processes to be gone", lambda: not pids & processes().keys(), 5)
    assert not (unbuilt.parent / "target" / "tidegate-build.lock").exists()


# ---- a life ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Of one test; what a failure leaves running is ended."""
    yield tmp_path
    for pid in of_folder(tmp_path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def refused_beside(server: Server, folder: Path, port: int) -> None:
    """While it runs: neither its port nor its folder can be had, and trying harms nothing."""
    assert server.data is not None
    status, told = refused("up", "--data", "other", "--port", str(port), cwd=folder)
    assert status == 1 and str(port) in told and "--port" in told
    assert postgres_of(folder / "other") == {}
    status, told = refused("up", "--data", str(server.data), "--port", "0", cwd=folder)
    assert status == 1 and str(server.data) in told and "in use" in told
    assert len(server.admin().get(UNITY + "/catalogs")["catalogs"]) > 0


def token_made_anew(server: Server, folder: Path) -> str:
    """The way back in for whoever owns the folder, while the server runs; what works stays, and nothing is shown."""
    assert server.data is not None
    file = server.data / "admin.token"
    output = folder / "token.log"
    file.unlink()
    for _ in range(2):
        assert ended(launched("admin-token", "--data", str(server.data), cwd=folder, output=output), 60) == 0
    token = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = output.read_text().splitlines()
    assert len(told) == 2 and told[0].startswith("A new") and told[1].endswith(f"works: {file}"), told
    assert token not in output.read_text() and token not in (server.data / "logs" / "tidegate.log").read_text()
    assert tidegate.Api(server.url, token).get("/api/1.0/me")["admin"]
    return token


@pytest.mark.timeout(400)
def test_a_life_with_a_kill_in_it(folder: Path, profile_file: Callable[[dict[str, Any]], str]) -> None:
    """A data folder with a quote and a space in its name, given by a path relative to where the launcher was called, by
    a link to it; where Java would take file names for ASCII; killed hard; started again elsewhere: everything is kept."""
    data = folder / "it's mine"
    link = folder / "link"
    link.symlink_to(os.path.relpath(LAUNCHER, folder))
    words = folder / "lake" / "Wörter-日本"
    rows = pyarrow.table({"word": ["Straße", "橋"], "count": [1, 2]})
    write_deltalake(words, rows)
    port = free_port()
    first = up(
        data, "--data", data.name, f"--local-root={folder / 'lake'}", launcher=link, cwd=folder, port=port,
        output=folder / "first.log", environment={"LC_ALL": "C", "LANG": None, "LC_CTYPE": None},
    )
    tidegate.await_ready(first)
    for secret in ("admin.token", "sample.share"):
        assert stat.S_IMODE((data / secret).stat().st_mode) == 0o600
    assert first.admin_token not in first.printed()
    assert '"sample"' in pasted(command_for(first.printed(), "curl"), folder)
    assert "temp_max" in pasted(command_for(first.printed(), "Python"), folder)
    spark = pasted(command_for(first.printed(), "Spark"), folder, timeout=180)
    assert "|temp_max|" in spark and "only showing top 20 rows" in spark, spark
    refused_beside(first, folder, port)

    admin = first.admin()
    admin.create_catalog("kept")
    admin.create_schema("kept", "raw")
    admin.register("kept", "raw", "words", words)
    admin.share("kept", "kept.raw.words")
    profile = admin.recipient("reader", "kept")

    def shared_words(server: Server) -> dict[str, int]:
        moved = profile_file({**profile, "endpoint": server.url + "/delta-sharing"})
        frame = delta_sharing.load_as_pandas(f"{moved}#kept.raw.words")
        return dict(zip(frame["word"], frame["count"]))

    assert shared_words(first) == {"Straße": 1, "橋": 2}

    assert first.process is not None
    first.process.kill()
    first.process.wait()
    orphans = postgres_of(data)
    assert orphans, "PostgreSQL outlives a kill of the server: that is what has to be recovered from"

    # Only Linux has the whole of 127.0.0.0/8.
    address = "127.0.0.2" if sys.platform == "linux" else "localhost"
    port = free_port()
    second = up(
        data, "--data", str(data), "--local-root", str(folder / "lake"), "--bind", address, port=port,
        url=f"http://{address}:{port}", cwd=folder, output=folder / "second.log",
    )
    tidegate.await_ready(second)
    assert not orphans.keys() & processes().keys()
    if sys.platform == "linux":
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            pass
    assert second.admin_token == first.admin_token
    second.admin_token = token_made_anew(second, folder)
    assert {"kept", "sample"} <= {c["name"] for c in second.admin().get(UNITY + "/catalogs")["catalogs"]}
    assert shared_words(second) == {"Straße": 1, "橋": 2}
    # The rows of the sample's commits; its profile has followed the server to its new address.
    assert len(delta_sharing.load_as_pandas(f"{second.sample_profile}#sample.weather.daily")) == len(sample.source())
    stopped(second, signal.SIGTERM)


@pytest.mark.timeout(200)
def test_without_the_sample_and_ended_by_ctrl_c(folder: Path) -> None:
    server = up(folder / "data", "--data", "data", "--no-sample", cwd=folder, output=folder / "up.log")
    tidegate.await_ready(server, sample=False)
    assert not server.sample_profile.exists()
    assert server.admin().get(UNITY + "/catalogs")["catalogs"] == []
    assert "sample profile" not in server.printed() and "Python" not in server.printed()
    stopped(server, signal.SIGINT)
    # Without the file it says so, and what to do; a token is made while nothing runs, and it works afterwards.
    assert server.data is not None
    (server.data / "admin.token").unlink()
    server = up(server.data, "--data", "data", cwd=folder, output=folder / "second.log")
    wait_until("the greeting", lambda: "ready after" in server.printed(), tidegate.START_SECONDS)
    assert "./tidegate admin-token --data" in server.printed() and "curl" not in server.printed()
    stopped(server, signal.SIGTERM)
    assert ended(launched("admin-token", "--data", "data", cwd=folder), 60) == 0
    assert of_folder(server.data) == {}
    server = up(server.data, "--data", "data", "--no-sample", cwd=folder, output=folder / "third.log")
    tidegate.await_ready(server, sample=False)
    assert "curl" in server.printed()
    stopped(server, signal.SIGTERM)


@pytest.mark.timeout(200)
def test_stopped_while_it_starts(folder: Path) -> None:
    """PostgreSQL, which is a process of its own, does not outlive a start that is broken off."""
    server = up(folder / "data", "--data", "data", "--no-sample", cwd=folder, output=folder / "up.log")
    wait_until("PostgreSQL to start", lambda: postgres_of(folder / "data"), 60, pause=0.01)
    stopped(server, signal.SIGTERM)
    assert "ready" not in server.printed()
