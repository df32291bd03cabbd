"""The fields of an incident as typed: tidied, checked, compared, and said in words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db.models import Incident, IncidentConduct, IncidentFourC, IncidentPerson, Person, User
from smdesk.errors import FieldChange, Problem
from smdesk.policy.deadlines import clock_words
from smdesk.policy.vocabulary import CONDUCT_LABELS, FOUR_C_LABELS, KIND_LABELS, Conduct, FourC, PersonKind
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Role, Sight, allowed, may_see
from smdesk.services import reference_data, sight
from smdesk.services.context import LOCAL
from smdesk.services.driver import driver
from smdesk.services.incident_records import (
    CONFIDENTIALITY_LABELS,
    PERSON_ROLE_LABELS,
    Confidentiality,
    IncidentDraft,
    PersonInIncident,
    PersonRole,
)
from smdesk.services.incident_state import headteacher_among, person_name
from smdesk.services.incident_words import in_order, reference
from smdesk.services.sight import Reader

FIELD_LABELS: Final[dict[str, str]] = {
    "received_at": "Received",
    "summary": "Summary",
    "posted_on": "Posted on",
    "posted_time": "Posted at",
    "platform": "Platform",
    "link": "Link",
    "visibility": "Public or private",
    "on_school_account": "On a school account",
    "said": "What was said",
    "conduct": "What was done",
    "four_cs": "Four Cs",
    "people": "People",
    "consent_notes": "Consent notes",
    "data_protection": "For the data protection lead",
    "confidentiality": "Confidentiality",
    "retention_class": "Retention class",
    "handled_by": "Handled by",
    "linked": "Linked incidents",
}

SIGNIFICANT: Final = ("confidentiality", "people", "conduct")
"""Changes that belong in the chronology; the rest stand in the audit log alone, so that it stays readable."""

_LONGEST: Final[dict[str, int]] = {
    "summary": 300,
    "platform": 100,
    "link": 2000,
    "said": 100_000,
    "consent_notes": 20_000,
}
_VISIBILITY: Final[dict[str, str]] = {"": "Not known", "public": "Public", "private": "Private"}
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*)\s*:", re.IGNORECASE)
_SAFE_SCHEMES: Final = frozenset({"http", "https"})
_NOT_A_SCHEME = re.compile(r"\s*[a-z0-9.-]+:\d+(/|$)", re.IGNORECASE)
_EARLIEST: Final = date(2000, 1, 1)
_CLOCK_SLACK: Final = timedelta(minutes=5)
"""Two computers' clocks may differ by this much before a time counts as lying in the future."""


def tidied(draft: IncidentDraft) -> IncidentDraft:
    """The draft without stray spaces, its choices in the vocabulary's order and its names left out."""
    return replace(
        draft,
        summary=" ".join(draft.summary.split()),
        posted_time=draft.posted_time.strip(),
        platform=" ".join(draft.platform.split()),
        link=draft.link.strip(),
        said=draft.said.strip("\n\r ").replace("\r\n", "\n"),
        consent_notes=draft.consent_notes.strip().replace("\r\n", "\n"),
        conduct=in_order(draft.conduct),
        four_cs=tuple(each for each in FourC if each in draft.four_cs),
        people=tuple(PersonInIncident(line.person_id, line.role, line.kind) for line in draft.people),
        linked=tuple(sorted(set(draft.linked))),
    )


def problems(
    session: Session, who: Reader, draft: IncidentDraft, incident: Incident | None, now: datetime
) -> list[Problem]:
    """Everything wrong with a tidied draft, in the order of the form; an empty list when it can be saved."""
    return [
        *_time_problems(draft, now),
        *_text_problems(draft),
        *_people_problems(session, draft),
        *_handler_problems(session, draft, incident),
        *_link_problems(session, who, draft, incident),
    ]


def _time_problems(draft: IncidentDraft, now: datetime) -> Iterable[Problem]:
    received = draft.received_at
    if received is None:
        yield Problem("received_at", "Say when the school heard of it: the reply clock starts there.")
    elif received.tzinfo is None:
        raise ValueError("received_at must know its time zone.")
    elif received > now + _CLOCK_SLACK:
        yield Problem("received_at", "The time it was received lies in the future. Check date and time.")
    elif received.astimezone(LOCAL).date() < _EARLIEST:
        yield Problem("received_at", "The time it was received lies before the year 2000. Check the date.")
    time_is_good = _TIME.fullmatch(draft.posted_time) is not None
    if draft.posted_time and not time_is_good:
        yield Problem("posted_time", "Write the time of the post as hours and minutes, for example 18:30.")
    if draft.posted_on is None:
        if draft.posted_time:
            yield Problem(
                "posted_on", "There is a time for the post but no date. Add the date or clear the time."
            )
        return
    if draft.posted_on < _EARLIEST:
        yield Problem("posted_on", "The date of the post lies before the year 2000. Check the date.")
    if received is not None:
        local = received.astimezone(LOCAL)
        if draft.posted_on > local.date():
            yield Problem("posted_on", "The post cannot be newer than the day the school heard of it.")
        elif draft.posted_on == local.date() and time_is_good and draft.posted_time > f"{local:%H:%M}":
            yield Problem("posted_time", "The post cannot be newer than the time the school heard of it.")


