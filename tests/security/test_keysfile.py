"""A tampered or damaged keys.json: refused in words, before any memory is taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import argon2.low_level
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smdesk.errors import Damaged, NewerVersion, SmdeskError, Tampered, WrongPassword
from smdesk.security import keysfile, vault
from tests.security.vault_school import HEAD_PASSWORD, OFFICE_PASSWORD, School, make_school

Edit = Callable[[dict[str, Any], School], None]


@pytest.fixture
def no_argon2(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the school is made, fail when a password is stretched: then memory would have been taken already."""

    def called(*_args: object, **_given: object) -> bytes:
        raise AssertionError("Argon2 was started on parameters from a tampered file")

    monkeypatch.setattr(argon2.low_level, "hash_secret_raw", called)


def rewrite(school: School, edit: Edit) -> None:
    content = json.loads(school.folder.keys.read_text())
    edit(content, school)
    school.folder.keys.write_text(json.dumps(content))


def head_parameters(**changed: Any) -> Edit:
    def edit(content: dict[str, Any], school: School) -> None:
        content["users"][school.head]["argon2id"].update(changed)

    return edit


@pytest.mark.usefixtures("no_argon2")
@pytest.mark.parametrize(
    "changed",
    [
        {"memory_kib": 2**31},
        {"memory_kib": 1024 * 1024 + 1},
        {"memory_kib": 0},
        {"memory_kib": -64},
        {"memory_kib": 10**400},
        {"memory_kib": 64.0},
        {"memory_kib": "64"},
        {"memory_kib": True},
        {"memory_kib": None},
        {"memory_kib": [64]},
        {"passes": 0},
        {"passes": 101},
        {"passes": 10**9},
        {"passes": 100, "memory_kib": 1024 * 1024},
        {"lanes": 0},
        {"lanes": 17},
        {"lanes": 16, "memory_kib": 64},
        {"more": 1},
    ],
)
def test_absurd_parameters_are_refused_before_any_memory_is_taken(
    school: School, changed: dict[str, Any]
) -> None:
    rewrite(school, head_parameters(**changed))
    for login in ("head", "office", "nobody"):
        with pytest.raises(Tampered, match=r"keys\.json"):
            vault.unlock(school.folder, login, HEAD_PASSWORD)
    with pytest.raises(Tampered, match=r"keys\.json"):
        vault.unlock_with_recovery_code(school.folder, school.code)


def swap_entries(content: dict[str, Any], school: School) -> None:
    users = content["users"]
    users[school.head], users[school.office] = users[school.office], users[school.head]


def set_field(field: str, value: Any) -> Edit:
    def edit(content: dict[str, Any], school: School) -> None:
        content["users"][school.head][field] = value

    return edit


def set_top(field: str, value: Any) -> Edit:
    def edit(content: dict[str, Any], _school: School) -> None:
        content[field] = value

    return edit


@pytest.mark.usefixtures("no_argon2")
@pytest.mark.parametrize(
    "edit",
    [
        set_top("users", []),
        set_top("users", {"not hex": {}}),
        set_top("users", None),
        set_top("vault", 5),
        set_top("vault", "AB" * 16),
        set_top("recovery", "00"),
        set_top("seal", "zz" * 32),
        set_top("seal", None),
        set_top("format", 0),
        set_top("format", "1"),
        set_top("format", True),
        set_top("format", 10**30),
        set_top("extra", 1),
        lambda content, _school: content.pop("seal"),
        lambda content, school: content["users"][school.head].pop("salt"),
        set_field("data", "00"),
        set_field("data", 7),
        set_field("salt", "٠" * 32),
        set_field("login", ""),
        set_field("login", "x" * 200),
        set_field("login", "office"),
        set_field("login", ["head"]),
        set_field("argon2id", [1, 2, 3]),
    ],
)
def test_wrong_types_and_lengths_are_refused(school: School, edit: Edit) -> None:
    rewrite(school, edit)
    with pytest.raises(Tampered, match=r"keys\.json has been changed .* newest backup"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


@pytest.mark.usefixtures("no_argon2")
@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": NaN}', b'{"format": ' + b"9" * 5000 + b"}"],
)
def test_what_is_not_json_is_damaged(school: School, data: bytes) -> None:
    school.folder.keys.write_bytes(data)
    with pytest.raises(Damaged, match=r"keys\.json is damaged") as caught:
        vault.unlock(school.folder, "head", HEAD_PASSWORD)
    assert caught.value.file == "keys.json"


