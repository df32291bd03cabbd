"""First run, sign-in, recovery and the accounts, on real files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry, Incident, School, SigningKey, User
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused, Tampered, WrongPassword
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import PersonKind
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import connections, people, profiles, school, session, setup, users
from smdesk.services.connection_records import DeclarationDraft
from smdesk.services.context import Context
from smdesk.services.people_records import PersonDraft
from tests.support.school import SmallSchool

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
PASSWORDS = {
    "head": "orange kettle window",
    "dsl": "purple ladder biscuit",
    "office": "green teapot harbour",
    "chair": "silver meadow pencil",
}


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def answers(**changes: object) -> setup.SetupAnswers:
    base = setup.SetupAnswers(
        name="Thistledown Primary School",
        address="1 School Lane\nThistledown\nZZ1 1ZZ",
        users=(
            setup.NewUser("Head", "Mrs H. Alder", "Headteacher", (Role.HEADTEACHER,), PASSWORDS["head"]),
            setup.NewUser("dsl", "Mr D. Birch", "Deputy headteacher", (Role.DSL,), PASSWORDS["dsl"]),
            setup.NewUser(
                "office",
                "Ms B. Cedar",
                "Business manager",
                (Role.BUSINESS_MANAGER, Role.ADMINISTRATOR),
                PASSWORDS["office"],
            ),
            setup.NewUser(
                "chair", "Dr C. Fir", "Chair of governors", (Role.CHAIR_OF_GOVERNORS,), PASSWORDS["chair"]
            ),
        ),
    )
    return replace(base, **changes)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("made") / "school"
    result = setup.create_school(SchoolFolder(root), answers(), lambda: NOW, params=vault.TESTING)
    return root, result.recovery_code


@pytest.fixture
def folder(made: tuple[Path, str], tmp_path: Path) -> SchoolFolder:
    shutil.copytree(made[0], tmp_path / "school")
    return SchoolFolder(tmp_path / "school")


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Desk:
    """Signs users in and out again at the end of the test."""

    def __init__(self, folder: SchoolFolder, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.open: list[Context] = []

    def sign_in(self, login: str, password: str = "") -> Context:
        ctx = session.sign_in(self.folder, login, password or PASSWORDS[login], self.clock)
        self.open.append(ctx)
        return ctx


@pytest.fixture
def desk(folder: SchoolFolder, clock: Clock) -> Iterator[Desk]:
    held = Desk(folder, clock)
    yield held
    for ctx in held.open:
        ctx.database.dispose()


def user_id(ctx: Context, login: str) -> int:
    return next(row.id for row in users.list_users(ctx) if row.draft.login == login)


def test_a_new_school_can_be_signed_into_by_each_user(desk: Desk) -> None:
    assert session.folder_state(desk.folder).state == "ready"
    for login in PASSWORDS:
        ctx = desk.sign_in(login)
        assert ctx.user.login == login
        assert ctx.signing is not None
        assert not ctx.user.must_change_password
    assert school.get(desk.sign_in("head")).name == "Thistledown Primary School"
    assert profiles.current(desk.sign_in("head")).number == 1
    assert users.notices(desk.sign_in("office")) == []


def test_each_user_is_tied_to_a_person_record(desk: Desk) -> None:
    names = {row.draft.login: row.person_name for row in users.list_users(desk.sign_in("office"))}
    assert names == {"head": "H. Alder", "dsl": "D. Birch", "office": "B. Cedar", "chair": "C. Fir"}


def test_the_first_users_are_found_among_the_people(desk: Desk) -> None:
    assert [hit.name for hit in people.search(desk.sign_in("office"), "ald")] == ["H. Alder"]


def test_one_person_may_hold_several_roles_and_the_office_administers(tmp_path: Path) -> None:
    both = setup.NewUser("head", "Mrs H. Alder", "", (Role.HEADTEACHER, Role.DSL), PASSWORDS["head"])
    office = setup.NewUser("office", "Ms B. Cedar", "", (Role.BUSINESS_MANAGER,), PASSWORDS["office"])
    folder = SchoolFolder(tmp_path / "new")
    setup.create_school(folder, answers(users=(both, office)), lambda: NOW, params=vault.TESTING)
    ctx = session.sign_in(folder, "office", PASSWORDS["office"], lambda: NOW)
    try:
        assert Role.ADMINISTRATOR in ctx.user.roles
        assert any("chair of governors" in notice for notice in users.notices(ctx))
    finally:
        session.sign_out(ctx)


def test_every_problem_is_told_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    folder = SchoolFolder(tmp_path / "new")
    bad = setup.NewUser("office", " ", "", (), "short")
    with pytest.raises(Invalid) as caught:
        setup.create_school(
            folder,
            answers(name=" ", email="no at", profile_name="mine", users=(bad, bad)),
            params=vault.TESTING,
        )
    fields = [problem.field for problem in caught.value.problems]
    assert fields == [
        "name",
        "email",
        "profile_name",
        "users.0.name",
        "users.0.roles",
        "users.0.password",
        "users.1.name",
        "users.1.login",
        "users.1.roles",
        "users.1.password",
        "users",
        "users",
        "users",
    ]
    assert not folder.root.exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_failure_half_way_leaves_nothing(tmp_path: Path, exists: bool) -> None:
    folder = SchoolFolder(tmp_path / "place" / "new")
    folder.root.parent.mkdir()
    if exists:
        folder.root.mkdir()

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        setup.create_school(folder, answers(), lambda: NOW, stop, vault.TESTING)
    left = [path for path in folder.root.parent.rglob("*") if path != folder.root]
    assert left == []
    assert session.folder_state(folder).state == "new"


def test_a_folder_with_records_or_other_files_is_refused(folder: SchoolFolder, tmp_path: Path) -> None:
    before = folder.keys.read_bytes()
    with pytest.raises(Refused, match="already"):
        setup.create_school(folder, answers(), params=vault.TESTING)
    assert folder.keys.read_bytes() == before
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "holiday.txt").write_text("x")
    with pytest.raises(Refused, match=r"holiday\.txt"):
        setup.create_school(SchoolFolder(tmp_path / "documents"), answers(), params=vault.TESTING)


def test_wrong_name_and_wrong_password_say_the_same_and_slow_down(desk: Desk, clock: Clock) -> None:
    said = set()
    for login in ("head", "nobody"):
        with pytest.raises(WrongPassword) as caught:
            desk.sign_in(login, "not the password")
        said.add(str(caught.value))
    assert len(said) == 1
    for _ in range(3):
        with pytest.raises(WrongPassword) as caught:
            desk.sign_in("head", "not the password")
    assert caught.value.wait > 0
    with pytest.raises(WrongPassword, match="too many wrong"):
        desk.sign_in("head")  # even the right one must wait
    clock.now += timedelta(seconds=caught.value.wait + 1)
    assert desk.sign_in("head").user.login == "head"


def test_recovery_opens_the_records_with_a_new_flagged_key(desk: Desk, made: tuple[Path, str]) -> None:
    first = desk.sign_in("head")
    assert first.signing is not None
    old = first.signing.public
    ctx = session.recover(
        desk.folder, made[1].lower(), "HEAD", "a password made anew", desk.clock, vault.TESTING
    )
    desk.open.append(ctx)
    assert ctx.signing is not None
    assert ctx.signing.public != old
    newest = users.keys(ctx)[0]
    assert (newest.origin, newest.user_name, newest.may_confirm) == ("recovery", "Mrs H. Alder", False)
    assert "recovery code" in newest.flag
    with pytest.raises(WrongPassword):
        desk.sign_in("head")  # the old password is gone
    assert any("recovery code" in notice for notice in users.notices(ctx))


def test_recovery_refuses_an_unknown_name_and_another_schools_code(
    desk: Desk, tmp_path: Path, made: tuple[Path, str]
) -> None:
    with pytest.raises(Refused, match="user name"):
        session.recover(desk.folder, made[1], "nobody", "a password made anew", desk.clock, vault.TESTING)
    other = setup.create_school(SchoolFolder(tmp_path / "other"), answers(), desk.clock, params=vault.TESTING)
    with pytest.raises(WrongPassword):
        session.recover(
            desk.folder, other.recovery_code, "head", "a password made anew", desk.clock, vault.TESTING
        )


def test_a_reset_makes_a_flagged_key_that_a_third_person_confirms(desk: Desk) -> None:
    office, dsl = desk.sign_in("office"), desk.sign_in("dsl")
    head = user_id(office, "head")
    saved = users.reset_password(office, head, "a first password only", vault.TESTING)
    assert ("user", head) in saved.changes
    with pytest.raises(WrongPassword):
        desk.sign_in("head")
    back = desk.sign_in("head", "a first password only")
    assert back.user.must_change_password
    users.change_my_password(back, "a first password only", "my very own words", vault.TESTING)
    again = desk.sign_in("head", "my very own words")
    assert not again.user.must_change_password
    assert again.signing is not None
    assert back.signing is not None
    assert again.signing.public == back.signing.public  # the key, and so its flag, stays
    key = next(row for row in users.keys(dsl) if row.user_id == head and row.retired_at is None)
    assert "reset" in key.flag
    with pytest.raises(Refused, match="own key"):
        users.confirm_key(again, key.id)
    with pytest.raises(NotAllowed):
        users.confirm_key(office, key.id)
    users.confirm_key(dsl, key.id)
    assert users.keys(dsl)[0].flag == ""
    with pytest.raises(Refused, match="no confirmation"):
        users.confirm_key(dsl, key.id)


def test_whoever_reset_the_password_cannot_confirm_the_key_with_a_second_role(desk: Desk) -> None:
    office = desk.sign_in("office")
    with office.database.writing() as db:
        row = db.get(User, office.user.id)
        assert row is not None
        row.roles = [*row.roles, "dsl"]
    saved = users.reset_password(office, user_id(office, "head"), "a first password only", vault.TESTING)
    key = next(ident for kind, ident in saved.changes if kind == "key")
    with pytest.raises(Refused, match="somebody else"):
        users.confirm_key(office, key)


def test_a_key_the_database_never_heard_of_is_flagged_at_sign_in(desk: Desk) -> None:
    """The power went between keys.json and the database; or somebody wrote keys.json by themselves."""
    office = desk.sign_in("office")
    with office.database.reading() as db:
        name = db.scalars(select(User.vault_key).where(User.login == "head")).one()
    vault.reset_password(desk.folder, office.database.data_key, name, "smuggled in by hand", vault.TESTING)
    ctx = desk.sign_in("head", "smuggled in by hand")
    assert ctx.user.must_change_password
    key = next(row for row in users.keys(ctx) if row.user_id == ctx.user.id and row.retired_at is None)
    assert key.origin == "reset"
    assert key.flag


def test_an_added_user_must_change_the_password_and_has_a_flagged_key(desk: Desk) -> None:
    office = desk.sign_in("office")
    draft = users.UserDraft("  NewHead ", "Miss N. Head", "Headteacher", (Role.HEADTEACHER,))
    users.add(office, draft, "a first password only", vault.TESTING)
    ctx = desk.sign_in("newhead", "a first password only")
    assert ctx.user.must_change_password
    assert any("More than one" in notice for notice in users.notices(ctx))
    assert any("somebody else opened the account" in notice for notice in users.notices(ctx))
    with pytest.raises(Invalid, match="taken"):
        users.add(office, draft, "a first password only", vault.TESTING)


def test_whoever_is_added_as_headteacher_takes_their_own_exceptions_to_the_chair(desk: Desk) -> None:
    """Who decides follows the people at once, not only when a role is changed (CON-5)."""
    office = desk.sign_in("office")
    teacher = people.save(
        office, PersonDraft(kind=PersonKind.STAFF, given_name="Tim", family_name="Hazel")
    ).id
    pupil = people.save(
        office, PersonDraft(kind=PersonKind.PUPIL, given_name="Sam", family_name="Quillfeather")
    ).id
    declared = DeclarationDraft(adult_id=teacher, other_id=pupil, declared_on=NOW.date())
    exception_id = connections.save(office, declared).id
    assert not connections.open_exception(office, exception_id).headteacher_concerned
    acting = users.UserDraft("acting", "Mr T. Hazel", "Acting head", (Role.HEADTEACHER,), teacher)
    saved = users.add(office, acting, "a first password only", vault.TESTING)
    assert ("exception", exception_id) in saved.changes
    assert connections.open_exception(office, exception_id).headteacher_concerned


def test_a_cut_in_the_middle_of_adding_a_user_can_be_made_good(desk: Desk) -> None:
    office = desk.sign_in("office")
    vault.add_user(
        desk.folder, office.database.data_key, vault.new_user_key(), "govs", "left behind here", vault.TESTING
    )
    with pytest.raises(NotAllowed):
        desk.sign_in("govs", "left behind here")
    draft = users.UserDraft("govs", "Dr G. Elm", "", (Role.GOVERNOR,))
    users.add(office, draft, "a first password only", vault.TESTING)
    assert desk.sign_in("govs", "a first password only").user.name == "Dr G. Elm"


def test_a_failed_save_of_the_database_leaves_the_old_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = desk.sign_in("office")

    def refuse(*_args: object, **_more: object) -> None:
        raise Refused("stopped")

    monkeypatch.setattr("smdesk.services.users.audit.write", refuse)
    with pytest.raises(Refused):
        users.reset_password(office, user_id(office, "head"), "a first password only", vault.TESTING)
    monkeypatch.undo()
    assert not desk.sign_in("head").user.must_change_password


def test_the_last_administrator_and_ones_own_roles_are_safe(desk: Desk) -> None:
    office = desk.sign_in("office")
    row = next(each for each in users.list_users(office) if each.id == office.user.id)
    without = replace(row.draft, roles=(Role.BUSINESS_MANAGER,))
    with pytest.raises(Refused, match="yourself"):
        users.save(office, row.id, without, row.version)
    with pytest.raises(Refused, match="gives themselves"):
        users.save(
            office, row.id, replace(row.draft, roles=(*row.draft.roles, Role.HEADTEACHER)), row.version
        )
    with pytest.raises(Refused, match="person record"):
        users.save(office, row.id, replace(row.draft, person_id=None), row.version)
    with pytest.raises(Refused, match="own account"):
        users.close_account(office, row.id)
    head = next(each for each in users.list_users(office) if each.draft.login == "head")
    users.save(
        office, head.id, replace(head.draft, roles=(Role.HEADTEACHER, Role.ADMINISTRATOR)), head.version
    )
    second = desk.sign_in("head")
    users.save(second, row.id, without, row.version)
    with pytest.raises(NotAllowed):
        users.reset_password(office, head.id, "a first password only", vault.TESTING)
    current = next(each for each in users.list_users(second) if each.id == head.id)
    with pytest.raises(Refused, match="yourself"):
        users.save(second, head.id, replace(current.draft, roles=(Role.HEADTEACHER,)), current.version)


def test_a_closed_account_opens_nothing_at_once_and_can_come_back(desk: Desk) -> None:
    office, dsl = desk.sign_in("office"), desk.sign_in("dsl")
    ident = dsl.user.id
    users.close_account(office, ident)
    with pytest.raises(NotAllowed, match="closed"):
        users.list_users(dsl)
    assert "dsl" not in {entry.login for entry in vault.list_users(desk.folder)}
    with pytest.raises(WrongPassword):
        desk.sign_in("dsl")
    users.open_account(office, ident, "welcome back again", vault.TESTING)
    back = desk.sign_in("dsl", "welcome back again")
    assert back.user.must_change_password
    assert next(row for row in users.keys(back) if row.user_id == ident).flag


def test_an_entry_left_by_a_cut_while_closing_goes_at_the_next_sign_in(desk: Desk) -> None:
    office = desk.sign_in("office")
    with office.database.writing() as db:
        row = db.scalars(select(User).where(User.login == "dsl")).one()
        row.active = False
    with pytest.raises(NotAllowed, match="closed"):
        desk.sign_in("dsl")
    desk.sign_in("head")
    assert "dsl" not in {entry.login for entry in vault.list_users(desk.folder)}


def test_a_new_sign_in_name_counts_at_once_and_versions_guard_against_two_windows(desk: Desk) -> None:
    office = desk.sign_in("office")
    row = next(each for each in users.list_users(office) if each.draft.login == "dsl")
    users.save(office, row.id, replace(row.draft, login="Birch"), row.version)
    assert desk.sign_in("birch", PASSWORDS["dsl"]).user.login == "birch"
    with pytest.raises(Conflict) as caught:
        users.save(office, row.id, row.draft, row.version)
    assert [change.field for change in caught.value.changes] == ["login"]


def test_a_new_recovery_code_replaces_the_old(desk: Desk, made: tuple[Path, str]) -> None:
    code = users.new_recovery_code(desk.sign_in("office"))
    with pytest.raises(WrongPassword):
        session.recover(desk.folder, made[1], "head", "a password made anew", desk.clock, vault.TESTING)
    desk.open.append(
        session.recover(desk.folder, code, "head", "a password made anew", desk.clock, vault.TESTING)
    )


def test_files_of_two_schools_do_not_mix(desk: Desk, tmp_path: Path) -> None:
    other = SchoolFolder(tmp_path / "other")
    setup.create_school(other, answers(), desk.clock, params=vault.TESTING)
    with desk.sign_in("office").database.writing() as db:
        db.scalars(select(School)).one().vault_id = "f" * 32
    with pytest.raises(Tampered, match="belong together"):
        desk.sign_in("head")


def test_signing_in_and_out_is_written_down(desk: Desk) -> None:
    ctx = desk.sign_in("head")
    session.sign_out(ctx)
    with desk.sign_in("office").database.reading() as db:
        actions = db.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions[0] == "school.created"
    assert actions[1:3] == ["session.signed_in", "session.signed_out"]


@pytest.mark.parametrize(
    ("spoil", "state"),
    [
        (lambda folder: folder.keys.write_text("{"), "damaged"),
        (lambda folder: folder.keys.unlink(), "damaged"),
        (lambda folder: folder.database.unlink(), "damaged"),
        (lambda folder: folder.database.write_bytes(b""), "damaged"),
    ],
)
def test_a_damaged_folder_is_told_before_sign_in(folder: SchoolFolder, spoil: object, state: str) -> None:
    spoil(folder)  # a lambda from the table
    found = session.folder_state(folder)
    assert found.state == state
    assert found.sentence


def test_the_recovery_sheet_is_a_pdf(folder: SchoolFolder, made: tuple[Path, str], tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    setup.recovery_sheet(folder, answers(), made[1], file, lambda: NOW)
    assert file.read_bytes().startswith(b"%PDF-")


def test_every_user_has_exactly_one_key_in_use(desk: Desk) -> None:
    with desk.sign_in("office").database.reading() as db:
        rows = db.scalars(select(SigningKey)).all()
    assert sorted(row.user_id for row in rows) == sorted({row.user_id for row in rows})
    assert all(row.origin == "first" and row.retired_at is None for row in rows)


def test_a_new_headteachers_own_incident_goes_to_the_chair(school: SmallSchool) -> None:
    """Somebody posted as a parent, and is made headteacher afterwards (CON-5)."""
    incident = school.incident(author="anna")
    office = school.ctx_for("administrator")

    def about_the_head() -> bool:
        with school.database.reading() as db:
            return db.get_one(Incident, incident).headteacher_is_subject

    row = next(each for each in users.list_users(office) if each.draft.login == "leadership")
    assert not about_the_head()
    tied = replace(row.draft, person_id=school.people["anna"], roles=(Role.HEADTEACHER,))
    saved = users.save(office, row.id, tied, row.version)
    assert about_the_head()
    users.save(office, row.id, replace(tied, roles=(Role.LEADERSHIP,)), saved.version)
    assert not about_the_head()
