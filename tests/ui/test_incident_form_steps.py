"""Steps that lead out of the school, printing, and the parts of the form that others' records touch."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import evidence, incidents, steps
from smdesk.services.incident_records import PersonRole
from smdesk.ui.pages.incidents import summary_dialog
from smdesk.ui.widgets.paste import Offered
from tests.support.forms import press, settle
from tests.support.incident_form import MakeForm, dialog, fresh, make_form, opened, picture
from tests.support.school import SmallSchool
from tests.support.script import Script

__all__ = ["make_form"]


def test_the_police_summary_can_be_copied_and_the_step_recorded(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(
        author="anna", conduct=(Conduct.THREAT_OF_VIOLENCE,), said="I know where you live"
    )
    form = opened(make_form(), number)
    press(form.advice, "advice_police_start")
    asked = dialog(form, "step_dialog")
    assert isinstance(asked, summary_dialog.OutwardDialog)
    asked.copy.click()
    assert "I know where you live" in QGuiApplication.clipboard().text()
    asked.text.setPlainText("Rang 101, log 4411")
    asked.ok.click()
    settle(form)
    [entry] = [each for each in steps.timeline(school.ctx_for("dsl"), number) if each.step is Step.POLICE]
    assert entry.text == "Rang 101, log 4411"


def test_enter_on_a_step_begins_it(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.THREAT_OF_VIOLENCE,))
    form = opened(make_form(), number)
    start = form.advice.findChild(QPushButton, "advice_police_start")
    assert start is not None
    start.setFocus()
    QTest.keyClick(start, Qt.Key.Key_Return)
    dialog(form, "step_dialog").reject()


def test_the_platforms_page_opens_only_after_a_question(
    make_form: MakeForm, school: SmallSchool, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited: list[str] = []

    def visit(url: QUrl) -> bool:
        visited.append(url.toString())
        return True

    monkeypatch.setattr(summary_dialog.QDesktopServices, "openUrl", visit)
    number = school.incident(author="anna", conduct=(Conduct.THREAT_OF_VIOLENCE,), platform="facebook")
    form = opened(make_form(), number)
    form.act(("start", Step.REPORT_TO_PLATFORM))
    asked = dialog(form, "step_dialog")
    script.will_answer("Cancel", "Open the page")
    press(asked, "summary_open")
    assert visited == []
    press(asked, "summary_open")
    assert len(visited) == 1
    assert visited[0].startswith("https://")
    asked.reject()


def test_a_saved_summary_is_the_text_shown(
    make_form: MakeForm, school: SmallSchool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "summary.txt"

    def choose(*_: object) -> tuple[str, str]:
        return str(target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    number = school.incident(author="anna", conduct=(Conduct.THREAT_OF_VIOLENCE,))
    form = opened(make_form(), number)
    form.act(("start", Step.POSH))
    asked = dialog(form, "step_dialog")
    asked.save.click()
    settle(form)
    assert target.read_text(encoding="utf-8") == asked.summary.toPlainText()
    assert "not protected" in asked.said.text()
    asked.reject()


def test_a_step_before_its_turn_shows_the_reason_field(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.act(("start", Step.BLOCK))
    asked = dialog(form, "step_dialog")
    assert not asked.reason.isVisible()
    asked.ok.click()
    settle(form)
    assert asked.reason.isVisible()
    asked.reason.setPlainText("She floods the page with hundreds of messages")
    asked.ok.click()
    settle(form)
    [entry] = [each for each in steps.timeline(school.ctx_for("dsl"), number) if each.step is Step.BLOCK]
    assert entry.rule == "INC-5"


def test_a_reply_stops_the_clock(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.PUBLIC_COMPLAINT,), on_school_account=True)
    form = opened(make_form(), number)
    press(form.advice, "advice_reply_record")
    asked = dialog(form, "replied_dialog")
    asked.text.setPlainText("Thank you, please ring the office.")
    asked.ok.click()
    settle(form)
    assert form.record.replied_at is not None
    assert form.advice.findChild(QPushButton, "advice_reply_record") is None


def test_the_menu_leads_to_the_ladder_of_whoever_posted(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form(), school.incident(author="anna", conduct=(Conduct.ABUSIVE,)))
    shown: list[tuple[str, int]] = []
    form._desk.open_tab = lambda tab, number: shown.append((tab, number))
    entry = form.findChild(QAction, "incident_action_person")
    assert entry is not None
    assert entry.isVisible()
    entry.trigger()
    settle(form)
    assert shown == [("people", school.people["anna"])]


def test_a_post_that_has_gone_is_marked(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.act(("removed", None))
    asked = dialog(form, "removed_dialog")
    asked.on.set_text("next year some time")
    asked.ok.click()
    settle(form)
    assert asked.problems.isVisible()
    asked.on.set_text("today")
    asked.how.setPlainText("Looked at the page")
    asked.ok.click()
    settle(form)
    assert form.header.status.text == "Open, post removed"


def test_the_timeline_is_shown_as_pages_before_it_is_printed(
    qtbot: QtBot, make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.tabs.setCurrentIndex(1)
    press(form.timeline, "timeline_print")
    settle(form)
    [preview] = [each for each in form.findChildren(QDialog) if each.isVisible()]
    qtbot.waitUntil(lambda: "Rude comment on the village page" in preview.view.text, timeout=8000)
    settle(form)
    preview.close()


def test_a_dropped_file_becomes_evidence_judged_by_its_content(
    make_form: MakeForm, school: SmallSchool, tmp_path: Path, script: Script
) -> None:
    note, fake = tmp_path / "note.txt", tmp_path / "virus.png"
    note.write_text("what she said", encoding="utf-8")
    fake.write_bytes(b"MZ\x90\x00" + b"\x00\xff" * 200)
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(note)), QUrl.fromLocalFile(str(fake))])
    form.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    settle(form)
    kept = evidence.list_for(school.ctx_for("dsl"), number)
    assert [(item.name, item.media_type) for item in kept] == [("note.txt", "text/plain")]
    assert "virus.png" in script.take().more
    assert form.strip.list.count() == 1


def test_evidence_is_checked_taken_out_and_said_to_be(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    press(form.strip, "evidence_check")
    settle(form)
    assert "unchanged" in form.strip.about.text()
    assert "unchanged" in form.strip.list.item(0).text()
    press(form.strip, "evidence_remove")
    asked = dialog(form, "evidence_remove_dialog")
    asked.edit.setPlainText("It shows another child")
    asked.ok.click()
    settle(form)
    assert "taken out" in form.strip.list.item(0).text()
    assert "It shows another child" in form.strip.about.text()
    assert not form.strip.copy.isEnabled()


def test_a_spoilt_file_is_said_loudly(make_form: MakeForm, school: SmallSchool, script: Script) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    [file] = [each for each in school.folder.evidence.rglob("*") if each.is_file()]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))
    press(form.strip, "evidence_check")
    settle(form)
    assert script.take().title == "Evidence changed"
    assert "CHANGED" in form.strip.list.item(0).text()


def test_other_people_and_links_are_kept(make_form: MakeForm, school: SmallSchool) -> None:
    other = school.incident(author="ben", conduct=(Conduct.ABUSIVE,))
    number = school.incident(author="anna", named="teacher", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    linked = form.fields.more.linked
    linked.line.setText("2026/99")
    linked.add.click()
    settle(form)
    assert linked.problem.isVisible()
    linked.line.setText("2026/1")
    linked.add.click()
    settle(form)
    assert linked.references() == ((other, "2026/0001"),)
    row = form.fields.more.people._rows[0]
    row.role.setCurrentIndex(row.role.findData(str(PersonRole.AFFECTED)))
    row.changed.emit()
    form.save()
    settle(form)
    draft = incidents.open_incident(school.ctx_for("dsl"), number).draft
    assert draft.linked == (other,)
    assert {line.role for line in draft.people} == {PersonRole.AUTHOR, PersonRole.AFFECTED}


def test_a_colleagues_step_appears_and_leaves_typing_alone(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.fields.summary.setPlainText("Half typed")
    saved = steps.note(school.ctx_for("headteacher"), number, "I rang her")
    form._desk.events.tell(saved.changes)
    settle(form)
    assert form.fields.summary.toPlainText() == "Half typed"
    assert not form.elsewhere.isVisible(), "a note changes nothing that stands in the fields"
    assert "I rang her" in form.timeline.table.item(form.timeline.table.rowCount() - 1, 1).text()


def test_an_unchanged_save_changes_nothing(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    assert not form.unsaved()
    assert not form.header.save.isEnabled()
    before = incidents.open_incident(school.ctx_for("dsl"), number)
    form.save()
    settle(form)
    assert incidents.open_incident(school.ctx_for("dsl"), number) == before


def test_a_mistyped_date_is_not_taken_for_no_date(make_form: MakeForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    form.fields.summary.setPlainText("Rude")
    form.fields.author.unknown.setChecked(True)
    form.fields.posted.date.set_text("31/2/2026")
    form.save()
    settle(form)
    assert form.record is None
    assert "no such day" in form.problems.sentences[0]
