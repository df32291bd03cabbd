"""A declaration as plain JSON and back, for the drafts that are kept while somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services.connection_records import Agreement, DeclarationDraft
from smdesk.services.incident_records import Confidentiality
from smdesk.ui import kept_values as kept


@dataclass(frozen=True, slots=True)
class HalfTyped:
    """What stands in the fields and means nothing to a record yet: names nobody was chosen for, and dates that
    cannot be read, field by field."""

    names: tuple[tuple[str, str], ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    declarant: str = ""
    """Which way of saying who declared it was chosen: it cannot be told from the people alone."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields: what a record can hold, and what is only typed."""

    draft: DeclarationDraft
    half: HalfTyped


DAYS = ("since_on", "adult_joined_on", "other_joined_on", "declared_on", "agreement_on")
TEXTS = (
    "relationship_note",
    "known_how",
    "since_words",
    "evidence_seen",
    "conditions_proposed",
    "notes",
)


def to_json(draft: DeclarationDraft) -> dict[str, Any]:
    """The draft as values JSON can hold."""
    days = {field: getattr(draft, field) for field in DAYS}
    return {
        **{field: getattr(draft, field) for field in TEXTS},
        **{field: None if day is None else day.isoformat() for field, day in days.items()},
        "adult_id": draft.adult_id,
        "adult_kind": str(draft.adult_kind),
        "other_id": draft.other_id,
        "capacity": str(draft.capacity),
        "relationship": None if draft.relationship is None else str(draft.relationship),
        "platforms": list(draft.platforms),
        "links": [str(link) for link in draft.links],
        "initiator": str(draft.initiator),
        "declarant_id": draft.declarant_id,
        "agreement": str(draft.agreement),
        "confidentiality": str(draft.confidentiality),
    }


def from_json(data: dict[str, Any]) -> DeclarationDraft:
    """The draft a kept one holds. What cannot be read is left out, never guessed."""
    marked = kept.code(Confidentiality, data.get("confidentiality"))
    platforms = data.get("platforms")
    return DeclarationDraft(
        adult_id=_id(data.get("adult_id")),
        adult_kind=kept.code(PersonKind, data.get("adult_kind")) or PersonKind.STAFF,
        other_id=_id(data.get("other_id")),
        capacity=kept.code(Capacity, data.get("capacity")) or Capacity.PUPIL,
        relationship=kept.code(Relationship, data.get("relationship")),
        relationship_note=kept.text(data, "relationship_note"),
        known_how=kept.text(data, "known_how"),
        since_on=kept.day(data.get("since_on")),
        since_words=kept.text(data, "since_words"),
        platforms=tuple(each for each in platforms if isinstance(each, str))
        if isinstance(platforms, list)
        else (),
        links=kept.codes(Link, data.get("links")),
        initiator=kept.code(Initiator, data.get("initiator")) or Initiator.UNKNOWN,
        adult_joined_on=kept.day(data.get("adult_joined_on")),
        other_joined_on=kept.day(data.get("other_joined_on")),
        declared_on=kept.day(data.get("declared_on")),
        declarant_id=_id(data.get("declarant_id")),
        evidence_seen=kept.text(data, "evidence_seen"),
        conditions_proposed=kept.text(data, "conditions_proposed"),
        agreement=kept.code(Agreement, data.get("agreement")) or Agreement.NOT_ASKED,
        agreement_on=kept.day(data.get("agreement_on")),
        notes=kept.text(data, "notes"),
        # Somebody marked it, and how is not readable any more: rather too closed than too open.
        confidentiality=marked
        or (Confidentiality.SAFEGUARDING if data.get("confidentiality") else Confidentiality.NORMAL),
    )


def half_to_json(half: HalfTyped) -> dict[str, Any]:
    """The half-typed fields as values JSON can hold."""
    return {"names": dict(half.names), "days": dict(half.days), "declarant": half.declarant}


def half_from_json(data: object) -> HalfTyped:
    """The half-typed fields of a kept draft."""
    if not isinstance(data, dict):
        return HalfTyped()
    return HalfTyped(_pairs(data.get("names")), _pairs(data.get("days")), kept.text(data, "declarant"))


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        return ()
    return tuple((str(key), text) for key, text in value.items() if isinstance(text, str))


def _id(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
