"""Settings, Letters: the list, the editor with its parts and fields, the preview, the comparison and the versions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from smdesk.services import wordings
from smdesk.services.letter_records import LetterKind
from smdesk.services.letter_wording import PHRASES, Part
from smdesk.services.wording_records import WordingDraft, WordingKey
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings import wording_section
from smdesk.ui.pages.settings.page import Page
from smdesk.ui.pages.settings.wording_editor import WordingEditor
from smdesk.ui.pages.settings.wording_history import as_html
from smdesk.ui.pages.settings.wording_section import LanguageDialog, WordingSection
from smdesk.ui.widgets.dialogs import MINE
from tests.support.school import SmallSchool
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import clashes

ENGLISH = WordingKey(LetterKind.INVITATION.value, "", "en")
WELSH = WordingKey(LetterKind.INVITATION.value, "", "cy")
OWN = WordingDraft(
    "Please come", "Kind regards", (Part("About $platform.", ""), Part("It is gone.", "removed"))
)

Open = Callable[[str, WordingKey], WordingEditor]


@pytest.fixture
def section_for(desk_for: Callable[[str], Desk], qtbot: QtBot) -> Callable[[str], WordingSection]:
    def make(login: str) -> WordingSection:
        page = Page(desk_for(login))
        qtbot.addWidget(page)
        page.resize(1100, 640)
        page.show()
        page.show_section("letters")
        assert page._desk.tasks.wait_all()
        section = page.section("letters")
        assert isinstance(section, WordingSection)
        section.page_alive = page  # the section dies with its page
        return section

    return make


@pytest.fixture
def editor_for(section_for: Callable[[str], WordingSection]) -> Open:
    """``editor_for("headteacher", key)``: the wording, opened from the list and shown."""

    def make(login: str, key: WordingKey) -> WordingEditor:
        section = section_for(login)
        section.show_language(key.language)
        assert section._desk.tasks.wait_all()
        section.open_key(key)
        assert section._desk.tasks.wait_all(30)
        editors = [each for each in section.findChildren(WordingEditor) if each.isVisible()]
        editors[-1].section_alive = section
        return editors[-1]

    return make


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is asked why a wording is changed says so."""
    monkeypatch.setattr(
        "smdesk.ui.pages.settings.wording_editor.ask_reason", lambda *_a, **_k: "Governors, March"
    )


def settle(editor: WordingEditor) -> None:
    assert editor._desk.tasks.wait_all(30)


def type_at_end(editor: WordingEditor, text: str) -> None:
    cursor = editor.parts.editor.text.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End)
    editor.parts.editor.text.setTextCursor(cursor)
    editor.parts.editor.text.insertPlainText(text)


def line_of(section: WordingSection, title: str, language: str) -> list[str]:
    return next(line for line in section.table.cell_texts() if line[:2] == [title, language])


TITLE = "Invitation to talk, with removal request"


def test_the_list_says_whose_wording_stands(
    section_for: Callable[[str], WordingSection], school: SmallSchool
) -> None:
    wordings.save(school.ctx_for("headteacher"), ENGLISH, OWN, "Governors, March", 0)
    section = section_for("business_manager")
    assert section.add_button.isHidden()
    assert section.open_button.text() == "&Open…"
    own = line_of(section, TITLE, "English")
    assert own[2:] == ["Our own, version 1", "Wed 11 Mar 2026, Mrs H. Alder", ""]
    welsh = line_of(section, TITLE, "Welsh")
    assert welsh[2] == "As shipped"
    assert welsh[4] == "Have this checked by a Welsh speaker before it goes out."
    section.show_language("cy")
    assert section._desk.tasks.wait_all()
    assert {line[1] for line in section.table.cell_texts()} == {"Welsh"}


def test_it_is_not_for_those_who_write_no_letters(desk_for: Callable[[str], Desk], qtbot: QtBot) -> None:
    for login, there in (("headteacher", True), ("business_manager", True), ("governor", False)):
        page = Page(desk_for(login))
        qtbot.addWidget(page)
        labels = [page.list.item(line).text() for line in range(page.list.count())]
        assert ("Letters" in labels) is there


def test_a_wording_opens_with_its_fields_named_and_unchanged(editor_for: Open) -> None:
    editor = editor_for("headteacher", ENGLISH)
    assert editor.parts.list.count() == len(wordings.get(editor._desk.ctx, ENGLISH).draft.parts)
    assert editor.draft() == wordings.get(editor._desk.ctx, ENGLISH).draft
    assert "$" not in editor.parts.editor.text.toPlainText()
    editor.parts.choose(4)
    assert "Only where the post can still be seen: Please" in editor.parts.list.item(4).text()
    assert editor.parts.when.currentData() == "not_removed"
    # Nothing was changed, so nothing is asked.
    editor.close_button.click()
    assert not editor.isVisible()


