"""What is wrong with a declaration: everything at once, field by field, each in a sentence (CON-2, PPL-2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from smdesk.errors import Problem
from smdesk.policy.conduct import SCHOOL_ADULTS
from smdesk.policy.vocabulary import (
    KIND_LABELS,
    Capacity,
    PersonKind,
    Relationship,
)
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services import reference_data
from smdesk.services.connection_fields import FIELD_LABELS
from smdesk.services.connection_records import Agreement, DeclarationDraft
from smdesk.services.connection_words import reference
from smdesk.services.driver import driver, stored_day
from smdesk.services.incident_state import person_name
from smdesk.services.people_records import kinds_of
from smdesk.services.sight import Where, same_person

_LONGEST: Final[dict[str, int]] = {
    "relationship_note": 500,
    "known_how": 5_000,
    "since_words": 200,
    "evidence_seen": 5_000,
    "conditions_proposed": 5_000,
    "notes": 20_000,
}
_PLATFORM_LONGEST: Final = 100
_MOST_PLATFORMS: Final = 20
_MOST_OWN_WORDS: Final = 300
_EARLIEST: Final = date(1900, 1, 1)
_EARLIEST_DECLARED: Final = date(2000, 1, 1)
"""There was nothing to declare before."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is on record about somebody named in a declaration."""

    name: str
    kinds: tuple[PersonKind, ...]
    identified: bool
    merged: bool
    born: date | None
    joined_on: date | None
    left_on: date | None


def problems(
    session: Session,
    draft: DeclarationDraft,
    today: date,
    *,
    complete: bool = False,
) -> list[Problem]:
    """Everything wrong with a tidied draft, in the order of the form; an empty list when it can be saved.

    With ``complete`` also what is missing to put it to the decider.
    """
    known = _people(session, [draft.adult_id, draft.other_id, draft.declarant_id])
    found = [
        *_adult_problems(draft, known, complete),
        *_other_problems(draft, known, complete),
        *_relationship_problems(draft, known, complete),
        *_link_problems(draft, complete),
        *_declared_problems(draft, known, today),
        *_agreement_problems(draft, today),
        *length_problems(draft),
    ]
    order = list(FIELD_LABELS)
    return sorted(found, key=lambda problem: order.index(problem.field))


def _people(session: Session, ids: Iterable[int | None]) -> dict[int, _Known]:
    wanted = sorted({each for each in ids if each is not None})
    rows = driver(session).execute(
        "SELECT id, given_name, family_name, kind, also, identified, merged_into, date_of_birth, joined_on, left_on"
        " FROM person WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(wanted),),
    )
    return {
        row[0]: _Known(
            person_name(row[1], row[2]),
            kinds_of(row[3], row[4]),
            bool(row[5]),
            row[6] is not None,
            stored_day(row[7]),
            stored_day(row[8]),
            stored_day(row[9]),
        )
        for row in rows
    }


def _standing_problems(field: str, person_id: int, known: dict[int, _Known]) -> Iterable[Problem]:
    """What is wrong with a person whoever they are: gone, a duplicate, or a name nobody stands behind."""
    person = known.get(person_id)
    if person is None:
        yield Problem(field, "This person is no longer on record. Choose the person again.")
    elif person.merged:
        yield Problem(field, f"The record of {person.name} was merged into another. Choose the person again.")
    elif not person.identified:
        yield Problem(
            field,
            f"{person.name} is known only by a name online. Find out who it is first: a connection is declared "
            "between two people.",
        )


def _adult_problems(draft: DeclarationDraft, known: dict[int, _Known], complete: bool) -> Iterable[Problem]:
    if draft.adult_id is None:
        yield Problem("adult_id", "Choose the adult who works with the school.")
        return
    wrong = list(_standing_problems("adult_id", draft.adult_id, known))
    yield from wrong
    if draft.adult_id == draft.other_id:
        yield Problem("other_id", "One person cannot be both sides of a connection. Choose two people.")
    if wrong:
        return
    adult = known[draft.adult_id]
    works_as = [kind for kind in adult.kinds if kind in SCHOOL_ADULTS]
    if not works_as:
        # A sixth-former who volunteers is both; the record has to say so (PPL-2).
        yield Problem(
            "adult_id",
            f"{adult.name} is on record as {_kinds(adult.kinds)}, not as somebody who works with the school. If "
            "that has changed, add staff, governor, volunteer or contractor to the person’s record first.",
        )
    elif draft.adult_kind not in works_as:
        yield Problem(
            "adult_kind",
            f"{adult.name} is on record as {_kinds(adult.kinds)}, not as {_kinds([draft.adult_kind])}. Choose one of "
            "these, or change the person’s record.",
        )
    if complete and adult.left_on is not None and draft.declared_on and adult.left_on <= draft.declared_on:
        yield Problem(
            "adult_id",
            f"{adult.name} left the school on {written_day(adult.left_on)}, so there is nothing to allow. Correct the "
            "leaving date on the person’s record if it is wrong.",
        )
    yield from _joined_problems("adult_joined_on", draft.adult_joined_on, adult)


