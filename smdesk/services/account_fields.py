"""The fields of an account as typed: tidied, checked, kept, compared, and said in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import AccountRunner, Person, SchoolAccount
from smdesk.errors import FieldChange, Problem
from smdesk.policy import platforms
from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.policy.words import listed, written_day
from smdesk.services import reference_data
from smdesk.services.account_records import (
    CHECKLIST_LABELS,
    MOST_REVIEW_YEARS,
    AccountDraft,
    AccountRunnerDraft,
    ChecklistPoint,
)
from smdesk.services.account_words import account_name
from smdesk.services.driver import driver
from smdesk.services.incident_fields import people_names
from smdesk.services.people_base import name_of

FIELD_LABELS: Final[dict[str, str]] = {
    "platform": "Platform",
    "handle": "Name on the platform",
    "link": "Link",
    "purpose": "Purpose",
    "audience": "Audience",
    "openness": "Open or closed",
    "responsible_id": "Responsible",
    "opened_on": "Opened on",
    "review_on": "Review on",
    "credentials_place": "Where the password is kept",
    "checklist": "Checklist",
    "watch_days": "Days it is looked at",
    "watch_holidays": "Looked at in the holidays",
    "notes": "Notes",
    "runners": "Run by",
}
"""In the order of the form."""

_LONGEST: Final = {
    "platform": 60,
    "handle": 120,
    "link": 500,
    "purpose": 2_000,
    "audience": 1_000,
    "credentials_place": 300,
    "notes": 5_000,
}
_RUNNER_NOTE_MOST: Final = 300
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_GIVEN_AWAY: Final = re.compile(
    r"\b(?:pass\s?word|passcode|pass\s?phrase|pwd|pw|pin|login|log-in)\b\s*(?:[:=]\s*\S|is\s+(?=\S*\d)\S)",
    re.IGNORECASE,
)
"""A password written out after its name: "password: …", "pw=…", "the PIN is 4711"."""

WHERE_IT_IS_KEPT: Final = (
    "This looks like the password itself. SM Desk never keeps passwords: write where it is kept, for example “office "
    "password manager” or “sealed envelope in the safe”."
)


def tidied(draft: AccountDraft) -> AccountDraft:
    """The draft without stray spaces, a known platform by its code, runners by the day they began."""
    platform = " ".join(draft.platform.split())
    known = platforms.find(reference_data.platforms(), platform)
    handle = " ".join(draft.handle.split())
    link = draft.link.strip()
    if link and "://" not in link and re.match(r"[\w.-]+\.[a-z]{2,}(?:[/?#]|$)", link, re.IGNORECASE):
        link = f"https://{link}"  # as people write it: facebook.com/ourschool
    return replace(
        draft,
        platform=platform if known is None else known.code,
        # The sign in front says that it is a name; it is put there again wherever it is shown.
        handle=handle[1:].strip() if handle.startswith("@") and " " not in handle else handle,
        link=link,
        purpose=_text(draft.purpose),
        audience=_text(draft.audience),
        credentials_place=" ".join(draft.credentials_place.split()),
        checklist=tuple(point for point in ChecklistPoint if point in draft.checklist),
        notes=_text(draft.notes),
        runners=tuple(
            sorted(
                (replace(each, note=" ".join(each.note.split())) for each in draft.runners),
                key=lambda each: (each.from_on, each.person_id),
            )
        ),
    )


def _text(typed: str) -> str:
    return typed.strip().replace("\r\n", "\n")


def looks_like_a_password(text: str) -> bool:
    """Whether what should say where a password is kept holds one: named as such, or a single word that mixes capitals,
    small letters and digits as passwords do."""
    if _GIVEN_AWAY.search(text):
        return True
    words = text.split()
    if len(words) != 1 or len(text) < 8 or platforms.host_of(text):
        return False
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(letter) for letter in text) for kind in kinds)


def problems(
    session: Session, draft: AccountDraft, today: date, *, before: AccountDraft | None, account_id: int | None
) -> list[Problem]:
    """Everything wrong with a tidied draft. What stood there ``before`` and went stale by itself (somebody left the
    school since) does not keep the rest from being saved."""
    found = [
        Problem(
            field,
            f"{FIELD_LABELS[field]}: {len(getattr(draft, field)):,} letters; at most {most:,} can be kept.",
        )
        for field, most in _LONGEST.items()
        if len(getattr(draft, field)) > most
    ]
    if not draft.platform:
        found.append(Problem("platform", "Say on which platform the account is."))
    if not draft.handle:
        found.append(Problem("handle", "Give the name the account has on the platform."))
    elif "://" in draft.handle:
        found.append(
            Problem(
                "handle",
                "This is a link. Put it into the field for the link, and write the account’s name here.",
            )
        )
    if draft.link and draft.platform:
        wrong = platforms.link_problem(reference_data.platforms(), draft.platform, draft.link)
        if wrong:
            found.append(Problem("link", wrong))
    if looks_like_a_password(draft.credentials_place):
        found.append(Problem("credentials_place", WHERE_IT_IS_KEPT))
    if _GIVEN_AWAY.search(draft.notes):
        found.append(Problem("notes", WHERE_IT_IS_KEPT))
    if draft.opened_on is not None and draft.opened_on > today:
        found.append(Problem("opened_on", f"The account cannot have been opened on {written_day(draft.opened_on)}: "
                             "that day is still to come."))  # fmt: skip
    if draft.review_on is not None and draft.opened_on is not None and draft.review_on < draft.opened_on:
        found.append(Problem("review_on", "The review is before the day the account was opened."))
    elif draft.review_on is not None and draft.review_on.year - today.year > MOST_REVIEW_YEARS:
        found.append(
            Problem("review_on", f"Choose a review within {MOST_REVIEW_YEARS} years. Check the year.")
        )
    if draft.watch_days is not None and not 0 <= draft.watch_days <= 127:
        found.append(Problem("watch_days", "The days it is looked at cannot be read."))
    twin = _twin(session, draft, account_id)
    if twin is not None:
        found.append(
            Problem(
                "handle",
                f"{account_name(twin.handle, twin.platform)} is on the register already. Open that one.",
            )
        )
    found += _person_problems(session, draft, today, before)
    return found


def _twin(session: Session, draft: AccountDraft, account_id: int | None) -> SchoolAccount | None:
    """The open account of the same name on the same platform, if there is one."""
    if not draft.platform or not draft.handle:
        return None
    return open_account_called(session, draft.platform, draft.handle, but=account_id)


def open_account_called(
    session: Session, platform: str, handle: str, *, but: int | None = None
) -> SchoolAccount | None:
    """The open account of this name on this platform, capitals aside; None where the register has none."""
    wanted = (platform.casefold(), handle.removeprefix("@").casefold())
    rows = driver(session).execute(
        "SELECT id, platform, handle FROM school_account WHERE closed_on IS NULL ORDER BY id"
    )
    for row in rows.fetchall():
        if row[0] != but and (row[1].casefold(), row[2].casefold()) == wanted:
            return session.get_one(SchoolAccount, row[0])
    return None


def _person_problems(
    session: Session, draft: AccountDraft, today: date, before: AccountDraft | None
) -> list[Problem]:
    found = []
    ids = {each.person_id for each in draft.runners} | ({draft.responsible_id} - {None})
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    stood = frozenset() if before is None else frozenset(before.runners)
    for runner in draft.runners:
        person = people.get(runner.person_id)
        if person is None or person.merged_into is not None:
            found.append(
                Problem("runners", "One of those who run it is not on record any more. Choose them again.")
            )
            continue
        if runner.until_on is not None and runner.until_on < runner.from_on:
            found.append(
                Problem(
                    "runners",
                    f"{name_of(person)} cannot stop running it on {written_day(runner.until_on)}, before they began on "
                    f"{written_day(runner.from_on)}.",
                )
            )
        if len(runner.note) > _RUNNER_NOTE_MOST:
            found.append(Problem("runners", f"The note about {name_of(person)} is too long."))
        if runner not in stood and _runs_after_leaving(runner, person, today):
            found.append(Problem("runners", _gone(person, today)))
    found += _twice(draft.runners, people)
    if draft.responsible_id is not None:
        person = people.get(draft.responsible_id)
        if person is None or person.merged_into is not None:
            found.append(
                Problem("responsible_id", "Whoever is responsible is not on record any more. Choose again.")
            )
        elif (before is None or before.responsible_id != draft.responsible_id) and _left(person, today):
            found.append(
                Problem(
                    "responsible_id",
                    f"{name_of(person)} has left the school. Name somebody who is there as responsible (PPL-3).",
                )
            )
    return found


def _left(person: Person, day: date) -> bool:
    return person.left_on is not None and person.left_on <= day


def _runs_after_leaving(runner: AccountRunnerDraft, person: Person, today: date) -> bool:
    """Whether a line says that somebody runs it on a day on which they were gone, today and the past considered."""
    if person.left_on is None or person.left_on > today:
        return False
    return runner.until_on is None or runner.until_on > person.left_on


def _gone(person: Person, today: date) -> str:
    left = person.left_on or today
    return (
        f"{name_of(person)} left the school on {written_day(left)} and cannot run the account from then on. Choose "
        "somebody else, or say until when they ran it."
    )


def _twice(runners: Sequence[AccountRunnerDraft], people: dict[int, Person]) -> Iterable[Problem]:
    """Nobody is named twice for the same days."""
    said: set[int] = set()
    for at, one in enumerate(runners):
        for other in runners[at + 1 :]:
            if one.person_id != other.person_id or one.person_id in said or one.person_id not in people:
                continue
            if (one.until_on is None or one.until_on > other.from_on) and (
                other.until_on is None or other.until_on > one.from_on
            ):
                said.add(one.person_id)
                yield Problem(
                    "runners",
                    f"{name_of(people[one.person_id])} is named twice. One person counts once: name somebody else, or "
                    "take one of the two lines out (ACC-1).",
                )


def stored(session: Session, account: SchoolAccount) -> AccountDraft:
    """A saved account as the draft it would be if it were typed again."""
    return AccountDraft(
        platform=account.platform,
        handle=account.handle,
        link=account.link,
        purpose=account.purpose,
        audience=account.audience,
        openness=Openness(account.openness),
        responsible_id=account.responsible_id,
        opened_on=account.opened_on,
        review_on=account.review_on,
        credentials_place=account.credentials_place,
        checklist=checklist_of(account.checklist),
        watch_days=account.watch_days,
        watch_holidays=account.watch_holidays,
        notes=account.notes,
        runners=tuple(
            AccountRunnerDraft(row.person_id, row.from_on, row.until_on, row.note)
            for row in runner_rows(session, account.id)
        ),
    )


def checklist_of(codes: str) -> tuple[ChecklistPoint, ...]:
    """The points of the column, in the order of the form."""
    held = set(codes.split(","))
    return tuple(point for point in ChecklistPoint if point in held)


def runner_rows(session: Session, account_id: int) -> list[AccountRunner]:
    """Everybody who runs or ran it, in the order of a tidied draft."""
    return list(
        session.scalars(
            select(AccountRunner)
            .where(AccountRunner.account_id == account_id)
            .order_by(AccountRunner.from_on, AccountRunner.person_id, AccountRunner.id)
        )
    )


def columns(draft: AccountDraft) -> dict[str, Any]:
    """The draft's columns as the record holds them; its runners are rows of their own."""
    held = {name: getattr(draft, name) for name in FIELD_LABELS if name != "runners"}
    held["openness"] = str(draft.openness)
    held["checklist"] = ",".join(draft.checklist)
    for name in ("watch_days", "watch_holidays"):
        if held[name] is None:
            del held[name]
    return held