def test_the_preview_stands_beside_it(editor_for: Open, school: SmallSchool) -> None:
    school.incident(platform="facebook")
    editor = editor_for("headteacher", ENGLISH)
    text = " ".join(editor.preview.view.text.split())
    assert "A post on Facebook" in text
    assert "Ms Alex Sample" in text
    assert "can no longer be seen" not in text
    action = next(each for each in editor.preview.conditions() if each.data() == "removed")
    action.setChecked(True)
    settle(editor)
    assert "can no longer be seen" in " ".join(editor.preview.view.text.split())
    assert editor.preview.case.count() == 2
    editor.preview.case.setCurrentIndex(1)
    settle(editor)
    assert "3 Orchard Way" in editor.preview.view.text
    assert not editor.preview.holds.isEnabled()


@pytest.mark.usefixtures("answered")
def test_it_is_changed_and_saved_as_a_version(editor_for: Open) -> None:
    editor = editor_for("headteacher", ENGLISH)
    ctx = editor._desk.ctx
    before = editor.parts.list.count()
    editor.subject.setText("Please come and talk")
    type_at_end(editor, " Thank you for reading this, ")
    editor.parts.editor.insert_field("contact")
    editor.parts.choose(1)
    editor.parts.remove.click()
    editor.parts.add.click()
    type_at_end(editor, "It costs $$5.")
    editor.parts.when.setCurrentIndex(editor.parts.when.findData("removed"))
    editor.parts.up.click()
    editor.save_button.click()
    settle(editor)
    found = wordings.get(ctx, ENGLISH)
    assert found.row.number == 1
    assert found.draft.subject == "Please come and talk"
    assert found.draft.parts[0].text.endswith("Thank you for reading this, $contact")
    assert Part("It costs $$5.", "removed") in found.draft.parts
    assert len(found.draft.parts) == before
    assert not isValid(editor) or not editor.isVisible()


@pytest.mark.usefixtures("answered")
def test_what_is_wrong_leads_to_its_part(editor_for: Open) -> None:
    editor = editor_for("headteacher", ENGLISH)
    editor.parts.choose(3)
    type_at_end(editor, " $parent costs $5")
    editor.parts.choose(0)
    editor.save_button.click()
    settle(editor)
    assert editor.isVisible()
    assert any("Part 4: there is no field “$parent”" in each for each in editor.problems.sentences)
    assert any("Part 4: a “$” stands alone" in each for each in editor.problems.sentences)
    assert editor.parts.list.currentRow() == 3
    assert wordings.get(editor._desk.ctx, ENGLISH).row.number == 0
    # The preview says the same in the place of a letter.
    editor._show_preview()
    settle(editor)
    assert editor.preview.view.paper is None


