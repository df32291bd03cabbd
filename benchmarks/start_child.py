"""One start of the program, or of the floor, in a process of its own; ``benchmarks.start`` runs it.

It reads from standard input what a right password would have opened, so that Argon2's deliberate slowness is in
neither figure, and writes when its window was painted (on the monotonic clock all processes share) and how much
memory it took at most.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GIVE_UP_MS = 60_000


def main() -> None:
    kind = sys.argv[1]
    given = json.loads(sys.stdin.readline())
    told = {"floor": _floor, "own imports": _floor_with_own_imports, "program": _program}[kind](given)
    if told.keys() != {"ready", "peak"}:
        sys.exit(f"The list was not painted within {GIVE_UP_MS / 1000:.0f} seconds.")
    print(json.dumps(told))


def _floor(given: dict[str, Any]) -> dict[str, float]:
    """The libraries the program stands on, the encrypted database open, an empty window with its tabs painted."""
    # In the order that is quicker and smaller, as the program itself has it.
    import argon2.low_level  # noqa: F401 - loaded for its time
    import sqlalchemy.orm  # noqa: F401 - loaded for its time
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: F401 - loaded for its time
    from cryptography.hazmat.primitives.ciphers import aead  # noqa: F401 - loaded for its time
    from PySide6 import QtCore, QtGui, QtWidgets  # noqa: F401 - loaded for its time

    from smdesk.db.engine import open_database

    app = QtWidgets.QApplication(["floor"])
    database = open_database(Path(given["root"]) / "smdesk.db", bytes.fromhex(given["data_key"]))
    window = QtWidgets.QMainWindow()
    tabs = QtWidgets.QTabWidget()
    for label in ("Incidents", "People", "Letters", "Reports", "Settings"):
        tabs.addTab(QtWidgets.QWidget(), label)
    window.setCentralWidget(tabs)
    window.resize(1240, 720)
    told: dict[str, float] = {}

    def painted() -> None:
        told.update(ready=time.monotonic(), peak=_peak_mb())
        app.quit()

    watch = _on_paint(window, lambda: True, painted)
    window.show()
    QtCore.QTimer.singleShot(GIVE_UP_MS, app.quit)
    app.exec()
    del watch
    database.dispose()
    return told


def _floor_with_own_imports(given: dict[str, Any]) -> dict[str, float]:
    """The same floor, in a process that has loaded the modules the program needs for its window and first tab."""
    from smdesk import cli

    cli.load_window()
    from smdesk.ui.pages.today import page  # noqa: F401 - loaded for its cost

    return _floor(given)


def _program(given: dict[str, Any]) -> dict[str, float]:
    """The program's own start after the sign-in, until what is due is painted; then all incidents listed."""
    from smdesk import cli

    program_module = cli.load_window()  # first: it knows the order of the imports

    from PySide6.QtCore import QTimer

    from smdesk.paths import SchoolFolder
    from smdesk.security import vault
    from smdesk.security.signatures import SigningKey
    from smdesk.services.incident_records import IncidentFilter, Sort, View
    from smdesk.ui import opening

    signing = SigningKey.from_seed(bytes.fromhex(given["signing"]))
    unlocked = vault.Unlocked(
        given["user_key"], given["login"], given["vault_id"], bytes.fromhex(given["data_key"]), signing
    )
    vault.unlock = lambda *_password: unlocked
    app = program_module.QApplication(["smdesk"])
    app.setWindowIcon(program_module.app_icon())
    program_module.theme.apply(app)
    folder = SchoolFolder(Path(given["root"]))
    program = program_module.Program(app, folder)
    program._opened(opening.enter(folder, given["login"], ""))
    window = program.window
    assert window is not None
    today: Any = window.page("today")
    told: dict[str, float] = {}
    watches = []

    def first_rows() -> None:
        told["ready"] = time.monotonic()
        window.open_tab("incidents")
        view = incidents_list()
        view.show_filter(IncidentFilter(view=View.ALL), Sort())
        watches.append(_on_paint(view.table.viewport(), all_listed, everything))

    def incidents_list() -> Any:
        page: Any = window.page("incidents")
        return page.list

    def all_listed() -> bool:
        view = incidents_list()
        return len(view.model.ids) >= given["size"] and view.model.record(0) is not None

    def everything() -> None:
        told["peak"] = _peak_mb()
        app.quit()

    watches.append(_on_paint(today.list.viewport(), lambda: today.list.topLevelItemCount() > 0, first_rows))
    QTimer.singleShot(GIVE_UP_MS, app.quit)
    app.exec()
    window.close_without_asking()
    program.finish()
    return told


def _on_paint(widget: Any, when: Callable[[], bool], then: Callable[[], None]) -> object:
    """Call ``then`` once, after the first painting of ``widget`` for which ``when`` holds. Keep the result."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watch(QObject):
        waiting = True

        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if self.waiting and event.type() == QEvent.Type.Paint and when():
                self.waiting = False
                QTimer.singleShot(0, then)
            return False

    watch = Watch()
    widget.installEventFilter(watch)
    return watch


def _peak_mb() -> float:
    """The most memory this process held at once, in MB; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
