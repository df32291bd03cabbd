"""Facts in, advice out, as JSON: exact keys, and nothing unknown let through."""

from __future__ import annotations

from datetime import date

import pytest

from smdesk.errors import Invalid
from smdesk.policy.deadlines import LONDON
from smdesk.policy.facts_json import advice_to_json, facts_from_json
from smdesk.policy.ladder import advise
from smdesk.policy.model import Author, StepTaken
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Conduct, Nation, PersonKind, Step

LEAST = {"received": "2026-05-02T23:50"}


def test_least_facts_have_the_documented_defaults() -> None:
    facts = facts_from_json(LEAST)
    assert facts.received.tzinfo is LONDON
    assert facts.received.isoformat() == "2026-05-02T23:50:00+01:00"
    assert facts.nation is Nation.ENGLAND
    assert facts.author == Author(PersonKind.UNKNOWN, identified=False)
    assert (facts.conduct, facts.towards, facts.history) == ((), (), ())
    assert (facts.on_school_account, facts.removed, facts.dsl_cleared) == (False, False, False)


def test_all_facts_are_read() -> None:
    facts = facts_from_json(
        {
            "received": "2026-05-02T22:50:00Z",
            "posted_on": "2026-05-01",
            "nation": "northern-ireland",
            "author": {"kind": "pupil", "identified": False, "age": 9, "former_pupil": False},
            "conduct": ["bullying", "follow"],
            "platform": "whatsapp",
            "on_school_account": True,
            "towards": ["staff"],
            "history": [{"step": "talk", "on": "2025-01-31"}],
            "removed": True,
            "dsl_cleared": True,
        }
    )
    assert facts.received.isoformat() == "2026-05-02T23:50:00+01:00"
    assert facts.posted_on == date(2026, 5, 1)
    assert facts.author == Author(PersonKind.PUPIL, identified=False, age=9)
    assert facts.conduct == (Conduct.BULLYING, Conduct.FOLLOW)
    assert facts.history == (StepTaken(Step.TALK, date(2025, 1, 31)),)
    assert facts.nation is Nation.NORTHERN_IRELAND
    assert facts.towards == (PersonKind.STAFF,)
    assert facts.removed
    assert facts.dsl_cleared


def test_author_of_a_known_kind_is_taken_to_be_identified() -> None:
    assert facts_from_json({**LEAST, "author": {"kind": "parent"}}).author.identified
    assert not facts_from_json({**LEAST, "author": {"kind": "unknown"}}).author.identified


@pytest.mark.parametrize(
    ("extra", "field", "says"),
    [
        ({"colour": "red"}, "colour", "on_school_account"),
        ({"author": {"name": "A"}}, "author.name", "former_pupil"),
        ({"author": {"kind": "teacher"}}, "author.kind", "contractor"),
        ({"author": {"age": -1}}, "author.age", "0 to 130"),
        ({"author": {"age": 9.5}}, "author.age", "whole number"),
        ({"author": {"identified": "yes"}}, "author.identified", "true or false"),
        ({"author": None}, "author", "table"),
        ({"conduct": ["rudeness"]}, "conduct", "sexual_imagery_of_child"),
        ({"conduct": "bullying"}, "conduct", "list"),
        ({"conduct": [["bullying"]]}, "conduct", "cannot be"),
        ({"conduct": ["bullying", "bullying"]}, "conduct", "twice"),
        ({"nation": "france"}, "nation", "northern-ireland"),
        ({"towards": ["god"]}, "towards", "third_party"),
        ({"history": [{"step": "talk"}]}, "history[1].on", "missing"),
        (
            {"history": [{"step": "talk", "on": "2026-05-01"}, {"step": "x", "on": "2026-05-01"}]},
            "history[2].step",
            "iwf",
        ),
        ({"history": [{"step": "talk", "on": "1 May"}]}, "history[1].on", "YYYY-MM-DD"),
        (
            {"history": [{"step": "talk", "on": "2026-05-01", "by": "x"}]},
            "history[1].by",
            "Allowed keys: step, on",
        ),
        ({"removed": 1}, "removed", "true or false"),
        ({"posted_on": "2026-02-30"}, "posted_on", "YYYY-MM-DD"),
        ({"posted_on": "0001-01-01"}, "posted_on", "1990"),
        ({"platform": ""}, "platform", "empty"),
        ({"received": "2026-05-02"}, "received", "date and time"),
        ({"received": "2026-05-02T25:00"}, "received", "date and time"),
        ({"received": "9999-12-31T23:59"}, "received", "1990 to 2100"),
        ({"received": 5}, "received", "date and time"),
    ],
)
def test_unknown_keys_and_values_are_refused_with_what_is_allowed(
    extra: dict[str, object], field: str, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        facts_from_json({**LEAST, **extra})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert says in str(refused.value)


@pytest.mark.parametrize("data", [None, [], "x", 3, {}])
def test_facts_without_a_receipt_are_refused(data: object) -> None:
    with pytest.raises(Invalid):
        facts_from_json(data)


def test_advice_has_exactly_the_documented_keys(complete: Profile) -> None:
    facts = facts_from_json(
        {**LEAST, "on_school_account": True, "author": {"kind": "parent"}, "conduct": ["public_complaint"]}
    )
    written = advice_to_json(advise(complete, facts))
    assert list(written) == ["route", "urgent", "notify", "next", "refused", "reply_by", "notes"]
    assert written["route"] == "ladder"
    assert written["reply_by"] == "2026-05-05T23:59:59+01:00"
    steps = written["next"]
    assert isinstance(steps, list)
    assert set(steps[0]) == {"step", "rule", "why", "by"}
    assert steps[0]["by"] == "2026-05-06"
    # No date, no key.
    assert set(steps[1]) == {"step", "rule", "why"}
    notes = written["notes"]
    assert isinstance(notes, list)
    assert all(set(note) == {"rule", "text"} for note in notes)
