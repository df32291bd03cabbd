"""What leaves the program: as shown, safe in a spreadsheet, and on record."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from sqlalchemy import text

from smdesk.errors import Cancelled, Invalid, NotAllowed, NotFound, StorageProblem
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import evidence, exports, steps
from smdesk.services.incident_records import (
    Column,
    Confidentiality,
    IncidentFilter,
    Sort,
    StepDraft,
    View,
)
from tests.support.school import SmallSchool

COLUMNS = (
    Column.REFERENCE,
    Column.RECEIVED,
    Column.SUMMARY,
    Column.AUTHOR,
    Column.CONDUCT,
    Column.CONFIDENTIALITY,
)
ALL = IncidentFilter(view=View.ALL)


def nothing(done: int, total: int) -> None:
    """Watch nothing."""


def text_of(file: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def last_audit(school: SmallSchool) -> tuple[str, dict[str, object]]:
    with school.database.reading() as session:
        row = session.execute(
            text("SELECT action, detail FROM audit_entry JOIN audit_detail USING (seq) ORDER BY seq DESC")
        ).first()
    assert row is not None
    return row[0], json.loads(row[1])


def test_a_csv_holds_what_is_shown_and_nothing_that_runs(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    school.incident(
        summary='=HYPERLINK("http://x.example")', received_at=datetime(2025, 7, 1, 11, 30, tzinfo=UTC)
    )
    school.incident(summary="Plain", conduct=(Conduct.ABUSIVE, Conduct.DEFAMATION))
    school.incident("dsl", summary="Guarded", confidentiality=Confidentiality.SAFEGUARDING)
    school.incident(summary="Logged, then hidden", confidentiality=Confidentiality.STAFF)
    seen: list[tuple[int, int]] = []
    file = tmp_path / "list.csv"
    count = exports.incidents(
        ctx, ALL, Sort(Column.REFERENCE, False), COLUMNS, file, "csv", lambda *step: seen.append(step)
    )
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert count == len(rows) - 1 == 3
    assert rows[0] == ["Reference", "Received", "Summary", "Posted by", "What was done", "Confidentiality"]
    assert rows[1][:3] == ["2026/0001", "2025-07-01 12:30", '\'=HYPERLINK("http://x.example")']
    assert rows[2][4] == "Aggressive, rude or insulting; Defamatory statement"
    assert rows[3] == ["2026/0004", "2026-03-11 08:30", "Confidential", "", "", "Confidential"]
    assert seen[-1] == (3, 3)
    action, detail = last_audit(school)
    assert action == "list.exported"
    assert detail == {"kind": "csv", "rows": 3, "filter": "Shown: all. Sorted by “Reference”, first to last."}


def test_an_xlsx_holds_no_formula(school: SmallSchool, tmp_path: Path) -> None:
    school.incident(summary="=1+1")
    file = tmp_path / "list.xlsx"
    exports.incidents(school.ctx_for("headteacher"), ALL, Sort(), COLUMNS, file, "xlsx", nothing)
    sheet = openpyxl.load_workbook(file).active
    assert sheet["C2"].value == "=1+1"
    assert sheet["C2"].data_type == "s"
    assert sheet["B2"].value == datetime(2026, 3, 11, 8, 30)  # noqa: DTZ001  (a cell has no time zone)


def test_a_pdf_says_what_was_filtered(school: SmallSchool, tmp_path: Path) -> None:
    for number in range(3):
        school.incident(summary=f"Post number {number} <b>bold</b>", platform="facebook")
    school.incident(summary="Elsewhere")
    file = tmp_path / "list.pdf"
    wanted = IncidentFilter(view=View.OPEN, platform="facebook", person_id=school.people["anna"])
    exports.incidents(school.ctx_for("headteacher"), wanted, Sort(), COLUMNS, file, "pdf", nothing)
    printed = " ".join(text_of(file).split())
    for part in (
        "Post number 2 <b>bold</b>",
        "on Facebook",
        "with Anna Quillfeather",
        "Mrs H. Alder",
        "3 entries",
    ):
        assert part in printed, part
    assert "Elsewhere" not in printed
    with pikepdf.open(file) as document:
        assert document.Root.MarkInfo.Marked


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_a_cancelled_export_leaves_no_file_and_no_claim(
    school: SmallSchool, tmp_path: Path, kind: str
) -> None:
    school.incident()

    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    file = tmp_path / f"list.{kind}"
    with pytest.raises(Cancelled):
        exports.incidents(school.ctx_for("headteacher"), ALL, Sort(), COLUMNS, file, kind, stop)
    assert list(tmp_path.glob("list*")) == []
    assert last_audit(school)[0] == "incident.logged"


def test_what_cannot_be_exported(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("headteacher")
    with pytest.raises(Invalid):
        exports.incidents(ctx, ALL, Sort(), (), tmp_path / "a.csv", "csv", nothing)
    with pytest.raises(Invalid):
        exports.incidents(ctx, ALL, Sort(), COLUMNS, tmp_path / "a.doc", "doc", nothing)
    with pytest.raises(StorageProblem):
        exports.incidents(ctx, ALL, Sort(), COLUMNS, tmp_path / "no" / "a.csv", "csv", nothing)
    for login in ("leadership", "governor", "administrator"):
        with pytest.raises(NotAllowed):
            exports.incidents(school.ctx_for(login), ALL, Sort(), COLUMNS, tmp_path / "a.csv", "csv", nothing)


def test_the_printed_timeline_is_whole(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    incident_id = school.incident("dsl", said="“Shame on you”", linked=(hidden,))
    today = school.clock.now.date()
    steps.record(ctx, incident_id, StepDraft(Step.ASK_REMOVAL, None, today, "Rang her at noon"))
    slip = steps.timeline(ctx, incident_id)[-1]
    steps.withdraw(ctx, slip.id, "Wrong number")
    steps.note(ctx, incident_id, "<img src='/etc/passwd'> & more")
    evidence.add(ctx, incident_id, "seen.txt", b"text")
    file = tmp_path / "timeline.pdf"
    exports.timeline_pdf(ctx, incident_id, file)
    printed = " ".join(text_of(file).split())
    for part in ("2026/0002", "“Shame on you”", "Rang her at noon", "Wrong number", "<img src='/etc/passwd'>",
                 "seen.txt", "Anna Quillfeather", "Mr D. Birch"):  # fmt: skip
        assert part in printed, part
    assert "2026/0001" not in printed  # linked, but not open to this reader
    assert last_audit(school) == ("incident.printed", {"entries": 4})
    with pytest.raises(NotFound):
        exports.timeline_pdf(ctx, hidden, tmp_path / "hidden.pdf")
