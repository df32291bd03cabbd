"""Makes one case file in a process of its own and writes how much memory it took: ``benchmarks.case_file`` runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.start_child import _peak_mb
from smdesk.paths import SchoolFolder
from smdesk.services import case_files, session
from smdesk.services.case_file_records import CaseWish


def main() -> None:
    place = Path(sys.argv[1])
    given = json.loads(sys.stdin.readline())
    ctx = session.sign_in(SchoolFolder(Path(given["root"])), given["login"], given["password"])
    found = case_files.options(ctx, given["incident"])
    wish = CaseWish(
        letters=frozenset(each.letter_id for each in found.letters),
        pictures=frozenset(each.evidence_id for each in found.pictures[: given["pictures"]]),
    )
    made = case_files.make(ctx, given["incident"], wish, place / "case.pdf")
    print(json.dumps({"pages": made.pages, "peak": _peak_mb()}))
    session.sign_out(ctx)


if __name__ == "__main__":
    main()
