"""The leadership team's decision on a business case: approve, reject, ask for more (ACC-2, ACC-3).

A decision is signed with the key of whoever records it over the exact case and never changes afterwards. The proposer
neither counts nor records. An approval opens the account on the register.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import BusinessCase, CaseDecision, CaseVote, User
from smdesk.errors import Conflict, FieldChange, Invalid, NotAllowed, Problem, Refused
from smdesk.policy import deadlines
from smdesk.policy.accounts import Runner
from smdesk.policy.days import months_after
from smdesk.policy.words import listed, written_day
from smdesk.security import signatures
from smdesk.security.permissions import Permission
from smdesk.services import (
    case_fields,
    case_signing,
    case_state,
    history,
    incident_state,
    key_trust,
    own_name,
)
from smdesk.services.account_records import MOST_REVIEW_YEARS
from smdesk.services.case_records import (
    CASE_DECISION_LABELS,
    SEALING,
    CaseDecisionDraft,
    CaseDecisionKind,
    CaseStatus,
    Member,
)
from smdesk.services.case_state import name_of_case, require, settled
from smdesk.services.context import Changes, Context, Saved, needs
from smdesk.services.readiness import readiness

LONGEST: Final = 4_000
LONGEST_LINE: Final = 200

_STATUS: Final = {
    CaseDecisionKind.APPROVE: CaseStatus.APPROVED,
    CaseDecisionKind.REJECT: CaseStatus.REJECTED,
    CaseDecisionKind.ASK_FOR_MORE: CaseStatus.MORE_WANTED,
}


@needs(Permission.CASES_DECIDE)
def decide(ctx: Context, case_id: int, expected_version: int, draft: CaseDecisionDraft) -> Saved:
    """Record what the leadership team decided, and sign it over the case as it stands.

    Returns the decision's id. Raises NotAllowed for the proposer, Conflict where the case was changed or decided in
    another window since, Invalid field by field, Refused where the state does not allow it, where something is still
    missing for an approval (every gap is named), or where the own key may not sign.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        case = require(session, case_id)
        why_not = case_state.why_not_decide(session, ctx, case)
        if why_not:
            raise NotAllowed(why_not)
        _require_version(session, case, expected_version, draft)
        if case.status != CaseStatus.SUBMITTED:
            raise Refused(f"{name_of_case(case)} {_NOT_NOW[CaseStatus(case.status)]}", "ACC-2")
        draft = replace(draft, decided_on=draft.decided_on or ctx.today())
        if draft.kind is CaseDecisionKind.APPROVE and draft.review_on is None and draft.decided_on:
            draft = replace(draft, review_on=_review_day(session, draft.decided_on))
        voters = _voters(session, case, draft)
        _check(session, ctx, case, draft, voters)
        # What is decided is decided under the policy as it is now.
        case.profile_id = incident_state.current_profile_id(session)
        ready = _ready(session, case, draft)
        if draft.kind is CaseDecisionKind.APPROVE:
            _refuse_with_gaps(session, case, draft)
        row = _sign(session, ctx, case, draft, voters, ready)
        changes = _follow(session, ctx, case, row, draft)
        return Saved(row.id, case.version, changes)


_NOT_NOW: Final = {
    CaseStatus.DRAFT: "has not been put forward, so there is nothing to decide yet.",
    CaseStatus.MORE_WANTED: "had more asked for: it is decided when put forward again.",
    CaseStatus.WITHDRAWN: "was withdrawn, so there is nothing to decide.",
    CaseStatus.APPROVED: "has been decided already. To decide otherwise, have it proposed anew.",
    CaseStatus.REJECTED: "has been decided already. To decide otherwise, have it proposed anew.",
}


@needs(Permission.CASES_READ)
def members(ctx: Context, case_id: int) -> tuple[Member, ...]:
    """The leadership team to choose from, with why somebody cannot count (ACC-2). Raises NotFound."""
    with ctx.database.reading() as session:
        return case_state.members(session, require(session, case_id))


@needs(Permission.CASES_DECIDE)
def defaults(ctx: Context, case_id: int) -> CaseDecisionDraft:
    """What the form for a decision begins with: today, the policy's review, whoever records it as having agreed.

    Raises NotFound.
    """
    with ctx.database.reading() as session:
        case = require(session, case_id)
        mine = [
            each.user_id
            for each in case_state.members(session, case)
            if each.user_id == ctx.user.id and not each.why_not
        ]
        today = ctx.today()
        return CaseDecisionDraft(
            CaseDecisionKind.APPROVE,
            decided_on=today,
            agreed=tuple(mine),
            review_on=_review_day(session, today),
        )


@needs(Permission.CASES_READ)
def needed(ctx: Context) -> int:
    """How many members of the leadership team must agree, under the policy in use."""
    with ctx.database.reading() as session:
        return case_state.rules_now(session).members_to_agree


# ------------------------------------------------------------------------------------------------------ checking


