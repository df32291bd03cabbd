"""The vault: one random key opens a school's records, and ``keys.json`` holds it once for each user.

How the pieces fit
------------------
- The *data key* is 256 random bits. It opens the database and is never written down in the clear.
- A user's password goes through Argon2id once (salt and parameters stored per user). HKDF makes two keys from the
  outcome, one for each purpose; with them AES-256-GCM wraps the data key and the user's Ed25519 signing key.
  Each wrap is bound to vault, user and purpose: moved anywhere else it does not open.
- The recovery code wraps the data key only. Its 160 random bits need no slow function: HKDF is enough.
  It cannot open a signing key, and a password reset makes a *new* one: nobody can sign as the headteacher.
- A seal (HMAC under a key made from the data key) covers the whole file, so that an exchanged public key, a
  removed user or a weakened entry is noticed by the next person who signs in.

What this does not do: whoever holds an *old copy* of keys.json can still open it with the password of that day;
and Python gives no way to wipe keys from memory, so the program does not pretend to. Locking ends the process.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from smdesk.errors import Invalid, NotFound, Refused, StorageProblem, Tampered, WrongPassword
from smdesk.paths import SchoolFolder
from smdesk.security import keysfile, passwords, recovery
from smdesk.security.files import locked
from smdesk.security.keysfile import Argon2Parameters, KeysFile, UserEntry
from smdesk.security.signatures import SigningKey

PRODUCTION = Argon2Parameters(time_cost=4, memory_kib=160 * 1024, parallelism=2)
"""About 0.25 s a try on the two-core machine this was measured on; a test holds it to 0.15 s or more."""

TESTING = Argon2Parameters(time_cost=1, memory_kib=64, parallelism=1)
"""For tests only: no protection at all."""

KEY_BYTES = 32
_NONCE_BYTES = 12

_WRONG = "The user name or the password is not right."


@dataclass(frozen=True, slots=True)
class NewVault:
    """A vault just made. ``recovery_code`` is shown and printed once; it is stored nowhere."""

    vault_id: str
    data_key: bytes = field(repr=False)
    recovery_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What a right password opens. ``user_key`` names the entry in keys.json (32 hexadecimal digits)."""

    user_key: str
    login: str
    vault_id: str
    data_key: bytes = field(repr=False)
    signing: SigningKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class VaultUser:
    """Who has an entry in keys.json, as far as it says without a password."""

    user_key: str
    login: str
    public_key: bytes


def new_user_key() -> str:
    """A name for a new entry: 32 random hexadecimal digits, never reused."""
    return secrets.token_hex(16)


def create_vault(folder: SchoolFolder) -> NewVault:
    """Write a keys.json with a new data key and recovery code, and no users yet.

    Raises Refused when there is one already (it would lock the school out), StorageProblem for the disk.
    """
    vault_id = secrets.token_hex(16)
    data_key = secrets.token_bytes(KEY_BYTES)
    secret = recovery.new_secret()
    with locked(folder.keys):
        if folder.keys.exists():
            raise Refused(f"{folder.keys} exists already: a school has been set up in this folder.")
        file = KeysFile(vault_id, {}, _wrap_recovery(vault_id, secret, data_key))
        keysfile.write(folder.keys, _sealed(file, data_key))
    return NewVault(vault_id, data_key, recovery.format_code(secret))


def add_user(
    folder: SchoolFolder,
    data_key: bytes,
    user_key: str,
    login: str,
    password: str,
    params: Argon2Parameters = PRODUCTION,
) -> bytes:
    """Give a new user an entry and a new signing key; returns its public half (32 bytes).

    Raises Invalid for a taken or empty login or a password against the rules, Tampered, Damaged, StorageProblem.
    """
    login = passwords.fold_login(login)
    passwords.check(password, login)
    file = _read_sealed(folder, data_key)
    if not keysfile.is_hex(user_key, 16) or user_key in file.users:
        raise ValueError("user_key must be new and come from new_user_key()")
    signing = SigningKey.generate()
    entry = _wrap_user(file.vault_id, user_key, login, password, params, data_key, signing)
    with locked(folder.keys):
        file = _read_sealed(folder, data_key)
        _refuse_taken(file, login, user_key)
        keysfile.write(folder.keys, _sealed(file.with_user(user_key, entry), data_key))
    return signing.public


def unlock(folder: SchoolFolder, login: str, password: str) -> Unlocked:
    """Open the vault with a user's password. Takes one Argon2id run, whether or not the user exists.

    ``login`` may also be a user key. Raises WrongPassword; Tampered or Damaged naming keys.json; NewerVersion.
    The caller asks ``throttle.check`` first.
    """
    file = keysfile.read(folder.keys)
    user_key = file.find(passwords.fold_login(login)) or (login if login in file.users else None)
    if user_key is None:
        # An unknown name must not answer faster than a wrong password.
        like = next(iter(file.users.values()), None)
        _stretch(password, secrets.token_bytes(16), like.params if like else PRODUCTION)
        raise WrongPassword(_WRONG)
    entry = file.users[user_key]
    data_key, signing = _open_user(file.vault_id, user_key, entry, password)
    _check_seal(file, data_key)
    return Unlocked(user_key, entry.login, file.vault_id, data_key, signing)


