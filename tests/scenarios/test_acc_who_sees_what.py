"""Leader, DSL, governor, chair, office, administrator: what each reads and does of accounts and all around them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from smdesk.errors import NotAllowed, SmdeskError
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    account_list,
    accounts,
    agreement_outstanding,
    agreement_papers,
    agreements,
    block_list,
    blocks,
    business_cases,
    calendar_export,
    canned,
    case_decisions,
    case_list,
    case_papers,
    education,
    education_list,
    findings,
    findings_list,
    message_list,
    messages,
    people_import,
    periods,
    policies,
    reports,
    reputation,
    reputation_figures,
    sign_off_list,
    sign_offs,
    today,
    training,
    training_list,
    watching,
    watching_rota,
)
from smdesk.services.account_records import (
    AccountDraft,
    AccountFilter,
    AccountSort,
    BlockDraft,
    BlockFilter,
    BlockSort,
)
from smdesk.services.agreement_records import Answer, AnswerFilter, AnswerSort, PolicyDraft
from smdesk.services.case_records import CaseDraft, CaseFilter, CaseSort
from smdesk.services.context import Context
from smdesk.services.education_records import EducationDraft, EducationFilter, EducationSort
from smdesk.services.message_records import MessageDraft, MessageFilter, MessageKind, MessageSort
from smdesk.services.reputation_records import (
    CheckDraft,
    FindingDraft,
    FindingFilter,
    FindingSort,
    PlaceDraft,
    Tone,
)
from smdesk.services.sign_off_records import SignOffDraft, SignOffFilter, SignOffSort, Verdict
from smdesk.services.training_records import TrainingFilter, TrainingSort, TrainingTypeDraft
from smdesk.services.watching_records import CoverDraft
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, printed

ROLES = ("headteacher", "dsl", "business_manager", "leadership", "chair", "governor", "administrator")
CASEWORKERS = set(ROLES[:3])
WITH_LEADERS = CASEWORKERS | {"leadership"}


def in_full(story: Story) -> dict[str, int]:
    """One of everything."""
    policy, kind = tell.made_ready(story, "teacher", "office")
    page = tell.opened_by_case(story, "teacher", "office")
    place = reputation.save(story.office, PlaceDraft("Town reviews")).id
    return {
        "policy": policy,
        "training": kind,
        "page": page,
        "case": tell.proposed(story, "teacher", "office", proposed_name="Choir"),
        "message": tell.message(story, page, story.school.clock.now, "Quillfeather whispers"),
        "post": sign_offs.ask(story.office, SignOffDraft(page, "The tie", "Green", "Petition")).id,
        "block": blocks.save(
            story.office, BlockDraft(page, who="annaq_79", reason="Insults", since_on=story.today)
        ).id,
        "place": place,
        "finding": findings.save(
            story.office, FindingDraft(place, found_on=story.today, tone=Tone.CRITICISM, said="Whispers")
        ).id,
        "event": education.save(
            story.office, EducationDraft(story.today, title="Evening", audience=(PersonKind.PARENT,))
        ).id,
    }


def able(story: Story, doing: Callable[[Context], Any]) -> set[str]:
    """Who is let in at this door. Something wrong behind it is no closed door."""
    found = set()
    for login in ROLES:
        try:
            doing(story.at(login))
        except NotAllowed:
            continue
        except SmdeskError:
            pass
        found.add(login)
    return found


def test_what_can_be_read_by_whom(story: Story) -> None:
    made = in_full(story)
    day = story.today
    doors: list[tuple[set[str], Callable[[Context], Any]]] = [
        (WITH_LEADERS, lambda ctx: accounts.open_account(ctx, made["page"])),
        (WITH_LEADERS, lambda ctx: account_list.sorted_ids(ctx, AccountFilter(), AccountSort())),
        (WITH_LEADERS, lambda ctx: accounts.find(ctx, "brambleford")),
        (WITH_LEADERS, lambda ctx: business_cases.open_case(ctx, made["case"])),
        (WITH_LEADERS, lambda ctx: case_list.sorted_ids(ctx, CaseFilter(), CaseSort())),
        (WITH_LEADERS, lambda ctx: business_cases.gaps(ctx, made["case"])),
        (WITH_LEADERS, lambda ctx: case_papers.pack_pdf(ctx)),
        (WITH_LEADERS, lambda ctx: watching.board(ctx)),
        (WITH_LEADERS, lambda ctx: watching.looks(ctx, made["page"], day, day)),
        (WITH_LEADERS, lambda ctx: messages.open_message(ctx, made["message"])),
        (WITH_LEADERS, lambda ctx: message_list.sorted_ids(ctx, MessageFilter(), MessageSort())),
        (WITH_LEADERS, lambda ctx: messages.overdue(ctx)),
        (WITH_LEADERS, lambda ctx: today.overdue_replies(ctx)),
        (WITH_LEADERS, lambda ctx: canned.replies(ctx, MessageKind.QUERY)),
        (WITH_LEADERS, lambda ctx: sign_offs.open_sign_off(ctx, made["post"])),
        (WITH_LEADERS, lambda ctx: sign_off_list.sorted_ids(ctx, SignOffFilter(), SignOffSort())),
        (WITH_LEADERS, lambda ctx: blocks.open_block(ctx, made["block"])),
        (WITH_LEADERS, lambda ctx: block_list.sorted_ids(ctx, BlockFilter(), BlockSort())),
        (WITH_LEADERS, lambda ctx: findings.open_finding(ctx, made["finding"])),
        (WITH_LEADERS, lambda ctx: findings_list.sorted_ids(ctx, FindingFilter(), FindingSort())),
        (WITH_LEADERS, lambda ctx: reputation.places(ctx)),
        (WITH_LEADERS, lambda ctx: reputation_figures.trend(ctx, day, day)),
        (CASEWORKERS, lambda ctx: policies.open_policy(ctx, made["policy"])),
        (CASEWORKERS, lambda ctx: agreement_outstanding.sorted_ids(ctx, AnswerFilter(), AnswerSort())),
        (CASEWORKERS, lambda ctx: agreements.of_person(ctx, story.school.people["anna"])),
        (
            CASEWORKERS,
            lambda ctx: agreement_papers.slip_pdf(ctx, made["policy"], [story.school.people["anna"]]),
        ),
        (CASEWORKERS, lambda ctx: training_list.sorted_ids(ctx, TrainingFilter(), TrainingSort())),
        (CASEWORKERS, lambda ctx: training.of_person(ctx, story.school.people["teacher"])),
        (CASEWORKERS, lambda ctx: education.open_event(ctx, made["event"])),
        (CASEWORKERS, lambda ctx: education_list.sorted_ids(ctx, EducationFilter(), EducationSort())),
        (CASEWORKERS, lambda ctx: today.paper(ctx)),
        (set(ROLES), lambda ctx: today.items(ctx)),
        (set(ROLES), lambda ctx: calendar_export.ics(ctx, rota=False, due=True, weeks=4)),
        (WITH_LEADERS, lambda ctx: calendar_export.ics(ctx, rota=True, due=False, weeks=4)),
        (
            CASEWORKERS | {"governor", "chair"},
            lambda ctx: reports.governor_figures(ctx, periods.parse_period("2026 spring")),
        ),
    ]
    for number, (wanted, doing) in enumerate(doors):
        assert able(story, doing) == wanted, f"door {number}"


def test_what_can_be_done_by_whom(story: Story) -> None:
    """Each with something wrong in it, so that nothing is written whoever tries."""
    made = in_full(story)
    never = story.today + timedelta(days=400)
    keepers, leaders = CASEWORKERS, {"headteacher", "leadership"}
    doors: list[tuple[set[str], Callable[[Context], Any]]] = [
        (WITH_LEADERS, lambda ctx: business_cases.save(ctx, CaseDraft())),
        (WITH_LEADERS, lambda ctx: business_cases.submit(ctx, made["case"], -1)),
        (WITH_LEADERS, lambda ctx: business_cases.withdraw(ctx, made["case"], -1, "")),
        (leaders, lambda ctx: case_decisions.defaults(ctx, made["case"])),
        (keepers, lambda ctx: accounts.save(ctx, AccountDraft())),
        (keepers, lambda ctx: accounts.close(ctx, made["page"], -1, "", never)),
        (keepers, lambda ctx: watching_rota.save_turns(ctx, made["page"], -1, ())),
        (WITH_LEADERS, lambda ctx: watching_rota.add_cover(ctx, CoverDraft(None, None, None, None))),
        (WITH_LEADERS, lambda ctx: watching.look(ctx, [made["page"]], on=never)),
        (WITH_LEADERS, lambda ctx: messages.save(ctx, MessageDraft())),
        (WITH_LEADERS, lambda ctx: messages.withdraw(ctx, made["message"], -1, "")),
        # A leader logs no incidents.
        (CASEWORKERS, lambda ctx: messages.hand_over(ctx, made["message"], -1)),
        (CASEWORKERS, lambda ctx: findings.hand_over(ctx, made["finding"], -1)),
        (WITH_LEADERS, lambda ctx: sign_offs.ask(ctx, SignOffDraft())),
        (leaders, lambda ctx: sign_offs.decide(ctx, made["post"], -1, Verdict.REFUSE)),
        (WITH_LEADERS, lambda ctx: blocks.save(ctx, BlockDraft())),
        (WITH_LEADERS, lambda ctx: reputation.save(ctx, PlaceDraft())),
        (WITH_LEADERS, lambda ctx: reputation.check(ctx, made["place"], CheckDraft(never))),
        (WITH_LEADERS, lambda ctx: findings.save(ctx, FindingDraft())),
        (CASEWORKERS, lambda ctx: policies.save(ctx, PolicyDraft())),
        (CASEWORKERS, lambda ctx: policies.retire(ctx, made["policy"], -1, "")),
        (CASEWORKERS, lambda ctx: agreements.record(ctx, made["policy"], [], Answer.SIGNED, never)),
        (CASEWORKERS, lambda ctx: training.save_type(ctx, TrainingTypeDraft())),
        (CASEWORKERS, lambda ctx: training.record(ctx, made["training"], [], never)),
        (CASEWORKERS, lambda ctx: education.save(ctx, EducationDraft())),
        ({"headteacher", "business_manager"}, lambda ctx: people_import.back_up(ctx)),
    ]
    before = {
        "case": tell.case(story, made["case"]).version,
        "page": tell.account(story, made["page"]).version,
    }
    for number, (wanted, doing) in enumerate(doors):
        assert able(story, doing) == wanted, f"door {number}"
    assert tell.case(story, made["case"]).version == before["case"]
    assert tell.account(story, made["page"]).version == before["page"]


@pytest.mark.parametrize("login", ["governor", "chair"])
def test_the_governors_report_tells_of_all_of_it_and_names_nobody(story: Story, login: str) -> None:
    in_full(story)
    story.days_pass(5)
    year = periods.parse_period("2025-26")
    file = story.school.folder.root.parent / "report.pdf"
    reports.governor_pdf(story.at(login), year, file)
    text = printed(file.read_bytes())
    for title in (
        "School accounts",
        "Looking after the accounts",
        "What came in on the school's accounts",
        "Agreements",
        "Training",
        "Online-safety education",
        "What is said about the school elsewhere",
        "Policies due for review",
    ):
        assert title in text
    for word in (
        "Hazel",
        "Cedar",
        "Quillfeather",
        "annaq_79",
        "whispers",
        "Whispers",
        "Choir",
        "2026/B",
        "2026/M",
    ):
        assert word not in text
