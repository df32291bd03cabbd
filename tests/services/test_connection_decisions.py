"""Deciding about an exception: by the right person, once, never dated back, and signed (CON-2, CON-5)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from smdesk.db.models import (
    AuditEntry,
    ConnectionDecision,
    ConnectionEvent,
    ConnectionException,
    Person,
    User,
)
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import Capacity
from smdesk.security import signatures
from smdesk.security.permissions import Role
from smdesk.security.signatures import SigningKey, fingerprint, verify
from smdesk.services import connection_decisions as decisions
from smdesk.services import connection_signing as signing
from smdesk.services import connections, decision_entry, people_merge, queue, users
from smdesk.services.connection_records import DecisionDraft, DecisionKind, DecisionOrigin, ExceptionStatus
from smdesk.services.context import Saved
from smdesk.services.incident_records import Confidentiality
from smdesk.services.session import replace_key
from tests.support.connections import approved, declare, leaves, opened, submit, version
from tests.support.school import START, SmallSchool

TODAY = START.date()
APPROVE = DecisionDraft(DecisionKind.APPROVE, "Her uncle; the family told us.", "Her mother knows.")


def waiting(school: SmallSchool, adult: str = "teacher", other: str = "sam", **fields) -> int:
    return submit(school, declare(school, adult, other, **fields))


def decide(school: SmallSchool, exception: int, draft: DecisionDraft, login: str = "headteacher") -> Saved:
    return decisions.decide(school.ctx_for(login), exception, version(school, exception), draft)


def row(school: SmallSchool, decision: int) -> ConnectionDecision:
    with school.database.reading() as session:
        return session.get_one(ConnectionDecision, decision)


def give_roles(school: SmallSchool, login: str, *roles: Role) -> None:
    with school.database.writing() as session:
        session.get_one(User, school.users[login]).roles = [str(role) for role in roles]


# ------------------------------------------------------------------------------------------------------ approving


def test_an_approval_is_signed_over_the_record_and_stands(school: SmallSchool) -> None:
    exception = waiting(school)
    saved = decide(school, exception, APPROVE)
    assert {("exception", exception), ("person", school.people["sam"])} <= saved.changes
    record = opened(school, exception)
    assert (record.status, record.in_force, record.from_on) == (ExceptionStatus.APPROVED, True, TODAY)
    assert record.review_on == date(2027, 3, 11)
    assert record.version == saved.version
    (decision,) = record.decisions
    assert decision.id == saved.id
    assert (decision.origin, decision.number, decision.fault) == (DecisionOrigin.SIGNED, 1, "")
    assert decision.conditions == "Her mother knows."
    assert decision.fingerprint == fingerprint(school.signing["headteacher"].public)
    stored = row(school, saved.id)
    payload = json.loads(stored.signed_payload)
    assert verify(school.signing["headteacher"].public, payload, stored.signature)
    assert (payload["adult"]["name"], payload["other"]["name"]) == ("Tim Hazel", "Sam Quillfeather")
    assert payload["timeliness"] == "on_entry"
    assert payload["decider"]["role"] == "headteacher"
    assert APPROVE.reason not in stored.signed_payload
    with school.database.reading() as session:
        assert session.get_one(ConnectionException, exception).sealed
        line = session.scalars(select(ConnectionEvent).where(ConnectionEvent.decision_id == saved.id)).one()
        assert (line.kind, line.reason, line.rule) == ("decision", APPROVE.reason, "CON-2")
        audited = session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "decision")).one()
        assert (audited.action, audited.object_id, audited.actor_id) == (
            "decision.signed",
            saved.id,
            school.users["headteacher"],
        )


def test_the_form_begins_with_what_was_proposed_and_with_the_policys_review(school: SmallSchool) -> None:
    exception = waiting(school, conditions_proposed="Only in the holidays.")
    head = school.ctx_for("headteacher")
    assert decisions.defaults(head, exception) == DecisionDraft(
        DecisionKind.APPROVE, "", "Only in the holidays.", TODAY, date(2027, 3, 11)
    )
    leaves(school, "sam", date(2026, 7, 22))
    assert decisions.defaults(head, exception).review_on == date(2026, 7, 22)
    decide(school, exception, APPROVE)
    again = decisions.defaults(head, exception)
    assert (again.kind, again.conditions) == (DecisionKind.RENEW, "Her mother knows.")


def test_a_proposed_review_is_on_a_day_somebody_is_there_a_chosen_one_as_chosen(school: SmallSchool) -> None:
    exception = waiting(school)
    head = school.ctx_for("headteacher")
    school.clock.now = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # in a year that is Easter Saturday
    assert decisions.defaults(head, exception).review_on == date(2027, 3, 30)
    leaves(school, "sam", date(2026, 8, 31))  # a bank holiday
    assert decisions.defaults(head, exception).review_on == date(2026, 8, 28)
    leaves(school, "sam", date(2026, 3, 29))  # the only days before it are a weekend
    assert decisions.defaults(head, exception).review_on == date(2026, 3, 29)
    leaves(school, "sam", None)
    saved = decide(school, exception, replace(APPROVE, from_on=None, review_on=date(2027, 3, 27)))
    assert row(school, saved.id).review_on == date(2027, 3, 27)


@pytest.mark.parametrize(
    ("draft", "field", "said"),
    [
        (DecisionDraft(DecisionKind.APPROVE, "  "), "reason", "reason"),
        (DecisionDraft(DecisionKind.REFUSE), "reason", "reason"),
        (DecisionDraft(DecisionKind.APPROVE, "x" * 4001), "reason", "4,000"),
        (
            DecisionDraft(DecisionKind.APPROVE, "x", from_on=TODAY - timedelta(days=1)),
            "from_on",
            "never dated back",
        ),
        (DecisionDraft(DecisionKind.APPROVE, "x", review_on=TODAY), "review_on", "after 11 March 2026"),
        (DecisionDraft(DecisionKind.APPROVE, "x", review_on=date(2206, 3, 1)), "review_on", "year"),
        (DecisionDraft(DecisionKind.APPROVE, "x", from_on=date(2206, 3, 1)), "from_on", "within 2 years"),
        (DecisionDraft(DecisionKind.APPROVE, "x", from_on=date.max), "from_on", "within 2 years"),
    ],
)
def test_what_a_decision_must_hold(school: SmallSchool, draft: DecisionDraft, field: str, said: str) -> None:
    exception = waiting(school)
    with pytest.raises(Invalid, match=said) as caught:
        decide(school, exception, draft)
    assert [problem.field for problem in caught.value.problems] == [field]
    assert opened(school, exception).decisions == ()


@pytest.mark.parametrize("kind", [DecisionKind.END, DecisionKind.REVOKE])
def test_an_end_is_one_that_comes(school: SmallSchool, kind: DecisionKind) -> None:
    exception = approved(school)
    with pytest.raises(Invalid, match="within 5 years"):
        decide(school, exception, DecisionDraft(kind, "x", from_on=date.max))


def test_a_review_after_a_known_leaving_date_is_refused_with_the_date(school: SmallSchool) -> None:
    exception = waiting(school)
    leaves(school, "sam", date(2026, 7, 22))
    with pytest.raises(Invalid, match="Sam Quillfeather’s leaving date is 22 July 2026"):
        decide(school, exception, DecisionDraft(DecisionKind.APPROVE, "x", review_on=date(2026, 9, 1)))
    saved = decide(school, exception, APPROVE)
    assert row(school, saved.id).review_on == date(2026, 7, 22)


def test_an_approval_that_could_never_be_in_force_is_refused(school: SmallSchool) -> None:
    exception = waiting(school)
    leaves(school, "teacher", TODAY)
    with pytest.raises(Refused, match=r"Tim Hazel’s leaving date .* never be in force") as caught:
        decide(school, exception, APPROVE)
    assert caught.value.rule == "CON-2"


def test_it_may_begin_later_and_is_not_in_force_before(school: SmallSchool) -> None:
    exception = waiting(school)
    begins = TODAY + timedelta(days=10)
    decide(school, exception, DecisionDraft(DecisionKind.APPROVE, "x", from_on=begins))
    record = opened(school, exception, "headteacher")
    assert (record.in_force, record.from_on) == (False, begins)
    assert record.open_decisions == (DecisionKind.REVOKE,)
    with pytest.raises(Refused, match="has not begun"):
        decide(school, exception, DecisionDraft(DecisionKind.RENEW, "x"))


# ------------------------------------------------------------------------------------------------ who decides


def test_only_the_headteacher_decides(school: SmallSchool) -> None:
    exception = waiting(school)
    for login in ("business_manager", "dsl", "leadership", "governor", "administrator"):
        with pytest.raises(NotAllowed):
            decide(school, exception, APPROVE, login)
    with pytest.raises(NotFound):
        decide(school, exception, APPROVE, "chair")
    decide(school, exception, APPROVE)


def test_the_headteachers_own_goes_to_the_chair(school: SmallSchool) -> None:
    exception = waiting(school, "head", "tariq")
    with pytest.raises(NotAllowed, match=r"CON-5.*Mrs C. Fir"):
        decide(school, exception, APPROVE)
    saved = decide(school, exception, APPROVE, "chair")
    payload = json.loads(row(school, saved.id).signed_payload)
    assert (payload["decider"]["role"], payload["decider"]["name"]) == ("chair_of_governors", "Mrs C. Fir")
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_a_chair_who_is_headteacher_too_does_not_decide_the_headteachers_own(school: SmallSchool) -> None:
    exception = waiting(school, "head", "tariq")
    give_roles(school, "headteacher", Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
    with pytest.raises(NotAllowed, match="CON-5"):
        decide(school, exception, APPROVE)


def test_nobody_decides_what_they_put_forward_or_declared(school: SmallSchool) -> None:
    mine = submit(school, declare(school), "headteacher")
    with pytest.raises(NotAllowed, match="Take it back and let the office put it forward"):
        decide(school, mine, APPROVE)
    told = waiting(school, other="tariq", declarant_id=school.people["head"])
    with pytest.raises(NotAllowed, match="You declared this"):
        decide(school, told, APPROVE)


def test_a_second_record_of_the_decider_does_not_open_the_door(school: SmallSchool) -> None:
    """A duplicate of the headteacher's own person record is the headteacher all the same (CON-5)."""
    with school.database.writing() as session:
        twin = Person(
            kind="staff", given_name="H.", family_name="Alder", sort_name="alder h.", created_at=START
        )
        session.add(twin)
        session.flush()
        twin_id = twin.id
    school.people["twin"] = twin_id
    exception = waiting(school, "twin", "tariq")
    people_merge.merge(school.ctx_for("business_manager"), school.people["head"], twin_id)
    with pytest.raises(NotAllowed, match="CON-5"):
        decide(school, exception, APPROVE)


