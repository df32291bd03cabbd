"""Starting, telling and killing the children."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.lived_in import PASSWORDS, ROOT, Lived


@contextmanager
def child(
    lived: Lived, name: str, argument: str = "-", login: str = "office"
) -> Iterator[subprocess.Popen[str]]:
    """One of the children, signed in; killed at the end if it still runs."""
    command = [sys.executable, "-m", "tests.faults.children", name, str(lived.folder.root)]
    command += [login, PASSWORDS[login], argument]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert said(process) == "open"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def said(process: subprocess.Popen[str]) -> str:
    """Its next line."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def killed(process: subprocess.Popen[str]) -> list[str]:
    """Kill it as the power would; the whole lines it had still printed."""
    process.kill()
    output, _ = process.communicate(timeout=30)
    return output.split("\n")[:-1]
