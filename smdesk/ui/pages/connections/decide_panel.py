"""Deciding one exception: what is decided, why, on what conditions, from when and until when it is looked at again.

The same panel stands in the headteacher's queue and in the record. Choosing a decision puts the keyboard where the
reason is typed, and Ctrl+Enter signs: nothing else has to be pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.security.signatures import fingerprint
from smdesk.services.connection_records import DecisionDraft, DecisionKind, ExceptionRecord
from smdesk.services.context import Context, Saved
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Form
from smdesk.ui.widgets.signing_panel import SigningPanel
from smdesk.ui.widgets.text import PlainLabel, heading, named

CHOICES: dict[DecisionKind, tuple[str, str]] = {
    DecisionKind.APPROVE: ("A&pprove", "The connection is allowed from the day below"),
    DecisionKind.REFUSE: ("&Refuse", "The connection is not allowed"),
    DecisionKind.ASK_FOR_MORE: ("Ask for &more", "Goes back to the office with what you want to know"),
    DecisionKind.RENEW: ("Rene&w", "Looked at again and still right: sets the next review"),
    DecisionKind.END: ("&End it", "No longer needed, for example because the two are no longer in touch"),
    DecisionKind.REVOKE: ("Re&voke", "Taken away because something is wrong"),
}
"""The Alt keys are none of the menus' (File, Go, Account, Help) and none of the others here."""

