"""dev.py: what it does when the machine lacks something, and that what it builds is whole."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import dev

ROOT = Path(__file__).resolve().parent.parent


class Calls:
    """Stands where commands are run: keeps them and gives exit codes."""

    def __init__(self, answer: Callable[[list[str]], int]) -> None:
        self.made: list[list[str]] = []
        self._answer = answer

    def __call__(self, command: list[str | Path], **_: object) -> int:
        words = [str(word) for word in command]
        self.made.append(words)
        return self._answer(words)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout: a lock file and a .venv that counts as made."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("alder==1.0 --hash=sha256:00\n", encoding="utf-8")
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    for name, value in {
        "ROOT": tmp_path,
        "LOCK": lock,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "smdesk-libraries.txt",
        "QT_STAMP": venv / "smdesk-qt.txt",
    }.items():
        monkeypatch.setattr(dev, name, value)
    monkeypatch.setattr(dev, "quietly", lambda command: 0)
    return tmp_path


def test_libraries_are_installed_by_hash_and_only_when_the_lock_changed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(lambda words: 0)
    monkeypatch.setattr(dev, "call", calls)
    dev.make_environment()
    assert len(calls.made) == 1
    assert "--require-hashes" in calls.made[0]
    assert calls.made[0][-1] == str(checkout / "requirements.lock")
    dev.make_environment()
    assert len(calls.made) == 1
    dev.LOCK.write_text("alder==1.1 --hash=sha256:11\n", encoding="utf-8")
    dev.make_environment()
    assert len(calls.made) == 2


def test_a_failed_installation_is_tried_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(lambda words: 1)
    monkeypatch.setattr(dev, "call", calls)
    for _ in range(2):
        with pytest.raises(dev.Stop, match="network"):
            dev.make_environment()
    assert len(calls.made) == 2
    assert not dev.STAMP.exists()


def test_the_environment_carries_the_command(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "call", lambda command: 0)
    dev.make_environment()
    command = dev.PYTHON.parent / ("smdesk.cmd" if dev.WINDOWS else "smdesk")
    assert "-m smdesk" in command.read_text(encoding="utf-8")
    assert command.stat().st_mode & 0o100


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Only Linux leaves these libraries to the system."
)
class TestSharedLibraries:
    def test_root_on_debian_gets_them_installed(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = [{"libEGL.so.1", "libxcb-cursor.so.0"}, set()]
        ran: list[list[str]] = []

        def run(command: list[str], **_: object) -> SimpleNamespace:
            ran.append(command)
            return SimpleNamespace(returncode=0)

        monkeypatch.setattr(dev, "missing_qt_libraries", lambda: answers.pop(0))
        monkeypatch.setattr(dev.shutil, "which", lambda name: "/usr/bin/" + name)
        monkeypatch.setattr(dev.os, "geteuid", lambda: 0, raising=False)
        monkeypatch.setattr(dev.subprocess, "run", run)
        dev.check_qt_libraries()
        assert ran[0][:2] == ["apt-get", "update"]
        assert ran[1][:2] == ["apt-get", "install"]
        assert ran[1][-2:] == ["libegl1", "libxcb-cursor0"]
        dev.check_qt_libraries()
        assert len(ran) == 2, "once found, they are not looked for again"

    def test_anybody_else_is_told_the_command(self, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dev, "missing_qt_libraries", lambda: {"libEGL.so.1"})
        monkeypatch.setattr(dev.shutil, "which", lambda name: "/usr/bin/" + name)
        monkeypatch.setattr(dev.os, "geteuid", lambda: 1000, raising=False)
        with pytest.raises(dev.Stop, match="sudo apt-get install libegl1"):
            dev.check_qt_libraries()
        assert not dev.QT_STAMP.exists()

    def test_a_library_nobody_knows_is_named(self, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dev, "missing_qt_libraries", lambda: {"libelm.so.9"})
        with pytest.raises(dev.Stop, match=r"libelm\.so\.9"):
            dev.check_qt_libraries()

    def test_this_machine_has_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
        assert dev.missing_qt_libraries() == set()


def test_an_old_python_is_told_so_or_handed_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    assert dev.main(["test"]) == 1
    assert "needs Python 3.11 or newer; this is Python 3.9" in capsys.readouterr().err
    calls = Calls(lambda words: 7)
    monkeypatch.setattr(dev, "call", calls)
    monkeypatch.setattr(dev, "quietly", lambda command: 0)
    monkeypatch.setattr(dev.shutil, "which", lambda name: "/opt/python3.12" if name == "python3.12" else None)
    assert dev.main(["test", "-x"]) == 7
    assert calls.made == [["/opt/python3.12", dev.__file__, "test", "-x"]]


@pytest.mark.parametrize(("words", "code"), [([], 2), (["--help"], 0), (["tset"], 2)])
def test_a_command_not_understood_is_answered_with_those_there_are(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(words) == code
    said = capsys.readouterr()
    assert "bench" in said.out + said.err


@pytest.mark.parametrize(
    ("words", "tail"),
    [
        (["demo", "--no-window"], ["-m", "smdesk", "demo", "--no-window"]),
        (["run", "verify"], ["-m", "smdesk", "verify"]),
        (["test", "-n0", "tests/policy"], ["-m", "pytest", "-n0", "tests/policy"]),
        (["bench", "--quick"], ["-m", "benchmarks", "--quick"]),
    ],
)
def test_further_words_are_passed_on(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], tail: list[str]
) -> None:
    calls = Calls(lambda words: 3)
    dev.QT_STAMP.touch()
    monkeypatch.setattr(dev, "make_environment", lambda: None)
    monkeypatch.setattr(dev, "call", calls)
    assert dev.main(words) == 3
    assert calls.made == [[str(dev.PYTHON), *tail]]


def test_lint_makes_every_check_and_fails_with_any(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(lambda words: 1 if "mypy" in words else 0)
    monkeypatch.setattr(dev, "call", calls)
    assert dev.lint([]) == 1
    assert len(calls.made) == 4


def test_the_lock_holds_a_hash_for_everything_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    blocks = [block for block in text.split("\n") if "==" in block]
    assert blocks
    assert all(block.endswith("\\") for block in blocks), "every pin is followed by its hashes"


def test_the_program_is_installed_without_the_tools_for_working_on_it() -> None:
    names = {line.split("==")[0] for line in dev.runtime_lock().splitlines() if "==" in line}
    assert {"pyside6-essentials", "shiboken6", "sqlalchemy", "cffi", "mako", "uharfbuzz"} <= names
    assert names.isdisjoint({"pytest", "ruff", "mypy", "hypothesis", "import-linter", "jpype1"})


def test_a_wheel_without_the_shipped_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    for name in ("smdesk/__init__.py", "smdesk/__pycache__/x.pyc", "resources/letters/warning.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    wheel = tmp_path / "smdesk.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("smdesk/__init__.py", b"")
        archive.writestr("smdesk/resources/letters/warning.toml", b"")
    dev.check_wheel(wheel)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("smdesk/__init__.py", b"")
    with pytest.raises(
        dev.Stop, match=r"lacks 1 shipped files, for example smdesk/resources/letters/warning\.toml"
    ):
        dev.check_wheel(wheel)


def test_the_ci_script_runs_lint_and_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert script.index("dev.py lint") < script.index("dev.py test")


def test_the_stamp_is_the_locks_own_hash(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "call", lambda command: 0)
    dev.make_environment()
    stamp = dev.STAMP.read_text(encoding="utf-8")
    assert stamp.startswith(hashlib.sha256(dev.LOCK.read_bytes()).hexdigest())
