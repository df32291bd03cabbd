"""Letters about an exception: who is written to, what they may learn, and what stops a letter on its way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from smdesk.db.models import AuditEntry, ConnectionEvent, Entry, Letter, Person, PersonLink
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused, Tampered
from smdesk.policy.vocabulary import Capacity, Link, Relationship
from smdesk.services import connection_decisions, letters, people, people_merge, verify
from smdesk.services.connection_records import DecisionDraft, DecisionKind
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import (
    EXCEPTION_KINDS,
    ExceptionLetterChoice,
    LetterKind,
    LetterStatus,
    SentHow,
)
from tests.support import connections
from tests.support.printed import printed
from tests.support.school import SmallSchool

APPROVED, REFUSED, ENDED = EXCEPTION_KINDS
SCAN = b"%PDF-1.4\n%%EOF\n"


def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def head(school: SmallSchool) -> Context:
    return school.ctx_for("headteacher")


@pytest.fixture
def exception(school: SmallSchool) -> int:
    """Sam's uncle, the teacher, approved."""
    return connections.approved(school)


def drafted(school: SmallSchool, exception_id: int, to: str = "teacher", kind: LetterKind = APPROVED) -> int:
    return letters.draft_for_exception(office(school), exception_id, kind, school.people[to]).id


def version(school: SmallSchool, letter: int) -> int:
    with school.database.reading() as db:
        return db.get_one(Letter, letter).version


def submitted(school: SmallSchool, letter: int) -> int:
    letters.submit(office(school), letter, version(school, letter))
    return letter


def approved(school: SmallSchool, letter: int, login: str = "headteacher") -> int:
    letters.approve(school.ctx_for(login), submitted(school, letter), version(school, letter))
    return letter


def issued(school: SmallSchool, letter: int, login: str = "headteacher") -> int:
    letters.issue(office(school), approved(school, letter, login), version(school, letter))
    return letter


def edited(school: SmallSchool, letter: int, **changes: Any) -> int:
    record = letters.get(office(school), letter)
    letters.save(office(school), letter, replace(record.edit, **changes), record.version)
    return letter


def added(school: SmallSchool, letter: int, words: str) -> int:
    body = letters.get(office(school), letter).edit.body
    return edited(school, letter, body=f"{body}\n\n{words}")


def person(school: SmallSchool, key: str, **fields: Any) -> int:
    """Somebody new on record."""
    usual: dict[str, Any] = {"kind": "parent", "created_at": school.clock.now, "family_name": key.title()}
    with school.database.writing() as db:
        row = Person(sort_name=key, **{**usual, **fields})
        db.add(row)
        db.flush()
        school.people[key] = row.id
        return row.id


def change(school: SmallSchool, key: str, **fields: Any) -> None:
    with school.database.writing() as db:
        row = db.get_one(Person, school.people[key])
        for name, value in fields.items():
            setattr(row, name, value)


def rename(school: SmallSchool, key: str, **names: str) -> None:
    record = people.record_of(office(school), school.people[key])
    people.save(office(school), replace(record.draft, **names), record.id, record.version)


def link(school: SmallSchool, parent: str, pupil: str = "sam", relation: str = "parent_of") -> None:
    with school.database.writing() as db:
        db.add(PersonLink(person_id=school.people[parent], other_id=school.people[pupil], relation=relation))


def unlink(school: SmallSchool, parent: str) -> None:
    with school.database.writing() as db:
        db.execute(delete(PersonLink).where(PersonLink.person_id == school.people[parent]))


def choices(
    school: SmallSchool, exception_id: int, kind: LetterKind = APPROVED
) -> list[ExceptionLetterChoice]:
    return [each for each in letters.choices_for_exception(office(school), exception_id) if each.kind is kind]


def faults(school: SmallSchool) -> list[str]:
    """What the check of the records finds; this small school has no file of keys."""
    return [fault for fault in verify.check(head(school)) if "keys.json" not in fault]


# From draft to envelope


