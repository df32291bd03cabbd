"""The governors' report beside the incidents: counted rightly, and nobody to be made out (DOC-2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from smdesk.documents.governor_figures import CountTable, FactTable, GovernorFigures, Section
from smdesk.policy.accounts import Openness
from smdesk.policy.suppression import Hidden
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    accounts,
    agreements,
    education,
    findings,
    messages,
    periods,
    policies,
    reports,
    reputation,
    training,
    watching,
)
from smdesk.services.account_records import AccountDraft
from smdesk.services.agreement_records import PolicyDraft, VersionDraft
from smdesk.services.education_records import EducationDraft, EducationKind
from smdesk.services.message_records import MessageDraft, MessageKind
from smdesk.services.reputation_records import CheckDraft, FindingDraft, Tone
from smdesk.services.training_records import TrainingTypeDraft
from tests.support.school import SmallSchool

SPRING = periods.parse_period("2026 spring")


def figures(school: SmallSchool, period: periods.Period = SPRING) -> GovernorFigures:
    return reports.governor_figures(school.ctx_for("governor"), period)


def section(found: GovernorFigures, title: str) -> Section:
    return next(each for each in found.sections if each.title == title)


def counts(of: Section) -> dict[str, object]:
    (table,) = [each for each in of.tables if isinstance(each, CountTable)]
    assert table.total is not None
    return {row.label: row.now for row in (*table.rows, table.total)}


def facts(of: Section) -> dict[str, tuple[str, ...]]:
    (table,) = [each for each in of.tables if isinstance(each, FactTable)]
    return {row[0]: row[1:] for row in table.rows}


def an_account(school: SmallSchool) -> int:
    draft = AccountDraft(platform="facebook", handle="@hedgehogpost", openness=Openness.OPEN)
    return accounts.save(school.ctx_for("business_manager"), draft).id


def test_a_school_with_nothing_yet_reads_a_sentence_in_each_section(school: SmallSchool) -> None:
    found = figures(school)
    assert [each.title for each in found.sections] == [
        "School accounts",
        "Looking after the accounts",
        "Business cases for accounts",
        "What came in on the school's accounts",
        "Blocks",
        "Letters",
        "Exceptions between pupils and adults",
        "Agreements",
        "Training",
        "Online-safety education",
        "What is said about the school elsewhere",
        "Actions due",
        "Policies due for review",
    ]
    assert all(each.opening.endswith((".", ":")) and not each.tables for each in found.sections)


def test_accounts_and_why_they_do_not_comply(school: SmallSchool) -> None:
    an_account(school)
    school.clock.now += timedelta(days=30)
    of = section(figures(school), "School accounts")
    assert of.opening == "The one account lacks something the policy asks for, as things stand today."
    assert facts(of) == {
        "Accounts in use": ("1",),
        "In order": ("0",),
        "Not approved by the leadership team": ("1",),
        "Too few people, or somebody without policy or training": ("1",),
        "Not looked at for too long": ("1",),
        "Checklist for posts not seen to": ("1",),
    }


def test_watching_is_a_share_of_the_days_asked_for(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    account = an_account(school)
    school.clock.now += timedelta(days=9)
    for back in range(5):
        watching.look(ctx, [account], on=ctx.today() - timedelta(days=back))
    found = facts(section(figures(school), "Looking after the accounts"))
    # The day itself is not over, and it was looked at.
    assert found["To be looked at"][0] == "10"
    assert found["Looked at"][0] == "5"
    assert found["Share looked at"][0] == "50%"
    assert found["Weekends when nobody looked"][0] == "1"


def log(school: SmallSchool, account: int, kind: MessageKind, count: int) -> list[int]:
    ctx = school.ctx_for("business_manager")
    return [
        messages.save(
            ctx,
            MessageDraft(account_id=account, received_at=school.clock.now, kind=kind, said=f"Message {at}"),
        ).id
        for at in range(count)
    ]


def test_messages_run_in_the_reply_clock_and_one_handed_over_is_counted_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    account = an_account(school)
    asked = log(school, account, MessageKind.QUERY, 12)
    log(school, account, MessageKind.PRAISE, 6)
    messages.hand_over(ctx, asked[0], messages.open_message(ctx, asked[0]).version)
    for each in asked[1:7]:
        messages.acknowledge(
            ctx, each, messages.open_message(ctx, each).version, school.clock.now, "Office", "Seen."
        )
    school.clock.now += timedelta(days=3)
    found = figures(school)
    assert counts(section(found, "What came in on the school's accounts")) == {
        "Query": 12,
        "Praise": 6,
        "All messages and comments": 18,
    }
    # 11 queries that stayed messages and the one that became an incident: the praise has no clock.
    assert found.replies.due == 12
    assert (found.replies.in_time, found.replies.waiting) == (6, 6)


def test_a_small_number_of_messages_is_not_printed(school: SmallSchool) -> None:
    account = an_account(school)
    log(school, account, MessageKind.COMPLAINT, 2)
    found = counts(section(figures(school), "What came in on the school's accounts"))
    assert found.pop("All messages and comments") is Hidden.FEW
    assert set(found.values()) == {Hidden.WITHHELD}
    log(school, account, MessageKind.QUERY, 20)
    found = counts(section(figures(school), "What came in on the school's accounts"))
    # Two complaints out of 22 would come back by subtraction, so the queries are left out too.
    assert found["All messages and comments"] == 22
    assert not isinstance(found["Complaint"], int)
    assert not isinstance(found["Query"], int)


def test_a_terms_small_number_does_not_come_back_from_the_years(school: SmallSchool, tmp_path: Path) -> None:
    account = an_account(school)
    log(school, account, MessageKind.QUERY, 20)
    school.clock.now = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
    log(school, account, MessageKind.QUERY, 2)
    ctx = school.ctx_for("governor")
    reports.governor_pdf(ctx, SPRING, tmp_path / "spring.pdf")
    year = counts(
        section(figures(school, periods.parse_period("2025-26")), "What came in on the school's accounts")
    )
    assert set(year.values()) == {Hidden.WITHHELD}


def test_agreements_and_training_hide_what_points_at_somebody(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    policy = policies.save(ctx, PolicyDraft(title="Acceptable use", asked_of=(PersonKind.STAFF,)))
    policies.add_version(ctx, policy.id, VersionDraft(label="2026", adopted_on=date(2026, 3, 1)))
    agreements.record(ctx, policy.id, [school.people["teacher"]], "signed", ctx.today())
    kind = training.save_type(ctx, TrainingTypeDraft(name="Online safety", asked_of=(PersonKind.STAFF,)))
    training.record(ctx, kind.id, [school.people["teacher"]], ctx.today())
    found = figures(school)
    for title, line in (("Agreements", "Acceptable use (2026)"), ("Training", "Online safety")):
        assert set(facts(section(found, title))[line]) == {"not shown"}


def test_education_reputation_and_policies_due(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    education.save(
        ctx,
        EducationDraft(
            held_on=ctx.today(),
            kind=EducationKind.ASSEMBLY,
            title="Be kind online",
            audience=(PersonKind.PUPIL, PersonKind.STAFF),
            reached=180,
        ),
    )
    place = reputation.save(ctx, reputation.suggested()[1])
    for tenths in (43, 41):
        reputation.check(ctx, place.id, CheckDraft(ctx.today(), rating_tenths=tenths))
        school.clock.now += timedelta(days=1)
    for at in range(6):
        findings.save(
            ctx,
            FindingDraft(
                place_id=place.id, found_on=ctx.today(), tone=Tone.PRAISE, said=f"Lovely school {at}"
            ),
        )
    policy = policies.save(ctx, PolicyDraft(title="Social media"))
    policies.add_version(
        ctx, policy.id, VersionDraft(label="3", adopted_on=date(2025, 2, 1), review_on=date(2026, 2, 1))
    )
    found = figures(school)
    held = section(found, "Online-safety education")
    assert [
        (row.label, row.now) for table in held.tables for row in table.rows if isinstance(table, CountTable)
    ] == [
        ("Assembly", 1),
        ("Pupils", 180),
        ("Staff", 180),
    ]
    elsewhere = section(found, "What is said about the school elsewhere")
    assert counts(elsewhere) == {"Praise": 6, "All findings": 6}
    assert facts(elsewhere) == {"Google reviews": ("4.3", "4.1")}
    due = section(found, "Policies due for review")
    assert due.opening == "1 review is overdue."
    assert facts(due) == {"Social media": ("3", "1 February 2026", "overdue")}


@pytest.mark.parametrize("login", ["governor", "chair", "headteacher"])
def test_no_name_and_no_word_of_anybodys_is_in_it(school: SmallSchool, tmp_path: Path, login: str) -> None:
    ctx = school.ctx_for("business_manager")
    account = an_account(school)
    messages.save(
        ctx,
        MessageDraft(
            account_id=account,
            received_at=school.clock.now,
            kind=MessageKind.COMPLAINT,
            from_name="Zebedee Quillfeather",
            said="My Sam was left in the drizzle",
        ),
    )
    file = tmp_path / "report.pdf"
    reports.governor_pdf(school.ctx_for(login), SPRING, file)
    from tests.documents.reading import text_of

    said = text_of(file.read_bytes())
    for word in ("Zebedee", "Quillfeather", "drizzle", "@hedgehogpost"):
        assert word not in said
