"""The fields of a message as typed: tidied, checked, compared, and said in words (ACC-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import AccountMessage, Person, SchoolAccount
from smdesk.errors import FieldChange, Invalid, Problem
from smdesk.services import account_words, incident_fields
from smdesk.services.context import LOCAL
from smdesk.services.message_records import MESSAGE_KIND_LABELS, MessageDraft, MessageKind
from smdesk.services.people_base import NO_SUCH_PERSON

FIELD_LABELS: Final = {
    "account_id": "Account",
    "received_at": "Received",
    "kind": "Kind",
    "from_name": "From",
    "person_id": "Person",
    "said": "What was said",
    "link": "Link",
    "notes": "Notes",
}
_MOST: Final = {"from_name": 200, "said": 20_000, "link": 2_000, "notes": 5_000}
_MOST_REPLY: Final = 10_000
_EARLIEST: Final = date(2000, 1, 1)
_CLOCK_SLACK: Final = timedelta(minutes=5)
"""Two computers' clocks may differ by this much before a time counts as lying in the future."""


def tidied(draft: MessageDraft) -> MessageDraft:
    """The draft without stray spaces."""
    return replace(
        draft,
        from_name=" ".join(draft.from_name.split()),
        said=draft.said.strip().replace("\r\n", "\n"),
        link=draft.link.strip(),
        notes=draft.notes.strip().replace("\r\n", "\n"),
    )


def problems(
    session: Session, draft: MessageDraft, row: AccountMessage | None, now: datetime
) -> list[Problem]:
    """Everything wrong with a tidied draft, in the order of the form. ``row`` is the message it changes, or None."""
    return [
        *_account_problems(session, draft),
        *_time_problems(draft, row, now),
        *_text_problems(draft),
        *_person_problems(session, draft, row),
    ]


def _account_problems(session: Session, draft: MessageDraft) -> Iterable[Problem]:
    if draft.account_id is None or session.get(SchoolAccount, draft.account_id) is None:
        yield Problem("account_id", "Choose the school account it came in on.")


def _time_problems(draft: MessageDraft, row: AccountMessage | None, now: datetime) -> Iterable[Problem]:
    received = draft.received_at
    if received is None:
        yield Problem("received_at", "Say when it came in: the reply clock starts there.")
        return
    if received.tzinfo is None:
        raise ValueError("received_at must know its time zone.")
    if received > now + _CLOCK_SLACK:
        yield Problem("received_at", "The time it came in lies in the future. Check date and time.")
    elif received.astimezone(LOCAL).date() < _EARLIEST:
        yield Problem("received_at", "The time it came in lies before the year 2000. Check the date.")
    elif row is not None and row.replied_at is not None and _minute(received) > _minute(row.replied_at):
        yield Problem(
            "received_at",
            f"It was replied to on {incident_fields.moment_in_words(row.replied_at)}, so it cannot have come in later.",
        )


def _text_problems(draft: MessageDraft) -> Iterable[Problem]:
    if not draft.said:
        yield Problem("said", "Write down what was said, or describe it in a sentence.")
    for field, most in _MOST.items():
        length = len(getattr(draft, field))
        if length > most:
            yield Problem(
                field, f"{FIELD_LABELS[field]} is {length:,} letters long; at most {most:,} can be kept."
            )
    fault = incident_fields.link_fault(draft.link)
    if fault:
        yield Problem("link", fault)


def _person_problems(session: Session, draft: MessageDraft, row: AccountMessage | None) -> Iterable[Problem]:
    if draft.person_id is None or (row is not None and row.person_id == draft.person_id):
        return
    person = session.get(Person, draft.person_id)
    if person is None or person.merged_into is not None:
        yield Problem("person_id", NO_SUCH_PERSON)


