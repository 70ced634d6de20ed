"""Fixtures, and the rule for skips: each is named at the end, and in CI only golden tables and Docker may be absent."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

import server as tidegate
from server import Api, Server

# Files that belong to one form: what starts servers of its own, of a form that it chooses itself, need not run twice.
# Everything else is run on both forms.
FORM_OF = {"test_separate.py": "separate", "test_launcher.py": "standalone"}
MAY_BE_ABSENT_IN_CI = ("../shared/golden", "Docker")

# Proxies of the machine must not stand between a client and a server on loopback.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
# Nor does Spark listen anywhere else.
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
# Ours to run, not to build: whoever runs the suite has built before.
os.environ.setdefault("TIDEGATE_BUILD", "never")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--form",
        choices=("standalone", "separate"),
        default=os.environ.get("TIDEGATE_FORM", "standalone"),
        help="the three services in one process, or as three behind one entry",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    form = FORM_OF.get(collection_path.name)
    return True if form not in (None, config.getoption("--form")) else None


@pytest.fixture(scope="session")
def form(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--form")


@pytest.fixture(scope="session")
def server(form: str) -> Iterator[Server]:
    yield from tidegate.running(form)


@pytest.fixture(scope="session")
def own_server(server: Server) -> Server:
    """The session's server, for tests that look at its process or its data folder."""
    if server.process is None:
        pytest.skip("TIDEGATE_URL names a server that this suite did not start")
    return server


@pytest.fixture(scope="session")
def admin(server: Server) -> Api:
    return server.admin()


@pytest.fixture(scope="session")
def unique() -> Callable[[str], str]:
    """Names that no other test and no earlier run uses."""
    run = uuid.uuid4().hex[:6]
    numbers = iter(range(1_000_000))
    return lambda prefix: f"{prefix}_{run}_{next(numbers)}"


@pytest.fixture(scope="session")
def schema(admin: Api, unique: Callable[[str], str]) -> tuple[str, str]:
    """A catalog and a schema of the suite's own."""
    catalog = unique("clients")
    admin.create_catalog(catalog)
    admin.create_schema(catalog, "plain")
    return catalog, "plain"


@pytest.fixture
def profile_file(tmp_path: Path) -> Callable[[dict[str, Any]], str]:
    """Writes a recipient's profile where a client reads it."""

    def write(profile: dict[str, Any]) -> str:
        path = tmp_path / f"{uuid.uuid4().hex}.share"
        path.write_text(json.dumps(profile))
        return str(path)

    return write


@pytest.fixture
def share_of(
    admin: Api, unique: Callable[[str], str], profile_file: Callable[[dict[str, Any]], str]
) -> Callable[[str], str]:
    """Shares a table; answers the URL by which its recipient reads it."""

    def url(table: str) -> str:
        share = unique("share")
        admin.share(share, table)
        _, schema_name, name = table.split(".")
        return f"{profile_file(admin.recipient(unique('reader'), share))}#{share}.{schema_name}.{name}"

    return url


@pytest.fixture(scope="session")
def golden() -> Path:
    if not tidegate.GOLDEN.is_dir():
        pytest.skip("../shared/golden is not there")
    return tidegate.GOLDEN / "tables"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        reason = _reason(report)
        if not reason.startswith(MAY_BE_ABSENT_IN_CI):
            report.outcome = "failed"
            report.longrepr = f"in CI this may not be skipped: {reason}"
    return report


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped: dict[str, str] = {}
    for report in terminalreporter.stats.get("skipped", []):
        # Parametrised tests are named once: the reason is the same for all of them.
        skipped.setdefault(report.nodeid.split("[")[0], _reason(report))
    lines = [f"skipped: {what}, because {why}" for what, why in sorted(skipped.items())]
    for line in lines:
        terminalreporter.write_line(line)
    collected = os.environ.get("TIDEGATE_SKIPPED")
    if collected and lines:
        with open(collected, "a") as file:
            file.write("\n".join(lines) + "\n")
