"""Papers about connections from the records: who sees what, what they say, and that the signature goes with them."""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import page as checker
import pytest
import zxingcpp

from smdesk.errors import Cancelled, Invalid, NotAllowed, NotFound, Tampered
from smdesk.policy.vocabulary import Capacity, Link, Relationship
from smdesk.services import (
    connection_decisions,
    connection_papers,
    connection_problems,
    connections,
    incidents,
    letters,
    paper_check,
    people,
    profiles,
)
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionSort,
    ExceptionView,
)
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind
from tests.documents.reading import picture_of, text_of
from tests.support import connections as make
from tests.support.school import SmallSchool

SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def decision_of(school: SmallSchool, exception: int, place: int = -1, login: str = "business_manager") -> int:
    return make.opened(school, exception, login).decisions[place].id


def printed(school: SmallSchool, decision: int, tmp_path: Path, login: str = "business_manager") -> Path:
    file = tmp_path / "decision.pdf"
    file.write_bytes(connection_papers.decision_pdf(school.ctx_for(login), decision))
    return file


def on_paper(school: SmallSchool) -> int:
    """An approval recorded from paper; returns the exception's id."""
    exception = make.submit(school, make.declare(school))
    today = school.clock.now.date()
    connection_decisions.record_paper(
        school.ctx_for("business_manager"),
        exception,
        make.version(school, exception),
        DecisionDraft(
            DecisionKind.APPROVE, "Family since birth.", from_on=today, review_on=today + timedelta(days=300)
        ),
        today,
        "decision.pdf",
        SCAN,
    )
    return exception


def hidden(school: SmallSchool) -> int:
    """A confidential exception, approved; returns its id."""
    exception = make.declare(school, confidentiality=Confidentiality.SAFEGUARDING, login="dsl")
    return make.decide(school, make.submit(school, exception, "dsl"), DecisionKind.APPROVE)


def actions(school: SmallSchool) -> list[tuple[str, int | None]]:
    with school.database.raw_reading() as cursor:
        return cursor.execute(
            "SELECT action, object_id FROM audit_entry WHERE action IN ('exception.printed', 'list.exported')"
        ).fetchall()


# ---------------------------------------------------------------------------------------------------- one decision


def test_a_signed_decision_on_paper_is_checked_without_the_records(
    school: SmallSchool, tmp_path: Path
) -> None:
    exception = make.approved(school, conditions_proposed="Not in school hours.")
    file = printed(school, decision_of(school, exception), tmp_path)
    assert checker.is_pdf_compliant_bytes(file.read_bytes(), profile="ua1")
    said = text_of(file.read_bytes())
    assert "2026/C0001" in said
    assert "Tim Hazel and Sam Quillfeather may be connected on Facebook from 11 March 2026." in said
    assert "They are family." in said
    assert "Signed in SM Desk on 11 March 2026, 09:30 with the decider’s own key." in said
    finding = paper_check.check_paper(file)
    assert finding.faults == ()
    assert finding.fingerprint in said
    here = paper_check.check_paper_here(school.ctx_for("business_manager"), file)
    assert here.faults == ()
    assert "Signed with the key of Mrs H. Alder." in here.here
    assert actions(school) == [("exception.printed", exception)]


def test_the_code_scanned_from_the_printed_page_is_checked_without_the_records(
    school: SmallSchool, tmp_path: Path
) -> None:
    file = printed(school, decision_of(school, make.approved(school)), tmp_path)
    (found,) = zxingcpp.read_barcodes(
        picture_of(file.read_bytes(), scale=150 / 72), formats=zxingcpp.BarcodeFormat.QRCode
    )
    finding = paper_check.check_scanned(found.text)
    assert finding.faults == ()
    assert any("Tim Hazel and Sam Quillfeather may be connected" in line for line in finding.signed)
    assert finding.fingerprint in text_of(file.read_bytes())


def test_the_paper_stands_after_names_changed_and_says_what_came_later(
    school: SmallSchool, tmp_path: Path
) -> None:
    exception = make.approved(school)
    first = decision_of(school, exception)
    office = school.ctx_for("business_manager")
    sam = people.record_of(office, school.people["sam"])
    people.save(office, replace(sam.draft, family_name="Quillfeather-Fir"), sam.id, sam.version)
    school.clock.forward(days=30)
    make.decide(school, exception, DecisionKind.REVOKE, reason="It was used in lessons.")
    file = printed(school, first, tmp_path)
    said = text_of(file.read_bytes())
    assert "Tim Hazel and Sam Quillfeather may be connected" in said
    assert "Quillfeather-Fir" not in said
    assert "On 10 April 2026: Revoked on 10 April 2026." in said
    assert "Decision 2 on 10 April 2026: revoked" in said
    assert paper_check.check_paper(file).faults == ()


