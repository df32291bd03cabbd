"""Two windows on one folder, as two real processes: never a silent overwrite, never one number twice."""

from __future__ import annotations

import json

from smdesk.services import incidents, verify
from tests.faults.lived_in import SUMMARY, Lived
from tests.faults.processes import child, said, tell


def test_the_second_to_save_is_shown_what_changed(lived: Lived) -> None:
    with (
        child(lived, "edit", f"{lived.incident}|The first wrote this") as first,
        child(lived, "edit", f"{lived.incident}|The second wrote that", "head") as second,
    ):
        assert said(first) == said(second) == "opened"
        tell(first)
        assert json.loads(said(first)) == {"saved": 2}
        tell(second)
        assert json.loads(said(second)) == {
            "conflict": [["summary", "The first wrote this", "The second wrote that"]],
            "version": 2,
        }
    with lived.signed_in() as office:
        record = incidents.open_incident(office, lived.incident)
        assert (record.draft.summary, record.version) == ("The first wrote this", 2)
        (line,) = incidents.history(office, lived.incident)
        assert [(each.field, each.theirs, each.mine) for each in line.changes] == [
            ("summary", SUMMARY, "The first wrote this")
        ]


def test_of_two_who_save_in_the_same_moment_exactly_one_wins_and_the_other_is_told(lived: Lived) -> None:
    with (
        child(lived, "edit", f"{lived.incident}|One") as first,
        child(lived, "edit", f"{lived.incident}|Other", "head") as second,
    ):
        assert said(first) == said(second) == "opened"
        tell(first)
        tell(second)
        answers = [json.loads(said(first)), json.loads(said(second))]
    assert sorted("saved" if "saved" in each else "conflict" for each in answers) == ["conflict", "saved"]
    winner = ["One", "Other"][0 if "saved" in answers[0] else 1]
    with lived.signed_in() as office:
        assert incidents.open_incident(office, lived.incident).draft.summary == winner


def test_two_who_log_at_the_same_time_get_numbers_of_their_own(lived: Lived) -> None:
    each = 40
    with child(lived, "log_many", str(each)) as first, child(lived, "log_many", str(each), "head") as second:
        tell(first)
        tell(second)
        ids = {int(said(process)) for _ in range(each) for process in (first, second)}
    assert len(ids) == 2 * each
    with lived.signed_in() as office:
        references = [incidents.open_incident(office, one).reference for one in sorted(ids)]
        assert sorted(references) == [f"2026/{number:04d}" for number in range(3, 3 + 2 * each)]
        assert verify.check(office) == []
