"""Who may see and decide which exception: ``security.permissions`` put to single records and to SQL.

Every service that shows anything of an exception comes through here. A record somebody may not see and a record
that does not exist raise the same ``NotFound`` with the same sentence, so that asking tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import ConnectionException, User
from smdesk.errors import NotAllowed, NotFound
from smdesk.policy import connections as policy
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Notify
from smdesk.security.permissions import (
    ROLE_LABELS,
    Permission,
    Role,
    Sight,
    allowed,
    may_decide_exception,
    may_see_exception,
)
from smdesk.services import incident_state, own_name
from smdesk.services.context import Context
from smdesk.services.driver import driver
from smdesk.services.incident_records import Confidentiality
from smdesk.services.sight import Reader, Where, reader, reader_on, same_person

__all__ = [
    "NO_SUCH_EXCEPTION",
    "Reader",
    "Where",
    "decider_role",
    "deciders",
    "glimpse",
    "is_concerned",
    "is_confidential",
    "is_decidable",
    "is_editable",
    "note_opening",
    "reader",
    "reader_of",
    "reader_on",
    "require_full",
    "same_person",
    "sight_of",
    "where_decidable",
    "where_exists_only",
    "where_full",
    "why_not",
]

NO_SUCH_EXCEPTION = "There is no such exception, or it is not open to you."
ONLY_EXISTS = (
    "This exception is confidential. You recorded it, so you can see that it exists; "
    "only the people it is restricted to can open it."
)


def sight_of(who: Reader, exception: ConnectionException) -> Sight:
    """How much of this exception this reader may see."""
    return may_see_exception(
        who.roles,
        exception.confidentiality,
        recorded_by_me=exception.recorded_by == who.user_id,
        headteacher_concerned=exception.headteacher_concerned,
    )


def glimpse(session: Session, who: Reader, exception_id: int) -> tuple[ConnectionException, Sight]:
    """The exception and how much of it may be shown. Raises NotFound where it is missing or invisible."""
    exception = session.get(ConnectionException, exception_id)
    if exception is None:
        raise NotFound(NO_SUCH_EXCEPTION)
    sight = sight_of(who, exception)
    if sight is Sight.NONE:
        raise NotFound(NO_SUCH_EXCEPTION)
    return exception, sight


def require_full(session: Session, who: Reader, exception_id: int) -> ConnectionException:
    """The exception, for a reader who may see all of it.

    Raises NotFound where it is missing or invisible, NotAllowed where the reader may know only that it exists.
    """
    exception, sight = glimpse(session, who, exception_id)
    if sight is not Sight.FULL:
        raise NotAllowed(ONLY_EXISTS)
    return exception


def is_editable(who: Reader, exception: ConnectionException) -> bool:
    """Whether this reader keeps this record: its facts until it is decided, its notes and marking afterwards."""
    return sight_of(who, exception) is Sight.FULL and allowed(who.roles, Permission.CONNECTIONS_EDIT)


def is_confidential(exception: ConnectionException) -> bool:
    """Whether opening this exception is written to the audit log."""
    return exception.confidentiality != Confidentiality.NORMAL


def note_opening(
    session: Session, ctx: Context, exception: ConnectionException, action: str = "exception.opened"
) -> None:
    """Write that a confidential record was opened. For an ordinary one: nothing."""
    if is_confidential(exception):
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=action,
            object_kind="exception",
            object_id=exception.id,
            detail=None,
        )


def decider_role(session: Session, exception: ConnectionException) -> Role:
    """The role that decides this exception under its own version of the policy (CON-2, CON-5)."""
    profile = incident_state.stored_profile(session, exception.profile_id)
    return role_for(profile, exception.headteacher_concerned)


def role_for(profile: Profile, headteacher_concerned: bool) -> Role:
    """The role a policy gives such a decision to (CON-2, CON-5)."""
    chair = policy.decider(profile, headteacher_concerned) is Notify.CHAIR_OF_GOVERNORS
    return Role.CHAIR_OF_GOVERNORS if chair else Role.HEADTEACHER


def is_decidable(session: Session, who: Reader, exception: ConnectionException) -> bool:
    """Whether this reader is the one who decides this exception, whatever state it is in (CON-2, CON-5)."""
    return may_decide_exception(
        who.roles,
        exception.confidentiality,
        decider_role(session, exception),
        headteacher_concerned=exception.headteacher_concerned,
        i_am_concerned=is_concerned(session, who, exception),
        declared_by_me=_declared(who, exception),
    )


def why_not(session: Session, who: Reader, exception: ConnectionException) -> str:
    """Where this reader does not decide this exception: why, and who does or what to do. "" where they do."""
    if is_decidable(session, who, exception):
        return ""
    decider = decider_role(session, exception)
    able = [user.name for user in deciders(session, exception)]
    label = ROLE_LABELS[decider]
    ask = (
        f"{' or '.join(able)} ({label.lower()}) decides."
        if able
        else f"Nobody among the users decides it as {label.lower()}."
    )
    if is_concerned(session, who, exception):
        if who.person_ids.isdisjoint((exception.adult_id, exception.other_id)):
            return (
                "One of the two goes by your name, and the person record of your account does not say for certain that "
                "it is somebody else. Nobody decides their own exception (CON-5): have an administrator choose your "
                f"record under Settings, Users and keys. {ask}"
            )
        return f"This is about yourself, and nobody decides their own exception (CON-5). {ask}"
    if exception.headteacher_concerned and Role.HEADTEACHER in who.roles:
        return f"The headteacher is one of the two, so the headteacher does not decide it (CON-5). {ask}"
    if (
        decider in who.roles
        and exception.declarant_id is not None
        and exception.declarant_id in who.person_ids
    ):
        return f"You declared this connection, and nobody decides what they declared (CON-5). {ask}"
    if decider in who.roles and exception.submitted_by == who.user_id:
        return (
            "You put this forward, or changed it while it lay before the decider, and nobody decides what they put "
            "forward (CON-5). Take it back and let the office put it forward."
        )
    return ask


def is_concerned(session: Session, who: Reader, exception: ConnectionException) -> bool:
    """Whether this reader is one of the two; or may be by their name, where the link to a person does not tell."""
    both = (exception.adult_id, exception.other_id)
    return not who.person_ids.isdisjoint(both) or own_name.is_namesake(session, who.user_id, both)


def _declared(who: Reader, exception: ConnectionException) -> bool:
    return exception.submitted_by == who.user_id or exception.declarant_id in who.person_ids


def deciders(session: Session, exception: ConnectionException) -> list[User]:
    """The users who decide this exception as it stands, by name."""
    users = session.scalars(select(User).where(User.active).order_by(User.name))
    return [user for user in users if is_decidable(session, reader_of(session, user), exception)]


def reader_of(session: Session, user: User) -> Reader:
    """This user as a reader, whether or not they have signed in."""
    roles = frozenset(Role(code) for code in user.roles)
    return Reader(user.id, roles, same_person(session, user.person_id))


@lru_cache(maxsize=32)
def where_full(who: Reader) -> Where:
    """The condition for the exceptions this reader may see in full: ``may_see_exception``'s table, in SQL."""
    terms: list[str] = []
    for concerned in (False, True):
        # "?" stands for a confidentiality this version does not know: it follows the strictest rule.
        seen = [
            kind
            for kind in (*Confidentiality, "?")
            if may_see_exception(who.roles, kind, recorded_by_me=False, headteacher_concerned=concerned)
            is Sight.FULL
        ]
        if seen:
            terms.append(f"({_of_kinds(seen, concerned)})")
    whole = all(term.count(" AND ") == 0 for term in terms)
    if len(terms) == 2 and whole:
        return Where("1", {})
    return Where("(" + " OR ".join(terms) + ")" if terms else "0", {})


