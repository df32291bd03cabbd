"""The fields of a business case as typed: tidied, kept, compared, said in words, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import BusinessCase, CaseRunner, Person, SchoolAccount
from smdesk.errors import FieldChange, Problem
from smdesk.policy import platforms
from smdesk.policy.accounts import OPENNESS_LABELS, CasePoints, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import listed
from smdesk.services import reference_data
from smdesk.services.account_words import account_name
from smdesk.services.case_records import CaseDraft, RunnerChoice
from smdesk.services.incident_fields import people_names
from smdesk.services.people_base import NO_SUCH_PERSON, name_of
from smdesk.services.people_records import kinds_of

FIELD_LABELS: Final[dict[str, str]] = {
    "aim": "Aim",
    "audience": "Audience",
    "promotion": "Promotion",
    "runners": "Who will run it",
    "openness": "Open or private",
    "openness_note": "About open or private",
    "platform": "Platform",
    "proposed_name": "Proposed name",
    "exists_already": "The account exists already",
    "link": "Link",
    "account_id": "Account on the register",
    "proposer_id": "Proposed by",
    "proposer_name": "Proposed by (name)",
    "audience_age": "Age of the audience",
    "consents": "Consents",
    "holidays": "In the holidays",
    "when_runners_leave": "When somebody who runs it leaves",
    "notes": "Notes",
}
"""In the order of the form: the five points first (ACC-1)."""

OFFICE_FIELDS: Final = frozenset({"notes"})
"""For the office, and no part of what is decided: they may change after a decision too."""

TEXTS: Final = (
    "aim",
    "audience",
    "promotion",
    "openness_note",
    "audience_age",
    "consents",
    "holidays",
    "when_runners_leave",
)
"""What is put to the leadership team in free words."""

COLUMNS: Final = tuple(name for name in FIELD_LABELS if name != "runners")
LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 5_000
MOST_RUNNERS: Final = 40


def tidied(draft: CaseDraft) -> CaseDraft:
    """The draft without stray spaces, a known platform by its code, one proposer, and nothing about an account that
    does not exist yet.
    """
    platform = _line(draft.platform)
    known = platforms.find(reference_data.platforms(), platform) if platform else None
    words: dict[str, Any] = {name: _text(getattr(draft, name)) for name in (*TEXTS, "notes")}
    return replace(
        draft,
        platform=platform if known is None else known.code,
        proposed_name=_line(draft.proposed_name),
        link=_line(draft.link) if draft.exists_already else "",
        account_id=draft.account_id if draft.exists_already else None,
        proposer_name="" if draft.proposer_id is not None else _line(draft.proposer_name),
        openness=Openness(draft.openness),
        **words,
    )


def _line(typed: str) -> str:
    return " ".join(typed.split())


def _text(typed: str) -> str:
    return typed.strip().replace("\r\n", "\n")


def stored(session: Session, case: BusinessCase) -> CaseDraft:
    """A saved case as the draft it would be if it were typed again."""
    runners = session.scalars(
        select(CaseRunner).where(CaseRunner.case_id == case.id).order_by(CaseRunner.position, CaseRunner.id)
    )
    fields = {name: getattr(case, name) for name in COLUMNS}
    fields["openness"] = Openness(case.openness)
    return CaseDraft(
        **fields, runners=tuple(RunnerChoice(each.person_id, each.responsible) for each in runners)
    )


def columns(draft: CaseDraft) -> dict[str, Any]:
    """The draft's columns as the record holds them; who runs it are rows of their own."""
    held = {name: getattr(draft, name) for name in COLUMNS}
    held["openness"] = str(draft.openness)
    return held


def points(draft: CaseDraft) -> CasePoints:
    """What the policy looks at (ACC-1)."""
    return CasePoints(
        platform=draft.platform,
        proposed_name=draft.proposed_name,
        aim=draft.aim,
        audience=draft.audience,
        promotion=draft.promotion,
        openness=draft.openness,
    )


def differences(session: Session, theirs: CaseDraft, mine: CaseDraft) -> list[FieldChange]:
    """The fields in which two tidied drafts differ, each value in words, in the order of the form."""
    changed = [field for field in FIELD_LABELS if getattr(theirs, field) != getattr(mine, field)]
    if not changed:
        return []
    ids = {
        person
        for draft in (theirs, mine)
        for person in (draft.proposer_id, *(each.person_id for each in draft.runners))
        if person is not None
    }
    names = people_names(session, ids)
    return [
        FieldChange(
            field, FIELD_LABELS[field], *(_in_words(session, field, draft, names) for draft in (theirs, mine))
        )
        for field in changed
    ]


def _in_words(session: Session, field: str, draft: CaseDraft, names: dict[int, str]) -> str:
    value = getattr(draft, field)
    gone = "somebody no longer on record"
    match field:
        case "runners":
            said = [
                names.get(each.person_id, gone) + (" (responsible)" if each.responsible else "")
                for each in draft.runners
            ]
            return listed(said) if said else "(nobody)"
        case "openness":
            return OPENNESS_LABELS[draft.openness]
        case "platform":
            return reference_data.platform_label(draft.platform) or "(nothing)"
        case "exists_already":
            return "Yes" if value else "No"
        case "proposer_id":
            return "(nobody on record)" if value is None else names.get(value, gone)
        case "account_id":
            account = None if value is None else session.get(SchoolAccount, value)
            return "(none)" if account is None else account_name(account.handle, account.platform)
    return str(value) or "(nothing)"


