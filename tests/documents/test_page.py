"""Files are whole or not there, and the user is told why in words."""

from __future__ import annotations

import contextlib
import errno
import locale
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from smdesk.documents import listing, page
from smdesk.documents.page import save_pdf, written_whole
from smdesk.errors import Cancelled, StorageProblem
from smdesk.policy.words import narrow_day, written_day
from tests.documents.papers import PAPERS
from tests.documents.reading import elements, opened
from tests.documents.samples import listing_data


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


class FullDisk:
    """Stands for ``os.fdopen``: a file on a disk that fills up after a few bytes."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.real = os.fdopen

    def __call__(self, handle: int, mode: str):
        stream = self.real(handle, mode)
        outer = self

        class Limited:
            def __enter__(self):
                return self

            def __exit__(self, *_exc):
                stream.close()

            def write(self, data: bytes) -> int:
                if len(data) > outer.room:
                    stream.write(data[: outer.room])
                    raise OSError(errno.ENOSPC, "No space left on device")
                return stream.write(data)

            def flush(self) -> None:
                stream.flush()

            def fileno(self) -> int:
                return stream.fileno()

        return Limited()


def test_a_full_disk_is_told_and_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(b"old")
    monkeypatch.setattr(page.os, "fdopen", FullDisk(10))
    with pytest.raises(StorageProblem, match=r"“letter.pdf” was not saved .* the disk is full"):
        save_pdf(b"x" * 1000, file)
    assert names(tmp_path) == ["letter.pdf"]
    assert file.read_bytes() == b"old"


def test_a_failing_sync_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(page.os, "fsync", fail)
    with pytest.raises(StorageProblem, match="Input/output error"):
        save_pdf(b"x", tmp_path / "letter.pdf")
    assert names(tmp_path) == []


def test_a_locked_target_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_source: object, _target: object) -> None:
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(page.os, "replace", locked)
    with pytest.raises(StorageProblem, match="open in another program"):
        save_pdf(b"x", tmp_path / "letter.pdf")
    assert names(tmp_path) == []


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="folder does not exist"):
        save_pdf(b"x", tmp_path / "gone" / "letter.pdf")


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"

    def write() -> None:
        with written_whole(file) as stream:
            stream.write(b"half")
            assert [name for name in names(tmp_path) if name.endswith(".part")]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert names(tmp_path) == []


def test_the_file_is_synced_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(page.os, "fsync", lambda handle: (order.append("sync"), sync(handle))[1])
    monkeypatch.setattr(page.os, "replace", lambda a, b: (order.append("rename"), replace(a, b))[1])
    save_pdf(b"x", tmp_path / "letter.pdf")
    assert order[:2] == ["sync", "rename"]


def test_a_long_list_can_be_watched_and_stopped(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    listing.render(listing_data(350), tmp_path / "list.pdf", lambda done, total: seen.append((done, total)))
    assert (300, 350) in seen
    assert seen[-1][0] == seen[-1][1]
    with pytest.raises(Cancelled):
        listing.render(listing_data(350), tmp_path / "other.pdf", cancelled=lambda: True)
    assert names(tmp_path) == ["list.pdf"]


def test_an_empty_list_says_so() -> None:
    from tests.documents.reading import text_of

    assert "0 entries." in text_of(listing.render_bytes(listing_data(0)))
    assert "There is nothing in this list." in text_of(listing.render_bytes(listing_data(0)))
    assert "1 entry." in text_of(listing.render_bytes(listing_data(1)))


def test_dates_are_written_out_in_english_whatever_the_computer_speaks() -> None:
    assert written_day(date(2026, 5, 2)) == "2 May 2026"
    assert narrow_day(date(2026, 4, 28)) == "28 Apr 2026"
    old = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "cy_GB.UTF-8", "C.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_TIME, name)
            assert written_day(date(2026, 3, 1)) == "1 March 2026"
    finally:
        locale.setlocale(locale.LC_TIME, old)


@pytest.mark.parametrize("columns", [6, 10])
def test_a_day_stays_on_one_line_of_a_list(columns: int) -> None:
    days = ["16 Nov 2026"] * (columns - 2)
    names = ["Aunt or uncle of a pupil in the top class", "Snapchat, WhatsApp and others"]
    data = replace(
        listing_data(1),
        columns=tuple(listing.ListColumn(f"Column {at}") for at in range(columns)),
        rows=[(*names, *days)],
    )
    document = pypdfium2.PdfDocument(listing.render_bytes(data))
    try:
        lines = document[0].get_textpage().get_text_bounded().replace("\u00a0", " ").splitlines()
    finally:
        document.close()
    assert "\n".join(lines).count("16 Nov 2026") == columns - 2


def _lines(data: listing.ListingData) -> list[str]:
    document = pypdfium2.PdfDocument(listing.render_bytes(data))
    try:
        return document[0].get_textpage().get_text_bounded().replace("\u00a0", " ").splitlines()
    finally:
        document.close()


def test_a_list_of_many_columns_is_set_smaller_before_words_are_cut() -> None:
    row = (
        *("Facebook", "Instagram", "acknowledged", "everybody", "neighbours", "manager", "2026/M0031"),
        *("https://www.example.org/a/page/with/a/long/link", "20 Mar 2026", "Katarzyna", "practising"),
        *("responsible", "volunteers", "checklist", "families", "envelope"),
    )
    columns = tuple(listing.ListColumn(f"Heading {at}") for at in range(len(row)))
    shown = " ".join(_lines(replace(listing_data(1), columns=columns, rows=[row]))).split()
    assert [each for each in row if len(each) < 30 and " " not in each and each not in shown] == []


def test_a_comma_stays_with_its_day_on_one_line() -> None:
    times = ["16 Nov 2026, 12:38"] * 6
    words = ["What was said there in a sentence that has to be broken"] * 3
    columns = tuple(listing.ListColumn(f"Column {at}") for at in range(9))
    lines = _lines(replace(listing_data(1), columns=columns, rows=[(*words, *times)]))
    assert not [line for line in lines if line.lstrip().startswith(",")]
    assert "\n".join(lines).count("16 Nov 2026,") == 6


def test_lines_ended_by_hand_are_not_joined_for_a_reader() -> None:
    from smdesk.documents.text import break_lines

    def said(words: str, width: float = 1000.0) -> list[str]:
        return ["".join(piece.run.text for piece in line.pieces) for line in break_lines(words, 10, width)]

    assert said("14 Orchard Close\nLarkfield \n\nKent") == ["14 Orchard Close ", "Larkfield ", "", "Kent"]
    assert said("محمد\nand on") == ["محمد ", "and on"]
    with_blank, without = (break_lines(words, 10, 1000)[0] for words in ("Larkfield\nKent", "Larkfield"))
    assert with_blank.width == without.width, "what is not seen takes no room"


@pytest.mark.parametrize(("name", "title"), [("today", "Letters to sign"), ("pack", "In this pack")])
def test_papers_of_many_matters_have_bookmarks(name: str, title: str) -> None:
    pdf = PAPERS[name]()
    with opened(pdf) as document, document.open_outline() as outline:
        titles = [str(item.title) for item in outline.root]
        heads = [each for each in elements(document) if str(each.S) in ("/H1", "/H2")]
    assert len(titles) == len(heads) > 3
    assert any(each.startswith(title) for each in titles), titles
