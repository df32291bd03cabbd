"""Confidential records, the headteacher as the subject, and governors who see figures only (CON-3, CON-5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smdesk.errors import NotAllowed, NotFound, Refused, SmdeskError
from smdesk.policy.vocabulary import Conduct, Notify, PersonKind, Step
from smdesk.services import advice, evidence, exports, incident_list, incidents, letters, people, steps
from smdesk.services.context import Context
from smdesk.services.incident_records import (
    Column,
    Confidentiality,
    IncidentFilter,
    Outcome,
    PersonRole,
    Sort,
    View,
)
from tests.scenarios.telling import INVITATION, OFFICE, WARNING, Story, printed


def worry(story: Story, by: str = OFFICE) -> int:
    """What the business manager takes down at the door and may not read again."""
    return story.logged(
        "Post speaks of bruises",
        Conduct.BULLYING,
        by,
        author="anna",
        named="tariq",
        platform="whatsapp",
        said="Everybody whispers about it",
        confidentiality=Confidentiality.SAFEGUARDING,
    )


def listed(ctx: Context, **wanted: object) -> list[int]:
    chosen = IncidentFilter(**{"view": View.ALL, **wanted})
    return list(incident_list.sorted_ids(ctx, chosen, Sort()))


def everything_about(ctx: Context, incident: int) -> list[object]:
    """Each way to read an incident, tried; what came back."""
    found: list[object] = []
    for look in (
        lambda: steps.timeline(ctx, incident),
        lambda: advice.for_incident(ctx, incident),
        lambda: advice.summary_text(ctx, incident, "police"),
        lambda: advice.platform_route(ctx, incident),
        lambda: evidence.list_for(ctx, incident),
        lambda: letters.for_incident(ctx, incident),
        lambda: letters.choices(ctx, incident),
        lambda: incidents.history(ctx, incident),
        lambda: evidence.check(ctx, incident),
    ):
        try:
            found.append(look())
        except (NotAllowed, NotFound):
            continue
    return found


def test_whoever_logs_a_safeguarding_matter_afterwards_sees_only_that_it_exists(story: Story) -> None:
    incident = worry(story)
    evidence_id = evidence.add(story.dsl, incident, "whispers.txt", b"whispers").id
    seen = story.opened(incident)
    assert (seen.masked, seen.reference, seen.editable) == (True, "2026/0001", False)
    assert seen.draft.summary == "Confidential"
    assert seen.draft.people == seen.draft.conduct == ()
    assert everything_about(story.office, incident) == []
    for doing in (
        lambda: evidence.read(story.office, evidence_id),
        lambda: steps.note(story.office, incident, "May I?"),
        lambda: incidents.save(story.office, story.draft("Mine again"), incident, seen.version),
        lambda: incidents.close(story.office, incident, seen.version, Outcome.NO_ACTION, "Hm"),
        lambda: exports.timeline_pdf(story.office, incident, story.school.folder.root.parent / "x.pdf"),
    ):
        with pytest.raises((NotAllowed, NotFound)):
            doing()
    assert not (story.school.folder.root.parent / "x.pdf").exists()


def test_nothing_can_be_felt_for_through_search_filters_counts_or_people(story: Story) -> None:
    incident = worry(story)
    evidence.add(story.dsl, incident, "whispers.txt", b"x")
    for text in ("bruises", "whispers", "Osei", "2026/0001", "Quillfeather"):
        assert listed(story.office, text=text) == []
        assert listed(story.head, text=text) == [incident]
    for wanted in (
        {"conduct": Conduct.BULLYING},
        {"author_kind": PersonKind.PARENT},
        {"platform": "whatsapp"},
        {"person_id": story.school.people["tariq"]},
        {"received_from": story.today},
        {"view": View.MINE, "text": "bruises"},
    ):
        assert listed(story.office, **wanted) == []
    # That it exists may be seen, with nothing to it.
    (row,) = incident_list.rows(story.office, listed(story.office))
    assert (row.masked, row.summary, row.author, row.conduct, row.next_step, row.due) == (
        True,
        "Confidential",
        "",
        (),
        None,
        None,
    )
    for person in ("tariq", "anna"):
        assert people.record_of(story.office, story.school.people[person]).incidents == ()


def test_steps_taken_in_confidence_do_not_show_in_the_advice_on_another_incident(story: Story) -> None:
    """Anna was warned in a confidential matter. The office is told of no second warning; the headteacher is."""
    secret = worry(story, "dsl")
    story.does(secret, Step.TALK, by="dsl")
    story.does(secret, Step.WRITTEN_WARNING, "Given by hand", by="headteacher")
    story.days_pass(20)
    ordinary = story.logged("Parking", Conduct.ABUSIVE)
    assert Step.SECOND_WARNING not in story.open_steps(ordinary, OFFICE)
    assert Step.SECOND_WARNING in story.open_steps(ordinary, "headteacher")
    (row,) = incident_list.rows(story.office, [ordinary])
    assert row.next_step is Step.ASK_REMOVAL
    assert people.record_of(story.office, story.school.people["anna"]).ladder == ()


@pytest.mark.parametrize("kind", ["pdf", "csv", "xlsx"])
def test_exports_of_the_office_hold_nothing_of_it(story: Story, kind: str) -> None:
    worry(story)
    story.logged("Parking", Conduct.ABUSIVE, author="ben")
    texts = {}
    for login in (OFFICE, "headteacher"):
        file = story.school.folder.root.parent / f"{login}.{kind}"
        exports.incidents(story.at(login), IncidentFilter(View.ALL), Sort(), list(Column), file, kind)
        texts[login] = words_in(file.read_bytes(), kind)
    assert "Parking" in texts[OFFICE]
    assert "2026/0001" in texts[OFFICE]
    assert "bruises" in texts["headteacher"]
    for word in ("bruises", "Anna", "hatsApp", "Bullying"):
        assert word not in texts[OFFICE]


def words_in(content: bytes, kind: str) -> str:
    if kind == "pdf":
        return printed(content)
    if kind == "csv":
        return content.decode("utf-8-sig")
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content))
    return " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


def test_an_incident_that_turns_out_to_be_a_safeguarding_matter_closes_behind_the_office(
    story: Story,
) -> None:
    incident = story.logged("Odd remark", Conduct.ABUSIVE)
    assert listed(story.office, text="odd") == [incident]
    story.edited(incident, "headteacher", confidentiality=Confidentiality.SAFEGUARDING)
    assert story.opened(incident).masked
    assert listed(story.office, text="odd") == []
    story.edited(incident, "dsl", confidentiality=Confidentiality.NORMAL)
    assert not story.opened(incident).masked


def test_a_leadership_team_member_sees_what_is_assigned_and_no_more(story: Story) -> None:
    leader = story.at("leadership")
    theirs = story.logged("For you", Conduct.ABUSIVE, handled_by="leadership")
    other = story.logged("Not for you", Conduct.ABUSIVE)
    assert listed(leader) == [theirs]
    steps.note(leader, theirs, "Rang her")
    with pytest.raises(NotFound):
        incidents.open_incident(leader, other)
    with pytest.raises(NotFound):
        incidents.find_by_reference(leader, "2026/0002")
    story.edited(theirs, handled_by=None)
    assert listed(leader) == []


def head_follows_a_pupil(story: Story) -> int:
    """The headteacher follows a pupil's account: an attempt by an adult (CON-3), and the headteacher's own case."""
    draft = replace(
        story.draft("Follows a pupil's private account", Conduct.FOLLOW, author=None),
        people=(
            story.in_it("head", PersonRole.AUTHOR, PersonKind.STAFF),
            story.in_it("sam", PersonRole.AFFECTED, PersonKind.PUPIL),
        ),
    )
    return incidents.save(story.dsl, draft).id


def test_con_3_an_adults_attempt_is_told_to_the_headteacher_and_a_pupils_to_the_dsl(story: Story) -> None:
    teacher = story.logged("Friend request to Sam", Conduct.CONTACT_REQUEST, author="teacher", named="sam")
    assert Notify.HEADTEACHER in story.advice(teacher).notify
    assert story.open_step(teacher, Step.DISCIPLINARY).rule == "CON-3"
    pupil = story.logged("Friend request to the chair", Conduct.CONTACT_REQUEST, author="sam", named="chair")
    assert story.advice(pupil).notify[0] is Notify.DSL
    assert {story.refusals(pupil)[step] for step in (Step.WRITTEN_WARNING, Step.SECOND_WARNING)} == {"CON-3"}
    with pytest.raises(Refused):
        letters.draft(story.office, pupil, INVITATION)


def test_con_5_where_the_headteacher_is_the_subject_the_chair_decides_and_the_headteacher_sees_nothing(
    story: Story,
) -> None:
    incident = head_follows_a_pupil(story)
    assert story.opened(incident, "chair").headteacher_is_subject
    assert story.advice(incident, "chair").notify == (Notify.CHAIR_OF_GOVERNORS,)
    assert "chair of governors decides" in story.notes(incident, "CON-5", "chair")
    assert "headteacher (as" not in advice.summary_text(story.dsl, incident, "legal")

    # The headteacher learns nothing of it, by no way; and the office only if it logged it.
    assert listed(story.head) == listed(story.office) == []
    assert sum(incident_list.view_counts(story.head).counts.values()) == 0
    assert everything_about(story.head, incident) == []
    with pytest.raises(NotFound):
        story.opened(incident, "headteacher")
    with pytest.raises(NotFound):
        incidents.find_by_reference(story.head, "2026/0001")
    assert people.record_of(story.head, story.school.people["sam"]).incidents == ()
    assert people.record_of(story.head, story.school.people["head"]).incidents == ()

    # The DSL works on it, the chair decides.
    story.does(incident, Step.DISCIPLINARY, "Taken up by the chair", by="chair")
    version = story.opened(incident, "dsl").version
    with pytest.raises(NotAllowed, match="chair of governors"):
        incidents.close(story.dsl, incident, version, Outcome.HANDLED_INTERNALLY, "Done")
    incidents.close(story.chair, incident, version, Outcome.HANDLED_INTERNALLY, "Unfollowed; training booked")
    assert story.opened(incident, "chair").status == "closed"


def test_con_5_the_headteacher_who_posts_as_a_parent_gets_a_letter_the_chair_signs(story: Story) -> None:
    head = people.record_of(story.dsl, story.school.people["head"])
    people.save(
        story.dsl,
        replace(
            head.draft, kind=PersonKind.PARENT, also=(PersonKind.STAFF,), address="1 Elm Row\nBrambleford"
        ),
        head.id,
        head.version,
    )
    draft = replace(
        story.draft("Rude about another family", Conduct.ABUSIVE, author=None),
        people=(story.in_it("head", PersonRole.AUTHOR, PersonKind.PARENT),),
    )
    incident = incidents.save(story.dsl, draft).id
    letter = story.handed_in(incident, INVITATION, by="dsl")
    assert list(letters.sorted_ids(story.head, "all")) == []
    with pytest.raises(NotFound):
        letters.approve(story.head, letter, 2)
    story.approved(letter, "chair")
    story.issued(letter, "dsl")
    assert "Mrs C. Fir" in printed(letters.issued_pdf(story.chair, letter))


def test_con_5_nobody_works_on_an_incident_about_themselves_not_even_the_dsl(story: Story) -> None:
    about_dsl = story.logged("Shared a photograph", Conduct.PHOTO_OF_OTHERS, by="headteacher", author="dsl")
    with pytest.raises(NotFound):
        story.opened(about_dsl, "dsl")
    about_office = story.logged("Gossip", Conduct.CONFIDENTIAL_INFORMATION, by="headteacher", author="office")
    assert about_office not in listed(story.office)
    # Whoever types their own case in keeps no hand on it.
    own = story.logged("I sent it to the wrong group", Conduct.ACCOUNT_MISTAKE, author="office")
    assert story.opened(own).masked


def test_a_headteacher_who_is_named_in_a_post_is_no_subject_and_handles_it(story: Story) -> None:
    incident = story.logged("Insults the headteacher", Conduct.ABUSIVE, named="head")
    story.does(incident, Step.TALK)
    assert story.written(incident, WARNING)


def test_a_governor_opens_nothing_about_anybody(story: Story) -> None:
    incident = story.logged("Parking", Conduct.ABUSIVE)
    story.does(incident, Step.TALK)
    letter = story.written(incident, WARNING)
    looks = {
        "list": lambda: listed(story.governor),
        "rows": lambda: incident_list.rows(story.governor, [incident]),
        "counts": lambda: incident_list.view_counts(story.governor),
        "incident": lambda: incidents.open_incident(story.governor, incident),
        "reference": lambda: incidents.find_by_reference(story.governor, "2026/0001"),
        "history": lambda: incidents.history(story.governor, incident),
        "timeline": lambda: steps.timeline(story.governor, incident),
        "advice": lambda: advice.for_incident(story.governor, incident),
        "evidence": lambda: evidence.list_for(story.governor, incident),
        "letter": lambda: letters.get(story.governor, letter),
        "paper": lambda: letters.issued_pdf(story.governor, letter),
        "letters": lambda: letters.sorted_ids(story.governor, "all"),
        "person": lambda: people.record_of(story.governor, story.school.people["anna"]),
        "export": lambda: exports.incidents(
            story.governor,
            IncidentFilter(),
            Sort(),
            [Column.SUMMARY],
            story.school.folder.root.parent / "g.csv",
            "csv",
        ),
        "note": lambda: steps.note(story.governor, incident, "x"),
        "save": lambda: incidents.save(story.governor, story.draft("x")),
    }
    for name, look in looks.items():
        with pytest.raises(SmdeskError) as caught:
            look()
        assert isinstance(caught.value, NotAllowed), name


def test_a_role_taken_away_while_a_window_stands_open_counts_at_once(story: Story) -> None:
    from smdesk.db.models import User

    desk = story.office
    incident = story.logged("Parking", Conduct.ABUSIVE)
    with story.school.database.writing() as session:
        session.get_one(User, story.school.users[OFFICE]).roles = ["governor"]
    with pytest.raises(NotAllowed):
        incidents.open_incident(desk, incident)
    with story.school.database.writing() as session:
        session.get_one(User, story.school.users[OFFICE]).active = False
    with pytest.raises(NotAllowed, match="closed"):
        incidents.save(desk, story.draft("x"))


@pytest.mark.parametrize("column", list(Column))
@pytest.mark.parametrize("descending", [False, True])
def test_where_a_masked_line_stands_in_a_sorted_list_tells_nothing_of_it(
    story: Story, column: Column, descending: bool
) -> None:
    """Sorted by author, a line between B and D would say C."""
    for number, author in enumerate(("ben", "teacher", "anna")):
        story.logged(
            f"{'amz'[number]} summary",
            (Conduct.ABUSIVE, Conduct.BULLYING, Conduct.DEFAMATION)[number],
            author=author,
            platform=("facebook", "tiktok", "whatsapp")[number],
            handled_by=(None, "leadership", "headteacher")[number],
        )
    secret, other = worry(story), worry(story)
    places = set()
    for fields in (
        {"summary": "aa first", "platform": "discord", "conduct": (Conduct.ALLEGATION,), "handled_by": None},
        {
            "summary": "zz last",
            "platform": "x",
            "conduct": (Conduct.OTHER_ILLEGAL,),
            "handled_by": story.school.users["dsl"],
            "people": (story.in_it("stranger", PersonRole.AUTHOR, PersonKind.UNKNOWN),),
        },
    ):
        story.edited(secret, "headteacher", **fields)
        shown = list(
            incident_list.sorted_ids(story.office, IncidentFilter(View.ALL), Sort(column, descending))
        )
        places.add((shown.index(secret), shown.index(other)))
    assert len(places) == 1


def test_the_ready_made_views_do_not_tell_that_a_masked_incident_is_overdue_or_waits(story: Story) -> None:
    secret = worry(story)
    story.does(secret, Step.ASK_REMOVAL, by="dsl")
    urgent = story.logged("Threat", Conduct.THREAT_OF_VIOLENCE, confidentiality=Confidentiality.SAFEGUARDING)
    story.days_pass(10)
    assert listed(story.head, view=View.OVERDUE) == [secret]
    assert listed(story.head, view=View.AWAITING_HEADTEACHER) == [urgent]
    for view in (View.OVERDUE, View.AWAITING_HEADTEACHER):
        assert listed(story.office, view=view) == []
        assert incident_list.view_counts(story.office).counts[view] == 0
    assert sorted(listed(story.office, view=View.OPEN)) == sorted([secret, urgent])


def test_a_link_to_a_confidential_incident_is_kept_and_not_shown(story: Story) -> None:
    ordinary = story.logged("Parking", Conduct.ABUSIVE)
    secret = worry(story, "dsl")
    story.edited(ordinary, "headteacher", linked=(secret,))
    assert story.opened(ordinary, "headteacher").linked_references == ((secret, "2026/0002"),)
    assert story.opened(ordinary).linked_references == ()
    story.edited(ordinary, summary="Parking, again")  # the office saves what it sees, and takes nothing away
    assert story.opened(ordinary, "headteacher").draft.linked == (secret,)
    with pytest.raises(SmdeskError):
        story.edited(ordinary, linked=(secret,))


def test_con_5_a_second_record_of_the_headteacher_is_no_way_round(story: Story) -> None:
    """Logged against "H. Alder", whom nobody knew to be her. Once the two are one person, the chair decides."""
    from smdesk.services import people_merge

    twice = story.person("Alder", "H.", kind=PersonKind.STAFF)
    incident = story.logged("Shares a pupil's picture", Conduct.PHOTO_OF_OTHERS, author=None)
    story.edited(incident, people=(story.in_it(twice, PersonRole.AUTHOR, PersonKind.STAFF),))
    assert not story.opened(incident, "headteacher").masked
    people_merge.merge(story.dsl, story.school.people["head"], twice)
    with pytest.raises(NotFound):
        story.opened(incident, "headteacher")
    assert story.opened(incident, "chair").headteacher_is_subject
    assert listed(story.head) == []


def test_a_letter_of_a_confidential_incident_is_out_of_the_offices_sight(story: Story) -> None:
    secret = worry(story, "dsl")
    story.does(secret, Step.TALK, by="dsl")
    letter = story.handed_in(secret, WARNING, by="dsl")
    assert list(letters.sorted_ids(story.office, "all")) == []
    assert list(letters.sorted_ids(story.head, "waiting")) == [letter]
    assert letters.rows(story.office, [letter]) == []
    for look in (letters.get, letters.preview_pdf, letters.name_check):
        with pytest.raises(NotFound):
            look(story.office, letter)
    story.approved(letter)
    with pytest.raises(NotFound):
        letters.issue(story.office, letter, 3)
    story.issued(letter, "dsl")
    with pytest.raises(NotFound):
        letters.issued_pdf(story.office, letter)
