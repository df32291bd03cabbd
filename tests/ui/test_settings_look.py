"""Settings, School: the colour of letters, also out of the logo, and the envelope they are folded for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smdesk.services import school
from smdesk.services.letter_records import Envelope
from smdesk.services.school_look import ColourFrom, SchoolLook
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings.page import Page
from smdesk.ui.pages.settings.school_section import SchoolSection
from smdesk.ui.widgets import look_field
from tests.documents.test_logo import OAK


@pytest.fixture
def section_for(desk_for: Callable[[str], Desk], qtbot: QtBot) -> Callable[[], SchoolSection]:
    """The section as the business manager has it, loaded."""
    alive: list[QWidget] = []  # the section dies with its page

    def make() -> SchoolSection:
        page = Page(desk_for("business_manager"))
        qtbot.addWidget(page)
        page.resize(1000, 640)
        page.show()
        page.show_section("school")
        assert page._desk.tasks.wait_all()
        alive.append(page)
        return page.section("school")

    return make


def test_the_colour_of_letters_comes_from_the_logo_and_is_shown_as_it_prints(
    section_for: Callable[[], SchoolSection], tmp_path: Path
) -> None:
    section = section_for()
    field = section.colour
    field.choice.setCurrentIndex(field.choice.findData(ColourFrom.LOGO))
    assert "no logo" in field.problem.text()
    section.save_button.click()
    assert section._desk.tasks.wait_all()
    assert section.problems.isVisible()
    drawing = tmp_path / "oak.svg"
    drawing.write_bytes(OAK.replace(b"#186a3b", b"#ffd21a"))
    section.head.logo.load(drawing)
    assert field.problem.isHidden()
    assert "Darkened" in field.note.text()
    assert not section.head.logo.preview.pixmap().isNull()
    section.envelope.setCurrentIndex(section.envelope.findData(Envelope.C5))
    section.save_button.click()
    assert section._desk.tasks.wait_all()
    look = school.get(section._desk.ctx).look
    assert look == SchoolLook(ColourFrom.LOGO, "#ffd21a", Envelope.C5)
    assert not section.unsaved()
    field.choice.setCurrentIndex(field.choice.findData(ColourFrom.STANDARD))
    assert section.unsaved()
    assert "Darkened" not in field.note.text()
    section.save_draft()
    again = section_for()
    assert again.colour.look(Envelope.C5) == SchoolLook(envelope=Envelope.C5)
    assert again.unsaved()


def test_a_colour_of_ones_own(
    section_for: Callable[[], SchoolSection], monkeypatch: pytest.MonkeyPatch
) -> None:
    section = section_for()
    field = section.colour
    assert field.pick.isHidden()
    field.choice.setCurrentIndex(field.choice.findData(ColourFrom.OWN))
    monkeypatch.setattr(look_field.QColorDialog, "getColor", lambda *words: QColor("#8c1d40"))
    field.pick.click()
    section.save_button.click()
    assert section._desk.tasks.wait_all()
    assert school.get(section._desk.ctx).look.colour == "#8c1d40"
    assert "#8c1d40" in field.sample.styleSheet()
