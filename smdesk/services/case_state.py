"""A business case as it stands: what it still lacks, who decides it, and everything the form shows (ACC-1 to ACC-3).

These functions take a session; the services around them ask who may do what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import (
    BusinessCase,
    CaseDecision,
    CaseRunner,
    Person,
    PolicyProfile,
    SchoolAccount,
    User,
)
from smdesk.errors import Conflict, NotFound
from smdesk.policy import accounts as policy
from smdesk.policy.accounts import Gap
from smdesk.policy.profile import AccountRules
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import ROLE_LABELS, Permission, Role, allowed
from smdesk.services import case_fields, history, incident_state, own_name, reference_data, sight
from smdesk.services.account_words import account_name
from smdesk.services.case_records import (
    CASE_STATUS_LABELS,
    OPEN,
    CaseDecisionKind,
    CaseDraft,
    CaseRecord,
    CaseRunnerRecord,
    CaseStatus,
    Member,
)
from smdesk.services.context import Context, Saved
from smdesk.services.driver import driver
from smdesk.services.incident_state import local_date
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of
from smdesk.services.readiness import readiness

NO_SUCH_CASE: Final = "There is no such business case."
LEADERS: Final = frozenset({Role.HEADTEACHER, Role.LEADERSHIP})
"""The school leadership team: whoever approves or rejects (ACC-2)."""


def reference(year: int, number: int) -> str:
    """A case as people name it: 2026/B0007."""
    return f"{year}/B{number:04d}"


def name_of_case(case: BusinessCase) -> str:
    """How a sentence names it."""
    return reference(case.year, case.number)


def require(session: Session, case_id: int) -> BusinessCase:
    """The case. Raises NotFound."""
    case = session.get(BusinessCase, case_id)
    if case is None:
        raise NotFound(NO_SUCH_CASE)
    return case


def same_version(case: BusinessCase, expected: int, what: str) -> None:
    """Raise Conflict where somebody saved since this window opened it."""
    if case.version != expected:
        raise Conflict(
            f"Somebody else changed {name_of_case(case)} since you opened it. Look at it as it is now, then {what}.",
            [],
            case.version,
        )


def status_of(session: Session, case: BusinessCase) -> CaseStatus:
    """Where the case stands by what was written about it."""
    if case.withdrawn_at is not None:
        return CaseStatus.WITHDRAWN
    last = session.scalars(
        select(CaseDecision.kind)
        .where(CaseDecision.case_id == case.id)
        .order_by(CaseDecision.id.desc())
        .limit(1)
    ).first()
    if last == CaseDecisionKind.APPROVE:
        return CaseStatus.APPROVED
    if last == CaseDecisionKind.REJECT:
        return CaseStatus.REJECTED
    if case.submitted_on is not None:
        return CaseStatus.SUBMITTED
    return CaseStatus.DRAFT if last is None else CaseStatus.MORE_WANTED


def status_words(status: CaseStatus, exists: bool, approved: bool) -> str:
    """The status in words; an account that is there already shows as not yet approved meanwhile."""
    label = CASE_STATUS_LABELS[status]
    if exists and not approved and status is not CaseStatus.APPROVED:
        return f"Not approved yet, {in_a_sentence(label)}" if status in OPEN else label
    return label


def settled(session: Session, case: BusinessCase, ctx: Context, *, more: Any = ()) -> Saved:
    """Bring the worked-out columns up to date and say what changed. ``case.status`` of a sealed one stays."""
    session.flush()
    if not case.sealed:
        case.status = str(status_of(session, case))
    case.words = _words(case)
    session.flush()
    return Saved(case.id, case.version, frozenset({("case", case.id), *more}))


def _words(case: BusinessCase) -> str:
    """What the search looks through. The people are looked up by their records: a name may change."""
    parts = [
        name_of_case(case),
        f"{case.year}/b{case.number}",
        case.proposed_name,
        reference_data.platform_label(case.platform),
        case.platform,
        case.link,
        case.proposer_name,
        *(getattr(case, name) for name in case_fields.TEXTS),
        case.notes,
    ]
    return "\n".join(part for part in parts if part).casefold()


def write_audit(
    session: Session, ctx: Context, action: str, case_id: int, detail: Mapping[str, Any] | None
) -> None:
    """Write what was done with a case to the audit log."""
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="case",
        object_id=case_id,
        detail=detail,
    )


# ------------------------------------------------------------------------------------------------- what is missing


def rules_now(session: Session) -> AccountRules:
    """What the policy in use says about accounts."""
    return incident_state.stored_profile(session, incident_state.current_profile_id(session)).accounts


def gaps(session: Session, draft: CaseDraft, day: date) -> tuple[Gap, ...]:
    """What stands between this case and its approval on ``day``, under the policy in use (ACC-1, ACC-3)."""
    return gaps_of_all(session, [draft], day)[0]


def gaps_of_all(session: Session, drafts: Sequence[CaseDraft], day: date) -> list[tuple[Gap, ...]]:
    """``gaps`` for several cases at once."""
    rules = rules_now(session)
    # Who was merged since is who they were merged into.
    standing = _standing_ids(session, {each.person_id for draft in drafts for each in draft.runners})
    ready = readiness(session, sorted(set(standing.values())), day)
    found = []
    for draft in drafts:
        ids = dict.fromkeys(standing[each.person_id] for each in draft.runners if each.person_id in standing)
        runners = [ready.runners[each] for each in ids if each in ready.runners]
        found.append(
            policy.case_gaps(
                rules,
                case_fields.points(draft),
                runners,
                day,
                policies=ready.policies,
                trainings=ready.trainings,
            )
        )
    return found


def _standing_ids(session: Session, ids: set[int]) -> dict[int, int]:
    rows = session.execute(select(Person.id, Person.merged_into).where(Person.id.in_(sorted(ids))))
    return {person_id: merged or person_id for person_id, merged in rows}


# ---------------------------------------------------------------------------------------------------- who decides


def is_proposer(session: Session, case: BusinessCase, user: User) -> bool:
    """Whether this user proposed the case: by their person record, or by their name (the proposer never decides)."""
    if case.proposer_id is not None:
        same = sight.same_person(session, case.proposer_id)
        return user.person_id in same or own_name.is_namesake(session, user.id, same)
    return _is_written(session, user, case.proposer_name)


def _is_written(session: Session, user: User, written: str) -> bool:
    """Whether a name as written may be this user's, by the name they sign in under or that of their person record."""
    if own_name.is_written(user.name, written):
        return True
    person = None if user.person_id is None else session.get(Person, user.person_id)
    return person is not None and own_name.is_written(f"{person.given_name} {person.family_name}", written)


