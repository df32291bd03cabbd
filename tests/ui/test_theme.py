"""What is read can be read: contrast, in both dresses."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

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
