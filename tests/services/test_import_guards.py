"""An import is no way round the decider: not for oneself, not past a decision taken here, not for what is not old."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from smdesk.db.models import User
from smdesk.services import connection_import as importing
from smdesk.services import own_name
from smdesk.services.connection_import import Result
from smdesk.services.connection_records import DecisionKind
from smdesk.services.import_fields import ImportedDecision
from smdesk.services.incident_records import Confidentiality
from tests.services.test_connection_import import SAM, Office, line, said
from tests.support.connections import approved, decide, declare, submit
from tests.support.school import SmallSchool


@pytest.fixture
def office(school: SmallSchool, tmp_path: Path) -> Office:
    school.clock.forward(days=365)
    return Office(school, tmp_path)


def becomes(office: Office, person: str | None, name: str = "") -> None:
    """Link the business manager with this person's record, or with none and with this name."""
    with office.school.database.writing() as session:
        user = session.query(User).filter(User.login == "business_manager").one()
        user.person_id = None if person is None else office.school.people[person]
        user.name = name or user.name


@pytest.mark.parametrize("decision", ["Approved", "Refused"])
def test_con_5_nobody_imports_a_decision_about_themselves(office: Office, decision: str) -> None:
    becomes(office, "teacher")
    mine = line(decision=decision)
    assert office.plan(mine).lines[0].result is Result.PROBLEM
    assert "about yourself" in said(office.plan(mine))
    assert office.plan(line(decision="pending", decided_on="")).lines[0].result is Result.NEW
    becomes(office, "anna")
    assert office.plan(mine).lines[0].result is Result.NEW


def test_con_5_a_user_without_a_person_record_goes_by_the_name(office: Office) -> None:
    becomes(office, None, "Mr T. Hazel")
    assert "about yourself" in said(office.plan(SAM))
    # Somebody who comes on record only with this line.
    becomes(office, None, "Ms Gwen Grey")
    assert "about yourself" in said(office.plan(line(staff_name="Gwen Grey")))
    assert office.plan(SAM).lines[0].result is Result.NEW


@pytest.mark.parametrize("kind", [DecisionKind.REFUSE, DecisionKind.REVOKE])
def test_con_2_what_was_decided_here_is_not_passed_by(office: Office, kind: DecisionKind) -> None:
    school = office.school
    if kind is DecisionKind.REFUSE:
        decide(school, submit(school, declare(school)), kind)
    else:
        decide(school, approved(school), kind)
    again = office.plan(line(platform="Facebook"))
    assert again.lines[0].result is Result.PROBLEM
    assert "2027/C0001 was decided in SM Desk" in said(again)
    assert office.plan(line(platform="WhatsApp")).lines[0].result is Result.NEW
    # What is over is history, and so is an older refusal.
    assert (
        office.plan(line(platform="Facebook", ended_on="1/2/2025", review="")).lines[0].result is Result.NEW
    )
    assert office.plan(line(platform="Facebook", decision="refused")).lines[0].result is Result.NEW


def test_con_2_what_was_decided_since_is_not_from_before(office: Office) -> None:
    school = office.school
    later = f"{date(2027, 6, 1):%d/%m/%Y}"
    school.clock.forward(days=120)
    row = line(declared=later, decided_on=later, review="")
    assert office.plan(row).lines[0].result is Result.NEW  # nothing was decided here yet
    approved(school, other="tariq")
    assert office.plan(row).lines[0].result is Result.NEW  # and this was decided before that
    school.clock.forward(days=30)
    after = f"{school.clock.now.date() - timedelta(days=1):%d/%m/%Y}"
    planned = office.plan(line(declared=later, decided_on=after, review=""))
    assert planned.lines[0].result is Result.PROBLEM
    assert "decided in SM Desk already" in said(planned)


def test_a_made_up_file_does_not_feel_for_a_hidden_exception(office: Office) -> None:
    school = office.school
    before = [office.plan(SAM).lines[0]]
    declare(
        school,
        login="dsl",
        confidentiality=Confidentiality.SAFEGUARDING,
        platforms=("facebook", "instagram"),
        declared_on=date(2024, 9, 1),
        other_joined_on=date(2024, 9, 1),
    )
    assert [office.plan(SAM).lines[0]] == before
    for_dsl = Office(school, office.folder, "dsl")
    assert said(for_dsl.plan(SAM)).startswith("On record as")


def test_an_undecided_line_is_the_offices_own_business(office: Office) -> None:
    decide(office.school, submit(office.school, declare(office.school)), DecisionKind.REFUSE)
    planned = office.plan(line(platform="Facebook", decision="pending", decided_on="", review=""))
    assert planned.columns.defaults.decision is ImportedDecision.APPROVED
    assert planned.lines[0].result is Result.NEW
    assert importing.apply(office.ctx, planned).added


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"review": "3/9/2037"}, "Review on: 3 September 2037 is more than 5 years after 3 September 2024"),
        ({"review": "31/12/9999"}, "Check the year"),
        ({"review": "", "ended_on": "31/12/9999"}, "Ended on: 31 December 9999"),
    ],
)
def test_a_mistyped_year_leaves_no_approval_without_an_end(
    office: Office, cells: dict[str, object], words: str
) -> None:
    planned = office.plan(line(**cells))
    assert planned.lines[0].result is Result.PROBLEM
    assert words in said(planned)


@pytest.mark.parametrize(
    ("user", "given", "family", "may"),
    [
        ("Mrs H. Alder", "Helen", "Alder", True),
        ("Helen Alder", "Helen", "Alder", True),
        ("Mrs Alder", "Helen", "Alder", True),
        ("H. M. Alder", "Mary", "Alder", True),
        ("Helen Alder", "H.", "Alder", True),
        ("Dr Tariq Osei-Marsh", "Tariq", "Osei-Marsh", True),
        ("Tom Alder", "Helen", "Alder", False),
        ("Helen Birch", "Helen", "Alder", False),
        ("Helen Marsh", "Helen", "Osei-Marsh", False),
        ("Helen Alder", "Helen", "", False),
    ],
)
def test_who_goes_by_a_name(user: str, given: str, family: str, may: bool) -> None:
    assert own_name.may_be(user, given, family) is may
