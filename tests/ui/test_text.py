"""Words on screen that must fit."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.text import OneLine


def test_one_line_shows_what_fits_and_keeps_the_rest_as_its_tip(qtbot: QtBot) -> None:
    line = OneLine()
    qtbot.addWidget(line)
    line.resize(600, 20)
    line.show()
    line.show_text("A post about\n<b>the trip</b>")
    assert line.text() == "A post about <b>the trip</b>"
    assert line.toolTip() == ""
    line.resize(70, 20)
    assert line.text().endswith("…")
    assert line.toolTip() == "A post about &lt;b&gt;the trip&lt;/b&gt;"
    assert line.accessibleName() == "A post about <b>the trip</b>"
    line.resize(600, 20)
    assert line.text() == "A post about <b>the trip</b>"
