"""An attempt at a connection: who is told, what the register holds, and the incident it becomes (CON-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.db.models import ConnectionEvent, Incident, Person
from smdesk.errors import Invalid, NotAllowed
from smdesk.policy.connections import Standing
from smdesk.policy.vocabulary import Capacity, Conduct, Initiator, Link, Notify, PersonKind, Route
from smdesk.services import advice, incidents, profiles
from smdesk.services import connection_attempts as attempts
from smdesk.services.connection_attempts import AttemptDraft, AttemptView
from smdesk.services.connection_records import DecisionKind
from smdesk.services.context import Context
from smdesk.services.incident_records import (
    Confidentiality,
    FoundException,
    IncidentDraft,
    IncidentRecord,
    PersonInIncident,
    PersonRole,
)
from tests.support import connections
from tests.support.school import SmallSchool


def attempt(
    school: SmallSchool, adult: str = "teacher", other: str = "sam", **fields: object
) -> AttemptDraft:
    usual = AttemptDraft(
        adult_id=school.people[adult],
        other_id=school.people[other],
        platform="facebook",
        on=school.clock.now.date(),
        initiator=Initiator.OTHER,
    )
    return replace(usual, **fields)


def look(school: SmallSchool, login: str = "dsl", **fields: object) -> AttemptView:
    return attempts.look(school.ctx_for(login), attempt(school, **fields))


def logged(ctx: Context, wanted: AttemptDraft) -> IncidentRecord:
    saved = incidents.save(ctx, attempts.incident_draft(ctx, wanted))
    return incidents.open_incident(ctx, saved.id)


@pytest.mark.parametrize(
    ("initiator", "told"),
    [
        (Initiator.OTHER, (Notify.DSL,)),
        (Initiator.ADULT, (Notify.HEADTEACHER,)),
        (Initiator.BOTH, (Notify.DSL, Notify.HEADTEACHER)),
        (Initiator.UNKNOWN, (Notify.DSL, Notify.HEADTEACHER)),
    ],
)
def test_who_began_it_decides_who_is_told(
    school: SmallSchool, initiator: Initiator, told: tuple[Notify, ...]
) -> None:
    view = look(school, initiator=initiator)
    assert view.tell == told
    assert view.ruling.standing is Standing.BREACH
    assert view.rule is not None
    assert (view.covered, view.near, view.remarks) == (False, (), ())


def test_a_headteacher_is_not_told_of_their_own_attempt(school: SmallSchool) -> None:
    assert look(school, adult_id=school.people["head"], initiator=Initiator.ADULT).tell == (
        Notify.CHAIR_OF_GOVERNORS,
    )


@pytest.mark.parametrize(
    ("profile", "standing", "mark"),
    [
        ("policy-s", Standing.BREACH, Confidentiality.SAFEGUARDING),
        ("policy-c", Standing.ADVICE, Confidentiality.NORMAL),
        ("policy-g", Standing.NOT_COVERED, Confidentiality.NORMAL),
    ],
)
def test_a_pupil_who_follows_is_judged_by_the_school_s_own_policy(
    school: SmallSchool, profile: str, standing: Standing, mark: Confidentiality
) -> None:
    profiles.adopt(school.ctx_for("headteacher"), profile)
    followed = attempt(school, link=Link.FOLLOW)
    assert look(school, link=Link.FOLLOW).ruling.standing is standing
    assert attempts.incident_draft(school.ctx_for("dsl"), followed).confidentiality is mark
    # A member of staff who follows a pupil is in breach everywhere.
    assert look(school, link=Link.FOLLOW, initiator=Initiator.ADULT).ruling.standing is Standing.BREACH


def test_an_exception_that_covers_it_is_found(school: SmallSchool) -> None:
    held = connections.approved(school)
    view = look(school)
    assert [each.exception_id for each in view.covering] == [held]
    assert "Allowed: 2026/C0001 covers this" in view.covering[0].text
    with pytest.raises(Invalid, match="2026/C0001 allows this"):
        attempts.incident_draft(school.ctx_for("dsl"), attempt(school))
    draft = attempts.incident_draft(
        school.ctx_for("dsl"), attempt(school, reason="At two in the morning, against the condition.")
    )
    assert "although 2026/C0001 covers it: At two in the morning" in draft.said


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"platform": "instagram"}, "not Instagram"),
        ({"platform": ""}, "platform of this contact is not known"),
        ({"link": Link.FOLLOW}, "not for following"),
        ({"on": date(2020, 1, 1)}, "allows the connection only from"),
    ],
)
def test_one_that_nearly_covers_it_is_named_as_such(
    school: SmallSchool, fields: dict[str, object], why: str
) -> None:
    connections.approved(school)
    view = look(school, **fields)
    assert not view.covered
    assert view.near[0].text.startswith("Nearly: 2026/C0001 does not cover this. ")
    assert why in view.near[0].text


def test_awaiting_refused_and_ended_ones_are_named_too(school: SmallSchool) -> None:
    waiting = connections.submit(school, connections.declare(school))
    assert "still awaits a decision" in look(school).near[0].text
    connections.decide(school, waiting, DecisionKind.REFUSE)
    assert "was refused" in look(school).near[0].text
    held = connections.approved(school, other="tariq")
    connections.leaves(school, "tariq", school.clock.now.date() + timedelta(days=5))
    school.clock.forward(days=10)
    view = look(school, other_id=school.people["tariq"])
    assert [each.exception_id for each in view.near] == [held]
    assert "ended on" in view.near[0].text
    assert view.remarks == ("Tariq Osei-Marsh had left the school by then: choose “Former pupil”.",)


def test_only_what_the_reader_may_see_is_found_and_that_is_said(school: SmallSchool) -> None:
    held = connections.declare(school, login="dsl", confidentiality=Confidentiality.SAFEGUARDING)
    connections.submit(school, held, "dsl")
    connections.decide(school, held, DecisionKind.APPROVE)
    assert look(school, "dsl").covered
    office = look(school, "business_manager")
    assert (office.covered, office.near, office.partial) == (False, (), True)


def test_a_child_s_attempt_becomes_an_incident_of_the_behaviour_policy(school: SmallSchool) -> None:
    ctx = school.ctx_for("dsl")
    draft = attempts.incident_draft(ctx, attempt(school, accepted=False, said="He sent it twice."))
    assert (
        draft.summary
        == "Friend or contact request on Facebook from a pupil to a member of staff, not accepted"
    )
    assert [(line.person_id, line.role, line.kind) for line in draft.people] == [
        (school.people["sam"], PersonRole.AUTHOR, PersonKind.PUPIL),
        (school.people["teacher"], PersonRole.AFFECTED, PersonKind.STAFF),
    ]
    assert (draft.conduct, draft.confidentiality) == (
        (Conduct.CONTACT_REQUEST,),
        Confidentiality.SAFEGUARDING,
    )
    record = logged(ctx, attempt(school))
    assert record.route is Route.BEHAVIOUR_POLICY
    assert Notify.DSL in advice.for_incident(ctx, record.id).advice.notify


def test_an_adult_s_attempt_becomes_an_incident_of_the_code_of_conduct(school: SmallSchool) -> None:
    ctx = school.ctx_for("headteacher")
    wanted = attempt(school, initiator=Initiator.ADULT, link=Link.FOLLOW, platform="instagram")
    record = logged(ctx, wanted)
    assert record.draft.summary == "A member of staff follows a pupil on Instagram"
    assert (record.route, record.draft.conduct) == (Route.CODE_OF_CONDUCT, (Conduct.FOLLOW,))
    assert record.draft.confidentiality is Confidentiality.STAFF


@pytest.mark.parametrize(
    ("link", "initiator", "accepted", "said"),
    [
        (Link.FOLLOW, Initiator.ADULT, False,
         "Request to follow on Instagram from a member of staff to a pupil, not accepted"),
        (Link.FOLLOW, Initiator.OTHER, True,
         "Request to follow on Instagram from a pupil to a member of staff, accepted"),
        (Link.GAME, Initiator.OTHER, False,
         "Invitation to play on Instagram from a pupil to a member of staff, not accepted"),
        (Link.GAME, Initiator.BOTH, None, "A member of staff and a pupil play together on Instagram"),
        (Link.GROUP, Initiator.UNKNOWN, True,
         "Invitation to a group on Instagram between a member of staff and a pupil, accepted;"
         " who began it is not known"),
        (Link.MESSAGE, Initiator.ADULT, None, "Messages on Instagram from a member of staff to a pupil"),
    ],
)  # fmt: skip
def test_what_was_asked_is_not_told_as_if_it_had_been_done(
    school: SmallSchool, link: Link, initiator: Initiator, accepted: bool | None, said: str
) -> None:
    wanted = attempt(school, link=link, initiator=initiator, platform="instagram", accepted=accepted)
    assert attempts.incident_draft(school.ctx_for("headteacher"), wanted).summary == said


@pytest.mark.parametrize(
    ("capacity", "other", "kind"),
    [
        (Capacity.PARENT, "anna", PersonKind.PARENT),
        (Capacity.FORMER_PUPIL_FAMILY, "ben", PersonKind.THIRD_PARTY),
    ],
)
def test_parents_and_families_of_former_pupils(
    school: SmallSchool, capacity: Capacity, other: str, kind: PersonKind
) -> None:
    wanted = attempt(school, other=other, capacity=capacity, initiator=Initiator.UNKNOWN, link=Link.GROUP)
    draft = attempts.incident_draft(school.ctx_for("dsl"), wanted)
    assert draft.summary.endswith("in the same group on Facebook; who began it is not known")
    assert draft.people[0].person_id == school.people["teacher"]
    assert draft.people[1].kind is kind


def test_what_is_missing_or_cannot_be_is_said_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("dsl")
    with pytest.raises(Invalid) as caught:
        attempts.look(ctx, AttemptDraft(adult_kind=PersonKind.PARENT, on=date(1999, 1, 1)))
    assert [each.field for each in caught.value.problems] == ["adult_id", "other_id", "adult_kind", "on"]
    tomorrow = school.clock.now.date() + timedelta(days=1)
    with pytest.raises(Invalid, match=r"both sides.*future"):
        attempts.look(ctx, attempt(school, other="teacher", on=tomorrow))
    with school.database.writing() as session:
        session.get_one(Person, school.people["sam"]).merged_into = school.people["tariq"]
    with pytest.raises(Invalid, match="was merged"):
        attempts.look(ctx, attempt(school))
    with pytest.raises(NotAllowed):
        attempts.look(school.ctx_for("governor"), attempt(school))


def test_what_the_records_say_against_the_choice_is_said(school: SmallSchool) -> None:
    view = look(school, adult_kind=PersonKind.GOVERNOR, other_id=school.people["anna"])
    assert view.remarks == (
        "Tim Hazel is on record as member of staff, not as governor.",
        "Anna Quillfeather is on record as parent or carer, not as a pupil.",
    )
    assert "No leaving date" in look(school, capacity=Capacity.FORMER_PUPIL).remarks[0]


# The incident form


def contact(
    school: SmallSchool, author: str = "sam", named: str = "teacher", **fields: object
) -> IncidentDraft:
    fields.setdefault("conduct", (Conduct.CONTACT_REQUEST,))
    return school.draft("A friend request", author=author, named=named, platform="facebook", **fields)


def found(school: SmallSchool, draft: IncidentDraft, login: str = "dsl") -> tuple[FoundException, ...]:
    return advice.for_draft(school.ctx_for(login), draft).exceptions


def test_the_incident_form_shows_what_the_register_holds(school: SmallSchool) -> None:
    assert found(school, school.draft()) == ()
    assert [each.text for each in found(school, contact(school))] == [
        "No exception for Tim Hazel and Sam Quillfeather covers this or comes near to it."
    ]
    held = connections.approved(school)
    (partly,) = found(school, contact(school))
    assert (partly.exception_id, partly.covers, partly.partly) == (held, True, True)
    assert "covers this if it was: friend or contact" in partly.text
    (near,) = found(school, contact(school, conduct=(Conduct.FOLLOW,)))
    assert (near.covers, near.exception_id) == (False, held)
    wide = connections.approved(
        school, other="tariq", links=(Link.FRIEND, Link.MESSAGE), platforms=("facebook", "instagram")
    )
    (whole,) = found(school, contact(school, "teacher", "tariq"))
    assert (whole.exception_id, whole.covers, whole.partly) == (wide, True, False)


def test_somebody_without_the_register_is_told_whom_to_ask(school: SmallSchool) -> None:
    connections.approved(school)
    made = incidents.save(school.ctx_for("business_manager"), contact(school, handled_by="leadership"))
    (line,) = advice.for_incident(school.ctx_for("leadership"), made.id).exceptions
    assert line.exception_id is None
    assert "is not shown to you" in line.text
    office = found(school, contact(school, author="tariq"), "business_manager")
    assert "not open to you were not looked at" in office[0].text
    # Nothing between these two could be closed to the headteacher, so she is sent to nobody.
    head = found(school, contact(school, author="tariq"), "headteacher")
    assert "not open to you" not in head[0].text


def lines(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return [row.text for row in session.query(ConnectionEvent).filter(ConnectionEvent.kind == "attempt")]


def test_an_incident_leaves_a_line_with_the_exception_once(school: SmallSchool) -> None:
    held = connections.approved(school, platforms=("instagram",))
    ctx = school.ctx_for("business_manager")
    plain = school.draft(
        "A friend request", author="sam", conduct=(Conduct.CONTACT_REQUEST,), platform="facebook"
    )
    made = incidents.save(ctx, plain)
    assert lines(school) == []
    whole = replace(
        plain,
        people=(
            *plain.people,
            PersonInIncident(school.people["teacher"], PersonRole.AFFECTED, PersonKind.STAFF),
        ),
    )
    saved = incidents.save(ctx, whole, made.id, made.version)
    assert ("exception", held) in saved.changes
    assert lines(school) == [
        "A contact on Facebook that it does not cover was logged as an incident (2026/0001)."
    ]
    incidents.save(ctx, replace(whole, said="Hello"), made.id, saved.version)
    assert len(lines(school)) == 1


@pytest.mark.parametrize(
    ("author", "named", "mark"),
    [
        ("sam", "teacher", Confidentiality.SAFEGUARDING),
        ("dsl", "sam", Confidentiality.NORMAL),  # the DSL would read of it in the history
        ("head", "sam", Confidentiality.NORMAL),
    ],
)
def test_a_history_many_may_read_tells_nothing_of_an_incident_few_may_know(
    school: SmallSchool, author: str, named: str, mark: Confidentiality
) -> None:
    adult = named if author == "sam" else author
    connections.declare(school, adult=adult, other="sam")
    incidents.save(school.ctx_for("business_manager"), contact(school, author, named, confidentiality=mark))
    assert lines(school) == []
    with school.database.reading() as session:
        assert session.query(Incident).count() == 1