@pytest.mark.parametrize(
    ("name", "barred"), [("Mr T. Hazel", True), ("Tim Hazel", True), ("Mrs H. Alder", False)]
)
def test_a_decider_without_a_person_record_does_not_decide_about_their_own_name(
    school: SmallSchool, name: str, barred: bool
) -> None:
    """Without the link nothing says who the headteacher is but the name (CON-5)."""
    exception = waiting(school)
    with school.database.writing() as session:
        head = session.get_one(User, school.users["headteacher"])
        head.person_id, head.name = None, name
    told = [each for each in users.notices(school.ctx_for("headteacher")) if "has no person record" in each]
    assert len(told) == 1
    if not barred:
        decide(school, exception, APPROVE)
        return
    with pytest.raises(NotAllowed, match="choose your record under Settings"):
        decide(school, exception, APPROVE)
    with school.database.writing() as session:
        namesake = Person(
            kind="staff", given_name="Tim", family_name="Hazel", sort_name="h", created_at=START
        )
        session.add(namesake)
        session.flush()
        session.get_one(User, school.users["headteacher"]).person_id = namesake.id
    decide(school, exception, APPROVE)  # somebody else of that name, as the record says


@pytest.mark.parametrize("to", [None, "tariq", "twin"])
def test_a_record_turned_away_to_decide_ones_own_does_not_help(school: SmallSchool, to: str | None) -> None:
    """An administrator takes the headteacher's record off the account, or chooses another, for a minute (CON-5)."""
    with school.database.writing() as session:
        twin = Person(kind="staff", given_name="Helen", family_name="Alder", sort_name="a", created_at=START)
        session.add(twin)
        session.flush()
        school.people["twin"] = twin.id
    exception = waiting(school, "head", "tariq" if to != "tariq" else "sam")
    admin = school.ctx_for("administrator")
    row = next(each for each in users.list_users(admin) if each.id == school.users["headteacher"])
    other = None if to is None else school.people[to]
    users.save(admin, row.id, replace(row.draft, person_id=other), row.version)
    with pytest.raises(NotAllowed, match="CON-5"):
        decide(school, exception, APPROVE)
    assert exception not in [item.record_id for item in queue.waiting(school.ctx_for("headteacher"))]
    # Whoever else it is about is decided as ever.
    decide(school, waiting(school, other="anna", capacity=Capacity.PARENT), APPROVE)


