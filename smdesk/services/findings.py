"""What was found said about the school, and what was decided about it (REP-2, REP-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Finding, WatchedPlace
from smdesk.errors import Conflict, Invalid, NotFound, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import (
    attached_files,
    finding_fields,
    handing_over,
    history,
    incident_fields,
    reasons,
    sight,
)
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import LOCAL, Changes, Context, Saved, needs
from smdesk.services.handing_over import Matter
from smdesk.services.reputation_records import (
    FINDING_DECISION_LABELS,
    TO_BE_DONE,
    TONE_LABELS,
    FindingDecision,
    FindingDraft,
    FindingRecord,
    Tone,
)

NO_SUCH_FINDING: Final = "There is no such finding."


@needs(Permission.REPUTATION_EDIT)
def save(
    ctx: Context, draft: FindingDraft, finding_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Record a finding, or change one opened at ``expected_version`` that is not settled.

    Raises Invalid with every problem, Conflict field by field, Refused for one withdrawn or handed over, NotFound.
    """
    draft = finding_fields.tidied(draft)
    with ctx.database.writing() as session:
        row = None if finding_id is None else changeable(session, ctx, finding_id)
        before = None if row is None else finding_fields.draft_of(row)
        found = finding_fields.problems(session, ctx.today(), draft, before)
        if found:
            raise Invalid(found)
        if row is None:
            year = ctx.today().year
            last = session.scalar(select(func.max(Finding.number)).where(Finding.year == year)) or 0
            row = Finding(
                year=year,
                number=last + 1,
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
                **finding_fields.columns(draft),
            )
            session.add(row)
            what, said, changed = (
                "added",
                TONE_LABELS[draft.tone],
                finding_fields.changed(None, draft),
            )
        else:
            changed = finding_fields.changed(before, draft)
            if not changed:
                return Saved(row.id, row.version, frozenset())
            _require_version(session, row, expected_version, before, draft)
            _refuse_untelling(row, draft)
            for column, value in finding_fields.columns(draft).items():
                setattr(row, column, value)
            row.version += 1
            what, said = "changed", ", ".join(finding_fields.LABELS[key] for key in changed)
        session.flush()
        row.words = finding_fields.words(row)
        history.add(session, ctx, "finding", row.id, what, said, rule="REP-1" if before is None else "")
        _audit(session, ctx, f"finding.{what}", row, changed)
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def media_told(ctx: Context, finding_id: int, version: int, on: date | None, who: str) -> Saved:
    """Write down that whoever looks after the media policy was told of a journalist's contact, and when (REP-3).

    Raises Invalid for a missing name or a day that cannot be, Refused where no journalist is in it, Conflict, NotFound.
    """
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(session, row, version)
        if not row.journalist:
            raise Refused("Nothing says that this comes from a journalist. Tick it first.", "REP-3")
        draft = finding_fields.tidied(replace(finding_fields.draft_of(row), media_told_on=on, media_told=who))
        found = finding_fields.media_problems(draft, ctx.today())
        if not draft.media_told:
            found = [Problem("media_told", "Say who was told.")] + [
                each for each in found if each.field != "media_told"
            ]
        if on is None and not any(each.field == "media_told_on" for each in found):
            found.append(Problem("media_told_on", "Say on which day they were told."))
        if found:
            raise Invalid(found)
        row.media_told_on, row.media_told = draft.media_told_on, draft.media_told
        row.version += 1
        history.add(
            session,
            ctx,
            "finding",
            row.id,
            "media",
            row.media_told,
            rule="REP-3",
            happened_on=on,
        )
        detail = {"on": None if on is None else on.isoformat(), "who": row.media_told}
        _audit(session, ctx, "finding.media_told", row, detail)
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def decide(ctx: Context, finding_id: int, version: int, decision: FindingDecision, reason: str) -> Saved:
    """Decide what to do about a finding, with the reason. An incident is made by handing it over instead.

    Raises Invalid without a reason; Refused for a journalist's before the person for the media policy was told
    (REP-3), and where it was decided already, withdrawn or handed over; Conflict, NotFound.
    """
    reason = reasons.given(reason, "Say why. The reason is kept with the finding.")
    if decision is FindingDecision.INCIDENT:
        raise Refused(
            "Make it an incident with “Make an incident of it”: then nothing is typed twice.", "REP-2"
        )
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(session, row, version)
        if row.decision:
            raise Refused("This was decided already. Open it again first, with the reason.")
        refuse_before_media(row)
        row.decision, row.decision_reason = decision.value, reason
        row.decided_by, row.decided_at = ctx.user.id, ctx.now()
        row.done_on, row.done_note = None, ""
        row.version += 1
        history.add(
            session,
            ctx,
            "finding",
            row.id,
            "decided",
            FINDING_DECISION_LABELS[decision],
            reason=reason,
            rule="REP-2",
        )
        _audit(session, ctx, "finding.decided", row, {"decision": decision.value, "reason": reason})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def undecide(ctx: Context, finding_id: int, version: int, reason: str) -> Saved:
    """Open a decided finding again (a slip, or something new), with the reason. Raises as ``decide`` does."""
    reason = reasons.given(reason, "Say why it is opened again. The reason is kept.")
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(session, row, version)
        if not row.decision:
            raise Refused("Nothing has been decided about this finding yet.")
        row.decision, row.decision_reason, row.decided_by, row.decided_at = "", "", None, None
        row.done_on, row.done_note = None, ""
        row.version += 1
        history.add(session, ctx, "finding", row.id, "reopened", "", reason=reason)
        _audit(session, ctx, "finding.reopened", row, {"reason": reason})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def mark_done(ctx: Context, finding_id: int, version: int, on: date, note: str = "") -> Saved:
    """Write down that the thanks or the answer was given, or the talk held.

    Raises Invalid for a day in the future or before it was found, Refused where nothing was to be done, where it is
    done already, and for a journalist's before the person for the media policy was told (REP-3); Conflict.
    """
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(session, row, version)
        if row.decision not in TO_BE_DONE:
            raise Refused(
                "Nothing is to be done about this finding. Decide first to thank, to answer or to talk."
            )
        if row.done_on is not None:
            raise Refused("That this was done is written down already. Open it again where that was a slip.")
        refuse_before_media(row)
        if on > ctx.today():
            raise Invalid.one("on", "The day lies in the future. Write it down once it is done.")
        if on < row.found_on:
            raise Invalid.one("on", f"It was found on {written_day(row.found_on)}: this cannot be earlier.")
        row.done_on, row.done_note = on, note.strip()
        row.version += 1
        history.add(
            session,
            ctx,
            "finding",
            row.id,
            "done",
            FINDING_DECISION_LABELS[FindingDecision(row.decision)],
            reason=row.done_note,
            happened_on=on,
        )
        _audit(session, ctx, "finding.done", row, {"on": on.isoformat(), "note": row.done_note})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def withdraw(ctx: Context, finding_id: int, version: int, reason: str) -> Saved:
    """Take back a finding recorded by mistake; its line stays. Raises Invalid, Conflict, Refused, NotFound."""
    reason = reasons.given(reason, "Say why it is taken back. The line stays.")
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(session, row, version)
        row.withdrawn_at, row.withdrawn_reason = ctx.now(), reason
        row.version += 1
        history.add(session, ctx, "finding", row.id, "withdrawn", "", reason=reason)
        _audit(session, ctx, "finding.withdrawn", row, {"reason": reason})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def hand_over(ctx: Context, finding_id: int, version: int) -> Saved:
    """Make an incident of a finding, nothing typed again (REP-2); the finding is settled. ``Saved`` is the incident's.

    What was said, the link, who said it and the files go over, and what was done about it so far stands in the
    incident's first note. Raises NotAllowed for who may not log incidents, Refused for a journalist's before the person
    for the media policy was told (REP-3) and where it was withdrawn or handed over; Conflict, StorageProblem, NotFound.
    """
    return handing_over.hand_over(
        ctx, partial(_matter, ctx, finding_id, version), partial(_settled_by, ctx, finding_id)
    )


