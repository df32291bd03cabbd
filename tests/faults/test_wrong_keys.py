"""Guessing, tampering with keys.json, and copying the folder: what a stranger gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smdesk.errors import Damaged, Invalid, NewerVersion, SmdeskError, Tampered, WrongPassword
from smdesk.security import vault
from smdesk.services import incidents, session, users, verify
from tests.faults.lived_in import ANSWERS, DSL, HEAD, MORNING, OFFICE, PASSWORDS, ROOT, TYPED, Lived, live_in


def command(lived: Lived, password: str, login: str = "head") -> subprocess.CompletedProcess[str]:
    """``smdesk verify`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "smdesk", "verify", "--data", str(lived.folder.root), "--user", login],
        cwd=ROOT,
        env={**os.environ, "SMDESK_PASSWORD": password},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_wrong_passwords_slow_down_also_when_the_program_is_started_anew_each_time(lived: Lived) -> None:
    for _ in range(4):
        tried = command(lived, "a wrong guess")
        assert (tried.returncode, tried.stdout) == (1, "")
    now = datetime.now(UTC)
    # Now even the right password has to wait, here and in a fresh process.
    assert "Wait" in command(lived, HEAD).stderr
    with pytest.raises(WrongPassword) as caught:
        session.sign_in(lived.folder, "head", HEAD, lambda: now)
    assert caught.value.wait > 0
    with pytest.raises(WrongPassword):  # a clock set back does not help
        session.sign_in(lived.folder, "head", HEAD, lambda: now - timedelta(days=2))
    # Nobody else waits, and she does not wait for ever.
    with lived.signed_in("dsl", now=now):
        pass
    with lived.signed_in("head", now=now + timedelta(minutes=6)):
        pass


def test_a_wrong_name_and_a_wrong_password_sound_the_same(lived: Lived) -> None:
    sentences = set()
    for login, password in (("head", "a wrong guess"), ("nobody", HEAD), ("office", HEAD)):
        with pytest.raises(WrongPassword) as caught:
            session.sign_in(lived.folder, login, password, lambda: MORNING)
        sentences.add(str(caught.value))
    assert len(sentences) == 1


Keys = dict[str, Any]


def entry(keys: Keys, login: str) -> Keys:
    return next(user for user in keys["users"].values() if user["login"] == login)


def absurd_memory(keys: Keys) -> None:
    entry(keys, "office")["argon2id"]["memory_kib"] = 2**31


def absurd_passes(keys: Keys) -> None:
    entry(keys, "office")["argon2id"]["passes"] = 10**9


def no_work_at_all(keys: Keys) -> None:
    entry(keys, "office")["argon2id"].update(passes=0, memory_kib=0, lanes=0)


def heads_signing_key_for_the_office(keys: Keys) -> None:
    entry(keys, "office")["signing"] = entry(keys, "head")["signing"]


def heads_whole_entry_but_the_offices_salt(keys: Keys) -> None:
    head, office = entry(keys, "head"), entry(keys, "office")
    head.update({name: office[name] for name in ("argon2id", "salt", "data", "signing", "public")})


def another_public_key(keys: Keys) -> None:
    entry(keys, "office")["public"] = "11" * 32


def names_exchanged(keys: Keys) -> None:
    head, office = entry(keys, "head"), entry(keys, "office")
    head["login"], office["login"] = "office", "head"


def another_vault(keys: Keys) -> None:
    keys["vault"] = "ab" * 16


def another_recovery_entry(keys: Keys) -> None:
    keys["recovery"] = "00" * (len(keys["recovery"]) // 2)


def another_seal(keys: Keys) -> None:
    keys["seal"] = "00" * 32


def a_user_taken_out(keys: Keys) -> None:
    keys["users"] = {key: user for key, user in keys["users"].items() if user["login"] != "dsl"}


def a_user_put_in(keys: Keys) -> None:
    keys["users"]["cd" * 16] = {**entry(keys, "office"), "login": "intruder"}


def something_more(keys: Keys) -> None:
    keys["comment"] = "I was here"


def newer_format(keys: Keys) -> None:
    keys["format"] = keys["format"] + 1


TAMPERINGS: list[Callable[[Keys], None]] = [
    absurd_memory,
    absurd_passes,
    no_work_at_all,
    heads_signing_key_for_the_office,
    heads_whole_entry_but_the_offices_salt,
    another_public_key,
    names_exchanged,
    another_vault,
    another_recovery_entry,
    another_seal,
    a_user_taken_out,
    a_user_put_in,
    something_more,
    newer_format,
]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_a_tampered_keys_file_lets_nobody_be_somebody_else(
    lived: Lived, tamper: Callable[[Keys], None]
) -> None:
    """Whoever signs in all the same is themselves, with the signing key that is theirs; and the check tells."""
    own = {}
    for login in ("head", "office"):
        with lived.signed_in(login) as ctx:
            own[login] = ctx.signing.public if ctx.signing else b""
    keys = json.loads(lived.folder.keys.read_text())
    tamper(keys)
    lived.folder.keys.write_text(json.dumps(keys))

    let_in, told = set(), []
    for login, password in (("office", OFFICE), ("head", OFFICE), ("intruder", OFFICE), ("head", HEAD)):
        try:
            ctx = session.sign_in(lived.folder, login, password, lambda: MORNING)
        except WrongPassword:
            continue
        except (Tampered, NewerVersion, Damaged) as error:
            told.append(str(error))
            continue
        try:
            let_in.add((ctx.user.login, password))
            assert ctx.signing is not None
            assert ctx.signing.public == own[ctx.user.login]
            told += verify.check(ctx)
        finally:
            session.sign_out(ctx)
    assert let_in <= {("office", OFFICE), ("head", HEAD)}
    # Where somebody still gets in, the check names the file; where nobody does, nobody does.
    assert told or not let_in
    assert all("keys.json" in sentence for sentence in told), told


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": NaN}', b"x" * 3_000_000]
)
def test_a_keys_file_that_is_none_is_refused_with_the_backup_named(lived: Lived, content: bytes) -> None:
    lived.folder.keys.write_bytes(content)
    with pytest.raises((Damaged, Tampered), match=r"keys\.json"):
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    state = session.folder_state(lived.folder)
    assert state.state == "damaged"
    assert state.backup is not None


def test_a_missing_keys_file_is_brought_back_from_the_backup(lived: Lived) -> None:
    from smdesk.services import backups

    lived.folder.keys.unlink()
    with pytest.raises(Damaged, match=r"keys\.json is missing"):
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    (choice,) = backups.choices(lived.folder)
    assert backups.restore(lived.folder, choice.path, MORNING).keys_restored
    with lived.signed_in() as office:
        assert not incidents.open_incident(office, lived.incident).masked


def test_the_keys_of_another_school_open_nothing_here(lived: Lived, tmp_path: Path) -> None:
    other = live_in(tmp_path / "other")
    lived.folder.keys.write_bytes(other.folder.keys.read_bytes())
    with pytest.raises(SmdeskError) as caught:
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    assert isinstance(caught.value, (Tampered, Damaged))


def test_the_recovery_code_opens_the_records_and_gives_nobodys_signing_key(lived: Lived) -> None:
    with lived.signed_in("head") as head:
        before = head.signing.public if head.signing else b""
    mistyped = lived.recovery_code[:-1] + ("2" if lived.recovery_code[-1] != "2" else "3")
    with pytest.raises(Invalid):
        session.recover(lived.folder, mistyped, "head", "a fresh password", lambda: MORNING, vault.TESTING)
    ctx = session.recover(
        lived.folder, lived.recovery_code, "head", "a fresh password", lambda: MORNING, vault.TESTING
    )
    try:
        assert ctx.signing is not None
        assert ctx.signing.public != before
        assert [key.origin for key in users.keys(ctx) if key.flag] == ["recovery"]
    finally:
        session.sign_out(ctx)


def readable(content: bytes, words: str) -> bool:
    """Whether the words stand in the bytes, in any usual writing."""
    folded = content.lower()
    return any(words.lower().encode(code) in folded for code in ("utf-8", "utf-16-le", "utf-16-be"))


def test_a_stranger_who_copies_the_folder_reads_nothing_that_was_typed(lived: Lived, tmp_path: Path) -> None:
    """Copied while a window is open, logs and backups with it; every byte of every file and every file name."""
    from smdesk.services import backups

    copy = tmp_path / "stick"
    with lived.signed_in() as office:
        incidents.save(office, incidents.open_incident(office, lived.incident).draft)
        backups.make(office, "for the stranger")
        lived.copied_to(copy)
    files = [path for path in copy.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"smdesk.db", "smdesk.db-wal", "keys.json", "manifest.json"} <= names
    assert len(files) >= 9
    secrets = (*TYPED, *PASSWORDS.values(), lived.recovery_code, *(user.name for user in ANSWERS.users))
    for path in files:
        content = path.read_bytes()
        for words in secrets:
            assert not readable(content, words), f"“{words}” can be read in {path.name}"
            assert not readable(path.name.encode(), words)
        for beginning in (b"SQLite format 3", b"%PDF", b"-----BEGIN"):
            assert beginning not in content
        # Login names stand in keys.json, so that signing in needs no open database; nowhere else.
        if path.name == "keys.json":
            assert b'"login": "office"' in content


def test_the_words_looked_for_are_really_in_the_records(lived: Lived) -> None:
    """So that the test above cannot pass for want of anything to find."""
    with lived.signed_in("head") as head, head.database.raw_reading() as cursor:
        held = "\n".join(
            str(row)
            for (table,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for row in cursor.execute(f'SELECT * FROM "{table}"').fetchall()
        )
    in_papers_alone = {"wrote this at midnight"}
    missing = [
        words for words in TYPED if words not in in_papers_alone and not readable(held.encode(), words)
    ]
    assert missing == []


def test_the_dsls_password_opens_no_signing_key_but_the_dsls(lived: Lived) -> None:
    with lived.signed_in("head") as head, lived.signed_in("dsl") as dsl:
        assert head.signing is not None
        assert dsl.signing is not None
        assert head.signing.public != dsl.signing.public
    with pytest.raises(WrongPassword):
        session.sign_in(lived.folder, "head", DSL, lambda: MORNING)