def test_a_changed_wording_is_not_closed_unasked(editor_for: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = editor_for("headteacher", ENGLISH)
    editor.ending.setText("Best wishes")
    asked: list[str] = []

    def no(question: str, *_a: object, **_k: object) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(editor._desk.messages, "confirm", no)
    editor.reject()
    assert editor.isVisible()
    assert asked == ["Close without saving the changed wording?"]
    editor.ending.setText("Yours sincerely")
    editor.reject()
    assert len(asked) == 1
    assert not editor.isVisible()


@pytest.mark.usefixtures("answered")
def test_somebody_elses_version_is_told_of(
    editor_for: Open, school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = editor_for("headteacher", ENGLISH)
    wordings.save(school.ctx_for("headteacher"), ENGLISH, OWN, "Meanwhile", 0)
    editor.subject.setText("Mine")
    monkeypatch.setattr("smdesk.ui.pages.settings.wording_editor.ask_conflict", lambda *_a: MINE)
    editor.save_button.click()
    settle(editor)
    settle(editor)
    found = wordings.get(school.ctx_for("headteacher"), ENGLISH)
    assert (found.row.number, found.draft.subject) == (2, "Mine")


@pytest.mark.usefixtures("answered")
def test_versions_are_shown_taken_up_and_given_up(editor_for: Open, school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    wordings.save(head, ENGLISH, OWN, "Governors, March", 0)
    editor = editor_for("headteacher", ENGLISH)
    assert [editor.versions.table.item(0, at).text() for at in (0, 2, 3)] == [
        "1",
        "Mrs H. Alder",
        "Governors, March",
    ]
    assert "[+" in editor.versions.differences.toPlainText()
    editor.tabs.setCurrentWidget(editor._compared)
    settle(editor)
    assert "[+Please+] [−invitation" in editor.comparison.toPlainText()
    assert "[−" in editor.comparison.toPlainText()
    editor.restore_button.click()
    settle(editor)
    assert wordings.get(head, ENGLISH).draft.subject.startswith("An invitation")
    editor = editor_for("headteacher", ENGLISH)
    assert editor.restore_button.isHidden()
    editor.versions.table.setCurrentCell(1, 0)
    editor.versions.take.click()
    assert editor.tabs.currentIndex() == 0
    assert editor.draft() == OWN
    editor.save_button.click()
    settle(editor)
    assert wordings.get(head, ENGLISH).row.number == 3


def test_the_office_looks_and_changes_nothing(editor_for: Open) -> None:
    editor = editor_for("business_manager", WELSH)
    assert editor.parts.editor.is_read_only()
    assert editor.subject.isReadOnly()
    assert not editor.checked.isEnabled()
    assert not editor.checked.isChecked()
    for hidden in (editor.save_button, editor.restore_button, editor.versions.take):
        assert hidden.isHidden()
    said = " ".join(label.text() for label in editor.findChildren(wording_section.PlainLabel))
    assert "Have this checked by a Welsh speaker before it goes out." in said
    assert "Gwahoddiad" in editor.preview.view.text
    editor.reject()
    assert not editor.isVisible()


@pytest.mark.usefixtures("answered")
def test_a_welsh_wording_is_marked_as_checked(editor_for: Open, school: SmallSchool) -> None:
    editor = editor_for("headteacher", WELSH)
    editor.checked.setChecked(True)
    editor.save_button.click()
    settle(editor)
    row = wordings.get(school.ctx_for("headteacher"), WELSH).row
    assert row.checked
    assert row.number == 1


@pytest.mark.usefixtures("answered")
def test_phrases_are_edited_one_by_one(editor_for: Open, school: SmallSchool) -> None:
    key = WordingKey(PHRASES, "", "en")
    editor = editor_for("headteacher", key)
    assert not editor.parts.add.isVisible()
    assert not editor.subject.isVisible()
    first = editor.parts._parts[0]
    editor.parts.choose(0)
    editor.parts.editor.text.selectAll()
    editor.parts.editor.text.insertPlainText("rude words")
    editor.save_button.click()
    settle(editor)
    found = wordings.get(school.ctx_for("headteacher"), key)
    assert found.draft.parts[0] == Part("rude words", first.when)


def test_another_language_is_begun(
    section_for: Callable[[str], WordingSection], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    section = section_for("headteacher")
    dialog = LanguageDialog(["en", "cy"])
    qtbot.addWidget(dialog)
    assert dialog.box.findData("en") == dialog.box.findData("cy") == -1
    dialog.box.setCurrentIndex(dialog.box.findData("ur"))
    assert dialog.chosen() == "ur"
    monkeypatch.setattr(LanguageDialog, "exec", lambda self: LanguageDialog.DialogCode.Accepted)
    monkeypatch.setattr(LanguageDialog, "chosen", lambda self: "ur")
    section.add_button.click()
    assert section._desk.tasks.wait_all()
    assert {(line[1], line[2]) for line in section.table.cell_texts()} == {("Urdu", "Not written yet")}
    section.open_key(WordingKey(LetterKind.INVITATION.value, "", "ur"))
    assert section._desk.tasks.wait_all(30)
    [editor] = section.findChildren(WordingEditor)
    assert editor.subject.layoutDirection().name == "RightToLeft"
    assert editor.restore_button.isHidden()
    assert editor.draft().subject.startswith("An invitation")
    editor.reject()
    QApplication.processEvents()


@pytest.mark.parametrize("login", ["headteacher", "business_manager"])
@pytest.mark.parametrize(
    "key", [ENGLISH, WELSH, WordingKey(PHRASES, "", "cy"), WordingKey(ENGLISH.kind, "", "ur")]
)
def test_the_editor_is_for_the_keyboard_too(
    editor_for: Open, school: SmallSchool, login: str, key: WordingKey
) -> None:
    if key.kind != PHRASES:
        wordings.save(school.ctx_for("headteacher"), key, OWN, "Governors, March", 0)
    editor = editor_for(login, key)
    for place in range(editor.tabs.count()):
        editor.tabs.setCurrentIndex(place)
        settle(editor)
        assert clashes(editor) == []
    assert nameless(editor) == []
    assert nameless(editor.section_alive) == []
    editor.reject()


def test_a_comparison_shows_hostile_words_as_they_are() -> None:
    from smdesk.services.wording_rules import differences

    hostile = WordingDraft("A", "B", (Part('<b>O\'Brien & Sons <img src="/etc/passwd"/>', ""),))
    shown = as_html(differences(OWN, hostile, {}), {"platform": "<i>where"})
    assert "<img" not in shown
    assert "<b>O" not in shown
    assert "‹&lt;i&gt;where›" in shown
    assert "&lt;" in shown