def _took_themselves_off(session: Session, case: BusinessCase, user: User) -> bool:
    """Whether this user was named as the proposer and took the name off themselves. Put right by somebody else, it was
    a slip; by themselves, it would be the way to decide about their own proposal.
    """
    rows = driver(session).execute(
        "SELECT json_extract(t.detail, '$.changes.proposer_id[0]'),"
        " json_extract(t.detail, '$.changes.proposer_name[0]')"
        " FROM audit_entry a JOIN audit_detail t ON t.seq = a.seq WHERE a.object_kind = 'case' AND a.object_id = ?"
        " AND a.action = 'case.saved' AND a.actor_id = ?",
        (case.id, user.id),
    )
    return any(_is_written(session, user, name) for row in rows.fetchall() for name in row if name)


def members(session: Session, case: BusinessCase) -> tuple[Member, ...]:
    """The leadership team by name, with why somebody cannot count at the decision on this case (ACC-2)."""
    runners: set[int] = set()
    for person_id in session.scalars(select(CaseRunner.person_id).where(CaseRunner.case_id == case.id)):
        runners |= sight.same_person(session, person_id)
    found = []
    for user in session.scalars(select(User).where(User.active).order_by(User.name, User.id)):
        roles = [Role(code) for code in user.roles]
        held = [role for role in Role if role in roles and role in LEADERS]
        if not held:
            continue
        why_not = note = ""
        if is_proposer(session, case, user) or _took_themselves_off(session, case, user):
            why_not = "Proposed it, and so does not decide about it."
        elif user.person_id in runners:
            note = "Is named to run it. The policy does not forbid that they agree."
        found.append(Member(user.id, user.name, ROLE_LABELS[held[0]], why_not, note))
    return tuple(found)


