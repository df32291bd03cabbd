"""School accounts on the register: what is refused, what is kept, who runs them, closing and reopening (ACC-1 to 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from smdesk.db.models import AccountRunner, AuditEntry, Person, SchoolAccount
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.policy.accounts import GapKind, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import account_fields, accounts, people, people_merge
from smdesk.services.account_records import AccountDraft, AccountRunnerDraft, ChecklistPoint
from smdesk.services.people_records import PersonDraft
from tests.support.school import SmallSchool

OFFICE = "business_manager"
TODAY = date(2026, 3, 11)


def draft(school: SmallSchool, **more: object) -> AccountDraft:
    base = AccountDraft(
        platform="facebook",
        handle="brambleford",
        link="https://www.facebook.com/brambleford",
        purpose="News for families",
        audience="Parents",
        openness=Openness.OPEN,
        responsible_id=school.people["head"],
        opened_on=date(2026, 1, 5),
        credentials_place="Office password manager",
        checklist=(ChecklistPoint.WHO_POSTS,),
        runners=(
            AccountRunnerDraft(school.people["teacher"], date(2026, 1, 5)),
            AccountRunnerDraft(school.people["office"], date(2026, 1, 5)),
        ),
    )
    return replace(base, **more)


def save(school: SmallSchool, **more: object) -> int:
    return accounts.save(school.ctx_for(OFFICE), draft(school, **more)).id


def said(school: SmallSchool, **more: object) -> dict[str, str]:
    """What is wrong with a draft, by field."""
    with pytest.raises(Invalid) as caught:
        save(school, **more)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_an_account_is_kept_as_it_was_typed_and_says_what_it_lacks(school: SmallSchool) -> None:
    saved = accounts.save(school.ctx_for(OFFICE), draft(school))
    assert saved.changes == frozenset({("account", saved.id)})
    assert saved.version == 1
    record = accounts.open_account(school.ctx_for("leadership"), saved.id)
    assert record.name == "@brambleford on Facebook"
    assert replace(record.draft, watch_days=None, watch_holidays=None) == account_fields.tidied(draft(school))
    assert {(each.name, each.runs) for each in record.runners} == {("Tim Hazel", True), ("Bea Cedar", True)}
    assert record.responsible_name == "Helen Alder"
    assert record.checklist_on == TODAY
    assert not record.standing.compliant
    assert GapKind.NOT_APPROVED in {gap.kind for gap in record.standing.gaps}
    assert [line.kind for line in record.history] == ["added"]
    assert record.recorded_by == "Ms B. Cedar"
    with school.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions[-1] == "account.added"


def test_a_link_of_another_platform_is_named_as_such(school: SmallSchool) -> None:
    wrong = said(school, link="https://www.instagram.com/brambleford")
    assert wrong == {
        "link": "This is a link to Instagram, and the platform is Facebook. Change one of the two."
    }


@pytest.mark.parametrize(
    "link",
    [
        "https://facebook.com.example.net/brambleford",
        "https://notfacebook.com/brambleford",
        "https://faceb00k.com/x",
        "javascript:alert(1)",
        "ftp://facebook.com/x",
        "https://facebook.com@example.net/x",
        "https://user:secret@facebook.com/x",
        "http://[::1",
        "https://facebook.com/a page",
        "brambleford",
    ],
)
def test_links_that_lead_elsewhere_or_nowhere_are_refused(school: SmallSchool, link: str) -> None:
    assert list(said(school, link=link)) == ["link"]


@pytest.mark.parametrize(
    ("platform", "link"),
    [
        ("facebook", "https://m.facebook.com/x"),
        ("facebook", "https://FB.com/x"),
        ("Twitter", "https://x.com/school"),
        ("x", "https://twitter.com/school"),
        ("whatsapp", "https://chat.whatsapp.com/AbC"),
        ("Village noticeboard", "https://board.example.org/school"),
        ("other", "https://board.example.org/school"),
        ("facebook", ""),
    ],
)
def test_links_of_the_platform_itself_and_of_unknown_ones_are_taken(
    school: SmallSchool, platform: str, link: str
) -> None:
    assert save(school, platform=platform, link=link)


def test_a_link_without_its_beginning_is_completed(school: SmallSchool) -> None:
    account_id = save(school, link=" facebook.com/brambleford ")
    record = accounts.open_account(school.ctx_for(OFFICE), account_id)
    assert record.draft.link == "https://facebook.com/brambleford"


@pytest.mark.parametrize("again", ["brambleford", "@Brambleford", "  BRAMBLEFORD "])
def test_an_account_stands_on_the_register_once(school: SmallSchool, again: str) -> None:
    first = save(school)
    wrong = said(school, handle=again, platform="Facebook")
    assert wrong == {"handle": "@brambleford on Facebook is on the register already. Open that one."}
    assert save(school, handle=again, platform="instagram", link="")
    ctx = school.ctx_for(OFFICE)
    accounts.close(ctx, first, 1, "Not used any more.", TODAY)
    second = save(school, handle=again)
    with pytest.raises(Refused, match="Close that one first"):
        accounts.reopen(ctx, first, 2, "Used again.")
    accounts.close(ctx, second, 1, "A slip.", TODAY)
    accounts.reopen(ctx, first, 2, "Used again.")


@pytest.mark.parametrize(
    "text",
    [
        "password: bramble",
        "Safe, pw=hunter2",
        "PIN: 4711",
        "The password is bramble7",
        "Summer2026!",
        "pwd :abc",
    ],
)
def test_a_password_is_never_kept(school: SmallSchool, text: str) -> None:
    assert list(said(school, credentials_place=text)) == ["credentials_place"]
    with school.database.reading() as session:
        assert session.scalars(select(SchoolAccount)).all() == []


@pytest.mark.parametrize(
    "text",
    [
        "Office password manager",
        "The password is in the safe",
        "Sealed envelope, safe 2",
        "KeePassXC",
        "Safe",
        "",
    ],
)
def test_where_a_password_lies_may_be_said(school: SmallSchool, text: str) -> None:
    assert save(school, credentials_place=text)


def test_one_person_named_twice_is_said_by_name(school: SmallSchool) -> None:
    teacher = school.people["teacher"]
    twice = (AccountRunnerDraft(teacher, date(2026, 1, 5)), AccountRunnerDraft(teacher, date(2026, 2, 1)))
    assert "Tim Hazel is named twice" in said(school, runners=twice)["runners"]
    # One after the other is no person twice.
    turns = (
        AccountRunnerDraft(teacher, date(2025, 1, 5), date(2025, 7, 1)),
        AccountRunnerDraft(teacher, date(2026, 2, 1)),
    )
    assert save(school, runners=turns)


def test_somebody_who_has_left_cannot_be_named_but_does_not_lock_the_record(school: SmallSchool) -> None:
    account_id = save(school)
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).left_on = date(2026, 3, 1)
    ctx = school.ctx_for(OFFICE)
    record = accounts.open_account(ctx, account_id)
    assert GapKind.LEFT in {gap.kind for gap in record.standing.gaps}
    accounts.save(ctx, replace(record.draft, purpose="News and thanks"), account_id, 1)
    wrong = said(school, handle="another", link="")
    assert wrong["runners"].startswith("Tim Hazel left the school on 1 March 2026")
    wrong = said(school, handle="another", link="", runners=(), responsible_id=school.people["teacher"])
    assert "has left the school" in wrong["responsible_id"]
    # That they ran it while they were there is history and may be written down.
    past = (AccountRunnerDraft(school.people["teacher"], date(2025, 9, 1), date(2026, 3, 1)),)
    assert save(school, handle="another", link="", runners=past)


def test_all_problems_are_said_at_once(school: SmallSchool) -> None:
    wrong = said(
        school,
        platform="",
        handle="",
        opened_on=TODAY + timedelta(days=1),
        credentials_place="password: x1",
        runners=(AccountRunnerDraft(school.people["dsl"], TODAY, TODAY - timedelta(days=3)),),
    )
    assert set(wrong) == {"platform", "handle", "opened_on", "credentials_place", "runners"}
    assert "handle" in said(school, handle="https://facebook.com/x")
    assert "handle" in said(school, handle="x" * 121)


def test_a_save_over_somebody_elses_is_shown_field_by_field(school: SmallSchool) -> None:
    account_id = save(school)
    ctx = school.ctx_for(OFFICE)
    accounts.save(ctx, draft(school, purpose="Thanks"), account_id, 1)
    mine = draft(school, audience="Everybody", runners=())
    with pytest.raises(Conflict) as caught:
        accounts.save(school.ctx_for("headteacher"), mine, account_id, 1)
    assert [each.field for each in caught.value.changes] == ["purpose", "audience", "runners"]
    assert caught.value.current_version == 2
    assert "Tim Hazel from 5 January 2026" in caught.value.changes[2].theirs
    assert accounts.open_account(ctx, account_id).draft.purpose == "Thanks"


def test_saving_what_stands_there_changes_nothing(school: SmallSchool) -> None:
    account_id = save(school)
    saved = accounts.save(school.ctx_for(OFFICE), draft(school), account_id, 1)
    assert (saved.version, saved.changes) == (1, frozenset())


def test_a_rota_is_left_alone_by_the_form(school: SmallSchool) -> None:
    account_id = save(school)
    with school.database.writing() as session:
        session.get_one(SchoolAccount, account_id).watch_days = 31
    accounts.save(school.ctx_for(OFFICE), draft(school, purpose="Thanks"), account_id, 1)
    assert accounts.open_account(school.ctx_for(OFFICE), account_id).draft.watch_days == 31


def test_who_runs_it_keeps_its_rows_for_merges_to_find(school: SmallSchool) -> None:
    account_id = save(school)
    with school.database.reading() as session:
        before = {row.person_id: row.id for row in account_fields.runner_rows(session, account_id)}
    ctx = school.ctx_for(OFFICE)
    teacher, office = school.people["teacher"], school.people["office"]
    changed = (
        AccountRunnerDraft(teacher, date(2026, 1, 5), date(2026, 3, 1), "Maternity cover came"),
        AccountRunnerDraft(office, date(2026, 1, 12)),
        AccountRunnerDraft(school.people["dsl"], date(2026, 3, 1)),
    )
    accounts.save(ctx, draft(school, runners=changed), account_id, 1)
    with school.database.reading() as session:
        after = {row.person_id: row for row in account_fields.runner_rows(session, account_id)}
    assert {teacher: after[teacher].id, office: after[office].id} == before
    assert after[teacher].until_on == date(2026, 3, 1)
    assert after[office].from_on == date(2026, 1, 12)


def test_closing_and_reopening_give_reasons_and_days(school: SmallSchool) -> None:
    account_id = save(school)
    ctx = school.ctx_for(OFFICE)
    for reason, on, words in (
        (" ", TODAY, "reason"),
        ("Unused", TODAY + timedelta(days=1), "still to come"),
        ("Unused", date(2026, 1, 4), "was opened on 5 January 2026"),
    ):
        with pytest.raises(Invalid, match=words):
            accounts.close(ctx, account_id, 1, reason, on)
    accounts.close(ctx, account_id, 1, "Unused", TODAY - timedelta(days=2))
    record = accounts.open_account(ctx, account_id)
    assert (record.closed_on, record.closed_reason) == (date(2026, 3, 9), "Unused")
    assert record.standing.compliant
    assert record.standing.words == "Closed on 9 March 2026"
    with pytest.raises(Refused, match="Reopen it first"):
        accounts.save(ctx, draft(school, purpose="x"), account_id, 2)
    with pytest.raises(Refused):
        accounts.close(ctx, account_id, 2, "Again", TODAY)
    accounts.reopen(ctx, account_id, 2, "Wanted again")
    with pytest.raises(Refused, match="is open"):
        accounts.reopen(ctx, account_id, 3, "Again")
    assert accounts.open_account(ctx, account_id).closed_on is None
    assert [line.kind for line in accounts.open_account(ctx, account_id).history] == [
        "added",
        "closed",
        "reopened",
    ]


def test_leaders_read_and_the_office_writes(school: SmallSchool) -> None:
    account_id = save(school)
    with pytest.raises(NotAllowed):
        accounts.save(school.ctx_for("leadership"), draft(school, handle="y"))
    assert accounts.open_account(school.ctx_for("leadership"), account_id)
    for login in ("governor", "chair", "administrator"):
        with pytest.raises(NotAllowed):
            accounts.open_account(school.ctx_for(login), account_id)


def test_accounts_are_found_by_every_word(school: SmallSchool) -> None:
    one = save(school)
    two = save(school, handle="Friends of Brambleford", platform="instagram", link="", runners=())
    ctx = school.ctx_for(OFFICE)
    assert [hit.name for hit in accounts.choices(ctx)] == [
        "@brambleford on Facebook",
        "Friends of Brambleford on Instagram",
    ]
    assert [hit.id for hit in accounts.find(ctx, "BRAMBLE insta")] == [two]
    assert [hit.id for hit in accounts.find(ctx, "100%")] == []
    accounts.close(ctx, one, 1, "Unused", TODAY)
    assert [hit.id for hit in accounts.choices(ctx)] == [two]
    assert [(hit.id, hit.closed) for hit in accounts.find(ctx, "bramble")] == [(two, False), (one, True)]
    assert accounts.of_person(ctx, school.people["teacher"]) == []
    assert [hit.id for hit in accounts.of_person(ctx, school.people["head"])] == [two]


def test_nobody_runs_what_the_table_was_told_to_forget(school: SmallSchool) -> None:
    """A line taken out of the form is gone from the table and stays in the history."""
    account_id = save(school)
    ctx = school.ctx_for(OFFICE)
    accounts.save(ctx, draft(school, runners=()), account_id, 1)
    with school.database.reading() as session:
        assert session.scalars(select(AccountRunner)).all() == []
    last = accounts.open_account(ctx, account_id).history[-1]
    assert "Tim Hazel" in last.text
    assert last.recorded_at == datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


def test_two_records_of_one_person_merged_are_one_runner(school: SmallSchool) -> None:
    """Both ran it; merged they count once, and the register can be saved as soon as one line is taken out."""
    office = school.ctx_for(OFFICE)
    twin = people.save(
        office, PersonDraft(kind=PersonKind.STAFF, given_name="Timothy", family_name="Hazel")
    ).id
    both = (
        AccountRunnerDraft(school.people["teacher"], date(2026, 1, 5)),
        AccountRunnerDraft(twin, date(2026, 1, 5)),
    )
    account_id = save(school, runners=both)
    assert GapKind.STAFF not in {gap.kind for gap in accounts.open_account(office, account_id).standing.gaps}
    people_merge.merge(office, school.people["teacher"], twin)
    record = accounts.open_account(office, account_id)
    assert GapKind.STAFF in {gap.kind for gap in record.standing.gaps}
    with pytest.raises(Invalid, match="named twice"):
        accounts.save(office, replace(record.draft, purpose="x"), account_id, record.version)
    one = replace(record.draft, purpose="x", runners=record.draft.runners[:1])
    accounts.save(office, one, account_id, record.version)


def test_a_review_says_what_was_found_and_when_the_next_is(school: SmallSchool) -> None:
    account_id = save(school, review_on=date(2026, 3, 1))
    ctx = school.ctx_for(OFFICE)
    assert GapKind.REVIEW_OVERDUE in {
        gap.kind for gap in accounts.open_account(ctx, account_id).standing.gaps
    }
    for found, day in ((" ", None), ("Useful", TODAY), ("Useful", date(2036, 3, 1))):
        with pytest.raises(Invalid):
            accounts.reviewed(ctx, account_id, 1, found, day)
    accounts.reviewed(ctx, account_id, 1, "Useful")
    record = accounts.open_account(ctx, account_id)
    assert record.draft.review_on == accounts.proposed_review(ctx) == date(2027, 3, 11)
    assert (record.history[-1].kind, record.history[-1].reason) == ("reviewed", "Useful")
