"""The headteacher's five minutes, by keyboard alone: on the real services, as they go through what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import QBuffer, QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import ConnectionException, User
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import connection_moves, connection_questions, connections, drafts, letters, queue, steps
from smdesk.services.connection_records import DecisionKind, ExceptionRecord, ExceptionStatus, PaperAnswer
from smdesk.services.letter_records import LetterStatus
from smdesk.services.question_records import QuestionOutcome
from smdesk.services.queue import QueueKind
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.dialogs import ApproveDialog
from smdesk.ui.pages.queue.exception_screen import ExceptionScreen
from smdesk.ui.pages.queue.letter_place import LetterPlace
from smdesk.ui.pages.queue.matter_screens import IncidentScreen, QuestionScreen
from smdesk.ui.pages.queue.page import Page
from smdesk.ui.pages.queue.paper_screen import PaperScreen
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.file_view import FileView
from smdesk.ui.widgets.service_dialog import ServiceDialog
from tests.services.test_queue import letter_waiting, paper, question_answered
from tests.support import connections as make
from tests.support import pages
from tests.support.pages import settle
from tests.support.school import SmallSchool
from tests.support.script import Script

ALT, CTRL, NONE = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)
Key = Qt.Key
PageFor = Callable[..., Page]


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    made: list[Page] = []

    def open_page(login: str = "headteacher", width: int = 1340) -> Page:
        made.append(pages.shown(Page(desk_for(login)), qtbot, tasks, width, 600))
        return made[-1]

    yield open_page
    for page in made:
        for screen in page._screens.values():
            keeper = getattr(getattr(screen, "screen", screen), "keeper", None)
            if keeper is not None:
                keeper.stop()
        page.hide()
    settle(tasks)


class Hands:
    """Presses keys where the keyboard is."""

    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self._qtbot, self._tasks = qtbot, tasks

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        self._qtbot.keyClick(QApplication.focusWidget(), key, held)
        settle(self._tasks)

    def type(self, words: str) -> None:
        self._qtbot.keyClicks(QApplication.focusWidget(), words)
        settle(self._tasks)


@pytest.fixture
def hands(qtbot: QtBot, tasks: Tasks) -> Hands:
    return Hands(qtbot, tasks)


def focus() -> str:
    widget = QApplication.focusWidget()
    return widget.objectName() if widget is not None else ""


def shown(page: Page) -> QWidget:
    return page.stack.currentWidget()


def status(school: SmallSchool, exception: int) -> ExceptionStatus:
    return make.opened(school, exception).status


def opened(school: SmallSchool, exception: int) -> ExceptionRecord:
    return make.opened(school, exception, "headteacher")


def test_two_exceptions_in_a_row_without_the_mouse(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    first = make.submit(school, make.declare(school))
    second = make.submit(school, make.declare(school, other="tariq"))
    page = page_for()
    # The first is open and the keyboard is in the list.
    assert focus() == "queue_list"
    assert [item.id for item in page.list.items] == [first, second]
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    assert screen.title.text() == "Tim Hazel and Sam Quillfeather"
    hands.press(Key.Key_P, ALT)
    assert focus() == "decide_reason"
    hands.type("Uncle and nephew, known to us since 2020.")
    hands.press(Key.Key_Return, CTRL)
    # The next one is open, nothing is left of what was typed, and the keyboard is back in the list.
    assert status(school, first) is ExceptionStatus.APPROVED
    assert screen.title.text() == "Tim Hazel and Tariq Osei-Marsh"
    assert screen.panel.reason.toPlainText() == ""
    assert screen.panel.kind is None
    assert focus() == "queue_list"
    hands.press(Key.Key_R, ALT)
    hands.type("There is no need for it.")
    hands.press(Key.Key_Return, CTRL)
    assert status(school, second) is ExceptionStatus.REFUSED
    # Nothing is left: it says so, and what was last.
    assert page.front.currentWidget() is page.empty
    assert focus() == "queue_empty_action"
    record = opened(school, first)
    assert record.decisions[0].reason == "Uncle and nephew, known to us since 2020."
    assert record.decisions[0].fault == ""
    assert record.from_on == school.clock.now.date()
    assert record.review_on == school.clock.now.date().replace(year=2027)


def test_the_empty_queue_says_what_was_last_and_what_comes_next(
    school: SmallSchool, page_for: PageFor
) -> None:
    make.approved(school, review_on=school.clock.now.date() + timedelta(days=300))
    page = page_for()
    said = page.empty.findChildren(QWidget)
    words = " ".join(widget.text() for widget in said if hasattr(widget, "text"))
    assert "Nothing waits for you" in words
    assert "Your last decision: 2026/C0001, approved on 11 March 2026." in words
    assert "The next review is due on 5 January 2027: Tim Hazel and Sam Quillfeather." in words


def test_everything_needed_is_on_the_screen(school: SmallSchool, page_for: PageFor) -> None:
    refused = make.submit(school, make.declare(school, platforms=("snapchat",)))
    make.decide(
        school, refused, DecisionKind.REFUSE, reason="Messages vanish there.", from_on=None, review_on=None
    )
    connection_questions.ask(
        school.ctx_for("headteacher"), school.people["teacher"], school.people["sam"], "Since when?"
    )
    joined = school.clock.now.date() - timedelta(days=212)
    make.submit(
        school,
        make.declare(
            school,
            other_joined_on=joined,
            relationship_note="His sister's son",
            evidence_seen="Family book",
            conditions_proposed="Family group only",
        ),
    )
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    facts = dict(screen.facts.lines)
    assert facts["Adult"] == "Tim Hazel (Member of staff), joined 1 September 2020"
    assert facts["Pupil"].startswith("Sam Quillfeather (Pupil")
    assert facts["The adult is their"] == "Aunt or uncle. His sister's son"
    assert facts["Platforms"] == "Facebook"
    assert facts["Evidence seen"] == "Family book"
    assert "Late by 212 days" in facts["Declared"]
    assert screen.late.isVisible()
    assert screen.late.text == "Late by 212 days"
    assert "Snapchat" in " ".join(words for _, words in screen.earlier.lines)
    assert "Since when?" in " ".join(words for _, words in screen.earlier.lines)
    policy = dict(screen.policy.lines)
    assert "this is a breach" in policy["Without it"]
    assert "Rule CON-2" in policy
    # The conditions proposed are offered with the approval.
    screen.panel.choose(DecisionKind.APPROVE)
    assert screen.panel.conditions.toPlainText() == "Family group only"


def test_without_a_reason_nothing_is_signed(school: SmallSchool, page_for: PageFor, hands: Hands) -> None:
    exception = make.submit(school, make.declare(school))
    page = page_for()
    hands.press(Key.Key_R, ALT)
    page.list.setFocus()
    hands.press(Key.Key_Return, CTRL)
    # From the list nothing is signed: the key leads to where it is.
    assert focus() == "decide_reason"
    hands.press(Key.Key_L, ALT)
    assert focus() == "queue_list"
    hands.press(Key.Key_Return, CTRL)
    assert focus() == "decide_reason"
    hands.press(Key.Key_Return, CTRL)
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    assert "Write the reason" in screen.panel.problems.sentences[0]
    assert focus() == "decide_reason"
    assert status(school, exception) is ExceptionStatus.AWAITING


def test_dates_that_cannot_be_are_said_at_their_field(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    exception = make.submit(school, make.declare(school))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    hands.type("Family.")
    screen.panel.from_on.set_text("1/3/2026")
    hands.press(Key.Key_Return, CTRL)
    assert focus() == "decide_from_line"
    assert screen.panel.problems.isVisible()
    assert status(school, exception) is ExceptionStatus.AWAITING
    screen.panel.from_on.set_text("today")
    screen.panel.review_on.set_text("some day")
    hands.press(Key.Key_Return, CTRL)
    assert focus() == "decide_review_line"
    screen.panel.review_on.set_text("11/9/2026")
    hands.press(Key.Key_Return, CTRL)
    assert status(school, exception) is ExceptionStatus.APPROVED


def test_alt_down_in_a_day_opens_its_calendar_and_not_the_next_item(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    make.submit(school, make.declare(school))
    make.submit(school, make.declare(school, other="tariq"))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    wanted: list[str] = []
    day = screen.panel.from_on
    day.line.calendar_wanted.connect(lambda: wanted.append("calendar"))
    day.set_read_only(True)  # the popup itself needs a real screen
    day.setFocus()
    hands.press(Key.Key_Down, ALT)
    assert wanted == ["calendar"]
    assert screen.title.text() == "Tim Hazel and Sam Quillfeather"


def test_asking_for_more_needs_no_days(school: SmallSchool, page_for: PageFor, hands: Hands) -> None:
    exception = make.submit(school, make.declare(school))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_M, ALT)
    assert not screen.panel.from_on.isVisible()
    assert not screen.panel.conditions.isVisible()
    hands.type("Has the mother agreed?")
    hands.press(Key.Key_Return, CTRL)
    assert status(school, exception) is ExceptionStatus.MORE_WANTED


def test_a_review_is_renewed_or_ended(school: SmallSchool, page_for: PageFor, hands: Hands) -> None:
    exception = make.approved(school, review_on=school.clock.now.date() + timedelta(days=30))
    school.clock.forward(days=25)
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    assert not screen.panel.choices[DecisionKind.APPROVE].isVisible()
    # Announced before its day: nobody has waited for it yet.
    assert page.list.item(0).text().endswith("Exception to review · due in 5 days")
    assert screen.chip.kind == "warning", "as in the register and the record"
    assert page.where.text().endswith("due in 5 days")
    said: list[str] = []
    page._desk.say = said.append
    hands.press(Key.Key_W, ALT)
    hands.type("Still close.")
    hands.press(Key.Key_Return, CTRL)
    record = opened(school, exception)
    assert record.decisions[-1].kind is DecisionKind.RENEW
    assert said == ["Tim Hazel and Sam Quillfeather (2026/C0001): what you decided is on record."]
    assert record.review_on == (school.clock.now.date() + timedelta(days=365))
    assert page.front.currentWidget() is page.empty


def test_what_is_half_typed_stays_with_its_item(
    school: SmallSchool, page_for: PageFor, hands: Hands, tasks: Tasks
) -> None:
    first = make.submit(school, make.declare(school))
    make.submit(school, make.declare(school, other="tariq"))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    hands.type("Half a rea")
    assert page.unsaved()
    hands.press(Key.Key_Down, ALT)
    assert screen.title.text() == "Tim Hazel and Tariq Osei-Marsh"
    assert screen.panel.reason.toPlainText() == ""
    assert not page.unsaved()
    hands.press(Key.Key_Up)
    assert screen.title.text() == "Tim Hazel and Sam Quillfeather"
    assert screen.panel.reason.toPlainText() == "Half a rea"
    assert screen.panel.kind is DecisionKind.APPROVE
    assert screen.kept.isVisible()
    # Once signed, nothing is kept.
    hands.press(Key.Key_Return)
    assert focus() == "decide_reason"
    screen.panel.reason.setPlainText("A whole reason")
    hands.press(Key.Key_Return, CTRL)
    assert status(school, first) is ExceptionStatus.APPROVED
    settle(tasks)
    assert drafts.get(school.ctx_for("headteacher"), "decision", first) is None


def test_locking_keeps_what_is_typed(school: SmallSchool, page_for: PageFor, hands: Hands) -> None:
    exception = make.submit(school, make.declare(school))
    page = page_for()
    hands.press(Key.Key_R, ALT)
    hands.type("No need")
    page.save_draft()
    again = page_for()
    screen = shown(again)
    assert isinstance(screen, ExceptionScreen)
    assert screen.panel.reason.toPlainText() == "No need"
    assert screen.panel.kind is DecisionKind.REFUSE
    assert status(school, exception) is ExceptionStatus.AWAITING


def test_decided_in_another_window_meanwhile(school: SmallSchool, page_for: PageFor, hands: Hands) -> None:
    exception = make.submit(school, make.declare(school))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    hands.type("Family.")
    make.decide(school, exception, DecisionKind.REFUSE, reason="Not now.", from_on=None, review_on=None)
    hands.press(Key.Key_Return, CTRL)
    # Nothing is decided twice; what was decided is shown, and what was typed is still there.
    record = opened(school, exception)
    assert [one.kind for one in record.decisions] == [DecisionKind.REFUSE]
    assert screen.panel.problems.isVisible()
    assert screen.panel.reason.toPlainText() == "Family."
    assert "Not now." in " ".join(words for _, words in screen.decisions.lines)
    assert not screen.panel.sign_button.isVisible()
    # Why nothing can be done here is said, and the keyboard has not strayed from what was typed.
    assert "does not wait for a decision any more" in screen.panel.note.text()
    assert not screen.panel.review_on.isVisible()
    assert focus() == "decide_reason"
    assert page.where.text().startswith("Waits no more")


def test_taken_back_by_the_office_meanwhile(
    school: SmallSchool, page_for: PageFor, hands: Hands, tasks: Tasks
) -> None:
    exception = make.submit(school, make.declare(school))
    later = make.submit(school, make.declare(school, other="tariq"))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    hands.type("Family.")
    office = school.ctx_for("business_manager")
    connection_moves.take_back(office, exception, make.opened(school, exception).version)
    hands.press(Key.Key_Return, CTRL)
    # It is off the list, what was typed can be copied, and the way on is a key away.
    assert [item.id for item in page.list.items] == [later]
    assert screen.panel.reason.toPlainText() == "Family."
    assert screen.panel.reason.isReadOnly()
    assert focus() == "decide_reason"
    hands.press(Key.Key_Down, ALT)
    assert screen.title.text() == "Tim Hazel and Tariq Osei-Marsh"
    assert focus() == "queue_list"


def test_coming_back_to_the_window_reads_the_list_again(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    make.submit(school, make.declare(school))
    page = page_for()
    make.submit(school, make.declare(school, other="tariq"))
    assert len(page.list.items) == 1
    QApplication.sendEvent(page, QEvent(QEvent.Type.WindowActivate))
    settle(tasks)
    assert len(page.list.items) == 2


def test_a_role_taken_away_while_the_form_is_open(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    exception = make.submit(school, make.declare(school))
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    hands.type("Family.")
    with school.database.writing() as session:
        session.get_one(User, school.users["headteacher"]).roles = ["leadership"]
    hands.press(Key.Key_Return, CTRL)
    assert "does not allow you to decide" in screen.panel.problems.sentences[0]
    assert screen.panel.reason.toPlainText() == "Family."
    with school.database.writing() as session:
        session.get_one(User, school.users["headteacher"]).roles = ["headteacher"]
    assert status(school, exception) is ExceptionStatus.AWAITING


def test_con_5_the_headteachers_nephew_comes_to_the_chair(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    exception = make.submit(school, make.declare(school, adult="head"))
    page = page_for()
    assert page.front.currentWidget() is page.empty
    page.hide()
    chairs = page_for("chair")
    assert [item.id for item in chairs.list.items] == [exception]
    screen = shown(chairs)
    assert isinstance(screen, ExceptionScreen)
    label, words = screen.policy.lines[0]
    assert label == "Who decides"
    assert "it is for the chair of governors (CON-5)" in words
    hands.press(Key.Key_P, ALT)
    hands.type("Nephew, known before.")
    hands.press(Key.Key_Return, CTRL)
    assert status(school, exception) is ExceptionStatus.APPROVED
    assert "Mrs C. Fir" in make.opened(school, exception).decisions[0].decider_name


def test_a_decision_on_paper_is_confirmed_beside_its_scan(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    exception = paper(school)
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, PaperScreen)
    recorded = dict(screen.recorded.lines)
    assert recorded["Decision"] == "Approved"
    assert recorded["Reason"] == "Family since birth."
    assert screen.scan.stack.currentWidget() is screen.scan.pdf
    hands.press(Key.Key_Return, CTRL)
    decision = opened(school, exception).decisions[0]
    assert decision.answer is PaperAnswer.CONFIRMED
    assert decision.fingerprint
    assert page.front.currentWidget() is page.empty


def test_a_decision_on_paper_that_was_not_made_is_disputed_with_the_reason(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    exception = paper(school)
    page = page_for()
    hands.press(Key.Key_N, ALT)
    # Qt presses a button a moment after its Alt key.
    wait_for(lambda: dialog() is not None)
    wait_for(lambda: (asked := dialog()) is not None and asked.isActiveWindow())
    hands.type("I refused it.")
    hands.press(Key.Key_Return, CTRL)
    wait_for(lambda: opened(school, exception).decisions[0].answer is PaperAnswer.DISPUTED)
    # It waits for a decision again: the same exception, now to be decided here.
    assert isinstance(shown(page), ExceptionScreen)
    assert page.list.items[0].kind is QueueKind.EXCEPTION


def wait_for(there: Callable[[], bool]) -> None:
    for _ in range(500):
        if there():
            return
        QTest.qWait(10)
    raise AssertionError("It did not come.")


def dialog(kind: type[QDialog] = ServiceDialog) -> QDialog | None:
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
    return found[0] if found else None


def test_a_letter_is_read_and_signed_here(
    school: SmallSchool, page_for: PageFor, hands: Hands, tasks: Tasks
) -> None:
    letter = letter_waiting(school)
    exception = make.submit(school, make.declare(school, other="tariq"))
    page = page_for()
    assert [item.kind for item in page.list.items] == [QueueKind.EXCEPTION, QueueKind.LETTER]
    hands.press(Key.Key_Down)
    place = shown(page)
    assert isinstance(place, LetterPlace)
    # The keyboard stays in the list, so that the arrows go on.
    assert focus() == "queue_list"
    hands.press(Key.Key_Return, CTRL)
    asked = dialog(ApproveDialog)
    assert asked is not None
    hands.press(Key.Key_Return, CTRL)
    settle(tasks)
    assert letters.get(school.ctx_for("headteacher"), letter).status is LetterStatus.APPROVED
    assert isinstance(shown(page), ExceptionScreen)
    assert [item.id for item in page.list.items] == [exception]


def test_a_changed_letter_is_asked_about_before_it_is_left(
    school: SmallSchool, page_for: PageFor, hands: Hands, script: Script, tasks: Tasks
) -> None:
    letter_waiting(school)
    school.clock.forward(days=1)
    make.submit(school, make.declare(school, other="tariq"))
    page = page_for()
    place = shown(page)
    assert isinstance(place, LetterPlace)
    place.screen.form.subject.setText("Another subject")
    script.will_answer("Go on typing")
    hands.press(Key.Key_Down, ALT)
    assert shown(page) is place
    assert page.list.currentRow() == 0
    script.will_answer("Save it")
    hands.press(Key.Key_Down, ALT)
    settle(tasks)
    # Saved, it is a draft again and waits no more.
    assert isinstance(shown(page), ExceptionScreen)
    assert [item.kind for item in page.list.items] == [QueueKind.EXCEPTION]


def test_an_incident_is_acted_on_from_here(
    school: SmallSchool, page_for: PageFor, hands: Hands, tasks: Tasks
) -> None:
    incident = school.incident(
        summary="Friend request to a pupil", author="teacher", named="sam", conduct=(Conduct.CONTACT_REQUEST,)
    )
    make.submit(school, make.declare(school))
    said: list[str] = []
    page = page_for()
    page._desk.say = said.append
    hands.press(Key.Key_Down)
    screen = shown(page)
    assert isinstance(screen, IncidentScreen)
    assert screen.title.text() == "Friend request to a pupil"
    assert "Tim Hazel (member of staff)" in dict(screen.facts.lines).values()
    assert screen.advice.view is not None
    assert screen.advice.view.advice.next[0].step is Step.DISCIPLINARY
    hands.press(Key.Key_Return)
    assert focus() == "advice_disciplinary_start"
    hands.press(Key.Key_Return)
    assert dialog() is not None
    assert focus() == "step_text"
    hands.type("Spoke with him; he has declined the request.")
    hands.press(Key.Key_Return, CTRL)
    settle(tasks)
    # Acted on, it waits no more.
    taken = steps.timeline(school.ctx_for("headteacher"), incident)
    assert [entry.step for entry in taken if entry.step is not None] == [Step.DISCIPLINARY]
    assert said == ["Friend request to a pupil (2026/0001) waits for you no more."]
    assert isinstance(shown(page), ExceptionScreen)
    assert page.focusWidget() is page.list


def test_a_question_is_closed_with_what_came_of_it(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    question = question_answered(school)
    page = page_for()
    screen = shown(page)
    assert isinstance(screen, QuestionScreen)
    assert "Since school." in dict(screen.facts.lines)["Answer"]
    hands.press(Key.Key_Return)
    assert focus() == "queue_question_no_concern"
    hands.press(Key.Key_Return)
    assert dialog() is not None
    hands.type("Old friends.")
    hands.press(Key.Key_Return, CTRL)
    row = connection_questions.get(school.ctx_for("headteacher"), question)
    assert row.outcome is QuestionOutcome.NO_CONCERN
    assert row.outcome_reason == "Old friends."
    assert page.front.currentWidget() is page.empty


def test_in_a_narrow_window_the_list_steps_aside(
    school: SmallSchool, page_for: PageFor, hands: Hands
) -> None:
    make.submit(school, make.declare(school))
    make.submit(school, make.declare(school, other="tariq"))
    page = page_for(width=900)
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    assert not page.list.isVisible()
    assert focus() == "decide_approve"
    hands.press(Key.Key_Down, ALT)
    assert screen.title.text() == "Tim Hazel and Tariq Osei-Marsh"
    assert focus() == "decide_approve"
    assert "2 of 2" in page.where.accessibleName()
    page.show_list.click()
    assert page.list.isVisible()
    assert focus() == "queue_list"
    page.show_list.click()
    assert focus() == "decide_approve"


def test_the_reason_is_as_high_as_what_is_typed(school: SmallSchool, page_for: PageFor, hands: Hands) -> None:
    make.submit(school, make.declare(school))
    screen = shown(page_for())
    assert isinstance(screen, ExceptionScreen)
    hands.press(Key.Key_P, ALT)
    low = screen.panel.reason.height()
    hands.type("They are family, and the school has known it since the day he came. ")
    hands.type("His mother wrote to the office, and the letter is kept with the declaration.")
    assert screen.panel.reason.height() > low
    assert not screen.panel.reason.verticalScrollBar().isVisible()


def test_what_comes_in_while_it_is_open_is_listed(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    page = page_for()
    assert page.front.currentWidget() is page.empty
    badges: dict[str, int] = {}
    page._desk.set_badge = badges.__setitem__
    exception = make.declare(school)
    office = school.ctx_for("business_manager")
    saved = connections.submit(office, exception, make.version(school, exception))
    page._desk.events.tell(saved.changes)
    settle(tasks)
    assert [item.id for item in page.list.items] == [exception]
    assert isinstance(shown(page), ExceptionScreen)
    assert badges == {"queue": 1}


def test_another_tab_leads_to_what_waits_about_a_record(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    make.submit(school, make.declare(school))
    second = make.submit(school, make.declare(school, other="tariq"))
    decided = make.approved(school, adult="dsl", other="sam")
    page = page_for()
    page.open_record(second)
    settle(tasks)
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    assert screen.title.text() == "Tim Hazel and Tariq Osei-Marsh"
    assert page.list.currentRow() == 1
    # Whoever comes for this one goes on with it, for example with what was half typed before the program locked.
    assert screen.isAncestorOf(QApplication.focusWidget())
    went: list[tuple[str, int]] = []
    page._desk.open_tab = lambda tab, number: went.append((tab, number))
    page.open_record(decided)
    settle(tasks)
    assert went == [("connections", decided)]


def test_the_pack_is_shown_to_be_printed(
    school: SmallSchool, page_for: PageFor, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.submit(school, make.declare(school))
    page = page_for()
    page.pack.click()
    settle(tasks)
    windows = [
        w for w in QApplication.topLevelWidgets() if w.objectName() == "list_preview" and w.isVisible()
    ]
    assert len(windows) == 1
    assert windows[0].view.paper is not None
    windows[0].close()


def test_something_that_is_gone_is_said_and_the_next_is_shown(
    school: SmallSchool, page_for: PageFor, hands: Hands, script: Script, tasks: Tasks
) -> None:
    make.submit(school, make.declare(school))
    second = make.submit(school, make.declare(school, login="dsl", other="tariq"), "dsl")
    page = page_for()
    # It becomes the chair's meanwhile: the headteacher is one of the two now, and it is confidential.
    with school.database.writing() as session:
        row = session.get_one(ConnectionException, second)
        row.confidentiality, row.headteacher_concerned = "staff", True
    hands.press(Key.Key_Down)
    assert any("no such exception" in text for text in script.texts)
    screen = shown(page)
    assert isinstance(screen, ExceptionScreen)
    assert screen.title.text() == "Tim Hazel and Sam Quillfeather"
    assert len(page.list.items) == 1


def test_a_picture_and_a_text_are_shown_as_well_as_a_paper(
    school: SmallSchool, desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> None:
    view = FileView(desk_for("headteacher"), "view", "A scan")
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    image = QImage(900, 1200, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    store = QBuffer()
    store.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(store, "PNG")
    view.show_file(bytes(store.data()), "image/png", "scan.png")
    settle(tasks)
    assert view.stack.currentWidget() is view.picture
    assert view.picture._label.pixmap().width() <= 400
    view.show_file("Ä note".encode(), "text/plain", "note.txt")
    assert view.text.toPlainText() == "Ä note"
    view.show_file(b"\x89PNG broken", "image/png", "broken.png")
    settle(tasks)
    assert view.stack.currentWidget() is view.nothing
    view.show_file(b"", "video/mp4", "film.mp4")
    assert view.stack.currentWidget() is view.nothing


def test_only_what_this_reader_decides_is_read(school: SmallSchool, page_for: PageFor) -> None:
    make.submit(school, make.declare(school, adult="head"))
    school.incident(summary="A rude comment")
    page = page_for()
    assert page.list.items == ()
    assert queue.waiting(school.ctx_for("headteacher")) == []
