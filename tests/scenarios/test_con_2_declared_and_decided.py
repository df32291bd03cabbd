"""From a declaration to a decision that proves itself: on entry, late, refused and declared anew (CON-2, AUP-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import zxingcpp

from smdesk.db.models import ConnectionDecision
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Initiator, Link, PersonKind, Relationship, Timeliness
from smdesk.security import signatures
from smdesk.security.permissions import Role
from smdesk.services import (
    connection_decisions,
    connection_list,
    connection_signing,
    connections,
    letters,
    paper_check,
    people,
    users,
)
from smdesk.services.connection_records import (
    Agreement,
    DecisionDraft,
    ExceptionFilter,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.letter_records import LetterKind
from smdesk.services.people_records import Relation
from tests.documents.reading import picture_of
from tests.scenarios.telling import APPROVE, ASK, REFUSE, RENEW, Story, printed

APPROVED, REFUSED = LetterKind.EXCEPTION_APPROVED, LetterKind.EXCEPTION_REFUSED
WHY = "Her mother’s brother; I have known the family since 2012."


@pytest.fixture
def ivy(story: Story) -> Story:
    """Ivy joins the school at which her uncle Peter has taught for years."""
    story.known(
        "peter",
        "Rowan",
        "Peter",
        title="Mr",
        kind=PersonKind.STAFF,
        joined_on=date(2020, 9, 1),
        address="9 Mill Lane\nBrambleford",
        phone="01632 960777",
    )
    story.known(
        "ivy",
        "Larch",
        "Ivy",
        kind=PersonKind.PUPIL,
        date_of_birth=date(2017, 5, 4),
        year_group="Year 3",
        joined_on=story.today,
        address="14 Station Road\nBrambleford",
    )
    for key, given in (("joan", "Joan"), ("mark", "Mark")):
        story.known(key, "Larch", given, address="14 Station Road, Brambleford")
        people.link(story.office, story.school.people[key], Relation.PARENT_OF, story.school.people["ivy"])
    return story


def test_con_2_declared_on_entry_approved_told_to_all_and_proved_from_paper(ivy: Story) -> None:
    # The office fills the form: the joining dates come from the people's records.
    ids = ivy.school.people
    joined = connections.joined_dates(ivy.office, ids["peter"], ids["ivy"])
    assert joined == (date(2020, 9, 1), ivy.today)
    exception = ivy.declared(
        "peter",
        "ivy",
        adult_kind=PersonKind.STAFF,
        adult_joined_on=joined[0],
        other_joined_on=joined[1],
        declarant_id=ids["peter"],
        known_how="Joan Larch rang the office about it.",
        since_on=date(2017, 5, 4),
        platforms=("facebook", "whatsapp"),
        links=(Link.FRIEND, Link.MESSAGE),
        evidence_seen="Birth certificate shown at the counter.",
        conditions_proposed="Not in school hours.",
        agreement=Agreement.SIGNED,
        agreement_on=ivy.today,
    )
    record = ivy.exception(exception)
    assert (record.reference, record.timeliness, record.timeliness_words) == (
        "2026/C0001",
        Timeliness.ON_ENTRY,
        "On entry",
    )
    assert (record.status, record.in_force) == (ExceptionStatus.DECLARED, False)
    assert ivy.waits_for("headteacher") == []
    ivy.submitted(exception)
    assert ivy.waits_for("headteacher") == [("exception", "2026/C0001")]
    assert ivy.allowed_on(ivy.today) == []

    # The headteacher reads it and signs; until somebody leaves it is looked at once a year.
    decision = ivy.decided(exception, APPROVE, WHY, conditions="Family matters only.")
    record = ivy.exception(exception)
    assert (record.status, record.in_force, record.review_on) == (
        ExceptionStatus.APPROVED,
        True,
        date(2027, 3, 11),
    )
    assert ivy.waits_for("headteacher") == []
    assert ivy.allowed_on(ivy.today) == ["2026/C0001"]
    assert ivy.allowed_on(ivy.today - timedelta(days=1)) == []

    # The adult and both parents are written to; each reads what is theirs to know.
    open_to = {
        each.person_name
        for each in letters.choices_for_exception(ivy.office, exception)
        if each.open and each.kind is APPROVED
    }
    assert open_to == {"Peter Rowan", "Joan Larch", "Mark Larch"}
    said = {to: ivy.paper(ivy.told(exception, APPROVED, to)) for to in ("peter", "joan", "mark")}
    for paper in said.values():
        for words in ("Ivy Larch", "Facebook", "WhatsApp", "Family matters only.", "11 March 2026"):
            assert words in paper
        for words in ("since 2012", "certificate", "rang the office", "aunt", "uncle", "960777"):
            assert words not in paper
    assert "Station Road" not in said["peter"]
    assert "Mill Lane" not in said["joan"] + said["mark"]
    assert "Mr Peter Rowan" in said["joan"]

    # The decision on paper proves itself without the records, from its file and from its code alone.
    file = ivy.printed_decision(decision)
    assert WHY in printed(file.read_bytes())
    finding = paper_check.check_paper(file)
    assert (finding.faults, finding.page_compared) == ((), True)
    assert finding.fingerprint == signatures.fingerprint(ivy.school.signing["headteacher"].public)
    (code,) = zxingcpp.read_barcodes(
        picture_of(file.read_bytes(), scale=150 / 72), formats=zxingcpp.BarcodeFormat.QRCode
    )
    scanned = paper_check.check_scanned(code.text)
    assert scanned.faults == ()
    assert any("Peter Rowan and Ivy Larch may be connected" in line for line in scanned.signed)
    # With the records it is said whose key it was and what became of it.
    here = paper_check.check_paper_here(ivy.dsl, file)
    assert here.faults == ()
    assert "Signed with the key of Mrs H. Alder." in here.here
    assert ivy.faults() == []


def test_con_2_declared_late_by_so_many_days_and_never_dated_back(ivy: Story) -> None:
    ivy.changed("ivy", joined_on=date(2024, 9, 3))
    exception = ivy.put_forward(
        "peter",
        "ivy",
        adult_kind=PersonKind.STAFF,
        adult_joined_on=date(2020, 9, 1),
        other_joined_on=date(2024, 9, 3),
        since_on=date(2025, 1, 6),
        relationship=Relationship.FAMILY_FRIEND,
    )
    record = ivy.exception(exception)
    assert (record.timeliness, record.late_days) == (Timeliness.LATE, 554)
    assert record.timeliness_words.startswith("Late by 554 days: both had joined by 3 September 2024")
    # A friendship of last year is no tie from before.
    assert "not a tie that was there before" in record.timeliness_words
    for day in (date(2024, 9, 3), ivy.today - timedelta(days=1)):
        with pytest.raises(Invalid, match="never dated back"):
            ivy.decided(exception, APPROVE, WHY, from_on=day)
    decision = ivy.decided(exception, APPROVE, WHY)
    assert ivy.allowed_on(ivy.today - timedelta(days=1)) == []
    paper = printed(ivy.printed_decision(decision).read_bytes())
    assert "554 days" in paper
    (row,) = connection_list.rows(ivy.office, [exception])
    assert (row.timeliness, row.late_days) == (Timeliness.LATE, 554)

    # The joining date turns out wrong: what was signed stays as it was known, the person is put right.
    ivy.changed("ivy", joined_on=date(2025, 1, 6))
    assert ivy.exception(exception).late_days == 554
    assert ivy.faults() == []


def test_con_2_without_a_joining_date_nobody_says_on_time(ivy: Story) -> None:
    exception = ivy.declared("peter", "ivy", adult_kind=PersonKind.STAFF, other_joined_on=None)
    record = ivy.exception(exception)
    assert (record.timeliness, record.late_days) == (Timeliness.UNKNOWN, None)
    assert record.timeliness_words == "Not known: the other person's joining date is missing"


def test_con_2_refused_told_declared_anew_and_approved_the_refusal_stays(ivy: Story) -> None:
    first = ivy.put_forward(
        "peter",
        "ivy",
        adult_kind=PersonKind.STAFF,
        links=(Link.FRIEND, Link.FOLLOW),
        initiator=Initiator.ADULT,
    )
    refusal = ivy.decided(first, REFUSE, "Following is more than the family needs.")
    record = ivy.exception(first)
    assert (record.status, record.in_force, record.may_edit) == (ExceptionStatus.REFUSED, False, False)
    told = ivy.paper(ivy.told(first, REFUSED, "joan"))
    assert "more than the family needs" not in told
    with pytest.raises(Refused, match=r"is decided, so its facts stay.*Kind of link"):
        connections.save(ivy.office, replace(record.draft, links=(Link.FRIEND,)), first, record.version)
    with pytest.raises(Refused, match=r"was refused\. Declare it anew"):
        ivy.submitted(first)
    with pytest.raises(Refused, match="is decided and stays on record"):
        connections.withdraw(ivy.office, first, record.version, "Never mind")

    # Asked for less this time, in its place.
    ivy.days_pass(3)
    again = connections.successor_draft(ivy.office, first)
    assert (again.declared_on, again.links) == (ivy.today, (Link.FRIEND, Link.FOLLOW))
    second = connections.save(ivy.office, replace(again, links=(Link.FRIEND,)), supersedes=first).id
    assert ivy.exception(second).supersedes == (first, "2026/C0001")
    ivy.decided(ivy.submitted(second), APPROVE, WHY)
    assert ivy.exception(first).status is ExceptionStatus.REFUSED
    assert ivy.exception(first).superseded_by == (second, "2026/C0002")
    assert ivy.allowed_on(ivy.today) == ["2026/C0002"]
    assert [
        connection_signing.check_one(ivy.dsl, each.id)
        for exception in (first, second)
        for each in ivy.exception(exception).decisions
    ] == ["", ""]
    assert paper_check.check_paper(ivy.printed_decision(refusal)).faults == ()
    assert ivy.faults() == []


def test_con_2_what_is_asked_for_is_given_and_only_then_decided(ivy: Story) -> None:
    exception = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    ivy.decided(exception, ASK, "Which side of the family?")
    record = ivy.exception(exception)
    assert (record.status, record.may_edit, record.sealed) == (ExceptionStatus.MORE_WANTED, True, False)
    assert ivy.waits_for("headteacher") == []
    with pytest.raises(Refused, match="decided when put forward again"):
        ivy.decided(exception, APPROVE)
    connections.save(
        ivy.office, replace(record.draft, relationship_note="Her mother’s brother"), exception, record.version
    )
    assert ivy.waits_for("headteacher") == []
    ivy.submitted(exception)
    assert ivy.waits_for("headteacher") == [("exception", "2026/C0001")]
    ivy.decided(exception, APPROVE, WHY)
    assert [each.fault for each in ivy.exception(exception).decisions] == ["", ""]
    assert ivy.faults() == []


def test_a_new_one_takes_the_older_ones_place_on_the_day_it_begins_and_not_before(ivy: Story) -> None:
    first = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    ivy.decided(first, APPROVE, WHY)
    ivy.days_pass(30)
    draft = replace(connections.successor_draft(ivy.office, first), platforms=("facebook", "instagram"))
    second = connections.save(ivy.office, draft, supersedes=first).id
    ivy.submitted(second)
    assert ivy.allowed_on(ivy.today) == ["2026/C0001"]
    begins = ivy.today + timedelta(days=10)
    ivy.decided(second, APPROVE, "Instagram as well.", from_on=begins)
    assert ivy.exception(first).in_force
    last_day = begins - timedelta(days=1)
    assert [ivy.allowed_on(day) for day in (last_day, begins)] == [["2026/C0001"], ["2026/C0002"]]
    ivy.days_pass(10)
    record = ivy.exception(first)
    assert (record.status, record.ends_on) == (ExceptionStatus.SUPERSEDED, begins)
    with pytest.raises(Refused, match="nothing to renew"):
        ivy.decided(first, RENEW)
    assert ivy.faults() == []


def test_a_new_one_that_is_refused_leaves_the_older_one_as_it_is(ivy: Story) -> None:
    first = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    ivy.decided(first, APPROVE, WHY)
    second = connections.save(ivy.office, connections.successor_draft(ivy.office, first), supersedes=first).id
    ivy.decided(ivy.submitted(second), REFUSE, "Nothing has changed.")
    assert ivy.exception(first).in_force
    assert ivy.allowed_on(ivy.today) == ["2026/C0001"]


# --------------------------------------------------------------------------------------------------- bad input


def test_a_second_record_of_the_same_pair_and_platform_is_refused_by_reference(ivy: Story) -> None:
    first = ivy.declared("peter", "ivy", adult_kind=PersonKind.STAFF, platforms=("facebook", "whatsapp"))
    with pytest.raises(
        Invalid, match="2026/C0001 is about the same two people on Facebook already"
    ) as caught:
        ivy.declared("peter", "ivy", adult_kind=PersonKind.STAFF, platforms=("instagram", "Facebook"))
    assert [problem.field for problem in caught.value.problems] == ["platforms"]
    # Other platforms may have a record of their own; a withdrawn one is in nobody's way.
    ivy.declared("peter", "ivy", adult_kind=PersonKind.STAFF, platforms=("instagram",))
    record = ivy.exception(first)
    connections.withdraw(ivy.office, first, record.version, "Entered twice")
    third = ivy.declared("peter", "ivy", adult_kind=PersonKind.STAFF)
    with pytest.raises(Invalid, match="2026/C0003"):
        connections.unwithdraw(ivy.office, first, ivy.exception(first).version)
    assert ivy.exception(first).status is ExceptionStatus.WITHDRAWN
    assert ivy.exception(third).status is ExceptionStatus.DECLARED


def test_ppl_2_a_sixth_former_who_volunteers_is_both_and_both_roles_are_shown(ivy: Story) -> None:
    both = ivy.known(
        "kit",
        "Maple",
        "Kit",
        kind=PersonKind.PUPIL,
        also=(PersonKind.VOLUNTEER,),
        date_of_birth=date(2008, 2, 1),
    )
    exception = ivy.put_forward(
        "kit",
        "ivy",
        adult_kind=PersonKind.VOLUNTEER,
        relationship=Relationship.COUSIN,
        adult_joined_on=date(2020, 9, 1),
    )
    assert ivy.exception(exception).adult_roles == "Volunteer, also pupil"
    decision = ivy.decided(exception, APPROVE, WHY)
    paper = printed(ivy.printed_decision(decision).read_bytes())
    assert "Volunteer, also pupil" in paper
    with pytest.raises(Invalid, match="cannot be both sides"):
        ivy.declared("kit", "kit", adult_kind=PersonKind.VOLUNTEER)
    # A pupil who is nothing else is no adult of the school.
    with pytest.raises(Invalid, match="on record as pupil, not as somebody who works with the school"):
        ivy.declared("ivy", "sam", adult_kind=PersonKind.VOLUNTEER)
    # As a pupil they can be the other side of another's.
    assert ivy.declared("peter", "kit", adult_kind=PersonKind.STAFF)
    assert people.record_of(ivy.office, both).draft.also == (PersonKind.VOLUNTEER,)


@pytest.mark.parametrize(
    ("dates", "field", "says"),
    [
        ({"declared_on": date(2026, 3, 12)}, "declared_on", "lies in the future"),
        ({"declared_on": None}, "declared_on", "on which day"),
        ({"since_on": date(2026, 3, 12)}, "since_on", "cannot begin after the day it was declared"),
        ({"since_on": date(2016, 1, 1)}, "since_on", "cannot be older than Ivy Larch, born on 4 May 2017"),
        ({"other_joined_on": date(2016, 9, 1)}, "other_joined_on", "before being born on 4 May 2017"),
        ({"agreement_on": date(2026, 3, 1)}, "agreement", "whether it was signed or declined"),
    ],
)
def test_dates_in_the_wrong_order_are_said_by_their_field_and_nothing_is_saved(
    ivy: Story, dates: dict[str, object], field: str, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        ivy.declared("peter", "ivy", **{"adult_kind": PersonKind.STAFF, **dates})
    assert [problem.field for problem in caught.value.problems] == [field]
    everything = ExceptionFilter(view=ExceptionView.ALL)
    assert list(connection_list.sorted_ids(ivy.office, everything, ExceptionSort())) == []


def test_a_review_after_the_leaving_date_is_refused_and_the_default_stays_before_it(ivy: Story) -> None:
    exception = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    ivy.changed("ivy", left_on=date(2026, 7, 22))
    with pytest.raises(Invalid, match="Ivy Larch’s leaving date is 22 July 2026") as caught:
        ivy.decided(exception, APPROVE, WHY, review_on=date(2026, 9, 1))
    assert [problem.field for problem in caught.value.problems] == ["review_on"]
    assert connection_decisions.defaults(ivy.head, exception).review_on == date(2026, 7, 22)
    ivy.decided(exception, APPROVE, WHY, review_on=date(2026, 6, 1))
    with pytest.raises(Invalid, match="22 July 2026"):
        ivy.decided(exception, RENEW, WHY, review_on=date(2026, 7, 23))


def test_decided_in_two_windows_the_second_is_told_and_loses_nothing(ivy: Story) -> None:
    exception = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    held = ivy.exception(exception, "headteacher").version
    refuse, approve = DecisionDraft(REFUSE, "Not now."), DecisionDraft(APPROVE, WHY)
    connection_decisions.decide(ivy.head, exception, held, refuse)
    with pytest.raises(Conflict, match=r"Refused by Mrs H\. Alder, 11 March 2026.*still here") as caught:
        connection_decisions.decide(ivy.head, exception, held, approve)
    # Looked at again, it is decided, and stays so.
    with pytest.raises(Refused, match=r"decided already\. To decide otherwise, have it declared anew"):
        connection_decisions.decide(ivy.head, exception, caught.value.current_version, approve)
    assert [each.kind for each in ivy.exception(exception).decisions] == [REFUSE]


def test_changed_by_the_office_while_the_headteacher_reads_it_is_read_again(ivy: Story) -> None:
    exception = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    record = ivy.exception(exception, "headteacher")
    connections.save(
        ivy.office, replace(record.draft, platforms=("facebook", "tiktok")), exception, record.version
    )
    with pytest.raises(Conflict, match="changed by somebody else since you opened it"):
        connection_decisions.decide(ivy.head, exception, record.version, DecisionDraft(APPROVE, WHY))
    assert ivy.exception(exception).decisions == ()


def test_a_role_taken_away_while_the_form_was_open_decides_nothing(ivy: Story) -> None:
    exception = ivy.put_forward("peter", "ivy", adult_kind=PersonKind.STAFF)
    desk, held = ivy.head, ivy.exception(exception, "headteacher").version
    administrator = ivy.at("administrator")
    row = next(each for each in users.list_users(administrator) if each.draft.login == "headteacher")
    users.save(administrator, row.id, replace(row.draft, roles=(Role.LEADERSHIP,)), row.version)
    with pytest.raises(NotAllowed, match="does not allow you to"):
        connection_decisions.decide(desk, exception, held, DecisionDraft(APPROVE, WHY))
    with ivy.school.database.reading() as session:
        assert session.query(ConnectionDecision).count() == 0
    assert ivy.exception(exception).status is ExceptionStatus.AWAITING
    assert "Nobody among the users decides it" in ivy.exception(exception).why_not


def test_nobody_decides_what_they_declared_or_put_forward(ivy: Story) -> None:
    mine = ivy.put_forward("peter", "ivy", by="headteacher", adult_kind=PersonKind.STAFF)
    assert "Take it back and let the office put it forward" in ivy.exception(mine, "headteacher").why_not
    with pytest.raises(NotAllowed, match="CON-5"):
        ivy.decided(mine, APPROVE)
    assert ivy.waits_for("headteacher") == []
    # Taken back and put forward by the office it can be decided.
    connections.take_back(ivy.head, mine, ivy.exception(mine).version)
    ivy.submitted(mine)
    ivy.decided(mine, APPROVE, WHY)
    # Declared by her, put forward by the office: it is hers all the same.
    told = ivy.put_forward(
        "peter", "sam", adult_kind=PersonKind.STAFF, declarant_id=ivy.school.people["head"]
    )
    with pytest.raises(NotAllowed, match=r"You declared this connection.*CON-5"):
        ivy.decided(told, APPROVE)
    # Changed by the headteacher while it lies before her: then she has put it forward as it stands.
    other = ivy.put_forward("peter", "tariq", adult_kind=PersonKind.STAFF)
    record = ivy.exception(other, "headteacher")
    connections.save(ivy.head, replace(record.draft, links=(Link.GAME,)), other, record.version)
    with pytest.raises(NotAllowed, match="changed it while it lay before the decider"):
        ivy.decided(other, APPROVE)