def test_from_draft_to_envelope(school: SmallSchool, exception: int) -> None:
    letter = drafted(school, exception, "anna")
    before = letters.get(head(school), submitted(school, letter))
    assert (before.status, before.may_approve, before.edit.reply_by) == (LetterStatus.SUBMITTED, True, None)
    assert (before.matter_kind, before.matter_id, before.reference) == ("exception", exception, "2026/C0001")
    letters.approve(head(school), letter, before.version)
    saved = letters.issue(office(school), letter, version(school, letter))
    assert saved.changes == {("letter", letter), ("exception", exception), ("person", school.people["anna"])}
    letters.record_sent(office(school), letter, SentHow.POST, school.clock.now.date(), "First class")
    paper = printed(letters.issued_pdf(office(school), letter))
    for words in ("Ms Anna Quillfeather", "3 Orchard Way", "2026/L0001", "Mr Tim Hazel", "Sam Quillfeather"):
        assert words in paper
    with school.database.reading() as db:
        lines = db.scalars(select(ConnectionEvent.text).where(ConnectionEvent.letter_id == letter)).all()
        assert list(lines) == [
            "Letter “Exception approved” to Anna Quillfeather: approved",
            "Letter “Exception approved” to Anna Quillfeather: issued as 2026/L0001",
            "2026/L0001: sent by post. First class",
        ]
        assert db.scalars(select(Entry.id)).all() == []
    assert faults(school) == []


def test_each_reader_has_their_own_letter_and_is_told_no_more(school: SmallSchool) -> None:
    secret = "Their mother said so at the gate"
    exception = connections.approved(
        school, known_how=secret, evidence_seen=secret, notes=secret, relationship_note=secret
    )
    for key in ("teacher", "anna", "ben"):
        issued(school, drafted(school, exception, key))
    rows = letters.for_exception(office(school), exception)
    assert [(row.person_name, row.number) for row in rows] == [
        ("Ben Quillfeather", "2026/L0003"),
        ("Anna Quillfeather", "2026/L0002"),
        ("Tim Hazel", "2026/L0001"),
    ]
    texts = {row.person_name: printed(letters.issued_pdf(office(school), row.id)) for row in rows}
    for name, words in texts.items():
        for private in (secret, "uncle", "They are family", "Year 5", "2015", "anna@quillfeather.example"):
            assert private not in words, (name, private)
    assert "Orchard Way" not in texts["Tim Hazel"]
    assert "Anna" not in texts["Tim Hazel"]
    assert "Anna" not in texts["Ben Quillfeather"]


def test_the_list_finds_it_by_the_reference_of_the_exception(school: SmallSchool, exception: int) -> None:
    incident = school.incident()
    about_incident = letters.draft(office(school), incident, LetterKind.INVITATION).id
    letter = drafted(school, exception)
    assert list(letters.sorted_ids(office(school), "all")) == [letter, about_incident]
    assert list(letters.sorted_ids(office(school), "all", "C0001 Hazel")) == [letter]
    assert list(letters.sorted_ids(office(school), "all", "2026/0001")) == [about_incident]
    one, two = letters.rows(office(school), [letter, about_incident])
    assert (one.matter_kind, one.matter_id, one.reference) == ("exception", exception, "2026/C0001")
    assert (two.matter_kind, two.matter_id, two.reference) == ("incident", incident, "2026/0001")


def test_a_returned_or_withdrawn_letter_stands_in_the_history(school: SmallSchool, exception: int) -> None:
    letter = submitted(school, drafted(school, exception))
    letters.return_with_note(head(school), letter, version(school, letter), "Warmer, please")
    assert letters.get(office(school), letter).status is LetterStatus.RETURNED
    approved(school, added(school, letter, "With kind regards."))
    letters.withdraw(office(school), letter, "Told in person")
    with school.database.reading() as db:
        lines = [
            (row.text, row.reason)
            for row in db.scalars(select(ConnectionEvent).where(ConnectionEvent.letter_id == letter))
        ]
    assert lines == [
        ("Letter “Exception approved” to Tim Hazel: returned to be changed", "Warmer, please"),
        ("Letter “Exception approved” to Tim Hazel: approved", ""),
        ("Letter “Exception approved” to Tim Hazel: withdrawn before it was issued", "Told in person"),
    ]


# Which letter, as the exception stands


