"""
The README's tour as a program. Each fenced block whose language is `bash` or `python` is run, in the README's order, in
one shell, in a copy of the project: what one block sets (variables, functions, files), later ones see. A `python` block
is a program of its own. A block fails when one of its commands does, or when it prints an error of one of the APIs.

An HTML comment on a line of its own before a block says otherwise:

    <!-- tour: skip, because REASON -->     the block is not run; there is no skipping without a reason
    <!-- tour: prints TEXT -->              what the block prints must have TEXT in it (may be repeated)

Fences without a language, and those of another one, are text for people. The only things that differ from what a reader
types are where it listens and where the data is: the address http://127.0.0.1:8080 and the folder .tidegate become the
test server's, so that the tour can be taken beside a server of the reader's own.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> {0,3})(?P<marks>`{3,}|~{3,})\s*(?P<info>.*)$")
COMMENT = re.compile(r"^\s*<!--\s*tour:\s*(?P<text>.*?)\s*-->\s*$")
API_ERRORS = ('"error_code"', '"errorCode"', '{"error":')
ADDRESS = "http://127.0.0.1:8080"
FOLDER = ".tidegate"


class TourError(AssertionError):
    """The README cannot be run as it is."""


@dataclass
class Block:
    language: str
    line: int
    lines: list[str] = field(default_factory=list)
    skipped_because: str | None = None
    prints: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def blocks(markdown: str) -> list[Block]:
    """The blocks of a tour, those that are skipped with their reasons."""
    found: list[Block] = []
    comments: list[tuple[int, str]] = []
    current: Block | None = None
    closing = re.compile("")
    kept = False
    for number, line in enumerate(markdown.splitlines(), 1):
        if current is not None:
            if closing.match(line):
                if kept:
                    found.append(current)
                current = None
            else:
                current.lines.append(line)
            continue
        comment = COMMENT.match(line)
        if comment:
            comments.append((number, comment["text"]))
            continue
        fence = FENCE.match(line)
        if not fence:
            if line.strip() and comments:
                raise TourError(f"line {comments[0][0]}: a tour comment with no block after it")
            continue
        language = fence["info"].split()[0].lower() if fence["info"].split() else ""
        kept = language in ("bash", "python")
        current = Block(language, number)
        closing = re.compile(rf"^ {{0,3}}{re.escape(fence['marks'][0])}{{{len(fence['marks'])},}}\s*$")
        for where, text in comments:
            apply(current, where, text)
        comments = []
    if current is not None:
        raise TourError(f"line {current.line}: the block never ends")
    if comments:
        raise TourError(f"line {comments[0][0]}: a tour comment with no block after it")
    return found


def apply(block: Block, line: int, text: str) -> None:
    if text.startswith("skip"):
        because = re.fullmatch(r"skip, because (\S.*)", text)
        if not because:
            raise TourError(f"line {line}: a skip needs a reason: `skip, because ...`")
        block.skipped_because = because[1]
    elif text.startswith("prints "):
        block.prints.append(text.removeprefix("prints ").strip())
    else:
        raise TourError(f"line {line}: unknown tour comment {text!r}")


def script(markdown: str, folder: Path, address: str, data: Path) -> str:
    """A bash program that takes the tour; what block N prints goes to `folder`/N.out."""
    folder.mkdir(parents=True, exist_ok=True)
    # A failure is told on the shell's own error stream: a block's is redirected when it fails.
    parts = ["set -euo pipefail", "exec 3>&2", "failed() { echo \"block $1, line $2 of README.md\" >&3; }"]
    for number, block in enumerate(blocks(markdown)):
        if block.skipped_because is not None:
            continue
        text = moved(block.text, address, data)
        output = shlex.quote(str(folder / f"{number}.out"))
        parts.append(f"trap 'failed {number} {block.line}' ERR EXIT")
        if block.language == "python":
            program = folder / f"{number}.py"
            program.write_text(text)
            parts.append(f"python3 {shlex.quote(str(program))} >{output} 2>&1")
        else:
            # Braces and not a subshell: what a block sets stays set.
            parts.append("{\n" + text + f"}} >{output} 2>&1")
    parts.append("trap - ERR EXIT")
    return "\n".join(parts) + "\n"


def moved(text: str, address: str, data: Path) -> str:
    """The text with the test server's address and data folder; `$PWD/.tidegate` is that folder, too."""
    text = text.replace(ADDRESS, address)
    before = r"(?:'?\"?\$\{?PWD\}?'?\"?/|(?<![\w./-]))"
    return re.sub(rf"{before}{re.escape(FOLDER)}(?=[/\s'\"`;)]|$)", lambda _: str(data), text)


def check_output(markdown: str, folder: Path) -> None:
    """What each block printed has what it must have, and is no error."""
    for number, block in enumerate(blocks(markdown)):
        if block.skipped_because is not None:
            continue
        printed = (folder / f"{number}.out").read_text(errors="replace")
        for expected in block.prints:
            if expected not in printed:
                raise TourError(f"README.md, line {block.line}: {expected!r} is not in:\n{printed[-3000:]}")
        for error in API_ERRORS:
            if error in printed:
                raise TourError(f"README.md, line {block.line}: an error was answered:\n{printed[-3000:]}")
