"""Kill -9 in an import, in a case's decision and in a hand-over; two windows on one message and on one case."""

from __future__ import annotations

import csv
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from smdesk.db import evidence as store
from smdesk.db.models import (
    AuditEntry,
    BusinessCase,
    CaseDecision,
    CaseVote,
    Evidence,
    Incident,
    Person,
    SchoolAccount,
)
from smdesk.policy.accounts import Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    accounts,
    attached_files,
    backups,
    business_cases,
    case_decisions,
    incidents,
    messages,
    people,
    people_import,
    profiles,
    verify,
)
from smdesk.services.account_records import AccountDraft
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.case_records import CaseDraft, CaseStatus, RunnerChoice
from smdesk.services.context import Context
from smdesk.services.message_records import MessageDraft, MessageStatus
from smdesk.services.people_records import PersonDraft
from tests.faults.children import of_the_meeting
from tests.faults.lived_in import MORNING, Lived
from tests.faults.processes import child, killed, said, tell

SHOT = "Words of the comment, as somebody took them down"


def count(ctx: Context, table: type) -> int:
    with ctx.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def case(lived: Lived) -> int:
    """A case for the headteacher alone to decide, under a policy that asks for one who agrees."""
    with lived.signed_in("head") as head:
        profiles.adopt(head, "policy-c")
    with lived.signed_in() as office:
        draft = PersonDraft(kind=PersonKind.STAFF, given_name="Tim", family_name="Hazelwood")
        runner = people.save(office, draft).id
        made = CaseDraft(
            platform="facebook",
            proposed_name="Thistledown",
            proposer_name="Ms O. Parent",
            aim="News",
            audience="Families",
            promotion="Newsletter",
            openness=Openness.OPEN,
            runners=(RunnerChoice(runner, True),),
        )
        saved = business_cases.save(office, made)
        return business_cases.submit(office, saved.id, saved.version).id


@pytest.fixture
def message(lived: Lived) -> int:
    """A comment that waits for a reply, with a file beside it."""
    with lived.signed_in() as office:
        page = accounts.save(office, AccountDraft(platform="facebook", handle="thistledown")).id
        draft = MessageDraft(page, MORNING, from_name="annaq_79", said="That man empties our lockers")
        made = messages.save(office, draft).id
        attached_files.add(office, Owner(OwnerKind.MESSAGE, made), "seen.txt", SHOT.encode())
        return made


def the_list(lived: Lived, rows: int) -> Path:
    """A file of pupils, Tariq among them with a class he did not have."""
    file = lived.folder.root.parent / "pupils.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ("UPN", "Forename", "Surname", "DOB", "Reg", "Contact 1 Name", "Contact 1 Relationship")
        )
        writer.writerow(("T1", "Tariq", "Osei-Marsh", "", "6Z", "", ""))
        for number in range(rows):
            writer.writerow(
                (
                    f"B{number}",
                    "Pat",
                    f"Family{number:05d}",
                    "1/2/2015",
                    "5A",
                    f"Jo Family{number:05d}",
                    "Mother",
                )
            )
    return file


@pytest.mark.parametrize("when", ["half", "all"])
def test_killed_in_an_import_of_thousands_nobody_of_it_is_there_and_it_can_be_done_again(
    lived: Lived, when: str
) -> None:
    file = the_list(lived, 3_000)
    with lived.signed_in() as office:
        (tariq,) = people.search(office, "Osei-Marsh")
        record = people.record_of(office, tariq.id)
        people.save(office, replace(record.draft, outside_id="T1"), tariq.id, record.version)
        before = (count(office, Person), count(office, AuditEntry))
    with child(lived, "hang_in_an_import", f"{file}|{when}") as process:
        assert said(process) == "6001 to write"
        killed(process)
    with lived.signed_in() as office:
        # Of the signing in and out and of the backup there are lines since; of the import there is none.
        assert count(office, Person) == before[0]
        with office.database.reading() as db:
            since = db.scalars(select(AuditEntry.action).where(AuditEntry.seq > before[1])).all()
        assert "person.import" not in since
        assert "person.saved" not in since
        assert people.record_of(office, tariq.id).draft.class_name == ""
        assert people.search(office, "Family00007") == []
        assert verify.check(office) == []
        # The backup made before it is whole. The same file again brings in everybody, once.
        assert backups.listing(office)[0].reason == "before people were imported"
        sheet = people_import.read(office, file)
        planned = people_import.plan(office, sheet, people_import.guess(office, sheet))
        done = people_import.apply(office, planned, people_import.back_up(office))
        assert (done.added, done.changed, done.links) == (6_000, 1, 3_000)
        assert count(office, Person) == before[0] + 6_000
        assert [hit.name for hit in people.search(office, "Jo Family00007")] == ["Jo Family00007"]
        assert verify.check(office) == []


