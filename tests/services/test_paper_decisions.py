"""Decisions made on paper: recorded on somebody's behalf with the scan, then confirmed or disputed by them (CON-2)."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from smdesk.db import evidence as store
from smdesk.db.models import AuditEntry, ConnectionDecision, ConnectionFile, User
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused, SmdeskError
from smdesk.security.permissions import Role
from smdesk.security.signatures import SigningKey
from smdesk.services import connection_decisions as decisions
from smdesk.services import connection_files as files
from smdesk.services import connection_signing as signing
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    DecisionOrigin,
    ExceptionStatus,
    FileKind,
    PaperAnswer,
)
from smdesk.services.context import Saved
from smdesk.services.session import replace_key
from tests.support.connections import approved, declare, opened, submit, version
from tests.support.school import START, SmallSchool

TODAY = START.date()
APPROVE = DecisionDraft(DecisionKind.APPROVE, "As on the paper.", "Her mother knows.")


def scan(text: str = "signed") -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40 + len(text), 60), "white").save(out, format="PNG")
    return out.getvalue()


def waiting(school: SmallSchool, adult: str = "teacher", other: str = "sam", **fields) -> int:
    return submit(school, declare(school, adult, other, **fields))


def on_paper(
    school: SmallSchool,
    exception: int,
    draft: DecisionDraft = APPROVE,
    on: date = TODAY,
    login: str = "business_manager",
    data: bytes | None = None,
) -> Saved:
    return decisions.record_paper(
        school.ctx_for(login), exception, version(school, exception), draft, on, "scan.png", data or scan()
    )


def stored(school: SmallSchool, decision: int) -> ConnectionDecision:
    with school.database.reading() as session:
        return session.get_one(ConnectionDecision, decision)


def give_roles(school: SmallSchool, login: str, *roles: Role) -> None:
    with school.database.writing() as session:
        session.get_one(User, school.users[login]).roles = [str(role) for role in roles]


def successor(school: SmallSchool) -> None:
    """The headteacher goes, the deputy follows."""
    give_roles(school, "headteacher", Role.LEADERSHIP)
    give_roles(school, "leadership", Role.HEADTEACHER)


def test_it_counts_at_once_and_waits_to_be_confirmed(school: SmallSchool) -> None:
    exception = waiting(school)
    saved = on_paper(school, exception)
    record = opened(school, exception)
    assert (record.status, record.in_force, record.unconfirmed_paper) == (
        ExceptionStatus.APPROVED,
        True,
        True,
    )
    (decision,) = record.decisions
    assert (decision.origin, decision.answer, decision.fingerprint, decision.fault) == (
        DecisionOrigin.PAPER,
        None,
        "",
        "",
    )
    assert (decision.decider_name, decision.recorded_by) == ("Mrs H. Alder", "Ms B. Cedar")
    (kept,) = record.files
    assert (kept.kind, kept.id) == (FileKind.DECISION, decision.file_id)
    assert files.read(school.ctx_for("headteacher"), kept.id) == scan()
    (asked,) = decisions.to_confirm(school.ctx_for("headteacher"))
    assert (asked.id, asked.only_dispute) == (saved.id, False)
    assert decisions.to_confirm(school.ctx_for("chair")) == []


def test_confirming_signs_the_decision_and_the_scan(school: SmallSchool) -> None:
    exception = waiting(school)
    saved = on_paper(school, exception)
    school.clock.forward(days=1)
    answer = decisions.confirm_paper(school.ctx_for("headteacher"), saved.id)
    assert ("exception", exception) in answer.changes
    decision = stored(school, saved.id)
    payload = json.loads(decision.signed_payload)
    with school.database.reading() as session:
        file = session.scalars(select(ConnectionFile)).one()
        assert payload["scan_sha256"] == file.sha256
        actions = list(
            session.scalars(
                select(AuditEntry.action).where(AuditEntry.object_kind == "decision").order_by(AuditEntry.seq)
            )
        )
    assert actions == ["decision.paper", "decision.confirmed"]
    assert (payload["origin"], payload["recorded_by"]) == ("paper", "Ms B. Cedar")
    assert (payload["decided_on"], payload["signed_at"]) == ("2026-03-11", "2026-03-12T09:30:00Z")
    record = opened(school, exception)
    assert not record.unconfirmed_paper
    assert record.decisions[0].answer is PaperAnswer.CONFIRMED
    assert signing.check_all(school.ctx_for("dsl")) == []
    for again in (
        lambda: decisions.confirm_paper(school.ctx_for("headteacher"), saved.id),
        lambda: decisions.dispute_paper(school.ctx_for("headteacher"), saved.id, "No."),
    ):
        with pytest.raises(Refused, match="confirmed already"):
            again()
    assert decisions.to_confirm(school.ctx_for("headteacher")) == []


def test_disputed_it_counts_for_nothing_and_waits_for_a_decision_again(school: SmallSchool) -> None:
    exception = waiting(school)
    saved = on_paper(school, exception)
    head = school.ctx_for("headteacher")
    with pytest.raises(Invalid, match="what is wrong"):
        decisions.dispute_paper(head, saved.id, " ")
    decisions.dispute_paper(head, saved.id, "I never saw this form.")
    record = opened(school, exception, "headteacher")
    assert (record.status, record.in_force, record.from_on) == (ExceptionStatus.AWAITING, False, None)
    assert record.sealed
    assert record.open_decisions[0] is DecisionKind.APPROVE
    assert stored(school, saved.id).answer_reason == "I never saw this form."
    with pytest.raises(Refused, match="disputed already"):
        decisions.confirm_paper(head, saved.id)
    decisions.decide(
        head, exception, version(school, exception), DecisionDraft(DecisionKind.REFUSE, "No tie.")
    )
    assert opened(school, exception).status is ExceptionStatus.REFUSED
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_a_disputed_end_lets_the_exception_go_on(school: SmallSchool) -> None:
    exception = approved(school)
    saved = on_paper(school, exception, DecisionDraft(DecisionKind.REVOKE, "On paper."))
    assert not opened(school, exception).in_force
    decisions.dispute_paper(school.ctx_for("headteacher"), saved.id, "Not mine.")
    record = opened(school, exception)
    assert (record.in_force, record.ends_on) == (True, None)


def test_whose_decision_it_is_is_worked_out(school: SmallSchool) -> None:
    own = waiting(school, "head", "tariq")
    saved = on_paper(school, own)
    assert stored(school, saved.id).decided_by == school.users["chair"]
    with pytest.raises(NotAllowed, match=r"on behalf of Mrs C\. Fir"):
        decisions.confirm_paper(school.ctx_for("headteacher"), saved.id)
    with pytest.raises(NotAllowed):
        decisions.dispute_paper(school.ctx_for("headteacher"), saved.id, "Mine!")
    decisions.confirm_paper(school.ctx_for("chair"), saved.id)
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_the_decider_signs_instead_and_nobody_records_about_themselves(school: SmallSchool) -> None:
    with pytest.raises(Refused, match="sign it here"):
        on_paper(school, waiting(school), login="headteacher")
    mine = waiting(school, "office", "tariq", adult_joined_on=date(2020, 9, 1))
    with pytest.raises(NotAllowed, match="about yourself"):
        on_paper(school, mine)
    assert on_paper(school, mine, login="dsl").id
    with pytest.raises(NotAllowed):
        on_paper(school, mine, login="chair")


def test_nobody_or_two_who_could_have_decided_are_refused(school: SmallSchool) -> None:
    exception = waiting(school)
    give_roles(school, "leadership", Role.HEADTEACHER)
    with pytest.raises(Refused, match=r"Mr L\. Damson and Mrs H\. Alder"):
        on_paper(school, exception)
    for login in ("leadership", "headteacher"):
        give_roles(school, login, Role.LEADERSHIP)
    with pytest.raises(Refused, match="Nobody among the users decides"):
        on_paper(school, exception)
    with school.database.reading() as session:
        assert session.scalars(select(ConnectionFile)).all() == []
    assert store.stored_names(school.folder.evidence) == set()


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (TODAY + timedelta(days=1), "future"),
        (TODAY - timedelta(days=1), "declared on 11 March 2026"),
    ],
)
def test_the_day_on_the_paper_must_be_possible(school: SmallSchool, on: date, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        on_paper(school, waiting(school), on=on)


def test_a_paper_from_before_the_last_decision_changes_nothing(school: SmallSchool) -> None:
    exception = approved(school)
    school.clock.forward(days=10)
    on_paper(
        school,
        exception,
        DecisionDraft(DecisionKind.RENEW, "x", review_on=date(2027, 3, 1)),
        date(2026, 3, 20),
    )
    with pytest.raises(Invalid, match="20 March 2026 is on record already"):
        on_paper(
            school, exception, DecisionDraft(DecisionKind.REVOKE, "x"), date(2026, 3, 19), data=scan("2")
        )


def test_it_begins_no_earlier_than_the_day_on_the_paper(school: SmallSchool) -> None:
    exception = waiting(school)
    school.clock.forward(days=5)
    on = TODAY + timedelta(days=2)
    with pytest.raises(Invalid, match="never dated back"):
        on_paper(school, exception, DecisionDraft(DecisionKind.APPROVE, "x", from_on=TODAY), on)
    saved = on_paper(school, exception, on=on)
    assert stored(school, saved.id).from_on == on
    assert stored(school, saved.id).recorded_at.date() == TODAY + timedelta(days=5)


def test_without_a_readable_scan_nothing_is_recorded(school: SmallSchool) -> None:
    exception = waiting(school)
    for data, said in ((b"", "empty"), (b"just words", "no picture and no PDF"), (scan()[:60], "damaged")):
        with pytest.raises(Invalid, match=said):
            decisions.record_paper(
                school.ctx_for("business_manager"),
                exception,
                version(school, exception),
                APPROVE,
                TODAY,
                "scan.png",
                data,
            )
    with pytest.raises(SmdeskError, match="cannot be read"):
        decisions.record_paper(
            school.ctx_for("business_manager"),
            exception,
            version(school, exception),
            APPROVE,
            TODAY,
            "scan.png",
            school.folder.root / "nowhere.png",
        )
    assert opened(school, exception).decisions == ()
    assert store.stored_names(school.folder.evidence) == set()


def test_a_late_refusal_leaves_no_file_behind(school: SmallSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision was taken in another window while the scan was being written to the disk."""
    exception = waiting(school)
    put = files.put

    def slow(*args: object) -> object:
        done = put(*args)
        decisions.decide(school.ctx_for("headteacher"), exception, version(school, exception), APPROVE)
        return done

    held = version(school, exception)
    monkeypatch.setattr(files, "put", slow)
    with pytest.raises(Conflict):
        decisions.record_paper(
            school.ctx_for("business_manager"), exception, held, APPROVE, TODAY, "scan.png", scan()
        )
    assert store.stored_names(school.folder.evidence) == set()


