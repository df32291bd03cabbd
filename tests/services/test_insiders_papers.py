"""What somebody curious must not get out of letters, case files and kept papers about something hidden from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select, text

from smdesk.db import evidence
from smdesk.db.models import AuditEntry, Incident, IssuedPaper, Letter
from smdesk.errors import (
    Damaged,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    SmdeskError,
    StorageProblem,
    Tampered,
)
from smdesk.services import (
    block_list,
    blocks,
    case_files,
    due_dates,
    eml,
    incident_list,
    incidents,
    issued_papers,
    letters,
    mail_out,
    message_list,
    messages,
    queue,
    registers,
    steps,
    today,
    verify,
    verify_papers,
    wording_previews,
    wordings,
)
from smdesk.services.account_records import BlockFilter, BlockSort, BlockView
from smdesk.services.case_file_records import CaseWish
from smdesk.services.context import Context
from smdesk.services.incident_records import IncidentFilter
from smdesk.services.incident_records import Sort as IncidentSort
from smdesk.services.letter_records import INCIDENT_KINDS, LetterKind, MatterKind, SentHow
from smdesk.services.letter_views import ListView
from smdesk.services.message_records import MessageFilter, MessageSort, MessageView
from smdesk.services.registers import Register
from smdesk.services.wording_records import RealCase, WordingKey
from tests.support.account_letters import block_for, issued, letter_of, message_for, office
from tests.support.school import START, SmallSchool

SECRET = "zebrafinch"
HEAD, DSL = "headteacher", "dsl"
OUTSIDE = ("business_manager", "leadership", "governor", "administrator")


@dataclass(frozen=True)
class Hidden:
    """A hidden incident with a letter, a letter about its message and about its block, and its case file."""

    incident: int
    message: int
    block: int
    letters: tuple[int, ...]
    paper: int
    sha256: tuple[str, ...]


def _write(school: SmallSchool, letter: int) -> int:
    ctx = office(school)
    record = letters.get(ctx, letter)
    edit = replace(
        record.edit,
        subject=f"About {SECRET}",
        addressee=f"{SECRET}\n1 {SECRET} Lane",
        body=f"We saw {SECRET}.",
    )
    letters.save(ctx, letter, edit, record.version)
    return letter


@pytest.fixture
def hidden(school: SmallSchool, tmp_path: Path) -> Hidden:
    """Everything was open to the office when it was made; then the incident became a safeguarding matter."""
    ctx = office(school)
    incident = school.incident(DSL, summary=f"{SECRET} was insulted")
    message, block = message_for(school, said=f"{SECRET}!"), block_for(school, who=SECRET, reason=SECRET)
    written = (
        issued(school, _write(school, letters.draft(ctx, incident, LetterKind.INVITATION).id)),
        issued(school, _write(school, letters.draft_for_message(ctx, message).id)),
        issued(school, _write(school, letters.draft_for_block(ctx, block).id)),
    )
    with school.database.writing() as session:
        for table, row in (("account_message", message), ("block", block)):
            session.execute(
                text(f"UPDATE {table} SET incident_id = :incident WHERE id = :row"),
                {"incident": incident, "row": row},
            )
    made = case_files.make(ctx, incident, CaseWish(letters=frozenset(written)), tmp_path / "made.pdf")
    # It goes out of sight of everybody but headteacher and DSL, also of whoever made its case file.
    with school.database.writing() as session:
        session.get_one(Incident, incident).confidentiality = "safeguarding"
    digests = [letter_of(school, each).sha256 or "" for each in written]
    return Hidden(incident, message, block, written, made.paper_id, (*digests, made.sha256))


def attempts(ctx: Context, hidden: Hidden, folder: Path) -> dict[str, Callable[[], Any]]:
    """Every way in which somebody could ask."""
    ways: dict[str, Callable[[], Any]] = {
        "going out": lambda: mail_out.going_out(ctx, gone=True),
        "papers": lambda: issued_papers.list_papers(ctx),
        "papers about": lambda: issued_papers.list_papers(ctx, None, ("incident", hidden.incident)),
        "paper": lambda: issued_papers.read_paper(ctx, hidden.paper),
        "options": lambda: case_files.options(ctx, hidden.incident),
        "case file": lambda: case_files.make(ctx, hidden.incident, CaseWish(), folder / "a.pdf"),
        "case file without names": lambda: case_files.make(
            ctx, hidden.incident, CaseWish(all_names=False), folder / "b.pdf"
        ),
        "today": lambda: today.items(ctx),
        "counts": lambda: today.counts(ctx),
        "today's paper": lambda: words_of(today.paper(ctx)),
        "due": lambda: due_dates.due_dates(ctx, date(2026, 1, 1), date(2027, 12, 31)),
        "queue": lambda: queue.waiting(ctx),
        "quiet": lambda: queue.quiet(ctx),
        "choices": lambda: letters.choices(ctx, hidden.incident),
        "timeline": lambda: steps.timeline(ctx, hidden.incident),
        "incident": lambda: incidents.open_incident(ctx, hidden.incident),
        "incident history": lambda: incidents.history(ctx, hidden.incident),
        "message": lambda: messages.open_message(ctx, hidden.message),
        "block": lambda: blocks.open_block(ctx, hidden.block),
        "messages": lambda: message_list.rows(
            ctx, message_list.sorted_ids(ctx, MessageFilter(MessageView.ALL), MessageSort())
        ),
        "blocks": lambda: block_list.rows(
            ctx, block_list.sorted_ids(ctx, BlockFilter(BlockView.ALL), BlockSort())
        ),
        "incidents": lambda: incident_list.rows(
            ctx, incident_list.sorted_ids(ctx, IncidentFilter(), IncidentSort())
        ),
        "about incident": lambda: letters.for_incident(ctx, hidden.incident),
        "about message": lambda: letters.for_message(ctx, hidden.message),
        "about block": lambda: letters.for_block(ctx, hidden.block),
        "again about message": lambda: letters.draft_for_message(ctx, hidden.message),
        "again about block": lambda: letters.draft_for_block(ctx, hidden.block),
        "register": lambda: written(
            lambda file: registers.write(ctx, Register.BLOCKS, file, "csv"), folder / "blocks.csv"
        ),
        "register on paper": lambda: words_of(
            written(lambda file: registers.write(ctx, Register.BLOCKS, file, "pdf"), folder / "blocks.pdf")
        ),
        "batch": lambda: mail_out.batch(ctx, hidden.letters),
        "files": lambda: mail_out.save_files(ctx, hidden.letters, folder),
        "gone": lambda: mail_out.record_gone(ctx, hidden.letters, SentHow.HAND, START.date()),
    }
    for view in get_args(ListView):
        for asked in ("", SECRET, SECRET[:4], "2026/L000", "2026/0001", "%", "Block", "/M0"):

            def listed(view: ListView = view, asked: str = asked) -> Any:
                ids = letters.sorted_ids(ctx, view, asked)
                assert not set(ids) & set(hidden.letters), (view, asked)
                return letters.rows(ctx, ids)

            ways[f"letters {view} {asked}"] = listed
    for number in hidden.letters:
        for name, ask in {
            "get": letters.get,
            "names": letters.name_check,
            "preview": letters.preview_pdf,
            "issued": letters.issued_pdf,
        }.items():
            ways[f"letter {number} {name}"] = lambda number=number, ask=ask: ask(ctx, number)
        ways[f"letter {number} row"] = lambda number=number: letters.rows(ctx, [number])
        ways[f"letter {number} email"] = lambda number=number: eml.save_email(ctx, number, folder / "a.eml")
        ways[f"letter {number} sent"] = lambda number=number: letters.record_sent(
            ctx, number, SentHow.HAND, START.date()
        )
        ways[f"letter {number} back"] = lambda number=number: letters.record_returned(
            ctx, number, START.date(), "Gone away"
        )
        ways[f"letter {number} withdraw"] = lambda number=number: letters.withdraw(ctx, number, "No")
    for digest in hidden.sha256:
        ways[f"by hash {digest}"] = lambda digest=digest: issued_papers.find_by_sha256(ctx, digest)
    matters: tuple[tuple[MatterKind, int, LetterKind], ...] = (
        ("incident", hidden.incident, LetterKind.INVITATION),
        ("message", hidden.message, LetterKind.ACKNOWLEDGEMENT),
        ("block", hidden.block, LetterKind.BLOCK_NOTICE),
    )
    for kind, number, letter in matters:
        key = WordingKey(letter.value, "", "en")
        ways[f"cases for {letter}"] = lambda letter=letter: wording_previews.real_cases(ctx, letter.value)
        ways[f"preview of {kind}"] = lambda kind=kind, number=number, key=key: words_of(
            wording_previews.real(ctx, key, wordings.get(ctx, key).draft, RealCase(kind, number, None, ""))
        )
    for each in INCIDENT_KINDS:
        ways[f"draft {each}"] = lambda each=each: letters.draft(ctx, hidden.incident, each)
    return ways


def written(write: Callable[[Path], object], file: Path) -> bytes:
    write(file)
    return file.read_bytes()


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


@pytest.mark.parametrize("login", OUTSIDE)
def test_a_hidden_incident_is_told_of_by_no_paper(
    school: SmallSchool, hidden: Hidden, login: str, tmp_path: Path
) -> None:
    ctx = school.ctx_for(login)
    folder = tmp_path / "theirs"
    folder.mkdir()
    refused = 0
    for name, ask in attempts(ctx, hidden, folder).items():
        try:
            answer: object = ask()
        except (NotFound, NotAllowed, Refused, Invalid) as error:
            answer = str(error)
            refused += 1
        told = repr(answer).casefold()
        for word in (SECRET, "quillfeather", "2026/l000", "was insulted"):
            assert word not in told, f"{name}: {told[:300]}"
    assert refused > 20
    left = [file.name for file in folder.iterdir()]
    assert set(left) <= {"blocks.csv", "blocks.pdf"}, left


def test_a_letter_that_is_hidden_and_one_that_is_not_there_are_refused_in_the_same_words(
    school: SmallSchool, hidden: Hidden, tmp_path: Path
) -> None:
    ctx = office(school)

    def said(ask: Callable[[int], object], number: int) -> str:
        with pytest.raises(SmdeskError) as refused:
            ask(number)
        return f"{type(refused.value).__name__}: {refused.value}"

    one = hidden.letters[0]
    for ask in (
        lambda number: letters.get(ctx, number),
        lambda number: letters.issued_pdf(ctx, number),
        lambda number: letters.preview_pdf(ctx, number),
        lambda number: letters.name_check(ctx, number),
        lambda number: letters.withdraw(ctx, number, "No"),
        lambda number: eml.save_email(ctx, number, tmp_path / "a.eml"),
        lambda number: mail_out.batch(ctx, [number]),
    ):
        assert said(ask, one) == said(ask, 999)
    assert said(lambda number: issued_papers.read_paper(ctx, number), hidden.paper) == said(
        lambda number: issued_papers.read_paper(ctx, number), 999
    )


def test_a_letter_s_day_is_not_told_to_whoever_makes_up_a_file_with_its_number(
    school: SmallSchool, hidden: Hidden, tmp_path: Path
) -> None:
    """Numbers follow each other: with made-up files somebody could find out on which day which letter went."""
    file = tmp_path / "mine.pdf"
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/Title"] = "Something – 2026/L0001"
        made.save(file)
    told = " ".join(verify_papers.check_here(school.ctx_for("administrator"), file).lines)
    assert "this number" in told
    assert "March 2026" not in told
    assert "March 2026" in " ".join(verify_papers.check_here(school.ctx_for(DSL), file).lines)


def test_whoever_may_reads_all_of_it_and_every_opening_is_written_down(
    school: SmallSchool, hidden: Hidden, tmp_path: Path
) -> None:
    ctx = school.ctx_for(DSL)

    def openings() -> int:
        with school.database.reading() as session:
            return len(
                session.scalars(
                    select(AuditEntry.seq).where(AuditEntry.action.in_(["letter.opened", "paper.opened"]))
                ).all()
            )

    for ask in (
        lambda: letters.issued_pdf(ctx, hidden.letters[0]),
        lambda: letters.issued_pdf(ctx, hidden.letters[1]),
        lambda: letters.preview_pdf(ctx, hidden.letters[2]),
        lambda: issued_papers.read_paper(ctx, hidden.paper),
        lambda: eml.save_email(ctx, hidden.letters[0], tmp_path / "a.eml"),
    ):
        before = openings()
        assert ask() is not None
        assert openings() == before + 1
    assert {row.id for row in issued_papers.list_papers(ctx)} == {hidden.paper}


def test_what_leaves_is_readable_by_its_owner_only(
    school: SmallSchool, hidden: Hidden, tmp_path: Path
) -> None:
    ctx = school.ctx_for(DSL)
    eml.save_email(ctx, hidden.letters[0], tmp_path / "a.eml")
    case_files.make(ctx, hidden.incident, CaseWish(), tmp_path / "case.pdf")
    mail_out.save_files(ctx, hidden.letters, tmp_path)
    for kind in ("pdf", "csv", "xlsx"):
        registers.write(ctx, Register.BLOCKS, tmp_path / f"blocks.{kind}", kind)
    for file in tmp_path.iterdir():
        if file.is_file():
            assert file.stat().st_mode & 0o077 == 0, file.name


def test_a_file_that_was_swapped_for_another_is_found_and_not_handed_out(
    school: SmallSchool, hidden: Hidden
) -> None:
    """Also where whoever swapped it has the keys of both: the log knows which paper was which."""
    with school.database.writing() as session:
        session.execute(text("DROP TRIGGER letter_issued_unchanged"))
        one, other = (session.get_one(Letter, each) for each in hidden.letters[:2])
        fields = ("sha256", "size", "file_key")
        held = [tuple(getattr(row, field) for field in fields) for row in (one, other)]
        names = (one.stored_name, other.stored_name)
        one.stored_name = other.stored_name = None
        session.flush()
        for row, values, name in zip((one, other), held[::-1], names[::-1], strict=True):
            row.stored_name = name
            for field, value in zip(fields, values, strict=True):
                setattr(row, field, value)
    faults = [each for each in verify.check(school.ctx_for(HEAD)) if "is not the one that was issued" in each]
    assert len(faults) == 2


def test_files_that_changed_places_on_the_disk_are_not_handed_out(
    school: SmallSchool, hidden: Hidden, tmp_path: Path
) -> None:
    ctx = school.ctx_for(DSL)
    other = case_files.make(ctx, hidden.incident, CaseWish(linked=False), tmp_path / "other.pdf").paper_id
    with school.database.reading() as session:
        names = [session.get_one(IssuedPaper, each).stored_name or "" for each in (hidden.paper, other)]
        names += [session.get_one(Letter, each).stored_name or "" for each in hidden.letters[:2]]
    files = [evidence.path_of(school.folder.papers, name) for name in names]
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, [contents[1], contents[0], contents[3], contents[2]], strict=True):
        file.write_bytes(content)
    for ask in (
        lambda: issued_papers.read_paper(ctx, hidden.paper),
        lambda: issued_papers.read_paper(ctx, other),
        lambda: letters.issued_pdf(ctx, hidden.letters[0]),
        lambda: letters.issued_pdf(ctx, hidden.letters[1]),
        lambda: mail_out.batch(ctx, hidden.letters),
        lambda: eml.save_email(ctx, hidden.letters[0], tmp_path / "a.eml"),
    ):
        with pytest.raises((Tampered, Damaged)):
            ask()
    assert not (tmp_path / "a.eml").exists()
    assert (
        len([each for each in verify.check(school.ctx_for(HEAD)) if each.startswith(("Letter", "Case"))]) == 4
    )


def test_a_paper_whose_file_somebody_took_away_is_found(school: SmallSchool, hidden: Hidden) -> None:
    with school.database.writing() as session:
        row = session.get_one(IssuedPaper, hidden.paper)
        row.stored_name, row.file_key = None, None
    assert any("does not say who gave it up" in each for each in verify.check(school.ctx_for(HEAD)))


@pytest.mark.parametrize("how", list(mail_out.Left))
def test_a_letter_that_left_by_itself_is_written_down(
    school: SmallSchool, hidden: Hidden, how: mail_out.Left
) -> None:
    mail_out.note_left(school.ctx_for(DSL), hidden.letters[0], how)
    with pytest.raises(NotFound):
        mail_out.note_left(office(school), hidden.letters[0], how)
    with school.database.reading() as session:
        lines = session.scalars(select(AuditEntry).where(AuditEntry.action == f"letter.{how.value}")).all()
        assert [(line.object_id, line.actor_id) for line in lines] == [(hidden.letters[0], school.users[DSL])]


def test_no_e_mail_lies_anywhere_of_which_nothing_is_written_down(
    school: SmallSchool, hidden: Hidden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageProblem("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(eml.audit, "write", full)
        with pytest.raises(StorageProblem):
            eml.save_email(school.ctx_for(DSL), hidden.letters[0], tmp_path / "a.eml")
    assert not (tmp_path / "a.eml").exists()
    with pytest.raises(StorageProblem):
        eml.save_email(school.ctx_for(DSL), hidden.letters[0], tmp_path / "no" / "a.eml")
    with school.database.reading() as session:
        made = select(AuditEntry.seq).where(AuditEntry.action == "letter.email_made")
        assert session.scalars(made).all() == []