def test_only_the_letter_that_tells_the_truth_is_open(school: SmallSchool) -> None:
    exception = connections.declare(school)

    def open_kinds() -> set[LetterKind]:
        found = letters.choices_for_exception(office(school), exception)
        assert all(each.why for each in found if not each.open)
        assert {each.kind for each in found} == set(EXCEPTION_KINDS)
        return {each.kind for each in found if each.open}

    assert open_kinds() == set()
    connections.submit(school, exception)
    assert open_kinds() == set()
    connections.decide(school, exception, DecisionKind.APPROVE)
    assert open_kinds() == {APPROVED}
    school.clock.forward(days=1)
    connections.decide(school, exception, DecisionKind.REVOKE)
    assert open_kinds() == {ENDED}
    for kind in (APPROVED, REFUSED):
        with pytest.raises(Refused, match="Revoked"):
            drafted(school, exception, kind=kind)


def test_a_refusal_is_told_and_says_by_when_to_end_it(school: SmallSchool) -> None:
    exception = connections.submit(school, connections.declare(school))
    connections.decide(school, exception, DecisionKind.REFUSE, reason="Sam does not want it")
    letter = drafted(school, exception, "anna", REFUSED)
    record = letters.get(office(school), letter)
    assert record.edit.reply_by == date(2026, 3, 17)  # two days to act, two for the post
    assert "by 17 March 2026" in record.edit.body
    assert "does not want" not in record.edit.body
    edited(school, letter, reply_by=date(2026, 3, 20))
    assert "by 20 March 2026" in letters.get(office(school), letter).edit.body
    assert "asks" not in printed(letters.issued_pdf(office(school), issued(school, letter)))[:50]


def test_an_end_nobody_decided_is_told_once_it_has_come(school: SmallSchool, exception: int) -> None:
    leaving = school.clock.now.date() + timedelta(days=20)
    connections.leaves(school, "sam", leaving)
    assert not any(each.open for each in choices(school, exception, ENDED))
    body = letters.get(office(school), drafted(school, exception)).edit.body
    assert "Until: 30 March 2026" in body
    school.clock.forward(days=20)
    record = letters.get(office(school), issued(school, drafted(school, exception, kind=ENDED)))
    assert "31 March 2026" in record.edit.body
    assert "nothing to be done" in record.edit.body
    assert record.edit.reply_by is None


def test_an_end_that_was_decided_ahead_is_told_ahead(school: SmallSchool, exception: int) -> None:
    school.clock.forward(days=1)
    ends = school.clock.now.date() + timedelta(days=30)
    connections.decide(school, exception, DecisionKind.END, from_on=ends)
    record = letters.get(office(school), issued(school, drafted(school, exception, "anna", ENDED)))
    assert "11 April 2026" in record.edit.body
    assert record.edit.reply_by is not None
    assert record.edit.reply_by > ends


def test_a_second_one_of_the_kind_waits_for_the_first(school: SmallSchool, exception: int) -> None:
    letter = drafted(school, exception)
    with pytest.raises(Refused, match="not issued yet"):
        drafted(school, exception)
    assert [each.open for each in choices(school, exception)] == [False, True, True]
    issued(school, letter)
    first = choices(school, exception)[0]
    assert first.open
    assert first.why == "Issued before, as 2026/L0001 on 11 March 2026."


def test_a_letter_about_an_exception_is_none_about_an_incident(school: SmallSchool) -> None:
    with pytest.raises(Refused, match="tells of an exception"):
        letters.draft(office(school), school.incident(), APPROVED)
    assert {each.kind for each in letters.choices(office(school), 1)}.isdisjoint(EXCEPTION_KINDS)


# To whom


def test_the_adult_and_each_parent_of_this_pupil(school: SmallSchool, exception: int) -> None:
    person(school, "olu", given_name="Olu", family_name="Osei-Marsh")
    link(school, "olu", "tariq")
    person(school, "gran", given_name="Gwen", family_name="Quillfeather")
    link(school, "gran", relation="related_to")
    found = choices(school, exception)
    assert [(each.person_name, each.audience, each.open) for each in found] == [
        ("Tim Hazel", "The adult", True),
        ("Anna Quillfeather", "Parent or carer of Sam Quillfeather", True),
        ("Ben Quillfeather", "Parent or carer of Sam Quillfeather", True),
    ]
    for stranger in ("olu", "gran", "sam", "tariq", "head", "office"):
        with pytest.raises(Refused, match="none of them"):
            drafted(school, exception, stranger)


