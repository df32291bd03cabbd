"""What was done about an incident: steps, decisions, notes, and the timeline they make (INC-14).

Steps and notes do not raise the incident's version: somebody with the form open is not disturbed by a colleague
who records a talk. Everything worked out from them is worked out anew in the same transaction.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Entry, Incident
from smdesk.errors import Invalid, NotAllowed, NotFound, Problem, Refused
from smdesk.policy import deadlines, ladder
from smdesk.policy.model import Advice, Facts
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import STEP_LABELS, Conduct, Step
from smdesk.security.permissions import Permission, require
from smdesk.services import incident_fields, incident_state, incident_words, sight, step_checks
from smdesk.services.advice import advise_reader
from smdesk.services.context import LOCAL, Context, Saved, needs
from smdesk.services.incident_records import StepDraft, TimelineEntry
from smdesk.services.sight import Reader

_TITLES: Final = {
    "note": "Note",
    "change": "Record changed",
    "closed": "Closed",
    "reopened": "Opened again",
    "letter": "Letter",
    "evidence": "Evidence",
    "removed": "Post removed",
    "reply": "Replied",
}
_UNDOABLE: Final = frozenset({"step", "skip", "note", "decision", "removed", "reply"})
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LONGEST: Final = 20_000


@needs(Permission.INCIDENTS_READ)
def timeline(ctx: Context, incident_id: int) -> list[TimelineEntry]:
    """Everything that happened, oldest first, starting with the logging. Withdrawn entries stay, marked.

    Raises NotFound where the incident is missing or invisible.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        decides = sight.is_decidable(session, who, incident)
        entries = session.scalars(
            select(Entry)
            .where(Entry.incident_id == incident_id)
            .order_by(Entry.happened_on, Entry.happened_at, Entry.id)
        ).all()
        users = incident_fields.user_names(
            session, [incident.logged_by, *(each.recorded_by for each in entries)]
        )
        people = incident_fields.people_names(session, {each.person_id for each in entries if each.person_id})
        lines = [_line(ctx, entry, users, people, decides) for entry in entries]
        return [_logged(incident, users), *lines]


def _logged(incident: Incident, users: dict[int, str]) -> TimelineEntry:
    received = incident.received_at.astimezone(LOCAL)
    return TimelineEntry(
        id=0,
        kind="logged",
        title="Received",
        happened_on=received.date(),
        happened_at=f"{received:%H:%M}",
        text=incident.summary,
        reason="",
        rule="",
        person_name=incident.author_name,
        step=None,
        chase_on=None,
        chased=False,
        letter_id=None,
        evidence_id=None,
        recorded_at=incident.logged_at,
        recorded_by=users[incident.logged_by],
        withdrawn=False,
        withdrawn_reason="",
        can_withdraw=False,
    )


def _line(
    ctx: Context, entry: Entry, users: dict[int, str], people: dict[int, str], decides: bool
) -> TimelineEntry:
    return TimelineEntry(
        id=entry.id,
        kind=entry.kind,
        title=_title(entry),
        happened_on=entry.happened_on,
        happened_at=entry.happened_at,
        text=entry.text,
        reason=entry.reason,
        rule=entry.rule,
        person_name="" if entry.person_id is None else people.get(entry.person_id, ""),
        step=Step(entry.step) if entry.step else None,
        chase_on=entry.chase_on,
        chased=entry.chased,
        letter_id=entry.letter_id,
        evidence_id=entry.evidence_id,
        recorded_at=entry.recorded_at,
        recorded_by=users.get(entry.recorded_by, ""),
        withdrawn=entry.withdrawn_at is not None,
        withdrawn_reason=entry.withdrawn_reason,
        can_withdraw=_why_it_stays(ctx, entry, decides) == "",
    )


def _title(entry: Entry) -> str:
    if entry.step:
        label = STEP_LABELS[Step(entry.step)]
        return f"Left out: {label}" if entry.kind == "skip" else label
    return _TITLES.get(entry.kind, "Decision" if entry.kind == "decision" else "Note")


