"""Every register and blank form in one place (DOC-3): what there is, and each as a file with one call.

A register goes out here as its tab shows it unfiltered, in its usual columns. Who wants other columns or a selection
takes it out there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import select

from smdesk.db.models import School
from smdesk.policy.vocabulary import CONDUCT_LABELS
from smdesk.security.permissions import Permission
from smdesk.services import (
    account_papers,
    agreement_papers,
    case_papers,
    connection_papers,
    profiles,
    reference_data,
)
from smdesk.services import school as school_service
from smdesk.services.account_records import (
    AccountColumn,
    AccountFilter,
    AccountSort,
    BlockColumn,
    BlockFilter,
    BlockSort,
)
from smdesk.services.agreement_records import (
    AnswerColumn,
    AnswerFilter,
    AnswerSort,
    PolicyColumn,
    PolicyFilter,
    PolicySort,
)
from smdesk.services.connection_records import ExceptionColumn, ExceptionFilter, ExceptionSort
from smdesk.services.context import Context, needs
from smdesk.services.list_files import Kind, Progress, unwatched


class Register(StrEnum):
    """The registers a school keeps (DOC-3)."""

    EXCEPTIONS = "exceptions"
    ACCOUNTS = "accounts"
    BLOCKS = "blocks"
    OUTSTANDING = "outstanding"
    POLICIES = "policies"


class BlankForm(StrEnum):
    """Forms to fill in by hand or on screen (DOC-3)."""

    DECLARATION = "declaration"
    CASE = "case"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Listed:
    """A register or form as it is offered: what it is called and what it holds."""

    title: str
    about: str


REGISTERS: Final[Mapping[Register, Listed]] = {
    Register.EXCEPTIONS: Listed(
        "Exceptions from the rule on connections", "Who may be connected with whom today, and who decided it."
    ),
    Register.ACCOUNTS: Listed(
        "School accounts", "Every open account: who runs it, who may see it, and what it still lacks."
    ),
    Register.BLOCKS: Listed(
        "Blocks", "Followers and senders blocked now, why, and when that is looked at again."
    ),
    Register.OUTSTANDING: Listed(
        "Agreements outstanding", "Who has been asked to sign a policy and has not answered yet."
    ),
    Register.POLICIES: Listed(
        "Policies and their reviews", "Every policy in use, its version, and when it is due for review."
    ),
}
FORMS: Final[Mapping[BlankForm, Listed]] = {
    BlankForm.DECLARATION: Listed(
        "Declaration of a connection", "For a family tie or another good reason, when somebody joins."
    ),
    BlankForm.CASE: Listed("Business case for an account", "To propose an account in the school’s name."),
    BlankForm.INCIDENT: Listed(
        "Report of an incident", "For anybody who has seen a post and cannot come to the office."
    ),
}
_TICKS: Final = 12
"""How many platforms a form offers to tick."""


@needs(Permission.LISTS_EXPORT)
def write(ctx: Context, register: Register, file: Path, kind: Kind, progress: Progress = unwatched) -> int:
    """Write a register as it stands today to ``file``, whole or not at all; returns the number of its rows.

    Raises NotAllowed where its tab is not open to this user, Cancelled from ``progress``, StorageProblem.
    """
    match register:
        case Register.EXCEPTIONS if kind == "pdf":
            # As it is laid before somebody: with who decided it.
            return connection_papers.register_pdf(ctx, ctx.today(), file, progress)
        case Register.EXCEPTIONS:
            return connection_papers.export_list(
                ctx, ExceptionFilter(), ExceptionSort(), tuple(ExceptionColumn), file, kind, progress
            )
        case Register.ACCOUNTS:
            columns = _ACCOUNTS if kind == "pdf" else tuple(AccountColumn)
            return account_papers.export_accounts(
                ctx, AccountFilter(), AccountSort(), columns, file, kind, progress
            )
        case Register.BLOCKS:
            return account_papers.export_blocks(
                ctx, BlockFilter(), BlockSort(), tuple(BlockColumn), file, kind, progress
            )
        case Register.OUTSTANDING:
            return agreement_papers.export_answers(
                ctx, AnswerFilter(), AnswerSort(), _OUTSTANDING, file, kind, progress
            )
        case Register.POLICIES:
            return agreement_papers.export_policies(
                ctx, PolicyFilter(), PolicySort(), tuple(PolicyColumn), file, kind, progress
            )


_ACCOUNTS: Final = (
    AccountColumn.NAME,
    AccountColumn.STANDING,
    AccountColumn.RESPONSIBLE,
    AccountColumn.RUNNERS,
    AccountColumn.OPENNESS,
    AccountColumn.APPROVED,
    AccountColumn.REVIEW,
    AccountColumn.LOOKED,
)
"""As many as fit across a sheet."""
_OUTSTANDING: Final = tuple(
    each for each in AnswerColumn if each not in (AnswerColumn.ANSWERED, AnswerColumn.HOW)
)
"""Whoever has not answered has no day and no way of it."""


@needs(Permission.LISTS_EXPORT)
def form_pdf(ctx: Context, form: BlankForm) -> bytes:
    """A blank form under the school's policy, to fill in by hand or on screen. It names nobody."""
    made: dict[BlankForm, Callable[[Context], bytes]] = {
        BlankForm.DECLARATION: connection_papers.declaration_form_pdf,
        BlankForm.CASE: case_papers.blank_form_pdf,
        BlankForm.INCIDENT: incident_form_pdf,
    }
    return made[form](ctx)


@needs(Permission.INCIDENTS_READ)
def incident_form_pdf(ctx: Context) -> bytes:
    """The blank form for reporting an incident, with the kinds of conduct that the school's policy knows (INC-14)."""
    from smdesk.documents import incident_form

    profile = profiles.current(ctx).profile
    with ctx.database.reading() as session:
        school = session.scalars(select(School)).one()
        head = school_service.letterhead(school)
        safeguarding = school.contacts.get("safeguarding", {})
    ways = ", ".join(part for part in (head.phone, head.email) if part)
    lead = ", ".join(
        part
        for part in ("the designated safeguarding lead", safeguarding.get("name"), safeguarding.get("detail"))
        if part
    )
    return incident_form.form_bytes(
        incident_form.BlankIncident(
            letterhead=head,
            made_on=ctx.today(),
            contact=f"Give it to the school office{', ' if ways else ''}{ways}.",
            # INC-6: what protects somebody comes before any paper.
            at_once=f"Is somebody in danger? Ring 999, then tell {lead}, at once. Write this afterwards.",
            imagery=(
                "Never copy, print, save or pass on a sexual picture of a child, and hand none in with this form: "
                "say only where it is."
            ),
            platforms=tuple(
                [each.label for each in reference_data.platforms() if each.code != "other"][:_TICKS]
            ),
            authors=("parent or carer", "pupil", "member of staff", "stranger to the school", "not known"),
            conduct=tuple(CONDUCT_LABELS[each] for each in CONDUCT_LABELS if each in profile.conduct),
        )
    )
