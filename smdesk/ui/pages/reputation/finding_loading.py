"""What the form of a finding reads and writes on a worker thread, and what stands in its fields, word for word."""

from __future__ import annotations

from dataclasses import dataclass

from smdesk.security.permissions import Permission, allowed
from smdesk.services import findings, reputation, school
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.services.reputation_records import FindingRecord, PlaceRow, Tone
from smdesk.ui.widgets.filed_drafts import FiledDrafts, KeptDraft
from smdesk.ui.widgets.person_on_record import hit_of


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


DRAFTS = FiledDrafts("finding", Typed, OwnerKind.FINDING, findings.save)
WAITING = DRAFTS.waiting
add_files, keep_draft, forget_draft, save = DRAFTS.add_files, DRAFTS.keep, DRAFTS.forget, DRAFTS.save


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one finding; ``record`` is None for a new one. ``places`` are those to choose from,
    ``media`` whom the school tells about journalists ("" where it named nobody, REP-3).
    """

    record: FindingRecord | None
    person: PersonHit | None
    places: tuple[PlaceRow, ...]
    media: str
    kept: KeptDraft[Typed] | None


def load(ctx: Context, finding_id: int) -> Opened:
    """Everything about one finding, or an empty form for id 0. Raises NotFound."""
    places = (*reputation.places(ctx), *reputation.places(ctx, stopped=True))
    if not finding_id:
        return Opened(None, None, places, _media(ctx), DRAFTS.kept(ctx, 0))
    record = findings.open_finding(ctx, finding_id)
    if record.masked:
        return Opened(record, None, places, "", None)
    edits = allowed(ctx.user.roles, Permission.REPUTATION_EDIT)
    kept = DRAFTS.kept(ctx, finding_id) if edits else None
    return Opened(record, hit_of(ctx, record.draft.person_id), places, _media(ctx), kept)


def _media(ctx: Context) -> str:
    return next((each.name for each in school.get(ctx).contacts if each.code == "media"), "")
