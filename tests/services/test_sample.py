"""The sample school: played through the services, it shows one of everything and is as sound as a real one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import text

from smdesk.errors import Refused
from smdesk.paths import SchoolFolder
from smdesk.policy.accounts import GapKind
from smdesk.policy.vocabulary import Capacity, Timeliness
from smdesk.security import vault
from smdesk.services import (
    account_list,
    accounts,
    attached_files,
    block_list,
    business_cases,
    case_decisions,
    case_list,
    connection_files,
    connection_list,
    connection_questions,
    connections,
    findings,
    findings_list,
    incident_list,
    incidents,
    letters,
    message_list,
    paper_check,
    policies,
    policy_list,
    queue,
    reputation,
    school,
    session,
    sign_off_list,
    today,
    training_list,
    users,
    verify,
    watching,
    watching_rota,
)
from smdesk.services.account_records import AccountFilter, AccountRow, AccountSort, AccountView
from smdesk.services.agreement_records import PolicyFilter, PolicySort, PolicyView
from smdesk.services.case_records import (
    CaseDecisionKind,
    CaseDecisionRecord,
    CaseFilter,
    CaseRow,
    CaseSort,
    CaseStatus,
    CaseView,
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
from smdesk.services.message_records import (
    MessageFilter,
    MessageKind,
    MessageRow,
    MessageSort,
    MessageStatus,
    MessageView,
)
from smdesk.services.queue import QueueKind
from smdesk.services.reputation_records import FindingDecision, FindingFilter, FindingSort, FindingView
from smdesk.services.sample import build, papers, people
from smdesk.services.sample import watching as sample_watching
from smdesk.services.sign_off_records import SignOffFilter, SignOffSort, SignOffStatus, SignOffView
from smdesk.services.today_records import DueKind

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
EVERY_STATE = set(ExceptionStatus)

SignIn = Callable[[str], Context]


@contextmanager
def quiet() -> Iterator[None]:
    """The same school with a log of few incidents, and looks back to one Christmas: all of them take long to play."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PER_WEEK", 0.2)
        patch.setattr(sample_watching, "DAYS", 345)
        yield