def unlock_with_recovery_code(folder: SchoolFolder, code: str) -> bytes:
    """The data key, opened with the printed code; never a signing key.

    Raises Invalid for a mistyped code (naming the group), WrongPassword for one that belongs to another school or
    was replaced, Tampered or Damaged naming keys.json.
    """
    secret = recovery.parse(code)
    file = keysfile.read(folder.keys)
    try:
        data_key = _open(
            _recovery_key(file.vault_id, secret), file.recovery, _bound(file.vault_id, "", "recovery")
        )
    except InvalidTag:
        raise WrongPassword(
            "This recovery code does not open this school's records. Check that it is the newest sheet, and this"
            " school's."
        ) from None
    _check_seal(file, data_key)
    return data_key


def replace_recovery_code(folder: SchoolFolder, data_key: bytes) -> str:
    """Make a new recovery code; the old sheet opens nothing from now on. Raises as ``add_user`` does."""
    secret = recovery.new_secret()
    with locked(folder.keys):
        file = _read_sealed(folder, data_key)
        changed = replace(file, recovery=_wrap_recovery(file.vault_id, secret, data_key))
        keysfile.write(folder.keys, _sealed(changed, data_key))
    return recovery.format_code(secret)


def change_password(
    folder: SchoolFolder, unlocked: Unlocked, old: str, new: str, params: Argon2Parameters = PRODUCTION
) -> None:
    """Give the signed-in user a new password. The signing key stays; the Argon2id parameters become ``params``.

    Raises WrongPassword when ``old`` is not right, Invalid when ``new`` is against the rules or the same.
    """
    file = keysfile.read(folder.keys)
    entry = _entry(file, unlocked.user_key)
    try:
        data_key, signing = _open_user(file.vault_id, unlocked.user_key, entry, old)
    except WrongPassword:
        raise WrongPassword("The present password is not right. Type it again.") from None
    _check_seal(file, data_key)
    passwords.check(new, entry.login)
    if passwords.normal(new) == passwords.normal(old):
        raise Invalid.one("password", "The new password is the same as the present one. Choose another.")
    wrapped = _wrap_user(file.vault_id, unlocked.user_key, entry.login, new, params, data_key, signing)
    with locked(folder.keys):
        file = _read_sealed(folder, data_key)
        if _entry(file, unlocked.user_key) != entry:
            raise WrongPassword("This password was changed in another window just now. Sign in again.")
        keysfile.write(folder.keys, _sealed(file.with_user(unlocked.user_key, wrapped), data_key))


def reset_password(
    folder: SchoolFolder, data_key: bytes, user_key: str, new: str, params: Argon2Parameters = PRODUCTION
) -> bytes:
    """Set somebody's password without the old one. Makes a NEW signing key and returns its public half.

    The old signing key is gone for good: whoever resets a password could otherwise sign as that user. The caller
    records the new public key as unconfirmed. Raises NotFound, Invalid, Tampered, Damaged, StorageProblem.
    """
    file = _read_sealed(folder, data_key)
    entry = _entry(file, user_key)
    passwords.check(new, entry.login)
    signing = SigningKey.generate()
    wrapped = _wrap_user(file.vault_id, user_key, entry.login, new, params, data_key, signing)
    with locked(folder.keys):
        file = _read_sealed(folder, data_key)
        login = _entry(file, user_key).login
        keysfile.write(
            folder.keys, _sealed(file.with_user(user_key, replace(wrapped, login=login)), data_key)
        )
    return signing.public


def rename_user(folder: SchoolFolder, data_key: bytes, user_key: str, login: str) -> None:
    """Change the name somebody signs in with. Raises NotFound, Invalid when it is taken or empty."""
    login = passwords.fold_login(login)
    with locked(folder.keys):
        file = _read_sealed(folder, data_key)
        entry = _entry(file, user_key)
        _refuse_taken(file, login, user_key)
        changed = file.with_user(user_key, replace(entry, login=login))
        keysfile.write(folder.keys, _sealed(changed, data_key))


def remove_user(folder: SchoolFolder, data_key: bytes, user_key: str) -> None:
    """Take somebody's entry away: their password opens nothing any more, and their signing key is gone.

    Somebody who copied the folder while they had a password keeps what they copied. Raises NotFound.
    """
    with locked(folder.keys):
        file = _read_sealed(folder, data_key)
        _entry(file, user_key)
        keysfile.write(folder.keys, _sealed(file.without_user(user_key), data_key))


