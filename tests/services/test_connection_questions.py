"""The question about a relationship: the right person asks and closes, the office writes the answer down (CON-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdesk.db.models import AuditEntry, ConnectionEvent, ConnectionException, Person, RelationshipQuestion
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.services import connection_questions as questions
from smdesk.services.context import Saved
from smdesk.services.question_records import QuestionOutcome, QuestionStatus
from tests.support.school import SmallSchool


def ask(
    school: SmallSchool, adult: str = "teacher", other: str = "anna", login: str = "headteacher"
) -> Saved:
    return questions.ask(
        school.ctx_for(login), school.people[adult], school.people[other], "Since when do you know her?"
    )


def answered(school: SmallSchool, question_id: int, version: int = 1) -> Saved:
    ctx = school.ctx_for("business_manager")
    return questions.answer(ctx, question_id, version, "From university, 2009.", "Mr T. Hazel", ctx.today())


def record(school: SmallSchool, adult: str, other: str, confidentiality: str = "normal") -> int:
    """A row of the register as the register's own service would leave it."""
    with school.database.writing() as session:
        row = ConnectionException(
            year=2026, number=1, adult_id=school.people[adult], adult_kind="staff", other_id=school.people[other],
            capacity="parent", relationship="old_friend", links="friend", initiator="both",
            declared_on=school.clock().date(), profile_id=1, recorded_by=school.users["dsl"],
            recorded_at=school.clock(), confidentiality=confidentiality,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def test_asked_answered_and_closed(school: SmallSchool) -> None:
    made = ask(school)
    assert made.changes >= {("question", made.id), ("person", school.people["teacher"])}
    office = school.ctx_for("business_manager")
    row = questions.get(office, made.id)
    assert (row.status, row.adult_name, row.other_name) == (
        QuestionStatus.OPEN,
        "Tim Hazel",
        "Anna Quillfeather",
    )
    assert (row.may_answer, row.may_close, row.may_reopen) == (True, False, False)
    saved = answered(school, made.id)
    head = school.ctx_for("headteacher")
    row = questions.get(head, made.id)
    assert (row.status, row.answered_by, row.may_close) == (QuestionStatus.ANSWERED, "Mr T. Hazel", True)
    questions.close(
        head, made.id, saved.version, QuestionOutcome.NO_CONCERN, "An old friendship, known to us."
    )
    row = questions.get(head, made.id)
    assert (row.status, row.outcome, row.closed_by) == (
        QuestionStatus.CLOSED,
        QuestionOutcome.NO_CONCERN,
        "Mrs H. Alder",
    )
    assert questions.rows(head) == []
    assert [each.id for each in questions.rows(head, open_only=False)] == [made.id]
    with school.database.reading() as session:
        logged = session.query(AuditEntry.action).filter(AuditEntry.object_kind == "question").all()
    assert [each[0] for each in logged] == ["question.asked", "question.answered", "question.closed"]


def test_a_closed_question_is_opened_again_with_a_reason(school: SmallSchool) -> None:
    made = ask(school)
    head = school.ctx_for("headteacher")
    closed = questions.close(head, made.id, 1, QuestionOutcome.MUST_END, "No answer came.")
    with pytest.raises(Refused, match="closed"):
        answered(school, made.id, closed.version)
    with pytest.raises(Invalid, match="why it is opened"):
        questions.reopen(head, made.id, closed.version, "  ")
    opened = questions.reopen(head, made.id, closed.version, "An answer came after all.")
    assert questions.get(head, made.id).status is QuestionStatus.OPEN
    with pytest.raises(Refused, match="is open"):
        questions.reopen(head, made.id, opened.version, "again")
    assert answered(school, made.id, opened.version).version == 4


@pytest.mark.parametrize(("login", "adult", "other"), [
    ("chair", "teacher", "anna"),  # not about the headteacher: the headteacher asks
    ("headteacher", "head", "anna"),  # about themselves
    ("headteacher", "chair", "head"),
    ("chair", "chair", "head"),  # the chair is one of the two
])  # fmt: skip
def test_it_is_asked_by_whoever_decides_and_never_about_oneself(
    school: SmallSchool, login: str, adult: str, other: str
) -> None:
    with pytest.raises(NotAllowed):
        ask(school, adult, other, login)


def test_the_chair_asks_and_closes_where_it_is_about_the_headteacher(school: SmallSchool) -> None:
    made = ask(school, "head", "anna", "chair")
    with pytest.raises(NotAllowed, match="about yourself"):
        questions.close(school.ctx_for("headteacher"), made.id, 1, QuestionOutcome.NO_CONCERN, "Fine")
    row = questions.get(school.ctx_for("chair"), made.id)
    assert (row.headteacher_concerned, row.may_close) == (True, True)
    # The chair sees no other.
    other = ask(school, "teacher", "ben")
    with pytest.raises(NotFound):
        questions.get(school.ctx_for("chair"), other.id)
    assert [each.id for each in questions.rows(school.ctx_for("chair"))] == [made.id]


def test_somebody_who_became_headteacher_since_does_not_close_it(school: SmallSchool) -> None:
    made = ask(school, "dsl", "anna")
    with school.database.writing() as session:
        session.execute(
            Person.__table__.update()
            .where(Person.id == school.people["head"])
            .values(merged_into=school.people["dsl"])
        )
    with pytest.raises(NotAllowed, match="about yourself"):
        questions.close(school.ctx_for("headteacher"), made.id, 1, QuestionOutcome.NO_CONCERN, "Fine")


def test_what_is_wrong_is_said_at_once(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    with pytest.raises(Invalid) as caught:
        questions.ask(head, school.people["anna"], school.people["anna"], " ")
    assert [each.field for each in caught.value.problems] == ["other_id", "adult_id", "question"]
    made = ask(school)
    with pytest.raises(Refused, match="are being asked about already"):
        ask(school)
    office = school.ctx_for("business_manager")
    with pytest.raises(Invalid) as caught:
        questions.answer(office, made.id, 1, "", "", office.today() + timedelta(days=1))
    assert [each.field for each in caught.value.problems] == ["answer", "answered_by", "on"]
    with pytest.raises(Invalid, match="cannot be older"):
        questions.answer(office, made.id, 1, "Yes", "Tim", office.today() - timedelta(days=1))
    with pytest.raises(Invalid, match="reason"):
        questions.close(head, made.id, 1, QuestionOutcome.NO_CONCERN, " ")
    with pytest.raises(NotFound):
        questions.get(head, 999)


def test_two_windows_do_not_write_over_each_other(school: SmallSchool) -> None:
    made = ask(school)
    answered(school, made.id)
    with pytest.raises(Conflict) as caught:
        questions.answer(
            school.ctx_for("dsl"), made.id, 1, "No answer yet.", "Mr D. Birch", school.ctx_for("dsl").today()
        )
    assert caught.value.changes[0].theirs == "From university, 2009."
    assert caught.value.current_version == 2
    with pytest.raises(Conflict):
        questions.close(school.ctx_for("headteacher"), made.id, 1, QuestionOutcome.NO_CONCERN, "Fine")


def test_a_record_of_the_two_goes_with_the_question_and_keeps_its_history(school: SmallSchool) -> None:
    held = record(school, "teacher", "anna")
    made = ask(school)
    assert ("exception", held) in made.changes
    answered(school, made.id)
    questions.close(school.ctx_for("headteacher"), made.id, 2, QuestionOutcome.NO_CONCERN, "Known to us.")
    assert questions.get(school.ctx_for("dsl"), made.id).exception == (held, "2026/C0001")
    assert [each.id for each in questions.for_exception(school.ctx_for("dsl"), held)] == [made.id]
    with school.database.reading() as session:
        lines = session.query(ConnectionEvent).order_by(ConnectionEvent.id).all()
        assert [(line.kind, line.rule) for line in lines] == [("question", "CON-4")] * 3
        assert "Since when do you know her?" in lines[0].text
        assert lines[2].reason == "Known to us."


def test_a_confidential_record_of_the_two_closes_the_question_to_the_office(school: SmallSchool) -> None:
    made = ask(school)
    assert questions.rows(school.ctx_for("business_manager"))
    record(school, "teacher", "anna", "safeguarding")
    office = school.ctx_for("business_manager")
    assert questions.rows(office) == []
    with pytest.raises(NotFound):
        questions.get(office, made.id)
    with pytest.raises(NotFound):
        answered(school, made.id)
    for login in ("headteacher", "dsl"):
        assert [each.id for each in questions.rows(school.ctx_for(login))] == [made.id]


def test_the_list_has_those_that_wait_longest_first_and_closed_ones_last(school: SmallSchool) -> None:
    first = ask(school)
    school.clock.forward(days=2)
    second = ask(school, other="ben")
    school.clock.forward(days=2)
    third = ask(school, "dsl", "anna")
    head = school.ctx_for("headteacher")
    questions.close(head, first.id, 1, QuestionOutcome.NO_CONCERN, "Fine")
    questions.close(head, second.id, 1, QuestionOutcome.NO_CONCERN, "Fine")
    assert [each.id for each in questions.rows(head, open_only=False)] == [third.id, second.id, first.id]
    ask(school)  # closed, so the same two may be asked about again
    with pytest.raises(Refused, match="already"):
        questions.reopen(head, first.id, 2, "Again")


def test_a_merged_duplicate_is_not_asked_about(school: SmallSchool) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people["ben"]).merged_into = school.people["anna"]
    with pytest.raises(Refused, match="merged"):
        ask(school, other="ben")
    with school.database.reading() as session:
        assert session.query(RelationshipQuestion).count() == 0


def test_a_question_goes_only_with_a_record_of_the_same_two(school: SmallSchool) -> None:
    record(school, "teacher", "ben")
    assert questions.get(school.ctx_for("dsl"), ask(school).id).exception is None
    with school.database.reading() as session:
        assert session.query(ConnectionEvent).count() == 0


def test_withdrawing_a_confidential_record_opens_no_question_about_it(school: SmallSchool) -> None:
    kept = record(school, "teacher", "anna", "safeguarding")
    ask(school)
    office = school.ctx_for("business_manager")
    assert questions.rows(office) == []
    with school.database.writing() as session:
        row = session.get_one(ConnectionException, kept)
        row.withdrawn_at, row.withdrawn_reason, row.status = school.clock(), "A slip.", "withdrawn"
    assert questions.rows(office) == []
    assert len(questions.rows(school.ctx_for("dsl"))) == 1


def test_a_question_behind_a_confidential_record_is_told_in_no_open_history(school: SmallSchool) -> None:
    record(school, "teacher", "anna", "safeguarding")
    with school.database.writing() as session:
        first = session.get_one(ConnectionException, 1)
        columns = {
            column.name: getattr(first, column.name) for column in ConnectionException.__table__.columns
        }
        session.add(ConnectionException(**{**columns, "id": None, "number": 2, "confidentiality": "normal"}))
    made = ask(school)
    answered_by_dsl = questions.answer(
        school.ctx_for("dsl"), made.id, 1, "She fosters.", "Mr T. Hazel", school.clock().date()
    )
    questions.close(
        school.ctx_for("headteacher"), made.id, answered_by_dsl.version, QuestionOutcome.NO_CONCERN, "Known."
    )
    with school.database.reading() as session:
        assert session.query(ConnectionEvent).filter(ConnectionEvent.exception_id == 2).count() == 0
