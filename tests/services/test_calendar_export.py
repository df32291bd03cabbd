"""The rota and the due dates as a calendar file (ACC-4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select

from smdesk.db.models import AccountMessage, AuditEntry, School, SchoolAccount
from smdesk.errors import Cancelled, Invalid, NotAllowed, StorageProblem
from smdesk.services import calendar_export, watching_rota
from smdesk.services.watching_records import CoverDraft
from tests.support.school import SmallSchool
from tests.support.watching import TODAY, account, put_on_rota, turn


def read(data: bytes) -> list[object]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


def events(school: SmallSchool, login: str = "business_manager", **wanted: object) -> list[object]:
    asked = {"rota": True, "due": False, "weeks": 1, **wanted}
    return read(calendar_export.ics(school.ctx_for(login), **asked))


def test_the_rota_is_an_entry_a_day_with_who_and_which_accounts(school: SmallSchool) -> None:
    page, other = account(school), account(school, "friends", "instagram")
    put_on_rota(school, page, turn(school, "teacher", 31))
    put_on_rota(school, other, turn(school, "teacher", 127))
    found = events(school)
    first = found[0]
    assert str(first["SUMMARY"]) == (
        "Tim Hazel: look at @bramblefordprimary on Facebook and @friends on Instagram"
    )
    assert first["DTSTART"].dt == TODAY
    assert first["DTEND"].dt == TODAY + timedelta(days=1)
    weekend = [each for each in found if each["DTSTART"].dt == date(2026, 3, 14)]
    assert sorted(str(each["SUMMARY"]) for each in weekend) == [
        "Nobody looks at @bramblefordprimary on Facebook",
        "Tim Hazel: look at @friends on Instagram",
    ]
    assert len({str(each["UID"]) for each in found}) == len(found) == 9


def test_cover_is_told_and_mine_are_only_mine(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher"))
    cover = CoverDraft(school.people["teacher"], school.people["office"], TODAY, TODAY)
    watching_rota.add_cover(school.ctx_for("business_manager"), cover)
    (mine,) = events(school, mine=True)
    assert str(mine["SUMMARY"]).startswith("Bea Cedar: look at")
    assert str(mine["DESCRIPTION"]) == "@bramblefordprimary on Facebook: instead of Tim Hazel"
    with pytest.raises(Invalid, match="not linked to a person"):
        events(school, "leadership", mine=True)


def test_a_newer_file_replaces_the_same_entries(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher"))
    before = events(school)
    school.clock.forward(hours=2)
    after = events(school)
    assert [str(each["UID"]) for each in before] == [str(each["UID"]) for each in after]
    assert all(a["SEQUENCE"] < b["SEQUENCE"] for a, b in zip(before, after, strict=True))
    assert all(a["DTSTAMP"].dt < b["DTSTAMP"].dt for a, b in zip(before, after, strict=True))


def message(school: SmallSchool, account_id: int, due: datetime) -> None:
    with school.database.writing() as session:
        session.add(
            AccountMessage(
                year=2026,
                number=31,
                account_id=account_id,
                received_at=due - timedelta(hours=24),
                kind="complaint",
                from_name="Ada Unmistakable",
                said="About Sam Quillfeather; BEGIN:VEVENT",
                person_id=school.people["anna"],
                profile_id=session.scalars(select(School.profile_id)).one(),
                due_at=due,
                recorded_by=school.users["dsl"],
                recorded_at=school.clock.now,
            )
        )


def test_due_dates_end_when_they_are_due_and_name_no_child_and_no_parent(school: SmallSchool) -> None:
    page = account(school)
    due = datetime(2026, 3, 12, 16, 0, tzinfo=UTC)
    message(school, page, due)
    data = calendar_export.ics(school.ctx_for("business_manager"), rota=False, due=True, weeks=1)
    (entry,) = read(data)
    assert entry["DTEND"].dt == due
    assert "2026/M0031" in str(entry["SUMMARY"])
    assert str(entry["DESCRIPTION"]) == "Due by 16:00."
    text = data.decode()
    for name in ("Unmistakable", "Quillfeather", "Anna", "Sam"):
        assert name not in text


def test_letters_that_mean_something_in_a_calendar_are_text(school: SmallSchool) -> None:
    handle = "a;b,c:\\d \nEND:VCALENDAR " + "ü" * 80
    page = account(school, handle)
    put_on_rota(school, page, turn(school, "teacher", 4))
    data = calendar_export.ics(school.ctx_for("business_manager"), rota=True, due=False, weeks=1)
    assert data.count(b"\r\nEND:VCALENDAR") == 1
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    mine = [each for each in read(data) if "Tim Hazel" in str(each["SUMMARY"])]
    assert " ".join(handle.split()) in str(mine[0]["SUMMARY"])


def test_what_a_calendar_must_say_of_itself(school: SmallSchool) -> None:
    account(school)
    data = calendar_export.ics(school.ctx_for("headteacher"), rota=True, due=True, weeks=53)
    calendar = Calendar.from_ical(data)
    assert (str(calendar["VERSION"]), str(calendar["METHOD"])) == ("2.0", "PUBLISH")
    assert "PRODID" in calendar
    for entry in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"} <= set(entry)


def test_a_closed_account_is_in_no_calendar(school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher"))
    with school.database.writing() as session:
        session.get_one(SchoolAccount, page).closed_on = TODAY
    assert events(school) == []


def test_who_may_take_out_what_and_it_is_on_record(school: SmallSchool, tmp_path: Path) -> None:
    account(school)
    with pytest.raises(NotAllowed):
        events(school, "governor")
    assert events(school, "governor", rota=False, due=True) == []
    with pytest.raises(Invalid, match="Choose what"):
        events(school, rota=False)
    for weeks in (0, 54):
        with pytest.raises(Invalid, match="1 to 53 weeks"):
            events(school, weeks=weeks)
    ctx, file = school.ctx_for("business_manager"), tmp_path / "rota.ics"
    assert (
        calendar_export.save(ctx, file, rota=True, due=False, weeks=2) == len(read(file.read_bytes())) == 14
    )
    with pytest.raises(StorageProblem):
        calendar_export.save(ctx, tmp_path / "nowhere" / "rota.ics", rota=True, due=False, weeks=2)
    with school.database.reading() as session:
        noted = session.scalars(select(AuditEntry.action)).all()
    assert noted.count("calendar.exported") == 2


def test_a_long_calendar_says_how_far_it_is_and_stops_without_a_trace(
    school: SmallSchool, tmp_path: Path
) -> None:
    put_on_rota(school, account(school), turn(school, "teacher"))
    ctx, file, heard = school.ctx_for("business_manager"), tmp_path / "rota.ics", list[tuple[int, int]]()

    def watch(done: int, total: int) -> None:
        heard.append((done, total))
        if done == 5:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        calendar_export.save(ctx, file, rota=True, due=False, weeks=2, progress=watch)
    assert heard == [(number, 14) for number in range(1, 6)]
    assert list(tmp_path.glob("*rota*")) == []
    with school.database.reading() as session:
        assert "calendar.exported" not in session.scalars(select(AuditEntry.action)).all()
