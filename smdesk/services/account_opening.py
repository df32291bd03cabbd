"""An approved business case becomes an account on the register, or approves the one it is about (ACC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AccountRunner, BusinessCase, CaseDecision, CaseRunner, CaseVote, SchoolAccount
from smdesk.errors import Refused
from smdesk.policy.days import months_after
from smdesk.policy.words import listed, written_day
from smdesk.services import account_fields, account_state, history
from smdesk.services.account_words import account_name
from smdesk.services.context import Changes, Context
from smdesk.services.incident_fields import people_names


def approved(
    session: Session, ctx: Context, case: BusinessCase, decision: CaseDecision, day: date
) -> tuple[int, Changes]:
    """Open the account a case proposed, or approve the one it names, from ``day`` on; returns its id and what changed.

    Inside the transaction of the decision, which has checked everything. An open account of the same name on the same
    platform is the one that is meant: it never stands on the register twice. What the case says of purpose, audience
    and openness is what was approved, and replaces what the register said. Whoever already runs the account goes on.
    Raises Refused where the account was closed meanwhile.
    """
    session.flush()
    account = _meant(session, case)
    opened = account is None
    if account is None:
        account = SchoolAccount(
            platform=case.platform,
            handle=case.proposed_name.removeprefix("@"),
            link=case.link,
            opened_on=None if case.exists_already else day,
            recorded_by=ctx.user.id,
            recorded_at=ctx.now(),
        )
        session.add(account)
    elif account.closed_on is not None:
        raise Refused(
            f"{account_name(account.handle, account.platform)} was closed on {written_day(account.closed_on)}. Reopen "
            "it under Accounts first, or reject the case."
        )
    else:
        account.version += 1
    account.purpose, account.audience, account.openness = case.aim, case.audience, case.openness
    account.link = account.link or case.link
    account.approved_on = decision.decided_on
    account.approved_by = _approved_by(session, case, decision)
    account.review_on = decision.review_on or months_after(day, account_state.rules(session).review_months)
    runners = session.scalars(
        select(CaseRunner).where(CaseRunner.case_id == case.id).order_by(CaseRunner.position, CaseRunner.id)
    ).all()
    account.responsible_id = next(
        (each.person_id for each in runners if each.responsible), account.responsible_id
    )
    session.flush()
    added = _add_runners(session, account.id, [each.person_id for each in runners], day)
    session.flush()
    account.words = account_fields.search_words(account_fields.stored(session, account))
    names = listed(list(people_names(session, added).values()))
    history.add(
        session,
        ctx,
        "account",
        account.id,
        "approved",
        "\n".join(
            line
            for line in (
                f"{'Opened' if opened else 'Approved'} by business case {case.year}/B{case.number:04d}",
                f"Run by {names} from {written_day(day)}" if names else "",
                f"Conditions: {decision.conditions}" if decision.conditions else "",
            )
            if line
        ),
        reason=decision.reason,
        rule="ACC-2",
        happened_on=decision.decided_on,
    )
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="account.approved",
        object_kind="account",
        object_id=account.id,
        detail={
            "account": account_name(account.handle, account.platform),
            "case": case.id,
            "opened": opened,
            "runners": added,
        },
    )
    return account.id, frozenset({("account", account.id)})


def _meant(session: Session, case: BusinessCase) -> SchoolAccount | None:
    if case.account_id is not None:
        return session.get_one(SchoolAccount, case.account_id)
    return account_fields.open_account_called(session, case.platform, case.proposed_name)


def _approved_by(session: Session, case: BusinessCase, decision: CaseDecision) -> str:
    """ "Mrs H. Alder and Mr L. Damson (business case 2026/B0007)"."""
    names = session.scalars(
        select(CaseVote.name)
        .where(CaseVote.decision_id == decision.id, CaseVote.agreed)
        .order_by(CaseVote.id)
    ).all()
    return f"{listed(names) or decision.recorder_name} (business case {case.year}/B{case.number:04d})"


def _add_runners(session: Session, account_id: int, person_ids: Sequence[int], day: date) -> list[int]:
    """Enter those who do not run it on the day yet; returns them."""
    there = {
        row.person_id
        for row in account_fields.runner_rows(session, account_id)
        if row.until_on is None or row.until_on > day
    }
    new = [person_id for person_id in dict.fromkeys(person_ids) if person_id not in there]
    session.add_all(
        AccountRunner(account_id=account_id, person_id=person_id, from_on=day) for person_id in new
    )
    return new
