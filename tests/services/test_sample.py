"""The sample school: played through the services, it shows one of everything and is as sound as a real one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import text

from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Capacity, Timeliness
from smdesk.security import vault
from smdesk.services import (
    connection_files,
    connection_list,
    connection_questions,
    connections,
    incident_list,
    incidents,
    letters,
    paper_check,
    queue,
    session,
    users,
    verify,
)
from smdesk.services.connection_records import (
    DecisionKind,
    DecisionOrigin,
    EndCause,
    ExceptionFilter,
    ExceptionRecord,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
    FileKind,
)
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality, IncidentFilter, Sort, View
from smdesk.services.letter_records import LetterKind, LetterStatus
from smdesk.services.queue import QueueKind
from smdesk.services.sample import build, papers, people

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
EVERY_STATE = set(ExceptionStatus)

SignIn = Callable[[str], Context]


@contextmanager
def quiet() -> Iterator[None]:
    """The same school with a log of few incidents: two years of them take long to play."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PER_WEEK", 0.2)
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[SchoolFolder, build.DemoResult]:
    folder = SchoolFolder(tmp_path_factory.mktemp("sample") / "school")
    with quiet():
        return folder, build.build_school(folder, now=lambda: NOW, params=vault.TESTING)


@pytest.fixture(scope="module")
def sign_in(built: tuple[SchoolFolder, build.DemoResult]) -> Iterator[SignIn]:
    open_desks: dict[str, Context] = {}

    def desk(login: str) -> Context:
        if login not in open_desks:
            open_desks[login] = session.sign_in(built[0], login, people.PASSWORD, lambda: NOW)
        return open_desks[login]

    yield desk
    for each in open_desks.values():
        session.sign_out(each)


def register(ctx: Context) -> list[ExceptionRecord]:
    """Every exception this reader may open, in the order in which they were declared."""
    ids = connection_list.sorted_ids(ctx, ExceptionFilter(view=ExceptionView.ALL), ExceptionSort())
    return [connections.open_exception(ctx, each) for each in sorted(ids)]


def between(ctx: Context, adult: str, other: str) -> list[ExceptionRecord]:
    return [each for each in register(ctx) if (each.adult_name, each.other_name) == (adult, other)]


def test_the_register_shows_every_state(sign_in: SignIn) -> None:
    found = register(sign_in("head"))
    assert {each.status for each in found} == EVERY_STATE
    assert 14 <= len(found) <= 22
    assert {Timeliness.ON_ENTRY, Timeliness.LATE} <= {each.timeliness for each in found}
    kinds = {decision.kind for each in found for decision in each.decisions}
    assert kinds == {*DecisionKind} - {DecisionKind.END}
    assert {decision.origin for each in found for decision in each.decisions} == set(DecisionOrigin)
    assert all(decision.fault == "" for each in found for decision in each.decisions)
    assert {each.draft.adult_kind.value for each in found} == {"staff", "governor", "volunteer", "contractor"}


def test_numbers_and_the_audit_chain_run_forward(sign_in: SignIn) -> None:
    ctx = sign_in("office")
    with ctx.database.reading() as reading:
        moments = list(reading.execute(text("SELECT at FROM audit_entry ORDER BY seq")).scalars())
        declared = list(
            reading.execute(
                text("SELECT recorded_at FROM connection_exception ORDER BY year, number")
            ).scalars()
        )
    assert len(moments) > 500
    assert moments == sorted(moments)
    assert declared == sorted(declared)


def test_the_refused_one_was_declared_anew_and_approved(sign_in: SignIn) -> None:
    first, again = between(sign_in("head"), "Katarzyna Nowina", "Lena Wrzosek")
    assert (first.status, again.status) == (ExceptionStatus.REFUSED, ExceptionStatus.APPROVED)
    assert again.supersedes == (first.id, first.reference)


def test_the_one_from_paper_waits_for_the_headteacher_with_its_scan(sign_in: SignIn) -> None:
    _, again = between(sign_in("head"), "Jerome Attwell", "Robyn Skerrett")
    assert again.unconfirmed_paper
    assert again.in_force
    scan = next(file for file in again.files if file.kind is FileKind.DECISION)
    assert connection_files.read(sign_in("head"), scan.id).startswith(b"\x89PNG")


def test_two_came_from_an_older_register_and_one_of_them_ended_by_itself(sign_in: SignIn) -> None:
    stands, ended = (each for each in register(sign_in("office")) if each.imported)
    assert (stands.in_force, ended.in_force) == (True, False)
    assert ended.end_cause is EndCause.OTHER_LEFT
    assert {stands.decisions[0].origin, ended.decisions[0].origin} == {DecisionOrigin.IMPORTED}


def test_only_headteacher_and_dsl_see_the_foster_placement(sign_in: SignIn) -> None:
    for login in ("head", "dsl"):
        (placed,) = between(sign_in(login), "Shirin Calloway", "Rowan Tillbrook")
        assert placed.draft.confidentiality is Confidentiality.SAFEGUARDING
    assert between(sign_in("office"), "Shirin Calloway", "Rowan Tillbrook") == []


def test_the_headteacher_is_linked_to_her_own_record_and_the_chair_decides_hers(sign_in: SignIn) -> None:
    rows = {row.draft.login: row for row in users.list_users(sign_in("office"))}
    assert all(row.draft.person_id is not None for row in rows.values())
    assert rows["head"].person_name == "Ruth Ellery"
    friend, nephew = (each for each in register(sign_in("head")) if each.adult_name == "Ruth Ellery")
    assert friend.headteacher_concerned
    assert (friend.draft.capacity, friend.status) == (Capacity.PARENT, ExceptionStatus.APPROVED)
    assert "Lionel Pryce" in friend.decisions[0].decider_name
    assert nephew.status is ExceptionStatus.AWAITING
    assert [(item.kind, item.id) for item in queue.waiting(sign_in("chair"))] == [
        (QueueKind.EXCEPTION, nephew.id)
    ]