@needs(Permission.STEPS_RECORD)
def record(ctx: Context, incident_id: int, draft: StepDraft) -> Saved:
    """Record a step that was taken.

    ``draft.person_id`` is with whom, somebody in the incident or a parent of a pupil in it; left out, it is whoever
    posted. Without ``chase_on`` a removal request is
    chased after the working days the policy sets (INC-4). Raises Refused, with the rule, for a step the policy
    rules out now; Invalid naming ``reason`` for a step ahead of the ladder's order (INC-5) and for anything
    mistyped; NotAllowed for a warning recorded by somebody who does not decide about warnings.
    """
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        incident = _open_for(session, who, incident_id)
        if draft.step is Step.NO_ACTION or draft.step is Step.PREVENT_DECISION:
            raise Refused("This is a decision, not a step: record it as one, with its reason.", "INC-14")
        person_id = draft.person_id if draft.person_id is not None else incident.author_id
        _check_step(session, ctx, incident, draft, person_id)
        profile, facts, advice = advise_reader(session, who, incident)
        reason = draft.reason.strip()
        jumps = _check_against(profile, facts, advice, draft.step, reason)
        if draft.step in step_checks.WARNINGS and not sight.is_decidable(session, who, incident):
            raise NotAllowed(
                "A warning is given by a letter that is approved first: draft the letter. "
                "A warning given on paper earlier is recorded by whoever approves letters."
            )
        settle_chases(session, incident_id, draft.happened_on)
        entry = Entry(
            incident_id=incident_id,
            kind="step",
            step=str(draft.step),
            person_id=person_id,
            happened_on=draft.happened_on,
            happened_at=draft.happened_at.strip(),
            text=draft.text.strip(),
            reason=reason,
            rule=_rule_for(draft.step, advice, jumps),
            chase_on=draft.chase_on or _chase_on(session, incident, draft),
            recorded_at=ctx.now(),
            recorded_by=ctx.user.id,
        )
        return _written(session, ctx, incident, entry, "step.recorded")


def _open_for(session: Session, who: Reader, incident_id: int) -> Incident:
    incident = sight.require_full(session, who, incident_id)
    if incident.status != "open":
        ref = incident_words.reference(incident.year, incident.number)
        raise Refused(f"{ref} is closed. Open it again before you record anything more, or add a note.")
    return incident


def _check_step(
    session: Session, ctx: Context, incident: Incident, draft: StepDraft, person_id: int | None
) -> None:
    found = [*_day_problems(ctx, incident, "happened_on", draft.happened_on)]
    if draft.happened_at.strip() and _TIME.fullmatch(draft.happened_at.strip()) is None:
        found.append(Problem("happened_at", "Write the time as hours and minutes, for example 15:30."))
    if draft.chase_on is not None and draft.chase_on < draft.happened_on:
        found.append(Problem("chase_on", "The day to look again cannot lie before the step itself."))
    if len(draft.text) > _LONGEST or len(draft.reason) > _LONGEST:
        found.append(Problem("text", f"At most {_LONGEST:,} letters can be kept. Put the rest in a note."))
    if person_id is not None:
        problem = step_checks.person_problem(session, incident, draft.step, person_id)
        found += [] if problem is None else [problem]
    if found:
        raise Invalid(found)


def _day_problems(ctx: Context, incident: Incident, field: str, day: date) -> list[Problem]:
    if day > ctx.today():
        return [Problem(field, "The day lies in the future. Record it when it has happened.")]
    # A talk may have taken place before anybody thought of logging; years before is a slip of the keyboard.
    if day < incident_state.local_date(incident.received_at) - timedelta(days=366):
        return [Problem(field, "The day lies more than a year before the incident. Check the date.")]
    return []


