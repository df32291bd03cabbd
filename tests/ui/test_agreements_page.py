"""The agreements tab: policies, who is outstanding, and what is done from there (AUP-1 to AUP-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import policies
from smdesk.services.agreement_outstanding import pair_id
from smdesk.services.agreement_records import AnswerFilter, AnswerSort, AnswerView, PolicyKind, VersionDraft
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog
from smdesk.ui.pages.agreements.outstanding_view import OutstandingView
from smdesk.ui.pages.agreements.page import Page
from smdesk.ui.pages.agreements.person_answers_dialog import PersonAnswersDialog
from smdesk.ui.pages.agreements.policies_view import PoliciesView
from smdesk.ui.pages.agreements.policy_dialogs import PolicyDialog, VersionDialog
from smdesk.ui.pages.agreements.policy_panel import PolicyPanel
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ConflictDialog
from smdesk.ui.widgets.file_window import FileWindow
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.services.test_agreements import PDF, policy, put
from tests.support.pages import settle, shown
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless

D = TypeVar("D", bound=QWidget)
Open = Callable[..., Page]


@pytest.fixture
def page_for(desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks) -> Iterator[Open]:
    pages: list[Page] = []  # held: qtbot holds none

    def make(login: str = "business_manager") -> Page:
        pages.append(shown(Page(desk_for(login)), qtbot, tasks, 1300, 740))
        return pages[-1]

    yield make
    settle(tasks)


def policies_of(page: Page) -> PoliciesView:
    found = page.part("policies")
    assert isinstance(found, PoliciesView)
    return found


def panel(page: Page) -> PolicyPanel:
    form = policies_of(page).form()
    assert isinstance(form, PolicyPanel)
    return form


def outstanding(page: Page, tasks: Tasks) -> OutstandingView:
    page.open_part("outstanding")
    settle(tasks)
    found = page.part("outstanding")
    assert isinstance(found, OutstandingView)
    return found


def dialog(page: QWidget, kind: type[D]) -> D:
    found = [each for each in page.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def opened(page: Page, tasks: Tasks, number: int) -> PolicyPanel:
    page.open_record(number)
    settle(tasks)
    return panel(page)


def click(widget: QWidget, tasks: Tasks) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    settle(tasks)


def names(view: OutstandingView) -> list[str]:
    model = view.list.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


# Policies


def test_the_first_policy_and_its_version_from_the_empty_tab(
    page_for: Open, school: SmallSchool, tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_for()
    view = policies_of(page)
    click(view.list._nothing.action, tasks)
    first = dialog(page, PolicyDialog)
    first.title.setText("Acceptable use, parents and carers")
    click(first.asked[PersonKind.PARENT], tasks)
    click(first.ok, tasks)
    shown_panel = panel(page)
    assert shown_panel.header.title.text() == "Acceptable use, parents and carers"
    assert shown_panel.header.status.text == "No version in use yet"
    assert not shown_panel.record_answers.isVisible()
    click(shown_panel.add, tasks)
    version = dialog(page, VersionDialog)
    version.label.setText("3")
    version.adopted.line.setText("1/9/25")
    file = tmp_path / "policy.pdf"
    file.write_bytes(PDF)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    click(version.choose, tasks)
    assert version.chosen.accessibleName() == "policy.pdf"
    click(version.ok, tasks)
    assert shown_panel.versions.cell_texts()[0] == [
        "3", "1 Sep 2025", "1 Sep 2026", "", "policy.pdf", "0", "0", "In use",
    ]  # fmt: skip
    assert shown_panel.standing.text() == "3 people are asked: 0 signed, 0 declined, 3 outstanding."
    assert shown_panel.tabs.tabText(1) == "File of version 3"
    (record,) = policies.open_policy(school.ctx_for("business_manager"), shown_panel._wanted).versions
    assert [each.name for each in record.files] == ["policy.pdf"]


def test_every_control_has_a_name_and_is_spoken(page_for: Open, school: SmallSchool, tasks: Tasks) -> None:
    number = policy(school)
    page = page_for()
    opened(page, tasks, number)
    view = outstanding(page, tasks)
    assert nameless(page) == []
    for shown_dialog in (
        PolicyDialog(page._desk, None, page),
        VersionDialog(page._desk, policies.open_policy(view._desk.ctx, number), None, page),
        AnswerDialog(page._desk, number, (school.people["anna"],), page),
    ):
        shown_dialog.open()
        settle(tasks)
        assert nameless(shown_dialog) == []
        shown_dialog.reject()


def test_a_policy_is_changed_and_says_what_is_wrong(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school)
    policy(school, "Another")
    page = page_for()
    opened(page, tasks, number).change.trigger()
    settle(tasks)
    change = dialog(page, PolicyDialog)
    change.title.setText("another")
    click(change.ok, tasks)
    assert "already" in change.problems.sentences[0]
    change.title.setText("Acceptable use of devices")
    click(change.accounts, tasks)
    click(change.ok, tasks)
    draft = policies.open_policy(school.ctx_for("business_manager"), number).draft
    assert (draft.title, draft.for_accounts) == ("Acceptable use of devices", True)
    assert panel(page).header.title.text() == "Acceptable use of devices"


def test_an_overdue_review_shows_in_list_and_header(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school, review_months=6)
    policy(school, "In time", review_months=24)
    page = page_for()
    view = policies_of(page)
    assert view.list.views[list(view.list.views)[1]].text() == "Review due (1)"
    click(list(view.list.views.values())[1], tasks)
    assert [int(each) for each in view.list.model.ids] == [number]
    view.list.table.enter()
    QTest.keyClick(view.list.table, Qt.Key.Key_Return)
    settle(tasks)
    assert panel(page).header.status.text == "Review overdue"
    assert ("Next review", "Overdue by 10 days: 1 March 2026") in panel(page).facts.lines


def test_a_policy_is_retired_with_a_reason_and_comes_back(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school)
    page = page_for()
    shown_panel = opened(page, tasks, number)
    shown_panel.retire.trigger()
    asked = dialog(page, ReasonService)
    click(asked.ok, tasks)
    assert "Say why" in asked.problems.sentences[0]
    asked.edit.setPlainText("One policy for all now")
    click(asked.ok, tasks)
    assert shown_panel.header.status.text == "Retired"
    assert not shown_panel.record_answers.isVisible()
    assert not shown_panel.add.isVisible()
    shown_panel.unretire.trigger()
    settle(tasks)
    assert shown_panel.header.status.text == "In use"


def test_a_slip_in_a_version_is_put_right_and_one_nobody_answered_taken_back(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school, versions=2)
    page = page_for()
    shown_panel = opened(page, tasks, number)
    click(shown_panel.put_right, tasks)
    change = dialog(page, VersionDialog)
    assert change.label.text() == "2"
    change.label.setText("Winter 2025")
    click(change.ok, tasks)
    assert shown_panel.versions.cell_texts()[0][0] == "Winter 2025"
    click(shown_panel.take_back, tasks)
    asked = dialog(page, ReasonService)
    asked.edit.setPlainText("Recorded twice")
    click(asked.ok, tasks)
    assert [cells[0] for cells in shown_panel.versions.cell_texts()] == ["1"]
    lines = policies.open_policy(school.ctx_for("business_manager"), number).history
    assert lines[-1].reason == "Recorded twice"


def test_the_file_is_shown_and_another_is_added(
    page_for: Open,
    school: SmallSchool,
    tasks: Tasks,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: Script,
) -> None:
    number = policy(school)
    policies.add_version(
        school.ctx_for("business_manager"), number, VersionDraft("2", date(2026, 3, 1)), "Two.pdf", PDF
    )
    page = page_for()
    shown_panel = opened(page, tasks, number)
    click(shown_panel.show_file, tasks)
    window = dialog(page, FileWindow)
    assert window.windowTitle() == "Two.pdf"
    window.reject()
    shown_panel.versions.setCurrentCell(1, 0)
    assert not shown_panel.show_file.isEnabled()
    file = tmp_path / "notes.txt"
    file.write_text("no policy")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(file)], ""))
    shown_panel.tabs.setCurrentIndex(1)
    click(shown_panel.files.choose, tasks)
    assert any("is no PDF" in message.more for message in script.seen)


# Outstanding


def test_from_a_policy_to_who_is_outstanding_and_their_answer(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school)
    policy(school, "Staff rules", PersonKind.STAFF)
    page = page_for()
    click(opened(page, tasks, number).outstanding, tasks)
    view = page.part("outstanding")
    assert isinstance(view, OutstandingView)
    assert page.current_part == "outstanding"
    assert names(view) == ["Bea Cedar", "Anna Quillfeather", "Ben Quillfeather"]
    assert view.filters.policy.currentText() == "Acceptable use"
    view.list.table.setFocus()
    view.list.table.select_id(pair_id(number, school.people["anna"]))
    QTest.keyClick(view.list.table, Qt.Key.Key_Return)
    settle(tasks)
    answers = dialog(page, PersonAnswersDialog)
    assert answers.title.text() == "Anna Quillfeather: Acceptable use"
    assert answers.standing.text == "Outstanding"
    click(answers.record, tasks)
    asked = dialog(page, AnswerDialog)
    assert asked.number.text() == "1 person ticked"
    click(asked.ok, tasks)
    assert names(view) == ["Bea Cedar", "Ben Quillfeather"]
    assert answers.standing.text == "Signed 11 March 2026"
    assert answers.table.cell_texts()[0] == [
        "Signed", "1", "11 Mar 2026", "On paper", "", "Ms B. Cedar", "Counts",
    ]  # fmt: skip
    # It was a slip: Delete asks why, and the answer stays as withdrawn.
    answers.table.setFocus()
    QTest.keyClick(answers.table, Qt.Key.Key_Delete)
    why = dialog(page, ReasonService)
    why.edit.setPlainText("It was the other parent")
    click(why.ok, tasks)
    assert answers.standing.text == "Outstanding"
    assert answers.table.cell_texts()[0][-1] == "Withdrawn: It was the other parent"
    assert not answers.withdraw.isEnabled()
    answers.accept()
    assert names(view) == ["Bea Cedar", "Anna Quillfeather", "Ben Quillfeather"]


def test_everyone_in_the_list_at_once(page_for: Open, school: SmallSchool, tasks: Tasks) -> None:
    number = policy(school)
    view = outstanding(page_for(), tasks)
    view.list.table.setFocus()
    QTest.keyClick(view.list.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    click(view.marked, tasks)
    asked = dialog(view, AnswerDialog)
    assert asked.number.text() == "3 people ticked"
    click(asked.ok, tasks)
    assert policies.open_policy(school.ctx_for("business_manager"), number).tally.signed == 3
    assert view.list.total.text() == ""
    assert "Everybody who is asked has answered" in view.list._view_empty._title.text()


def test_rows_of_two_policies_are_not_mixed_up(
    page_for: Open, school: SmallSchool, tasks: Tasks, script: Script
) -> None:
    policy(school)
    policy(school, "Staff rules", PersonKind.STAFF)
    view = outstanding(page_for(), tasks)
    view.list.table.selectAll()
    click(view.marked, tasks)
    assert "more than one policy" in script.texts[-1]
    assert view.findChildren(AnswerDialog) == []


def test_a_class_is_narrowed_to_and_its_slips_printed(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    policy(school, "Home and school", PersonKind.PARENT, PersonKind.PUPIL)
    put(school, "sam", class_name="5 Oak")
    view = outstanding(page_for(), tasks)
    view.filters.group.setCurrentIndex(view.filters.group.findText("5 Oak"))
    settle(tasks)
    assert names(view) == ["Anna Quillfeather", "Ben Quillfeather", "Sam Quillfeather"]
    click(view.slips, tasks)
    window = dialog(view, PreviewWindow)
    assert window.view is not None
    window.reject()


def test_the_list_of_the_outstanding_goes_out(
    page_for: Open, school: SmallSchool, tasks: Tasks, tmp_path: Path
) -> None:
    policy(school)
    view = outstanding(page_for(), tasks)
    wanted = view.list.going_out()
    file = tmp_path / "list.csv"
    written = wanted.write(
        view._desk.ctx, wanted.filter, wanted.sort, wanted.shown, file, "csv", lambda done, total: None
    )
    assert written == 3
    text = file.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith('"Name","Who they are"')
    assert "Anna Quillfeather" in text


def test_todays_link_shows_who_one_policy_waits_for(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    policy(school)
    number = policy(school, "Staff rules", PersonKind.STAFF)
    page = page_for()
    page.open_part("outstanding", number)
    settle(tasks)
    view = page.part("outstanding")
    assert isinstance(view, OutstandingView)
    assert len(names(view)) == 4


def test_a_saved_filter_comes_back(page_for: Open, school: SmallSchool, tasks: Tasks) -> None:
    from smdesk.services import agreement_outstanding, policy_list, settings
    from smdesk.services.agreement_records import AnswerColumn, PolicyColumn, PolicyFilter, PolicySort

    ctx = school.ctx_for("business_manager")
    wanted = AnswerFilter(AnswerView.SIGNED, "x", 3, PersonKind.PUPIL, "5 Oak", "Year 5")
    settings.save_filter(
        ctx, agreement_outstanding.SHELF, "Oak", wanted, AnswerSort(AnswerColumn.CLASS, True)
    )
    (held,) = settings.list_filters(ctx, agreement_outstanding.SHELF)
    assert (held.filter, held.sort) == (wanted, AnswerSort(AnswerColumn.CLASS, True))
    both = (
        PolicyFilter(text="y", kind=PolicyKind.OTHER, asked=PersonKind.STAFF),
        PolicySort(PolicyColumn.REVIEW),
    )
    settings.save_filter(ctx, policy_list.SHELF, "Staff", *both)
    (saved,) = settings.list_filters(ctx, policy_list.SHELF)
    assert (saved.filter, saved.sort) == both


def test_slips_are_for_the_rows_marked_or_for_all(
    page_for: Open, school: SmallSchool, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = policy(school)
    view = outstanding(page_for(), tasks)
    made: list[int] = []
    monkeypatch.setattr(view._papers, "show_many", lambda title, make: made.append(len(make.args[1])))
    click(view.slips, tasks)
    view.list.table.select_id(pair_id(number, school.people["anna"]))
    click(view.slips, tasks)
    assert made == [3, 1]


def test_a_conflict_is_told_and_nothing_typed_is_lost(
    page_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number, ctx = policy(school), school.ctx_for("headteacher")
    page = page_for()
    opened(page, tasks, number).change.trigger()
    settle(tasks)
    change = dialog(page, PolicyDialog)
    record = policies.open_policy(ctx, number)
    policies.save(ctx, replace(record.draft, reviewers="Somebody else"), number, record.version)
    change.title.setText("My title")
    click(change.ok, tasks)
    choice = dialog(change, ConflictDialog)
    assert "Somebody else" in choice.table.item(1, 1).text()
    click(choice.back, tasks)
    assert change.isVisible()
    assert change.title.text() == "My title"
    click(change.ok, tasks)
    click(dialog(change, ConflictDialog).mine, tasks)
    assert policies.open_policy(ctx, number).draft.title == "My title"
    assert panel(page).header.title.text() == "My title"
