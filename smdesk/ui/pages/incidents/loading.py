"""What the form reads and writes on a worker thread: everything it shows in one go, and a save with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from smdesk.errors import NotAllowed
from smdesk.policy.vocabulary import Nation
from smdesk.security.permissions import Permission, allowed
from smdesk.services import (
    drafts,
    evidence,
    incidents,
    letters,
    profiles,
    reference_data,
    school,
    steps,
)
from smdesk.services.context import Context, Saved
from smdesk.services.incident_records import EvidenceItem, IncidentDraft, IncidentRecord, TimelineEntry
from smdesk.services.letter_records import LetterRow
from smdesk.ui import kept_values
from smdesk.ui.pages.incidents import draft_json
from smdesk.ui.widgets import pending
from smdesk.ui.widgets.pending import Pending, SavedForm

FORM = "incident"
"""The name drafts of this form are kept under."""
WAITING = "incident.evidence"
"""The name pictures and files are kept under until the incident is saved."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What the form offers to choose from."""

    platforms: tuple[tuple[str, str], ...]
    retention: tuple[tuple[str, str], ...]
    handlers: tuple[tuple[int, str], ...]
    conduct_labels: dict[Any, str]
    conduct_in_use: frozenset[Any]
    nation: Nation


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft brought back: what was typed, the version it was typed against, and evidence that waited."""

    draft: IncidentDraft
    half: draft_json.HalfTyped | None
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...]
    references: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one incident; ``record`` is None for a new one."""

    record: IncidentRecord | None
    timeline: tuple[TimelineEntry, ...]
    evidence: tuple[EvidenceItem, ...]
    letters: tuple[LetterRow, ...]
    lists: Lists
    kept: KeptDraft | None


def load(ctx: Context, incident_id: int) -> Opened:
    """Everything about an incident, or an empty form for id 0. Raises NotFound as the services do."""
    lists = choices(ctx)
    if not incident_id:
        return Opened(None, (), (), (), lists, kept_draft(ctx, 0))
    record = incidents.open_incident(ctx, incident_id)
    if record.masked:
        return Opened(record, (), (), (), lists, None)
    return Opened(
        record,
        tuple(steps.timeline(ctx, incident_id)),
        tuple(evidence.list_for(ctx, incident_id)),
        tuple(letters.for_incident(ctx, incident_id)),
        lists,
        kept_draft(ctx, incident_id) if record.editable else None,
    )


def choices(ctx: Context) -> Lists:
    """Platforms, retention classes, colleagues and the school's words for conduct."""
    profile = profiles.current(ctx).profile
    return Lists(
        platforms=tuple((each.code, each.label) for each in reference_data.platforms()),
        retention=tuple(reference_data.retention_labels().items()),
        handlers=tuple(incidents.handlers(ctx)),
        conduct_labels={code: rule.label for code, rule in profile.conduct.items()},
        conduct_in_use=frozenset(code for code, rule in profile.conduct.items() if rule.in_use),
        nation=Nation(school.get(ctx).nation),
    )


def kept_draft(ctx: Context, incident_id: int) -> KeptDraft | None:
    """The reader's own draft of this form, or None."""
    held = drafts.get(ctx, FORM, incident_id)
    waiting = pending.recall(ctx, incident_id, WAITING)
    if held is None and not waiting:
        return None
    data = held or {}
    return KeptDraft(
        draft_json.from_json(data.get("fields") or {}),
        draft_json.half_from_json(data.get("half_typed")),
        kept_values.number(data, "version"),
        kept_values.moment(data.get("kept_at")),
        tuple(waiting),
        tuple((each[0], str(each[1])) for each in data.get("references") or () if len(each) == 2),
    )


def keep_draft(
    ctx: Context,
    incident_id: int,
    typed: draft_json.Typed,
    version: int | None,
    references: Sequence[tuple[int, str]],
) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    data = {
        "fields": draft_json.to_json(typed.draft),
        "half_typed": draft_json.half_to_json(typed.half),
        "version": version,
        "kept_at": ctx.now().isoformat(),
        "references": [list(each) for each in references],
    }
    drafts.put(ctx, FORM, incident_id, data)


def forget_draft(ctx: Context, incident_id: int) -> None:
    """Forget the draft and the pictures that waited with it."""
    drafts.drop(ctx, FORM, incident_id)
    pending.drop(ctx, incident_id, WAITING)


def save(
    ctx: Context,
    draft: IncidentDraft,
    incident_id: int | None,
    expected_version: int | None,
    waiting: Sequence[Pending],
    forget: Callable[[Context, int], None],
) -> SavedForm:
    """Save the incident, then keep the evidence that waited for it. Raises as ``incidents.save`` does.

    A picture that cannot be kept does not undo the save: it is reported, and stays waiting in the form.
    """
    saved = incidents.save(ctx, draft, incident_id, expected_version)
    kept = _keep(ctx, saved, waiting)
    forget(ctx, incident_id or 0)
    return kept


def add_evidence(ctx: Context, incident_id: int, pieces: Sequence[Pending]) -> SavedForm:
    """Keep evidence of a saved incident at once; each piece that cannot be kept is reported."""
    return _keep(ctx, Saved(incident_id, 0, frozenset()), pieces)


def _keep(ctx: Context, saved: Saved, pieces: Sequence[Pending]) -> SavedForm:
    def keep(piece: Pending, data: Path | bytes) -> Saved:
        return evidence.add(ctx, saved.id, piece.name, data)

    return pending.keep_all(saved, pieces, keep)


def find_links(ctx: Context, text: str) -> tuple[int, str]:
    """The incident a typed reference means. Raises Invalid or NotFound; NotAllowed for one that is closed to us."""
    found = incidents.find_by_reference(ctx, text)
    record = incidents.open_incident(ctx, found)
    if record.masked:
        raise NotAllowed("That incident is confidential and not open to you, so it cannot be linked here.")
    return found, record.reference


def may(ctx: Context, permission: Permission) -> bool:
    """Whether to show a button, as things stood at sign-in; the service decides when it is pressed."""
    return allowed(ctx.user.roles, permission)
