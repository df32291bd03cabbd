"""With whom a step may be recorded, and what the DSL may decide on: questions to the record before it is written."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import Entry, Incident, IncidentConduct, IncidentPerson, Person, PersonLink
from smdesk.errors import Problem, Refused
from smdesk.policy.vocabulary import STEP_LABELS, Conduct, PersonKind, Step
from smdesk.services import incident_state
from smdesk.services.incident_records import PersonRole
from smdesk.services.people_records import Relation

WARNINGS: Final = frozenset({Step.WRITTEN_WARNING, Step.SECOND_WARNING})
REPORTS_OF_IMAGERY: Final = (Step.IWF, Step.POLICE)
CLEARED_BY_DSL: Final = frozenset({Conduct.EXTREMISM, Conduct.SEXUAL_IMAGERY_OF_CHILD})
"""Conduct whose ordinary steps and letters wait until the DSL clears them."""

_WITH_THE_FAMILY: Final = frozenset({Step.TALK, Step.ADVISE_FAMILY})
_PARENTS: Final = (Relation.PARENT_OF.value, Relation.CARER_OF.value)


def person_problem(session: Session, incident: Incident, step: Step, person_id: int) -> Problem | None:
    """What speaks against recording this step with this person; None where nothing does.

    A step counts for the person (INC-5), so one recorded with a bystander would follow them for years.
    """
    merged = session.execute(select(Person.merged_into).where(Person.id == person_id)).first()
    if merged is None or merged.merged_into is not None:
        return Problem("person_id", "That person is no longer on record. Choose the person again.")
    roles = set(
        session.scalars(
            select(IncidentPerson.role).where(
                IncidentPerson.incident_id == incident.id, IncidentPerson.person_id == person_id
            )
        )
    )
    if step in WARNINGS:
        if PersonRole.AUTHOR.value in roles:
            return None
        return Problem(
            "person_id",
            "A warning goes to whoever posted. Choose somebody recorded as having posted this, or correct the "
            "people in the incident first.",
        )
    if roles or (step in _WITH_THE_FAMILY and _parent_of_a_pupil_in(session, incident, person_id)):
        return None
    if step in _WITH_THE_FAMILY:
        return Problem(
            "person_id",
            "That person has no part in this incident and is not linked as parent or carer to a pupil in it. "
            "Add the person to the incident first, or choose somebody in it.",
        )
    return Problem(
        "person_id",
        "That person has no part in this incident. Add the person to it first, or choose somebody in it.",
    )


def _parent_of_a_pupil_in(session: Session, incident: Incident, person_id: int) -> bool:
    pupils = select(IncidentPerson.person_id).where(
        IncidentPerson.incident_id == incident.id, IncidentPerson.kind == PersonKind.PUPIL.value
    )
    down = and_(
        PersonLink.person_id == person_id, PersonLink.relation.in_(_PARENTS), PersonLink.other_id.in_(pupils)
    )
    up = and_(
        PersonLink.other_id == person_id,
        PersonLink.relation == Relation.CHILD_OF.value,
        PersonLink.person_id.in_(pupils),
    )
    return session.scalar(select(PersonLink.id).where(or_(down, up)).limit(1)) is not None


def is_marked(session: Session, incident: Incident, conduct: Conduct) -> bool:
    """Whether the incident is recorded as this conduct."""
    return session.get(IncidentConduct, (incident.id, str(conduct))) is not None


def why_not_cleared(session: Session, incident: Incident) -> Refused | None:
    """What the DSL has to wait for before ordinary steps can be cleared; None where nothing stands in the way.

    After extremism or hate that is the Prevent decision (INC-9), after sexual imagery of a child the two reports, both
    recorded in this very incident since it was received (INC-6).
    """
    extremism = is_marked(session, incident, Conduct.EXTREMISM)
    imagery = is_marked(session, incident, Conduct.SEXUAL_IMAGERY_OF_CHILD)
    if not (extremism or imagery):
        return Refused(
            "There is nothing to clear: the incident is marked neither as extremism or hate nor as sexual imagery "
            "of a child.",
            "INC-9",
        )
    if incident.dsl_cleared_at is not None:
        return Refused("Ordinary letters and steps are cleared already.", "INC-6" if imagery else "INC-9")
    if extremism and not prevent_is_decided(session, incident):
        return Refused("Decide first whether to refer under Prevent.", "INC-9")
    if imagery:
        made = set(
            session.scalars(
                select(Entry.step).where(
                    Entry.incident_id == incident.id,
                    Entry.kind == "step",
                    Entry.withdrawn_at.is_(None),
                    Entry.happened_on >= incident_state.local_date(incident.received_at),
                    or_(Entry.person_id.is_(None), Entry.person_id == incident.author_id),
                )
            )
        )
        missing = [STEP_LABELS[step] for step in REPORTS_OF_IMAGERY if step.value not in made]
        if missing:
            words = " and ".join(f"“{label}”" for label in missing)
            return Refused(
                f"Nothing can be cleared before the imagery is reported: record {words} first.", "INC-6"
            )
    return None


def is_report_of_imagery(session: Session, incident: Incident, entry: Entry) -> bool:
    """Whether this entry is one of the two reports that clearing an incident with such imagery rests on (INC-6)."""
    reports = {step.value for step in REPORTS_OF_IMAGERY}
    return (
        entry.kind == "step"
        and entry.step in reports
        and is_marked(session, incident, Conduct.SEXUAL_IMAGERY_OF_CHILD)
    )


def prevent_is_decided(session: Session, incident: Incident) -> bool:
    """Whether a Prevent decision stands (INC-9)."""
    found = session.scalar(
        select(Entry.id)
        .where(
            Entry.incident_id == incident.id,
            Entry.kind == "decision",
            Entry.step == str(Step.PREVENT_DECISION),
            Entry.withdrawn_at.is_(None),
        )
        .limit(1)
    )
    return found is not None
