"""What goes out on an account, what stands on the register about it, and who is shut out (ACC-6 to ACC-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.policy.accounts import GapKind
from smdesk.policy.vocabulary import Conduct
from smdesk.services import accounts, attached_files, block_list, blocks, sign_offs
from smdesk.services.account_records import AccountDraft, BlockDraft, BlockFilter, BlockSort, BlockView
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.sign_off_records import SignOffDraft, SignOffStatus, Verdict
from smdesk.services.today_records import DueKind, Target
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story

POST = "From September the tie is green. Whoever has a blue one may wear it until Christmas."


def asked(story: Story, account: int, by: str = "business_manager", **more: object) -> int:
    draft = SignOffDraft(account, "The new tie", POST, "Last year’s petition was about the tie.")
    return sign_offs.ask(story.at(by), replace(draft, **more)).id


def test_acc_6_a_post_that_may_be_controversial_is_seen_by_a_leader_before_it_goes_out(story: Story) -> None:
    account = tell.on_the_register(story)
    post = asked(story, account, planned_for=story.today + timedelta(days=1))
    owner = Owner(OwnerKind.SIGN_OFF, post)
    attached_files.add(story.office, owner, "tie.txt", b"A green tie on a table")
    for login in ("headteacher", "leadership"):
        (item,) = tell.due(story, login)[DueKind.SIGN_OFF].items
        assert item.target == Target("accounts", "sign_offs", post)
    assert DueKind.SIGN_OFF not in tell.due(story)
    version = sign_offs.open_sign_off(story.office, post).version
    with pytest.raises(Refused, match="Only an approved post is published"):
        sign_offs.mark_published(story.office, post, version, story.today)
    with pytest.raises(NotAllowed):
        sign_offs.decide(story.office, post, version, Verdict.APPROVE)
    # While the leader reads, the picture is exchanged: what they decide about is not what they saw.
    attached_files.add(story.office, owner, "tie2.txt", b"A child with a green tie")
    with pytest.raises(Conflict):
        sign_offs.decide(story.head, post, version, Verdict.APPROVE)
    version = sign_offs.open_sign_off(story.head, post).version
    with pytest.raises(Invalid, match="Say why"):
        sign_offs.decide(story.head, post, version, Verdict.CHANGE, changed_post="The tie is green.")
    changed = sign_offs.decide(
        story.head,
        post,
        version,
        Verdict.CHANGE,
        "Not the whole history.",
        "From September the tie is green.",
    )
    record = sign_offs.open_sign_off(story.office, post)
    assert (record.status, record.to_publish) == (SignOffStatus.CHANGED, "From September the tie is green.")
    assert record.draft.post == POST  # what was asked stays beside what may go out
    with pytest.raises(Refused, match="decided or withdrawn"):
        sign_offs.decide(story.at("leadership"), post, changed.version, Verdict.APPROVE)
    story.days_pass(1)
    sign_offs.mark_published(story.office, post, changed.version, story.today)
    assert [line.kind for line in sign_offs.open_sign_off(story.office, post).history][-1] == "published"


def test_acc_6_nobody_signs_off_their_own_post(story: Story) -> None:
    account = tell.on_the_register(story)
    own = asked(story, account, by="headteacher")
    assert DueKind.SIGN_OFF not in tell.due(story, "headteacher")
    assert tell.due(story, "leadership")[DueKind.SIGN_OFF].count == 1
    version = sign_offs.open_sign_off(story.head, own).version
    assert "You asked for this yourself" in sign_offs.open_sign_off(story.head, own).why_not_mine
    with pytest.raises(Refused, match="You asked for this yourself") as caught:
        sign_offs.decide(story.head, own, version, Verdict.APPROVE)
    assert caught.value.rule == "ACC-6"
    assert [each.name for each in sign_offs.leaders(story.head)] == ["Mr L. Damson"]
    sign_offs.decide(story.at("leadership"), own, version, Verdict.REFUSE, "Wait for the governors.")
    assert sign_offs.open_sign_off(story.head, own).to_publish == ""


def test_a_handle_with_the_link_of_another_platform_is_told_which_one_it_is(story: Story) -> None:
    instagram = "https://www.instagram.com/brambleford"
    for wrong in (instagram, "https://instagram.com/p/1?x=facebook.com"):
        with pytest.raises(Invalid) as caught:
            tell.on_the_register(story, link=wrong)
        (problem,) = caught.value.problems
        assert problem.field == "link"
        assert "Instagram" in problem.message
        assert "Facebook" in problem.message
    # A look-alike is no Facebook either, nor is anything that is no web address.
    for wrong in (
        "https://facebook.com.evil.example/brambleford",
        "https://notfacebook.com/brambleford",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ):
        with pytest.raises(Invalid):
            tell.on_the_register(story, link=wrong)
    assert accounts.choices(story.office) == []
    account = tell.on_the_register(story, platform="instagram", link=instagram)
    assert tell.account(story, account).name == "@brambleford on Instagram"


def test_the_register_holds_an_account_once_and_no_password_and_says_everything_at_once(story: Story) -> None:
    account = tell.on_the_register(story, "Brambleford", credentials_place="The office safe, blue envelope")
    with pytest.raises(Invalid, match="@Brambleford on Facebook is on the register already"):
        tell.on_the_register(story, "@BRAMBLEFORD")
    tell.on_the_register(story, "Brambleford", platform="x")
    before = story.audited
    with pytest.raises(Invalid) as caught:
        wrong = AccountDraft(
            platform="facebook",
            link="https://x.com/brambleford",
            credentials_place="password: hunter22",
            opened_on=story.today + timedelta(days=1),
            runners=(tell.runs_it(story, "teacher"), tell.runs_it(story, "teacher")),
        )
        accounts.save(story.office, wrong)
    assert {each.field for each in caught.value.problems} == {
        "handle",
        "link",
        "credentials_place",
        "opened_on",
        "runners",
    }
    assert story.audited == before
    assert tell.account(story, account).draft.credentials_place == "The office safe, blue envelope"


def test_acc_7_the_checklist_is_seen_to_point_by_point(story: Story) -> None:
    account = tell.on_the_register(story)
    (gap,) = [each for each in tell.standing(story, account).gaps if each.kind is GapKind.CHECKLIST]
    for words in ("who posts", "disclaimer", "permission and credit", "tagging people"):
        assert words in gap.text
    tell.ticked(story, account)
    assert (GapKind.CHECKLIST, "") not in tell.lacks(story, account)
    assert tell.account(story, account).checklist_on == story.today


def test_acc_9_a_block_stands_until_it_is_reviewed_and_the_incident_it_came_from_stays_hidden(
    story: Story,
) -> None:
    account = tell.on_the_register(story)
    incident = story.logged(
        "Insults under every post",
        Conduct.ABUSIVE,
        by="dsl",
        author="anna",
        confidentiality="staff",
    )
    draft = BlockDraft(
        account_id=account,
        who="annaq_79",
        person_id=story.school.people["anna"],
        reason="Called the caretaker a thief under nine posts",
        since_on=story.today,
        incident_id=incident,
    )
    block = blocks.save(story.dsl, draft).id
    held = blocks.open_block(story.dsl, block)
    assert held.draft.review_on == date(2026, 9, 11)
    assert held.incident == "2026/0001"
    # The office sees that there is one, where and since when: not who, not why, and no reference.
    seen = blocks.open_block(story.office, block)
    assert (seen.masked, seen.draft.who, seen.draft.reason, seen.incident) == (True, "", "", "")
    assert (seen.where, seen.draft.since_on) == ("@brambleford on Facebook", story.today)
    with pytest.raises(NotAllowed):
        blocks.end(story.office, block, seen.version, "Let us be kind", story.today)
    for text in ("annaq", "caretaker", "2026/0001"):
        ids = block_list.sorted_ids(story.office, BlockFilter(BlockView.ALL, text=text), BlockSort())
        assert list(ids) == []
    # Its review comes up for who may read it, on the day and not before.
    story.time_is(story.school.clock.now.replace(month=9, day=10))
    assert DueKind.BLOCK not in tell.due(story, "dsl")
    story.days_pass(1)
    (item,) = tell.due(story, "dsl")[DueKind.BLOCK].items
    assert item.target == Target("accounts", "blocks", block)
    assert "annaq" not in tell.due_words(story)
    version = blocks.open_block(story.dsl, block).version
    version = blocks.keep(story.dsl, block, version, "Wrote again in August").version
    assert DueKind.BLOCK not in tell.due(story, "dsl")
    blocks.end(story.dsl, block, version, "An apology came", story.today)
    assert blocks.open_block(story.dsl, block).ended_on == story.today
