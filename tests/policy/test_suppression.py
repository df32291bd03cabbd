"""DOC-2: no small count can be worked out from what a governor report prints."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdesk.policy.suppression import (
    Cell,
    Hidden,
    change,
    protect_overlapping,
    protect_partition,
    protect_total,
    reader_bounds,
)

FEW, WITHHELD = Hidden.FEW, Hidden.WITHHELD


def possible_values(
    cells: tuple[Cell, ...], total: int, threshold: int, *, overlapping: bool = False
) -> list[set[int]]:
    """Every value each hidden count may have, found by trying all of them (independent of the product)."""
    choices = []
    for cell in cells:
        if cell is FEW:
            choices.append(range(1, threshold))
        elif cell is WITHHELD:
            choices.append(range(threshold, total + threshold + 1))
        else:
            choices.append(range(int(cell), int(cell) + 1))
    found: list[set[int]] = [set() for _ in cells]
    for attempt in product(*choices):
        if (sum(attempt) >= total) if overlapping else (sum(attempt) == total):
            for values, value in zip(found, attempt, strict=True):
                values.add(value)
    return found


def test_one_small_count_takes_a_large_one_with_it() -> None:
    assert protect_partition([20, 3, 11, 0]) == (20, FEW, WITHHELD, 0)


def test_a_withheld_count_without_room_brings_another() -> None:
    # 5 beside a hidden 1: a reader knows "5 or more" and the sum 6, so the 1 would be plain.
    cells = protect_partition([30, 1, 5])
    assert cells == (WITHHELD, FEW, WITHHELD)


def test_several_small_counts_that_cover_each_other_need_nothing_more() -> None:
    assert protect_partition([40, 2, 3, 2]) == (40, FEW, FEW, FEW)


def test_all_ones_are_not_given_away_by_their_number() -> None:
    # Five counts of 1 with total 5: each at least 1, so each exactly 1. The table goes.
    assert protect_partition([1, 1, 1, 1, 1]) == (WITHHELD,) * 5


def test_the_largest_values_are_not_given_away_either() -> None:
    # Two counts that must be 4 and 4 because they add up to 8.
    cells = protect_partition([4, 4, 50, 0])
    assert cells == (FEW, FEW, WITHHELD, 0)


def test_a_small_total_withholds_everything() -> None:
    assert protect_total(3) is FEW
    assert protect_partition([3, 0]) == (WITHHELD, WITHHELD)


def test_noughts_and_large_counts_stay() -> None:
    assert protect_partition([0, 9, 5]) == (0, 9, 5)
    assert protect_partition([0, 0]) == (0, 0)
    assert protect_total(0) == 0
    assert protect_total(5) == 5


def test_overlapping_counts_are_guarded_against_a_least_possible_number() -> None:
    # 20 incidents, 16 in the first kind: were it shown, the second could only be 4.
    assert protect_overlapping([16, 4], 20) == (WITHHELD, FEW)
    assert protect_overlapping([20, 4], 20) == (20, FEW)


def test_positions_hidden_in_a_term_stay_hidden_in_the_year() -> None:
    cells = protect_partition([12, 30, 25], also_hide=[0])
    assert cells == (WITHHELD, 30, 25)
    small = protect_partition([2, 30, 25], also_hide=[0])
    assert small[0] is WITHHELD
    assert WITHHELD in small[1:]


def test_change_only_between_two_shown_counts() -> None:
    assert change(9, 5) == 4
    assert change(9, FEW) is None
    assert change(WITHHELD, 5) is None


def test_negative_counts_are_a_bug() -> None:
    with pytest.raises(ValueError, match="negative"):
        protect_partition([3, -1])


@settings(max_examples=250, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(3, 5))
def test_every_small_count_could_be_any_small_number(counts: list[int], threshold: int) -> None:
    total = sum(counts)
    cells = protect_partition(counts, threshold)
    for count, cell in zip(counts, cells, strict=True):
        assert cell == count or isinstance(cell, Hidden)
        assert not (0 < count < threshold) or isinstance(cell, Hidden)
        assert cell is not FEW or 0 < count < threshold
    if FEW not in cells:
        assert all(cell is WITHHELD for cell in cells) or not any(isinstance(cell, Hidden) for cell in cells)
        return
    possible = possible_values(cells, total, threshold)
    for cell, values in zip(cells, possible, strict=True):
        if cell is FEW:
            assert values == set(range(1, threshold))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_overlapping_counts_could_be_any_small_number(data: st.DataObject) -> None:
    total = data.draw(st.integers(3, 9))
    counts = data.draw(st.lists(st.integers(0, total), min_size=1, max_size=3))
    if sum(counts) < total:
        counts = [*counts, total - sum(counts)]
    cells = protect_overlapping(counts, total, 4)
    for cell, values in zip(cells, possible_values(cells, total, 4, overlapping=True), strict=True):
        if cell is FEW:
            assert values == {1, 2, 3}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=8),
    st.sets(st.integers(0, 7), max_size=3),
)
def test_forced_positions_are_hidden_and_not_recoverable(counts: list[int], forced: set[int]) -> None:
    forced = {at for at in forced if at < len(counts)}
    cells = protect_partition(counts, also_hide=forced)
    assert all(cells[at] is WITHHELD for at in forced)
    if all(cell is WITHHELD for cell in cells):
        return
    bounds = reader_bounds(cells, sum(counts), also_hidden=forced)
    for at in forced:
        if counts[at] < 5:
            high = bounds[at].high
            assert bounds[at].low <= 1
            assert high is None or high >= 4