def test_the_headteachers_queue_holds_something_of_every_kind(sign_in: SignIn) -> None:
    waiting = queue.waiting(sign_in("head"))
    kinds = Counter(item.kind for item in waiting)
    assert set(kinds) == set(QueueKind)
    assert kinds[QueueKind.EXCEPTION] == 2
    assert kinds[QueueKind.LETTER] == 2
    (question,) = (item.id for item in waiting if item.kind is QueueKind.QUESTION)
    asked = connection_questions.get(sign_in("head"), question)
    assert asked.capacity is Capacity.PARENT
    assert asked.may_close


def test_attempts_became_incidents_that_stand_beside_their_exceptions(sign_in: SignIn) -> None:
    ctx = sign_in("head")
    by_adult = {each.adult_name: each for each in register(ctx) if each.incidents}
    assert set(by_adult) == {"Cerys Dunnock", "Declan Farrowby"}
    closed, waits = (
        incidents.open_incident(ctx, by_adult[name].incidents[0][0])
        for name in ("Cerys Dunnock", "Declan Farrowby")
    )
    assert (closed.draft.confidentiality, waits.draft.confidentiality) == (
        Confidentiality.SAFEGUARDING,
        Confidentiality.STAFF,
    )
    # Both are confidential: whoever may open them finds them beside the exception, and its history keeps silent.
    assert all(line.kind != "attempt" for each in by_adult.values() for line in each.history)
    assert all(each.incidents == () for each in register(sign_in("office")))


def test_letters_about_exceptions_stand_in_several_states(sign_in: SignIn) -> None:
    ctx = sign_in("office")
    rows = [
        row for row in letters.rows(ctx, letters.sorted_ids(ctx, "all")) if row.matter_kind == "exception"
    ]
    assert {row.status for row in rows} >= {
        LetterStatus.DRAFT,
        LetterStatus.SUBMITTED,
        LetterStatus.ISSUED,
    }
    assert {row.kind for row in rows} == {
        LetterKind.EXCEPTION_APPROVED,
        LetterKind.EXCEPTION_REFUSED,
        LetterKind.EXCEPTION_ENDED,
    }


def test_the_records_check_out_and_the_counts_told_are_true(
    built: tuple[SchoolFolder, build.DemoResult], sign_in: SignIn
) -> None:
    result = built[1]
    head = sign_in("head")
    assert verify.check(head, lambda done, total: None, None) == []
    assert result.exceptions == len(register(head))
    assert result.incidents == len(incident_list.sorted_ids(head, IncidentFilter(view=View.ALL), Sort()))
    with head.database.reading() as reading:
        assert result.people == reading.execute(text("SELECT count(*) FROM person")).scalar_one()
        issued = reading.execute(text("SELECT count(*) FROM letter WHERE status = 'issued'")).scalar_one()
    assert result.letters == issued
    assert [login for login, _, _ in result.users] == ["office", "head", "dsl", "chair", "governor", "leader"]


def test_one_of_each_paper_is_written_and_the_signed_decision_proves_itself(
    built: tuple[SchoolFolder, build.DemoResult], tmp_path: Path
) -> None:
    made = {file.name for file in papers.write(built[0], tmp_path)}
    assert {
        "decision-signed.pdf",
        "decision-paper.pdf",
        "decision-imported.pdf",
        "declaration-form.pdf",
        "declaration.pdf",
        "headteachers-pack.pdf",
        "register.pdf",
        "connections.pdf",
        "connections.csv",
        "connections.xlsx",
        "letter-exception-approved.pdf",
        "letter-exception-refused.pdf",
        "letter-exception-ended.pdf",
        "incidents.pdf",
    } <= made
    for file in tmp_path.glob("*.pdf"):
        with pikepdf.open(file) as pdf:
            assert pdf.Root.MarkInfo.Marked, file.name
    assert paper_check.check_paper(tmp_path / "decision-signed.pdf").holds


# The school year, a leaving day and a weekend fall differently each time it is built.
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 9, 2, 6, 30, tzinfo=UTC),
        datetime(2027, 8, 1, 9, 30, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
    ],
)
def test_it_can_be_built_on_any_day(now: datetime, tmp_path: Path) -> None:
    folder = SchoolFolder(tmp_path / "school")
    with quiet(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PER_WEEK", 0.0)
        build.build_school(folder, now=lambda: now, params=vault.TESTING)
    ctx = session.sign_in(folder, "head", people.PASSWORD, lambda: now)
    try:
        assert {each.status for each in register(ctx)} == EVERY_STATE
        assert {item.kind for item in queue.waiting(ctx)} == set(QueueKind)
    finally:
        session.sign_out(ctx)


def test_a_log_of_a_wanted_length_keeps_the_register_as_it_is(tmp_path: Path) -> None:
    folder = SchoolFolder(tmp_path / "school")
    with quiet():
        result = build.build_school(folder, 400, now=lambda: NOW, params=vault.TESTING)
    assert (result.incidents, result.exceptions) == (400, 19)
    ctx = session.sign_in(folder, "head", people.PASSWORD, lambda: NOW)
    try:
        assert verify.check(ctx, lambda done, total: None, None) == []
        assert {item.kind for item in queue.waiting(ctx)} == set(QueueKind)
    finally:
        session.sign_out(ctx)
