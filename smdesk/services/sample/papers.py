"""One of each paper the program makes, from the sample school, for looking at and for checking."""

from __future__ import annotations

from pathlib import Path

from smdesk.paths import SchoolFolder
from smdesk.services import (
    account_papers,
    agreement_outstanding,
    agreement_papers,
    business_cases,
    case_files,
    case_list,
    case_papers,
    connection_list,
    connection_pack,
    connection_papers,
    connections,
    eml,
    exports,
    letters,
    mail_out,
    periods,
    registers,
    reports,
    session,
    setup,
    today,
)
from smdesk.services.account_records import AccountColumn, AccountFilter, AccountSort, AccountView
from smdesk.services.agreement_records import AnswerColumn, AnswerFilter, AnswerSort, AnswerView
from smdesk.services.case_file_records import CaseWish
from smdesk.services.case_records import CaseFilter, CaseSort, CaseView
from smdesk.services.connection_records import (
    DecisionOrigin,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionSort,
    ExceptionView,
)
from smdesk.services.context import Context, open_to_all
from smdesk.services.incident_records import Column, Confidentiality, IncidentFilter, Sort, View
from smdesk.services.letter_records import LetterKind
from smdesk.services.registers import BlankForm, Register
from smdesk.services.sample import build, people

_LIST_COLUMNS = (
    Column.REFERENCE,
    Column.RECEIVED,
    Column.SUMMARY,
    Column.AUTHOR,
    Column.PLATFORM,
    Column.NEXT_STEP,
    Column.DUE,
)
_EXCEPTION_COLUMNS = (
    ExceptionColumn.REFERENCE,
    ExceptionColumn.ADULT,
    ExceptionColumn.OTHER,
    ExceptionColumn.RELATIONSHIP,
    ExceptionColumn.PLATFORMS,
    ExceptionColumn.TIMELINESS,
    ExceptionColumn.STATUS,
    ExceptionColumn.REVIEW,
)
_ACCOUNT_COLUMNS = (
    AccountColumn.NAME,
    AccountColumn.STANDING,
    AccountColumn.RESPONSIBLE,
    AccountColumn.RUNNERS,
    AccountColumn.APPROVED,
    AccountColumn.REVIEW,
)
_ANSWER_COLUMNS = (
    AnswerColumn.NAME,
    AnswerColumn.CLASS,
    AnswerColumn.CHILDREN,
    AnswerColumn.POLICY,
    AnswerColumn.STATE,
)
_SLIPS = 5
"""How many slips are printed: two to a page."""


@open_to_all("Signs in to the sample school itself, with the password it was built with.")
def write(folder: SchoolFolder, target: Path, recovery_code: str = "") -> list[Path]:
    """Write one of each paper to ``target``; returns the files made. Raises StorageProblem.

    The recovery sheet is among them only where ``recovery_code`` is given: it is known when a school is made.
    """
    target.mkdir(parents=True, exist_ok=True)
    ctx = session.sign_in(folder, "head", people.PASSWORD)
    try:
        made = [
            *_letters(ctx, target),
            *_lists(ctx, target),
            *_connections(ctx, target),
            *_accounts(ctx, target),
            *_agreements(ctx, target),
            *_reports(ctx, target),
            *_case_files(ctx, target),
            *_going_out(ctx, target),
            *_registers(ctx, target),
        ]
    finally:
        session.sign_out(ctx)
    if recovery_code:
        sheet = target / "recovery-sheet.pdf"
        setup.recovery_sheet(folder, build.answers(), recovery_code, sheet)
        made.append(sheet)
    return made


def _letters(ctx: Context, target: Path) -> list[Path]:
    """The newest issued letter of each kind; where none was issued, the draft's preview, marked as one."""
    made = []
    rows = letters.rows(ctx, letters.sorted_ids(ctx, "all"))
    for kind in LetterKind:
        of_kind = sorted((row for row in rows if row.kind is kind), key=lambda row: row.number, reverse=True)
        for row in of_kind[:1]:
            issued = row.number != ""
            data = letters.issued_pdf(ctx, row.id) if issued else letters.preview_pdf(ctx, row.id)
            file = target / f"letter-{kind.value.replace('_', '-')}{'' if issued else '-draft'}.pdf"
            file.write_bytes(data)
            made.append(file)
    return made


def _lists(ctx: Context, target: Path) -> list[Path]:
    made = []
    for kind in ("pdf", "csv", "xlsx"):
        file = target / f"incidents.{kind}"
        exports.incidents(ctx, IncidentFilter(view=View.OPEN), Sort(), _LIST_COLUMNS, file, kind)
        made.append(file)
    issued = [
        row for row in letters.rows(ctx, letters.sorted_ids(ctx, "issued")) if row.matter_kind == "incident"
    ]
    if issued:
        file = target / "chronology.pdf"
        exports.timeline_pdf(ctx, issued[0].matter_id, file)
        made.append(file)
    return made