def _check_against(profile: Profile, facts: Facts, advice: Advice, step: Step, reason: str) -> bool:
    """Whether the step is taken ahead of the ladder's order, for the reason given.

    Raises Refused where the policy rules the step out, Invalid naming ``reason`` where only the order stands in
    the way and no reason is given (INC-5).
    """
    for refusal in advice.refused:
        if refusal.step is step:
            raise Refused(f"{STEP_LABELS[step]}: {refusal.why}", refusal.rule)
    left_out = ladder.comes_before(profile, facts, step)
    if left_out and not reason:
        words = [f"“{STEP_LABELS[each]}”" for each in left_out]
        raise Invalid.one(
            "reason",
            f"“{STEP_LABELS[step]}” comes before its turn: the policy puts {' or '.join(words)} first. "
            "To take it now, give the reason for leaving that out.",
        )
    return bool(left_out)


def _rule_for(step: Step, advice: Advice, jumps: bool) -> str:
    if jumps:
        return "INC-5"
    return next((each.rule for each in advice.next if each.step is step), "")


def _chase_on(session: Session, incident: Incident, draft: StepDraft) -> date | None:
    if draft.step is not Step.ASK_REMOVAL or incident.removed_on is not None:
        return None
    clocks = incident_state.stored_profile(session, incident.profile_id).clocks
    return deadlines.add_working_days(
        draft.happened_on, clocks.removal_chase_days, incident_state.nation(session)
    )


def settle_chases(session: Session, incident_id: int, on: date) -> None:
    """Whoever acts has looked again: chases that were due by then are done."""
    session.execute(
        update(Entry)
        .where(Entry.incident_id == incident_id, Entry.chase_on.is_not(None), Entry.chase_on <= on)
        .values(chased=True)
    )


def _written(session: Session, ctx: Context, incident: Incident, entry: Entry, action: str) -> Saved:
    session.add(entry)
    incident_state.refresh(session, incident.id)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="incident",
        object_id=incident.id,
        detail={
            "entry": entry.id,
            "step": entry.step,
            "on": entry.happened_on.isoformat(),
            "text": entry.text,
            "reason": entry.reason,
        },
    )
    return Saved(incident.id, incident.version, _touched(session, ctx, incident, entry))


def _touched(session: Session, ctx: Context, incident: Incident, entry: Entry) -> frozenset[tuple[str, int]]:
    """What an entry bears on: its incident, its person, and for a step that person's other incidents."""
    changes = frozenset({("incident", incident.id)})
    if entry.person_id is not None:
        changes |= {("person", entry.person_id)}
        if entry.kind == "step":
            changes |= incident_state.refresh_others(session, incident.id, [entry.person_id])
    return changes


def _entry(ctx: Context, incident: Incident, kind: str, **fields: object) -> Entry:
    return Entry(
        **{
            "incident_id": incident.id,
            "kind": kind,
            "happened_on": ctx.today(),
            "recorded_at": ctx.now(),
            "recorded_by": ctx.user.id,
            **fields,
        }
    )


