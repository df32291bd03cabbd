"""The contacts in an incident, and the exceptions that cover them or nearly do (CON-2, CON-3).

These functions take a session, as those of ``incident_state`` do: the caller has checked who may do what. What they
find is what the reader may see of the register, and where that is not all of it they say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionEvent, ConnectionException, Incident, User
from smdesk.policy import connections as policy
from smdesk.policy.conduct import CONNECTIONS, SCHOOL_ADULTS
from smdesk.policy.connections import Contact, Held
from smdesk.policy.vocabulary import (
    LINK_LABELS,
    Capacity,
    Conduct,
    Initiator,
    Link,
    PersonKind,
)
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Sight, allowed, may_see_exception
from smdesk.services import connection_state, incident_state, reference_data
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality, FoundException, PersonRole
from smdesk.services.incident_state import Case, PersonLine
from smdesk.services.incident_words import reference
from smdesk.services.sight import Reader, same_person

__all__ = ["CAPACITY_KINDS", "Pair", "found_for", "look_at", "note_attempts", "pairs", "unseen"]

CAPACITY_KINDS: Final[dict[Capacity, PersonKind]] = {
    Capacity.PUPIL: PersonKind.PUPIL,
    Capacity.FORMER_PUPIL: PersonKind.PUPIL,
    Capacity.PARENT: PersonKind.PARENT,
    Capacity.FORMER_PUPIL_FAMILY: PersonKind.THIRD_PARTY,
}
"""What somebody in each capacity is to the school, as incidents and people name it."""

_LINKS: Final[dict[Conduct, tuple[Link, ...]]] = {
    Conduct.FOLLOW: (Link.FOLLOW,),
    # An incident does not tell a friend request from a message.
    Conduct.CONTACT_REQUEST: (Link.FRIEND, Link.MESSAGE),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people of an incident who came into contact, and the contact in the kinds of link it may have been."""

    adult: PersonLine
    other: PersonLine
    contacts: tuple[Contact, ...]


def pairs(case: Case) -> list[Pair]:
    """The contacts in an incident between an adult of the school and a pupil or parent. Others are none (CON-1)."""
    links = [link for conduct in case.conduct for link in _LINKS.get(conduct, ())]
    if not links:
        return []
    on = case.posted_on or incident_state.local_date(case.received_at)
    began = [line for line in case.people if line.role is PersonRole.AUTHOR]
    met = [line for line in case.people if line.role in (PersonRole.NAMED, PersonRole.AFFECTED)]
    found: dict[tuple[int, int], Pair] = {}
    for author in began:
        for line in met:
            adult, other, initiator = author, line, Initiator.ADULT
            if author.kind not in SCHOOL_ADULTS:
                adult, other, initiator = line, author, Initiator.OTHER
            capacity = _capacity(other, on)
            if adult.kind not in SCHOOL_ADULTS or capacity is None or adult.person_id == other.person_id:
                continue
            contacts = tuple(
                Contact(adult.kind, capacity, link, initiator, on, case.platform) for link in links
            )
            found.setdefault((adult.person_id, other.person_id), Pair(adult, other, contacts))
    return list(found.values())


def _capacity(line: PersonLine, on: date) -> Capacity | None:
    if line.kind is PersonKind.PUPIL:
        left = line.left_on is not None and line.left_on <= on
        return Capacity.FORMER_PUPIL if left else Capacity.PUPIL
    return Capacity.PARENT if line.kind is PersonKind.PARENT else None


def found_for(session: Session, who: Reader, case: Case) -> tuple[FoundException, ...]:
    """What the incident form says of the register: what covers each contact, what nearly does, or that nothing does."""
    found: list[FoundException] = []
    for pair in pairs(case):
        found.extend(_of_pair(session, who, pair))
    return tuple(found)


def _of_pair(session: Session, who: Reader, pair: Pair) -> Iterable[FoundException]:
    names = f"{pair.adult.name} and {pair.other.name}"
    if not allowed(who.roles, Permission.CONNECTIONS_READ):
        yield FoundException(
            f"Whether an exception is on record for {names} is not shown to you. Ask the headteacher.",
            None,
            "",
        )
        return
    covering, near = look_at(session, who, pair.adult.person_id, pair.other.person_id, pair.contacts)
    yield from covering
    yield from near
    closed = unseen(session, who, pair.adult.person_id, pair.other.person_id)
    if not covering and not near:
        more = f" {NOT_LOOKED_AT}" if closed else ""
        yield FoundException(f"No exception for {names} covers this or comes near to it.{more}", None, "")
    elif not covering and closed:
        yield FoundException(NOT_LOOKED_AT, None, "")


NOT_LOOKED_AT: Final = "Records that are not open to you were not looked at: the DSL can say more."


