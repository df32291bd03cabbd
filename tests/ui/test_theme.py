"""What is read can be read: contrast, in both dresses."""

from __future__ import annotations

import itertools
import re

import pytest
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from smdesk.ui import theme
from smdesk.ui.theme import DARK, LIGHT, Colours


def luminance(colour: str) -> float:
    parts = []
    for part in QColor(colour).getRgbF()[:3]:
        parts.append(part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dress", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(dress: Colours) -> None:
    grounds = (dress.window, dress.base, dress.raised, dress.neutral_ground)
    pairs = list(itertools.product((dress.text, dress.muted, dress.accent, dress.danger), grounds))
    pairs += [
        (dress.on_accent, dress.accent),
        (dress.text, dress.selection),
        (dress.danger, dress.danger_ground),
        (dress.accent, dress.danger_ground),
        (dress.text, dress.danger_ground),
        (dress.warning, dress.warning_ground),
        (dress.text, dress.warning_ground),
        (dress.ok, dress.ok_ground),
        (dress.info, dress.info_ground),
        (dress.text, dress.info_ground),
    ]
    weak = [(a, b, round(contrast(a, b), 2)) for a, b in pairs if contrast(a, b) < 4.5]
    assert weak == []


def test_the_palette_follows_the_system(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    before, sheet = qapp.palette(), qapp.styleSheet()
    try:
        monkeypatch.setattr(theme, "dark", lambda: True)
        theme.restyle()
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
        monkeypatch.setattr(theme, "dark", lambda: False)
        theme.restyle()
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    finally:
        qapp.setPalette(before)
        qapp.setStyleSheet(sheet)


@pytest.mark.parametrize("dress", [LIGHT, DARK], ids=["light", "dark"])
def test_what_can_be_ticked_can_be_seen(dress: Colours) -> None:
    # 3 to 1 is what the edge of a control needs.
    for edge, ground in (
        (dress.muted, dress.base),
        (dress.muted, dress.raised),
        (dress.accent, dress.raised),
    ):
        assert contrast(edge, ground) >= 3


@pytest.mark.parametrize("dress", [LIGHT, DARK], ids=["light", "dark"])
def test_every_picture_the_style_names_is_there(dress: Colours) -> None:
    named = re.findall(r'url\("([^"]+)"\)', theme.style_sheet(dress))
    assert len(named) == 4
    assert all(not QIcon(name).pixmap(16, 16).isNull() for name in named)


def test_a_tick_box_has_an_edge_in_the_dark(qtbot: QtBot) -> None:
    box = QCheckBox("On a school account")
    qtbot.addWidget(box)
    box.setPalette(theme.palette(DARK))
    box.setStyleSheet(theme.style_sheet(DARK))
    box.show()
    picture = box.grab().toImage()
    row = [picture.pixelColor(x, picture.height() // 2).name() for x in range(20)]
    assert DARK.muted in row
