"""Who is meant in somebody else's register: the very same name, or a question to the person who imports."""

from __future__ import annotations

from datetime import date
from itertools import product
from unittest.mock import Mock

import pytest

from smdesk.policy.vocabulary import Capacity, PersonKind
from smdesk.services import import_people
from smdesk.services.import_people import (
    ADD,
    LEAVE,
    Found,
    Known,
    Named,
    Register,
    exact,
    named_of,
    person_draft,
    plain,
    settle,
)

BORN = date(2015, 9, 14)
PEOPLE = (
    Known(1, "Sam", "Quillfeather", "", frozenset({PersonKind.PUPIL}), BORN),
    Known(2, "Tim", "Hazel", "Timothy, Hazel-Brown", frozenset({PersonKind.STAFF}), None),
    Known(3, "Ann", "Pear", "", frozenset({PersonKind.PUPIL}), date(2014, 1, 1)),
    Known(4, "Ann", "Pear", "", frozenset({PersonKind.PUPIL}), date(2015, 2, 2)),
    Known(5, "Bea", "Cedar", "", frozenset({PersonKind.PARENT}), None),
    Known(6, "Zoë", "O'Neill-Östberg", "", frozenset({PersonKind.PUPIL}), None),
    Known(7, "Anna", "Quillfeather", "", frozenset({PersonKind.PARENT}), None),
)
REGISTER = Register(PEOPLE)


def pupil(name: str, born: date | None = None, kind: PersonKind = PersonKind.PUPIL) -> Named:
    return named_of("other", name, "", "", kind, born=born)


def adult(name: str) -> Named:
    return named_of("adult", name, "", "", PersonKind.STAFF)


@pytest.mark.parametrize(
    ("text", "title", "given", "family"),
    [
        ("Ann Pear", "", "Ann", "Pear"), ("Pear, Ann", "", "Ann", "Pear"), ("Ms Ann Pear", "Ms", "Ann", "Pear"),
        ("Mr. Tim van der Hazel", "Mr", "Tim", "van der Hazel"), ("Pear, Ms Ann", "Ms", "Ann", "Pear"),
        ("Pear, Ann Ms", "Ms", "Ann", "Pear"), ("Mary Ann Pear", "", "Mary Ann", "Pear"), ("Pear", "", "", "Pear"),
        ("PEAR, ANN-MARIE", "", "Ann-Marie", "Pear"), ("Mrs Hazel", "Mrs", "", "Hazel"), ("  ", "", "", ""),
        ("Jo  Le Roux", "", "Jo", "Le Roux"),
    ],
)  # fmt: skip
def test_a_name_in_one_column(text: str, title: str, given: str, family: str) -> None:
    found = named_of("adult", text, "", "", PersonKind.STAFF)
    assert (found.title, found.given, found.family) == (title, given, family)


def test_a_name_in_two_columns_wins() -> None:
    found = named_of("adult", "somebody else", "Ms Ann", "van Pear", PersonKind.STAFF)
    assert (found.title, found.given, found.family) == ("Ms", "Ann", "van Pear")


@pytest.mark.parametrize(
    "name", ["Tim Hazel", "HAZEL, TIM", "tim  hazel", "Timothy Hazel", "Tim Hazel-Brown"]
)
def test_the_very_same_name_is_found(name: str) -> None:
    assert REGISTER.match(adult(name)).person_id == 2


def test_one_kind_of_apostrophe_and_hyphen_is_as_good_as_another() -> None:
    assert REGISTER.match(pupil("Zoë O’Neill–Östberg")).person_id == 6


@pytest.mark.parametrize(
    ("named", "candidates"),
    [
        (pupil("Ann Pear"), {3, 4}),  # two of that name
        (pupil("Sam Quillfeather", date(2015, 9, 15)), {1}),  # another date of birth
        (pupil("Zoe O'Neill-Ostberg"), {6}),  # accents
        (pupil("Quillfeather Sam"), {1}),  # the other way round
        (pupil("Samuel Quillfeather"), {1}),  # a longer form
        (pupil("S Quillfeather"), {1}),  # an initial
        (adult("Mrs Hazel"), {2}),
        (adult("Tom Hazel"), set()),
        (pupil("Sam Quilfeather"), {1}),  # a letter less, another one, a letter more, two the wrong way round
        (pupil("Sam Quillfaather"), {1}),
        (pupil("Sam Quillfeathers"), {1}),
        (pupil("Sam Quillfeahter"), {1}),
        (adult("Tim Hazle"), {2}),
        (adult("Jo Hazle"), set()),
        (adult("Bea Cedar"), {5}),  # on record, but as a parent only
        (adult("Sam Quillfeather"), {1}),
    ],
)  # fmt: skip
def test_what_only_resembles_somebody_is_asked(named: Named, candidates: set[int]) -> None:
    match = REGISTER.match(named)
    if candidates:
        assert match.state is Found.CHOOSE
        assert candidates <= set(match.candidates)
        assert match.why
    else:
        assert match.state is Found.ADDED


