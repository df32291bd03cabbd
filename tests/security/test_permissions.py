"""Who may do what: the table denies by default, and nobody decides about themselves."""

from __future__ import annotations

import itertools
from typing import TypedDict

import pytest

from smdesk.errors import NotAllowed
from smdesk.security import permissions
from smdesk.security.permissions import (
    ALLOWED,
    PERMISSION_LABELS,
    ROLE_LABELS,
    Permission,
    Role,
    Sight,
    allowed,
    may_decide,
    may_decide_exception,
    may_edit,
    may_see,
    may_see_exception,
    require,
)

HEAD, DSL, OFFICE = Role.HEADTEACHER, Role.DSL, Role.BUSINESS_MANAGER
LEADER, GOVERNOR, CHAIR, ADMIN = Role.LEADERSHIP, Role.GOVERNOR, Role.CHAIR_OF_GOVERNORS, Role.ADMINISTRATOR
LEVELS = ("normal", "safeguarding", "staff")


class Circumstances(TypedDict):
    logged_by_me: bool
    assigned_to_me: bool
    headteacher_is_subject: bool
    i_am_subject: bool


def facts(
    *, logged: bool = False, assigned: bool = False, head_is_subject: bool = False, me: bool = False
) -> Circumstances:
    return {
        "logged_by_me": logged,
        "assigned_to_me": assigned,
        "headteacher_is_subject": head_is_subject,
        "i_am_subject": me,
    }


ALL_FACTS = [
    facts(logged=a, assigned=b, head_is_subject=c, me=d)
    for a, b, c, d in itertools.product((False, True), repeat=4)
]
ALL_ROLE_SETS = [
    frozenset(chosen) for count in range(len(Role) + 1) for chosen in itertools.combinations(Role, count)
]


def test_every_permission_has_a_row_and_words_and_somebody() -> None:
    assert set(ALLOWED) == set(Permission) == set(PERMISSION_LABELS)
    assert all(ALLOWED.values())
    assert set(ROLE_LABELS) == set(Role)


@pytest.mark.parametrize("permission", Permission)
def test_no_roles_and_unknown_roles_have_nothing(permission: Permission) -> None:
    assert not allowed([], permission)
    assert not allowed(["caretaker"], permission)  # as if written by a newer version
    with pytest.raises(NotAllowed):
        require(frozenset(), permission)


def test_a_permission_without_a_row_belongs_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(permissions.ALLOWED, Permission.VERIFY_RUN)
    assert not allowed(frozenset(Role), Permission.VERIFY_RUN)
    with pytest.raises(NotAllowed, match="check the records"):
        require(frozenset(Role), Permission.VERIFY_RUN)


EVERYONE_MAY = {
    Permission.TODAY_READ,
    Permission.SCHOOL_READ,
    Permission.PROFILE_READ,
    Permission.USERS_READ,
    Permission.VERIFY_RUN,
    Permission.PAPERS_READ,
    Permission.OWN_DRAFTS,
    Permission.OWN_SETTINGS,
    Permission.OWN_PASSWORD,
}


@pytest.mark.parametrize(
    ("role", "extra"),
    [
        (GOVERNOR, {Permission.REPORTS_FIGURES}),
        (
            LEADER,
            {
                Permission.INCIDENTS_READ,
                Permission.EVIDENCE_READ,
                Permission.STEPS_RECORD,
                Permission.LETTERS_READ,
                Permission.CASES_READ,
                Permission.CASES_EDIT,
                Permission.CASES_DECIDE,
                Permission.ACCOUNTS_READ,
                Permission.ACCOUNTS_WATCH,
                Permission.SIGN_OFFS_DECIDE,
                Permission.REPUTATION_READ,
                Permission.REPUTATION_EDIT,
            },
        ),
        (
            CHAIR,
            {
                Permission.INCIDENTS_READ,
                Permission.INCIDENTS_CLOSE,
                Permission.EVIDENCE_READ,
                Permission.STEPS_RECORD,
                Permission.LETTERS_READ,
                Permission.LETTERS_APPROVE,
                Permission.CONNECTIONS_READ,
                Permission.CONNECTIONS_DECIDE,
                Permission.CONNECTIONS_ASK,
                Permission.QUEUE_READ,
                Permission.REPORTS_FIGURES,
                Permission.USERS_CONFIRM_KEY,
                Permission.WORDINGS_READ,
            },
        ),
        (
            ADMIN,
            {
                Permission.SCHOOL_EDIT,
                Permission.PROFILE_EDIT,
                Permission.USERS_MANAGE,
                Permission.BACKUPS_MAKE,
            },
        ),
    ],
)
def test_the_small_roles_have_exactly_this(role: Role, extra: set[Permission]) -> None:
    assert {permission for permission in Permission if allowed({role}, permission)} == EVERYONE_MAY | extra


