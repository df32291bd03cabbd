"""What the services about policies share: finding one, saying what changed, and when a review is due (AUP-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import PolicyDocument
from smdesk.errors import Conflict, FieldChange, NotFound, Problem, Refused
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import listed, written_day
from smdesk.services import incident_state
from smdesk.services.agreement_records import ASKED_LABELS, POLICY_KIND_LABELS, PolicyKind
from smdesk.services.context import Context, Saved

NO_SUCH_POLICY: Final = "There is no such policy on record."


def policy_of(session: Session, policy_id: int) -> PolicyDocument:
    """The policy, retired or not. Raises NotFound."""
    policy = session.get(PolicyDocument, policy_id)
    if policy is None:
        raise NotFound(NO_SUCH_POLICY)
    return policy


def standing(session: Session, policy_id: int) -> PolicyDocument:
    """A policy in use, to be written to. Raises NotFound, Refused for a retired one."""
    policy = policy_of(session, policy_id)
    if policy.retired_on is not None:
        raise Refused(
            f"“{policy.title}” was retired on {written_day(policy.retired_on)}. Bring it back into use first."
        )
    return policy


def reminder_days(session: Session) -> int:
    """How many days before a review it is announced, as the school's policy profile says."""
    profile = incident_state.stored_profile(session, incident_state.current_profile_id(session))
    return profile.accounts.reminder_days


def review_words(review_on: date | None, day: date, ahead: int) -> tuple[str, bool]:
    """How a review stands on ``day``, and whether it is due: overdue, or within ``ahead`` days (AUP-3)."""
    if review_on is None:
        return "No review is set", False
    if review_on < day:
        late = (day - review_on).days
        return f"Overdue by {late:,} day{'' if late == 1 else 's'}: {written_day(review_on)}", True
    if review_on <= day + timedelta(days=ahead):
        return f"Due on {written_day(review_on)}", True
    return written_day(review_on), False


def asked_of_words(asked_of: Sequence[PersonKind], for_accounts: bool) -> str:
    """Who is asked: "Parents and carers, staff and whoever runs an account"."""
    words = [ASKED_LABELS[kind].lower() for kind in asked_of]
    if for_accounts:
        words.append("whoever runs a school account")
    said = listed(words)
    return said[:1].upper() + said[1:]


def too_long(draft: object, longest: Mapping[str, int], labels: Mapping[str, str]) -> Iterable[Problem]:
    """A problem for every text of the draft with more letters than are kept."""
    for name, most in longest.items():
        if len(getattr(draft, name)) > most:
            yield Problem(name, f"{labels[name]}: at most {most:,} letters can be kept.")


def differences(theirs: object, mine: object, labels: Mapping[str, str]) -> list[FieldChange]:
    """The fields in which two drafts differ, each value in words."""
    return [
        FieldChange(name, label, _in_words(getattr(theirs, name)), _in_words(getattr(mine, name)))
        for name, label in labels.items()
        if getattr(theirs, name) != getattr(mine, name)
    ]


def said(changed: Sequence[FieldChange]) -> str:
    """What changed, as a line of the history says it."""
    return "; ".join(f"{each.label}: {each.mine} (was {each.theirs})" for each in changed)


def require_version(
    stored: int, expected: int | None, what: str, changed: Sequence[FieldChange] = ()
) -> None:
    """Raise Conflict where somebody saved since it was opened."""
    if stored != expected:
        raise Conflict(
            f"Somebody else saved {what} while you had it open. Nothing of yours is lost: see what differs and choose.",
            changed,
            stored,
        )


def written(
    session: Session, ctx: Context, policy: PolicyDocument, action: str, detail: Mapping[str, Any]
) -> Saved:
    """Put a change to a policy into the audit log and say what it touched."""
    session.flush()
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="policy",
        object_id=policy.id,
        detail=detail,
    )
    return Saved(policy.id, policy.version, frozenset({("policy", policy.id)}))


def _in_words(value: object) -> str:
    match value:
        case None | "" | ():
            return "(nothing)"
        case bool():
            return "Yes" if value else "No"
        case PolicyKind():
            return POLICY_KIND_LABELS[value]
        case date():
            return written_day(value)
        case tuple():
            return ", ".join(KIND_LABELS[kind] for kind in value)
    return str(value)
