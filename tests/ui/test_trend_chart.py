"""The charts over time: scales, patterns that differ without colour, and lines drawn in light and dark."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.ui import theme
from smdesk.ui.widgets.trend_chart import (
    FULL,
    OPEN,
    STRIPED,
    BarChart,
    Bars,
    Kind,
    LineChart,
    Spot,
    apart,
    scale,
)

KINDS = (Kind("Praise", FULL, "ok"), Kind("Neutral", OPEN, "muted"), Kind("Criticism", STRIPED, "danger"))


def drawn(chart: BarChart | LineChart) -> QImage:
    image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert not image.isNull()
    return image


def inked(image: QImage, left: int, top: int, wide: int, high: int, ink: str) -> float:
    """The share of points of a box that are (nearly) of this colour."""
    wanted = QColor(ink)
    near = 0
    for x in range(left, left + wide):
        for y in range(top, top + high):
            found = image.pixelColor(x, y)
            parts = zip(found.getRgb()[:3], wanted.getRgb()[:3], strict=True)
            near += all(abs(one - other) < 40 for one, other in parts)
    return near / (wide * high)


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 1), (1, 1), (5, 5), (6, 6), (11, 15), (26, 30), (99, 100), (501, 600), (7_777, 8_000)],
)
def test_an_axis_is_whole_and_holds_the_largest(largest: int, top: int) -> None:
    found, step = scale(largest)
    assert found == top
    assert found >= largest
    assert found % step == 0
    assert found // step <= 6


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_kinds_differ_in_pattern_and_not_only_in_colour(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, colours: theme.Colours
) -> None:
    monkeypatch.setattr(theme, "colours", lambda: colours)
    chart = BarChart("chart", "Findings", KINDS, "Nothing.")
    qtbot.addWidget(chart)
    chart.resize(400, 240)
    chart.show_months([Bars("Mar", "2026", (4, 4, 4), "March 2026")], "All alike")
    image, plot = drawn(chart), chart.plot()
    middle, level = int(plot.center().x()), int(plot.center().y())
    shares = [
        inked(image, middle - 24 + at * 18, level - 10, 10, 40, getattr(colours, kind.colour))
        for at, kind in enumerate(KINDS)
    ]
    full, frame, striped = shares
    assert full > 0.95
    assert frame < 0.2
    assert 0.02 < striped < 0.7


def test_the_figures_are_taken_in_by_arrow_keys_and_said(qtbot: QtBot) -> None:
    chart = LineChart("ratings", "Ratings", 5, "No rating.")
    qtbot.addWidget(chart)
    chart.resize(400, 240)
    first, last = date(2026, 1, 1), date(2026, 3, 1)
    spots = [
        Spot("A", first, 4.5, "A first"),
        Spot("B", date(2026, 2, 1), 2.0, "B"),
        Spot("A", last, 4.0, "A last"),
    ]
    chart.show_spots(first, last, spots, "A fell")
    assert chart.accessibleDescription() == "A fell"
    assert chart.accessibleName() == "Ratings. A first"
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.current_words() == "B"
    QTest.keyClick(chart, Qt.Key.Key_End)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.current_words() == "A last"
    high, low = chart.box_of(0), chart.box_of(1)
    assert high.center().y() < low.center().y()
    assert high.center().x() < low.center().x() < chart.box_of(2).center().x()
    assert drawn(chart) != QImage()
    chart.show_spots(first, last, (), "")
    assert chart.accessibleName() == "Ratings. No rating."
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.current_words() == ""
    drawn(chart)


def test_many_months_in_a_narrow_window_stay_apart(qtbot: QtBot) -> None:
    chart = BarChart("chart", "Findings", KINDS, "Nothing.")
    qtbot.addWidget(chart)
    chart.resize(chart.minimumSizeHint())
    months = [Bars("Jan", "", (1, 2_000, 3), f"month {at}") for at in range(60)]
    chart.show_months(months, "Five years")
    boxes = [chart.box_of(at) for at in range(60)]
    assert all(one.right() <= other.left() + 0.01 for one, other in itertools.pairwise(boxes))
    assert boxes[-1].right() <= chart.width()
    drawn(chart)


def test_a_thousand_figures_on_one_spot_are_drawn_as_one() -> None:
    crowded = [QPointF(10 + number / 1000, 20) for number in range(1000)]
    assert apart([*crowded, QPointF(40, 20)]) == [QPointF(10, 20), QPointF(40, 20)]
    rising = [QPointF(10, 20 - 5 * number) for number in range(4)]
    assert apart(rising) == rising, "on one day, but of different heights"
    assert apart([]) == []
