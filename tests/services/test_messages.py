"""Messages on school accounts: the clock, replies, what is refused, and what a reader may not see (ACC-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from smdesk.db.models import AccountMessage, AuditEntry, Entry, Evidence, Incident, Person
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.deadlines import LONDON
from smdesk.services import attached_files, evidence, incidents, messages, steps
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.incident_records import Confidentiality, PersonRole
from smdesk.services.message_clock import time_left_words
from smdesk.services.message_records import (
    MessageDraft,
    MessageKind,
    MessageRecord,
    MessageStatus,
)
from tests.support.accounts import an_account
from tests.support.school import START, SmallSchool

ACK = "Thank you, we have read this."


def local(
    year: int, month: int, day: int, hour: int, minute: int = 0, second: int = 0, fold: int = 0
) -> datetime:
    """A moment at the school's clock; ``fold`` 1 is the second of the two hours in October."""
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON, fold=fold).astimezone(UTC)


def draft(school: SmallSchool, **more: object) -> MessageDraft:
    fields: dict[str, object] = {
        "account_id": an_account(school, f"page{school.clock.now.timestamp():.0f}"),
        "received_at": school.clock.now,
        "kind": MessageKind.COMPLAINT,
        "from_name": "annaq_79",
        "said": "Nobody answers the telephone.",
        **more,
    }
    return MessageDraft(**fields)


def log(school: SmallSchool, login: str = "leadership", **more: object) -> int:
    return messages.save(school.ctx_for(login), draft(school, **more)).id


def opened(school: SmallSchool, message: int, login: str = "leadership") -> MessageRecord:
    return messages.open_message(school.ctx_for(login), message)


def version(school: SmallSchool, message: int) -> int:
    return opened(school, message).version


def acknowledge(school: SmallSchool, message: int, at: datetime | None = None) -> None:
    messages.acknowledge(
        school.ctx_for("leadership"),
        message,
        version(school, message),
        at or school.clock.now,
        "Mr L. Damson",
        ACK,
    )


def answer(
    school: SmallSchool, message: int, at: datetime | None = None, text: str = "We will ring you."
) -> None:
    messages.answer(
        school.ctx_for("leadership"),
        message,
        version(school, message),
        at or school.clock.now,
        "Mr L. Damson",
        text,
    )


def test_a_message_is_logged_with_its_number_and_its_clock(school: SmallSchool) -> None:
    first = log(school)
    second = log(school, kind=MessageKind.PRAISE, said="A lovely fair.")
    record = opened(school, first)
    assert (record.reference, record.status, record.due_at) == (
        "2026/M0001",
        MessageStatus.WAITING,
        START + timedelta(hours=24),
    )
    assert opened(school, second).due_at is None
    assert messages.find_by_reference(school.ctx_for("dsl"), " 2026/m0002 ") == second
    with school.database.reading() as session:
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "message")))
    assert actions == ["message.logged", "message.logged"]


def test_what_cannot_be_is_said_at_once_and_all_of_it(school: SmallSchool) -> None:
    with pytest.raises(Invalid) as caught:
        messages.save(
            school.ctx_for("leadership"),
            MessageDraft(received_at=START + timedelta(hours=1), link="javascript:alert(1)", person_id=999),
        )
    assert [each.field for each in caught.value.problems] == [
        "account_id",
        "received_at",
        "said",
        "link",
        "person_id",
    ]
    assert "future" in caught.value.problems[1].message
    with pytest.raises(Invalid, match="when it came in"):
        log(school, received_at=None)
    with pytest.raises(Invalid, match="20,000"):
        log(school, said="x" * 20_001)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (local(2026, 5, 2, 23, 50), local(2026, 5, 5, 23, 59, 59)),  # Saturday before a bank holiday
        (local(2026, 5, 1, 16, 0), local(2026, 5, 2, 16, 0)),
        (local(2026, 12, 26, 12, 0), local(2026, 12, 29, 23, 59, 59)),
        # Saturday: the weekend rule counts days, so the hour that comes twice changes nothing.
        (local(2026, 10, 24, 12, 0), local(2026, 10, 26, 23, 59, 59)),
    ],
)
def test_the_clock_knows_weekends_and_bank_holidays(
    school: SmallSchool, received: datetime, due: datetime
) -> None:
    school.clock.now = received + timedelta(minutes=5)
    assert opened(school, log(school, received_at=received)).due_at == due