def test_a_role_taken_away_while_the_form_was_open_counts_at_once(school: SmallSchool) -> None:
    exception = waiting(school)
    ctx, held = school.ctx_for("headteacher"), version(school, exception)
    give_roles(school, "headteacher", Role.LEADERSHIP)
    with pytest.raises(NotAllowed, match="does not allow"):
        decisions.decide(ctx, exception, held, APPROVE)
    with pytest.raises(NotAllowed):
        decisions.confirm_paper(ctx, 1)


def test_a_confidential_one_stays_closed_to_the_office(school: SmallSchool) -> None:
    exception = declare(school, login="dsl", confidentiality=Confidentiality.SAFEGUARDING)
    submit(school, exception, "dsl")
    with pytest.raises(NotFound):
        decisions.record_paper(
            school.ctx_for("business_manager"), exception, 2, APPROVE, TODAY, "a.pdf", b"%PDF-1.4"
        )
    decide(school, exception, APPROVE)


# --------------------------------------------------------------------------------------------------- the key


def test_a_new_key_decides_nothing_until_somebody_vouches_for_it_and_the_old_signature_stands(
    school: SmallSchool,
) -> None:
    first = decide(school, waiting(school), APPROVE)
    exception = waiting(school, other="tariq")
    fresh = SigningKey.generate()
    with school.database.writing() as session:
        head = session.get_one(User, school.users["headteacher"])
        key = replace_key(
            session, head, fresh.public, "reset", school.users["administrator"], school.clock.forward(hours=1)
        )
        key_id = key.id
    with pytest.raises(Refused, match="has been replaced since you signed in"):
        decide(school, exception, APPROVE)
    school.signing["headteacher"] = fresh
    with pytest.raises(Refused, match=r"made by a password reset.*Mr D. Birch or Mrs C. Fir compares"):
        decide(school, exception, APPROVE)
    assert opened(school, exception).decisions == ()
    assert signing.check_one(school.ctx_for("dsl"), first.id) == ""
    users.confirm_key(school.ctx_for("dsl"), key_id)
    second = decide(school, exception, APPROVE)
    assert signing.check_all(school.ctx_for("dsl")) == []
    assert opened(school, exception).decisions[0].fingerprint == fingerprint(fresh.public)
    assert row(school, first.id).signing_key_id != row(school, second.id).signing_key_id