def _of_kinds(kinds: Collection[str], concerned: bool) -> str:
    """The condition for these confidentialities, where the headteacher is one of the two or is not."""
    term = f"connection_exception.headteacher_concerned = {int(concerned)}"
    hidden = [kind for kind in Confidentiality if kind not in kinds]
    if "?" not in kinds:
        return f"{term} AND connection_exception.confidentiality IN ({_quoted(kinds)})"
    return f"{term} AND connection_exception.confidentiality NOT IN ({_quoted(hidden)})" if hidden else term


def where_decidable(session: Session, who: Reader) -> Where:
    """The condition for the exceptions this reader decides: ``is_decidable`` in SQL, for lists of what waits."""
    raw = driver(session)
    policies: dict[str, list[int]] = {}
    for (profile_id,) in raw.execute("SELECT id FROM policy_profile ORDER BY id").fetchall():
        profile = incident_state.profile_on(raw, profile_id)
        for concerned in (False, True):
            kinds = [
                kind
                for kind in (*Confidentiality, "?")
                if may_decide_exception(
                    who.roles,
                    kind,
                    role_for(profile, concerned),
                    headteacher_concerned=concerned,
                    i_am_concerned=False,
                    declared_by_me=False,
                )
            ]
            if kinds:
                policies.setdefault(_of_kinds(kinds, concerned), []).append(profile_id)
    if not policies:
        return Where("0", {})
    terms = (
        f"({term} AND connection_exception.profile_id IN ({', '.join(map(str, ids))}))"
        for term, ids in policies.items()
    )
    # Nobody decides about themselves, nor what they declared or put forward (CON-5). IS NOT: nobody may have.
    mine = "(SELECT value FROM json_each(:mine))"
    return Where(
        f"({' OR '.join(terms)}) AND connection_exception.submitted_by IS NOT :me"  # noqa: S608 - values are bound
        f" AND connection_exception.adult_id NOT IN {mine} AND connection_exception.other_id NOT IN {mine}"
        " AND coalesce(connection_exception.declarant_id, 0) NOT IN (SELECT value FROM json_each(:declared))",
        {
            "me": who.user_id,
            "mine": json.dumps(sorted(who.person_ids | own_name.namesakes(session, who.user_id))),
            "declared": json.dumps(sorted(who.person_ids)),
        },
    )


def _quoted(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def where_exists_only(who: Reader) -> Where:
    """The condition for exceptions this reader recorded but may not read: known to exist, no more."""
    full = where_full(who)
    return Where(
        f"connection_exception.recorded_by = :me AND NOT ({full.sql})", {**full.params, "me": who.user_id}
    )
