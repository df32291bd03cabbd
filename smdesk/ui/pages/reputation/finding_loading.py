"""What the form of a finding reads and writes on a worker thread, and what stands in its fields, word for word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from smdesk.security.permissions import Permission, allowed
from smdesk.services import drafts, findings, reputation, school
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.services.reputation_records import FindingDraft, FindingRecord, PlaceRow, Tone
from smdesk.ui import kept_values
from smdesk.ui.widgets import attached_strip, pending
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.person_on_record import hit_of

FORM = "finding"
"""The name drafts of this form are kept under."""
WAITING = "finding.files"
"""The name files are kept under until the finding is saved."""

add_files = partial(attached_strip.add_to, OwnerKind.FINDING)


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields. ``person_text`` is a name nobody was chosen for."""

    place_id: int | None = None
    check_id: int | None = None
    person_id: int | None = None
    found: str = ""
    posted: str = ""
    tone: str = str(Tone.NEUTRAL)
    by_name: str = ""
    person_text: str = ""
    said: str = ""
    link: str = ""
    notes: str = ""
    journalist: bool = False


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft brought back, the version it was typed against, and files that waited."""

    typed: Typed
    person: PersonHit | None
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one finding; ``record`` is None for a new one. ``places`` are those to choose from,
    ``media`` whom the school tells about journalists ("" where it named nobody, REP-3).
    """

    record: FindingRecord | None
    person: PersonHit | None
    places: tuple[PlaceRow, ...]
    media: str
    kept: KeptDraft | None


def load(ctx: Context, finding_id: int) -> Opened:
    """Everything about one finding, or an empty form for id 0. Raises NotFound."""
    places = (*reputation.places(ctx), *reputation.places(ctx, stopped=True))
    if not finding_id:
        return Opened(None, None, places, _media(ctx), kept_draft(ctx, 0))
    record = findings.open_finding(ctx, finding_id)
    if record.masked:
        return Opened(record, None, places, "", None)
    edits = allowed(ctx.user.roles, Permission.REPUTATION_EDIT)
    kept = kept_draft(ctx, finding_id) if edits else None
    return Opened(record, hit_of(ctx, record.draft.person_id), places, _media(ctx), kept)


def _media(ctx: Context) -> str:
    return next((each.name for each in school.get(ctx).contacts if each.code == "media"), "")


def kept_draft(ctx: Context, finding_id: int) -> KeptDraft | None:
    """What was typed and not saved, and files that waited."""
    held = drafts.get(ctx, FORM, finding_id)
    waiting = tuple(pending.recall(ctx, finding_id, WAITING))
    if held is None and not waiting:
        return None
    data = held or {}
    typed = kept_values.flat(Typed, data)
    return KeptDraft(
        typed,
        hit_of(ctx, typed.person_id),
        kept_values.number(data, "version"),
        kept_values.moment(data.get("kept_at")),
        waiting,
    )


def keep_draft(ctx: Context, finding_id: int, typed: Typed, version: int | None) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    drafts.put(ctx, FORM, finding_id, {**asdict(typed), "version": version, "kept_at": ctx.now().isoformat()})


def forget_draft(ctx: Context, finding_id: int) -> None:
    """Forget the draft and the files that waited with it."""
    drafts.drop(ctx, FORM, finding_id)
    pending.drop(ctx, finding_id, WAITING)


def save(
    ctx: Context,
    draft: FindingDraft,
    finding_id: int | None,
    expected_version: int | None,
    waiting: Sequence[Pending],
    forget: Callable[[Context, int], None],
) -> SavedForm:
    """Save the finding, then keep the files that waited for it. Raises as ``findings.save`` does."""
    saved = findings.save(ctx, draft, finding_id, expected_version)
    kept = attached_strip.keep_with(OwnerKind.FINDING, ctx, saved, waiting)
    forget(ctx, finding_id or 0)
    return kept
