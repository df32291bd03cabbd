"""Who may sign in, in which roles, and whose signing key is whose.

keys.json is written last inside the database transaction; see ``services.session`` for what a power cut between
the two can leave and how the next sign-in mends it. Closing an account is the exception: the database is written
first, because the account must be closed even where keys.json cannot be written, and sign-in repeats the rest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Set
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import IncidentPerson, Person, School, SigningKey, User
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused, WrongPassword
from smdesk.security import passwords, throttle, vault
from smdesk.security.keysfile import Argon2Parameters
from smdesk.security.permissions import ROLE_LABELS, Permission, Role
from smdesk.security.signatures import fingerprint
from smdesk.services import connection_people, incident_state, key_trust, sight
from smdesk.services.context import Changes, Context, Saved, needs
from smdesk.services.incident_records import PersonRole
from smdesk.services.session import replace_key
from smdesk.services.user_records import (
    KeyRow,
    UserDraft,
    UserRow,
    draft_of,
    key_flag,
    key_row,
    user_row,
)

NAME_MOST: Final = 100


@needs(Permission.USERS_READ)
def list_users(ctx: Context) -> list[UserRow]:
    """Every user, open accounts first, by name."""
    with ctx.database.reading() as session:
        users = session.scalars(select(User).order_by(User.active.desc(), User.name, User.id)).all()
        names = _people_names(session, [user.person_id for user in users])
        keys = {
            key.user_id: key
            for key in session.scalars(select(SigningKey).where(SigningKey.retired_at.is_(None)))
        }
        return [user_row(user, names, keys.get(user.id)) for user in users]


@needs(Permission.USERS_READ)
def notices(ctx: Context) -> list[str]:
    """What is unusual about the users as they stand: no or two headteachers, keys not confirmed.

    Two headteachers are allowed (one may be acting for the other), but everybody should know.
    """
    with ctx.database.reading() as session:
        users = session.scalars(select(User).where(User.active).order_by(User.name)).all()
        said = []
        heads = [user.name for user in users if Role.HEADTEACHER in user.roles]
        if not heads:
            said.append("Nobody has the headteacher's role, so no letter can be approved.")
        if len(heads) > 1:
            said.append(f"More than one person has the headteacher's role: {', '.join(heads)}.")
        if not any(Role.DSL in user.roles for user in users):
            said.append("Nobody has the designated safeguarding lead's role.")
        if not any(Role.CHAIR_OF_GOVERNORS in user.roles for user in users):
            said.append(
                "There is no chair of governors among the users: an incident about the headteacher would have "
                "nobody to decide it."
            )
        for user in users:
            if user.person_id is None and {Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS} & set(user.roles):
                said.append(
                    f"{user.name} decides, but has no person record: SM Desk cannot tell what is about them (CON-5). "
                    "An administrator chooses the record under Settings, Users and keys."
                )
            key = key_trust.current_key(session, user.id)
            flag = key_flag(key)
            if flag and {Role.HEADTEACHER, Role.DSL, Role.CHAIR_OF_GOVERNORS} & set(user.roles):
                said.append(f"{user.name}: {flag}")
        return said


@needs(Permission.USERS_MANAGE)
def add(ctx: Context, draft: UserDraft, password: str, params: Argon2Parameters = vault.PRODUCTION) -> Saved:
    """Give somebody an account with a first password, which they change when they sign in.

    Raises Invalid with every problem, Refused for giving oneself a second account.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        _check(session, draft, None)
        _refuse_second_self(session, ctx, draft)
        user_key = vault.new_user_key()
        user = User(
            vault_key=user_key,
            login=draft.login,
            name=draft.name,
            job_title=draft.job_title,
            roles=[str(role) for role in draft.roles],
            person_id=draft.person_id,
            must_change_password=True,
            created_at=ctx.now(),
        )
        session.add(user)
        session.flush()
        _audit(session, ctx, "user.added", user.id, {"login": draft.login, "roles": list(user.roles)})
        touched: set[tuple[str, int]] = {("user", user.id)}
        if Role.HEADTEACHER in draft.roles:
            touched |= _refresh_concerned(session, ctx, {draft.person_id})
        _drop_stray_entry(session, ctx, draft.login)
        public = vault.add_user(ctx.folder, ctx.database.data_key, user_key, draft.login, password, params)
        replace_key(session, user, public, "first", ctx.user.id, ctx.now())
        return Saved(user.id, user.version, frozenset(touched))


