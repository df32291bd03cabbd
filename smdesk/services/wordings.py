"""The wording of letters belongs to the school: each is shipped, and the headteacher may write another (DOC-1).

A version is never changed: an edit is a new one, and so is going back to the shipped wording. Letters that were drafted
keep the text they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import LetterWording, User
from smdesk.errors import Conflict, FieldChange, Invalid, Refused
from smdesk.security.permissions import Permission, allowed
from smdesk.services import languages, letter_wording, wording_rules
from smdesk.services.context import Context, Saved, needs
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_records import LETTER_KIND_LABELS, OFFICES, LetterKind
from smdesk.services.letter_wording import PHRASES, Part, Pattern
from smdesk.services.wording_records import (
    PartDifference,
    WordingDraft,
    WordingKey,
    WordingRecord,
    WordingRow,
    WordingState,
    WordingVersion,
)


@needs(Permission.WORDINGS_READ)
def listed(ctx: Context, language: str = "") -> list[WordingRow]:
    """Every letter in every language that something is written in, or all letters in the one that is asked for."""
    with ctx.database.reading() as session:
        found = []
        newest = _newest(session)
        for code in [language] if language else _languages(session):
            phrases = letter_wording.phrases(session, code)
            for kind, audience in _letters(code):
                own = newest.get((kind, audience, code))
                found.append(_row(session, WordingKey(kind, audience, code), own, phrases))
        return found


@needs(Permission.WORDINGS_READ)
def written_languages(ctx: Context) -> list[str]:
    """Codes of the languages that something is written in: those shipped, then the school's own."""
    with ctx.database.reading() as session:
        return _languages(session)


@needs(Permission.WORDINGS_READ)
def get(ctx: Context, key: WordingKey) -> WordingRecord:
    """One wording: what stands, what is shipped, and what it may use. In a language that it is not written in it begins
    with the English text. Raises Invalid for a letter or a language that there is not.
    """
    _require(key)
    with ctx.database.reading() as session:
        own = letter_wording.newest(session, key.kind, key.audience, key.language)
        row = _row(session, key, own, letter_wording.phrases(session, key.language))
        shipped = shipped_draft(key)
        draft = _standing(session, key)
        if draft is None:
            english = _standing(session, WordingKey(key.kind, key.audience, ENGLISH))
            draft = _blank(key) if english is None else _translated(english)
        return WordingRecord(
            row=row,
            draft=draft,
            shipped=shipped,
            fields=wording_rules.fields_for(key.kind) if key.kind != PHRASES else {},
            conditions=wording_rules.conditions_for(key.kind),
            usual=wording_rules.usual_conditions(key.kind),
            rtl=languages.is_rtl(key.language),
            may_edit=allowed(ctx.user.roles, Permission.WORDINGS_EDIT),
        )


@needs(Permission.WORDINGS_EDIT)
def save(ctx: Context, key: WordingKey, draft: WordingDraft, note: str, expected: int) -> Saved:
    """Store a wording as the school's newest; letters drafted from now on use it.

    ``expected`` is the number of the version that the edit began with, 0 for none: where another was saved meanwhile,
    Conflict. Raises Invalid naming each part with an unknown field, a stray "$" or no text, Refused where nothing
    changed.
    """
    _require(key)
    draft = wording_rules.tidied(draft)
    note = _checked_note(note)
    found = wording_rules.problems(key.kind, draft)
    if found:
        raise Invalid(found)
    with ctx.database.writing() as session:
        before = _expected(session, key, expected)
        if _standing(session, key) == draft:
            raise Refused("Nothing was changed: this is the wording as it stands.")
        row = next_version(key, before, note, ctx.now(), ctx.user.id)
        put(row, draft)
        row.based_on = wording_rules.digest(shipped_draft(key))
        return _kept(session, ctx, row, "wording.saved")