def _connections(ctx: Context, target: Path) -> list[Path]:
    """The papers of the register: decisions signed and from paper, the forms, the pack, the register itself."""
    ids = connection_list.sorted_ids(ctx, ExceptionFilter(view=ExceptionView.IN_FORCE), ExceptionSort())
    found: dict[DecisionOrigin, int] = {}
    declared = 0
    for row in connection_list.rows(ctx, ids):
        if row.confidentiality is Confidentiality.NORMAL:
            last = connections.open_exception(ctx, row.id).decisions[-1]
            found.setdefault(last.origin, last.id)
            declared = declared or row.id
    contents = {
        **{
            f"decision-{origin.value}": connection_papers.decision_pdf(ctx, found[origin]) for origin in found
        },
        "declaration-form": connection_papers.declaration_form_pdf(ctx),
        "declaration": connection_papers.declaration_pdf(ctx, declared),
        "headteachers-pack": connection_pack.pack_pdf(ctx),
    }
    made = [_written(target / f"{name}.pdf", content) for name, content in contents.items()]
    register = target / "register.pdf"
    connection_papers.register_pdf(ctx, ctx.today(), register)
    made.append(register)
    for kind in ("pdf", "csv", "xlsx"):
        file = target / f"connections.{kind}"
        connection_papers.export_list(
            ctx, ExceptionFilter(view=ExceptionView.ALL), ExceptionSort(), _EXCEPTION_COLUMNS, file, kind
        )
        made.append(file)
    return made


def _accounts(ctx: Context, target: Path) -> list[Path]:
    """What is due, the cases with a decision, and the register of accounts."""
    approved = case_list.sorted_ids(ctx, CaseFilter(CaseView.APPROVED), CaseSort())
    decided = business_cases.open_case(ctx, approved[0]).decisions[-1]
    contents = {
        "today": today.paper(ctx),
        "business-case-form": case_papers.blank_form_pdf(ctx),
        "business-case": case_papers.case_pdf(ctx, approved[0]),
        "business-case-decision": case_papers.decision_pdf(ctx, decided.id),
        "business-cases-for-the-meeting": case_papers.pack_pdf(ctx),
    }
    made = [_written(target / f"{name}.pdf", content) for name, content in contents.items()]
    for kind in ("pdf", "csv", "xlsx"):
        file = target / f"accounts.{kind}"
        account_papers.export_accounts(
            ctx, AccountFilter(AccountView.ALL), AccountSort(), _ACCOUNT_COLUMNS, file, kind
        )
        made.append(file)
    return made


def _agreements(ctx: Context, target: Path) -> list[Path]:
    """Slips to sign, and who has not answered yet."""
    outstanding = AnswerFilter(AnswerView.OUTSTANDING)
    waiting = agreement_outstanding.sorted_ids(ctx, outstanding, AnswerSort())
    made = [_written(target / "agreement-slips.pdf", agreement_papers.slips_pdf(ctx, list(waiting[:_SLIPS])))]
    for kind in ("pdf", "csv", "xlsx"):
        file = target / f"agreements-outstanding.{kind}"
        agreement_papers.export_answers(ctx, outstanding, AnswerSort(), _ANSWER_COLUMNS, file, kind)
        made.append(file)
    return made


def _case_files(ctx: Context, target: Path) -> list[Path]:
    """The case file of the incident with the most letters, with and without the names of third parties (DOC-4)."""
    rows = [
        row for row in letters.rows(ctx, letters.sorted_ids(ctx, "issued")) if row.matter_kind == "incident"
    ]
    if not rows:
        return []
    matters = [row.matter_id for row in rows]
    incident = max(matters, key=lambda each: (matters.count(each), each))
    found = case_files.options(ctx, incident)
    authors = frozenset(each.person_id for each in found.people if each.author)
    whole = CaseWish(
        letters=frozenset(each.letter_id for each in found.letters),
        pictures=frozenset(each.evidence_id for each in found.pictures),
    )
    # Pictures, and letters that name somebody else, stay out of it, as when nobody ticks them.
    fewer = CaseWish(
        all_names=False,
        keep=authors,
        letters=frozenset(each.letter_id for each in found.letters if each.names <= authors),
    )
    made = []
    for name, wish in (("case-file", whole), ("case-file-without-names", fewer)):
        file = target / f"{name}.pdf"
        case_files.make(ctx, incident, wish, file)
        made.append(file)
    return made


def _going_out(ctx: Context, target: Path) -> list[Path]:
    """The letters that are to go out as one batch behind their list, and one of them ready to be sent by e-mail."""
    waiting = mail_out.going_out(ctx)
    if not waiting:
        return []
    batch = mail_out.batch(ctx, [each.id for each in waiting])
    made = [_written(target / "letters-to-go-out.pdf", batch.pdf)]
    by_mail = next((each for each in waiting if each.email), None)
    if by_mail is not None:
        file = target / eml.file_name(by_mail.number)
        eml.save_email(ctx, by_mail.id, file)
        made.append(file)
    return made


def _registers(ctx: Context, target: Path) -> list[Path]:
    """The registers and forms that no other part wrote (DOC-3)."""
    made = [_written(target / "incident-form.pdf", registers.form_pdf(ctx, BlankForm.INCIDENT))]
    for register in (Register.BLOCKS, Register.POLICIES):
        file = target / f"{register.value}.pdf"
        registers.write(ctx, register, file, "pdf")
        made.append(file)
    return made


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def _reports(ctx: Context, target: Path) -> list[Path]:
    made = []
    for period in _latest(reports.periods(ctx)):
        name = f"governor-report-{period.label.replace(' ', '-').lower()}"
        whole, page, book = (target / f"{name}{end}" for end in (".pdf", "-one-page.pdf", ".xlsx"))
        reports.governor_pdf(ctx, period, whole)
        reports.governor_pdf(ctx, period, page, form="page")
        reports.governor_xlsx(ctx, period, book)
        made += [whole, page, book]
    return made


def _latest(found: list[periods.Period]) -> list[periods.Period]:
    """The newest term and the newest year."""
    newest: dict[str, periods.Period] = {}
    for period in sorted(found, key=lambda each: each.start, reverse=True):
        newest.setdefault(period.kind, period)
    return list(newest.values())
