"""``python -m benchmarks``: measure everything, or what ``--only`` names, and print the table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    case_file,
    due,
    mail_merge,
    papers,
    people_import,
    records,
    register,
    schools,
    signed,
    start,
    waiting,
)
from benchmarks.measure import Result, table
from benchmarks.schools import School

Benchmark = Callable[[School, int], list[Result]]

# Each with how often floor and program take their turn.
BENCHMARKS: dict[str, tuple[Benchmark, int]] = {
    "start": (start.start_and_memory, 9),
    "list": (records.lists, 15),
    "search": (records.keystroke, 15),
    "save": (records.save, 60),
    "register": (register.on_a_day, 15),
    "import": (people_import.import_people, 5),
    "queue": (waiting.waiting, 15),
    "today": (due.due, 9),
    "signature": (signed.signature, 12),
    "letter": (papers.letter, 40),
    "mail-merge": (mail_merge.mail_merge, 1),
    "report": (papers.governor_report, 11),
    "case-file": (case_file.memory, 3),
}


def main(arguments: list[str] | None = None) -> int:
    """Always gives 0: a missed limit is a line of the table, not a failure of the run."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Times against a floor measured in the same run."
    )
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000], metavar="N")
    parser.add_argument(
        "--only", nargs="+", choices=list(BENCHMARKS), metavar="NAME", help=", ".join(BENCHMARKS)
    )
    parser.add_argument("--times", type=int, help="measure this often instead of each benchmark's own number")
    parser.add_argument(
        "--folder", type=Path, default=schools.cache_folder(), help="where large logs are kept"
    )
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    chosen = parser.parse_args(arguments)
    results: list[Result] = []
    for size in chosen.sizes:
        with schools.borrowed(chosen.folder, size) as school:
            for name in chosen.only or BENCHMARKS:
                measure, times = BENCHMARKS[name]
                print(f"{name}, {size:,} incidents …", file=sys.stderr, flush=True)
                results += measure(school, chosen.times or times)
    order = [each.work for each in results]
    results.sort(key=lambda each: order.index(each.work))
    text = table(results)
    missed = [each for each in results if not each.met]
    verdict = f"{len(missed)} of {len(results)} limits missed." if missed else "All limits met."
    print(f"{text}\n\n{verdict}")
    if chosen.out is not None:
        chosen.out.write_text(f"{text}\n\n{verdict}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
