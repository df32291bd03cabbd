"""Work off the GUI thread, so that nothing ever blocks the window.

A page says what is to be done and which of its methods hears the result::

    self._tasks.run(self, lambda progress: incidents.save(ctx, draft), self._saved, self._not_saved)
    self._tasks.latest(self, "search", lambda progress: people.search(ctx, text), self._found)

Rules:

* ``work`` runs on a worker thread. It gets a ``Progress`` and touches no widget (``QImage`` is allowed, ``QPixmap``
  is not). What it needs is plain data read from the widgets beforehand.
* ``done``, ``failed`` and ``ended`` run on the GUI thread. They must be bound methods (or functions that close
  over nothing): a lambda or ``partial`` that captures ``self`` would keep a closed page alive. They are held
  weakly; when the owner is gone they are not called. What they need beyond the result, ``work`` returns.
* An expected failure (``SmdeskError``) goes to ``failed``, or to ``messages.error`` where there is none. If
  the owner is gone by then, it is still told: a save that failed must not fail in silence. Anything else is a
  bug and goes to ``crash.report``.
* A result that carries ``changes`` (``services.context.Saved``) is told to every page through ``events``, also
  when its owner is gone.
* Closing a page does not stop work begun with ``run``: it may be a save. Work begun with ``latest`` is reading
  only and stops.
* Widgets must die on the GUI thread. So ``work`` is kept and dropped there (it may have captured its page), and
  Python's cyclic garbage collector, which otherwise runs in whichever thread allocates, runs there alone.
* ``long=True`` is for exports, reports and backups: they have threads of their own, so that one slow job never
  stalls the quick ones.
"""

from __future__ import annotations

import gc
import threading
import time
import types
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer, Signal, Slot

from smdesk import crash
from smdesk.errors import Cancelled, SmdeskError
from smdesk.ui.events import Events
from smdesk.ui.messages import Messages

T = TypeVar("T")

QUICK_THREADS = 4
LONG_THREADS = 2
MOST_UNSEEN = 200_000
"""Objects that may gather while something is at work before they are looked through for garbage: that takes some
sixty milliseconds. Looked through too seldom, all the garbage of a long list is cleared away in one go at its end.
"""
REPORT_EVERY = 0.05
"""Seconds between two progress reports that reach the window; the ones between are dropped."""


class Progress:
    """Handed to the work: says how far it is, and asks whether it should stop. Used on the worker thread."""

    def __init__(self, report: Callable[[int, int, str], None], cancelled: threading.Event) -> None:
        self._report = report
        self._cancelled = cancelled
        self._last = 0.0

    def report(self, done: int, total: int, text: str = "") -> None:
        """``done`` of ``total`` pieces are done (``total`` 0: nobody knows). Raises Cancelled when asked to stop."""
        self.check_cancelled()
        now = time.monotonic()
        if now - self._last >= REPORT_EVERY or done == total:
            self._last = now
            self._report(done, total, text)

    def counted(self, done: int, total: int) -> None:
        """``report`` for services that know nothing but numbers, with these said in words."""
        self.report(done, total, f"{done:,} of {total:,}" if total else "")

    def check_cancelled(self) -> None:
        """Raises Cancelled when the person pressed Cancel. Call it where stopping leaves nothing half done."""
        if self._cancelled.is_set():
            raise Cancelled("Cancelled.")

    @property
    def cancelled(self) -> bool:
        """For code that asks with a function: ``cancelled=lambda: progress.cancelled``."""
        return self._cancelled.is_set()


@dataclass(eq=False)
class Job:
    """One piece of work, as the window may show it. Read it on the GUI thread."""

    title: str
    long: bool
    done_pieces: int = 0
    total_pieces: int = 0
    text: str = ""
    finished: bool = False
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _work: Callable[[Progress], object] | None = field(default=None, repr=False)
    _result: object = field(default=None, repr=False)
    _error: BaseException | None = field(default=None, repr=False)
    _reading_only: bool = False
    _superseded: bool = False
    _owner: Callable[[], QObject | None] = field(default=lambda: None, repr=False)
    _done: Callable[[], Callable[..., object] | None] = field(default=lambda: None, repr=False)
    _failed: Callable[[], Callable[..., object] | None] | None = field(default=None, repr=False)
    _ended: Callable[[], Callable[..., object] | None] | None = field(default=None, repr=False)

    def cancel(self) -> None:
        """Ask the work to stop at its next safe place. Work that has already finished stays finished."""
        self._stop.set()

    @property
    def cancelling(self) -> bool:
        return self._stop.is_set() and not self.finished

    def owner(self) -> QObject | None:
        """The page that asked, or None when it is gone."""
        owner = self._owner()
        return owner if owner is not None and shiboken6.isValid(owner) else None