def test_whoever_comes_near_is_named_and_never_taken_by_itself() -> None:
    known = Register([Known(9, "Lorna", "Peverell", "", frozenset({PersonKind.STAFF}), None)])
    for name in ("Lorna Peverel", "Peverell Lorna", "Peverel, Lorna"):
        match = known.match(adult(name))
        assert (match.state, match.person_id, match.candidates) == (Found.CHOOSE, None, (9,))
        assert "On record there is: Lorna Peverell (member of staff)." in match.why


def test_thousands_of_names_are_looked_up_at_once() -> None:
    letters = "abcdefghij"
    many = [
        Known(at, "Sam", f"Quill{a}{b}{c}{d}", "", frozenset({PersonKind.PUPIL}), None)
        for at, (a, b, c, d) in enumerate(product(letters, repeat=4))
    ]
    known = Register(many)
    with pytest.MonkeyPatch.context() as patch:
        compared = Mock(wraps=import_people.alike)
        patch.setattr(import_people, "alike", compared)
        known.match(pupil("Sam Quillabcx"))
    assert 0 < compared.call_count < 100, "not everybody is compared with everybody"


def test_a_date_of_birth_tells_namesakes_apart() -> None:
    assert REGISTER.match(pupil("Ann Pear", date(2015, 2, 2))).person_id == 4


def test_a_sibling_is_nobody_s_namesake() -> None:
    assert REGISTER.match(pupil("Jo Quillfeather")).state is Found.ADDED


def test_somebody_new_needs_a_whole_name() -> None:
    assert REGISTER.match(pupil("Nobody Known")).state is Found.ADDED
    match = REGISTER.match(pupil("Known"))
    assert (match.state, match.candidates) == (Found.CHOOSE, ())
    assert "whole given name" in match.why
    assert REGISTER.match(pupil("")).state is Found.CHOOSE


def test_a_former_pupil_may_be_anything_by_now() -> None:
    assert REGISTER.match(pupil("Anna Quillfeather", kind=PersonKind.THIRD_PARTY)).person_id == 7
    assert REGISTER.match(pupil("Anna Quillfeather")).state is Found.CHOOSE


def test_a_choice_settles_it_and_one_that_does_not_fit_is_passed_over() -> None:
    named = pupil("Ann Pear")
    match = REGISTER.match(named)

    def settled(choice: int | str, of: Named = named, add_people: bool = True) -> tuple[Found, int | None]:
        found = settle(of, REGISTER.match(of), {of.key: choice}, add_people=add_people)
        return found.state, found.person_id

    assert settled(4) == (Found.FOUND, 4)
    assert settled(ADD) == (Found.ADDED, None)
    assert settled(LEAVE) == (Found.LEFT_OUT, None)
    assert settled("nonsense") == (Found.CHOOSE, None)
    sure = pupil("Sam Quillfeather")
    assert settled(4, sure) == (Found.FOUND, 1)  # chosen for a name that is certain now
    assert settled(ADD, pupil("Known")) == (Found.CHOOSE, None)
    assert settle(named, match, {}, add_people=False) == match
    new = pupil("Nobody Known")
    assert settle(new, REGISTER.match(new), {}, add_people=False).state is Found.CHOOSE


def test_namesakes_in_the_file_are_told_apart_and_the_same_person_is_not_added_twice() -> None:
    one, two = pupil("Ann Apple", date(2015, 1, 1)), pupil("Ann Apple", date(2016, 1, 1))
    assert one.key != two.key
    assert one.key == pupil("APPLE, ANN", date(2015, 1, 1)).key
    assert adult("Tim Hazel").key == adult("Mr Tim Hazel").key


def test_somebody_added_has_what_the_file_tells() -> None:
    named = named_of(
        "other", "Ann Apple", "", "", PersonKind.PUPIL, born=BORN, year_group="5B", joined_on=BORN
    )
    draft = person_draft(named, Capacity.PUPIL, "From the file.")
    assert (draft.kind, draft.date_of_birth, draft.year_group, draft.joined_on) == (
        PersonKind.PUPIL,
        BORN,
        "5B",
        BORN,
    )
    former = person_draft(
        pupil("Ann Apple", kind=PersonKind.THIRD_PARTY), Capacity.FORMER_PUPIL, "From the file."
    )
    assert (former.kind, former.notes) == (PersonKind.THIRD_PARTY, "Former pupil. From the file.")


def test_names_for_comparing() -> None:
    assert exact("  O’Neill – St. John ") == "o'neill - st john"
    assert plain("Zoë O'Neill-Östberg") == "zoe oneillostberg"
