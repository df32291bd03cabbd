"""Letters about business cases, messages on accounts and blocks: to whom, what they tell, and who decides (DOC-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import page as checker
import pytest
from sqlalchemy import text

from smdesk.db.models import AccountMessage, Block, BusinessCase, Person
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused
from smdesk.services import blocks, history, letters, messages, people_merge, queue, verify
from smdesk.services.case_records import CaseDecisionKind
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import CASE_KINDS, LetterKind, LetterStatus, SentHow
from smdesk.services.queue import QueueKind
from tests.support import accounts, cases
from tests.support.account_letters import (
    APPROVED,
    MORE,
    REJECTED,
    WHATS,
    approved,
    block_for,
    case_for,
    change,
    drafted,
    issued,
    letter_of,
    matter,
    message_for,
    office,
)
from tests.support.printed import printed
from tests.support.school import START, SmallSchool


def lines(school: SmallSchool, what: str, matter_id: int) -> list[str]:
    with school.database.reading() as db:
        return [each.text for each in history.lines(db, what, matter_id) if each.kind == "letter"]


# What they tell


@pytest.mark.parametrize("what", WHATS)
def test_from_draft_to_envelope(school: SmallSchool, what: str) -> None:
    matter_id = matter(school, what)
    letter = issued(school, drafted(school, what, matter_id))
    record = letters.get(office(school), letter)
    assert (record.matter_kind, record.matter_id, record.status) == (what, matter_id, LetterStatus.ISSUED)
    shown = printed(letters.issued_pdf(office(school), letter))
    assert record.reference in shown
    assert "Mrs H. Alder" in shown
    assert any("issued as 2026/L0001" in line for line in lines(school, what, matter_id))
    listed = {"case": letters.for_case, "message": letters.for_message, "block": letters.for_block}[what]
    assert [row.number for row in listed(office(school), matter_id)] == ["2026/L0001"]
    assert letter in letters.sorted_ids(office(school), "issued", record.reference)
    faults = verify.check(school.ctx_for("headteacher"))
    assert [each for each in faults if "keys.json" not in each] == []


@pytest.mark.parametrize("kind", CASE_KINDS)
def test_the_proposer_is_told_what_was_decided_and_why(school: SmallSchool, kind: LetterKind) -> None:
    letter = letter_of(school, drafted(school, "case", case_for(school, kind), kind))
    assert letter.person_id == school.people["teacher"]
    assert letter.salutation == "Dear Mr Hazel"
    assert "The audience is on the website already." in letter.body
    assert "@Brambleford Primary" not in letter.body
    assert "Brambleford Primary on Facebook" in letter.body
    assert "11 March 2026" in letter.body
    assert ("do not open the account" in letter.body) is (kind is not APPROVED)


@pytest.mark.parametrize("kind", CASE_KINDS)
def test_only_the_letter_that_tells_the_truth_is_drafted(school: SmallSchool, kind: LetterKind) -> None:
    case_id = case_for(school, kind)
    for other in CASE_KINDS:
        if other is not kind:
            with pytest.raises(Refused, match="stands at"):
                drafted(school, "case", case_id, other)


def test_an_account_that_exists_is_told_of_as_such(school: SmallSchool) -> None:
    account = accounts.an_account(school, "Brambleford Primary")
    case_id = case_for(school, REJECTED, exists_already=True, account_id=account)
    body = letter_of(school, drafted(school, "case", case_id, REJECTED)).body
    assert "may not go on in the school's name" in body
    assert "do not open the account" not in body


@pytest.mark.parametrize(
    ("kind", "says", "never"),
    [
        ("complaint", "complaints procedure is open to you", "has been read"),
        ("query", "has been read", "complaints procedure"),
        ("praise", "has been read", "complaints procedure"),
    ],
)
def test_an_acknowledgement_says_nothing_of_what_was_said(
    school: SmallSchool, kind: str, says: str, never: str
) -> None:
    body = letter_of(school, drafted(school, "message", message_for(school, kind=kind))).body
    assert says in body
    assert never not in body
    assert "telephone." not in body
    assert "@brambleford on Facebook" in body
    assert "2026/M0001" in body


def test_a_notice_says_where_since_when_why_and_when_it_is_looked_at_again(school: SmallSchool) -> None:
    body = letter_of(school, drafted(school, "block", block_for(school))).body
    for part in ("E-mail to the office", "11 March 2026", "Twenty messages at night", "11 September 2026"):
        assert part in body
    assert "Class Dojo, ParentPay" in body


@pytest.mark.parametrize(
    "hostile",
    [
        "# Not a heading",
        "- not an item",
        "costs $parent and $$",
        "<b>O'Brien & Sons",
        "</para><para>",
        "1. one",
    ],
)
def test_the_records_own_words_stand_literally(school: SmallSchool, hostile: str) -> None:
    letter = drafted(school, "block", block_for(school, reason=hostile))
    shown = printed(letters.preview_pdf(office(school), letter))
    assert " ".join(hostile.split()) in shown


def test_what_the_school_has_not_filled_in_stops_the_letter_by_name(school: SmallSchool) -> None:
    with school.database.writing() as db:
        db.execute(text("UPDATE school SET complaints_procedure = '', phone = '', email = ''"))
    with pytest.raises(Invalid) as caught:
        drafted(school, "block", block_for(school))
    assert {each.field for each in caught.value.problems} == {"contact", "complaints"}


# To whom


@pytest.mark.parametrize("what", ["message", "block"])
@pytest.mark.parametrize(
    ("person", "why"),
    [(None, "nobody to address"), ("sam", "under 18"), ("stranger", "Nobody knows who this is")],
)
def test_whom_no_letter_goes_to(school: SmallSchool, what: str, person: str | None, why: str) -> None:
    matter_id = {"message": message_for, "block": block_for}[what](school, person)
    with pytest.raises(Refused, match=why):
        drafted(school, what, matter_id)


def test_a_proposer_by_name_alone_has_no_letter(school: SmallSchool) -> None:
    case_id = case_for(school, proposer_id=None, proposer_name="Mrs Thistlewood")
    with pytest.raises(Refused, match="Mrs Thistlewood is not on record"):
        drafted(school, "case", case_id)


@pytest.mark.parametrize("what", WHATS)
def test_a_second_one_of_the_kind_waits_for_the_first(school: SmallSchool, what: str) -> None:
    matter_id = matter(school, what)
    first = drafted(school, what, matter_id)
    with pytest.raises(Refused, match="not issued yet"):
        drafted(school, what, matter_id)
    letters.withdraw(office(school), first, "A slip")
    assert drafted(school, what, matter_id)


def test_letters_about_two_matters_do_not_wait_for_each_other(school: SmallSchool) -> None:
    assert drafted(school, "block", block_for(school)) != drafted(school, "block", block_for(school))


@pytest.mark.parametrize("what", WHATS)
def test_a_letter_follows_a_merged_record_and_goes_to_nobody_else(school: SmallSchool, what: str) -> None:
    matter_id = matter(school, what)
    letter = drafted(school, what, matter_id)
    table: tuple[type[Any], str] = {
        "case": (BusinessCase, "proposer_id"),
        "message": (AccountMessage, "person_id"),
        "block": (Block, "person_id"),
    }[what]
    if what != "case":  # a decided case is sealed: its proposer stays
        change(school, table[0], matter_id, **{table[1]: school.people["ben"]})
        with pytest.raises(Refused, match="Withdraw the letter"):
            approved(school, letter)
        change(school, table[0], matter_id, **{table[1]: school.people["anna"]})
    keep = "ben" if what != "case" else "office"
    gone = "anna" if what != "case" else "teacher"
    people_merge.merge(office(school), school.people[keep], school.people[gone])
    assert letter_of(school, letter).person_id in (school.people[keep], school.people[gone])
    letters.withdraw(office(school), letter, "Merged")
    again = letter_of(school, drafted(school, what, matter_id))
    assert again.person_id == school.people[keep]


# What stops it on its way


def test_a_block_that_has_ended_is_not_given_notice_of(school: SmallSchool) -> None:
    block_id = block_for(school)
    letter = approved(school, drafted(school, "block", block_id))
    blocks.end(
        office(school), block_id, blocks.open_block(office(school), block_id).version, "Sorry", START.date()
    )
    with pytest.raises(Refused, match="ended on 11 March 2026"):
        letters.issue(office(school), letter, letter_of(school, letter).version)
    with pytest.raises(Refused, match="nothing to give notice of"):
        drafted(school, "block", block_id)


@pytest.mark.parametrize("fields", [{"place": "Telephone"}, {"since_on": START.date() - timedelta(days=3)}])
def test_a_notice_whose_block_has_changed_since_the_approval_is_stopped(
    school: SmallSchool, fields: dict[str, Any]
) -> None:
    block_id = block_for(school)
    letter = approved(school, drafted(school, "block", block_id))
    record = blocks.open_block(office(school), block_id)
    blocks.save(office(school), replace(record.draft, **fields), block_id, record.version)
    with pytest.raises(Refused, match="has changed on record"):
        letters.issue(office(school), letter, letter_of(school, letter).version)


def test_a_name_that_changed_since_the_approval_stops_the_letter(school: SmallSchool) -> None:
    letter = approved(school, drafted(school, "message", message_for(school)))
    change(school, Person, school.people["anna"], family_name="Rowan")
    with pytest.raises(Refused):
        letters.issue(office(school), letter, letter_of(school, letter).version)


def test_more_that_was_given_since_outdates_the_question(school: SmallSchool) -> None:
    case_id = case_for(school, MORE)
    letter = drafted(school, "case", case_id, MORE)
    cases.submit(school, case_id)
    letters.submit(office(school), drafted(school, "block", block_for(school)), 1)
    with pytest.raises(Refused, match="stands at"):
        letters.submit(office(school), letter, 1)


def test_a_newer_question_asks_for_a_newer_letter(school: SmallSchool) -> None:
    case_id = case_for(school, MORE)
    letter = drafted(school, "case", case_id, MORE)
    cases.submit(school, case_id)
    school.clock.forward(hours=1)
    cases.decide(school, case_id, CaseDecisionKind.ASK_FOR_MORE, reason="And who pays?")
    with pytest.raises(Refused, match="after this letter was drafted"):
        letters.submit(office(school), letter, 1)


def test_no_letter_rests_on_a_decision_whose_signature_fails(school: SmallSchool) -> None:
    case_id = case_for(school)
    with school.database.writing() as db:
        db.execute(text("DROP TRIGGER IF EXISTS case_decision_unchanged"))
        db.execute(text("UPDATE case_decision SET reason = 'Because.'"))
    with pytest.raises(Refused, match="No letter can rest on this decision"):
        drafted(school, "case", case_id)


def test_a_pupil_named_in_the_reason_of_a_block_is_found(school: SmallSchool) -> None:
    letter = drafted(school, "block", block_for(school, reason="She asked for Tariq Osei-Marsh by name."))
    letters.submit(office(school), letter, 1)
    with pytest.raises(Refused, match="Tariq Osei-Marsh"):
        letters.approve(school.ctx_for("headteacher"), letter, letter_of(school, letter).version)


# The clock


def test_an_acknowledgement_that_has_gone_stops_the_clock_once(school: SmallSchool) -> None:
    message_id = message_for(school)
    letter = issued(school, drafted(school, "message", message_id))
    assert messages.open_message(office(school), message_id).replied_at is None
    before = messages.open_message(office(school), message_id).version
    school.clock.forward(hours=2)
    letters.record_sent(office(school), letter, SentHow.HAND, school.clock.now.date())
    record = messages.open_message(office(school), message_id)
    assert record.replied_at == school.clock.now
    assert record.acknowledgement is not None
    assert record.acknowledgement.text == "By letter 2026/L0001."
    assert record.acknowledgement.by == "Mrs H. Alder"
    assert record.version > before
    school.clock.forward(days=1)
    letters.record_sent(office(school), letter, SentHow.HAND, START.date())
    assert messages.open_message(office(school), message_id).replied_at == record.replied_at


def test_a_letter_of_a_day_before_counts_by_the_end_of_that_day(school: SmallSchool) -> None:
    message_id = message_for(school)
    letter = issued(school, drafted(school, "message", message_id))
    school.clock.forward(days=2)
    letters.record_sent(office(school), letter, SentHow.POST, START.date())
    replied = messages.open_message(office(school), message_id).replied_at
    assert replied is not None
    assert replied.astimezone().replace(second=0) == datetime.fromisoformat("2026-03-11T23:59:00+00:00")


# Who sees and who decides


def test_a_handed_over_message_is_acknowledged_from_its_incident(school: SmallSchool) -> None:
    message_id = message_for(school)
    letter = drafted(school, "message", message_id)
    messages.hand_over(office(school), message_id, messages.open_message(office(school), message_id).version)
    with pytest.raises(Refused, match="handled as an incident"):
        letters.submit(office(school), letter, 1)


@pytest.mark.parametrize("what", ["message", "block"])
def test_what_became_confidential_hides_its_letter_too(school: SmallSchool, what: str) -> None:
    matter_id = matter(school, what)
    letter = drafted(school, what, matter_id)
    incident = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    change(school, AccountMessage if what == "message" else Block, matter_id, incident_id=incident)
    with pytest.raises(NotFound):
        letters.get(office(school), letter)
    assert letter not in letters.sorted_ids(office(school), "all")
    assert letter in letters.sorted_ids(school.ctx_for("dsl"), "all")
    letters.get(school.ctx_for("dsl"), letter)
    with school.database.reading() as db:
        noted = db.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'letter.opened'")).scalar()
    assert noted == 1


def test_a_block_from_an_incident_has_its_notice_there(school: SmallSchool) -> None:
    block_id = block_for(school, incident_id=school.incident())
    with pytest.raises(Refused, match=r"incident 2026/0001.*INC-5"):
        drafted(school, "block", block_id)


@pytest.mark.parametrize("what", WHATS)
def test_the_chair_decides_about_a_letter_to_the_headteacher(school: SmallSchool, what: str) -> None:
    if what == "case":
        cases.set_up(school, "office", "teacher")
        matter_id = cases.submit(school, cases.propose(school, proposer_id=school.people["head"]))
        school.clock.forward(hours=1)
        cases.decide(
            school,
            matter_id,
            CaseDecisionKind.REJECT,
            login="leadership",
            agreed=(school.users["leadership"],),
        )
    else:
        matter_id = {"message": message_for, "block": block_for}[what](school, "head")
    letter = drafted(school, what, matter_id, REJECTED)
    letters.submit(office(school), letter, 1)
    head, chair = school.ctx_for("headteacher"), school.ctx_for("chair")
    assert not letters.get(head, letter).may_approve
    assert "chair of governors" in letters.get(head, letter).why_not
    with pytest.raises(NotAllowed):
        letters.approve(head, letter, letter_of(school, letter).version)
    assert letter in letters.sorted_ids(chair, "waiting")
    assert letters.get(chair, letter).may_approve
    letters.approve(chair, letter, letter_of(school, letter).version)
    assert letter_of(school, letter).status == LetterStatus.APPROVED


@pytest.mark.parametrize("what", WHATS)
def test_the_chair_sees_no_other_and_a_governor_none(school: SmallSchool, what: str) -> None:
    letter = drafted(school, what, matter(school, what))
    with pytest.raises(NotFound):
        letters.get(school.ctx_for("chair"), letter)
    assert letter not in letters.sorted_ids(school.ctx_for("chair"), "all")
    assert letter in letters.sorted_ids(school.ctx_for("leadership"), "all")
    with pytest.raises(NotAllowed):
        letters.get(school.ctx_for("governor"), letter)


@pytest.mark.parametrize("what", WHATS)
def test_what_waits_stands_in_the_deciders_queue_alone(school: SmallSchool, what: str) -> None:
    letter = drafted(school, what, matter(school, what))
    letters.submit(office(school), letter, 1)
    waiting = {
        login: [
            each
            for each in queue.waiting(school.ctx_for(login))
            if each.kind is QueueKind.LETTER and each.id == letter
        ]
        for login in ("headteacher", "chair")
    }
    assert len(waiting["headteacher"]) == 1
    assert waiting["chair"] == []


def test_a_letter_in_the_addressees_language_brings_the_english_copy(school: SmallSchool) -> None:
    change(school, Person, school.people["anna"], language="Welsh")
    letter = letter_of(school, drafted(school, "block", block_for(school)))
    assert letter.language == "cy"
    assert letter.salutation == "Annwyl Ms Quillfeather"
    assert "11 Mawrth 2026" in letter.body
    assert "E-mail to the office" in letter.english_body
    assert letter.english_salutation == "Dear Ms Quillfeather"
    change(school, Person, school.people["anna"], language="Polish")
    polish = letter_of(school, drafted(school, "message", message_for(school)))
    assert (polish.language, polish.english_body) == ("en", "")
    assert "explained in Polish" in polish.body


def test_a_letter_sent_back_to_be_changed_stands_in_the_history(school: SmallSchool) -> None:
    block_id = block_for(school)
    letter = drafted(school, "block", block_id)
    letters.submit(office(school), letter, 1)
    letters.return_with_note(school.ctx_for("headteacher"), letter, 2, "Softer, please")
    assert any("eturned" in line for line in lines(school, "block", block_id))


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("language", ["English", "Welsh"])
def test_what_goes_out_is_accessible_whatever_was_typed(
    school: SmallSchool, what: str, language: str
) -> None:
    """PDF/UA-1 and PDF/A-2a, with the longest and strangest that a record may hold, each in its place."""
    address = "\n".join(f"{line} <i>Rue</i> & O'Brien" for line in range(1, 10))
    strange = {
        "given_name": "Zażółć",
        "family_name": "Nguyễn " * 11 + "王小明",
        "address": address,
        "postcode": "",
    }
    for key in ("anna", "teacher"):
        change(school, Person, school.people[key], language=language, **strange)
    matter_id = matter(school, what)
    if what == "block":
        quoted = "\n".join(f'{line}. </para><para> $parent # - =HYPERLINK("x")' for line in range(1, 41))
        blocks.save(
            office(school),
            replace(blocks.open_block(office(school), matter_id).draft, reason=quoted),
            matter_id,
            blocks.open_block(office(school), matter_id).version,
        )
    letter = issued(school, drafted(school, what, matter_id))
    pdf = letters.issued_pdf(office(school), letter)
    for profile in ("ua1", "2a"):
        assert checker.validate_pdf_bytes(pdf, profile=profile).failures == [], profile
    shown = printed(pdf)
    assert "9 <i>Rue</i> & O'Brien" in shown
    if what == "block":
        assert '40. </para><para> $parent # - =HYPERLINK("x")' in shown