@needs(Permission.REPUTATION_READ)
def open_finding(ctx: Context, finding_id: int) -> FindingRecord:
    """One finding with its history. Raises NotFound."""
    with ctx.database.reading() as session:
        row = _row(session, finding_id)
        seen = visible_incident(session, ctx, row)
        masked = row.incident_id is not None and seen is None
        draft = finding_fields.draft_of(row)
        place = session.get_one(WatchedPlace, row.place_id)
        users = incident_fields.user_names(session, [row.decided_by, row.recorded_by])
        people = incident_fields.people_names(session, [row.person_id] if row.person_id else [])
        if masked:
            # What became a confidential incident is read there, by whoever may (INC-14).
            draft = FindingDraft(place_id=row.place_id, found_on=row.found_on, tone=draft.tone)
        return FindingRecord(
            id=row.id,
            reference=finding_fields.reference(row.year, row.number),
            version=row.version,
            masked=masked,
            draft=draft,
            place=place.name,
            person_name="" if masked or row.person_id is None else people[row.person_id],
            decision=FindingDecision(row.decision) if row.decision else None,
            decision_reason="" if masked else row.decision_reason,
            decided_by="" if row.decided_by is None else users[row.decided_by],
            decided_at=row.decided_at,
            done_on=row.done_on,
            done_note="" if masked else row.done_note,
            incident=seen,
            withdrawn_at=row.withdrawn_at,
            withdrawn_reason=row.withdrawn_reason,
            waits_for_media=not masked and row.journalist and row.media_told_on is None,
            files=() if masked else attached_files.records(session, Owner(OwnerKind.FINDING, row.id)),
            history=() if masked else history.lines(session, "finding", row.id),
            recorded_by=users[row.recorded_by],
            recorded_at=row.recorded_at,
        )


