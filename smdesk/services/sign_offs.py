"""Posts that may be controversial: put to a senior leader, decided, published (ACC-6).

Nobody signs off their own post. What was decided stays as it is: whoever wants another text asks anew.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import HistoryLine, SchoolAccount, SignOff, User
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services import (
    account_words,
    attached_files,
    history,
    incident_fields,
    incident_state,
    message_fields,
    own_name,
    sight,
)
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import Context, Saved, needs
from smdesk.services.sight import Reader
from smdesk.services.sign_off_records import (
    MAY_BE_PUBLISHED,
    SIGN_OFF_STATUS_LABELS,
    Leader,
    SignOffDraft,
    SignOffRecord,
    SignOffStatus,
    Verdict,
)

NO_SUCH_SIGN_OFF: Final = "There is no such post."
_MOST: Final = {"title": 200, "post": 20_000, "concern": 5_000}
_LABELS: Final = {
    "account_id": "Account",
    "title": "Post",
    "post": "Text",
    "concern": "What may be controversial",
    "planned_for": "Planned for",
    "asked_of": "Put to",
}
_OUTCOMES: Final = {
    Verdict.APPROVE: SignOffStatus.APPROVED,
    Verdict.CHANGE: SignOffStatus.CHANGED,
    Verdict.REFUSE: SignOffStatus.REFUSED,
}


@needs(Permission.ACCOUNTS_WATCH)
def ask(
    ctx: Context, draft: SignOffDraft, sign_off_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Put a post to a senior leader, or change one that still waits and was opened at ``expected_version``.

    Raises Invalid with every problem, Conflict field by field, Refused for one that is decided, NotFound.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        row = None if sign_off_id is None else _waiting(session, sign_off_id)
        before = None if row is None else _draft(row)
        found = _problems(session, ctx, draft, row)
        if found:
            raise Invalid(found)
        columns = {each.name: getattr(draft, each.name) for each in fields(draft)}
        if row is None:
            row = SignOff(asked_by=ctx.user.id, asked_at=ctx.now(), **columns)
            session.add(row)
            session.flush()
            return _written(session, ctx, row, "asked", row.title)
        changed = _differences(session, before or draft, draft)
        if not changed:
            return Saved(row.id, row.version, frozenset())
        _require_version(row, expected_version, changed)
        for column, value in columns.items():
            setattr(row, column, value)
        row.version += 1
        detail = {"changes": {each.field: [each.theirs, each.mine] for each in changed}}
        said = ", ".join(each.label for each in changed)
        return _written(session, ctx, row, "changed", said, detail=detail)


@needs(Permission.SIGN_OFFS_DECIDE)
def decide(
    ctx: Context, sign_off_id: int, version: int, verdict: Verdict, reason: str = "", changed_post: str = ""
) -> Saved:
    """Approve, change or refuse a post as it stands at ``version``, pictures included (ACC-6).

    A change or a refusal needs its reason, a change the text to be published. Raises Invalid; Refused for whoever
    asked or changed the post since, for one put to somebody else, and where it is decided; Conflict where post or
    pictures changed; NotFound.
    """
    reason, changed_post = reason.strip(), changed_post.strip().replace("\r\n", "\n")
    with ctx.database.writing() as session:
        row = _waiting(session, sign_off_id)
        why = _why_not(session, sight.reader(session, ctx), row)
        if why:
            raise Refused(why, "ACC-6")
        _require_version(row, version, ())
        found = []
        if verdict is not Verdict.APPROVE and not reason:
            found.append(Problem("reason", "Say why, so that whoever asked can learn from it."))
        if verdict is Verdict.CHANGE and (not changed_post or changed_post == row.post):
            found.append(Problem("changed_post", "Write the text as it is to be published."))
        elif len(changed_post) > _MOST["post"]:
            found.append(Problem("changed_post", f"At most {_MOST['post']:,} letters can be kept."))
        if found:
            raise Invalid(found)
        status = _OUTCOMES[verdict]
        row.status = status.value
        row.decided_by, row.decided_at = ctx.user.id, ctx.now()
        row.reason = reason
        row.changed_post = changed_post if verdict is Verdict.CHANGE else ""
        row.version += 1
        return _written(session, ctx, row, "decided", SIGN_OFF_STATUS_LABELS[status], reason=reason)


@needs(Permission.ACCOUNTS_WATCH)
def withdraw(ctx: Context, sign_off_id: int, version: int, reason: str) -> Saved:
    """Take back a request that still waits, with the reason; its line stays. Raises as ``ask`` does."""
    reason = reason.strip()
    if not reason:
        raise Invalid.one("reason", "Say why it is taken back. The line and the reason stay.")
    with ctx.database.writing() as session:
        row = _waiting(session, sign_off_id)
        _require_version(row, version, ())
        row.status, row.reason = SignOffStatus.WITHDRAWN.value, reason
        row.version += 1
        return _written(session, ctx, row, "withdrawn", "", reason=reason)


@needs(Permission.ACCOUNTS_WATCH)
def mark_published(ctx: Context, sign_off_id: int, version: int, on: date | None) -> Saved:
    """Write down when an approved post was published; None takes a slip back.

    Raises Invalid for a day in the future or before the decision, Refused where it was not approved, Conflict.
    """
    with ctx.database.writing() as session:
        row = _row(session, sign_off_id)
        _require_version(row, version, ())
        if SignOffStatus(row.status) not in MAY_BE_PUBLISHED or row.decided_at is None:
            raise Refused("Only an approved post is published. Ask a senior leader first.", "ACC-6")
        if on is not None:
            decided = incident_state.local_date(row.decided_at)
            if on > ctx.today():
                raise Invalid.one("on", "The day lies in the future. Write it down once it is published.")
            if on < decided:
                raise Invalid.one(
                    "on",
                    f"It was decided on {written_day(decided)}. If it was published before, that is a mistake on a "
                    "school account: report it as an incident.",
                )
        row.published_on = on
        row.version += 1
        said = "Not published after all" if on is None else f"Published on {written_day(on)}"
        return _written(session, ctx, row, "published", said)


@needs(Permission.ACCOUNTS_WATCH)
def ask_anew(ctx: Context, sign_off_id: int) -> SignOffDraft:
    """A decided or withdrawn post as a draft to ask about again, with the leader's text where there is one."""
    with ctx.database.reading() as session:
        row = _row(session, sign_off_id)
        draft = _draft(row)
        planned = draft.planned_for
        return replace(
            draft,
            post=row.changed_post or draft.post,
            planned_for=None if planned is not None and planned < ctx.today() else planned,
        )


