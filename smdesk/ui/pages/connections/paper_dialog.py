"""A decision that came back on paper, written down as it stands there, with the scan (CON-2)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import ROLE_LABELS
from smdesk.services import connection_decisions
from smdesk.services.connection_records import (
    ALLOWING,
    DECISION_KIND_LABELS,
    DecisionDraft,
    DecisionKind,
    ExceptionRecord,
)
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.files_strip import KINDS_OFFERED
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import paste
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import OneLine, named

_FROM = {
    DecisionKind.APPROVE: "Allowed &from",
    DecisionKind.END: "Not allowed &from",
    DecisionKind.REVOKE: "Not allowed &from",
}


class PaperDialog(ServiceDialog):
    """The scan is chosen, dropped or pasted. Whose decision it is follows from the policy."""

    def __init__(self, desk: Desk, record: ExceptionRecord, parent: QWidget | None = None) -> None:
        who = "the decider" if record.awaits is None else _the(ROLE_LABELS[record.awaits])
        super().__init__(
            desk,
            "paper_dialog",
            f"Decision on paper about {record.reference}",
            "Record &it",
            parent,
            explanation=f"Copy what {who} wrote and signed. It counts from now on, is shown as recorded on their "
            "behalf, and they are asked to confirm it at their next sign-in.",
        )
        self._record = record
        self._scan: paste.Offered = paste.Offered()
        self.setAcceptDrops(True)
        self.kind = named(QComboBox(self), "paper_kind", "What was decided")
        self.kind.addItem("Choose …", "")
        for kind in record.open_decisions:
            self.kind.addItem(DECISION_KIND_LABELS[kind], str(kind))
        self.form.add("&What was decided", self.kind, "kind")
        self.decided = DateEdit("paper_decided", "Day on the paper", self, clock=desk.ctx.today)
        self.form.add("&Day on the paper", self.decided, "decided_on")
        self.reason = self.note_field("paper_reason", "Reason, as it stands there", 3)
        self.form.add("&Reason", self.reason, "reason")
        self.conditions = self.note_field("paper_conditions", "Conditions", 2)
        self._conditions_label = self.form.add("Co&nditions", self.conditions, "conditions")
        self.from_on = DateEdit("paper_from", "Allowed from", self, clock=desk.ctx.today, ahead=True)
        self.from_on.line.setPlaceholderText("the day of the decision")
        self._from_label = self.form.add("Allowed &from", self.from_on, "from_on")
        self.review_on = DateEdit("paper_review", "Review on", self, clock=desk.ctx.today, ahead=True)
        self.review_on.line.setPlaceholderText("as the policy says")
        self._review_label = self.form.add("Re&view on", self.review_on, "review_on")
        self.scan = named(OneLine("No scan yet", self), "paper_scan")
        self.choose = button("Choose the &scan…", "paper_choose", self._choose)
        self.paste = button("Paste", "paper_paste", self._paste, tip="Ctrl+V does the same")
        line = row(self.choose, self.paste, self.scan)
        line.layout().setStretch(2, 1)
        line.setFocusProxy(self.choose)
        self.form.add("Scan", line, "scan")
        self._catcher = paste.PasteCatcher(self)
        self._catcher.pasted.connect(self.take)
        for field in (self.reason, self.conditions):
            field.setAcceptDrops(False)
        self.kind.currentIndexChanged.connect(self._show_kind)
        self._show_kind()
        self.kind.setFocus()

    def take(self, offered: paste.Offered) -> None:
        """This is the scan."""
        self._scan = offered
        if offered.paths:
            self.scan.show_text(Path(offered.paths[0]).name)
        else:
            self.scan.show_text("The picture from the clipboard")

    def work(self) -> Work:
        found: list[Problem] = []
        days = {}
        code = str(self.kind.currentData())
        for field, edit in (
            ("decided_on", self.decided),
            ("from_on", self.from_on),
            ("review_on", self.review_on),
        ):
            try:
                days[field] = edit.day(field)
            except Invalid as error:
                found += error.problems
        if not code:
            found.insert(0, Problem("kind", "Choose what was decided."))
        if "decided_on" in days and days["decided_on"] is None:
            found.append(Problem("decided_on", "Copy the day written on the paper."))
        if not self._scan:
            found.append(Problem("scan", "Scan the paper and choose the file: the paper is what proves it."))
        if found:
            raise Invalid(found)
        kind = DecisionKind(code)
        draft = DecisionDraft(
            kind=kind,
            reason=self.reason.toPlainText(),
            conditions=self.conditions.toPlainText() if kind in ALLOWING else "",
            from_on=days["from_on"] if kind in _FROM else None,
            review_on=days["review_on"] if kind in ALLOWING else None,
        )
        ctx, number, version = self._desk.ctx, self._record.id, self._record.version
        decided_on, scan, at = days["decided_on"], self._scan, self._desk.ctx.now()

        def do(progress: Progress) -> object:
            piece = paste.as_pieces(scan, 1, at)[0]
            data = Path(piece.path) if piece.path else piece.data
            return connection_decisions.record_paper(
                ctx, number, version, draft, decided_on, piece.name, data
            )

        return do

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paste.offered(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = paste.offered(event.mimeData())
        if found:
            event.acceptProposedAction()
            self.take(found)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose the scan of the decision", "", KINDS_OFFERED)
        if name:
            self.take(paste.Offered(paths=(name,)))

    def _paste(self) -> None:
        found = paste.offered(QGuiApplication.clipboard().mimeData())
        if found:
            self.take(found)
        else:
            self._desk.messages.info("There is no picture or file on the clipboard.")

    def _show_kind(self) -> None:
        code = str(self.kind.currentData())
        kind = DecisionKind(code) if code else DecisionKind.APPROVE
        allowing, dated = kind in ALLOWING, kind in _FROM
        for widget, there in (
            (self.conditions, allowing),
            (self._conditions_label, allowing),
            (self.review_on, allowing),
            (self._review_label, allowing),
            (self.from_on, dated),
            (self._from_label, dated),
        ):
            widget.setVisible(there)
        self._from_label.setText(_FROM.get(kind, ""))


def _the(role: str) -> str:
    return f"the {in_a_sentence(role)}"
