"""What the form of a post reads and writes on a worker thread, and what stands in its fields, word for word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from smdesk.security.permissions import Permission, allowed
from smdesk.services import accounts, drafts, sign_offs
from smdesk.services.account_records import AccountHit
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context
from smdesk.services.sign_off_records import Leader, SignOffDraft, SignOffRecord
from smdesk.ui import kept_values
from smdesk.ui.widgets import attached_strip, pending
from smdesk.ui.widgets.pending import Pending, SavedForm

FORM = "sign_off"
"""The name drafts of this form are kept under."""
WAITING = "sign_off.files"
"""The name pictures are kept under until the post is saved."""

add_files = partial(attached_strip.add_to, OwnerKind.SIGN_OFF)


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields; the day as it is typed."""

    account_id: int | None = None
    title: str = ""
    post: str = ""
    concern: str = ""
    planned: str = ""
    asked_of: int | None = None


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft brought back, the version it was typed against, and pictures that waited."""

    typed: Typed
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one post; ``record`` is None for a new one."""

    record: SignOffRecord | None
    accounts: tuple[AccountHit, ...]
    leaders: tuple[Leader, ...]
    kept: KeptDraft | None


def load(ctx: Context, sign_off_id: int) -> Opened:
    """Everything about one post, or an empty form for id 0. Raises NotFound."""
    choices = tuple(accounts.choices(ctx))
    leaders = sign_offs.leaders(ctx)
    edits = allowed(ctx.user.roles, Permission.ACCOUNTS_WATCH)
    kept = kept_draft(ctx, sign_off_id) if edits else None
    record = sign_offs.open_sign_off(ctx, sign_off_id) if sign_off_id else None
    if record is not None and not record.editable:
        kept = None
    return Opened(record, choices, leaders, kept)


def kept_draft(ctx: Context, sign_off_id: int) -> KeptDraft | None:
    """What was typed and not saved, and pictures that waited."""
    held = drafts.get(ctx, FORM, sign_off_id)
    waiting = tuple(pending.recall(ctx, sign_off_id, WAITING))
    if held is None and not waiting:
        return None
    data = held or {}
    return KeptDraft(
        kept_values.flat(Typed, data),
        kept_values.number(data, "version"),
        kept_values.moment(data.get("kept_at")),
        waiting,
    )


def keep_draft(ctx: Context, sign_off_id: int, typed: Typed, version: int | None) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    drafts.put(
        ctx, FORM, sign_off_id, {**asdict(typed), "version": version, "kept_at": ctx.now().isoformat()}
    )


def forget_draft(ctx: Context, sign_off_id: int) -> None:
    """Forget the draft and the pictures that waited with it."""
    drafts.drop(ctx, FORM, sign_off_id)
    pending.drop(ctx, sign_off_id, WAITING)


def save(
    ctx: Context,
    draft: SignOffDraft,
    sign_off_id: int | None,
    expected_version: int | None,
    waiting: Sequence[Pending],
    forget: Callable[[Context, int], None],
) -> SavedForm:
    """Put the post to a leader, then keep the pictures that waited for it. Raises as ``sign_offs.ask`` does."""
    saved = sign_offs.ask(ctx, draft, sign_off_id, expected_version)
    kept = attached_strip.keep_with(OwnerKind.SIGN_OFF, ctx, saved, waiting)
    forget(ctx, sign_off_id or 0)
    return kept
