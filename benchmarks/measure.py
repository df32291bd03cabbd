"""Taking turns, medians, and the table."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. Times are milliseconds, or MB where ``unit`` says so."""

    work: str
    size: int
    floor: float
    ours: float
    limit: float
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.ours / self.floor

    @property
    def met(self) -> bool:
        return self.ratio <= self.limit


def in_turn(floor: Callable[[], object], ours: Callable[[], object], times: int) -> tuple[float, float]:
    """Median milliseconds of each, measured alternately after one unmeasured call of both."""
    floor()
    ours()
    taken: tuple[list[float], list[float]] = ([], [])
    gc.collect()  # the rubbish of what was measured before
    for turn in range(times):
        # Whoever goes second finds the processor's caches as the first left them: they change places.
        for place in (0, 1) if turn % 2 == 0 else (1, 0):
            start = time.perf_counter()
            (floor, ours)[place]()
            taken[place].append((time.perf_counter() - start) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


def table(results: list[Result]) -> str:
    """The results as a Markdown table, missed limits marked."""
    lines = [
        "| work | incidents | floor | SM Desk | ratio | at most | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for each in results:
        verdict = "met" if each.met else "**missed**"
        lines.append(
            f"| {each.work} | {each.size:,} | {each.floor:,.2f} {each.unit} | {each.ours:,.2f} {each.unit} |"
            f" {each.ratio:.2f} | {each.limit} | {verdict} |"
        )
    return "\n".join(lines)
