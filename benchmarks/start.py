"""From the command to the first usable list, and the memory that listing everything takes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import Result
from benchmarks.schools import School
from smdesk.security import vault
from smdesk.services.sample import people

ROOT = Path(__file__).resolve().parent.parent


def start_and_memory(school: School, times: int) -> list[Result]:
    """Fresh processes in turn, after one of each that is not counted (it fills the caches of the disk, and the
    program makes its backup of the day in it).
    """
    unlocked = vault.unlock(school.folder, "head", people.PASSWORD)
    given = json.dumps(
        {
            "root": str(school.folder.root),
            "size": school.size,
            "data_key": unlocked.data_key.hex(),
            "user_key": unlocked.user_key,
            "login": unlocked.login,
            "vault_id": unlocked.vault_id,
            "signing": unlocked.signing.seed().hex(),
        }
    )
    kinds = ("floor", "own imports", "program")
    for kind in kinds:
        _run(kind, given)
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    peaks: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(times):
        for kind in kinds if turn % 2 == 0 else reversed(kinds):
            milliseconds, peak = _run(kind, given)
            taken[kind].append(milliseconds)
            peaks[kind].append(peak)
    # "Imports" can be read as the libraries' or as the program's own; the first is the harder floor.
    results = [
        Result(
            f"start to first usable list, over {over}",
            school.size,
            statistics.median(taken[kind]),
            statistics.median(taken["program"]),
            1.35,
        )
        for kind, over in (("floor", "the libraries"), ("own imports", "the program's imports"))
    ]
    if all(peaks["floor"]):
        results.append(
            Result(
                "peak memory with all incidents listed",
                school.size,
                statistics.median(peaks["floor"]),
                statistics.median(peaks["program"]),
                1.4,
                "MB",
            )
        )
    return results


def _run(kind: str, given: str) -> tuple[float, float]:
    """Milliseconds from the command to its window painted, and peak memory in MB."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.start_child", kind],
        input=given + "\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
        timeout=300,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The {kind} did not start:\n{done.stderr}")
    told = json.loads(done.stdout)
    return (told["ready"] - started) * 1000, told["peak"]
