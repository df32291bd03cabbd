"""Ready-made replies: our own words, filled in from the school's details, never with an empty hole (ACC-5, PPL-5)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from smdesk.db.models import School
from smdesk.errors import NotAllowed
from smdesk.policy.profile import RULE_IDS
from smdesk.services import canned
from smdesk.services.message_records import CannedReply, MessageKind
from tests.support.school import SmallSchool


def found(school: SmallSchool, kind: MessageKind) -> dict[str, CannedReply]:
    return {each.code: each for each in canned.replies(school.ctx_for("leadership"), kind)}


def set_school(school: SmallSchool, **columns: object) -> None:
    with school.database.writing() as session:
        row = session.scalars(select(School)).one()
        for name, value in columns.items():
            setattr(row, name, value)


def test_each_kind_gets_what_fits(school: SmallSchool) -> None:
    assert list(found(school, MessageKind.PRAISE)) == ["thank_you"]
    assert list(found(school, MessageKind.QUERY)) == ["acknowledge", "talk_in_private", "not_about_children"]
    assert "complaints_procedure" in found(school, MessageKind.COMPLAINT)
    for kind in MessageKind:
        for each in found(school, kind).values():
            assert each.rule in RULE_IDS
            assert each.acknowledges is (each.code == "acknowledge")


def test_the_words_are_filled_in_and_a_line_without_its_field_is_left_out(school: SmallSchool) -> None:
    set_school(
        school,
        name="Brambleford Primary School",
        official_channels="e-mail, the school app",
        complaints_procedure="on our website under Policies.",
        contacts={"parents": {"name": "Ms B. Cedar", "detail": "01632 960001"}},
    )
    replies = found(school, MessageKind.COMPLAINT)
    assert "Somebody at Brambleford Primary School has read it" in replies["acknowledge"].text
    assert "through e-mail and the school app." in replies["talk_in_private"].text
    assert "Ms B. Cedar, 01632 960001." in replies["talk_in_private"].text
    assert replies["complaints_procedure"].text.endswith("what happens next: on our website under Policies.")
    set_school(school, official_channels=" , ", complaints_procedure="", contacts={}, phone="", email="")
    for each in found(school, MessageKind.COMPLAINT).values():
        assert "{" not in each.text
        assert "through ." not in each.text
        assert not each.text.rstrip().endswith(":")
    assert "privacy" in found(school, MessageKind.COMPLAINT)["not_about_children"].text


def test_what_the_school_typed_is_no_field(school: SmallSchool) -> None:
    set_school(school, name="{channels} School", official_channels="e-mail")
    assert "Somebody at {channels} School" in found(school, MessageKind.QUERY)["acknowledge"].text


def test_a_governor_needs_no_replies(school: SmallSchool) -> None:
    with pytest.raises(NotAllowed):
        canned.replies(school.ctx_for("governor"), MessageKind.QUERY)
