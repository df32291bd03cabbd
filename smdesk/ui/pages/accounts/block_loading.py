"""What the form of a block reads and writes on a worker thread: plain data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services import accounts, blocks, drafts
from smdesk.services.account_records import AccountHit, BlockDraft, BlockRecord
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.ui import kept_values
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.person_on_record import hit_of

FORM = "block"
"""The name drafts of this form are kept under."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, word for word."""

    account_id: int | None = None
    place: str = ""
    who: str = ""
    person_id: int | None = None
    person_text: str = ""
    reason: str = ""
    since_text: str = ""
    review_text: str = ""
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class KeptDraft:
    typed: Typed
    people: dict[int, PersonHit]
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one block; ``record`` is None for a new one, begun with ``begun``."""

    record: BlockRecord | None
    begun: BlockDraft
    people: dict[int, PersonHit]
    accounts: tuple[AccountHit, ...]
    kept: KeptDraft | None


def load(ctx: Context, block_id: int, begun: BlockDraft | None) -> Opened:
    """Everything about one block, or an empty form for id 0. Raises NotFound."""
    edits = allowed(ctx.user.roles, Permission.ACCOUNTS_WATCH)
    kept = _kept_draft(ctx, block_id) if edits else None
    places = tuple(accounts.choices(ctx, closed=True))
    if not block_id:
        new = begun or BlockDraft(since_on=ctx.today(), review_on=blocks.proposed_review(ctx, ctx.today()))
        return Opened(None, new, _named(ctx, new.person_id), places, kept)
    record = blocks.open_block(ctx, block_id)
    person_id = record.draft.person_id
    found = (
        {}
        if person_id is None
        else {person_id: PersonHit(person_id, record.person_name, PersonKind.UNKNOWN, "", False)}
    )
    return Opened(record, record.draft, found, places, kept)


def _named(ctx: Context, person_id: int | None) -> dict[int, PersonHit]:
    hit = hit_of(ctx, person_id)
    return {} if hit is None else {hit.id: hit}


def _kept_draft(ctx: Context, block_id: int) -> KeptDraft | None:
    held = drafts.get(ctx, FORM, block_id)
    if held is None:
        return None
    fields = held.get("fields")
    data: dict[str, Any] = fields if isinstance(fields, dict) else {}
    typed = kept_values.flat(Typed, data)
    return KeptDraft(
        typed,
        _named(ctx, typed.person_id),
        kept_values.number(held, "version"),
        kept_values.moment(held.get("kept_at")),
    )


def keep_draft(ctx: Context, block_id: int, typed: Typed, version: int | None) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    data = {"fields": asdict(typed), "version": version, "kept_at": ctx.now().isoformat()}
    drafts.put(ctx, FORM, block_id, data)


def forget_draft(ctx: Context, block_id: int) -> None:
    """Forget the draft."""
    drafts.drop(ctx, FORM, block_id)


def save(
    ctx: Context,
    draft: BlockDraft,
    block_id: int | None,
    version: int | None,
    forget: Callable[[Context, int], object],
) -> SavedForm:
    """Save the block and forget its draft. Raises as ``blocks.save`` does."""
    saved = blocks.save(ctx, draft, block_id, version)
    forget(ctx, block_id or 0)
    return SavedForm(saved, (), saved.changes)


def typed_of(draft: BlockDraft) -> Typed:
    """A block as it stands in the fields."""
    return Typed(
        account_id=draft.account_id,
        place=draft.place,
        who=draft.who,
        person_id=draft.person_id,
        reason=draft.reason,
        since_text=long_day(draft.since_on) if draft.since_on else "",
        review_text=long_day(draft.review_on) if draft.review_on else "",
        incident_id=draft.incident_id,
    )