def test_a_carer_counts_and_so_does_a_link_with_a_merged_record(school: SmallSchool) -> None:
    person(school, "samuel", kind="pupil", given_name="Samuel", family_name="Quillfeather")
    person(school, "carer", given_name="Cleo", family_name="Fern")
    link(school, "carer", "samuel", "carer_of")
    exception = connections.approved(school)
    people_merge.merge(head(school), school.people["sam"], school.people["samuel"])
    assert ("Cleo Fern", True) in [(each.person_name, each.open) for each in choices(school, exception)]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"identified": False}, "Nobody knows who this is"),
        ({"left_on": date(2026, 3, 11)}, "left the school on 11 March 2026"),
        ({"kind": "pupil"}, "pupil or under 18"),
        ({"date_of_birth": date(2009, 3, 12)}, "pupil or under 18"),
    ],
)
def test_parents_who_may_not_be_written_to(
    school: SmallSchool, exception: int, fields: dict[str, Any], why: str
) -> None:
    change(school, "anna", **fields)
    anna = choices(school, exception)[1]
    assert not anna.open
    assert why in anna.why
    with pytest.raises(Refused, match=why):
        drafted(school, exception, "anna")


def test_where_no_parent_is_on_record_the_choice_says_so(school: SmallSchool) -> None:
    exception = connections.approved(school, other="tariq")
    adult, parent = choices(school, exception)
    assert adult.open
    assert (parent.person_id, parent.open) == (None, False)
    assert "No parent or carer of Tariq Osei-Marsh" in parent.why


def test_a_parent_who_is_the_adult_has_the_adults_letter(school: SmallSchool) -> None:
    link(school, "teacher")
    exception = connections.approved(school, relationship=Relationship.PARENT)
    found = [each for each in choices(school, exception) if each.person_id == school.people["teacher"]]
    assert [(each.audience, each.open) for each in found] == [
        ("The adult", True),
        ("Parent or carer of Sam Quillfeather", False),
    ]
    letter = drafted(school, exception)
    assert "between you and Sam Quillfeather" in letters.get(office(school), letter).edit.body


def test_a_parent_speaks_for_themselves(school: SmallSchool) -> None:
    exception = connections.approved(school, other="anna", relationship=Relationship.OLD_FRIEND)
    found = choices(school, exception)
    assert [(each.person_name, each.audience) for each in found] == [
        ("Tim Hazel", "The adult"),
        ("Anna Quillfeather", "Parent or carer"),
    ]
    paper = printed(letters.issued_pdf(office(school), issued(school, drafted(school, exception, "anna"))))
    assert "between you and Mr Tim Hazel" in paper
    assert "Sam" not in paper
    change(school, "anna", left_on=school.clock.now.date())
    assert not choices(school, exception)[1].open


@pytest.mark.parametrize(
    ("born", "to"),
    [
        (date(2008, 3, 11), ["Sam Quillfeather"]),
        (date(2008, 3, 12), ["Anna Quillfeather", "Ben Quillfeather"]),
        (None, []),
    ],
)
def test_a_former_pupil_is_written_to_from_18_on(
    school: SmallSchool, born: date | None, to: list[str]
) -> None:
    change(school, "sam", left_on=date(2025, 7, 20), date_of_birth=born)
    exception = connections.approved(school, capacity=Capacity.FORMER_PUPIL, other_joined_on=None)
    found = choices(school, exception)[1:]
    assert [each.person_name for each in found if each.open] == to
    if born is None:
        assert "date of birth is not on record" in found[0].why


def test_a_pupil_of_age_may_be_written_to_and_so_may_their_parents(school: SmallSchool) -> None:
    change(school, "sam", date_of_birth=date(2008, 3, 1))
    exception = connections.approved(school)
    assert [each.audience for each in choices(school, exception) if each.open] == [
        "The adult",
        "Pupil, of age",
        "Parent or carer of Sam Quillfeather",
        "Parent or carer of Sam Quillfeather",
    ]
    body = letters.get(office(school), drafted(school, exception, "sam")).edit.body
    assert "between you and Mr Tim Hazel" in body


# What changes while a letter lies on a desk


Step = str