def _text_problems(draft: IncidentDraft) -> Iterable[Problem]:
    if not draft.summary:
        yield Problem("summary", "Say in a sentence what happened: the summary is how the list shows it.")
    for field, longest in _LONGEST.items():
        length = len(getattr(draft, field))
        if length > longest:
            yield Problem(
                field, f"{FIELD_LABELS[field]} is {length:,} letters long; at most {longest:,} can be kept."
            )
    fault = link_fault(draft.link)
    if fault:
        yield Problem("link", fault)
    if draft.visibility not in _VISIBILITY:
        yield Problem("visibility", "Choose public, private or not known.")
    if draft.retention_class and draft.retention_class not in reference_data.retention_labels():
        yield Problem("retention_class", "Choose one of the retention classes offered.")


def link_fault(link: str) -> str:
    """What is wrong with a link, or "". Any address or words are kept; one that would run something is not."""
    if any(ord(char) < 32 or ord(char) == 127 for char in link):
        return "The link may not hold line breaks or control characters. Paste the address alone."
    scheme = _SCHEME.match(link)
    if scheme is None or _NOT_A_SCHEME.match(link) or " " in link.split(":", 1)[0].strip():
        return ""
    if scheme.group(1).lower() not in _SAFE_SCHEMES:
        return (
            f"A link that starts with “{scheme.group(1)}:” is not kept, because opening it could run something. "
            "Use the web address (https://…), or write the place in words."
        )
    return ""


def _people_problems(session: Session, draft: IncidentDraft) -> Iterable[Problem]:
    wanted = {line.person_id for line in draft.people}
    found = (
        dict(
            driver(session)
            .execute(
                "SELECT id, merged_into FROM person WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(wanted)),),
            )
            .fetchall()
        )
        if wanted
        else {}
    )
    if wanted - set(found):
        yield Problem(
            "people",
            "One of the people is no longer on record. Take them out of the list and choose them again.",
        )
    names = {}
    twice = [
        pair
        for pair, times in Counter((each.person_id, each.role) for each in draft.people).items()
        if times > 1
    ]
    if twice:
        names = people_names(session, (person_id for person_id, _ in twice))
    for person_id, role in twice:
        yield Problem(
            "people",
            f"{names.get(person_id, 'Somebody')} is there twice as “{PERSON_ROLE_LABELS[role]}”. Take one out.",
        )
    gone = [person_id for person_id, merged_into in found.items() if merged_into is not None]
    if gone:
        names = people_names(session, gone)
        for person_id in gone:
            yield Problem(
                "people",
                f"The record of {names[person_id]} was merged into another. Take it out and choose the person again.",
            )


def _handler_problems(session: Session, draft: IncidentDraft, incident: Incident | None) -> Iterable[Problem]:
    if draft.handled_by is None:
        return
    user = session.get(User, draft.handled_by)
    roles = frozenset(Role(code) for code in user.roles) if user is not None else frozenset()
    if user is None or not allowed(roles, Permission.STEPS_RECORD):
        yield Problem("handled_by", "Choose somebody who may handle incidents.")
        return
    kept = incident is not None and incident.handled_by == user.id
    if not user.active and not kept:
        yield Problem("handled_by", f"The account of {user.name} is closed. Choose somebody else.")
    authors = [line.person_id for line in draft.people if line.role is PersonRole.AUTHOR]
    sight_of_handler = may_see(
        roles,
        draft.confidentiality,
        logged_by_me=False,
        assigned_to_me=True,
        headteacher_is_subject=headteacher_among(session, authors),
        i_am_subject=not sight.same_person(session, user.person_id).isdisjoint(authors),
    )
    if sight_of_handler is not Sight.FULL:
        yield Problem(
            "handled_by",
            f"{user.name} may not open this incident as it is marked. Choose somebody who may, or nobody.",
        )


def _link_problems(
    session: Session, who: Reader, draft: IncidentDraft, incident: Incident | None
) -> Iterable[Problem]:
    if not draft.linked:
        return
    if incident is not None and incident.id in draft.linked:
        yield Problem("linked", "An incident cannot be linked to itself.")
    if set(draft.linked) - set(visible_among(session, who, draft.linked)):
        yield Problem("linked", "One of the linked incidents does not exist, or is not open to you.")


def visible_among(session: Session, who: Reader, incident_ids: Iterable[int]) -> dict[int, str]:
    """Those of the incidents that this reader may see in full, with their references, in order of id."""
    wanted = sorted(set(incident_ids))
    if not wanted:
        return {}
    where = sight.where_full(who)
    rows = session.execute(
        text(
            where.within(
                "SELECT id, year, number FROM incident"
                " WHERE id IN (SELECT value FROM json_each(:wanted)) AND {seen} ORDER BY id"
            )
        ),
        {**where.params, "wanted": json.dumps(wanted)},
    )
    return {row.id: reference(row.year, row.number) for row in rows}


