"""What an incident's records add up to: the facts for the policy, and the columns the list sorts and filters on.

These functions take a session, not a context: they are called inside somebody's transaction, after that service
has checked who may do what. Whoever writes an entry, a letter or a person that bears on an incident calls
``refresh`` before committing, and ``refresh_others`` where a step was taken or taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Incident, IncidentPerson, from_utc_text
from smdesk.policy import ladder
from smdesk.policy import profile as policy_profile
from smdesk.policy.model import Advice, Author, Facts, StepTaken
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Conduct, Nation, Notify, PersonKind, Route, Step
from smdesk.services.context import LOCAL
from smdesk.services.driver import driver, store, stored_day
from smdesk.services.incident_records import PersonRole
from smdesk.services.incident_words import in_order
from smdesk.services.sight import Where

REMOVAL_STEPS = frozenset({Step.ASK_REMOVAL, Step.WRITTEN_WARNING, Step.SECOND_WARNING})
"""Steps that ask for the post to be removed: a warning repeats the request (INC-5)."""

_parsed: dict[str, Profile] = {}
"""Policy versions by the hash of their text: parsing one takes longer than saving an incident."""


def end_of_day(day: date) -> datetime:
    """The last second of a day at the school, in UTC."""
    return datetime.combine(day, time(23, 59, 59), LOCAL).astimezone(UTC)


def local_date(moment: datetime) -> date:
    """The day it was at the school."""
    return moment.astimezone(LOCAL).date()


def stored_profile(session: Session, profile_id: int) -> Profile:
    """One version of the school's policy, parsed once."""
    return profile_on(driver(session), profile_id)


def profile_on(raw: Any, profile_id: int) -> Profile:
    """``stored_profile`` on a plain cursor, for a list."""
    row = raw.execute("SELECT sha256 FROM policy_profile WHERE id = ?", (profile_id,)).fetchone()
    return _profile(raw, profile_id, row[0])


def _profile(raw: Any, profile_id: int, sha256: str) -> Profile:
    found = _parsed.get(sha256)
    if found is None:
        toml = raw.execute("SELECT toml FROM policy_profile WHERE id = ?", (profile_id,)).fetchone()[0]
        found = _parsed[sha256] = policy_profile.parse(toml)
    return found


def current_profile_id(session: Session) -> int:
    """The policy version that new incidents are handled under."""
    found = driver(session).execute("SELECT profile_id FROM school").fetchone()[0]
    if found is None:
        raise RuntimeError("The school has no policy profile.")
    return int(found)