def test_the_paper_a_decision_rests_on_stays_until_it_is_disputed(school: SmallSchool) -> None:
    exception = waiting(school)
    saved = on_paper(school, exception)
    office = school.ctx_for("business_manager")
    file = stored(school, saved.id).file_id
    with pytest.raises(Refused, match="rests on"):
        files.remove(office, file, "Wrong scan")
    decisions.dispute_paper(school.ctx_for("headteacher"), saved.id, "Somebody else's form.")
    files.remove(office, file, "It was another child's form.")
    assert signing.check_all(school.ctx_for("dsl")) == []
    assert store.stored_names(school.folder.evidence) == set()


def test_a_spoilt_scan_is_not_signed_for(school: SmallSchool) -> None:
    saved = on_paper(school, waiting(school))
    (name,) = store.stored_names(school.folder.evidence)
    path = store.path_of(school.folder.evidence, name)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(SmdeskError):
        decisions.confirm_paper(school.ctx_for("headteacher"), saved.id)
    assert stored(school, saved.id).answer == ""


def test_a_key_nobody_vouched_for_confirms_nothing_but_may_dispute(school: SmallSchool) -> None:
    saved = on_paper(school, waiting(school))
    fresh = SigningKey.generate()
    with school.database.writing() as session:
        head = session.get_one(User, school.users["headteacher"])
        replace_key(session, head, fresh.public, "reset", school.users["administrator"], school.clock.now)
    school.signing["headteacher"] = fresh
    with pytest.raises(Refused, match="password reset"):
        decisions.confirm_paper(school.ctx_for("headteacher"), saved.id)
    decisions.dispute_paper(school.ctx_for("headteacher"), saved.id, "I am on leave.")


