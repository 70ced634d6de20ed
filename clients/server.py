"""A running Tidegate: started through the launcher as a user would, or one that is already there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator

import requests

PROJECT = Path(__file__).resolve().parent.parent
GOLDEN = PROJECT.parent / "shared" / "golden"
UNITY = "/api/2.1/unity-catalog"
DELTA = UNITY + "/delta/v1"
SHARING = "/delta-sharing"
# What a loaded machine of two cores may need; a laptop needs a fraction of it.
START_SECONDS = 90
STOP_SECONDS = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what: str, condition: Callable[[], Any], seconds: float, pause: float = 0.05) -> Any:
    """The first true answer of `condition`; fails by name when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)


class Api:
    """The REST APIs with one token: every call names the status that it expects."""

    def __init__(self, url: str, token: str | None):
        self.url = url
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: int | None = 200,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        sent = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        sent.update(headers or {})
        if body is not None:
            options["json"] = body
        answer = self._session.request(method, self.url + path, headers=sent, timeout=30, **options)
        if expect is not None and answer.status_code != expect:
            raise AssertionError(
                f"{method} {path} answered {answer.status_code}, not {expect}: {answer.text[:1000]}"
            )
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options).json()

    def post(self, path: str, body: Any, **options: Any) -> Any:
        answer = self.call("POST", path, body, **options)
        return answer.json() if answer.content else None

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        answer = self.call("PATCH", path, body, **options)
        return answer.json() if answer.content else None

    def create_catalog(self, name: str) -> None:
        self.call("POST", UNITY + "/catalogs", {"name": name})

    def create_schema(self, catalog: str, name: str) -> None:
        self.call("POST", UNITY + "/schemas", {"name": name, "catalog_name": catalog})

    def register(self, catalog: str, schema: str, name: str, location: Path | str, **options: Any) -> Any:
        """Registers the Delta table that is at `location`."""
        where = location.as_uri() if isinstance(location, Path) else location
        body = {
            "name": name,
            "catalog_name": catalog,
            "schema_name": schema,
            "table_type": "EXTERNAL",
            "data_source_format": "DELTA",
            "storage_location": where,
        }
        return self.call("POST", UNITY + "/tables", body, **options).json()

    def share(self, share: str, *tables: str | dict[str, Any]) -> None:
        """Creates a share of tables, each a full name or a whole data object."""
        self.call("POST", UNITY + "/shares", {"name": share})
        self.add_to_share(share, *tables)

    def add_to_share(self, share: str, *tables: str | dict[str, Any]) -> None:
        objects = [{"name": t} if isinstance(t, str) else t for t in tables]
        updates = [
            {
                "action": "ADD",
                "data_object": {
                    "data_object_type": "TABLE",
                    "history_data_sharing_status": "ENABLED",
                    **data_object,
                },
            }
            for data_object in objects
        ]
        self.call("PATCH", f"{UNITY}/shares/{share}", {"updates": updates})

    def recipient(self, name: str, *shares: str, **options: Any) -> dict[str, Any]:
        """Creates a recipient, grants it the shares, and answers its profile as its activation link gives it."""
        made = self.post(
            UNITY + "/recipients", {"name": name, "authentication_type": "TOKEN", **options}
        )
        for share in shares:
            self.grant_share(share, name)
        return self.activate(made)

    def activate(self, recipient: dict[str, Any]) -> dict[str, Any]:
        link = recipient["tokens"][-1]["activation_url"]
        token = link.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
        return Api(self.url, None).get(f"{UNITY}/public/data_sharing_activation/{token}")

    def grant_share(self, share: str, recipient: str, *, revoke: bool = False) -> None:
        change = {"principal": recipient, "remove" if revoke else "add": ["SELECT"]}
        self.call("PATCH", f"{UNITY}/shares/{share}/permissions", {"changes": [change]})


