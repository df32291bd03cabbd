"""Whatever is changed behind the program's back about an exception or its decisions is found, column by column."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from smdesk.db import evidence as store
from smdesk.db.models import ConnectionDecision, ConnectionException, Person
from smdesk.errors import Cancelled
from smdesk.policy.vocabulary import Capacity
from smdesk.security import signatures
from smdesk.services import (
    connection_decisions,
    connection_files,
    connection_signing,
    connections,
    people,
    people_merge,
    verify,
    verify_connections,
)
from smdesk.services.connection_records import Agreement, DecisionDraft, DecisionKind, FileKind
from tests.support.connections import approved, decide, declare, leaves, opened, submit, version
from tests.support.school import START, SmallSchool

TODAY = START.date()
FULL = {
    "relationship_note": "Her mother’s brother",
    "since_on": date(2015, 9, 14),
    "since_words": "since birth",
    "evidence_seen": "A letter of the mother.",
    "conditions_proposed": "Only family photographs.",
    "agreement": Agreement.SIGNED,
    "agreement_on": TODAY,
    "platforms": ("facebook", "instagram"),
}


def faults(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return verify_connections.faults(session, school.clock.now.date())


def by_hand(school: SmallSchool, *statements: str) -> None:
    """Somebody with the keys and a database tool, the guards taken away first."""
    with school.database.writing() as session:
        for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f'DROP TRIGGER "{name}"'))
        for statement in statements:
            assert session.execute(text(statement)).rowcount, statement


def scan(width: int = 40) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, 60), "white").save(out, format="PNG")
    return out.getvalue()


def on_paper(school: SmallSchool, *, confirm: bool) -> int:
    exception = submit(school, declare(school, **FULL))
    saved = connection_decisions.record_paper(
        school.ctx_for("business_manager"),
        exception,
        version(school, exception),
        DecisionDraft(DecisionKind.APPROVE, "As on paper.", "None."),
        TODAY,
        "scan.png",
        scan(),
    )
    if confirm:
        connection_decisions.confirm_paper(school.ctx_for("headteacher"), saved.id)
    return saved.id


def signed(school: SmallSchool) -> int:
    approved(school, **FULL)
    return 1


def imported(school: SmallSchool) -> int:
    exception = declare(school, **FULL)
    with school.database.writing() as session:
        row = connection_decisions.enter_imported(
            session,
            school.ctx_for("business_manager"),
            session.get_one(ConnectionException, exception),
            decided_on=TODAY,
            from_on=TODAY,
            review_on=TODAY + timedelta(days=300),
            decider_name="The headteacher of then",
            reason="Approved before SM Desk",
        )
        return row.id


WAYS: dict[str, Callable[[SmallSchool], int]] = {
    "signed": signed,
    "confirmed": lambda school: on_paper(school, confirm=True),
    "unconfirmed": lambda school: on_paper(school, confirm=False),
    "imported": imported,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_written_by_the_program_has_no_fault(school: SmallSchool, way: str) -> None:
    WAYS[way](school)
    told: list[tuple[int, int]] = []
    with school.database.reading() as session:
        assert verify_connections.faults(session, TODAY, lambda done, whole: told.append((done, whole))) == []
    assert connection_signing.check_all(school.ctx_for("governor")) == []
    assert told == sorted(told)


EXCEPTION = {
    "adult_kind": "'volunteer'",
    "capacity": "'former_pupil'",
    "relationship": "'parent'",
    "relationship_note": "'x'",
    "known_how": "'x'",
    "since_on": "'2001-01-01'",
    "since_words": "'x'",
    "links": "'friend,message'",
    "initiator": "'adult'",
    "adult_joined_on": "'2021-01-01'",
    "other_joined_on": "'2021-01-01'",
    "declared_on": "'2026-03-10'",
    "evidence_seen": "'x'",
    "conditions_proposed": "'x'",
    "agreement": "'declined'",
    "agreement_on": "'2026-03-10'",
    "adult_id": "(SELECT id FROM person WHERE family_name = 'Birch')",
    "other_id": "(SELECT id FROM person WHERE family_name = 'Osei-Marsh')",
    "number": "7",
    "year": "2025",
    "sealed": "0",
    "status": "'refused'",
    "from_on": "'2026-01-01'",
    "review_on": "'2029-01-01'",
    "ends_on": "'2026-04-01'",
    "end_cause": "'revoked'",
    "timeliness": "'late'",
    "late_days": "12",
    "headteacher_concerned": "1",
}
DECISION = {
    "kind": "'renew'",
    "reason": "'x'",
    "conditions": "'x'",
    "decided_on": "'2026-03-10'",
    "from_on": "'2026-03-10'",
    "review_on": "'2030-03-10'",
    "decider_name": "'Mrs X'",
    "recorded_at": "'2026-03-10T09:30:00Z'",
    "recorded_by": "5",
    "decided_by": "2",
    "answer": "'disputed'",
    "origin": "CASE origin WHEN 'signed' THEN 'imported' ELSE 'signed' END",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("table", "columns"), [("connection_exception", EXCEPTION), ("connection_decision", DECISION)]
)
def test_every_column(school: SmallSchool, way: str, table: str, columns: dict[str, str]) -> None:
    WAYS[way](school)
    for column, value in columns.items():
        with school.database.reading() as session:
            before = session.execute(text(f"SELECT {column} FROM {table}")).scalar_one()
        by_hand(school, f"UPDATE {table} SET {column} = {value}")
        assert faults(school), column
        with school.database.writing() as session:
            session.execute(text(f"UPDATE {table} SET {column} = :before"), {"before": before})
        assert faults(school) == [], column


def test_an_unsigned_decision_is_held_to_who_declared_it_and_to_what_it_took_the_place_of(
    school: SmallSchool,
) -> None:
    approved(school, platforms=("whatsapp",))
    imported(school)
    assert faults(school) == []
    for statement in (
        f"UPDATE connection_exception SET declarant_id = {school.people['anna']} WHERE id = 2",
        "UPDATE connection_exception SET supersedes_id = 1 WHERE id = 2",
    ):
        by_hand(school, statement)
        assert any("is unsigned, and" in fault for fault in faults(school)), statement
        column = statement.split("SET ")[1].split(" ")[0]
        by_hand(school, f"UPDATE connection_exception SET {column} = NULL WHERE id = 2")
        assert faults(school) == [], statement


@pytest.mark.parametrize("way", WAYS)
def test_where_a_record_comes_from(school: SmallSchool, way: str) -> None:
    """A signed exception that is made to look like one from before SM Desk would hide who signed it."""
    WAYS[way](school)
    by_hand(school, "UPDATE connection_exception SET origin = 'imported'")
    assert any("no line of the audit log says who declared it" in fault for fault in faults(school))


@pytest.mark.parametrize("confirm", [True, False])
def test_what_was_asked_for_on_paper_may_be_given(school: SmallSchool, confirm: bool) -> None:
    """Asking for more invites a change: it is no fault, whoever the declaration turns out to be about."""
    exception = submit(school, declare(school))
    office = school.ctx_for("business_manager")
    connection_decisions.record_paper(
        office, exception, version(school, exception), DecisionDraft(DecisionKind.ASK_FOR_MORE, reason="Who is it?"),
        TODAY, "scan.png", scan(),
    )  # fmt: skip
    record = opened(school, exception)
    fuller = replace(record.draft, known_how="The cousin, not the brother.", other_id=school.people["tariq"])
    connections.save(office, fuller, exception, record.version)
    assert faults(school) == []
    if confirm:
        connection_decisions.confirm_paper(school.ctx_for("headteacher"), 1)
        assert faults(school) == []
    by_hand(school, "UPDATE connection_decision SET reason = 'Another.'")
    assert faults(school)


@pytest.mark.parametrize("way", WAYS)
def test_a_platform_put_in_or_taken_out(school: SmallSchool, way: str) -> None:
    WAYS[way](school)
    by_hand(school, "UPDATE exception_platform SET platform = 'tiktok' WHERE platform = 'instagram'")
    assert any("changed" in fault for fault in faults(school))


@pytest.mark.parametrize("way", ["signed", "confirmed"])
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE connection_decision SET signature = zeroblob(64)", "not its decider's"),
        ("UPDATE connection_decision SET signature = NULL", "carries no signature"),
        (
            "UPDATE connection_decision SET signed_payload = replace(signed_payload, 'facebook', 'facebooc')",
            "not its decider's",
        ),
        ("UPDATE connection_decision SET signed_payload = '{'", "not its decider's"),
        ("UPDATE connection_decision SET signing_key_id = 2", "does not belong to whoever decided"),
        ("UPDATE signing_key SET public_key = zeroblob(32) WHERE user_id = 1", "not its decider's"),
        ("UPDATE signing_key SET created_at = '2027-01-01T00:00:00Z' WHERE user_id = 1", "not in use"),
    ],
)
def test_the_signature_itself(school: SmallSchool, way: str, statement: str, said: str) -> None:
    WAYS[way](school)
    by_hand(school, statement)
    assert any(said in fault for fault in faults(school))
    assert any(said in fault for fault in connection_signing.check_all(school.ctx_for("dsl")))
    record = opened(school, 1)
    assert said in record.decisions[0].fault


@pytest.mark.parametrize("way", ["unconfirmed", "imported"])
def test_a_signature_put_where_nobody_signed(school: SmallSchool, way: str) -> None:
    WAYS[way](school)
    by_hand(
        school,
        "UPDATE connection_decision SET signature = zeroblob(64), signed_payload = '{}', signing_key_id = 1",
    )
    assert any("yet carries a signature" in fault for fault in faults(school))


def test_a_signature_of_the_decider_that_was_made_for_something_else(school: SmallSchool) -> None:
    """Her own key, a good signature, the same words: but she signed them as something else."""
    signed(school)
    with school.database.reading() as session:
        row = session.get_one(ConnectionDecision, 1)
        other = {**json.loads(row.signed_payload or ""), "purpose": "approve letter"}
    made = signatures.sign(school.signing["headteacher"], other).hex()
    words = f"CAST(x'{signatures.canonical(other).hex()}' AS TEXT)"
    by_hand(school, f"UPDATE connection_decision SET signed_payload = {words}, signature = x'{made}'")
    assert "made for something else" in connection_signing.check_one(school.ctx_for("dsl"), 1)


@pytest.mark.parametrize("way", WAYS)
def test_a_decision_taken_out_or_put_in(school: SmallSchool, way: str) -> None:
    WAYS[way](school)
    columns = ", ".join(column.name for column in ConnectionDecision.__table__.columns if column.name != "id")
    by_hand(
        school,
        f"INSERT INTO connection_decision ({columns}) SELECT {columns} FROM connection_decision",
    )
    assert any("no line of the audit log says who wrote it" in fault for fault in faults(school))
    by_hand(school, "UPDATE connection_event SET decision_id = NULL")
    by_hand(school, "DELETE FROM connection_decision")
    assert any("is not on record any more" in fault for fault in faults(school))


@pytest.mark.parametrize("way", ["confirmed", "unconfirmed"])
def test_the_scan_of_a_paper(school: SmallSchool, way: str) -> None:
    WAYS[way](school)
    office = school.ctx_for("business_manager")
    connection_files.add(office, 1, FileKind.EVIDENCE, "other.png", scan(99))
    by_hand(school, "UPDATE connection_decision SET file_id = 2")
    assert any("scan" in fault or "not the one that was written" in fault for fault in faults(school))
    by_hand(
        school,
        "UPDATE connection_decision SET file_id = 1",
        "UPDATE connection_file SET stored_name = NULL, file_key = NULL WHERE id = 1",
    )
    found = faults(school)
    assert any("its scan was removed" in fault for fault in found)
    assert any("gone, but nobody removed it" in fault for fault in found)


def test_another_content_for_the_confirmed_scan(school: SmallSchool) -> None:
    WAYS["confirmed"](school)
    by_hand(school, "UPDATE connection_file SET sha256 = replace(sha256, substr(sha256, 1, 1), 'z')")
    assert any("the files and the scan were changed" in fault for fault in faults(school))


def test_the_files_that_were_there_belong_to_what_was_signed(school: SmallSchool) -> None:
    exception = submit(school, declare(school))
    office = school.ctx_for("business_manager")
    connection_files.add(office, exception, FileKind.FORM, "form.png", scan())
    decide(school, exception, DecisionKind.APPROVE)
    connection_files.add(office, exception, FileKind.EVIDENCE, "later.png", scan(77))
    connection_files.remove(office, 1, "It was another child's.")
    assert faults(school) == []  # added since, and removed with a reason: neither undoes the signature
    by_hand(school, "UPDATE connection_file SET sha256 = 'x' WHERE id = 1")
    assert any(
        "the files was changed" in fault or "the files were changed" in fault for fault in faults(school)
    )


def test_an_exception_taken_out(school: SmallSchool) -> None:
    declare(school)
    declare(school, other="tariq")
    by_hand(
        school,
        "DELETE FROM connection_event",
        "DELETE FROM exception_platform",
        "DELETE FROM connection_exception WHERE number = 1",
    )
    found = faults(school)
    assert any("not numbered one after the other: 1 is missing" in fault for fault in found)
    assert any("An exception was declared" in fault for fault in found)


def test_an_exception_nobody_declared(school: SmallSchool) -> None:
    declare(school)
    with school.database.writing() as session:
        first = session.get_one(ConnectionException, 1)
        columns = {
            column.name: getattr(first, column.name) for column in ConnectionException.__table__.columns
        }
        session.add(ConnectionException(**{**columns, "id": None, "number": 2}))
    assert any("no line of the audit log says who declared it" in fault for fault in faults(school))


def test_a_chain_that_was_bent(school: SmallSchool) -> None:
    first = approved(school)
    approved(school, other="tariq")
    submit(school, declare(school, supersedes=first, platforms=("instagram",)))
    assert faults(school) == []
    by_hand(school, "UPDATE connection_exception SET supersedes_id = 2 WHERE id = 3")
    assert any("about somebody else" in fault for fault in faults(school))
    by_hand(school, "UPDATE connection_exception SET supersedes_id = 3 WHERE id = 1")
    assert any("came after it" in fault for fault in faults(school))


def test_renamed_and_merged_people_are_the_same_people(school: SmallSchool) -> None:
    approved(school)
    office = school.ctx_for("business_manager")
    record = people.record_of(office, school.people["sam"])
    people.save(office, replace(record.draft, family_name="Brightwater"), record.id, record.version)
    assert faults(school) == []
    with school.database.writing() as session:
        twin = Person(
            kind="pupil", given_name="Samuel", family_name="Brightwater", sort_name="b", created_at=START
        )
        session.add(twin)
        session.flush()
        twin_id = twin.id
    merged = people_merge.merge(office, twin_id, school.people["sam"])
    assert opened(school, 1).draft.other_id == twin_id
    assert faults(school) == []
    people_merge.unmerge(office, merged.id)
    assert opened(school, 1).draft.other_id == school.people["sam"]
    assert faults(school) == []


def test_a_pointer_that_only_says_merged_is_no_merge(school: SmallSchool) -> None:
    approved(school)
    sam, tariq = school.people["sam"], school.people["tariq"]
    by_hand(
        school,
        f"UPDATE connection_exception SET other_id = {tariq}",
        f"UPDATE person SET merged_into = {tariq} WHERE id = {sam}",
    )
    assert any("somebody else than the record names" in fault for fault in faults(school))
    # Whoever may check the records may not be one who may read them: no fault tells a name.
    assert not any("Sam" in fault or "Tariq" in fault for fault in faults(school))


def test_a_merge_pointed_at_another_child_is_found(school: SmallSchool) -> None:
    """Sam's record was merged with reason; by hand it is then pointed at a namesake."""
    approved(school)
    office, sam = school.ctx_for("business_manager"), school.people["sam"]
    with school.database.writing() as session:
        for _ in range(2):
            session.add(
                Person(
                    kind="pupil",
                    given_name="Sam",
                    family_name="Quillfeather",
                    sort_name="q",
                    created_at=START,
                )
            )
        session.flush()
        twin, other = session.query(Person.id).order_by(Person.id.desc()).limit(2).all()
        twin_id, other_id = twin[0], other[0]
    people_merge.merge(office, twin_id, sam)
    assert faults(school) == []
    by_hand(
        school,
        f"UPDATE person SET merged_into = {other_id} WHERE id = {sam}",
        f"UPDATE connection_exception SET other_id = {other_id}",
    )
    assert any("somebody else than the record names" in fault for fault in faults(school))