def test_the_two_times_half_past_one_in_october_are_two_moments(school: SmallSchool) -> None:
    first, second = local(2026, 10, 25, 1, 30), local(2026, 10, 25, 1, 30, fold=1)
    assert second - first == timedelta(hours=1)
    school.clock.now = second + timedelta(hours=1)
    message = log(school, received_at=second)
    assert opened(school, message).draft.received_at == second
    # A reply at the first half past one is older than a message that came in at the second.
    with pytest.raises(Invalid, match="cannot be older"):
        acknowledge(school, message, first)
    acknowledge(school, message, second)
    assert opened(school, message).replied_at == second
    early = log(school, received_at=first, said="Another.")
    acknowledge(school, early, second)
    assert opened(school, early).replied_at == second


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=3, minutes=20), "3 hours 20 minutes left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=1, seconds=59), "1 minute left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(days=1, hours=2, minutes=5), "1 day 2 hours left"),
        (timedelta(days=1, minutes=5), "1 day left"),
        (timedelta(days=2, hours=5), "2 days left"),
        (timedelta(seconds=-10), "just overdue"),
        (timedelta(minutes=-25), "25 minutes overdue"),
        (timedelta(days=-2, hours=-3), "2 days overdue"),
    ],
)
def test_the_time_left_in_words(left: timedelta, words: str) -> None:
    assert time_left_words(START + left, START) == words


def test_time_left_counts_the_hour_that_comes_twice() -> None:
    assert (
        time_left_words(local(2026, 10, 25, 3), local(2026, 10, 25, 0).astimezone(LONDON)) == "4 hours left"
    )
    assert time_left_words(local(2026, 3, 29, 3), local(2026, 3, 29, 0)) == "2 hours left"


def test_an_acknowledgement_stops_the_clock_and_an_answer_settles(school: SmallSchool) -> None:
    message = log(school)
    school.clock.forward(hours=2)
    acknowledge(school, message)
    record = opened(school, message)
    assert (record.status, record.replied_at, record.settled_at) == (
        MessageStatus.ACKNOWLEDGED,
        school.clock.now,
        None,
    )
    school.clock.forward(days=2)
    answer(school, message)
    record = opened(school, message)
    assert record.status is MessageStatus.ANSWERED
    assert record.replied_at == START + timedelta(hours=2)
    assert record.acknowledgement is not None
    assert record.answer is not None
    assert (record.acknowledgement.text, record.answer.by) == (ACK, "Mr L. Damson")
    assert [line.kind for line in record.history] == ["logged", "acknowledged", "answered"]


def test_a_reply_before_the_message_or_in_the_future_is_refused(school: SmallSchool) -> None:
    message = log(school)
    for at, said in (
        (START - timedelta(minutes=1), "cannot be older"),
        (START + timedelta(hours=1), "future"),
    ):
        with pytest.raises(Invalid, match=said):
            acknowledge(school, message, at)
        with pytest.raises(Invalid, match=said):
            answer(school, message, at)
    with pytest.raises(Invalid) as caught:
        messages.answer(school.ctx_for("leadership"), message, 1, START, " ", "")
    assert [each.field for each in caught.value.problems] == ["by", "text"]
    school.clock.forward(hours=3)
    acknowledge(school, message)
    with pytest.raises(Invalid, match="older than the acknowledgement"):
        answer(school, message, START + timedelta(hours=1))
    with pytest.raises(Invalid, match="cannot have come in later"):
        messages.save(
            school.ctx_for("leadership"),
            MessageDraft(
                opened(school, message).draft.account_id,
                school.clock.now + timedelta(minutes=2),
                MessageKind.QUERY,
                "",
                None,
                "Said.",
            ),
            message,
            version(school, message),
        )


def test_an_acknowledgement_found_later_puts_the_clock_right(school: SmallSchool) -> None:
    message = log(school)
    school.clock.forward(days=3)
    answer(school, message)
    with pytest.raises(Invalid, match="newer than the answer"):
        school.clock.forward(hours=1)
        acknowledge(school, message)
    acknowledge(school, message, START + timedelta(hours=1))
    record = opened(school, message)
    assert (record.replied_at, record.status) == (START + timedelta(hours=1), MessageStatus.ANSWERED)


