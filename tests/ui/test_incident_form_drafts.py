"""Nothing typed is lost: other people's saves, leaving, locking, and drafts that come back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.errors import Invalid
from smdesk.policy.vocabulary import Conduct
from smdesk.services import drafts, evidence, incidents
from smdesk.services.incident_records import PersonRole
from smdesk.ui.widgets.dialogs import ConflictDialog
from smdesk.ui.widgets.paste import Offered
from tests.support.forms import press, settle
from tests.support.incident_form import MakeForm, fresh, make_form, opened, picture, tick
from tests.support.school import SmallSchool
from tests.support.script import Script

__all__ = ["make_form"]


def test_two_forms_and_the_second_to_save_chooses(
    qtbot: QtBot, make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,), summary="As logged")
    first, second = opened(make_form(), number), opened(make_form("headteacher"), number)
    first.fields.summary.setPlainText("The office's words")
    second.fields.summary.setPlainText("The head's words")
    first.save()
    settle(first)
    assert second.elsewhere.isVisible(), "a quiet word that somebody else changed it"
    assert second.fields.summary.toPlainText() == "The head's words"
    second.save()
    settle(second)
    asked = second.findChild(ConflictDialog)
    shown = asked.table
    row = [shown.item(0, place).text() for place in range(3)]
    assert row == ["Summary", "The office's words", "The head's words"]
    ctx = school.ctx_for("headteacher")
    assert incidents.open_incident(ctx, number).draft.summary == "The office's words"
    qtbot.mouseClick(asked.mine, Qt.MouseButton.LeftButton)
    settle(second)
    assert incidents.open_incident(ctx, number).draft.summary == "The head's words"
    assert first.fields.summary.toPlainText() == "The head's words", "an untouched form follows"


def test_a_draft_comes_back_after_a_lock_with_its_screenshot(
    make_form: MakeForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    form.fields.summary.setPlainText("Half typed")
    tick(form, Conduct.BULLYING)
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    form.save_draft()
    form.hide()
    again = fresh(make_form())
    assert again.fields.summary.toPlainText() == "Half typed"
    assert again.fields.conduct.value() == (Conduct.BULLYING,)
    assert len(again.strip.waiting) == 1
    assert again.draft_bar.isVisible()
    assert again.unsaved()
    again.save()
    settle(again)
    ctx = school.ctx_for("business_manager")
    assert len(evidence.list_for(ctx, again.incident_id)) == 1
    assert drafts.mine(ctx) == []


def test_drafts_keep_themselves_and_can_be_thrown_away(
    qtbot: QtBot, make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,), summary="As logged")
    form = opened(make_form(), number)
    form.keeper._timer.setInterval(50)
    form.fields.summary.setPlainText("Half typed")
    qtbot.waitUntil(lambda: form.header.note.text() == "Draft kept 09:30", timeout=4000)
    settle(form)
    form.hide()
    again = opened(make_form(), number)
    assert again.fields.summary.toPlainText() == "Half typed"
    press(again, "incident_draft_discard")
    settle(again)
    assert again.fields.summary.toPlainText() == "As logged"
    assert not again.unsaved()
    assert drafts.mine(school.ctx_for("business_manager")) == []


@pytest.mark.parametrize(
    ("answer", "leaves", "typed", "kept"),
    [
        ("Go on typing", False, "As logged", 0),
        ("Keep it as a draft", True, "As logged", 1),
        ("Throw it away", True, "As logged", 0),
        ("Save it", False, "Half typed", 0),
    ],
)
def test_leaving_asks(
    make_form: MakeForm,
    school: SmallSchool,
    script: Script,
    answer: str,
    leaves: bool,
    typed: str,
    kept: int,
) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,), summary="As logged")
    form = opened(make_form(), number)
    closed: list[bool] = []

    def note() -> None:
        closed.append(True)

    form.closed.connect(note)
    assert form.may_leave()
    form.fields.summary.setPlainText("Half typed")
    script.will_answer(answer)
    assert form.may_leave() is leaves
    settle(form)
    ctx = school.ctx_for("business_manager")
    assert incidents.open_incident(ctx, number).draft.summary == typed
    assert len(drafts.mine(ctx)) == kept
    assert closed == ([True] if answer == "Save it" else [])


def test_a_draft_brings_back_names_and_dates_that_mean_nothing_yet(
    make_form: MakeForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    assert not form.unsaved()
    QTest.keyClicks(form.fields.author.picker, "Zebedee Nobo")
    assert form.unsaved(), "a name alone is worth asking about"
    press(form, "incident_people_add")
    row = form.fields.more.people._rows[0]
    row.field.picker.setText("Somebody El")
    row.role.setCurrentIndex(row.role.findData(str(PersonRole.REPORTED_BY)))
    form.fields.received.date.line.setText("the 45th")
    form.save_draft()
    form.hide()
    again = fresh(make_form())
    assert again.fields.author.only_typed == "Zebedee Nobo"
    assert again.fields.more.people.only_typed == (("Somebody El", str(PersonRole.REPORTED_BY)),)
    assert again.fields.received.date.text() == "the 45th"
    assert again.unsaved()


def test_a_name_half_typed_over_the_author_does_not_come_back_as_not_known(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = school.incident(author="anna", conduct=(Conduct.ABUSIVE,), summary="As logged")
    form = opened(make_form(), number)
    form.fields.author.picker.clear()
    QTest.keyClicks(form.fields.author.picker, "Zebed")
    form.save_draft()
    form.hide()
    again = opened(make_form(), number)
    assert not again.fields.author.unknown.isChecked()
    assert again.fields.author.only_typed == "Zebed"
    with pytest.raises(Invalid):
        again.fields.draft()


def test_that_nobody_knows_who_posted_comes_back(make_form: MakeForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    form.fields.author.unknown.setChecked(True)
    form.save_draft()
    form.hide()
    assert fresh(make_form()).fields.author.unknown.isChecked()
