"""The frame around the fields of an incident: the line above them, and what a masked record shows."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.policy.words import written_day
from smdesk.services.incident_records import OUTCOME_LABELS, Confidentiality, IncidentRecord
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.words import moment_in_words


class Header(RecordHeader):
    """The line above an incident."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("incident", "New incident", parent)

    def show_record(self, record: IncidentRecord | None) -> None:
        """Reference and state of a saved record, or a new one."""
        if record is None:
            self.title.setText("New incident")
            self.status.hide()
            self.confidential.hide()
            self.summary.show_text("")
            return
        self.summary.show_text("" if record.masked else record.draft.summary)
        self.title.setText(record.reference)
        self.status.show()
        if record.status == "closed":
            ended = OUTCOME_LABELS[record.outcome] if record.outcome is not None else ""
            self.status.show_status(f"Closed: {ended}" if ended else "Closed", "neutral")
        elif record.removed_on is not None:
            self.status.show_status("Open, post removed", "ok")
        else:
            self.status.show_status("Open", "info")
        marked = record.draft.confidentiality is not Confidentiality.NORMAL or record.headteacher_is_subject
        self.confidential.setVisible(marked or record.masked)


def masked_words(record: IncidentRecord) -> str:
    """What whoever logged a confidential incident still sees of it."""
    state = "It has been closed." if record.status == "closed" else "It is being handled."
    return (
        f"You logged {record.reference} on {moment_in_words(record.logged_at)}. {state}\n\n"
        "Only those it is restricted to can open it. If you know something more about it, tell the headteacher "
        "or the designated safeguarding lead."
    )


def footer(record: IncidentRecord | None) -> str:
    """Who logged it and under which policy, for the foot of the form."""
    if record is None:
        return ""
    parts = [
        f"Logged by {record.logged_by_name}, {moment_in_words(record.logged_at)}.",
        f"Handled under version {record.profile_number} of the school's policy ({record.profile_title}).",
    ]
    if record.removed_on is not None:
        parts.append(f"The post was found gone on {written_day(record.removed_on)}.")
    if record.closed_at is not None:
        parts.append(f"Closed {moment_in_words(record.closed_at)}: {record.outcome_reason}")
    return " ".join(parts)
