"""DOC-4: the chronology keeps everything, also what was withdrawn. And the recovery sheet."""

from __future__ import annotations

from dataclasses import replace

import page as checker

from smdesk.documents import recovery_sheet, timeline
from tests.documents.reading import roles, text_of
from tests.documents.samples import recovery_data, timeline_data


def test_every_entry_in_order_with_who_and_when() -> None:
    found = text_of(timeline.render_bytes(timeline_data()))
    places = [found.index(f"Step number {number} ") for number in range(24)]
    assert places == sorted(places)
    assert "TAKEN BACK: Entered twice by mistake" in found
    assert "1 Apr 2026 09:15" in found
    assert found.count("Ms R. Office") == 25
    assert "screenshot-1.png" in found


def test_a_quotation_longer_than_a_page_is_kept_whole() -> None:
    data = timeline_data(2)
    row = replace(data.rows[0], detail="word " * 3000)
    pdf = timeline.render_bytes(replace(data, rows=(row, data.rows[1]), said="shout " * 2000))
    found = text_of(pdf)
    assert found.count("word") == 3000
    assert found.count("shout") == 2000
    assert "Step number 1 " in found
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    assert roles(pdf).count("BlockQuote") == 1


def test_an_incident_without_entries() -> None:
    found = text_of(timeline.render_bytes(replace(timeline_data(0), said="", facts=(), evidence=())))
    assert "Nothing has been recorded yet." in found
    assert "What was said" not in found


def test_the_recovery_sheet_shows_the_code_and_names_but_no_password() -> None:
    found = text_of(recovery_sheet.render_bytes(recovery_data()))
    # The program asks for a group by its number.
    assert "Groups 1 to 4 7KQ2 - M9XD - 4RTB - WZ8P Groups 5 to 8 H3CE - VN6A - 5GJY - 2FSK" in found
    assert "Ms R. Office School business manager office" in found
    assert r"C:\Users\office\AppData\Local\SM Desk" in found
    assert "No password is written here" in found
