"""First run: a school's folder is made whole or not at all.

Everything is built in a folder of its own and moved to its place when it is complete, so that a power cut leaves
either no school or a whole one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from smdesk.db import audit, search
from smdesk.db.engine import open_database
from smdesk.db.folder import check_suitable
from smdesk.db.models import Person, SigningKey, User
from smdesk.errors import Invalid, Problem, Refused
from smdesk.paths import SchoolFolder
from smdesk.policy import profile as policy
from smdesk.policy.vocabulary import Nation, PersonKind
from smdesk.policy.words import TITLES
from smdesk.security import passwords, vault
from smdesk.security.files import storage_problem
from smdesk.security.keysfile import Argon2Parameters
from smdesk.security.permissions import ROLE_LABELS, Role
from smdesk.services import profiles
from smdesk.services import school as school_service
from smdesk.services.context import LOCAL, open_to_all, utc_now
from smdesk.services.school import Contact, SchoolRecord
from smdesk.services.session import NOT_SIGNED_IN


@dataclass(frozen=True, slots=True)
class NewUser:
    """Somebody who will sign in. ``name`` is as it stands under letters, for example "Mrs J. Example"."""

    login: str
    name: str
    job_title: str
    roles: tuple[Role, ...]
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetupAnswers:
    """What the first-run assistant asks. ``address`` is lines separated by newlines. Among the users must be a
    headteacher, a designated safeguarding lead and a business manager; one person may be several of them.
    """

    name: str
    address: str
    users: tuple[NewUser, ...]
    nation: Nation = Nation.ENGLAND
    phone: str = ""
    email: str = ""
    website: str = ""
    logo: bytes | None = field(default=None, repr=False)
    complaints_procedure: str = ""
    official_channels: str = ""
    contacts: tuple[Contact, ...] = ()
    profile_name: str = policy.DEFAULT_PROFILE


@dataclass(frozen=True, slots=True)
class SetupResult:
    """``recovery_code`` is shown and printed once; it is stored nowhere."""

    recovery_code: str = field(repr=False)


@open_to_all(NOT_SIGNED_IN)
def check_answers(answers: SetupAnswers) -> list[Problem]:
    """Everything wrong with the answers, in the assistant's order, none when a school can be made.

    A user's problems are named "users.0.login", "users.0.password" and so on.
    """
    problems = school_service.problems(_school(answers))
    if answers.profile_name not in policy.SHIPPED_NAMES:
        problems.append(
            Problem("profile_name", f"Choose a policy profile: {', '.join(policy.SHIPPED_NAMES)}.")
        )
    seen: set[str] = set()
    for place, user in enumerate(answers.users):
        problems.extend(_user_problems(place, user, seen))
    held = {role for user in answers.users for role in user.roles}
    for role in (Role.HEADTEACHER, Role.DSL, Role.BUSINESS_MANAGER):
        if role not in held:
            label = ROLE_LABELS[role].lower()
            problems.append(
                Problem("users", f"Say who the {label} is. One person may hold more than one of these roles.")
            )
    return problems


@open_to_all(NOT_SIGNED_IN)
def create_school(
    folder: SchoolFolder,
    answers: SetupAnswers,
    now: Callable[[], datetime] = utc_now,
    progress: Callable[[int, int], None] | None = None,
    params: Argon2Parameters = vault.PRODUCTION,
) -> SetupResult:
    """Make a school's folder: keys, encrypted database, users with signing keys, and version 1 of its policy.

    Raises Invalid with every problem, UnsuitableFolder, Refused where there are records or other files already,
    StorageProblem where the disk would not. Whatever is raised (Cancelled by ``progress`` too), nothing is left.
    """
    check_suitable(folder.root)
    problems = check_answers(answers)
    if problems:
        raise Invalid(problems)
    _refuse_occupied(folder)
    existed = folder.root.exists()
    mark = secrets.token_hex(4)
    stage = (
        folder.root / f".setup-{mark}"
        if existed
        else folder.root.with_name(f"{folder.root.name}.setup-{mark}")
    )
    try:
        stage.mkdir(parents=True, mode=0o700)
        try:
            code = _build(SchoolFolder(stage), answers, now, progress, params)
            _refuse_occupied(folder, stage)
            _move_into_place(stage, folder.root, existed)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise storage_problem(error, folder.root) from error
    return SetupResult(code)


@open_to_all(NOT_SIGNED_IN)
def recovery_sheet(
    folder: SchoolFolder, answers: SetupAnswers, code: str, file: Path, now: Callable[[], datetime] = utc_now
) -> None:
    """Write the sheet with the recovery code as a PDF, to print and lock away. Raises StorageProblem."""
    from smdesk.documents import recovery_sheet as sheet

    users = tuple(
        (user.name, ", ".join(ROLE_LABELS[role] for role in user.roles), passwords.fold_login(user.login))
        for user in answers.users
    )
    made_on = now().astimezone(LOCAL).date()
    groups = tuple(code.split("-"))
    sheet.render(sheet.RecoveryData(answers.name, made_on, str(folder.root), groups, users), file)


def _user_problems(place: int, user: NewUser, seen: set[str]) -> list[Problem]:
    problems = []
    role = ROLE_LABELS[user.roles[0]] if user.roles else f"User {place + 1}"
    who = user.name.strip() or role
    if not user.name.strip():
        problems.append(
            Problem(f"users.{place}.name", f"{role}: Give the name as it should stand under letters.")
        )
    login = ""
    try:
        login = passwords.fold_login(user.login)
        if login in seen:
            problems.append(Problem(f"users.{place}.login", f"The user name {login} is given twice."))
        seen.add(login)
    except Invalid as error:
        problems.append(Problem(f"users.{place}.login", f"{who}: {error}"))
    if not user.roles:
        problems.append(Problem(f"users.{place}.roles", f"Choose at least one role for {who}."))
    try:
        passwords.check(user.password, login)
    except Invalid as error:
        problems.append(Problem(f"users.{place}.password", f"{who}: {error}"))
    return problems


def _refuse_occupied(folder: SchoolFolder, stage: Path | None = None) -> None:
    try:
        found = [each for each in folder.root.iterdir() if each != stage] if folder.root.exists() else []
    except NotADirectoryError:
        raise Refused(f"{folder.root} is a file, not a folder. Choose another place.") from None
    except OSError as error:
        raise storage_problem(error, folder.root) from error
    if folder.exists:
        raise Refused(f"There is a school in {folder.root} already. It was left as it is.")
    if found:
        raise Refused(
            f"{folder.root} holds other files ({found[0].name}, for example). Choose an empty or a new folder, so "
            "that the school's records stand by themselves. If these are backups, restore one instead."
        )


def _build(
    stage: SchoolFolder,
    answers: SetupAnswers,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None] | None,
    params: Argon2Parameters,
) -> str:
    steps = len(answers.users) + 2

    def done(count: int) -> None:
        if progress is not None:
            progress(count, steps)

    done(0)
    for part in (stage.evidence, stage.papers, stage.backups):
        part.mkdir(mode=0o700)
    made = vault.create_vault(stage)
    database = open_database(stage.database, made.data_key, create=True)
    try:
        done(1)
        publics = []
        for place, user in enumerate(answers.users):
            key = vault.new_user_key()
            publics.append(
                (key, vault.add_user(stage, made.data_key, key, user.login, user.password, params))
            )
            done(place + 2)
        with database.writing() as session:
            profile = profiles.first_version(session, answers.profile_name, now())
            school = school_service.first_row(session, _school(answers), made.vault_id, profile.id, now())
            nobody_administers = not any(Role.ADMINISTRATOR in user.roles for user in answers.users)
            for user, (key, public) in zip(answers.users, publics, strict=True):
                held = set(user.roles)
                if nobody_administers and Role.BUSINESS_MANAGER in held:
                    held.add(Role.ADMINISTRATOR)
                # The person record ties the user to incidents about them: nobody decides about themselves (CON-5).
                person = _person(user, now())
                session.add(person)
                session.flush()
                search.index_person(session, person.id)
                row = User(
                    vault_key=key,
                    login=passwords.fold_login(user.login),
                    name=" ".join(user.name.split()),
                    job_title=" ".join(user.job_title.split()),
                    roles=[str(role) for role in Role if role in held],
                    person_id=person.id,
                    created_at=now(),
                )
                session.add(row)
                session.flush()
                session.add(SigningKey(user_id=row.id, public_key=public, origin="first", created_at=now()))
            session.flush()
            audit.write(
                session,
                actor_id=None,
                at=now(),
                action="school.created",
                object_kind="school",
                object_id=school.id,
                detail={
                    "profile": answers.profile_name,
                    "sha256": profile.sha256,
                    "users": len(answers.users),
                },
            )
        done(steps)
    finally:
        database.dispose()
    return made.recovery_code


def _move_into_place(stage: Path, root: Path, existed: bool) -> None:
    if not existed:
        os.rename(stage, root)
        return
    # keys.json goes last: without it a folder that was cut short opens nothing and says so.
    moves = sorted(stage.iterdir(), key=lambda path: (path.name == "keys.json", path.name))
    done: list[Path] = []
    try:
        for part in moves:
            os.rename(part, root / part.name)
            done.append(root / part.name)
    except OSError:
        for part in done:
            with contextlib.suppress(OSError):
                if part.is_dir():
                    shutil.rmtree(part)
                else:
                    part.unlink()
        raise


def _person(user: NewUser, at: datetime) -> Person:
    words = user.name.split()
    title = words.pop(0) if len(words) > 1 and words[0].rstrip(".").casefold() in TITLES else ""
    family, given = words[-1], " ".join(words[:-1])
    governs = {Role.CHAIR_OF_GOVERNORS, Role.GOVERNOR} & set(user.roles)
    kind = PersonKind.GOVERNOR if governs and len(governs) == len(set(user.roles)) else PersonKind.STAFF
    return Person(
        kind=kind.value,
        title=title,
        given_name=given,
        family_name=family,
        sort_name=f"{family} {given}".strip().casefold(),
        created_at=at,
    )


def _school(answers: SetupAnswers) -> SchoolRecord:
    return SchoolRecord(
        name=answers.name,
        address=answers.address,
        nation=answers.nation,
        phone=answers.phone,
        email=answers.email,
        website=answers.website,
        logo=answers.logo,
        complaints_procedure=answers.complaints_procedure,
        official_channels=answers.official_channels,
        contacts=answers.contacts,
    )
