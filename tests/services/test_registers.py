"""Every register and blank form in one place (DOC-3)."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import page as checker
import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry, School
from smdesk.errors import NotAllowed
from smdesk.policy.vocabulary import CONDUCT_LABELS
from smdesk.services import profiles, registers
from smdesk.services.list_files import Kind
from smdesk.services.registers import FORMS, REGISTERS, BlankForm, Register
from tests.documents.reading import text_of, text_within
from tests.support.cases import approved
from tests.support.school import SmallSchool

KINDS: tuple[Kind, ...] = ("pdf", "xlsx", "csv")


def test_every_register_and_form_is_offered() -> None:
    assert set(REGISTERS) == set(Register)
    assert set(FORMS) == set(BlankForm)


@pytest.mark.parametrize("register", Register)
@pytest.mark.parametrize("kind", KINDS)
def test_a_register_of_nothing_is_a_whole_file(
    school: SmallSchool, tmp_path: Path, register: Register, kind: Kind
) -> None:
    file = tmp_path / f"register.{kind}"
    assert registers.write(school.ctx_for("business_manager"), register, file, kind) == 0
    content = file.read_bytes()
    if kind == "pdf":
        assert checker.is_pdf_compliant_bytes(content, profile="ua1")
        # The school's letterhead: its name and how it is reached, above the title.
        with school.database.reading() as session:
            row = session.scalars(select(School)).one()
        head = text_within(content, 10, 10, 290, 40)
        assert row.name in head
        assert row.address.splitlines()[0] in " ".join(head)
    elif kind == "xlsx":
        assert openpyxl.load_workbook(file).active.max_row == 1
    else:
        assert len(list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))) == 1


def test_what_goes_out_holds_the_records_and_is_on_record(school: SmallSchool, tmp_path: Path) -> None:
    approved(school)
    ctx = school.ctx_for("business_manager")
    file = tmp_path / "accounts.csv"
    assert registers.write(ctx, Register.ACCOUNTS, file, "csv") == 1
    heads, line = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
    assert len(heads) == len(line)
    assert any("Brambleford Primary" in cell for cell in line)
    paper = tmp_path / "accounts.pdf"
    registers.write(ctx, Register.ACCOUNTS, paper, "pdf")
    assert "Brambleford Primary" in text_of(paper.read_bytes())
    with school.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "account")).all()
    assert actions.count("list.exported") == 2


@pytest.mark.parametrize("login", ["governor", "chair"])
def test_whoever_takes_out_no_lists_takes_out_no_register(
    school: SmallSchool, tmp_path: Path, login: str
) -> None:
    with pytest.raises(NotAllowed):
        registers.write(school.ctx_for(login), Register.BLOCKS, tmp_path / "blocks.pdf", "pdf")
    assert not (tmp_path / "blocks.pdf").exists()
    with pytest.raises(NotAllowed):
        registers.form_pdf(school.ctx_for(login), BlankForm.INCIDENT)


@pytest.mark.parametrize("form", BlankForm)
def test_a_form_is_accessible_fillable_and_names_nobody(school: SmallSchool, form: BlankForm) -> None:
    pdf = registers.form_pdf(school.ctx_for("business_manager"), form)
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    assert b"/AcroForm" in pdf
    said = text_of(pdf)
    assert "Brambleford" in said
    assert "Quillfeather" not in said


def test_the_incident_form_offers_what_the_policy_knows_and_warns_first(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    said = " ".join(text_of(registers.form_pdf(ctx, BlankForm.INCIDENT)).split())
    known = profiles.current(ctx).profile.conduct
    assert known
    for conduct, label in CONDUCT_LABELS.items():
        assert (label in said) == (conduct in known), label
    # INC-6: nobody fills in a form first where somebody is in danger, and no picture is copied for it.
    assert said.index("Ring 999") < said.index("1 You")
    assert "Never copy, print, save or pass on" in said