@dataclass
class Server:
    """Where a Tidegate answers. `process` and `data` are known only of one that this suite started."""

    url: str
    admin_token: str
    sample_profile: Path
    tables: Path
    form: str
    data: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    output: Path | None = None
    command: list[str] = field(default_factory=list)

    def admin(self) -> Api:
        return Api(self.url, self.admin_token)

    def printed(self) -> str:
        return "" if self.output is None else self.output.read_text(errors="replace")

    def pid_of(self, service: str) -> int:
        """The process of a service of the separate form; fails while there is none."""
        assert self.data is not None
        return int((self.data / "run" / f"{service}.pid").read_text())

    def postgres_pid(self) -> int:
        assert self.data is not None
        return int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> float:
        """TERM, as Ctrl-C does; answers how long it took. What does not stop in time is killed, and that is a failure."""
        assert self.process is not None
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS + 1)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(f"still running {STOP_SECONDS} s after TERM:\n{self.printed()[-4000:]}")
        return time.monotonic() - began


def start(
    form: str, folder: Path, *, arguments: list[str] | None = None, port: int | None = None, wait: bool = True
) -> Server:
    """Runs `./tidegate up` in `folder` (its data, tables and output go there) and waits until it serves."""
    data = folder / "data"
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    command = [
        str(PROJECT / "tidegate"), "up", "--data", str(data), "--port", str(port),
        "--local-root", str(tables),
    ]
    if GOLDEN.is_dir():
        command += ["--local-root", str(GOLDEN)]
    if form == "separate":
        command.append("--separate")
    command += arguments or []
    server = Server(
        url=f"http://127.0.0.1:{port}",
        admin_token="",
        sample_profile=data / "sample.share",
        tables=tables,
        form=form,
        data=data,
        output=folder / "up.log",
        command=command,
    )
    server.process = launch(server)
    if wait:
        await_ready(server, sample="--no-sample" not in command)
    return server


def launch(server: Server) -> subprocess.Popen[bytes]:
    assert server.output is not None
    with server.output.open("ab") as log:
        return subprocess.Popen(
            server.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=server.output.parent,
        )


def again(server: Server) -> None:
    """Starts a server that has ended once more, as it was started before, and waits until it serves."""
    server.process = launch(server)
    await_ready(server, sample="--no-sample" not in server.command)


def await_ready(server: Server, *, sample: bool = True) -> None:
    """Until it says that it is ready, all services answer an authorised request, and the sample (if any) is shared."""
    assert server.process is not None and server.data is not None
    token_file = server.data / "admin.token"

    def ready() -> bool:
        if server.process.poll() is not None:
            raise AssertionError(
                f"`{' '.join(server.command)}` ended with {server.process.returncode}:\n"
                + server.printed()[-6000:]
            )
        if "ready after" not in server.printed() or (sample and not server.sample_profile.exists()):
            return False
        server.admin_token = token_file.read_text().strip()
        return server.admin_token != "" and serves(server, sample=sample)

    try:
        wait_until("the server's readiness", ready, START_SECONDS, pause=0.2)
    except AssertionError as e:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
        raise AssertionError(f"{e}\n{server.printed()[-6000:]}") from None


def serves(server: Server, *, sample: bool = True) -> bool:
    admin = server.admin()
    try:
        for path in (f"{UNITY}/catalogs", f"{UNITY}/shares"):
            if admin.call("GET", path, expect=None).status_code != 200:
                return False
        config = f"{DELTA}/config?catalog={'sample' if sample else 'none'}&protocol-versions=1.0"
        if admin.call("GET", config, expect=None).status_code not in ((200,) if sample else (200, 404)):
            return False
        if sample:
            profile = json.loads(server.sample_profile.read_text())
            shares = Api(server.url, profile["bearerToken"]).call("GET", SHARING + "/shares", expect=None)
            return shares.status_code == 200
        return True
    except (requests.RequestException, ValueError):
        return False


def running(form: str) -> Iterator[Server]:
    """The server for a whole session: one that TIDEGATE_URL names, or one of our own, which is stopped afterwards."""
    given = os.environ.get("TIDEGATE_URL")
    if given:
        yield Server(
            url=given.rstrip("/"),
            admin_token=Path(os.environ["TIDEGATE_ADMIN_TOKEN_FILE"]).read_text().strip(),
            sample_profile=Path(os.environ["TIDEGATE_SAMPLE_PROFILE"]),
            tables=Path(os.environ["TIDEGATE_LOCAL_ROOT"]),
            form=form,
        )
        return
    folder = Path(tempfile.mkdtemp(prefix="tidegate-clients-"))
    server = None
    try:
        server = start(form, folder)
        yield server
    finally:
        if server is not None:
            server.stop()
        if not os.environ.get("TIDEGATE_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
