"""Headings guessed and words understood: what a school's own register is likely to hold."""

from __future__ import annotations

import pytest

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import import_fields
from smdesk.services.connection_records import EXCEPTION_COLUMN_LABELS, Agreement
from smdesk.services.import_fields import Field, ImportedDecision, guess


def fields(*headings: str, **remembered: str) -> dict[str, str]:
    return {str(field): headings[place] for field, place in guess(headings, remembered).items()}


def test_headings_as_schools_write_them() -> None:
    assert fields("Staff Name", "Role", "Pupil's Name", "DOB", "Relationship", "Social media", "Date declared",
                  "Approved (Y/N)", "Date approved", "Review date", "Notes") == {
        "adult": "Staff Name", "adult_kind": "Role", "other": "Pupil's Name", "other_born": "DOB",
        "relationship": "Relationship", "platforms": "Social media", "declared_on": "Date declared",
        "decision": "Approved (Y/N)", "decided_on": "Date approved", "review_on": "Review date", "notes": "Notes",
    }  # fmt: skip


def test_names_in_two_columns_leave_out_the_one_that_holds_both() -> None:
    found = fields("Staff", "Staff first name", "Staff surname", "Pupil forename", "Pupil surname")
    assert found == {
        "adult_given": "Staff first name", "adult_family": "Staff surname",
        "other_given": "Pupil forename", "other_family": "Pupil surname",
    }  # fmt: skip


def test_what_our_own_list_exports_is_understood() -> None:
    found = guess(list(EXCEPTION_COLUMN_LABELS.values()))
    labels = list(EXCEPTION_COLUMN_LABELS.values())
    assert {field: labels[place] for field, place in found.items()} == {
        Field.ADULT: "Adult", Field.ADULT_KIND: "Adult’s role", Field.OTHER: "Pupil or parent",
        Field.CAPACITY: "Pupil or parent as",
        Field.RELATIONSHIP: "The adult is their", Field.PLATFORMS: "Platforms", Field.LINKS: "Kind of link",
        Field.DECLARED_ON: "Declared", Field.DECISION: "Status", Field.FROM_ON: "Allowed from",
        Field.REVIEW_ON: "Review", Field.ENDED_ON: "Until",
    }  # fmt: skip


def test_what_was_chosen_before_goes_first_and_a_column_left_out_stays_out() -> None:
    remembered = {"who": "adult", "staff": "", "gone field": "no_such_field"}
    found = guess(("Who", "Staff", "Gone field", "Pupil"), remembered)
    assert found == {Field.ADULT: 0, Field.OTHER: 3}


def test_a_heading_is_told_from_other_words() -> None:
    assert import_fields.is_heading("Pupil’s name:")
    assert not import_fields.is_heading("Anna Quillfeather")
    assert guess(("Colour", "Shoe size")) == {}


@pytest.mark.parametrize(("text", "kind"), [
    ("Teacher", PersonKind.STAFF), ("Teaching Assistant", PersonKind.STAFF), ("Parent Governor", PersonKind.GOVERNOR),
    ("volunteer reader", PersonKind.VOLUNTEER), ("Supply teacher", PersonKind.CONTRACTOR),
    ("Head of PE", PersonKind.STAFF), ("Zookeeper", None),
])  # fmt: skip
def test_who_the_adult_is(text: str, kind: PersonKind | None) -> None:
    assert import_fields.read_kind(text) is kind


@pytest.mark.parametrize(("text", "capacity"), [
    ("Pupil", Capacity.PUPIL), ("Year 5", Capacity.PUPIL), ("Ex-pupil", Capacity.FORMER_PUPIL),
    ("former student", Capacity.FORMER_PUPIL), ("Mother", Capacity.PARENT), ("Parents", Capacity.PARENT),
    ("Family of a former pupil", Capacity.FORMER_PUPIL_FAMILY), ("neighbour", None),
])  # fmt: skip
def test_what_the_other_person_is(text: str, capacity: Capacity | None) -> None:
    assert import_fields.read_capacity(text) is capacity


