"""The reputation tab by mouse and keyboard: places, findings, and how it went over time (REP-1 to REP-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.services import findings, incidents, reputation
from smdesk.services import school as schools
from smdesk.services.incident_records import Confidentiality
from smdesk.services.reputation_records import (
    CheckDraft,
    FindingDecision,
    FindingDraft,
    FindingRecord,
    FindingView,
    PlaceDraft,
    Tone,
)
from smdesk.services.school import Contact
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.reputation.finding_dialogs import DoneDialog, MediaDialog
from smdesk.ui.pages.reputation.finding_form import FindingForm
from smdesk.ui.pages.reputation.findings_view import FindingsView
from smdesk.ui.pages.reputation.page import Page
from smdesk.ui.pages.reputation.place_dialogs import CheckDialog, ChecksDialog, PlaceDialog
from smdesk.ui.pages.reputation.places_view import PlacesView
from smdesk.ui.pages.reputation.trend_view import TrendView
from smdesk.ui.tabs import tabs_for
from smdesk.ui.widgets.filed_form import FILES
from smdesk.ui.widgets.paste import Offered
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import pages
from tests.support.pages import click, front
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import clashes

DeskFor = Callable[[str], Desk]
OFFICE = "business_manager"
TODAY = date(2026, 3, 11)


@pytest.fixture
def desk(desk_for: DeskFor) -> Iterator[Desk]:
    desk = desk_for(OFFICE)
    yield desk
    pages.settle(desk.tasks)


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> Page:
    page = pages.shown(Page(desk), qtbot, desk.tasks, 1300, 700)
    return page


def settle(page: Page) -> None:
    pages.settle(page._desk.tasks)


def places(page: Page) -> PlacesView:
    part = page.part("places")
    assert isinstance(part, PlacesView)
    return part


def press(page: QWidget, name: str) -> None:
    found = [each for each in page.findChildren(QPushButton, name) if each.isVisible()]
    assert len(found) == 1, f"{len(found)} buttons called {name}"
    assert found[0].isEnabled()
    click(found[0])


def form_of(page: Page) -> FindingForm:
    part = page.part("findings")
    assert isinstance(part, FindingsView)
    form = part.form()
    assert isinstance(form, FindingForm)
    return form


def opened(page: Page, finding: int) -> FindingForm:
    page.open_part("findings", finding)
    settle(page)
    return form_of(page)


def do(page: Page, code: str) -> None:
    press(form_of(page), f"finding_{code}")
    settle(page)


def reason(page: Page, text: str) -> None:
    asked = front(ReasonService, page)
    QTest.keyClicks(asked.edit, text)
    click(asked.ok)
    settle(page)


def record_of(school: SmallSchool, finding: int) -> FindingRecord:
    return findings.open_finding(school.ctx_for(OFFICE), finding)


def a_place(school: SmallSchool, name: str = "Google reviews") -> int:
    return reputation.save(school.ctx_for(OFFICE), PlaceDraft(name)).id


def a_finding(school: SmallSchool, place: int, **more: object) -> int:
    draft = FindingDraft(place_id=place, found_on=TODAY, tone=Tone.CRITICISM, said="The gate is open.")
    return findings.save(school.ctx_for(OFFICE), replace(draft, **more)).id


# Places


def test_the_suggested_places_are_added_with_one_click(page: Page, school: SmallSchool) -> None:
    view = places(page)
    assert view.summary.text() == "No place is checked yet"
    assert nameless(page) == []
    press(view, "place_suggested_2")
    settle(page)
    assert [each.draft.name for each in reputation.places(school.ctx_for(OFFICE))] == ["Wikipedia"]
    assert not view.suggested.isVisible()
    ctx = school.ctx_for(OFFICE)
    only = reputation.places(ctx)[0]
    saved = reputation.stop(ctx, only.id, only.version, "A slip")
    page._desk.events.tell(saved.changes)
    settle(page)
    assert view.suggested.isVisible()
    press(view, "places_suggested_all")
    settle(page)
    assert len(reputation.places(ctx)) == 5
    assert view.summary.text() == "5 of 5 places are to be checked."
    assert view.stopped.text() == "Not checked any &more (1)"
    assert nameless(page) == []


def test_nothing_new_is_one_click_and_can_be_undone(page: Page, school: SmallSchool) -> None:
    first, second = a_place(school, "A group"), a_place(school, "B group")
    page._desk.events.tell(frozenset({("place", first)}))
    settle(page)
    view = places(page)
    card = view.card(first)
    assert card is not None
    assert card.chip.text == "To check today"
    card.look.setFocus()
    QTest.keyClick(card.look, Qt.Key.Key_Return)
    settle(page)
    ctx = school.ctx_for(OFFICE)
    assert reputation.place(ctx, first).checked_on == TODAY
    assert "A group checked today, nothing new" in view.done.text.text()
    # It moved below the one still due, and the keyboard went with it.
    assert list(view._cards) == [second, first]
    moved = view.card(first)
    assert moved is not None
    assert moved.chip.text == "Checked today"
    assert page.focusWidget() is moved.look
    press(view, "places_undo")
    settle(page)
    assert reputation.place(ctx, first).checked_on is None
    assert [each.withdrawn for each in reputation.checks(ctx, first)] == [True]


def test_what_stands_on_a_place(page: Page, school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    place = reputation.save(
        ctx, PlaceDraft("<b>Reviews</b>", look_for="New ones", responsible_id=school.people["teacher"])
    ).id
    reputation.check(ctx, place, CheckDraft(TODAY - timedelta(days=10), rating_tenths=43))
    a_finding(school, place)
    page._desk.events.tell(frozenset({("place", place)}))
    settle(page)
    card = places(page).card(place)
    assert card is not None
    assert card.name.text() == "<b>Reviews</b>"
    assert card.name.textFormat() is Qt.TextFormat.PlainText
    assert (card.chip.text, card.chip.kind) == ("3 days overdue", "danger")
    assert card.said.text() == (
        "Tim Hazel looks every 7 days. Last checked Sunday 1 March by Ms B. Cedar. Rated 4.3 stars. "
        "1 finding to decide."
    )
    assert card.look.accessibleName() == "Nothing new <b>Reviews</b>"


def test_a_place_is_typed_changed_stopped_and_taken_up_again(page: Page, school: SmallSchool) -> None:
    page.new_record()
    dialog = front(PlaceDialog, page)
    assert nameless(dialog) == []
    QTest.keyClicks(dialog.link, "javascript:alert(1)")
    press(dialog, "place_dialog_ok")
    settle(page)
    assert len(dialog.problems.sentences) == 2
    assert dialog.focusWidget() is dialog.name
    QTest.keyClicks(dialog.name, "Village page")
    dialog.link.clear()
    dialog.every.setValue(14)
    dialog.responsible.setText("nobody")
    press(dialog, "place_dialog_ok")
    assert "Choose somebody from the list" in dialog.problems.sentences[0]
    dialog.responsible.clear()
    press(dialog, "place_dialog_ok")
    settle(page)
    ctx = school.ctx_for(OFFICE)
    (place,) = reputation.places(ctx)
    assert (place.draft.name, place.draft.every_days) == ("Village page", 14)
    press(page, f"place_change_{place.id}")
    settle(page)
    press(front(PlaceDialog, page), "place_stop")
    reason(page, "It was deleted")
    assert [each.stopped_reason for each in reputation.places(ctx, stopped=True)] == ["It was deleted"]
    view = places(page)
    press(view, "places_stopped")
    settle(page)
    card = view.card(place.id)
    assert card is not None
    assert not card.look.isVisible()
    assert "It was deleted" in card.said.text()
    press(page, f"place_change_{place.id}")
    settle(page)
    press(front(PlaceDialog, page), "place_resume")
    settle(page)
    assert [each.id for each in reputation.places(ctx)] == [place.id]
    assert not view.stopped.isChecked()


def test_a_check_with_its_figures_and_on_to_a_finding(page: Page, school: SmallSchool) -> None:
    place = a_place(school)
    page._desk.events.tell(frozenset({("place", place)}))
    settle(page)
    press(page, f"place_check_{place}")
    dialog = front(CheckDialog, page)
    assert nameless(dialog) == []
    QTest.keyClicks(dialog.rating, "good")
    QTest.keyClicks(dialog.reviews, "many")
    press(dialog, "check_dialog_ok")
    assert len(dialog.problems.sentences) == 2
    dialog.rating.setText("4,3")
    dialog.reviews.setText("1,057")
    QTest.keyClicks(dialog.note, "One is rude")
    press(dialog, "check_finding")
    settle(page)
    ctx = school.ctx_for(OFFICE)
    (check,) = reputation.checks(ctx, place)
    assert (check.rating_tenths, check.reviews, check.note) == (43, 1057, "One is rude")
    assert page.current_part == "findings"
    form = form_of(page)
    assert (form.fields.place.code(), form.fields.draft().check_id) == (place, check.id)
    QTest.keyClicks(form.fields.said, "The head is rude.")
    press(form, "finding_save")
    settle(page)
    assert [each.findings for each in reputation.checks(ctx, place)] == [1]


def test_a_check_that_was_a_slip_is_taken_back(page: Page, school: SmallSchool) -> None:
    place = a_place(school)
    ctx = school.ctx_for(OFFICE)
    reputation.check(ctx, place, CheckDraft(TODAY, "Two new ones", 43, 57))
    page._desk.events.tell(frozenset({("place", place)}))
    settle(page)
    press(page, f"place_checks_{place}")
    settle(page)
    dialog = front(ChecksDialog, page)
    assert nameless(dialog) == []
    lines = [dialog.table.item(row, 1).text() for row in range(dialog.table.rowCount())]
    assert lines == ["Ms B. Cedar: Two new ones\n4.3 stars. 57 reviews.", "Added\nGoogle reviews"]
    assert dialog.table.currentRow() == 0
    press(dialog, "checks_take_back")
    reason(page, "The wrong page")
    assert [each.withdrawn_reason for each in reputation.checks(ctx, place)] == ["The wrong page"]
    assert "Taken back: The wrong page" in dialog.table.item(0, 1).text()
    assert not dialog.take_back.isEnabled()
    dialog.table.setCurrentCell(1, 1)
    assert not dialog.take_back.isEnabled()
    dialog.close()


# Findings


def test_a_finding_is_typed_decided_and_done_by_keyboard(
    page: Page, school: SmallSchool, qtbot: QtBot
) -> None:
    place = a_place(school)
    page.open_part("findings")
    settle(page)
    page.new_record()
    settle(page)
    form = form_of(page)
    assert form.fields.found.day() == TODAY
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    form.fields.said.setFocus()
    QTest.keyClick(form.fields.said, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settle(page)
    assert len(form.problems.sentences) == 2
    form.fields.place.choose(place)
    form.fields.tone.choose(str(Tone.PRAISE))
    QTest.keyClicks(form.fields.said, "The choir was wonderful.")
    QTest.keyClick(form.fields.said, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settle(page)
    assert form.header.title.text() == "2026/R0001"
    assert form.panel.buttons["thank"].property("look") == "primary"
    assert nameless(page) == []
    do(page, "thank")
    reason(page, "They took the trouble")
    assert form.panel.status.text == "To be done"
    assert form.panel.facts.isVisible()
    do(page, "done")
    done = front(DoneDialog, page)
    done.on.set_text("1/1/26")
    press(done, "finding_done_dialog_ok")
    settle(page)
    assert "cannot be earlier" in done.problems.sentences[0]
    done.on.set_day(TODAY)
    QTest.keyClicks(done.note, "Thank you, we told the choir.")
    press(done, "finding_done_dialog_ok")
    settle(page)
    number = form.object_id
    record = record_of(school, number)
    assert (record.decision, record.done_on, record.done_note) == (
        FindingDecision.THANK,
        TODAY,
        "Thank you, we told the choir.",
    )
    assert form.panel.status.text == "Done"
    form.take_back["reopen"].trigger()
    reason(page, "A slip")
    assert record_of(school, number).decision is None
    form.take_back["withdraw"].trigger()
    reason(page, "Another school")
    assert record_of(school, number).withdrawn_at is not None
    assert not form.editable()
    assert "Taken back: Another school" in form.panel.says.text()


def test_a_journalist_waits_for_the_contact_the_settings_name(
    page: Page, school: SmallSchool, desk: Desk
) -> None:
    head = school.ctx_for("headteacher")
    held = schools.get(head)
    schools.save(
        head, replace(held, contacts=(Contact("media", "Mr M. Rowan", "01632 960111"),)), held.version
    )
    finding = a_finding(school, a_place(school), journalist=True)
    form = opened(page, finding)
    assert form.panel.status.text == "Media contact first"
    shown = {code for code, each in form.panel.buttons.items() if each.isVisible()}
    assert shown == {"media"}
    do(page, "media")
    dialog = front(MediaDialog, page)
    assert dialog.who.text() == "Mr M. Rowan"
    assert nameless(dialog) == []
    dialog.who.clear()
    press(dialog, "finding_media_dialog_ok")
    settle(page)
    assert dialog.problems.sentences == ["Say who was told."]
    QTest.keyClicks(dialog.who, "Mrs H. Alder")
    press(dialog, "finding_media_dialog_ok")
    settle(page)
    assert record_of(school, finding).draft.media_told == "Mrs H. Alder"
    shown = {code for code, each in form.panel.buttons.items() if each.isVisible()}
    assert shown == {"thank", "answer", "private_talk", "ignore", "incident"}
    # What a button of its own wrote down is not lost by saving something else.
    QTest.keyClicks(form.fields.notes, "Rang at nine")
    press(form, "finding_save")
    settle(page)
    assert record_of(school, finding).draft.media_told == "Mrs H. Alder"


def test_a_finding_becomes_an_incident_and_is_settled(
    page: Page, school: SmallSchool, desk: Desk, script: Script
) -> None:
    went: list[tuple[str, int]] = []
    desk.open_tab = lambda tab, number: went.append((tab, number))
    finding = a_finding(school, a_place(school))
    form = opened(page, finding)
    QTest.keyClicks(form.fields.by_name, "gate_watcher")
    script.will_answer("Make an incident")
    do(page, "incident")
    settle(page)
    ((tab, number),) = went
    made = incidents.open_incident(school.ctx_for(OFFICE), number)
    assert (tab, made.draft.summary) == ("incidents", "Criticism on Google reviews: The gate is open.")
    assert len(made.draft.people) == 1
    assert record_of(school, finding).decision is FindingDecision.INCIDENT
    assert "handled as an incident" in form.fields.why.text()
    do(page, "open_incident")
    assert went[-1] == ("incidents", number)


def test_a_screenshot_is_pasted_before_saving_and_kept_with_it(page: Page, school: SmallSchool) -> None:
    place = a_place(school)
    page.open_part("findings")
    page.new_record()
    settle(page)
    form = form_of(page)
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    form.intake.take(Offered(images=(image,)))
    settle(page)
    assert form.tabs.tabText(FILES) == "Pictures (1)"
    form.fields.place.choose(place)
    form.fields.said.setPlainText("Look at this.")
    press(form, "finding_save")
    settle(page)
    assert len(record_of(school, form.object_id).files) == 1
    assert form.tabs.tabText(FILES) == "Pictures (1)"


def test_what_became_confidential_is_masked_in_form_and_list(page: Page, school: SmallSchool) -> None:
    finding = a_finding(school, a_place(school), said="Xylophone about Sam", by_name="zebra")
    head = school.ctx_for("headteacher")
    number = findings.hand_over(head, finding, 1).id
    incident = incidents.open_incident(head, number)
    draft = replace(incident.draft, confidentiality=Confidentiality.SAFEGUARDING)
    incidents.save(head, draft, number, incident.version)
    form = opened(page, finding)
    assert form.masked.isVisible()
    seen = f"{form.masked.text.text()} {form.header.summary.text()} {form.fields.typed()}".casefold()
    assert "xylophone" not in seen
    assert "zebra" not in seen
    part = page.part("findings")
    assert isinstance(part, FindingsView)
    part.back()
    part.list.show_filter(replace(part.list.shown, view=FindingView.ALL), part.list.sort)
    settle(page)
    row = pages.all_of_row(part, finding).casefold()
    assert "handed over to an incident" in row
    assert "xylophone" not in row
    assert "zebra" not in row


def test_a_draft_is_kept_when_the_program_locks_and_comes_back(
    page: Page, school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    place = a_place(school)
    page.open_part("findings")
    page.new_record()
    settle(page)
    form = form_of(page)
    form.fields.place.choose(place)
    form.fields.found.set_text("the other day")
    form.fields.journalist.setChecked(True)
    QTest.keyClicks(form.fields.said, "Half a sen")
    assert page.unsaved()
    page.save_draft()
    form.keeper.stop()
    again = pages.shown(Page(desk_for(OFFICE)), qtbot, page._desk.tasks, 1300, 700)
    again.open_part("findings")
    again.new_record()
    settle(again)
    typed = form_of(again).fields.typed()
    assert (typed.place_id, typed.found, typed.said, typed.journalist) == (
        place,
        "the other day",
        "Half a sen",
        True,
    )
    form_of(again).keeper.stop()


def test_the_list_is_narrowed_and_views_counted(page: Page, school: SmallSchool) -> None:
    reviews, wiki = a_place(school), a_place(school, "Wikipedia")
    first = a_finding(school, reviews)
    second = a_finding(school, wiki, tone=Tone.PRAISE, said="A good article.")
    page.open_part("findings")
    settle(page)
    part = page.part("findings")
    assert isinstance(part, FindingsView)
    assert set(part.list.model.ids) == {first, second}
    tone = part.list.filters.tone
    tone.setCurrentIndex(tone.findData(Tone.PRAISE))
    settle(page)
    assert list(part.list.model.ids) == [second]
    part.list.clear_filters()
    place = part.list.filters.place
    place.setCurrentIndex(place.findData(reviews))
    settle(page)
    assert list(part.list.model.ids) == [first]
    pages.click_header(part, page._desk.tasks, "tone")


# Over time


def test_both_charts_say_in_words_what_they_draw(page: Page, school: SmallSchool) -> None:
    place = a_place(school)
    ctx = school.ctx_for(OFFICE)
    for day, tone in (
        (date(2026, 1, 5), Tone.CRITICISM),
        (date(2026, 1, 9), Tone.CRITICISM),
        (TODAY, Tone.PRAISE),
    ):
        a_finding(school, place, found_on=day, tone=tone)
    reputation.check(ctx, place, CheckDraft(date(2026, 1, 9), rating_tenths=43))
    reputation.check(ctx, place, CheckDraft(TODAY, rating_tenths=39))
    page.open_part("trend")
    settle(page)
    view = page.part("trend")
    assert isinstance(view, TrendView)
    assert nameless(view) == []
    assert view.tones_words.text() == (
        "3 findings: 1 praise, 0 neutral, 2 criticism. Most criticism in January 2026: 2."
    )
    assert view.ratings_words.text() == (
        "Google reviews: from 4.3 stars on 9 Jan 2026 to 3.9 stars on 11 Mar 2026."
    )
    assert view.tones.accessibleDescription() == view.tones_words.text()
    assert view.table.cell_texts()[4] == ["January 2026", "0", "0", "2", "2"]
    view.tones.setFocus()
    for _ in range(4):
        QTest.keyClick(view.tones, Qt.Key.Key_Right)
    assert view.tones.accessibleName() == "Findings by month. January 2026: 0 praise, 0 neutral, 2 criticism"
    QTest.keyClick(view.tones, Qt.Key.Key_End)
    assert view.tones.current_words() == "March 2026: 1 praise, 0 neutral, 0 criticism"
    QTest.keyClick(view.tones, Qt.Key.Key_Home)
    assert view.tones.current_words().startswith("September 2025")
    middle = view.tones.box_of(4).center().toPoint()
    QTest.mouseClick(view.tones, Qt.MouseButton.LeftButton, pos=middle)
    assert view.tones.current_words().startswith("January 2026")
    view.ratings.setFocus()
    QTest.keyClick(view.ratings, Qt.Key.Key_End)
    assert view.ratings.current_words() == "Google reviews, 11 March 2026: 3.9 stars"
    view.period.setFocus()
    QTest.keyClick(view.period, Qt.Key.Key_Down)
    settle(page)
    assert view.period.currentText() == "Spring term 2026"
    assert [line[0] for line in view.table.cell_texts()] == ["January 2026", "February 2026", "March 2026"]


def test_a_quiet_time_says_so_and_draws_nothing_wrong(page: Page) -> None:
    page.open_part("trend")
    settle(page)
    view = page.part("trend")
    assert isinstance(view, TrendView)
    assert view.tones_words.text() == "Nothing was found in this time."
    assert view.tones.accessibleName() == "Findings by month. Nothing was found in this time."
    assert not view.figures.isVisible()
    view.tones.setFocus()
    QTest.keyClick(view.tones, Qt.Key.Key_Right)
    at = QPoint(100, 100)
    view.tones.event(QHelpEvent(QEvent.Type.ToolTip, at, view.tones.mapToGlobal(at)))
    assert view.tones._place_at(QPointF(at)) is None


def test_it_prints_as_a_page(page: Page, school: SmallSchool) -> None:
    a_finding(school, a_place(school))
    page.open_part("trend")
    settle(page)
    press(page, "trend_paper")
    settle(page)
    window = front(PreviewWindow, page)
    assert window.windowTitle() == "What is said about us: School year 2025-26"
    window.close()
    settle(page)


# The window


@pytest.mark.parametrize("login", [OFFICE, "headteacher"])
def test_alt_keys_lead_to_one_place_each(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, login: str
) -> None:
    place = a_place(school)
    plain, waits = a_finding(school, place), a_finding(school, place, journalist=True)
    decided = a_finding(school, place)
    findings.decide(school.ctx_for(OFFICE), decided, 1, FindingDecision.ANSWER, "Fair")
    desk = desk_for(login)
    window = MainWindow(desk, "Brambleford")
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    window.resize(1300, 740)
    window.show()
    for part, number in (("places", 0), ("findings", 0), ("trend", 0)):
        window.open_part("reputation", part, number)
        pages.settle(desk.tasks)
        assert clashes(window) == [], part
    for number in (plain, waits, decided):
        desk.open_finding(number)
        pages.settle(desk.tasks)
        assert clashes(window) == [], number
    pages.settle(desk.tasks)


def test_who_gets_the_tab(school: SmallSchool) -> None:
    for login, there in (("governor", False), ("administrator", False), ("leadership", True), ("dsl", True)):
        names = {tab.name for tab in tabs_for(school.ctx_for(login).user.roles)}
        assert ("reputation" in names) is there
