"""A wording that is being changed when the program locks: kept, offered, and taken up where it was left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smdesk.services import drafts, wordings
from smdesk.ui.pages.settings.page import Page
from smdesk.ui.pages.settings.wording_editor import WordingEditor
from smdesk.ui.pages.settings.wording_section import WordingSection
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_alt_keys import Open as OpenWindow
from tests.ui.test_alt_keys import settle as settle_window
from tests.ui.test_alt_keys import window_for
from tests.ui.test_wordings import (
    ENGLISH,
    OWN,
    Open,
    answered,
    editor_for,
    section_for,
    settle,
    type_at_end,
)

__all__ = ["answered", "editor_for", "section_for", "window_for"]


def shown(section: WordingSection) -> WordingEditor:
    assert section._desk.tasks.wait_all(30)
    (editor,) = (each for each in section.findChildren(WordingEditor) if each.isVisible())
    return editor


def kept(editor: WordingEditor) -> bool:
    return any(form == "wording" for form, _, _ in drafts.mine(editor._desk.ctx))


def test_it_is_kept_at_a_lock_and_offered_back(
    editor_for: Open, window_for: OpenWindow, school: SmallSchool
) -> None:
    editor = editor_for("headteacher", ENGLISH)
    section = editor.section_alive
    assert not section.unsaved()
    type_at_end(editor, " Half a senten")
    assert section.unsaved()
    section.page_alive.save_draft()
    typed = editor.draft()

    window = window_for("headteacher", "today")
    window.offer_drafts(drafts.mine(school.ctx_for("headteacher")))
    assert "in the middle of changing a letter's wording" in window._drafts.text.text()
    window._drafts.yes.click()
    page = window.page("settings")
    assert isinstance(page, Page)
    settle_window(page._desk.tasks)
    again = shown(page.section("letters"))
    assert again.draft() == typed
    assert again.kept.isVisible()
    assert again.unsaved(), "it is not saved yet"


def test_once_saved_it_is_not_offered_again(
    editor_for: Open, section_for: Callable[[str], WordingSection], answered: None
) -> None:
    editor = editor_for("headteacher", ENGLISH)
    type_at_end(editor, " And tea.")
    editor.keep_draft()
    assert kept(editor)
    editor._save()
    settle(editor)
    assert not kept(editor)
    assert wordings.get(editor._desk.ctx, ENGLISH).draft.parts[0].text.endswith(" And tea.")
    assert not section_for("headteacher").findChildren(WordingEditor)


def test_once_thrown_away_it_is_not_offered_again(editor_for: Open, script: Script) -> None:
    editor = editor_for("headteacher", ENGLISH)
    type_at_end(editor, " Nonsense")
    editor.keep_draft()
    script.will_answer("Close without saving")
    editor.close_button.click()
    settle(editor)
    assert not kept(editor)


def test_what_somebody_saved_meanwhile_is_not_overwritten_unasked(
    editor_for: Open, school: SmallSchool, answered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = editor_for("headteacher", ENGLISH)
    type_at_end(editor, " Mine.")
    editor.keep_draft()
    wordings.save(school.ctx_for("headteacher"), ENGLISH, OWN, "Governors, March", 0)
    asked: list[object] = []
    monkeypatch.setattr(
        "smdesk.ui.pages.settings.wording_editor.ask_conflict", lambda *given: asked.append(given)
    )
    again = editor_for("headteacher", ENGLISH)
    assert again.draft().parts[0].text.endswith(" Mine.")
    again._save()
    settle(again)
    assert asked
    assert wordings.get(school.ctx_for("headteacher"), ENGLISH).row.number == 1


def test_no_reason_is_asked_for_what_cannot_be_saved(
    editor_for: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_given: object, **_named: object) -> str:
        raise AssertionError("asked")

    monkeypatch.setattr("smdesk.ui.pages.settings.wording_editor.ask_reason", asked)
    editor = editor_for("headteacher", ENGLISH)
    type_at_end(editor, " $5")
    editor._save()
    settle(editor)
    assert editor.problems.isVisible()