@needs(Permission.ACCOUNTS_READ)
def open_sign_off(ctx: Context, sign_off_id: int) -> SignOffRecord:
    """One post with its files and history. Raises NotFound."""
    with ctx.database.reading() as session:
        row = _row(session, sign_off_id)
        account = session.get_one(SchoolAccount, row.account_id)
        users = incident_fields.user_names(session, [row.asked_by, row.asked_of, row.decided_by])
        return SignOffRecord(
            id=row.id,
            version=row.version,
            draft=_draft(row),
            account_name=account_words.account_name(account.handle, account.platform),
            status=SignOffStatus(row.status),
            asked_by=users[row.asked_by],
            asked_at=row.asked_at,
            asked_of="" if row.asked_of is None else users[row.asked_of],
            decided_by="" if row.decided_by is None else users[row.decided_by],
            decided_at=row.decided_at,
            reason=row.reason,
            changed_post=row.changed_post,
            published_on=row.published_on,
            why_not_mine=_why_not(session, sight.reader(session, ctx), row),
            files=attached_files.records(session, Owner(OwnerKind.SIGN_OFF, row.id)),
            history=history.lines(session, "sign_off", row.id),
        )


@needs(Permission.ACCOUNTS_READ)
def leaders(ctx: Context) -> tuple[Leader, ...]:
    """Whom a post can be put to, by name: the headteacher and the leadership team, but not whoever asks."""
    with ctx.database.reading() as session:
        found = session.scalars(select(User).where(User.active, User.id != ctx.user.id).order_by(User.name))
        return tuple(Leader(user.id, user.name) for user in found if _is_leader(user))


def _is_leader(user: User) -> bool:
    return allowed(frozenset(Role(code) for code in user.roles), Permission.SIGN_OFFS_DECIDE)


def _why_not(session: Session, who: Reader, row: SignOff) -> str:
    """Why this reader does not decide about a post, or ""."""
    if not allowed(who.roles, Permission.SIGN_OFFS_DECIDE):
        return "The headteacher or a member of the leadership team decides."
    if own_name.is_same_user(session, row.asked_by, who.user_id):
        return "You asked for this yourself. Somebody else of the leadership team decides."
    if _changed_by(session, row, who.user_id):
        return "You changed this post after it was asked for. Somebody else of the leadership team decides."
    # The headteacher answers for everything that is published (PPL-3).
    if row.asked_of not in (None, who.user_id) and Role.HEADTEACHER not in who.roles:
        return f"This was put to {session.get_one(User, row.asked_of).name}, who decides, or the headteacher."
    return ""


