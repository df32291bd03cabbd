"""The incident form as somebody in the school office uses it: by keyboard, with real services behind it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.errors import NotAllowed
from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.services import drafts, evidence, incidents, people, steps
from smdesk.services.context import Saved
from smdesk.services.incident_records import Confidentiality, PersonRole, StepDraft
from smdesk.services.people_records import PersonDraft
from smdesk.ui.widgets.paste import Offered, PasteCatcher
from tests.support.forms import press, settle
from tests.support.incident_form import MakeForm, dialog, fresh, make_form, opened, picture, texts, tick
from tests.support.school import SmallSchool
from tests.support.script import Script

__all__ = ["make_form"]


def type_in(qtbot: QtBot, text: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    qtbot.keyClicks(focus, text)


def tab(times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)


# Logging


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard", extend=True)
def test_an_incident_is_logged_by_keyboard_alone(
    qtbot: QtBot, make_form: MakeForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    form.setFocus()
    type_in(qtbot, "Says the school lies")
    tab()
    type_in(qtbot, "quill")
    qtbot.waitUntil(lambda: form.fields.author.picker._completer.popup().isVisible(), timeout=4000)
    popup = form.fields.author.picker._completer.popup()
    assert "Anna Quillfeather" in popup.model().index(0, 0).data()
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert form.fields.author.line().person_id == school.people["anna"]
    form.fields.platform.setFocus()
    type_in(qtbot, "Facebook")
    form.fields.conduct.search.setFocus()
    type_in(qtbot, "defam")
    qtbot.keyClick(form.fields.conduct.search, Qt.Key.Key_Down)
    qtbot.keyClick(form.fields.conduct.tree, Qt.Key.Key_Space)
    stored: list[Saved] = []
    form.saved.connect(stored.append)
    qtbot.keyClick(form, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(stored) == 1, timeout=4000)
    settle(form)
    draft = incidents.open_incident(school.ctx_for("headteacher"), stored[0].id).draft
    assert draft.summary == "Says the school lies"
    assert draft.platform == "facebook"
    assert draft.conduct == (Conduct.DEFAMATION,)
    assert [(line.person_id, line.role) for line in draft.people] == [
        (school.people["anna"], PersonRole.AUTHOR)
    ]
    assert form.header.title.text() == "2026/0001"
    assert not form.unsaved()


def test_what_is_wrong_is_said_and_the_keyboard_goes_there(make_form: MakeForm) -> None:
    form = fresh(make_form())
    form.fields.more.link.setText("javascript:alert(1)")
    form.fields.more.open_up(False)
    form.save()
    settle(form)
    assert len(form.problems.sentences) == 2
    assert form.problems.isVisible()
    assert form.fields.more.form.isVisible(), "the field at fault must not stay folded away"
    assert form.focusWidget() is form.fields.summary
    assert form.unsaved()


def test_a_name_that_is_nobody_is_not_dropped_in_silence(make_form: MakeForm) -> None:
    form = fresh(make_form())
    form.fields.summary.setPlainText("Rude comment")
    form.fields.author.picker.setText("Nobody At All")
    form.save()
    settle(form)
    assert "Nobody At All" in form.problems.sentences[0]
    form.fields.author.unknown.setChecked(True)
    form.save()
    settle(form)
    assert form.record is not None
    assert form.record.draft.people == ()


def test_a_new_person_is_added_without_leaving_the_form(make_form: MakeForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    form.fields.author.picker.setText("Petra Rowanberry")
    press(form, "incident_author_new")
    asked = dialog(form, "person_dialog")
    assert (asked.given.text(), asked.family.text()) == ("Petra", "Rowanberry")
    press(asked, "person_dialog_ok")
    settle(form)
    line = form.fields.author.line()
    assert line.kind is PersonKind.PARENT
    assert people.record_of(school.ctx_for("dsl"), line.person_id).name == "Petra Rowanberry"


def test_a_likely_duplicate_is_offered_before_a_second_record_is_made(
    make_form: MakeForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    form.fields.author.picker.setText("Anna Quillfeather")
    press(form, "incident_author_new")
    asked = dialog(form, "person_dialog")
    press(asked, "person_dialog_ok")
    settle(form)
    press(asked, "person_use_0")
    settle(form)
    assert form.fields.author.line().person_id == school.people["anna"]


def test_hostile_names_are_shown_as_they_are(make_form: MakeForm, school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    name = "<b>Bold</b><img src=x>"
    nasty = people.save(ctx, PersonDraft(PersonKind.PARENT, family_name=name)).id
    school.people["nasty"] = nasty
    from tests.support import school as support

    support.PEOPLE["nasty"] = {"kind": "parent"}
    try:
        number = school.incident(author="nasty", conduct=(Conduct.ABUSIVE,), summary="<i>hello</i>")
    finally:
        del support.PEOPLE["nasty"]
    form = opened(make_form(), number)
    for label in form.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or "<" not in label.text(), label.objectName()
    assert name in texts(form.advice)
    assert any(
        name in form.timeline.table.item(line, 1).text() for line in range(form.timeline.table.rowCount())
    )
    form.act(("start", Step.TALK))
    asked = dialog(form, "step_dialog")
    assert asked.who.itemText(0) == name
    asked.reject()


# Evidence


def test_a_screenshot_is_pasted_into_a_text_field_and_becomes_evidence(
    qtbot: QtBot, make_form: MakeForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    form.fields.summary.setFocus()
    type_in(qtbot, "Rude comment")
    QGuiApplication.clipboard().setImage(picture())
    qtbot.keyClick(form.fields.summary, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(form)
    assert len(form.strip.waiting) == 1
    assert "waits for saving" in form.strip.list.item(0).text()
    assert form.fields.summary.toPlainText() == "Rude comment"
    form.save()
    settle(form)
    kept = evidence.list_for(school.ctx_for("headteacher"), form.incident_id)
    assert [item.media_type for item in kept] == ["image/png"]
    assert form.strip.waiting == ()
    assert kept[0].thumbnail is not None


def test_text_on_the_clipboard_stays_text(qtbot: QtBot, make_form: MakeForm) -> None:
    form = fresh(make_form())
    form.fields.summary.setFocus()
    QGuiApplication.clipboard().setText("typed elsewhere")
    qtbot.keyClick(form.fields.summary, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(form)
    assert form.fields.summary.toPlainText() == "typed elsewhere"
    assert form.strip.waiting == ()


def test_whoever_marks_it_confidential_still_hands_in_the_screenshot(
    make_form: MakeForm, school: SmallSchool, script: Script
) -> None:
    form = fresh(make_form("business_manager"))
    form.fields.summary.setPlainText("A pupil at risk")
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    box = form.fields.more.confidentiality
    box.setCurrentIndex(box.findData(str(Confidentiality.SAFEGUARDING)))
    assert "headteacher and the DSL" in form.fields.more.explained.text()
    script.will_answer("Save and hand it over")
    form.save()
    settle(form)
    assert "no longer open" in script.take().text
    assert form.masked.isVisible()
    assert "A pupil at risk" not in texts(form)
    assert "It is being handled." in form.masked.text.text()
    number = form.incident_id
    assert len(evidence.list_for(school.ctx_for("dsl"), number)) == 1
    with pytest.raises(NotAllowed):
        evidence.list_for(school.ctx_for("business_manager"), number)


def test_going_back_from_the_warning_saves_nothing(make_form: MakeForm, script: Script) -> None:
    form = fresh(make_form("business_manager"))
    form.fields.summary.setPlainText("A pupil at risk")
    box = form.fields.more.confidentiality
    box.setCurrentIndex(box.findData(str(Confidentiality.STAFF)))
    script.will_answer("Go back")
    form.save()
    settle(form)
    assert form.record is None
    assert form.unsaved()


def test_imagery_of_a_child_is_never_kept(make_form: MakeForm, school: SmallSchool, script: Script) -> None:
    form = fresh(make_form("dsl"))
    form.fields.summary.setPlainText("Seen on a pupil's phone")
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    script.will_answer("Take them out now")
    tick(form, Conduct.SEXUAL_IMAGERY_OF_CHILD)
    settle(form)
    assert form.strip.waiting == ()
    assert form.strip.imagery.isVisible()
    assert "do not copy" in texts(form.strip)
    form.intake.take(Offered(images=(picture("#000000"),)))
    settle(form)
    assert form.strip.waiting == ()
    assert not [each for each in drafts.mine(school.ctx_for("dsl")) if "evidence" in each[0]]
    form.act(("withhold", None))
    asked = dialog(form, "withhold_dialog")
    asked.where.setPlainText("A closed chat on the pupil's own phone")
    asked.told.setPlainText("Police, log 123")
    asked.ok.click()
    settle(form)
    [kept] = evidence.list_for(school.ctx_for("dsl"), form.incident_id)
    assert kept.withheld
    assert [
        entry.step for entry in steps.timeline(school.ctx_for("dsl"), form.incident_id) if entry.step
    ] == [Step.IWF]


# Advice


def test_advice_follows_what_is_ticked(qtbot: QtBot, make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    assert form.advice.findChild(QWidget, "advice_talk") is not None
    assert form.advice.findChild(QWidget, "advice_urgent") is None
    tick(form, Conduct.THREAT_OF_VIOLENCE)
    qtbot.waitUntil(lambda: form.advice.findChild(QWidget, "advice_urgent") is not None, timeout=4000)
    assert form.advice.view.advice.next[0].step is Step.POLICE
    assert "URGENT" in texts(form.advice)


def test_advice_says_by_when_and_the_rule_in_words(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,), on_school_account=True)
    form = opened(make_form(), number)
    clock = form.advice.findChild(QLabel, "advice_reply_clock").text()
    assert "by Thursday 12 March, 08:30" in clock
    assert "23 hours left" in clock
    assert "2 working days left" in form.advice.findChild(QLabel, "advice_ask_removal_by").text()
    words = form.advice.findChild(QLabel, "advice_talk_rule_words")
    assert not words.isVisible()
    form.advice.findChild(QPushButton, "advice_talk_rule").click()
    assert words.isVisible()
    assert len(words.text()) > 20


def test_the_ladder_shows_steps_of_other_incidents_with_their_dates(
    make_form: MakeForm, school: SmallSchool
) -> None:
    ctx = school.ctx_for("headteacher")
    old = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    steps.record(ctx, old, StepDraft(Step.TALK, None, ctx.today(), "On the telephone"))
    number = school.incident(author="anna", conduct=(Conduct.DEFAMATION,))
    form = opened(make_form(), number)
    ladder = form.advice.findChild(QLabel, "advice_ladder").text()
    assert "✓ Talk in private, 11 March 2026" in ladder
    assert "○ Written warning" in ladder


def test_recording_a_talk_saves_what_is_typed_first(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.fields.summary.setPlainText("Rude comment, now longer")
    settle(form)
    press(form.advice, "advice_talk_start")
    asked = dialog(form, "step_dialog")
    asked.text.setPlainText("She will take it down.")
    asked.ok.click()
    settle(form)
    ctx = school.ctx_for("headteacher")
    assert incidents.open_incident(ctx, number).draft.summary == "Rude comment, now longer"
    assert [(entry.step, entry.text) for entry in steps.timeline(ctx, number) if entry.step] == [
        (Step.TALK, "She will take it down.")
    ]
    shown = form.timeline.table
    assert "She will take it down." in shown.item(shown.rowCount() - 1, 1).text()


def test_leaving_a_step_out_asks_for_the_reason(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    press(form.advice, "advice_talk_skip")
    asked = dialog(form, "skip_dialog")
    asked.ok.click()
    settle(form)
    assert asked.isVisible(), "without a reason nothing happens"
    assert "reason" in " ".join(asked.problems.sentences)
    asked.edit.setPlainText("She does not answer the telephone")
    asked.ok.click()
    settle(form)
    entries = steps.timeline(school.ctx_for("headteacher"), number)
    assert [(entry.kind, entry.reason) for entry in entries if entry.kind == "skip"] == [
        ("skip", "She does not answer the telephone")
    ]
    assert form.advice.findChild(QPushButton, "advice_talk_skip") is None
    assert "Left out, with the reason" in texts(form.advice.findChild(QWidget, "advice_talk"))


def test_a_letter_is_drafted_with_one_click(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    ctx = school.ctx_for("headteacher")
    steps.record(ctx, number, StepDraft(Step.TALK, None, ctx.today(), "Talked"))
    form = opened(make_form(), number)
    visited: list[tuple[str, int]] = []

    def open_tab(name: str, record: int) -> None:
        visited.append((name, record))

    form._desk.open_tab = open_tab
    press(form.advice, "advice_written_warning_start")
    settle(form)
    assert [name for name, _ in visited] == ["letters"]
    assert form.timeline.waiting.text().startswith("Letters under way: Written warning to Anna Quillfeather")
    press(form.advice, "advice_written_warning_start")
    settle(form)
    assert visited[0] == visited[1], "a letter under way is opened, not drafted twice"


# Closing, reading only


def test_closing_asks_for_the_outcome_and_reopening_for_the_reason(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.act(("close", None))
    asked = dialog(form, "close_dialog")
    asked.reason.setPlainText("It has gone")
    asked.ok.click()
    settle(form)
    assert asked.problems.sentences == ["Choose how it ended."]
    assert asked.scrolled.verticalScrollBar().maximum() == 0, "the dialog made room for the sentence"
    asked.outcome.setCurrentIndex(1)
    asked.ok.click()
    settle(form)
    assert form.record.status == "closed"
    assert form.header.status.text.startswith("Closed")
    assert form.advice.findChild(QPushButton, "advice_talk_start") is None
    assert form.advice.findChild(QLabel, "advice_closed") is not None
    assert form.advice.findChild(QLabel, "advice_ask_removal_by") is None, "nothing is due any more"
    assert form.header.summary.text() == form.record.draft.summary
    form.act(("reopen", None))
    asked = dialog(form, "reopen_dialog")
    asked.edit.setPlainText("It is back")
    asked.ok.click()
    settle(form)
    assert form.record.status == "open"


def test_an_entry_taken_back_stays_struck_through(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,))
    steps.note(school.ctx_for("business_manager"), number, "Wrong telephone number")
    form = opened(make_form(), number)
    form.tabs.setCurrentIndex(1)
    press(form.timeline, "timeline_withdraw")
    asked = dialog(form, "withdraw_dialog")
    asked.edit.setPlainText("It was another parent")
    asked.ok.click()
    settle(form)
    table = form.timeline.table
    last = table.rowCount() - 1
    assert table.item(last, 1).font().strikeOut()
    assert not table.item(last, 2).font().strikeOut()
    assert "Taken back: It was another parent" in table.item(last, 2).text()


def test_a_leader_reads_and_records_but_changes_nothing(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,), handled_by="leadership")
    form = opened(make_form("leadership"), number)
    assert form.fields.summary.isReadOnly()
    assert not form.header.save.isVisible()
    press(form.advice, "advice_talk_start")
    asked = dialog(form, "step_dialog")
    asked.text.setPlainText("Rang the parent")
    asked.ok.click()
    settle(form)
    assert Step.TALK in [entry.step for entry in steps.timeline(school.ctx_for("dsl"), number)]


def test_only_the_dsl_decides_under_prevent(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", conduct=(Conduct.EXTREMISM,))
    office = opened(make_form("headteacher"), number)
    button = office.advice.findChild(QPushButton, "advice_prevent_decision_start")
    assert not button.isEnabled()
    form = opened(make_form("dsl"), number)
    press(form.advice, "advice_prevent_decision_start")
    asked = dialog(form, "prevent_dialog")
    asked.decision.setCurrentIndex(2)
    asked.reason.setPlainText("A quotation in a school essay")
    asked.ok.click()
    settle(form)
    assert form.record.dsl_cleared_at is not None


def test_the_dsl_clears_the_ordinary_steps_after_imagery_was_reported(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(author="tariq", conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,))
    head = school.ctx_for("headteacher")
    for step in (Step.IWF, Step.POLICE):
        steps.record(head, number, StepDraft(step, None, head.today(), "Reported"))
    assert not opened(make_form("headteacher"), number).actions._lines["letters"].isVisible()
    form = opened(make_form("dsl"), number)
    action = form.actions._lines["letters"]
    assert action.isVisible()
    action.trigger()
    settle(form)
    asked = dialog(form, "clear_letters_dialog")
    asked.edit.setPlainText("The police have no objection")
    asked.ok.click()
    settle(form)
    assert form.record.dsl_cleared_at is not None
    assert not action.isVisible()
    assert form.advice.findChild(QPushButton, "advice_behaviour_policy_start") is not None


def test_every_control_has_a_name_to_find_it_by_and_one_to_say(
    make_form: MakeForm, school: SmallSchool
) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit

    number = school.incident(author="anna", named="teacher", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    inputs = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractItemView)
    nameless = [
        f"{type(each).__name__} {each.objectName()!r} in {each.parent().objectName()!r}"
        for kind in inputs
        for each in form.findChildren(kind)
        if not each.objectName().startswith("qt_")
        and type(each).__module__.startswith(("PySide6", "smdesk"))
        and not (each.objectName() and each.accessibleName())
        and each.parent().metaObject().className() not in OF_QT
    ]
    assert nameless == []


OF_QT = {
    "QComboBoxPrivateContainer",
    "QTableWidget",
    "QTreeWidget",
    "QTabBar",
    "QTableView",
    "QLineEdit",
    "PersonPicker",
    "_Line",
}
"""Parts Qt makes for itself inside its own widgets."""


def test_no_two_keys_of_the_form_lead_to_different_places(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(author="anna", named="teacher", conduct=(Conduct.ABUSIVE,))
    form = opened(make_form(), number)
    form.draft_bar.say("A draft was brought back.")
    taken = {"F": "File menu", "G": "Go menu", "A": "Account menu", "H": "Help menu"}
    shown = [
        *(each.text() for each in form.findChildren(QLabel) if each.isVisible() and each.buddy() is not None),
        *(each.text() for each in form.findChildren(QAbstractButton) if each.isVisible()),
        *(form.tabs.tabText(place) for place in range(form.tabs.count())),
    ]
    for text in shown:
        place = text.replace("&&", "__").find("&")
        if place >= 0:
            key = text[place + 1].upper()
            assert key not in taken, f"Alt+{key} is both {taken[key]!r} and {text!r}"
            taken[key] = text


def test_what_had_the_keyboard_may_go_away(qtbot: QtBot) -> None:
    """The advice is shown anew while one of its buttons has the focus: the form must not reach for the old one."""
    form = QWidget()
    column = QVBoxLayout(form)
    first, second = QPushButton("Decide…"), QPushButton("Write a letter…")
    column.addWidget(first)
    column.addWidget(second)
    qtbot.addWidget(form)
    catcher = PasteCatcher(form)
    form.show()
    form.activateWindow()
    QTest.qWaitForWindowActive(form)
    first.setFocus()
    assert catcher._watched is first
    first.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    second.setFocus()
    assert catcher._watched is second
