"""Deciding about a post, and writing down when it was published (ACC-6)."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.services import sign_offs
from smdesk.services.sign_off_records import VERDICT_LABELS, SignOffRecord, Verdict
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import dress, named
from smdesk.ui.words import count


class DecideDialog(ServiceDialog):
    """Approve, change or refuse. With a change the text to be published is written out."""

    def __init__(self, desk: Desk, record: SignOffRecord, parent: QWidget | None = None) -> None:
        pictures = sum(not each.removed for each in record.files)
        look = f" {count(pictures, 'picture')} belong{'s' if pictures == 1 else ''} to it: look there first."
        super().__init__(
            desk,
            "sign_off_decide",
            f"Decide about “{record.draft.title}”",
            "&Decide",
            parent,
            explanation=f"For {record.account_name}, asked by {record.asked_by}. What you decide stays as it is."
            + (look if pictures else ""),
        )
        self._record = record
        self.verdicts = QButtonGroup(self)
        self.choices: dict[Verdict, QRadioButton] = {}
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        for verdict, label in VERDICT_LABELS.items():
            choice = named(QRadioButton(label, box), f"sign_off_verdict_{verdict}", label)
            self.verdicts.addButton(choice)
            self.choices[verdict] = choice
            column.addWidget(choice)
        box.setFocusProxy(self.choices[Verdict.APPROVE])
        self.form.add("Decision", box, "verdict")
        self.text = self.note_field(
            "sign_off_changed", "The text as it is to be published", 7, record.draft.post
        )
        self.text_label = self.form.add("&Text to publish", self.text, "changed_post")
        self.reason = self.note_field("sign_off_reason", "Reason", 3)
        self.form.add("&Reason", self.reason, "reason", "Needed for a change and a refusal.")
        self.verdicts.buttonToggled.connect(self._chosen)
        self._chosen()
        self.choices[Verdict.APPROVE].setFocus()

    def verdict(self) -> Verdict | None:
        """What is chosen."""
        return next((each for each, choice in self.choices.items() if choice.isChecked()), None)

    def _chosen(self, *_: object) -> None:
        self.text.setReadOnly(self.verdict() is not Verdict.CHANGE)
        dress(self.text)

    def work(self) -> Work:
        ctx, record, verdict = self._desk.ctx, self._record, self.verdict()
        if verdict is None:
            raise Invalid.one("verdict", "Choose whether to approve, change or refuse it.")
        reason = self.reason.toPlainText()
        changed = self.text.toPlainText() if verdict is Verdict.CHANGE else ""

        def do(progress: Progress) -> object:
            return sign_offs.decide(ctx, record.id, record.version, verdict, reason, changed)

        return do


class PublishedDialog(ServiceDialog):
    """When an approved post was published."""

    def __init__(self, desk: Desk, record: SignOffRecord, parent: QWidget | None = None) -> None:
        super().__init__(desk, "sign_off_published", "The post was published", "&Write it down", parent)
        self._record = record
        self.on = DateEdit("sign_off_published_on", "Published on", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.form.add("&Published on", self.on, "on")
        self.on.setFocus()

    def work(self) -> Work:
        ctx, record = self._desk.ctx, self._record
        day = self.on.day("on")
        if day is None:
            raise Invalid.one("on", "Say on which day it was published.")
        on = day

        def do(progress: Progress) -> object:
            return sign_offs.mark_published(ctx, record.id, record.version, on)

        return do