def _other_problems(draft: DeclarationDraft, known: dict[int, _Known], complete: bool) -> Iterable[Problem]:
    if draft.other_id is None:
        yield Problem("other_id", "Choose the pupil, former pupil or parent.")
        return
    wrong = list(_standing_problems("other_id", draft.other_id, known))
    yield from wrong
    if wrong:
        return
    other = known[draft.other_id]
    left = (
        other.left_on if other.left_on and draft.declared_on and other.left_on <= draft.declared_on else None
    )
    is_pupil = PersonKind.PUPIL in other.kinds
    if draft.capacity is Capacity.PUPIL and not is_pupil:
        yield Problem(
            "capacity",
            f"{other.name} is on record as {_kinds(other.kinds)}, not as a pupil. Choose what they are, or change the "
            "person’s record.",
        )
    elif draft.capacity is Capacity.PUPIL and left is not None:
        yield Problem(
            "capacity",
            f"{other.name} left the school on {written_day(left)}, before this was declared. Choose former pupil.",
        )
    elif draft.capacity is Capacity.FORMER_PUPIL and is_pupil and left is None:
        yield Problem(
            "capacity",
            f"{other.name} is on record as a pupil of the school and has not left. Choose pupil, or put the leaving "
            "date on the person’s record.",
        )
    elif draft.capacity is Capacity.PARENT and PersonKind.PARENT not in other.kinds:
        yield Problem(
            "capacity",
            f"{other.name} is on record as {_kinds(other.kinds)}, not as a parent or carer. Choose what they are, or "
            "change the person’s record.",
        )
    elif draft.capacity is Capacity.PARENT and complete and left is not None:
        yield Problem(
            "other_id",
            f"{other.name} left the school on {written_day(left)}, so there is nothing to allow. Correct the leaving "
            "date on the person’s record if it is wrong.",
        )
    yield from _joined_problems("other_joined_on", draft.other_joined_on, other)


def _joined_problems(field: str, joined_on: date | None, person: _Known) -> Iterable[Problem]:
    if joined_on is None:
        return
    if joined_on < _EARLIEST:
        yield Problem(field, f"{FIELD_LABELS[field]}: the date lies before 1900. Check the year.")
    elif person.born is not None and joined_on < person.born:
        yield Problem(
            field,
            f"{person.name} cannot have joined the school before being born on {written_day(person.born)}. Check the "
            "dates.",
        )
    elif person.left_on is not None and joined_on > person.left_on:
        yield Problem(
            field,
            f"{person.name} left the school on {written_day(person.left_on)} and cannot have joined after that. Check "
            "the dates.",
        )


def _relationship_problems(
    draft: DeclarationDraft, known: dict[int, _Known], complete: bool
) -> Iterable[Problem]:
    if complete and draft.relationship is None:
        yield Problem(
            "relationship", "Say what the adult is to the other person: it is what the decision rests on."
        )
    if complete and draft.relationship is Relationship.OTHER and not draft.relationship_note:
        yield Problem("relationship_note", "Say in a few words what the relationship is.")
    if complete and not draft.known_how and not draft.evidence_seen:
        # CON-2: whoever decides has to know what the relationship is taken from, not only what somebody says it is.
        yield Problem(
            "known_how", "Say how the school knows it, or what evidence was seen: the decision rests on it."
        )
    since = draft.since_on
    if since is None:
        return
    if since < _EARLIEST:
        yield Problem("since_on", "The relationship’s beginning lies before 1900. Check the year.")
    elif draft.declared_on is not None and since > draft.declared_on:
        yield Problem(
            "since_on",
            f"The relationship cannot begin after the day it was declared, {written_day(draft.declared_on)}. Check the "
            "two dates.",
        )
    else:
        for person in (known.get(each) for each in (draft.adult_id, draft.other_id) if each is not None):
            if person is not None and person.born is not None and since < person.born:
                yield Problem(
                    "since_on",
                    f"The relationship cannot be older than {person.name}, born on {written_day(person.born)}. Check "
                    "the dates.",
                )


def _link_problems(draft: DeclarationDraft, complete: bool) -> Iterable[Problem]:
    if complete and not draft.platforms:
        yield Problem("platforms", "Name at least one platform: an exception is for certain platforms only.")
    if complete and not draft.links:
        yield Problem("links", "Choose at least one kind of link: friend, follower, messages, group or game.")
    if len(draft.platforms) > _MOST_PLATFORMS:
        yield Problem("platforms", f"At most {_MOST_PLATFORMS} platforms can be kept in one declaration.")
    known_codes = {each.code for each in reference_data.platforms()}
    own = [each for each in draft.platforms if each not in known_codes]
    if complete and sum(map(len, own)) > _MOST_OWN_WORDS:
        # More, and the printed decision could not carry its proof.
        yield Problem(
            "platforms",
            f"The names of platforms in your own words have more than {_MOST_OWN_WORDS} letters together. Name them "
            "more shortly, and say the rest under conditions.",
        )
    for platform in draft.platforms:
        if len(platform) > _PLATFORM_LONGEST:
            yield Problem(
                "platforms",
                f"The name of a platform is {len(platform)} letters long; at most {_PLATFORM_LONGEST} can be kept.",
            )


