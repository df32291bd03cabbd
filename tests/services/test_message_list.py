"""The list of messages: its views, its order, its search, and rows that hide what was handed over (ACC-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smdesk.errors import Invalid, NotAllowed
from smdesk.services import incidents, message_list, messages
from smdesk.services.incident_records import Confidentiality
from smdesk.services.message_records import (
    MASKED_MESSAGE,
    MessageColumn,
    MessageDraft,
    MessageFilter,
    MessageKind,
    MessageSort,
    MessageStatus,
    MessageView,
)
from tests.support.accounts import an_account
from tests.support.school import START, SmallSchool

ALL = MessageFilter(MessageView.ALL)


def log(school: SmallSchool, account: int, said: str, **more: object) -> int:
    draft = MessageDraft(account, START - timedelta(hours=1), MessageKind.QUERY, said=said)
    return messages.save(school.ctx_for("business_manager"), replace(draft, **more)).id


def shown(
    school: SmallSchool, wanted: MessageFilter = ALL, login: str = "business_manager", **sort: object
) -> list[int]:
    return list(
        message_list.sorted_ids(
            school.ctx_for(login), wanted, replace(MessageSort(MessageColumn.REFERENCE), **sort)
        )
    )


def handed_over(school: SmallSchool, message: int) -> None:
    """It becomes an incident that only headteacher and DSL may open."""
    saved = messages.hand_over(school.ctx_for("business_manager"), message, 1)
    head = school.ctx_for("headteacher")
    record = incidents.open_incident(head, saved.id)
    draft = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
    incidents.save(head, draft, saved.id, record.version)


def test_each_view_holds_what_it_says(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    account = an_account(school)
    waits, late, replied, closed, gone, praise = (
        log(school, account, "One"),
        log(school, account, "Two", received_at=START - timedelta(days=3)),
        log(school, account, "Three"),
        log(school, account, "Four"),
        log(school, account, "Five"),
        log(school, account, "Six", kind=MessageKind.PRAISE),
    )
    messages.acknowledge(office, replied, 1, START, "Ms B. Cedar", "Thank you.")
    messages.close_without_answer(office, closed, 1, "Spam.")
    messages.withdraw(office, gone, 1, "Twice.")
    expected = {
        MessageView.WAITING: [waits, late, praise],
        MessageView.OVERDUE: [late],
        MessageView.ACKNOWLEDGED: [replied],
        MessageView.SETTLED: [closed],
        MessageView.ALL: [waits, late, replied, closed, gone, praise],
    }
    for view, ids in expected.items():
        assert shown(school, MessageFilter(view)) == ids
    assert message_list.view_counts(office) == {view: len(ids) for view, ids in expected.items()}
    # What is due first stands first; what has no clock stands last.
    assert shown(school, MessageFilter(), column=MessageColumn.DUE) == [late, waits, praise]


def test_a_row_says_how_it_stands(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    account = an_account(school)
    first = log(
        school, account, "Is there\nschool on Friday?", person_id=school.people["anna"], from_name="annaq_79"
    )
    second = log(school, account, "x" * 400, from_name="a_name")
    school.clock.forward(days=2)
    messages.answer(office, first, 1, school.clock.now, "Ms B. Cedar", "Yes.")
    one, two = message_list.rows(office, [first, second])
    assert (one.said, one.from_name, one.account, one.status, one.late, one.overdue) == (
        "Is there school on Friday?",
        "Anna Quillfeather",
        "@brambleford on Facebook",
        MessageStatus.ANSWERED,
        True,
        False,
    )
    assert message_list.status_words(one) == "Answered, replied to late"
    assert (two.from_name, two.overdue, message_list.status_words(two)) == (
        "a_name",
        True,
        "Waits for a reply, overdue",
    )
    assert len(two.said) <= 200
    assert [row.id for row in message_list.rows(office, [second, 99, first])] == [second, first]


def test_the_search_takes_signs_as_letters_and_every_word(school: SmallSchool) -> None:
    account, other = an_account(school), an_account(school, "friends")
    percent = log(school, account, "100% of the pupils_here")
    plain = log(school, account, "1000 of the pupils here", person_id=school.people["anna"])
    elsewhere = log(school, other, "Something else", kind=MessageKind.COMPLAINT)
    for text, ids in (
        ("100%", [percent]),
        ("pupils_", [percent]),
        ("PUPILS of", [percent, plain]),
        ("quillfeather", [plain]),
        ("2026/m0003", [elsewhere]),
        ("friends", [elsewhere]),
        ("nothing", []),
    ):
        assert shown(school, replace(ALL, text=text)) == ids, text
    assert shown(school, replace(ALL, account_id=other)) == [elsewhere]
    assert shown(school, replace(ALL, kind=MessageKind.QUERY)) == [percent, plain]
    assert shown(school, replace(ALL, person_id=school.people["anna"])) == [plain]


@pytest.mark.parametrize("column", list(MessageColumn))
def test_every_column_sorts_both_ways(school: SmallSchool, column: MessageColumn) -> None:
    account = an_account(school)
    ids = {log(school, account, said, from_name=said) for said in ("b", "a", "c")}
    there = shown(school, column=column)
    back = shown(school, column=column, descending=True)
    assert set(there) == set(back) == ids
    if column in (MessageColumn.SAID, MessageColumn.FROM):
        assert [row.said for row in message_list.rows(school.ctx_for("dsl"), there)] == ["a", "b", "c"]
        assert back == there[::-1]


def test_a_masked_row_is_found_by_nothing_it_hides(school: SmallSchool) -> None:
    account = an_account(school)
    hidden = log(school, account, "aaa secret", from_name="aaa", person_id=school.people["anna"])
    plain = log(school, account, "bbb")
    handed_over(school, hidden)
    for login in ("business_manager", "leadership"):
        (row,) = message_list.rows(school.ctx_for(login), [hidden])
        assert (row.masked, row.said, row.from_name, row.incident) == (True, MASKED_MESSAGE, "", "")
        assert shown(school, replace(ALL, text="secret"), login) == []
        assert shown(school, replace(ALL, text="2026/M0001"), login) == []
        assert shown(school, replace(ALL, person_id=school.people["anna"]), login) == []
        assert shown(school, ALL, login) == [hidden, plain]
        for column in (MessageColumn.SAID, MessageColumn.FROM, MessageColumn.INCIDENT):
            for descending in (False, True):
                assert shown(school, ALL, login, column=column, descending=descending) == [plain, hidden]
    assert shown(school, replace(ALL, text="secret"), "dsl") == [hidden]
    assert shown(school, ALL, "dsl", column=MessageColumn.SAID) == [hidden, plain]


def test_the_list_goes_out_as_it_is_shown(school: SmallSchool, tmp_path: Path) -> None:
    office = school.ctx_for("business_manager")
    account = an_account(school)
    log(school, account, "=1+1", from_name="+44 1234")
    handed_over(school, log(school, account, "Something secret"))
    columns = list(MessageColumn)
    for kind in ("csv", "xlsx", "pdf"):
        file = tmp_path / f"list.{kind}"
        assert message_list.export(office, ALL, MessageSort(), columns, file, kind) == 2
        assert file.stat().st_size > 100
    text = (tmp_path / "list.csv").read_text(encoding="utf-8-sig")
    assert "secret" not in text
    assert MASKED_MESSAGE in text
    assert ",=1+1" not in text  # never a formula
    with pytest.raises(Invalid):
        message_list.export(office, ALL, MessageSort(), [], tmp_path / "x.csv", "csv")
    with pytest.raises(NotAllowed):
        message_list.export(
            school.ctx_for("leadership"), ALL, MessageSort(), columns, tmp_path / "x.csv", "csv"
        )
