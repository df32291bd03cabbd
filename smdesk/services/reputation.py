"""Places where the school looks what is said about it, and the checks of them (REP-1, PPL-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Finding, Person, PlaceCheck, WatchedPlace
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import history, incident_fields, reasons
from smdesk.services.context import Context, Saved, needs, open_to_all
from smdesk.services.history import History
from smdesk.services.people_base import NO_SUCH_PERSON
from smdesk.services.reputation_records import (
    PLACE_KIND_LABELS,
    CheckDraft,
    CheckRow,
    PlaceDraft,
    PlaceKind,
    PlaceRow,
)

NO_SUCH_PLACE: Final = "There is no such place to check."
_LONGEST_TEXT: Final = 2_000
_MOST_DAYS: Final = 366
_MOST_REVIEWS: Final = 10_000_000
_EARLIEST: Final = date(2000, 1, 1)

_SUGGESTED: Final = (
    ("Search engine", PlaceKind.SEARCH_ENGINE, "The school’s name, and its name with the town.", 14),
    ("Google reviews", PlaceKind.REVIEWS, "New reviews, and what the rating has become.", 7),
    ("Wikipedia", PlaceKind.ENCYCLOPAEDIA, "What was changed in the article about the school.", 28),
    ("Mumsnet", PlaceKind.FORUM, "Threads that name the school.", 14),
    ("Local groups", PlaceKind.LOCAL_GROUP, "Public groups of the town or the estate.", 7),
)


@open_to_all("ready-made proposals; nothing of any record")
def suggested() -> tuple[PlaceDraft, ...]:
    """The places most schools look at, for a school that begins (REP-1)."""
    return tuple(
        PlaceDraft(name=name, kind=kind, look_for=look_for, every_days=days)
        for name, kind, look_for, days in _SUGGESTED
    )


@needs(Permission.REPUTATION_EDIT)
def save(
    ctx: Context, draft: PlaceDraft, place_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Add a place, or change one opened at ``expected_version``. Its next check follows its rhythm.

    Raises Invalid with every problem, Conflict, NotFound.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        place = None if place_id is None else _place(session, place_id)
        before = None if place is None else _draft(place)
        _check(session, ctx, draft, place)
        if place is None or before is None:
            return _saved(_add(session, ctx, draft))
        _require_version(place, expected_version, before, draft)
        changed = _changed(before, draft)
        if not changed:
            return Saved(place.id, place.version, frozenset())
        for column, value in _columns(draft).items():
            setattr(place, column, value)
        place.version += 1
        refresh_due(session, place, ctx.today())
        said = ", ".join(_LABELS[key] for key in changed)
        history.add(session, ctx, "place", place.id, "changed", said)
        _audit(session, ctx, "place.changed", place.id, changed)
        return _saved(place)


@needs(Permission.REPUTATION_EDIT)
def add_suggested(ctx: Context, names: Sequence[str]) -> Saved:
    """Add those of the suggested places that have these names, in one go; one that is checked already is passed over.

    ``Saved.id`` is the first one added. Raises Refused where every one is there already.
    """
    with ctx.database.writing() as session:
        there = {
            name.casefold()
            for name in session.scalars(select(WatchedPlace.name).where(WatchedPlace.stopped_on.is_(None)))
        }
        wanted = [each for each in suggested() if each.name in names and each.name.casefold() not in there]
        if not wanted:
            raise Refused("These places are checked already.")
        added = [_add(session, ctx, draft) for draft in wanted]
        return Saved(added[0].id, 1, frozenset({("place", place.id) for place in added}))


@needs(Permission.REPUTATION_EDIT)
def stop(ctx: Context, place_id: int, version: int, reason: str) -> Saved:
    """Look there no longer, with the reason. What was found stays. Raises Invalid, Conflict, Refused, NotFound."""
    reason = reasons.given(reason, "Say why it is not checked any more. The reason is kept.")
    with ctx.database.writing() as session:
        place = _place(session, place_id)
        _require_version(place, version, None, None)
        if place.stopped_on is not None:
            raise Refused("This place is not checked any more already.")
        place.stopped_on, place.stopped_reason = ctx.today(), reason
        place.version += 1
        refresh_due(session, place, ctx.today())
        history.add(session, ctx, "place", place.id, "stopped", "", reason=reason)
        _audit(session, ctx, "place.stopped", place.id, {"reason": reason})
        return _saved(place)


@needs(Permission.REPUTATION_EDIT)
def resume(ctx: Context, place_id: int, version: int) -> Saved:
    """Check a place again, from today. Raises Conflict, Refused, NotFound, Invalid where the name is taken."""
    with ctx.database.writing() as session:
        place = _place(session, place_id)
        _require_version(place, version, None, None)
        if place.stopped_on is None:
            raise Refused("This place is being checked.")
        _refuse_taken(session, place.name, place.id)
        place.stopped_on, place.stopped_reason = None, ""
        place.version += 1
        refresh_due(session, place, ctx.today())
        if place.due_on is None or place.due_on < ctx.today():
            place.due_on = ctx.today()
        history.add(session, ctx, "place", place.id, "resumed", "")
        _audit(session, ctx, "place.resumed", place.id, {})
        return _saved(place)


@needs(Permission.REPUTATION_EDIT)
def check(ctx: Context, place_id: int, draft: CheckDraft) -> Saved:
    """Log a look at a place by whoever is signed in. ``Saved.id`` is the check; findings are added to it.

    Raises Invalid for a day in the future or figures that cannot be, Refused where it is not checked any more.
    """
    note = draft.note.strip()
    with ctx.database.writing() as session:
        place = _place(session, place_id)
        found = []
        if draft.on > ctx.today():
            found.append(Problem("on", "The day of the check lies in the future."))
        elif draft.on < _EARLIEST:
            found.append(Problem("on", "The day lies before the year 2000. Check the date."))
        if draft.rating_tenths is not None and not 0 <= draft.rating_tenths <= 50:
            found.append(Problem("rating_tenths", "A rating lies between 0 and 5 stars, for example 4.3."))
        if draft.reviews is not None and not 0 <= draft.reviews <= _MOST_REVIEWS:
            found.append(Problem("reviews", f"The number of reviews lies between 0 and {_MOST_REVIEWS:,}."))
        if len(note) > _LONGEST_TEXT:
            found.append(Problem("note", f"At most {_LONGEST_TEXT:,} letters can be kept."))
        if found:
            raise Invalid(found)
        if place.stopped_on is not None:
            raise Refused("This place is not checked any more. Take it up again first.")
        row = PlaceCheck(
            place_id=place.id,
            checked_on=draft.on,
            checked_by=ctx.user.name,
            person_id=ctx.user.person_id,
            note=note,
            rating_tenths=draft.rating_tenths,
            reviews=draft.reviews,
            recorded_by=ctx.user.id,
            recorded_at=ctx.now(),
        )
        session.add(row)
        session.flush()
        refresh_due(session, place, ctx.today())
        _audit(session, ctx, "place.checked", place.id, {"check": row.id, "on": draft.on.isoformat()})
        return Saved(row.id, place.version, frozenset({("place", place.id)}))


@needs(Permission.REPUTATION_EDIT)
def withdraw_check(ctx: Context, check_id: int, reason: str) -> Saved:
    """Take back a check logged by mistake; its line stays. Raises Invalid, NotFound, Refused."""
    reason = reasons.given(reason, "Say why it is taken back. The line stays.")
    with ctx.database.writing() as session:
        row = session.get(PlaceCheck, check_id)
        if row is None:
            raise NotFound("There is no such check.")
        if row.withdrawn_at is not None:
            raise Refused("This check was taken back already.")
        row.withdrawn_at, row.withdrawn_reason = ctx.now(), reason
        place = _place(session, row.place_id)
        session.flush()
        refresh_due(session, place, ctx.today())
        history.add(
            session,
            ctx,
            "place",
            place.id,
            "check withdrawn",
            f"The check of {written_day(row.checked_on)}",
            reason=reason,
        )
        _audit(session, ctx, "place.check_withdrawn", place.id, {"check": row.id, "reason": reason})
        return Saved(row.id, place.version, frozenset({("place", place.id)}))


@needs(Permission.REPUTATION_READ)
def places(ctx: Context, stopped: bool = False) -> list[PlaceRow]:
    """The places to check, the most overdue first; with ``stopped`` those not checked any more instead."""
    with ctx.database.reading() as session:
        query = select(WatchedPlace).order_by(
            WatchedPlace.due_on, func.lower(WatchedPlace.name), WatchedPlace.id
        )
        query = query.where(
            WatchedPlace.stopped_on.is_not(None) if stopped else WatchedPlace.stopped_on.is_(None)
        )
        return _rows(session, ctx, list(session.scalars(query)))


@needs(Permission.REPUTATION_READ)
def place(ctx: Context, place_id: int) -> PlaceRow:
    """One place. Raises NotFound."""
    with ctx.database.reading() as session:
        return _rows(session, ctx, [_place(session, place_id)])[0]


@needs(Permission.REPUTATION_READ)
def checks(ctx: Context, place_id: int, most: int = 200) -> list[CheckRow]:
    """The newest checks of a place, taken-back ones included (as such). Raises NotFound."""
    with ctx.database.reading() as session:
        _place(session, place_id)
        counted = dict(
            session.execute(
                select(Finding.check_id, func.count())
                .where(Finding.place_id == place_id, Finding.withdrawn_at.is_(None))
                .group_by(Finding.check_id)
            ).all()
        )
        found = session.scalars(
            select(PlaceCheck)
            .where(PlaceCheck.place_id == place_id)
            .order_by(PlaceCheck.checked_on.desc(), PlaceCheck.id.desc())
            .limit(most)
        )
        return [
            CheckRow(
                row.id,
                row.checked_on,
                row.checked_by,
                row.note,
                row.rating_tenths,
                row.reviews,
                counted.get(row.id, 0),
                row.withdrawn_at is not None,
                row.withdrawn_reason,
            )
            for row in found
        ]


@needs(Permission.REPUTATION_READ)
def story(ctx: Context, place_id: int) -> tuple[History, ...]:
    """What was done with a place besides checking it: added, changed, stopped, taken up again. Raises NotFound."""
    with ctx.database.reading() as session:
        _place(session, place_id)
        return history.lines(session, "place", place_id)


def refresh_due(session: Session, place: WatchedPlace, today: date) -> None:
    """Work out a place's next check: its newest check and its rhythm; at once where no check stands (the only one was
    taken back); nothing where it is not checked any more.
    """
    if place.stopped_on is not None:
        place.due_on = None
        return
    newest = session.scalar(
        select(func.max(PlaceCheck.checked_on)).where(
            PlaceCheck.place_id == place.id, PlaceCheck.withdrawn_at.is_(None)
        )
    )
    if newest is not None:
        place.due_on = newest + timedelta(days=place.every_days)
    elif place.due_on is None or place.due_on > today:
        place.due_on = today


def _rows(session: Session, ctx: Context, found: list[WatchedPlace]) -> list[PlaceRow]:
    ids = [row.id for row in found]
    today = ctx.today()
    people = {
        person.id: person
        for person in session.scalars(
            select(Person).where(Person.id.in_({row.responsible_id for row in found if row.responsible_id}))
        )
    }
    names = incident_fields.people_names(session, people)
    newest = {each: check for each in ids if (check := _newest(session, each)) is not None}
    rated = {each: check.rating_tenths for each in ids if (check := _newest(session, each, rated=True))}
    waiting = dict(
        session.execute(
            select(Finding.place_id, func.count())
            .where(Finding.place_id.in_(ids), Finding.decision == "", Finding.withdrawn_at.is_(None))
            .group_by(Finding.place_id)
        ).all()
    )
    shown = []
    for row in found:
        person = people.get(row.responsible_id or 0)
        last = newest.get(row.id)
        late = 0 if row.due_on is None else max(0, (today - row.due_on).days)
        shown.append(
            PlaceRow(
                id=row.id,
                version=row.version,
                draft=_draft(row),
                responsible="" if person is None else names[person.id],
                responsible_left=person is not None
                and person.left_on is not None
                and person.left_on <= today,
                due_on=row.due_on,
                late_days=late,
                checked_on=None if last is None else last.checked_on,
                checked_by="" if last is None else last.checked_by,
                rating_tenths=rated.get(row.id),
                open_findings=waiting.get(row.id, 0),
                stopped_on=row.stopped_on,
                stopped_reason=row.stopped_reason,
            )
        )
    return shown


def _add(session: Session, ctx: Context, draft: PlaceDraft) -> WatchedPlace:
    place = WatchedPlace(**_columns(draft), due_on=ctx.today())
    session.add(place)
    session.flush()
    history.add(session, ctx, "place", place.id, "added", draft.name, rule="REP-1")
    _audit(session, ctx, "place.added", place.id, _changed(None, draft))
    return place


def _newest(session: Session, place_id: int, *, rated: bool = False) -> PlaceCheck | None:
    """The newest check that stands; with ``rated`` the newest that wrote down a rating."""
    query = select(PlaceCheck).where(PlaceCheck.place_id == place_id, PlaceCheck.withdrawn_at.is_(None))
    if rated:
        query = query.where(PlaceCheck.rating_tenths.is_not(None))
    return session.scalars(
        query.order_by(PlaceCheck.checked_on.desc(), PlaceCheck.id.desc()).limit(1)
    ).first()


def _place(session: Session, place_id: int) -> WatchedPlace:
    row = session.get(WatchedPlace, place_id)
    if row is None:
        raise NotFound(NO_SUCH_PLACE)
    return row


def _tidied(draft: PlaceDraft) -> PlaceDraft:
    return replace(
        draft,
        name=" ".join(draft.name.split()),
        link=draft.link.strip(),
        look_for=draft.look_for.strip(),
        notes=draft.notes.strip(),
    )


def _check(session: Session, ctx: Context, draft: PlaceDraft, place: WatchedPlace | None) -> None:
    found = []
    if not draft.name:
        found.append(Problem("name", "Give the place a name, for example “Google reviews”."))
    elif len(draft.name) > 200:
        found.append(Problem("name", "At most 200 letters can be kept."))
    fault = incident_fields.link_fault(draft.link)
    if fault:
        found.append(Problem("link", fault))
    if not 1 <= draft.every_days <= _MOST_DAYS:
        found.append(Problem("every_days", f"Check it every 1 to {_MOST_DAYS} days."))
    for field in ("look_for", "notes"):
        if len(getattr(draft, field)) > _LONGEST_TEXT:
            found.append(Problem(field, f"At most {_LONGEST_TEXT:,} letters can be kept."))
    if draft.responsible_id is not None and (place is None or place.responsible_id != draft.responsible_id):
        person = session.get(Person, draft.responsible_id)
        if person is None or person.merged_into is not None:
            found.append(Problem("responsible_id", NO_SUCH_PERSON))
        elif person.kind == PersonKind.PUPIL:
            found.append(
                Problem("responsible_id", "A pupil cannot be the named person. Name a grown-up (PPL-3).")
            )
        elif person.left_on is not None and person.left_on <= ctx.today():
            found.append(
                Problem(
                    "responsible_id", "This person has left the school. Name somebody who is there (PPL-3)."
                )
            )
    if found:
        raise Invalid(found)
    if place is None or place.stopped_on is None:
        _refuse_taken(session, draft.name, None if place is None else place.id)


def _refuse_taken(session: Session, name: str, own_id: int | None) -> None:
    """Two places of one name are one place written down twice."""
    for other in session.scalars(select(WatchedPlace).where(WatchedPlace.stopped_on.is_(None))):
        if other.id != own_id and other.name.casefold() == name.casefold():
            raise Invalid.one(
                "name", f"“{other.name}” is checked already. Change that one, or add to the name."
            )


def _columns(draft: PlaceDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "kind": draft.kind.value,
        "link": draft.link,
        "look_for": draft.look_for,
        "responsible_id": draft.responsible_id,
        "every_days": draft.every_days,
        "notes": draft.notes,
    }


def _draft(row: WatchedPlace) -> PlaceDraft:
    return PlaceDraft(
        row.name, PlaceKind(row.kind), row.link, row.look_for, row.responsible_id, row.every_days, row.notes
    )


_LABELS: Final = {
    "name": "Name",
    "kind": "Kind",
    "link": "Link",
    "look_for": "What to look for",
    "responsible_id": "Named person",
    "every_days": "Every … days",
    "notes": "Notes",
}


def _changed(before: PlaceDraft | None, after: PlaceDraft) -> dict[str, Any]:
    now = _columns(after)
    if before is None:
        return now
    was = _columns(before)
    return {key: {"before": was[key], "after": now[key]} for key in now if was[key] != now[key]}


def _require_version(
    row: WatchedPlace, version: int | None, theirs: PlaceDraft | None, mine: PlaceDraft | None
) -> None:
    if version == row.version:
        return
    changes = []
    if theirs is not None and mine is not None:
        was, now = _columns(theirs), _columns(mine)
        shown = {"kind": lambda value: PLACE_KIND_LABELS[PlaceKind(value)]}
        changes = [
            FieldChange(key, label, str(shown.get(key, str)(was[key])), str(shown.get(key, str)(now[key])))
            for key, label in _LABELS.items()
            if was[key] != now[key]
        ]
    raise Conflict(
        "Somebody else changed this place meanwhile. Nothing of yours is lost: see what differs and choose.",
        changes,
        row.version,
    )


def _audit(session: Session, ctx: Context, action: str, place_id: int, detail: dict[str, Any]) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="place",
        object_id=place_id,
        detail=detail,
    )


def _saved(place: WatchedPlace) -> Saved:
    return Saved(place.id, place.version, frozenset({("place", place.id)}))
