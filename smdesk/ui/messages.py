"""Everything the program says to the person in a box of its own, and every question it asks.

One ``Messages`` object is made by ``smdesk.app`` and passed to whoever needs it. Every text is shown as plain
text: names and posts are typed by people and may contain anything. Tests put a function in the place of the
boxes (``Messages(show=...)``), read what was said and give the answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QThread,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QMessageBox, QTextEdit, QWidget

from smdesk.errors import Cancelled, Conflict, SmdeskError, StorageProblem
from smdesk.paths import APP_NAME
from smdesk.ui.widgets.buttons import EnterButton


class Kind(StrEnum):
    """What sort of message it is. The icon follows from it; the words must say it too."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of a question. ``danger`` is for an answer that cannot be undone: it is never the default."""

    key: str
    label: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said. ``choices`` is empty unless an answer is asked for; ``cancel`` is the key Esc gives."""

    kind: Kind
    text: str
    title: str = APP_NAME
    more: str = ""
    detail: str = ""
    choices: tuple[Choice, ...] = ()
    default: str = ""
    cancel: str = ""

    @property
    def labels(self) -> list[str]:
        """The words on the buttons, in order."""
        return [choice.label for choice in self.choices]


Show = Callable[[Message], str | None]
"""Shows a message; gives the key of the choice made, or None where nothing was asked."""


class Messages(QObject):
    """Says things and asks things. Every method may be called from the GUI thread; telling also from workers."""

    _told_elsewhere = Signal(object)

    def __init__(self, window: QWidget | None = None, show: Show | None = None) -> None:
        """``window`` is what the boxes belong to; ``show`` replaces the boxes (tests)."""
        super().__init__()
        self._window = window
        self._show = show if show is not None else self._show_box
        self._told_elsewhere.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def belong_to(self, window: QWidget | None) -> None:
        """From now on the boxes belong to this window (the main window, once it is there)."""
        self._window = window

    def error(self, text: str | SmdeskError, *, more: str = "", detail: str = "", title: str = "") -> None:
        """Say that something could not be done. An expected failure can be passed as it is.

        ``Cancelled`` says nothing: the person asked for it.
        """
        if isinstance(text, Cancelled):
            return
        if isinstance(text, SmdeskError):
            title = title or _title(text)
            text = str(text)
        self._tell(Message(Kind.ERROR, text, title or APP_NAME, more, detail))

    def warning(self, text: str, *, more: str = "", detail: str = "", title: str = "") -> None:
        """Say that something needs attention though it was done."""
        self._tell(Message(Kind.WARNING, text, title or APP_NAME, more, detail))

    def info(self, text: str, *, more: str = "", detail: str = "", title: str = "") -> None:
        """Say something the person asked to know. For mere success use the status bar instead."""
        self._tell(Message(Kind.INFO, text, title or APP_NAME, more, detail))

    def confirm(
        self,
        question: str,
        yes: str,
        no: str = "Cancel",
        *,
        more: str = "",
        detail: str = "",
        danger: bool = False,
        title: str = "",
    ) -> bool:
        """Ask before doing something. ``yes`` and ``no`` are the words on the buttons: name the deed.

        With ``danger`` the Enter key chooses ``no``.
        """
        choices = (Choice("yes", yes, danger), Choice("no", no))
        default = "no" if danger else "yes"
        return (
            self.choose(
                question, choices, more=more, detail=detail, default=default, cancel="no", title=title
            )
            == "yes"
        )

    def choose(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        cancel: str,
        default: str = "",
        more: str = "",
        detail: str = "",
        title: str = "",
    ) -> str:
        """Ask for one of several answers and give its key. ``cancel`` is the key that Esc and closing give.

        Raises ValueError when ``cancel`` or ``default`` is no choice, or when Enter would do something dangerous.
        """
        keys = {choice.key: choice for choice in choices}
        default = default or cancel
        if cancel not in keys or default not in keys:
            raise ValueError("A question needs a choice for Esc and one for Enter.")
        if keys[default].danger:
            raise ValueError("What cannot be undone must not be what Enter does.")
        if not self._in_own_thread():
            raise RuntimeError("Only the GUI thread can ask. Ask before the work begins, or after it ends.")
        message = Message(
            Kind.QUESTION,
            question,
            title or APP_NAME,
            more,
            detail,
            tuple(choices),
            default=default,
            cancel=cancel,
        )
        return self._show(message) or cancel

    def crashed(self, log: Path) -> None:
        """Say politely that there was a bug. For ``crash.install(log, show=messages.crashed)``."""
        self._tell(
            Message(
                Kind.ERROR,
                "Something went wrong inside SM Desk, and what you just asked for may not have been done.",
                "A fault in SM Desk",
                "What was saved before is safe. Please check the last thing you did. If it happens again, give the "
                "file named below to whoever looks after SM Desk for you. It says where the program was, and holds "
                "nothing from your records.",
                str(log),
            )
        )

    @Slot(object)
    def _tell(self, message: Message) -> None:
        if self._in_own_thread():
            self._show(message)
        else:
            self._told_elsewhere.emit(message)

    def _in_own_thread(self) -> bool:
        return QThread.currentThread() is self.thread()

    def _show_box(self, message: Message) -> str | None:
        box = MessageBox(message, self._window)
        if not message.choices:
            # Telling does not wait: a box that ran its own event loop would let further results in underneath.
            box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            box.open()
            return None
        try:
            box.exec()
            return box.answer()
        finally:
            box.deleteLater()


class MessageBox(QMessageBox):
    """The one class of message box. Plain text throughout, text selectable, keyboard and Esc always work."""

    _ICONS = {  # noqa: RUF012 - a constant table; annotating it as ClassVar adds nothing.
        Kind.ERROR: QMessageBox.Icon.Critical,
        Kind.WARNING: QMessageBox.Icon.Warning,
        Kind.INFO: QMessageBox.Icon.Information,
        Kind.QUESTION: QMessageBox.Icon.Question,
    }

    def __init__(self, message: Message, window: QWidget | None) -> None:
        super().__init__(window)
        self._message = message
        self._keys: dict[QAbstractButton, str] = {}
        self.setObjectName("message_box")
        # A native box would not promise plain text.
        self.setOption(QMessageBox.Option.DontUseNativeDialog)
        self.setWindowModality(
            Qt.WindowModality.WindowModal if window else Qt.WindowModality.ApplicationModal
        )
        self.setWindowTitle(message.title)
        self.setIcon(self._ICONS[message.kind])
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setText(message.text)
        self.setInformativeText(message.more)
        self.setDetailedText(message.detail)
        for label in self.findChildren(QLabel):
            # setTextFormat reaches only the first text; the second would still read "<b>" as bold.
            label.setTextFormat(Qt.TextFormat.PlainText)
        for shown in self.findChildren(QTextEdit):
            shown.setAccessibleName("Details")
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(message.text)
        self._add_buttons(message)

    def answer(self) -> str | None:
        """The key of the button that was pressed; the cancel key when the box was closed without one."""
        pressed = self.clickedButton()
        return (
            self._keys.get(pressed, self._message.cancel or None) if pressed else self._message.cancel or None
        )

    def _add_buttons(self, message: Message) -> None:
        choices = message.choices or (Choice("ok", "OK"),)
        for choice in choices:
            if choice.key == message.cancel:
                role = QMessageBox.ButtonRole.RejectRole
            elif choice.danger:
                role = QMessageBox.ButtonRole.DestructiveRole
            else:
                role = QMessageBox.ButtonRole.AcceptRole
            # A label may hold a name: "&" is a character here, not a keyboard mark.
            # Enter presses the button it stands on: with Qt's own it would press the default one from anywhere.
            button = EnterButton(choice.label.replace("&", "&&"), self)
            self.addButton(button, role)
            button.setObjectName(f"message_{choice.key}")
            button.setAccessibleName(choice.label)
            button.setAutoDefault(False)
            self._keys[button] = choice.key
            if choice.key == (message.default or "ok"):
                self.setDefaultButton(button)
            if choice.key == (message.cancel or "ok"):
                self.setEscapeButton(button)


def _title(error: SmdeskError) -> str:
    if isinstance(error, Conflict):
        return "Changed by somebody else"
    if isinstance(error, StorageProblem):
        return "The disk would not do it"
    return APP_NAME


def install_qt_log(write: Callable[[str], None]) -> Callable[[], None]:
    """Send Qt's own warnings to ``write`` (usually ``crash.note``) instead of the terminal. Returns the undo.

    A warning of Qt's may quote a file's path or a typed text; whatever stands in quotation marks or looks like
    a path is left out.
    """

    def handle(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            return
        category = context.category or "default"
        write(f"Qt {kind.name.removeprefix('Qt').removesuffix('Msg').lower()} [{category}] {clean(text)}")

    before = qInstallMessageHandler(handle)

    def undo() -> None:
        qInstallMessageHandler(before)

    return undo


def clean(text: str) -> str:
    """A line of Qt's without what it may quote: anything in quotation marks, and anything like a path."""
    text = re.sub(r"\"[^\"]*\"?|'[^']*'|“[^”]*”?|‘[^’]*’", "…", text)
    text = re.sub(r"(?:file:|[A-Za-z]:)?[/\\]\S.*", "…", text)
    return " ".join(text.split())[:300]
