"""What the form of a post reads and writes on a worker thread, and what stands in its fields, word for word."""

from __future__ import annotations

from dataclasses import dataclass

from smdesk.security.permissions import Permission, allowed
from smdesk.services import accounts, sign_offs
from smdesk.services.account_records import AccountHit
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context
from smdesk.services.sign_off_records import Leader, SignOffRecord
from smdesk.ui.widgets.filed_drafts import FiledDrafts, KeptDraft


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields; the day as it is typed."""

    account_id: int | None = None
    title: str = ""
    post: str = ""
    concern: str = ""
    planned: str = ""
    asked_of: int | None = None


DRAFTS = FiledDrafts("sign_off", Typed, OwnerKind.SIGN_OFF, sign_offs.ask)
WAITING = DRAFTS.waiting
add_files, keep_draft, forget_draft, save = DRAFTS.add_files, DRAFTS.keep, DRAFTS.forget, DRAFTS.save


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one post; ``record`` is None for a new one."""

    record: SignOffRecord | None
    accounts: tuple[AccountHit, ...]
    leaders: tuple[Leader, ...]
    kept: KeptDraft[Typed] | None


def load(ctx: Context, sign_off_id: int) -> Opened:
    """Everything about one post, or an empty form for id 0. Raises NotFound."""
    choices = tuple(accounts.choices(ctx))
    leaders = sign_offs.leaders(ctx)
    edits = allowed(ctx.user.roles, Permission.ACCOUNTS_WATCH)
    kept = DRAFTS.kept(ctx, sign_off_id) if edits else None
    record = sign_offs.open_sign_off(ctx, sign_off_id) if sign_off_id else None
    if record is not None and not record.editable:
        kept = None
    return Opened(record, choices, leaders, kept)