def test_killed_in_a_decision_on_a_case_there_is_no_decision_no_vote_and_no_account(
    lived: Lived, case: int
) -> None:
    with child(lived, "hang_between_opening_an_account_and_commit", str(case), "head") as process:
        assert said(process) == "signed and opened, not committed"
        killed(process)
    with lived.signed_in("head") as head:
        record = business_cases.open_case(head, case)
        assert (record.status, record.decisions, record.sealed, record.account) == (
            CaseStatus.SUBMITTED,
            (),
            False,
            None,
        )
        assert [line.kind for line in record.history] == ["saved", "submitted"]
        for table in (CaseDecision, CaseVote, SchoolAccount):
            assert count(head, table) == 0
        assert verify.check(head) == []
        case_decisions.decide(head, case, record.version, of_the_meeting(head, "approve"))
        assert count(head, SchoolAccount) == 1
        assert verify.check(head) == []


def test_of_two_who_decide_a_case_in_the_same_moment_one_wins_and_the_other_is_told(
    lived: Lived, case: int
) -> None:
    with (
        child(lived, "decide_case", f"{case}|approve", "head") as first,
        child(lived, "decide_case", f"{case}|reject", "head") as second,
    ):
        assert said(first) == said(second) == "opened"
        tell(first)
        tell(second)
        answers = [json.loads(said(first)), json.loads(said(second))]
    (won,) = [at for at, answer in enumerate(answers) if "decided" in answer]
    assert ("Approved", "Rejected")[won] in answers[1 - won]["conflict"]
    with lived.signed_in() as office:
        record = business_cases.open_case(office, case)
        assert [str(each.kind) for each in record.decisions] == [("approve", "reject")[won]]
        assert record.version == answers[won]["version"] == answers[1 - won]["version"]
        assert count(office, SchoolAccount) == (won == 0)
        assert count(office, BusinessCase) == 1
        assert verify.check(office) == []


def test_of_two_who_acknowledge_one_message_one_is_kept_and_the_other_loses_no_word(
    lived: Lived, message: int
) -> None:
    with (
        child(lived, "acknowledge", f"{message}|Seen at the office") as first,
        child(lived, "acknowledge", f"{message}|Seen by the head", "head") as second,
    ):
        assert said(first) == said(second) == "opened"
        tell(first)
        tell(second)
        answers = [json.loads(said(first)), json.loads(said(second))]
    (won,) = [at for at, answer in enumerate(answers) if "saved" in answer]
    assert "Nothing of yours is lost" in answers[1 - won]["conflict"]
    with lived.signed_in() as office:
        record = messages.open_message(office, message)
        assert record.acknowledgement is not None
        assert record.acknowledgement.text == ("Seen at the office", "Seen by the head")[won]
        assert record.version == answers[won]["saved"] == answers[1 - won]["version"]
        assert [line.kind for line in record.history].count("acknowledged") == 1
        assert verify.check(office) == []


def test_killed_while_a_message_becomes_an_incident_neither_is_half_and_its_copied_file_is_found(
    lived: Lived, message: int
) -> None:
    names = store.stored_names(lived.folder.evidence)
    with lived.signed_in() as office:
        before = (count(office, Incident), count(office, Evidence), count(office, Person))
    with child(lived, "hang_between_incident_and_message", str(message)) as process:
        assert said(process) == "incident written, message not settled"
        killed(process)
    (stray,) = store.stored_names(lived.folder.evidence) - names
    with lived.signed_in() as office:
        assert (count(office, Incident), count(office, Evidence), count(office, Person)) == before
        record = messages.open_message(office, message)
        assert (record.status, record.incident, len(record.files)) == (MessageStatus.WAITING, None, 1)
        path = store.path_of(lived.folder.evidence, stray)
        os.utime(path, (time.time() - 7200, time.time() - 7200))
        (fault,) = verify.check(office)
        assert stray in fault
        # Handed over again it is whole: one incident, one file, one person known by a name only.
        incident = messages.hand_over(office, message, record.version).id
        held = incidents.open_incident(office, incident)
        assert held.draft.said == "That man empties our lockers"
        assert (count(office, Incident), count(office, Evidence), count(office, Person)) == tuple(
            each + 1 for each in before
        )
        assert verify.check(office) == [fault]
