"""A letter as a ready-made e-mail: what Outlook and Thunderbird are given, and what they are not."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from smdesk.db.models import AuditEntry
from smdesk.errors import Invalid, NotFound, Refused, StorageProblem
from smdesk.services import eml, letters
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind
from tests.support.issued import issued_letter
from tests.support.school import SmallSchool


@pytest.fixture
def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def read(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def test_it_opens_as_a_draft_to_the_person_with_the_letter_as_issued(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    letter = issued_letter(school)
    file = tmp_path / eml.file_name("2026/L0001")
    assert file.name == "Letter 2026-L0001.eml"
    assert eml.save_email(office, letter, file) == "anna@quillfeather.example"
    message = read(file)
    assert message["X-Unsent"] == "1"
    assert message["To"] == "anna@quillfeather.example"
    assert message["Subject"] == "Letter from Brambleford Primary School, 2026/L0001"
    assert (message["From"], message["Date"], message["Bcc"]) == (None, None, None)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_filename() == "Letter 2026-L0001.pdf"
    assert attachment.get_content() == letters.issued_pdf(office, letter)
    assert b"\r\n" in file.read_bytes()


def test_neither_subject_nor_words_name_anybody_or_say_what_it_is_about(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    file = tmp_path / "mail.eml"
    eml.save_email(office, issued_letter(school), file)
    message = read(file)
    body = message.get_body(("plain",))
    assert body is not None
    words = f"{message['Subject']} {body.get_content()}".lower()
    for word in (
        "anna",
        "quillfeather",
        "private",
        "confidential",
        "warning",
        "incident",
        "talk",
        "facebook",
    ):
        assert word not in words
    assert "delete it and tell us" in words


def test_without_an_address_the_receiver_is_left_to_who_sends_it(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    letter = issued_letter(school)
    with office.database.writing() as session:
        session.execute(text("UPDATE person SET email = ''"))
    assert eml.save_email(office, letter, tmp_path / "mail.eml") == ""
    assert read(tmp_path / "mail.eml")["To"] is None


@pytest.mark.parametrize(
    "address", ["anna", "a@b\nBcc: all@school.example", "a b@c.example", "zażółć@c.example", "@", "a@b@c"]
)
def test_what_is_no_address_is_no_header(
    school: SmallSchool, office: Context, tmp_path: Path, address: str
) -> None:
    letter = issued_letter(school)
    with office.database.writing() as session:
        session.execute(text("UPDATE person SET email = :address"), {"address": address})
    with pytest.raises(Invalid, match="no e-mail address"):
        eml.save_email(office, letter, tmp_path / "mail.eml")
    assert list(tmp_path.glob("*.eml")) == []


def test_the_schools_name_stays_one_line_whatever_is_in_it(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    letter = issued_letter(school)
    with office.database.writing() as session:
        session.execute(text("UPDATE school SET name = 'Zażółć & <b>Sons' || char(10) || 'Bcc: x@y.example'"))
    eml.save_email(office, letter, tmp_path / "mail.eml")
    message = read(tmp_path / "mail.eml")
    assert message["Subject"] == "Letter from Zażółć & <b>Sons Bcc: x@y.example, 2026/L0001"
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "name",
    ["Ysgol Tŷ Gwyn", "Zażółć Gęślą Jaźń", "王小明 Zażółć x", "St Mary’s – a very long name " * 4 + "Ŵyn"],
)
def test_no_blank_of_the_schools_name_is_lost_in_the_subject(
    school: SmallSchool, office: Context, tmp_path: Path, name: str
) -> None:
    letter = issued_letter(school)
    with office.database.writing() as session:
        session.execute(text("UPDATE school SET name = :name"), {"name": name})
    eml.save_email(office, letter, tmp_path / "mail.eml")
    assert read(tmp_path / "mail.eml")["Subject"] == f"Letter from {name}, 2026/L0001"
    head = (tmp_path / "mail.eml").read_bytes().partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.splitlines())) <= 100


def test_a_draft_makes_no_e_mail_and_each_made_is_written_down(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    draft = letters.draft(office, school.incident(), LetterKind.INVITATION).id
    with pytest.raises(Refused, match="not been issued"):
        eml.save_email(office, draft, tmp_path / "mail.eml")
    with pytest.raises(NotFound):
        eml.save_email(office, 999, tmp_path / "mail.eml")
    letter = issued_letter(school)
    with pytest.raises(StorageProblem):
        eml.save_email(office, letter, tmp_path / "none" / "mail.eml")
    eml.save_email(office, letter, tmp_path / "mail.eml")
    with office.database.reading() as session:
        made = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "letter.email_made")
        assert session.scalar(made) == 1