def test_a_slip_is_taken_back_and_the_clock_runs_on(school: SmallSchool) -> None:
    message = log(school)
    acknowledge(school, message)
    office = school.ctx_for("business_manager")
    with pytest.raises(Refused, match="already"):
        acknowledge(school, message)
    with pytest.raises(Invalid, match="wrong"):
        messages.take_back_reply(office, message, version(school, message), "acknowledgement", " ")
    with pytest.raises(Refused, match="no answer"):
        messages.take_back_reply(office, message, version(school, message), "answer", "A slip.")
    messages.take_back_reply(office, message, version(school, message), "acknowledgement", "Another message.")
    assert opened(school, message).status is MessageStatus.WAITING
    answer(school, message)
    with pytest.raises(Refused, match="answered already"):
        answer(school, message)
    messages.reopen(office, message, version(school, message), "She wrote again.")
    record = opened(school, message)
    assert (record.status, record.replied_at) == (MessageStatus.REOPENED, START)
    answer(school, message, text="We rang her.")
    messages.take_back_reply(office, message, version(school, message), "answer", "Never sent.")
    assert opened(school, message).status is MessageStatus.WAITING
    assert opened(school, message).replied_at is None
    texts = [line.text for line in opened(school, message).history]
    assert "Mr L. Damson: We rang her." in texts  # what was taken back still stands there


