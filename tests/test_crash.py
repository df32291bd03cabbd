"""The crash log says where, never what about."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smdesk import crash
from smdesk.errors import StorageProblem

NAME = "Robin Alder"


class Boxes:
    def __init__(self) -> None:
        self.shown: list[Path] = []

    def show(self, log: Path) -> None:
        self.shown.append(log)


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
def log(tmp_path: Path, boxes: Boxes) -> Iterator[Path]:
    file = tmp_path / "logs" / "crash.log"
    uninstall = crash.install(file, boxes.show)
    yield file
    uninstall()


def raised(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def look_up(name: str) -> str:
    letters = {"other": name}
    return letters[name]


def wrap(name: str) -> None:
    try:
        look_up(name)
    except KeyError as error:
        raise RuntimeError(f"no letter for {name}") from error


def test_the_log_holds_types_and_positions_but_no_names(log: Path, boxes: Boxes) -> None:
    crash.report(raised(lambda: wrap(NAME)), "Drafting a letter")
    text = log.read_text(encoding="utf-8")
    assert NAME not in text
    assert "Robin" not in text
    assert "RuntimeError" in text
    assert "KeyError" in text
    assert "While: Drafting a letter" in text
    assert "tests/test_crash.py:" in text
    assert "in look_up" in text
    assert str(Path.home()) not in text
    assert boxes.shown == [log]


def test_not_even_our_own_sentences_are_logged(log: Path) -> None:
    def act() -> None:
        raise StorageProblem(f"The letter to {NAME} could not be written.")

    crash.report(raised(act))
    assert NAME not in log.read_text(encoding="utf-8")


def test_what_is_safe_and_helps_is_kept(log: Path) -> None:
    crash.report(raised(lambda: Path(f"/nowhere/{NAME}").read_bytes()))
    crash.report(raised(lambda: NAME.missing))
    text = log.read_text(encoding="utf-8")
    assert "FileNotFoundError (errno 2)" in text
    assert "AttributeError (attribute missing of str)" in text
    assert NAME not in text


def test_uncaught_errors_of_any_thread_arrive(log: Path, boxes: Boxes) -> None:
    error = raised(lambda: look_up(NAME))
    sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=wrap, args=(NAME,))
    thread.start()
    thread.join()
    text = log.read_text(encoding="utf-8")
    assert "thread main" in text
    assert "thread worker" in text
    assert boxes.shown == [log, log]


def test_the_same_bug_over_and_over_is_written_once(log: Path, boxes: Boxes) -> None:
    for _ in range(50):
        crash.report(raised(lambda: look_up(NAME)))
    assert log.read_text(encoding="utf-8").count("KeyError") == 1
    assert len(boxes.shown) == 1


def test_the_log_is_kept_small_and_private(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "MAX_BYTES", 1000)
    for number in range(100):
        crash.note(f"line {number:03d} of the program's own words")
    old = log.with_name("crash.log.1")
    assert log.stat().st_size <= 1000
    assert old.stat().st_size <= 1000
    assert "line 099" in log.read_text(encoding="utf-8")
    if sys.platform != "win32":
        assert log.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_is_not_a_second_failure(tmp_path: Path, boxes: Boxes) -> None:
    (tmp_path / "file").write_text("in the way")
    uninstall = crash.install(tmp_path / "file" / "crash.log", boxes.show)
    try:
        crash.report(raised(lambda: look_up(NAME)))
    finally:
        uninstall()
    assert len(boxes.shown) == 1


def test_a_bug_in_the_box_itself_ends_there(tmp_path: Path) -> None:
    def show(log: Path) -> None:
        crash.report(raised(lambda: wrap(NAME)))
        raise ValueError(NAME)

    log = tmp_path / "crash.log"
    uninstall = crash.install(log, show)
    try:
        crash.report(raised(lambda: look_up(NAME)))
    finally:
        uninstall()
    text = log.read_text(encoding="utf-8")
    assert "While: showing that something went wrong" in text
    assert NAME not in text


def test_uninstalling_gives_the_hooks_back(tmp_path: Path) -> None:
    before = (sys.excepthook, threading.excepthook)
    uninstall = crash.install(tmp_path / "crash.log")
    assert sys.excepthook is not before[0]
    uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def test_without_a_log_a_bug_goes_where_python_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[BaseException] = []

    def hook(kind: type[BaseException], error: BaseException, where: object) -> None:
        seen.append(error)

    monkeypatch.setattr(sys, "excepthook", hook)
    error = raised(lambda: look_up(NAME))
    crash.report(error)
    assert seen == [error]


def test_ctrl_c_is_no_bug(log: Path, boxes: Boxes, capsys: pytest.CaptureFixture[str]) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not log.exists()
    assert boxes.shown == []
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_chain_that_loops_ends(log: Path) -> None:
    first, second = ValueError(NAME), TypeError(NAME)
    first.__cause__, second.__cause__ = second, first
    crash.report(first)
    assert log.read_text(encoding="utf-8").count("ValueError") == 1
