"""The help: its pages are there, its links lead somewhere, and the keys it names are the window's."""

from __future__ import annotations

import re
from pathlib import Path

from pytestqt.qtbot import QtBot

import smdesk
from smdesk.ui.help import ORDER, HelpWindow, topics
from smdesk.ui.tabs import TABS


def test_every_tab_has_a_page() -> None:
    assert {tab.name for tab in TABS} <= set(ORDER)
    assert all(title and len(text) > 200 for _, title, text in topics())


def test_links_lead_to_pages() -> None:
    for _, _, text in topics():
        for target in re.findall(r"\]\(([^)]+)\)", text):
            assert target.removesuffix(".md") in ORDER


def test_what_it_calls_by_name_is_called_so_on_the_screen() -> None:
    """Words in italics are a button's, a field's or a view's: one that was renamed is found here."""
    source = "".join(file.read_text(encoding="utf-8") for file in Path(smdesk.__file__).parent.rglob("*.py"))
    shown = source.replace("&", "").replace("’", "'").casefold()
    unknown = [
        f"{name}: {words}"
        for name, _, text in topics()
        for words in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", text)
        if words.rstrip("….").replace("’", "'").casefold() not in shown
    ]
    assert unknown == []


def test_a_topic_opens_and_the_search_finds_pages(qtbot: QtBot) -> None:
    window = HelpWindow()
    qtbot.addWidget(window)
    window.show_topic("letters")
    assert "Approve and sign" in window.page.toPlainText()
    window.search.setText("recovery code")
    window.search.returnPressed.emit()
    shown = [
        window.list.item(i).text() for i in range(window.list.count()) if not window.list.item(i).isHidden()
    ]
    assert "What is protected" in shown
    assert "People" not in shown
    window.search.setText("zebra crossing")
    window.search.returnPressed.emit()
    assert "No page" in window.page.toPlainText()
    window.show_topic("nonsense")
    assert window.list.currentRow() == 0
