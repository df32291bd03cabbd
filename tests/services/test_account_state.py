"""An account turns red by itself: whoever leaves, a training that lapses, a new version, a review, a silent week."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from smdesk.db.models import (
    Acknowledgement,
    BusinessCase,
    CaseDecision,
    CaseRunner,
    CaseVote,
    Person,
    PolicyDocument,
    PolicyVersion,
    SchoolAccount,
    SigningKey,
    Training,
    TrainingType,
)
from smdesk.errors import Refused
from smdesk.policy.accounts import GapKind
from smdesk.services import account_list, account_opening, account_state, accounts
from smdesk.services.account_records import AccountFilter, AccountSort, AccountView, ChecklistPoint
from tests.services.test_accounts import OFFICE, TODAY, save
from tests.support.school import START, SmallSchool


@pytest.fixture
def sound(school: SmallSchool) -> int:
    """An account that lacks nothing: approved, two trained members of staff, looked at yesterday."""
    account_id = save(school, checklist=tuple(ChecklistPoint), review_on=date(2026, 9, 1))
    policy = PolicyDocument(title="Social media policy", kind="social_media", for_accounts=True)
    kind = TrainingType(name="Running an account", valid_months=12, for_accounts=True)
    with school.database.writing() as session:
        account = session.get_one(SchoolAccount, account_id)
        account.approved_on, account.looked_on = date(2026, 1, 5), TODAY - timedelta(days=1)
        session.add_all([policy, kind])
        session.flush()
        version = _version(school, policy.id, "1", date(2025, 9, 1))
        session.add(version)
        session.flush()
        for key in ("teacher", "office"):
            session.add(
                Acknowledgement(
                    person_id=school.people[key],
                    version_id=version.id,
                    answer="signed",
                    answered_on=date(2025, 9, 10),
                    recorded_by=school.users[OFFICE],
                    recorded_at=START,
                )
            )
            session.add(
                Training(
                    person_id=school.people[key],
                    type_id=kind.id,
                    done_on=date(2025, 9, 10),
                    valid_until=date(2026, 9, 10),
                    recorded_by=school.users[OFFICE],
                    recorded_at=START,
                )
            )
    return account_id


def _version(school: SmallSchool, policy_id: int, label: str, on: date) -> PolicyVersion:
    return PolicyVersion(
        policy_id=policy_id,
        label=label,
        adopted_on=on,
        recorded_by=school.users["headteacher"],
        recorded_at=START,
    )


@contextmanager
def lacking(school: SmallSchool, account_id: int) -> Iterator[SchoolAccount]:
    with school.database.writing() as session:
        yield session.get_one(SchoolAccount, account_id)


def gaps(school: SmallSchool, account_id: int, day: date = TODAY) -> list[GapKind]:
    with school.database.reading() as session:
        return [gap.kind for gap in account_state.standings(session, [account_id], day)[account_id].gaps]


def test_an_account_that_has_everything_lacks_nothing(school: SmallSchool, sound: int) -> None:
    assert gaps(school, sound) == []
    record = accounts.open_account(school.ctx_for(OFFICE), sound)
    assert record.standing.compliant
    assert record.standing.words == "Nothing missing"


def test_whoever_leaves_turns_it_red_from_that_day(school: SmallSchool, sound: int) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).left_on = TODAY
    assert gaps(school, sound, TODAY - timedelta(days=1)) == []
    assert gaps(school, sound) == [GapKind.STAFF, GapKind.LEFT]


def test_a_training_counts_on_its_last_day_and_not_after(school: SmallSchool, sound: int) -> None:
    with lacking(school, sound) as account:
        account.looked_on = date(2026, 9, 10)
        account.review_on = date(2027, 1, 1)
    assert gaps(school, sound, date(2026, 9, 10)) == []
    assert gaps(school, sound, date(2026, 9, 11)) == [GapKind.TRAINING_LAPSED, GapKind.TRAINING_LAPSED]


def test_a_new_version_of_the_policy_asks_again(school: SmallSchool, sound: int) -> None:
    with school.database.writing() as session:
        policy = session.query(PolicyDocument).one()
        session.add(_version(school, policy.id, "2", TODAY))
    assert gaps(school, sound) == [GapKind.OLD_VERSION, GapKind.OLD_VERSION]
    words = accounts.open_account(school.ctx_for(OFFICE), sound).standing.words
    assert words == "Policy acknowledged in an old version"


def test_reviews_and_watching_are_counted_in_days(school: SmallSchool, sound: int) -> None:
    with lacking(school, sound) as account:
        account.review_on = TODAY
        account.looked_on = TODAY - timedelta(days=_silent_days(school))
    assert gaps(school, sound) == []
    with lacking(school, sound) as account:
        account.review_on = TODAY - timedelta(days=1)
        account.looked_on = TODAY - timedelta(days=_silent_days(school) + 1)
    assert gaps(school, sound) == [GapKind.REVIEW_OVERDUE, GapKind.NOT_WATCHED]


def _silent_days(school: SmallSchool) -> int:
    with school.database.reading() as session:
        return account_state.rules(session).unwatched_after_days


def test_an_old_page_new_on_the_register_was_watched_by_nobody_before(school: SmallSchool) -> None:
    """It was opened years ago, but it is known since today: today nobody is late (ACC-4)."""
    account_id = save(school, opened_on=date(2015, 9, 1))
    assert GapKind.NOT_WATCHED not in gaps(school, account_id)
    assert GapKind.NOT_WATCHED in gaps(school, account_id, TODAY + timedelta(days=_silent_days(school) + 1))


def test_the_one_responsible_must_still_be_there(school: SmallSchool, sound: int) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people["head"]).left_on = TODAY
    assert gaps(school, sound) == [GapKind.NOBODY_RESPONSIBLE]


def test_what_one_account_says_all_of_them_say(school: SmallSchool, sound: int) -> None:
    other = save(school, handle="other", link="", runners=())
    closed = save(school, handle="closed", link="")
    accounts.close(school.ctx_for(OFFICE), closed, 1, "Unused", TODAY)
    with school.database.reading() as session:
        together = account_state.standings(session, [sound, other, closed, 999], TODAY)
        alone = {
            each: account_state.standing(session, session.get_one(SchoolAccount, each), TODAY)
            for each in together
        }
        red = account_state.not_compliant(session, TODAY)
    assert together == alone
    assert set(together) == {sound, other, closed}
    assert set(red) == {other}
    ctx = school.ctx_for("leadership")
    assert account_list.view_counts(ctx) == {
        AccountView.OPEN: 2,
        AccountView.NOT_COMPLIANT: 1,
        AccountView.NOT_APPROVED: 1,
        AccountView.CLOSED: 1,
        AccountView.ALL: 3,
    }
    wanted = AccountFilter(view=AccountView.NOT_COMPLIANT)
    assert list(account_list.sorted_ids(ctx, wanted, AccountSort())) == [other]


# ------------------------------------------------------------------------------------------------- opened by a case


def _case(school: SmallSchool, **more: object) -> tuple[int, int]:
    """A case and the decision that approves it, straight into the tables; returns their ids."""
    fields: dict[str, object] = {
        "platform": "facebook",
        "proposed_name": "@brambleford",
        "aim": "Good news",
        "audience": "Families",
        "promotion": "Newsletter",
        "openness": "open",
        "profile_id": 1,
        "recorded_by": school.users[OFFICE],
        "recorded_at": START,
        **more,
    }
    with school.database.writing() as session:
        case = BusinessCase(year=2026, number=7, **fields)
        session.add(case)
        session.flush()
        for place, key in enumerate(("teacher", "office")):
            session.add(
                CaseRunner(
                    case_id=case.id,
                    person_id=school.people[key],
                    position=place,
                    responsible=key == "office",
                )
            )
        decision = CaseDecision(
            case_id=case.id,
            kind="approve",
            reason="Well thought through.",
            conditions="No pupils' faces.",
            decided_on=TODAY,
            recorded_by=school.users["headteacher"],
            recorder_name="Mrs H. Alder, headteacher",
            recorded_at=START,
            signed_payload="{}",
            signature=b"x",
            signing_key_id=session.query(SigningKey).first().id,
        )
        session.add(decision)
        session.flush()
        for name in ("Mrs H. Alder", "Mr L. Damson"):
            session.add(
                CaseVote(decision_id=decision.id, user_id=school.users["headteacher"], name=name, agreed=True)
            )
        return case.id, decision.id


def _approve(school: SmallSchool, case_id: int, decision_id: int) -> int:
    ctx = school.ctx_for("headteacher")
    with school.database.writing() as session:
        account_id, changes = account_opening.approved(
            session,
            ctx,
            session.get_one(BusinessCase, case_id),
            session.get_one(CaseDecision, decision_id),
            ctx.today(),
        )
    assert changes == frozenset({("account", account_id)})
    return account_id


def test_an_approved_case_opens_its_account(school: SmallSchool) -> None:
    account_id = _approve(school, *_case(school))
    record = accounts.open_account(school.ctx_for(OFFICE), account_id)
    assert record.name == "@brambleford on Facebook"
    assert (record.approved_on, record.draft.opened_on) == (TODAY, TODAY)
    assert record.approved_by == "Mrs H. Alder and Mr L. Damson (business case 2026/B0007)"
    assert record.draft.review_on == date(2027, 3, 11)
    assert record.responsible_name == "Bea Cedar"
    assert {each.name for each in record.runners} == {"Tim Hazel", "Bea Cedar"}
    assert (record.draft.purpose, record.draft.audience) == ("Good news", "Families")
    assert GapKind.NOT_APPROVED not in {gap.kind for gap in record.standing.gaps}
    assert "No pupils' faces." in record.history[-1].text
    assert record.history[-1].rule == "ACC-2"
    assert accounts.find(school.ctx_for(OFFICE), "good news")[0].id == account_id


def test_a_case_about_an_account_that_is_there_approves_that_one(school: SmallSchool) -> None:
    account_id = save(school)
    assert GapKind.NOT_APPROVED in gaps(school, account_id)
    found = _approve(school, *_case(school, exists_already=True, account_id=account_id))
    assert found == account_id
    record = accounts.open_account(school.ctx_for(OFFICE), account_id)
    assert record.approved_on == TODAY
    assert record.draft.opened_on == date(2026, 1, 5)
    assert len(record.runners) == 2  # both ran it already


def test_a_case_of_the_same_name_never_makes_a_second_account(school: SmallSchool) -> None:
    account_id = save(school)
    assert _approve(school, *_case(school, exists_already=True)) == account_id


def test_a_case_about_an_account_closed_meanwhile_is_refused(school: SmallSchool) -> None:
    account_id = save(school)
    accounts.close(school.ctx_for(OFFICE), account_id, 1, "Unused", TODAY)
    with pytest.raises(Refused, match="Reopen it"):
        _approve(school, *_case(school, account_id=account_id))