def _changed_by(session: Session, row: SignOff, user_id: int) -> bool:
    """Whether this user wrote into a post that somebody else put forward: its words, or whom it is put to."""
    wrote = select(HistoryLine.id).where(
        HistoryLine.object_kind == "sign_off",
        HistoryLine.object_id == row.id,
        HistoryLine.kind == "changed",
        HistoryLine.recorded_by == user_id,
    )
    return session.scalar(wrote.limit(1)) is not None


def _row(session: Session, sign_off_id: int) -> SignOff:
    row = session.get(SignOff, sign_off_id)
    if row is None:
        raise NotFound(NO_SUCH_SIGN_OFF)
    return row


def _waiting(session: Session, sign_off_id: int) -> SignOff:
    row = _row(session, sign_off_id)
    if row.status != SignOffStatus.WAITING:
        raise Refused("This post is decided or withdrawn and stays as it is. Ask anew.", "ACC-6")
    return row


def _draft(row: SignOff) -> SignOffDraft:
    return SignOffDraft(**{each.name: getattr(row, each.name) for each in fields(SignOffDraft)})


def _tidied(draft: SignOffDraft) -> SignOffDraft:
    return replace(
        draft,
        title=" ".join(draft.title.split()),
        post=draft.post.strip().replace("\r\n", "\n"),
        concern=draft.concern.strip().replace("\r\n", "\n"),
    )


def _problems(session: Session, ctx: Context, draft: SignOffDraft, row: SignOff | None) -> list[Problem]:
    found = []
    account = None if draft.account_id is None else session.get(SchoolAccount, draft.account_id)
    if account is None:
        found.append(Problem("account_id", "Choose the school account it is for."))
    elif account.closed_on is not None:
        found.append(Problem("account_id", "This account is closed: nothing is published there any more."))
    if not draft.title:
        found.append(Problem("title", "Say in a few words what the post is about."))
    if not draft.post:
        found.append(Problem("post", "Write the post as it is to be published."))
    if not draft.concern:
        found.append(
            Problem("concern", "Say what may be controversial: that is what the leader decides about.")
        )
    for field, most in _MOST.items():
        length = len(getattr(draft, field))
        if length > most:
            found.append(
                Problem(field, f"{_LABELS[field]} is {length:,} letters long; at most {most:,} can be kept.")
            )
    kept = row is not None and row.planned_for == draft.planned_for
    if draft.planned_for is not None and draft.planned_for < ctx.today() and not kept:
        found.append(
            Problem("planned_for", "The day lies in the past. Nothing is published before it is signed off.")
        )
    return [*found, *_leader_problems(session, ctx, draft, row)]


def _leader_problems(
    session: Session, ctx: Context, draft: SignOffDraft, row: SignOff | None
) -> list[Problem]:
    if draft.asked_of is None or (row is not None and row.asked_of == draft.asked_of):
        return []
    user = session.get(User, draft.asked_of)
    if user is None or not user.active or not _is_leader(user):
        return [Problem("asked_of", "Choose the headteacher or somebody of the leadership team.")]
    if user.id == (ctx.user.id if row is None else row.asked_by):
        return [Problem("asked_of", "Nobody signs off their own post. Choose somebody else.")]
    return []


def _differences(session: Session, theirs: SignOffDraft, mine: SignOffDraft) -> list[FieldChange]:
    both = (theirs, mine)
    accounts = message_fields.account_names(session, {each.account_id for each in both if each.account_id})
    users = incident_fields.user_names(session, [each.asked_of for each in both])

    def shown(field: str, value: Any) -> str:
        match field:
            case "account_id":
                return accounts.get(value, "")
            case "asked_of":
                return users.get(value, "Any of them")
            case "planned_for":
                return "" if value is None else written_day(value)
        return str(value)

    return [
        FieldChange(field, label, *(shown(field, getattr(each, field)) for each in both))
        for field, label in _LABELS.items()
        if getattr(theirs, field) != getattr(mine, field)
    ]


def _require_version(
    row: SignOff, version: int | None, changes: list[FieldChange] | tuple[FieldChange, ...]
) -> None:
    if version != row.version:
        raise Conflict(
            "Somebody else changed this post or its pictures meanwhile. Nothing of yours is lost: look at it anew.",
            changes,
            row.version,
        )


def _written(
    session: Session,
    ctx: Context,
    row: SignOff,
    what: str,
    said: str,
    *,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> Saved:
    history.add(session, ctx, "sign_off", row.id, what, said, reason=reason, rule="ACC-6")
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=f"sign_off.{what}",
        object_kind="sign_off",
        object_id=row.id,
        detail={**(detail or {}), "status": row.status, "reason": reason},
    )
    return Saved(row.id, row.version, frozenset({("sign_off", row.id), ("account", row.account_id)}))
