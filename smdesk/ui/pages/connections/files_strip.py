"""The files of a declaration: the form filled in by hand, the decision on paper, what shows the relationship."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from smdesk.services import connection_files
from smdesk.services.connection_records import FILE_KIND_LABELS, FileKind
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.attached_strip import AttachedStrip, ShownFile, StripWords
from smdesk.ui.widgets.pending import Pending
from smdesk.ui.widgets.text import PlainLabel, named

KINDS_OFFERED = "Scans and files (*.pdf *.png *.jpg *.jpeg *.webp *.txt *.eml);;All files (*)"

_WORDS = StripWords(
    name="exception",
    noun="declaration",
    told="Drop a scan here, press Ctrl+V, or choose a file. Up to saving the declaration it waits with the form; "
    "then it is kept encrypted.",
    title="Scans and other files",
    offered=KINDS_OFFERED,
)


class FilesStrip(AttachedStrip):
    """Each file says what it is. The scan of a decision belongs to that decision for good."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        self.new_kind = named(QComboBox(), "exception_file_kind", "What new files are")
        for kind in (FileKind.FORM, FileKind.EVIDENCE):
            self.new_kind.addItem(FILE_KIND_LABELS[kind], str(kind))
        super().__init__(
            desk,
            _WORDS,
            parent,
            service=connection_files,
            before_choose=(PlainLabel("New files are:", wrap=False), self.new_kind),
        )

    @property
    def why_not(self) -> str:
        return "Files cannot be added here: your role only lets you read this declaration."

    @property
    def kind(self) -> str:
        """What a new file is."""
        return str(self.new_kind.currentData())

    def what_is(self, file: Any) -> str:
        if isinstance(file, Pending):
            return FILE_KIND_LABELS[FileKind(file.kind)] if file.kind else FILE_KIND_LABELS[FileKind.FORM]
        label = FILE_KIND_LABELS[file.kind]
        return f"{label} (taken out)" if file.removed else label

    def may_take_out(self, file: ShownFile) -> bool:
        return getattr(file, "kind", None) is not FileKind.DECISION
