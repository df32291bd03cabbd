"""Blocks: who, where, why, until when; and nothing of a confidential incident shows through one (ACC-9)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.services import account_list, account_papers, accounts, block_list, blocks, settings
from smdesk.services.account_records import (
    BLOCK_MASKED,
    AccountColumn,
    AccountFilter,
    AccountSort,
    AccountView,
    BlockColumn,
    BlockDraft,
    BlockFilter,
    BlockSort,
    BlockView,
)
from smdesk.services.incident_records import Confidentiality
from tests.services.test_accounts import save
from tests.support.school import SmallSchool

OFFICE = "business_manager"
TODAY = date(2026, 3, 11)


def draft(**more: object) -> BlockDraft:
    base = BlockDraft(
        place="E-mail to the office", who="angry_oak", reason="Insults, four times", since_on=TODAY
    )
    return replace(base, **more)


def add(school: SmallSchool, login: str = OFFICE, **more: object) -> int:
    return blocks.save(school.ctx_for(login), draft(**more)).id


def shown(
    school: SmallSchool, login: str = OFFICE, sort: BlockSort | None = None, **wanted: object
) -> list[int]:
    found = BlockFilter(**{"view": BlockView.ALL, **wanted})
    return list(block_list.sorted_ids(school.ctx_for(login), found, sort or BlockSort(BlockColumn.WHO)))


def test_a_block_is_looked_at_again_as_the_policy_says(school: SmallSchool) -> None:
    block_id = add(school)
    record = blocks.open_block(school.ctx_for(OFFICE), block_id)
    assert record.draft.review_on == date(2026, 9, 11)
    assert (record.where, record.draft.who, record.ended_on) == ("E-mail to the office", "angry_oak", None)
    assert [line.kind for line in record.history] == ["added"]
    assert record.history[0].rule == "ACC-9"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("who", {"who": " "}),
        ("reason", {"reason": ""}),
        ("place", {"place": ""}),
        ("since_on", {"since_on": None}),
        ("since_on", {"since_on": TODAY + timedelta(days=1)}),
        ("review_on", {"review_on": TODAY}),
        ("account_id", {"account_id": 99}),
        ("person_id", {"person_id": 999}),
        ("who", {"who": "x" * 201}),
    ],
)
def test_what_cannot_be_is_refused(school: SmallSchool, field: str, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        add(school, **wrong)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_block_on_an_account_says_which_and_counts_there(school: SmallSchool) -> None:
    account_id = save(school)
    block_id = add(school, account_id=account_id)
    record = blocks.open_block(school.ctx_for(OFFICE), block_id)
    assert (record.where, record.draft.place) == ("@brambleford on Facebook", "")
    assert accounts.open_account(school.ctx_for(OFFICE), account_id).blocks == 1
    assert shown(school, platform="facebook") == [block_id]
    assert shown(school, platform="instagram") == []


def test_reviewing_ending_and_bringing_back(school: SmallSchool) -> None:
    block_id = add(school, since_on=date(2025, 9, 1), review_on=date(2026, 3, 1))
    ctx = school.ctx_for(OFFICE)
    assert shown(school, view=BlockView.REVIEW_DUE) == [block_id]
    with pytest.raises(Invalid, match="to come"):
        blocks.keep(ctx, block_id, 1, "Still insults", TODAY)
    blocks.keep(ctx, block_id, 1, "Still insults")
    assert blocks.open_block(ctx, block_id).draft.review_on == date(2026, 9, 11)
    assert shown(school, view=BlockView.REVIEW_DUE) == []
    for reason, on in (
        ("", TODAY),
        ("Apologised", TODAY + timedelta(days=1)),
        ("Apologised", date(2025, 8, 1)),
    ):
        with pytest.raises(Invalid):
            blocks.end(ctx, block_id, 2, reason, on)
    with pytest.raises(Conflict):
        blocks.end(ctx, block_id, 1, "Apologised", TODAY)
    blocks.end(ctx, block_id, 2, "Apologised", TODAY)
    with pytest.raises(Refused):
        blocks.end(ctx, block_id, 3, "Again", TODAY)
    with pytest.raises(Refused):
        blocks.save(ctx, draft(who="x"), block_id, 3)
    assert block_list.view_counts(ctx) == {
        BlockView.STANDING: 0,
        BlockView.REVIEW_DUE: 0,
        BlockView.ENDED: 1,
        BlockView.ALL: 1,
    }
    blocks.reopen(ctx, block_id, 3, "Began again")
    with pytest.raises(Refused):
        blocks.reopen(ctx, block_id, 4, "Twice")
    kinds = [line.kind for line in blocks.open_block(ctx, block_id).history]
    assert kinds == ["added", "reviewed", "ended", "reopened"]


def test_two_at_once_are_told_of_each_other(school: SmallSchool) -> None:
    block_id = add(school)
    ctx = school.ctx_for(OFFICE)
    stored = blocks.open_block(ctx, block_id).draft
    blocks.save(ctx, replace(stored, reason="Insults, five times"), block_id, 1)
    with pytest.raises(Conflict) as caught:
        blocks.save(ctx, replace(stored, who="angry_oak_2"), block_id, 1)
    assert [each.field for each in caught.value.changes] == ["who", "reason"]
    assert blocks.save(ctx, replace(stored, reason="Insults, five times"), block_id, 1).changes == frozenset()


def test_a_block_from_a_confidential_incident_says_nothing_of_it(school: SmallSchool) -> None:
    incident_id = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    begun = blocks.draft_for_incident(school.ctx_for("dsl"), incident_id)
    assert (begun.who, begun.incident_id) == ("Anna Quillfeather", incident_id)
    hidden = blocks.save(school.ctx_for("dsl"), replace(begun, place="Facebook", reason="Threats")).id
    plain = add(school)
    office = school.ctx_for(OFFICE)
    with pytest.raises(NotFound):
        blocks.draft_for_incident(office, incident_id)
    record = blocks.open_block(office, hidden)
    assert record.masked
    assert (record.draft.who, record.draft.reason, record.draft.person_id, record.incident) == (
        "",
        "",
        None,
        "",
    )
    assert record.history == ()
    assert record.where == "Facebook"
    rows = {row.id: row for row in block_list.rows(office, [hidden, plain])}
    assert (rows[hidden].who, rows[hidden].reason, rows[hidden].incident) == (BLOCK_MASKED, "", "")
    # Neither a search nor a filter nor an order by who or why tells anything of it.
    assert shown(school, text="quillfeather") == []
    assert shown(school, text="threats") == []
    assert shown(school, text="facebook") == []
    assert shown(school, person_id=school.people["anna"]) == []
    for descending in (False, True):
        for column in (BlockColumn.WHO, BlockColumn.REASON, BlockColumn.INCIDENT):
            assert shown(school, sort=BlockSort(column, descending)) == [plain, hidden]
    assert shown(school, "dsl", text="threats") == [hidden]
    assert shown(school, "dsl", person_id=school.people["anna"]) == [hidden]
    for change in (
        lambda: blocks.end(office, hidden, 1, "x", TODAY),
        lambda: blocks.keep(office, hidden, 1, "x"),
        lambda: blocks.save(office, draft(), hidden, 1),
    ):
        with pytest.raises(NotAllowed):
            change()
    with pytest.raises(NotFound):
        add(school, incident_id=incident_id)


def test_search_knows_capitals_of_any_language(school: SmallSchool) -> None:
    block_id = add(school, who="ÉCLAIR_99", reason="100% rude")
    assert shown(school, text="éclair") == [block_id]
    assert shown(school, text="100%") == [block_id]
    assert shown(school, text="%") == [block_id]
    assert shown(school, text="_9%") == []


def test_the_registers_go_out_as_they_are_shown(school: SmallSchool, tmp_path: Path) -> None:
    save(school, handle="=cmd", link="")
    add(school, who="+44 angry")
    ctx = school.ctx_for(OFFICE)
    columns = (AccountColumn.NAME, AccountColumn.STANDING, AccountColumn.CREDENTIALS, AccountColumn.APPROVED)
    file = tmp_path / "accounts.csv"
    wanted = AccountFilter(view=AccountView.ALL)
    assert account_papers.export_accounts(ctx, wanted, AccountSort(), columns, file, "csv") == 1
    lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert lines[0] == ["Account", "Standing", "Password kept", "Approved"]
    assert lines[1][0] == "@=cmd on Facebook" or lines[1][0].startswith("'")
    assert "Not yet approved" in lines[1][1]
    pdf = tmp_path / "blocks.pdf"
    assert account_papers.export_blocks(ctx, BlockFilter(), BlockSort(), tuple(BlockColumn), pdf, "pdf") == 1
    assert pdf.read_bytes().startswith(b"%PDF")
    with pytest.raises(Invalid):
        account_papers.export_accounts(ctx, wanted, AccountSort(), (), file, "csv")
    with pytest.raises(NotAllowed):
        account_papers.export_blocks(
            school.ctx_for("leadership"), BlockFilter(), BlockSort(), tuple(BlockColumn), pdf, "pdf"
        )
    with school.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("list.exported") == 2


def test_filters_are_kept_and_read_back(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    wanted = AccountFilter(view=AccountView.CLOSED, text="x", platform="facebook", person_id=3)
    settings.save_filter(
        ctx, account_list.SAVED_FILTERS, "Mine", wanted, AccountSort(AccountColumn.REVIEW, True)
    )
    (kept,) = settings.list_filters(ctx, account_list.SAVED_FILTERS)
    assert (kept.filter, kept.sort) == (wanted, AccountSort(AccountColumn.REVIEW, True))
    other = BlockFilter(view=BlockView.ENDED, account_id=4)
    settings.save_filter(ctx, block_list.SAVED_FILTERS, "Mine", other, BlockSort())
    assert settings.list_filters(ctx, block_list.SAVED_FILTERS)[0].filter == other


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", list(AccountColumn))
def test_every_column_sorts_and_its_rows_fit(
    school: SmallSchool, column: AccountColumn, descending: bool
) -> None:
    ids = {
        save(school),
        save(school, handle="zebra", platform="Village board", link="", runners=(), responsible_id=None),
        save(school, handle="apple", platform="instagram", link="", credentials_place="", opened_on=None),
    }
    ctx = school.ctx_for(OFFICE)
    found = account_list.sorted_ids(ctx, AccountFilter(), AccountSort(column, descending))
    assert set(found) == ids
    assert [row.id for row in account_list.rows(ctx, found)] == list(found)


def test_the_register_is_searched_and_narrowed(school: SmallSchool) -> None:
    one = save(school)
    two = save(school, handle="zebra", platform="instagram", link="", runners=(), purpose="50% off_er")
    ctx = school.ctx_for(OFFICE)

    def found(**wanted: object) -> list[int]:
        return list(account_list.sorted_ids(ctx, AccountFilter(**wanted), AccountSort()))

    assert found(text="hazel") == [one]  # by the name of somebody who runs it
    assert found(text="alder news") == [one]
    assert found(text="@zebra") == [two]
    assert found(text="50%") == [two]
    assert found(text="off_er") == [two]
    assert found(text="offxer") == []
    assert found(platform="Instagram") == [two]
    assert found(person_id=school.people["teacher"]) == [one]
    assert found(person_id=school.people["head"]) == [one, two]
