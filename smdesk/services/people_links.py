"""How people on record belong together: whose parent or carer somebody is, and who holds parental responsibility."""

from __future__ import annotations

from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import Person, PersonLink
from smdesk.errors import Invalid, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, Saved, needs
from smdesk.services.people_base import name_of, standing_person, write_audit
from smdesk.services.people_records import RELATION_LABELS, RESPONSIBLE, LinkedPerson, Relation

_OPPOSITE: Final = {
    Relation.PARENT_OF: Relation.CHILD_OF,
    Relation.CHILD_OF: Relation.PARENT_OF,
    Relation.PARTNER_OF: Relation.PARTNER_OF,
    Relation.RELATED_TO: Relation.RELATED_TO,
}


def links_of(session: Session, person_id: int) -> tuple[LinkedPerson, ...]:
    """Everybody linked to this person, in the words of this person's side."""
    rows = session.scalars(
        select(PersonLink)
        .where(or_(PersonLink.person_id == person_id, PersonLink.other_id == person_id))
        .order_by(PersonLink.id)
    ).all()
    others = {
        person.id: person
        for person in session.scalars(
            select(Person).where(
                Person.id.in_({row.other_id for row in rows} | {row.person_id for row in rows})
            )
        )
    }
    found = []
    for row in rows:
        from_here = row.person_id == person_id
        other = others[row.other_id if from_here else row.person_id]
        relation = Relation(row.relation)
        if from_here:
            label = RELATION_LABELS[relation]
        elif relation is Relation.CARER_OF:
            label = "Cared for by"
        else:
            relation = _OPPOSITE[relation]
            label = RELATION_LABELS[relation]
        found.append(
            LinkedPerson(
                link_id=row.id,
                person_id=other.id,
                name=name_of(other),
                kind=PersonKind(other.kind),
                relation=relation,
                label=f"{label} {name_of(other)}",
                note=row.note,
                parental_responsibility=row.parental_responsibility,
            )
        )
    return tuple(found)


@needs(Permission.PEOPLE_EDIT)
def link(
    ctx: Context,
    person_id: int,
    relation: Relation,
    other_id: int,
    note: str = "",
    parental_responsibility: bool | None = None,
) -> Saved:
    """Say how two people belong together; a child's link is kept as the parent's. Raises Invalid, Refused.

    Whether somebody holds parental responsibility is kept of parents and carers only.
    """
    if person_id == other_id:
        raise Invalid.one("other_id", "A person cannot be linked to themselves.")
    if relation is Relation.CHILD_OF:
        person_id, relation, other_id = other_id, Relation.PARENT_OF, person_id
    elif relation in (Relation.PARTNER_OF, Relation.RELATED_TO) and other_id < person_id:
        person_id, other_id = other_id, person_id  # the same either way: kept once
    with ctx.database.writing() as session:
        person, other = standing_person(session, person_id), standing_person(session, other_id)
        known = session.scalar(
            select(PersonLink.id).where(
                PersonLink.person_id == person_id,
                PersonLink.other_id == other_id,
                PersonLink.relation == str(relation),
            )
        )
        if known is not None:
            raise Refused(f"{name_of(person)} is recorded as that for {name_of(other)} already.")
        held = parental_responsibility if relation in RESPONSIBLE else None
        row = PersonLink(
            person_id=person_id,
            other_id=other_id,
            relation=str(relation),
            note=note.strip(),
            parental_responsibility=held,
        )
        session.add(row)
        session.flush()
        told = {"other": other_id, "relation": str(relation), "parental_responsibility": held}
        write_audit(session, ctx, "person.linked", person_id, told)
        return Saved(row.id, person.version, frozenset({("person", person_id), ("person", other_id)}))


@needs(Permission.PEOPLE_EDIT)
def unlink(ctx: Context, link_id: int) -> Saved:
    """Take a link back. Raises NotFound."""
    with ctx.database.writing() as session:
        row = session.get(PersonLink, link_id)
        if row is None:
            raise NotFound("There is no such link any more.")
        both = (row.person_id, row.other_id)
        session.delete(row)
        write_audit(session, ctx, "person.unlinked", both[0], {"other": both[1], "relation": row.relation})
        return Saved(link_id, 0, frozenset(("person", each) for each in both))


@needs(Permission.PEOPLE_EDIT)
def set_responsibility(ctx: Context, link_id: int, held: bool | None) -> Saved:
    """Say whether the adult of a link holds parental responsibility for the child; None where nobody knows.

    Raises NotFound, Refused for a link of another kind.
    """
    with ctx.database.writing() as session:
        row = session.get(PersonLink, link_id)
        if row is None:
            raise NotFound("There is no such link any more.")
        if Relation(row.relation) not in RESPONSIBLE:
            raise Refused("Parental responsibility is recorded of a parent or carer and their child.")
        before, row.parental_responsibility = row.parental_responsibility, held
        both = (row.person_id, row.other_id)
        if before is held:
            return Saved(link_id, 0, frozenset())
        told = {"other": both[1], "parental_responsibility": [before, held]}
        write_audit(session, ctx, "person.responsibility", both[0], told)
        return Saved(link_id, 0, frozenset(("person", each) for each in both))