def search_words(draft: AccountDraft) -> str:
    """What the search looks through; those who run it are looked up by their names as they are now."""
    label = reference_data.platform_label(draft.platform)
    parts = (f"@{draft.handle}", draft.platform, label, draft.link, draft.purpose, draft.audience)
    return " ".join(" ".join(parts).split()).casefold()


def write_runners(session: Session, account_id: int, runners: Sequence[AccountRunnerDraft]) -> None:
    """Make the stored lines those of the draft. A line that only changed stays the same row: a merge of two records of
    one person remembers rows by their ids."""
    rows = runner_rows(session, account_id)
    left = list(runners)
    for same in (_same_line, _same_person):
        for row in list(rows):
            match = next((each for each in left if same(row, each)), None)
            if match is not None:
                left.remove(match)
                rows.remove(row)
                row.from_on, row.until_on, row.note = match.from_on, match.until_on, match.note
    for row in rows:
        session.delete(row)
    for each in left:
        session.add(
            AccountRunner(
                account_id=account_id,
                person_id=each.person_id,
                from_on=each.from_on,
                until_on=each.until_on,
                note=each.note,
            )
        )


def _same_line(row: AccountRunner, draft: AccountRunnerDraft) -> bool:
    return row.person_id == draft.person_id and row.from_on == draft.from_on