def test_closing_reopening_and_withdrawing_need_a_reason(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    message = log(school)
    for does in (messages.close_without_answer, messages.withdraw, messages.reopen):
        with pytest.raises(Invalid, match="reason"):
            does(office, message, 1, "  ")
    with pytest.raises(Refused, match="is open"):
        messages.reopen(office, message, 1, "Why not.")
    messages.close_without_answer(office, message, 1, "An advertisement.")
    assert opened(school, message).status is MessageStatus.CLOSED
    with pytest.raises(Refused, match="closed"):
        answer(school, message)
    messages.reopen(office, message, 2, "Not one after all.")
    messages.withdraw(office, message, 3, "Logged twice.")
    record = opened(school, message)
    assert (record.status, record.withdrawn_reason, record.editable) == (
        MessageStatus.WITHDRAWN,
        "Logged twice.",
        False,
    )
    with pytest.raises(Refused, match="withdrawn"):
        acknowledge(school, message)
    messages.reopen(office, message, 4, "It was not.")
    assert opened(school, message).status is MessageStatus.WAITING


def test_a_change_moves_the_clock_and_a_colleagues_save_is_noticed(school: SmallSchool) -> None:
    message = log(school)
    office = school.ctx_for("business_manager")
    held = opened(school, message).draft
    earlier = MessageDraft(
        held.account_id, START - timedelta(hours=5), held.kind, held.from_name, None, held.said
    )
    messages.save(office, earlier, message, 1)
    assert opened(school, message).due_at == START + timedelta(hours=19)
    with pytest.raises(Conflict) as caught:
        messages.save(
            office,
            MessageDraft(held.account_id, START, MessageKind.QUERY, held.from_name, None, held.said),
            message,
            1,
        )
    assert [each.field for each in caught.value.changes] == ["received_at", "kind"]
    assert caught.value.current_version == 2
    with pytest.raises(Conflict):
        messages.acknowledge(office, message, 1, START, "Me", ACK)
    same = messages.save(office, earlier, message, 2)
    assert (same.version, same.changes) == (2, frozenset())
    praise = MessageDraft(held.account_id, START, MessageKind.PRAISE, held.from_name, None, held.said)
    messages.save(office, praise, message, 2)
    assert opened(school, message).due_at is None


def test_overdue_counts_what_nobody_replied_to(school: SmallSchool) -> None:
    first, second, third = (log(school, said=f"Number {each}") for each in range(3))
    log(school, kind=MessageKind.PRAISE)
    leader = school.ctx_for("leadership")
    assert messages.overdue(leader).count == 0
    acknowledge(school, second)
    messages.close_without_answer(leader, third, 1, "Spam.")
    school.clock.forward(hours=27, minutes=20)
    found = messages.overdue(leader)
    assert (found.count, found.first_id, found.words) == (1, first, "3 hours 20 minutes overdue")
    answer(school, first)
    assert messages.overdue(leader).count == 0
    with school.database.raw_reading() as cursor:
        plan = " ".join(
            str(row)
            for row in cursor.execute(
                "EXPLAIN QUERY PLAN SELECT count(*) FROM account_message WHERE replied_at IS NULL"
                " AND settled_at IS NULL AND withdrawn_at IS NULL AND due_at < 'x'"
            )
        )
    assert "ix_account_message_waiting" in plan


def test_who_may_do_what(school: SmallSchool) -> None:
    message = log(school)
    for login in ("governor", "chair", "administrator"):
        with pytest.raises(NotAllowed):
            opened(school, message, login)
        with pytest.raises(NotAllowed):
            log(school, login)
    with pytest.raises(NotAllowed, match="log or change incidents"):
        messages.hand_over(school.ctx_for("leadership"), message, 1)
    with pytest.raises(NotFound):
        opened(school, 999)
    with pytest.raises(Invalid, match="2026/M0031"):
        messages.find_by_reference(school.ctx_for("dsl"), "M31")
    with pytest.raises(NotFound):
        messages.find_by_reference(school.ctx_for("dsl"), "2026/M0999")


def test_handing_over_takes_everything_along(school: SmallSchool) -> None:
    """A complaint on the page becomes an incident, and nothing is typed again."""
    office = school.ctx_for("business_manager")
    message = log(school, person_id=school.people["anna"], link="https://example.org/post/1")
    attached_files.add(office, Owner(OwnerKind.MESSAGE, message), "said.txt", b"Nobody answers.")
    school.clock.forward(hours=2)
    acknowledge(school, message)
    school.clock.forward(hours=1)
    saved = messages.hand_over(office, message, version(school, message))
    assert {("incident", saved.id), ("message", message), ("person", school.people["anna"])} <= saved.changes
    record = incidents.open_incident(office, saved.id)
    held = record.draft
    assert (held.received_at, held.link, held.platform, held.on_school_account, held.said) == (
        START,
        "https://example.org/post/1",
        "facebook",
        True,
        "Nobody answers the telephone.",
    )
    assert held.summary.startswith("Complaint on @page")
    assert held.summary.endswith("on Facebook: Nobody answers the telephone.")
    assert [(line.person_id, line.role) for line in held.people] == [
        (school.people["anna"], PersonRole.AUTHOR)
    ]
    # The clock is the one that ran: same end, and stopped by the same acknowledgement.
    assert record.reply_by == opened(school, message, "business_manager").due_at
    assert record.replied_at == START + timedelta(hours=2)
    (piece,) = evidence.list_for(office, saved.id)
    assert evidence.read(office, piece.id) == b"Nobody answers."
    texts = [entry.text for entry in steps.timeline(office, saved.id)]
    assert any(text.startswith("Taken over from message 2026/M0001 on @page") for text in texts)
    assert f"Mr L. Damson: {ACK}" in texts
    after = opened(school, message, "business_manager")
    assert (after.status, after.incident) == (MessageStatus.INCIDENT, (saved.id, record.reference))
    with pytest.raises(Refused, match="as an incident"):
        messages.hand_over(office, message, after.version)
    with pytest.raises(Refused, match="as an incident"):
        messages.withdraw(office, message, after.version, "No.")


def test_a_name_alone_goes_over_as_somebody_not_identified(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    saved = messages.hand_over(office, log(school, from_name="village_voice"), 1)
    (line,) = incidents.open_incident(office, saved.id).draft.people
    with school.database.reading() as session:
        person = session.get_one(Person, line.person_id)
        assert (person.family_name, person.identified, person.kind) == ("village_voice", False, "unknown")
        entry = session.scalars(select(Entry).where(Entry.incident_id == saved.id)).all()
        assert [each.kind for each in entry] == ["note"]
    nameless = messages.hand_over(office, log(school, from_name=""), 1)
    assert incidents.open_incident(office, nameless.id).draft.people == ()


def test_a_failed_hand_over_leaves_nothing(school: SmallSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    office = school.ctx_for("business_manager")
    message = log(school)
    attached_files.add(office, Owner(OwnerKind.MESSAGE, message), "said.txt", b"Nobody answers.")
    kept = set(school.folder.evidence.rglob("*"))

    def fail(*_: object) -> None:
        raise Refused("Not now.")

    monkeypatch.setattr(messages, "_settled_by", fail)
    with pytest.raises(Refused, match="Not now"):
        messages.hand_over(office, message, 1)
    with school.database.reading() as session:
        assert session.scalars(select(Incident)).all() == []
        assert session.scalars(select(Evidence)).all() == []
        assert session.get_one(AccountMessage, message).incident_id is None
    assert {each for each in school.folder.evidence.rglob("*") if each.is_file()} <= kept


def test_the_words_of_a_confidential_matter_stay_there(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    message = log(school, person_id=school.people["anna"], notes="Ring the mother.")
    saved = messages.hand_over(office, message, 1)
    assert not opened(school, message, "business_manager").masked
    record = incidents.open_incident(office, saved.id)
    head = school.ctx_for("headteacher")
    incidents.save(
        head, replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING), saved.id, record.version
    )
    for login in ("business_manager", "leadership"):
        masked = opened(school, message, login)
        assert masked.masked
        assert (masked.draft.said, masked.draft.from_name, masked.draft.notes, masked.person_name) == (
            "",
            "",
            "",
            "",
        )
        assert (masked.history, masked.files, masked.incident) == ((), (), None)
    assert opened(school, message, "dsl").draft.said == "Nobody answers the telephone."
