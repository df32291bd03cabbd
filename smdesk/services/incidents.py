"""Incidents: logged, changed, opened, closed and reopened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, or_, select, tuple_
from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.db.models import (
    AuditDetail,
    AuditEntry,
    Entry,
    Incident,
    IncidentLink,
    IncidentPerson,
    PolicyProfile,
    User,
    from_utc_text,
    utc_text,
)
from smdesk.errors import Conflict, FieldChange, Invalid, NotAllowed, NotFound, Problem
from smdesk.policy.vocabulary import Route
from smdesk.security.permissions import Permission, Role, Sight, allowed
from smdesk.services import connection_contacts, incident_fields, incident_state, sight, step_checks
from smdesk.services.context import Context, Saved, needs
from smdesk.services.driver import driver, stored_value
from smdesk.services.incident_closing import close, reopen
from smdesk.services.incident_records import (
    IncidentDraft,
    IncidentRecord,
    Outcome,
    PersonInIncident,
)
from smdesk.services.incident_state import Case
from smdesk.services.incident_words import MASKED_SUMMARY, reference
from smdesk.services.sight import Reader

__all__ = [
    "MASKED_SUMMARY",
    "HistoryLine",
    "close",
    "find_by_reference",
    "handlers",
    "history",
    "log",
    "open_incident",
    "reopen",
    "save",
]

_REFERENCE: Final = re.compile(r"(\d{4})/(\d{4,})")

_COLUMNS: Final = (
    "received_at",
    "summary",
    "posted_on",
    "posted_time",
    "platform",
    "link",
    "visibility",
    "on_school_account",
    "said",
    "consent_notes",
    "data_protection",
    "confidentiality",
    "retention_class",
    "handled_by",
)
"""Draft fields that are columns of the incident itself."""

_UNSET: Final = {"status": "open", "outcome": "", "outcome_reason": "", "version": 1}
"""What a new incident has in the columns that come later."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One save of an incident: who, when, and which fields changed. ``erased`` where the detail was erased."""

    at: datetime
    who: str
    changes: tuple[FieldChange, ...]
    erased: bool