@dataclass(frozen=True, slots=True)
class _Report:
    job: Job
    done: int
    total: int
    text: str


class Tasks(QObject):
    """Runs work for the pages. Made once by ``smdesk.app`` on the GUI thread and passed to the pages."""

    # Signal(object) everywhere: other types are copied, truncated or mangled on the way.
    started = Signal(object)
    """Carries the ``Job``."""
    progressed = Signal(object)
    """Carries the ``Job``, whose ``done_pieces``, ``total_pieces`` and ``text`` have moved on."""
    finished = Signal(object)
    """Carries the ``Job``, after its result was delivered or dropped."""

    _posted = Signal(object)

    def __init__(self, messages: Messages, events: Events, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._events = events
        self._jobs: list[Job] = []
        self._newest: weakref.WeakKeyDictionary[QObject, dict[str, Job]] = weakref.WeakKeyDictionary()
        self._known_owners: weakref.WeakSet[QObject] = weakref.WeakSet()
        self._closed = False
        self._garbage = _Garbage(self)
        self._quick = ThreadPoolExecutor(QUICK_THREADS, "quick")
        self._long = ThreadPoolExecutor(LONG_THREADS, "long")
        # Queued, so that a worker's emit only puts the parcel in the GUI thread's letter box.
        self._posted.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        owner: QObject,
        work: Callable[[Progress], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[SmdeskError], object] | None = None,
        title: str = "",
        *,
        ended: Callable[[], object] | None = None,
        long: bool = False,
    ) -> Job:
        """Do ``work`` on a worker thread, then call ``done(result)`` or ``failed(error)`` on the GUI thread.

        ``ended()`` is called last in every case (also after a cancel or a bug): re-enable the button there. A
        cancelled job gives ``Cancelled`` to ``failed``; without ``failed`` nothing is said. ``title`` is shown
        while the work goes on.
        Raises TypeError for a callback that would keep its page alive, RuntimeError after ``shut_down``.
        """
        job = Job(title, long)
        self._start(job, owner, work, done, failed, ended)
        return job

    def latest(
        self,
        owner: QObject,
        key: str,
        work: Callable[[Progress], T],
        done: Callable[[T], object],
        failed: Callable[[SmdeskError], object] | None = None,
        title: str = "",
    ) -> Job:
        """Like ``run`` for *reading* as the person types: only the newest result of this owner and key arrives.

        Older work for the same key is asked to stop, is not begun if it still waits, and is never delivered,
        in whatever order it finishes. It must not write: it may not run at all. After ``shut_down`` it does not: a
        page that hears of the last save has nobody left to show it to.
        """
        job = Job(title, long=False)
        job._reading_only = True
        if self._closed:
            job.finished = True
            return job
        before = self._newest.setdefault(owner, {})
        if key in before:
            before[key]._superseded = True
            before[key].cancel()
        before[key] = job
        self._start(job, owner, work, done, failed, None)
        return job

    def jobs(self) -> list[Job]:
        """What is running or waiting, oldest first."""
        return list(self._jobs)

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def cancel_reading(self, owner: QObject) -> None:
        """Stop this owner's ``latest`` work, for example when its search box was cleared."""
        for job in self._newest.get(owner, {}).values():
            job._superseded = True
            job.cancel()

    def wait_all(self, timeout: float = 10.0) -> bool:
        """Wait until every job was delivered, at most ``timeout`` seconds. True when nothing is left.

        Results arrive meanwhile; clicks and keys wait.
        """
        deadline = time.monotonic() + timeout
        while self._jobs and time.monotonic() < deadline:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            if self._jobs:
                time.sleep(0.002)
        return not self._jobs

    @property
    def closing(self) -> bool:
        """Whether the program is ending: what is finished now is told, but starts nothing any more."""
        return self._closed

    def shut_down(self, timeout: float = 10.0) -> bool:
        """End cleanly: reading and long jobs are asked to stop, saves are waited for. True when all ended in time.

        Nothing can be started afterwards. When the time is over, work that never looked at its ``Progress`` is
        still running and the interpreter will wait for it at exit.
        """
        self._closed = True
        for job in self._jobs:
            if job._reading_only or job.long:
                job.cancel()
        ended = self.wait_all(timeout)
        self._quick.shutdown(wait=ended)
        self._long.shutdown(wait=ended)
        for owner in list(self._known_owners):
            if shiboken6.isValid(owner):
                owner.destroyed.disconnect(self._owner_gone)
        self._known_owners.clear()
        if ended:
            self._garbage.stop()
        return ended

    def _start(
        self,
        job: Job,
        owner: QObject,
        work: Callable[[Progress], object],
        done: Callable[..., object] | None,
        failed: Callable[..., object] | None,
        ended: Callable[..., object] | None,
    ) -> None:
        if self._closed:
            raise RuntimeError("SM Desk is closing: no new work can be started.")
        job._work = work
        job._owner = weakref.ref(owner)
        job._done = _weakly(done) if done is not None else _nothing
        job._failed = _weakly(failed) if failed is not None else None
        job._ended = _weakly(ended) if ended is not None else None
        if owner not in self._known_owners:
            self._known_owners.add(owner)
            owner.destroyed.connect(self._owner_gone)
        self._jobs.append(job)
        self.started.emit(job)
        pool = self._long if job.long else self._quick
        pool.submit(_do, job, self._posted)

    @Slot()
    def _owner_gone(self) -> None:
        for job in self._jobs:
            if job._reading_only and job.owner() is None:
                job.cancel()

    @Slot(object)
    def _receive(self, parcel: _Report | Job) -> None:
        if isinstance(parcel, _Report):
            job = parcel.job
            job.done_pieces, job.total_pieces, job.text = parcel.done, parcel.total, parcel.text
            self.progressed.emit(job)
            return
        job = parcel
        result, error = job._result, job._error
        job._work = job._result = job._error = None
        job.finished = True
        self._jobs.remove(job)
        try:
            self._deliver(job, result, error)
        finally:
            # Also when the page's method fails: its button must not stay grey, nor the status bar busy.
            ended = job._ended() if job._ended is not None and job.owner() is not None else None
            try:
                if ended is not None:
                    ended()
            finally:
                self.finished.emit(job)

    def _deliver(self, job: Job, result: object, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, SmdeskError):
            crash.report(error, job.title)
            return
        if job._superseded or (job._reading_only and job.owner() is None):
            return
        if error is not None:
            failed = job._failed() if job._failed is not None and job.owner() is not None else None
            if failed is not None:
                failed(error)
            else:
                self._messages.error(error)
            return
        changes = getattr(result, "changes", None)
        if isinstance(changes, frozenset):
            self._events.tell(changes)
        done = job._done() if job.owner() is not None else None
        if done is not None:
            done(result)