def test_a_decision_on_paper_is_marked_until_it_is_confirmed(school: SmallSchool, tmp_path: Path) -> None:
    exception = on_paper(school)
    decision = decision_of(school, exception)
    said = text_of(printed(school, decision, tmp_path).read_bytes())
    assert "Not signed in SM Desk" in said
    assert "recorded on 11 March 2026, 09:30 by Ms B. Cedar on behalf of Mrs H. Alder" in said
    assert "has not confirmed it yet" in said
    with pytest.raises(Invalid, match="carries no signed decision"):
        paper_check.check_paper(printed(school, decision, tmp_path))
    connection_decisions.confirm_paper(school.ctx_for("headteacher"), decision)
    file = printed(school, decision, tmp_path)
    said = text_of(file.read_bytes())
    assert "Confirmed on 11 March 2026, 09:30 with the decider’s signature." in said
    assert "Not signed in SM Desk" not in said
    assert paper_check.check_paper(file).faults == ()


def test_a_disputed_decision_says_so(school: SmallSchool, tmp_path: Path) -> None:
    exception = on_paper(school)
    decision = decision_of(school, exception)
    connection_decisions.dispute_paper(school.ctx_for("headteacher"), decision, "I never wrote this.")
    said = text_of(printed(school, decision, tmp_path).read_bytes())
    assert "Disputed on 11 March 2026, 09:30: I never wrote this. It counts for nothing." in said


def test_asking_for_more_is_printed_also_after_it_was_given(school: SmallSchool, tmp_path: Path) -> None:
    exception = make.submit(school, make.declare(school))
    make.decide(school, exception, DecisionKind.ASK_FOR_MORE, reason="Which family papers were seen?")
    decision = decision_of(school, exception)
    file = printed(school, decision, tmp_path)
    assert paper_check.check_paper(file).faults == ()
    connections.save(
        school.ctx_for("business_manager"),
        make.draft(school, evidence_seen="Birth certificates."),
        exception,
        make.version(school, exception),
    )
    file = printed(school, decision, tmp_path)
    said = text_of(file.read_bytes())
    assert "Which family papers were seen?" in said
    assert "has been completed since, so this sheet carries no code" in said
    assert "Not signed" not in said
    assert "Birth certificates" not in said, "what was given later was not what was asked about"