def list_users(folder: SchoolFolder) -> list[VaultUser]:
    """Everybody with an entry, by login. Not verified by the seal: nothing may be decided on it alone."""
    file = keysfile.read(folder.keys)
    users = [VaultUser(key, entry.login, entry.public_key) for key, entry in file.users.items()]
    return sorted(users, key=lambda user: user.login)


def vault_id(folder: SchoolFolder) -> str:
    """Which vault this is, to compare with the database. Raises Damaged, Tampered."""
    return keysfile.read(folder.keys).vault_id


def verify(folder: SchoolFolder, data_key: bytes) -> None:
    """Check the file's form and its seal. Raises Damaged or Tampered naming keys.json."""
    _read_sealed(folder, data_key)


def _bound(vault: str, user_key: str, purpose: str) -> bytes:
    return f"SM Desk keys 1|{vault}|{user_key}|{purpose}".encode()


def _derive(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def _stretch(password: str, salt: bytes, params: Argon2Parameters) -> bytes:
    """One Argon2id run. ``params`` were checked when they were read, before any memory is taken here."""
    import argon2.exceptions
    from argon2.low_level import Type, hash_secret_raw

    params.check()
    try:
        return hash_secret_raw(
            passwords.normal(password).encode("utf-8", "surrogatepass"),
            salt,
            time_cost=params.time_cost,
            memory_cost=params.memory_kib,
            parallelism=params.parallelism,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except (argon2.exceptions.HashingError, MemoryError) as error:
        need = params.memory_kib // 1024
        raise StorageProblem(
            f"This computer has too little free memory to check a password ({need} MB are needed). Close other"
            " programs and try again."
        ) from error


def _wrap(key: bytes, secret: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound)


def _open(key: bytes, box: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], bound)


def _wrap_user(
    vault: str,
    user_key: str,
    login: str,
    password: str,
    params: Argon2Parameters,
    data_key: bytes,
    signing: SigningKey,
) -> UserEntry:
    salt = secrets.token_bytes(keysfile.SALT_BYTES)
    root = _stretch(password, salt, params)
    boxes = {
        purpose: _wrap(_derive(root, bound), secret, bound)
        for purpose, secret in (("data", data_key), ("signing", signing.seed()))
        for bound in (_bound(vault, user_key, purpose),)
    }
    return UserEntry(login, params, salt, boxes["data"], boxes["signing"], signing.public)


def _open_user(vault: str, user_key: str, entry: UserEntry, password: str) -> tuple[bytes, SigningKey]:
    root = _stretch(password, entry.salt, entry.params)
    opened: list[bytes | None] = []
    for purpose, box in (("data", entry.data), ("signing", entry.signing)):
        bound = _bound(vault, user_key, purpose)
        try:
            opened.append(_open(_derive(root, bound), box, bound))
        except InvalidTag:
            opened.append(None)
    data_key, seed = opened
    if data_key is None and seed is None:
        # A wrong password and two exchanged wraps look alike from here; that is what encryption means.
        raise WrongPassword(_WRONG)
    if data_key is None or seed is None:
        raise _tampered("one of your two keys in it is not the one that was written with the other")
    signing = SigningKey.from_seed(seed)
    if signing.public != entry.public_key:
        raise _tampered("the public signing key in it does not belong to your signing key")
    return data_key, signing


def _recovery_key(vault: str, secret: bytes) -> bytes:
    return _derive(secret, _bound(vault, "", "recovery"))


def _wrap_recovery(vault: str, secret: bytes, data_key: bytes) -> bytes:
    return _wrap(_recovery_key(vault, secret), data_key, _bound(vault, "", "recovery"))


def _seal(file: KeysFile, data_key: bytes) -> bytes:
    key = _derive(data_key, _bound(file.vault_id, "", "seal"))
    return hmac.digest(key, keysfile.sealed_part(file), "sha256")


def _sealed(file: KeysFile, data_key: bytes) -> KeysFile:
    return replace(file, seal=_seal(file, data_key))


def _check_seal(file: KeysFile, data_key: bytes) -> None:
    if not hmac.compare_digest(file.seal, _seal(file, data_key)):
        raise _tampered("its seal does not match what it holds")


def _read_sealed(folder: SchoolFolder, data_key: bytes) -> KeysFile:
    file = keysfile.read(folder.keys)
    _check_seal(file, data_key)
    return file


def _entry(file: KeysFile, user_key: str) -> UserEntry:
    try:
        return file.users[user_key]
    except KeyError:
        raise NotFound("This user has no entry in keys.json any more. Add them again.") from None


def _refuse_taken(file: KeysFile, login: str, user_key: str) -> None:
    if file.find(login) not in (None, user_key):
        raise Invalid.one("login", f"Somebody signs in as {login} already. Choose another user name.")


def _tampered(what: str) -> Tampered:
    return keysfile.tampered(Path("keys.json"), what)