@pytest.mark.usefixtures("no_argon2")
@pytest.mark.parametrize("data", [b"[]", b"5", b"null", b'"keys"', b'{"format": 1, "format": 1}'])
def test_other_json_is_tampered(school: School, data: bytes) -> None:
    school.folder.keys.write_bytes(data)
    with pytest.raises(Tampered, match=r"keys\.json"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


@pytest.mark.usefixtures("no_argon2")
def test_a_huge_file_is_refused_without_reading_it_all(school: School) -> None:
    with school.folder.keys.open("ab") as file:
        file.truncate(3 * 1024**3)
    with pytest.raises(Tampered, match="larger than 1024 KB"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


@pytest.mark.usefixtures("no_argon2")
def test_more_users_than_any_school_has(school: School) -> None:
    def crowd(content: dict[str, Any], school: School) -> None:
        entry = content["users"][school.head]
        content["users"] = {f"{number:032x}": {**entry, "login": f"u{number}"} for number in range(501)}

    rewrite(school, crowd)
    with pytest.raises(Tampered, match="list of users"):
        vault.list_users(school.folder)


def test_a_missing_file_is_damage_and_a_newer_one_is_said_to_be_newer(school: School) -> None:
    rewrite(school, set_top("format", 2))
    with pytest.raises(NewerVersion, match="newer SM Desk"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)
    school.folder.keys.unlink()
    with pytest.raises(Damaged, match=r"keys\.json is missing"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


@pytest.mark.parametrize("size", [1, 100, 500, 1000])
def test_a_file_cut_short_at_any_point_is_damaged(school: School, size: int) -> None:
    school.folder.keys.write_bytes(school.folder.keys.read_bytes()[:size])
    with pytest.raises(Damaged, match=r"keys\.json"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


def test_one_users_wraps_do_not_open_under_another_name(school: School) -> None:
    rewrite(school, swap_entries)
    for login, password in (("head", HEAD_PASSWORD), ("office", OFFICE_PASSWORD)):
        with pytest.raises(WrongPassword):
            vault.unlock(school.folder, login, password)
    with pytest.raises(Tampered, match=r"keys\.json"):
        vault.unlock_with_recovery_code(school.folder, school.code)


def test_the_office_managers_password_under_the_headteachers_name(school: School) -> None:
    # The attack worth most: the office's own wraps put where the headteacher's were, to sign as the headteacher.
    def graft(content: dict[str, Any], school: School) -> None:
        office = content["users"][school.office]
        for name in ("argon2id", "salt", "data", "signing", "public"):
            content["users"][school.head][name] = office[name]

    rewrite(school, graft)
    with pytest.raises(WrongPassword):
        vault.unlock(school.folder, "head", OFFICE_PASSWORD)


@pytest.mark.parametrize("name", ["data", "signing"])
def test_one_exchanged_wrap_is_named_as_tampering(school: School, name: str) -> None:
    def exchange(content: dict[str, Any], school: School) -> None:
        content["users"][school.head][name] = content["users"][school.office][name]

    rewrite(school, exchange)
    with pytest.raises(Tampered, match=r"keys\.json"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


def test_the_two_wraps_of_one_user_do_not_change_places(school: School) -> None:
    def exchange(content: dict[str, Any], school: School) -> None:
        entry = content["users"][school.head]
        entry["data"], entry["signing"] = entry["signing"], entry["data"]

    rewrite(school, exchange)
    with pytest.raises(WrongPassword):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


def test_wraps_do_not_move_to_another_vault(school: School) -> None:
    other = make_school(school.folder.root.parent / "other")
    entry = json.loads(school.folder.keys.read_text())["users"][school.head]

    def graft(content: dict[str, Any], school: School) -> None:
        content["users"][school.head] = entry
        content["users"].pop(other.head)

    content = json.loads(other.folder.keys.read_text())
    graft(content, school)
    other.folder.keys.write_text(json.dumps(content))
    with pytest.raises(WrongPassword):
        vault.unlock(other.folder, "head", HEAD_PASSWORD)

    def other_id(content: dict[str, Any], _school: School) -> None:
        content["vault"] = other.vault_id

    rewrite(school, other_id)
    with pytest.raises(WrongPassword):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


@pytest.mark.parametrize(
    "edit",
    [
        lambda content, school: content["users"].pop(school.office),
        lambda content, school: content["users"][school.office].update(public="00" * 32),
        lambda content, school: content["users"][school.office].update(login="somebody"),
        lambda content, school: content["users"][school.office]["argon2id"].update(memory_kib=8),
        lambda content, _school: content.update(recovery="00" * 60),
        lambda content, _school: content.update(seal="00" * 32),
    ],
)
def test_whoever_signs_in_next_notices_any_other_change(school: School, edit: Edit) -> None:
    rewrite(school, edit)
    with pytest.raises(Tampered, match=r"keys\.json"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)
    with pytest.raises(Tampered, match=r"keys\.json"):
        vault.verify(school.folder, school.data_key)


def test_an_exchanged_public_key_of_ones_own_is_noticed(school: School) -> None:
    rewrite(school, set_field("public", school.office_public.hex()))
    with pytest.raises(Tampered, match="public signing key"):
        vault.unlock(school.folder, "head", HEAD_PASSWORD)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_changed_byte_never_passes_and_never_crashes(school: School, data: st.DataObject) -> None:
    good = school.folder.keys.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = good[:place] + bytes([byte]) + good[place + 1 :]
    school.folder.keys.write_bytes(changed)
    try:
        vault.unlock(school.folder, "head", HEAD_PASSWORD)
        # Only spaces between the values may differ: the content is the same.
        assert json.loads(changed) == json.loads(good)
    except SmdeskError as error:
        assert str(error)  # noqa: PT017 - either outcome is right; this says which words the refusal needs
    finally:
        school.folder.keys.write_bytes(good)


def test_what_is_written_is_what_is_read(school: School) -> None:
    file = keysfile.read(school.folder.keys)
    keysfile.write(school.folder.keys, file)
    assert keysfile.read(school.folder.keys) == file
