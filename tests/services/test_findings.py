"""What was found said about the school: decided, done, handed over, and who may read what (REP-1 to REP-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry, Entry, Evidence, Finding, Person
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.services import (
    attached_files,
    findings,
    findings_list,
    incidents,
    periods,
    reputation,
    reputation_figures,
)
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.incident_records import Confidentiality
from smdesk.services.reputation_records import (
    FINDING_COLUMN_LABELS,
    CheckDraft,
    FindingColumn,
    FindingDecision,
    FindingDraft,
    FindingFilter,
    FindingRecord,
    FindingSort,
    FindingView,
    MonthOfFindings,
    PlaceDraft,
    Tone,
)
from tests.documents.reading import text_of
from tests.support.school import START, SmallSchool

OFFICE = "business_manager"
TODAY = date(2026, 3, 11)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


def a_place(school: SmallSchool, name: str = "Google reviews") -> int:
    ctx = school.ctx_for(OFFICE)
    for each in reputation.places(ctx):
        if each.draft.name == name:
            return each.id
    return reputation.save(ctx, PlaceDraft(name)).id


def draft(school: SmallSchool, place: str = "Google reviews", **more: object) -> FindingDraft:
    fields: dict[str, object] = {
        "place_id": a_place(school, place),
        "found_on": TODAY,
        "tone": Tone.CRITICISM,
        "said": "The gate is never locked.",
        **more,
    }
    return FindingDraft(**fields)


def record(school: SmallSchool, place: str = "Google reviews", **more: object) -> int:
    return findings.save(school.ctx_for(OFFICE), draft(school, place, **more)).id


def opened(school: SmallSchool, finding: int, login: str = OFFICE) -> FindingRecord:
    return findings.open_finding(school.ctx_for(login), finding)


def version(school: SmallSchool, finding: int) -> int:
    return opened(school, finding).version


def decide(school: SmallSchool, finding: int, what: FindingDecision = FindingDecision.ANSWER) -> None:
    findings.decide(school.ctx_for(OFFICE), finding, version(school, finding), what, "It is fair")


def hand_over(school: SmallSchool, finding: int, *, confidential: bool = False) -> int:
    """Hand over, and restrict the incident to the headteacher and the DSL where it is confidential."""
    ctx = school.ctx_for("headteacher")
    number = findings.hand_over(ctx, finding, version(school, finding)).id
    if confidential:
        incident = incidents.open_incident(ctx, number)
        incidents.save(
            ctx,
            replace(incident.draft, confidentiality=Confidentiality.SAFEGUARDING),
            number,
            incident.version,
        )
    return number


def ids(
    school: SmallSchool, login: str = OFFICE, sort: FindingSort | None = None, **wanted: object
) -> list[int]:
    fields = {"view": FindingView.ALL, **wanted}
    return list(
        findings_list.sorted_ids(school.ctx_for(login), FindingFilter(**fields), sort or FindingSort())
    )


# Recorded


def test_a_finding_has_a_number_a_history_and_is_audited(school: SmallSchool) -> None:
    first, second = record(school), record(school, tone=Tone.PRAISE, said="Lovely office.")
    assert opened(school, first).reference == "2026/R0001"
    assert opened(school, second).reference == "2026/R0002"
    assert [each.text for each in opened(school, first).history] == ["Criticism"]
    with school.database.reading() as session:
        kept = session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "finding")).all()
    assert kept == ["finding.added", "finding.added"]


def test_what_is_missing_or_cannot_be_is_said_all_at_once(school: SmallSchool) -> None:
    with pytest.raises(Invalid) as caught:
        findings.save(
            school.ctx_for(OFFICE),
            FindingDraft(link="javascript:alert(1)", person_id=999, said=" ", by_name="x" * 201),
        )
    assert [each.field for each in caught.value.problems] == [
        "place_id",
        "found_on",
        "said",
        "by_name",
        "link",
        "person_id",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"found_on": TODAY + timedelta(days=1)}, "future"),
        ({"found_on": date(1999, 1, 1)}, "before the year 2000"),
        ({"posted_on": TODAY + timedelta(days=1)}, "posted after it was found"),
        ({"said": "x" * 20_001}, "20,000"),
        ({"media_told": "Mrs H. Alder"}, "Tick that it comes from a journalist"),
        ({"journalist": True, "media_told": "Mrs H. Alder"}, "on which day they were told"),
        ({"journalist": True, "media_told_on": TODAY}, "Say who was told"),
        ({"journalist": True, "media_told": "A", "media_told_on": TODAY + timedelta(days=1)}, "future"),
        (
            {"journalist": True, "media_told": "A", "media_told_on": TODAY - timedelta(days=1)},
            "before it was found",
        ),
    ],
)
def test_days_and_the_media_contact_fit_together(
    school: SmallSchool, more: dict[str, object], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        record(school, **more)


def test_where_it_was_found_is_a_place_that_is_checked_and_its_own_check(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    reviews, wiki = a_place(school), a_place(school, "Wikipedia")
    check = reputation.check(ctx, reviews, CheckDraft(TODAY)).id
    with pytest.raises(Invalid, match="of another place"):
        record(school, "Wikipedia", check_id=check)
    finding = record(school, check_id=check)
    reputation.withdraw_check(ctx, check, "A slip")
    with pytest.raises(Invalid, match="was taken back"):
        record(school, check_id=check)
    # What was recorded with it before can still be put right.
    findings.save(ctx, draft(school, check_id=check, said="Never ever."), finding, version(school, finding))
    reputation.stop(ctx, wiki, 1, "Nothing there")
    with pytest.raises(Invalid, match="“Wikipedia” is not checked any more"):
        findings.save(ctx, replace(draft(school), place_id=wiki))


def test_a_change_is_told_field_by_field_and_no_change_is_none(school: SmallSchool) -> None:
    ctx, finding = school.ctx_for(OFFICE), record(school)
    wiki = a_place(school, "Wikipedia")
    findings.save(
        ctx, draft(school, "Wikipedia", person_id=school.people["anna"], journalist=True), finding, 1
    )
    with pytest.raises(Conflict) as caught:
        findings.save(ctx, draft(school, tone=Tone.PRAISE), finding, 1)
    assert [(each.label, each.theirs, each.mine) for each in caught.value.changes] == [
        ("Where", "Wikipedia", "Google reviews"),
        ("Tone", "Criticism", "Praise"),
        ("Person", "Anna Quillfeather", ""),
        ("From a journalist", "yes", "no"),
    ]
    assert opened(school, finding).history[-1].text == "Where, Person, From a journalist"
    assert opened(school, finding).draft.place_id == wiki
    assert not findings.save(ctx, opened(school, finding).draft, finding, 2).changes
    assert version(school, finding) == 2


# Decided


def test_decided_with_a_reason_then_done_then_opened_again(school: SmallSchool) -> None:
    ctx, finding = school.ctx_for(OFFICE), record(school)
    with pytest.raises(Invalid, match="Say why"):
        findings.decide(ctx, finding, 1, FindingDecision.ANSWER, "  ")
    with pytest.raises(Refused, match="nothing is typed twice"):
        findings.decide(ctx, finding, 1, FindingDecision.INCIDENT, "Bad")
    with pytest.raises(Refused, match="Decide first"):
        findings.mark_done(ctx, finding, 1, TODAY)
    with pytest.raises(Refused, match="Nothing has been decided"):
        findings.undecide(ctx, finding, 1, "A slip")
    decide(school, finding)
    found = opened(school, finding)
    assert (found.decision, found.decision_reason, found.decided_by, found.to_be_done) == (
        FindingDecision.ANSWER,
        "It is fair",
        "Ms B. Cedar",
        True,
    )
    with pytest.raises(Refused, match="Open it again first"):
        decide(school, finding, FindingDecision.IGNORE)
    with pytest.raises(Conflict):
        findings.mark_done(ctx, finding, 1, TODAY)
    with pytest.raises(Invalid, match="future"):
        findings.mark_done(ctx, finding, 2, TODAY + timedelta(days=1))
    with pytest.raises(Invalid, match="cannot be earlier"):
        findings.mark_done(ctx, finding, 2, TODAY - timedelta(days=1))
    findings.mark_done(ctx, finding, 2, TODAY, "We lock it at nine.")
    assert not opened(school, finding).to_be_done
    with pytest.raises(Refused, match="already"):
        findings.mark_done(ctx, finding, 3, TODAY)
    findings.undecide(ctx, finding, 3, "They wrote again")
    found = opened(school, finding)
    assert (found.decision, found.done_on, found.decided_by) == (None, None, "")
    assert [each.kind for each in found.history] == ["added", "decided", "done", "reopened"]


def test_what_is_left_alone_needs_nothing_more(school: SmallSchool) -> None:
    finding = record(school)
    decide(school, finding, FindingDecision.IGNORE)
    assert not opened(school, finding).to_be_done
    with pytest.raises(Refused, match="Nothing is to be done"):
        findings.mark_done(school.ctx_for(OFFICE), finding, 2, TODAY)


def test_taken_back_it_stays_and_changes_no_more(school: SmallSchool) -> None:
    ctx, finding = school.ctx_for(OFFICE), record(school)
    with pytest.raises(Invalid, match="why"):
        findings.withdraw(ctx, finding, 1, "")
    findings.withdraw(ctx, finding, 1, "Another school of that name")
    found = opened(school, finding)
    assert (found.editable, found.withdrawn_reason) == (False, "Another school of that name")
    for call in (
        lambda: findings.save(ctx, draft(school), finding, 2),
        lambda: findings.decide(ctx, finding, 2, FindingDecision.IGNORE, "x"),
        lambda: findings.withdraw(ctx, finding, 2, "x"),
        lambda: findings.hand_over(ctx, finding, 2),
        lambda: findings.media_told(ctx, finding, 2, TODAY, "x"),
    ):
        with pytest.raises(Refused, match="taken back"):
            call()


# Journalists


def test_a_journalist_waits_for_the_media_contact(school: SmallSchool) -> None:
    ctx, finding = school.ctx_for(OFFICE), record(school, journalist=True, by_name="R. Reporter")
    assert opened(school, finding).waits_for_media
    for call in (
        lambda: decide(school, finding),
        lambda: findings.hand_over(ctx, finding, 1),
    ):
        with pytest.raises(Refused, match="Tell the person for the media policy first") as caught:
            call()
        assert caught.value.rule == "REP-3"
    with pytest.raises(Invalid) as wrong:
        findings.media_told(ctx, finding, 1, None, " ")
    assert [each.field for each in wrong.value.problems] == ["media_told", "media_told_on"]
    with pytest.raises(Invalid, match="future"):
        findings.media_told(ctx, finding, 1, TODAY + timedelta(days=1), "Mrs H. Alder")
    findings.media_told(ctx, finding, 1, TODAY, " Mrs  H. Alder ")
    found = opened(school, finding)
    assert (found.waits_for_media, found.draft.media_told) == (False, "Mrs H. Alder")
    assert (found.history[-1].text, found.history[-1].rule) == ("Mrs H. Alder", "REP-3")
    decide(school, finding)
    emptied = replace(opened(school, finding).draft, media_told_on=None, media_told="")
    with pytest.raises(Invalid, match="decided after they had been told"):
        findings.save(ctx, emptied, finding, version(school, finding))


def test_that_it_was_a_journalist_is_seen_too_late(school: SmallSchool) -> None:
    """Decided first, then found out: nobody replies before the media contact was told either."""
    ctx, finding = school.ctx_for(OFFICE), record(school)
    with pytest.raises(Refused, match="Tick it first"):
        findings.media_told(ctx, finding, 1, TODAY, "Mrs H. Alder")
    decide(school, finding)
    findings.save(ctx, draft(school, journalist=True), finding, 2)
    with pytest.raises(Refused, match="media policy"):
        findings.mark_done(ctx, finding, 3, TODAY)
    findings.media_told(ctx, finding, 3, TODAY, "Mrs H. Alder")
    findings.mark_done(ctx, finding, 4, TODAY)


# Handed over


def test_handed_over_nothing_is_typed_again(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    finding = record(
        school,
        by_name="gate_watcher",
        link="https://example.org/r/5",
        posted_on=TODAY - timedelta(days=2),
        notes="Seen by two parents",
    )
    attached_files.add(ctx, Owner(OwnerKind.FINDING, finding), "shot.png", PNG)
    decide(school, finding)
    findings.mark_done(ctx, finding, 2, TODAY, "We said when it is locked.")
    number = findings.hand_over(ctx, finding, 3).id
    made = incidents.open_incident(ctx, number)
    assert made.draft.summary == "Criticism on Google reviews: The gate is never locked."
    assert (made.draft.said, made.draft.link, made.draft.posted_on, made.draft.received_at) == (
        "The gate is never locked.",
        "https://example.org/r/5",
        TODAY - timedelta(days=2),
        START,
    )
    assert not made.draft.on_school_account
    with school.database.reading() as session:
        note = session.scalars(select(Entry.text).where(Entry.kind == "note")).one()
        kept = session.scalars(select(Evidence.name).where(Evidence.incident_id == number)).all()
        author = session.scalars(select(Person).where(Person.family_name == "gate_watcher")).one()
        assert not author.identified
    assert note.splitlines()[0] == (
        "Taken over from finding 2026/R0001 on Google reviews. Decided before: Answer publicly."
    )
    assert "We said when it is locked." in note
    assert "Seen by two parents" in note
    assert kept == ["shot.png"]
    found = opened(school, finding)
    assert (found.decision, found.editable) == (FindingDecision.INCIDENT, False)
    assert found.incident == (number, "2026/0001")
    with pytest.raises(Refused, match="Go on there"):
        findings.hand_over(ctx, finding, found.version)


def test_the_incident_was_received_on_the_day_it_was_found_and_never_later_than_now(
    school: SmallSchool,
) -> None:
    ctx = school.ctx_for(OFFICE)
    old = record(school, found_on=TODAY - timedelta(days=3))
    made = findings.hand_over(ctx, old, 1).id
    assert incidents.open_incident(ctx, made).draft.received_at == datetime(2026, 3, 8, 12, tzinfo=UTC)
    finding = record(school)
    school.clock.forward(days=1)
    findings.save(ctx, draft(school, found_on=ctx.today()), finding, 1)
    made = findings.hand_over(ctx, finding, 2).id
    assert incidents.open_incident(ctx, made).draft.received_at == school.clock.now


def test_a_hand_over_that_comes_too_late_makes_nothing(school: SmallSchool) -> None:
    finding = record(school)
    decide(school, finding)
    with pytest.raises(Conflict):
        findings.hand_over(school.ctx_for(OFFICE), finding, 1)
    with school.database.reading() as session:
        assert session.scalars(select(Entry)).all() == []


def test_whoever_may_not_open_the_incident_reads_nothing_of_the_finding(
    school: SmallSchool, tmp_path: Path
) -> None:
    finding = record(
        school, by_name="zebra_parent", said="Xylophone about a child", link="https://secret.example/x"
    )
    plain = record(school, said="Aardvark", by_name="Aaron")
    attached_files.add(school.ctx_for(OFFICE), Owner(OwnerKind.FINDING, finding), "x.png", PNG)
    hand_over(school, finding, confidential=True)
    hidden = ("xylophone", "zebra", "secret", "x.png")
    found = opened(school, finding)
    assert (found.masked, found.incident, found.files, found.history) == (True, None, (), ())
    assert not [word for word in hidden if word in str(found).casefold()]
    (row,) = findings_list.rows(school.ctx_for(OFFICE), [finding])
    assert row.said == "Handed over to an incident"
    assert not [word for word in hidden if word in str(row).casefold()]
    for text in ("xylophone", "zebra", "secret.example", "2026/R0001"):
        assert ids(school, text=text) == []
    assert ids(school, "dsl", text="xylophone") == [finding]
    for column in (FindingColumn.BY, FindingColumn.SAID):
        for descending in (False, True):
            assert ids(school, sort=FindingSort(column, descending)) == [plain, finding]
    file = tmp_path / "findings.csv"
    findings_list.export(
        school.ctx_for(OFFICE),
        FindingFilter(view=FindingView.ALL),
        FindingSort(),
        tuple(FINDING_COLUMN_LABELS),
        file,
        "csv",
    )
    assert not [word for word in hidden if word in file.read_text("utf-8-sig").casefold()]
    assert opened(school, finding, "dsl").draft.by_name == "zebra_parent"


# The list


def test_views_and_their_counts(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    to_decide, to_do, ignored, done, gone, over = (record(school, said=f"Number {at}") for at in range(6))
    for finding in (to_do, done):
        decide(school, finding)
    findings.mark_done(ctx, done, 2, TODAY)
    decide(school, ignored, FindingDecision.IGNORE)
    findings.withdraw(ctx, gone, 1, "A slip")
    hand_over(school, over)
    assert ids(school, view=FindingView.TO_DECIDE) == [to_decide]
    assert ids(school, view=FindingView.TO_DO) == [to_do]
    assert set(ids(school, view=FindingView.DONE)) == {ignored, done, over}
    assert set(ids(school)) == {to_decide, to_do, ignored, done, gone, over}
    assert findings_list.view_counts(ctx) == {
        FindingView.TO_DECIDE: 1,
        FindingView.TO_DO: 1,
        FindingView.DONE: 3,
        FindingView.ALL: 6,
    }
    words = [
        findings_list.decision_words(row) for row in findings_list.rows(ctx, [to_decide, to_do, gone, over])
    ]
    assert words == ["To decide", "Answer publicly", "Taken back", "Handled as an incident"]


def test_words_are_found_as_they_stand_now_and_signs_are_no_wildcards(school: SmallSchool) -> None:
    one = record(school, person_id=school.people["anna"], said="100% late_again")
    two = record(school, "Wikipedia", said="1000 lateXagain")
    assert ids(school, text="100%") == [one]
    assert ids(school, text="late_again") == [one]
    assert ids(school, text="QUILLFEATHER") == [one]
    assert ids(school, text="wikipedia 2026/r0002") == [two]
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).sort_name = "fernsby anna"
    assert ids(school, text="fernsby") == [one]
    wiki = reputation.place(school.ctx_for(OFFICE), a_place(school, "Wikipedia"))
    reputation.save(school.ctx_for(OFFICE), replace(wiki.draft, name="The free one"), wiki.id, wiki.version)
    assert ids(school, text="free one") == [two]


def test_narrowed_and_sorted(school: SmallSchool) -> None:
    old = record(school, found_on=TODAY - timedelta(days=40), tone=Tone.PRAISE, by_name="Zoe")
    new = record(school, "Wikipedia", by_name="", person_id=school.people["ben"])
    assert ids(school) == [new, old]
    assert ids(school, tone=Tone.PRAISE) == [old]
    assert ids(school, place_id=a_place(school, "Wikipedia")) == [new]
    assert ids(school, found_from=TODAY) == [new]
    assert ids(school, found_to=TODAY - timedelta(days=1)) == [old]
    assert ids(school, sort=FindingSort(FindingColumn.BY, descending=False)) == [new, old]
    for column in FindingColumn:
        assert set(ids(school, sort=FindingSort(column))) == {old, new}
    assert [row.by_name for row in findings_list.rows(school.ctx_for(OFFICE), [new, old])] == [
        "Ben Quillfeather",
        "Zoe",
    ]


def test_a_saved_filter_is_the_same_when_it_comes_back(school: SmallSchool) -> None:
    shelf = findings_list.SHELF
    wanted = FindingFilter(FindingView.DONE, "gate", Tone.PRAISE, 3, TODAY, TODAY)
    held = {
        "view": "done",
        "text": "gate",
        "tone": "praise",
        "place_id": 3,
        "found_from": "2026-03-11",
        "found_to": "2026-03-11",
    }
    assert shelf.filter_from(held) == wanted
    assert shelf.sort_from("tone", True) == FindingSort(FindingColumn.TONE, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_the_list_goes_out_and_that_is_audited(school: SmallSchool, tmp_path: Path, kind: str) -> None:
    record(school, said="=1+1", by_name="Zoe")
    file = tmp_path / f"findings.{kind}"
    wanted = FindingFilter(
        view=FindingView.ALL,
        text="zoe",
        tone=Tone.CRITICISM,
        place_id=a_place(school),
        found_from=TODAY,
        found_to=TODAY,
    )
    number = findings_list.export(
        school.ctx_for(OFFICE), wanted, FindingSort(), tuple(FINDING_COLUMN_LABELS), file, kind
    )
    assert (number, file.exists()) == (1, True)
    if kind == "csv":
        assert "\t=1+1" in file.read_text("utf-8-sig") or "'=1+1" in file.read_text("utf-8-sig")
    if kind == "pdf":
        assert "criticism, on Google reviews, found from 11 March 2026" in text_of(file.read_bytes())
    with school.database.reading() as session:
        assert session.scalars(
            select(AuditEntry.action).where(AuditEntry.action == "list.exported")
        ).all() == ["list.exported"]


# Over time


def test_months_count_what_stands_and_leave_no_gap(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    for day, tone in (
        (date(2025, 12, 31), Tone.PRAISE),
        (date(2026, 1, 1), Tone.PRAISE),
        (date(2026, 1, 31), Tone.CRITICISM),
        (date(2026, 3, 1), Tone.NEUTRAL),
    ):
        record(school, found_on=day, tone=tone)
    gone = record(school, found_on=date(2026, 1, 2))
    findings.withdraw(ctx, gone, 1, "A slip")
    assert reputation_figures.months(ctx, date(2026, 1, 1), date(2026, 3, 31)) == [
        MonthOfFindings(date(2026, 1, 1), 1, 0, 1),
        MonthOfFindings(date(2026, 2, 1), 0, 0, 0),
        MonthOfFindings(date(2026, 3, 1), 0, 1, 0),
    ]
    assert [each.label for each in reputation_figures.periods_checked(ctx)] == [
        "2025-26",
        "2026 spring",
        "2025 autumn",
    ]


def test_ratings_are_those_that_stand(school: SmallSchool) -> None:
    ctx, place = school.ctx_for(OFFICE), a_place(school)
    for day, tenths in ((3, 41), (10, 43), (5, None)):
        reputation.check(ctx, place, CheckDraft(date(2026, 3, day), rating_tenths=tenths))
    slip = reputation.check(ctx, place, CheckDraft(date(2026, 3, 4), rating_tenths=9)).id
    reputation.withdraw_check(ctx, slip, "Typed wrong")
    found = reputation_figures.trend(ctx, date(2026, 3, 1), TODAY)
    assert [(each.place, each.on.day, each.tenths) for each in found.ratings] == [
        ("Google reviews", 3, 41),
        ("Google reviews", 10, 43),
    ]
    with pytest.raises(Invalid, match="lies before"):
        reputation_figures.trend(ctx, TODAY, TODAY - timedelta(days=1))
    with pytest.raises(Invalid, match="5 years"):
        reputation_figures.trend(ctx, date(2015, 1, 1), TODAY)


def test_the_paper_is_one_page_without_names(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    for at in range(12):
        name = ("Google reviews", "Wikipedia", "A long name for a local group of the estate")[at % 3]
        record(
            school,
            name,
            found_on=TODAY - timedelta(days=at * 15),
            said="They never answer the telephone " * 20,
            by_name="zebra_parent",
        )
        reputation.check(
            ctx, a_place(school, name), CheckDraft(TODAY - timedelta(days=at), rating_tenths=30 + at)
        )
    content = reputation_figures.trend_pdf(ctx, periods.year_of(TODAY))
    said = text_of(content)
    assert "12 findings: 0 praise, 0 neutral, 12 criticism" in said
    assert "Page 1 of 1" in said
    assert "7 more stand in SM Desk" in said
    assert "zebra" not in said
    with school.database.reading() as session:
        assert session.scalars(
            select(AuditEntry.action).where(AuditEntry.action == "reputation.trend_printed")
        ).all() == ["reputation.trend_printed"]


def test_the_paper_of_a_quiet_time_says_so(school: SmallSchool) -> None:
    said = text_of(reputation_figures.trend_pdf(school.ctx_for("dsl"), periods.year_of(TODAY)))
    assert "Nothing was found in this time." in said


def test_who_may_read_and_who_may_write(school: SmallSchool) -> None:
    finding = record(school)
    for login in ("headteacher", "dsl", "leadership"):
        assert opened(school, finding, login).draft.said
    for login in ("governor", "administrator"):
        ctx = school.ctx_for(login)
        for call in (
            lambda ctx=ctx: findings.open_finding(ctx, finding),
            lambda ctx=ctx: findings_list.rows(ctx, [finding]),
            lambda ctx=ctx: reputation_figures.trend(ctx, TODAY, TODAY),
            lambda ctx=ctx: reputation_figures.trend_pdf(ctx, periods.year_of(TODAY)),
            lambda ctx=ctx: findings.decide(ctx, finding, 1, FindingDecision.IGNORE, "x"),
            lambda ctx=ctx: findings.hand_over(ctx, finding, 1),
        ):
            with pytest.raises(NotAllowed):
                call()
    # A finding is not merely hidden in the window: its row stays for good.
    with school.database.reading() as session:
        assert session.get(Finding, finding) is not None
