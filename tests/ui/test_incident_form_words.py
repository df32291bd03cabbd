"""Dates and drafts of the incident form, without a window."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from smdesk.policy.vocabulary import Conduct, FourC, Nation, PersonKind
from smdesk.services import drafts
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import Confidentiality, IncidentDraft, PersonInIncident, PersonRole
from smdesk.ui.pages.incidents import draft_json, words
from smdesk.ui.widgets import pending
from smdesk.ui.widgets.pending import Pending
from tests.support.school import SmallSchool

ENGLAND = Nation.ENGLAND
FRIDAY = datetime(2026, 5, 1, 16, 0, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (date(2026, 5, 5), "by Tuesday 5 May, end of day"),
        (datetime(2026, 5, 5, 23, 59, 59, tzinfo=LOCAL), "by Tuesday 5 May, end of day"),
        (datetime(2026, 5, 2, 16, 0, tzinfo=LOCAL), "by Saturday 2 May, 16:00"),
        (datetime(2026, 5, 2, 15, 0, tzinfo=UTC), "by Saturday 2 May, 16:00"),
        (date(2027, 1, 4), "by Monday 4 January 2027, end of day"),
    ],
)
def test_deadlines_are_said_as_people_say_them(by: date | datetime, said: str) -> None:
    assert words.by_when(by, FRIDAY) == said


@pytest.mark.parametrize(
    ("by", "said"),
    [
        # Monday 4 May 2026 is a bank holiday in England: Tuesday is the next working day.
        (date(2026, 5, 5), "1 working day left"),
        (date(2026, 5, 6), "2 working days left"),
        (date(2026, 5, 1), "today"),
        (datetime(2026, 5, 1, 16, 45, tzinfo=LOCAL), "45 minutes left"),
        (datetime(2026, 5, 2, 16, 0, tzinfo=LOCAL), "24 hours left"),
        (datetime(2026, 5, 1, 18, 30, tzinfo=LOCAL), "2 hours 30 minutes left"),
        (datetime(2026, 5, 1, 15, 0, tzinfo=LOCAL), "overdue by 1 hour"),
        (date(2026, 4, 28), "overdue by 2 days"),
    ],
)
def test_time_left_counts_working_days_and_hours(by: date | datetime, said: str) -> None:
    assert words.time_left(by, FRIDAY, ENGLAND) == said


def test_the_nation_decides_what_a_working_day_is() -> None:
    # 6 April 2026 is Easter Monday: a bank holiday in England, none in Scotland.
    thursday = datetime(2026, 4, 2, 10, 0, tzinfo=LOCAL)
    assert words.time_left(date(2026, 4, 7), thursday, ENGLAND) == "1 working day left"
    assert words.time_left(date(2026, 4, 7), thursday, Nation.SCOTLAND) == "2 working days left"


def test_a_draft_survives_json_whole() -> None:
    draft = IncidentDraft(
        received_at=datetime(2026, 3, 11, 8, 30, 15, tzinfo=UTC),
        summary="“Quoted”, <b>bold</b>",
        posted_on=date(2026, 3, 10),
        posted_time="18:30",
        platform="facebook",
        link="https://example.org/1",
        visibility="public",
        on_school_account=True,
        said="one\ntwo",
        conduct=(Conduct.BULLYING, Conduct.EXTREMISM),
        four_cs=(FourC.CONDUCT,),
        people=(PersonInIncident(3, PersonRole.AUTHOR, PersonKind.GOVERNOR, "A Name"),),
        consent_notes="none",
        data_protection=True,
        confidentiality=Confidentiality.STAFF,
        retention_class="complaint",
        handled_by=2,
        linked=(1, 5),
    )
    assert draft_json.from_json(draft_json.to_json(draft)) == draft
    assert draft_json.from_json(draft_json.to_json(IncidentDraft())) == IncidentDraft()


def test_a_draft_of_another_version_gives_back_what_can_be_read() -> None:
    data = draft_json.to_json(IncidentDraft(summary="Kept"))
    data |= {
        "conduct": ["bullying", "a_kind_that_is_gone"],
        "received_at": "yesterday",
        "people": [[1, "author"], "x", [2, "named", "pupil", "Sam"]],
        "confidentiality": "a_mark_that_is_gone",
    }
    draft = draft_json.from_json(data)
    assert draft.summary == "Kept"
    assert draft.conduct == (Conduct.BULLYING,)
    assert draft.received_at is None
    assert [line.person_id for line in draft.people] == [2]
    assert draft.confidentiality is not Confidentiality.NORMAL, "rather too closed than too open"


def test_a_large_pasted_picture_is_kept_in_pieces_and_forgotten_whole(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    large, small = bytes(range(256)) * 16_000, b"small"
    pending.remember(
        ctx,
        0,
        "incident.evidence",
        [Pending(1, "a.png", large), Pending(2, "b.png", small), Pending(3, "c", path="/x")],
    )
    assert pending.recall(ctx, 0, "incident.evidence") == [
        Pending(1, "a.png", large),
        Pending(2, "b.png", small),
        Pending(3, "c", path="/x"),
    ]
    assert len(drafts.mine(ctx)) > 3
    pending.remember(ctx, 0, "incident.evidence", [Pending(2, "b.png", small)])
    assert pending.recall(ctx, 0, "incident.evidence") == [Pending(2, "b.png", small)]
    assert pending.recall(school.ctx_for("headteacher"), 0, "incident.evidence") == []
    pending.drop(ctx, 0, "incident.evidence")
    assert drafts.mine(ctx) == []
