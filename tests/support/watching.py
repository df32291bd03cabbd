"""Accounts with a rota and people who looked, as the tests of several rooms need them."""

from __future__ import annotations

from datetime import date

from smdesk.db.models import Person, SchoolAccount
from smdesk.services import watching, watching_rota
from smdesk.services.watching_records import TurnDraft
from tests.support.school import SmallSchool

OPENED = date(2026, 1, 5)
TODAY = date(2026, 3, 11)


def account(
    school: SmallSchool,
    handle: str = "bramblefordprimary",
    platform: str = "facebook",
    opened_on: date | None = OPENED,
) -> int:
    """An account on the register."""
    with school.database.writing() as session:
        row = SchoolAccount(
            platform=platform,
            handle=handle,
            opened_on=opened_on,
            approved_on=opened_on,
            recorded_by=school.users["business_manager"],
            recorded_at=school.clock.now,
            words=handle,
        )
        session.add(row)
        session.flush()
        return row.id


def version(school: SmallSchool, account_id: int) -> int:
    with school.database.reading() as session:
        return session.get_one(SchoolAccount, account_id).version


def turn(school: SmallSchool, person: str, days: int = 127, **more: object) -> TurnDraft:
    return TurnDraft(school.people[person], days, **more)


def put_on_rota(school: SmallSchool, account_id: int, *turns: TurnDraft) -> None:
    """From today on these look at it."""
    ctx = school.ctx_for("business_manager")
    watching_rota.save_turns(ctx, account_id, version(school, account_id), turns)


def looked(school: SmallSchool, account_id: int, *days: date, login: str = "business_manager") -> None:
    for day in days:
        watching.look(school.ctx_for(login), [account_id], on=day, note="From the paper list")


def leaves(school: SmallSchool, person: str, day: date) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people[person]).left_on = day
