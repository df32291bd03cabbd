"""Letters about business cases, messages and blocks for tests: what they are about, and how far they have gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smdesk.db.models import Letter
from smdesk.services import blocks, letters
from smdesk.services.account_records import BlockDraft
from smdesk.services.case_records import CaseDecisionKind
from smdesk.services.context import Context
from smdesk.services.letter_records import CASE_KINDS, LetterKind
from tests.support import accounts, cases
from tests.support.school import START, SmallSchool

APPROVED, REJECTED, MORE = CASE_KINDS
DECIDED = {
    APPROVED: CaseDecisionKind.APPROVE,
    REJECTED: CaseDecisionKind.REJECT,
    MORE: CaseDecisionKind.ASK_FOR_MORE,
}


def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def change(school: SmallSchool, kind: type[Any], row_id: int, **fields: Any) -> None:
    with school.database.writing() as db:
        row = db.get_one(kind, row_id)
        for field, value in fields.items():
            setattr(row, field, value)


def letter_of(school: SmallSchool, letter_id: int) -> Letter:
    with school.database.reading() as db:
        row = db.get_one(Letter, letter_id)
        db.expunge(row)
        return row


def case_for(school: SmallSchool, kind: LetterKind = APPROVED, **fields: Any) -> int:
    """A case of the teacher's that was decided so."""
    cases.set_up(school, "office", "teacher")
    case_id = cases.submit(
        school, cases.propose(school, **{"proposer_id": school.people["teacher"], **fields})
    )
    school.clock.forward(hours=1)
    cases.decide(school, case_id, DECIDED[kind], reason="The audience is on the website already.")
    return case_id


def message_for(school: SmallSchool, person: str | None = "anna", **fields: Any) -> int:
    person_id = None if person is None else school.people[person]
    return accounts.a_message(school, accounts.an_account(school), person_id=person_id, **fields)


def block_for(school: SmallSchool, person: str | None = "anna", **fields: Any) -> int:
    draft = BlockDraft(
        place="E-mail to the office",
        who="annaq_79",
        person_id=None if person is None else school.people[person],
        reason="Twenty messages at night, in two weeks.",
        since_on=START.date(),
    )
    return blocks.save(office(school), replace(draft, **fields)).id


def drafted(school: SmallSchool, what: str, matter_id: int, kind: LetterKind = APPROVED) -> int:
    if what == "case":
        return letters.draft_for_case(office(school), matter_id, kind).id
    draft = letters.draft_for_message if what == "message" else letters.draft_for_block
    return draft(office(school), matter_id).id


def matter(school: SmallSchool, what: str) -> int:
    return {"case": case_for, "message": message_for, "block": block_for}[what](school)


WHATS = ("case", "message", "block")


def approved(school: SmallSchool, letter: int, login: str = "headteacher", reason: str = "") -> int:
    letters.submit(office(school), letter, letter_of(school, letter).version)
    letters.approve(school.ctx_for(login), letter, letter_of(school, letter).version, reason)
    return letter


def issued(school: SmallSchool, letter: int, login: str = "headteacher") -> int:
    letters.issue(office(school), approved(school, letter, login), letter_of(school, letter).version)
    return letter
