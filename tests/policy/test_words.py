"""Days, lists and labels in words: the same on every machine."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import smdesk
from smdesk.policy.words import in_a_sentence, listed, narrow_day, weekday, written_day


@pytest.mark.parametrize(
    ("day", "written", "narrow", "name"),
    [
        (date(2026, 5, 4), "4 May 2026", "4 May 2026", "Monday"),
        (date(2025, 9, 28), "28 September 2025", "28 Sep 2025", "Sunday"),
        (date(999, 12, 31), "31 December 999", "31 Dec 999", "Tuesday"),
    ],
)
def test_a_day_as_people_write_it(day: date, written: str, narrow: str, name: str) -> None:
    assert (written_day(day), narrow_day(day), weekday(day)) == (written, narrow, name)


def test_no_day_is_written_in_the_machine_s_language() -> None:
    """Qt sets the machine's language for the whole process: what asks it for a month or a weekday would follow."""
    names = re.compile(r"%-?[ABabhpcxX]\b")
    found = [
        f"{file.name}:{number}"
        for file in Path(smdesk.__file__).parent.rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if names.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("words", "says"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_several_words_in_a_sentence(words: tuple[str, ...], says: str) -> None:
    assert listed(words) == says


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("Aunt or uncle", "aunt or uncle"),
        ("", ""),
        ("Éire", "éire"),
        ("A pupil", "a pupil"),
        ("DSL decides", "DSL decides"),
    ],
)
def test_a_label_in_a_sentence(label: str, says: str) -> None:
    assert in_a_sentence(label) == says
