"""Papers about business cases: the blank form, one case, a signed decision, the pack for the meeting (ACC-1, DOC-3).

Every paper about a case is written to the audit log: what leaves the program is no longer protected by it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import BusinessCase, CaseDecision, School, SigningKey, User
from smdesk.documents.case_paper import BlankCase, CasePaper, MeetingPack
from smdesk.documents.page import Letterhead
from smdesk.errors import NotFound, Tampered
from smdesk.policy.accounts import OPENNESS_LABELS
from smdesk.policy.profile import AccountRules
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Role
from smdesk.security.signatures import fingerprint
from smdesk.services import (
    case_fields,
    case_list,
    case_signing,
    case_state,
    case_words,
    issued_papers,
    paper_code,
    reference_data,
    school_look,
)
from smdesk.services import connection_paper_words as words
from smdesk.services import school as school_service
from smdesk.services.case_records import (
    CASE_DECISION_LABELS,
    CaseColumn,
    CaseDecisionRecord,
    CaseFilter,
    CaseRecord,
    CaseSort,
    CaseStatus,
    CaseView,
)
from smdesk.services.context import Context, needs

NO_SUCH_DECISION: Final = "There is no such decision."
_ON_FORM: Final = 11
"""So many platforms have a box on the blank form; whatever else there is goes on the line below them."""


@needs(Permission.CASES_READ)
def decision_pdf(ctx: Context, decision_id: int) -> bytes:
    """One decision on paper, with its signature to check offline.

    Raises NotFound, and Tampered where the decision is not what was signed: such a thing is not put on paper as if it
    held.
    """
    from smdesk.documents import decision_paper, qr

    with ctx.database.reading() as session:
        row = session.get(CaseDecision, decision_id)
        if row is None:
            raise NotFound(NO_SUCH_DECISION)
        case = session.get_one(BusinessCase, row.case_id)
        all_of_it = case_signing.records(session, case)
        record = next(each for each in all_of_it if each.id == decision_id)
        if record.fault:
            raise Tampered(
                f"{record.fault} It is not printed. Run “smdesk verify”, and ask whoever recorded it."
            )
        school = session.scalars(select(School)).one()
        texts = case_signing.texts(row, case)
        key = session.get_one(SigningKey, row.signing_key_id)
        payload = json.loads(row.signed_payload)
        mark = fingerprint(key.public_key)
        standing = f"Recorded and signed in SM Desk by {row.recorder_name} for the leadership team (ACC-2)."
        code = ""
        held = {name: texts[name] for name in case_fields.TEXTS}
        if case_signing.texts_hash(held) == payload["texts_sha256"]:
            code = paper_code.paper_code(payload, row.signature, key.public_key)
            if len(code) > qr.MOST:
                # A signed decision is printed however many people it names.
                code = ""
                standing += (
                    f" The key’s fingerprint is {mark}. It names too many people for a code, so this sheet carries "
                    "none; the signature is checked in SM Desk."
                )
        else:
            # More was asked for and has been given since: the words that were asked about are gone.
            texts = {name: texts[name] for name in case_signing.DECISION_TEXTS}
            standing += (
                f" The key’s fingerprint is {mark}. What was put forward has been completed since, so this sheet "
                "carries no code; the signature is checked in SM Desk."
            )
        signed = case_words.signed_part(payload, texts, code, mark)
        later = [
            f"Decision {each.number} on {written_day(each.decided_on)}: {CASE_DECISION_LABELS[each.kind].lower()}."
            for each in all_of_it
            if each.number > record.number
        ]
        today = case_state.status_words(CaseStatus(case.status), case.exists_already, False)
    paper = decision_paper.DecisionPaper(
        signed,
        decision_paper.Unsigned(
            address=tuple(school.address.splitlines()),
            phone=school.phone,
            email=school.email,
            website=school.website,
            logo=school.logo,
            colour=school_look.colour(school_look.read(school.settings)),
            standing=standing,
            record=(f"Where the case stands on {written_day(ctx.today())}: {today}.", *later),
            printed=words.printed(ctx.user.name, ctx.now()),
        ),
    )
    pdf = decision_paper.render_bytes(paper, texts)
    _note(ctx, case.id, {"paper": "decision", "decision": decision_id})
    title = f"Decision {record.number} on {case_state.reference(case.year, case.number)}"
    issued_papers.keep_decision(ctx, title, "case", case.id, pdf)
    return pdf


@needs(Permission.CASES_READ)
def case_pdf(ctx: Context, case_id: int) -> bytes:
    """One case as it stands, with what it lacks and what was decided. Raises NotFound."""
    from smdesk.documents import case_paper

    with ctx.database.reading() as session:
        record = case_state.record(session, ctx, case_state.require(session, case_id))
        head = _letterhead(session)
    pdf = case_paper.case_bytes(head, _paper(record), words.printed(ctx.user.name, ctx.now()), ctx.today())
    _note(ctx, case_id, {"paper": "case"})
    return pdf


@needs(Permission.CASES_READ)
def pack_pdf(ctx: Context) -> bytes:
    """Everything that awaits the next meeting, to be decided there and recorded afterwards (ACC-2)."""
    from smdesk.documents import case_paper

    ids = case_list.sorted_ids(ctx, CaseFilter(CaseView.AWAITING), CaseSort(CaseColumn.SUBMITTED))
    with ctx.database.reading() as session:
        records = [
            case_state.record(session, ctx, case_state.require(session, int(case_id))) for case_id in ids
        ]
        head, rules = _letterhead(session), case_state.rules_now(session)
        team = tuple(
            user.name
            for user in session.scalars(select(User).where(User.active).order_by(User.name))
            if not case_state.LEADERS.isdisjoint(Role(code) for code in user.roles)
        )
    pdf = case_paper.pack_bytes(
        MeetingPack(
            letterhead=head,
            cases=tuple(_paper(record) for record in records),
            members=team,
            rule=_must_agree(rules),
            printed=words.printed(ctx.user.name, ctx.now()),
            made_on=ctx.today(),
        )
    )
    _note(ctx, None, {"paper": "case pack", "references": [record.reference for record in records]})
    return pdf


@needs(Permission.CASES_READ)
def blank_form_pdf(ctx: Context) -> bytes:
    """The form to fill in by hand, under the school's policy (DOC-3)."""
    from smdesk.documents import case_paper

    with ctx.database.reading() as session:
        head, rules = _letterhead(session), case_state.rules_now(session)
    # In the data's own order, the best known first; where one cannot have an account, no account is proposed.
    platforms = [each.label for each in reference_data.platforms() if each.hosts and each.ages]
    return case_paper.form_bytes(
        BlankCase(
            letterhead=head,
            made_on=ctx.today(),
            purpose=(
                "Anybody may propose an account in the school’s name, or one that exists already. The school "
                "leadership team approves or rejects it, with a reason."
            ),
            needs=_needs(rules),
            platforms=tuple(platforms[:_ON_FORM]),
            contact=_contact(head),
        )
    )