_SIGN = {
    DecisionKind.APPROVE: "Approve and sign",
    DecisionKind.REFUSE: "Refuse and sign",
    DecisionKind.ASK_FOR_MORE: "Ask and sign",
    DecisionKind.RENEW: "Renew and sign",
    DecisionKind.END: "End it and sign",
    DecisionKind.REVOKE: "Revoke and sign",
}
_REASONS = {
    DecisionKind.APPROVE: "Why it is right to allow it",
    DecisionKind.REFUSE: "Why it is not allowed",
    DecisionKind.ASK_FOR_MORE: "What do you need to know before you decide?",
    DecisionKind.RENEW: "Why it is still right",
    DecisionKind.END: "Why it ends",
    DecisionKind.REVOKE: "Why it is taken away",
}
_FROM = {
    DecisionKind.APPROVE: "Allowed from",
    DecisionKind.END: "Ends on",
    DecisionKind.REVOKE: "Ends on",
}
_LEFT_OVER = "It does not wait for a decision any more. What you typed stays here to be copied."
_REVIEWED = (DecisionKind.APPROVE, DecisionKind.RENEW)
_WITH_CONDITIONS = (DecisionKind.APPROVE, DecisionKind.RENEW)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is read beside the record: what the decider is offered, and what is wrong with their key."""

    exception_id: int
    defaults: DecisionDraft
    key_flag: str


class DecidePanel(SigningPanel):
    """``show_exception`` shows the decisions one record allows its reader. It signs on a worker."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "decide", parent)
        self.setObjectName("decide_panel")
        self._record: ExceptionRecord | None = None
        self._kind: DecisionKind | None = None
        self._offered: DecisionDraft | None = None
        self.title = heading("Your decision", 3)
        self.note = PlainLabel("")
        self.note.setObjectName("decide_note")
        self._group = QButtonGroup(self)
        self.choices: dict[DecisionKind, QPushButton] = {}
        for number, (kind, (label, tip)) in enumerate(CHOICES.items()):
            made = button(label, f"decide_{kind}", look="view", tip=tip)
            made.setCheckable(True)
            made.installEventFilter(self)
            self._group.addButton(made, number)
            self.choices[kind] = made
        self._buttons = flow(*self.choices.values(), spacing=theme.TIGHT)
        self.reason = named(QPlainTextEdit(), "decide_reason", "Reason")
        self.conditions = named(QPlainTextEdit(), "decide_conditions", "Conditions")
        for field in (self.reason, self.conditions):
            field.setTabChangesFocus(True)
            field.textChanged.connect(self._typed)
            field.textChanged.connect(partial(_grow, field))
            _grow(field)
        self.conditions.setPlaceholderText("For example: no private messages. May stay empty.")
        self.from_on = DateEdit("decide_from", "Allowed from", clock=desk.ctx.today, ahead=True)
        self.review_on = DateEdit("decide_review", "Review on", clock=desk.ctx.today, ahead=True)
        for day in (self.from_on, self.review_on):
            day.changed.connect(self._typed)
        self.form = Form(labels_like="Allowed from")
        self.form.add("Reason", self.reason, "reason")
        self._conditions_label = self.form.add("Conditions", self.conditions, "conditions")
        self.from_label = self.form.add("Allowed from", self.from_on, "from_on")
        self.review_label = self.form.add("Review on", self.review_on, "review_on")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        for widget in (self.title, self.note, self._buttons, self.problems, self.form, self._signing):
            column.addWidget(widget)
        self._group.idClicked.connect(self._chosen)
        self._show_kind()

    # What the embedder calls

    def show_exception(self, record: ExceptionRecord) -> None:
        """Show what may be decided about this record. What is typed stays while it is the same record."""
        same = self._record is not None and self._record.id == record.id
        self._record = record
        if not same:
            # What was wrong stays to be read when the same record comes back changed.
            self.problems.clear()
            self.clear()
        if self._kind not in record.open_decisions:
            self._kind = None
        for kind, made in self.choices.items():
            made.setVisible(record.may_decide and kind in record.open_decisions)
        self._show_kind()
        if record.may_decide and record.open_decisions:
            ctx, exception_id = self._desk.ctx, record.id
            self._desk.tasks.latest(
                self, "prepared", lambda progress: _prepared(ctx, exception_id), self._have_prepared
            )

    def clear(self) -> None:
        """Forget what is typed and chosen."""
        self._filling = True
        self._kind, self._offered = None, None
        self.reason.clear()
        self.conditions.clear()
        self.from_on.set_day(None)
        self.review_on.set_day(None)
        self._filling = False
        self._show_kind()

    def unsaved(self) -> bool:
        """Whether something is typed here that no decision has taken up. A choice alone is nothing to lose."""
        if self._record is None:
            return False
        offered = self._offered.conditions if self._offered is not None else ""
        typed = self.conditions.toPlainText().strip()
        return bool(self.reason.toPlainText().strip()) or typed not in ("", offered.strip())

    def typed(self) -> dict[str, Any]:
        """What stands here, as it is kept for a draft."""
        return {
            "kind": str(self._kind or ""),
            "reason": self.reason.toPlainText(),
            "conditions": self.conditions.toPlainText(),
            "from_on": self.from_on.text(),
            "review_on": self.review_on.text(),
        }

    def restore(self, typed: dict[str, Any]) -> None:
        """Show what ``typed`` gave before, as far as this record still allows it."""
        self._filling = True
        code = str(typed.get("kind", ""))
        open_now = self._record.open_decisions if self._record is not None else ()
        self._kind = next((kind for kind in open_now if kind == code), None)
        self.reason.setPlainText(str(typed.get("reason", "")))
        self.conditions.setPlainText(str(typed.get("conditions", "")))
        self.from_on.set_text(str(typed.get("from_on", "")))
        self.review_on.set_text(str(typed.get("review_on", "")))
        self._filling = False
        self._show_kind()

    def choose(self, kind: DecisionKind) -> None:
        """Take up one of the decisions, as if its button had been pressed."""
        if not self.choices[kind].isHidden():
            self.choices[kind].click()

    def put_keyboard(self) -> None:
        """The keyboard to where deciding begins."""
        shown = [made for made in self.choices.values() if not made.isHidden()]
        if self._kind is not None:
            self.reason.setFocus()
        elif shown:
            shown[0].setFocus()

    @property
    def kind(self) -> DecisionKind | None:
        """The decision chosen so far."""
        return self._kind

    # Choosing and typing

    def _chosen(self, number: int) -> None:
        self._kind = list(CHOICES)[number]
        self._show_kind()
        self._offer()
        self.reason.setFocus()
        self.edited.emit()

    def _show_kind(self) -> None:
        record, kind = self._record, self._kind
        can = record is not None and record.may_decide and bool(record.open_decisions)
        self.title.setVisible(can)
        self._buttons.setVisible(can)
        self._group.setExclusive(False)
        for each, made in self.choices.items():
            made.setChecked(each is kind)
        self._group.setExclusive(kind is not None)
        # Decided in another window meanwhile: what was typed here stays in sight, to be copied.
        left_over = record is not None and not can and self.unsaved()
        why_not = record.why_not if record is not None and not can else ""
        self.note.setText(why_not or (_LEFT_OVER if left_over else ""))
        self.note.setVisible(bool(self.note.text()))
        self.form.setVisible(can or left_over)
        self._signing.setVisible(can)
        self.reason.setPlaceholderText(
            _REASONS[kind] if kind is not None else "Choose a decision above first."
        )
        # Not disabled while it is signed: the keyboard would stray to the tabs, and the next key with it.
        self.reason.setEnabled(left_over or kind is not None)
        self.reason.setReadOnly(left_over or self._busy)
        # Before anything is chosen the fields of the usual decision stand there, so that nothing jumps.
        usual = kind or (DecisionKind.APPROVE if self._may(DecisionKind.APPROVE) else DecisionKind.RENEW)
        for widget in (self.conditions, self._conditions_label):
            widget.setVisible(bool(self.conditions.toPlainText()) if left_over else usual in _WITH_CONDITIONS)
        self.conditions.setEnabled(left_over or kind is not None)
        self.conditions.setReadOnly(left_over or self._busy)
        begins, reviewed = can and usual in _FROM, can and usual in _REVIEWED
        self.from_label.setText(_FROM.get(usual, ""))
        self.from_on.setAccessibleName(_FROM.get(usual, "From"))
        for widget, there in (
            (self.from_label, begins),
            (self.from_on, begins),
            (self.review_label, reviewed),
            (self.review_on, reviewed),
        ):
            widget.setVisible(there)
            widget.setEnabled(kind is not None and not self._busy)
        signs = self._desk.ctx.signing is not None
        self.sign_button.setText(_SIGN[kind] if kind is not None else "Sign")
        self.sign_button.setAccessibleName(self.sign_button.text())
        self.sign_button.setEnabled(kind is not None and signs and not self._busy)

    def _may(self, kind: DecisionKind) -> bool:
        return self._record is not None and kind in self._record.open_decisions

    def _offer(self) -> None:
        """Fill in what is usual, where nothing is typed yet: today, the next review, the conditions proposed."""
        offered, kind, today = self._offered, self._kind, self._desk.ctx.today()
        if kind is None:
            return
        self._filling = True
        if not self.from_on.text():
            first = offered.from_on if offered is not None and kind is DecisionKind.APPROVE else None
            self.from_on.set_day(first or today)
        if offered is not None:
            if not self.review_on.text():
                self.review_on.set_day(offered.review_on)
            if not self.conditions.toPlainText() and kind in _WITH_CONDITIONS:
                self.conditions.setPlainText(offered.conditions)
        self._filling = False

    def _have_prepared(self, prepared: _Prepared) -> None:
        record = self._record
        if record is None or prepared.exception_id != record.id:
            return
        self._offered = prepared.defaults
        signing = self._desk.ctx.signing
        if signing is None:
            self.key.setText("Your signing key is not at hand. Sign in again to decide.")
        else:
            short = " ".join(fingerprint(signing.public).split()[:4])
            self.key.setText(f"Ctrl+Enter. Signed with your key {short}. {prepared.key_flag}".strip())
        self._offer()

    # Signing

    def draft(self) -> DecisionDraft:
        """The decision as it stands here. Raises Invalid naming what cannot be read or is missing."""
        kind = self._kind
        if kind is None:
            raise Invalid.one("kind", "Choose what you decide first.")
        reason = self.reason.toPlainText().strip()
        if not reason:
            raise Invalid.one("reason", "Write the reason. It is part of what you sign.")
        return DecisionDraft(
            kind=kind,
            reason=reason,
            conditions=self.conditions.toPlainText().strip() if kind in _WITH_CONDITIONS else "",
            from_on=self.from_on.day("from_on") if kind in _FROM else None,
            review_on=self.review_on.day("review_on") if kind in _REVIEWED else None,
        )

    def deciding(self, draft: DecisionDraft) -> Callable[[Progress], Saved]:
        record = self._record
        return partial(_decide, self._desk.ctx, record.id, record.version, draft)


def _grow(field: QPlainTextEdit) -> None:
    """As high as what is typed, from two lines to five: at first what signs it is in sight in a low window too."""
    lines = min(max(round(field.document().size().height()), 2), 5)
    field.setFixedHeight(field.fontMetrics().lineSpacing() * lines + 22)


def _prepared(ctx: Context, exception_id: int) -> _Prepared:
    from smdesk.services import connection_decisions, users

    own = [key for key in users.keys(ctx) if key.user_id == ctx.user.id and key.retired_at is None]
    defaults = connection_decisions.defaults(ctx, exception_id)
    return _Prepared(exception_id, defaults, own[0].flag if own else "")


def _decide(ctx: Context, exception_id: int, version: int, draft: DecisionDraft, progress: Progress) -> Saved:
    from smdesk.services import connection_decisions

    return connection_decisions.decide(ctx, exception_id, version, draft)