def nation(session: Session) -> Nation:
    """Whose bank holidays count."""
    return Nation(driver(session).execute("SELECT nation FROM school").fetchone()[0])


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in one incident, with what the policy needs to know of them."""

    person_id: int
    role: PersonRole
    kind: PersonKind
    person_kind: PersonKind
    identified: bool
    date_of_birth: date | None
    left_on: date | None
    name: str


@dataclass(frozen=True, slots=True)
class Case:
    """An incident as the policy looks at it, saved or still being typed."""

    incident_id: int | None
    received_at: datetime
    posted_on: date | None
    platform: str
    on_school_account: bool
    conduct: tuple[Conduct, ...]
    people: tuple[PersonLine, ...]
    removed: bool
    dsl_cleared: bool
    skipped: tuple[Step, ...] = ()

    @property
    def author(self) -> PersonLine | None:
        """The first person in the role of author."""
        return next((line for line in self.people if line.role is PersonRole.AUTHOR), None)


def person_name(given_name: str, family_name: str) -> str:
    """A person as lists and timelines name them."""
    return f"{given_name} {family_name}" if given_name and family_name else given_name or family_name


_PERSON = "p.kind, p.identified, p.date_of_birth, p.left_on, p.given_name, p.family_name"


def person_lines(
    session: Session, people: Sequence[tuple[int, PersonRole, PersonKind]]
) -> tuple[PersonLine, ...]:
    """The people of an incident with their records, in the given order. Ids that do not exist are left out."""
    if not people:
        return ()
    rows = driver(session).execute(
        "SELECT p.id, {person} FROM person AS p WHERE p.id IN (SELECT value FROM json_each(?))".replace(
            "{person}", _PERSON
        ),
        (json.dumps([person_id for person_id, _, _ in people]),),
    )
    found = {row[0]: row[1:] for row in rows}
    return tuple(
        _person_line(person_id, role, kind, found[person_id])
        for person_id, role, kind in people
        if person_id in found
    )


def _person_line(person_id: int, role: str, kind: str, person: Sequence[Any]) -> PersonLine:
    return PersonLine(
        person_id,
        PersonRole(role),
        PersonKind(kind),
        PersonKind(person[0]),
        bool(person[1]),
        stored_day(person[2]),
        stored_day(person[3]),
        person_name(person[4], person[5]),
    )


def people_in(session: Session, incident_id: int) -> set[int]:
    """The ids of everybody recorded in an incident, whatever their part in it."""
    return set(
        session.scalars(select(IncidentPerson.person_id).where(IncidentPerson.incident_id == incident_id))
    )


def case_of(session: Session, incident: Incident) -> Case:
    """A saved incident as the policy looks at it."""
    raw = driver(session)
    return Case(
        incident_id=incident.id,
        received_at=incident.received_at,
        posted_on=incident.posted_on,
        platform=incident.platform,
        on_school_account=incident.on_school_account,
        conduct=_conduct_of(raw, incident.id),
        people=_people_of(raw, incident.id),
        removed=incident.removed_on is not None,
        dsl_cleared=incident.dsl_cleared_at is not None,
        skipped=tuple(
            entry.step for entry in _entries_of(raw, incident.id) if entry.kind == "skip" and entry.step
        ),
    )


def _conduct_of(raw: Any, incident_id: int) -> tuple[Conduct, ...]:
    rows = raw.execute("SELECT conduct FROM incident_conduct WHERE incident_id = ?", (incident_id,))
    return in_order(row[0] for row in rows)


def _people_of(raw: Any, incident_id: int) -> tuple[PersonLine, ...]:
    rows = raw.execute(
        "SELECT p.id, place.role, place.kind, {person} FROM incident_person AS place"
        " JOIN person AS p ON p.id = place.person_id WHERE place.incident_id = ?"
        " ORDER BY place.position, place.id".replace("{person}", _PERSON),
        (incident_id,),
    )
    return tuple(_person_line(row[0], row[1], row[2], row[3:]) for row in rows)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a timeline entry says to the columns."""

    kind: str
    step: Step | None
    on: date
    at: str
    chase_on: date | None
    chased: bool


def _entries_of(raw: Any, incident_id: int) -> list[_Line]:
    rows = raw.execute(
        "SELECT kind, step, happened_on, happened_at, chase_on, chased FROM entry"
        " WHERE incident_id = ? AND withdrawn_at IS NULL ORDER BY id",
        (incident_id,),
    )
    return [
        _Line(
            row[0],
            Step(row[1]) if row[1] else None,
            date.fromisoformat(row[2]),
            row[3],
            stored_day(row[4]),
            bool(row[5]),
        )
        for row in rows
    ]


def facts(case: Case, history: Sequence[StepTaken], whose_nation: Nation) -> Facts:
    """What the policy is told about an incident."""
    received = case.received_at.astimezone(LOCAL)
    author = case.author
    if author is None:
        about = Author(kind=PersonKind.UNKNOWN, identified=False)
    else:
        on = case.posted_on or received.date()
        about = Author(
            kind=author.kind,
            identified=author.identified,
            age=None if author.date_of_birth is None else age_on(author.date_of_birth, on),
            former_pupil=author.person_kind is PersonKind.PUPIL
            and author.left_on is not None
            and author.left_on <= on,
        )
    towards = {line.kind for line in case.people if line.role in (PersonRole.NAMED, PersonRole.AFFECTED)}
    return Facts(
        received=received,
        posted_on=case.posted_on,
        nation=whose_nation,
        author=about,
        conduct=case.conduct,
        platform=case.platform or None,
        on_school_account=case.on_school_account,
        towards=tuple(kind for kind in PersonKind if kind in towards),
        history=tuple(history),
        removed=case.removed,
        dsl_cleared=case.dsl_cleared,
        skipped=case.skipped,
    )


def age_on(born: date, on: date) -> int | None:
    """Whole years on a day; None before birth."""
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return years if years >= 0 else None


