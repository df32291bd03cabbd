"""What is kept, and how: INC-14, closing and reopening, slips taken back, policy versions, the audit chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smdesk.db import audit
from smdesk.db.models import AuditDetail
from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import (
    advice,
    evidence,
    exports,
    incident_list,
    incidents,
    letters,
    people,
    profiles,
    steps,
)
from smdesk.services import school as school_service
from smdesk.services.incident_records import (
    Column,
    Confidentiality,
    IncidentFilter,
    Outcome,
    Sort,
    View,
)
from smdesk.services.letter_records import SentHow
from smdesk.services.people_records import PersonDraft, Relation
from tests.scenarios.telling import INVITATION, OFFICE, WARNING, Story


def test_inc_14_a_decision_not_to_act_needs_its_reason_and_says_who_and_when(story: Story) -> None:
    incident = story.logged("A sour remark about parking", Conduct.NEGATIVE_ABOUT_PERSON)
    with pytest.raises(Invalid):
        steps.no_action(story.office, incident, "")
    steps.no_action(story.office, incident, "Mild, and gone by lunch; a reply would feed it")
    decision = story.entry(incident, Step.NO_ACTION)
    assert decision.reason == "Mild, and gone by lunch; a reply would feed it"
    assert (decision.recorded_by, decision.recorded_at) == ("Ms B. Cedar", story.school.clock.now)
    assert decision.rule == "INC-14"
    with pytest.raises(Invalid):
        incidents.close(story.office, incident, story.opened(incident).version, Outcome.NO_ACTION, "  ")
    incidents.close(story.office, incident, story.opened(incident).version, Outcome.NO_ACTION, "As decided")


def test_inc_14_closing_and_opening_again_keep_the_history(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.does(incident, Step.TALK, "Talked")
    incidents.close(
        story.office, incident, story.opened(incident).version, Outcome.RESOLVED_BY_TALK, "She is sorry"
    )
    closed = story.opened(incident)
    assert (closed.status, closed.outcome, closed.outcome_reason) == (
        "closed",
        Outcome.RESOLVED_BY_TALK,
        "She is sorry",
    )
    with pytest.raises(Refused, match="closed"):
        story.does(incident, Step.ASK_REMOVAL)
    steps.note(story.office, incident, "A note may still be added")

    story.days_pass(9)
    with pytest.raises(Invalid):
        incidents.reopen(story.office, incident, "")
    incidents.reopen(story.office, incident, "She posted it again")
    assert story.opened(incident).outcome is None
    told = [(line.kind, line.reason) for line in story.timeline(incident)]
    assert told == [
        ("logged", ""),
        ("step", ""),
        ("closed", "She is sorry"),
        ("note", ""),
        ("reopened", "She posted it again"),
    ]
    assert "Settled by talking" in story.timeline(incident)[-1].text
    story.does(incident, Step.ASK_REMOVAL)


def test_a_closed_incident_leaves_the_open_view_and_comes_back_when_reopened(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)

    def shown(view: View) -> list[int]:
        return list(incident_list.sorted_ids(story.office, IncidentFilter(view), Sort()))

    assert (shown(View.OPEN), shown(View.CLOSED)) == ([incident], [])
    incidents.close(story.office, incident, story.opened(incident).version, Outcome.REMOVED, "Gone")
    assert (shown(View.OPEN), shown(View.CLOSED)) == ([], [incident])
    incidents.reopen(story.office, incident, "Back again")
    assert (shown(View.OPEN), shown(View.CLOSED)) == ([incident], [])


def test_a_slip_is_taken_back_struck_through_and_its_consequence_undone(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.does(incident, Step.TALK, "Meant for the other family")
    assert Step.WRITTEN_WARNING in story.open_steps(incident)
    slip = story.entry(incident, Step.TALK, OFFICE)
    with pytest.raises(Invalid):
        steps.withdraw(story.office, slip.id, "")
    steps.withdraw(story.office, slip.id, "Wrong incident")
    kept = story.entry(incident, Step.TALK)
    assert (kept.withdrawn, kept.withdrawn_reason, kept.text) == (
        True,
        "Wrong incident",
        "Meant for the other family",
    )
    assert Step.WRITTEN_WARNING not in story.open_steps(incident)
    assert people.record_of(story.office, story.school.people["anna"]).ladder == ()
    with pytest.raises(Refused):
        steps.withdraw(story.office, slip.id, "Once more")


def test_a_slip_found_the_next_day_is_the_headteachers_to_take_back_and_a_letter_is_nobodys(
    story: Story,
) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.does(incident, Step.TALK, "Slip")
    story.days_pass(1)
    slip = story.entry(incident, Step.TALK, OFFICE)
    assert not slip.can_withdraw
    with pytest.raises(Refused):
        steps.withdraw(story.office, slip.id, "Wrong")
    steps.withdraw(story.head, slip.id, "Wrong")
    story.does(incident, Step.TALK, "Really talked")
    story.written(incident, WARNING)
    with pytest.raises(Refused, match="issued letter"):
        steps.withdraw(story.head, story.entry(incident, Step.WRITTEN_WARNING).id, "Regretted")


def test_an_incident_keeps_the_policy_version_it_was_handled_under(story: Story) -> None:
    """The school changes its policy: no warnings any more, and five days to look again."""
    old = story.logged("Under the old policy", Conduct.ABUSIVE)
    present = profiles.current(story.head)
    edited = replace(
        present.profile,
        clocks=replace(present.profile.clocks, removal_chase_days=5),
        ladder=tuple(
            replace(rung, in_use=rung.step is not Step.WRITTEN_WARNING) for rung in present.profile.ladder
        ),
    )
    profiles.save_edit(story.head, edited, "Governors, spring meeting")
    new = story.logged("Under the new policy", Conduct.ABUSIVE)

    assert (story.opened(old).profile_number, story.opened(new).profile_number) == (1, 2)
    assert [advice.for_incident(story.office, each).profile_number for each in (old, new)] == [1, 2]
    for incident in (old, new):
        story.does(incident, Step.ASK_REMOVAL)
    assert [story.entry(each, Step.ASK_REMOVAL).chase_on.isoformat() for each in (old, new)] == [
        "2026-03-13",
        "2026-03-18",
    ]
    assert Step.WRITTEN_WARNING in story.open_steps(old)
    assert story.refusals(new)[Step.WRITTEN_WARNING] == "INC-5"
    # Editing the old incident does not move it to the new policy.
    story.edited(old, summary="Under the old policy, still")
    assert story.opened(old).profile_number == 1
    assert story.written(old, WARNING)


def test_every_write_is_in_the_audit_chain_with_who_when_and_what(story: Story) -> None:
    """One long day. After each thing done the chain is longer, by lines that name this person and this moment."""
    school, office, head, dsl = story.school, story.office, story.head, story.dsl
    seen = story.audited
    told: list[str] = []

    def done(ctx: object, expected: str) -> None:
        nonlocal seen
        lines = story.audit(seen)
        assert lines, f"nothing was written down for {expected}"
        assert {line.actor_id for line in lines} == {ctx.user.id}
        assert {line.at for line in lines} == {school.clock.now}
        assert expected in [line.action for line in lines]
        told.extend(line.action for line in lines)
        seen += len(lines)
        school.clock.forward(minutes=1)

    incident = story.logged("Insults", Conduct.ABUSIVE, named="tariq")
    done(office, "incident.logged")
    story.edited(incident, said="Word for word")
    done(office, "incident.saved")
    story.does(incident, Step.TALK, "Talked")
    done(office, "step.recorded")
    steps.skip(office, incident, Step.ASK_REMOVAL, "Gone already")
    done(office, "step.left_out")
    steps.note(office, incident, "A note")
    done(office, "note.added")
    steps.withdraw(office, story.timeline(incident, OFFICE)[-1].id, "Slip")
    done(office, "entry.withdrawn")
    steps.mark_replied(office, incident, school.clock.now, "Thank you")
    done(office, "incident.replied")
    steps.no_action(office, incident, "For now")
    done(office, "decision.no_action")
    kept = evidence.add(office, incident, "post.txt", b"Word for word").id
    done(office, "evidence.added")
    evidence.save_copy(office, kept, school.folder.root.parent / "copy.txt")
    done(office, "evidence.copied")
    evidence.remove(office, kept, "Wrong file")
    done(office, "evidence.removed")

    letter = letters.draft(office, incident, WARNING).id
    done(office, "letter.drafted")
    record = letters.get(office, letter)
    letters.save(office, letter, replace(record.edit, subject="Your post"), record.version)
    done(office, "letter.saved")
    letters.submit(office, letter, letters.get(office, letter).version)
    done(office, "letter.submitted")
    letters.return_with_note(head, letter, letters.get(head, letter).version, "Softer")
    done(head, "letter.returned")
    letters.submit(office, letter, letters.get(office, letter).version)
    done(office, "letter.submitted")
    letters.approve(head, letter, letters.get(head, letter).version)
    done(head, "letter.approved")
    letters.issue(office, letter, letters.get(office, letter).version)
    done(office, "letter.issued")
    letters.record_sent(office, letter, SentHow.POST, story.today)
    done(office, "letter.sent")
    other = letters.draft(office, incident, INVITATION).id
    done(office, "letter.drafted")
    letters.withdraw(office, other, "Not needed")
    done(office, "letter.withdrawn")

    steps.mark_removed(office, incident, story.today, "Gone")
    done(office, "incident.removed")
    incidents.close(office, incident, story.opened(incident).version, Outcome.WARNED, "Done")
    done(office, "incident.closed")
    incidents.reopen(office, incident, "Not quite")
    done(office, "incident.reopened")

    extremist = story.logged("A leaflet", Conduct.EXTREMISM)
    done(office, "incident.logged")
    steps.decide_prevent(dsl, extremist, True, "Pattern")
    done(dsl, "decision.prevent")
    steps.clear_letters(dsl, extremist, "No objection")
    done(dsl, "decision.letters_cleared")
    evidence.withhold(office, extremist, "A chat", school.clock.now, "Police")
    done(office, "evidence.withheld")

    person = story.person("Reed", "Ida")
    done(office, "person.added")
    people.save(office, PersonDraft(family_name="Reed", given_name="Ida May"), person, 1)
    done(office, "person.saved")
    people.link(office, person, Relation.PARENT_OF, school.people["tariq"], "")
    done(office, "person.linked")
    people.unlink(office, people.record_of(office, person).links[0].link_id)
    done(office, "person.unlinked")
    people.record_consent(office, person, "Newsletter", True, story.today)
    done(office, "person.consent")
    exports.incidents(
        office, IncidentFilter(), Sort(), [Column.REFERENCE], school.folder.root.parent / "list.csv", "csv"
    )
    done(office, "list.exported")
    profile = profiles.current(head).profile
    profiles.save_edit(head, replace(profile, clocks=replace(profile.clocks, removal_chase_days=3)), "")
    done(head, "profile.edited")
    details = school_service.get(head)
    school_service.save(head, replace(details, phone="01632 960001"), details.version)
    done(head, "school.saved")

    with school.database.reading() as session:
        assert audit.verify(session) == []


def test_reading_an_ordinary_incident_leaves_no_line_and_opening_a_confidential_one_leaves_who_when_what(
    story: Story,
) -> None:
    ordinary = story.logged("Ordinary", Conduct.ABUSIVE)
    secret = story.logged("Worry", Conduct.BULLYING, "dsl", confidentiality=Confidentiality.SAFEGUARDING)
    kept = evidence.add(story.dsl, secret, "worry.txt", b"Words").id
    before = story.audited
    story.opened(ordinary)
    assert story.audited == before

    story.school.clock.forward(hours=2)
    story.opened(secret, "headteacher")
    (line,) = story.audit(before)
    assert (line.action, line.object_kind, line.object_id) == ("incident.opened", "incident", secret)
    assert (line.actor_id, line.at) == (story.school.users["headteacher"], story.school.clock.now)

    before = story.audited
    evidence.read(story.head, kept)
    advice.summary_text(story.head, secret, "police")
    exports.timeline_pdf(story.head, secret, story.school.folder.root.parent / "secret.pdf")
    actions = [line.action for line in story.audit(before)]
    assert {"evidence.opened", "incident.summarised", "incident.printed"} <= set(actions)


def test_personal_detail_can_be_erased_from_the_log_and_the_chain_still_holds(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.edited(incident, said="Anna Quillfeather lives at 3 Orchard Way")
    line = next(each for each in story.audit() if each.action == "incident.saved")
    school = story.school
    with school.database.writing() as session:
        audit.erase_detail(
            session, line.seq, actor_id=school.users["headteacher"], at=school.clock.now, reason="Asked for"
        )
    with school.database.reading() as session:
        assert audit.verify(session) == []
        assert session.get_one(AuditDetail, line.seq).detail is None
    (changed,) = incidents.history(story.head, incident)
    assert (changed.erased, changed.changes, changed.who) == (True, (), "Ms B. Cedar")