def _tidied(draft: CaseDecisionDraft) -> CaseDecisionDraft:
    approving = draft.kind is CaseDecisionKind.APPROVE
    return replace(
        draft,
        reason=draft.reason.strip().replace("\r\n", "\n"),
        conditions=draft.conditions.strip().replace("\r\n", "\n") if approving else "",
        present=draft.present.strip().replace("\r\n", "\n"),
        minute_ref=" ".join(draft.minute_ref.split()),
        agreed=tuple(dict.fromkeys(draft.agreed)),
        against=tuple(dict.fromkeys(draft.against)),
        review_on=draft.review_on if approving else None,
    )


def _require_version(session: Session, case: BusinessCase, expected: int, draft: CaseDecisionDraft) -> None:
    if case.version == expected:
        return
    last = session.scalars(
        select(CaseDecision).where(CaseDecision.case_id == case.id).order_by(CaseDecision.id.desc())
    ).first()
    name = name_of_case(case)
    if last is None or case.status == CaseStatus.SUBMITTED:
        raise Conflict(
            f"{name} was changed by somebody else since you opened it. Look at it again before you record a decision.",
            [],
            case.version,
        )
    theirs = f"{CASE_DECISION_LABELS[CaseDecisionKind(last.kind)]}, recorded by {last.recorder_name}"
    raise Conflict(
        f"{name} was changed or decided since you opened it. The last decision on record: {theirs}, "
        f"{written_day(last.decided_on)}. Look at it again; what you typed is still here.",
        [FieldChange("kind", "Decision", theirs, CASE_DECISION_LABELS[draft.kind])],
        case.version,
    )


def _voters(session: Session, case: BusinessCase, draft: CaseDecisionDraft) -> list[tuple[User, bool]]:
    """Those named at the decision, in order, with whether they agreed. Raises Invalid for who cannot count."""
    standing = {each.user_id: each for each in case_state.members(session, case)}
    found: list[tuple[User, bool]] = []
    problems = []
    both = set(draft.agreed) & set(draft.against)
    for field, ids in (("agreed", draft.agreed), ("against", draft.against)):
        for user_id in ids:
            user = session.get(User, user_id)
            member = standing.get(user_id)
            if user is None or member is None:
                name = "Somebody you chose" if user is None else user.name
                problems.append(
                    Problem(field, f"{name} is not one of the leadership team (any more). Choose again.")
                )
            elif member.why_not:
                problems.append(Problem(field, f"{user.name} cannot count: {member.why_not}"))
            elif user_id in both and field == "against":
                problems.append(Problem(field, f"{user.name} cannot both agree and not agree."))
            else:
                found.append((user, field == "agreed"))
    problems += _same_person_twice(session, [user for user, _ in found])
    if problems:
        raise Invalid(problems)
    return found


def _same_person_twice(session: Session, users: Sequence[User]) -> list[Problem]:
    found = []
    for at, user in enumerate(users):
        twin = next((each for each in users[:at] if own_name.is_same_user(session, each.id, user.id)), None)
        if twin is None:
            continue
        if twin.person_id is not None and user.person_id is not None:
            said = f"{twin.name} and {user.name} are the same person, who counts once (ACC-2)."
        else:
            said = (
                f"{twin.name} and {user.name} have the same name, and may be one person with two accounts, who counts "
                "once (ACC-2). If they are two, have each linked with their own person record under Settings, Users "
                "and keys."
            )
        found.append(Problem("agreed", said))
    return found


def _check(
    session: Session,
    ctx: Context,
    case: BusinessCase,
    draft: CaseDecisionDraft,
    voters: Sequence[tuple[User, bool]],
) -> None:
    found = []
    if not draft.reason:
        found.append(Problem("reason", "Give the reason: it is asked for years later (ACC-2)."))
    for field in ("reason", "conditions", "present"):
        if len(getattr(draft, field)) > LONGEST:
            found.append(Problem(field, f"At most {LONGEST:,} letters can be kept."))
    if len(draft.minute_ref) > LONGEST_LINE:
        found.append(Problem("minute_ref", f"At most {LONGEST_LINE} letters can be kept."))
    found += _day_problems(ctx, case, draft)
    if draft.kind is CaseDecisionKind.APPROVE:
        able = sum(not each.why_not for each in case_state.members(session, case))
        found += _approval_problems(session, draft, sum(agreed for _, agreed in voters), able)
    if found:
        raise Invalid(found)


def _day_problems(ctx: Context, case: BusinessCase, draft: CaseDecisionDraft) -> list[Problem]:
    on = draft.decided_on or ctx.today()
    if on > ctx.today():
        return [Problem("decided_on", "The day of the decision lies in the future. Check the date.")]
    if case.submitted_on is not None and on < case.submitted_on:
        return [
            Problem(
                "decided_on",
                f"The case was put forward on {written_day(case.submitted_on)}; it cannot have been decided before.",
            )
        ]
    return []


