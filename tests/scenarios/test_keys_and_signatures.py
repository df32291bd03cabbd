"""Passwords and signatures across real sign-ins: nobody signs as the headteacher, and what was signed still stands."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from smdesk.db.models import Incident, Letter
from smdesk.errors import NotAllowed, Refused, WrongPassword
from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import incidents, letter_signing, letters, people, session, steps, users
from smdesk.services.context import Context
from smdesk.services.incident_records import IncidentDraft, PersonInIncident, PersonRole, StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.services.people_records import PersonDraft
from smdesk.services.user_records import UserDraft
from tests.scenarios.real_school import HEAD, MORNING, RealSchool, set_up


@pytest.fixture
def school(tmp_path: Path) -> RealSchool:
    return set_up(tmp_path / "school")


def warning_waiting(office: Context) -> int:
    """A parent, a post, a talk, and a warning that waits for the headteacher."""
    parent = people.save(
        office, PersonDraft(title="Mr", given_name="Paul", family_name="Rowan", address="2 Fen Lane")
    ).id
    incident = incidents.save(
        office,
        IncidentDraft(
            received_at=MORNING - timedelta(hours=1),
            summary="Insults",
            conduct=(Conduct.ABUSIVE,),
            people=(PersonInIncident(parent, PersonRole.AUTHOR, PersonKind.PARENT),),
        ),
    ).id
    steps.record(office, incident, StepDraft(Step.TALK, parent, date(2026, 9, 8), "Talked"))
    letter = letters.draft(office, incident, LetterKind.WRITTEN_WARNING).id
    letters.submit(office, letter, letters.get(office, letter).version)
    return letter


def approve(ctx: Context, letter: int) -> None:
    letters.approve(ctx, letter, letters.get(ctx, letter).version)


def signature_fault(ctx: Context, letter_id: int) -> str:
    with ctx.database.reading() as db:
        letter = db.get_one(Letter, letter_id)
        return letter_signing.signature_fault(db, letter, db.get_one(Incident, letter.incident_id))


def test_a_password_reset_by_the_office_makes_a_new_flagged_key_and_the_old_signature_still_stands(
    school: RealSchool,
) -> None:
    with school.signed_in("office") as office:
        first = warning_waiting(office)
    with school.signed_in("head") as head:
        approve(head, first)
        old_key = letters.get(head, first).key_fingerprint

    with school.signed_in("office") as office:
        users.reset_password(office, school.user_id(office, "head"), "made up by the office", vault.TESTING)
        letters.issue(office, first, letters.get(office, first).version)
        second = warning_waiting(office)
        flags = {row.draft.login: row.key_flag for row in users.list_users(office)}
        assert "password reset" in flags["head"]
        assert any("Mrs H. Alder" in notice for notice in users.notices(office))
        # Whoever made the key cannot vouch for it.
        fresh = next(key for key in users.keys(office) if key.flag)
        with pytest.raises(NotAllowed):
            users.confirm_key(office, fresh.id)
    with pytest.raises(WrongPassword):
        session.sign_in(school.folder, "head", HEAD, lambda: MORNING)

    # With the new password comes a new key; a letter signed with it says so until somebody else confirms it.
    with school.signed_in("head", "made up by the office") as head:
        assert head.user.must_change_password
        # Until she chooses her own password, the office could be sitting here just as well.
        with pytest.raises(NotAllowed, match="password of your own"):
            approve(head, second)
        users.change_my_password(head, "made up by the office", "her own words again", vault.TESTING)
        with pytest.raises(Refused):
            users.confirm_key(head, fresh.id)
        with pytest.raises(Refused, match=r"password reset.*Mr D\. Birch"):
            approve(head, second)
        assert letters.get(head, first).key_fingerprint == old_key
        assert letters.get(head, first).key_flag == ""

    # An account opened only to vouch for the key cannot: its own key waits as well.
    with school.signed_in("office") as office:
        extra = UserDraft("dsl2", "Mx N. Nobody", "Deputy", (Role.DSL,))
        users.add(office, extra, "given at the counter", vault.TESTING)
    with school.signed_in("dsl2", "given at the counter") as extra_dsl:
        users.change_my_password(extra_dsl, "given at the counter", "words of my own now", vault.TESTING)
        with pytest.raises(Refused, match="not confirmed yet"):
            users.confirm_key(extra_dsl, fresh.id)
        assert not any(row.may_confirm for row in users.keys(extra_dsl))

    with school.signed_in("dsl") as dsl:
        users.confirm_key(dsl, fresh.id)
    with school.signed_in("head", "her own words again") as head:
        approve(head, second)
        later = letters.get(head, second)
        assert later.key_fingerprint != old_key
        assert later.key_flag == ""
        assert [signature_fault(head, each) for each in (first, second)] == ["", ""]


def test_where_nobody_else_could_confirm_a_key_it_signs_and_stays_flagged(school: RealSchool) -> None:
    """A small school whose headteacher is also the DSL must not be locked out of its own letters."""
    with school.signed_in("office") as office:
        dsl = school.user_id(office, "dsl")
        users.close_account(office, dsl)
        letter = warning_waiting(office)
        users.reset_password(office, school.user_id(office, "head"), "made up by the office", vault.TESTING)
    with school.signed_in("head", "made up by the office") as head:
        users.change_my_password(head, "made up by the office", "her own words again", vault.TESTING)
        approve(head, letter)
        assert "reset" in letters.get(head, letter).key_flag


def test_a_window_left_open_over_a_reset_cannot_go_on_signing_with_the_old_key(school: RealSchool) -> None:
    with school.signed_in("head") as head:
        with school.signed_in("office") as office:
            letter = warning_waiting(office)
            users.reset_password(
                office, school.user_id(office, "head"), "made up by the office", vault.TESTING
            )
        with pytest.raises(NotAllowed, match="password of your own"):
            approve(head, letter)


def test_the_office_cannot_approve_by_taking_the_headteachers_role(school: RealSchool) -> None:
    with school.signed_in("office") as office:
        letter = warning_waiting(office)
        mine = next(row for row in users.list_users(office) if row.draft.login == "office")
        from dataclasses import replace

        with pytest.raises(Refused) as caught:
            users.save(
                office,
                mine.id,
                replace(mine.draft, roles=(*mine.draft.roles, Role.HEADTEACHER)),
                mine.version,
            )
        assert caught.value.rule == "CON-5"
        with pytest.raises(NotAllowed):
            approve(office, letter)