@needs(Permission.WORDINGS_EDIT)
def restore_shipped(ctx: Context, key: WordingKey, note: str, expected: int) -> Saved:
    """Go back to the shipped wording; in a language that none is shipped in, such letters go out in English again.

    The school's versions stay on record. Raises Conflict as ``save``, Refused where the shipped one stands already.
    """
    _require(key)
    note = _checked_note(note)
    with ctx.database.writing() as session:
        before = _expected(session, key, expected)
        if before is None or before.shipped:
            raise Refused("The shipped wording stands already.")
        row = next_version(key, before, note, ctx.now(), ctx.user.id)
        row.shipped = True
        return _kept(session, ctx, row, "wording.restored")


@needs(Permission.WORDINGS_READ)
def versions(ctx: Context, key: WordingKey) -> list[WordingVersion]:
    """The school's own versions of a wording, newest first."""
    _require(key)
    with ctx.database.reading() as session:
        rows = session.scalars(
            select(LetterWording).where(*_of(key)).order_by(LetterWording.number.desc())
        ).all()
        return [
            WordingVersion(
                number=row.number,
                at=row.created_at,
                by=session.get_one(User, row.created_by).name,
                note=row.note,
                shipped=row.shipped,
                checked=row.checked,
                draft=(shipped_draft(key) or _blank(key)) if row.shipped else _own_draft(row),
            )
            for row in rows
        ]


@needs(Permission.WORDINGS_READ)
def compare(ctx: Context, key: WordingKey, draft: WordingDraft | None = None) -> list[PartDifference]:
    """The shipped wording against ``draft``, or against the one that stands, part by part. Raises Refused where none is
    shipped in this language.
    """
    _require(key)
    shipped = shipped_draft(key)
    if shipped is None:
        raise Refused(f"There is no shipped wording of this letter in {key.language_label}.")
    if draft is None:
        with ctx.database.reading() as session:
            draft = _standing(session, key) or shipped
    return wording_rules.differences(
        shipped, wording_rules.tidied(draft), wording_rules.conditions_for(key.kind)
    )


# Within a session


def shipped_draft(key: WordingKey) -> WordingDraft | None:
    """The shipped wording as it is edited, or None where this language has none."""
    if key.kind == PHRASES:
        words = letter_wording.shipped_phrases(key.language)
        checked = key.language == ENGLISH
        return _phrase_draft(words, checked) if words else None
    found = letter_wording.shipped(LetterKind(key.kind), key.audience, key.language)
    return None if found is None else wording_rules.draft_of(found)


def _phrase_draft(words: dict[str, str], checked: bool) -> WordingDraft:
    keys = letter_wording.shipped_phrases(ENGLISH)
    return WordingDraft("", "", tuple(Part(words.get(key, ""), key) for key in keys), checked)


def _blank(key: WordingKey) -> WordingDraft:
    return _phrase_draft({}, True) if key.kind == PHRASES else WordingDraft("", "", (), True)


def _translated(english: WordingDraft) -> WordingDraft:
    """What a new language begins with: the English text, to be written over, which nobody has checked."""
    return replace(english, checked=False)


def _standing(session: Session, key: WordingKey) -> WordingDraft | None:
    own = letter_wording.newest(session, key.kind, key.audience, key.language)
    return shipped_draft(key) if own is None or own.shipped else _own_draft(own)


def _own_draft(row: LetterWording) -> WordingDraft:
    found = letter_wording.stored(row)
    if row.kind != PHRASES:
        return WordingDraft(found.subject, found.closing, found.parts, found.checked)
    # A later SM Desk may know of phrases that were not there when the school wrote its own.
    words = letter_wording.shipped_phrases(row.language) | {part.when: part.text for part in found.parts}
    return _phrase_draft(words, found.checked)


def _letters(language: str) -> list[tuple[str, str]]:
    found = [
        (kind.value, audience)
        for kind in LETTER_KIND_LABELS
        for audience in letter_wording.audiences_of(kind)
    ]
    # What goes to an office goes out in English (DOC-1).
    offices = {kind.value for kind in OFFICES} if language != ENGLISH else set()
    return [*(each for each in found if each[0] not in offices), (PHRASES, "")]