def _needs(rules: AccountRules) -> tuple[str, ...]:
    found = []
    if rules.minimum_staff:
        count = "one member" if rules.minimum_staff == 1 else f"{rules.minimum_staff} different members"
        found.append(f"At least {count} of staff must run it, by name.")
    found.append("Everybody who runs it, employed or not, has read and understood the policy beforehand.")
    if rules.training_required:
        found.append("Everybody who runs it has been trained, with a date.")
    return tuple(found)


def _must_agree(rules: AccountRules) -> str:
    if rules.members_to_agree == 1:
        return "One member of the leadership team must agree to an approval."
    return f"{rules.members_to_agree} different members of the leadership team must agree to an approval."


def _contact(school: Letterhead) -> str:
    ways = ", ".join(part for part in (school.phone, school.email) if part)
    return f"Give it to the school office{', ' if ways else ''}{ways}."


def _letterhead(session: Session) -> Letterhead:
    return school_service.letterhead(session.scalars(select(School)).one())


def _paper(record: CaseRecord) -> CasePaper:
    draft = record.draft
    openness = OPENNESS_LABELS[draft.openness] if draft.openness else ""
    runners = [
        f"{each.name} ({'staff' if each.staff else 'not staff'}{', responsible' if each.responsible else ''})"
        for each in record.runners
    ]
    account = record.account[1] if record.account is not None else ""
    exists = ""
    if draft.exists_already:
        exists = "Yes, and approved" if record.account_approved else "Yes, not approved yet"
    return CasePaper(
        reference=record.reference,
        title=f"{draft.proposed_name or 'no name yet'} on {record.platform_label or 'no platform yet'}",
        status=f"{record.status_words}.",
        facts=(
            ("Platform", record.platform_label),
            ("Name of the account", draft.proposed_name),
            ("Exists already", exists),
            ("On the register as", account),
            ("Link", draft.link),
            ("Proposed by", record.proposer),
            ("Put forward", written_day(record.submitted_on) if record.submitted_on else ""),
            ("Run by", "; ".join(runners)),
            ("Open or private", ". ".join(part for part in (openness, draft.openness_note) if part)),
            ("Age of the audience", draft.audience_age),
            ("Proposed anew after", record.supersedes[1] if record.supersedes else ""),
            ("Policy of the school", f"Version {record.policy_number}"),
        ),
        texts=(
            ("Aim", draft.aim),
            ("Audience", draft.audience),
            ("Promotion", draft.promotion),
            ("Consents", draft.consents),
            ("In the holidays", draft.holidays),
            ("When somebody who runs it leaves", draft.when_runners_leave),
        ),
        missing=tuple(gap.text for gap in record.gaps),
        decisions=tuple(_decision(each) for each in record.decisions),
    )


def _decision(record: CaseDecisionRecord) -> tuple[str, str, str]:
    said = record.reason + (f"\nConditions: {record.conditions}" if record.conditions else "")
    by = ", ".join(record.agreed) or "The leadership team"
    return (
        f"{CASE_DECISION_LABELS[record.kind]}, {written_day(record.decided_on)}",
        f"{by}; recorded by {record.recorder}",
        said,
    )


def _note(ctx: Context, case_id: int | None, detail: dict[str, Any]) -> None:
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="case.printed",
            object_kind="list" if case_id is None else "case",
            object_id=case_id,
            detail=detail,
        )
