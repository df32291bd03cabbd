"""An incident draft as plain JSON and back, for the drafts that are kept while somebody types.

Reading is forgiving: a draft kept by an earlier version of the program, with a code that no longer exists, still
gives back everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from smdesk.policy.vocabulary import Conduct, FourC, PersonKind
from smdesk.services.incident_records import Confidentiality, IncidentDraft, PersonInIncident, PersonRole
from smdesk.ui import kept_values as kept


@dataclass(frozen=True, slots=True)
class HalfTyped:
    """What stands in the fields and means nothing to a record yet: names nobody was chosen for, dates that cannot be
    read. ``others`` pairs a name with what the person has to do with it; a date is its day and time as typed."""

    author: str = ""
    not_known: bool = False
    others: tuple[tuple[str, str], ...] = ()
    received: tuple[str, str] = ("", "")
    posted: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields: what a record can hold, and what is only typed."""

    draft: IncidentDraft
    half: HalfTyped


def to_json(draft: IncidentDraft) -> dict[str, Any]:
    """The draft as values JSON can hold."""
    return {
        "received_at": None if draft.received_at is None else draft.received_at.isoformat(),
        "summary": draft.summary,
        "posted_on": None if draft.posted_on is None else draft.posted_on.isoformat(),
        "posted_time": draft.posted_time,
        "platform": draft.platform,
        "link": draft.link,
        "visibility": draft.visibility,
        "on_school_account": draft.on_school_account,
        "said": draft.said,
        "conduct": [str(each) for each in draft.conduct],
        "four_cs": [str(each) for each in draft.four_cs],
        "people": [[line.person_id, str(line.role), str(line.kind), line.name] for line in draft.people],
        "consent_notes": draft.consent_notes,
        "data_protection": draft.data_protection,
        "confidentiality": str(draft.confidentiality),
        "retention_class": draft.retention_class,
        "handled_by": draft.handled_by,
        "linked": list(draft.linked),
    }


def from_json(data: dict[str, Any]) -> IncidentDraft:
    """The draft a kept one holds. What cannot be read is left out, never guessed."""
    handler = data.get("handled_by")
    confidentiality = kept.code(Confidentiality, data.get("confidentiality"))
    return IncidentDraft(
        received_at=kept.moment(data.get("received_at")),
        summary=kept.text(data, "summary"),
        posted_on=kept.day(data.get("posted_on")),
        posted_time=kept.text(data, "posted_time"),
        platform=kept.text(data, "platform"),
        link=kept.text(data, "link"),
        visibility=kept.text(data, "visibility"),
        on_school_account=data.get("on_school_account") is True,
        said=kept.text(data, "said"),
        conduct=kept.codes(Conduct, data.get("conduct")),
        four_cs=kept.codes(FourC, data.get("four_cs")),
        people=tuple(_people(data.get("people"))),
        consent_notes=kept.text(data, "consent_notes"),
        data_protection=data.get("data_protection") is True,
        # Somebody marked it, and how is not readable any more: rather too closed than too open.
        confidentiality=confidentiality
        or (Confidentiality.SAFEGUARDING if data.get("confidentiality") else Confidentiality.NORMAL),
        retention_class=kept.text(data, "retention_class"),
        handled_by=handler if isinstance(handler, int) else None,
        linked=tuple(each for each in data.get("linked") or () if isinstance(each, int)),
    )


def half_to_json(half: HalfTyped) -> dict[str, Any]:
    """The half-typed fields as values JSON can hold."""
    return {
        "author": half.author,
        "not_known": half.not_known,
        "others": [list(each) for each in half.others],
        "received": list(half.received),
        "posted": half.posted,
    }


def half_from_json(data: object) -> HalfTyped | None:
    """The half-typed fields of a kept draft; None where none were kept."""
    if not isinstance(data, dict):
        return None
    others, received = data.get("others"), data.get("received")
    return HalfTyped(
        author=kept.text(data, "author"),
        not_known=data.get("not_known") is True,
        others=tuple(pair for pair in map(_pair, others if isinstance(others, list) else ()) if pair),
        received=_pair(received) or ("", ""),
        posted=kept.text(data, "posted"),
    )


def _pair(value: object) -> tuple[str, str] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value):
        return value[0], value[1]
    return None


def _people(lines: object) -> Iterable[PersonInIncident]:
    for line in lines if isinstance(lines, list) else ():
        if not isinstance(line, list) or len(line) != 4 or not isinstance(line[0], int):
            continue
        role, kind = kept.code(PersonRole, line[1]), kept.code(PersonKind, line[2])
        if role is not None and kind is not None:
            yield PersonInIncident(line[0], role, kind, str(line[3]))