def _required(text: str, field: str, sentence: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid.one(field, sentence)
    if len(text) > _LONGEST:
        raise Invalid.one(field, f"At most {_LONGEST:,} letters can be kept.")
    return text


@needs(Permission.STEPS_RECORD)
def skip(ctx: Context, incident_id: int, step: Step, reason: str) -> Saved:
    """Leave a step out, with the reason (INC-5). Raises Invalid without one."""
    reason = _required(reason, "reason", "A step may be left out only with a reason. Write it down.")
    with ctx.database.writing() as session:
        incident = _open_for(session, sight.reader(session, ctx), incident_id)
        if step is Step.PREVENT_DECISION:
            raise Refused("The Prevent decision cannot be left out: the DSL decides, with a reason.", "INC-9")
        entry = _entry(
            ctx, incident, "skip", step=str(step), person_id=incident.author_id, reason=reason, rule="INC-5"
        )
        return _written(session, ctx, incident, entry, "step.left_out")


@needs(Permission.STEPS_RECORD)
def note(ctx: Context, incident_id: int, text: str) -> Saved:
    """Add a note, also to a closed incident. Raises Invalid for an empty one."""
    text = _required(text, "text", "The note is empty.")
    with ctx.database.writing() as session:
        incident = sight.require_full(session, sight.reader(session, ctx), incident_id)
        return _written(session, ctx, incident, _entry(ctx, incident, "note", text=text), "note.added")


@needs(Permission.STEPS_RECORD)
def no_action(ctx: Context, incident_id: int, reason: str) -> Saved:
    """Record the decision not to act, with the reason (INC-14). The incident stays open until it is closed."""
    reason = _required(reason, "reason", "Deciding not to act needs its reason: write it down.")
    with ctx.database.writing() as session:
        incident = _open_for(session, sight.reader(session, ctx), incident_id)
        entry = _entry(ctx, incident, "decision", step=str(Step.NO_ACTION), reason=reason, rule="INC-14")
        return _written(session, ctx, incident, entry, "decision.no_action")


@needs(Permission.STEPS_RECORD)
def mark_removed(ctx: Context, incident_id: int, on: date, how: str) -> Saved:
    """Record the day the post was found gone, and how that is known. Chases for it end."""
    how = how.strip()
    with ctx.database.writing() as session:
        incident = _open_for(session, sight.reader(session, ctx), incident_id)
        found = _day_problems(ctx, incident, "on", on)
        if incident.posted_on is not None and on < incident.posted_on:
            found.append(Problem("on", "The post cannot have gone before it was made. Check the dates."))
        if found:
            raise Invalid(found)
        entry = _entry(ctx, incident, "removed", happened_on=on, text=how, rule="INC-4")
        return _written(session, ctx, incident, entry, "incident.removed")


@needs(Permission.STEPS_RECORD)
def mark_replied(ctx: Context, incident_id: int, at: datetime, text: str) -> Saved:
    """Record that a comment on a school account was answered; an acknowledgement counts (ACC-5).

    ``at`` is aware. Only the first answer stops the clock; later ones may be recorded too.
    """
    with ctx.database.writing() as session:
        incident = _open_for(session, sight.reader(session, ctx), incident_id)
        if at.tzinfo is None:
            raise ValueError("The time of a reply must know its time zone.")
        if at > ctx.now() + timedelta(minutes=5):
            raise Invalid.one("at", "The time of the reply lies in the future. Check date and time.")
        if at < incident.received_at - timedelta(minutes=1):
            raise Invalid.one(
                "at", "The reply cannot be older than the comment it answers. Check date and time."
            )
        local = at.astimezone(LOCAL)
        entry = _entry(
            ctx,
            incident,
            "reply",
            happened_on=local.date(),
            happened_at=f"{local:%H:%M}",
            text=text.strip(),
            rule="ACC-5",
        )
        return _written(session, ctx, incident, entry, "incident.replied")


@needs(Permission.PREVENT_DECIDE)
def decide_prevent(ctx: Context, incident_id: int, refer: bool, reason: str) -> Saved:
    """The DSL's decision on a Prevent referral, with its reason (INC-9).

    Deciding not to refer clears ordinary letters. After a referral they keep waiting until ``clear_letters``:
    a letter home must not get in the way of what police or local authority are doing.
    """
    reason = _required(reason, "reason", "The decision needs its reason, also when it is not to refer.")
    with ctx.database.writing() as session:
        incident = _open_for(session, sight.reader(session, ctx), incident_id)
        _refuse_unless_extremism(session, incident)
        # With imagery of a child in it the decision alone clears nothing: the two reports come first (INC-6).
        waits = refer or step_checks.is_marked(session, incident, Conduct.SEXUAL_IMAGERY_OF_CHILD)
        incident.dsl_cleared_at = None if waits else ctx.now()
        entry = _entry(
            ctx,
            incident,
            "decision",
            step=str(Step.PREVENT_DECISION),
            text="Referred under Prevent" if refer else "Not referred under Prevent",
            person_id=incident.author_id,
            reason=reason,
            rule="INC-9",
        )
        return _written(session, ctx, incident, entry, "decision.prevent")


@needs(Permission.PREVENT_DECIDE)
def clear_letters(ctx: Context, incident_id: int, reason: str) -> Saved:
    """The DSL clears ordinary steps and letters after a Prevent referral (INC-9), or after sexual imagery of a child
    has been reported to the Internet Watch Foundation and the police (INC-6), with the reason.

    Raises Refused before the Prevent decision or the two reports, or where they are clear already.
    """
    reason = _required(reason, "reason", "Say why letters may go out now.")
    with ctx.database.writing() as session:
        incident = _open_for(session, sight.reader(session, ctx), incident_id)
        refusal = step_checks.why_not_cleared(session, incident)
        if refusal is not None:
            raise refusal
        incident.dsl_cleared_at = ctx.now()
        imagery = step_checks.is_marked(session, incident, Conduct.SEXUAL_IMAGERY_OF_CHILD)
        text, rule = ("Ordinary steps cleared", "INC-6") if imagery else ("Ordinary letters cleared", "INC-9")
        entry = _entry(ctx, incident, "decision", text=text, reason=reason, rule=rule)
        return _written(session, ctx, incident, entry, "decision.letters_cleared")


def _refuse_unless_extremism(session: Session, incident: Incident) -> None:
    if not step_checks.is_marked(session, incident, Conduct.EXTREMISM):
        raise Refused(
            "There is nothing to decide under Prevent: the incident is not marked as extremism or hate.",
            "INC-9",
        )


@needs(Permission.STEPS_RECORD)
def withdraw(ctx: Context, entry_id: int, reason: str) -> Saved:
    """Take back a slip: the entry stays, struck through, with the reason; what followed from it is undone.

    Whoever recorded it may on the same day; whoever decides on the incident may at any time. Raises Refused for
    what cannot be taken back (an issued letter, evidence, closing), NotFound where the entry is not visible.
    """
    reason = _required(reason, "reason", "Say what was wrong with the entry.")
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        entry = session.get(Entry, entry_id)
        if entry is None:
            raise NotFound(sight.NO_SUCH_INCIDENT)
        incident = sight.require_full(session, who, entry.incident_id)
        stays = _why_it_stays(ctx, entry, sight.is_decidable(session, who, incident))
        if stays:
            raise Refused(stays)
        if entry.kind == "decision" and entry.rule in ("INC-6", "INC-9"):
            require(who.roles, Permission.PREVENT_DECIDE)
            incident.dsl_cleared_at = None
        if step_checks.is_report_of_imagery(session, incident, entry):
            incident.dsl_cleared_at = None  # it was cleared because of the report (INC-6)
        entry.withdrawn_at = ctx.now()
        entry.withdrawn_by = ctx.user.id
        entry.withdrawn_reason = reason
        incident_state.refresh(session, incident.id)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="entry.withdrawn",
            object_kind="incident",
            object_id=incident.id,
            detail={"entry": entry.id, "reason": reason},
        )
        return Saved(incident.id, incident.version, _touched(session, ctx, incident, entry))


def _why_it_stays(ctx: Context, entry: Entry, decides: bool) -> str:
    """Why this reader cannot take the entry back, or ""."""
    if entry.withdrawn_at is not None:
        return "This entry is withdrawn already."
    if entry.letter_id is not None:
        return "An issued letter cannot be taken back. Add a note, or write to the person again."
    if entry.kind not in _UNDOABLE:
        return "This entry says what happened to the record itself and stays."
    recorded = incident_state.local_date(entry.recorded_at)
    if decides or (entry.recorded_by == ctx.user.id and recorded == ctx.today()):
        return ""
    return (
        "Only whoever recorded an entry can take it back, on the same day; "
        "after that the headteacher (or who decides in their place) can. Add a note that puts it right."
    )
