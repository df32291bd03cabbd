"""The incident form as it looks: fields and timeline on the left, what the policy says on the right."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import (
    QWidget,
)

from smdesk.policy.vocabulary import Conduct
from smdesk.security.permissions import Permission
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import form_parts, loading
from smdesk.ui.pages.incidents.advice_panel import AdvicePanel
from smdesk.ui.pages.incidents.evidence_strip import EvidenceStrip
from smdesk.ui.pages.incidents.fields import IncidentFields
from smdesk.ui.pages.incidents.form_parts import Header
from smdesk.ui.pages.incidents.loading import Opened
from smdesk.ui.pages.incidents.timeline_view import TimelineView
from smdesk.ui.widgets.pending import Pending
from smdesk.ui.widgets.record_frame import FramedForm
from smdesk.ui.widgets.text import PlainLabel


class FormView(FramedForm):
    """The widgets and their places. What they do is ``form.IncidentForm``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "incident", "incident", "incident", loading.forget_draft, parent)
        self.fields = IncidentFields(desk, self)
        self.strip = EvidenceStrip(desk, self)
        self.fields.evidence_place.body.addWidget(self.strip)
        self.timeline = TimelineView(desk, self)
        self.advice = AdvicePanel(self)
        self.header = Header(self)
        self.foot = PlainLabel("", look="muted")
        self.scrolled.body.addWidget(self.fields)
        self.scrolled.body.addWidget(self.foot)
        parts = ((self.scrolled, "For&m"), (self.timeline, "T&imeline"))
        self.lay_out(self.fields, parts, self.advice, (3, 2))
        self._show_more = False
        self.fields.more.unfolded.connect(self._more_unfolded)
        self.scrolled.verticalScrollBar().rangeChanged.connect(self._room_changed)

    def show_parts(self, data: Opened, waiting: tuple[Pending, ...]) -> None:
        """Timeline, evidence and the frame, from what was read last."""
        record = data.record
        incident_id = record.id if record is not None else 0
        ctx, open_ = self._desk.ctx, record is None or record.status == "open"
        self.header.show_record(record)
        self.foot.setText(form_parts.footer(record))
        may_add = open_ and loading.may(ctx, Permission.EVIDENCE_ADD)
        may_remove = loading.may(ctx, Permission.EVIDENCE_REMOVE)
        self.strip.show_pieces(data.evidence, waiting)
        self.strip.show_incident(incident_id, may_add=may_add, may_remove=may_remove, stored=data.evidence)
        self.strip.set_imagery(Conduct.SEXUAL_IMAGERY_OF_CHILD in self.fields.conduct.value())
        may_note = record is not None and loading.may(ctx, Permission.STEPS_RECORD)
        self.timeline.show_entries(incident_id, data.timeline, data.letters, may_add=may_note)
        self.tabs.setTabEnabled(1, record is not None)
        self.tabs.setTabText(1, f"T&imeline ({len(data.timeline)})" if record is not None else "T&imeline")

    def _more_unfolded(self) -> None:
        # Below the window's edge nothing would seem to happen. There is room to scroll once the layout is done.
        self._show_more = True

    def _room_changed(self) -> None:
        if not self._show_more:
            return
        self._show_more = False
        top = self.fields.more.mapTo(self.scrolled.widget(), QPoint(0, 0)).y()
        self.scrolled.verticalScrollBar().setValue(top - theme.NORMAL)
