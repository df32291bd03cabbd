"""Figures for governors: they equal what was counted by hand, name nobody, and hide small numbers for good."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from smdesk.db import audit
from smdesk.documents.governor_figures import CountTable, GovernorFigures, cell_text
from smdesk.errors import NotAllowed
from smdesk.policy.suppression import Hidden
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, STEP_LABELS, Conduct, PersonKind, Step
from smdesk.services import incident_list, incidents, reports, steps
from smdesk.services.incident_records import Confidentiality, IncidentFilter, Outcome, Sort, View
from tests.scenarios.telling import OFFICE, Story, local, printed
from tests.support.school import PEOPLE

SPRING = reports.parse_period("2026 spring")
YEAR = reports.parse_period("2025-26")


@dataclass
class Tally:
    """What the teller of the story counted while telling it."""

    total: int = 0
    kind: Counter[PersonKind] = field(default_factory=Counter)
    conduct: Counter[Conduct] = field(default_factory=Counter)
    stage: Counter[Step | None] = field(default_factory=Counter)
    month: Counter[str] = field(default_factory=Counter)
    closed: int = 0
    days_up: list[int] = field(default_factory=list)
    in_time: int = 0
    late: int = 0
    waiting: int = 0


KINDS = {"anna": PersonKind.PARENT, "sam": PersonKind.PUPIL, "stranger": PersonKind.UNKNOWN}


def received(tally: Tally, story: Story, at: datetime, author: str, conduct: Conduct, **more: object) -> int:
    """One incident, counted."""
    tally.total += 1
    tally.kind[KINDS[author]] += 1
    tally.conduct[conduct] += 1
    tally.month[f"{at:%b %Y}"] += 1
    return story.logged(f"No {tally.total}", conduct, author=author, received_at=at, **more)


def told(story: Story) -> Tally:
    """A spring term: parents, pupils in confidence, strangers, and questions on the school's account."""
    tally = Tally()
    story.time_is(local(2026, 3, 11, 15))
    for number in range(15):
        at = local(2026, 1 + number % 3, 5 + number // 3)
        incident = received(tally, story, at, "anna", Conduct.ABUSIVE, platform="facebook")
        if number < 8:
            story.does(incident, Step.TALK)
            tally.stage[Step.TALK] += 1
        else:
            tally.stage[None] += 1
        if number < 7:
            days = (0, 1, 2, 2, 3, 5, 11)[number]
            steps.mark_removed(story.office, incident, at.date() + timedelta(days=days), "Looked")
            tally.days_up.append(days)
            incidents.close(
                story.office, incident, story.opened(incident).version, Outcome.REMOVED, "It has gone"
            )
            tally.closed += 1
    for number in range(6):
        incident = received(
            tally, story, local(2026, 2, 3 + number), "sam", Conduct.BULLYING,
            by="dsl", platform="whatsapp", confidentiality=Confidentiality.SAFEGUARDING,
        )  # fmt: skip
        story.does(incident, Step.BEHAVIOUR_POLICY, by="dsl")
        tally.stage[Step.BEHAVIOUR_POLICY] += 1
    for number in range(5):
        received(tally, story, local(2026, 1, 12 + number), "stranger", Conduct.THREAT_OF_VIOLENCE)
        tally.stage[None] += 1
    for number in range(16):
        at = local(2026, 2, 9 + number % 2, 10)  # a Monday and a Tuesday: due 24 hours later
        incident = received(
            tally, story, at, "anna", Conduct.PUBLIC_COMPLAINT, platform="instagram", on_school_account=True
        )
        tally.stage[None] += 1
        if number < 6:
            steps.mark_replied(story.office, incident, at + timedelta(hours=23), "Thank you")
            tally.in_time += 1
        elif number < 11:
            steps.mark_replied(story.office, incident, at + timedelta(hours=25), "Sorry to be late")
            tally.late += 1
        else:
            tally.waiting += 1
    return tally


def table(figures: GovernorFigures, title: str) -> dict[str, object]:
    found = next(each for each in figures.tables if each.title == title)
    return {row.label: row.now for row in found.rows}


def test_the_figures_are_what_was_counted_while_it_happened(story: Story) -> None:
    tally = told(story)
    figures = reports.governor_figures(story.governor, SPRING)
    assert figures.incidents.now == tally.total == 42
    assert figures.still_open.now == tally.total - tally.closed
    assert table(figures, "Who posted") == {KIND_LABELS[kind]: n for kind, n in tally.kind.items()}
    assert table(figures, "What was done") == {CONDUCT_LABELS[code]: n for code, n in tally.conduct.items()}
    assert table(figures, "Furthest step taken") == {
        "No step recorded yet" if step is None else STEP_LABELS[step]: n for step, n in tally.stage.items()
    }
    assert table(figures, "Where it was posted") == {
        "Facebook": 15,
        "WhatsApp": 6,
        "Instagram": 16,
        "Not recorded": 5,
    }
    assert {month.label: month.count for month in figures.months if month.count} == dict(tally.month)
    low, middle, high = statistics.quantiles(tally.days_up, n=4, method="inclusive")
    removal = figures.removal
    assert removal.count == len(tally.days_up)
    assert (removal.lower_quartile, removal.median, removal.upper_quartile) == (low, middle, high)
    replies = figures.replies
    assert (replies.due, replies.in_time, replies.late, replies.waiting) == (
        16,
        tally.in_time,
        tally.late,
        tally.waiting,
    )
    # Overdue, as the headteacher's own list shows it.
    listed = incident_list.sorted_ids(story.head, IncidentFilter(View.OVERDUE), Sort())
    assert figures.overdue.now == len(listed)


def test_the_figures_equal_counts_of_the_records_themselves(story: Story) -> None:
    """Counted anew from the first records (people, steps, replies), not from the columns the report reads."""
    told(story)
    figures = reports.governor_figures(story.governor, SPRING)
    with story.school.database.reading() as db:
        kinds = db.execute(
            text("SELECT kind, count(*) FROM incident_person WHERE role = 'author' GROUP BY kind")
        ).all()
        talked = db.scalar(text("SELECT count(DISTINCT incident_id) FROM entry WHERE step = 'talk'"))
        removed = db.scalar(text("SELECT count(DISTINCT incident_id) FROM entry WHERE kind = 'removed'"))
        answered = db.scalar(text("SELECT count(DISTINCT incident_id) FROM entry WHERE kind = 'reply'"))
    assert table(figures, "Who posted") == {KIND_LABELS[PersonKind(kind)]: number for kind, number in kinds}
    assert table(figures, "Furthest step taken")["Talk in private"] == talked
    assert figures.removal.count == removed
    assert isinstance(figures.replies.in_time, int)
    assert isinstance(figures.replies.late, int)
    assert figures.replies.in_time + figures.replies.late == answered


def test_a_term_is_compared_with_the_term_before_and_the_year_is_the_sum_of_its_terms(story: Story) -> None:
    told(story)
    for day in range(1, 10):
        story.logged("Autumn", Conduct.ABUSIVE, received_at=local(2025, 11, day))
    spring = reports.governor_figures(story.governor, SPRING)
    assert spring.previous_title == "Autumn term 2025"
    assert (spring.incidents.now, spring.incidents.before) == (42, 9)
    year = reports.governor_figures(story.governor, YEAR)
    assert year.incidents.now == 51
    assert sum(month.count for month in year.months if isinstance(month.count, int)) == 51
    # A comment of New Year's Eve counts in autumn by the clock on the school's wall.
    story.logged("Late", Conduct.ABUSIVE, received_at=local(2025, 12, 31, 23, 59))
    assert reports.governor_figures(story.governor, SPRING).incidents.before == 10


def test_the_paper_names_nobody_and_carries_the_line_of_the_log_that_vouches_for_it(
    story: Story, tmp_path: Path
) -> None:
    told(story)
    file = tmp_path / "governors.pdf"
    reports.governor_pdf(story.governor, SPRING, file)
    paper = printed(file.read_bytes())
    assert "Brambleford Primary School" in paper
    assert "42" in paper
    for person in PEOPLE.values():
        for name in (str(person["family_name"]), str(person.get("given_name", "")) or "Quillfeather"):
            assert re.search(rf"\b{re.escape(name)}\b", paper) is None, name
    assert re.search(r"\b20\d\d/\d{4}\b", paper) is None  # no reference of any incident
    assert "No 1" not in paper

    made, kept = story.audit()[-2:]
    assert (made.action, made.actor_id) == ("report.governors", story.school.users["governor"])
    assert kept.action == "paper.issued"
    with story.school.database.reading() as db:
        assert audit.verify(db, expected_head=(made.seq, made.hash)) == []
    assert made.hash in paper.replace(" ", "")


def hidden(found: CountTable) -> list[str]:
    return [row.label for row in found.rows if isinstance(row.now, Hidden)]


def test_a_small_number_is_hidden_and_cannot_be_worked_out_by_subtraction(
    story: Story, tmp_path: Path
) -> None:
    """One member of staff: everybody would know who."""
    told(story)
    story.logged("The one", Conduct.CONFIDENTIAL_INFORMATION, author="teacher", received_at=local(2026, 2, 2))
    figures = reports.governor_figures(story.governor, SPRING)
    assert figures.incidents.now == 43
    posted = next(each for each in figures.tables if each.title == "Who posted")
    staff = next(row for row in posted.rows if row.label == KIND_LABELS[PersonKind.STAFF])
    assert staff.now is Hidden.FEW
    assert cell_text(staff.now) == "fewer than 5"
    for each in figures.tables:
        shown = sum(row.now for row in each.rows if isinstance(row.now, int))
        if hidden(each) and each.total is not None and isinstance(each.total.now, int):
            assert len(hidden(each)) >= 2
            # What is left over for the hidden ones does not give the small one away.
            assert each.total.now - shown >= len(hidden(each)) + 3
    file = tmp_path / "governors.pdf"
    reports.governor_pdf(story.governor, SPRING, file)
    assert "fewer than 5" in printed(file.read_bytes())


def test_a_term_with_one_incident_says_fewer_than_five_and_nothing_else(story: Story) -> None:
    story.logged("The one", Conduct.ABUSIVE, received_at=local(2026, 2, 2))
    figures = reports.governor_figures(story.governor, SPRING)
    assert figures.incidents.now is Hidden.FEW
    for each in figures.tables:
        assert not [row for row in each.rows if isinstance(row.now, int) and row.now]
    assert not [month for month in figures.months if isinstance(month.count, int) and month.count]


@pytest.mark.parametrize("login", ["leadership", "administrator"])
def test_figures_are_for_those_who_report_and_those_who_are_reported_to(story: Story, login: str) -> None:
    for able in ("governor", "chair", "headteacher", "dsl", OFFICE):
        reports.governor_figures(story.at(able), SPRING)
    with pytest.raises(NotAllowed):
        reports.governor_figures(story.at(login), SPRING)
    with pytest.raises(NotAllowed):
        reports.periods(story.at(login))
