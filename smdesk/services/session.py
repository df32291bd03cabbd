"""Signing in, coming back with the recovery code, and signing out.

keys.json and the database are two files, and a power cut can fall between their writes. Everywhere a password
or a key is made, keys.json is written *last inside* the database transaction, just before its commit. What a cut
can leave is then always the same: keys.json knows something the database does not. ``_settle`` mends that at the
next sign-in, and never in the user's favour: a signing key the database has not recorded counts as made by
somebody else's reset and stays flagged until a third person confirms it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.engine import Database, open_database
from smdesk.db.folder import check_suitable
from smdesk.db.models import School, SigningKey, User
from smdesk.errors import (
    Damaged,
    NewerVersion,
    NotAllowed,
    NotFound,
    Refused,
    SmdeskError,
    StorageProblem,
    Tampered,
    UnsuitableFolder,
    WrongPassword,
)
from smdesk.paths import SchoolFolder
from smdesk.security import keysfile, passwords, throttle, vault
from smdesk.security.permissions import Role
from smdesk.services.context import Context, SignedIn, open_to_all, utc_now

NOT_SIGNED_IN = "Nobody is signed in yet: the password, or the recovery code, is the gate."

State = Literal["new", "ready", "unsuitable", "damaged", "newer"]


@dataclass(frozen=True, slots=True)
class FolderState:
    """What can be said about a folder before anybody signs in. ``sentence`` is for the user where the state is
    not "new" or "ready"; ``backup`` is the newest usable backup of a damaged folder, or None.
    """

    state: State
    sentence: str = ""
    backup: str | None = None


@open_to_all(NOT_SIGNED_IN)
def folder_state(folder: SchoolFolder) -> FolderState:
    """Whether a school is set up here and looks openable. Damage inside the database shows only at sign-in."""
    try:
        check_suitable(folder.root)
    except UnsuitableFolder as error:
        return FolderState("unsuitable", str(error))
    if not folder.exists:
        return FolderState("new")
    try:
        keysfile.read(folder.keys)
        if not folder.database.is_file() or folder.database.stat().st_size == 0:
            raise Damaged(
                f"{folder.database.name} is missing or empty: it holds the school's records.",
                folder.database.name,
            )
    except NewerVersion as error:
        return FolderState("newer", str(error))
    except (StorageProblem, Tampered) as error:
        from smdesk.db import backup

        newest = backup.newest_usable(folder)
        offer = (
            f" The newest usable backup is of {backup.made_in_words(newest)}."
            if newest
            else " No usable backup was found."
        )
        return FolderState("damaged", f"{error}{offer}", str(newest) if newest else None)
    except OSError as error:
        return FolderState("unsuitable", f"{folder.root} cannot be read: {error.strerror}.")
    return FolderState("ready")


@open_to_all(NOT_SIGNED_IN)
def sign_in(
    folder: SchoolFolder, login: str, password: str, now: Callable[[], datetime] = utc_now
) -> Context:
    """Open the school's records for one user.

    Raises WrongPassword (never saying which of the two was wrong; ``wait`` seconds until the next try is heard),
    NotAllowed for a closed account, UnsuitableFolder, Damaged, Tampered, NewerVersion or StorageProblem.
    """
    check_suitable(folder.root)
    throttle.check(folder, login, now())
    try:
        unlocked = vault.unlock(folder, login, password)
    except WrongPassword as error:
        wait = throttle.failed(folder, login, now())
        raise WrongPassword(str(error), wait) from None
    throttle.succeeded(folder, login, now())
    database = open_database(folder.database, unlocked.data_key)
    try:
        user = _enter(database, unlocked, now())
        _drop_closed_accounts(database, folder, unlocked.data_key)
    except BaseException:
        database.dispose()
        raise
    return Context(database, folder, user, unlocked.signing, now)


@open_to_all(NOT_SIGNED_IN)
def recover(
    folder: SchoolFolder,
    code: str,
    login: str,
    new_password: str,
    now: Callable[[], datetime] = utc_now,
    params: keysfile.Argon2Parameters = vault.PRODUCTION,
) -> Context:
    """Set a new password for ``login`` with the printed recovery code, and sign in with it.

    The code opens the records, never a signing key: the user gets a new one, flagged until somebody else confirms
    it. Raises Invalid for a mistyped code or a bad password, WrongPassword for another school's code, Refused for
    a user who is not there or whose account is closed.
    """
    check_suitable(folder.root)
    data_key = vault.unlock_with_recovery_code(folder, code)
    database = open_database(folder.database, data_key)
    try:
        with database.writing() as session:
            folded = passwords.fold_login(login)
            user = session.scalars(select(User).where(User.login == folded)).one_or_none()
            if user is None or not user.active:
                raise Refused(
                    "There is no open account with this user name. The recovery code is right; check the name."
                )
            try:
                public = vault.reset_password(folder, data_key, user.vault_key, new_password, params)
            except NotFound:
                # The entry is gone from keys.json (restored from an older copy, say): make it again.
                public = vault.add_user(folder, data_key, user.vault_key, folded, new_password, params)
            replace_key(session, user, public, "recovery", None, now())
            user.must_change_password = False
            user.version += 1
            audit.write(
                session,
                actor_id=user.id,
                at=now(),
                action="session.recovered",
                object_kind="user",
                object_id=user.id,
                detail=None,
            )
    finally:
        database.dispose()
    throttle.succeeded(folder, login, now())
    return sign_in(folder, login, new_password, now)


@open_to_all("Leaving is always allowed.")
def sign_out(ctx: Context) -> None:
    """Note the leaving and close the records. Never raises for a disk that will not take the note."""
    try:
        with contextlib.suppress(SmdeskError), ctx.database.writing() as session:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="session.signed_out",
                object_kind="user",
                object_id=ctx.user.id,
                detail=None,
            )
    finally:
        ctx.database.dispose()


def _enter(database: Database, unlocked: vault.Unlocked, at: datetime) -> SignedIn:
    with database.writing() as session:
        if session.scalar(select(School.vault_id)) != unlocked.vault_id:
            raise Tampered(
                "keys.json and smdesk.db do not belong together: one of them was exchanged. "
                "Restore both from the same backup."
            )
        user = session.scalars(select(User).where(User.vault_key == unlocked.user_key)).one_or_none()
        if user is None or not user.active:
            raise NotAllowed("This account is closed. Ask whoever manages users to open it again.")
        _settle(session, user, unlocked, at)
        user.last_seen_at = at
        audit.write(
            session,
            actor_id=user.id,
            at=at,
            action="session.signed_in",
            object_kind="user",
            object_id=user.id,
            detail=None,
        )
        return SignedIn(
            id=user.id,
            login=user.login,
            name=user.name,
            roles=frozenset(Role(code) for code in user.roles),
            person_id=user.person_id,
            must_change_password=user.must_change_password,
        )


def _settle(session: Session, user: User, unlocked: vault.Unlocked, at: datetime) -> None:
    """Bring the database level with keys.json after a cut between the two writes (see the module's head)."""
    if user.login != unlocked.login:
        user.login = unlocked.login
    held = session.scalars(
        select(SigningKey).where(SigningKey.user_id == user.id, SigningKey.retired_at.is_(None))
    ).all()
    if [key.public_key for key in held] == [unlocked.signing.public]:
        return
    replace_key(session, user, unlocked.signing.public, "reset", None, at)
    user.must_change_password = True
    audit.write(
        session,
        actor_id=None,
        at=at,
        action="user.key_found",
        object_kind="user",
        object_id=user.id,
        detail=None,
    )


def replace_key(
    session: Session, user: User, public: bytes, origin: str, made_by: int | None, at: datetime
) -> SigningKey:
    """Retire the user's keys and record a new one. What the old ones signed still stands."""
    for old in session.scalars(
        select(SigningKey).where(SigningKey.user_id == user.id, SigningKey.retired_at.is_(None))
    ):
        old.retired_at = at
    fresh = SigningKey(user_id=user.id, public_key=public, origin=origin, made_by=made_by, created_at=at)
    session.add(fresh)
    session.flush()
    return fresh


def _drop_closed_accounts(database: Database, folder: SchoolFolder, data_key: bytes) -> None:
    """Take closed accounts out of keys.json where a cut left them: their password must open nothing."""
    with database.reading() as session:
        closed = set(session.scalars(select(User.vault_key).where(User.active.is_(False))))
    for entry in vault.list_users(folder):
        if entry.user_key in closed:
            vault.remove_user(folder, data_key, entry.user_key)
