"""Bugs: written to a crash log, then told to the person politely.

Expected failures (``smdesk.errors``) never come here. The log may be sent to whoever supports the program, so
it holds *where* the program was and never *what about*: no local values, no arguments and no exception
messages, because a message can quote a child's name or what was posted. What helps and is safe is kept: the
exception's type, the file, line and function of each step, and for a few library errors the number or
identifier that says which kind it was.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import smdesk

MAX_BYTES = 256 * 1024
"""The log is moved to ``crash.log.1`` (replacing the one before) when it would grow past this."""

REPEAT_SECONDS = 60.0
"""The same bug again within this time is neither written nor shown: a failing paint event repeats endlessly."""

_MAX_FRAMES = 60


@dataclass
class _Installed:
    log: Path
    show: Callable[[Path], None] | None
    sys_hook: Callable[[type[BaseException], BaseException, TracebackType | None], object]
    thread_hook: Callable[[threading.ExceptHookArgs], object]
    seen: dict[str, float] = field(default_factory=dict)
    showing: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


# The one piece of module state: Python has one exception hook in a process, so there is one of these.
_installed: _Installed | None = None


def install(log: Path, show: Callable[[Path], None] | None = None) -> Callable[[], None]:
    """Send every uncaught exception, of any thread, to ``log``. Returns the function that undoes it.

    ``show`` is then called with the log's path, in the thread where the bug happened; it must not assume the
    GUI thread. It is not called for a bug inside ``show`` itself.
    """
    global _installed  # noqa: PLW0603 - Python itself has one hook in a process; this is its other end.
    before = _installed
    mine = _Installed(log, show, sys.excepthook, threading.excepthook)
    _installed = mine
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception

    def uninstall() -> None:
        global _installed  # noqa: PLW0603 - see above.
        sys.excepthook = mine.sys_hook
        threading.excepthook = mine.thread_hook
        _installed = before

    return uninstall


def report(error: BaseException, doing: str = "") -> None:
    """Report a bug that was caught at a border, for example in a worker thread.

    ``doing`` is one of the program's own phrases ("opening the list"); never pass typed text or a record.
    Where nothing is installed (scripts, tests) the error goes to ``sys.excepthook`` as any uncaught one does.
    """
    if _installed is None:
        sys.excepthook(type(error), error, error.__traceback__)
        return
    _handle(_installed, error, doing)


def note(text: str) -> None:
    """Add one line of the program's own words (for example a warning of Qt's, already cleaned) to the log."""
    if _installed is not None:
        _append(_installed, f"{_stamp()} {text}\n")


def describe(error: BaseException, doing: str = "") -> str:
    """The log entry for ``error``: types and positions only. See the module's docstring for what is left out."""
    made_by = f"SM Desk {smdesk.__version__}, Python {platform.python_version()}"
    lines = [f"{_stamp()} {made_by}, {platform.system()} {platform.machine()}, thread {_thread_kind()}"]
    if doing:
        lines.append(f"While: {doing}")
    for index, (link, step) in enumerate(_chain(error)):
        if index:
            lines.append(link)
        frames = traceback.extract_tb(step.__traceback__)
        left_out = len(frames) - _MAX_FRAMES
        if left_out > 0:
            lines.append(f"  ({left_out} steps left out)")
        lines += [f"  {_short(f.filename)}:{f.lineno} in {f.name}" for f in frames[-_MAX_FRAMES:]]
        lines.append(_kind(step))
    return "\n".join(lines) + "\n\n"


def _on_exception(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, (KeyboardInterrupt, SystemExit)) or _installed is None:
        sys.__excepthook__(kind, error, where)
        return
    _handle(_installed, error, "")


def _on_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or args.exc_type is SystemExit or _installed is None:
        return
    _handle(_installed, args.exc_value, "")


def _handle(state: _Installed, error: BaseException, doing: str) -> None:
    signature = _signature(error)
    now = time.monotonic()
    with state.lock:
        last = state.seen.get(signature)
        state.seen[signature] = now
        if last is not None and now - last < REPEAT_SECONDS:
            return
    entry = describe(error, doing)
    _append(state, entry)
    if sys.stderr is not None:
        # A person who started the program from a terminal sees the same safe text, not the raw traceback.
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(entry)
    if state.show is None or state.showing:
        return
    state.showing = True
    try:
        state.show(state.log)
    except Exception as second:
        _append(state, describe(second, "showing that something went wrong"))
    finally:
        state.showing = False


def _append(state: _Installed, entry: str) -> None:
    """A log that cannot be written must not become a second failure on top of the first."""
    data = entry.encode("utf-8", "backslashreplace")
    with state.lock, contextlib.suppress(OSError):
        state.log.parent.mkdir(parents=True, exist_ok=True)
        if state.log.exists() and state.log.stat().st_size + len(data) > MAX_BYTES:
            os.replace(state.log, state.log.with_name(state.log.name + ".1"))
        # Only this person may read it, whatever the machine's default is.
        handle = os.open(state.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(data)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _thread_kind() -> str:
    return "main" if threading.current_thread() is threading.main_thread() else "worker"


def _chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """The error, then what led to it, each with the line that links them. Ends at a loop in the chain."""
    seen: set[int] = set()
    link = ""
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        yield link, step
        if step.__cause__ is not None:
            link, step = "Caused by:", step.__cause__
        elif step.__suppress_context__:
            step = None
        else:
            link, step = "While handling:", step.__context__


def _signature(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__qualname__}@{where}"


def _short(filename: str) -> str:
    """The part of a path that says which code it is, without the person's home folder or user name."""
    path = Path(filename)
    parts = path.parts
    for root in ("site-packages", "dist-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1 :])
    package = Path(__file__).resolve().parent.parent
    if path.is_relative_to(package):
        return path.relative_to(package).as_posix()
    return path.name


def _kind(error: BaseException) -> str:
    """The type, and the identifier that some errors carry apart from their message."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    known: list[str] = []
    if isinstance(error, OSError) and error.errno is not None:
        known.append(f"errno {error.errno}")
    elif isinstance(error, ImportError) and error.name:
        known.append(f"module {error.name}")
    elif isinstance(error, AttributeError) and isinstance(error.name, str) and error.name.isidentifier():
        known.append(f"attribute {error.name} of {type(error.obj).__qualname__}")
    elif isinstance(error, NameError) and isinstance(error.name, str):
        known.append(f"name {error.name}")
    sqlite_name = getattr(error, "sqlite_errorname", None)
    if isinstance(sqlite_name, str):
        known.append(sqlite_name)
    return f"{name} ({', '.join(known)})" if known else name
