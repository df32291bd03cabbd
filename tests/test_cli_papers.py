"""Papers about an exception by script: a printed decision checked with and without records, and its letters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from smdesk import cli
from smdesk.db import search
from smdesk.db.models import Person
from smdesk.documents import signed_paper
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Conduct, Initiator, Link, PersonKind, Relationship
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import (
    blocks,
    connection_decisions,
    connection_papers,
    connections,
    incidents,
    letters,
    people,
    session,
    setup,
)
from smdesk.services.account_records import BlockDraft
from smdesk.services.connection_records import DecisionDraft, DecisionKind, DeclarationDraft
from smdesk.services.context import utc_now
from smdesk.services.incident_records import IncidentDraft, PersonInIncident, PersonRole
from smdesk.services.letter_records import LetterKind
from smdesk.services.people_records import PersonDraft

PASSWORD = "orange kettle window"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> tuple[SchoolFolder, Path]:
    """A school with one approved exception, and its decision on paper outside the school's folder."""
    root = tmp_path_factory.mktemp("papers")
    folder = SchoolFolder(root / "school")
    users = (
        setup.NewUser("head", "Mrs H. Alder", "Headteacher", (Role.HEADTEACHER, Role.DSL), PASSWORD),
        setup.NewUser("office", "Ms B. Cedar", "", (Role.BUSINESS_MANAGER,), PASSWORD),
    )
    answers = setup.SetupAnswers(
        "Thistledown Primary School",
        "1 School Lane",
        users,
        phone="01632 960001",
        complaints_procedure="our website",
    )
    setup.create_school(folder, answers, params=vault.TESTING)
    office, head = (session.sign_in(folder, login, PASSWORD) for login in ("office", "head"))
    with office.database.writing() as db:
        both = [
            Person(kind="staff", given_name="Tim", family_name="Hazel", sort_name="h", created_at=utc_now()),
            Person(kind="pupil", given_name="Sam", family_name="Reed", sort_name="r", created_at=utc_now()),
        ]
        db.add_all(both)
        db.flush()
        for person in both:
            search.index_person(db, person.id)
    declared = DeclarationDraft(
        adult_id=both[0].id,
        other_id=both[1].id,
        relationship=Relationship.SIBLING,
        known_how="Both families told the office.",
        platforms=("facebook",),
        links=(Link.FRIEND,),
        initiator=Initiator.BOTH,
        declared_on=office.today(),
    )
    saved = connections.save(office, declared)
    saved = connections.submit(office, saved.id, saved.version)
    draft = DecisionDraft(
        DecisionKind.APPROVE, "His brother.", "At home only.", review_on=office.today() + timedelta(days=99)
    )
    decision = connection_decisions.decide(head, 1, saved.version, draft)
    paper = root / "decision.pdf"
    paper.write_bytes(connection_papers.decision_pdf(head, decision.id))
    for ctx in (office, head):
        session.sign_out(ctx)
    return folder, paper


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*words: object) -> tuple[int, str, str]:
        monkeypatch.setenv(cli.PASSWORD_VARIABLE, PASSWORD)
        code = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def test_a_paper_is_checked_without_records_in_a_process_of_its_own(
    school: tuple[SchoolFolder, Path], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smdesk", "verify", "--paper", str(school[1])],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=Path(cli.__file__).parents[1],
        env={"HOME": str(tmp_path), "PATH": "", "PYTHONUTF8": "1"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The paper holds")
    assert "Tim Hazel and Sam Reed may be connected on Facebook" in done.stdout
    assert "compare its fingerprint" in done.stdout


def test_with_a_user_the_records_are_asked(run: Run, school: tuple[SchoolFolder, Path]) -> None:
    folder, paper = school
    code, out, _ = run("verify", "--paper", paper, "--data", folder.root, "--user", "office")
    assert code == 0
    assert "In these records:\n  Signed with the key of Mrs H. Alder.\n  The decision is on record." in out
    embedded = signed_paper.embedded(paper)
    assert embedded is not None
    code, out, _ = run("verify", "--scanned", embedded.code, "--data", folder.root, "--user", "office")
    assert (code, "Signed with the key of Mrs H. Alder." in out) == (0, True)
    code, out, _ = run("verify", "--data", folder.root, "--user", "office")
    assert (code, "letters and decisions" in out) == (0, True)


def test_a_paper_that_does_not_hold_is_exit_code_1(
    run: Run, school: tuple[SchoolFolder, Path], tmp_path: Path
) -> None:
    embedded = signed_paper.embedded(school[1])
    assert embedded is not None
    head, signature, key = embedded.code.split(".")
    other = f"{head}.{'A' * len(signature)}.{key}"
    code, out, _ = run("verify", "--scanned", other)
    assert (code, out.startswith("Do not rely on this paper:")) == (1, True)
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    for words in (("--paper", scan), ("--paper", tmp_path / "none.pdf"), ("--scanned", "hello")):
        code, out, err = run("verify", *words)
        assert (code, out) == (1, "")
        assert err.startswith("smdesk: ")


def test_what_to_check_must_be_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run("verify")
    assert (code, "--user" in err) == (2, True)
    with pytest.raises(SystemExit) as caught:
        cli.main(["verify", "--paper", "a.pdf", "--scanned", "b"])
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_letter_about_an_exception_by_its_reference(
    run: Run, school: tuple[SchoolFolder, Path], tmp_path: Path
) -> None:
    folder, _ = school
    file, reference = tmp_path / "letter.pdf", f"{utc_now().year}/c1"
    words = ("letter", reference, "exception-approved", "-o", file, "--data", folder.root, "--user", "office")
    code, out, err = run(*words)
    assert (code, out, file.exists()) == (1, "", False)
    assert "Draft it in the window" in err
    office = session.sign_in(folder, "office", PASSWORD)
    try:
        adult = connections.open_exception(office, 1).draft.adult_id
        letters.draft_for_exception(office, 1, LetterKind.EXCEPTION_APPROVED, adult)
    finally:
        session.sign_out(office)
    code, out, _ = run(*words)
    assert (code, "Exception approved to Tim Hazel: DRAFT, not issued" in out) == (0, True)
    assert file.read_bytes().startswith(b"%PDF-")
    code, _, err = run("letter", f"{utc_now().year}/C9", *words[2:])
    assert (code, "no such exception" in err) == (1, True)


def test_a_letter_about_a_block_by_its_place_on_the_register(
    run: Run, school: tuple[SchoolFolder, Path], tmp_path: Path
) -> None:
    folder, _ = school
    file = tmp_path / "notice.pdf"
    words = ("block-notice", "-o", file, "--data", folder.root, "--user", "office")
    office = session.sign_in(folder, "office", PASSWORD)
    try:
        adult = connections.open_exception(office, 1).draft.adult_id
        block = BlockDraft(
            place="the school's e-mail",
            who="Tim Hazel",
            person_id=adult,
            reason="Rude messages",
            since_on=office.today(),
        )
        saved = blocks.save(office, block)
        code, _, err = run("letter", f"Block {saved.id}", *words)
        assert (code, "Draft it in the window" in err, file.exists()) == (1, True, False)
        letters.draft_for_block(office, saved.id)
    finally:
        session.sign_out(office)
    code, out, err = run("letter", f" block {saved.id}", *words)
    assert (code, "Notice of a block to Tim Hazel: DRAFT, not issued" in out) == (0, True), err
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_paper_that_was_issued_is_told_from_one_that_was_changed(
    run: Run, school: tuple[SchoolFolder, Path], tmp_path: Path
) -> None:
    folder, decision = school
    where = ("--data", folder.root, "--user", "office")
    code, out, _ = run("verify", "--paper", decision, *where)
    assert (code, out.startswith("This is the decision “Decision 1 on 2026/C0001”, issued on ")) == (0, True)
    assert "unchanged." in out.splitlines()[0]
    assert "The paper holds" in out
    listed = tmp_path / "list.pdf"
    code, _, _ = run("report", "register", "--on", "2025-03-03", "-o", listed, *where)
    assert code == 0
    code, out, _ = run("verify", "--paper", listed, *where)
    assert (code, "no paper with this content was issued here" in out) == (1, True)
    code, out, err = run("verify", "--paper", listed)
    assert (code, out, "sign in" in err) == (1, "", True)


def test_a_letter_is_known_whatever_its_file_is_called_and_not_with_one_bit_changed(
    run: Run, school: tuple[SchoolFolder, Path], tmp_path: Path
) -> None:
    folder, _ = school
    office, head = (session.sign_in(folder, login, PASSWORD) for login in ("office", "head"))
    try:
        parent = PersonDraft(
            kind=PersonKind.PARENT, title="Ms", given_name="Ada", family_name="Reed", address="3 Mill Row"
        )
        author = PersonInIncident(people.save(office, parent).id, PersonRole.AUTHOR, PersonKind.PARENT)
        draft = IncidentDraft(
            received_at=utc_now(), summary="Insults", conduct=(Conduct.ABUSIVE,), people=(author,)
        )
        saved = letters.draft(office, incidents.save(office, draft).id, LetterKind.INVITATION)
        saved = letters.submit(office, saved.id, saved.version)
        saved = letters.approve(head, saved.id, saved.version)
        letter = letters.issue(office, saved.id, saved.version).id
        number, content = letters.get(office, letter).number, letters.issued_pdf(office, letter)
    finally:
        for ctx in (office, head):
            session.sign_out(ctx)
    file = tmp_path / "from the post, $parent & Söhne.pdf"
    where = ("--data", folder.root, "--user", "office")
    file.write_bytes(content)
    code, out, _ = run("verify", "--paper", file, *where)
    assert (code, out.startswith(f"This is letter {number}, issued on ")) == (0, True)
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    code, out, err = run("verify", "--paper", file, *where)
    assert code == 1
    assert "unchanged" not in out + err
