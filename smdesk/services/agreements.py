"""What people answered about the school's policies: recorded for one, a class or everyone in a list (AUP-1, AUP-2).

An answer is dated against a version and never changed: a slip is withdrawn, and the newest answer that counts decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Acknowledgement, Person, PolicyDocument, PolicyVersion
from smdesk.errors import Invalid, NotFound, Problem, Refused
from smdesk.policy.words import listed, written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import agreement_outstanding, history, incident_fields, reasons, sight
from smdesk.services.agreement_records import (
    ANSWER_LABELS,
    Answer,
    AnswerFilter,
    AnswerSort,
    AnswerView,
    Asking,
    GivenAnswer,
    PersonAgreements,
    PersonPolicy,
    Recorded,
    VersionChoice,
)
from smdesk.services.context import Context, Saved, needs
from smdesk.services.driver import driver
from smdesk.services.people_base import NO_SUCH_PERSON, name_of
from smdesk.services.policy_base import standing
from smdesk.services.policy_versions import current
from smdesk.services.readiness import versions_in_use

NO_SUCH_ANSWER: Final = "There is no such answer on record."
LONGEST_HOW: Final = 120
LONGEST_NOTE: Final = 1_000
_CHUNK: Final = 500
_NAMED: Final = 5
"""Names that a sentence lists before it says how many more there are."""


@needs(Permission.AGREEMENTS_EDIT)
def record(
    ctx: Context,
    policy_id: int,
    person_ids: Sequence[int],
    answer: Answer | str,
    on: date,
    how: str = "",
    note: str = "",
    version_id: int | None = None,
) -> Recorded:
    """Record that these people signed or declined a policy on a day; all of them, or nobody.

    ``version_id`` None: the version in use today. Who has answered so about that version already is skipped and named
    in ``words``. Raises Invalid with every problem (a day to come, or before the version was adopted; somebody who had
    left or was merged), NotFound, Refused for a retired policy or one without a version.
    """
    given, people = Answer(answer), list(dict.fromkeys(person_ids))
    how, note = " ".join(how.split()), note.strip()
    with ctx.database.writing() as session:
        policy = standing(session, policy_id)
        version = _version(session, ctx, policy, version_id)
        found = list(_problems(ctx, version, on, how, note))
        named = _people(session, people)
        found += _people_problems(people, named, on)
        if found:
            raise Invalid(found)
        before = _latest(session, version.id, people)
        fresh = [each for each in people if before.get(each) != given]
        skipped = tuple(name_of(named[each]) for each in people if before.get(each) == given)
        words = _words(given, policy, version, on, [name_of(named[each]) for each in fresh], skipped)
        if not fresh:
            return Recorded(policy.id, policy.version, frozenset(), 0, skipped, words)
        session.execute(
            insert(Acknowledgement),
            [
                {
                    "version_id": version.id,
                    "person_id": each,
                    "answer": str(given),
                    "answered_on": on,
                    "how": how,
                    "note": note,
                    "recorded_by": ctx.user.id,
                    "recorded_at": ctx.now(),
                }
                for each in fresh
            ],
        )
        people_words = "1 person" if len(fresh) == 1 else f"{len(fresh):,} people"
        history.add(
            session,
            ctx,
            "policy",
            policy.id,
            "answered",
            f"{ANSWER_LABELS[given]}: {people_words}, version {version.label}",
            rule="AUP-1",
            happened_on=on,
        )
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="agreement.recorded",
            object_kind="policy",
            object_id=policy.id,
            detail={"version": version.id, "answer": str(given), "on": on.isoformat(), "people": fresh},
        )
        changes = frozenset({("policy", policy.id), *(("agreement", each) for each in fresh)})
        return Recorded(policy.id, policy.version, changes, len(fresh), skipped, words)


@needs(Permission.AGREEMENTS_EDIT)
def withdraw(ctx: Context, answer_id: int, reason: str) -> Saved:
    """Withdraw an answer recorded by a slip; it stays on record as withdrawn. Returns the answer.

    Raises Invalid without a reason, NotFound, Refused where it was withdrawn already.
    """
    reason = reasons.given(reason, "Say why it is withdrawn: the answer stays on record with the reason.")
    with ctx.database.writing() as session:
        row = session.get(Acknowledgement, answer_id)
        if row is None:
            raise NotFound(NO_SUCH_ANSWER)
        if row.withdrawn_at is not None:
            raise Refused("This answer was withdrawn already.")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = ctx.now(), ctx.user.id, reason
        version = session.get_one(PolicyVersion, row.version_id)
        person = session.get_one(Person, row.person_id)
        words = f"Answer of {name_of(person)} withdrawn: {row.answer}, version {version.label}"
        history.add(session, ctx, "policy", version.policy_id, "withdrawn", words, reason=reason)
        session.flush()
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="agreement.withdrawn",
            object_kind="policy",
            object_id=version.policy_id,
            detail={"answer": row.id, "person": row.person_id, "reason": reason},
        )
        changes = frozenset({("policy", version.policy_id), ("agreement", row.person_id)})
        return Saved(row.id, 1, changes)


@needs(Permission.AGREEMENTS_READ)
def asking(ctx: Context, policy_id: int, person_ids: Sequence[int] = ()) -> Asking:
    """What is needed to record answers about a policy: its versions, and how these people stand with it.

    Raises NotFound, Refused for a retired policy or one without a version.
    """
    with ctx.database.reading() as session:
        policy, today = standing(session, policy_id), ctx.today()
        in_use = current(session, policy, today)
        versions = session.scalars(
            select(PolicyVersion)
            .where(PolicyVersion.policy_id == policy.id, PolicyVersion.adopted_on <= today)
            .order_by(PolicyVersion.adopted_on.desc(), PolicyVersion.id.desc())
        )
        ids = [agreement_outstanding.pair_id(policy.id, each) for each in dict.fromkeys(person_ids)]
        rows = agreement_outstanding.rows_on(session, ids, today)
        return Asking(
            policy.id,
            policy.title,
            tuple(
                VersionChoice(each.id, each.label, each.adopted_on, each.id == in_use.id) for each in versions
            ),
            tuple(agreement_outstanding.as_asked(row) for row in rows),
        )


@needs(Permission.AGREEMENTS_READ)
def of_person(ctx: Context, person_id: int) -> PersonAgreements:
    """What one person is asked for or has answered, and every answer of theirs, the newest first. A merged
    duplicate's page shows the record kept. Raises NotFound.
    """
    with ctx.database.reading() as session:
        person, today = session.get(Person, person_id), ctx.today()
        if person is None:
            raise NotFound(NO_SUCH_PERSON)
        person_id = person.merged_into or person.id
        wanted = AnswerFilter(AnswerView.ALL, person_id=person_id)
        query = agreement_outstanding.ids_query(session, wanted, AnswerSort(), today)
        ids = [] if query is None else [row[0] for row in driver(session).execute(query.sql, query.params)]
        policies = sorted(
            agreement_outstanding.rows_on(session, ids, today), key=lambda row: row.policy.casefold()
        )
        roles = sight.reader(session, ctx).roles
        return PersonAgreements(
            person_id,
            tuple(
                PersonPolicy(row.policy_id, row.policy, row.label, row.state, row.words) for row in policies
            ),
            tuple(_answers_of(session, person_id, today)),
            allowed(roles, Permission.AGREEMENTS_EDIT),
        )


def _answers_of(session: Session, person_id: int, today: date) -> Iterable[GivenAnswer]:
    counting = {
        version: each.policy_id for each in versions_in_use(session, today) for version in each.counting
    }
    stored = session.execute(
        select(Acknowledgement, PolicyVersion, PolicyDocument.title)
        .join(PolicyVersion, PolicyVersion.id == Acknowledgement.version_id)
        .join(PolicyDocument, PolicyDocument.id == PolicyVersion.policy_id)
        .where(Acknowledgement.person_id == person_id)
        .order_by(Acknowledgement.answered_on.desc(), Acknowledgement.id.desc())
    ).all()
    users = incident_fields.user_names(session, [row.recorded_by for row, _, _ in stored])
    decided: set[int] = set()
    for row, version, title in stored:
        counts = row.withdrawn_at is None and version.id in counting and version.policy_id not in decided
        if counts:
            decided.add(version.policy_id)
        yield GivenAnswer(
            row.id,
            version.policy_id,
            title,
            version.label,
            Answer(row.answer),
            row.answered_on,
            row.how,
            row.note,
            users[row.recorded_by],
            row.withdrawn_at is not None,
            row.withdrawn_reason,
            counts,
        )


def _version(session: Session, ctx: Context, policy: PolicyDocument, version_id: int | None) -> PolicyVersion:
    """The version meant, or the one in use today."""
    if version_id is not None:
        version = session.get(PolicyVersion, version_id)
        if version is None or version.policy_id != policy.id:
            raise NotFound("There is no such version of this policy.")
        return version
    return current(session, policy, ctx.today())


def _problems(ctx: Context, version: PolicyVersion, on: date, how: str, note: str) -> Iterable[Problem]:
    if on > ctx.today():
        yield Problem("on", "The day of the answer lies in the future. Check the date.")
    elif on < version.adopted_on:
        yield Problem(
            "on",
            f"Version {version.label} was adopted on {written_day(version.adopted_on)}: nobody could answer it before. "
            "Check the date, or choose the version that was in use then.",
        )
    if len(how) > LONGEST_HOW:
        yield Problem("how", f"How it was answered: at most {LONGEST_HOW:,} letters can be kept.")
    if len(note) > LONGEST_NOTE:
        yield Problem("note", f"Note: at most {LONGEST_NOTE:,} letters can be kept.")


def _people(session: Session, person_ids: Sequence[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for start in range(0, len(person_ids), _CHUNK):
        part = person_ids[start : start + _CHUNK]
        found |= {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(part)))}
    return found


def _people_problems(person_ids: Sequence[int], named: dict[int, Person], on: date) -> Iterable[Problem]:
    if not person_ids:
        yield Problem("people", "Choose at least one person.")
    if len(named) < len(person_ids):
        yield Problem("people", "Somebody in the list is not on record any more. Open the list again.")
    merged = [name_of(each) for each in named.values() if each.merged_into is not None]
    if merged:
        yield Problem(
            "people", f"{_some(merged)}: merged into another record since. Choose the one that is kept."
        )
    left = [each for each in named.values() if each.left_on is not None and each.left_on <= on]
    if left:
        yield Problem(
            "people",
            f"{_some([name_of(each) for each in left])} had left the school by {written_day(on)}. Check the day, or "
            "take them out of the list.",
        )


def _latest(session: Session, version_id: int, person_ids: Sequence[int]) -> dict[int, Answer]:
    """The newest standing answer of these people about this version."""
    found: dict[int, Answer] = {}
    for start in range(0, len(person_ids), _CHUNK):
        part = person_ids[start : start + _CHUNK]
        for person_id, answer in session.execute(
            select(Acknowledgement.person_id, Acknowledgement.answer)
            .where(
                Acknowledgement.version_id == version_id,
                Acknowledgement.person_id.in_(part),
                Acknowledgement.withdrawn_at.is_(None),
            )
            .order_by(Acknowledgement.answered_on, Acknowledgement.id)
        ):
            found[person_id] = Answer(answer)
    return found


def _words(
    given: Answer,
    policy: PolicyDocument,
    version: PolicyVersion,
    on: date,
    fresh: Sequence[str],
    skipped: Sequence[str],
) -> str:
    what = f"“{policy.title}”, version {version.label}"
    word = ANSWER_LABELS[given].lower()
    parts = []
    if fresh:
        who = fresh[0] if len(fresh) == 1 else f"{len(fresh):,} people"
        parts.append(f"Recorded for {what}: {who} {word} on {written_day(on)}.")
    if skipped:
        have = "has" if len(skipped) == 1 else "have"
        parts.append(
            f"{_some(skipped)} {have} {word} it already and {'was' if have == 'has' else 'were'} left as is."
        )
    return " ".join(parts)


def _some(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    if len(names) <= _NAMED:
        return listed(list(names))
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
