"""A letter that was printed, saved or opened outside by itself: the audit log knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.ui.desk import Desk
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


def noted(school: SmallSchool) -> list[tuple[str, int | None]]:
    with school.database.reading() as session:
        rows = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action.in_(["letter.printed", "letter.copied", "letter.opened_outside"]))
            .order_by(AuditEntry.seq)
        )
        return [(row.action, row.object_id) for row in rows]


def test_each_way_out_of_the_program_is_written_down(
    qtbot: QtBot,
    school: SmallSchool,
    page_for: PageFor,
    tasks: Tasks,
    script: Script,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letter = issued_letter(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert noted(school) == []
    page.screen.preview.save_to(tmp_path / "copy.pdf")
    settle(tasks)
    assert noted(school) == [("letter.copied", letter)]
    page.screen.preview.save_to(tmp_path / "gone" / "copy.pdf")
    settle(tasks)
    assert "missing" in script.texts[0]
    assert len(noted(school)) == 1  # nothing left
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)
    script.will_answer("Open a copy")
    page.screen.preview.open_outside()
    settle(tasks)
    assert noted(school)[1:] == [("letter.opened_outside", letter)]