def people_names(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """Names by person id."""
    rows = session.execute(
        select(Person.id, Person.given_name, Person.family_name).where(Person.id.in_(set(person_ids)))
    )
    return {row.id: person_name(row.given_name, row.family_name) for row in rows}


def user_names(session: Session, user_ids: Iterable[int | None]) -> dict[int, str]:
    """Names of users by id."""
    wanted = {each for each in user_ids if each is not None}
    if not wanted:
        return {}
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all())


def stored(session: Session, incident: Incident, linked: Iterable[int]) -> IncidentDraft:
    """A saved incident as the draft it would be if it were typed again. ``linked`` is what the reader may see."""
    people = session.execute(
        select(
            IncidentPerson.person_id,
            IncidentPerson.role,
            IncidentPerson.kind,
            Person.given_name,
            Person.family_name,
        )
        .join(Person, Person.id == IncidentPerson.person_id)
        .where(IncidentPerson.incident_id == incident.id)
        .order_by(IncidentPerson.position, IncidentPerson.id)
    )
    conduct = session.scalars(
        select(IncidentConduct.conduct).where(IncidentConduct.incident_id == incident.id)
    )
    four_cs = set(
        session.scalars(select(IncidentFourC.four_c).where(IncidentFourC.incident_id == incident.id))
    )
    return IncidentDraft(
        received_at=incident.received_at,
        summary=incident.summary,
        posted_on=incident.posted_on,
        posted_time=incident.posted_time,
        platform=incident.platform,
        link=incident.link,
        visibility=incident.visibility,
        on_school_account=incident.on_school_account,
        said=incident.said,
        conduct=in_order(conduct),
        four_cs=tuple(each for each in FourC if each in four_cs),
        people=tuple(
            PersonInIncident(
                row.person_id,
                PersonRole(row.role),
                PersonKind(row.kind),
                person_name(row.given_name, row.family_name),
            )
            for row in people
        ),
        consent_notes=incident.consent_notes,
        data_protection=incident.data_protection,
        confidentiality=Confidentiality(incident.confidentiality),
        retention_class=incident.retention_class,
        handled_by=incident.handled_by,
        linked=tuple(sorted(linked)),
    )


def differences(session: Session, theirs: IncidentDraft, mine: IncidentDraft) -> list[FieldChange]:
    """The fields in which two drafts differ, each value in words, in the order of the form."""
    theirs, mine = tidied(theirs), tidied(mine)
    changed = [field for field in FIELD_LABELS if getattr(theirs, field) != getattr(mine, field)]
    if not changed:
        return []
    both = (theirs, mine)
    people = people_names(session, {line.person_id for draft in both for line in draft.people})
    users = user_names(session, (draft.handled_by for draft in both))
    links = references(session, {each for draft in both for each in draft.linked})
    return [
        FieldChange(
            field,
            FIELD_LABELS[field],
            *(_in_words(field, getattr(draft, field), people, users, links) for draft in both),
        )
        for field in changed
    ]


def references(session: Session, incident_ids: Iterable[int]) -> dict[int, str]:
    """References by incident id, whoever is asking: only for ids that were shown to the reader already."""
    rows = session.execute(
        select(Incident.id, Incident.year, Incident.number).where(Incident.id.in_(set(incident_ids)))
    )
    return {row.id: reference(row.year, row.number) for row in rows}


def moment_in_words(moment: datetime) -> str:
    """A moment as the school's clock showed it, for example "2 May 2026, 23:50"."""
    local = moment.astimezone(LOCAL)
    return f"{written_day(local)}, {clock_words(local)}"


def _in_words(
    field: str, value: object, people: dict[int, str], users: dict[int, str], links: dict[int, str]
) -> str:
    match field, value:
        case ("visibility", str()):
            return _VISIBILITY.get(str(value), str(value))
        case (_, None | "" | ()):
            return "(nothing)"
        case (_, bool()):
            return "Yes" if value else "No"
        case (_, datetime()):
            return moment_in_words(value)
        case (_, date()):
            return written_day(value)
        case ("platform", str()):
            return reference_data.platform_label(value)
        case ("retention_class", str()):
            return reference_data.retention_labels().get(value, value)
        case ("confidentiality", Confidentiality()):
            return CONFIDENTIALITY_LABELS[value]
        case ("handled_by", int()):
            return users.get(value, "somebody no longer on record")
        case ("linked", tuple()):
            return ", ".join(links.get(each, "an incident no longer on record") for each in value)
        case ("people", tuple()):
            return "; ".join(
                f"{people.get(line.person_id, 'somebody no longer on record')} "
                f"({PERSON_ROLE_LABELS[line.role].lower()}, as {KIND_LABELS[line.kind].lower()})"
                for line in value
            )
        case ("conduct", tuple()):
            return ", ".join(CONDUCT_LABELS[Conduct(each)] for each in value)
        case ("four_cs", tuple()):
            return ", ".join(FOUR_C_LABELS[FourC(each)] for each in value)
    return str(value)