def unseen(session: Session, who: Reader, adult_id: int, other_id: int) -> bool:
    """Whether an exception between these two might be closed to this reader, if there were one."""
    concerned = incident_state.headteacher_among(session, [adult_id, other_id])
    return any(
        may_see_exception(who.roles, mark, recorded_by_me=False, headteacher_concerned=concerned)
        is not Sight.FULL
        for mark in Confidentiality
    )


def look_at(
    session: Session, who: Reader, adult_id: int, other_id: int, contacts: Sequence[Contact]
) -> tuple[tuple[FoundException, ...], tuple[FoundException, ...]]:
    """The exceptions that cover these contacts of two people, and those that nearly do, the nearest first.

    Several contacts are the same event in the kinds of link it may have been: what covers only some of them covers
    it where it was of that kind, and is said so.
    """
    held = connection_state.held_of(session, who, adult_id, other_id, contacts[0].on)
    labels = {each.code: each.label for each in reference_data.platforms()}
    results = [policy.coverage(held, contact, labels) for contact in contacts]
    covering: dict[int, tuple[Held, list[Link]]] = {}
    near: dict[int, tuple[Held, str]] = {}
    for contact, result in zip(contacts, results, strict=True):
        for one in result.covering:
            covering.setdefault(one.exception_id, (one, []))[1].append(contact.link)
        for miss in result.near:
            near.setdefault(miss.held.exception_id, (miss.held, miss.why))
    partly = [each for each in covering.values() if len(each[1]) < len(contacts)]
    wholly = [each for each in covering.values() if len(each[1]) == len(contacts)]
    found = [_covers(one, links, whole=True) for one, links in wholly]
    found += [_covers(one, links, whole=False) for one, links in partly]
    missed = [
        FoundException(f"Nearly: {one.reference} does not cover this. {why}", one.exception_id, one.reference)
        for exception_id, (one, why) in near.items()
        if exception_id not in covering
    ]
    return tuple(found), tuple(missed)


def _covers(one: Held, links: Sequence[Link], *, whole: bool) -> FoundException:
    since = f"approved, in force since {written_day(one.from_on)}" if one.from_on is not None else "approved"
    if one.ends_on is not None:
        since += f", until {written_day(one.ends_on)}"
    text = f"Allowed: {one.reference} covers this ({since}). Check its conditions."
    if not whole:
        what = " or ".join(LINK_LABELS[link].lower() for link in links)
        text = (
            f"{one.reference} ({since}) covers this if it was: {what}. Check what it was, and its conditions."
        )
    if one.unconfirmed_paper:
        text += " It was decided on paper, which the decider has not confirmed yet."
    return FoundException(text, one.exception_id, one.reference, covers=True, partly=not whole)


def note_attempts(
    session: Session, ctx: Context, who: Reader, incident: Incident
) -> frozenset[tuple[str, int]]:
    """Write an incident about a contact to the history of the exceptions it touches, once each (CON-3).

    A history is read by whoever sees the exception, so an incident that is kept from some of them leaves no line
    there: one that is confidential, or about somebody who uses SM Desk and must not learn of it here. Those who may
    open it find it beside the exception. Returns what was touched.
    """
    if incident.confidentiality != Confidentiality.NORMAL or incident.headteacher_is_subject:
        return frozenset()
    case = incident_state.case_of(session, incident)
    if _about_a_user(session, case):
        return frozenset()
    said = f"({reference(incident.year, incident.number)})"
    touched = set()
    for pair in pairs(case):
        covering, near = look_at(session, who, pair.adult.person_id, pair.other.person_id, pair.contacts)
        for found in (*covering, *near):
            exception = session.get_one(ConnectionException, found.exception_id)
            if _noted(session, exception.id, said):
                continue
            where = reference_data.platform_label(case.platform) or "a platform nobody knows"
            words = "covers" if found.covers else "does not cover"
            text = f"A contact on {where} that it {words} was logged as an incident {said}."
            connection_state.event(session, ctx, exception, "attempt", text, rule="CON-3")
            touched.add(("exception", exception.id))
    return frozenset(touched)


def _about_a_user(session: Session, case: Case) -> bool:
    authors = {line.person_id for line in case.people if line.role is PersonRole.AUTHOR}
    users = session.scalars(select(User.person_id).where(User.person_id.is_not(None))).all()
    return any(not authors.isdisjoint(same_person(session, person_id)) for person_id in users)


def _noted(session: Session, exception_id: int, said: str) -> bool:
    return (
        session.scalar(
            select(ConnectionEvent.id)
            .where(
                ConnectionEvent.exception_id == exception_id,
                ConnectionEvent.kind == "attempt",
                ConnectionEvent.text.contains(said, autoescape=True),
            )
            .limit(1)
        )
        is not None
    )


def touches_register(conduct: Iterable[Conduct]) -> bool:
    """Whether what was done is of the kind that an exception can allow."""
    return not CONNECTIONS.isdisjoint(conduct)