@pytest.mark.parametrize(("text", "relationship"), [
    ("Nephew", Relationship.AUNT_OR_UNCLE), ("Aunt or uncle", Relationship.AUNT_OR_UNCLE), ("Son", Relationship.PARENT),
    ("mother", Relationship.PARENT), ("Step-son", Relationship.STEP_PARENT), ("stepsister", Relationship.STEP_FAMILY),
    ("Grandson", Relationship.GRANDPARENT), ("2nd cousin", Relationship.COUSIN), ("twins", Relationship.SIBLING),
    ("half-sister", Relationship.SIBLING), ("foster child", Relationship.FOSTER),
    ("Godson", Relationship.FAMILY_FRIEND), ("Family friend", Relationship.FAMILY_FRIEND),
    ("old friend", Relationship.OLD_FRIEND), ("same church", Relationship.CLUB),
    ("brother-in-law", Relationship.OTHER_FAMILY), ("it is complicated", Relationship.OTHER),
])  # fmt: skip
def test_a_relationship_told_from_either_side(text: str, relationship: Relationship) -> None:
    assert import_fields.read_relationship(text, Capacity.PUPIL) is relationship


def test_between_two_adults_who_is_whose_parent_is_not_guessed() -> None:
    assert import_fields.read_relationship("daughter", Capacity.PARENT) is Relationship.OTHER_FAMILY
    assert import_fields.read_relationship("cousin", Capacity.PARENT) is Relationship.COUSIN


def test_every_label_of_the_program_is_understood() -> None:
    from smdesk.policy.vocabulary import CAPACITY_LABELS, LINK_LABELS, RELATIONSHIP_LABELS

    for relationship, label in RELATIONSHIP_LABELS.items():
        assert import_fields.read_relationship(label, Capacity.PUPIL) is relationship, label
    for capacity, label in CAPACITY_LABELS.items():
        assert import_fields.read_capacity(label) is capacity, label
    for link, label in LINK_LABELS.items():
        assert import_fields.read_links(label)[0] is link, label
    assert set(import_fields.read_links(", ".join(LINK_LABELS.values()))) == set(Link)


def test_links_initiators_decisions_and_agreements() -> None:
    assert import_fields.read_links("Friends + DMs, WhatsApp group") == (
        Link.FRIEND,
        Link.MESSAGE,
        Link.GROUP,
    )
    assert import_fields.read_links("dunno") == ()
    reads = ("Staff", "the pupil", "both", "staff and pupil", "n/a", "aliens")
    assert [import_fields.read_initiator(each) for each in reads] == [
        Initiator.ADULT, Initiator.OTHER, Initiator.BOTH, Initiator.BOTH, Initiator.UNKNOWN, None,
    ]  # fmt: skip
    words = (
        "Approved",
        "Y",
        "not approved",
        "refused",
        "N",
        "Awaiting head",
        "Approved, due for review",
        "banana",
    )
    approved, refused = ImportedDecision.APPROVED, ImportedDecision.REFUSED
    assert [import_fields.read_decision(each) for each in words] == [
        approved, approved, refused, refused, refused, ImportedDecision.UNDECIDED, approved, None,
    ]  # fmt: skip
    waits = (
        "Not yet approved",
        "To be approved",
        "waiting for approval",
        "Needs approval",
        "Approval requested",
    )
    assert {import_fields.read_decision(each) for each in waits} == {ImportedDecision.UNDECIDED}
    # CON-2: an approval is what says so plainly. Anything else is asked about; nobody is allowed by a guess.
    for doubtful in (
        "Approval withdrawn",
        "No longer allowed",
        "Never approved",
        "Agreed in principle",
        "Approved?",
        "Approved (not TikTok)",
        "Allowed until July 2025",
    ):
        assert import_fields.read_decision(doubtful) is None, doubtful
    assert import_fields.read_decision("Approved, no conditions") is approved
    assert import_fields.read_decision("Approval not given") is refused
    assert [import_fields.read_agreement(each) for each in ("signed", "Yes", "declined", "not yet", "hm")] == [
        Agreement.SIGNED, Agreement.SIGNED, Agreement.DECLINED, Agreement.NOT_ASKED, None,
    ]  # fmt: skip
    assert import_fields.split_list("Facebook, Instagram and X/ TikTok") == [
        "Facebook",
        "Instagram",
        "X",
        "TikTok",
    ]