# ------------------------------------------------------------------------------------------------- what is wrong


def problems(session: Session, draft: CaseDraft, today: date) -> list[Problem]:
    """Everything wrong with a tidied draft. What is merely missing is no problem: it stands among the gaps."""
    found = _length_problems(draft)
    if not any((draft.platform, draft.proposed_name, draft.aim, draft.runners)):
        found.append(Problem("proposed_name", "Begin with the platform, the name or the aim of the account."))
    if draft.proposer_id is not None and session.get(Person, draft.proposer_id) is None:
        found.append(Problem("proposer_id", NO_SUCH_PERSON))
    found += _runner_problems(session, draft)
    found += _link_problems(draft)
    if draft.account_id is not None:
        found += _account_problems(session, draft)
    return found


def _length_problems(draft: CaseDraft) -> list[Problem]:
    limits = {
        **dict.fromkeys(("platform", "proposed_name", "proposer_name", "audience_age"), LONGEST_LINE),
        "link": 2_000,
        **{name: LONGEST_TEXT for name in (*TEXTS, "notes") if name != "audience_age"},
    }
    return [
        Problem(
            name,
            f"“{FIELD_LABELS[name]}” is {len(getattr(draft, name)):,} letters long; at most {most:,} can be kept.",
        )
        for name, most in limits.items()
        if len(getattr(draft, name)) > most
    ]


def _runner_problems(session: Session, draft: CaseDraft) -> list[Problem]:
    if len(draft.runners) > MOST_RUNNERS:
        return [Problem("runners", f"At most {MOST_RUNNERS} people can be named to run one account.")]
    found = []
    standing: dict[int, list[str]] = {}
    for each in draft.runners:
        person = session.get(Person, each.person_id)
        if person is None:
            found.append(Problem("runners", NO_SUCH_PERSON))
            continue
        if set(kinds_of(person.kind, person.also)) == {PersonKind.PUPIL}:
            # Not by name: a leader to whom the list of people is not open would learn it here.
            found.append(Problem("runners", "A pupil does not run an account. Choose an adult (ACC-1)."))
            continue
        # A merged duplicate is the person it was merged into: naming both is naming one person twice.
        standing.setdefault(person.merged_into or person.id, []).append(name_of(person))
    for names in standing.values():
        if len(names) > 1:
            found.append(
                Problem(
                    "runners",
                    f"{names[0]} is named {_times(len(names))} to run it: one person counts once (ACC-1). "
                    "Take out the double, or choose somebody else.",
                )
            )
    if sum(each.responsible for each in draft.runners) > 1:
        found.append(Problem("runners", "Name one person as responsible, not several (PPL-3)."))
    return found


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _link_problems(draft: CaseDraft) -> list[Problem]:
    if not draft.link:
        return []
    wrong = platforms.link_problem(reference_data.platforms(), draft.platform, draft.link)
    return [Problem("link", wrong)] if wrong else []


def _account_problems(session: Session, draft: CaseDraft) -> list[Problem]:
    account = session.get(SchoolAccount, draft.account_id)
    if account is None:
        return [Problem("account_id", "There is no such account on the register.")]
    if account.closed_on is not None:
        label = account_name(account.handle, account.platform)
        return [Problem("account_id", f"{label} is closed. Open it again first, or choose another.")]
    if draft.platform and draft.platform.casefold() != account.platform.casefold():
        label = account_name(account.handle, account.platform)
        return [Problem("platform", f"The case is about {label}, but names another platform.")]
    return []


def rival_problems(session: Session, draft: CaseDraft, but: Collection[int]) -> list[Problem]:
    """That the same account is proposed in another case that is not decided yet. ``but``: cases that do not count."""
    same_account = draft.account_id is not None
    if not same_account and not (draft.platform and draft.proposed_name):
        return []
    rows = session.scalars(
        select(BusinessCase).where(
            BusinessCase.status.in_(["draft", "submitted", "more_wanted"]), BusinessCase.id.not_in(list(but))
        )
    )
    wanted = _plain_name(draft.proposed_name)
    for row in rows:
        if (same_account and row.account_id == draft.account_id) or (
            wanted
            and row.platform.casefold() == draft.platform.casefold()
            and _plain_name(row.proposed_name) == wanted
        ):
            label = account_name(
                (draft.proposed_name or row.proposed_name).removeprefix("@"), draft.platform or row.platform
            )
            return [
                Problem(
                    "proposed_name",
                    f"{row.year}/B{row.number:04d} proposes {label} already. Open that one instead.",
                )
            ]
    return []


def _plain_name(name: str) -> str:
    return name.strip().lstrip("@").casefold()