def why_not_decide(session: Session, ctx: Context, case: BusinessCase) -> str:
    """Why whoever is signed in cannot record the decision on this case, or ""."""
    user = session.get_one(User, ctx.user.id)
    if not allowed([Role(code) for code in user.roles], Permission.CASES_DECIDE):
        return "The leadership team decides: the headteacher or one of its members records what was decided."
    if is_proposer(session, case, user) or _took_themselves_off(session, case, user):
        return "You proposed this case, so somebody else of the leadership team decides and records it."
    return ""


def open_decisions(case: BusinessCase) -> tuple[CaseDecisionKind, ...]:
    """What may be decided now."""
    return tuple(CaseDecisionKind) if case.status == CaseStatus.SUBMITTED else ()


# ---------------------------------------------------------------------------------------------------- the record


def record(session: Session, ctx: Context, case: BusinessCase) -> CaseRecord:
    """Everything the form shows of one case."""
    from smdesk.services import case_signing

    draft = case_fields.stored(session, case)
    status = CaseStatus(case.status)
    before = session.get(BusinessCase, case.supersedes_id) if case.supersedes_id else None
    later = session.scalars(
        select(BusinessCase).where(BusinessCase.supersedes_id == case.id).order_by(BusinessCase.id)
    )
    account = session.get(SchoolAccount, case.account_id) if case.account_id else None
    approved = account is not None and account.approved_on is not None
    return CaseRecord(
        id=case.id,
        version=case.version,
        reference=name_of_case(case),
        draft=draft,
        status=status,
        status_words=status_words(status, case.exists_already, approved),
        proposer=proposer_words(session, case),
        platform_label=reference_data.platform_label(case.platform),
        runners=runner_records(session, draft, ctx.today()),
        gaps=gaps(session, draft, ctx.today()) if status in OPEN else (),
        decisions=case_signing.records(session, case),
        history=history.lines(session, "case", case.id),
        submitted_on=case.submitted_on,
        submitted_by=_user_name(session, case.submitted_by),
        decided_on=case.decided_on,
        recorded_by=_user_name(session, case.recorded_by),
        recorded_on=local_date(case.recorded_at),
        supersedes=None if before is None else (before.id, name_of_case(before)),
        superseded_by=tuple((each.id, name_of_case(each)) for each in later),
        account=None if account is None else (account.id, account_name(account.handle, account.platform)),
        account_approved=approved,
        policy_number=session.get_one(PolicyProfile, case.profile_id).number,
        editable=status in OPEN,
        sealed=case.sealed,
        open_decisions=open_decisions(case),
        decidable_why_not=why_not_decide(session, ctx, case),
        withdrawn_reason=case.withdrawn_reason,
    )


def proposer_words(session: Session, case: BusinessCase) -> str:
    """Who proposed it, by name."""
    if case.proposer_id is None:
        return case.proposer_name
    person = session.get_one(Person, case.proposer_id)
    return name_of(person)


def runner_records(session: Session, draft: CaseDraft, day: date) -> tuple[CaseRunnerRecord, ...]:
    """Those named to run it with their records, in the given order; who is not on record is left out."""
    rows = session.scalars(select(Person).where(Person.id.in_([each.person_id for each in draft.runners])))
    people = {person.id: person for person in rows}
    found = []
    for each in draft.runners:
        person = people.get(each.person_id)
        if person is not None:
            kinds = kinds_of(person.kind, person.also)
            found.append(
                CaseRunnerRecord(
                    person.id, name_of(person), kinds, "staff" in kinds, each.responsible, person.left_on
                )
            )
    return tuple(found)


def _user_name(session: Session, user_id: int | None) -> str:
    if user_id is None:
        return ""
    user = session.get(User, user_id)
    return "" if user is None else user.name
