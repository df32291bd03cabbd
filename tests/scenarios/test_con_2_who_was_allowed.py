"""Years later: who was allowed on 3 March 2025, when was it decided, by whom, knowing what? (CON-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import connection_papers, connection_signing, connections, paper_check, people, verify
from smdesk.services.connection_records import DecisionKind, EndCause, ExceptionStatus
from tests.scenarios.real_school import RealSchool, set_up
from tests.scenarios.telling import printed

ASKED = date(2025, 3, 3)
DAY = timedelta(days=1)
APPROVE, RENEW, END, REVOKE = DecisionKind.APPROVE, DecisionKind.RENEW, DecisionKind.END, DecisionKind.REVOKE


def life(root: Path) -> tuple[RealSchool, dict[str, int]]:
    """Three years of a register: renewed, superseded, revoked, ended, left, and some that never were."""
    school = set_up(root, datetime(2023, 9, 4, 8, 0, tzinfo=UTC))
    staff = {
        name: school.person(name, "Tim", PersonKind.STAFF, joined_on=date(2020, 9, 1))
        for name in ("Ash", "Beech", "Cherry", "Dogwood", "Elder", "Fig")
    }
    pupil = school.person("Reed", "Kit", PersonKind.PUPIL, joined_on=date(2023, 9, 4))
    ids: dict[str, int] = {}

    def approved(name: str, **more: object) -> int:
        ids[name] = school.waiting(staff[name], pupil)
        school.decided(ids[name], APPROVE, f"{name} is family.", **more)
        return ids[name]

    # C0001 Ash: renewed every year, ended in 2026.
    # C0002 Beech: superseded on 1 March 2025 by C0007, which was revoked on 4 March 2025.
    # C0003 Cherry: revoked on 3 March 2025 itself.
    # C0004 Dogwood: leaves on 3 March 2025 (told of late). C0005 Elder: refused. C0006 Fig: begins 4 March 2025.
    for name in ("Ash", "Beech", "Cherry", "Dogwood"):
        approved(name, review_on=date(2024, 9, 2))
    ids["Elder"] = school.waiting(staff["Elder"], pupil)
    school.decided(ids["Elder"], DecisionKind.REFUSE, "No tie that anybody knows of.")
    school.day_is(date(2024, 9, 2))
    school.decided(ids["Ash"], RENEW, "Looked at, still family.", review_on=date(2025, 9, 1))
    school.day_is(date(2025, 2, 24))
    ids["Fig"] = school.waiting(staff["Fig"], pupil)
    school.decided(ids["Fig"], APPROVE, "From next week.", from_on=date(2025, 3, 4))
    with school.signed_in("office") as office:
        again = connections.successor_draft(office, ids["Beech"])
        wider = replace(again, platforms=("facebook", "instagram"))
        saved = connections.save(office, wider, supersedes=ids["Beech"])
        ids["Beech again"] = connections.submit(office, saved.id, saved.version).id
    school.decided(ids["Beech again"], APPROVE, "Instagram too.", from_on=date(2025, 3, 1))
    school.day_is(ASKED)
    school.decided(ids["Cherry"], REVOKE, "A condition was not kept.")
    school.day_is(ASKED + DAY)
    school.decided(ids["Beech again"], REVOKE, "The family asked for it.")
    school.day_is(date(2025, 4, 1))
    with school.signed_in("office") as office:
        record = people.record_of(office, staff["Dogwood"])
        people.save(office, replace(record.draft, left_on=ASKED), record.id, record.version)
    school.day_is(date(2025, 9, 1))
    school.decided(ids["Ash"], RENEW, "Still family.", review_on=date(2026, 9, 1))
    school.day_is(date(2026, 2, 2))
    school.decided(ids["Ash"], END, "They have lost touch.")
    school.day_is(date(2026, 11, 2))
    return school, ids


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[RealSchool, dict[str, int]]:
    return life(tmp_path_factory.mktemp("life") / "school")


ASH, BEECH, CHERRY, DOGWOOD = (f"2023/C{number:04d}" for number in (1, 2, 3, 4))
FIG, BEECH_AGAIN = "2025/C0001", "2025/C0002"


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (date(2023, 9, 3), []),
        (date(2023, 9, 4), [ASH, BEECH, CHERRY, DOGWOOD]),
        (date(2024, 9, 1), [ASH, BEECH, CHERRY, DOGWOOD]),
        (date(2025, 2, 28), [ASH, BEECH, CHERRY, DOGWOOD]),
        (date(2025, 3, 1), [ASH, CHERRY, DOGWOOD, BEECH_AGAIN]),
        (ASKED - DAY, [ASH, CHERRY, DOGWOOD, BEECH_AGAIN]),
        (ASKED, [ASH, BEECH_AGAIN]),
        (ASKED + DAY, [ASH, FIG]),
        (date(2026, 2, 1), [ASH, FIG]),
        (date(2026, 2, 2), [FIG]),
    ],
)
def test_who_was_allowed_on_a_day(
    told: tuple[RealSchool, dict[str, int]], day: date, allowed: list[str]
) -> None:
    school, _ = told
    assert school.allowed_on(day) == sorted(allowed)


def test_the_answer_is_on_paper_in_a_minute(told: tuple[RealSchool, dict[str, int]], tmp_path: Path) -> None:
    school, _ = told
    file = tmp_path / "register.pdf"
    with school.signed_in("office") as office:
        assert connection_papers.register_pdf(office, ASKED, file) == 2
    paper = printed(file.read_bytes())
    assert "3 March 2025" in paper
    for words in (ASH, BEECH_AGAIN, "Tim Ash", "Tim Beech", "Kit Reed", "Mrs H. Alder", "Signed"):
        assert words in paper
    for words in ("Cherry", "Dogwood", "Elder", "Fig"):
        assert words not in paper


def test_what_was_known_then_is_proved_from_each_decision_of_that_time(
    told: tuple[RealSchool, dict[str, int]], tmp_path: Path
) -> None:
    """The decision that counted on the day is printed today, and holds without the records."""
    school, ids = told
    with school.signed_in("office") as office:
        ash = connections.open_exception(office, ids["Ash"])
        assert [each.kind for each in ash.decisions] == [APPROVE, RENEW, RENEW, END]
        counted = [each for each in ash.decisions if each.decided_on <= ASKED][-1]
        assert (counted.kind, counted.reason) == (RENEW, "Looked at, still family.")
        file = tmp_path / "ash.pdf"
        file.write_bytes(connection_papers.decision_pdf(office, counted.id))
    finding = paper_check.check_paper(file)
    assert finding.faults == ()
    assert any("Decision: 2 on 2023/C0001, 2 September 2024" in line for line in finding.signed)
    assert any("Looked at, still family." in line for line in finding.signed)
    # What came later is said beside it, and is no part of what was signed then.
    assert any("Ended on 2 February 2026" in line for line in finding.unsigned)


def test_each_says_how_it_ended(told: tuple[RealSchool, dict[str, int]]) -> None:
    school, ids = told
    with school.signed_in("dsl") as dsl:
        found = {name: connections.open_exception(dsl, each) for name, each in ids.items()}
        assert {name: (each.status, each.end_cause, each.ends_on) for name, each in found.items()} == {
            "Ash": (ExceptionStatus.ENDED, EndCause.ENDED, date(2026, 2, 2)),
            "Beech": (ExceptionStatus.SUPERSEDED, EndCause.SUPERSEDED, date(2025, 3, 1)),
            "Cherry": (ExceptionStatus.REVOKED, EndCause.REVOKED, ASKED),
            "Dogwood": (ExceptionStatus.ENDED, EndCause.ADULT_LEFT, ASKED),
            "Elder": (ExceptionStatus.REFUSED, None, None),
            "Fig": (ExceptionStatus.APPROVED, None, None),
            "Beech again": (ExceptionStatus.REVOKED, EndCause.REVOKED, ASKED + DAY),
        }
        # The end nobody decided is written down as such, with the day it was seen.
        left = next(line for line in found["Dogwood"].history if line.kind == "adult_left")
        assert (left.happened_on, left.recorded_at.date(), left.who) == (ASKED, date(2025, 4, 1), "SM Desk")
        assert connection_signing.check_all(dsl) == []
        assert verify.check(dsl) == []
