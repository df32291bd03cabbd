"""What every test gets: no display, no network, no leftovers, and nothing of the person's own files."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before anything imports Qt: tests never open a window on the person's screen.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("SMDESK_PASSWORD", None)

import pytest

from tests.support.leaks import QtWatch, ThreadWatch
from tests.support.script import Script

if TYPE_CHECKING:
    from smdesk.ui.events import Events
    from smdesk.ui.messages import Messages
    from smdesk.ui.tasks import Tasks


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Default folders (records, log, settings) lie in a temporary place, never in the person's own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(home / name.lower()))
        for name in ("APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(home / name.lower()))
        yield home


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """SM Desk never talks to a network. A test that tries to reach one fails."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"SM Desk tried to reach the network: {address!r}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a window, a modal dialog, a running thread or a running timer."""
    threads = ThreadWatch()
    if "qapp" not in request.fixturenames:
        yield
        found = threads.leftovers()
    else:
        request.getfixturevalue("qapp")
        watch = QtWatch()
        with watch.watching():
            yield
        found = watch.leftovers() + threads.leftovers()
    if found:
        pytest.fail("The test left something behind: " + "; ".join(found), pytrace=False)


@pytest.fixture
def script() -> Iterator[Script]:
    """What was said to the person, and the answers the test gives. See ``Script``."""
    script = Script()
    yield script
    loose = script.loose_ends()
    if loose:
        pytest.fail("; ".join(loose), pytrace=False)


@pytest.fixture
def messages(qapp: object, script: Script) -> Messages:
    """``ui.messages`` with ``script`` in the place of the dialogs."""
    from smdesk.ui.messages import Messages

    return Messages(show=script)


@pytest.fixture
def events(qapp: object) -> Events:
    from smdesk.ui.events import Events

    return Events()


@pytest.fixture
def tasks(messages: Messages, events: Events) -> Iterator[Tasks]:
    """Work off the GUI thread; ends cleanly with the test. ``tasks.wait_all()`` waits for what was started."""
    from smdesk.ui.tasks import Tasks

    tasks = Tasks(messages, events)
    yield tasks
    assert tasks.shut_down(10.0), "Work was still running when the test ended."
