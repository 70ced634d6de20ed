"""
The separate form with one service killed: the others go on with what they own, what is missing is named (503 with
`Retry-After`), and it comes back without a restart of the others.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator

import delta_sharing
import pytest
import requests

import sample
import server as tidegate
from server import DELTA, SHARING, UNITY, Api, Server, wait_until

SERVICES = {"catalog": "catalog-service", "commits": "commit-service", "sharing": "sharing-gateway"}


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own: what is killed here is nobody else's."""
    server = tidegate.start("separate", tmp_path_factory.mktemp("apart"))
    yield server
    pids = processes(server)
    assert server.stop() < tidegate.STOP_SECONDS
    assert [pid for pid in pids if not stopped(pid)] == [], "nothing is left running"
    assert list((server.data / "run").glob("*.pid")) == []


def processes(server: Server) -> list[int]:
    """Everything that runs for a server: its services, their entry and PostgreSQL."""
    assert server.process is not None
    return [server.process.pid, server.postgres_pid(), server.pid_of("entry"), *(server.pid_of(s) for s in SERVICES.values())]


class Frozen:
    """A service that answers nothing for a while: SIGSTOP, which no supervisor mistakes for an end."""

    def __init__(self, server: Server, service: str):
        self.pid = server.pid_of(SERVICES[service])

    def __enter__(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_: Any) -> None:
        os.kill(self.pid, signal.SIGCONT)


def recipient(server: Server) -> Api:
    return Api(server.url, json.loads(server.sample_profile.read_text())["bearerToken"])


def shared_rows(server: Server) -> int:
    return len(delta_sharing.load_as_pandas(f"{server.sample_profile}#sample.weather.daily"))


def unavailable(answer: requests.Response, *named: str) -> None:
    """503 in the API's own shape, with Retry-After, that says which service is missing."""
    assert answer.status_code == 503, f"{answer.status_code} {answer.text[:300]}"
    assert int(answer.headers["Retry-After"]) >= 1
    error = answer.json()
    message = error["error"]["message"] if "error" in error else error["message"]
    assert any(word in message.lower() for word in named), message


# What each service owns: a request that it alone answers, as (who asks, method, path).
OWN = {
    "catalog": ("admin", UNITY + "/catalogs"),
    "commits": ("admin", DELTA + "/catalogs/sample/schemas/weather/tables/daily"),
    "sharing": ("recipient", SHARING + "/shares"),
}


# Every prefix of a service, and the member by which its errors are known.
PREFIXES = {
    "catalog": ((UNITY + "/tables/a.b.c", "error_code"), ("/api/1.0/events", "error_code")),
    "commits": ((DELTA + "/config", "error"), ("/api/1.0/commits/events", "error_code")),
    "sharing": (
        (SHARING + "/shares/x", "errorCode"), (UNITY + "/shares", "error_code"), (UNITY + "/recipients/x", "error_code"),
        (UNITY + "/public/data_sharing_activation/x", "error_code"), ("/api/1.0/sharing/events", "error_code"),
    ),
}


def ask(server: Server, service: str, **options: Any) -> requests.Response:
    who, path = OWN[service]
    api = server.admin() if who == "admin" else recipient(server)
    return api.call("GET", path, **options)


def health(server: Server, service: str) -> int:
    return Api(server.url, None).call("GET", f"/health/{service}", expect=None).status_code


@pytest.mark.parametrize("killed", sorted(SERVICES))
def test_one_service_is_killed_and_comes_back(apart: Server, killed: str) -> None:
    for service in SERVICES:
        ask(apart, service)
    pids = {service: apart.pid_of(name) for service, name in SERVICES.items()}
    os.kill(pids[killed], signal.SIGKILL)
    wait_until("the process to be gone", lambda: stopped(pids[killed]), 5)

    # It is down for as long as a JVM needs to start, at the least: time enough to look at the rest.
    unavailable(ask(apart, killed, expect=None), *words(killed))
    assert health(apart, killed) == 503
    for path, shape in PREFIXES[killed]:
        answer = apart.admin().call("GET", path, expect=None)
        unavailable(answer, *words(killed))
        assert shape in answer.json(), f"{path}: {answer.text}"
    for other in set(SERVICES) - {killed}:
        answer = ask(apart, other, expect=None)
        if other == "commits" and killed == "catalog":
            # Names and grants are the catalog's: it says that it is missing, or knows still.
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 503:
                unavailable(answer, *words("catalog"))
        else:
            assert answer.status_code == 200, f"{other}: {answer.text[:300]}"
    if killed in ("catalog", "commits"):
        query = protocol_query(apart)
        assert query.status_code in (200, 503), query.text[:300]
        if query.status_code == 503:
            unavailable(query, *words("catalog"), *words("commits"))

    wait_until(
        f"{killed} to come back", lambda: ask(apart, killed, expect=None).status_code == 200, 60, pause=0.2
    )
    wait_until("the share to serve", lambda: protocol_query(apart).status_code == 200, 10, pause=0.2)
    assert shared_rows(apart) == len(sample.source())
    assert health(apart, killed) == 200
    for service, pid in pids.items():
        assert (apart.pid_of(SERVICES[service]) == pid) == (service != killed), "only the killed one is new"


