"""Every command of the README, as written, on a fresh server; and the runner that does it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import server as tidegate
import tour
from server import PROJECT

README = PROJECT / "README.md"


def take(markdown: str, folder: Path, environment: dict[str, str] | None = None, cwd: Path | None = None,
         address: str = "http://127.0.0.1:1", data: Path | None = None) -> subprocess.CompletedProcess[str]:
    program = tour.script(markdown, folder, address, data or folder / "data")
    # The tests' own Python is the one with the clients in it: `python3` and `pip` of the tour.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", program], cwd=cwd or folder, text=True, capture_output=True, timeout=300,
        env={**os.environ, "PATH": path, **(environment or {})}, stdin=subprocess.DEVNULL,
    )


SMALL = """
# A README

```
not run
```

```bash
greeting=hello
say() { echo "$greeting $1"; }
```

```python
print("from", "python")
```

<!-- tour: prints hello world -->
```bash
say world
```

<!-- tour: skip, because it would never end -->
```bash
sleep infinity
```

```json
{"not": "run"}
```
"""


def test_the_runner_runs_blocks_in_one_shell(tmp_path: Path) -> None:
    done = take(SMALL, tmp_path)
    assert done.returncode == 0, done.stderr
    tour.check_output(SMALL, tmp_path)
    assert (tmp_path / "1.out").read_text() == "from python\n"
    assert (tmp_path / "2.out").read_text() == "hello world\n"
    assert not (tmp_path / "3.out").exists()


@pytest.mark.parametrize(
    "bad", ["```bash\nfalse\ntrue\n```", "```bash\nfalse | true\n```", "```bash\necho $unset_name\n```",
            "```python\nraise SystemExit(3)\n```", "```bash\nexit 0\n```\n\n```bash\ntrue\n```"],
)
def test_the_runner_stops_at_a_failure(bad: str, tmp_path: Path) -> None:
    done = take(bad, tmp_path)
    assert "block 0, line 1 of README.md" in done.stderr


def test_the_runner_tells_what_was_not_printed(tmp_path: Path) -> None:
    readme = "<!-- tour: prints moon -->\n```bash\necho sun\n```\n"
    assert take(readme, tmp_path).returncode == 0
    with pytest.raises(tour.TourError, match="moon"):
        tour.check_output(readme, tmp_path)


def test_the_runner_takes_an_error_for_a_failure(tmp_path: Path) -> None:
    readme = "```bash\necho '{\"error_code\":\"NOT_FOUND\"}'\n```\n"
    take(readme, tmp_path)
    with pytest.raises(tour.TourError, match="NOT_FOUND"):
        tour.check_output(readme, tmp_path)


@pytest.mark.parametrize(
    "bad", ["<!-- tour: skip -->\n```bash\ntrue\n```", "<!-- tour: skip, because -->\n```bash\ntrue\n```",
            "<!-- tour: fly -->\n```bash\ntrue\n```", "<!-- tour: prints x -->\ntext", "```bash\ntrue"],
)
def test_the_runner_refuses_what_it_does_not_understand(bad: str) -> None:
    with pytest.raises(tour.TourError):
        tour.blocks(bad)


def test_the_runner_replaces_the_address_and_the_folder_alone(tmp_path: Path) -> None:
    readme = (
        "```bash\necho http://127.0.0.1:8080/docs .tidegate/admin.token $PWD/.tidegate x.tidegate .tidegate "
        "'\"file://'$PWD'/.tidegate/lake\"'\n```\n"
    )
    data = tmp_path / "elsewhere"
    take(readme, tmp_path, address="http://127.0.0.1:7", data=data)
    printed = (tmp_path / "0.out").read_text().split()
    assert printed[0] == "http://127.0.0.1:7/docs" and printed[1] == f"{data}/admin.token"
    assert printed[2:] == [str(data), "x.tidegate", str(data), f'"file://{data}/lake"']


@pytest.mark.timeout(400)
def test_every_command_of_the_readme(form: str, tmp_path: Path) -> None:
    assert README.exists(), "README.md is missing"
    markdown = README.read_text()
    all_blocks = tour.blocks(markdown)
    run = [b for b in all_blocks if b.skipped_because is None]
    assert {b.language for b in run} == {"bash", "python"}, "the tour has curl and Python"
    assert any("curl" in b.text for b in run)
    server = tidegate.start(form, tmp_path / "fresh")
    try:
        assert server.data is not None
        done = take(markdown, tmp_path / "printed", cwd=PROJECT, address=server.url, data=server.data)
        assert done.returncode == 0, f"{done.stderr}\n{printed_last(tmp_path / 'printed')}"
        tour.check_output(markdown, tmp_path / "printed")
    finally:
        server.stop()


def printed_last(folder: Path) -> str:
    outputs = sorted(folder.glob("*.out"), key=lambda p: int(p.stem))
    return outputs[-1].read_text(errors="replace")[-3000:] if outputs else "(nothing)"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    """`./tidegate X` in the README is a command that `./tidegate help` knows."""
    assert README.exists(), "README.md is missing"
    named = set(re.findall(r"\./tidegate ([a-z]+)", README.read_text()))
    assert {"up", "test"} <= named
    told = subprocess.run([str(PROJECT / "tidegate"), "help"], text=True, capture_output=True, timeout=60)
    assert told.returncode == 0
    assert all(re.search(rf"\b{command}\b", told.stdout) for command in named), named