def _do(job: Job, posted: Any) -> None:
    """On the worker thread. ``posted`` is the bound signal; emitting it is the only thing done to Qt here.

    Everything hangs on ``job``, which the GUI thread empties, so that nothing is destroyed here.
    """

    def report(done: int, total: int, text: str) -> None:
        _post(posted, _Report(job, done, total, text))

    progress = Progress(report, job._stop)
    try:
        progress.check_cancelled()
        assert job._work is not None  # noqa: S101 - set by _start, emptied only after the post below.
        job._result = job._work(progress)
    except BaseException as error:
        job._error = error
    _post(posted, job)


def _post(posted: Any, parcel: _Report | Job) -> None:
    try:
        posted.emit(parcel)
    except RuntimeError:
        # The window is gone and took the signal with it: the work is done and nobody is left to hear of it.
        return


_LOOKS = 4
"""Times a second that it is asked how much has gathered; with nothing at work, one of them does."""


class _Garbage(QObject):
    """Runs Python's cyclic garbage collector on the GUI thread only, at its usual thresholds.

    Left to itself it runs in whichever thread happens to allocate, and a closed dialog in a cycle would have its
    timers and windows destroyed from a worker.

    While something is at work only what is new is looked through, and not too much of it at a time: the half-made
    paper of a worker is millions of objects that are all still needed, and to go through them kept the window
    standing for most of a second, again and again.
    """

    def __init__(self, tasks: Tasks) -> None:
        super().__init__(tasks)
        self._tasks = tasks
        self._looks = 0
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // _LOOKS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        if self._was_on:
            gc.enable()

    def _collect(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        if self._tasks.busy:
            if counts[0] >= MOST_UNSEEN:
                gc.collect(0)
            return
        self._looks = (self._looks + 1) % _LOOKS
        if self._looks:
            return
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return


def _nothing() -> None:
    return None


def _weakly(method: Callable[..., object]) -> Callable[[], Callable[..., object] | None]:
    """A weak hold on a bound method; a plain function is held as it is.

    Raises TypeError for lambdas, partials and closures, which would keep the page they capture alive.
    """
    if isinstance(method, types.MethodType):
        return weakref.WeakMethod(method)
    if isinstance(method, types.FunctionType) and (method.__closure__ or method.__name__ == "<lambda>"):
        raise TypeError("Pass a bound method: a lambda or inner function keeps a closed page alive.")
    if not isinstance(method, (types.FunctionType, types.BuiltinMethodType)):
        raise TypeError("Pass a bound method: a partial or callable object may keep a closed page alive.")
    return lambda: method