def test_when_the_headteacher_changes_the_new_one_may_dispute_or_decide_anew_but_not_confirm(
    school: SmallSchool,
) -> None:
    one = on_paper(school, waiting(school))
    exception = waiting(school, other="tariq")
    two = on_paper(school, exception, data=scan("another"))
    successor(school)
    new = school.ctx_for("leadership")
    asked = decisions.to_confirm(new)
    assert [(each.id, each.only_dispute) for each in asked] == [(one.id, True), (two.id, True)]
    with pytest.raises(NotAllowed, match=r"on behalf of Mrs H\. Alder.*dispute it or decide anew"):
        decisions.confirm_paper(new, one.id)
    with pytest.raises(NotAllowed, match="does not allow"):
        decisions.confirm_paper(school.ctx_for("headteacher"), one.id)
    decisions.dispute_paper(new, one.id, "There is nothing in the file about it.")
    decisions.decide(
        new,
        exception,
        version(school, exception),
        DecisionDraft(DecisionKind.RENEW, "I looked at the scan.", review_on=date(2026, 9, 1)),
    )
    record = opened(school, exception)
    assert (record.in_force, record.unconfirmed_paper) == (True, False)
    assert decisions.to_confirm(new) == []
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_a_decider_who_became_one_of_the_two_does_not_confirm(school: SmallSchool) -> None:
    exception = waiting(school)
    saved = on_paper(school, exception)
    with school.database.writing() as session:
        session.get_one(User, school.users["headteacher"]).person_id = school.people["teacher"]
    with pytest.raises(NotAllowed, match="CON-5"):
        decisions.confirm_paper(school.ctx_for("headteacher"), saved.id)


def test_only_who_may_read_it_is_told_of_a_paper(school: SmallSchool) -> None:
    saved = on_paper(school, waiting(school))
    with pytest.raises(NotFound):
        decisions.confirm_paper(school.ctx_for("chair"), saved.id)
    with pytest.raises(NotFound):
        decisions.confirm_paper(school.ctx_for("headteacher"), 999)
