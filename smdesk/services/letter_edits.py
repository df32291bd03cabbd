"""A letter's text as somebody edits it: tidied, checked and compared. Nothing here reads or writes records."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Final

from smdesk.db.models import Letter
from smdesk.errors import Conflict, FieldChange, Invalid, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.services import languages
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_records import (
    ASKS_FOR_AN_ANSWER,
    ENVELOPE_LABELS,
    PAPER_LOOK_LABELS,
    Envelope,
    LetterEdit,
    LetterKind,
    LetterStatus,
    Mark,
    PaperLook,
)

_LONGEST_BODY: Final = 20_000
_LONGEST: Final = {
    "subject": 150,
    "addressee": 600,
    "salutation": 150,
    "body": _LONGEST_BODY,
    "english_subject": 150,
    "english_salutation": 150,
    "english_body": _LONGEST_BODY,
}
LONGEST_NOTE: Final = 2_000
_LABELS: Final = {
    "subject": "Subject",
    "addressee": "Addressee",
    "salutation": "Salutation",
    "body": "Text",
    "reply_by": "Answer by",
    "step_reason": "Reason for leaving a step out",
    "english_subject": "English copy: subject",
    "english_salutation": "English copy: salutation",
    "english_body": "English copy: text",
    "look": "How it is set",
    "envelope": "Envelope",
}
_ENGLISH: Final = ("english_subject", "english_salutation", "english_body")
MOST_ADDRESS_LINES: Final = 10
"""Name and nine lines: as many as an address from abroad may have."""


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
    body = edit.body.replace("\r\n", "\n")
    kept = body.strip()
    return replace(
        edit,
        subject=" ".join(edit.subject.split()),
        addressee="\n".join(line for line in lines if line),
        salutation=" ".join(edit.salutation.split()),
        body=kept,
        step_reason=edit.step_reason.strip(),
        # Where lines ended in another way the places are not the editor's any more.
        marks=fitting(edit.marks, kept, len(body) - len(body.lstrip())) if body == edit.body else (),
        english_subject=" ".join(edit.english_subject.split()),
        english_salutation=" ".join(edit.english_salutation.split()),
        english_body=edit.english_body.replace("\r\n", "\n").strip(),
    )


def fitting(marks: Sequence[Mark], body: str, cut: int = 0) -> tuple[Mark, ...]:
    """The marks of a text from whose head ``cut`` characters were taken; none where they do not lie in order inside it,
    each for itself: they hold nothing that is not in the text.
    """
    moved = tuple(Mark(mark.start - cut, mark.end - cut, mark.field) for mark in marks)
    end = 0
    for mark in moved:
        if not (end <= mark.start < mark.end <= len(body) and mark.field):
            return ()
        end = mark.end
    return moved


def with_day_moved(edit: LetterEdit, before: date, language: str) -> LetterEdit:
    """The letter with its new day to answer by in place of ``before`` where the text names it.

    Where the text still holds what the fields gave, only there: another date may be the same day.
    """
    after = edit.reply_by
    if after is None or after == before:
        return edit
    old, new = languages.written_day(before, language), languages.written_day(after, language)
    places = [
        (mark.start, mark.end)
        for mark in edit.marks
        if mark.field in _DAYS_TO_ANSWER and edit.body[mark.start : mark.end] == old
    ]
    if not places:
        places = [match.span() for match in re.finditer(re.escape(old), edit.body)]
    body, marks = _put(edit.body, edit.marks, places, new)
    english = edit.english_body.replace(languages.written_day(before), languages.written_day(after))
    return replace(edit, body=body, marks=fitting(marks, body), english_body=english)


_DAYS_TO_ANSWER: Final = frozenset({"reply_by", "act_by"})


def _put(
    body: str, marks: Sequence[Mark], places: Sequence[tuple[int, int]], words: str
) -> tuple[str, tuple[Mark, ...]]:
    """``words`` in place of these places of a text, and its marks where they stand then."""
    out: list[str] = []
    done = 0
    for start, end in places:
        out += [body[done:start], words]
        done = end
    out.append(body[done:])

    def moved(place: int) -> int:
        return place + sum(len(words) - (end - start) for start, end in places if end <= place)

    return "".join(out), tuple(Mark(moved(mark.start), moved(mark.end), mark.field) for mark in marks)


def check(edit: LetterEdit, today: date, kind: LetterKind, language: str = ENGLISH) -> None:
    """Raise Invalid with everything that keeps the letter from going out. One in another language has an English copy.

    A warning asks for an answer; one that tells of a decision need not ask for anything.
    """
    problems = []
    for field, most in _LONGEST.items():
        value = getattr(edit, field)
        if not value and (language != ENGLISH or field not in _ENGLISH):
            problems.append(Problem(field, f"{_LABELS[field]}: a letter needs one."))
        elif len(value) > most:
            problems.append(Problem(field, f"{_LABELS[field]}: at most {most:,} letters."))
    if len(edit.addressee.splitlines()) > MOST_ADDRESS_LINES:
        problems.append(
            Problem(
                "addressee",
                f"Name and address have room for {MOST_ADDRESS_LINES} lines in the envelope's window.",
            )
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
    if isinstance(value, PaperLook):
        return PAPER_LOOK_LABELS[value]
    if isinstance(value, Envelope):
        return ENVELOPE_LABELS[value]
    return written_day(value) if isinstance(value, date) else value
