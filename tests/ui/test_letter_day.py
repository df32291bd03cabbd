"""One letter by hand, from the incident to the post and back: a Welsh family's, in large print (DOC-1, INC-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.db.models import Person
from smdesk.policy.vocabulary import Step
from smdesk.services import letters, mail_out, steps
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind, LetterStatus, PaperLook, SentHow
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.letter_dialog import LetterDialog
from smdesk.ui.pages.letters.dialogs import ApproveDialog, CameBackDialog
from smdesk.ui.pages.letters.mail_out_dialog import GoneDialog, MailOutDialog
from smdesk.ui.pages.letters.page import Page
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ReasonDialog
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.documents.reading import texts_of
from tests.support.forms import press
from tests.support.incident_form import MakeForm, make_form
from tests.support.incident_form import opened as form_opened
from tests.support.letters_page import PageFor, add_text, dialog_of, opened, type_over
from tests.support.letters_page import pages as letter_pages
from tests.support.pages import front, settle
from tests.support.school import SmallSchool
from tests.support.script import Script

__all__ = ["make_form"]


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with letter_pages(qtbot, desk_for, tasks) as make:
        yield make


def hand_in(page: Page, tasks: Tasks) -> None:
    press(page, "letter_submit")
    settle(tasks)


def test_a_warning_from_the_incident_to_the_post_box_and_back(
    school: SmallSchool, make_form: MakeForm, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    office = school.ctx_for("business_manager")
    with school.database.writing() as session:
        anna = session.get_one(Person, school.people["anna"])
        anna.language, anna.paper_look = "Cymraeg", PaperLook.LARGE.value
    incident = school.incident(platform="facebook", named="tariq")
    today = office.today()
    steps.record(office, incident, StepDraft(Step.TALK, school.people["anna"], today, "She came in"))
    steps.record(office, incident, StepDraft(Step.ASK_REMOVAL, school.people["anna"], today, ""))

    # At the incident the next letter of the ladder is chosen already.
    form = form_opened(make_form(), incident)
    form.header.menu.findChild(QAction, "incident_action_write").trigger()
    settle(tasks)
    (chosen,) = [each for each in form.findChildren(LetterDialog) if each.isVisible()]
    choice = chosen.choice()
    assert choice is not None
    assert choice.kind is LetterKind.WRITTEN_WARNING
    chosen.ok.click()
    settle(tasks)
    (row,) = letters.for_incident(office, incident)
    letter = row.id

    # The office adds a word and hands it in.
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert page.screen.form.body.body()[0].strip()
    add_text(page, "Diolch")
    hand_in(page, tasks)
    record = letters.get(office, letter)
    assert (record.status, record.language, record.edit.look) == (
        LetterStatus.SUBMITTED,
        "cy",
        PaperLook.LARGE,
    )
    assert record.edit.body.endswith("Diolch")

    # The headteacher sends it back, and it is put right.
    decides = page_for("headteacher")
    opened(decides, letter, tasks)
    press(decides, "letter_return")
    back = dialog_of(decides, ReasonDialog)
    assert isinstance(back, ReasonDialog)
    back.edit.setPlainText("Say it without the thanks.")
    back.ok.click()
    settle(tasks)
    assert letters.get(office, letter).returned_note == "Say it without the thanks."
    opened(page, letter, tasks)
    type_over(page, "Diolch", "Cofion")
    hand_in(page, tasks)

    # Signed, issued, and printed with all that are to go out.
    opened(decides, letter, tasks)
    press(decides, "letter_approve")
    settle(tasks)
    signing = dialog_of(decides, ApproveDialog)
    assert isinstance(signing, ApproveDialog)
    signing.ok.click()
    settle(tasks)
    opened(page, letter, tasks)
    script.will_answer("Issue it")
    press(page, "letter_issue")
    settle(tasks)
    assert letters.get(office, letter).status is LetterStatus.ISSUED
    paper = letters.issued_pdf(office, letter)
    pages = texts_of(paper)
    assert any("Cofion" in each for each in pages[:-1])
    assert any("English copy" in each for each in pages)

    press(page, "letters_mail_out")
    settle(tasks)
    out = dialog_of(page, MailOutDialog)
    assert isinstance(out, MailOutDialog)
    out.print_button.click()
    settle(tasks)
    (window,) = [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, PreviewWindow) and each.isVisible()
    ]
    window.close()
    assert [each.id for each in mail_out.going_out(office)] == [letter]
    out.record_button.click()
    gone = front(GoneDialog, out)
    gone.ok.click()
    settle(tasks)
    out.close()
    assert letters.get(office, letter).sent_how is SentHow.POST

    # It comes back, and everybody sees so; the paper in the archive is what it was.
    opened(page, letter, tasks)
    press(page, "letter_came_back")
    returned = dialog_of(page, CameBackDialog)
    assert isinstance(returned, CameBackDialog)
    returned.why_box.setCurrentIndex(1)
    returned.ok.click()
    settle(tasks)
    assert "came back" in page.screen.chip.text
    assert letters.issued_pdf(office, letter) == paper
    told = [line.text for line in steps.timeline(office, incident)]
    assert any("came back undelivered" in line for line in told)