def reached(school: SmallSchool, letter: int, step: Step) -> int:
    if step in ("approve", "issue"):
        submitted(school, letter)
    if step == "issue":
        letters.approve(head(school), letter, version(school, letter))
    return letter


def take(school: SmallSchool, letter: int, step: Step) -> None:
    if step == "submit":
        letters.submit(office(school), letter, version(school, letter))
    elif step == "approve":
        letters.approve(head(school), letter, version(school, letter), "reason")
    else:
        letters.issue(office(school), letter, version(school, letter))


STEPS = ("submit", "approve", "issue")


@pytest.mark.parametrize("step", STEPS)
def test_a_parent_who_is_no_longer_linked_gets_nothing(
    school: SmallSchool, exception: int, step: Step
) -> None:
    letter = reached(school, drafted(school, exception, "ben"), step)
    unlink(school, "ben")
    with pytest.raises(Refused, match="not linked with this exception any more"):
        take(school, letter, step)
    link(school, "ben")
    take(school, letter, step)


@pytest.mark.parametrize("step", STEPS)
def test_a_parent_who_has_left_gets_nothing(school: SmallSchool, exception: int, step: Step) -> None:
    letter = reached(school, drafted(school, exception, "ben"), step)
    change(school, "ben", left_on=school.clock.now.date())
    with pytest.raises(Refused, match="left the school"):
        take(school, letter, step)


@pytest.mark.parametrize("step", STEPS)
def test_an_exception_that_ended_since_is_not_told_as_approved(
    school: SmallSchool, exception: int, step: Step
) -> None:
    letter = reached(school, drafted(school, exception, "anna"), step)
    connections.leaves(school, "teacher", school.clock.now.date())
    with pytest.raises(Refused, match="approved and has not ended"):
        take(school, letter, step)


@pytest.mark.parametrize("step", STEPS)
def test_a_newer_decision_asks_for_a_newer_letter(school: SmallSchool, exception: int, step: Step) -> None:
    letter = reached(school, drafted(school, exception, "anna"), step)
    school.clock.forward(days=3)
    connections.decide(school, exception, DecisionKind.RENEW, conditions="Only at weekends")
    with pytest.raises(Refused, match="after this letter was drafted"):
        take(school, letter, step)
    letters.withdraw(office(school), letter, "Overtaken")
    assert "Only at weekends" in letters.get(office(school), drafted(school, exception, "anna")).edit.body


@pytest.mark.parametrize("step", STEPS)
def test_an_end_that_became_known_must_stand_in_the_letter(
    school: SmallSchool, exception: int, step: Step
) -> None:
    letter = reached(school, drafted(school, exception, "anna"), step)
    connections.leaves(school, "teacher", date(2026, 7, 22))
    with pytest.raises(Refused, match=r"until when \(21 July 2026\)"):
        take(school, letter, step)


def test_a_name_that_changed_since_the_approval_stops_the_letter_and_no_signature(
    school: SmallSchool, exception: int
) -> None:
    letter = approved(school, drafted(school, exception, "anna"))
    rename(school, "sam", family_name="Fernley")
    with pytest.raises(Refused, match="whom it is about, Sam Fernley"):
        letters.issue(office(school), letter, version(school, letter))
    to_adult = drafted(school, exception)
    assert "Sam Fernley" in letters.get(office(school), to_adult).edit.body
    approved(school, to_adult)
    rename(school, "teacher", given_name="Timothy")
    with pytest.raises(Refused, match="a name or the decision"):
        letters.issue(office(school), to_adult, version(school, to_adult))
    assert faults(school) == []


def test_the_ladders_step_is_not_taken(school: SmallSchool, exception: int) -> None:
    connections.approved(school, other="anna", relationship=Relationship.OLD_FRIEND)
    issued(school, drafted(school, exception, "anna"))
    incident = school.incident()
    found = {each.kind: each for each in letters.choices(office(school), incident)}
    assert found[LetterKind.INVITATION].open
    assert found[LetterKind.WRITTEN_WARNING].needs_reason


# No wrong child, and nothing that is not the reader's