def test_a_signature_with_a_key_that_was_out_of_use_by_then_is_found(school: SmallSchool) -> None:
    """Whoever keeps a replaced key, and gets at the database, still cannot sign with it unseen."""
    exception = waiting(school)
    with school.database.writing() as session:
        head = session.get_one(User, school.users["headteacher"])
        replace_key(session, head, SigningKey.generate().public, "first", None, school.clock.now)
    school.clock.forward(hours=2)
    old = school.signing["headteacher"]
    with school.database.writing() as session:
        held = session.get_one(ConnectionException, exception)
        forged = decision_entry.new_row(
            held,
            school.ctx_for("headteacher"),
            DecisionDraft(DecisionKind.APPROVE, "x", "", TODAY, TODAY + timedelta(days=9)),
            DecisionOrigin.SIGNED,
            TODAY,
            session.get_one(User, school.users["headteacher"]),
        )
        payload = signing.payload(session, forged, held)
        forged.signing_key_id = 1
        forged.signed_payload = signatures.canonical(payload).decode()
        forged.signature = signatures.sign(old, payload)
        session.add(forged)
        session.flush()
        forged_id = forged.id
    assert "not in use" in signing.check_one(school.ctx_for("dsl"), forged_id)


# ---------------------------------------------------------------------------------------------- states and order


def test_the_second_of_two_windows_is_told_what_the_first_decided(school: SmallSchool) -> None:
    exception = waiting(school)
    held = version(school, exception)
    head = school.ctx_for("headteacher")
    decisions.decide(head, exception, held, DecisionDraft(DecisionKind.REFUSE, "Not a relative."))
    with pytest.raises(Conflict, match=r"Refused by Mrs H\. Alder, 11 March 2026") as caught:
        decisions.decide(head, exception, held, APPROVE)
    (change,) = caught.value.changes
    assert (change.theirs, change.mine) == ("Refused by Mrs H. Alder", "Approved")
    assert caught.value.current_version == held + 1
    assert len(opened(school, exception).decisions) == 1


