"""What may be a password: length protects, and the obvious is refused in words."""

from __future__ import annotations

import pytest

from smdesk.errors import Invalid
from smdesk.security import passwords


@pytest.mark.parametrize(
    "password",
    [
        "three green kettles",
        "correct horse battery",
        "TanteÉlise1937!",
        "пароль для школы",
        "tin-opener 14 blue",
    ],
)
def test_good_passwords(password: str) -> None:
    passwords.check(password, "head")


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 10"),
        ("", "at least 10"),
        ("x" * 257, "at most 256"),
        ("Password123", "first anybody would try"),
        ("headteacher2026", "first anybody would try"),
        ("School-Office 1", "first anybody would try"),
        ("1234567890", "first anybody would try"),
        ("9876543210", "first anybody would try"),
        ("qwertyuiop", "first anybody would try"),
        ("!?!.,;:-_+ab*"[:10] + "()", "first anybody would try"),
        ("aaaaaaaaaaaaaaab", "repeats"),
        ("J.Bramwell", "user name"),
        ("jbramwell2026", "user name"),
    ],
)
def test_refused_passwords(password: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        passwords.check(password, "j.bramwell")
    assert caught.value.problems[0].field == "password"
    assert password not in str(caught.value) or not password


def test_the_same_password_from_two_keyboards() -> None:
    assert passwords.normal("cafe\u0301 au lait") == passwords.normal("caf\u00e9 au lait")
    assert passwords.normal("Case Kept ") == "Case Kept "


def test_user_names_are_compared_without_case_or_outer_spaces() -> None:
    assert passwords.fold_login("  J.Bramwell ") == passwords.fold_login("j.BRAMWELL")
    for name in ("", "   ", "x" * 101, "a\nb"):
        with pytest.raises(Invalid, match="user name"):
            passwords.fold_login(name)