@needs(Permission.INCIDENTS_EDIT)
def save(
    ctx: Context, draft: IncidentDraft, incident_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Log a new incident, or change one opened at ``expected_version``.

    A new incident gets the next number of the year at the school, in the same transaction as everything else.
    Raises Invalid with every problem found; Conflict, field by field, where somebody saved since
    ``expected_version``; NotFound and NotAllowed where this person may not see or change it.
    """
    draft = incident_fields.tidied(draft)
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        if incident_id is None:
            return log(session, ctx, draft)
        incident = sight.require_full(session, who, incident_id)
        if not sight.is_editable(session, who, incident):
            raise NotAllowed(sight.why_not_editable(incident))
        _check(session, who, draft, incident, ctx.now())
        return _change(session, ctx, who, incident, draft, expected_version)


def _check(
    session: Session, who: Reader, draft: IncidentDraft, incident: Incident | None, now: datetime
) -> None:
    found = incident_fields.problems(session, who, draft, incident, now)
    if found:
        raise Invalid(found)


def log(session: Session, ctx: Context, draft: IncidentDraft, profile_id: int | None = None) -> Saved:
    """Log a new incident in a transaction of another service, under a version of the policy (None: today's).

    Whoever calls has looked whether this user may. Raises Invalid with every problem found.
    """
    draft = incident_fields.tidied(draft)
    _check(session, sight.reader(session, ctx), draft, None, ctx.now())
    year = ctx.today().year
    raw = driver(session)
    # BEGIN IMMEDIATE lets one writer in at a time, so that the number cannot be given twice.
    last = raw.execute("SELECT max(number) FROM incident WHERE year = ?", (year,)).fetchone()[0] or 0
    columns = {column: stored_value(getattr(draft, column)) for column in _COLUMNS}
    profile_id = profile_id or incident_state.current_profile_id(session)
    case = Case(
        incident_id=None,
        received_at=from_utc_text(columns["received_at"]),
        posted_on=draft.posted_on,
        platform=draft.platform,
        on_school_account=draft.on_school_account,
        conduct=draft.conduct,
        people=incident_state.person_lines(
            session, [(line.person_id, line.role, line.kind) for line in draft.people]
        ),
        removed=False,
        dsl_cleared=False,
    )
    worked_out = incident_state.of_new(session, case, profile_id, columns["confidentiality"])
    columns |= {
        **_UNSET,
        **{column: stored_value(value) for column, value in worked_out.items()},
        "year": year,
        "number": last + 1,
        "logged_at": utc_text(ctx.now()),
        "logged_by": ctx.user.id,
        "profile_id": profile_id,
    }
    statement = "INSERT INTO incident ({names}) VALUES ({values})"
    incident_id = raw.execute(
        statement.replace("{names}", ", ".join(columns)).replace(
            "{values}", ", ".join(f":{name}" for name in columns)
        ),
        columns,
    ).lastrowid
    _write_codes(session, incident_id, draft, new=True)
    _write_people(session, incident_id, draft.people, new=True)
    _write_links(session, incident_id, set(), set(draft.linked))
    search.index_incident(session, incident_id)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="incident.logged",
        object_kind="incident",
        object_id=incident_id,
        detail={"reference": reference(year, last + 1)},
    )
    touched = _touched(incident_id, draft.people, draft.linked)
    return Saved(incident_id, 1, touched | _tell_register(session, ctx, incident_id, draft))


def _change(
    session: Session,
    ctx: Context,
    who: Reader,
    incident: Incident,
    draft: IncidentDraft,
    expected_version: int | None,
) -> Saved:
    linked = _links_of(session, incident.id)
    seen = set(incident_fields.visible_among(session, who, linked))
    before = incident_fields.stored(session, incident, seen)
    changed = incident_fields.differences(session, before, draft)
    if not changed:
        return Saved(incident.id, incident.version, frozenset())
    if incident.version != expected_version:
        raise Conflict(
            f"Somebody else saved {reference(incident.year, incident.number)} while you were editing it. "
            "Nothing of yours is lost: see what differs and choose.",
            changed,
            incident.version,
        )
    for column in _COLUMNS:
        setattr(incident, column, getattr(draft, column))
    if step_checks.CLEARED_BY_DSL & (set(draft.conduct) - set(before.conduct)):
        incident.dsl_cleared_at = None  # what was cleared did not include this (INC-6, INC-9)
    incident.version += 1
    _write_codes(session, incident.id, draft)
    _write_people(session, incident.id, draft.people)
    # Links to incidents this person cannot see are not in the form and stay as they are.
    _write_links(session, incident.id, seen, set(draft.linked))
    for change in changed:
        if change.field in incident_fields.SIGNIFICANT:
            session.add(
                Entry(
                    incident_id=incident.id,
                    kind="change",
                    happened_on=ctx.today(),
                    text=f"{change.label}: {change.theirs} → {change.mine}",
                    recorded_at=ctx.now(),
                    recorded_by=ctx.user.id,
                )
            )
    incident_state.refresh(session, incident.id)
    search.index_incident(session, incident.id)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="incident.saved",
        object_kind="incident",
        object_id=incident.id,
        detail={"changes": {each.field: [each.theirs, each.mine] for each in changed}},
    )
    touched = _touched(incident.id, (*before.people, *draft.people), seen ^ set(draft.linked))
    if any(each.field in ("confidentiality", "people") for each in changed):
        # What the list may say of a person's other incidents follows from who may see this one.
        authors = {line.person_id for line in (*before.people, *draft.people)}
        touched |= incident_state.refresh_others(session, incident.id, authors)
    touched |= _tell_register(session, ctx, incident.id, draft)
    return Saved(incident.id, incident.version, touched)


def _tell_register(
    session: Session, ctx: Context, incident_id: int, draft: IncidentDraft
) -> frozenset[tuple[str, int]]:
    """A contact between a pupil and an adult of the school is noted with their exceptions (CON-3)."""
    if not connection_contacts.touches_register(draft.conduct):
        return frozenset()
    who = sight.reader(session, ctx)
    return connection_contacts.note_attempts(session, ctx, who, session.get_one(Incident, incident_id))


def _touched(
    incident_id: int, people: Iterable[PersonInIncident], linked: Iterable[int]
) -> frozenset[tuple[str, int]]:
    return frozenset(
        {("incident", incident_id)}
        | {("person", line.person_id) for line in people}
        | {("incident", other) for other in linked}
    )


def _write_codes(session: Session, incident_id: int, draft: IncidentDraft, *, new: bool = False) -> None:
    raw = driver(session)
    if not new:
        raw.execute("DELETE FROM incident_conduct WHERE incident_id = ?", (incident_id,))
        raw.execute("DELETE FROM incident_four_c WHERE incident_id = ?", (incident_id,))
    raw.executemany(
        "INSERT INTO incident_conduct (incident_id, conduct) VALUES (?, ?)",
        [(incident_id, str(each)) for each in draft.conduct],
    )
    raw.executemany(
        "INSERT INTO incident_four_c (incident_id, four_c) VALUES (?, ?)",
        [(incident_id, str(each)) for each in draft.four_cs],
    )


def _write_people(
    session: Session, incident_id: int, people: Sequence[PersonInIncident], *, new: bool = False
) -> None:
    """Bring the people of an incident to the draft. Rows that stay keep their ids: a merge refers to them."""
    before = {}
    if not new:
        stored = session.scalars(select(IncidentPerson).where(IncidentPerson.incident_id == incident_id))
        before = {(row.person_id, row.role): row for row in stored}
    fresh = []
    for position, line in enumerate(people):
        row = before.pop((line.person_id, str(line.role)), None)
        if row is None:
            fresh.append((incident_id, line.person_id, str(line.role), str(line.kind), position))
        else:
            row.kind, row.position = line.kind, position
    for row in before.values():
        session.delete(row)
    driver(session).executemany(
        "INSERT INTO incident_person (incident_id, person_id, role, kind, position) VALUES (?, ?, ?, ?, ?)",
        fresh,
    )


def _links_of(session: Session, incident_id: int) -> set[int]:
    rows = session.execute(
        select(IncidentLink.first_id, IncidentLink.second_id).where(
            or_(IncidentLink.first_id == incident_id, IncidentLink.second_id == incident_id)
        )
    )
    return {row.second_id if row.first_id == incident_id else row.first_id for row in rows}


def _write_links(session: Session, incident_id: int, before: set[int], after: set[int]) -> None:
    for other in before - after:
        session.execute(
            delete(IncidentLink).where(
                IncidentLink.first_id == min(incident_id, other),
                IncidentLink.second_id == max(incident_id, other),
            )
        )
    for other in sorted(after - before):
        session.add(IncidentLink(first_id=min(incident_id, other), second_id=max(incident_id, other)))


@needs(Permission.INCIDENTS_READ)
def open_incident(ctx: Context, incident_id: int) -> IncidentRecord:
    """One incident, complete. Opening a confidential one is written to the audit log first.

    For whoever logged an incident they may not read, the record is *masked*: reference, dates and status only.
    Raises NotFound where it is missing or invisible.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident, seen = sight.glimpse(session, who, incident_id)
        if seen is not Sight.FULL:
            return _masked(session, incident)
        record = _record(session, who, incident)
        confidential = sight.is_confidential(incident)
    if confidential:
        with ctx.database.writing() as session:
            sight.note_opening(session, ctx, incident)
    return record


def _masked(session: Session, incident: Incident) -> IncidentRecord:
    logged_by = incident_fields.user_names(session, [incident.logged_by])[incident.logged_by]
    return IncidentRecord(
        id=incident.id,
        reference=reference(incident.year, incident.number),
        version=incident.version,
        status=incident.status,
        masked=True,
        editable=False,
        draft=IncidentDraft(received_at=incident.received_at, summary=MASKED_SUMMARY),
        logged_at=incident.logged_at,
        logged_by_name=logged_by,
        handled_by_name="",
        linked_references=(),
        profile_number=0,
        profile_title="",
        route=None,
        removal_asked_on=None,
        removed_on=None,
        dsl_cleared_at=None,
        replied_at=None,
        reply_by=None,
        outcome=None,
        outcome_reason="",
        closed_at=None,
        headteacher_is_subject=False,
    )


def _record(session: Session, who: Reader, incident: Incident) -> IncidentRecord:
    linked = incident_fields.visible_among(session, who, _links_of(session, incident.id))
    users = incident_fields.user_names(session, [incident.logged_by, incident.handled_by])
    profile = session.execute(
        select(PolicyProfile.number, PolicyProfile.title).where(PolicyProfile.id == incident.profile_id)
    ).one()
    return IncidentRecord(
        id=incident.id,
        reference=reference(incident.year, incident.number),
        version=incident.version,
        status=incident.status,
        masked=False,
        editable=sight.is_editable(session, who, incident),
        draft=incident_fields.stored(session, incident, linked),
        logged_at=incident.logged_at,
        logged_by_name=users[incident.logged_by],
        handled_by_name="" if incident.handled_by is None else users[incident.handled_by],
        linked_references=tuple(linked.items()),
        profile_number=profile.number,
        profile_title=profile.title,
        route=Route(incident.route) if incident.route else None,
        removal_asked_on=incident.removal_asked_on,
        removed_on=incident.removed_on,
        dsl_cleared_at=incident.dsl_cleared_at,
        replied_at=incident.replied_at,
        reply_by=incident.reply_by,
        outcome=Outcome(incident.outcome) if incident.outcome else None,
        outcome_reason=incident.outcome_reason,
        closed_at=incident.closed_at,
        headteacher_is_subject=incident.headteacher_is_subject,
    )


@needs(Permission.INCIDENTS_READ)
def history(ctx: Context, incident_id: int) -> list[HistoryLine]:
    """Which fields were changed, by whom and when, newest first. Raises NotFound as ``open_incident`` does.

    Links that somebody else set to incidents this reader may not open are left out, as they are in the form.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        sight.require_full(session, who, incident_id)
        rows = session.execute(
            select(AuditEntry.at, AuditEntry.actor_id, AuditDetail.detail, AuditDetail.erased_at)
            .outerjoin(AuditDetail, AuditDetail.seq == AuditEntry.seq)
            .where(
                AuditEntry.object_kind == "incident",
                AuditEntry.object_id == incident_id,
                AuditEntry.action == "incident.saved",
            )
            .order_by(AuditEntry.seq.desc())
        ).all()
        names = incident_fields.user_names(session, [row.actor_id for row in rows])
        found = []
        for row in rows:
            changes: dict[str, Sequence[str]] = dict((row.detail or {}).get("changes", {}))
            if "linked" in changes:
                before, after = (_links_shown(session, who, said) for said in changes.pop("linked"))
                if before != after:
                    changes["linked"] = (before, after)
                elif not changes:
                    continue
            found.append(
                HistoryLine(
                    row.at,
                    names.get(row.actor_id, "SM Desk"),
                    tuple(
                        FieldChange(field, incident_fields.FIELD_LABELS.get(field, field), was, became)
                        for field, (was, became) in changes.items()
                    ),
                    row.erased_at is not None,
                )
            )
    return found


def _links_shown(session: Session, who: Reader, said: str) -> str:
    """The linked incidents as the log names them, without those this reader may not open."""
    numbers = {(int(year), int(number)) for year, number in _REFERENCE.findall(said)}
    ids = session.scalars(
        select(Incident.id).where(tuple_(Incident.year, Incident.number).in_(sorted(numbers)))
    ).all()
    return ", ".join(incident_fields.visible_among(session, who, ids).values()) or "(nothing)"


@needs(Permission.USERS_READ)
def handlers(ctx: Context) -> list[tuple[int, str]]:
    """Who may be given an incident: (user id, name), by name."""
    with ctx.database.reading() as session:
        rows = session.execute(select(User.id, User.name, User.roles).where(User.active)).all()
    able = [
        (row.id, row.name)
        for row in rows
        if allowed([Role(code) for code in row.roles], Permission.STEPS_RECORD)
    ]
    return sorted(able, key=lambda each: each[1].casefold())


@needs(Permission.INCIDENTS_READ)
def find_by_reference(ctx: Context, text: str) -> int:
    """The id of the incident with this reference ("2026/0042", "2026/42").

    Raises Invalid where the text is no reference, NotFound where there is none that this person may know of.
    """
    year, _, number = text.strip().partition("/")
    if not (year.isascii() and year.isdigit() and number.isascii() and number.isdigit() and len(number) < 10):
        raise Invalid([Problem("reference", "Write the reference as year/number, for example 2026/0042.")])
    with ctx.database.reading() as session:
        found = session.scalar(
            select(Incident.id).where(Incident.year == int(year), Incident.number == int(number))
        )
        if found is None:
            raise NotFound(sight.NO_SUCH_INCIDENT)
        sight.glimpse(session, sight.reader(session, ctx), found)
    return found
