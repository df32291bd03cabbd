"""Letters as the window shows them: one in full, and lines of the list. Session first, as in ``letter_state``."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, SigningKey, User, from_utc_text
from smdesk.security.permissions import Permission, allowed
from smdesk.security.signatures import fingerprint
from smdesk.services import languages, letter_matter, letter_sight, letter_state, letter_wording
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import (
    LetterKind,
    LetterRecord,
    LetterRow,
    LetterStatus,
    Recipient,
    SentHow,
    letter_number,
)
from smdesk.services.sight import Reader
from smdesk.services.user_records import key_flag

ListView = Literal["waiting", "drafts", "approved", "issued", "came_back", "all"]

EDITABLE: Final = frozenset({LetterStatus.DRAFT, LetterStatus.RETURNED, LetterStatus.SUBMITTED})

_VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "waiting": ("submitted",),
    "drafts": ("draft", "returned"),
    "approved": ("approved",),
    "issued": ("issued",),
    "came_back": ("issued",),
    "all": ("draft", "submitted", "returned", "approved", "issued", "withdrawn"),
}
_AT_ONCE: Final = 400


def record(session: Session, who: Reader, letter: Letter, matter: Matter) -> LetterRecord:
    """One letter in full, with what this reader may do."""
    approver = session.get(User, letter.approved_by) if letter.approved_by is not None else None
    issuer = session.get(User, letter.issued_by) if letter.issued_by is not None else None
    key = session.get(SigningKey, letter.signing_key_id) if letter.signing_key_id is not None else None
    status = LetterStatus(letter.status)
    knows = letter_matter.subject(matter)
    decides = knows.is_decidable(session, who, matter)
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
        person_name=letter_state.to_whom(session, letter),
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
        why_not=knows.who_decides(session, who, matter) if waits and not decides else "",
        issued_by=issuer.name if issuer else "",
        matter_note=" ".join(
            part for part in (knows.note(session, letter, matter), _language_note(session, letter)) if part
        ),
        recipient=Recipient(letter.recipient) if letter.recipient else None,
        language=letter.language,
        sent_proof=letter.sent_proof,
        returned_on=letter.returned_on,
        returned_why=letter.returned_why,
    )


def _language_note(session: Session, letter: Letter) -> str:
    """Where a letter that has not gone out yet is in a wording no speaker of its language has checked; else ""."""
    if letter.language == ENGLISH or letter.status in (LetterStatus.ISSUED, LetterStatus.WITHDRAWN):
        return ""
    if letter_wording.is_checked(session, LetterKind(letter.kind), letter.language, letter.wording_id):
        return ""
    speaks = languages.label(letter.language)
    return f"Have this checked by a {speaks} speaker before it goes out: nobody has checked its wording yet."


def sorted_ids(
    session: Session, who: Reader, view: ListView, text: str, kind: LetterKind | None = None
) -> array[int]:
    """Ids of a view's letters that this reader may see, newest first; of one kind, or of all."""
    where = letter_sight.where_full(who)
    params: dict[str, object] = {**where.params, "statuses": json.dumps(_VIEWS[view])}
    condition = "letter.status IN (SELECT value FROM json_each(:statuses))"
    if view == "came_back":
        condition += " AND letter.returned_on IS NOT NULL"
    if kind is not None:
        condition += " AND letter.kind = :kind"
        params["kind"] = kind.value
    for place, word in enumerate(text.split()[:8]):
        # Each word somewhere; "%" and "_" are letters like any other.
        params[f"word{place}"] = (
            "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        )
        condition += (
            f" AND ({letter_sight.TO_SQL} || ' ' || letter.subject || ' ' || {letter_sight.REFERENCE_SQL} || ' '"
            " || coalesce(printf('%d/L%04d', letter.issue_year, nullif(letter.issue_number, 0)), ''))"
            f" LIKE :word{place} ESCAPE '\\'"
        )
    sql = (
        f"SELECT letter.id FROM {letter_sight.JOINED}"  # noqa: S608 - bound values
        f" {letter_sight.PERSON_JOIN} WHERE {condition} AND ({where.sql}) ORDER BY letter.id DESC"
    )
    return array("q", session.scalars(sql_text(sql), params).all())


def rows(session: Session, who: Reader, ids: Sequence[int]) -> list[LetterRow]:
    """Lines for these ids, in their order; those not visible are left out."""
    where = letter_sight.where_full(who)
    found: dict[int, LetterRow] = {}
    for start in range(0, len(ids), _AT_ONCE):
        sql = (
            "SELECT letter.id, letter.kind, letter.status, letter.issue_year, letter.issue_number, letter.sent_how,"  # noqa: S608 - bound values
            f" {letter_sight.MATTER_SQL} AS matter, {letter_sight.MATTER_ID_SQL} AS matter_id,"
            f" {letter_sight.REFERENCE_SQL} AS reference, {letter_sight.TO_SQL} AS to_whom, user.name,"
            " letter.recipient, letter.language, letter.returned_on, letter.person_id,"
            # Whatever is done with a letter stands in the audit log.
            " coalesce((SELECT max(done.at) FROM audit_entry AS done"
            " WHERE done.object_kind = 'letter' AND done.object_id = letter.id), letter.drafted_at) AS changed_at"
            f" FROM {letter_sight.JOINED} {letter_sight.PERSON_JOIN} JOIN user ON user.id = letter.drafted_by"
            f" WHERE letter.id IN (SELECT value FROM json_each(:ids)) AND ({where.sql})"
        )
        chunk = json.dumps(list(ids[start : start + _AT_ONCE]))
        for row in session.execute(sql_text(sql), {**where.params, "ids": chunk}):
            found[row.id] = LetterRow(
                id=row.id,
                number=letter_number(row.issue_year, row.issue_number),
                kind=LetterKind(row.kind),
                status=LetterStatus(row.status),
                person_name=row.to_whom,
                reference=row.reference,
                matter_kind=row.matter,
                matter_id=row.matter_id,
                drafted_by=row.name,
                changed_at=from_utc_text(row.changed_at),
                sent_how=SentHow(row.sent_how) if row.sent_how else None,
                recipient=Recipient(row.recipient) if row.recipient else None,
                language=row.language,
                returned_on=date.fromisoformat(row.returned_on) if row.returned_on else None,
                person_id=row.person_id,
            )
    return [found[each] for each in ids if each in found]