@contextmanager
def quietest() -> Iterator[None]:
    """The same school with hardly a log, and a quarter of a year of looks."""
    with quiet(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PER_WEEK", 0.0)
        patch.setattr(sample_watching, "DAYS", 84)
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
    assert kinds[QueueKind.LETTER] == 5
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


def cases_of(ctx: Context) -> list[CaseRow]:
    return case_list.rows(ctx, case_list.sorted_ids(ctx, CaseFilter(CaseView.ALL), CaseSort()))


def accounts_of(ctx: Context) -> dict[str, AccountRow]:
    ids = account_list.sorted_ids(ctx, AccountFilter(AccountView.ALL), AccountSort())
    return {row.name: row for row in account_list.rows(ctx, ids)}


def messages_of(ctx: Context) -> list[MessageRow]:
    ids = message_list.sorted_ids(ctx, MessageFilter(MessageView.ALL), MessageSort())
    return message_list.rows(ctx, ids)


def lacks(ctx: Context) -> set[GapKind]:
    """What the accounts on the register lack, all together."""
    return {gap.kind for row in accounts_of(ctx).values() for gap in row.standing.gaps}


LACKING = {
    GapKind.NOT_APPROVED,
    GapKind.NOBODY_RESPONSIBLE,
    GapKind.STAFF,
    GapKind.LEFT,
    GapKind.OLD_VERSION,
    GapKind.NOT_ACKNOWLEDGED,
    GapKind.NOT_TRAINED,
    GapKind.TRAINING_LAPSED,
    GapKind.REVIEW_OVERDUE,
    GapKind.NOT_WATCHED,
    GapKind.CHECKLIST,
}


def shows_every_state_of_the_accounts(ctx: Context) -> None:
    assert {row.status for row in cases_of(ctx)} == set(CaseStatus)
    assert lacks(ctx) == LACKING
    found = messages_of(ctx)
    assert {row.status for row in found} == set(MessageStatus)
    assert {row.kind for row in found} == set(MessageKind)
    assert message_list.view_counts(ctx)[MessageView.OVERDUE] >= 2
    ids = sign_off_list.sorted_ids(ctx, SignOffFilter(SignOffView.ALL), SignOffSort())
    assert {row.status for row in sign_off_list.rows(ctx, ids)} == set(SignOffStatus)
    assert all(block_list.view_counts(ctx).values())
    assert all(findings_list.view_counts(ctx).values())
    assert all(training_list.view_counts(ctx).values())
    assert all(policy_list.view_counts(ctx).values())
    assert {row.late_days > 0 for row in reputation.places(ctx)} == {True, False}


def test_there_is_a_business_case_in_every_state(sign_in: SignIn) -> None:
    head = sign_in("head")
    found = {row.name: row for row in cases_of(head)}
    assert {row.status for row in found.values()} == set(CaseStatus)
    assert case_decisions.members(head, found["Brambleford Choir"].id)
    assert found["Brambleford Choir"].missing == 0
    gaps = business_cases.gaps(head, found["Friends of Brambleford Primary"].id)
    assert {gap.kind for gap in gaps} == {GapKind.STAFF, GapKind.NOT_ACKNOWLEDGED, GapKind.NOT_TRAINED}
    anew = business_cases.open_case(head, found["Brambleford leavers"].id)
    assert anew.supersedes == (found["brambleford_leavers"].id, found["brambleford_leavers"].reference)
    sport = business_cases.open_case(head, found["BramblefordSport"].id)
    assert [each.kind for each in sport.decisions] == [
        CaseDecisionKind.ASK_FOR_MORE,
        CaseDecisionKind.APPROVE,
    ]
    assert all(each.fault == "" for row in found.values() for each in _decisions(head, row))


def _decisions(ctx: Context, row: CaseRow) -> tuple[CaseDecisionRecord, ...]:
    return business_cases.open_case(ctx, row.id).decisions


def test_nobody_of_the_leadership_team_decides_what_they_proposed(sign_in: SignIn) -> None:
    (maths,) = (row.id for row in cases_of(sign_in("head")) if row.name == "Maths with Brambleford")
    why_not = {each.name: each.why_not for each in case_decisions.members(sign_in("head"), maths)}
    assert [name for name, why in why_not.items() if why] == ["Miss Tamsin Oakes"]
    assert business_cases.open_case(sign_in("leader"), maths).decidable_why_not


def test_one_account_complies_and_the_others_each_lack_something_else(sign_in: SignIn) -> None:
    found = accounts_of(sign_in("office"))
    lacking = {name: [gap.kind for gap in row.standing.gaps] for name, row in found.items()}
    assert lacking["@BramblefordPrimary on Facebook"] == []
    assert lacking["@brambleford_reads on Instagram"] == [GapKind.REVIEW_OVERDUE]
    assert lacking["@BramblefordSport on X"] == [GapKind.TRAINING_LAPSED]
    assert lacking["Brambleford at home on YouTube"] == [GapKind.OLD_VERSION]
    assert GapKind.LEFT in lacking["@brambleford_primary on Instagram"]
    assert GapKind.NOT_WATCHED in lacking["Brambleford Woodland School on Facebook"]
    assert found["@BramblefordOnTour on X"].closed_on is not None
    assert lacks(sign_in("office")) == LACKING


def test_every_account_was_watched_with_gaps_and_who_left_is_still_on_a_rota(sign_in: SignIn) -> None:
    board = watching.board(sign_in("office"))
    for account in board.accounts:
        assert 0 < account.coverage.looked < account.coverage.asked
    assert any(account.rota_lacks for account in board.accounts)
    assert board.to_do
    assert {
        word for warning in board.warnings for word in ("away", "left the school") if word in warning
    } == {
        "away",
        "left the school",
    }
    covered = {bool(row.cover) for row in watching_rota.covers(sign_in("office"))}
    assert covered == {True, False}


def test_christmas_went_by_nearly_unwatched(sign_in: SignIn) -> None:
    office = sign_in("office")
    (page,) = (each.id for each in accounts.choices(office) if each.name == "@BramblefordPrimary on Facebook")
    christmas = watching.looks(office, page, date(2025, 12, 24), date(2026, 1, 2))
    before = watching.looks(office, page, date(2025, 12, 14), date(2025, 12, 23))
    assert len(christmas) <= 4
    assert len(before) >= 8


def test_messages_of_every_kind_were_answered_in_time_late_or_not_at_all(sign_in: SignIn) -> None:
    found = messages_of(sign_in("office"))
    assert {row.kind for row in found} == set(MessageKind)
    assert {row.status for row in found} == set(MessageStatus)
    assert 2 <= sum(row.late for row in found) < len(found) / 4
    assert sum(row.overdue for row in found) == 2
    assert [row.masked for row in found].count(True) == 1
    assert not any(row.masked for row in messages_of(sign_in("dsl")))


def test_posts_were_put_to_a_leader_and_two_wait(sign_in: SignIn) -> None:
    shown = {login: sign_off_list.view_counts(sign_in(login)) for login in ("head", "leader")}
    assert shown["leader"][SignOffView.MINE] == 2
    assert shown["head"][SignOffView.MINE] == 2
    assert shown["head"][SignOffView.READY] == 1


def test_a_journalists_question_waits_until_the_media_contact_was_told(sign_in: SignIn) -> None:
    head = sign_in("head")
    waiting = findings_list.rows(
        head, findings_list.sorted_ids(head, FindingFilter(FindingView.TO_DECIDE), FindingSort())
    )
    (asked,) = (findings.open_finding(head, row.id) for row in waiting if row.journalist)
    assert asked.waits_for_media
    with pytest.raises(Refused) as refused:
        findings.decide(head, asked.id, asked.version, FindingDecision.ANSWER, "It is no secret.")
    assert refused.value.rule == "REP-3"
    assert any(each.code == "media" for each in school.get(head).contacts)


def test_places_are_checked_in_their_rhythm_and_the_reviews_grow_better(sign_in: SignIn) -> None:
    office = sign_in("office")
    found = {row.draft.name: row for row in reputation.places(office)}
    assert {name for name, row in found.items() if row.late_days} == {"Wikipedia", "Mumsnet"}
    assert [row.draft.name for row in reputation.places(office, stopped=True)] == ["Weirside message board"]
    checks = reputation.checks(office, found["Google reviews"].id)
    assert len(checks) > 30
    ratings = [each.rating_tenths or 0 for each in checks]
    assert ratings[0] > ratings[-1] > 30


def test_policies_have_versions_files_and_answers_of_every_kind(sign_in: SignIn) -> None:
    office = sign_in("office")
    ids = policy_list.sorted_ids(office, PolicyFilter(PolicyView.ALL), PolicySort())
    found = {record.draft.title: record for record in (policies.open_policy(office, each) for each in ids)}
    social = found["Social media policy"]
    assert [each.draft.label for each in social.versions] == ["3", "2", "1"]
    for record in found.values():
        for version in record.versions:
            (file,) = version.files
            assert attached_files.read(office, file.id).startswith(b"%PDF-")
    assert found["School devices"].review_overdue
    tally = found["Acceptable use: parents and carers"].tally
    assert tally.signed > 4 * tally.outstanding > 0
    assert tally.declined == 3


def test_pupils_have_classes_and_everybody_the_number_of_the_outside_system(sign_in: SignIn) -> None:
    with sign_in("office").database.reading() as reading:
        rows = reading.execute(
            text(
                "SELECT kind, year_group, class_name, outside_id FROM person WHERE kind IN ('pupil', 'parent')"
            )
        ).all()
        held = reading.execute(
            text("SELECT relation, parental_responsibility, count(*) FROM person_link GROUP BY 1, 2")
        ).all()
    pupils = [row for row in rows if row.kind == "pupil"]
    assert {bool(row.class_name) == bool(row.year_group) for row in pupils} == {True}
    assert len({row.class_name for row in pupils if row.year_group}) == 7
    assert len({row.outside_id for row in rows} - {""}) == len(rows)
    assert {(relation, bool(held)) for relation, held, _ in held} == {
        ("parent_of", True),
        ("carer_of", False),
    }


def test_today_tells_each_role_what_waits_for_it(sign_in: SignIn) -> None:
    kinds = {
        login: {section.kind for section in today.items(sign_in(login)).sections}
        for login in ("office", "head", "dsl", "leader", "chair", "governor")
    }
    assert {DueKind.REPLY, DueKind.CHASE, DueKind.UNWATCHED, DueKind.CASE_TO_COMPLETE} <= kinds["office"]
    assert {DueKind.LETTER_SIGN, DueKind.EXCEPTION, DueKind.SIGN_OFF, DueKind.CASE} <= kinds["head"]
    assert {DueKind.SIGN_OFF, DueKind.CASE, DueKind.FINDING} <= kinds["leader"]
    assert kinds["chair"] == {DueKind.EXCEPTION}
    assert kinds["governor"] == set()
    replies = next(each for each in today.items(sign_in("office")).sections if each.kind is DueKind.REPLY)
    assert 0 < replies.overdue < replies.count


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
    assert result.cases == len(cases_of(head))
    assert result.accounts == len(accounts_of(head))
    assert result.messages == len(messages_of(head))
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
        "today.pdf",
        "business-case.pdf",
        "business-case-form.pdf",
        "business-case-decision.pdf",
        "business-cases-for-the-meeting.pdf",
        "accounts.pdf",
        "agreement-slips.pdf",
        "agreements-outstanding.xlsx",
    } <= made
    for file in tmp_path.glob("*.pdf"):
        with pikepdf.open(file) as pdf:
            assert pdf.Root.MarkInfo.Marked, file.name
    for name in ("decision-signed.pdf", "business-case-decision.pdf"):
        assert paper_check.check_paper(tmp_path / name).holds


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
    with quietest():
        build.build_school(folder, now=lambda: now, params=vault.TESTING)
    ctx = session.sign_in(folder, "head", people.PASSWORD, lambda: now)
    try:
        assert {each.status for each in register(ctx)} == EVERY_STATE
        assert {item.kind for item in queue.waiting(ctx)} == set(QueueKind)
        shows_every_state_of_the_accounts(ctx)
        assert verify.check(ctx, lambda done, total: None, None) == []
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