@pytest.mark.parametrize("to", ["teacher", "anna"])
def test_the_two_may_be_named_and_nobody_else(school: SmallSchool, exception: int, to: str) -> None:
    letter = drafted(school, exception, to)
    assert letters.name_check(office(school), letter) == []
    added(school, letter, "Sam and Mr Hazel may write to each other. So may Tariq.")
    hits = letters.name_check(office(school), letter)
    assert [(hit.name, hit.found) for hit in hits] == [("Tariq Osei-Marsh", "Tariq")]
    with pytest.raises(Refused, match="Tariq"):
        approved(school, letter)


def test_a_namesake_of_the_pupil_is_not_named_by_naming_the_pupil(
    school: SmallSchool, exception: int
) -> None:
    person(school, "sam2", kind="pupil", given_name="Sam", family_name="Quillfeather")
    person(school, "sam3", kind="pupil", given_name="Sam", family_name="Nettle")
    letter = drafted(school, exception, "anna")
    added(school, letter, "Sam has asked for it.")
    assert letters.name_check(office(school), letter) == []
    added(school, letter, "Sam Nettle has too.")
    assert [hit.found for hit in letters.name_check(office(school), letter)] == ["Sam Nettle"]


def test_a_brother_or_sister_is_another_child(school: SmallSchool, exception: int) -> None:
    person(school, "tilly", kind="pupil", given_name="Tilly", family_name="Quillfeather")
    link(school, "anna", "tilly")
    letter = added(school, drafted(school, exception, "anna"), "It is not for Tilly.")
    assert [hit.name for hit in letters.name_check(office(school), letter)] == ["Tilly Quillfeather"]


def test_the_adults_letter_names_no_parent_and_nobody_who_told_the_school(school: SmallSchool) -> None:
    person(school, "aunt", kind="third_party", given_name="Odile", family_name="Sorrel")
    exception = connections.approved(school, declarant_id=school.people["aunt"])
    letter = added(school, drafted(school, exception), "Anna Quillfeather agrees; Ms Sorrel told us.")
    assert {hit.name for hit in letters.name_check(office(school), letter)} == {
        "Anna Quillfeather",
        "Odile Sorrel",
    }


def test_a_child_greeted_or_written_above_the_address_is_found(school: SmallSchool, exception: int) -> None:
    letter = drafted(school, exception, "anna")
    edited(
        school,
        letter,
        salutation="Dear Sam",
        addressee="Ms Anna Quillfeather\nc/o Sam Quillfeather\n3 Orchard Way",
    )
    found = {(hit.name, hit.start) for hit in letters.name_check(office(school), letter)}
    assert found == {("Sam Quillfeather", -1)}


@pytest.mark.parametrize("step", STEPS)
def test_a_letter_must_say_which_child_it_is_about(school: SmallSchool, exception: int, step: Step) -> None:
    letter = drafted(school, exception, "anna")
    body = letters.get(office(school), letter).edit.body
    assert body.count("Sam Quillfeather") > 1
    edited(school, letter, body=body.replace("Sam Quillfeather", "Tariq Osei-Marsh"))
    if step != "submit":  # as if it had been written before the check was there
        with school.database.writing() as db:
            db.get_one(Letter, letter).status = "submitted"
    with pytest.raises(Refused, match="whom it is about, Sam Quillfeather"):
        take(school, letter, "submit" if step == "submit" else "approve")


def test_the_facts_of_the_decision_must_stay_in_the_letter(school: SmallSchool) -> None:
    exception = connections.approved(school, platforms=("facebook", "whatsapp"), links=(Link.GROUP,))
    letter = drafted(school, exception)
    body = letters.get(office(school), letter).edit.body
    edited(school, letter, body=body.replace("WhatsApp", "Signal").replace("11 March 2026", "1 March 2026"))
    with pytest.raises(Refused) as caught:
        submitted(school, letter)
    assert "where it is allowed (WhatsApp)" in str(caught.value)
    assert "from when (11 March 2026)" in str(caught.value)