def history_of(
    session: Session, person_id: int | None, incident_id: int | None, where: Where
) -> list[StepTaken]:
    """Steps taken with one person, in any incident that ``where`` lets through, oldest first (INC-5).

    Steps of merged duplicates count; withdrawn ones and a co-parent's do not. Steps of the incident itself that
    were taken with nobody in particular (a report to the platform, the police) count for it alone.
    """
    rows = driver(session).execute(
        where.within(
            "SELECT entry.step, entry.happened_on FROM entry JOIN incident ON incident.id = entry.incident_id"
            " WHERE entry.kind = 'step' AND entry.withdrawn_at IS NULL AND entry.person_id IN"
            " (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
            " AND (entry.incident_id = :incident OR {seen})"
            " UNION ALL"
            " SELECT entry.step, entry.happened_on FROM entry WHERE entry.incident_id = :incident"
            " AND entry.kind = 'step' AND entry.withdrawn_at IS NULL AND entry.person_id IS NULL"
            " ORDER BY 2"
        ),
        {**where.params, "person": person_id, "incident": incident_id},
    )
    return [StepTaken(Step(row[0]), date.fromisoformat(row[1])) for row in rows]


def shared_where(confidentiality: str, headteacher_is_subject: bool) -> Where:
    """The incidents that everybody who may open one like this may see too.

    The list's columns are the same for every reader, so they may only be worked out from what each of those
    readers could look up: else "second warning" in a list would tell of a confidential first one.
    """
    if headteacher_is_subject:
        return Where("1", {})
    if confidentiality == "normal":
        return Where("incident.confidentiality = 'normal' AND incident.headteacher_is_subject = 0", {})
    return Where("incident.headteacher_is_subject = 0", {})


def refresh(session: Session, incident_id: int) -> Advice:
    """Work out an incident's columns anew from its own records and its own version of the policy.

    Everything in them follows from what is stored, so a withdrawn step or a merged person undoes itself here.
    """
    raw = driver(session)
    row = raw.execute(
        "SELECT received_at, posted_on, platform, on_school_account, status, confidentiality, dsl_cleared_at,"
        " incident.profile_id, policy_profile.sha256, school.nation FROM incident"
        " JOIN policy_profile ON policy_profile.id = incident.profile_id, school WHERE incident.id = ?",
        (incident_id,),
    ).fetchone()
    if row is None:
        raise RuntimeError(f"There is no incident {incident_id} to refresh.")
    entries = _entries_of(raw, incident_id)
    case = Case(
        incident_id=incident_id,
        received_at=from_utc_text(row[0]),
        posted_on=stored_day(row[1]),
        platform=row[2],
        on_school_account=bool(row[3]),
        conduct=_conduct_of(raw, incident_id),
        people=_people_of(raw, incident_id),
        removed=_removed_on(entries) is not None,
        dsl_cleared=row[6] is not None,
        skipped=tuple(line.step for line in entries if line.kind == "skip" and line.step is not None),
    )
    advice, columns = _worked_out(
        session,
        case,
        entries,
        _profile(raw, row[7], row[8]),
        Nation(row[9]),
        row[5],
        is_open=row[4] == "open",
    )
    store(session, Incident, incident_id, columns)
    return advice


def of_new(session: Session, case: Case, profile_id: int, confidentiality: str) -> dict[str, Any]:
    """The columns of an incident that is being logged, as ``refresh`` works them out once it is stored.

    Written with the rest of the row: everybody who logs one waits for it.
    """
    raw = driver(session)
    sha256, whose_nation = raw.execute(
        "SELECT policy_profile.sha256, school.nation FROM policy_profile, school WHERE policy_profile.id = ?",
        (profile_id,),
    ).fetchone()
    profile = _profile(raw, profile_id, sha256)
    return _worked_out(session, case, (), profile, Nation(whose_nation), confidentiality, is_open=True)[1]


def _worked_out(
    session: Session,
    case: Case,
    entries: Sequence[_Line],
    profile: Profile,
    whose_nation: Nation,
    confidentiality: str,
    *,
    is_open: bool,
) -> tuple[Advice, dict[str, Any]]:
    author = case.author
    about_head = headteacher_among(
        session, [line.person_id for line in case.people if line.role is PersonRole.AUTHOR]
    )
    history = history_of(
        session,
        None if author is None else author.person_id,
        case.incident_id,
        shared_where(confidentiality, about_head),
    )
    advice = ladder.advise(profile, facts(case, history, whose_nation))

    steps = [(line.step, line.on) for line in entries if line.kind == "step" and line.step is not None]
    replied_at = min(
        (local_moment(line.on, line.at) for line in entries if line.kind == "reply"), default=None
    )
    first = advice.next[0] if advice.next and is_open else None
    acted = any(line.kind in ("step", "skip", "decision") for line in entries)
    removed_on = _removed_on(entries)
    return advice, {
        "removal_asked_on": min((on for step, on in steps if step in REMOVAL_STEPS), default=None),
        "removed_on": removed_on,
        "replied_at": replied_at,
        "author_id": None if author is None else author.person_id,
        "author_kind": str(PersonKind.UNKNOWN if author is None else author.kind),
        "author_name": "" if author is None else author.name,
        "headteacher_is_subject": about_head,
        "route": str(advice.route),
        "urgent": advice.urgent,
        "reply_by": None if advice.reply_by is None else advice.reply_by.astimezone(UTC),
        "stage": _stage(profile, [step for step, _ in steps]),
        "next_step": "" if first is None else str(first.step),
        "next_due": _next_due(advice, entries, replied_at, removed_on) if is_open else None,
        "awaiting_headteacher": is_open and _awaits_decision(session, case.incident_id, advice, acted),
    }


