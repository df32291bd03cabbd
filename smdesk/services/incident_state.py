"""What an incident's records add up to: the facts for the policy, and the columns the list sorts and filters on.

These functions take a session, not a context: they are called inside somebody's transaction, after that service
has checked who may do what. Whoever writes an entry, a letter or a person that bears on an incident calls
``refresh`` before committing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db.models import (
    Entry,
    Incident,
    IncidentConduct,
    IncidentPerson,
    Letter,
    Person,
    PolicyProfile,
    School,
)
from smdesk.policy import ladder
from smdesk.policy import profile as policy_profile
from smdesk.policy.model import Advice, Author, Facts, StepTaken
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Conduct, Nation, Notify, PersonKind, Route, Step
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import PersonRole
from smdesk.services.sight import Where

REMOVAL_STEPS = frozenset({Step.ASK_REMOVAL, Step.WRITTEN_WARNING, Step.SECOND_WARNING})
"""Steps that ask for the post to be removed: a warning repeats the request (INC-5)."""

_parsed: dict[str, Profile] = {}
"""Policy versions by the hash of their text: parsing one takes longer than saving an incident."""


def reference(year: int, number: int) -> str:
    """How the office speaks of an incident: "2026/0042"."""
    return f"{year}/{number:04d}"


def end_of_day(day: date) -> datetime:
    """The last second of a day at the school, in UTC."""
    return datetime.combine(day, time(23, 59, 59), LOCAL).astimezone(UTC)


def local_date(moment: datetime) -> date:
    """The day it was at the school."""
    return moment.astimezone(LOCAL).date()


def stored_profile(session: Session, profile_id: int) -> Profile:
    """One version of the school's policy, parsed once."""
    sha256 = session.execute(select(PolicyProfile.sha256).where(PolicyProfile.id == profile_id)).scalar_one()
    found = _parsed.get(sha256)
    if found is None:
        toml = session.execute(select(PolicyProfile.toml).where(PolicyProfile.id == profile_id)).scalar_one()
        found = _parsed[sha256] = policy_profile.parse(toml)
    return found


def current_profile_id(session: Session) -> int:
    """The policy version that new incidents are handled under."""
    found = session.execute(select(School.profile_id)).scalar_one()
    if found is None:
        raise RuntimeError("The school has no policy profile.")
    return found


def nation(session: Session) -> Nation:
    """Whose bank holidays count."""
    return Nation(session.execute(select(School.nation)).scalar_one())


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
    return " ".join(part for part in (given_name, family_name) if part)


def person_lines(
    session: Session, people: Sequence[tuple[int, PersonRole, PersonKind]]
) -> tuple[PersonLine, ...]:
    """The people of an incident with their records, in the given order. Ids that do not exist are left out."""
    found = (
        {
            row.id: row
            for row in session.execute(
                select(
                    Person.id,
                    Person.kind,
                    Person.given_name,
                    Person.family_name,
                    Person.identified,
                    Person.date_of_birth,
                    Person.left_on,
                ).where(Person.id.in_({person_id for person_id, _, _ in people}))
            )
        }
        if people
        else {}
    )
    return tuple(
        PersonLine(
            person_id,
            role,
            kind,
            PersonKind(found[person_id].kind),
            found[person_id].identified,
            found[person_id].date_of_birth,
            found[person_id].left_on,
            person_name(found[person_id].given_name, found[person_id].family_name),
        )
        for person_id, role, kind in people
        if person_id in found
    )


def case_of(session: Session, incident: Incident) -> Case:
    """A saved incident as the policy looks at it."""
    people = session.execute(
        select(IncidentPerson.person_id, IncidentPerson.role, IncidentPerson.kind)
        .where(IncidentPerson.incident_id == incident.id)
        .order_by(IncidentPerson.position, IncidentPerson.id)
    ).all()
    conduct = session.scalars(
        select(IncidentConduct.conduct).where(IncidentConduct.incident_id == incident.id)
    ).all()
    skipped = tuple(
        Step(code)
        for code in session.scalars(
            select(Entry.step).where(
                Entry.incident_id == incident.id, Entry.kind == "skip", Entry.withdrawn_at.is_(None)
            )
        )
    )
    return Case(
        incident_id=incident.id,
        received_at=incident.received_at,
        posted_on=incident.posted_on,
        platform=incident.platform,
        on_school_account=incident.on_school_account,
        conduct=in_order(conduct),
        people=person_lines(
            session, [(row.person_id, PersonRole(row.role), PersonKind(row.kind)) for row in people]
        ),
        removed=incident.removed_on is not None,
        dsl_cleared=incident.dsl_cleared_at is not None,
        skipped=skipped,
    )


def in_order(codes: Iterable[str]) -> tuple[Conduct, ...]:
    """Conduct in the vocabulary's order, whatever order the codes come in."""
    held = set(codes)
    return tuple(conduct for conduct in Conduct if conduct in held)


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
    rows = session.execute(
        text(
            where.within(
                "SELECT entry.step, entry.happened_on FROM entry JOIN incident ON incident.id = entry.incident_id"
                " WHERE entry.kind = 'step' AND entry.withdrawn_at IS NULL AND entry.person_id IN"
                " (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
                " AND (entry.incident_id = :incident OR {seen})"
                " UNION ALL"
                " SELECT entry.step, entry.happened_on FROM entry WHERE entry.incident_id = :incident"
                " AND entry.kind = 'step' AND entry.withdrawn_at IS NULL AND entry.person_id IS NULL"
                " ORDER BY 2"
            )
        ),
        {**where.params, "person": person_id, "incident": incident_id},
    )
    return [StepTaken(Step(row[0]), date.fromisoformat(row[1])) for row in rows]


