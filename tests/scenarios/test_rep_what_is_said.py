"""What is said about the school elsewhere: looked for, weighed, answered, or handed over (REP-1 to REP-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.documents.governor_figures import CountTable
from smdesk.errors import Invalid, Refused
from smdesk.policy.suppression import Hidden
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.services import (
    attached_files,
    evidence,
    findings,
    findings_list,
    incidents,
    people,
    periods,
    reports,
    reputation,
    reputation_figures,
)
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import Saved
from smdesk.services.incident_records import PersonRole
from smdesk.services.reputation_records import (
    CheckDraft,
    FindingDecision,
    FindingDraft,
    FindingFilter,
    FindingRecord,
    FindingSort,
    FindingView,
    PlaceDraft,
    PlaceKind,
    Tone,
)
from smdesk.services.today_records import DueKind, Target
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, local


def a_place(story: Story, **more: object) -> int:
    draft = PlaceDraft("Town reviews", PlaceKind.REVIEWS, "https://reviews.example/brambleford", every_days=7)
    draft = replace(draft, responsible_id=story.school.people["office"])
    return reputation.save(story.office, replace(draft, **more)).id


def found(story: Story, place: int, said: str = "The gate is never locked.", **more: object) -> int:
    draft = FindingDraft(
        place, found_on=story.today, tone=Tone.CRITICISM, said=said, by_name="Angry of Bramble"
    )
    return findings.save(story.office, replace(draft, **more)).id


def opened(story: Story, finding: int, by: str = "business_manager") -> FindingRecord:
    return findings.open_finding(story.at(by), finding)


def decided(story: Story, finding: int, decision: FindingDecision, reason: str = "As we always do.") -> Saved:
    return findings.decide(story.office, finding, opened(story, finding).version, decision, reason)


def listed(story: Story, view: FindingView) -> list[int]:
    return list(findings_list.sorted_ids(story.office, FindingFilter(view), FindingSort()))


def test_rep_1_a_place_is_checked_by_its_named_person_in_its_rhythm_and_a_late_one_is_told(
    story: Story,
) -> None:
    place = a_place(story)
    (item,) = tell.due(story)[DueKind.PLACE].items
    assert item.target == Target("reputation", "places", place)
    reputation.check(
        story.office, place, CheckDraft(story.today, "Two new reviews", rating_tenths=43, reviews=61)
    )
    assert DueKind.PLACE not in tell.due(story)
    story.days_pass(7)
    assert not tell.due(story)[DueKind.PLACE].items[0].overdue
    story.days_pass(3)
    assert tell.due(story)[DueKind.PLACE].items[0].overdue
    assert reputation.place(story.office, place).late_days == 3
    with pytest.raises(Invalid, match="lies in the future"):
        reputation.check(story.office, place, CheckDraft(story.today + timedelta(days=1)))
    # It was done on time, and written down late: the day it was done counts.
    late = reputation.check(
        story.office, place, CheckDraft(story.today - timedelta(days=3), rating_tenths=41)
    )
    assert reputation.place(story.office, place).due_on == story.today + timedelta(days=4)
    reputation.withdraw_check(story.office, late.id, "That was another site.")
    row = reputation.place(story.office, place)
    assert (row.late_days, row.rating_tenths, row.checked_by) == (3, 43, "Ms B. Cedar")
    # The named person leaves: the list says that somebody else must be named.
    story.changed("office", left_on=story.today)
    assert reputation.place(story.office, place).responsible_left


def test_rep_2_praise_is_thanked_and_criticism_answered_each_with_its_reason(story: Story) -> None:
    place = a_place(story)
    praise = found(story, place, "Lovely concert", tone=Tone.PRAISE)
    criticism = found(story, place)
    assert set(listed(story, FindingView.TO_DECIDE)) == {praise, criticism}
    assert tell.due(story)[DueKind.FINDING].count == 2
    with pytest.raises(Invalid, match="Say why"):
        decided(story, praise, FindingDecision.THANK, " ")
    decided(story, praise, FindingDecision.THANK)
    decided(story, criticism, FindingDecision.ANSWER, "It is locked; say so kindly.")
    assert DueKind.FINDING not in tell.due(story)
    assert set(listed(story, FindingView.TO_DO)) == {praise, criticism}
    with pytest.raises(Invalid, match="this cannot be earlier"):
        findings.mark_done(
            story.office, praise, opened(story, praise).version, story.today - timedelta(days=1), "x"
        )
    findings.mark_done(story.office, praise, opened(story, praise).version, story.today, "Thanked them")
    assert listed(story, FindingView.TO_DO) == [criticism]
    with pytest.raises(Refused, match="decided already"):
        decided(story, criticism, FindingDecision.IGNORE)
    findings.undecide(story.office, criticism, opened(story, criticism).version, "It is open after all.")
    assert listed(story, FindingView.TO_DECIDE) == [criticism]
    assert [line.kind for line in opened(story, criticism).history] == ["added", "decided", "reopened"]


def test_rep_3_a_journalist_waits_for_the_person_of_the_media_policy(story: Story) -> None:
    place = a_place(story, name="Local paper", kind=PlaceKind.NEWS)
    finding = found(story, place, "May we ask about the gate?", by_name="A. Pen", journalist=True)
    assert opened(story, finding).waits_for_media
    for decision in (FindingDecision.ANSWER, FindingDecision.IGNORE, FindingDecision.PRIVATE_TALK):
        with pytest.raises(Refused, match="comes from a journalist") as caught:
            decided(story, finding, decision)
        assert caught.value.rule == "REP-3"
    with pytest.raises(Refused, match="journalist"):
        findings.hand_over(story.office, finding, opened(story, finding).version)
    # Seen as a journalist's only after it was decided: then it must not be answered either.
    other = found(story, place, "And about the tie?", by_name="A. Pen")
    decided(story, other, FindingDecision.ANSWER)
    record = opened(story, other)
    findings.save(story.office, replace(record.draft, journalist=True), other, record.version)
    with pytest.raises(Refused, match="journalist"):
        findings.mark_done(story.office, other, opened(story, other).version, story.today, "Answered")
    for each in (finding, other):
        findings.media_told(story.office, each, opened(story, each).version, story.today, "Mrs H. Alder")
    decided(story, finding, FindingDecision.PRIVATE_TALK, "The headteacher rings back.")
    findings.mark_done(story.office, other, opened(story, other).version, story.today, "The headteacher did")
    assert not opened(story, finding).waits_for_media


def test_rep_2_a_finding_becomes_an_incident_with_its_screenshot_and_nothing_typed_again(
    story: Story,
) -> None:
    place = a_place(story)
    finding = found(
        story,
        place,
        "Mr Hazel is a drunk, everybody knows",
        link="https://reviews.example/brambleford/77",
        posted_on=story.today - timedelta(days=2),
    )
    attached_files.add(story.office, Owner(OwnerKind.FINDING, finding), "seen.txt", b"Mr Hazel is a drunk")
    incident = findings.hand_over(story.office, finding, opened(story, finding).version).id
    record = incidents.open_incident(story.office, incident)
    assert record.draft.said == "Mr Hazel is a drunk, everybody knows"
    assert record.draft.link == "https://reviews.example/brambleford/77"
    assert record.draft.posted_on == story.today - timedelta(days=2)
    # No clock: the rule is about the school's own accounts.
    assert (record.draft.on_school_account, record.reply_by) == (False, None)
    assert [each.name for each in evidence.list_for(story.office, incident)] == ["seen.txt"]
    # Who wrote it is known by that name only: nobody identified goes on record (INC-7).
    (author,) = [each for each in record.draft.people if each.role is PersonRole.AUTHOR]
    assert author.kind is PersonKind.UNKNOWN
    assert not people.record_of(story.office, author.person_id).draft.identified
    assert opened(story, finding).incident == (incident, "2026/0001")
    assert listed(story, FindingView.TO_DECIDE) == []
    with pytest.raises(Refused, match="handled as an incident"):
        decided(story, finding, FindingDecision.IGNORE)
    # It turns out to be about something that is not for the office to read.
    story.edited(incident, "headteacher", conduct=(Conduct.ALLEGATION,), confidentiality="staff")
    seen = opened(story, finding)
    assert (seen.masked, seen.draft.said, seen.incident, seen.files) == (True, "", None, ())
    assert not opened(story, finding, "headteacher").masked
    assert story.faults() == []


def test_rep_2_the_trend_is_what_was_counted_and_the_report_hides_what_is_small(story: Story) -> None:
    place = a_place(story)
    told = {(1, Tone.PRAISE): 7, (2, Tone.CRITICISM): 6, (3, Tone.PRAISE): 1, (3, Tone.NEUTRAL): 2}
    for (month, tone), count in told.items():
        story.time_is(local(2026, month, 12))
        reputation.check(story.office, place, CheckDraft(story.today, rating_tenths=40 + month))
        for number in range(count):
            found(story, place, f"No {number}", tone=tone)
    taken_back = found(story, place, "A slip", tone=Tone.PRAISE)
    findings.withdraw(story.office, taken_back, opened(story, taken_back).version, "Another school")
    shown = reputation_figures.trend(story.office, date(2026, 1, 1), date(2026, 3, 31))
    assert [(each.first.month, each.praise, each.neutral, each.criticism) for each in shown.months] == [
        (1, 7, 0, 0),
        (2, 0, 0, 6),
        (3, 1, 2, 0),
    ]
    assert [(each.on.month, each.tenths) for each in shown.ratings] == [(1, 41), (2, 42), (3, 43), (3, 43)]
    figures = reports.governor_figures(story.governor, periods.parse_period("2026 spring"))
    (section,) = [
        each for each in figures.sections if each.title == "What is said about the school elsewhere"
    ]
    rows = {
        row.label: row.now for table in section.tables if isinstance(table, CountTable) for row in table.rows
    }
    # The two neutral ones could be made out; were only they hidden, the total would give them away.
    assert rows["Neutral"] is Hidden.FEW
    assert sum(isinstance(cell, Hidden) for cell in rows.values()) >= 2
