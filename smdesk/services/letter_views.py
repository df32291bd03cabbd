"""Letters as the window shows them: one in full, and lines of the list. Session first, as in ``letter_state``."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, Person, SigningKey, User, from_utc_text
from smdesk.security.permissions import Permission, allowed
from smdesk.security.signatures import fingerprint
from smdesk.services import incident_state, letter_matter, letter_sight, letter_state
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import LetterKind, LetterRecord, LetterRow, LetterStatus, SentHow
from smdesk.services.sight import Reader
from smdesk.services.user_records import key_flag

ListView = Literal["waiting", "drafts", "approved", "issued", "all"]

EDITABLE: Final = frozenset({LetterStatus.DRAFT, LetterStatus.RETURNED, LetterStatus.SUBMITTED})

_VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "waiting": ("submitted",),
    "drafts": ("draft", "returned"),
    "approved": ("approved",),
    "issued": ("issued",),
    "all": ("draft", "submitted", "returned", "approved", "issued", "withdrawn"),
}
_AT_ONCE: Final = 400


def record(session: Session, who: Reader, letter: Letter, matter: Matter) -> LetterRecord:
    """One letter in full, with what this reader may do."""
    person = session.get_one(Person, letter.person_id)
    approver = session.get(User, letter.approved_by) if letter.approved_by is not None else None
    issuer = session.get(User, letter.issued_by) if letter.issued_by is not None else None
    key = session.get(SigningKey, letter.signing_key_id) if letter.signing_key_id is not None else None
    status = LetterStatus(letter.status)
    decides = letter_matter.is_decidable(session, who, matter)
    waits = status is LetterStatus.SUBMITTED
    return LetterRecord(
        id=letter.id,
        version=letter.version,
        kind=LetterKind(letter.kind),
        status=status,
        number=letter_state.number(letter),
        matter_kind=letter_matter.kind(matter),
        matter_id=matter.id,
        reference=letter_matter.reference(matter),
        person_id=letter.person_id,
        person_name=incident_state.person_name(person.given_name, person.family_name),
        edit=letter_state.edit_of(letter),
        drafted_by=session.get_one(User, letter.drafted_by).name,
        drafted_at=letter.drafted_at,
        submitted_at=letter.submitted_at,
        returned_note=letter.returned_note,
        names_reason=letter.names_reason,
        approved_by=approver.name if approver else "",
        approved_at=letter.approved_at,
        key_fingerprint=fingerprint(key.public_key) if key else "",
        key_flag=key_flag(key),
        issued_on=letter.issued_on,
        sent_how=SentHow(letter.sent_how) if letter.sent_how else None,
        sent_on=letter.sent_on,
        sent_note=letter.sent_note,
        withdrawn_reason=letter.withdrawn_reason,
        may_edit=status in EDITABLE and allowed(who.roles, Permission.LETTERS_DRAFT),
        may_approve=waits and decides and allowed(who.roles, Permission.LETTERS_APPROVE),
        why_not=letter_matter.who_decides(session, who, matter) if waits and not decides else "",
        issued_by=issuer.name if issuer else "",
        matter_note=letter_matter.note(session, letter, matter),
    )


def sorted_ids(session: Session, who: Reader, view: ListView, text: str) -> array[int]:
    """Ids of a view's letters that this reader may see, newest first."""
    where = letter_sight.where_full(who)
    params: dict[str, object] = {**where.params, "statuses": json.dumps(_VIEWS[view])}
    condition = "letter.status IN (SELECT value FROM json_each(:statuses))"
    for place, word in enumerate(text.split()[:8]):
        # Each word somewhere; "%" and "_" are letters like any other.
        params[f"word{place}"] = (
            "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        )
        condition += (
            " AND (person.given_name || ' ' || person.family_name || ' ' || letter.subject || ' '"
            f" || {letter_sight.REFERENCE_SQL} || ' '"
            " || coalesce(printf('%d/L%04d', letter.issue_year, nullif(letter.issue_number, 0)), ''))"
            f" LIKE :word{place} ESCAPE '\\'"
        )
    sql = (
        f"SELECT letter.id FROM {letter_sight.JOINED}"  # noqa: S608 - bound values
        f" JOIN person ON person.id = letter.person_id WHERE {condition} AND ({where.sql}) ORDER BY letter.id DESC"
    )
    return array("q", session.scalars(sql_text(sql), params).all())


def rows(session: Session, who: Reader, ids: Sequence[int]) -> list[LetterRow]:
    """Lines for these ids, in their order; those not visible are left out."""
    where = letter_sight.where_full(who)
    found: dict[int, LetterRow] = {}
    for start in range(0, len(ids), _AT_ONCE):
        sql = (
            "SELECT letter.id, letter.kind, letter.status, letter.issue_year, letter.issue_number, letter.sent_how,"  # noqa: S608 - bound values
            f" letter.incident_id, letter.exception_id, {letter_sight.REFERENCE_SQL} AS reference,"
            " person.given_name, person.family_name, user.name,"
            " max(letter.drafted_at, coalesce(letter.submitted_at, ''), coalesce(letter.approved_at, ''),"
            " coalesce(letter.issued_at, ''), coalesce(letter.withdrawn_at, ''),"
            # What has no day of its own on the letter (returned, sent) stands on the timeline or in the history.
            " coalesce((SELECT max(entry.recorded_at) FROM entry"
            " WHERE entry.incident_id = letter.incident_id AND entry.letter_id = letter.id), ''),"
            " coalesce((SELECT max(line.recorded_at) FROM connection_event AS line"
            " WHERE line.exception_id = letter.exception_id AND line.letter_id = letter.id), '')) AS changed_at"
            f" FROM {letter_sight.JOINED}"
            " JOIN person ON person.id = letter.person_id JOIN user ON user.id = letter.drafted_by"
            f" WHERE letter.id IN (SELECT value FROM json_each(:ids)) AND ({where.sql})"
        )
        chunk = json.dumps(list(ids[start : start + _AT_ONCE]))
        for row in session.execute(sql_text(sql), {**where.params, "ids": chunk}):
            found[row.id] = LetterRow(
                id=row.id,
                number="" if row.issue_number is None else f"{row.issue_year}/L{row.issue_number:04d}",
                kind=LetterKind(row.kind),
                status=LetterStatus(row.status),
                person_name=incident_state.person_name(row.given_name, row.family_name),
                reference=row.reference,
                matter_kind="incident" if row.exception_id is None else "exception",
                matter_id=row.incident_id if row.exception_id is None else row.exception_id,
                drafted_by=row.name,
                changed_at=from_utc_text(row.changed_at),
                sent_how=SentHow(row.sent_how) if row.sent_how else None,
            )
    return [found[each] for each in ids if each in found]
