"""Whose signing key counts: a key that somebody else had a hand in waits until a third person vouches for it.

Whoever resets a password, or opens an account, knows the first password and could sit down as that user. So the
new key signs nothing while there is somebody who could confirm it; that somebody must stand on a key of their own
that nobody has to confirm, or an administrator could open an account only to vouch for another.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import SigningKey, User
from smdesk.errors import Refused
from smdesk.security import signatures
from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services.context import Context
from smdesk.services.user_records import confirm_refusal, key_flag


def current_key(session: Session, user_id: int) -> SigningKey | None:
    """The key a user signs with now."""
    return session.scalars(
        select(SigningKey)
        .where(SigningKey.user_id == user_id, SigningKey.retired_at.is_(None))
        .order_by(SigningKey.id.desc())
    ).first()


def reader_refusal(session: Session, key: SigningKey, reader_id: int) -> str:
    """Why this reader may not confirm this key, or "". Their role is asked for elsewhere."""
    refusal = confirm_refusal(key, reader_id)
    if refusal:
        return refusal
    if key_flag(current_key(session, reader_id)):
        return "Your own signing key is not confirmed yet, so it cannot vouch for another."
    return ""


def confirmers(session: Session, key: SigningKey) -> list[str]:
    """Names of those who could confirm this key now."""
    users = session.scalars(select(User).where(User.active).order_by(User.name)).all()
    return [
        user.name
        for user in users
        if allowed([Role(code) for code in user.roles], Permission.USERS_CONFIRM_KEY)
        and not reader_refusal(session, key, user.id)
    ]


def why_it_waits(session: Session, key: SigningKey) -> str:
    """Why this key signs nothing yet, and who can change that; "" where it may sign.

    Where nobody could confirm it (a small school whose headteacher is also the DSL), it signs and stays flagged.
    """
    flag = key_flag(key)
    able = confirmers(session, key) if flag else []
    if not able:
        return ""
    return (
        f"{flag} Before you can sign, {' or '.join(able)} compares its fingerprint with you and confirms it under "
        "Settings, Users and keys."
    )


def own_key(session: Session, ctx: Context, what: str) -> tuple[SigningKey, signatures.SigningKey]:
    """The key whoever is signed in signs with now: its record, and the key itself.

    ``what`` ends the sentence "Sign in again to …". Raises Refused where the key was replaced since they signed in, or
    waits for somebody to vouch for it.
    """
    key = current_key(session, ctx.user.id)
    if ctx.signing is None or key is None or key.public_key != ctx.signing.public:
        raise Refused(f"Your signing key has been replaced since you signed in. Sign in again to {what}.")
    waits = why_it_waits(session, key)
    if waits:
        raise Refused(waits)
    return key, ctx.signing
