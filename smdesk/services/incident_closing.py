"""Closing an incident with its outcome, and opening it again (INC-14)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Entry, Incident, IncidentConduct, Letter
from smdesk.errors import Conflict, NotAllowed, Refused
from smdesk.policy.vocabulary import Conduct
from smdesk.security.permissions import Permission, Role
from smdesk.services import incident_state, reasons, sight
from smdesk.services.context import Context, Saved, needs
from smdesk.services.incident_records import OUTCOME_LABELS, Outcome
from smdesk.services.incident_words import reference
from smdesk.services.sight import Reader

_WAITING_LETTERS: Final = {"submitted": "waits for approval", "approved": "is approved but not issued"}


@needs(Permission.INCIDENTS_CLOSE)
def close(ctx: Context, incident_id: int, expected_version: int, outcome: Outcome, reason: str) -> Saved:
    """Close an incident with its outcome and the reason for it (INC-14).

    Raises Refused while a letter of it waits or is approved and not issued, while the DSL owes a Prevent
    decision (INC-9), or when it is closed already; Invalid without a reason; Conflict where somebody saved
    since ``expected_version``.
    """
    reason = reasons.given(
        reason, "Say why the incident is closed: whoever reads the record later needs it.", most=20_000
    )
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        incident = _for_deciding(session, who, incident_id)
        ref = reference(incident.year, incident.number)
        if incident.status == "closed":
            raise Refused(f"{ref} is closed already.")
        if incident.version != expected_version:
            raise Conflict(
                f"Somebody else saved {ref} since you opened it. Look at the changes, then close it.",
                (),
                incident.version,
            )
        _refuse_unfinished(session, incident, outcome)
        incident.status = "closed"
        incident.outcome = outcome
        incident.outcome_reason = reason
        incident.closed_at = ctx.now()
        return _decided(session, ctx, incident, "closed", OUTCOME_LABELS[outcome], reason)


@needs(Permission.INCIDENTS_CLOSE)
def reopen(ctx: Context, incident_id: int, reason: str) -> Saved:
    """Open a closed incident again. What it was closed with stays on the timeline.

    Raises Refused when it is open, Invalid without a reason.
    """
    reason = reasons.given(reason, "Say why the incident is opened again.", most=20_000)
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        incident = _for_deciding(session, who, incident_id)
        if incident.status == "open":
            raise Refused(f"{reference(incident.year, incident.number)} is open already.")
        before = OUTCOME_LABELS[Outcome(incident.outcome)] if incident.outcome else ""
        incident.status = "open"
        incident.outcome = ""
        incident.outcome_reason = ""
        incident.closed_at = None
        return _decided(
            session, ctx, incident, "reopened", f"Was closed as: {before}" if before else "", reason
        )


def _for_deciding(session: Session, who: Reader, incident_id: int) -> Incident:
    """The incident, for somebody who may close and reopen it: an editor, or the chair in the head's stead."""
    incident = sight.require_full(session, who, incident_id)
    if incident.headteacher_is_subject:
        if not sight.is_decidable(session, who, incident):
            raise NotAllowed(
                "This incident is about the headteacher: the chair of governors decides when it is closed."
            )
    elif not sight.is_editable(session, who, incident) and Role.DSL not in who.roles:
        raise NotAllowed(sight.why_not_editable(incident))
    return incident


def _refuse_unfinished(session: Session, incident: Incident, outcome: Outcome) -> None:
    ref = reference(incident.year, incident.number)
    letter = session.execute(
        select(Letter.subject, Letter.status).where(
            Letter.incident_id == incident.id, Letter.status.in_(_WAITING_LETTERS)
        )
    ).first()
    if letter is not None:
        raise Refused(
            f"{ref} cannot be closed yet: the letter “{letter.subject}” {_WAITING_LETTERS[letter.status]}. "
            "Issue it or withdraw it first."
        )
    if outcome is Outcome.LOGGED_IN_ERROR or incident.dsl_cleared_at is not None:
        return
    extremism = session.get(IncidentConduct, (incident.id, str(Conduct.EXTREMISM)))
    decided = session.scalar(
        select(Entry.id)
        .where(
            Entry.incident_id == incident.id,
            Entry.kind == "decision",
            Entry.step == "prevent_decision",
            Entry.withdrawn_at.is_(None),
        )
        .limit(1)
    )
    if extremism is not None and decided is None:
        raise Refused(
            f"{ref} cannot be closed yet: the DSL has not decided whether to make a Prevent referral.",
            "INC-9",
        )


def _decided(session: Session, ctx: Context, incident: Incident, kind: str, said: str, reason: str) -> Saved:
    incident.version += 1
    session.add(
        Entry(
            incident_id=incident.id,
            kind=kind,
            happened_on=ctx.today(),
            text=said,
            reason=reason,
            rule="INC-14",
            recorded_at=ctx.now(),
            recorded_by=ctx.user.id,
        )
    )
    incident_state.refresh(session, incident.id)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=f"incident.{kind}",
        object_kind="incident",
        object_id=incident.id,
        detail={"outcome": said, "reason": reason},
    )
    return Saved(incident.id, incident.version, frozenset({("incident", incident.id)}))
