"""Users and their signing keys as the window shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smdesk.db.models import SigningKey, User
from smdesk.security.permissions import ROLE_LABELS, Permission, Role, allowed
from smdesk.security.signatures import fingerprint

ORIGIN_LABELS: Final = {
    "first": "Made with the account",
    "reset": "Made by a password reset",
    "recovery": "Made with the recovery code",
}


@dataclass(frozen=True, slots=True)
class UserDraft:
    """What can be typed about a user. ``name`` stands under letters; ``person_id`` is the person record that is
    this user, so that nobody decides about themselves (CON-5).
    """

    login: str
    name: str
    job_title: str = ""
    roles: tuple[Role, ...] = ()
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user as listed. ``key_flag`` is a sentence where their signing key is not confirmed, else ""."""

    id: int
    version: int
    draft: UserDraft
    role_labels: str
    person_name: str
    active: bool
    must_change_password: bool
    last_seen_at: datetime | None
    key_flag: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One signing key. ``may_confirm`` says whether this reader may confirm it, ``why_not`` why they may not."""

    id: int
    user_id: int
    user_name: str
    fingerprint: str
    origin: str
    origin_label: str
    made_by: str
    created_at: datetime
    retired_at: datetime | None
    confirmed_by: str
    confirmed_at: datetime | None
    flag: str
    may_confirm: bool
    why_not: str


def key_flag(key: SigningKey | None) -> str:
    """Why a key should be looked at before it is trusted, or ""."""
    if key is None or key.confirmed_at is not None:
        return ""
    if key.origin == "first":
        # On first run everybody typed their own password (made_by is None); later the administrator did.
        if key.made_by is None:
            return ""
        return "This signing key was made when somebody else opened the account, and nobody has confirmed it."
    how = "with the recovery code" if key.origin == "recovery" else "by a password reset"
    return f"This signing key was made {how}, and nobody has confirmed it."


def confirm_refusal(key: SigningKey, reader_id: int) -> str:
    """Why this reader may not confirm this key, or ""."""
    if key.retired_at is not None:
        return "This key is no longer in use."
    if not key_flag(key):
        return "This key needs no confirmation."
    if key.user_id == reader_id:
        return "Nobody confirms their own key. Ask the headteacher, the DSL or the chair of governors."
    if key.made_by == reader_id:
        return "You made this key by resetting the password, so somebody else must confirm it."
    return ""


def key_row(key: SigningKey, users: dict[int, User], why_not: str, roles: frozenset[Role]) -> KeyRow:
    """A key as listed for a reader with these roles; ``why_not`` says why the reader may not confirm it, or ""."""
    if not why_not and not allowed(roles, Permission.USERS_CONFIRM_KEY):
        why_not = "The headteacher, the DSL or the chair of governors confirms keys."
    return KeyRow(
        id=key.id,
        user_id=key.user_id,
        user_name=users[key.user_id].name,
        fingerprint=fingerprint(key.public_key),
        origin=key.origin,
        origin_label=ORIGIN_LABELS.get(key.origin, key.origin),
        made_by=users[key.made_by].name if key.made_by is not None else "",
        created_at=key.created_at,
        retired_at=key.retired_at,
        confirmed_by=users[key.confirmed_by].name if key.confirmed_by is not None else "",
        confirmed_at=key.confirmed_at,
        flag="" if key.retired_at is not None else key_flag(key),
        may_confirm=not why_not,
        why_not=why_not,
    )


def user_row(user: User, names: dict[int, str], key: SigningKey | None) -> UserRow:
    """A user as listed."""
    draft = draft_of(user)
    return UserRow(
        id=user.id,
        version=user.version,
        draft=draft,
        role_labels=", ".join(ROLE_LABELS[role] for role in draft.roles),
        person_name=names.get(user.person_id or 0, ""),
        active=user.active,
        must_change_password=user.must_change_password,
        last_seen_at=user.last_seen_at,
        key_flag=key_flag(key),
    )


def draft_of(user: User) -> UserDraft:
    """A user as the form shows them."""
    held = {Role(code) for code in user.roles}
    roles = tuple(role for role in Role if role in held)
    return UserDraft(user.login, user.name, user.job_title, roles, user.person_id)
