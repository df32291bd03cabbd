"""A letter's text as somebody edits it: tidied, checked and compared. Nothing here reads or writes records."""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from typing import Final

from smdesk.db.models import Letter
from smdesk.errors import Conflict, FieldChange, Invalid, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.services.letter_records import (
    ASKS_FOR_AN_ANSWER,
    ENVELOPE_LABELS,
    PAPER_LOOK_LABELS,
    Envelope,
    LetterEdit,
    LetterKind,
    LetterStatus,
    PaperLook,
)

_LONGEST_BODY: Final = 20_000
LONGEST_NOTE: Final = 2_000
_LABELS: Final = {
    "subject": "Subject",
    "addressee": "Addressee",
    "salutation": "Salutation",
    "body": "Text",
    "reply_by": "Answer by",
    "step_reason": "Reason for leaving a step out",
}


def at_version(letter: Letter, expected: int) -> None:
    """Raise Conflict where somebody changed the letter since it was opened."""
    if letter.version != expected:
        raise Conflict(
            "Somebody else changed this letter since you opened it. Look at it again before you go on.",
            [],
            letter.version,
        )


def must_be(letter: Letter, wanted: Set[LetterStatus]) -> None:
    """Raise Refused, saying where the letter stands, unless it is in one of these."""
    if LetterStatus(letter.status) not in wanted:
        raise Refused(_NOT_NOW[LetterStatus(letter.status)])


_NOT_NOW: Final = {
    LetterStatus.DRAFT: "This letter is still a draft. Submit it for approval first.",
    LetterStatus.SUBMITTED: "This letter waits for approval.",
    LetterStatus.RETURNED: "This letter was returned with a note. Change it and submit it again.",
    LetterStatus.APPROVED: "This letter is approved and not issued yet.",
    LetterStatus.ISSUED: "This letter has been issued.",
    LetterStatus.WITHDRAWN: "This letter was withdrawn.",
}


def required(given: str, field: str, sentence: str) -> str:
    """What was given, trimmed. Raises Invalid with ``sentence`` where it is empty, or for too much of it."""
    given = given.strip()
    if not given:
        raise Invalid.one(field, sentence)
    if len(given) > LONGEST_NOTE:
        raise Invalid.one(field, f"At most {LONGEST_NOTE:,} letters can be kept.")
    return given


def tidied(edit: LetterEdit) -> LetterEdit:
    """Without stray spaces and empty address lines."""
    lines = [" ".join(line.split()) for line in edit.addressee.splitlines()]
    return LetterEdit(
        " ".join(edit.subject.split()),
        "\n".join(line for line in lines if line),
        " ".join(edit.salutation.split()),
        edit.body.replace("\r\n", "\n").strip(),
        edit.reply_by,
        edit.step_reason.strip(),
    )


def check(edit: LetterEdit, today: date, kind: LetterKind) -> None:
    """Raise Invalid with everything that keeps the letter from going out.

    A warning asks for an answer; one that tells of a decision need not ask for anything.
    """
    problems = []
    for field, most in (("subject", 150), ("addressee", 600), ("salutation", 150), ("body", _LONGEST_BODY)):
        value = getattr(edit, field)
        if not value:
            problems.append(Problem(field, f"{_LABELS[field]}: a letter needs one."))
        elif len(value) > most:
            problems.append(Problem(field, f"{_LABELS[field]}: at most {most:,} letters."))
    if len(edit.addressee.splitlines()) > 8:
        problems.append(
            Problem("addressee", "Name and address have room for 8 lines in the envelope's window.")
        )
    if edit.reply_by is None and kind in ASKS_FOR_AN_ANSWER:
        problems.append(Problem("reply_by", "Say by when you ask for an answer."))
    elif edit.reply_by is not None and edit.reply_by <= today:
        problems.append(Problem("reply_by", "The day to answer by must lie ahead."))
    if len(edit.step_reason) > LONGEST_NOTE:
        problems.append(Problem("step_reason", f"At most {LONGEST_NOTE:,} letters can be kept."))
    if problems:
        raise Invalid(problems)


def differences(theirs: LetterEdit, mine: LetterEdit) -> list[FieldChange]:
    """The fields in which two versions of a letter differ."""
    return [
        FieldChange(field, label, _said(getattr(theirs, field)), _said(getattr(mine, field)))
        for field, label in _LABELS.items()
        if getattr(theirs, field) != getattr(mine, field)
    ]


def _said(value: str | date | None) -> str:
    if value is None:
        return ""
    return written_day(value) if isinstance(value, date) else value
