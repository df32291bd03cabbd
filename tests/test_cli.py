"""The command line: answers, refusals and exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from smdesk import __version__, cli
from smdesk.db import search
from smdesk.db.models import Person
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import incidents, letters, session, setup, users
from smdesk.services.context import utc_now
from smdesk.services.incident_records import IncidentDraft, PersonInIncident, PersonRole
from smdesk.services.letter_records import LetterKind

PASSWORD = "orange kettle window"
FACTS = {
    "received": "2026-05-02T23:50",
    "on_school_account": True,
    "author": {"kind": "parent"},
    "conduct": ["abusive"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SchoolFolder:
    """A school with one incident and no letter yet."""
    made = SchoolFolder(tmp_path_factory.mktemp("cli") / "school")
    people = (
        setup.NewUser("head", "Mrs H. Alder", "Headteacher", (Role.HEADTEACHER, Role.DSL), PASSWORD),
        setup.NewUser("office", "Ms B. Cedar", "", (Role.BUSINESS_MANAGER,), PASSWORD),
    )
    answers = setup.SetupAnswers(
        "Thistledown Primary School",
        "1 School Lane",
        people,
        phone="01632 960001",
        complaints_procedure="our website",
    )
    setup.create_school(made, answers, params=vault.TESTING)
    ctx = session.sign_in(made, "office", PASSWORD)
    with ctx.database.writing() as db:
        parent = Person(
            kind="parent", given_name="Anna", family_name="Quillfeather", sort_name="q", created_at=utc_now()
        )
        db.add(parent)
        db.flush()
        search.index_person(db, parent.id)
        author = PersonInIncident(parent.id, PersonRole.AUTHOR, PersonKind.PARENT)
    incidents.save(
        ctx,
        IncidentDraft(received_at=utc_now(), summary="Rude", conduct=(Conduct.ABUSIVE,), people=(author,)),
    )
    users.add(ctx, users.UserDraft("gov", "Dr G. Elm", "", (Role.GOVERNOR,)), PASSWORD, vault.TESTING)
    session.sign_out(ctx)
    return made


@pytest.fixture
def run(folder: SchoolFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a command on the school: exit code, standard output, standard error."""

    def go(*words: object, password: str | None = PASSWORD) -> tuple[int, str, str]:
        if password is None:
            monkeypatch.delenv(cli.PASSWORD_VARIABLE, raising=False)
        else:
            monkeypatch.setenv(cli.PASSWORD_VARIABLE, password)
        code = cli.main([*map(str, words), "--data", str(folder.root)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def advise(*words: str, facts: object = FACTS, monkeypatch: pytest.MonkeyPatch) -> int:
    text = facts if isinstance(facts, str) else json.dumps(facts)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return cli.main(["advise", *words])


def test_advise_answers_in_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert advise(monkeypatch=monkeypatch) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["route"] == "ladder"
    assert answer["reply_by"] == "2026-05-05T23:59:59+01:00"
    assert "ask_removal" in [each["step"] for each in answer["next"]]


def test_advise_reads_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(FACTS), encoding="utf-8-sig")
    assert cli.main(["advise", "--profile", "policy-r", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["route"] == "ladder"


@pytest.mark.parametrize(
    ("facts", "words", "said"),
    [
        ({**FACTS, "colour": 1}, [], "colour"),
        ({**FACTS, "conduct": ["rudeness"]}, [], "bullying"),
        ({}, [], "received"),
        ("{", [], "not JSON"),
        ("[" * 100_000, [], "fact"),
        (FACTS, ["--profile", "mine"], "policy-g"),
        (FACTS, ["/nowhere/at/all.json"], "cannot be read"),
    ],
)
def test_advise_refuses_what_it_does_not_know(
    facts: object,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert advise(*words, facts=facts, monkeypatch=monkeypatch) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_advise_loads_neither_database_nor_window() -> None:
    script = (
        'import sys, io; sys.stdin = io.StringIO(\'{"received": "2026-05-02T23:50"}\')\n'
        "from smdesk import cli\nassert cli.main(['advise']) == 0\n"
        "print([name for name in ('sqlalchemy', 'PySide6', 'reportlab') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(cli.__file__).parents[1],
    )
    assert done.stderr.strip() == "[]"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"SM Desk {__version__}\n"


@pytest.mark.parametrize(
    "words", [["letter"], ["report"], ["report", "governors"], ["nonsense"], ["demo", "--incidents", "0"]]
)
def test_wrong_usage_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_letter_is_a_marked_draft_until_one_is_issued(run, folder: SchoolFolder, tmp_path: Path) -> None:
    reference = f"{utc_now().year}/1"
    file = tmp_path / "letter.pdf"
    code, out, _ = run("letter", reference, "invitation", "-o", file, "--user", "office")
    assert code == 0
    assert "DRAFT, not kept" in out
    assert file.read_bytes().startswith(b"%PDF-")
    office, head = session.sign_in(folder, "office", PASSWORD), session.sign_in(folder, "head", PASSWORD)
    try:
        letter = letters.draft(office, 1, LetterKind.INVITATION)
        assert (
            "DRAFT, not issued" in run("letter", reference, "Invitation", "-o", file, "--user", "office")[1]
        )
        letter = letters.submit(office, letter.id, letter.version)
        letter = letters.approve(head, letter.id, letter.version)
        letters.issue(office, letter.id, letter.version)
        code, out, _ = run("letter", reference, "invitation", "-o", file, "--user", "office")
        assert (code, "as issued" in out) == (0, True)
        assert f"to {letters.get(office, letter.id).person_name}" in out
        assert file.read_bytes() == letters.issued_pdf(office, letter.id)
    finally:
        session.sign_out(office)
        session.sign_out(head)


def test_of_letters_to_two_people_none_is_picked(run, folder: SchoolFolder, tmp_path: Path) -> None:
    office = session.sign_in(folder, "office", PASSWORD)
    try:
        first = incidents.open_incident(office, 1).draft
        with office.database.writing() as db:
            other = Person(
                kind="parent", given_name="Ben", family_name="Reed", sort_name="r", created_at=utc_now()
            )
            db.add(other)
            db.flush()
            search.index_person(db, other.id)
            both = (*first.people, PersonInIncident(other.id, PersonRole.AUTHOR, PersonKind.PARENT))
        incident = incidents.save(office, replace(first, people=both)).id
        reference = incidents.open_incident(office, incident).reference
        for person in both:
            letters.draft(office, incident, LetterKind.INVITATION, person.person_id)
    finally:
        session.sign_out(office)
    file = tmp_path / "letter.pdf"
    code, out, err = run("letter", reference, "invitation", "-o", file, "--user", "office")
    assert (code, out, file.exists()) == (1, "", False)
    assert "Anna Quillfeather and Ben Reed" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["letter", "2020/0001", "invitation", "-o", "x.pdf", "--user", "office"], 1, "no"),
        (["letter", "nonsense", "invitation", "-o", "x.pdf", "--user", "office"], 1, "2026/0042"),
        (["letter", "2026/1", "love", "-o", "x.pdf", "--user", "office"], 2, "written_warning"),
        (["report", "governors", "--term", "2026 winter", "-o", "x.pdf", "--user", "head"], 2, "2026 autumn"),
        (["report", "governors", "--term", "2025-26", "-o", "x.pdf", "--user", "head"], 2, "--year"),
        (["report", "register", "--on", "3 March", "-o", "x.pdf", "--user", "head"], 2, "2025-03-03"),
        (["report", "register", "--on", "2025-02-30", "-o", "x.pdf", "--user", "head"], 2, "not a day"),
        (["verify", "--head", "abc", "--user", "head"], 2, "number"),
        (["verify", "--user", "gov"], 1, "set by somebody else"),
    ],
)
def test_what_cannot_be_done_is_said_on_standard_error(
    run, words: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    got, out, err = run(*words)
    assert (got, out) == (code, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_the_governor_report(run, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    code, out, _ = run("report", "governors", "--year", "2026-27", "-o", file, "--user", "head")
    assert (code, "School year 2026-27" in out) == (0, True)
    assert file.read_bytes().startswith(b"%PDF-")


def test_the_governor_report_on_one_page_and_as_a_workbook(run, tmp_path: Path) -> None:
    words = ("report", "governors", "--year", "2026-27", "--user", "head")
    page, book = tmp_path / "page.pdf", tmp_path / "book.XLSX"
    code, _, _ = run(*words, "--one-page", "-o", page)
    assert (code, page.read_bytes()[:5]) == (0, b"%PDF-")
    code, out, _ = run(*words, "-o", book)
    assert (code, book.read_bytes()[:2], str(book) in out) == (0, b"PK", True)
    code, _, err = run(*words, "--one-page", "-o", book)
    assert (code, "A workbook has no pages" in err) == (2, True)


def test_who_was_allowed_on_a_day(run, tmp_path: Path) -> None:
    file = tmp_path / "register.pdf"
    code, out, _ = run("report", "register", "--on", "2025-03-03", "-o", file, "--user", "office")
    assert (code, "0 allowed on 2025-03-03" in out) == (0, True)
    assert file.read_bytes().startswith(b"%PDF-")


def test_verify_answers_with_its_exit_code(run, folder: SchoolFolder) -> None:
    code, out, _ = run("verify", "--user", "office")
    assert (code, "Everything is as it was written" in out) == (0, True)
    code, out, _ = run("verify", "--user", "office", "--head", f"2:{'0' * 64}")
    assert (code, "1 fault found" in out) == (1, True)


def test_a_wrong_password_and_a_missing_one(run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = run("verify", "--user", "office", password="not it at all")
    assert (code, "password" in err) == (1, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, _, err = run("verify", "--user", "office", password=None)
    assert (code, cli.PASSWORD_VARIABLE in err) == (2, True)


def test_a_folder_without_a_school(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--user", "x", "--data", str(tmp_path)]) == 1
    assert "no school" in capsys.readouterr().err


def test_the_demo_refuses_a_folder_with_a_school(run) -> None:
    code, _, err = run("demo", "--no-window")
    assert (code, "already" in err) == (1, True)


def test_without_a_command_the_window_opens_on_the_folder(
    folder: SchoolFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[object, object]] = []
    monkeypatch.setattr("smdesk.app.main", lambda root, login=None: opened.append((root, login)) or 7)
    assert cli.main(["--data", str(folder.root)]) == 7
    assert opened == [(folder.root, None)]
