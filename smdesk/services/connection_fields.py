"""The fields of a declaration as typed: tidied, kept, compared, and said in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, ExceptionPlatform
from smdesk.errors import FieldChange
from smdesk.policy.platforms import find
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    INITIATOR_LABELS,
    KIND_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    Capacity,
    Initiator,
    Link,
    PersonKind,
    Relationship,
)
from smdesk.policy.words import written_day
from smdesk.services import reference_data
from smdesk.services.connection_records import AGREEMENT_LABELS, Agreement, DeclarationDraft
from smdesk.services.incident_fields import people_names
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS, Confidentiality

FIELD_LABELS: Final[dict[str, str]] = {
    "adult_id": "Adult",
    "adult_kind": "Who the adult is",
    "adult_joined_on": "Adult joined on",
    "other_id": "Pupil or parent",
    "capacity": "Who the other person is",
    "other_joined_on": "Pupil or parent joined on",
    "relationship": "The adult is their",
    "relationship_note": "About the relationship",
    "known_how": "How the school knows it",
    "since_on": "Since",
    "since_words": "Since, in words",
    "platforms": "Platforms",
    "links": "Kind of link",
    "initiator": "Who began it",
    "declared_on": "Declared on",
    "declarant_id": "Declared by",
    "evidence_seen": "Evidence seen",
    "conditions_proposed": "Conditions proposed",
    "agreement": "Acceptable use agreement",
    "agreement_on": "Agreement dated",
    "notes": "Notes",
    "confidentiality": "Confidentiality",
}
"""In the order of the form."""

OFFICE_FIELDS: Final = frozenset({"notes", "confidentiality"})
"""For the office, and no part of what is decided: they may change after a decision too."""

COLUMNS: Final = tuple(name for name in FIELD_LABELS if name != "platforms")


def tidied(draft: DeclarationDraft) -> DeclarationDraft:
    """The draft without stray spaces, its choices in the vocabulary's order, known platforms by their code."""
    return replace(
        draft,
        relationship_note=" ".join(draft.relationship_note.split()),
        known_how=_text(draft.known_how),
        since_words=" ".join(draft.since_words.split()),
        platforms=_platforms(draft.platforms),
        links=tuple(link for link in Link if link in draft.links),
        evidence_seen=_text(draft.evidence_seen),
        conditions_proposed=_text(draft.conditions_proposed),
        notes=_text(draft.notes),
    )


def _text(typed: str) -> str:
    return typed.strip().replace("\r\n", "\n")


def _platforms(typed: Iterable[str]) -> tuple[str, ...]:
    """Platforms by code where the program knows them, else as typed; each once, in the order of their labels."""
    found: dict[str, str] = {}
    for name in typed:
        words = " ".join(name.split())
        if words:
            known = find(reference_data.platforms(), words)
            code = words if known is None else known.code
            found.setdefault(code.casefold(), code)
    return tuple(
        sorted(found.values(), key=lambda code: (reference_data.platform_label(code).casefold(), code))
    )


def stored(session: Session, exception: ConnectionException) -> DeclarationDraft:
    """A saved exception as the draft it would be if it were typed again."""
    platforms = session.scalars(
        select(ExceptionPlatform.platform).where(ExceptionPlatform.exception_id == exception.id)
    )
    return DeclarationDraft(
        adult_id=exception.adult_id,
        adult_kind=PersonKind(exception.adult_kind),
        other_id=exception.other_id,
        capacity=Capacity(exception.capacity),
        relationship=Relationship(exception.relationship) if exception.relationship else None,
        relationship_note=exception.relationship_note,
        known_how=exception.known_how,
        since_on=exception.since_on,
        since_words=exception.since_words,
        platforms=_platforms(platforms),
        links=tuple(Link(code) for code in exception.links.split(",") if code),
        initiator=Initiator(exception.initiator),
        adult_joined_on=exception.adult_joined_on,
        other_joined_on=exception.other_joined_on,
        declared_on=exception.declared_on,
        declarant_id=exception.declarant_id,
        evidence_seen=exception.evidence_seen,
        conditions_proposed=exception.conditions_proposed,
        agreement=Agreement(exception.agreement),
        agreement_on=exception.agreement_on,
        notes=exception.notes,
        confidentiality=Confidentiality(exception.confidentiality),
    )


def columns(draft: DeclarationDraft) -> dict[str, Any]:
    """The draft's columns as the record holds them; its platforms are rows of their own."""
    held = {name: getattr(draft, name) for name in COLUMNS}
    held["relationship"] = "" if draft.relationship is None else str(draft.relationship)
    held["links"] = ",".join(draft.links)
    for name in ("adult_kind", "capacity", "initiator", "agreement", "confidentiality"):
        held[name] = str(held[name])
    return held


def differences(session: Session, theirs: DeclarationDraft, mine: DeclarationDraft) -> list[FieldChange]:
    """The fields in which two drafts differ, each value in words, in the order of the form."""
    theirs, mine = tidied(theirs), tidied(mine)
    changed = [field for field in FIELD_LABELS if getattr(theirs, field) != getattr(mine, field)]
    if not changed:
        return []
    names = people_names(
        session,
        {
            each
            for draft in (theirs, mine)
            for each in (draft.adult_id, draft.other_id, draft.declarant_id)
            if each is not None
        },
    )
    return [
        FieldChange(
            field,
            FIELD_LABELS[field],
            *(_in_words(getattr(draft, field), names) for draft in (theirs, mine)),
        )
        for field in changed
    ]


def _in_words(value: object, names: dict[int, str]) -> str:
    match value:
        case Agreement():
            return AGREEMENT_LABELS[value]
        case None | "" | ():
            return "(nothing)"
        case PersonKind():
            return KIND_LABELS[value]
        case Capacity():
            return CAPACITY_LABELS[value]
        case Relationship():
            return RELATIONSHIP_LABELS[value]
        case Initiator():
            return INITIATOR_LABELS[value]
        case Confidentiality():
            return CONFIDENTIALITY_LABELS[value]
        case date():
            return written_day(value)
        case int():
            return names.get(value, "somebody no longer on record")
        case tuple():
            return ", ".join(
                LINK_LABELS[each] if isinstance(each, Link) else reference_data.platform_label(each)
                for each in value
            )
    return str(value)
