"""Posts put to a senior leader: who decides, what stays as it was, and what is listed for whom (ACC-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry, User
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.services import attached_files, sign_off_list, sign_offs
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.sign_off_records import (
    SignOffColumn,
    SignOffDraft,
    SignOffFilter,
    SignOffRecord,
    SignOffSort,
    SignOffStatus,
    SignOffView,
    Verdict,
)
from tests.support.accounts import an_account
from tests.support.school import START, SmallSchool

POST = "From September the tie is green."
TODAY = START.date()


def draft(school: SmallSchool, **more: object) -> SignOffDraft:
    fields: dict[str, object] = {
        "account_id": an_account(school),
        "title": "New uniform",
        "post": POST,
        "concern": "Some families are cross about the cost.",
        "planned_for": TODAY + timedelta(days=2),
        **more,
    }
    return SignOffDraft(**fields)


def ask(school: SmallSchool, login: str = "business_manager", **more: object) -> int:
    return sign_offs.ask(school.ctx_for(login), draft(school, **more)).id


def opened(school: SmallSchool, number: int, login: str = "headteacher") -> SignOffRecord:
    return sign_offs.open_sign_off(school.ctx_for(login), number)


def decide(
    school: SmallSchool, number: int, verdict: Verdict, *words: str, login: str = "headteacher"
) -> None:
    sign_offs.decide(school.ctx_for(login), number, opened(school, number).version, verdict, *words)


def test_a_post_is_asked_approved_and_published(school: SmallSchool) -> None:
    number = ask(school)
    record = opened(school, number)
    assert (record.status, record.asked_by, record.to_publish, record.why_not_mine) == (
        SignOffStatus.WAITING,
        "Ms B. Cedar",
        "",
        "",
    )
    decide(school, number, Verdict.APPROVE)
    record = opened(school, number)
    assert (record.status, record.decided_by, record.to_publish) == (
        SignOffStatus.APPROVED,
        "Mrs H. Alder",
        POST,
    )
    office = school.ctx_for("business_manager")
    for on, said in (
        (TODAY + timedelta(days=1), "future"),
        (TODAY - timedelta(days=1), "mistake on a school account"),
    ):
        with pytest.raises(Invalid, match=said):
            sign_offs.mark_published(office, number, record.version, on)
    sign_offs.mark_published(office, number, record.version, TODAY)
    assert opened(school, number).published_on == TODAY
    sign_offs.mark_published(office, number, record.version + 1, None)
    assert opened(school, number).published_on is None
    with school.database.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.object_kind == "sign_off").order_by(AuditEntry.seq)
        assert list(session.scalars(query)) == [
            "sign_off.asked",
            "sign_off.decided",
            "sign_off.published",
            "sign_off.published",
        ]


def test_a_change_needs_its_text_and_a_refusal_its_reason(school: SmallSchool) -> None:
    number = ask(school)
    for verdict, words, fields in (
        (Verdict.REFUSE, (" ",), ["reason"]),
        (Verdict.CHANGE, ("", ""), ["reason", "changed_post"]),
        (Verdict.CHANGE, ("Softer.", f" {POST} "), ["changed_post"]),
        (Verdict.CHANGE, ("Softer.", "x" * 20_001), ["changed_post"]),
    ):
        with pytest.raises(Invalid) as caught:
            decide(school, number, verdict, *words)
        assert [each.field for each in caught.value.problems] == fields
    decide(school, number, Verdict.CHANGE, "Softer.", "The tie will be green.")
    record = opened(school, number)
    assert (record.status, record.to_publish, record.draft.post) == (
        SignOffStatus.CHANGED,
        "The tie will be green.",
        POST,
    )
    refused = ask(school)
    decide(school, refused, Verdict.REFUSE, "Not before the governors met.")
    assert opened(school, refused).to_publish == ""
    with pytest.raises(Refused, match="Only an approved post"):
        sign_offs.mark_published(school.ctx_for("business_manager"), refused, 2, TODAY)


def test_nobody_decides_their_own_post(school: SmallSchool) -> None:
    own = ask(school, "headteacher")
    with pytest.raises(Refused, match="yourself"):
        decide(school, own, Verdict.APPROVE)
    # A second account of the same person is the same person.
    with school.database.writing() as session:
        session.get_one(User, school.users["leadership"]).person_id = school.people["head"]
    with pytest.raises(Refused, match="yourself"):
        decide(school, own, Verdict.APPROVE, login="leadership")
    with school.database.writing() as session:
        session.get_one(User, school.users["leadership"]).person_id = None
    decide(school, own, Verdict.APPROVE, login="leadership")
    assert opened(school, own).status is SignOffStatus.APPROVED


def test_only_who_was_asked_or_the_headteacher_decides(school: SmallSchool) -> None:
    with school.database.writing() as session:
        session.get_one(User, school.users["dsl"]).roles = ["dsl", "leadership"]
    number = ask(school, asked_of=school.users["dsl"])
    with pytest.raises(Refused, match=r"put to Mr D\. Birch"):
        decide(school, number, Verdict.APPROVE, login="leadership")
    for login in ("business_manager", "governor"):
        with pytest.raises(NotAllowed):
            decide(school, number, Verdict.APPROVE, login=login)
    assert "leadership team decides" in opened(school, number, "business_manager").why_not_mine
    decide(school, number, Verdict.APPROVE, login="dsl")
    other = ask(school, asked_of=school.users["dsl"])
    decide(school, other, Verdict.APPROVE)


def test_what_was_decided_stays_and_is_asked_anew(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    number = ask(school)
    decide(school, number, Verdict.CHANGE, "Softer.", "The tie will be green.")
    doings: tuple[Callable[[], object], ...] = (
        lambda: sign_offs.ask(office, draft(school), number, 2),
        lambda: sign_offs.withdraw(office, number, 2, "No."),
        lambda: decide(school, number, Verdict.APPROVE),
    )
    for does in doings:
        with pytest.raises(Refused, match="Ask anew"):
            does()
    school.clock.forward(days=30)
    again = sign_offs.ask_anew(office, number)
    assert (again.post, again.planned_for, again.title) == ("The tie will be green.", None, "New uniform")


def test_a_leader_does_not_decide_about_what_they_have_not_seen(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    number = ask(school)
    head = school.ctx_for("headteacher")
    attached_files.add(office, Owner(OwnerKind.SIGN_OFF, number), "tie.txt", b"A picture of a tie.")
    with pytest.raises(Conflict):
        sign_offs.decide(head, number, 1, Verdict.APPROVE)
    assert [file.name for file in opened(school, number).files] == ["tie.txt"]
    sign_offs.decide(head, number, 2, Verdict.APPROVE)


def test_a_request_can_be_changed_and_taken_back_while_it_waits(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    number = ask(school)
    held = opened(school, number).draft
    sign_offs.ask(office, replace(held, post="Another text."), number, 1)
    with pytest.raises(Conflict) as caught:
        sign_offs.ask(office, replace(held, title="Ties", asked_of=school.users["headteacher"]), number, 1)
    assert [(each.field, each.theirs, each.mine) for each in caught.value.changes] == [
        ("title", "New uniform", "Ties"),
        ("post", "Another text.", POST),
        ("asked_of", "Any of them", "Mrs H. Alder"),
    ]
    assert sign_offs.ask(office, replace(held, post="Another text."), number, 2).changes == frozenset()
    with pytest.raises(Invalid, match="why"):
        sign_offs.withdraw(office, number, 2, "")
    sign_offs.withdraw(office, number, 2, "The governors changed their mind.")
    record = opened(school, number)
    assert (record.status, record.editable) == (SignOffStatus.WITHDRAWN, False)
    assert [line.kind for line in record.history] == ["asked", "changed", "withdrawn"]


def test_what_is_wrong_is_said_all_at_once(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    with pytest.raises(Invalid) as caught:
        sign_offs.ask(
            office,
            SignOffDraft(planned_for=TODAY - timedelta(days=1), asked_of=school.users["business_manager"]),
        )
    assert [each.field for each in caught.value.problems] == [
        "account_id",
        "title",
        "post",
        "concern",
        "planned_for",
        "asked_of",
    ]
    closed = an_account(school, closed_on=date(2026, 1, 1))
    with school.database.writing() as session:
        session.get_one(User, school.users["leadership"]).active = False
    for more, said in (
        ({"account_id": closed}, "closed"),
        ({"asked_of": school.users["leadership"]}, "leadership team"),
        ({"post": "x" * 20_001}, "20,000"),
    ):
        with pytest.raises(Invalid, match=said):
            ask(school, **more)
    with pytest.raises(Invalid, match="own post"):
        ask(school, "headteacher", asked_of=school.users["headteacher"])


def test_who_may_be_asked(school: SmallSchool) -> None:
    names = [each.name for each in sign_offs.leaders(school.ctx_for("business_manager"))]
    assert names == ["Mr L. Damson", "Mrs H. Alder"]
    assert [each.name for each in sign_offs.leaders(school.ctx_for("headteacher"))] == ["Mr L. Damson"]
    with pytest.raises(NotAllowed):
        sign_offs.leaders(school.ctx_for("governor"))
    with pytest.raises(NotFound):
        opened(school, 99)


def test_each_view_holds_what_it_says(school: SmallSchool, tmp_path: Path) -> None:
    with school.database.writing() as session:
        session.get_one(User, school.users["dsl"]).roles = ["dsl", "leadership"]
    anyones = ask(school)
    to_dsl = ask(school, asked_of=school.users["dsl"], planned_for=TODAY)
    leaders_own = ask(school, "leadership")
    approved, refused = ask(school), ask(school)
    decide(school, approved, Verdict.APPROVE)
    decide(school, refused, Verdict.REFUSE, "No.")

    def shown(login: str, view: SignOffView, **more: object) -> list[int]:
        wanted = SignOffFilter(view, **more)
        return sorted(sign_off_list.sorted_ids(school.ctx_for(login), wanted, SignOffSort()))

    waiting = [anyones, to_dsl, leaders_own]
    mine = {
        "headteacher": waiting,
        "dsl": waiting,
        "leadership": [anyones],
        "business_manager": [],
    }
    for login, expected in mine.items():
        assert shown(login, SignOffView.WAITING) == waiting
        assert shown(login, SignOffView.MINE) == expected, login
        # The list and the record say the same about who decides.
        assert [each for each in waiting if not opened(school, each, login).why_not_mine] == expected
        counts = sign_off_list.view_counts(school.ctx_for(login))
        assert list(counts.values()) == [3, len(expected), 1, 2, 5]
    assert shown("dsl", SignOffView.READY) == [approved]
    assert shown("dsl", SignOffView.DECIDED) == [approved, refused]
    assert shown("dsl", SignOffView.ALL, text="TIE green") == [*waiting, approved, refused]
    assert shown("dsl", SignOffView.ALL, text="100%") == []
    office = school.ctx_for("business_manager")
    (row,) = sign_off_list.rows(office, [to_dsl])
    assert (row.late, row.asked_of, row.account) == (True, "Mr D. Birch", "@brambleford on Facebook")
    assert sign_off_list.status_words(row) == "Waits for a decision, planned for today or before"
    for kind in ("csv", "pdf"):
        file = tmp_path / f"list.{kind}"
        assert (
            sign_off_list.export(
                office, SignOffFilter(SignOffView.ALL), SignOffSort(), list(SignOffColumn), file, kind
            )
            == 5
        )
    for column in SignOffColumn:
        for descending in (False, True):
            ids = sign_off_list.sorted_ids(
                office, SignOffFilter(SignOffView.ALL), SignOffSort(column, descending)
            )
            assert len(ids) == 5
