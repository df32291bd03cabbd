"""Asks for advice as the form is filled in: a moment after the last key, on a worker, the newest answer only."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.vocabulary import Nation, Step
from smdesk.security.permissions import Permission
from smdesk.services import advice
from smdesk.services.incident_records import AdviceView, IncidentDraft, IncidentRecord, TimelineEntry
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import loading
from smdesk.ui.pages.incidents.advice_panel import AdvicePanel, AdviceSetting
from smdesk.ui.tasks import Progress

PAUSE_MS = 300
CLOCK_MS = 60_000
"""How often "3 hours left" is said anew."""

NOTHING_YET = (
    "Say who posted it and tick what was done: what to do next, by when and why then appears here, as the school's "
    "policy has it."
)


class LiveAdvice(QObject):
    """``due`` asks the form for what stands in it; ``ask`` has it advised on."""

    due = Signal()

    def __init__(self, desk: Desk, panel: AdvicePanel, form: QWidget) -> None:
        super().__init__(form)
        self._desk = desk
        self._panel = panel
        self._record: IncidentRecord | None = None
        self._nation = Nation.ENGLAND
        self._left_out: frozenset[Step] = frozenset()
        self._pause = QTimer(self)
        self._pause.setObjectName("advice_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.due)
        self._clock = QTimer(self)
        self._clock.setObjectName("advice_clock")
        self._clock.setInterval(CLOCK_MS)
        self._clock.timeout.connect(self._tick)

    def touch(self) -> None:
        """Something was typed."""
        self._pause.start()

    def run_clock(self, on: bool) -> None:
        """The clock runs only while somebody can see it."""
        if on:
            self._clock.start()
        else:
            self._clock.stop()
            self._pause.stop()

    def ask(
        self,
        record: IncidentRecord | None,
        nation: Nation,
        draft: IncidentDraft,
        timeline: Iterable[TimelineEntry] = (),
    ) -> None:
        """Advise on this; for a record the reader may not edit, on what is saved."""
        self._pause.stop()
        self._record, self._nation = record, nation
        self._left_out = frozenset(
            entry.step
            for entry in timeline
            if entry.kind == "skip" and entry.step is not None and not entry.withdrawn
        )
        if record is None and not (draft.conduct or draft.people or draft.on_school_account):
            self._desk.tasks.cancel_reading(self)
            self._panel.say(NOTHING_YET)
            return
        ctx = self._desk.ctx
        incident_id = record.id if record is not None else None

        def work(progress: Progress) -> AdviceView:
            if record is None or record.editable:
                return advice.for_draft(ctx, draft, incident_id)
            return advice.for_incident(ctx, record.id)

        self._desk.tasks.latest(self, "advice", work, self._advised, self._not_advised)

    def _advised(self, view: AdviceView) -> None:
        self._panel.show_advice(view, self._setting())

    def _not_advised(self, error: SmdeskError) -> None:
        self._panel.say(str(error))

    def _tick(self) -> None:
        if self._panel.view is not None:
            self._panel.show_advice(self._panel.view, self._setting())

    def _setting(self) -> AdviceSetting:
        ctx, record = self._desk.ctx, self._record
        closed = record is not None and record.status == "closed"
        return AdviceSetting(
            now=ctx.now().replace(second=0, microsecond=0),
            nation=self._nation,
            can_act=not closed and loading.may(ctx, Permission.STEPS_RECORD),
            may_decide_prevent=loading.may(ctx, Permission.PREVENT_DECIDE),
            closed=closed,
            replied=record is not None and record.replied_at is not None,
            left_out=self._left_out,
        )
