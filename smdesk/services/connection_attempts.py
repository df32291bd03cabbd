"""An attempt at a connection: what the policy says of it, what the register holds, and the incident it becomes (CON-3).

Who began it decides who is told and whose incident it is. Nothing is kept until the incident is saved: it is an
incident like any other, of the route of whoever began it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Person, PolicyProfile
from smdesk.errors import Invalid, Problem
from smdesk.policy import connections as policy
from smdesk.policy.conduct import SCHOOL_ADULTS
from smdesk.policy.connections import Contact, Ruling, Standing
from smdesk.policy.vocabulary import (
    KIND_LABELS,
    NOTIFY_LABELS,
    Capacity,
    Conduct,
    Initiator,
    Link,
    Notify,
    PersonKind,
)
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission
from smdesk.services import connection_contacts, incident_state, reference_data, sight
from smdesk.services.connection_contacts import CAPACITY_KINDS
from smdesk.services.context import Context, needs
from smdesk.services.incident_records import (
    Confidentiality,
    FoundException,
    IncidentDraft,
    PersonInIncident,
    PersonRole,
    RuleText,
)
from smdesk.services.people_base import NO_SUCH_PERSON, name_of
from smdesk.services.people_records import kinds_of

__all__ = ["AttemptDraft", "AttemptView", "incident_draft", "look"]

_EARLIEST: Final = date(2000, 1, 1)

_REQUESTS: Final = {
    Link.FRIEND: "Friend or contact request",
    Link.FOLLOW: "Request to follow",
    Link.MESSAGE: "Message request",
    Link.GROUP: "Invitation to a group",
    Link.GAME: "Invitation to play",
}


@dataclass(frozen=True, slots=True)
class AttemptDraft:
    """What somebody knows of an attempt. ``accepted`` is None where nobody knows. ``reason`` is why it is logged
    although an exception covers it. The two people and the day must be there.
    """

    adult_id: int | None = None
    adult_kind: PersonKind = PersonKind.STAFF
    other_id: int | None = None
    capacity: Capacity = Capacity.PUPIL
    link: Link = Link.FRIEND
    initiator: Initiator = Initiator.UNKNOWN
    platform: str = ""
    on: date | None = None
    accepted: bool | None = None
    said: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """What the policy and the register say of an attempt.

    ``tell`` has the chair of governors in the place of a headteacher who is one of the two (CON-5). ``partial`` where
    records of the register are closed to this reader. ``remarks`` are sentences about the two people.
    """

    ruling: Ruling
    standing: str
    rule: RuleText | None
    tell: tuple[Notify, ...]
    told: str
    covering: tuple[FoundException, ...]
    near: tuple[FoundException, ...]
    partial: bool
    remarks: tuple[str, ...]
    profile_number: int
    profile_title: str

    @property
    def covered(self) -> bool:
        """Whether an exception allowed it: then there is nothing to log, unless somebody says why."""
        return bool(self.covering)


@needs(Permission.CONNECTIONS_READ)
def look(ctx: Context, attempt: AttemptDraft) -> AttemptView:
    """What this attempt is under the school's policy, who is told of it, and which exceptions cover it or nearly do.

    Raises Invalid where one of the two or the day is missing or cannot be.
    """
    with ctx.database.reading() as session:
        adult, other = _people(session, attempt, ctx.today())
        return _view(session, ctx, attempt, adult, other)


def _people(session: Session, attempt: AttemptDraft, today: date) -> tuple[Person, Person]:
    found = []
    people = []
    for field, person_id, missing in (
        ("adult_id", attempt.adult_id, "Choose the adult who works with the school."),
        ("other_id", attempt.other_id, "Choose the pupil or parent."),
    ):
        person = session.get(Person, person_id) if person_id is not None else None
        if person is None:
            found.append(Problem(field, missing if person_id is None else NO_SUCH_PERSON))
        elif person.merged_into is not None:
            found.append(
                Problem(field, f"This record of {name_of(person)} was merged. Choose the one that is left.")
            )
        people.append(person)
    if attempt.adult_id is not None and attempt.adult_id == attempt.other_id:
        found.append(Problem("other_id", "One person cannot stand on both sides. Choose somebody else."))
    if attempt.adult_kind not in SCHOOL_ADULTS:
        found.append(
            Problem(
                "adult_kind", "The adult is staff, a governor, a volunteer or a contractor of the school."
            )
        )
    if attempt.on is None:
        found.append(Problem("on", "Say on which day it was, or when the school heard of it."))
    elif attempt.on > today:
        found.append(Problem("on", "The day lies in the future. Check the date."))
    elif attempt.on < _EARLIEST:
        found.append(Problem("on", "The day lies before the year 2000. Check the date."))
    adult, other = people
    if found or adult is None or other is None:
        raise Invalid(found)
    return adult, other


def _contact(attempt: AttemptDraft) -> Contact:
    on = attempt.on
    if on is None:
        raise ValueError("An attempt without a day is looked at only after it was checked.")
    return Contact(
        attempt.adult_kind, attempt.capacity, attempt.link, attempt.initiator, on, attempt.platform.strip()
    )


def _view(session: Session, ctx: Context, attempt: AttemptDraft, adult: Person, other: Person) -> AttemptView:
    who = sight.reader(session, ctx)
    profile_id = incident_state.current_profile_id(session)
    profile = incident_state.stored_profile(session, profile_id)
    contact = _contact(attempt)
    ruling = policy.rule_on(profile, contact)
    covering, near = connection_contacts.look_at(session, who, adult.id, other.id, [contact])
    tell = ruling.tell
    if incident_state.headteacher_among(session, [adult.id, other.id]):
        # CON-5: a headteacher is not told of an attempt of their own as if it were somebody else's.
        tell = tuple(Notify.CHAIR_OF_GOVERNORS if each is Notify.HEADTEACHER else each for each in tell)
    tell = tuple(dict.fromkeys(tell))
    wording = profile.rules.get(ruling.rule)
    version = session.execute(
        select(PolicyProfile.number, PolicyProfile.title).where(PolicyProfile.id == profile_id)
    ).one()
    return AttemptView(
        ruling=ruling,
        standing=policy.STANDING_LABELS[ruling.standing],
        rule=None if wording is None else RuleText(ruling.rule, wording.title, wording.wording),
        tell=tell,
        told=", ".join(NOTIFY_LABELS[each] for each in tell),
        covering=covering,
        near=near,
        partial=connection_contacts.unseen(session, who, adult.id, other.id),
        remarks=tuple(_remarks(attempt, adult, other)),
        profile_number=version.number,
        profile_title=version.title,
    )


def _remarks(attempt: AttemptDraft, adult: Person, other: Person) -> list[str]:
    """What the records of the two say against what was chosen. Nothing here stands in the way."""
    found = []
    if attempt.adult_kind not in kinds_of(adult.kind, adult.also):
        found.append(
            f"{name_of(adult)} is on record as {_label(adult)}, not as {KIND_LABELS[attempt.adult_kind].lower()}."
        )
    is_pupil = attempt.capacity in (Capacity.PUPIL, Capacity.FORMER_PUPIL)
    if is_pupil and PersonKind.PUPIL not in kinds_of(other.kind, other.also):
        found.append(f"{name_of(other)} is on record as {_label(other)}, not as a pupil.")
    left = other.left_on is not None and attempt.on is not None and other.left_on <= attempt.on
    if attempt.capacity is Capacity.PUPIL and left:
        found.append(f"{name_of(other)} had left the school by then: choose “Former pupil”.")
    if attempt.capacity is Capacity.FORMER_PUPIL and not left and other.kind == PersonKind.PUPIL:
        found.append(f"No leaving date before that day is on record for {name_of(other)}.")
    return found


def _label(person: Person) -> str:
    return in_a_sentence(KIND_LABELS[PersonKind(person.kind)])


@needs(Permission.INCIDENTS_EDIT)
def incident_draft(ctx: Context, attempt: AttemptDraft) -> IncidentDraft:
    """The incident this attempt becomes, for somebody to look at, complete and save.

    Its author is who began it; where both did, or nobody knows, the adult, whose part is judged more strictly. It is
    marked confidential where the policy calls it a breach: safeguarding if a child began it, else about a member of
    staff. Saved, it leaves a line in the history of the exceptions that cover the attempt or nearly do. Raises Invalid
    as ``look`` does, and where an exception covers the attempt and nobody says why it is logged all the same.
    """
    with ctx.database.reading() as session:
        adult, other = _people(session, attempt, ctx.today())
        view = _view(session, ctx, attempt, adult, other)
    _require_reason(attempt, view)
    return _incident(ctx, attempt, view, name_of(adult), name_of(other))


def _require_reason(attempt: AttemptDraft, view: AttemptView) -> None:
    if view.covered and len(attempt.reason.strip()) < 3:
        named = ", ".join(each.reference for each in view.covering)
        raise Invalid.one(
            "reason",
            f"{named} allows this. If it is to be logged all the same, for example because a condition was not kept, "
            "say why.",
        )


def _incident(
    ctx: Context, attempt: AttemptDraft, view: AttemptView, adult_name: str, other_name: str
) -> IncidentDraft:
    if attempt.adult_id is None or attempt.other_id is None:
        raise ValueError("An attempt without people is checked before it is drafted.")
    other_kind = CAPACITY_KINDS[attempt.capacity]
    child_began = attempt.initiator is Initiator.OTHER
    roles = (
        (PersonRole.AFFECTED, PersonRole.AUTHOR) if child_began else (PersonRole.AUTHOR, PersonRole.AFFECTED)
    )
    people = [
        PersonInIncident(attempt.adult_id, roles[0], attempt.adult_kind, adult_name),
        PersonInIncident(attempt.other_id, roles[1], other_kind, other_name),
    ]
    marked = Confidentiality.NORMAL
    if view.ruling.standing is Standing.BREACH:
        marked = Confidentiality.SAFEGUARDING if child_began else Confidentiality.STAFF
    said = [attempt.said.strip()]
    if view.covered and attempt.reason.strip():
        named = ", ".join(each.reference for each in view.covering)
        said.append(f"Logged although {named} covers it: {attempt.reason.strip()}")
    return IncidentDraft(
        received_at=ctx.now(),
        summary=_summary(attempt),
        posted_on=attempt.on,
        platform=attempt.platform.strip(),
        said="\n\n".join(part for part in said if part),
        conduct=(Conduct.FOLLOW if attempt.link is Link.FOLLOW else Conduct.CONTACT_REQUEST,),
        people=tuple(sorted(people, key=lambda line: line.role is not PersonRole.AUTHOR)),
        confidentiality=marked,
    )


def _summary(attempt: AttemptDraft) -> str:
    """What happened in neutral words. Names stand with the people, not in the list's first line (INC-14)."""
    adult = f"a {in_a_sentence(KIND_LABELS[attempt.adult_kind])}"
    other = {
        Capacity.PUPIL: "a pupil",
        Capacity.FORMER_PUPIL: "a former pupil",
        Capacity.PARENT: "a parent or carer",
        Capacity.FORMER_PUPIL_FAMILY: "the family of a former pupil",
    }[attempt.capacity]
    where = reference_data.platform_label(attempt.platform.strip()) or "a platform not known"
    first, second = (other, adult) if attempt.initiator is Initiator.OTHER else (adult, other)
    directed = attempt.initiator in (Initiator.ADULT, Initiator.OTHER)
    way = f"from {first} to {second}" if directed else f"between {first} and {second}"
    asked = _REQUESTS[attempt.link]
    words = {
        Link.FRIEND: f"{asked} on {where} {way}",
        Link.FOLLOW: f"{first} follows {second} on {where}" if directed else f"Following on {where} {way}",
        Link.MESSAGE: f"Messages on {where} {way}",
        Link.GROUP: f"{first} and {second} in the same group on {where}",
        Link.GAME: f"{first} and {second} play together on {where}",
    }[attempt.link]
    if attempt.link is Link.GROUP and directed:
        words += f", begun by {first}"
    if attempt.accepted is not None:
        # What is accepted or not is a request: nobody follows anybody by it yet.
        words = f"{asked} on {where} {way}, {'accepted' if attempt.accepted else 'not accepted'}"
    unknown = "; who began it is not known" if attempt.initiator is Initiator.UNKNOWN else ""
    return f"{words[0].upper()}{words[1:]}{unknown}"