def _declared_problems(draft: DeclarationDraft, known: dict[int, _Known], today: date) -> Iterable[Problem]:
    if draft.declared_on is None:
        yield Problem(
            "declared_on", "Say on which day it was declared: whether it was late is worked out from it."
        )
    elif draft.declared_on > today:
        yield Problem("declared_on", "The day of the declaration lies in the future. Check the date.")
    elif draft.declared_on < _EARLIEST_DECLARED:
        yield Problem("declared_on", "The day of the declaration lies before the year 2000. Check the date.")
    if draft.declarant_id is not None:
        person = known.get(draft.declarant_id)
        if person is None or person.merged:
            yield from _standing_problems("declarant_id", draft.declarant_id, known)


def _agreement_problems(draft: DeclarationDraft, today: date) -> Iterable[Problem]:
    if draft.agreement_on is None:
        return
    if draft.agreement is Agreement.NOT_ASKED:
        yield Problem(
            "agreement",
            "There is a date for the agreement but not whether it was signed or declined. Choose one.",
        )
    if draft.agreement_on > today:
        yield Problem("agreement_on", "The date of the agreement lies in the future. Check the date.")
    elif draft.agreement_on < _EARLIEST_DECLARED:
        yield Problem("agreement_on", "The date of the agreement lies before the year 2000. Check the date.")


def length_problems(draft: DeclarationDraft) -> Iterable[Problem]:
    """Texts that are longer than can be kept."""
    for field, longest in _LONGEST.items():
        length = len(getattr(draft, field))
        if length > longest:
            yield Problem(
                field, f"{FIELD_LABELS[field]} is {length:,} letters long; at most {longest:,} can be kept."
            )


def rivals(
    session: Session,
    where: Where,
    draft: DeclarationDraft,
    exception_id: int | None,
    supersedes: int | None,
    today: date,
) -> list[tuple[int, str, str]]:
    """Live exceptions between the same two people with a platform in common: (id, reference, platform in words).

    Those that this one takes the place of, and that take this one's place, are none. Only what ``where`` lets through
    counts: that a hidden record exists must not be learnt from a refusal.
    """
    if draft.adult_id is None or draft.other_id is None or not draft.platforms:
        return []
    rows = (
        driver(session)
        .execute(
            where.within(
                "WITH RECURSIVE earlier(id) AS (SELECT :supersedes UNION"
                " SELECT e.supersedes_id FROM connection_exception AS e JOIN earlier ON e.id = earlier.id),"
                " later(id) AS (SELECT :self UNION"
                " SELECT e.id FROM connection_exception AS e JOIN later ON e.supersedes_id = later.id)"
                " SELECT connection_exception.id, year, number, p.platform FROM connection_exception"
                " JOIN exception_platform AS p ON p.exception_id = connection_exception.id"
                " WHERE adult_id IN (SELECT value FROM json_each(:adults))"
                " AND other_id IN (SELECT value FROM json_each(:others))"
                " AND withdrawn_at IS NULL AND (ends_on IS NULL OR ends_on > :today)"
                " AND (from_on IS NOT NULL OR status <> 'refused')"
                " AND connection_exception.id NOT IN (SELECT id FROM earlier WHERE id IS NOT NULL"
                " UNION SELECT id FROM later WHERE id IS NOT NULL)"
                " AND {seen} ORDER BY connection_exception.id, p.platform"
            ),
            {
                **where.params,
                "supersedes": supersedes,
                "self": exception_id,
                "adults": json.dumps(sorted(same_person(session, draft.adult_id))),
                "others": json.dumps(sorted(same_person(session, draft.other_id))),
                "today": today.isoformat(),
            },
        )
        .fetchall()
    )
    wanted = {platform.casefold() for platform in draft.platforms}
    found: dict[int, tuple[int, str, str]] = {}
    for row in rows:
        if row[3].casefold() in wanted:
            found.setdefault(
                row[0], (row[0], reference(row[1], row[2]), reference_data.platform_label(row[3]))
            )
    return list(found.values())


def rival_problems(found: Iterable[tuple[int, str, str]]) -> list[Problem]:
    """A second record for the same pair and platform, in words."""
    return [
        Problem(
            "platforms",
            f"{name} is about the same two people on {platform} already. Open that one, or choose “Declare anew” in it "
            "if it is decided and something has changed.",
        )
        for _, name, platform in found
    ]


def _kinds(kinds: Iterable[PersonKind]) -> str:
    return " and ".join(in_a_sentence(KIND_LABELS[kind]) for kind in kinds)
