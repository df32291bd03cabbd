"""Business cases for school accounts: written, put forward, taken back, withdrawn, proposed anew (ACC-1).

Until it is decided a case may be changed. From then on it is sealed: whoever wants something else proposes anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import BusinessCase, CaseRunner, Person, SchoolAccount
from smdesk.errors import Conflict, Invalid, NotFound, Problem, Refused
from smdesk.policy.accounts import Gap, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import listed
from smdesk.security.permissions import Permission, allowed
from smdesk.services import case_fields, case_state, history, incident_state, people_list, reasons, sight
from smdesk.services.account_words import account_name
from smdesk.services.case_records import (
    OPEN,
    AccountChoice,
    CaseDraft,
    CaseRecord,
    CaseRunnerRecord,
    CaseStatus,
    RunnerChoice,
)
from smdesk.services.case_state import name_of_case, reference, require, same_version, settled, write_audit
from smdesk.services.context import Context, Saved, needs
from smdesk.services.driver import driver
from smdesk.services.people_records import PersonHit

_ADULTS: Final = tuple(kind for kind in PersonKind if kind is not PersonKind.PUPIL)


@needs(Permission.CASES_EDIT)
def save(
    ctx: Context,
    draft: CaseDraft,
    case_id: int | None = None,
    expected_version: int | None = None,
    supersedes: int | None = None,
) -> Saved:
    """Write a business case, or change one opened at ``expected_version``.

    A new one gets the next number of the year at the school; with ``supersedes`` it is proposed anew after a decided
    one. It may be incomplete: what is missing stands in ``gaps``. Raises Invalid with every problem found (the same
    person named twice among them); Conflict, field by field, where somebody saved since; Refused for what is decided
    or withdrawn; NotFound.
    """
    draft = case_fields.tidied(draft)
    with ctx.database.writing() as session:
        if case_id is None:
            if supersedes is not None:
                _check_supersedes(session, supersedes)
            _check(session, ctx, draft, {supersedes} - {None})
            return _enter(session, ctx, draft, supersedes)
        return _change(session, ctx, require(session, case_id), draft, expected_version)


def _check(session: Session, ctx: Context, draft: CaseDraft, but: set[int | None]) -> None:
    found = case_fields.problems(session, draft, ctx.today())
    found += case_fields.rival_problems(session, draft, [each for each in but if each is not None])
    if found:
        raise Invalid(found)


def _check_supersedes(session: Session, supersedes: int) -> None:
    before = require(session, supersedes)
    if not before.sealed:
        raise Refused(
            f"{name_of_case(before)} is not decided yet. Change that one instead of proposing anew."
        )
    for row in session.scalars(select(BusinessCase).where(BusinessCase.supersedes_id == supersedes)):
        if row.status in OPEN:
            raise Refused(
                f"{name_of_case(row)} was proposed after {name_of_case(before)} already. Open that one."
            )


def _enter(session: Session, ctx: Context, draft: CaseDraft, supersedes: int | None) -> Saved:
    year = ctx.today().year
    # BEGIN IMMEDIATE lets one writer in at a time, so that the number cannot be given twice.
    last = driver(session).execute("SELECT max(number) FROM business_case WHERE year = ?", (year,))
    number = (last.fetchone()[0] or 0) + 1
    case = BusinessCase(
        **case_fields.columns(draft),
        year=year,
        number=number,
        profile_id=incident_state.current_profile_id(session),
        supersedes_id=supersedes,
        recorded_by=ctx.user.id,
        recorded_at=ctx.now(),
    )
    session.add(case)
    session.flush()
    _write_runners(session, case.id, draft)
    said = "Written down."
    if supersedes is not None:
        said = f"Proposed anew after {name_of_case(require(session, supersedes))}."
    history.add(session, ctx, "case", case.id, "saved", said, rule="ACC-1")
    saved = settled(session, case, ctx, more=_touched(draft, supersedes))
    write_audit(
        session,
        ctx,
        "case.proposed",
        case.id,
        {"reference": reference(year, number), "supersedes": supersedes},
    )
    return saved


def _change(
    session: Session, ctx: Context, case: BusinessCase, draft: CaseDraft, expected_version: int | None
) -> Saved:
    before = case_fields.stored(session, case)
    changed = case_fields.differences(session, before, draft)
    if not changed:
        return Saved(case.id, case.version, frozenset())
    if case.version != expected_version:
        happened = f"Somebody else saved {name_of_case(case)} while you were editing it."
        if case.sealed:
            happened = (
                f"{name_of_case(case)} has been decided, and stays as it was decided on. What you typed can only be "
                "proposed anew (ACC-2)."
            )
        raise Conflict(
            f"{happened} Nothing of yours is lost: see what differs and choose.", changed, case.version
        )
    facts = [each for each in changed if each.field not in case_fields.OFFICE_FIELDS]
    if facts and case.sealed:
        raise Refused(
            f"{name_of_case(case)} is decided, so it stays as it was decided on: "
            f"{listed([each.label for each in facts])} cannot be changed. Choose “Propose anew” (ACC-2).",
            "ACC-2",
        )
    if facts and case.withdrawn_at is not None:
        raise Refused(f"{name_of_case(case)} is withdrawn. Bring it back to change it.")
    if facts:
        _check(session, ctx, draft, {case.id, case.supersedes_id})
    else:
        _check_length(session, ctx, draft)
    for column, value in case_fields.columns(draft).items():
        if getattr(case, column) != value:
            setattr(case, column, value)
    if before.runners != draft.runners:
        _write_runners(session, case.id, draft)
    if facts:
        history.add(
            session,
            ctx,
            "case",
            case.id,
            "changed",
            "\n".join(f"{each.label}: {each.theirs} → {each.mine}" for each in facts),
        )
    case.version += 1
    saved = settled(session, case, ctx, more=_touched(draft, None) | _touched(before, None))
    write_audit(
        session,
        ctx,
        "case.saved",
        case.id,
        {"changes": {each.field: [each.theirs, each.mine] for each in changed}},
    )
    return saved


def _check_length(session: Session, ctx: Context, draft: CaseDraft) -> None:
    found = [
        each
        for each in case_fields.problems(session, draft, ctx.today())
        if each.field in case_fields.OFFICE_FIELDS
    ]
    if found:
        raise Invalid(found)


def _write_runners(session: Session, case_id: int, draft: CaseDraft) -> None:
    for row in session.scalars(select(CaseRunner).where(CaseRunner.case_id == case_id)):
        session.delete(row)
    session.flush()
    session.add_all(
        CaseRunner(case_id=case_id, person_id=each.person_id, position=at, responsible=each.responsible)
        for at, each in enumerate(draft.runners)
    )
    session.flush()


def _touched(draft: CaseDraft, supersedes: int | None) -> frozenset[tuple[str, int]]:
    people = {each.person_id for each in draft.runners} | {draft.proposer_id}
    found = {("person", each) for each in people if each is not None}
    if supersedes is not None:
        found.add(("case", supersedes))
    if draft.account_id is not None:
        found.add(("account", draft.account_id))
    return frozenset(found)


# ------------------------------------------------------------------------------------------------ where it stands


@needs(Permission.CASES_EDIT)
def submit(ctx: Context, case_id: int, expected_version: int) -> Saved:
    """Put a case to the leadership team, under the policy as it is now (ACC-1).

    It may still lack something: that stands in the way of its approval, not of its being talked about. Raises Invalid
    where nobody is named as the proposer or the account has no name, Refused where the state does not allow it,
    Conflict, NotFound.
    """
    with ctx.database.writing() as session:
        case = require(session, case_id)
        same_version(case, expected_version, "put it forward")
        if case.status not in (CaseStatus.DRAFT, CaseStatus.MORE_WANTED):
            raise Refused(f"{name_of_case(case)} {_STANDS[CaseStatus(case.status)]}")
        draft = case_fields.stored(session, case)
        found = _missing(draft) + case_fields.problems(session, draft, ctx.today())
        if found:
            raise Invalid(found)
        case.profile_id = incident_state.current_profile_id(session)
        case.submitted_by, case.submitted_on = ctx.user.id, ctx.today()
        case.version += 1
        history.add(session, ctx, "case", case.id, "submitted", "Put to the leadership team.", rule="ACC-1")
        saved = settled(session, case, ctx)
        write_audit(session, ctx, "case.submitted", case.id, None)
        return saved


_STANDS: Final = {
    CaseStatus.SUBMITTED: "awaits the meeting already.",
    CaseStatus.APPROVED: "is approved already.",
    CaseStatus.REJECTED: "was rejected. Propose it anew to put it forward again (ACC-2).",
    CaseStatus.WITHDRAWN: "is withdrawn. Bring it back first.",
}


def _missing(draft: CaseDraft) -> list[Problem]:
    found = []
    if draft.proposer_id is None and not draft.proposer_name:
        found.append(
            Problem("proposer_id", "Say who proposes it: whoever does so does not decide about it (ACC-2).")
        )
    if not draft.platform:
        found.append(Problem("platform", "Say on which platform it is to be."))
    if not draft.proposed_name:
        found.append(Problem("proposed_name", "Give the name the account is to have."))
    return found


@needs(Permission.CASES_EDIT)
def take_back(ctx: Context, case_id: int, expected_version: int) -> Saved:
    """Take a case back from the next meeting. Raises Refused unless it awaits the meeting, Conflict, NotFound."""
    with ctx.database.writing() as session:
        case = require(session, case_id)
        same_version(case, expected_version, "take it back")
        if case.status != CaseStatus.SUBMITTED:
            raise Refused(
                f"{name_of_case(case)} is not awaiting the meeting, so there is nothing to take back."
            )
        case.submitted_by = case.submitted_on = None
        case.version += 1
        history.add(session, ctx, "case", case.id, "taken_back", "Taken back before the meeting.")
        saved = settled(session, case, ctx)
        write_audit(session, ctx, "case.taken_back", case.id, None)
        return saved


@needs(Permission.CASES_EDIT)
def withdraw(ctx: Context, case_id: int, expected_version: int, reason: str) -> Saved:
    """Withdraw a case that is not decided: it stays on record with the reason.

    Raises Invalid without a reason, Refused for a decided one, Conflict, NotFound.
    """
    reason = reasons.given(reason, "Say why it is withdrawn: the record stays, with your reason.")
    with ctx.database.writing() as session:
        case = require(session, case_id)
        same_version(case, expected_version, "withdraw it")
        if case.withdrawn_at is not None:
            raise Refused(f"{name_of_case(case)} is withdrawn already.")
        if case.sealed:
            raise Refused(
                f"{name_of_case(case)} is decided and stays on record as it is. An account that is not wanted any more "
                "is closed on the register.",
                "ACC-2",
            )
        case.withdrawn_at, case.withdrawn_reason = ctx.now(), reason
        case.version += 1
        history.add(session, ctx, "case", case.id, "withdrawn", "Withdrawn.", reason=reason)
        saved = settled(session, case, ctx)
        write_audit(session, ctx, "case.withdrawn", case.id, {"reason": reason})
        return saved


@needs(Permission.CASES_EDIT)
def unwithdraw(ctx: Context, case_id: int, expected_version: int) -> Saved:
    """Undo a withdrawal that was a slip: the case stands where it stood.

    Raises Refused where it is not withdrawn, Invalid where the same account was proposed meanwhile, Conflict, NotFound.
    """
    with ctx.database.writing() as session:
        case = require(session, case_id)
        same_version(case, expected_version, "bring it back")
        if case.withdrawn_at is None:
            raise Refused(f"{name_of_case(case)} is not withdrawn.")
        _check(session, ctx, case_fields.stored(session, case), {case.id, case.supersedes_id})
        case.withdrawn_at, case.withdrawn_reason = None, ""
        case.version += 1
        history.add(session, ctx, "case", case.id, "unwithdrawn", "Brought back.")
        saved = settled(session, case, ctx)
        write_audit(session, ctx, "case.unwithdrawn", case.id, None)
        return saved


# -------------------------------------------------------------------------------------------------------- reading


@needs(Permission.CASES_READ)
def open_case(ctx: Context, case_id: int) -> CaseRecord:
    """One case, complete, with what it lacks today. Raises NotFound."""
    with ctx.database.reading() as session:
        return case_state.record(session, ctx, require(session, case_id))


@needs(Permission.CASES_READ)
def gaps(ctx: Context, case: CaseDraft | int, day: date | None = None) -> tuple[Gap, ...]:
    """What stands between a case, saved or being typed, and its approval: today, or on another day (ACC-1, ACC-3).

    Empty where nothing does. Raises NotFound for an id that is none.
    """
    with ctx.database.reading() as session:
        if isinstance(case, int):
            draft = case_fields.stored(session, require(session, case))
        else:
            draft = case_fields.tidied(case)
        return case_state.gaps(session, draft, day or ctx.today())


@needs(Permission.CASES_READ)
def runners(ctx: Context, choices: tuple[RunnerChoice, ...]) -> tuple[CaseRunnerRecord, ...]:
    """Those named to run an account, as they stand today, for the form. Pupils never run one, and are left out."""
    with ctx.database.reading() as session:
        found = case_state.runner_records(session, CaseDraft(runners=choices), ctx.today())
        return tuple(each for each in found if set(each.kinds) != {PersonKind.PUPIL})


@needs(Permission.CASES_EDIT)
def find_people(ctx: Context, text: str, limit: int = 12) -> list[PersonHit]:
    """People to name in a case, as one types: everybody but pupils. A leader names colleagues and parents here, to
    whom the list of people is not open: then nobody's children are told beside them.
    """
    with ctx.database.raw_reading() as cursor:
        found = people_list.found_while_typing(cursor, text, _ADULTS, limit, ctx.today())
        if allowed(sight.reader_on(cursor, ctx.user.id).roles, Permission.PEOPLE_READ):
            return found
        return [replace(each, hint="") for each in found]


@needs(Permission.CASES_READ)
def accounts_to_choose(ctx: Context) -> list[AccountChoice]:
    """The open accounts on the register, those not approved yet first: a case may be about one of them."""
    with ctx.database.reading() as session:
        rows = session.scalars(select(SchoolAccount).where(SchoolAccount.closed_on.is_(None))).all()
        found = [
            AccountChoice(
                row.id,
                account_name(row.handle, row.platform),
                row.platform,
                row.handle,
                row.link,
                row.approved_on is not None,
            )
            for row in rows
        ]
    return sorted(found, key=lambda each: (each.approved, each.label.casefold()))


# ------------------------------------------------------------------------------------------------------- beginning


@needs(Permission.CASES_EDIT)
def propose_anew(ctx: Context, case_id: int) -> CaseDraft:
    """A decided case as a draft to propose it anew; save it with ``supersedes``.

    Whoever has left is not taken over. Raises Refused where it is not decided or was proposed anew already, NotFound.
    """
    with ctx.database.reading() as session:
        case = require(session, case_id)
        _check_supersedes(session, case.id)
        draft = case_fields.stored(session, case)
        gone = {
            each.person_id
            for each in case_state.runner_records(session, draft, ctx.today())
            if each.left_on is not None and each.left_on <= ctx.today()
        }
        return replace(
            draft,
            # What the approval opened exists by now.
            exists_already=case.account_id is not None,
            account_id=case.account_id,
            runners=tuple(each for each in draft.runners if each.person_id not in gone),
            notes="",
        )


@needs(Permission.CASES_EDIT)
def draft_for_account(ctx: Context, account_id: int) -> CaseDraft:
    """A case for an account that is on the register already, filled in from there (ACC-1). Raises NotFound."""
    from smdesk.db.models import AccountRunner

    with ctx.database.reading() as session:
        account = session.get(SchoolAccount, account_id)
        if account is None:
            raise NotFound("There is no such account on the register.")
        today = ctx.today()
        people = session.scalars(
            select(AccountRunner)
            .join(Person, Person.id == AccountRunner.person_id)
            .where(
                AccountRunner.account_id == account.id,
                AccountRunner.until_on.is_(None) | (AccountRunner.until_on > today),
                Person.left_on.is_(None) | (Person.left_on > today),
            )
            .order_by(AccountRunner.id)
        )
        ids = dict.fromkeys(each.person_id for each in people)
        return CaseDraft(
            platform=account.platform,
            proposed_name=account.handle,
            link=account.link,
            exists_already=True,
            account_id=account.id,
            aim=account.purpose,
            audience=account.audience,
            openness=Openness(account.openness),
            runners=tuple(RunnerChoice(each, each == account.responsible_id) for each in ids),
        )