def _removed_on(entries: Sequence[_Line]) -> date | None:
    return min((line.on for line in entries if line.kind == "removed"), default=None)


def refresh_others(
    session: Session, incident_id: int, people: Iterable[int | None]
) -> frozenset[tuple[str, int]]:
    """Work out anew the other open incidents these people posted: a step counts for the person (INC-5).

    Returns what was touched, as services tell it.
    """
    rows = driver(session).execute(
        "SELECT id FROM incident WHERE status = 'open' AND id <> ? AND id IN (SELECT incident_id FROM incident_person"
        " WHERE role = 'author' AND person_id IN (SELECT value FROM json_each(?)))",
        (incident_id, json.dumps(sorted({each for each in people if each is not None}))),
    )
    others = [row[0] for row in rows.fetchall()]
    for other in others:
        refresh(session, other)
    return frozenset(("incident", other) for other in others)


def _next_due(
    advice: Advice, entries: Sequence[_Line], replied_at: datetime | None, removed_on: date | None
) -> datetime | None:
    """The earliest deadline still open: the reply, a chase, or the next step's own."""
    deadlines: list[datetime] = []
    if advice.reply_by is not None and replied_at is None:
        deadlines.append(advice.reply_by.astimezone(UTC))
    for line in entries:
        # A removal request is settled by the removal, whatever its chase date (INC-4).
        settled = line.chased or (removed_on is not None and line.step in REMOVAL_STEPS)
        if line.chase_on is not None and not settled:
            deadlines.append(end_of_day(line.chase_on))
    by = advice.next[0].by if advice.next else None
    if by is not None:
        deadlines.append(by.astimezone(UTC) if isinstance(by, datetime) else end_of_day(by))
    return min(deadlines, default=None)


def local_moment(on: date, at: str) -> datetime:
    """The UTC moment of a day and an "HH:MM" at the school; the start of the day where no time is known."""
    hour, minute = (int(part) for part in at.split(":")) if at else (0, 0)
    return datetime.combine(on, time(hour, minute), LOCAL).astimezone(UTC)


def headteacher_among(session: Session, authors: Sequence[int]) -> bool:
    """Whether one of these people is the headteacher: then the chair decides (CON-5)."""
    if not authors:
        return False
    found = driver(session).execute(
        "SELECT 1 FROM user JOIN person AS own ON own.id = user.person_id, json_each(user.roles) AS role"
        " WHERE role.value = 'headteacher' AND coalesce(own.merged_into, own.id) IN"
        " (SELECT coalesce(merged_into, id) FROM person WHERE id IN (SELECT value FROM json_each(?))) LIMIT 1",
        (json.dumps(list(authors)),),
    )
    return found.fetchone() is not None


def _stage(profile: Profile, taken: Sequence[Step]) -> str:
    """The furthest ladder step taken in this incident; off the ladder, the last step taken."""
    order = [rung.step for rung in profile.ladder]
    reached = [step for step in taken if step in order]
    if reached:
        return str(max(reached, key=order.index))
    return str(taken[-1]) if taken else ""


def _awaits_decision(session: Session, incident_id: int | None, advice: Advice, acted: bool) -> bool:
    """A letter waits for approval, or something the headteacher must be told of has not been acted on yet."""
    if incident_id is not None:
        waiting = driver(session).execute(
            "SELECT 1 FROM letter WHERE incident_id = ? AND status = 'submitted' LIMIT 1", (incident_id,)
        )
        if waiting.fetchone() is not None:
            return True
    grave = advice.urgent or advice.route is Route.CODE_OF_CONDUCT
    return grave and not acted and Notify.HEADTEACHER in advice.notify