def changeable(session: Session, ctx: Context, finding_id: int) -> Finding:
    """A finding that is neither withdrawn nor handed over. Raises NotFound, Refused."""
    row = _row(session, finding_id)
    if row.withdrawn_at is not None:
        raise Refused("This finding was taken back. Record it anew if it is true after all.")
    if row.incident_id is not None:
        raise Refused("This finding is handled as an incident. Go on there.", "REP-2")
    return row


def refuse_before_media(row: Finding) -> None:
    """A journalist waits for the person who looks after the media policy (REP-3). Raises Refused."""
    if row.journalist and row.media_told_on is None:
        raise Refused(
            "This comes from a journalist. Tell the person for the media policy first, and write down whom and when; "
            "then decide.",
            "REP-3",
        )


def visible_incident(session: Session, ctx: Context, row: Finding) -> tuple[int, str] | None:
    """The incident it became, with its reference, where this reader may open it."""
    if row.incident_id is None:
        return None
    seen = incident_fields.visible_among(session, sight.reader(session, ctx), [row.incident_id])
    return (row.incident_id, seen[row.incident_id]) if row.incident_id in seen else None


def _matter(ctx: Context, finding_id: int, version: int, session: Session) -> Matter:
    row = changeable(session, ctx, finding_id)
    _require_version(session, row, version)
    refuse_before_media(row)
    place = session.get_one(WatchedPlace, row.place_id)
    label = TONE_LABELS[Tone(row.tone)]
    return Matter(
        owner=Owner(OwnerKind.FINDING, row.id),
        source=f"finding {finding_fields.reference(row.year, row.number)} on {place.name}",
        summary=f"{label} on {place.name}: {handing_over.short(row.said)}",
        said=row.said,
        received_at=_received(row, ctx.now()),
        link=row.link,
        posted_on=row.posted_on,
        person_id=row.person_id,
        by_name=row.by_name,
        more=_so_far(row),
    )


def _received(row: Finding, now: datetime) -> datetime:
    """When the school learned of it. Of a finding only the day is on record: the time is that of the entry where it
    was made on the same day, else noon, and never later than now.
    """
    if row.recorded_at.astimezone(LOCAL).date() == row.found_on:
        return row.recorded_at
    return min(datetime.combine(row.found_on, time(12), LOCAL).astimezone(UTC), now)


def _so_far(row: Finding) -> str:
    """What was decided and done about it, and who was told, in sentences."""
    said = []
    if row.media_told_on is not None:
        said.append(
            f"From a journalist; {row.media_told} was told on {written_day(row.media_told_on)} (REP-3)."
        )
    if row.decision:
        said.append(f"Decided before: {FINDING_DECISION_LABELS[FindingDecision(row.decision)]}.")
        said.append(f"Reason: {row.decision_reason}")
    if row.done_on is not None:
        said.append(f"Done on {written_day(row.done_on)}. {row.done_note}".strip())
    if row.notes:
        said.append(f"Notes: {row.notes}")
    return "\n".join(said)


def _settled_by(ctx: Context, finding_id: int, session: Session, incident: Saved) -> Changes:
    row = _row(session, finding_id)
    row.incident_id = incident.id
    row.decision, row.decision_reason = FindingDecision.INCIDENT.value, ""
    row.decided_by, row.decided_at = ctx.user.id, ctx.now()
    row.version += 1
    # No reference here: whoever may read the finding may not know of the incident.
    history.add(session, ctx, "finding", row.id, "handed over", "", rule="REP-2")
    _audit(session, ctx, "finding.handed_over", row, {"incident": incident.id})
    return saved(row).changes


def _refuse_untelling(row: Finding, draft: FindingDraft) -> None:
    """A decision about a journalist's rests on who was told before it (REP-3)."""
    if row.decision and row.media_told_on is not None and draft.journalist and draft.media_told_on is None:
        raise Invalid.one(
            "media_told_on",
            "It was decided after they had been told, so this stays. Open the finding again first where it was a slip.",
        )


def _row(session: Session, finding_id: int) -> Finding:
    row = session.get(Finding, finding_id)
    if row is None:
        raise NotFound(NO_SUCH_FINDING)
    return row


def _require_version(
    session: Session,
    row: Finding,
    version: int | None,
    theirs: FindingDraft | None = None,
    mine: FindingDraft | None = None,
) -> None:
    if version == row.version:
        return
    raise Conflict(
        "Somebody else changed this finding meanwhile. Nothing of yours is lost: see what differs and choose.",
        [] if theirs is None or mine is None else finding_fields.differences(session, theirs, mine),
        row.version,
    )


def _audit(session: Session, ctx: Context, action: str, row: Finding, detail: dict[str, Any]) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="finding",
        object_id=row.id,
        detail=detail,
    )


def saved(row: Finding) -> Saved:
    """What a write to a finding touched: the finding and its place."""
    return Saved(row.id, row.version, frozenset({("finding", row.id), ("place", row.place_id)}))
