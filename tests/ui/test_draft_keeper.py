"""Keeping and forgetting drafts: whichever was asked for last counts, in whatever order the workers come to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from smdesk.errors import SmdeskError, StorageProblem
from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper, Write
from smdesk.ui.tasks import QUICK_THREADS


@dataclass
class Shelf:
    """What was written and forgotten, in order."""

    lines: list[str] = field(default_factory=list)

    def put(self, text: str) -> Write:
        def write(ctx: Context, record_id: int) -> None:
            self.lines.append(f"{record_id} {text}")

        return write

    def forget(self, ctx: Context, record_id: int) -> None:
        self.lines.append(f"{record_id} forgotten")

    def broken(self, ctx: Context, record_id: int) -> None:
        raise StorageProblem("The disk is full.")


class Form(QObject):
    """A page as the keeper sees it."""

    def __init__(self, desk: Desk, shelf: Shelf) -> None:
        super().__init__()
        self.keeper = DraftKeeper(desk, shelf.forget, self)
        self.kept = 0
        self.failures: list[SmdeskError] = []
        self.keeper.kept.connect(self._kept)
        self.keeper.failed.connect(self.failures.append)

    def _kept(self, at: object) -> None:
        self.kept += 1


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def desk(desk_for: Callable[[str], Desk]) -> Desk:
    return desk_for("business_manager")


@pytest.fixture
def form(desk: Desk, shelf: Shelf) -> Iterator[Form]:
    made = Form(desk, shelf)
    yield made
    assert desk.tasks.wait_all()


def held_up(form: Form, *asks: Callable[[], object]) -> None:
    """Ask for all of this while the workers cannot begin, then let them."""
    with form.keeper._gate.lock:
        for ask in asks:
            ask()
    assert form.keeper._desk.tasks.wait_all()


def test_of_two_keeps_the_newer_stays(form: Form, shelf: Shelf) -> None:
    keeper = form.keeper
    held_up(form, *(lambda text=text: keeper.keep(7, shelf.put(text)) for text in ("a", "ab", "abc")))
    assert shelf.lines == ["7 abc"]
    assert form.kept == 1


def test_parts_and_records_stand_side_by_side(form: Form, shelf: Shelf) -> None:
    keeper = form.keeper
    held_up(
        form,
        lambda: keeper.keep(7, shelf.put("words")),
        lambda: keeper.keep(7, shelf.put("picture"), "evidence"),
        lambda: keeper.keep(8, shelf.put("words")),
    )
    assert sorted(shelf.lines) == ["7 picture", "7 words", "8 words"]


def test_a_keep_asked_for_before_a_save_does_not_bring_the_draft_back(form: Form, shelf: Shelf) -> None:
    keeper = form.keeper
    held_up(form, lambda: keeper.keep(7, shelf.put("half")), lambda: keeper.forget(7))
    assert shelf.lines == ["7 forgotten"]


def test_keeping_at_a_lock_is_not_overwritten_by_what_was_asked_before(form: Form, shelf: Shelf) -> None:
    keeper, late = form.keeper, threading.Event()

    # All four workers are busy, so the keep asked for first comes to its turn after the lock's own.
    for _ in range(QUICK_THREADS):
        keeper._desk.tasks.run(form, lambda progress: late.wait(10))
    keeper.keep(7, shelf.put("half"))
    keeper.keep_now(7, shelf.put("whole"), shelf.put("picture"))
    late.set()
    assert keeper._desk.tasks.wait_all()
    assert shelf.lines == ["7 whole", "7 picture"]


def test_after_a_stop_the_next_change_is_kept_again(form: Form, shelf: Shelf, qtbot: QtBot) -> None:
    keeper = form.keeper
    keeper._timer.setInterval(5)
    keeper.touch()
    keeper.stop()
    with qtbot.assertNotEmitted(keeper.due, wait=40):
        pass
    with qtbot.waitSignal(keeper.due, timeout=2000):
        keeper.touch()
    keeper.keep(7, shelf.put("half"))
    assert keeper._desk.tasks.wait_all()
    assert shelf.lines == ["7 half"]


def test_a_failure_is_told_to_the_form(form: Form, shelf: Shelf) -> None:
    form.keeper.keep(7, shelf.broken)
    assert form.keeper._desk.tasks.wait_all()
    assert [str(error) for error in form.failures] == ["The disk is full."]
    assert form.kept == 0
    with pytest.raises(StorageProblem):
        form.keeper.keep_now(7, shelf.broken)
