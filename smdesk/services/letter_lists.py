"""Which letters there are: the views of the Letters tab, and the letters about one matter. Public as part of
``services.letters``.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from smdesk.db.models import Letter
from smdesk.security.permissions import Permission
from smdesk.services import (
    block_letters,
    case_letters,
    exception_letters,
    incident_letters,
    letter_views,
    message_letters,
    sight,
)
from smdesk.services.context import Context, needs
from smdesk.services.letter_matter import Subject
from smdesk.services.letter_records import LetterKind, LetterRow
from smdesk.services.letter_views import ListView


@needs(Permission.LETTERS_READ)
def sorted_ids(ctx: Context, view: ListView, text: str = "", kind: LetterKind | None = None) -> array[int]:
    """The letters of one view that this reader may see, newest first, as ids; of one ``kind``, or of all.

    ``text`` looks in number, reference, subject and the addressee's name.
    """
    with ctx.database.reading() as session:
        return letter_views.sorted_ids(session, sight.reader(session, ctx), view, text, kind)


@needs(Permission.LETTERS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[LetterRow]:
    """Lines of the list for these ids, in their order; those not visible (any more) are left out."""
    with ctx.database.reading() as session:
        return letter_views.rows(session, sight.reader(session, ctx), ids)


@needs(Permission.LETTERS_READ)
def for_incident(ctx: Context, incident_id: int) -> list[LetterRow]:
    """An incident's letters, newest first. Raises NotFound where the incident is missing or invisible."""
    return _about(ctx, incident_letters, incident_id, Letter.incident_id == incident_id)


@needs(Permission.LETTERS_READ)
def for_exception(ctx: Context, exception_id: int) -> list[LetterRow]:
    """An exception's letters, newest first. Raises NotFound where the exception is missing or invisible."""
    return _about(ctx, exception_letters, exception_id, Letter.exception_id == exception_id)


@needs(Permission.LETTERS_READ)
def for_case(ctx: Context, case_id: int) -> list[LetterRow]:
    """A business case's letters, newest first. Raises NotFound where the case is missing or invisible."""
    return _about(ctx, case_letters, case_id, Letter.case_id == case_id)


@needs(Permission.LETTERS_READ)
def for_message(ctx: Context, message_id: int) -> list[LetterRow]:
    """A message's letters, newest first. Raises NotFound, NotAllowed where it is masked."""
    return _about(ctx, message_letters, message_id, Letter.message_id == message_id)


@needs(Permission.LETTERS_READ)
def for_block(ctx: Context, block_id: int) -> list[LetterRow]:
    """A block's letters, newest first. Raises NotFound, NotAllowed where it is masked."""
    return _about(ctx, block_letters, block_id, Letter.block_id == block_id)


def _about(ctx: Context, knows: Subject, matter_id: int, condition: ColumnElement[bool]) -> list[LetterRow]:
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        knows.require(session, who, matter_id)
        ids = session.scalars(select(Letter.id).where(condition).order_by(Letter.id.desc()))
        return letter_views.rows(session, who, list(ids))