@needs(Permission.USERS_MANAGE)
def save(ctx: Context, user_id: int, draft: UserDraft, expected_version: int) -> Saved:
    """Change a user's name, roles or person.

    Nobody gives themselves a role, and the last administrator keeps theirs. Raises Invalid, Conflict, Refused.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        user = _user(session, user_id)
        before = draft_of(user)
        if user.version != expected_version:
            raise Conflict(
                f"The account of {user.name} was changed by somebody else meanwhile.",
                _differences(before, draft),
                user.version,
            )
        _check(session, draft, user_id)
        if user_id == ctx.user.id:
            _refuse_own_roles(before, draft)
        if Role.ADMINISTRATOR in before.roles and Role.ADMINISTRATOR not in draft.roles:
            _refuse_last_administrator(session, user_id)
        user.login, user.name, user.job_title = draft.login, draft.name, draft.job_title
        user.roles, user.person_id = [str(role) for role in draft.roles], draft.person_id
        user.version += 1
        changed = {each.field: [each.theirs, each.mine] for each in _differences(before, draft)}
        _audit(session, ctx, "user.saved", user.id, changed)
        touched: set[tuple[str, int]] = {("user", user.id)}
        if before.person_id != draft.person_id or (Role.HEADTEACHER in before.roles) != (
            Role.HEADTEACHER in draft.roles
        ):
            touched |= _refresh_concerned(session, ctx, {before.person_id, draft.person_id})
        if before.login != draft.login:
            session.flush()
            vault.rename_user(ctx.folder, ctx.database.data_key, user.vault_key, draft.login)
        return Saved(user.id, user.version, frozenset(touched))


@needs(Permission.USERS_MANAGE)
def reset_password(
    ctx: Context, user_id: int, new_password: str, params: Argon2Parameters = vault.PRODUCTION
) -> Saved:
    """Give somebody else a new password, to be changed when they sign in.

    Their signing key is made anew and stays flagged until the headteacher, the DSL or the chair of governors,
    other than its owner and other than you, confirms it: nobody can reset the headteacher's password and sign as
    the headteacher unnoticed. Raises Refused for oneself or a closed account, Invalid for a bad password.
    """
    if user_id == ctx.user.id:
        raise Refused(
            "Change your own password under Account, Change my password: that keeps your signing key."
        )
    with ctx.database.writing() as session:
        user = _user(session, user_id)
        if not user.active:
            raise Refused(f"The account of {user.name} is closed. Open it again to give it a password.")
        user.must_change_password = True
        user.version += 1
        _audit(session, ctx, "user.password_reset", user.id, None)
        session.flush()
        public = vault.reset_password(ctx.folder, ctx.database.data_key, user.vault_key, new_password, params)
        key = replace_key(session, user, public, "reset", ctx.user.id, ctx.now())
        return Saved(user.id, user.version, frozenset({("user", user.id), ("key", key.id)}))


@needs(Permission.OWN_PASSWORD)
def change_my_password(
    ctx: Context, old: str, new: str, params: Argon2Parameters = vault.PRODUCTION
) -> Saved:
    """Change one's own password. The signing key stays as it is, and so does its flag where it has one.

    Raises WrongPassword where ``old`` is not right (slowed down like a sign-in), Invalid for a bad new one.
    """
    if ctx.signing is None:
        raise Refused("Sign in again to change your password.")
    throttle.check(ctx.folder, ctx.user.login, ctx.now())
    with ctx.database.writing() as session:
        user = _user(session, ctx.user.id)
        user.must_change_password = False
        user.version += 1
        _audit(session, ctx, "user.password_changed", user.id, None)
        session.flush()
        vault_id = session.scalars(select(School.vault_id)).one()
        opened = vault.Unlocked(user.vault_key, user.login, vault_id, ctx.database.data_key, ctx.signing)
        try:
            vault.change_password(ctx.folder, opened, old, new, params)
        except WrongPassword as error:
            raise WrongPassword(str(error), throttle.failed(ctx.folder, ctx.user.login, ctx.now())) from None
        return Saved(user.id, user.version, frozenset({("user", user.id)}))


@needs(Permission.USERS_MANAGE)
def close_account(ctx: Context, user_id: int) -> Saved:
    """Close an account: its password opens nothing any more. What the user did and signed stays.

    Raises Refused for one's own account and for the last administrator's.
    """
    if user_id == ctx.user.id:
        raise Refused("You cannot close your own account. Another administrator can.")
    with ctx.database.writing() as session:
        user = _user(session, user_id)
        if user.active and Role.ADMINISTRATOR in user.roles:
            _refuse_last_administrator(session, user_id)
        user.active = False
        user.version += 1
        for key in session.scalars(
            select(SigningKey).where(SigningKey.user_id == user_id, SigningKey.retired_at.is_(None))
        ):
            key.retired_at = ctx.now()
        _audit(session, ctx, "user.closed", user.id, None)
        saved = Saved(user.id, user.version, frozenset({("user", user.id)}))
        user_key = user.vault_key
    with contextlib.suppress(NotFound):  # closed before, and its entry taken away then
        vault.remove_user(ctx.folder, ctx.database.data_key, user_key)
    return saved


@needs(Permission.USERS_MANAGE)
def open_account(
    ctx: Context, user_id: int, password: str, params: Argon2Parameters = vault.PRODUCTION
) -> Saved:
    """Open a closed account again, with a new password and a new, flagged signing key."""
    with ctx.database.writing() as session:
        user = _user(session, user_id)
        if user.active:
            raise Refused(f"The account of {user.name} is open already.")
        user.active = True
        user.must_change_password = True
        user.version += 1
        user.vault_key = vault.new_user_key()
        _audit(session, ctx, "user.opened", user.id, None)
        _drop_stray_entry(session, ctx, user.login)
        session.flush()
        public = vault.add_user(
            ctx.folder, ctx.database.data_key, user.vault_key, user.login, password, params
        )
        replace_key(session, user, public, "reset", ctx.user.id, ctx.now())
        return Saved(user.id, user.version, frozenset({("user", user.id)}))


@needs(Permission.USERS_MANAGE)
def new_recovery_code(ctx: Context) -> str:
    """Make a new recovery code, shown once; the old sheet opens nothing from now on."""
    with ctx.database.writing() as session:
        _audit(session, ctx, "school.recovery_code_replaced", None, None)
        session.flush()
        return vault.replace_recovery_code(ctx.folder, ctx.database.data_key)


@needs(Permission.USERS_READ)
def keys(ctx: Context) -> list[KeyRow]:
    """Every signing key there is or was, newest first."""
    with ctx.database.reading() as session:
        users = {user.id: user for user in session.scalars(select(User))}
        reader_roles = frozenset(Role(code) for code in users[ctx.user.id].roles)
        rows = session.scalars(select(SigningKey).order_by(SigningKey.id.desc()))
        return [
            key_row(key, users, key_trust.reader_refusal(session, key, ctx.user.id), reader_roles)
            for key in rows
        ]


@needs(Permission.USERS_CONFIRM_KEY)
def confirm_key(ctx: Context, key_id: int) -> Saved:
    """Vouch that a new key is really its owner's, after comparing the fingerprint with them in person.

    Raises Refused for one's own key, for a key one made oneself, for a retired and for a confirmed one, and while
    one's own key is not confirmed.
    """
    with ctx.database.writing() as session:
        key = session.get(SigningKey, key_id)
        if key is None:
            raise NotFound("There is no such signing key.")
        refusal = key_trust.reader_refusal(session, key, ctx.user.id)
        if refusal:
            raise Refused(refusal)
        key.confirmed_by = ctx.user.id
        key.confirmed_at = ctx.now()
        _audit(session, ctx, "user.key_confirmed", key.user_id, {"fingerprint": fingerprint(key.public_key)})
        user = _user(session, key.user_id)
        return Saved(key.id, user.version, frozenset({("user", key.user_id), ("key", key.id)}))


def _user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _people_names(session: Session, ids: list[int | None]) -> dict[int, str]:
    wanted = {each for each in ids if each is not None}
    rows = session.scalars(select(Person).where(Person.id.in_(wanted))).all() if wanted else []
    return {row.id: f"{row.given_name} {row.family_name}".strip() for row in rows}


def _tidied(draft: UserDraft) -> UserDraft:
    return UserDraft(
        passwords.fold_login(draft.login),
        " ".join(draft.name.split()),
        " ".join(draft.job_title.split()),
        tuple(role for role in Role if role in draft.roles),
        draft.person_id,
    )


def _check(session: Session, draft: UserDraft, user_id: int | None) -> None:
    problems = []
    if not draft.name:
        problems.append(Problem("name", "Give the name as it should stand under letters."))
    for field, text in (("name", draft.name), ("job_title", draft.job_title)):
        if len(text) > NAME_MOST:
            problems.append(Problem(field, f"Please use at most {NAME_MOST} letters."))
    if not draft.roles:
        problems.append(Problem("roles", "Choose at least one role; without one nothing can be opened."))
    taken = session.scalar(select(User.id).where(User.login == draft.login))
    if taken is not None and taken != user_id:
        problems.append(Problem("login", f"The user name {draft.login} is taken."))
    if draft.person_id is not None:
        person = session.get(Person, draft.person_id)
        if person is None or person.merged_into is not None:
            problems.append(
                Problem("person_id", "The person chosen for this user is not on record any more.")
            )
        else:
            other = session.scalar(
                select(User.name).where(User.person_id == draft.person_id, User.id != (user_id or 0))
            )
            if other is not None:
                problems.append(Problem("person_id", f"That person is already the user {other}."))
    if problems:
        raise Invalid(problems)


def _refuse_own_roles(before: UserDraft, after: UserDraft) -> None:
    if Role.ADMINISTRATOR in before.roles and Role.ADMINISTRATOR not in after.roles:
        raise Refused(
            "You cannot give up the administrator's role yourself. Another administrator can take it over."
        )
    if set(after.roles) - set(before.roles):
        raise Refused("Nobody gives themselves a role. Another administrator can do it.", "CON-5")
    if before.person_id is not None and after.person_id != before.person_id:
        # Otherwise an administrator could cut the link that keeps them from deciding about themselves.
        raise Refused("Another administrator must change which person record is yours.", "CON-5")


def _refuse_last_administrator(session: Session, leaving: int) -> None:
    others = session.scalars(select(User).where(User.active, User.id != leaving))
    if not any(Role.ADMINISTRATOR in user.roles for user in others):
        raise Refused("This is the last administrator. Give somebody else the role first.")


def _refuse_second_self(session: Session, ctx: Context, draft: UserDraft) -> None:
    mine = session.get(User, ctx.user.id)
    if mine is not None and mine.person_id is not None and mine.person_id == draft.person_id:
        raise Refused("You have an account already.", "CON-5")


def _refresh_concerned(session: Session, ctx: Context, people: Set[int | None]) -> Changes:
    """Work out anew who decides what is about these people: a new headteacher's own goes to the chair (CON-5)."""
    session.flush()
    records = {each for person in people for each in sight.same_person(session, person)}
    incidents = session.scalars(
        select(IncidentPerson.incident_id)
        .where(IncidentPerson.person_id.in_(records), IncidentPerson.role == PersonRole.AUTHOR.value)
        .distinct()
    ).all()
    for incident in incidents:
        incident_state.refresh(session, incident)
    exceptions = connection_people.refresh_people(session, ctx, records)
    return exceptions | {("incident", each) for each in incidents}


def _drop_stray_entry(session: Session, ctx: Context, login: str) -> None:
    """Take away an entry of keys.json whose user never reached the database (a cut in the middle of ``add``)."""
    known = set(session.scalars(select(User.vault_key).where(User.active)))
    for entry in vault.list_users(ctx.folder):
        if entry.login == login and entry.user_key not in known:
            vault.remove_user(ctx.folder, ctx.database.data_key, entry.user_key)


def _differences(theirs: UserDraft, mine: UserDraft) -> list[FieldChange]:
    labels = {
        "login": "User name",
        "name": "Name",
        "job_title": "Job title",
        "roles": "Roles",
        "person_id": "Person's record",
    }
    return [
        FieldChange(field, label, _said(getattr(theirs, field)), _said(getattr(mine, field)))
        for field, label in labels.items()
        if getattr(theirs, field) != getattr(mine, field)
    ]


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(ROLE_LABELS[role] for role in value)
    return "" if value is None else str(value)


def _audit(
    session: Session, ctx: Context, action: str, user_id: int | None, detail: Mapping[str, object] | None
) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="user",
        object_id=user_id,
        detail=detail,
    )
