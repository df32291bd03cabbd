"""Who is asked for which policy, and what they answered: worked out in SQL, for everybody at once (AUP-1, ACC-3).

A person is asked on a day where the policy is asked of what they are to the school, or asked of whoever runs an account
and they run one or are to. The newest answer about a version that counts decides. Who has left, has not joined yet or
was merged into another record is not asked, nor a parent whose children have all left. The statements are this module's
own pieces; every value is bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import PolicyDocument
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import written_day
from smdesk.services.agreement_records import Answer, AnswerState, OutstandingCount, Tally
from smdesk.services.driver import driver
from smdesk.services.family_state import FAMILY_STAYS
from smdesk.services.people_records import kinds_of
from smdesk.services.readiness import VersionsInUse, versions_in_use

Params = dict[str, int | str]

PRESENT: Final = (
    "+person.merged_into IS NULL AND (person.left_on IS NULL OR person.left_on > :today)"
    " AND (person.joined_on IS NULL OR person.joined_on <= :today)"
)
"""At the school on the day. The plus keeps SQLite from going through the index of merged records, in which nearly
everybody stands under "merged into nothing".
"""

_RUNNERS: Final = (
    # CROSS: from the few open accounts to those who run them, not from everybody who ever ran one.
    "person.id IN (SELECT account_runner.person_id FROM school_account"
    " CROSS JOIN account_runner ON account_runner.account_id = school_account.id"
    " WHERE school_account.closed_on IS NULL AND account_runner.from_on <= :today"
    " AND (account_runner.until_on IS NULL OR account_runner.until_on > :today)"
    " UNION SELECT case_runner.person_id FROM case_runner"
    " JOIN business_case ON business_case.id = case_runner.case_id"
    " WHERE business_case.status IN ('submitted', 'more_wanted'))"
)
"""Runs an open account, or is to run one that awaits the meeting (ACC-3)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One policy in use on a day, and the SQL about it for a row of ``person``."""

    policy: VersionsInUse
    asked: str
    """Whether the person is asked for it."""
    answers: str
    """Their answers that count, after FROM."""
    older_answers: str
    """Their answers to versions that do not count any more."""

    @property
    def answered(self) -> str:
        """Whether there is an answer that counts."""
        return f"EXISTS (SELECT 1 FROM {self.answers})"  # noqa: S608 - own pieces

    @property
    def answer(self) -> str:
        """The newest answer that counts: "signed", "declined" or NULL."""
        return self.newest("answer")

    def newest(self, column: str) -> str:
        """A column of the newest answer that counts."""
        return f"(SELECT acknowledgement.{column} FROM {self.answers}{_NEWEST_FIRST} LIMIT 1)"  # noqa: S608 - own columns

    @property
    def older(self) -> str:
        """The newest version they signed that does not count any more, or NULL."""
        return (
            f"(SELECT acknowledgement.version_id FROM {self.older_answers}"  # noqa: S608 - own pieces
            f" AND acknowledgement.answer = 'signed'{_NEWEST_FIRST} LIMIT 1)"
        )

    @property
    def state(self) -> str:
        """``AnswerState`` in SQL."""
        return (
            f"coalesce({self.answer}, CASE WHEN {self.older} IS NULL THEN '{AnswerState.OUTSTANDING}'"
            f" ELSE '{AnswerState.OLDER}' END)"
        )


_NEWEST_FIRST: Final = " ORDER BY acknowledgement.answered_on DESC, acknowledgement.id DESC"


def policies_on(
    session: Session, day: date, policy_ids: Sequence[int] | None = None
) -> tuple[list[Asked], Params]:
    """The policies in use on ``day`` by title (all, or these), with the values their SQL is bound to."""
    params: Params = {"today": day.isoformat()}
    in_use = versions_in_use(session, day)
    # A school keeps its retired policies: only those in use are read.
    used = select(PolicyDocument).where(PolicyDocument.id.in_([each.policy_id for each in in_use]))
    wanted = {policy.id: policy for policy in session.scalars(used)}
    found = []
    for at, versions in enumerate(in_use):
        if policy_ids is not None and versions.policy_id not in policy_ids:
            continue
        policy = wanted[versions.policy_id]
        found.append(
            _asked(
                at, versions, kinds_of("", policy.asked_of), for_accounts=policy.for_accounts, params=params
            )
        )
    return found, params


def _asked(
    at: int, versions: VersionsInUse, kinds: Sequence[PersonKind], *, for_accounts: bool, params: Params
) -> Asked:
    conditions = []
    for kind in kinds:
        name = f"kind_{kind}"
        params[name] = str(kind)
        stays = f" AND {FAMILY_STAYS}" if kind is PersonKind.PARENT else ""
        # Who is a member of staff and also a parent is asked as both.
        conditions.append(
            f"person.kind = :{name}{stays}"
            f" OR (person.also <> '' AND instr(',' || person.also || ',', ',' || :{name} || ','))"
        )
    if for_accounts:
        conditions.append(_RUNNERS)
    counting = _bound(f"c{at}_", sorted(versions.counting), params)
    older = _bound(f"o{at}_", sorted(set(versions.labels) - versions.counting), params)
    answers = (
        "acknowledgement WHERE acknowledgement.person_id = person.id AND acknowledgement.version_id IN ({versions})"
        " AND acknowledgement.withdrawn_at IS NULL AND acknowledgement.answered_on <= :today"
    )
    return Asked(
        versions,
        f"({' OR '.join(conditions) or '0'})",
        answers.format(versions=counting),
        answers.format(versions=older),
    )


def _bound(prefix: str, ids: Sequence[int], params: Params) -> str:
    for place, each in enumerate(ids):
        params[f"{prefix}{place}"] = each
    return ", ".join(f":{prefix}{place}" for place in range(len(ids)))


def tallies(session: Session, day: date, policy_ids: Sequence[int] | None = None) -> dict[int, Tally]:
    """How the policies in use stand on ``day``, by policy id. One that has no version in use is left out."""
    found, params = policies_on(session, day, policy_ids)
    raw = driver(session)
    counted = {}
    for each, (asked, outstanding) in zip(found, _asked_and_outstanding(raw, found, params), strict=True):
        answers = dict(
            raw.execute(
                f"SELECT answer, count(*) FROM (SELECT {each.answer} AS answer FROM person"  # noqa: S608 - bound
                f" WHERE {PRESENT} AND {each.answered}) GROUP BY answer",
                params,
            ).fetchall()
        )
        counted[each.policy.policy_id] = Tally(
            asked, answers.get(Answer.SIGNED, 0), answers.get(Answer.DECLINED, 0), outstanding
        )
    return counted


def tally(session: Session, policy_id: int, day: date) -> Tally:
    """How one policy stands on ``day``; nobody is asked where it has no version in use."""
    return tallies(session, day, [policy_id]).get(policy_id, Tally())


def outstanding_counts(session: Session, day: date) -> list[OutstandingCount]:
    """How many answers each policy in use waits for on ``day``, by title; those that wait for none are left out."""
    found, params = policies_on(session, day)
    counts = _asked_and_outstanding(driver(session), found, params)
    return [
        OutstandingCount(each.policy.policy_id, each.policy.title, each.policy.label, number)
        for each, (_, number) in zip(found, counts, strict=True)
        if number
    ]


def _asked_and_outstanding(raw: Any, found: Sequence[Asked], params: Params) -> list[tuple[int, int]]:
    """How many are asked for each policy and have not answered it. Who is at the school is looked up once for all."""
    if not found:
        return []
    counts = " UNION ALL ".join(
        f"SELECT {place} AS place, count(*), coalesce(sum(NOT {each.answered}), 0)"  # noqa: S608 - bound
        f" FROM here AS person WHERE {each.asked}"
        for place, each in enumerate(found)
    )
    here = f"WITH here AS MATERIALIZED (SELECT id, kind, also FROM person WHERE {PRESENT})"  # noqa: S608 - own pieces
    return [(row[1], row[2]) for row in raw.execute(f"{here} {counts} ORDER BY place", params).fetchall()]


def state_words(state: AnswerState, label: str, answered_on: date | None, older: str) -> str:
    """How somebody stands, in words: "Signed 3 May 2026", "Outstanding: signed version 2 only"."""
    match state:
        case AnswerState.SIGNED | AnswerState.DECLINED:
            word = "Signed" if state is AnswerState.SIGNED else "Declined"
            return f"{word} {written_day(answered_on)}" if answered_on else word
        case AnswerState.OLDER:
            return f"Outstanding: signed version {older}, not {label}" if older else "Outstanding"
    return "Outstanding"