def test_a_signed_decision_with_more_names_than_a_code_holds_is_printed_all_the_same(
    school: SmallSchool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a declaration is not put forward any more; an imported one may hold as much."""
    # As good as drawn by lot, so that packing gains nothing.
    names = tuple(
        base64.b64encode(hashlib.sha512(bytes([at])).digest() * 2).decode()[:88] for at in range(20)
    )
    exception = make.declare(school, platforms=names)
    with pytest.raises(Invalid, match="more than 300 letters together"):
        make.submit(school, exception)
    monkeypatch.setattr(connection_problems, "_MOST_OWN_WORDS", 9_999)
    make.decide(school, make.submit(school, exception), DecisionKind.APPROVE)
    said = text_of(printed(school, decision_of(school, exception), tmp_path).read_bytes())
    assert "Signed in SM Desk; this sheet carries no code" in said
    assert "Not signed" not in said
    assert make.opened(school, exception).decisions[0].fingerprint in said


def test_a_decision_that_was_tampered_with_is_not_printed(school: SmallSchool) -> None:
    exception = make.approved(school)
    decision = decision_of(school, exception)
    with school.database.writing() as session:
        raw = session.connection().connection.driver_connection
        for name in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name[0]}"')
        raw.execute("UPDATE connection_decision SET reason = 'Another reason.' WHERE id = ?", (decision,))
    with pytest.raises(Tampered, match="not what was signed"):
        connection_papers.decision_pdf(school.ctx_for("business_manager"), decision)


def test_a_confidential_decision_is_printed_only_for_its_readers(school: SmallSchool) -> None:
    exception = hidden(school)
    decision = decision_of(school, exception, login="dsl")
    assert connection_papers.decision_pdf(school.ctx_for("dsl"), decision).startswith(b"%PDF")
    for login, error in (("business_manager", NotFound), ("governor", NotAllowed), ("chair", NotFound)):
        with pytest.raises(error):
            connection_papers.decision_pdf(school.ctx_for(login), decision)
    told = []
    for wanted in (decision, 999):
        with pytest.raises(NotFound) as caught:
            connection_papers.decision_pdf(school.ctx_for("business_manager"), wanted)
        told.append(str(caught.value))
    assert told[0] == told[1]


# --------------------------------------------------------------------------------------------- the register on a day


def register(
    school: SmallSchool, day: date, tmp_path: Path, login: str = "business_manager"
) -> tuple[int, str, bytes]:
    file = tmp_path / f"register-{login}.pdf"
    count = connection_papers.register_pdf(school.ctx_for(login), day, file)
    content = file.read_bytes()
    assert checker.is_pdf_compliant_bytes(content, profile="ua1")
    return count, text_of(content), content


def test_the_register_shows_what_was_true_on_the_day(school: SmallSchool, tmp_path: Path) -> None:
    start = school.clock.now.date()
    make.approved(school, from_on=start + timedelta(days=2))
    make.submit(school, make.declare(school, other="tariq"))
    school.clock.forward(days=40)
    make.leaves(school, "sam", start + timedelta(days=30))
    assert register(school, start + timedelta(days=1), tmp_path)[0] == 0
    count, said, _ = register(school, start + timedelta(days=10), tmp_path)
    assert count == 1
    assert "Connections allowed on 21 March 2026" in said
    assert "One connection was allowed on this day." in said
    for words in (
        "2026/C0001",
        "Tim Hazel",
        "Sam Quillfeather",
        "Aunt or uncle",
        "Facebook",
        "from 13 Mar 2026",
    ):
        assert words in said
    assert "Mrs H. Alder" in said
    assert "Signed, " in said
    assert "Tariq" not in said
    count, said, _ = register(school, start + timedelta(days=30), tmp_path)
    assert count == 0
    assert "No connection was allowed on this day." in said


def test_the_register_gives_the_conditions_of_that_day(school: SmallSchool, tmp_path: Path) -> None:
    exception = make.submit(school, make.declare(school))
    make.decide(school, exception, DecisionKind.APPROVE, conditions="Not in lessons.")
    start = school.clock.now.date()
    school.clock.forward(days=100)
    make.decide(school, exception, DecisionKind.RENEW, conditions="Only at weekends.")
    assert "Not in lessons." in register(school, start + timedelta(days=10), tmp_path)[1]
    later = register(school, start + timedelta(days=120), tmp_path)[1]
    assert "Only at weekends." in later
    assert "Not in lessons." not in later
    assert later.count("Signed, ") == 2, "who allowed it first, and who renewed it"


def test_the_register_leaves_out_what_is_not_open_and_says_so(school: SmallSchool, tmp_path: Path) -> None:
    hidden(school)
    day = school.clock.now.date()
    count, said, _ = register(school, day, tmp_path)
    assert count == 0
    assert "Quillfeather" not in said
    assert "not open to Ms B. Cedar are left out" in said
    assert register(school, day, tmp_path, "dsl")[0] == 1
    with pytest.raises(NotAllowed):
        connection_papers.register_pdf(school.ctx_for("governor"), day, tmp_path / "none.pdf")
    assert ("exception.printed", None) in actions(school)


def test_a_register_that_is_stopped_leaves_no_file(school: SmallSchool, tmp_path: Path) -> None:
    make.approved(school)

    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        connection_papers.register_pdf(
            school.ctx_for("dsl"), school.clock.now.date(), tmp_path / "register.pdf", stop
        )
    assert list(tmp_path.glob("*.pdf")) == []
    assert actions(school) == []


def test_an_unconfirmed_paper_is_marked_in_the_register(school: SmallSchool, tmp_path: Path) -> None:
    on_paper(school)
    said = register(school, school.clock.now.date(), tmp_path)[1]
    assert "On paper, not confirmed" in said
    assert "has yet to confirm" in said


# ------------------------------------------------------------------------------------------------- the declaration


@pytest.mark.parametrize("name", ["complete", "policy-s", "policy-g", "policy-o", "policy-c", "policy-r"])
def test_the_blank_form_is_made_for_every_policy(school: SmallSchool, name: str) -> None:
    office = school.ctx_for("headteacher")
    if name != "complete":
        profiles.adopt(office, name)
    pdf = connection_papers.declaration_form_pdf(school.ctx_for("business_manager"))
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    said = text_of(pdf)
    assert "Page 2 of 2" in said
    assert "acceptable use policy" in said
    assert "The headteacher decides, in writing." in said
    assert "the chair of governors does" in said
    covers_pupils = profiles.current(office).profile.connections.exceptions_allowed
    assert ("provides for no exception for pupils" in said) is not covers_pupils


def test_a_declaration_is_printed_to_be_signed(school: SmallSchool) -> None:
    exception = make.declare(
        school,
        relationship=Relationship.OTHER,
        relationship_note="</para><para> & <b>godmother",
        evidence_seen="A letter.",
        other_joined_on=date(2025, 9, 1),
    )
    pdf = connection_papers.declaration_pdf(school.ctx_for("business_manager"), exception)
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    said = text_of(pdf)
    assert "</para><para> & <b>godmother" in said
    assert "A letter." in said
    assert "Late by 191 days: both had joined by 1 September 2025" in said
    assert "Declared, not put forward yet." in said
    assert actions(school) == [("exception.printed", exception)]


def test_a_hidden_declaration_is_not_printed(school: SmallSchool) -> None:
    exception = make.declare(school)
    office = school.ctx_for("business_manager")
    connections.save(
        school.ctx_for("dsl"),
        make.draft(school, confidentiality=Confidentiality.SAFEGUARDING),
        exception,
        make.version(school, exception),
    )
    with pytest.raises(NotAllowed):
        connection_papers.declaration_pdf(office, exception)


# --------------------------------------------------------------------------------------------------------- the pack


def pack(school: SmallSchool, login: str) -> tuple[str, bytes]:
    pdf = connection_papers.pack_pdf(school.ctx_for(login))
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    return text_of(pdf), pdf


@pytest.mark.parametrize("login", ["headteacher", "business_manager"])
def test_the_pack_holds_what_the_headteacher_decides(school: SmallSchool, login: str) -> None:
    make.submit(school, make.declare(school))
    make.submit(
        school, make.declare(school, other="tariq", links=(Link.FOLLOW,), relationship=Relationship.COUSIN)
    )
    make.declare(school, adult="chair")  # not put forward
    make.submit(school, make.declare(school, adult="head"))  # the chair's
    said, _ = pack(school, login)
    assert "pack for the headteacher" in said
    assert "1 of 2: Tim Hazel and " in said
    assert "Decision of the headteacher on 2026/C0001: Tim Hazel and Sam Quillfeather" in said
    assert "Decision of the headteacher on 2026/C0002: Tim Hazel and Tariq Osei-Marsh" in said
    assert "2026/C0003" not in said
    assert "2026/C0004" not in said
    for words in (
        "Approve",
        "Refuse",
        "Ask for more",
        "Both families told the office.",
        "Without an exception: ",
    ):
        assert words in said
    assert "never before the day of this decision" in said


def test_the_chairs_pack_holds_the_headteachers_own(school: SmallSchool) -> None:
    make.submit(school, make.declare(school))
    make.submit(school, make.declare(school, adult="head", other="tariq"))
    said, _ = pack(school, "chair")
    assert "pack for the chair of governors" in said
    assert "1 of 1: Helen Alder and Tariq Osei-Marsh" in said
    assert "it is for the chair of governors (CON-5)" in said
    assert "Sam Quillfeather" not in said


def test_the_reference_stands_on_every_page_of_a_matter(school: SmallSchool) -> None:
    from tests.documents.reading import opened

    make.submit(school, make.declare(school, evidence_seen="Seen, and written down at length. " * 90))
    _, pdf = pack(school, "headteacher")
    with opened(pdf) as document:
        pages = len(document.pages)
    assert pages >= 3
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        for at in range(1, pages):
            assert "2026/C0001" in document[at].get_textpage().get_text_bounded()
    finally:
        document.close()


def test_the_pack_reviews_and_lists_the_rest(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    today = school.clock.now.date()
    make.approved(school, review_on=today + timedelta(days=10))
    incident = incidents.save(office, school.draft()).id
    letter = letters.draft(office, incident, LetterKind.INVITATION)
    letters.submit(office, letter.id, letter.version)
    said, _ = pack(school, "headteacher")
    for words in ("Renew", "If it ends: from", "To review.", "Letters to sign", "Anna Quillfeather"):
        assert words in said
    assert "Letters to sign" in pack(school, "business_manager")[0]


def test_the_offices_pack_says_what_it_may_not_hold(school: SmallSchool) -> None:
    exception = make.declare(school, confidentiality=Confidentiality.SAFEGUARDING, login="dsl")
    make.submit(school, exception, "dsl")
    said, _ = pack(school, "business_manager")
    assert "Quillfeather" not in said
    assert "not open to Ms B. Cedar" in said
    assert "Nothing waits for a decision on paper." in said
    assert "Sam Quillfeather" in pack(school, "headteacher")[0]
    with pytest.raises(NotAllowed):
        connection_papers.pack_pdf(school.ctx_for("governor"))


# --------------------------------------------------------------------------------------------------------- the list


ALL = tuple(ExceptionColumn)


def exported(
    school: SmallSchool, kind: str, tmp_path: Path, login: str = "business_manager", **wanted: object
) -> Path:
    file = tmp_path / f"list.{kind}"
    connection_papers.export_list(
        school.ctx_for(login),
        ExceptionFilter(**{"view": ExceptionView.ALL, **wanted}),
        ExceptionSort(ExceptionColumn.REFERENCE),
        ALL,
        file,
        kind,
    )
    return file


def lines_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_the_list_goes_out_as_shown(school: SmallSchool, tmp_path: Path) -> None:
    make.approved(school, platforms=("facebook", "=HYPERLINK(1)"), other_joined_on=date(2025, 9, 1))
    make.declare(school, other="tariq", relationship=None, links=())
    headings, first, second = lines_of(exported(school, "csv", tmp_path))
    assert headings[:4] == ["Reference", "Adult", "Adult’s role", "Pupil or parent"]
    row = dict(zip(headings, first, strict=True))
    assert row["Reference"] == "2026/C0001"
    assert row["Adult"] == "Tim Hazel"
    assert row["Declared"] == "2026-03-11"
    assert row["On entry or late"] == "Late by 191 days"
    assert "HYPERLINK" in row["Platforms"]
    assert not row["Platforms"].startswith("=")
    assert dict(zip(headings, second, strict=True))["The adult is their"] == ""
    sheet = openpyxl.load_workbook(exported(school, "xlsx", tmp_path)).active
    assert sheet["A2"].value == "2026/C0001"
    assert sheet.cell(2, 1 + ALL.index(ExceptionColumn.DECLARED)).is_date
    pdf = exported(school, "pdf", tmp_path).read_bytes()
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    said = text_of(pdf)
    assert "Shown: all. Sorted by “Reference”, first to last." in said
    assert "11 Mar 2026" in said
    assert [action for action, _ in actions(school)] == ["list.exported"] * 3


def test_the_heading_says_what_was_filtered(school: SmallSchool, tmp_path: Path) -> None:
    make.approved(school)
    said = text_of(
        exported(
            school,
            "pdf",
            tmp_path,
            on_day=date(2026, 3, 12),
            text="sam",
            platform="facebook",
            capacity=Capacity.PUPIL,
            person_id=school.people["sam"],
        ).read_bytes()
    )
    assert (
        "Shown: in force on 12 March 2026, holding “sam”, on Facebook, pupil, with Sam Quillfeather." in said
    )


def test_masked_rows_give_nothing_away_outside(school: SmallSchool, tmp_path: Path) -> None:
    exception = make.declare(school)
    connections.save(
        school.ctx_for("dsl"),
        make.draft(school, confidentiality=Confidentiality.SAFEGUARDING),
        exception,
        make.version(school, exception),
    )
    _, row = lines_of(exported(school, "csv", tmp_path))
    assert row[0] == "2026/C0001"
    assert not {"Tim Hazel", "Sam Quillfeather", "Facebook", "Aunt or uncle"} & set(row)
    assert "Quillfeather" not in text_of(exported(school, "pdf", tmp_path).read_bytes())


@pytest.mark.parametrize("spoil", [lambda: ((), "pdf"), lambda: (ALL, "docx")])
def test_an_export_of_nothing_or_of_an_unknown_kind_is_refused(
    school: SmallSchool, tmp_path: Path, spoil: Callable[[], tuple[tuple[ExceptionColumn, ...], str]]
) -> None:
    columns, kind = spoil()
    with pytest.raises(Invalid):
        connection_papers.export_list(
            school.ctx_for("dsl"), ExceptionFilter(), ExceptionSort(), columns, tmp_path / "x", kind
        )
    assert list(tmp_path.glob("x*")) == []
    with pytest.raises(NotAllowed):
        connection_papers.export_list(
            school.ctx_for("chair"), ExceptionFilter(), ExceptionSort(), ALL, tmp_path / "x", "csv"
        )
