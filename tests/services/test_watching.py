"""Watching the accounts on the real database: looking, taking back, the rota, cover, and what is said of it (ACC-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AuditEntry, SchoolAccount, WatchTurn
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.watching import Mark
from smdesk.services import history, profiles, watching, watching_rota, watching_state
from smdesk.services.watching_records import CoverDraft, TurnDraft
from tests.support.school import SmallSchool
from tests.support.watching import OPENED, TODAY, account, leaves, looked, put_on_rota, turn, version

YESTERDAY = TODAY - timedelta(days=1)


def looked_on(school: SmallSchool, account_id: int) -> date | None:
    with school.database.reading() as session:
        return session.get_one(SchoolAccount, account_id).looked_on


def actions(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def messages(caught: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [each.message for each in caught.value.problems]


def ask_for(school: SmallSchool, days_a_week: int) -> None:
    """The policy asks for another number of days a week."""
    ctx = school.ctx_for("headteacher")
    now = profiles.current(ctx).profile
    rules = replace(now.accounts, monitor_days_a_week=days_a_week)
    profiles.save_edit(ctx, replace(now, accounts=rules), "Another number of days")


# Looking


def test_one_click_is_one_look_with_who_and_when(school: SmallSchool) -> None:
    page = account(school)
    ctx = school.ctx_for("business_manager")
    saved = watching.look(ctx, [page])
    assert saved.changes == {("look", page)}
    (row,) = watching.looks(ctx, page, TODAY, TODAY)
    assert (row.looked_on, row.looked_by, row.found, row.note) == (TODAY, "Ms B. Cedar", False, "")
    assert (row.id,) == saved.look_ids
    assert looked_on(school, page) == TODAY
    assert actions(school)[-1] == "account.looked"


def test_all_of_todays_in_one(school: SmallSchool) -> None:
    pages = [account(school, f"page{number}") for number in range(3)]
    ctx = school.ctx_for("leadership")
    assert len(watching.board(ctx).to_do) == 3
    saved = watching.look(ctx, pages)
    assert saved.changes == {("look", each) for each in pages}
    assert watching.board(ctx).to_do == ()
    assert actions(school).count("account.looked") == 1
    watching.withdraw_look(ctx, saved.look_ids, "Pressed by mistake")
    assert len(watching.board(ctx).to_do) == 3


def test_an_older_look_does_not_make_the_newest_older(school: SmallSchool) -> None:
    page = account(school)
    looked(school, page, YESTERDAY, TODAY, TODAY - timedelta(days=5))
    assert looked_on(school, page) == TODAY


def test_a_slip_is_taken_back_and_its_line_stays(school: SmallSchool) -> None:
    page = account(school)
    ctx = school.ctx_for("business_manager")
    looked(school, page, YESTERDAY)
    slip = watching.look(ctx, [page])
    watching.withdraw_look(ctx, slip.look_ids, "Wrong account")
    assert looked_on(school, page) == YESTERDAY
    rows = watching.looks(ctx, page, YESTERDAY, TODAY)
    assert [row.withdrawn_reason for row in rows] == ["Wrong account", ""]
    assert watching.coverage(ctx, 1)[0].cells[-1].mark is Mark.TODAY
    with pytest.raises(Refused, match="already"):
        watching.withdraw_look(ctx, slip.look_ids, "Again")
    with pytest.raises(Invalid, match="why"):
        watching.withdraw_look(ctx, slip.look_ids, "  ")
    with pytest.raises(NotFound):
        watching.withdraw_look(ctx, [9999], "Nothing there")
    with school.database.reading() as session:
        (line,) = history.lines(session, "account", page)
    assert line.text == "Taken back: looked at on 11 March 2026 by Ms B. Cedar."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"on": TODAY + timedelta(days=1)}, "lies in the future"),
        ({"on": OPENED - timedelta(days=1), "note": "I know"}, "on the register since 5 January 2026 only"),
        ({"on": TODAY - timedelta(days=15)}, "more than 14 days ago"),
        ({"found": True}, "what was found"),
        ({"note": "x" * 4001}, "At most 4,000 letters"),
    ],
)
def test_a_look_that_cannot_be_is_refused_in_words(
    school: SmallSchool, fields: dict[str, object], sentence: str
) -> None:
    page = account(school)
    with pytest.raises(Invalid, match=sentence):
        watching.look(school.ctx_for("business_manager"), [page], **fields)
    assert watching.looks(school.ctx_for("business_manager"), page, OPENED, TODAY) == []


def test_fourteen_days_back_needs_no_note(school: SmallSchool) -> None:
    page = account(school)
    watching.look(school.ctx_for("business_manager"), [page], on=TODAY - timedelta(days=14))
    assert looked_on(school, page) == TODAY - timedelta(days=14)


def test_somebody_else_looked_and_told_the_office(school: SmallSchool) -> None:
    page = account(school)
    ctx = school.ctx_for("business_manager")
    watching.look(ctx, [page], on=YESTERDAY, person_id=school.people["teacher"])
    (row,) = watching.looks(ctx, page, YESTERDAY, YESTERDAY)
    assert (row.looked_by, row.recorded_by) == ("Tim Hazel", "Ms B. Cedar")
    leaves(school, "teacher", YESTERDAY)
    with pytest.raises(Invalid, match="left the school on 10 March 2026"):
        watching.look(ctx, [page], person_id=school.people["teacher"])


def test_a_closed_account_and_one_that_is_not_there(school: SmallSchool) -> None:
    page = account(school)
    with school.database.writing() as session:
        session.get_one(SchoolAccount, page).closed_on = TODAY
    ctx = school.ctx_for("business_manager")
    with pytest.raises(Refused, match="was closed on 11 March 2026"):
        watching.look(ctx, [page])
    with pytest.raises(NotFound):
        watching.look(ctx, [page + 7])
    with pytest.raises(Invalid, match="Choose the account"):
        watching.look(ctx, [])
    assert watching.board(ctx).accounts == ()


@pytest.mark.parametrize("login", ["governor", "chair", "administrator"])
def test_who_does_not_look_after_accounts_writes_nothing(school: SmallSchool, login: str) -> None:
    page = account(school)
    with pytest.raises(NotAllowed):
        watching.look(school.ctx_for(login), [page])
    with pytest.raises(NotAllowed):
        watching.board(school.ctx_for(login))


def test_a_look_is_never_edited_or_removed(school: SmallSchool) -> None:
    page = account(school)
    looked(school, page, TODAY)
    for statement in ("UPDATE account_look SET looked_by = 'X'", "DELETE FROM account_look"):
        with pytest.raises(Exception, match="withdrawn, not"), school.database.writing() as session:
            session.execute(text(statement))


# The strip


def test_a_weekend_unwatched_shows_in_cells_and_in_words(school: SmallSchool) -> None:
    page = account(school, opened_on=date(2026, 2, 2))
    looked(
        school,
        page,
        *(date(2026, 3, day) for day in range(2, 11) if day not in (7, 8)),
        *(date(2026, 2, 2) + timedelta(days=each) for each in range(28)),
    )
    (found,) = watching.coverage(school.ctx_for("business_manager"))
    assert len(found.cells) == 84
    assert [cell.day.day for cell in found.cells if cell.mark is Mark.MISSED] == [7, 8]
    assert found.cells[-1].mark is Mark.TODAY
    assert found.words == "Looked at on 35 of 37 days; gap: 7 to 8 March 2026."
    assert found.coverage.percent == 94
    with school.database.reading() as session:
        counted = watching_state.figures(session, date(2026, 2, 1), TODAY, TODAY)
    assert (counted.asked, counted.looked, counted.unwatched_weekends) == (37, 35, 1)


def test_a_policy_of_working_days_asks_for_no_weekend(school: SmallSchool) -> None:
    ask_for(school, 5)
    page = account(school, opened_on=date(2026, 3, 2))
    looked(school, page, *(date(2026, 3, day) for day in (2, 3, 4, 5, 6, 9, 10)))
    (found,) = watching.coverage(school.ctx_for("business_manager"))
    assert found.words == "Looked at on 7 of the 7 days asked for; no gaps."


def test_a_policy_that_asks_for_nothing_still_knows_the_schools_own_rota(school: SmallSchool) -> None:
    ask_for(school, 0)
    page = account(school)
    ctx = school.ctx_for("business_manager")
    assert watching.board(ctx).asked == 0
    assert watching.due_on(ctx, TODAY) == []
    put_on_rota(school, page, turn(school, "teacher", 4))  # Wednesdays; today is one
    assert [due.name for due in watching.due_on(ctx, TODAY)] == ["Tim Hazel"]
    assert watching.due_on(ctx, TODAY + timedelta(days=1)) == []


def test_unwatched_days_are_said_once_the_policy_finds_them_too_many(school: SmallSchool) -> None:
    page = account(school)
    looked(school, page, TODAY - timedelta(days=2))
    ctx = school.ctx_for("business_manager")
    after = profiles.current(ctx).profile.accounts.unwatched_after_days
    school.clock.forward(days=after - 2)
    assert watching.coverage(ctx)[0].unwatched_days is None
    school.clock.forward(days=1)
    assert watching.coverage(ctx)[0].unwatched_days == after + 1


# The rota


def test_the_rota_says_whose_turn_it_is_and_what_it_leaves_out(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher", 31), turn(school, "office", 32, holidays=False))
    ctx = school.ctx_for("business_manager")
    rota = watching_rota.rota(ctx, page)
    assert [(line.name, line.days) for line in rota.turns] == [("Tim Hazel", 31), ("Bea Cedar", 32)]
    assert rota.lacks == "Nobody looks on Sunday; the policy asks for every day, holidays included."
    (due,) = watching.due_on(ctx, TODAY)
    assert (due.name, due.looked, due.mine) == ("Tim Hazel", False, False)
    (saturday,) = watching.due_on(ctx, date(2026, 3, 14))
    assert (saturday.name, saturday.mine) == ("Bea Cedar", True)
    (sunday,) = watching.due_on(ctx, date(2026, 3, 15))
    assert (sunday.person_id, sunday.problem) == (None, "Nobody is on the rota.")
    with school.database.reading() as session:
        stored = session.get_one(SchoolAccount, page)
        (line,) = history.lines(session, "account", page)
        assert (stored.watch_days, stored.watch_holidays) == (63, True)
    assert line.text == "Rota: Tim Hazel Monday to Friday; Bea Cedar Saturday, not on bank holidays."


def test_what_the_rota_was_on_days_gone_by_stays(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher", 127))
    school.clock.forward(days=7)
    ctx = school.ctx_for("business_manager")
    (held,) = watching_rota.rota(ctx, page).turns
    changed = TurnDraft(school.people["dsl"], 31, True, held.from_on, None, held.id)
    watching_rota.save_turns(ctx, page, version(school, page), [changed])
    with school.database.reading() as session:
        lines = session.scalars(select(WatchTurn).order_by(WatchTurn.id)).all()
        spans = [(row.person_id, row.from_on, row.until_on) for row in lines]
    today = TODAY + timedelta(days=7)
    assert spans == [
        (school.people["teacher"], TODAY, today - timedelta(days=1)),
        (school.people["dsl"], today, None),
    ]
    # A line put on today and taken off today leaves nothing behind; one from before ends.
    watching_rota.save_turns(ctx, page, version(school, page), [])
    with school.database.reading() as session:
        assert len(session.scalars(select(WatchTurn)).all()) == 1
    assert watching_rota.rota(ctx, page).turns == ()


def test_a_last_day_is_set_without_a_new_line(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher"))
    school.clock.forward(days=7)
    ctx = school.ctx_for("business_manager")
    (held,) = watching_rota.rota(ctx, page).turns
    last = TODAY + timedelta(days=10)
    ended = TurnDraft(held.person_id, held.days, held.holidays, held.from_on, last, held.id)
    watching_rota.save_turns(ctx, page, version(school, page), [ended])
    (held,) = watching_rota.rota(ctx, page).turns
    assert (held.from_on, held.until_on) == (TODAY, last)
    assert watching.due_on(ctx, last)[0].name == "Tim Hazel"
    assert watching.due_on(ctx, last + timedelta(days=1))[0].problem == "Nobody is on the rota."


def test_everything_wrong_with_a_rota_is_said_at_once(school: SmallSchool) -> None:
    page = account(school)
    leaves(school, "dsl", date(2026, 2, 1))
    lines = [
        TurnDraft(None, 127),
        turn(school, "sam"),
        turn(school, "dsl"),
        turn(school, "teacher", 0),
        turn(school, "office", 31, from_on=TODAY, until_on=YESTERDAY),
        turn(school, "head", 3),
        turn(school, "head", 2),
    ]
    with pytest.raises(Invalid) as caught:
        watching_rota.save_turns(school.ctx_for("business_manager"), page, version(school, page), lines)
    said = messages(caught)
    assert said[0] == "Line 1: choose who looks."
    assert any("Sam Quillfeather is not on record as somebody of the school" in each for each in said)
    assert any("Dan Birch left the school on 1 February 2026" in each for each in said)
    assert any("Tim Hazel: tick at least one day" in each for each in said)
    assert any("last day lies before the first" in each for each in said)
    assert "Helen Alder is on the rota twice for Tuesday. Leave one out." in said
    assert len(said) == 6


def test_a_rota_changed_meanwhile_is_not_overwritten(school: SmallSchool) -> None:
    page = account(school)
    before = version(school, page)
    put_on_rota(school, page, turn(school, "teacher"))
    with pytest.raises(Conflict) as caught:
        watching_rota.save_turns(school.ctx_for("dsl"), page, before, [turn(school, "dsl", 31)])
    (change,) = caught.value.changes
    assert (change.theirs, change.mine) == ("Tim Hazel every day", "Dan Birch Monday to Friday")
    assert caught.value.current_version == version(school, page)


def test_a_leader_looks_but_leaves_the_rota_to_the_office(school: SmallSchool) -> None:
    page = account(school)
    ctx = school.ctx_for("leadership")
    with pytest.raises(NotAllowed):
        watching_rota.save_turns(ctx, page, version(school, page), [])


# Away and covered


def away(school: SmallSchool, **fields: object) -> CoverDraft:
    usual: dict[str, object] = {
        "absent_id": school.people["teacher"],
        "cover_id": school.people["office"],
        "from_on": TODAY,
        "until_on": TODAY + timedelta(days=2),
    }
    return CoverDraft(**{**usual, **fields})


def test_cover_takes_over_and_gives_back(school: SmallSchool) -> None:
    page, other = account(school), account(school, "friends", "instagram")
    for each in (page, other):
        put_on_rota(school, each, turn(school, "teacher"))
    ctx = school.ctx_for("business_manager")
    saved = watching_rota.add_cover(ctx, away(school))
    assert {("account", page), ("account", other)} <= saved.changes
    assert [(due.name, due.instead_of, due.mine) for due in watching.due_on(ctx, TODAY)] == [
        ("Bea Cedar", "Tim Hazel", True)
    ] * 2
    (row,) = watching_rota.covers(ctx)
    assert (row.absent, row.cover, row.account) == ("Tim Hazel", "Bea Cedar", "")
    school.clock.forward(days=1)
    watching_rota.end_cover(ctx, row.id)
    assert watching.due_on(ctx, TODAY)[0].name == "Bea Cedar"  # as it was yesterday
    assert watching.due_on(ctx, TODAY + timedelta(days=1))[0].name == "Tim Hazel"
    with pytest.raises(Refused, match="ended on 11 March 2026"):
        watching_rota.end_cover(ctx, row.id)


def test_an_absence_that_never_began_is_gone(school: SmallSchool) -> None:
    account(school)
    ctx = school.ctx_for("leadership")
    saved = watching_rota.add_cover(ctx, away(school, from_on=TODAY + timedelta(days=1)))
    watching_rota.end_cover(ctx, saved.id)
    assert watching_rota.covers(ctx) == []
    with pytest.raises(NotFound):
        watching_rota.end_cover(ctx, saved.id)
    assert actions(school)[-2:] == ["account.cover_added", "account.cover_ended"]


def test_away_without_cover_and_gone_for_good_are_warned_of(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher", 31), turn(school, "dsl", 96))
    ctx = school.ctx_for("business_manager")
    assert watching.board(ctx).warnings == ()
    saved = watching_rota.add_cover(ctx, away(school, cover_id=None))
    leaves(school, "dsl", date(2026, 3, 20))
    assert watching.board(ctx).warnings == (
        "Tim Hazel is away and nobody covers: @bramblefordprimary on Facebook, 11 to 13 March 2026.",
        "Dan Birch left the school on 20 March 2026: @bramblefordprimary on Facebook, 21 to 22 March 2026.",
    )
    watching_rota.name_cover(ctx, saved.id, school.people["head"])
    assert len(watching.board(ctx).warnings) == 1
    assert watching.due_on(ctx, TODAY)[0].name == "Helen Alder"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"absent_id": None}, "Choose who is away."),
        ({"from_on": None}, "Say from which day."),
        ({"until_on": None}, "the last day away"),
        ({"until_on": TODAY - timedelta(days=1)}, "before the first one"),
        ({"from_on": OPENED, "until_on": YESTERDAY}, "Those days are over"),
        ({"until_on": TODAY + timedelta(days=400)}, "longer than a year"),
        ({"cover": "teacher"}, "Tim Hazel cannot cover for themselves"),
        ({"cover": "sam"}, "Sam Quillfeather is not on record as somebody of the school"),
        ({"cover": "dsl"}, "Dan Birch leaves the school on 12 March 2026"),
    ],
)
def test_cover_that_cannot_be_is_refused_in_words(
    school: SmallSchool, fields: dict[str, object], sentence: str
) -> None:
    leaves(school, "dsl", date(2026, 3, 12))
    wanted = {("cover_id" if key == "cover" else key): value for key, value in fields.items()}
    if "cover" in fields:
        wanted["cover_id"] = school.people[str(fields["cover"])]
    with pytest.raises(Invalid, match=sentence):
        watching_rota.add_cover(school.ctx_for("business_manager"), away(school, **wanted))


def test_the_same_days_are_not_covered_twice(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    page = account(school)
    watching_rota.add_cover(ctx, away(school))
    with pytest.raises(Invalid, match="away already, 11 to 13 March 2026"):
        watching_rota.add_cover(ctx, away(school, cover_id=school.people["head"]))
    # For one account there may be another arrangement.
    watching_rota.add_cover(ctx, away(school, cover_id=school.people["head"], account_id=page))
    assert [row.account for row in watching_rota.covers(ctx)] == ["", "@bramblefordprimary on Facebook"]


def test_who_stands_on_a_rota(school: SmallSchool) -> None:
    page, other = account(school), account(school, "friends", "instagram")
    put_on_rota(school, page, turn(school, "teacher"))
    put_on_rota(school, other, turn(school, "teacher", 31), turn(school, "office", 96))
    found = watching_rota.on_rotas(school.ctx_for("leadership"))
    assert [(each.name, len(each.accounts)) for each in found] == [("Bea Cedar", 1), ("Tim Hazel", 2)]


def test_the_clocks_go_forward_on_a_day_like_any_other(school: SmallSchool) -> None:
    page = account(school)
    ctx = school.ctx_for("business_manager")
    school.clock.now = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)  # 00:30 on Monday at the school
    watching.look(ctx, [page])
    assert looked_on(school, page) == date(2026, 3, 30)