def test_facts_changed_while_the_form_was_open_are_looked_at_first(school: SmallSchool) -> None:
    exception = waiting(school)
    held = version(school, exception)
    office = school.ctx_for("business_manager")
    connections.add_note(office, exception, "Rang the mother.")
    changed = opened(school, exception)
    connections.save(office, replace(changed.draft, known_how="Seen."), exception, changed.version)
    with pytest.raises(Conflict, match="changed by somebody else"):
        decisions.decide(school.ctx_for("headteacher"), exception, held, APPROVE)


def test_only_what_was_put_forward_is_decided(school: SmallSchool) -> None:
    exception = declare(school)
    with pytest.raises(Refused, match="has not been put forward"):
        decide(school, exception, APPROVE)
    submit(school, exception)
    decide(school, exception, DecisionDraft(DecisionKind.ASK_FOR_MORE, "Which of the two families?"))
    assert opened(school, exception).status is ExceptionStatus.MORE_WANTED
    with pytest.raises(Refused, match="More was asked for"):
        decide(school, exception, APPROVE)
    submit(school, exception)
    decide(school, exception, APPROVE)
    with pytest.raises(Refused, match="has been decided already"):
        decide(school, exception, DecisionDraft(DecisionKind.REFUSE, "x"))


def test_what_was_asked_about_may_change_and_the_asking_still_verifies(school: SmallSchool) -> None:
    exception = waiting(school)
    asked = decide(school, exception, DecisionDraft(DecisionKind.ASK_FOR_MORE, "Since when?"))
    record = opened(school, exception)
    connections.save(
        school.ctx_for("business_manager"),
        replace(record.draft, since_words="Since birth", platforms=("facebook", "instagram")),
        exception,
        record.version,
    )
    submit(school, exception)
    decide(school, exception, APPROVE)
    assert signing.check_one(school.ctx_for("dsl"), asked.id) == ""
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_renewed_ended_and_revoked(school: SmallSchool) -> None:
    exception = approved(school)
    school.clock.forward(days=200)
    today = school.clock.now.date()
    decide(
        school,
        exception,
        DecisionDraft(DecisionKind.RENEW, "Nothing changed.", "As before.", review_on=date(2027, 9, 1)),
    )
    assert opened(school, exception).review_on == date(2027, 9, 1)
    with pytest.raises(Invalid, match="not taken back"):
        decide(school, exception, DecisionDraft(DecisionKind.END, "x", from_on=today - timedelta(days=1)))
    ends = today + timedelta(days=30)
    decide(school, exception, DecisionDraft(DecisionKind.END, "They asked for it.", from_on=ends))
    record = opened(school, exception)
    assert (record.in_force, record.ends_on) == (True, ends)
    with pytest.raises(Invalid, match=r"ends on .* already"):
        decide(school, exception, DecisionDraft(DecisionKind.REVOKE, "x", from_on=ends))
    decide(school, exception, DecisionDraft(DecisionKind.REVOKE, "Conditions broken."))
    record = opened(school, exception)
    assert (record.in_force, record.status, record.ends_on) == (False, ExceptionStatus.REVOKED, today)
    assert record.open_decisions == ()
    with pytest.raises(Refused, match="nothing to renew"):
        decide(school, exception, DecisionDraft(DecisionKind.RENEW, "x"))
    assert [each.number for each in record.decisions] == [1, 2, 3, 4]
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_a_refusal_carries_no_days_and_no_conditions(school: SmallSchool) -> None:
    saved = decide(
        school,
        waiting(school),
        DecisionDraft(DecisionKind.REFUSE, "No tie.", "left in the form", TODAY, TODAY + timedelta(days=3)),
    )
    stored = row(school, saved.id)
    assert (stored.conditions, stored.from_on, stored.review_on) == ("", None, None)


def test_a_later_exception_takes_the_place_of_the_earlier_when_it_is_approved(school: SmallSchool) -> None:
    first = approved(school)
    later = submit(school, declare(school, supersedes=first, platforms=("facebook", "instagram")))
    assert opened(school, first).in_force
    decide(school, later, APPROVE)
    assert opened(school, first).status is ExceptionStatus.SUPERSEDED
    assert opened(school, later).supersedes == (first, "2026/C0001")
    payload = json.loads(row(school, opened(school, later).decisions[0].id).signed_payload)
    assert payload["supersedes"] == "2026/C0001"
    assert signing.check_all(school.ctx_for("dsl")) == []


def test_a_parent_known_before_can_be_approved(school: SmallSchool) -> None:
    saved = decide(school, waiting(school, "teacher", "anna", capacity=Capacity.PARENT), APPROVE)
    assert json.loads(row(school, saved.id).signed_payload)["capacity"] == "parent"
