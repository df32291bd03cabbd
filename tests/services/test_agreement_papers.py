"""What goes out: slips to sign, who is outstanding, and the policies with their reviews (AUP-1, AUP-3, DOC-3)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import agreement_outstanding, agreement_papers, agreements, policies, policy_list
from smdesk.services.agreement_records import (
    AnswerColumn,
    AnswerFilter,
    AnswerSort,
    AnswerView,
    PolicyColumn,
    PolicyDraft,
    PolicyFilter,
    PolicySort,
    PolicyView,
)
from tests.documents.reading import text_of, texts_of
from tests.services.test_agreements import TODAY, policy, put
from tests.support.school import SmallSchool


def table(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def actions(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def test_a_slip_for_each_person_in_their_order(school: SmallSchool) -> None:
    number, ctx = (
        policy(school, "Home and school", PersonKind.PARENT, PersonKind.PUPIL),
        school.ctx_for("dsl"),
    )
    put(school, "sam", class_name="5 Oak")
    put(school, "anna", family_name="O’Quill & <i>Sons</i>")
    people = [school.people[key] for key in ("sam", "anna", "sam", "teacher")]
    pages = texts_of(agreement_papers.slip_pdf(ctx, number, people))
    assert len(pages) == 2
    assert pages[0].index("Sam Quillfeather") < pages[0].index("Anna O’Quill & <i>Sons</i>")
    assert "Year 5, 5 Oak" in pages[0]
    assert "Tim Hazel" in pages[1]
    assert "I do not wish to sign" not in pages[1]
    assert actions(school)[-1] == "policy.slips_printed"


def test_blank_slips_fill_a_page(school: SmallSchool) -> None:
    pages = texts_of(agreement_papers.slip_pdf(school.ctx_for("dsl"), policy(school)))
    assert len(pages) == 1
    assert pages[0].count("Class, or at the school as") == 2


def test_slips_of_rows_stand_policy_by_policy(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    policy(school, "A first", PersonKind.PUPIL)
    policy(school, "B second", PersonKind.PUPIL)
    ids = agreement_outstanding.sorted_ids(ctx, AnswerFilter(), AnswerSort())
    assert len(ids) == 4
    pages = texts_of(agreement_papers.slips_pdf(ctx, ids))
    assert [("A first" in page, "B second" in page) for page in pages] == [(True, False), (False, True)]


def test_no_slip_of_what_cannot_be_signed(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    bare = policies.save(ctx, PolicyDraft("Without a version", asked_of=(PersonKind.STAFF,))).id
    with pytest.raises(Refused, match="no version in use"):
        agreement_papers.slip_pdf(ctx, bare, [school.people["head"]])
    with pytest.raises(NotFound):
        agreement_papers.slip_pdf(ctx, 99_999, [school.people["head"]])
    with pytest.raises(NotFound):
        agreement_papers.slip_pdf(ctx, policy(school), [99_999])
    with pytest.raises(NotAllowed):
        agreement_papers.slip_pdf(school.ctx_for("governor"), bare)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_the_outstanding_go_out_as_they_are_shown(school: SmallSchool, tmp_path: Path, kind: str) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["ben"]], "declined", TODAY)
    file = tmp_path / f"list.{kind}"
    columns = [AnswerColumn.NAME, AnswerColumn.CHILDREN, AnswerColumn.STATE]
    wanted = AnswerFilter(AnswerView.ALL, policy_id=number, text="quill")
    assert agreement_papers.export_answers(ctx, wanted, AnswerSort(), columns, file, kind) == 2
    assert actions(school)[-1] == "list.exported"
    if kind == "csv":
        assert table(file) == [
            ["Name", "Parent or carer of", "Answer"],
            ["Anna Quillfeather", "Sam Quillfeather", "Outstanding"],
            ["Ben Quillfeather", "Sam Quillfeather", "Declined 11 March 2026"],
        ]
    elif kind == "pdf":
        said = text_of(file.read_bytes())
        assert "everybody asked, “Acceptable use”, holding “quill”" in said
        assert "Declined 11 March 2026" in said


def test_a_name_that_looks_like_a_formula_is_text(school: SmallSchool, tmp_path: Path) -> None:
    policy(school)
    put(school, "anna", given_name="=1+1", family_name="Quill")
    file = tmp_path / "list.csv"
    agreement_papers.export_answers(
        school.ctx_for("business_manager"), AnswerFilter(), AnswerSort(), [AnswerColumn.NAME], file, "csv"
    )
    assert all(not cell.startswith("=") for row in table(file) for cell in row)


def test_policies_and_their_reviews_go_out(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("headteacher")
    policy(school, review_months=6, reviewers="Online safety group")
    policy(school, "Staff rules", PersonKind.STAFF, review_months=0)
    file = tmp_path / "policies.csv"
    columns = [PolicyColumn.TITLE, PolicyColumn.REVIEW, PolicyColumn.REVIEWERS, PolicyColumn.OUTSTANDING]
    agreement_papers.export_policies(ctx, PolicyFilter(), PolicySort(), columns, file, "csv")
    assert table(file)[1:] == [
        ["Acceptable use", "Overdue by 10 days: 1 March 2026", "Online safety group", "3"],
        ["Staff rules", "No review is set", "", "4"],
    ]
    with pytest.raises(Invalid, match="at least one column"):
        agreement_papers.export_policies(ctx, PolicyFilter(), PolicySort(), [], file, "csv")


# The list of policies


def test_views_filters_and_orders_of_the_list(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    late = policy(school, "Zebra", review_months=6)
    policy(school, "Apple", PersonKind.STAFF, review_months=0)
    gone = policy(school, "Gone", PersonKind.PUPIL)
    policies.retire(ctx, gone, policies.open_policy(ctx, gone).version, "Old")

    def titles(wanted: PolicyFilter, sort: PolicySort | None = None) -> list[str]:
        ids = policy_list.sorted_ids(ctx, wanted, sort or PolicySort())
        return [row.title for row in policy_list.rows(ctx, ids)]

    assert titles(PolicyFilter()) == ["Apple", "Zebra"]
    assert titles(PolicyFilter(), PolicySort(descending=True)) == ["Zebra", "Apple"]
    # What has no day stands last either way.
    for descending in (False, True):
        assert titles(PolicyFilter(), PolicySort(PolicyColumn.REVIEW, descending)) == ["Zebra", "Apple"]
    assert titles(PolicyFilter(PolicyView.REVIEW)) == ["Zebra"]
    assert titles(PolicyFilter(PolicyView.RETIRED)) == ["Gone"]
    assert titles(PolicyFilter(text="APP")) == ["Apple"]
    assert titles(PolicyFilter(asked=PersonKind.STAFF)) == ["Apple"]
    counts = policy_list.view_counts(ctx)
    assert [counts[view] for view in PolicyView] == [2, 1, 1, 3]
    with school.database.reading() as session:
        (due,) = policy_list.due_reviews(session, TODAY, 28)
        assert (due.policy_id, due.review_on, due.overdue) == (late, date(2026, 3, 1), True)
        assert policy_list.due_reviews(session, date(2026, 1, 15), 28) == []
