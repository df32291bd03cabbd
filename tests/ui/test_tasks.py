"""Work off the GUI thread: where it runs, who hears of it, and that nothing is left over."""

from __future__ import annotations

import functools
import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from smdesk.errors import Cancelled, NotFound, SmdeskError, StorageProblem
from smdesk.ui.events import Changes, Events
from smdesk.ui.tasks import Job, Progress, Tasks
from tests.support.script import Script


class Page(QObject):
    """Keeps what it hears, and on which thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results: list[object] = []
        self.errors: list[SmdeskError] = []
        self.ends = 0
        self.threads: set[int] = set()

    def done(self, result: object) -> None:
        self.threads.add(threading.get_ident())
        self.results.append(result)

    def failed(self, error: SmdeskError) -> None:
        self.threads.add(threading.get_ident())
        self.errors.append(error)

    def ended(self) -> None:
        self.ends += 1


class Gate:
    """Work that waits until the test lets it go on."""

    def __init__(self, result: object = None, error: BaseException | None = None) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.result = result
        self.error = error
        self.thread = 0

    def __call__(self, progress: Progress) -> object:
        self.thread = threading.get_ident()
        self.begun.set()
        assert self.go.wait(10)
        if self.error is not None:
            raise self.error
        return self.result


@dataclass(frozen=True)
class Saved:
    changes: Changes


def fail_with(error: BaseException) -> Callable[[Progress], object]:
    def work(progress: Progress) -> object:
        raise error

    return work


def test_work_runs_elsewhere_and_its_result_arrives_on_the_gui_thread(tasks: Tasks) -> None:
    page = Page()
    gate = Gate(result={"id": 2**40})
    gate.go.set()
    tasks.run(page, gate, page.done, page.failed, ended=page.ended)
    assert page.results == [], "nothing is delivered before the event loop turns"
    assert tasks.wait_all()
    assert page.results == [{"id": 2**40}]
    assert page.errors == []
    assert page.ends == 1
    assert gate.thread != threading.get_ident()
    assert page.threads == {threading.get_ident()}


def test_an_expected_failure_goes_to_the_page(tasks: Tasks, script: Script) -> None:
    page = Page()
    tasks.run(page, fail_with(NotFound("There is no such incident.")), page.done, page.failed)
    assert tasks.wait_all()
    assert [str(error) for error in page.errors] == ["There is no such incident."]
    assert page.results == []
    assert script.seen == []


def test_an_expected_failure_nobody_takes_is_shown(tasks: Tasks, script: Script) -> None:
    page = Page()
    tasks.run(page, fail_with(StorageProblem("The disk is full. Free some space.")), page.done)
    assert tasks.wait_all()
    assert script.texts == ["The disk is full. Free some space."]


def test_a_save_that_fails_after_its_page_closed_is_still_told(tasks: Tasks, script: Script) -> None:
    page = Page()
    gate = Gate(error=StorageProblem("The disk is full."))
    tasks.run(page, gate, page.done, page.failed)
    del page
    gate.go.set()
    assert tasks.wait_all()
    assert script.texts == ["The disk is full."]


def test_a_bug_goes_to_the_crash_log_and_the_page_gets_its_button_back(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[tuple[BaseException, str]] = []

    def report(error: BaseException, doing: str = "") -> None:
        reported.append((error, doing))

    monkeypatch.setattr("smdesk.crash.report", report)
    page = Page()
    bug = KeyError("a bug")
    tasks.run(page, fail_with(bug), page.done, page.failed, "Opening the list", ended=page.ended)
    assert tasks.wait_all()
    assert reported == [(bug, "Opening the list")]
    assert (page.results, page.errors, page.ends) == ([], [], 1)


def test_the_result_for_a_closed_page_is_dropped_but_the_work_is_done(tasks: Tasks) -> None:
    window = QWidget()
    page = Page(window)
    gate = Gate("late")
    tasks.run(page, gate, page.done, page.failed, ended=page.ended)
    gate.begun.wait(5)
    shiboken6.delete(window)
    gate.go.set()
    assert tasks.wait_all()
    assert page.results == []
    assert page.ends == 0


def test_waiting_does_not_keep_a_page_alive(tasks: Tasks) -> None:
    gone: list[int] = []
    page = Page()
    page.destroyed.connect(functools.partial(gone.append, 1))
    gate = Gate()
    tasks.run(page, gate, page.done, page.failed, ended=page.ended)
    del page
    assert gone == [1]
    gate.go.set()
    assert tasks.wait_all()


@pytest.mark.parametrize("fails", [False, True])
def test_a_page_captured_by_its_work_dies_on_the_gui_thread(tasks: Tasks, fails: bool) -> None:
    where: list[int] = []

    def note() -> None:
        where.append(threading.get_ident())

    page = Page()
    page.destroyed.connect(note, Qt.ConnectionType.DirectConnection)
    begun, go = threading.Event(), threading.Event()

    def work(progress: Progress, page: Page = page) -> object:
        begun.set()
        go.wait(5)
        if fails:
            raise Cancelled("Cancelled.")
        return page.ends

    job = tasks.run(page, work, page.done)
    begun.wait(5)
    del page, work
    go.set()
    assert tasks.wait_all()
    gc.collect()
    assert job.finished
    assert where == [threading.get_ident()], "a finished job holds neither its work nor its result"


def test_no_worker_collects_the_garbage_of_the_window(tasks: Tasks) -> None:
    where: list[int] = []

    def note() -> None:
        where.append(threading.get_ident())

    page = Page()
    page.itself = page  # a cycle, as a closed dialog often is
    page.destroyed.connect(note, Qt.ConnectionType.DirectConnection)
    asker = Page()
    del page

    def allocate(progress: Progress) -> int:
        return len([[number] for number in range(200_000)])

    tasks.run(asker, allocate, asker.done)
    assert tasks.wait_all()
    assert asker.results == [200_000]
    assert where == []
    gc.collect()
    assert where == [threading.get_ident()]


@pytest.fixture
def collections() -> Iterator[list[int]]:
    """Which generations the garbage collector went through meanwhile."""
    told: list[int] = []

    def heard(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            told.append(info["generation"])

    gc.callbacks.append(heard)
    yield told
    gc.callbacks.remove(heard)


def test_while_something_is_at_work_its_objects_are_not_looked_through(
    tasks: Tasks, collections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, gate = Page(), Gate("paper")
    thresholds = gc.get_threshold()
    held = [[number] for number in range(5_000)]  # enough for Python to want to look
    tasks.run(page, gate, page.done, long=True)
    assert gate.begun.wait(10)
    tasks._garbage._collect()
    assert collections == []
    monkeypatch.setattr("smdesk.ui.tasks.MOST_UNSEEN", 1_000)
    gc.set_threshold(700, 0, 0)
    for _ in range(3):
        held += [[number] for number in range(5_000)]
        tasks._garbage._collect()
    gc.set_threshold(*thresholds)
    assert collections == [0, 0, 0], "what is new must not fill the memory, what is old is left alone"
    monkeypatch.undo()
    gate.go.set()
    assert tasks.wait_all()
    collections.clear()
    held += [[number] for number in range(5_000)]
    for _ in range(4):
        tasks._garbage._collect()
    assert len(collections) == 1


def test_changes_are_told_to_every_page_even_when_the_asker_is_gone(tasks: Tasks, events: Events) -> None:
    listener, asker = Page(), Page()
    events.changed.connect(listener.done)
    gate = Gate(Saved(frozenset({("incident", 4)})))
    tasks.run(asker, gate, asker.done)
    del asker
    gate.go.set()
    assert tasks.wait_all()
    assert listener.results == [frozenset({("incident", 4)})]


def test_only_the_newest_search_arrives_in_whatever_order_they_finish(tasks: Tasks) -> None:
    page = Page()
    gates = [Gate(text) for text in ("a", "ab", "abc")]
    for gate in gates:
        tasks.latest(page, "search", gate, page.done, page.failed)
        assert gate.begun.wait(5)
    other = Gate("other key")
    tasks.latest(page, "people", other, page.done)
    for gate in (gates[2], other, gates[0], gates[1]):
        gate.go.set()
        time.sleep(0.01)
    assert tasks.wait_all()
    assert sorted(map(str, page.results)) == ["abc", "other key"]
    assert page.errors == []


def test_an_outdated_search_that_still_waits_is_never_run(tasks: Tasks) -> None:
    page = Page()
    blockers = [Gate() for _ in range(4)]
    for blocker in blockers:
        tasks.run(page, blocker)
        assert blocker.begun.wait(5)
    ran: list[str] = []

    def search(text: str) -> Callable[[Progress], str]:
        def work(progress: Progress) -> str:
            ran.append(text)
            return text

        return work

    for text in ("a", "al", "ald"):
        tasks.latest(page, "search", search(text), page.done)
    for blocker in blockers:
        blocker.go.set()
    assert tasks.wait_all()
    assert ran == ["ald"]
    assert page.results == ["ald"]


def test_searches_of_two_pages_do_not_disturb_each_other(tasks: Tasks) -> None:
    pages = [Page(), Page()]
    gates = [Gate("left"), Gate("right")]
    for page, gate in zip(pages, gates, strict=True):
        tasks.latest(page, "search", gate, page.done)
        gate.go.set()
    assert tasks.wait_all()
    assert [page.results for page in pages] == [["left"], ["right"]]


def test_cancel_reaches_the_work_and_is_no_error_message(tasks: Tasks, script: Script) -> None:
    page = Page()
    started = threading.Event()

    def endless(progress: Progress) -> object:
        for number in range(100_000):
            progress.report(number, 0, "Writing")
            started.set()
            time.sleep(0.001)
        return "never"

    job = tasks.run(page, endless, page.done, None, "Export", ended=page.ended, long=True)
    assert started.wait(5)
    job.cancel()
    assert job.cancelling
    assert tasks.wait_all()
    assert (page.results, page.ends, script.seen) == ([], 1, [])
    assert job.finished


def test_the_page_may_hear_that_it_was_cancelled(tasks: Tasks) -> None:
    page = Page()
    gate = Gate()

    def work(progress: Progress) -> object:
        gate(progress)
        progress.check_cancelled()
        return "never"

    job = tasks.run(page, work, page.done, page.failed)
    gate.begun.wait(5)
    job.cancel()
    gate.go.set()
    assert tasks.wait_all()
    assert [type(error) for error in page.errors] == [Cancelled]


def test_progress_reaches_the_window_in_order_and_ends_with_the_last_piece(tasks: Tasks) -> None:
    page = Page()
    seen: list[tuple[int, int, str]] = []

    def note(job: Job) -> None:
        seen.append((job.done_pieces, job.total_pieces, job.text))

    tasks.progressed.connect(note)

    def work(progress: Progress) -> object:
        for number in range(1, 1001):
            progress.report(number, 1000, f"Row {number}")
        return "done"

    tasks.run(page, work, page.done)
    assert tasks.wait_all()
    assert seen[-1] == (1000, 1000, "Row 1000")
    assert seen == sorted(seen)
    assert len(seen) < 200, "reports between are dropped, so that the window is not flooded"


def test_slow_jobs_do_not_stall_quick_ones(tasks: Tasks) -> None:
    page = Page()
    slow = [Gate("slow") for _ in range(5)]
    for gate in slow:
        tasks.run(page, gate, page.done, long=True)
    quick = Gate("quick")
    quick.go.set()
    tasks.run(page, quick, page.done)
    assert not tasks.wait_all(0.3)
    assert page.results == ["quick"]
    for gate in slow:
        gate.go.set()
    assert tasks.wait_all()
    assert page.results == ["quick"] + ["slow"] * 5


def test_a_callback_that_would_keep_the_page_alive_is_refused(tasks: Tasks) -> None:
    page = Page()
    for callback in (lambda result: page.done(result), functools.partial(page.done)):
        with pytest.raises(TypeError, match="bound method"):
            tasks.run(page, Gate(), callback)
    assert tasks.jobs() == []


def test_a_page_whose_method_fails_still_ends_the_job(tasks: Tasks, qtbot: object) -> None:
    ends: list[Job] = []
    tasks.finished.connect(ends.append)
    page = Page()

    class Careless(Page):
        def done(self, result: object) -> None:
            raise ValueError("a bug in the page")

    page = Careless()
    gate = Gate()
    gate.go.set()
    with qtbot.capture_exceptions() as caught:
        tasks.run(page, gate, page.done, ended=page.ended)
        assert tasks.wait_all()
    assert [kind for kind, _, _ in caught] == [ValueError]
    assert page.ends == 1
    assert len(ends) == 1


def test_shutting_down_waits_for_saves_and_stops_reading(tasks: Tasks) -> None:
    page = Page()
    saved: list[str] = []

    def save(progress: Progress) -> str:
        time.sleep(0.1)
        saved.append("saved")
        return "saved"

    def read(progress: Progress) -> str:
        for _ in range(10_000):
            progress.check_cancelled()
            time.sleep(0.001)
        return "read"

    tasks.run(page, save, page.done)
    tasks.latest(page, "list", read, page.done)
    assert tasks.shut_down(5)
    assert saved == ["saved"]
    assert page.results == ["saved"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("quick", "long"))]
    assert gc.isenabled()
    with pytest.raises(RuntimeError, match="closing"):
        tasks.run(page, save)


def test_a_page_that_hears_of_the_last_save_while_closing_starts_nothing(
    tasks: Tasks, events: Events
) -> None:
    class Reader(Page):
        def changed(self, _changes: Changes) -> None:
            tasks.latest(self, "list", lambda progress: "read", self.done)

    reader = Reader()
    events.changed.connect(reader.changed)
    save = Gate(Saved(frozenset({("incident", 1)})))
    tasks.run(reader, save, reader.failed, title="Saving")
    assert save.begun.wait(10)
    threading.Timer(0.1, save.go.set).start()
    assert tasks.shut_down()
    assert reader.results == []
    assert reader.errors, "the save itself is told"
