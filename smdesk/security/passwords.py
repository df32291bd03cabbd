"""What may be a password, and how passwords and user names are compared.

Length is what protects; rules about capitals and symbols only make people write passwords down. Refused are the
passwords anybody in a school would try first.
"""

from __future__ import annotations

import unicodedata

from smdesk.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 256
MAX_LOGIN = 100

_FIRST_TRIED = """
    password passw0rd letmein welcome changeme qwertyuiop qwerty asdfghjkl administrator admin
    school myschool ourschool primaryschool schooloffice office headteacher head deputyhead teacher
    businessmanager bursar governor governors safeguarding dsl smdesk socialmedia classroom playground
    staffroom pupil pupils parents summerterm autumnterm springterm monday friday christmas easter
    iloveyou sunshine football liverpool arsenal chelsea dragon monkey princess
    """
_OBVIOUS = frozenset(_FIRST_TRIED.split())
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def normal(password: str) -> str:
    """The form in which a password is used: the same on every keyboard (NFC), otherwise exactly as typed."""
    return unicodedata.normalize("NFC", password)


def fold_login(login: str) -> str:
    """The form in which a user name is compared: no outer spaces, no case, one Unicode form.

    Raises Invalid when nothing is left, or it is longer than 100 characters.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).strip().casefold())
    if not folded or len(folded) > MAX_LOGIN or not folded.isprintable():
        raise Invalid.one("login", f"Give a user name of 1 to {MAX_LOGIN} characters, for example a surname.")
    return folded


def check(password: str, login: str) -> None:
    """Raise Invalid (field ``password``) unless ``password`` may be used by ``login``."""
    text = normal(password)
    if len(text) < MIN_LENGTH:
        raise _refused(
            f"A password needs at least {MIN_LENGTH} characters. Three or four words make a good one."
        )
    if len(text) > MAX_LENGTH:
        raise _refused(f"A password may have at most {MAX_LENGTH} characters.")
    folded = "".join(letter for letter in text.casefold() if letter.isalnum())
    name = "".join(letter for letter in login.casefold() if letter.isalnum())
    if name and (folded == name or folded.strip("0123456789") == name):
        raise _refused("The password must not be the user name. Three or four words make a good one.")
    if len(set(text)) < 5:
        raise _refused("This password repeats too few characters. Three or four words make a good one.")
    core = folded.strip("0123456789")
    runs = any(folded in run or folded in run[::-1] for run in _RUNS)
    if runs or core in _OBVIOUS or not folded:
        raise _refused(
            "This password is one of the first anybody would try. Three or four words make a good one."
        )


def _refused(sentence: str) -> Invalid:
    return Invalid.one("password", sentence)