@pytest.mark.parametrize(
    ("role", "denied"),
    [
        (
            OFFICE,
            {
                Permission.LETTERS_APPROVE,
                Permission.CONNECTIONS_DECIDE,
                Permission.CONNECTIONS_ASK,
                Permission.QUEUE_READ,
                Permission.CASES_DECIDE,
                Permission.SIGN_OFFS_DECIDE,
                Permission.PREVENT_DECIDE,
                Permission.SAFEGUARDING_EDIT,
                Permission.PROFILE_EDIT,
                Permission.WORDINGS_EDIT,
                Permission.USERS_MANAGE,
                Permission.USERS_CONFIRM_KEY,
            },
        ),
        (HEAD, {Permission.PREVENT_DECIDE, Permission.USERS_MANAGE, Permission.BACKUPS_MAKE}),
        (
            DSL,
            {
                Permission.LETTERS_APPROVE,
                Permission.CONNECTIONS_DECIDE,
                Permission.CONNECTIONS_ASK,
                Permission.QUEUE_READ,
                Permission.CASES_DECIDE,
                Permission.SIGN_OFFS_DECIDE,
                Permission.PEOPLE_IMPORT,
                Permission.PROFILE_EDIT,
                Permission.WORDINGS_EDIT,
                Permission.SCHOOL_EDIT,
                Permission.USERS_MANAGE,
                Permission.BACKUPS_MAKE,
            },
        ),
    ],
)
def test_the_large_roles_lack_exactly_this(role: Role, denied: set[Permission]) -> None:
    assert {permission for permission in Permission if not allowed({role}, permission)} == denied


def test_who_resets_a_password_does_not_vouch_for_the_new_key() -> None:
    assert ALLOWED[Permission.USERS_MANAGE].isdisjoint(ALLOWED[Permission.USERS_CONFIRM_KEY])


def test_the_refusal_says_what_and_whom_to_ask() -> None:
    with pytest.raises(NotAllowed) as caught:
        require({OFFICE}, Permission.LETTERS_APPROVE)
    assert str(caught.value) == (
        "Your role does not allow you to approve letters. Ask the headteacher or chair of governors."
    )


@pytest.mark.parametrize(
    ("role", "level", "given", "sight"),
    [
        (HEAD, "normal", facts(), Sight.FULL),
        (DSL, "normal", facts(), Sight.FULL),
        (OFFICE, "normal", facts(), Sight.FULL),
        (LEADER, "normal", facts(), Sight.NONE),
        (LEADER, "normal", facts(assigned=True), Sight.FULL),
        (LEADER, "normal", facts(logged=True), Sight.EXISTS),
        (GOVERNOR, "normal", facts(assigned=True), Sight.NONE),
        (CHAIR, "normal", facts(assigned=True), Sight.NONE),
        (ADMIN, "normal", facts(assigned=True), Sight.NONE),
        (HEAD, "safeguarding", facts(), Sight.FULL),
        (DSL, "safeguarding", facts(), Sight.FULL),
        (OFFICE, "safeguarding", facts(), Sight.NONE),
        (OFFICE, "safeguarding", facts(logged=True), Sight.EXISTS),
        (OFFICE, "staff", facts(logged=True, assigned=True), Sight.EXISTS),
        (LEADER, "staff", facts(assigned=True), Sight.NONE),
        (HEAD, "staff", facts(), Sight.FULL),
        (OFFICE, "a level from a newer version", facts(assigned=True), Sight.NONE),
        (HEAD, "normal", facts(head_is_subject=True), Sight.NONE),
        (HEAD, "staff", facts(head_is_subject=True, logged=True), Sight.EXISTS),
        (CHAIR, "staff", facts(head_is_subject=True), Sight.FULL),
        (CHAIR, "normal", facts(head_is_subject=True), Sight.FULL),
        (DSL, "staff", facts(head_is_subject=True), Sight.FULL),
        (OFFICE, "normal", facts(head_is_subject=True, logged=True), Sight.EXISTS),
        (LEADER, "normal", facts(head_is_subject=True, assigned=True), Sight.NONE),
        (DSL, "staff", facts(me=True), Sight.NONE),
        (OFFICE, "normal", facts(me=True, logged=True), Sight.EXISTS),
    ],
)
def test_sight(role: Role, level: str, given: Circumstances, sight: Sight) -> None:
    assert may_see({role}, level, **given) is sight


