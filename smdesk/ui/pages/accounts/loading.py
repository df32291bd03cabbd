"""What the form of an account reads and writes on a worker thread: plain data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services import accounts, drafts, people, reference_data
from smdesk.services.account_records import AccountDraft, AccountRecord
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.ui import kept_values
from smdesk.ui.pages.accounts import typed as typing
from smdesk.ui.pages.accounts.typed import Typed
from smdesk.ui.widgets.pending import Pending, SavedForm

FORM = "account"
"""The name drafts of this form are kept under."""


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft brought back, and the version it was typed against."""

    typed: Typed
    people: dict[int, PersonHit]
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one account; ``record`` is None for a new one."""

    record: AccountRecord | None
    people: dict[int, PersonHit]
    platforms: tuple[tuple[str, str], ...]
    kept: KeptDraft | None


def load(ctx: Context, account_id: int) -> Opened:
    """Everything about one account, or an empty form for id 0. Raises NotFound."""
    platforms = tuple((each.code, each.label) for each in reference_data.platforms())
    edits = allowed(ctx.user.roles, Permission.ACCOUNTS_EDIT)
    kept = kept_draft(ctx, account_id) if edits else None
    if not account_id:
        return Opened(None, {}, platforms, kept)
    record = accounts.open_account(ctx, account_id)
    return Opened(record, _responsible(record), platforms, kept)


def _responsible(record: AccountRecord) -> dict[int, PersonHit]:
    """From the record itself: whoever may read it may not be allowed to look people up."""
    person_id = record.draft.responsible_id
    if person_id is None:
        return {}
    hit = PersonHit(person_id, record.responsible_name, PersonKind.UNKNOWN, record.responsible_kinds, False)
    return {person_id: hit}


def kept_draft(ctx: Context, account_id: int) -> KeptDraft | None:
    """The reader's own draft of this form, or None."""
    held = drafts.get(ctx, FORM, account_id)
    if held is None:
        return None
    found = typing.from_json(held.get("fields") or {})
    named = [] if found.responsible_id is None else people.rows(ctx, [found.responsible_id])
    return KeptDraft(
        found,
        {hit.id: hit for hit in named},
        kept_values.number(held, "version"),
        kept_values.moment(held.get("kept_at")),
    )


def keep_draft(ctx: Context, account_id: int, typed: Typed, version: int | None) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    data = {"fields": typing.to_json(typed), "version": version, "kept_at": ctx.now().isoformat()}
    drafts.put(ctx, FORM, account_id, data)


def forget_draft(ctx: Context, account_id: int) -> None:
    """Forget the draft."""
    drafts.drop(ctx, FORM, account_id)


def save(
    ctx: Context,
    draft: AccountDraft,
    account_id: int | None,
    expected_version: int | None,
    forget: Callable[[Context, int], object],
) -> SavedForm:
    """Save the account and forget its draft. Raises as ``accounts.save`` does."""
    saved = accounts.save(ctx, draft, account_id, expected_version)
    forget(ctx, account_id or 0)
    return SavedForm(saved, (), saved.changes)