@pytest.mark.parametrize("way", ["signed", "confirmed", "unconfirmed"])
def test_what_was_decided_while_two_records_were_one_stays_with_the_one_kept(
    school: SmallSchool, way: str
) -> None:
    office = school.ctx_for("business_manager")
    with school.database.writing() as session:
        twin = Person(
            kind="pupil", given_name="Samuel", family_name="Quillfeather", sort_name="q", created_at=START
        )
        session.add(twin)
        session.flush()
        twin_id = twin.id
    before = declare(school, platforms=("tiktok",))
    earlier = approved(school, platforms=("whatsapp",))
    sam = school.people["sam"]
    merged = people_merge.merge(office, twin_id, sam)
    school.people["sam"] = twin_id
    WAYS[way](school)
    later = declare(school, supersedes=earlier, platforms=("whatsapp",))
    people_merge.unmerge(office, merged.id)
    assert faults(school) == []
    assert opened(school, before).draft.other_id == sam
    assert opened(school, earlier).draft.other_id == sam
    assert opened(school, 3).draft.other_id == twin_id
    assert opened(school, later).draft.other_id == twin_id


def test_the_history_tells_of_a_decision_that_stays_with_the_record_kept(school: SmallSchool) -> None:
    exception = submit(school, declare(school))
    office = school.ctx_for("business_manager")
    with school.database.writing() as session:
        twin = Person(
            kind="pupil", given_name="Samuel", family_name="Quillfeather", sort_name="q", created_at=START
        )
        session.add(twin)
        session.flush()
        twin_id = twin.id
    merged = people_merge.merge(office, twin_id, school.people["sam"])
    decide(school, exception, DecisionKind.APPROVE)
    people_merge.unmerge(office, merged.id)
    record = opened(school, exception)
    assert record.draft.other_id == twin_id
    assert record.decisions[0].fault == ""
    assert "stays with Samuel Quillfeather" in record.history[-1].text
    assert faults(school) == []


