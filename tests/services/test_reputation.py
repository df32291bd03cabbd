"""Places where the school looks what is said about it, and the checks of them (REP-1, PPL-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry, Person
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.services import findings, reputation
from smdesk.services.reputation_records import CheckDraft, FindingDraft, PlaceDraft, PlaceKind, PlaceRow
from tests.support.school import SmallSchool

OFFICE = "business_manager"
TODAY = date(2026, 3, 11)
REVIEWS = PlaceDraft("Google reviews", PlaceKind.REVIEWS, "https://example.org/reviews", every_days=7)


def add(school: SmallSchool, login: str = OFFICE, **more: object) -> int:
    return reputation.save(school.ctx_for(login), replace(REVIEWS, **more)).id


def row(school: SmallSchool, place_id: int) -> PlaceRow:
    return reputation.place(school.ctx_for(OFFICE), place_id)


def check(school: SmallSchool, place_id: int, on: date = TODAY, **more: object) -> int:
    return reputation.check(school.ctx_for(OFFICE), place_id, CheckDraft(on, **more)).id


def actions(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "place")))


def test_a_new_place_is_due_today_and_a_check_moves_it_by_its_rhythm(school: SmallSchool) -> None:
    place = add(school, responsible_id=school.people["teacher"])
    found = row(school, place)
    assert (found.draft.name, found.responsible, found.due_on, found.late_days) == (
        "Google reviews",
        "Tim Hazel",
        TODAY,
        0,
    )
    check(school, place, rating_tenths=43, reviews=57, note="Two new ones")
    found = row(school, place)
    assert (found.due_on, found.checked_on, found.checked_by, found.rating_tenths) == (
        TODAY + timedelta(days=7),
        TODAY,
        "Ms B. Cedar",
        43,
    )
    school.clock.forward(days=9)
    assert row(school, place).late_days == 2
    assert actions(school) == ["place.added", "place.checked"]


def test_the_rating_shown_is_the_last_one_written_down(school: SmallSchool) -> None:
    place = add(school)
    check(school, place, TODAY - timedelta(days=7), rating_tenths=41)
    check(school, place)
    assert row(school, place).rating_tenths == 41


def test_a_check_entered_late_does_not_put_the_next_one_off(school: SmallSchool) -> None:
    place = add(school)
    check(school, place)
    check(school, place, TODAY - timedelta(days=20))
    assert row(school, place).due_on == TODAY + timedelta(days=7)


def test_another_rhythm_moves_the_next_check(school: SmallSchool) -> None:
    place = add(school)
    check(school, place)
    reputation.save(
        school.ctx_for(OFFICE), replace(REVIEWS, every_days=28), place, row(school, place).version
    )
    assert row(school, place).due_on == TODAY + timedelta(days=28)


def test_a_check_taken_back_makes_the_place_due_again(school: SmallSchool) -> None:
    ctx, place = school.ctx_for(OFFICE), add(school)
    first = check(school, place, TODAY - timedelta(days=3))
    second = check(school, place, rating_tenths=30)
    reputation.withdraw_check(ctx, second, "The wrong school’s page")
    assert row(school, place).due_on == TODAY + timedelta(days=4)
    assert row(school, place).rating_tenths is None
    reputation.withdraw_check(ctx, first, "That one too")
    assert row(school, place).due_on == TODAY
    assert row(school, place).checked_on is None
    lines = reputation.checks(ctx, place)
    assert [(each.withdrawn, each.withdrawn_reason) for each in lines] == [
        (True, "The wrong school’s page"),
        (True, "That one too"),
    ]
    with pytest.raises(Refused, match="already"):
        reputation.withdraw_check(ctx, first, "Again")
    with pytest.raises(Invalid, match="why"):
        reputation.withdraw_check(ctx, second, "  ")
    with pytest.raises(NotFound):
        reputation.withdraw_check(ctx, 999, "None")


def test_figures_and_days_that_cannot_be_are_said_all_at_once(school: SmallSchool) -> None:
    place = add(school)
    with pytest.raises(Invalid) as caught:
        check(school, place, TODAY + timedelta(days=1), rating_tenths=51, reviews=-1, note="x" * 2_001)
    assert [each.field for each in caught.value.problems] == ["on", "rating_tenths", "reviews", "note"]
    with pytest.raises(Invalid, match="before the year 2000"):
        check(school, place, date(1999, 12, 31))
    with pytest.raises(Invalid, match="10,000,000"):
        check(school, place, reviews=2**70)
    assert reputation.checks(school.ctx_for(OFFICE), place) == []
    with pytest.raises(NotFound):
        check(school, 999)


def test_what_a_place_needs_is_said_all_at_once(school: SmallSchool) -> None:
    with pytest.raises(Invalid) as caught:
        add(
            school,
            name=" ",
            link="javascript:alert(1)",
            every_days=0,
            look_for="x" * 2_001,
            responsible_id=999,
        )
    assert [each.field for each in caught.value.problems] == [
        "name",
        "link",
        "every_days",
        "look_for",
        "responsible_id",
    ]


def test_the_named_person_is_a_grown_up_who_is_there(school: SmallSchool) -> None:
    with pytest.raises(Invalid, match="A pupil cannot"):
        add(school, responsible_id=school.people["sam"])
    place = add(school, responsible_id=school.people["teacher"])
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).left_on = TODAY
    assert row(school, place).responsible_left
    with pytest.raises(Invalid, match="has left"):
        add(school, name="Wikipedia", responsible_id=school.people["teacher"])
    # Something else about the place can still be put right meanwhile.
    again = replace(row(school, place).draft, every_days=14)
    reputation.save(school.ctx_for(OFFICE), again, place, 1)


def test_one_place_is_not_written_down_twice(school: SmallSchool) -> None:
    ctx, place = school.ctx_for(OFFICE), add(school)
    with pytest.raises(Invalid, match="“Google reviews” is checked already"):
        add(school, name=" google   REVIEWS ")
    reputation.stop(ctx, place, 1, "They closed")
    other = add(school)
    with pytest.raises(Invalid, match="checked already"):
        reputation.resume(ctx, place, row(school, place).version)
    reputation.stop(ctx, other, 1, "A slip")
    reputation.resume(ctx, place, row(school, place).version)


def test_stopped_with_a_reason_and_taken_up_again(school: SmallSchool) -> None:
    ctx, place = school.ctx_for(OFFICE), add(school)
    check(school, place)
    with pytest.raises(Invalid, match="Say why"):
        reputation.stop(ctx, place, 1, " ")
    reputation.stop(ctx, place, 1, "Nobody writes there")
    assert reputation.places(ctx) == []
    (stopped,) = reputation.places(ctx, stopped=True)
    assert (stopped.due_on, stopped.late_days, stopped.stopped_reason) == (None, 0, "Nobody writes there")
    with pytest.raises(Refused, match="Take it up again"):
        check(school, place)
    with pytest.raises(Refused, match="already"):
        reputation.stop(ctx, place, stopped.version, "Again")
    school.clock.forward(days=60)
    reputation.resume(ctx, place, stopped.version)
    assert row(school, place).due_on == ctx.today()
    with pytest.raises(Refused, match="being checked"):
        reputation.resume(ctx, place, row(school, place).version)
    assert [each.kind for each in reputation.story(ctx, place)] == ["added", "stopped", "resumed"]


def test_two_at_once_choose_and_nothing_is_written_where_nothing_changed(school: SmallSchool) -> None:
    ctx, place = school.ctx_for(OFFICE), add(school)
    reputation.save(ctx, replace(REVIEWS, name="Reviews", kind=PlaceKind.OTHER), place, 1)
    with pytest.raises(Conflict) as caught:
        reputation.save(ctx, REVIEWS, place, 1)
    shown = [(each.label, each.theirs, each.mine) for each in caught.value.changes]
    assert shown == [("Name", "Reviews", "Google reviews"), ("Kind", "Other", "Review site")]
    with pytest.raises(Conflict):
        reputation.stop(ctx, place, 1, "Late")
    before = actions(school)
    assert not reputation.save(ctx, row(school, place).draft, place, 2).changes
    assert actions(school) == before


def test_the_suggested_places_are_added_at_once_and_none_twice(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    names = [each.name for each in reputation.suggested()]
    assert names == ["Search engine", "Google reviews", "Wikipedia", "Mumsnet", "Local groups"]
    add(school, name="mumsnet")
    saved = reputation.add_suggested(ctx, names)
    assert len(saved.changes) == 4
    assert sorted(each.draft.name for each in reputation.places(ctx)) == sorted(
        ["Search engine", "Google reviews", "Wikipedia", "mumsnet", "Local groups"]
    )
    with pytest.raises(Refused, match="already"):
        reputation.add_suggested(ctx, names)


def test_places_stand_in_the_order_they_are_due_with_what_waits(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    first, second = add(school, name="A group"), add(school, name="B group")
    looked = check(school, first)
    findings.save(ctx, FindingDraft(place_id=first, check_id=looked, found_on=TODAY, said="Friendly office."))
    shown = reputation.places(ctx)
    assert [(each.id, each.open_findings) for each in shown] == [(second, 0), (first, 1)]
    assert [each.findings for each in reputation.checks(ctx, first)] == [1]


def test_who_may_read_and_who_may_write(school: SmallSchool) -> None:
    place = add(school, "leadership")
    for login in ("headteacher", "dsl", OFFICE):
        assert reputation.place(school.ctx_for(login), place).draft.name == "Google reviews"
    for login in ("governor", "administrator"):
        ctx = school.ctx_for(login)
        for call in (
            lambda ctx=ctx: reputation.places(ctx),
            lambda ctx=ctx: reputation.checks(ctx, place),
            lambda ctx=ctx: reputation.story(ctx, place),
            lambda ctx=ctx: reputation.save(ctx, REVIEWS),
            lambda ctx=ctx: reputation.check(ctx, place, CheckDraft(TODAY)),
        ):
            with pytest.raises(NotAllowed):
                call()
