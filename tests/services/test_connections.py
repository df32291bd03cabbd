"""Declaring, changing, putting forward, taking back and withdrawing an exception (CON-2, CON-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AuditEntry, ConnectionException, User
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import Capacity, Conduct, Link, PersonKind, Relationship, Timeliness
from smdesk.security.permissions import Role
from smdesk.services import connections, people, profiles
from smdesk.services.connection_records import (
    Agreement,
    DecisionKind,
    DeclarationDraft,
    ExceptionStatus,
)
from smdesk.services.incident_records import Confidentiality, PersonInIncident, PersonRole
from tests.support import connections as made
from tests.support.school import SmallSchool

OFFICE = "business_manager"


def actions(school: SmallSchool, exception_id: int) -> list[str]:
    with school.database.reading() as session:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.object_kind == "exception", AuditEntry.object_id == exception_id)
                .order_by(AuditEntry.seq)
            )
        )


def test_what_was_declared_is_what_is_opened(school: SmallSchool) -> None:
    draft = made.draft(
        school,
        relationship_note="His mother's brother",
        since_on=date(2015, 9, 14),
        since_words="since birth",
        platforms=("WhatsApp", "facebook", "Village Chess Club"),
        links=(Link.GROUP, Link.FRIEND),
        declarant_id=school.people["anna"],
        evidence_seen="Letter from the mother",
        conditions_proposed="Not in school hours",
        agreement=Agreement.SIGNED,
        agreement_on=date(2026, 3, 2),
        notes="Ring Anna",
        confidentiality=Confidentiality.NORMAL,
    )
    saved = connections.save(school.ctx_for(OFFICE), draft)
    assert saved.version == 1
    assert ("exception", saved.id) in saved.changes
    record = made.opened(school, saved.id)
    assert record.reference == "2026/C0001"
    # Known platforms by their code, the kinds of link in the vocabulary's order.
    assert record.draft == replace(
        draft, platforms=("facebook", "Village Chess Club", "whatsapp"), links=(Link.FRIEND, Link.GROUP)
    )
    assert (record.adult_name, record.other_name, record.declarant_name) == (
        "Tim Hazel",
        "Sam Quillfeather",
        "Anna Quillfeather",
    )
    assert (record.status, record.in_force, record.sealed) == (ExceptionStatus.DECLARED, False, False)
    assert record.may_edit
    assert record.may_submit
    assert [line.kind for line in record.history] == ["declared"]
    assert actions(school, saved.id) == ["exception.declared"]


def test_only_the_people_and_the_day_are_needed_to_keep_a_declaration(school: SmallSchool) -> None:
    teacher, sam = school.people["teacher"], school.people["sam"]
    with pytest.raises(Invalid) as caught:
        connections.save(school.ctx_for(OFFICE), DeclarationDraft())
    assert [problem.field for problem in caught.value.problems] == ["adult_id", "other_id", "declared_on"]
    saved = connections.save(
        school.ctx_for(OFFICE),
        DeclarationDraft(adult_id=teacher, other_id=sam, declared_on=school.clock.now.date()),
    )
    with pytest.raises(Invalid) as caught:
        connections.submit(school.ctx_for(OFFICE), saved.id, 1)
    missing = [problem.field for problem in caught.value.problems]
    assert missing == ["relationship", "known_how", "platforms", "links"]
    assert made.opened(school, saved.id).status is ExceptionStatus.DECLARED


def test_numbers_count_within_the_schools_year_and_apart_from_incidents(school: SmallSchool) -> None:
    school.incident()
    first = made.declare(school)
    second = made.declare(school, other="tariq")
    # 23:30 on 31 December at the school is the same in UTC; half an hour later it is the new year.
    school.clock.now = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    third = made.declare(school, adult="dsl")
    assert [made.opened(school, each).reference for each in (first, second, third)] == [
        "2026/C0001",
        "2026/C0002",
        "2027/C0001",
    ]


def test_a_change_is_kept_with_its_words_and_nothing_changed_is_nothing_saved(school: SmallSchool) -> None:
    exception_id = made.declare(school)
    ctx = school.ctx_for(OFFICE)
    draft = made.opened(school, exception_id).draft
    assert connections.save(ctx, draft, exception_id, 1).changes == frozenset()
    changed = replace(draft, relationship=Relationship.COUSIN, platforms=("tiktok",), notes="x")
    saved = connections.save(ctx, changed, exception_id, 1)
    assert saved.version == 2
    record = made.opened(school, exception_id)
    assert record.draft == changed
    (line,) = [line for line in record.history if line.kind == "changed"]
    assert line.text == "The adult is their: Aunt or uncle → Cousin\nPlatforms: Facebook → TikTok"
    assert actions(school, exception_id) == ["exception.declared", "exception.saved"]


def test_two_windows_one_declaration(school: SmallSchool) -> None:
    exception_id = made.declare(school)
    draft = made.opened(school, exception_id).draft
    connections.save(
        school.ctx_for("dsl"),
        replace(draft, adult_id=school.people["dsl"], since_on=date(2020, 1, 1)),
        exception_id,
        1,
    )
    with pytest.raises(Conflict) as caught:
        connections.save(school.ctx_for(OFFICE), replace(draft, links=(Link.GAME,)), exception_id, 1)
    assert caught.value.current_version == 2
    assert [(each.label, each.theirs, each.mine) for each in caught.value.changes] == [
        ("Adult", "Dan Birch", "Tim Hazel"),
        ("Since", "1 January 2020", "(nothing)"),
        ("Kind of link", "Friend or contact", "Plays together online"),
    ]
    # Nothing was lost and nothing was written: the choice is the person's.
    assert made.opened(school, exception_id).draft.links == (Link.FRIEND,)
    connections.save(school.ctx_for(OFFICE), replace(draft, links=(Link.GAME,)), exception_id, 2)
    assert made.opened(school, exception_id).draft.links == (Link.GAME,)


def test_a_decision_taken_meanwhile_is_said_and_the_office_may_still_note(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school))
    record = made.opened(school, exception_id)
    made.decide(school, exception_id, DecisionKind.APPROVE)
    ctx = school.ctx_for(OFFICE)
    with pytest.raises(Conflict, match=r"2026/C0001 has been decided.*Declare anew"):
        connections.save(ctx, replace(record.draft, links=(Link.GAME,)), exception_id, record.version)
    with pytest.raises(Conflict, match="Somebody else saved 2026/C0001"):
        connections.save(ctx, replace(record.draft, notes="Rang the father"), exception_id, record.version)


def test_two_records_for_one_pair_and_platform_are_refused_by_name(school: SmallSchool) -> None:
    first = made.declare(school, platforms=("facebook", "whatsapp"))
    with pytest.raises(Invalid, match=r"2026/C0001 is about the same two people on WhatsApp already"):
        made.declare(school, platforms=("tiktok", "WhatsApp "))
    other_platform = made.declare(school, platforms=("tiktok",))
    made.declare(school, adult="dsl", platforms=("whatsapp",))
    made.declare(school, other="tariq", platforms=("whatsapp",))
    # Nor by changing one afterwards, nor by taking a withdrawal back.
    with pytest.raises(Invalid, match="2026/C0001"):
        draft = made.opened(school, other_platform).draft
        connections.save(school.ctx_for(OFFICE), replace(draft, platforms=("facebook",)), other_platform, 1)
    connections.withdraw(school.ctx_for(OFFICE), first, 1, "Declared twice")
    made.declare(school, platforms=("facebook",))
    with pytest.raises(Invalid, match="Facebook already"):
        connections.unwithdraw(school.ctx_for(OFFICE), first, 2)


@pytest.mark.parametrize("kind", [DecisionKind.REFUSE, DecisionKind.REVOKE])
def test_what_is_over_stands_in_nobodys_way(school: SmallSchool, kind: DecisionKind) -> None:
    exception_id = made.submit(school, made.declare(school))
    if kind is DecisionKind.REVOKE:
        made.decide(school, exception_id, DecisionKind.APPROVE)
        with pytest.raises(Invalid, match="2026/C0001"):
            made.declare(school)
    made.decide(school, exception_id, kind)
    made.declare(school)


def test_a_hidden_record_is_not_learnt_from_a_refusal(school: SmallSchool) -> None:
    hidden = made.declare(school, login="dsl", confidentiality=Confidentiality.SAFEGUARDING)
    assert made.declare(school) != hidden
    with pytest.raises(Invalid, match="2026/C000"):  # whoever sees it is told
        made.declare(school, login="dsl")


def test_putting_forward_and_taking_back(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    exception_id = made.declare(school)
    with pytest.raises(Refused, match="not awaiting"):
        connections.take_back(ctx, exception_id, 1)
    saved = connections.submit(ctx, exception_id, 1)
    record = made.opened(school, exception_id)
    assert (saved.version, record.status, record.awaits) == (2, ExceptionStatus.AWAITING, Role.HEADTEACHER)
    assert record.why_not == "Mrs H. Alder (headteacher) decides."
    assert made.opened(school, exception_id, "headteacher").may_decide
    with pytest.raises(Refused, match="awaits a decision already"):
        connections.submit(ctx, exception_id, 2)
    with pytest.raises(Conflict, match="2026/C0001"):
        connections.take_back(ctx, exception_id, 1)
    connections.take_back(ctx, exception_id, 2)
    record = made.opened(school, exception_id)
    assert (record.status, record.awaits, record.may_submit) == (ExceptionStatus.DECLARED, None, True)
    assert [line.kind for line in record.history] == ["declared", "submitted", "taken_back"]
    assert actions(school, exception_id) == [
        "exception.declared",
        "exception.submitted",
        "exception.taken_back",
    ]


def test_asked_for_more_completed_and_put_forward_again_within_one_second(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school))
    for _ in range(2):
        made.decide(school, exception_id, DecisionKind.ASK_FOR_MORE, reason="How is it known?")
        record = made.opened(school, exception_id)
        assert record.status is ExceptionStatus.MORE_WANTED
        assert record.may_edit
        assert record.may_submit
        assert not record.sealed
        connections.save(
            school.ctx_for(OFFICE),
            replace(record.draft, known_how=record.draft.known_how + " Seen."),
            exception_id,
            record.version,
        )
        assert made.opened(school, exception_id).status is ExceptionStatus.MORE_WANTED
        made.submit(school, exception_id)
        assert made.opened(school, exception_id).status is ExceptionStatus.AWAITING
    connections.take_back(school.ctx_for(OFFICE), exception_id, made.version(school, exception_id))
    assert made.opened(school, exception_id).status is ExceptionStatus.DECLARED


def test_whoever_changes_what_lies_before_the_decider_has_put_it_forward(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school))
    head = school.ctx_for("headteacher")
    record = connections.open_exception(head, exception_id)
    assert record.may_decide
    connections.save(head, replace(record.draft, notes="Looks right"), exception_id, record.version)
    assert connections.open_exception(head, exception_id).may_decide  # a note is no part of it
    connections.save(
        head,
        replace(record.draft, notes="Looks right", relationship=Relationship.SIBLING),
        exception_id,
        record.version + 1,
    )
    record = connections.open_exception(head, exception_id)
    assert not record.may_decide
    assert "Take it back and let the office put it forward" in record.why_not
    with pytest.raises(Invalid, match="at least one platform"):  # and it stays complete
        connections.save(head, replace(record.draft, platforms=()), exception_id, record.version)
    connections.take_back(head, exception_id, record.version)
    made.submit(school, exception_id)
    assert connections.open_exception(head, exception_id).may_decide


def test_what_is_decided_is_not_changed_but_declared_anew(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    record = made.opened(school, exception_id)
    assert record.sealed
    assert not record.may_edit
    with pytest.raises(Refused, match="Kind of link and Declared on cannot be changed") as refused:
        connections.save(
            ctx,
            replace(record.draft, links=(Link.GAME,), declared_on=date(2026, 1, 1)),
            exception_id,
            record.version,
        )
    assert refused.value.rule == "CON-2"
    for step in (connections.submit, connections.take_back):
        with pytest.raises(Refused, match="2026/C0001"):
            step(ctx, exception_id, record.version)
    with pytest.raises(Refused, match="ended or revoked by the decider"):
        connections.withdraw(ctx, exception_id, record.version, "slip")
    # The office's own notes and the marking are no part of what was signed.
    saved = connections.save(
        ctx,
        replace(record.draft, notes="Filed", confidentiality=Confidentiality.STAFF),
        exception_id,
        record.version,
    )
    record = made.opened(school, exception_id, "headteacher")
    assert (record.version, record.draft.notes) == (saved.version, "Filed")
    assert record.decisions[0].fault == ""


def test_declared_anew_the_new_one_takes_the_place_of_the_old(school: SmallSchool) -> None:
    first = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    school.clock.forward(days=30)
    draft = connections.successor_draft(ctx, first)
    assert draft.declared_on == school.clock.now.date()
    second = connections.save(ctx, replace(draft, platforms=("facebook", "whatsapp")), supersedes=first).id
    assert made.opened(school, first).superseded_by == (second, "2026/C0002")
    assert made.opened(school, second).supersedes == (first, "2026/C0001")
    with pytest.raises(Refused, match="2026/C0002 was declared in place of 2026/C0001 already"):
        connections.successor_draft(ctx, first)
    with pytest.raises(Refused, match="2026/C0002 was declared in place"):
        connections.save(ctx, draft, supersedes=first)
    with pytest.raises(Refused, match="not decided yet"):
        connections.successor_draft(ctx, second)
    assert made.opened(school, first).in_force
    made.submit(school, second)
    begins = date(2026, 4, 20)
    made.decide(school, second, DecisionKind.APPROVE, from_on=begins, review_on=date(2027, 4, 20))
    old = made.opened(school, first)
    assert (old.status, old.ends_on, old.in_force) == (ExceptionStatus.APPROVED, begins, True)
    school.clock.now = datetime(2026, 4, 20, 8, 0, tzinfo=UTC)
    old, new = made.opened(school, first), made.opened(school, second)
    assert (old.status, old.in_force, new.in_force) == (ExceptionStatus.SUPERSEDED, False, True)
    assert old.status_words == "Superseded by a later one on 20 April 2026"
    assert old.decisions[0].fault == ""


def test_a_refused_or_withdrawn_successor_leaves_the_old_one_as_it_is(school: SmallSchool) -> None:
    first = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    second = connections.save(ctx, connections.successor_draft(ctx, first), supersedes=first).id
    connections.withdraw(ctx, second, 1, "Not needed")
    assert made.opened(school, first).superseded_by is None
    third = connections.save(ctx, connections.successor_draft(ctx, first), supersedes=first).id
    made.decide(school, made.submit(school, third), DecisionKind.REFUSE, reason="No.")
    old = made.opened(school, first)
    assert (old.status, old.ends_on) == (ExceptionStatus.APPROVED, None)
    # The slip of the withdrawal cannot be undone past another that was decided in between … unless refused.
    connections.unwithdraw(ctx, second, 2)
    assert made.opened(school, second).status is ExceptionStatus.DECLARED


def test_a_successor_is_about_the_same_two_people(school: SmallSchool) -> None:
    first = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    draft = connections.successor_draft(ctx, first)
    with pytest.raises(Refused, match="only for the same two people"):
        connections.save(ctx, replace(draft, other_id=school.people["tariq"]), supersedes=first)
    second = connections.save(ctx, draft, supersedes=first).id
    with pytest.raises(Refused, match="only for the same two people"):
        connections.save(ctx, replace(draft, other_id=school.people["tariq"]), second, 1)


def test_a_draft_to_declare_anew_takes_the_people_as_they_are_now(school: SmallSchool) -> None:
    first = made.approved(school)
    made.leaves(school, "sam", date(2026, 3, 20))
    school.clock.forward(days=30)
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people["teacher"])
    people.save(
        ctx,
        replace(
            record.draft, kind=PersonKind.PARENT, also=(PersonKind.VOLUNTEER,), joined_on=date(2026, 4, 1)
        ),
        record.id,
        record.version,
    )
    draft = connections.successor_draft(ctx, first)
    assert (draft.adult_kind, draft.capacity) == (PersonKind.VOLUNTEER, Capacity.FORMER_PUPIL)
    assert (draft.adult_joined_on, draft.notes) == (date(2026, 4, 1), "")


def test_withdrawing_needs_a_reason_and_can_be_undone(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    exception_id = made.submit(school, made.declare(school))
    with pytest.raises(Invalid, match="Say why"):
        connections.withdraw(ctx, exception_id, 2, "  ")
    with pytest.raises(Refused, match="not withdrawn"):
        connections.unwithdraw(ctx, exception_id, 2)
    connections.withdraw(ctx, exception_id, 2, "The family moved away")
    record = made.opened(school, exception_id)
    assert (record.status, record.may_edit, record.may_submit, record.awaits) == (
        ExceptionStatus.WITHDRAWN,
        False,
        False,
        None,
    )
    with pytest.raises(Refused, match="withdrawn"):
        connections.save(ctx, replace(record.draft, links=(Link.GAME,)), exception_id, 3)
    with pytest.raises(Refused, match="withdrawn already"):
        connections.withdraw(ctx, exception_id, 3, "again")
    with pytest.raises(Refused, match="is withdrawn"):
        connections.submit(ctx, exception_id, 3)
    connections.unwithdraw(ctx, exception_id, 3)
    assert made.opened(school, exception_id).status is ExceptionStatus.AWAITING  # where it stood


def test_the_policy_counts_that_is_in_use_when_it_is_put_forward(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    exception_id = made.declare(school)
    profiles.adopt(head, "policy-r")
    with pytest.raises(Refused, match="provides for no exceptions about pupils") as refused:
        connections.submit(school.ctx_for(OFFICE), exception_id, 1)
    assert refused.value.rule == "CON-2"
    record = made.opened(school, exception_id)
    assert record.status is ExceptionStatus.DECLARED  # kept as a note of the declaration
    profiles.adopt(head, "policy-s")
    made.submit(school, exception_id)
    record = made.opened(school, exception_id)
    assert (record.status, record.profile_number) == (ExceptionStatus.AWAITING, 3)
    made.decide(school, exception_id, DecisionKind.APPROVE)
    profiles.adopt(head, "policy-r")
    assert made.opened(school, exception_id).profile_number == 3


def test_a_relationship_with_a_parent_follows_the_rule_for_parents(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    profiles.adopt(head, "policy-g")  # no exceptions for pupils, but prior relationships with parents (CON-4)
    with_pupil = made.declare(school)
    with_parent = made.declare(school, other="anna", relationship=Relationship.OLD_FRIEND)
    with pytest.raises(Refused, match="CON-2"):
        connections.submit(school.ctx_for(OFFICE), with_pupil, 1)
    made.decide(school, made.submit(school, with_parent), DecisionKind.APPROVE)
    assert made.opened(school, with_parent).in_force


def test_late_or_on_entry_is_worked_out_from_the_joining_dates(school: SmallSchool) -> None:
    today = school.clock.now.date()
    exception_id = made.declare(school, other_joined_on=date(2024, 9, 3))
    record = made.opened(school, exception_id)
    assert (record.timeliness, record.late_days) == (Timeliness.LATE, (today - date(2024, 9, 3)).days)
    assert "3 September 2024" in record.timeliness_words
    connections.save(
        school.ctx_for(OFFICE), replace(record.draft, other_joined_on=None), exception_id, record.version
    )
    assert made.opened(school, exception_id).timeliness is Timeliness.UNKNOWN


def test_joining_dates_come_from_the_people(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people["sam"])
    people.save(ctx, replace(record.draft, joined_on=date(2020, 9, 2)), record.id, record.version)
    found = connections.joined_dates(ctx, school.people["teacher"], school.people["sam"])
    assert found == (None, date(2020, 9, 2))
    assert connections.joined_dates(ctx, None, None) == (None, None)


def test_notes_are_added_whatever_the_state(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    exception_id = made.approved(school)
    for wrong in ("  ", "x" * 5001):
        with pytest.raises(Invalid):
            connections.add_note(ctx, exception_id, wrong)
    connections.add_note(ctx, exception_id, "Told <b>Anna</b>\r\non the telephone")
    line = made.opened(school, exception_id).history[-1]
    assert (line.kind, line.text, line.who) == ("note", "Told <b>Anna</b>\non the telephone", "Ms B. Cedar")


@pytest.mark.parametrize("typed", ["2026/C0001", "2026/c1", " 2026 / C 1 ", "2026/0001"])
def test_found_by_its_reference(school: SmallSchool, typed: str) -> None:
    exception_id = made.declare(school)
    assert connections.find_by_reference(school.ctx_for(OFFICE), typed) == exception_id


def test_what_is_no_reference_or_not_open_is_not_found(school: SmallSchool) -> None:
    made.declare(school, login="dsl", confidentiality=Confidentiality.SAFEGUARDING)
    ctx = school.ctx_for(OFFICE)
    for typed in ("", "C1", "2026/C", "2026/C1/2", "２０２６/C1", "2026/C12345678901"):
        with pytest.raises(Invalid):
            connections.find_by_reference(ctx, typed)
    sentences = set()
    for typed in ("2026/C1", "2026/C2", "2019/C1"):
        with pytest.raises(NotFound) as caught:
            connections.find_by_reference(ctx, typed)
        sentences.add(str(caught.value))
    assert len(sentences) == 1
    assert connections.find_by_reference(school.ctx_for("dsl"), "2026/C1") == 1


def test_between_two_people_whichever_is_named_first(school: SmallSchool) -> None:
    first = made.declare(school)
    second = made.declare(school, platforms=("tiktok",))
    made.declare(school, other="tariq")
    hidden = made.declare(
        school, login="dsl", platforms=("discord",), confidentiality=Confidentiality.SAFEGUARDING
    )
    teacher, sam = school.people["teacher"], school.people["sam"]
    office, dsl = school.ctx_for(OFFICE), school.ctx_for("dsl")
    assert [row.id for row in connections.between(office, teacher, sam)] == [second, first]
    assert [row.id for row in connections.between(office, sam, teacher)] == [second, first]
    assert [row.id for row in connections.between(dsl, teacher, sam)] == [hidden, second, first]


def test_attempts_between_the_two_are_named_as_far_as_the_reader_may_open_them(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    sam = PersonInIncident(school.people["sam"], PersonRole.AUTHOR, PersonKind.PUPIL)
    teacher = PersonInIncident(school.people["teacher"], PersonRole.AFFECTED, PersonKind.STAFF)

    def log(summary: str, conduct: Conduct, *lines: PersonInIncident, **more: object) -> None:
        from smdesk.services import incidents

        draft = school.draft(summary=summary, author=None, conduct=(conduct,), **more)
        incidents.save(school.ctx_for("dsl"), replace(draft, people=tuple(lines)))

    log("Asked on TikTok", Conduct.CONTACT_REQUEST, sam, teacher)
    log("Rude to him", Conduct.ABUSIVE, sam, teacher)
    log("Followed somebody", Conduct.FOLLOW, sam)
    log("Hidden", Conduct.FOLLOW, sam, teacher, confidentiality=Confidentiality.SAFEGUARDING)
    assert [each[2] for each in made.opened(school, exception_id).incidents] == ["Asked on TikTok"]
    assert {each[2] for each in made.opened(school, exception_id, "dsl").incidents} == {
        "Asked on TikTok",
        "Hidden",
    }


def test_a_role_removed_while_the_form_was_open_counts_at_once(school: SmallSchool) -> None:
    exception_id = made.declare(school)
    ctx = school.ctx_for(OFFICE)
    draft = made.opened(school, exception_id).draft
    with school.database.writing() as session:
        session.get_one(User, school.users[OFFICE]).roles = []
    for attempt in (
        lambda: connections.save(ctx, replace(draft, notes="x"), exception_id, 1),
        lambda: connections.submit(ctx, exception_id, 1),
        lambda: connections.open_exception(ctx, exception_id),
    ):
        with pytest.raises(NotAllowed, match="Your role does not allow you"):
            attempt()


def test_the_chair_reads_what_the_chair_decides_and_changes_nothing(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school, adult="head"))
    chair = school.ctx_for("chair")
    record = connections.open_exception(chair, exception_id)
    assert record.may_decide
    assert not record.may_edit
    with pytest.raises(NotAllowed):
        connections.save(chair, replace(record.draft, notes="x"), exception_id, record.version)
    with pytest.raises(NotFound):
        connections.open_exception(chair, made.declare(school))


def test_a_sixth_former_who_volunteers_has_both_roles_shown(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people["tariq"])
    with pytest.raises(Invalid, match="on record as pupil, not as somebody who works with the school"):
        made.declare(school, adult="tariq", adult_kind=PersonKind.VOLUNTEER)
    people.save(ctx, replace(record.draft, also=(PersonKind.VOLUNTEER,)), record.id, record.version)
    exception_id = made.declare(school, adult="tariq", adult_kind=PersonKind.VOLUNTEER)
    assert made.opened(school, exception_id).adult_roles == "Volunteer, also pupil"


def test_numbers_are_never_given_twice_and_nothing_half_written_stays(school: SmallSchool) -> None:
    made.declare(school)
    with school.database.writing() as session:
        # As if the search could not be written: the whole declaration must go back.
        session.execute(text("DROP TABLE exception_search"))
    with pytest.raises(Exception, match="exception_search"):
        made.declare(school, other="tariq")
    with school.database.reading() as session:
        assert session.scalars(select(ConnectionException.number)).all() == [1]
        assert session.scalar(text("SELECT count(*) FROM connection_event")) == 1