@pytest.mark.parametrize(
    ("to", "words", "why"),
    [
        ("teacher", "They live at 3  Orchard way, Brambleford.", "the address of Sam Quillfeather"),
        ("teacher", "Write to anna@quillfeather.example.", "the e-mail address of Anna Quillfeather"),
        ("teacher", "Their postcode is yy8 8yy.", "the postcode of Sam Quillfeather"),
        ("anna", "His number is 07700 900-123.", "the telephone number of Tim Hazel"),
        ("anna", "Ben lives at 9 Mill Lane.", "the address of Ben Quillfeather"),
    ],
)
def test_nobody_learns_where_the_other_side_lives(
    school: SmallSchool, exception: int, to: str, words: str, why: str
) -> None:
    change(school, "sam", postcode="YY8 8YY", address="3 Orchard Way\nBrambleford")
    change(school, "teacher", phone="07700 900123")
    change(school, "ben", address="9 Mill Lane\nBrambleford")
    letter = added(school, drafted(school, exception, to), words)
    with pytest.raises(Refused, match=why):
        submitted(school, letter)


def test_a_letter_to_the_adult_does_not_go_to_the_familys_house(school: SmallSchool, exception: int) -> None:
    letter = drafted(school, exception)
    edited(school, letter, addressee="Mr Tim Hazel\n3 Orchard Way\nBrambleford")
    with pytest.raises(Refused, match="the address of Anna Quillfeather"):
        submitted(school, letter)
    change(school, "teacher", address="3 Orchard Way\nBrambleford", postcode="ZZ9 9ZZ")  # they live together
    submitted(school, letter)


@pytest.mark.parametrize("step", ["submit", "approve"])
def test_the_envelope_bears_the_addressees_name(school: SmallSchool, exception: int, step: Step) -> None:
    person(school, "olu", given_name="Olu", family_name="Osei-Marsh", address="1 High Street")
    letter = edited(school, drafted(school, exception, "anna"), addressee="Mr Olu Osei-Marsh\n1 High Street")
    if step == "approve":
        with school.database.writing() as db:
            db.get_one(Letter, letter).status = "submitted"
    with pytest.raises(
        Refused, match="for Anna Quillfeather, but the address begins with “Mr Olu Osei-Marsh”"
    ):
        take(school, letter, step)
    if step == "submit":
        submitted(school, edited(school, letter, addressee="Mr and Ms Quillfeather\n3 Orchard Way"))


# Who decides, and who sees it


@pytest.fixture
def nephew(school: SmallSchool) -> int:
    """The headteacher's own nephew, approved by the chair of governors."""
    return connections.approved(school, "head", "sam", decider="chair")


def test_the_chair_signs_where_the_headteacher_is_the_adult(school: SmallSchool, nephew: int) -> None:
    letter = submitted(school, drafted(school, nephew, "anna"))
    seen = letters.get(head(school), letter)
    assert not seen.may_approve
    assert "CON-5" in seen.why_not
    with pytest.raises(NotAllowed):
        letters.approve(head(school), letter, seen.version)
    chair = school.ctx_for("chair")
    assert letters.get(chair, letter).may_approve
    letters.approve(chair, letter, version(school, letter))
    letters.issue(office(school), letter, version(school, letter))
    paper = printed(letters.issued_pdf(office(school), letter))
    assert "Approved by Mrs C. Fir" in paper
    assert "Please contact Mrs C. Fir" in paper
    assert faults(school) == []


def test_a_letter_about_a_confidential_exception_is_hidden_from_the_office(school: SmallSchool) -> None:
    exception = connections.declare(school, confidentiality=Confidentiality.SAFEGUARDING, login="dsl")
    connections.decide(school, connections.submit(school, exception, "dsl"), DecisionKind.APPROVE)
    dsl = school.ctx_for("dsl")
    letter = letters.draft_for_exception(dsl, exception, APPROVED, school.people["teacher"]).id
    for login in ("business_manager", "leadership", "chair"):
        ctx = school.ctx_for(login)
        assert list(letters.sorted_ids(ctx, "all")) == []
        assert letters.rows(ctx, [letter]) == []
        with pytest.raises(NotFound):
            letters.get(ctx, letter)
        with pytest.raises((NotFound, NotAllowed)):
            letters.for_exception(ctx, exception)
    with pytest.raises((NotFound, NotAllowed)):
        letters.draft_for_exception(office(school), exception, APPROVED, school.people["anna"])
    for login in ("dsl", "headteacher"):
        assert list(letters.sorted_ids(school.ctx_for(login), "all")) == [letter]
    letters.preview_pdf(head(school), letter)
    with school.database.reading() as db:
        opened = db.scalars(select(AuditEntry).where(AuditEntry.action == "letter.opened")).all()
    assert [(row.object_kind, row.object_id, row.actor_id) for row in opened] == [
        ("exception", exception, school.users["headteacher"])
    ]


