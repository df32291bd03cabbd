"""The words of the letters about an exception: every kind to every reader, every condition, and what stops them."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from datetime import date

import pytest

from smdesk.documents.letter import Heading, Paragraph
from smdesk.errors import Invalid
from smdesk.policy.vocabulary import Link, PersonKind
from smdesk.services import exception_wording, letter_fields, letter_text, letter_wording
from smdesk.services.connection_records import EndCause
from smdesk.services.exception_wording import ExceptionFacts
from smdesk.services.letter_records import EXCEPTION_KINDS, Audience, LetterKind
from smdesk.services.letter_wording import Pattern, Words

APPROVED, REFUSED, ENDED = EXCEPTION_KINDS
LEFT = (EndCause.ADULT_LEFT, EndCause.OTHER_LEFT)
FULL = ExceptionFacts(
    reference="2026/C0042",
    adult="Mr Tim Hazel",
    adult_kind=PersonKind.VOLUNTEER,
    other="Sam Quillfeather",
    platforms=("Facebook", "WhatsApp", "Signal"),
    links=(Link.FRIEND, Link.GROUP),
    contact="Mrs Reed, by telephone on 01632 960002",
    complaints="on our website.",
    from_on=date(2026, 3, 9),
    ends_on=date(2026, 7, 22),
    end_cause=EndCause.REVOKED,
    review_on=date(2027, 3, 9),
    conditions="Only in the family's group.",
    act_by=date(2026, 7, 27),
    rules="Pupils and these adults do not connect.",
    language="Polish",
)
EVERY = list(itertools.product(EXCEPTION_KINDS, Audience))


def english(kind: LetterKind, audience: Audience) -> Pattern:
    found = letter_wording.shipped(kind, audience.value)
    assert found is not None
    return replace(found, phrases=letter_wording.shipped_phrases("en"))


def compose(kind: LetterKind, audience: Audience, facts: ExceptionFacts) -> Words:
    return exception_wording.compose(english(kind, audience), facts)


@pytest.mark.parametrize(("kind", "audience"), EVERY)
def test_each_letter_says_what_it_must(kind: LetterKind, audience: Audience) -> None:
    words = compose(kind, audience, FULL)
    wanted = [
        "Facebook, WhatsApp and Signal",
        "Mrs Reed, by telephone on 01632 960002",
        "2026/C0042",
        "Polish",
    ]
    wanted += {
        APPROVED: ["9 March 2026", "21 July 2026", "9 March 2027", "Only in the family's group.", "friend"],
        REFUSED: ["27 July 2026", "has not been approved"],
        ENDED: ["22 July 2026", "27 July 2026"],
    }[kind]
    if audience is not Audience.ADULT:
        wanted += ["Mr Tim Hazel", "a volunteer at the school"]
    if audience is not Audience.OWN:
        wanted.append("Sam Quillfeather")
    for part in wanted:
        assert part in words.body, part
    assert "$" not in words.subject + words.body
    assert ".." not in words.body
    assert words.closing == "Yours sincerely"
    # The subject stands in lists and above the letter: nobody is named there.
    assert "Sam" not in words.subject
    assert "Hazel" not in words.subject


@pytest.mark.parametrize(("kind", "audience"), EVERY)
def test_what_one_side_need_not_know_of_the_other_has_no_field(kind: LetterKind, audience: Audience) -> None:
    """No letter tells how somebody is related, what was seen, or the reason given for the decision."""
    assert {field.name for field in fields(ExceptionFacts)}.isdisjoint(
        {"relationship", "known_how", "evidence_seen", "reason", "address", "initiator", "late_days"}
    )
    if audience is Audience.ADULT:
        assert "a volunteer" not in compose(kind, audience, FULL).body


def test_an_approval_without_an_end_holds_until_further_notice() -> None:
    for audience in Audience:
        body = compose(APPROVED, audience, replace(FULL, ends_on=None, review_on=None, conditions=" ")).body
        assert "Until: further notice\n" in body
        assert "look at it again" not in body
        assert "Conditions" not in body


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("cause", [cause for cause in EndCause if cause is not EndCause.SUPERSEDED])
def test_an_end_is_told_without_saying_who_left(audience: Audience, cause: EndCause) -> None:
    asked = None if cause in LEFT else FULL.act_by
    body = compose(ENDED, audience, replace(FULL, end_cause=cause, act_by=asked)).body
    assert ("decided to end it" in body) == (cause in (EndCause.REVOKED, EndCause.ENDED))
    assert ("belonged to the school" in body) == (cause in LEFT)
    assert ("your role has changed" in body) == (
        cause is EndCause.ROLE_CHANGED and audience is Audience.ADULT
    )
    assert "left the school" not in body
    assert ("asks for nothing to be done" in body) == (asked is None)


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize(
    ("field", "empty", "kinds"),
    [
        ("contact", "", EXCEPTION_KINDS),
        ("complaints", " ", (REFUSED,)),
        ("platforms", (), EXCEPTION_KINDS),
        ("links", (), (APPROVED,)),
        ("from_on", None, (APPROVED,)),
        ("ends_on", None, (ENDED,)),
        ("act_by", None, (REFUSED,)),
        ("adult_kind", PersonKind.PARENT, (APPROVED,)),
    ],
)
def test_what_is_missing_is_named(
    audience: Audience, field: str, empty: object, kinds: tuple[LetterKind, ...]
) -> None:
    name = {"adult_kind": "adult_role"}.get(field, field)
    for kind in kinds:
        if (
            audience is Audience.ADULT and name in ("complaints", "adult_role")
        ) or kind not in EXCEPTION_KINDS:
            continue
        with pytest.raises(Invalid) as caught:
            compose(kind, audience, replace(FULL, **{field: empty}))
        assert [problem.field for problem in caught.value.problems] == [name]
        assert letter_fields.EXCEPTION_FIELDS[name] in str(caught.value)


def test_every_condition_is_used() -> None:
    used = {part.when for kind, audience in EVERY for part in english(kind, audience).parts}
    assert used == {*letter_fields.EXCEPTION_CONDITIONS, ""}


@pytest.mark.parametrize(("kind", "audience"), EVERY)
def test_no_condition_leaves_a_heading_without_text(kind: LetterKind, audience: Audience) -> None:
    for review, conditions, counts, role, rules, cause, language in itertools.product(
        (None, FULL.review_on),
        ("", "- One."),
        (True, False),
        (True, False),
        ("", "A rule."),
        EndCause,
        ("", "Urdu"),
    ):
        facts = replace(
            FULL,
            review_on=review,
            conditions=conditions,
            other_counts=counts,
            role_counts=role,
            rules=rules,
            end_cause=cause,
            act_by=None if kind is ENDED and cause in LEFT else FULL.act_by,
            language=language,
        )
        found = letter_text.parse(compose(kind, audience, facts).body)
        for one, two in itertools.pairwise([*found, Heading("end")]):
            assert not (isinstance(one, Heading) and isinstance(two, Heading)), one


def test_a_dollar_in_what_was_typed_is_only_a_dollar() -> None:
    body = compose(APPROVED, Audience.ADULT, replace(FULL, conditions="Never for $contact or $5.")).body
    assert "Never for $contact or $5." in body


def test_every_kind_of_link_and_every_adult_has_words() -> None:
    for link in Link:
        assert compose(APPROVED, Audience.PARENT, replace(FULL, links=(link,))).body
    for kind in (PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER, PersonKind.CONTRACTOR):
        assert compose(APPROVED, Audience.PARENT, replace(FULL, adult_kind=kind)).body


def test_an_approval_says_when_it_is_looked_at_again() -> None:
    body = compose(APPROVED, Audience.PARENT, replace(FULL, ends_on=None)).body
    assert "- Until: further notice; we look at it again by 9 March 2027\n" in body


def test_a_part_with_a_field_there_is_not_is_found_when_the_file_is_read() -> None:
    words = {"subject": "A", "closing": "B", "part": [{"text": "Hello $stranger"}]}
    with pytest.raises(ValueError, match="stranger"):
        letter_wording.read(
            "letter", words, letter_fields.EXCEPTION_FIELDS, set(letter_fields.EXCEPTION_CONDITIONS)
        )
    words["part"] = [{"text": "Hello", "when": "raining"}]
    with pytest.raises(ValueError, match="raining"):
        letter_wording.read(
            "letter", words, letter_fields.EXCEPTION_FIELDS, set(letter_fields.EXCEPTION_CONDITIONS)
        )


HOSTILE = (
    "<b>O'Brien & Sons",
    "</para><para>",
    '<img src="/etc/passwd"/>',
    '=HYPERLINK("x")',
    "$parent",
    "Zażółć Nguyễn",
    "محمد",
    "রহিমা",
    "王小明",
    f"{'Featherstonehaugh-' * 4}Smith",
    "- no item",
    "# no heading",
    "1. no number",
    "five $ and $$",
)


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_what_was_typed_comes_out_as_it_was_typed(typed: str, language: str) -> None:
    found = letter_wording.shipped(APPROVED, Audience.PARENT.value, language)
    assert found is not None
    pattern = replace(found, phrases=letter_wording.shipped_phrases(language))
    facts = replace(FULL, other=typed, conditions=f"{typed}\nand {typed}", contact=typed, platforms=(typed,))
    words = exception_wording.compose(pattern, facts)
    for mark in words.marks:
        if mark.field in ("other", "contact", "platforms"):
            assert words.body[mark.start : mark.end] == typed
    drawn = [each for each in letter_text.parse(words.body) if isinstance(each, Paragraph)]
    assert f"{typed}\nand {typed}" in [each.text for each in drawn]
    headings = [each.text for each in letter_text.parse(words.body) if isinstance(each, Heading)]
    assert len(headings) == len([line for line in words.body.split("\n") if line.startswith("# ")])
    assert "no heading" not in headings