def shared_where(incident: Incident) -> Where:
    """The incidents that everybody who may open this one may see too.

    The list's columns are the same for every reader, so they may only be worked out from what each of those
    readers could look up: else "second warning" in a list would tell of a confidential first one.
    """
    if incident.headteacher_is_subject:
        return Where("1", {})
    if incident.confidentiality == "normal":
        return Where("incident.confidentiality = 'normal' AND incident.headteacher_is_subject = 0", {})
    return Where("incident.headteacher_is_subject = 0", {})


def refresh(session: Session, incident_id: int, now: datetime) -> Advice:
    """Work out an incident's columns anew from its own records and its own version of the policy.

    Everything in them follows from what is stored, so a withdrawn step or a merged person undoes itself here.
    """
    session.flush()
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise RuntimeError(f"There is no incident {incident_id} to refresh.")
    entries = session.execute(
        select(
            Entry.kind,
            Entry.step,
            Entry.happened_on,
            Entry.happened_at,
            Entry.chase_on,
            Entry.chased,
            Entry.recorded_at,
        ).where(Entry.incident_id == incident_id, Entry.withdrawn_at.is_(None))
    ).all()
    steps = [(Step(row.step), row.happened_on) for row in entries if row.kind == "step"]
    incident.removal_asked_on = min((on for step, on in steps if step in REMOVAL_STEPS), default=None)
    incident.removed_on = min((row.happened_on for row in entries if row.kind == "removed"), default=None)
    incident.replied_at = min(
        (local_moment(row.happened_on, row.happened_at) for row in entries if row.kind == "reply"),
        default=None,
    )

    case = case_of(session, incident)
    author = case.author
    incident.author_id = None if author is None else author.person_id
    incident.author_kind = PersonKind.UNKNOWN if author is None else author.kind
    incident.author_name = "" if author is None else author.name
    incident.headteacher_is_subject = headteacher_among(
        session, [line.person_id for line in case.people if line.role is PersonRole.AUTHOR]
    )

    profile = stored_profile(session, incident.profile_id)
    history = history_of(session, incident.author_id, incident_id, shared_where(incident))
    advice = ladder.advise(profile, facts(case, history, nation(session)))
    first = advice.next[0] if advice.next else None
    incident.route = advice.route
    incident.urgent = advice.urgent
    incident.reply_by = advice.reply_by
    incident.stage = _stage(profile, [step for step, _ in steps])
    is_open = incident.status == "open"
    incident.next_step = str(first.step) if first is not None and is_open else ""
    deadlines: list[datetime] = []
    if is_open:
        if advice.reply_by is not None and incident.replied_at is None:
            deadlines.append(advice.reply_by.astimezone(UTC))
        for row in entries:
            # A removal request is settled by the removal, whatever its chase date (INC-4).
            settled = row.chased or (incident.removed_on is not None and row.step in REMOVAL_STEPS)
            if row.chase_on is not None and not settled:
                deadlines.append(end_of_day(row.chase_on))
        if first is not None and first.by is not None:
            by = first.by
            deadlines.append(by.astimezone(UTC) if isinstance(by, datetime) else end_of_day(by))
    incident.next_due = min(deadlines, default=None)
    acted = any(row.kind in ("step", "skip", "decision") for row in entries)
    incident.awaiting_headteacher = is_open and _awaits_decision(session, incident_id, advice, acted)
    session.flush()
    return advice


def local_moment(on: date, at: str) -> datetime:
    """The UTC moment of a day and an "HH:MM" at the school; the start of the day where no time is known."""
    hour, minute = (int(part) for part in at.split(":")) if at else (0, 0)
    return datetime.combine(on, time(hour, minute), LOCAL).astimezone(UTC)


def headteacher_among(session: Session, authors: Sequence[int]) -> bool:
    """Whether one of these people is the headteacher: then the chair decides (CON-5)."""
    if not authors:
        return False
    found = session.execute(
        text(
            "SELECT 1 FROM user JOIN person AS own ON own.id = user.person_id, json_each(user.roles) AS role"
            " WHERE role.value = 'headteacher' AND coalesce(own.merged_into, own.id) IN"
            " (SELECT coalesce(merged_into, id) FROM person WHERE id IN (SELECT value FROM json_each(:authors)))"
            " LIMIT 1"
        ),
        {"authors": json.dumps(list(authors))},
    )
    return found.first() is not None


def _stage(profile: Profile, taken: Sequence[Step]) -> str:
    """The furthest ladder step taken in this incident; off the ladder, the last step taken."""
    order = [rung.step for rung in profile.ladder]
    reached = [step for step in taken if step in order]
    if reached:
        return str(max(reached, key=order.index))
    return str(taken[-1]) if taken else ""


def _awaits_decision(session: Session, incident_id: int, advice: Advice, acted: bool) -> bool:
    """A letter waits for approval, or something the headteacher must be told of has not been acted on yet."""
    waiting = session.scalar(
        select(Letter.id).where(Letter.incident_id == incident_id, Letter.status == "submitted").limit(1)
    )
    if waiting is not None:
        return True
    grave = advice.urgent or advice.route is Route.CODE_OF_CONDUCT
    return grave and not acted and Notify.HEADTEACHER in advice.notify