def _approval_problems(session: Session, draft: CaseDecisionDraft, agreed: int, able: int) -> list[Problem]:
    found = []
    wanted = case_state.rules_now(session).members_to_agree
    if agreed < wanted:
        asked = "one member" if wanted == 1 else f"{wanted} different members"
        so_far = "nobody is named" if not agreed else f"{agreed} {'is' if agreed == 1 else 'are'} named"
        said = f"Under the policy {asked} of the leadership team must agree; so far {so_far} (ACC-2)."
        if able < wanted:
            said += (
                f" And only {able} of the users can count here: give the leadership role to others under Settings, "
                "Users and keys, or change how many must agree in the policy."
            )
        found.append(Problem("agreed", said))
    on, review = draft.decided_on, draft.review_on
    if on is not None and review is not None:
        if review <= on:
            found.append(
                Problem("review_on", f"The review comes after {written_day(on)}. Choose a later day.")
            )
        elif review.year - on.year > MOST_REVIEW_YEARS:
            found.append(
                Problem("review_on", f"Choose a review within {MOST_REVIEW_YEARS} years. Check the year.")
            )
    return found


def _refuse_with_gaps(session: Session, case: BusinessCase, draft: CaseDecisionDraft) -> None:
    """ACC-1, ACC-3: nothing is approved that lacks something; every gap is named."""
    day = draft.decided_on
    if day is None:
        raise RuntimeError("The day of the decision is known here.")
    gaps = case_state.gaps(session, case_fields.stored(session, case), day)
    if gaps:
        said = " ".join(f"{gap.text} ({gap.rule})" for gap in gaps)
        raise Refused(f"{name_of_case(case)} cannot be approved yet. {said}", gaps[0].rule)


def _review_day(session: Session, decided_on: date) -> date:
    """When the account is looked at again unless the leadership team says otherwise, on a working day."""
    months = case_state.rules_now(session).review_months
    return deadlines.on_or_after(months_after(decided_on, months), incident_state.nation(session))


# -------------------------------------------------------------------------------------------------------- writing


def _ready(session: Session, case: BusinessCase, draft: CaseDecisionDraft) -> list[Runner]:
    ids = [each.person_id for each in case_fields.stored(session, case).runners]
    found = readiness(session, ids, draft.decided_on or date.min)
    return [found.runners[each] for each in ids if each in found.runners]


def _sign(
    session: Session,
    ctx: Context,
    case: BusinessCase,
    draft: CaseDecisionDraft,
    voters: Sequence[tuple[User, bool]],
    ready: Sequence[Runner],
) -> CaseDecision:
    key, signing = key_trust.own_key(session, ctx, "record a decision")
    recorder = session.get_one(User, ctx.user.id)
    row = CaseDecision(
        case_id=case.id,
        kind=str(draft.kind),
        reason=draft.reason,
        conditions=draft.conditions,
        decided_on=draft.decided_on,
        present=draft.present,
        minute_ref=draft.minute_ref,
        review_on=draft.review_on,
        recorded_by=recorder.id,
        recorder_name=", ".join(part for part in (recorder.name, recorder.job_title) if part),
        recorded_at=ctx.now(),
        signing_key_id=key.id,
    )
    votes = [(user.id, user.name, agreed) for user, agreed in voters]
    payload = case_signing.payload(session, row, votes, case, ready)
    row.signed_payload = signatures.canonical(payload).decode("utf-8")
    row.signature = signatures.sign(signing, payload)
    session.add(row)
    session.flush()
    session.add_all(
        CaseVote(decision_id=row.id, user_id=user_id, name=name, agreed=agreed)
        for user_id, name, agreed in votes
    )
    session.flush()
    return row


def _follow(
    session: Session, ctx: Context, case: BusinessCase, row: CaseDecision, draft: CaseDecisionDraft
) -> Changes:
    """What follows from the decision: its line of history and of the chain, the case's state, the account."""
    label = CASE_DECISION_LABELS[draft.kind]
    agreed = [
        vote.name
        for vote in session.scalars(
            select(CaseVote).where(CaseVote.decision_id == row.id).order_by(CaseVote.id)
        )
        if vote.agreed
    ]
    said = f"{label} by the leadership team"
    said += f" ({listed(agreed)})" if agreed else ""
    history.add(
        session,
        ctx,
        "case",
        case.id,
        "decision",
        f"{said}, recorded and signed by {row.recorder_name}.",
        reason=row.reason,
        rule="ACC-2",
        happened_on=row.decided_on,
    )
    case.status = str(_STATUS[draft.kind])
    case.version += 1
    if draft.kind in SEALING:
        case.decided_on = row.decided_on
        case.sealed = True
    else:
        # It is put forward again once it is complete.
        case.submitted_by = case.submitted_on = None
    saved = settled(session, case, ctx)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="case.decided",
        object_kind="case_decision",
        object_id=row.id,
        detail={"case": name_of_case(case), "decision": case_signing.digest(session, row.id)},
    )
    changes = saved.changes
    if draft.kind is CaseDecisionKind.APPROVE:
        from smdesk.services import account_opening

        account_id, opened = account_opening.approved(session, ctx, case, row, row.decided_on)
        case.account_id = account_id
        session.flush()
        changes |= opened | {("account", account_id)}
    return changes