def stopped(pid: int) -> bool:
    """Gone, but perhaps for its parent to notice (a zombie)."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return status.read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return shown == "" or shown.startswith("Z")


def words(service: str) -> tuple[str, ...]:
    return {"catalog": ("catalog",), "commits": ("commit",), "sharing": ("sharing",)}[service]


def protocol_query(server: Server) -> requests.Response:
    path = f"{SHARING}/shares/sample/schemas/weather/tables/daily/query"
    return recipient(server).call("POST", path, {}, expect=None)


@pytest.mark.parametrize("frozen", sorted(SERVICES))
def test_a_service_that_hangs_hangs_nobody_else(apart: Server, frozen: str) -> None:
    """Waits are limited: with one service frozen, the others answer, the ones that need it with 503, within seconds."""
    with Frozen(apart, frozen):
        for other in set(SERVICES) - {frozen}:
            who, path = OWN[other]
            api = apart.admin() if who == "admin" else recipient(apart)
            began = time.monotonic()
            answer = api.call("GET", path, expect=None)
            assert time.monotonic() - began < 15
            assert answer.status_code in (200, 503), f"{other}: {answer.text[:300]}"
            if answer.status_code == 503:
                unavailable(answer, *words(frozen))
        if frozen != "sharing":
            answer = protocol_query(apart)
            assert answer.status_code in (200, 503), answer.text[:300]
    wait_until(
        "the frozen service to answer", lambda: ask(apart, frozen, expect=None).status_code == 200, 20, pause=0.2
    )
    assert shared_rows(apart) == len(sample.source())


def test_the_entry_is_killed_and_comes_back(apart: Server) -> None:
    pids = {service: apart.pid_of(name) for service, name in SERVICES.items()}
    entry = apart.pid_of("entry")
    os.kill(entry, signal.SIGKILL)
    wait_until("another entry", lambda: apart.pid_of("entry") != entry and tidegate.serves(apart), 30, pause=0.1)
    assert {service: apart.pid_of(name) for service, name in SERVICES.items()} == pids


def test_the_database_is_killed_and_comes_back(apart: Server) -> None:
    """Meanwhile whoever needs it hears 503; no service is started again for it."""
    pids = {service: apart.pid_of(name) for service, name in SERVICES.items()}
    postgres = apart.postgres_pid()
    os.kill(postgres, signal.SIGKILL)

    def all_answer() -> bool:
        answers = [ask(apart, service, expect=None) for service in SERVICES] + [protocol_query(apart)]
        for answer in answers:
            assert answer.status_code in (200, 503), answer.text[:300]
        return all(answer.status_code == 200 for answer in answers)

    wait_until("everything to answer again", lambda: stopped(postgres) and all_answer(), 60, pause=0.1)
    assert apart.postgres_pid() != postgres
    assert shared_rows(apart) == len(sample.source())
    assert {service: apart.pid_of(name) for service, name in SERVICES.items()} == pids


def test_a_killed_supervisor_leaves_nothing_that_the_next_start_minds(apart: Server) -> None:
    """Its services end by themselves; what hangs, the next start ends."""
    assert apart.process is not None and apart.data is not None
    before = processes(apart)
    hanging = apart.pid_of("commit-service")
    os.kill(hanging, signal.SIGSTOP)
    os.kill(apart.process.pid, signal.SIGKILL)
    apart.process.wait(10)
    by_themselves = [apart.pid_of("catalog-service"), apart.pid_of("sharing-gateway")]
    wait_until("the services to notice", lambda: all(stopped(pid) for pid in by_themselves), 20, pause=0.2)
    assert not stopped(hanging)
    tidegate.again(apart)
    assert [pid for pid in before if not stopped(pid)] == []
    assert shared_rows(apart) == len(sample.source())


def test_a_taken_port_is_one_line(apart: Server, tmp_path: Path) -> None:
    port = apart.url.rsplit(":", 1)[1]
    other = tidegate.start("separate", tmp_path, port=int(port), wait=False)
    assert other.process is not None and other.data is not None
    assert other.process.wait(60) == 1
    [line] = other.printed().strip().splitlines()
    assert port in line and "use --port" in line, line
    assert not (other.data / "postgres" / "postmaster.pid").exists()
    assert list(other.data.glob("run/*.pid")) == []


def test_stopped_while_it_starts(apart: Server, tmp_path: Path) -> None:
    """What has been started by then ends with it: services that are not ready yet, their database."""
    other = tidegate.start("separate", tmp_path, wait=False)
    assert other.process is not None and other.data is not None
    started = other.data / "run" / "sharing-gateway.pid"
    wait_until("the last service to start", lambda: started.exists() or other.process.poll() is not None, 60, pause=0.01)
    pids = [other.pid_of(service) for service in SERVICES.values()]
    assert other.stop() < tidegate.STOP_SECONDS
    assert "ready" not in other.printed() and "tidegate:" not in other.printed(), other.printed()
    assert [pid for pid in pids if not stopped(pid)] == []
    assert list(other.data.glob("run/*.pid")) == []
    assert not (other.data / "postgres" / "postmaster.pid").exists()


def test_the_entry_routes_nothing_that_is_between_services(apart: Server) -> None:
    admin = apart.admin()
    for path in ("/service/catalog/x", "/service/commits/x", "/actuator/health", "/actuator/prometheus"):
        assert admin.call("GET", path, expect=None).status_code == 404