def reply(
    row: AccountMessage, now: datetime, which: str, at: datetime, by: str, text: str
) -> tuple[str, str]:
    """Who replied and what, tidied. ``which`` is "acknowledgement" or "answer", ``at`` is aware.

    Raises Invalid with every problem: a reply is neither older than the message nor in the future, and an answer not
    older than the acknowledgement.
    """
    if at.tzinfo is None:
        raise ValueError("The time of a reply must know its time zone.")
    by, text = " ".join(by.split()), text.strip()
    found = []
    other = row.answered_at if which == "acknowledgement" else row.acknowledged_at
    if at > now + _CLOCK_SLACK:
        found.append(Problem("at", "The time of the reply lies in the future. Check date and time."))
    elif _minute(at) < _minute(row.received_at):
        came = incident_fields.moment_in_words(row.received_at)
        found.append(
            Problem("at", f"The message came in on {came}: a reply cannot be older. Check date and time.")
        )
    elif other is not None and which == "answer" and _minute(at) < _minute(other):
        found.append(Problem("at", "The answer cannot be older than the acknowledgement."))
    elif other is not None and which == "acknowledgement" and _minute(at) > _minute(other):
        found.append(Problem("at", "The acknowledgement cannot be newer than the answer."))
    if not by:
        found.append(Problem("by", "Say who replied."))
    elif len(by) > 200:
        found.append(Problem("by", "At most 200 letters can be kept of who replied."))
    if not text:
        found.append(Problem("text", "Write down what was replied."))
    elif len(text) > _MOST_REPLY:
        found.append(Problem("text", f"At most {_MOST_REPLY:,} letters of a reply can be kept."))
    if found:
        raise Invalid(found)
    return by, text


def _minute(moment: datetime) -> datetime:
    """Times are typed to the minute, and a stored one may carry seconds."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def columns(draft: MessageDraft) -> dict[str, Any]:
    """A checked draft as the row's columns."""
    held = {each.name: getattr(draft, each.name) for each in fields(draft)}
    held["kind"] = draft.kind.value
    return held


def draft_of(row: AccountMessage) -> MessageDraft:
    """What the form holds of a stored message."""
    held = {each.name: getattr(row, each.name) for each in fields(MessageDraft)}
    held["kind"] = MessageKind(row.kind)
    return MessageDraft(**held)


def words(session: Session, row: AccountMessage) -> str:
    """What the search looks through."""
    people = [] if row.person_id is None else incident_fields.people_names(session, [row.person_id]).values()
    account = session.get_one(SchoolAccount, row.account_id)
    parts = [
        f"{row.year}/M{row.number:04d}",
        account.handle,
        row.from_name,
        *people,
        row.said,
        row.link,
        row.notes,
    ]
    return " ".join(parts).casefold()


def differences(session: Session, theirs: MessageDraft, mine: MessageDraft) -> list[FieldChange]:
    """The fields in which two drafts differ, each value in words, in the order of the form."""
    changed = [field for field in FIELD_LABELS if getattr(theirs, field) != getattr(mine, field)]
    if not changed:
        return []
    both = (theirs, mine)
    people = incident_fields.people_names(session, {each.person_id for each in both if each.person_id})
    accounts = account_names(session, {each.account_id for each in both if each.account_id})
    return [
        FieldChange(
            field,
            FIELD_LABELS[field],
            *(_in_words(field, getattr(draft, field), people, accounts) for draft in both),
        )
        for field in changed
    ]


def account_names(session: Session, account_ids: Iterable[int]) -> dict[int, str]:
    """ "@brambles on Facebook" by account id."""
    rows = session.execute(
        select(SchoolAccount.id, SchoolAccount.handle, SchoolAccount.platform).where(
            SchoolAccount.id.in_(set(account_ids))
        )
    )
    return {row.id: account_words.account_name(row.handle, row.platform) for row in rows}


def _in_words(field: str, value: Any, people: dict[int, str], accounts: dict[int, str]) -> str:
    if value is None:
        return ""
    match field:
        case "account_id":
            return accounts.get(value, "")
        case "person_id":
            return people.get(value, "")
        case "received_at":
            return incident_fields.moment_in_words(value)
        case "kind":
            return MESSAGE_KIND_LABELS[value]
    return str(value)
