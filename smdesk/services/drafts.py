"""Half-typed forms, kept so that a lock, a crash or a telephone call loses nothing.

A draft belongs to the user who typed it and nobody else ever sees it. It is no record: putting one away writes
no audit entry, because a form saves itself every few seconds.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from smdesk.db.models import Draft
from smdesk.errors import Invalid
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs

_LARGEST: Final = 2_000_000
_LONGEST_NAME: Final = 100


@needs(Permission.OWN_DRAFTS)
def put(ctx: Context, form: str, object_id: int, data: dict[str, Any]) -> None:
    """Keep what stands in a form; ``object_id`` is 0 for a record not saved yet. Replaces an earlier draft.

    Raises Invalid when there is more than a form can hold (2 million letters).
    """
    if not form or len(form) > _LONGEST_NAME:
        raise ValueError("A form's name has 1 to 100 letters.")
    if len(json.dumps(data)) > _LARGEST:
        raise Invalid.one(
            "data", "There is too much text in this form to keep a draft of it. Save it in parts."
        )
    with ctx.database.writing() as session:
        values = {"data": data, "saved_at": ctx.now()}
        session.execute(
            insert(Draft)
            .values(user_id=ctx.user.id, form=form, object_id=object_id, **values)
            .on_conflict_do_update(index_elements=["user_id", "form", "object_id"], set_=values)
        )


@needs(Permission.OWN_DRAFTS)
def get(ctx: Context, form: str, object_id: int) -> dict[str, Any] | None:
    """The user's own draft of this form, or None."""
    with ctx.database.reading() as session:
        return session.scalar(
            select(Draft.data).where(
                Draft.user_id == ctx.user.id, Draft.form == form, Draft.object_id == object_id
            )
        )


@needs(Permission.OWN_DRAFTS)
def drop(ctx: Context, form: str, object_id: int) -> None:
    """Forget a draft: the form was saved, or its text thrown away. One that is gone already is fine."""
    with ctx.database.writing() as session:
        session.execute(
            delete(Draft).where(
                Draft.user_id == ctx.user.id, Draft.form == form, Draft.object_id == object_id
            )
        )


@needs(Permission.OWN_DRAFTS)
def mine(ctx: Context) -> list[tuple[str, int, datetime]]:
    """The user's own drafts as (form, object id, when), newest first."""
    with ctx.database.reading() as session:
        rows = session.execute(
            select(Draft.form, Draft.object_id, Draft.saved_at)
            .where(Draft.user_id == ctx.user.id)
            .order_by(Draft.saved_at.desc(), Draft.id.desc())
        )
        return [(row.form, row.object_id, row.saved_at) for row in rows]
