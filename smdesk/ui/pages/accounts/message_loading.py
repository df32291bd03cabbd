"""What the form of a message reads and writes on a worker thread, and what stands in its fields, word for word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from smdesk.security.permissions import Permission, allowed
from smdesk.services import accounts, drafts, messages
from smdesk.services.account_records import AccountHit
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context
from smdesk.services.message_records import MessageDraft, MessageKind, MessageRecord
from smdesk.services.people_records import PersonHit
from smdesk.ui import kept_values
from smdesk.ui.widgets import attached_strip, pending
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.person_on_record import hit_of

FORM = "message"
"""The name drafts of this form are kept under."""
WAITING = "message.files"
"""The name files are kept under until the message is saved."""

add_files = partial(attached_strip.add_to, OwnerKind.MESSAGE)


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields. ``person_text`` is a name nobody was chosen for; ``which`` of two times it came."""

    account_id: int | None = None
    day: str = ""
    time: str = ""
    which: str = ""
    kind: str = str(MessageKind.COMMENT)
    from_name: str = ""
    person_id: int | None = None
    person_text: str = ""
    said: str = ""
    link: str = ""
    notes: str = ""


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
    """All the form shows of one message; ``record`` is None for a new one. ``accounts`` are those to choose from."""

    record: MessageRecord | None
    person: PersonHit | None
    accounts: tuple[AccountHit, ...]
    kept: KeptDraft | None


def load(ctx: Context, message_id: int) -> Opened:
    """Everything about one message, or an empty form for id 0. Raises NotFound."""
    choices = tuple(accounts.choices(ctx, closed=True))
    if not message_id:
        return Opened(None, None, choices, kept_draft(ctx, 0))
    record = messages.open_message(ctx, message_id)
    if record.masked:
        return Opened(record, None, choices, None)
    edits = allowed(ctx.user.roles, Permission.ACCOUNTS_WATCH)
    kept = kept_draft(ctx, message_id) if edits else None
    return Opened(record, named(ctx, record.draft), choices, kept)


def named(ctx: Context, draft: MessageDraft) -> PersonHit | None:
    """The person a message is from, as far as this reader may look people up."""
    return hit_of(ctx, draft.person_id)


def kept_draft(ctx: Context, message_id: int) -> KeptDraft | None:
    """What was typed and not saved, and files that waited."""
    held = drafts.get(ctx, FORM, message_id)
    waiting = tuple(pending.recall(ctx, message_id, WAITING))
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


def keep_draft(ctx: Context, message_id: int, typed: Typed, version: int | None) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    drafts.put(ctx, FORM, message_id, {**asdict(typed), "version": version, "kept_at": ctx.now().isoformat()})


def forget_draft(ctx: Context, message_id: int) -> None:
    """Forget the draft and the files that waited with it."""
    drafts.drop(ctx, FORM, message_id)
    pending.drop(ctx, message_id, WAITING)


def save(
    ctx: Context,
    draft: MessageDraft,
    message_id: int | None,
    expected_version: int | None,
    waiting: Sequence[Pending],
    forget: Callable[[Context, int], None],
) -> SavedForm:
    """Save the message, then keep the files that waited for it. Raises as ``messages.save`` does."""
    saved = messages.save(ctx, draft, message_id, expected_version)
    kept = attached_strip.keep_with(OwnerKind.MESSAGE, ctx, saved, waiting)
    forget(ctx, message_id or 0)
    return kept
