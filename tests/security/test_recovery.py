"""The recovery code: every slip of one character is noticed, and the right group is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.errors import Invalid
from smdesk.security import recovery
from smdesk.security.recovery import ALPHABET, GROUP_LENGTH, GROUPS, SECRET_BYTES, format_code, parse

secrets_ = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
places = st.integers(0, GROUPS * GROUP_LENGTH - 1)


def grouped(letters: str) -> str:
    return "-".join(letters[at : at + GROUP_LENGTH] for at in range(0, len(letters), GROUP_LENGTH))


@given(secrets_)
def test_what_is_printed_is_what_is_read(secret: bytes) -> None:
    code = format_code(secret)
    assert parse(code) == secret
    assert not set(code) & set("ILOU")
    assert [len(group) for group in code.split("-")] == [GROUP_LENGTH] * GROUPS


@given(secrets_, st.sampled_from(["-", " ", "", "  ", "\n", " – ", ". "]), st.booleans())
def test_case_and_separators_do_not_matter(secret: bytes, separator: str, lower: bool) -> None:
    text = f" {format_code(secret).replace('-', separator)} "
    assert parse(text.lower() if lower else text) == secret


@given(secrets_)
def test_what_looks_alike_is_read_alike(secret: bytes) -> None:
    code = format_code(secret)
    assert parse(code.replace("0", "O").replace("1", "l")) == secret
    assert parse(code.replace("0", "o").replace("1", "I")) == secret


@given(secrets_, places, st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed_and_its_group_named(secret: bytes, place: int, wrong: str) -> None:
    letters = list(format_code(secret).replace("-", ""))
    if letters[place] == wrong:
        return
    letters[place] = wrong
    with pytest.raises(Invalid, match=f"Group {place // GROUP_LENGTH + 1} of the recovery code is mistyped"):
        parse(grouped("".join(letters)))


@given(secrets_, st.integers(0, GROUPS - 1), st.permutations(range(GROUP_LENGTH)))
def test_two_swapped_characters_in_a_group_are_noticed(secret: bytes, group: int, order: list[int]) -> None:
    one, two = group * GROUP_LENGTH + order[0], group * GROUP_LENGTH + order[1]
    letters = list(format_code(secret).replace("-", ""))
    if letters[one] == letters[two]:
        return
    letters[one], letters[two] = letters[two], letters[one]
    with pytest.raises(Invalid, match=f"Group {group + 1} "):
        parse(grouped("".join(letters)))


@given(secrets_, st.permutations(range(GROUPS)))
def test_two_swapped_groups_are_noticed(secret: bytes, order: list[int]) -> None:
    groups = format_code(secret).split("-")
    one, two = order[0], order[1]
    groups[one], groups[two] = groups[two], groups[one]
    with pytest.raises(Invalid, match=f"Group {min(one, two) + 1} "):
        parse("-".join(groups))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    fields = None
    try:
        secret = parse(text)
    except Invalid as error:
        fields = [problem.field for problem in error.problems]
    assert fields == ["recovery_code"] or len(secret) == SECRET_BYTES


def test_missing_and_strange_characters_are_named() -> None:
    groups = format_code(bytes(range(SECRET_BYTES))).split("-")
    with pytest.raises(Invalid, match="35 were typed"):
        parse("-".join(groups[:-1]))
    with pytest.raises(Invalid, match=r"Group 2 .* should have 5 characters and has 4"):
        parse("-".join([groups[0], groups[1][:4], *groups[2:]]))
    with pytest.raises(Invalid, match=r"Group 3 .*\(U\)"):
        parse("-".join([*groups[:2], "U" + groups[2][1:], *groups[3:]]))


def test_secrets_are_160_random_bits() -> None:
    made = {recovery.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {20}
    with pytest.raises(ValueError, match="20 bytes"):
        format_code(b"short")