def _same_person(row: AccountRunner, draft: AccountRunnerDraft) -> bool:
    return row.person_id == draft.person_id


def differences(session: Session, theirs: AccountDraft, mine: AccountDraft) -> list[FieldChange]:
    """The fields in which two drafts differ, each value in words, in the order of the form."""
    theirs, mine = tidied(theirs), tidied(mine)
    mine = replace(
        mine,
        watch_days=theirs.watch_days if mine.watch_days is None else mine.watch_days,
        watch_holidays=theirs.watch_holidays if mine.watch_holidays is None else mine.watch_holidays,
    )
    changed = [field for field in FIELD_LABELS if getattr(theirs, field) != getattr(mine, field)]
    if not changed:
        return []
    named = {each.person_id for draft in (theirs, mine) for each in draft.runners}
    named |= {each for each in (theirs.responsible_id, mine.responsible_id) if each is not None}
    names = people_names(session, named)
    return [
        FieldChange(
            field,
            FIELD_LABELS[field],
            *(_in_words(field, getattr(draft, field), names) for draft in (theirs, mine)),
        )
        for field in changed
    ]


def _in_words(field: str, value: object, names: dict[int, str]) -> str:
    if field == "openness":
        return OPENNESS_LABELS[Openness(str(value))]
    if field == "platform":
        return reference_data.platform_label(str(value)) if value else "(nothing)"
    if field == "watch_holidays":
        return "yes" if value else "no"
    if field == "watch_days" and isinstance(value, int):
        return listed([name for at, name in enumerate(_DAYS) if value >> at & 1]) or "no rota"
    match value:
        case None | "" | ():
            return "(nothing)"
        case date():
            return written_day(value)
        case int():
            return names.get(value, "somebody no longer on record")
        case tuple():
            return "; ".join(_line_in_words(each, names) for each in value)
    return str(value)


def _line_in_words(value: object, names: dict[int, str]) -> str:
    if isinstance(value, ChecklistPoint):
        return CHECKLIST_LABELS[value]
    if isinstance(value, AccountRunnerDraft):
        until = f" until {written_day(value.until_on)}" if value.until_on is not None else ""
        note = f" ({value.note})" if value.note else ""
        name = names.get(value.person_id, "somebody no longer on record")
        return f"{name} from {written_day(value.from_on)}{until}{note}"
    return str(value)


def same_people(session: Session, person_id: int) -> str:
    """The ids of all records that stand for one person, for ``json_each``."""
    raw = driver(session)
    rows = raw.execute(
        "SELECT id FROM person WHERE id = ? OR merged_into = ?", (person_id, person_id)
    ).fetchall()
    return json.dumps([row[0] for row in rows])
