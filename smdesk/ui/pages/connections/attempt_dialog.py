"""Logs an attempt at a connection: what the policy and the register say of it, then the incident form (CON-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QSizePolicy, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.connections import Standing
from smdesk.policy.vocabulary import INITIATOR_LABELS, LINK_LABELS, Capacity, Initiator, Link, PersonKind
from smdesk.services import connection_attempts, reference_data
from smdesk.services.connection_attempts import AttemptDraft, AttemptView
from smdesk.services.connection_contacts import NOT_LOOKED_AT
from smdesk.services.incident_records import IncidentDraft
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.sides import Both, adult_field, other_field
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, dress, heading, named

PAUSE_MS = 250
_HIGH = 700
_ACCEPTED = {"": "Accepted: not known", "yes": "It was accepted", "no": "It was not accepted"}
_TONES = {Standing.BREACH: "danger", Standing.ADVICE: "warning", Standing.PRIOR_ONLY: "warning"}
NOTHING_YET = (
    "Choose the two people: what the policy says of it, who is told and what the register holds appear here."
)


class AttemptDialog(ServiceDialog):
    """Nothing is kept here: pressing the button opens the incident form with what was typed, to be looked at."""

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, about: Both | None = None) -> None:
        """``about``: these two are chosen already."""
        super().__init__(
            desk,
            "attempt_dialog",
            "Log an attempt",
            "&Go on to the incident…",
            parent,
            explanation="A friend request, a follow or a message between a pupil or parent and an adult who works with "
            "the school. It becomes an incident, which you look at and save.",
        )
        self._view: AttemptView | None = None
        self._width = 660
        self.adult = adult_field(desk, "attempt_adult", self)
        self.other = other_field(desk, "attempt_other", self)
        self.platform = named(QComboBox(self), "attempt_platform", "Platform: app, site or game")
        self.platform.setEditable(True)
        self.platform.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for each in reference_data.platforms():
            self.platform.addItem(each.label, each.code)
        self.platform.setCurrentIndex(-1)
        self.platform.lineEdit().setPlaceholderText("Choose or type one")
        self.link = _choices(self, "attempt_link", "What it was", LINK_LABELS)
        self.initiator = _choices(self, "attempt_initiator", "Who began it", INITIATOR_LABELS)
        self.initiator.setCurrentIndex(self.initiator.findData(str(Initiator.UNKNOWN)))
        self.on = DateEdit("attempt_on", "Day", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.accepted = _choices(self, "attempt_accepted", "Whether it was accepted", _ACCEPTED)
        self.said = self.note_field("attempt_said", "What was seen or said, and how the school knows", 3)
        self.reason = self.note_field("attempt_reason", "Why it is logged although an exception covers it", 2)
        self.form.add("Ad&ult", self.adult, "adult_id")
        self.form.add("Pupil or paren&t", self.other, "other_id")
        self.form.add("&Platform", self.platform, "platform")
        self.form.add("&What it was", row(self.link, self.accepted, None), "link")
        self.form.add("Who &began it", row(self.initiator, None), "initiator")
        self.form.add("Da&y", row(self.on, None), "on")
        self.form.fields["on"] = self.on
        self.found = _FoundBox(self)
        self.found.open_wanted.connect(self._open_exception)
        self.form.add_wide(self.found)
        self.form.add("What was &seen", self.said, "said")
        self._reason_label = self.form.add("&Reason", self.reason, "reason")
        self.form.fields["adult_kind"] = self.adult.kind
        self._show_reason(False)
        self._pause = QTimer(self)
        self._pause.setObjectName("attempt_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._listen()
        if about is not None:
            self.adult.show_person(about.adult, str(about.adult_kind))
            self.other.show_person(about.other, str(about.capacity))
        self.found.say(NOTHING_YET)
        self.adult.setFocus()
        self._pause.start()

    def sizeHint(self) -> QSize:
        # Room for the answer from the start: a dialog that jumps while one types is worse than a tall one.
        hint = super().sizeHint()
        return QSize(
            hint.width(), max(hint.height(), min(_HIGH, self.screen().availableGeometry().height() - 60))
        )

    def attempt(self) -> AttemptDraft:
        """What stands in the fields. Raises Invalid for a day that cannot be read."""
        adult, other = self.adult.person(), self.other.person()
        return AttemptDraft(
            adult_id=None if adult is None else adult.id,
            adult_kind=PersonKind(self.adult.capacity()),
            other_id=None if other is None else other.id,
            capacity=Capacity(self.other.capacity()),
            link=Link(self.link.currentData()),
            initiator=Initiator(self.initiator.currentData()),
            platform=self._platform(),
            on=self.on.day("on"),
            accepted={"yes": True, "no": False}.get(self.accepted.currentData()),
            said=self.said.toPlainText(),
            reason=self.reason.toPlainText() if self.reason.isVisibleTo(self) else "",
        )

    def _platform(self) -> str:
        typed = self.platform.currentText().strip()
        place = self.platform.findText(typed)
        return str(self.platform.itemData(place)) if typed and place >= 0 else typed

    def work(self) -> Work:
        attempt, ctx = self.attempt(), self._desk.ctx
        for field, box in (("adult_id", self.adult), ("other_id", self.other)):
            if box.only_typed:
                raise Invalid.one(
                    field,
                    f"“{box.only_typed}” is typed but nobody is chosen. Choose somebody from the list, or add them.",
                )

        def do(progress: Progress) -> IncidentDraft:
            return connection_attempts.incident_draft(ctx, attempt)

        return do

    def _accepted(self, result: object) -> None:
        super()._accepted(result)
        self._desk.new_with("incidents", result)

    def _refused(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid) and any(each.field == "reason" for each in error.problems):
            self._show_reason(True)
        super()._refused(error)

    # Live

    def _listen(self) -> None:
        self.adult.changed.connect(self._touched)
        self.other.changed.connect(self._touched)
        self.platform.editTextChanged.connect(self._touched)
        self.on.changed.connect(self._touched)
        for box in (self.link, self.initiator):
            box.currentIndexChanged.connect(self._touched)

    def _touched(self) -> None:
        self._pause.start()

    def _look(self) -> None:
        try:
            attempt = self.attempt()
        except Invalid as error:
            self.found.say(str(error))
            return
        if attempt.adult_id is None or attempt.other_id is None:
            self._desk.tasks.cancel_reading(self)
            self.found.say(NOTHING_YET)
            self._show_reason(False)
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> AttemptView:
            return connection_attempts.look(ctx, attempt)

        self._desk.tasks.latest(self, "look", work, self._looked, self._not_looked)

    def _looked(self, view: AttemptView) -> None:
        self._view = view
        self.found.show_view(view)
        self._show_reason(view.covered)
        self.grow()

    def _not_looked(self, error: SmdeskError) -> None:
        self.found.say(str(error))

    def _show_reason(self, on: bool) -> None:
        self._reason_label.setVisible(on)
        self.reason.setVisible(on)

    def _open_exception(self, exception_id: int) -> None:
        if not self._may_close():
            return
        self.done(self.DialogCode.Rejected)
        self._desk.open_exception(exception_id)


class _FoundBox(QFrame):
    """What the policy and the register say of the attempt as it stands in the fields."""

    open_wanted = Signal(object)
    """Carries the id of an exception."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("attempt_found")
        self.setAccessibleName("What the policy and the register say")
        self._column = QVBoxLayout(self)
        theme.roomy(self._column, theme.NORMAL, theme.SMALL)

    def say(self, sentence: str) -> None:
        """A sentence in place of an answer."""
        self._clear("")
        self._add(PlainLabel(sentence, look="muted"))

    def show_view(self, view: AttemptView) -> None:
        covered = view.covered
        self._clear("info" if covered else _TONES.get(view.ruling.standing, "info"))
        title = heading("An exception allows this" if covered else view.standing, 3)
        title.setObjectName("attempt_standing")
        self._add(title)
        for found in (*view.covering, *view.near):
            self._add(PlainLabel(found.text))
            opener = button(
                f"Leave this and open {found.reference}",
                f"attempt_open_{found.exception_id}",
                self._open,
                look="link",
            )
            opener.setProperty("exception", found.exception_id)
            opener.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            self._add(opener)
        if not covered and not view.near:
            self._add(PlainLabel("No exception for these two covers this or comes near to it."))
        if view.partial:
            self._add(PlainLabel(NOT_LOOKED_AT, look="muted"))
        why = PlainLabel(f"Without one: {view.ruling.why}" if covered else view.ruling.why)
        why.setObjectName("attempt_why")
        self._add(why)
        told = PlainLabel(f"Tell: {view.told}. (CON-3)")
        told.setObjectName("attempt_told")
        self._add(told)
        for remark in view.remarks:
            self._add(PlainLabel(remark, look="danger"))
        if view.rule is not None:
            self._add(
                PlainLabel(f"Rule {view.rule.rule}, {view.rule.title}: {view.rule.wording}", look="muted")
            )
        self._add(
            PlainLabel(
                f"{view.profile_title}, version {view.profile_number} of your school's policy", look="muted"
            )
        )

    def _open(self) -> None:
        self.open_wanted.emit(self.sender().property("exception"))

    def _add(self, widget: QWidget) -> None:
        self._column.addWidget(widget)

    def _clear(self, tone: str) -> None:
        while self._column.count():
            widget = self._column.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        dress(self, tone=tone or "info")


def _choices(parent: QWidget, name: str, spoken: str, labels: Mapping[Any, str]) -> QComboBox:
    box = named(QComboBox(parent), name, spoken)
    for code, label in labels.items():
        box.addItem(label, str(code))
    return box
