"""A case file that is being made when the program is killed leaves nothing readable behind (DOC-4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from smdesk.services import case_file_saving, case_files, evidence, issued_papers, verify
from smdesk.services.case_file_records import CaseWish
from tests.faults.lived_in import Lived
from tests.faults.processes import child, killed, said
from tests.support.pictures import photograph


@pytest.fixture
def pictured(lived: Lived) -> Lived:
    with lived.signed_in() as office:
        for number in range(6):
            evidence.add(office, lived.incident, f"{number}.jpg", photograph((300, 200 + number)))
    return lived


@pytest.mark.parametrize("pages", [2, 9, 14])
def test_killed_while_pages_are_made_nothing_is_left(pictured: Lived, tmp_path: Path, pages: int) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "case.pdf").write_bytes(b"the older one")
    with child(pictured, "case_file", f"{pictured.incident}|{pages}|{place / 'case.pdf'}") as process:
        assert said(process) == "hanging"
        # Not even while it runs is there a file with a name that somebody could open.
        assert [each.name for each in place.iterdir()] == ["case.pdf"]
        killed(process)
    assert [each.name for each in place.iterdir()] == ["case.pdf"]
    assert (place / "case.pdf").read_bytes() == b"the older one"
    with pictured.signed_in() as office:
        assert issued_papers.list_papers(office) == []
        assert verify.check(office) == []


def test_killed_while_it_is_put_in_place_it_is_cleared_away_at_the_next_sign_in(
    pictured: Lived, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with child(pictured, "case_file", f"{pictured.incident}|written|{place / 'case.pdf'}") as process:
        assert said(process) == "hanging"
        (stray,) = place.iterdir()
        assert stray.name.startswith(case_file_saving.PREFIX)
        killed(process)
    assert stray.exists()
    with pictured.signed_in() as office:
        # What the program does after each sign-in.
        assert case_file_saving.clear_strays(office) == 1
        assert list(place.iterdir()) == []
        made = case_files.make(office, pictured.incident, CaseWish(), place / "case.pdf")
        assert issued_papers.read_paper(office, made.paper_id) == (place / "case.pdf").read_bytes()
    assert [each.name for each in place.iterdir()] == ["case.pdf"]


def test_what_another_window_is_writing_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.part").write_bytes(b"somebody's own")
    with case_file_saving.new_file(tmp_path) as source:
        source.write(b"pages")
        with case_file_saving.named(source, tmp_path / "case.pdf") as part:
            assert part.read_bytes() == b"pages"
            assert case_file_saving.sweep(tmp_path) == 0
            assert part.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["case.pdf", "notes.part"]