def test_a_second_hat_does_not_open_the_headteachers_own_incident() -> None:
    given = facts(head_is_subject=True)
    assert may_see({HEAD, DSL}, "staff", **given) is Sight.NONE
    assert may_see({HEAD, CHAIR}, "staff", **given) is Sight.NONE
    assert not may_decide({HEAD, CHAIR}, "staff", **given)


@pytest.mark.parametrize("level", LEVELS)
def test_nobody_in_any_role_sees_edits_or_decides_about_themselves(level: str) -> None:
    for roles, given in itertools.product(ALL_ROLE_SETS, ALL_FACTS):
        if given["i_am_subject"]:
            assert may_see(roles, level, **given) is not Sight.FULL
            assert not may_edit(roles, level, **given)
            assert not may_decide(roles, level, **given)


@pytest.mark.parametrize("level", LEVELS)
def test_no_combination_edits_or_decides_what_it_may_not_read(level: str) -> None:
    for roles, given in itertools.product(ALL_ROLE_SETS, ALL_FACTS):
        if may_see(roles, level, **given) is not Sight.FULL:
            assert not may_edit(roles, level, **given)
            assert not may_decide(roles, level, **given)
        if may_decide(roles, level, **given):
            assert (CHAIR if given["headteacher_is_subject"] else HEAD) in roles


@pytest.mark.parametrize("level", LEVELS)
def test_full_sight_needs_the_permission_to_read_and_existence_needs_having_logged(level: str) -> None:
    for roles, given in itertools.product(ALL_ROLE_SETS, ALL_FACTS):
        sight = may_see(roles, level, **given)
        if sight is Sight.FULL:
            assert allowed(roles, Permission.INCIDENTS_READ)
        else:
            assert sight is (Sight.EXISTS if given["logged_by_me"] else Sight.NONE)


@pytest.mark.parametrize(
    ("role", "level", "given", "edits"),
    [
        (OFFICE, "normal", facts(), True),
        (HEAD, "normal", facts(), True),
        (DSL, "normal", facts(), False),
        (DSL, "normal", facts(logged=True), True),
        (DSL, "safeguarding", facts(), True),
        (DSL, "staff", facts(head_is_subject=True), True),
        (HEAD, "safeguarding", facts(), True),
        (OFFICE, "safeguarding", facts(logged=True), False),
        (LEADER, "normal", facts(assigned=True), False),
        (CHAIR, "staff", facts(head_is_subject=True), False),
    ],
)
def test_who_edits(role: Role, level: str, given: Circumstances, edits: bool) -> None:
    assert may_edit({role}, level, **given) is edits


def test_who_decides() -> None:
    assert may_decide({HEAD}, "safeguarding", **facts())
    assert not may_decide({DSL}, "safeguarding", **facts())
    assert not may_decide({CHAIR}, "normal", **facts())
    assert may_decide({CHAIR}, "staff", **facts(head_is_subject=True))
    assert not may_decide({HEAD}, "staff", **facts(head_is_subject=True))


def test_nobody_but_headteacher_and_chair_decides_exceptions_or_has_a_queue() -> None:
    for permission in (Permission.CONNECTIONS_DECIDE, Permission.CONNECTIONS_ASK, Permission.QUEUE_READ):
        assert ALLOWED[permission] == {HEAD, CHAIR}
    # CON-5: whoever decides needs to read, and the office that records never decides.
    assert ALLOWED[Permission.CONNECTIONS_DECIDE] <= ALLOWED[Permission.CONNECTIONS_READ]
    assert OFFICE not in ALLOWED[Permission.CONNECTIONS_DECIDE]


