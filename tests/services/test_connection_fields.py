"""Every bad input of a declaration is told in a sentence, at its field, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from smdesk.errors import Invalid
from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import connection_fields, connection_problems, connections, people
from smdesk.services.connection_records import Agreement, DeclarationDraft
from smdesk.services.incident_records import Confidentiality
from smdesk.services.people_records import PersonDraft
from tests.support import connections as made
from tests.support.school import SmallSchool

OFFICE = "business_manager"
TODAY = date(2026, 3, 11)


def said(school: SmallSchool, draft: DeclarationDraft, *, complete: bool = False) -> dict[str, str]:
    """What is wrong with a draft, by field."""
    with school.database.reading() as session:
        found = connection_problems.problems(
            session, connection_fields.tidied(draft), TODAY, complete=complete
        )
    return {problem.field: problem.message for problem in found}


def change(school: SmallSchool, person: str, **fields: Any) -> None:
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people[person])
    people.save(ctx, replace(record.draft, **fields), record.id, record.version)


def test_a_complete_draft_has_nothing_wrong(school: SmallSchool) -> None:
    assert said(school, made.draft(school), complete=True) == {}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"adult_id": None}, "adult_id", "Choose the adult"),
        ({"other_id": None}, "other_id", "Choose the pupil"),
        ({"adult_id": 9999}, "adult_id", "no longer on record"),
        ({"other_id": 9999}, "other_id", "no longer on record"),
        ({"declarant_id": 9999}, "declarant_id", "no longer on record"),
        (
            {"adult_kind": PersonKind.GOVERNOR},
            "adult_kind",
            "Tim Hazel is on record as member of staff, not as governor",
        ),
        ({"adult_kind": PersonKind.PARENT}, "adult_kind", "not as parent or carer"),
        (
            {"capacity": Capacity.PARENT},
            "capacity",
            "Sam Quillfeather is on record as pupil, not as a parent",
        ),
        ({"capacity": Capacity.FORMER_PUPIL}, "capacity", "has not left. Choose pupil"),
        ({"declared_on": None}, "declared_on", "Say on which day"),
        ({"declared_on": TODAY + timedelta(days=1)}, "declared_on", "future"),
        ({"declared_on": date(1999, 12, 31)}, "declared_on", "before the year 2000"),
        (
            {"since_on": TODAY + timedelta(days=1)},
            "since_on",
            "cannot begin after the day it was declared, 11 March 2026",
        ),
        ({"since_on": date(1815, 1, 1)}, "since_on", "before 1900"),
        (
            {"since_on": date(2015, 9, 13)},
            "since_on",
            "older than Sam Quillfeather, born on 14 September 2015",
        ),
        ({"adult_joined_on": date(1820, 9, 1)}, "adult_joined_on", "before 1900"),
        ({"other_joined_on": date(2015, 9, 1)}, "other_joined_on", "before being born on 14 September 2015"),
        ({"agreement_on": TODAY}, "agreement", "whether it was signed or declined"),
        (
            {"agreement": Agreement.SIGNED, "agreement_on": TODAY + timedelta(days=1)},
            "agreement_on",
            "future",
        ),
        (
            {"agreement": Agreement.DECLINED, "agreement_on": date(1999, 1, 1)},
            "agreement_on",
            "before the year 2000",
        ),
        ({"platforms": tuple(f"Game {each}" for each in range(21))}, "platforms", "At most 20 platforms"),
        ({"platforms": ("x" * 101,)}, "platforms", "101 letters long; at most 100"),
        ({"relationship_note": "x" * 501}, "relationship_note", "at most 500"),
        ({"known_how": "x" * 5001}, "known_how", "5,001 letters long"),
        ({"since_words": "x" * 201}, "since_words", "at most 200"),
        ({"evidence_seen": "x" * 5001}, "evidence_seen", "at most 5,000"),
        ({"conditions_proposed": "x" * 5001}, "conditions_proposed", "at most 5,000"),
        ({"notes": "x" * 20_001}, "notes", "at most 20,000"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    school: SmallSchool, fields: dict[str, Any], field: str, words: str
) -> None:
    found = said(school, made.draft(school, **fields))
    assert list(found) == [field]
    assert words in found[field]
    with pytest.raises(Invalid):
        made.declare(school, **fields)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"relationship": None}, "relationship", "what the adult is to the other person"),
        ({"relationship": Relationship.OTHER}, "relationship_note", "in a few words"),
        ({"known_how": " "}, "known_how", "how the school knows it"),
        ({"platforms": ()}, "platforms", "at least one platform"),
        ({"platforms": ("  ",)}, "platforms", "at least one platform"),
        ({"links": ()}, "links", "at least one kind of link"),
    ],
)
def test_what_is_missing_to_put_it_forward(
    school: SmallSchool, fields: dict[str, Any], field: str, words: str
) -> None:
    draft = made.draft(school, **fields)
    assert said(school, draft) == {}  # it can be kept until it is complete
    found = said(school, draft, complete=True)
    assert list(found) == [field]
    assert words in found[field]


def test_evidence_that_was_seen_says_how_the_school_knows(school: SmallSchool) -> None:
    assert said(school, made.draft(school, known_how="", evidence_seen="Birth record."), complete=True) == {}


def test_one_person_cannot_be_both_sides(school: SmallSchool) -> None:
    change(school, "tariq", also=(PersonKind.VOLUNTEER,))
    draft = made.draft(school, adult="tariq", other="tariq", adult_kind=PersonKind.VOLUNTEER)
    assert "One person cannot be both sides" in said(school, draft)["other_id"]


def test_a_name_online_is_nobody_to_declare_with(school: SmallSchool) -> None:
    assert "only by a name online" in said(school, made.draft(school, other="stranger"))["other_id"]


def test_a_merged_duplicate_is_not_chosen(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    twin = people.save(
        ctx, PersonDraft(kind=PersonKind.PUPIL, given_name="Sammy", family_name="Quillfether")
    ).id
    people.merge(ctx, school.people["sam"], twin)
    found = said(school, made.draft(school, other_id=twin, declarant_id=twin))
    assert all("was merged into another" in found[field] for field in ("other_id", "declarant_id"))


def test_days_against_those_who_left(school: SmallSchool) -> None:
    change(school, "sam", left_on=date(2026, 2, 20))
    found = said(school, made.draft(school, other_joined_on=date(2021, 9, 1)))
    assert (
        "left the school on 20 February 2026, before this was declared. Choose former pupil"
        in found["capacity"]
    )
    assert said(school, made.draft(school, other_joined_on=None, capacity=Capacity.FORMER_PUPIL)) == {}
    found = said(school, made.draft(school, other_joined_on=date(2026, 3, 1), capacity=Capacity.FORMER_PUPIL))
    assert "cannot have joined after that" in found["other_joined_on"]
    change(school, "teacher", left_on=date(2026, 3, 11))
    draft = made.draft(school, other="tariq")
    assert said(school, draft) == {}
    assert "so there is nothing to allow" in said(school, draft, complete=True)["adult_id"]
    change(school, "teacher", left_on=date(2026, 7, 22))  # a leaving date ahead forbids nothing yet
    assert said(school, draft, complete=True) == {}
    change(school, "anna", left_on=date(2026, 1, 1))
    draft = made.draft(school, other="anna", other_joined_on=None)
    assert "so there is nothing to allow" in said(school, draft, complete=True)["other_id"]


def test_every_problem_is_told_at_once_in_the_order_of_the_form(school: SmallSchool) -> None:
    found = said(
        school,
        made.draft(school, adult_kind=PersonKind.GOVERNOR, links=(), platforms=(), declared_on=None),
        complete=True,
    )
    assert list(found) == ["adult_kind", "platforms", "links", "declared_on"]


def test_typed_text_is_tidied_and_platforms_are_told_apart_once(school: SmallSchool) -> None:
    draft = connection_fields.tidied(
        made.draft(
            school,
            relationship_note="  His  mother's\n brother ",
            known_how="  line one\r\nline two  \n",
            platforms=(
                " Facebook ",
                "facebook",
                "FB Messenger",
                "village  chess CLUB",
                "Village Chess Club",
                "",
            ),
            links=(Link.GAME, Link.FRIEND, Link.GAME),
        )
    )
    assert draft.relationship_note == "His mother's brother"
    assert draft.known_how == "line one\nline two"
    assert draft.links == (Link.FRIEND, Link.GAME)
    assert [each for each in draft.platforms if each.casefold() == "village chess club"] == [
        "village chess CLUB"
    ]
    assert draft.platforms.count("facebook") == 1
    assert connection_fields.tidied(draft) == draft


def test_markup_and_every_script_are_kept_as_typed(school: SmallSchool) -> None:
    words = 'José <b>"&amp;"</b> =1+1 العربية'
    exception_id = made.declare(school, known_how=words, platforms=("<script>",))
    draft = made.opened(school, exception_id).draft
    assert (draft.known_how, draft.platforms) == (words, ("<script>",))


OTHER_VALUES: dict[str, Any] = {
    "adult_kind": PersonKind.GOVERNOR,
    "capacity": Capacity.PARENT,
    "relationship": Relationship.SIBLING,
    "links": (Link.GAME, Link.GROUP),
    "platforms": ("tiktok", "x"),
    "initiator": Initiator.UNKNOWN,
    "agreement": Agreement.DECLINED,
    "confidentiality": Confidentiality.STAFF,
}


@pytest.mark.parametrize("field", list(connection_fields.FIELD_LABELS))
def test_every_field_is_compared_and_said_in_words(school: SmallSchool, field: str) -> None:
    value = OTHER_VALUES.get(field)
    if value is None:
        ids = {"adult_id": "dsl", "other_id": "tariq", "declarant_id": "anna"}
        value = (
            school.people[ids[field]]
            if field in ids
            else date(2021, 5, 6)
            if field.endswith("_on")
            else "Words"
        )
    mine = replace(made.draft(school), **{field: value})
    with school.database.reading() as session:
        (found,) = connection_fields.differences(session, made.draft(school), mine)
    assert (found.field, found.label) == (field, connection_fields.FIELD_LABELS[field])
    # Words a person reads: no code, no number of a record, nothing left blank.
    assert found.mine != found.theirs
    assert all(each and not each.isdigit() and "_" not in each for each in (found.mine, found.theirs))


@pytest.mark.parametrize("make", [made.draft, lambda school: DeclarationDraft()])
def test_a_record_gives_back_the_draft_it_came_of(
    school: SmallSchool, make: Callable[[SmallSchool], DeclarationDraft]
) -> None:
    draft = replace(make(school), adult_id=5, other_id=8, declared_on=TODAY)
    saved = connections.save(school.ctx_for(OFFICE), draft)
    assert made.opened(school, saved.id).draft == draft