def _languages(session: Session) -> list[str]:
    own = set(session.scalars(select(LetterWording.language).distinct()))
    shipped = letter_wording.shipped_languages()
    return [code for code in languages.languages() if code in shipped or code in own]


def _newest(session: Session) -> dict[tuple[str, str, str], LetterWording]:
    """The school's newest version of every wording that it has changed."""
    # Oldest first: the newest takes the place of those before it.
    rows = session.scalars(select(LetterWording).order_by(LetterWording.number))
    return {(row.kind, row.audience, row.language): row for row in rows}


def _row(
    session: Session, key: WordingKey, own: LetterWording | None, phrases: Mapping[str, str]
) -> WordingRow:
    shipped = shipped_draft(key)
    author = session.get(User, own.created_by) if own is not None else None
    stands = own is not None and not own.shipped
    state = WordingState.OWN if stands else WordingState.NONE if shipped is None else WordingState.SHIPPED
    standing = _own_draft(own) if own is not None and stands else shipped
    gaps = 0
    if key.kind != PHRASES and key.language != ENGLISH and standing is not None:
        found = Pattern(standing.subject, standing.closing, standing.parts, key.language, phrases=phrases)
        gaps = len(letter_wording.phrase_gaps(found))
    return WordingRow(
        key=key,
        state=state,
        number=own.number if own is not None else 0,
        since=own.created_at if own is not None else None,
        by=author.name if author is not None else "",
        checked=standing.checked if standing is not None else True,
        shipped_changed=own is not None
        and not own.shipped
        and shipped is not None
        and own.based_on != wording_rules.digest(shipped),
        gaps=gaps,
    )


def _of(key: WordingKey) -> tuple[ColumnElement[bool], ...]:
    return (
        LetterWording.kind == key.kind,
        LetterWording.audience == key.audience,
        LetterWording.language == key.language,
    )


def _require(key: WordingKey) -> None:
    if (key.kind, key.audience) not in _letters(key.language):
        raise Invalid.one("kind", f"There is no letter “{key.kind}” {key.audience}.".replace(" .", "."))
    if key.language not in languages.languages():
        raise Invalid.one("language", f"SM Desk does not know a language “{key.language}”.")


def _checked_note(note: str) -> str:
    note = " ".join(note.split())
    if len(note) < 3:
        raise Invalid.one("note", "Say in a few words why the wording is changed.")
    if len(note) > wording_rules.NOTE_MOST:
        raise Invalid.one("note", f"Please keep the note to {wording_rules.NOTE_MOST} letters.")
    return note


def _expected(session: Session, key: WordingKey, expected: int) -> LetterWording | None:
    before = letter_wording.newest(session, key.kind, key.audience, key.language)
    number = before.number if before is not None else 0
    if number != expected:
        author = session.get_one(User, before.created_by).name if before is not None else ""
        raise Conflict(
            f"{author} saved version {number} of this wording while you were editing it.",
            [FieldChange("wording", "Wording", f"version {number}", f"your edit of version {expected}")],
            number,
        )
    return before


def next_version(
    key: WordingKey, before: LetterWording | None, note: str, at: datetime, by: int
) -> LetterWording:
    """The version after ``before``, without its words and not added to a session."""
    return LetterWording(
        kind=key.kind,
        audience=key.audience,
        language=key.language,
        number=(before.number if before is not None else 0) + 1,
        note=note,
        created_at=at,
        created_by=by,
    )


def put(row: LetterWording, draft: WordingDraft) -> None:
    """Write a draft's words into a version."""
    row.subject, row.closing, row.checked = draft.subject, draft.closing, draft.checked
    row.parts = [{"text": part.text, "when": part.when} for part in draft.parts]


def _kept(session: Session, ctx: Context, row: LetterWording, action: str) -> Saved:
    session.add(row)
    session.flush()
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="wording",
        object_id=row.id,
        detail={
            "kind": row.kind,
            "audience": row.audience,
            "language": row.language,
            "number": row.number,
            "note": row.note,
            "sha256": wording_rules.digest(_own_draft(row)),
        },
    )
    return Saved(row.id, row.number, frozenset({("wording", row.id)}))