def test_a_name_exchanged_by_hand_is_found(school: SmallSchool) -> None:
    approved(school)
    by_hand(school, f"UPDATE person SET given_name = 'Tariq' WHERE id = {school.people['sam']}")
    assert any(
        "calls the other person otherwise than the records do now" in fault for fault in faults(school)
    )


def test_a_merge_whose_detail_was_erased_is_still_a_merge(school: SmallSchool) -> None:
    approved(school)
    with school.database.writing() as session:
        twin = Person(
            kind="pupil", given_name="Samuel", family_name="Quillfeather", sort_name="q", created_at=START
        )
        session.add(twin)
        session.flush()
        twin_id = twin.id
    people_merge.merge(school.ctx_for("business_manager"), twin_id, school.people["sam"])
    by_hand(
        school,
        "UPDATE audit_detail SET detail = NULL, salt = NULL, erased_at = '2026-03-11T10:00:00Z' WHERE seq ="
        " (SELECT seq FROM audit_entry WHERE action = 'person.merged')",
    )
    assert faults(school) == []


def test_an_end_that_came_by_itself_is_no_fault(school: SmallSchool) -> None:
    approved(school, review_on=TODAY + timedelta(days=60))
    approved(school, "teacher", "anna", capacity=Capacity.PARENT)
    leaves(school, "sam", TODAY + timedelta(days=90))
    assert faults(school) == []
    school.clock.forward(days=100)
    assert faults(school) == []


def test_the_whole_check_knows_the_files_and_tells_strays(school: SmallSchool) -> None:
    on_paper(school, confirm=True)
    ctx = school.ctx_for("dsl")
    told: list[tuple[int, int]] = []
    sound = verify.check(ctx, lambda done, whole: told.append((done, whole)))
    assert not [fault for fault in sound if "evidence" in fault.lower() or "C0001" in fault]
    assert told == sorted(told)
    (name,) = store.stored_names(school.folder.evidence)
    path = store.path_of(school.folder.evidence, name)
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    assert any(fault.startswith("File 1 of 2026/C0001") for fault in verify.check(ctx))
    path.unlink()
    assert any(fault.startswith("File 1 of 2026/C0001") for fault in verify.check(ctx))


def test_checking_all_tells_how_far_it_is_and_can_be_stopped(school: SmallSchool) -> None:
    for other in ("sam", "tariq"):
        approved(school, other=other)
    told: list[tuple[int, int]] = []
    assert connection_signing.check_all(school.ctx_for("dsl"), lambda *at: told.append(at)) == []
    assert told[-1] == (2, 2)

    def stop(done: int, whole: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        connection_signing.check_all(school.ctx_for("dsl"), stop)
