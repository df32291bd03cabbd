"""The benchmarks run, on a school as small as they come. What they measure is no matter of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import case_file, mail_merge, people_import, register, schools
from benchmarks.measure import Result, in_turn, table
from smdesk.security import vault
from smdesk.services.sample import build, watching


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the sample log of this module is kept: two quiet years at the sample school."""
    folder = tmp_path_factory.mktemp("logs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PER_WEEK", 0.2)
        patch.setattr(watching, "DAYS", 28)
        build.build_school(schools.place(folder, 40), 40, params=vault.TESTING)
    return folder


def run(kept: Path, *words: str) -> int:
    return bench.main(["--sizes", "40", "--times", "1", "--folder", str(kept), *words])


@pytest.mark.parametrize("name", [name for name in bench.BENCHMARKS if name != "start"])
def test_each_measures_and_leaves_the_kept_log_as_it_was(
    kept: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "EXCEPTIONS", 30)
    monkeypatch.setattr(people_import, "PEOPLE", 30)
    monkeypatch.setattr(mail_merge, "LETTERS", 2)
    monkeypatch.setattr(case_file, "PICTURES", 10)
    monkeypatch.setattr(case_file, "SIZE", (120, 90))
    folder = schools.large(kept, 40)
    before = {file: file.read_bytes() for file in folder.root.rglob("*") if file.is_file()}
    assert run(kept, "--only", name) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    # Without LibreOffice there is nothing to compare the letters with.
    assert len(lines) >= (1 if name == "mail-merge" and mail_merge.office() is None else 2)
    assert all(line.endswith(("| met |", "| **missed** |")) for line in lines[1:])
    assert {file: file.read_bytes() for file in folder.root.rglob("*") if file.is_file()} == before
    assert [each for each in kept.iterdir() if each.name.startswith("smdesk-bench-")] == []


def test_the_program_starts_in_a_process_of_its_own(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "table.md"
    assert run(kept, "--only", "start", "--out", str(out)) == 0
    text = out.read_text(encoding="utf-8")
    assert "start to first usable list" in text
    assert ("peak memory with all incidents listed" in text) == Path("/proc/self/status").exists()


def test_turns_alternate_after_one_of_each_that_does_not_count() -> None:
    said: list[str] = []
    in_turn(lambda: said.append("floor"), lambda: said.append("ours"), 3)
    assert said == ["floor", "ours", "floor", "ours", "ours", "floor", "floor", "ours"]


def test_a_missed_limit_is_marked() -> None:
    lines = table([Result("save", 40, 2.0, 3.0, 1.5), Result("list", 40, 2.0, 3.1, 1.5)]).splitlines()
    assert lines[2] == "| save | 40 | 2.00 ms | 3.00 ms | 1.50 | 1.5 | met |"
    assert lines[3].endswith("| 1.55 | 1.5 | **missed** |")