def test_an_ordinary_one_is_the_offices_and_not_a_leaders(school: SmallSchool, exception: int) -> None:
    letter = drafted(school, exception)
    for login in ("leadership", "chair"):
        with pytest.raises(NotFound):
            letters.get(school.ctx_for(login), letter)
        assert list(letters.sorted_ids(school.ctx_for(login), "all")) == []
    assert list(letters.sorted_ids(school.ctx_for("dsl"), "all")) == [letter]
    with school.database.reading() as db:
        assert db.scalars(select(AuditEntry.seq).where(AuditEntry.action == "letter.opened")).all() == []


# What stands behind it


def on_paper(school: SmallSchool, kind: DecisionKind = DecisionKind.APPROVE) -> int:
    exception = connections.submit(school, connections.declare(school))
    today = school.clock.now.date()
    wanted = DecisionDraft(kind, reason="Family", from_on=today, review_on=today + timedelta(days=300))
    connection_decisions.record_paper(
        office(school), exception, connections.version(school, exception), wanted, today, "scan.pdf", SCAN
    )
    return exception


def test_a_decision_on_paper_is_told_and_whoever_signs_is_told_so(school: SmallSchool) -> None:
    exception = on_paper(school)
    letter = submitted(school, drafted(school, exception))
    note = letters.get(head(school), letter).matter_note
    assert "recorded on behalf of" in note
    assert "not confirmed yet" in note
    decision = connections.opened(school, exception, "headteacher").decisions[-1].id
    connection_decisions.confirm_paper(head(school), decision)
    assert letters.get(head(school), letter).matter_note == ""
    letters.approve(head(school), letter, version(school, letter))
    letters.issue(office(school), letter, version(school, letter))


def test_a_disputed_paper_takes_its_letter_with_it(school: SmallSchool) -> None:
    exception = on_paper(school)
    letter = submitted(school, drafted(school, exception))
    decision = connections.opened(school, exception, "headteacher").decisions[-1].id
    connection_decisions.dispute_paper(head(school), decision, "Not my hand")
    with pytest.raises(Refused, match="approved and has not ended"):
        letters.approve(head(school), letter, version(school, letter))


def test_no_letter_rests_on_a_decision_whose_signature_fails(school: SmallSchool, exception: int) -> None:
    letter = approved(school, drafted(school, exception, "anna"))
    with school.database.writing() as db:
        db.execute(text("DROP TRIGGER connection_decision_unchanged"))
        db.execute(text("UPDATE connection_decision SET conditions = 'None at all'"))
    with pytest.raises(Refused, match="No letter can rest on this decision"):
        letters.issue(office(school), letter, version(school, letter))
    with pytest.raises(Refused, match="No letter can rest on this decision"):
        drafted(school, exception)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE letter SET body = replace(body, 'Facebook', 'Instagram')",
        "UPDATE letter SET exception_id = :other",
        "UPDATE letter SET signed_payload = replace(signed_payload, 'Sam', 'Tom')",
    ],
)
def test_a_letter_changed_behind_our_backs_is_found(
    school: SmallSchool, exception: int, statement: str
) -> None:
    letter = approved(school, drafted(school, exception, "anna"))
    other = connections.approved(school, "teacher", "tariq")
    with school.database.writing() as db:
        db.execute(text("DROP TRIGGER letter_approved_unchanged"))
        values = {"other": other} if ":other" in statement else {}
        db.execute(text(statement), values)
    with pytest.raises(Tampered):
        letters.issue(office(school), letter, version(school, letter))
    assert any("letter" in fault for fault in faults(school))


def test_what_the_school_has_not_filled_in_stops_the_letter_by_name(
    school: SmallSchool, exception: int
) -> None:
    with school.database.writing() as db:
        db.execute(text("UPDATE school SET phone = '', email = ''"))
    with pytest.raises(Invalid) as caught:
        drafted(school, exception)
    assert [problem.field for problem in caught.value.problems] == ["contact"]
