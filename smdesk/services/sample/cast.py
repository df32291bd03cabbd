"""Everybody at the sample school put on record, and who they are in its stories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date

from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission
from smdesk.services import people, users
from smdesk.services.context import Context, needs
from smdesk.services.people_records import PersonDraft, Relation
from smdesk.services.sample import people as invented
from smdesk.services.sample import ties

FAMILIES = 60


@dataclass(slots=True)
class Cast:
    """Everybody the school knows of."""

    by_kind: dict[PersonKind, list[int]] = field(default_factory=lambda: {kind: [] for kind in PersonKind})
    """Whom an incident of the log can be about."""
    families: list[tuple[list[int], list[int]]] = field(default_factory=list)
    """Ids of each family's parents and children."""
    consents: list[tuple[list[int], str]] = field(default_factory=list)
    """Each family's pupils, and which parent answers for them."""
    named: dict[str, tuple[int, PersonKind]] = field(default_factory=dict)
    """Whom the register can be about, by full name: all who work with the school, and some families of its own."""
    classes: dict[str, list[int]] = field(default_factory=dict)
    """The pupils of each class, those of the register among them."""
    joined: dict[int, date | None] = field(default_factory=dict)
    """When each of them joined the school."""
    size: int = 0
    """How many people the school put on record itself."""


@needs(Permission.PEOPLE_EDIT)
def add_everybody(ctx: Context, today: date, chance: random.Random) -> Cast:
    """Put everybody on record, as they stand ``today``. Who signs in is a person too: nobody decides about themselves
    (CON-5).
    """
    cast = Cast()
    for family in invented.families(FAMILIES, today, chance):
        parents = [_add(ctx, cast, draft) for draft in family.parents]
        pupils = [_add(ctx, cast, draft) for draft in family.pupils]
        for parent in parents:
            for pupil in pupils:
                people.link(ctx, parent, Relation.PARENT_OF, pupil, "", parental_responsibility=True)
        cast.by_kind[PersonKind.PARENT] += parents
        cast.by_kind[PersonKind.PUPIL] += pupils
        cast.families.append((parents, pupils))
        giver = family.parents[0]
        cast.consents.append((pupils, f"{giver.given_name} {giver.family_name}"))
    for draft in invented.others(today):
        person = _add(ctx, cast, draft)
        cast.by_kind[draft.kind].append(person)
        cast.named[f"{draft.given_name} {draft.family_name}"] = (person, draft.kind)
    for draft in ties.people(today):
        cast.named[f"{draft.given_name} {draft.family_name}"] = (_add(ctx, cast, draft), draft.kind)
    _add_users(ctx, cast, today)
    for one, relation, other in ties.links():
        held = relation is Relation.PARENT_OF  # a foster carer does not hold it
        people.link(ctx, cast.named[one][0], relation, cast.named[other][0], "", parental_responsibility=held)
    return cast


_OUTSIDE = {PersonKind.PUPIL: "P", PersonKind.PARENT: "C", PersonKind.STAFF: "S"}
"""How the school's management system begins the numbers of those it knows."""


def _add(ctx: Context, cast: Cast, draft: PersonDraft) -> int:
    cast.size += 1
    if draft.kind in _OUTSIDE:
        draft = replace(draft, outside_id=f"{_OUTSIDE[draft.kind]}{20_400 + 7 * cast.size}")
    person = people.save(ctx, draft).id
    cast.joined[person] = draft.joined_on
    if draft.class_name:
        cast.classes.setdefault(draft.class_name, []).append(person)
    return person


def _add_users(ctx: Context, cast: Cast, today: date) -> None:
    for row in users.list_users(ctx):
        kind, years = ties.USER_PEOPLE[row.draft.login]
        title, given, family = row.draft.name.split(" ", 2)
        joined = date(invented.school_year(today) - years, 9, 1)
        draft = PersonDraft(kind, title=title, given_name=given, family_name=family, joined_on=joined)
        person = row.draft.person_id
        if person is None:
            person = _add(ctx, cast, draft)
            users.save(ctx, row.id, replace(row.draft, person_id=person), row.version)
        else:
            # The assistant put them on record when the school was set up.
            cast.size += 1
            cast.joined[person] = joined
            people.save(ctx, draft, person, people.record_of(ctx, person).version)
        cast.named[f"{given} {family}"] = (person, kind)
