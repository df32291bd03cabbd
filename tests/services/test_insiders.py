"""What somebody curious, or who means ill, must not get out of accounts, cases, messages and calendars (ACC, CON-5)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from PIL import Image

from smdesk.db.models import Block, Person, School, User
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    account_papers,
    accounts,
    attached_files,
    block_list,
    blocks,
    business_cases,
    calendar_export,
    case_decisions,
    due_dates,
    evidence,
    findings,
    findings_list,
    incidents,
    message_list,
    messages,
    people_import,
    periods,
    reports,
    reputation,
    sign_offs,
    today,
    verify_cases,
    watching_rota,
)
from smdesk.services.account_records import BlockColumn, BlockDraft, BlockFilter, BlockSort, BlockView
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.case_records import CaseDecisionDraft, CaseDecisionKind, RunnerChoice
from smdesk.services.context import SignedIn
from smdesk.services.incident_records import Confidentiality
from smdesk.services.message_records import (
    MessageColumn,
    MessageDraft,
    MessageFilter,
    MessageKind,
    MessageSort,
    MessageView,
)
from smdesk.services.reputation_records import (
    CheckDraft,
    FindingColumn,
    FindingDraft,
    FindingFilter,
    FindingSort,
    FindingView,
    PlaceDraft,
    PlaceKind,
    Tone,
)
from smdesk.services.sign_off_records import SignOffDraft, Verdict
from smdesk.services.today_records import DueKind
from smdesk.services.watching_records import CoverDraft
from tests.support.accounts import an_account
from tests.support.cases import approved, decide, draft, opened, propose, set_up, submit
from tests.support.school import START, SmallSchool
from tests.support.watching import account, put_on_rota, turn

TODAY = START.date()
OFFICE, HEAD, LEADER, DSL = "business_manager", "headteacher", "leadership", "dsl"


def a_leader(school: SmallSchool, name: str, login: str = "second", person_id: int | None = None) -> int:
    """Another account with the leadership role."""
    with school.database.writing() as session:
        user = User(
            vault_key=login.ljust(32, "0"),
            login=login,
            name=name,
            roles=["leadership"],
            person_id=person_id,
            created_at=START,
        )
        session.add(user)
        session.flush()
        return user.id


# ---------------------------------------------------------------------------------- confidential incidents: felt for


def hidden_block(school: SmallSchool, review_on: date = TODAY) -> int:
    incident = school.incident(DSL, confidentiality=Confidentiality.SAFEGUARDING, summary="Secret")
    made = BlockDraft(
        place="E-mail", who="secret_sender", reason="Secret", since_on=TODAY, incident_id=incident
    )
    block = blocks.save(school.ctx_for(DSL), made).id
    with school.database.writing() as session:
        session.get_one(Block, block).review_on = review_on
    return block


@pytest.mark.parametrize("login", [OFFICE, LEADER])
def test_today_and_the_calendar_tell_nothing_of_a_block_from_a_hidden_incident(
    school: SmallSchool, login: str
) -> None:
    hidden_block(school)
    ctx = school.ctx_for(login)
    found = today.items(ctx)
    assert DueKind.BLOCK not in {section.kind for section in found.sections}
    assert "secret_sender" not in repr(found)
    assert today.counts(ctx)["today"] == 0
    assert b"block" not in calendar_export.ics(ctx, rota=False, due=True, weeks=1)
    seen = {section.kind: section for section in today.items(school.ctx_for(DSL)).sections}
    assert seen[DueKind.BLOCK].items[0].title == "secret_sender"


def test_a_conflict_over_a_block_names_no_hidden_incident(school: SmallSchool) -> None:
    hidden = school.incident(DSL, confidentiality=Confidentiality.SAFEGUARDING)
    made = BlockDraft(place="E-mail", who="angry_oak", reason="Insults", since_on=TODAY)
    office = school.ctx_for(OFFICE)
    block = blocks.save(office, made).id
    stale = BlockDraft(place="E-mail", who="angry_oak", reason="Insults", since_on=TODAY, incident_id=hidden)
    with pytest.raises(NotFound) as told:
        blocks.save(office, stale, block, 0)
    nothing = BlockDraft(place="E-mail", who="angry_oak", reason="Insults", since_on=TODAY, incident_id=9_999)
    with pytest.raises(NotFound) as missing:
        blocks.save(office, nothing, block, 0)
    assert str(told.value) == str(missing.value)


def test_a_leader_learns_no_pupil_by_number_through_who_runs_an_account(school: SmallSchool) -> None:
    everybody = tuple(RunnerChoice(each, False) for each in school.people.values())
    told = repr(business_cases.runners(school.ctx_for(LEADER), everybody))
    assert "Tim Hazel" in told
    assert "Tariq" not in told
    assert "Sam" not in told
    with pytest.raises(Invalid, match="pupil"):
        propose(school, login=LEADER, runners=(RunnerChoice(school.people["tariq"], False),))


# ---------------------------------------------------------------------------------------------- deciding one's own


@pytest.mark.parametrize(
    "name",
    [
        "Mr L. Damson, deputy headteacher",
        "Damson, L.",
        "L Damson (deputy)",
        "the deputy, Mr Damson",
        "L. Dämson",
        "MR DAMSON",
    ],
)
def test_whoever_proposed_it_does_not_decide_however_their_name_is_written(
    school: SmallSchool, name: str
) -> None:
    set_up(school, "office", "teacher")
    case = submit(school, propose(school, proposer_id=None, proposer_name=name))
    with pytest.raises(NotAllowed, match="proposed"):
        decide(school, case, login=LEADER, agreed=(school.users[LEADER], school.users[HEAD]))
    with pytest.raises(Invalid, match="cannot count"):
        decide(school, case, agreed=(school.users[LEADER], school.users[HEAD]))


@pytest.mark.parametrize("name", ["The Friends of the school", "Mrs P. Plum, parent", "Lara Dawson"])
def test_other_names_stand_in_nobodys_way(school: SmallSchool, name: str) -> None:
    set_up(school, "office", "teacher")
    case = submit(school, propose(school, proposer_id=None, proposer_name=name))
    decide(school, case, login=LEADER)
    assert opened(school, case).sealed


def test_nobody_takes_their_own_name_off_to_decide(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    case = propose(school, login=LEADER, proposer_id=None, proposer_name="Mr L. Damson")
    submit(school, case, LEADER)
    other = draft(school, proposer_id=None, proposer_name="Mrs P. Plum")
    business_cases.save(school.ctx_for(LEADER), other, case, opened(school, case).version)
    with pytest.raises(NotAllowed, match="proposed"):
        decide(school, case, login=LEADER)
    with pytest.raises(Invalid, match="cannot count"):
        decide(school, case)
    decide(school, case, agreed=(school.users[HEAD],), kind=CaseDecisionKind.REJECT)


def test_the_office_may_put_a_wrong_proposer_right(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    case = submit(school, propose(school, proposer_id=None, proposer_name="Mr L. Damson"))
    other = draft(school, proposer_id=None, proposer_name="Mrs P. Plum")
    business_cases.save(school.ctx_for(OFFICE), other, case, opened(school, case).version)
    decide(school, case, login=LEADER)


def test_one_person_with_two_accounts_counts_once(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    case = submit(school, propose(school))
    twin = a_leader(school, "L. Damson")
    with pytest.raises(Invalid, match="have the same name"):
        decide(school, case, agreed=(school.users[LEADER], twin))
    namesake = a_leader(school, "Mrs R. Plum", "plum")
    decide(school, case, agreed=(school.users[LEADER], namesake))


def a_post(school: SmallSchool, **more: object) -> SignOffDraft:
    fields = {"account_id": an_account(school), "title": "Tie", "post": "Green ties.", "concern": "Cost."}
    return SignOffDraft(**{**fields, **more})


def test_nobody_signs_off_a_text_they_wrote_into_somebody_elses_post(school: SmallSchool) -> None:
    made = a_post(school)
    number = sign_offs.ask(school.ctx_for(OFFICE), made).id
    mine = SignOffDraft(made.account_id, made.title, "Ties are banned.", made.concern)
    leader = school.ctx_for(LEADER)
    sign_offs.ask(leader, mine, number, 1)
    record = sign_offs.open_sign_off(leader, number)
    assert "changed" in record.why_not_mine
    with pytest.raises(Refused, match="changed"):
        sign_offs.decide(leader, number, record.version, Verdict.APPROVE)
    sign_offs.decide(school.ctx_for(HEAD), number, record.version, Verdict.APPROVE)


def test_nobody_signs_off_their_own_post_through_a_second_account(school: SmallSchool) -> None:
    number = sign_offs.ask(school.ctx_for(LEADER), a_post(school)).id
    a_leader(school, "L. Damson")
    ctx = school.ctx_for(LEADER)
    with school.database.reading() as session:
        user = session.query(User).filter_by(login="second").one()
        second = replace(ctx, user=SignedIn(user.id, "second", user.name, frozenset()))
    with pytest.raises(Refused, match="yourself"):
        sign_offs.decide(second, number, 1, Verdict.APPROVE)


# -------------------------------------------------------------------------------------------- removed is removed


def test_a_picture_taken_out_of_the_incident_is_gone_from_the_message_it_came_with(
    school: SmallSchool,
) -> None:
    office = school.ctx_for(OFFICE)
    made = MessageDraft(an_account(school), START, MessageKind.COMPLAINT, "angry_oak", said="Look at this")
    message = messages.save(office, made).id
    picture = _png()
    kept = attached_files.add(office, Owner(OwnerKind.MESSAGE, message), "child.png", picture).id
    record = messages.open_message(office, message)
    incident = messages.hand_over(office, message, record.version).id
    (piece,) = evidence.list_for(office, incident)
    evidence.remove(office, piece.id, "The wrong child.")
    with pytest.raises(Refused, match="removed"):
        attached_files.read(office, kept)
    assert _files(school) == 0


def test_a_picture_taken_out_of_the_message_is_gone_from_the_incident(school: SmallSchool) -> None:
    office = school.ctx_for(OFFICE)
    made = MessageDraft(an_account(school), START, MessageKind.COMPLAINT, "angry_oak", said="Look at this")
    message = messages.save(office, made).id
    kept = attached_files.add(office, Owner(OwnerKind.MESSAGE, message), "child.png", _png()).id
    incident = messages.hand_over(office, message, messages.open_message(office, message).version).id
    attached_files.remove(office, kept, "The wrong child.")
    (piece,) = evidence.list_for(office, incident)
    with pytest.raises(Refused, match="removed"):
        evidence.read(office, piece.id)
    assert _files(school) == 0


def test_a_leader_who_removes_no_evidence_does_not_take_it_out_by_the_message(school: SmallSchool) -> None:
    office, leader = school.ctx_for(OFFICE), school.ctx_for(LEADER)
    made = MessageDraft(an_account(school), START, MessageKind.COMPLAINT, "angry_oak", said="Look at this")
    message = messages.save(office, made).id
    kept = attached_files.add(leader, Owner(OwnerKind.MESSAGE, message), "child.png", _png()).id
    incident = messages.hand_over(office, message, messages.open_message(office, message).version).id
    record = incidents.open_incident(office, incident)
    given = replace(record.draft, handled_by=school.users[LEADER])
    incidents.save(office, given, incident, record.version)
    assert attached_files.read(leader, kept) == _png()
    with pytest.raises(NotAllowed, match="remove evidence"):
        attached_files.remove(leader, kept, "Away with it.")
    (piece,) = evidence.list_for(office, incident)
    assert evidence.read(office, piece.id) == _png()


def _files(school: SmallSchool) -> int:
    return sum(1 for each in school.folder.evidence.rglob("*") if each.is_file())


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return out.getvalue()


# ------------------------------------------------------------------------------------------------ what goes out


def test_a_parent_who_looks_after_a_page_is_not_named_in_a_calendar(school: SmallSchool) -> None:
    page = account(school, "friends")
    put_on_rota(school, page, turn(school, "anna", 31), turn(school, "office", 96))
    data = calendar_export.ics(school.ctx_for(OFFICE), rota=True, due=False, weeks=1)
    assert b"Quillfeather" not in data
    assert b"Anna" not in data
    told = {str(each["SUMMARY"]) for each in Calendar.from_ical(data).walk("VEVENT")}
    assert "A parent or carer: look at @friends on Facebook" in told
    assert "Bea Cedar: look at @friends on Facebook" in told  # staff, although a parent too


def test_a_parent_who_is_away_or_left_is_not_named_in_a_calendar(school: SmallSchool) -> None:
    page = account(school, "friends")
    put_on_rota(school, page, turn(school, "anna", 31), turn(school, "office", 96))
    office = school.ctx_for(OFFICE)
    watching_rota.add_cover(office, CoverDraft(school.people["anna"], None, TODAY, TODAY))
    watching_rota.add_cover(
        office, CoverDraft(school.people["office"], school.people["ben"], TODAY, TODAY.replace(day=20))
    )
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).left_on = TODAY.replace(day=12)
    data = calendar_export.ics(office, rota=True, due=False, weeks=1).replace(b"\r\n ", b"")
    for name in (b"Quillfeather", b"Anna", b"Ben"):
        assert name not in data
    assert b"is away and nobody covers" in data


def test_no_typed_text_breaks_out_of_its_line_in_a_calendar(school: SmallSchool) -> None:
    page = account(school, "x\r\nATTENDEE:mailto:a@b.example\rBEGIN:VALARM\u2028END:VEVENT;,\\")
    put_on_rota(school, page, turn(school, "teacher"))
    with school.database.writing() as session:
        session.query(School).one().name = "School\r\nBEGIN:VEVENT\rX:1"
    data = calendar_export.ics(school.ctx_for(OFFICE), rota=True, due=True, weeks=1)
    lines = data.replace(b"\r\n ", b"").split(b"\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    bare = data.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare
    assert not any(line.startswith((b"ATTENDEE", b"BEGIN:VALARM", b"X:1")) for line in lines)
    assert sum(line == b"BEGIN:VEVENT" for line in lines) == 7


def test_a_case_is_not_decided_with_a_window_of_before(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    case = submit(school, propose(school))
    seen = opened(school, case).version
    business_cases.save(school.ctx_for(OFFICE), draft(school, aim="Another aim"), case, seen)
    made = CaseDecisionDraft(CaseDecisionKind.APPROVE, "Good", agreed=(school.users[HEAD],))
    with pytest.raises(Conflict):
        case_decisions.decide(school.ctx_for(HEAD), case, seen, made)


# ------------------------------------------------------------------------------- handed over, then made confidential

SECRET = "zebrafinch"


def _everything_read(school: SmallSchool, login: str, folder: Path, numbers: dict[str, int]) -> str:
    """All that the new lists, forms, counts and files tell this reader."""
    ctx = school.ctx_for(login)
    told: list[object] = []
    for column in MessageColumn:
        for descending in (False, True):
            ids = message_list.sorted_ids(
                ctx, MessageFilter(MessageView.ALL), MessageSort(column, descending)
            )
            told.append(message_list.rows(ctx, ids))
    for column in FindingColumn:
        for descending in (False, True):
            ids = findings_list.sorted_ids(
                ctx, FindingFilter(FindingView.ALL), FindingSort(column, descending)
            )
            told.append(findings_list.rows(ctx, ids))
    for text in (SECRET, SECRET[:4], "2026/0001"):
        assert not list(message_list.sorted_ids(ctx, MessageFilter(MessageView.ALL, text), MessageSort())), (
            text
        )
        assert not list(findings_list.sorted_ids(ctx, FindingFilter(FindingView.ALL, text), FindingSort())), (
            text
        )
        assert not list(block_list.sorted_ids(ctx, BlockFilter(BlockView.ALL, text), BlockSort())), text
    person = school.people["anna"]
    assert not list(
        message_list.sorted_ids(ctx, MessageFilter(MessageView.ALL, person_id=person), MessageSort())
    )
    told += [
        messages.open_message(ctx, numbers["message"]),
        findings.open_finding(ctx, numbers["finding"]),
        blocks.open_block(ctx, numbers["block"]),
        block_list.rows(ctx, [numbers["block"]]),
        accounts.open_account(ctx, numbers["account"]),
        reputation.places(ctx),
        reputation.checks(ctx, numbers["place"]),
        reputation.story(ctx, numbers["place"]),
        today.items(ctx),
        today.overdue_replies(ctx),
        due_dates.due_dates(ctx, date(2026, 1, 1), date(2027, 12, 31)),
        calendar_export.ics(ctx, rota=True, due=True, weeks=53),
    ]
    for each in numbers["files"], numbers["finding_file"]:
        with pytest.raises(NotFound):
            attached_files.read(ctx, each)
        with pytest.raises((NotFound, NotAllowed)):
            attached_files.remove(ctx, each, "Away with it.")
    with pytest.raises((NotFound, NotAllowed)):
        attached_files.save_copy(ctx, numbers["files"], folder / "copy")
    if login == OFFICE:
        file = folder / "list.csv"
        message_list.export(
            ctx, MessageFilter(MessageView.ALL), MessageSort(), list(MessageColumn), file, "csv"
        )
        told.append(file.read_text("utf-8-sig"))
        findings_list.export(
            ctx, FindingFilter(FindingView.ALL), FindingSort(), list(FindingColumn), file, "csv"
        )
        told.append(file.read_text("utf-8-sig"))
        account_papers.export_blocks(
            ctx, BlockFilter(BlockView.ALL), BlockSort(), list(BlockColumn), file, "csv"
        )
        told.append(file.read_text("utf-8-sig"))
    return repr(told)


@pytest.mark.parametrize("login", [OFFICE, LEADER])
def test_what_became_a_confidential_incident_is_read_nowhere(
    school: SmallSchool, login: str, tmp_path: Path
) -> None:
    head, dsl = school.ctx_for(HEAD), school.ctx_for(DSL)
    page = an_account(school)
    anna = school.people["anna"]
    said = f"{SECRET} did it"
    message = messages.save(
        dsl,
        MessageDraft(page, START, MessageKind.COMPLAINT, person_id=anna, said=said, notes=SECRET),
    ).id
    reply = messages.acknowledge(dsl, message, 1, START, SECRET, SECRET)
    kept = attached_files.add(dsl, Owner(OwnerKind.MESSAGE, message), f"{SECRET}.png", _png()).id
    place = reputation.save(dsl, PlaceDraft(name="Town reviews", kind=PlaceKind.REVIEWS)).id
    found = FindingDraft(place, found_on=TODAY, tone=Tone.CRITICISM, said=said, by_name=SECRET, notes=SECRET)
    finding = findings.save(dsl, found).id
    shot = attached_files.add(dsl, Owner(OwnerKind.FINDING, finding), f"{SECRET}.png", _png()).id
    incident = messages.hand_over(dsl, message, reply.version).id
    other = findings.hand_over(dsl, finding, findings.open_finding(dsl, finding).version).id
    made = BlockDraft(account_id=page, who=SECRET, person_id=anna, reason=SECRET, since_on=TODAY)
    block = blocks.save(dsl, replace(made, incident_id=incident, review_on=date(2026, 3, 12))).id
    for number in (incident, other):
        record = incidents.open_incident(head, number)
        hidden = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
        incidents.save(head, hidden, number, record.version)
    school.clock.forward(days=9)
    numbers = {
        "message": message,
        "finding": finding,
        "block": block,
        "account": page,
        "place": place,
        "files": kept,
        "finding_file": shot,
    }
    told = _everything_read(school, login, tmp_path, numbers)
    for word in (SECRET, "Quillfeather", "2026/0001", "2026/0002"):
        assert word not in told, word
    assert SECRET in repr(messages.open_message(dsl, message))


# ------------------------------------------------------------------------------------- registers, imports and reports


def test_an_approved_account_is_not_turned_into_another(school: SmallSchool) -> None:
    number = opened(school, approved(school)).account
    assert number is not None
    office = school.ctx_for(OFFICE)
    record = accounts.open_account(office, number[0])
    with pytest.raises(Refused, match="approved as it is"):
        accounts.save(office, replace(record.draft, platform="instagram"), record.id, record.version)
    accounts.save(office, replace(record.draft, handle="brambleford"), record.id, record.version)


def test_an_account_approved_by_nobody_is_found_when_the_records_are_checked(school: SmallSchool) -> None:
    approved(school)
    with school.database.reading() as session:
        assert verify_cases.faults(session) == []
    account(school, "hidden")
    with school.database.reading() as session:
        (fault,) = verify_cases.faults(session)
    assert fault == "@hidden on Facebook counts as approved, but no decision of that day is on record."


def test_no_file_says_that_a_colleague_who_signs_in_has_left(school: SmallSchool, tmp_path: Path) -> None:
    office = school.ctx_for(OFFICE)
    file = tmp_path / "staff.csv"
    file.write_text("Title,Forename,Surname,Role\nMs,Bea,Cedar,Staff\nMr,Dan,Birch,Staff\n", "utf-8")
    sheet = people_import.read(office, file)
    chosen = replace(
        people_import.guess(office, sheet), kind=PersonKind.STAFF, whole=frozenset({PersonKind.STAFF})
    )
    planned = people_import.plan(office, sheet, chosen)
    leaving = [each.name for each in planned.entries if each.result is people_import.Result.LEAVES]
    assert leaving == ["Tim Hazel"]
    assert any("Helen Alder, who has a user account" in each for each in planned.remarks)


def test_an_import_leaves_what_the_office_wrote_and_who_is_a_user(
    school: SmallSchool, tmp_path: Path
) -> None:
    office = school.ctx_for(OFFICE)
    head = school.people["head"]
    with school.database.writing() as session:
        row = session.get_one(Person, head)
        row.notes, row.online_names, row.letter_name, row.known_as = "Ours", "helen_a", "Mrs A", "Nell"
        row.outside_id = "S1"
        before = {user.id: user.person_id for user in session.query(User)}
    file = tmp_path / "staff.csv"
    file.write_text(
        "Staff code,Title,Forename,Surname,Known as,Notes,Role,Email\n"
        "S1,Mrs,Helen,Alder,Helly,Theirs,Staff,head@brambleford.example\n",
        "utf-8",
    )
    sheet = people_import.read(office, file)
    chosen = replace(people_import.guess(office, sheet), kind=PersonKind.STAFF)
    planned = people_import.plan(office, sheet, chosen)
    people_import.apply(office, planned, people_import.back_up(office))
    with school.database.reading() as session:
        row = session.get_one(Person, head)
        assert (row.notes, row.online_names, row.letter_name, row.known_as) == (
            "Ours",
            "helen_a",
            "Mrs A",
            "Nell",
        )
        assert row.email == "head@brambleford.example"
        assert {user.id: user.person_id for user in session.query(User)} == before


def test_a_place_named_after_somebody_is_not_in_the_governors_report(school: SmallSchool) -> None:
    office = school.ctx_for(OFFICE)
    for name in ("Anna Quillfeather’s page", "Google reviews"):
        place = reputation.save(office, PlaceDraft(name=name, kind=PlaceKind.REVIEWS)).id
        reputation.check(office, place, CheckDraft(TODAY, rating_tenths=21))
    told = repr(reports.governor_figures(school.ctx_for("governor"), periods.parse_period("2026 spring")))
    assert "Quillfeather" not in told
    assert "'Review site', '2.1'" in told
    assert "'Google reviews', '2.1'" in told