@pytest.mark.parametrize(
    ("roles", "level", "recorded", "head_concerned", "sight"),
    [
        ({HEAD}, "normal", False, False, Sight.FULL),
        ({DSL}, "normal", False, False, Sight.FULL),
        ({OFFICE}, "normal", False, False, Sight.FULL),
        # The register is no case against anybody: the headteacher sees their own entry in it.
        ({HEAD}, "normal", False, True, Sight.FULL),
        ({OFFICE}, "normal", False, True, Sight.FULL),
        ({CHAIR}, "normal", False, False, Sight.NONE),
        ({CHAIR}, "normal", False, True, Sight.FULL),
        ({LEADER}, "normal", False, False, Sight.NONE),
        ({LEADER}, "normal", True, False, Sight.EXISTS),
        ({GOVERNOR}, "normal", False, True, Sight.NONE),
        ({ADMIN}, "normal", False, False, Sight.NONE),
        (set(), "normal", False, False, Sight.NONE),
        ({HEAD}, "safeguarding", False, False, Sight.FULL),
        ({DSL}, "staff", False, False, Sight.FULL),
        ({OFFICE}, "safeguarding", False, False, Sight.NONE),
        ({OFFICE}, "safeguarding", True, False, Sight.EXISTS),
        ({CHAIR}, "staff", False, False, Sight.NONE),
        ({CHAIR}, "staff", False, True, Sight.FULL),
        ({DSL}, "staff", False, True, Sight.FULL),
        ({HEAD}, "staff", False, True, Sight.NONE),
        ({HEAD}, "staff", True, True, Sight.EXISTS),
        ({HEAD, DSL}, "staff", False, True, Sight.NONE),
        ({OFFICE}, "staff", True, True, Sight.EXISTS),
        ({HEAD}, "a level from a newer version", False, False, Sight.FULL),
        ({OFFICE}, "a level from a newer version", False, False, Sight.NONE),
        ({HEAD}, "a level from a newer version", False, True, Sight.NONE),
    ],
)
def test_sight_of_an_exception(
    roles: set[Role], level: str, recorded: bool, head_concerned: bool, sight: Sight
) -> None:
    seen = may_see_exception(roles, level, recorded_by_me=recorded, headteacher_concerned=head_concerned)
    assert seen is sight


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("concerned", [False, True])
def test_full_sight_of_an_exception_needs_the_permission_to_read(
    level: str, recorded: bool, concerned: bool
) -> None:
    for roles in ALL_ROLE_SETS:
        seen = may_see_exception(roles, level, recorded_by_me=recorded, headteacher_concerned=concerned)
        if seen is Sight.FULL:
            assert allowed(roles, Permission.CONNECTIONS_READ)
            if level != "normal":
                assert not {HEAD, DSL, CHAIR}.isdisjoint(roles)
                # CON-5: a confidential entry about the headteacher stays shut to a second hat.
                assert not (concerned and HEAD in roles)
        else:
            assert seen is (Sight.EXISTS if recorded else Sight.NONE)


@pytest.mark.parametrize(
    ("roles", "decider", "head_concerned", "decides"),
    [
        ({HEAD}, HEAD, False, True),
        ({CHAIR}, HEAD, False, False),
        ({DSL}, HEAD, False, False),
        ({OFFICE}, HEAD, False, False),
        ({CHAIR}, CHAIR, True, True),
        ({HEAD}, CHAIR, True, False),
        # CON-5: whatever second role the headteacher holds, and whatever an edited policy says.
        ({HEAD, CHAIR}, CHAIR, True, False),
        ({HEAD}, HEAD, True, False),
        # The chair reads no entry that does not concern the headteacher, and cannot decide what cannot be read.
        ({CHAIR}, CHAIR, False, False),
        ({OFFICE}, OFFICE, False, False),
        ({DSL}, DSL, False, False),
        (set(), HEAD, False, False),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_who_decides_an_exception(
    roles: set[Role], decider: Role, head_concerned: bool, decides: bool, level: str
) -> None:
    found = may_decide_exception(
        roles,
        level,
        decider,
        headteacher_concerned=head_concerned,
        i_am_concerned=False,
        declared_by_me=False,
    )
    assert found is decides


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("decider", Role)
def test_no_combination_decides_for_itself_or_what_it_put_forward_or_cannot_read(
    level: str, decider: Role
) -> None:
    for roles, concerned, me, mine in itertools.product(ALL_ROLE_SETS, *((False, True),) * 3):
        if not may_decide_exception(
            roles,
            level,
            decider,
            headteacher_concerned=concerned,
            i_am_concerned=me,
            declared_by_me=mine,
        ):
            continue
        assert not me
        assert not mine
        assert decider in roles
        assert allowed(roles, Permission.CONNECTIONS_DECIDE)
        assert not (concerned and HEAD in roles)
        seen = may_see_exception(roles, level, recorded_by_me=False, headteacher_concerned=concerned)
        assert seen is Sight.FULL
