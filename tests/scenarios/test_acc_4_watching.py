"""Who looks at the accounts, also on Saturdays and over Christmas, and what shows when nobody does (ACC-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.documents.governor_figures import FactTable
from smdesk.errors import Invalid
from smdesk.policy.accounts import GapKind
from smdesk.policy.watching import EVERY_DAY, WEEKDAYS, Mark
from smdesk.services import calendar_export, periods, reports, watching, watching_rota
from smdesk.services.today_records import DueKind, Target
from smdesk.services.watching_records import AccountWatch, CoverDraft, TurnDraft
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, local

FRIDAY, MONDAY = date(2026, 3, 20), date(2026, 3, 23)


def strip(story: Story, account: int, weeks: int = 12) -> AccountWatch:
    (found,) = watching.coverage(story.office, weeks, [account])
    return found


def marks(story: Story, account: int) -> dict[date, Mark]:
    return {cell.day: cell.mark for cell in strip(story, account).cells}


def figures(story: Story) -> dict[str, str]:
    """What the governors read of watching in the spring term."""
    found = reports.governor_figures(story.governor, periods.parse_period("2026 spring"))
    (section,) = [each for each in found.sections if each.title == "Looking after the accounts"]
    return {row[0]: row[1] for table in section.tables if isinstance(table, FactTable) for row in table.rows}


def weekends(story: Story) -> str:
    return figures(story)["Weekends when nobody looked"]


def on_rota(story: Story, account: int, *turns: TurnDraft) -> None:
    version = tell.account(story, account).version
    watching_rota.save_turns(story.office, account, version, turns)


def turn(story: Story, who: str, days: int = EVERY_DAY, **more: object) -> TurnDraft:
    return TurnDraft(story.school.people[who], days, **more)


def working_week(story: Story, account: int) -> None:
    """Somebody looks every day from Wednesday the 11th to Friday the 20th of March."""
    for back in range((FRIDAY - date(2026, 3, 11)).days + 1):
        story.time_is(local(2026, 3, 11 + back, 8))
        watching.look(story.office, [account])


def test_acc_4_a_weekend_unwatched_is_seen_on_monday_in_cells_words_today_and_the_report(
    story: Story,
) -> None:
    account = tell.on_the_register(story)
    working_week(story, account)
    assert strip(story, account).words == "Looked at on 10 of 10 days; no gaps."
    story.time_is(local(2026, 3, 23, 8))
    assert marks(story, account)[FRIDAY] is Mark.LOOKED
    assert [marks(story, account)[FRIDAY + timedelta(days=each)] for each in (1, 2, 3)] == [
        Mark.MISSED,
        Mark.MISSED,
        Mark.TODAY,
    ]
    assert strip(story, account).words == "Looked at on 10 of 12 days; gap: 21 to 22 March 2026."
    assert strip(story, account).coverage.percent == 83
    # Three days without a look are more than the two the policy allows.
    assert (GapKind.NOT_WATCHED, "") in tell.lacks(story, account)
    for login in ("business_manager", "headteacher", "leadership"):
        (item,) = tell.due(story, login)[DueKind.UNWATCHED].items
        assert (item.target, item.overdue) == (Target("accounts", "watching", account), True)
        assert "Nobody has looked at it for 3 days, since 20 March 2026." in item.why
    # One click on Monday: green again. The weekend stays what it was.
    watching.look(story.at("leadership"), [account])
    assert (GapKind.NOT_WATCHED, "") not in tell.lacks(story, account)
    assert DueKind.UNWATCHED not in tell.due(story)
    assert marks(story, account)[MONDAY] is Mark.LOOKED
    assert strip(story, account).words == "Looked at on 11 of 13 days; gap: 21 to 22 March 2026."
    rows = figures(story)
    assert (rows["Looked at"], rows["To be looked at"], weekends(story)) == ("11", "13", "1")
    # Somebody had looked on Sunday and told nobody: it is written down with the day, and who. Then the weekend was
    # not unwatched, though a day of it was missed.
    watching.look(story.office, [account], on=date(2026, 3, 22), person_id=story.school.people["teacher"])
    assert strip(story, account).words == "Looked at on 12 of 13 days; gap: 21 March 2026."
    assert weekends(story) == "0"
    (row,) = watching.looks(story.office, account, date(2026, 3, 22), date(2026, 3, 22))
    assert (row.looked_by, row.recorded_by) == ("Tim Hazel", "Ms B. Cedar")


def test_acc_4_five_days_a_week_ask_for_no_weekend_and_no_bank_holiday(story: Story) -> None:
    tell.under(story, "policy-o")
    account = tell.on_the_register(story)
    working_week(story, account)
    story.time_is(local(2026, 3, 23, 8))
    assert marks(story, account)[date(2026, 3, 21)] is Mark.NOT_ASKED
    assert (
        strip(story, account).words == "Looked at on 8 of the 8 days asked for, and on 2 days more; no gaps."
    )
    # Good Friday and Easter Monday are not asked for either.
    story.time_is(local(2026, 4, 7, 8))
    found = marks(story, account)
    assert [found[date(2026, 4, day)] for day in (2, 3, 6)] == [Mark.MISSED, Mark.NOT_ASKED, Mark.NOT_ASKED]


@pytest.mark.parametrize("profile", ["policy-s", "policy-c", "policy-r"])
def test_where_the_policy_asks_for_no_watching_nobody_is_behind(story: Story, profile: str) -> None:
    tell.under(story, profile)
    account = tell.on_the_register(story)
    story.days_pass(40)
    assert strip(story, account).words == "No day was asked for, and nobody looked."
    assert DueKind.UNWATCHED not in tell.due(story)
    # The school may still put itself on a rota, and then it counts.
    on_rota(story, account, turn(story, "office"))
    assert [each.name for each in watching.due_on(story.office, story.today)] == ["Bea Cedar"]
    assert strip(story, account).to_do


def test_acc_4_cover_over_christmas_is_on_the_rota_in_the_calendar_and_nobody_stands_in_for_two(
    story: Story,
) -> None:
    story.time_is(local(2026, 12, 14, 9))
    account = tell.on_the_register(story)
    on_rota(story, account, turn(story, "teacher", WEEKDAYS), turn(story, "office", EVERY_DAY - WEEKDAYS))
    away = CoverDraft(story.school.people["teacher"], None, date(2026, 12, 21), date(2027, 1, 1))
    cover = watching_rota.add_cover(story.office, away)
    assert any(
        "Tim Hazel is away and nobody covers" in each for each in watching.board(story.office).warnings
    )
    watching_rota.name_cover(story.office, cover.id, story.school.people["dsl"])
    assert watching.board(story.office).warnings == ()

    def who(day: date) -> list[tuple[str, str]]:
        return [(each.name, each.instead_of) for each in watching.due_on(story.office, day)]

    assert who(date(2026, 12, 18)) == [("Tim Hazel", "")]
    assert who(date(2026, 12, 19)) == [("Bea Cedar", "")]
    assert who(date(2026, 12, 25)) == [("Dan Birch", "Tim Hazel")]
    assert who(date(2027, 1, 1)) == [("Dan Birch", "Tim Hazel")]
    assert who(date(2027, 1, 4)) == [("Tim Hazel", "")]
    text = calendar_export.ics(story.office, rota=True, due=False, weeks=4).decode()
    assert "SUMMARY:Dan Birch: look at @brambleford on Facebook" in text.replace("\r\n ", "").replace(
        "\\,", ","
    )
    assert text.count("BEGIN:VEVENT") == 28
    # The one who covers leaves: from that day it is said that nobody can look.
    story.changed("dsl", left_on=date(2026, 12, 28))
    assert who(date(2026, 12, 27)) == [("Bea Cedar", "")]
    (found,) = watching.due_on(story.office, date(2026, 12, 28))
    assert (found.person_id, found.problem) == (None, "Dan Birch left the school on 28 December 2026.")
    assert watching.board(story.office).warnings == ()  # a fortnight ahead and no further
    story.time_is(local(2026, 12, 21, 9))
    (warning,) = watching.board(story.office).warnings
    assert "Dan Birch left the school on 28 December 2026" in warning


def test_acc_4_a_look_at_a_day_to_come_or_long_past_is_not_just_taken(story: Story) -> None:
    account = tell.on_the_register(story, opened_on=date(2026, 1, 5))
    for on, said in (
        (story.today + timedelta(days=1), "lies in the future"),
        (date(2026, 1, 4), "on the register since 5 January 2026 only"),
        (story.today - timedelta(days=15), "more than 14 days ago"),
    ):
        with pytest.raises(Invalid, match=said):
            watching.look(story.office, [account], on=on)
    assert watching.looks(story.office, account, date(2026, 1, 1), story.today) == []
    watching.look(story.office, [account], on=story.today - timedelta(days=14))
    slip = watching.look(story.office, [account])
    watching.withdraw_look(story.office, slip.look_ids, "That was the other page.")
    assert strip(story, account).to_do
    assert tell.account(story, account).looked_on == story.today - timedelta(days=14)


def test_one_click_covers_all_of_todays_accounts_and_tells_found_from_nothing_new(story: Story) -> None:
    pages = [tell.on_the_register(story, handle) for handle in ("choir", "library", "sportsday")]
    assert tell.due(story)[DueKind.UNWATCHED].count == 3
    watching.look(story.office, [pages[0]], found=True, note="A comment about the gate, logged as a message")
    assert tell.due(story)[DueKind.UNWATCHED].count == 2
    watching.look(story.office, pages[1:])
    assert watching.board(story.office).to_do == ()
    assert [marks(story, each)[story.today] for each in pages] == [Mark.FOUND, Mark.LOOKED, Mark.LOOKED]
