"""An issued letter as an e-mail file, from its screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from smdesk.services import letters
from smdesk.services.letter_records import LetterKind
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters import email_file
from smdesk.ui.tasks import Tasks
from tests.support.issued import issued_letter
from tests.support.letters_page import PageFor, opened, pages
from tests.support.pages import settle
from tests.support.school import SmallSchool
from tests.support.script import Script


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with pages(qtbot, desk_for, tasks) as make:
        yield make


@pytest.fixture
def opened_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The dialog answers with a name without an ending; what would be opened is noted."""
    found: list[str] = []
    monkeypatch.setattr(
        email_file,
        "asking",
        lambda title: lambda parent, name, kinds: str(tmp_path / name.removesuffix(".eml")),
    )
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(url.toLocalFile()) or True)
    return found


def test_it_is_saved_and_opened_where_the_person_says_so(
    school: SmallSchool,
    page_for: PageFor,
    tasks: Tasks,
    script: Script,
    opened_files: list[str],
    tmp_path: Path,
) -> None:
    page = page_for("business_manager")
    opened(page, issued_letter(school), tasks)
    script.will_answer("Open it")
    page.screen.actions.email.click()
    settle(tasks)
    file = tmp_path / "Letter 2026-L0001.eml"
    assert b"X-Unsent: 1" in file.read_bytes()
    (asked,) = script.seen
    assert "It is to anna@quillfeather.example" in asked.more
    assert "Nothing has been sent" in asked.more
    assert opened_files == [str(file)]
    # Made is not sent: how it went is recorded by whoever sent it.
    assert letters.get(school.ctx_for("business_manager"), 1).sent_how is None


def test_an_address_that_is_none_stops_it(
    school: SmallSchool,
    page_for: PageFor,
    tasks: Tasks,
    script: Script,
    opened_files: list[str],
    tmp_path: Path,
) -> None:
    letter = issued_letter(school)
    with school.database.writing() as session:
        session.execute(text("UPDATE person SET email = 'anna at home'"))
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.actions.email.click()
    settle(tasks)
    assert "no e-mail address" in script.texts[-1]
    assert (list(tmp_path.glob("*.eml")), opened_files) == ([], [])


def test_a_draft_has_no_such_button(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    draft = letters.draft(school.ctx_for("business_manager"), school.incident(), LetterKind.INVITATION).id
    page = page_for("business_manager")
    opened(page, draft, tasks)
    assert not page.screen.actions.email.isVisible()
