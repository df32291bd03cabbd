"""What the form of a message reads and writes on a worker thread, and what stands in its fields, word for word."""

from __future__ import annotations

from dataclasses import dataclass

from smdesk.security.permissions import Permission, allowed
from smdesk.services import accounts, messages
from smdesk.services.account_records import AccountHit
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context
from smdesk.services.message_records import MessageDraft, MessageKind, MessageRecord
from smdesk.services.people_records import PersonHit
from smdesk.ui.widgets.filed_drafts import FiledDrafts, KeptDraft
from smdesk.ui.widgets.person_on_record import hit_of


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


DRAFTS = FiledDrafts("message", Typed, OwnerKind.MESSAGE, messages.save)
WAITING = DRAFTS.waiting
add_files, keep_draft, forget_draft, save = DRAFTS.add_files, DRAFTS.keep, DRAFTS.forget, DRAFTS.save


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one message; ``record`` is None for a new one. ``accounts`` are those to choose from."""

    record: MessageRecord | None
    person: PersonHit | None
    accounts: tuple[AccountHit, ...]
    kept: KeptDraft[Typed] | None


def load(ctx: Context, message_id: int) -> Opened:
    """Everything about one message, or an empty form for id 0. Raises NotFound."""
    choices = tuple(accounts.choices(ctx, closed=True))
    if not message_id:
        return Opened(None, None, choices, DRAFTS.kept(ctx, 0))
    record = messages.open_message(ctx, message_id)
    if record.masked:
        return Opened(record, None, choices, None)
    edits = allowed(ctx.user.roles, Permission.ACCOUNTS_WATCH)
    kept = DRAFTS.kept(ctx, message_id) if edits else None
    return Opened(record, named(ctx, record.draft), choices, kept)


def named(ctx: Context, draft: MessageDraft) -> PersonHit | None:
    """The person a message is from, as far as this reader may look people up."""
    return hit_of(ctx, draft.person_id)
