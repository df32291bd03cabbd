"""The menu of what can be done with a record, and doing it on a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from smdesk.errors import SmdeskError
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.bars import RecordHeader


class ActionMenu(QObject):
    """``wanted`` asks the form to save first, if need be, and then to do what the word it carries stands for.

    What needs the form's own parts (a decision, the letters, another record) goes on through ``elsewhere``.
    """

    wanted = Signal(object)
    elsewhere = Signal(object, object)
    """Carries (what, an id, an error or None)."""

    def __init__(
        self, desk: Desk, header: RecordHeader, form: QWidget, name: str, labels: Mapping[str, str]
    ) -> None:
        """``labels`` are what can be done, in the order of the menu; ``name`` begins the names of its lines."""
        super().__init__(form)
        self._desk = desk
        self._form = form
        self._lines: dict[str, QAction] = {}
        for what, label in labels.items():
            action = header.add_action(label, f"{name}_action_{what}", self._triggered)
            action.setData(what)
            self._lines[what] = action
        self._button = header.menu_button

    def offer(self, fits: Callable[[str], bool] | None) -> None:
        """Offer what fits; None: there is nothing to do anything with."""
        self._button.setVisible(fits is not None)
        for what, action in self._lines.items():
            action.setVisible(fits is not None and fits(what))

    def run(self, service: Callable[[], object], title: str) -> None:
        """Have a service do it on a worker. What it refuses goes on as ("wrong", the error)."""

        def work(progress: Progress) -> object:
            return service()

        self._desk.tasks.run(self, work, None, self._failed, title)

    def _triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.wanted.emit(str(action.data()))

    def _failed(self, error: SmdeskError) -> None:
        self.elsewhere.emit("wrong", error)
