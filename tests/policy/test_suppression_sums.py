"""DOC-2: a year beside its terms. Every world a reader could think of is tried: no small count is ever the only one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdesk.policy.suppression import (
    Cell,
    Hidden,
    is_small,
    protect_partition,
    protect_sums,
    protect_total,
    protect_whole,
    sum_of,
)

FEW, WITHHELD = Hidden.FEW, Hidden.WITHHELD
World = tuple[tuple[int, ...], ...]


def test_a_year_is_shown_where_all_its_terms_are() -> None:
    assert protect_whole([12, 0, 9]) == 21
    assert protect_sums([(12, 0), (0, 0), (9, 0)], [12, 0, 9]) == (21, 0)


@pytest.mark.parametrize(
    ("terms", "year"),
    [
        ([20, 3, 30], WITHHELD),  # 53 less 20 and 30 would be the three
        ([3, 0, 0], FEW),  # the one term and the year are the same
        ([1, 2, 0], WITHHELD),  # "few" would say that neither is four
        ([3, 2, 4], 9),  # each could still be any of one to four
        ([4, 4, 4], WITHHELD),  # twelve is only four each
        ([2, 3, 30], 35),
        ([1, 1, 30], WITHHELD),
    ],
)
def test_a_years_total_beside_small_terms(terms: list[int], year: Cell) -> None:
    assert protect_whole(terms) == year


def test_a_line_that_one_term_hides_is_hidden_in_the_year() -> None:
    assert protect_sums([(12, 6, 0), (10, 6, 0), (8, 2, 0)], [18, 16, 10]) == (WITHHELD, WITHHELD, 0)


def test_what_one_term_alone_holds_is_hidden_as_it_is_there() -> None:
    assert protect_sums([(30, 2, 9), (0, 0, 0)], [41, 0]) == (30, FEW, WITHHELD)


def test_small_terms_together_are_protected_like_one_more() -> None:
    # Twenty-five in the year, and five of them in two small terms: three parents' and two pupils'.
    assert protect_whole([20, 3, 2]) == 25
    assert protect_sums([(20, 0), (2, 1), (1, 1)], [20, 3, 2]) == (WITHHELD, FEW)
    assert protect_sums([(20, 0), (3, 0), (2, 0)], [20, 3, 2]) == (25, 0)


def test_where_the_total_is_hidden_nothing_of_the_year_is_shown() -> None:
    assert protect_sums([(20, 9), (3, 0)], [29, 3]) == (WITHHELD, WITHHELD)


def test_sums_of_cells() -> None:
    assert sum_of([5, 0, 9]) == 14
    assert sum_of([0, FEW]) is FEW
    assert sum_of([5, FEW]) is WITHHELD
    assert sum_of([FEW, FEW]) is WITHHELD


def of_one_term(cells: Sequence[Cell], total: Cell, threshold: int) -> Iterator[tuple[int, ...]]:
    """Every term a reader could think of behind what is printed of it."""
    whole = total if isinstance(total, int) else None
    all_hidden = all(cell is WITHHELD for cell in cells)
    top = (whole if whole is not None else threshold - 1) + 1
    choices = [
        range(cell, cell + 1)
        if isinstance(cell, int)
        else range(1, threshold)
        if cell is FEW
        else range(0 if all_hidden else threshold, top)
        for cell in cells
    ]
    for counts in product(*choices):
        if sum(counts) == whole or (whole is None and 0 < sum(counts) < threshold):
            yield counts


def is_possible(world: World, cells: Sequence[Cell], total: Cell, threshold: int) -> bool:
    """Whether the year as printed could be made of these terms."""
    if isinstance(total, int) and sum(map(sum, world)) != total:
        return False
    if total is FEW and not is_small(sum(map(sum, world)), threshold):
        return False
    for column, cell in zip(zip(*world, strict=True), cells, strict=True):
        if isinstance(cell, int) and sum(column) != cell:
            return False
        if cell is FEW and not is_small(sum(column), threshold):
            return False
    return True


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_no_small_count_is_the_only_one_possible(data: st.DataObject) -> None:
    threshold = data.draw(st.integers(3, 4))
    terms, lines = data.draw(st.sampled_from([(2, 2), (2, 3), (3, 2)]))
    count = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 7])
    parts = [tuple(data.draw(count) for _ in range(lines)) for _ in range(terms)]
    totals = [sum(part) for part in parts]
    printed = [(protect_partition(part, threshold), protect_total(sum(part), threshold)) for part in parts]
    year, whole = protect_sums(parts, totals, threshold), protect_whole(totals, threshold)
    worlds = [
        world
        for world in product(*(list(of_one_term(cells, total, threshold)) for cells, total in printed))
        if is_possible(world, year, whole, threshold)
    ]
    assert tuple(parts) in worlds  # the reader's worlds are about this one
    for at, part in enumerate(parts):
        for place, real in enumerate(part):
            values = {world[at][place] for world in worlds}
            if printed[at][0][place] is FEW:
                assert values == set(range(1, threshold))
            elif is_small(real, threshold):
                assert len(values) > 1
        if is_small(totals[at], threshold):
            assert {sum(world[at]) for world in worlds} == set(range(1, threshold))
    for place in range(lines):
        if is_small(sum(part[place] for part in parts), threshold):
            assert len({sum(part[place] for part in world) for world in worlds}) > 1
    if is_small(sum(totals), threshold):
        assert len({sum(map(sum, world)) for world in worlds}) > 1
