"""The school's policies: what they are, who is asked for them, and when they are reviewed (AUP-1 to AUP-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import PolicyDocument
from smdesk.errors import Invalid, Problem, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services import agreement_state, history, policy_versions, sight
from smdesk.services.agreement_records import PolicyDraft, PolicyKind, PolicyRecord
from smdesk.services.context import Context, Saved, needs
from smdesk.services.people_records import kinds_of
from smdesk.services.policy_base import (
    differences,
    policy_of,
    reminder_days,
    require_version,
    review_words,
    said,
    standing,
    too_long,
    written,
)
from smdesk.services.policy_versions import add_version, change_version, remove_version

__all__ = [
    "add_version",
    "change_version",
    "draft_of",
    "open_policy",
    "remove_version",
    "retire",
    "save",
    "unretire",
]

_LONGEST: Final = {"title": 200, "reviewers": 300, "notes": 4_000}
_MOST_MONTHS: Final = 120

FIELD_LABELS: Final = {
    "title": "Title",
    "kind": "Kind",
    "asked_of": "Who must acknowledge it",
    "for_accounts": "Asked of whoever runs a school account",
    "reviewers": "Reviewed by",
    "review_months": "Months between reviews",
    "notes": "Notes",
}


@needs(Permission.AGREEMENTS_EDIT)
def save(
    ctx: Context, draft: PolicyDraft, policy_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Add a policy, or change one opened at ``expected_version``.

    Raises Invalid with every problem, Conflict where somebody saved meanwhile, NotFound, Refused for a retired one.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        found = list(_problems(session, draft, policy_id))
        if found:
            raise Invalid(found)
        if policy_id is None:
            policy = PolicyDocument(**_columns(draft))
            session.add(policy)
            session.flush()
            history.add(session, ctx, "policy", policy.id, "added", "Put on record", rule="AUP-3")
            return written(session, ctx, policy, "policy.added", {"title": policy.title})
        policy = standing(session, policy_id)
        changed = differences(draft_of(policy), draft, FIELD_LABELS)
        if not changed:
            return Saved(policy.id, policy.version, frozenset())
        require_version(policy.version, expected_version, policy.title, changed)
        for column, value in _columns(draft).items():
            setattr(policy, column, value)
        policy.version += 1
        history.add(session, ctx, "policy", policy.id, "changed", said(changed))
        return written(
            session, ctx, policy, "policy.saved", {each.field: [each.theirs, each.mine] for each in changed}
        )


@needs(Permission.AGREEMENTS_EDIT)
def retire(ctx: Context, policy_id: int, expected_version: int, reason: str, on: date | None = None) -> Saved:
    """Take a policy out of use from ``on`` (today): nobody is asked for it any more. Its answers stay on record.

    Raises Invalid without a reason or for a day to come, Conflict, NotFound, Refused where it is retired already.
    """
    reason, day = reason.strip(), on or ctx.today()
    found = []
    if not reason:
        found.append(Problem("reason", "Say why it is retired: it is kept with the policy."))
    if day > ctx.today():
        found.append(Problem("on", "A policy is retired today or on an earlier day."))
    if found:
        raise Invalid(found)
    with ctx.database.writing() as session:
        policy = standing(session, policy_id)
        require_version(policy.version, expected_version, policy.title)
        policy.retired_on, policy.retired_reason = day, reason
        policy.version += 1
        history.add(session, ctx, "policy", policy.id, "retired", "Retired", reason=reason, happened_on=day)
        return written(session, ctx, policy, "policy.retired", {"reason": reason, "on": day.isoformat()})


@needs(Permission.AGREEMENTS_EDIT)
def unretire(ctx: Context, policy_id: int, expected_version: int) -> Saved:
    """Bring a retired policy back into use. Raises Conflict, NotFound, Refused where it is in use."""
    with ctx.database.writing() as session:
        policy = policy_of(session, policy_id)
        if policy.retired_on is None:
            raise Refused(f"“{policy.title}” is in use.")
        require_version(policy.version, expected_version, policy.title)
        policy.retired_on, policy.retired_reason = None, ""
        policy.version += 1
        history.add(session, ctx, "policy", policy.id, "unretired", "Brought back into use")
        return written(session, ctx, policy, "policy.unretired", {})


@needs(Permission.AGREEMENTS_READ)
def open_policy(ctx: Context, policy_id: int) -> PolicyRecord:
    """One policy with its versions, how it stands and its history. Raises NotFound."""
    with ctx.database.reading() as session:
        policy = policy_of(session, policy_id)
        today = ctx.today()
        versions = policy_versions.records(session, policy, today)
        in_use = next((each for each in versions if each.in_use), None)
        words, overdue = "", False
        if in_use is not None and policy.retired_on is None:
            words, overdue = review_words(in_use.draft.review_on, today, reminder_days(session))
        roles = sight.reader(session, ctx).roles
        return PolicyRecord(
            id=policy.id,
            version=policy.version,
            draft=draft_of(policy),
            retired_on=policy.retired_on,
            retired_reason=policy.retired_reason,
            versions=versions,
            in_use=in_use,
            review_words=words,
            review_overdue=overdue,
            tally=agreement_state.tally(session, policy.id, today),
            history=history.lines(session, "policy", policy.id),
            editable=allowed(roles, Permission.AGREEMENTS_EDIT),
        )


def draft_of(policy: PolicyDocument) -> PolicyDraft:
    """A stored policy as the draft it would be if it were typed again."""
    return PolicyDraft(
        title=policy.title,
        kind=PolicyKind(policy.kind),
        asked_of=kinds_of("", policy.asked_of),
        for_accounts=policy.for_accounts,
        reviewers=policy.reviewers,
        review_months=policy.review_months,
        notes=policy.notes,
    )


def _tidied(draft: PolicyDraft) -> PolicyDraft:
    return replace(
        draft,
        title=" ".join(draft.title.split()),
        reviewers=" ".join(draft.reviewers.split()),
        notes=draft.notes.strip(),
        asked_of=tuple(kind for kind in PersonKind if kind in draft.asked_of),
    )


def _columns(draft: PolicyDraft) -> dict[str, Any]:
    held = {field.name: getattr(draft, field.name) for field in fields(draft)}
    return {**held, "kind": str(draft.kind), "asked_of": ",".join(draft.asked_of)}


def _problems(session: Session, draft: PolicyDraft, policy_id: int | None) -> Iterable[Problem]:
    if not draft.title:
        yield Problem("title", "The policy needs a title, for example “Acceptable use: parents and carers”.")
    else:
        same = session.scalars(
            select(PolicyDocument).where(
                PolicyDocument.retired_on.is_(None),
                PolicyDocument.id != (policy_id or 0),
            )
        )
        if any(each.title.casefold() == draft.title.casefold() for each in same):
            yield Problem(
                "title",
                f"There is a policy called “{draft.title}” already. A new version of it is added there.",
            )
    if PersonKind.UNKNOWN in draft.asked_of:
        yield Problem(
            "asked_of", "Nobody who is not identified can be asked. Choose who must acknowledge it."
        )
    if not 0 <= draft.review_months <= _MOST_MONTHS:
        yield Problem("review_months", f"Between reviews lie 1 to {_MOST_MONTHS} months; 0 for no reviews.")
    yield from too_long(draft, _LONGEST, FIELD_LABELS)
