"""Where everything is put together: folder, sign-in, records, window. Nothing else wires things to each other."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path

# The services bring SQLAlchemy, which must be loaded before PySide6: the other order costs 0.1 s and 17 MB.
from smdesk.services import backups, case_file_saving, session  # isort: skip
from smdesk import crash
from smdesk.errors import SmdeskError
from smdesk.paths import APP_NAME, SchoolFolder, crash_log, default_data_folder, resource

from PySide6.QtCore import QLocale, QObject, Qt  # isort: skip
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from smdesk.ui import messages as talk
from smdesk.ui import scratch, theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import Events
from smdesk.ui.lock import IdleWatch, Spawn, lock, spawn_detached
from smdesk.ui.main_window import MainWindow, last_backup_words
from smdesk.ui.messages import Messages
from smdesk.ui.opening import Opened
from smdesk.ui.sign_in import Gate
from smdesk.ui.tasks import Progress, Tasks


class Program(QObject):
    """The one running program: first the gate, then the main window.

    ``spawn`` and ``end`` are what locking does to processes; tests put their own there.
    """

    def __init__(
        self,
        app: QApplication,
        folder: SchoolFolder,
        login: str = "",
        *,
        messages: Messages | None = None,
        spawn: Spawn = spawn_detached,
        end: Callable[[int], object] | None = None,
    ) -> None:
        super().__init__()
        self._app = app
        self._spawn, self._end = spawn, end
        self.messages = messages if messages is not None else Messages()
        self.events = Events()
        self.tasks = Tasks(self.messages, self.events)
        self.window: MainWindow | None = None
        self.desk: Desk | None = None
        self.idle: IdleWatch | None = None
        self._help: QObject | None = None
        self.gate: Gate | None = Gate(folder, self.tasks, self.messages, login)
        self.gate.opened.connect(self._opened)
        self.messages.belong_to(self.gate)

    def start(self) -> None:
        """Show the gate."""
        if self.gate is not None:
            self.gate.show()
            self.gate.start()

    def finish(self) -> None:
        """The last window is closed: wait for saves, close the records, leave nothing behind."""
        if self.idle is not None:
            self.idle.stop()
        self.tasks.shut_down()
        if self.desk is not None:
            session.sign_out(self.desk.ctx)
        scratch.forget()

    def lock_now(self) -> None:
        """Ctrl+L, or nobody at the desk: end this process and start a fresh sign-in."""
        if self.window is None or self.desk is None:
            return
        if self.idle is not None:
            self.idle.stop()
        if self._end is None:
            lock(self.window, self.desk.ctx, self.tasks, spawn=self._spawn)
        else:
            lock(self.window, self.desk.ctx, self.tasks, spawn=self._spawn, end=self._end)

    def _opened(self, opened: Opened) -> None:
        self.desk = Desk(opened.ctx, self.tasks, self.events, self.messages)
        self.window = MainWindow(
            self.desk,
            opened.school_name,
            last_backup=last_backup_words(opened.ctx.folder.backups),
            remembered=opened.remembered,
        )
        self.window.setWindowIcon(self._app.windowIcon())
        self.window.lock_wanted.connect(self.lock_now)
        self.window.help_wanted.connect(self._show_help)
        self.messages.belong_to(self.window)
        self.window.show()
        self.window.offer_drafts(opened.drafts)
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.close()
            gate.deleteLater()
        self.idle = IdleWatch(self._app, opened.idle_minutes, self)
        self.idle.idle.connect(self.lock_now)
        self.idle.soon.connect(self._warn)
        self.idle.back.connect(self._somebody_there)
        self.events.changed.connect(self._changed)
        ctx = opened.ctx
        self.tasks.run(
            self,
            lambda progress: backups.make_if_due(ctx),
            self._backed_up,
            title="Making the daily backup",
            long=True,
        )
        self.tasks.run(self, lambda progress: case_file_saving.clear_strays(ctx))

    def _backed_up(self, made: Path | None) -> None:
        if made is not None and not self.tasks.closing:
            self.events.tell(frozenset({("backup", 0)}))

    def _warn(self, seconds: int) -> None:
        if self.window is not None:
            # It stands until then: somebody reading the screen looks up late.
            self.window.say(
                f"SM Desk locks in {seconds} seconds. Move the mouse or press a key to go on.", seconds
            )

    def _somebody_there(self) -> None:
        if self.window is not None:
            self.window.say("")

    def _changed(self, changes: frozenset[tuple[str, int]]) -> None:
        if any(kind == "school" for kind, _ in changes) and self.desk is not None:
            ctx = self.desk.ctx

            def work(progress: Progress) -> int:
                from smdesk.services import school

                return school.get(ctx).settings.idle_minutes

            self.tasks.latest(self, "idle", work, self._idle_minutes)

    def _idle_minutes(self, minutes: int) -> None:
        if self.idle is not None:
            self.idle.set_minutes(minutes)

    def _show_help(self, tab: str) -> None:
        from smdesk.ui.help import HelpWindow

        if not isinstance(self._help, HelpWindow):
            self._help = HelpWindow(self.window)
        self._help.show_topic(tab)


def main(data_folder: Path | None = None, login: str | None = None, argv: Sequence[str] = ("smdesk",)) -> int:
    """Open the window on this school's folder; returns the process's exit code.

    ``login`` fills in the user name. The password is only ever typed into the window.
    """
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough  # 150 % is 150 %, not 200 %
    )
    app = QApplication(list(argv))
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName(APP_NAME)
    app.setDesktopFileName("smdesk")
    app.setWindowIcon(app_icon())
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    theme.apply(app)
    scratch.clear_left_behind()
    program = Program(app, SchoolFolder(data_folder or default_data_folder()), login or "")
    put_crash_hooks_back = crash.install(crash_log(), program.messages.crashed)
    put_qt_log_back = talk.install_qt_log(crash.note)
    try:
        program.start()
        # Modules and classes stay until the end: looking through them for garbage held the window up each time.
        gc.freeze()
        return app.exec()
    finally:
        try:
            program.finish()
        except SmdeskError as error:
            crash.note(f"While closing: {type(error).__name__}")
        put_qt_log_back()
        put_crash_hooks_back()


def app_icon() -> QIcon:
    """The program's icon; the picture file serves where the drawing cannot be read."""
    icon = QIcon(str(resource("icons", "smdesk.svg")))
    icon.addFile(str(resource("icons", "smdesk.png")))
    return icon
