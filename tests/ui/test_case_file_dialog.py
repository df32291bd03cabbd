"""The dialog for a case file: what goes in, and what waits to be ticked where names go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction

from smdesk.services import case_files, evidence
from smdesk.services.case_file_records import CaseLetter, CaseOptions, CasePerson, CasePicture
from smdesk.ui.pages.incidents import case_file_dialog
from smdesk.ui.pages.incidents.case_file_dialog import CaseFileDialog
from smdesk.ui.pages.incidents.form import IncidentForm
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.support.forms import settle
from tests.support.incident_form import MakeForm, dialog, make_form, opened
from tests.support.pictures import photograph
from tests.support.school import SmallSchool
from tests.support.script import Script

__all__ = ["make_form"]


def asked(form: IncidentForm) -> CaseFileDialog:
    action = form.findChild(QAction, "incident_action_case_file")
    assert action is not None
    assert action.isVisible()
    action.trigger()
    shown = dialog(form, "case_file_dialog")
    assert isinstance(shown, CaseFileDialog)
    return shown


@pytest.fixture
def saved_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names suggested, each saved in a folder of the test's own."""
    names: list[str] = []

    def choose(parent: object, name: str, kinds: str) -> str:
        names.append(name)
        return str(tmp_path / "chosen")

    monkeypatch.setattr(case_file_dialog, "asking", lambda title: choose)
    return names


def test_a_case_file_is_made_shown_and_said(
    make_form: MakeForm, school: SmallSchool, script: Script, saved_as: list[str], tmp_path: Path
) -> None:
    number = school.incident(named="teacher")
    evidence.add(school.ctx_for("business_manager"), number, "post.jpg", photograph())
    form = opened(make_form(), number)
    made = asked(form)
    assert made.all_names.isChecked()
    assert made.pictures.number_ticked == 1
    made.ok.click()
    settle(form)
    assert saved_as == ["Case file 2026-0001.pdf"]
    assert script.take().text.startswith("The case file was saved as “chosen.pdf”")
    with pikepdf.open(tmp_path / "chosen.pdf") as document:
        assert len(document.pages) > 4
    (window,) = form.findChildren(PreviewWindow)
    window.close()
    settle(form)


def test_where_names_go_what_could_show_one_is_not_ticked(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form(), school.incident(named="teacher"))
    anna, hazel = school.people["anna"], school.people["teacher"]
    options = CaseOptions(
        incident_id=1,
        reference="2026/0001",
        people=(
            CasePerson(anna, "Anna", "Parent, posted it", True),
            CasePerson(hazel, "Tim", "named", False),
        ),
        letters=(
            CaseLetter(1, "Only to Anna", frozenset({anna})),
            CaseLetter(2, "Both", frozenset({anna, hazel})),
        ),
        pictures=(CasePicture(3, "Item 1"),),
        linked=(),
        no_pictures="",
        suggested_name="Case file 2026-0001",
    )
    made = CaseFileDialog(form._desk, options, form)
    assert not made.keep.isEnabled()
    assert made.wish().letters == {1, 2}
    made.no_names.setChecked(True)
    assert made.keep.isEnabled()
    assert made.wish().keep == {anna}
    assert made.wish().letters == {1}
    assert made.wish().pictures == frozenset()
    made.keep.tick(1)
    assert made.wish().letters == {1, 2}
    made.also.setPlainText("Timmy\nthe tall one")
    assert made.wish().also == ("Timmy", "the tall one")
    made.pictures.tick(0)
    assert made.wish().pictures == {3}
    made.all_names.setChecked(True)
    assert made.wish().all_names
    assert made.wish().also == ()
    made.close()


def test_changing_one_s_mind_about_the_place_makes_nothing(
    make_form: MakeForm, school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_file_dialog, "asking", lambda title: lambda *asked: "")
    form = opened(make_form(), school.incident())
    made = asked(form)
    made.ok.click()
    assert made.isVisible()
    assert made.ok.isEnabled()
    made.reject()
    settle(form)


def test_cancel_stops_the_work_and_leaves_the_choice_standing(
    make_form: MakeForm,
    school: SmallSchool,
    saved_as: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, told = threading.Event(), []

    def for_ever(
        ctx: object, incident: int, wish: object, file: Path, progress: Callable[[int, int], None]
    ) -> None:
        begun.set()
        while True:
            progress(3, 300)
            told.append(file)
            time.sleep(0.01)

    monkeypatch.setattr(case_files, "make", for_ever)
    form = opened(make_form(), school.incident())
    made = asked(form)
    made.no_names.setChecked(True)
    made.ok.click()
    assert begun.wait(5)
    until(lambda: made.how_far.isVisible())
    assert made.how_far.text() == "Page 3 of 300"
    made.cancel.click()
    settle(form)
    assert made.isVisible()
    assert made.no_names.isChecked()
    assert made.ok.isEnabled()
    assert not made.how_far.isVisible()
    assert saved_as == ["Case file 2026-0001 without names.pdf"]
    made.reject()
    settle(form)


def until(happened: Callable[[], bool]) -> None:
    """Let the window work until it happened."""
    end = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < end
        QCoreApplication.processEvents()


def test_a_place_that_cannot_be_written_is_told_in_the_dialog(
    make_form: MakeForm, school: SmallSchool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    monkeypatch.setattr(
        case_file_dialog, "asking", lambda title: lambda parent, name, kinds: str(gone / name)
    )
    form = opened(make_form(), school.incident())
    made = asked(form)
    made.ok.click()
    settle(form)
    assert made.isVisible()
    assert made.problems.isVisible()
    made.reject()
    settle(form)


def test_only_caseworkers_are_offered_it(make_form: MakeForm, school: SmallSchool) -> None:
    number = school.incident(handled_by="leadership")
    form = opened(make_form("leadership"), number)
    action = form.findChild(QAction, "incident_action_case_file")
    assert action is not None
    assert not action.isVisible()
    assert case_files.options(school.ctx_for("dsl"), number).reference == "2026/0001"
