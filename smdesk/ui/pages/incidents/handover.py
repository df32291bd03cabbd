"""Asks before somebody marks a record so that they can no longer open it."""

from __future__ import annotations

from smdesk.security.permissions import Sight, may_see
from smdesk.services.incident_records import IncidentDraft, IncidentRecord
from smdesk.ui.desk import Desk


def hand_over_meant(desk: Desk, record: IncidentRecord | None, draft: IncidentDraft) -> bool:
    """Warn before the record is marked so that this person can no longer open it."""
    user = desk.ctx.user
    if record is not None and record.draft.confidentiality is draft.confidentiality:
        return True
    sight = may_see(
        user.roles,
        draft.confidentiality,
        logged_by_me=True,
        assigned_to_me=draft.handled_by == user.id,
        headteacher_is_subject=record is not None and record.headteacher_is_subject,
        i_am_subject=False,
    )
    if sight is Sight.FULL:
        return True
    return desk.messages.confirm(
        "After saving, you can no longer open this incident.",
        "Save and hand it over",
        "Go back",
        more="It is marked as confidential: only the headteacher and the DSL will see what is in it. Whoever "
        "logged it still sees that it exists. Make sure everything you know is in it, and tell one of them.",
    )
