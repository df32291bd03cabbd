"""The headteacher's pack: what waits for a decision, gathered to be decided with a pen (CON-2, CON-5).

Whoever decides prints their own queue. The office prints it for the headteacher, with what is open to the office; the
decisions come back on paper and are recorded on behalf of whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, School
from smdesk.documents.decision_pack import DecisionBlank, PackData, PackItem, PackList
from smdesk.errors import NotAllowed, NotFound
from smdesk.policy.words import written_day
from smdesk.security.permissions import ROLE_LABELS, Permission, Role, allowed
from smdesk.services import (
    connection_list,
    connection_sight,
    connection_state,
    connections,
    decision_fields,
    incident_list,
    letters,
    queue,
)
from smdesk.services import connection_paper_words as words
from smdesk.services import school as school_service
from smdesk.services.connection_records import (
    DecisionKind,
    ExceptionFilter,
    ExceptionRecord,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.incident_records import IncidentFilter, Sort, View
from smdesk.services.letter_records import titled
from smdesk.services.queue import QUEUE_KIND_LABELS, QueueItem, QueueKind

_TO_DO: Final[dict[DecisionKind, str]] = {
    DecisionKind.APPROVE: "Approve",
    DecisionKind.REFUSE: "Refuse",
    DecisionKind.ASK_FOR_MORE: "Ask for more",
    DecisionKind.RENEW: "Renew",
    DecisionKind.END: "End",
    DecisionKind.REVOKE: "Revoke",
}
"""A decision as one ticks it."""

_LISTS: Final[tuple[tuple[QueueKind, str, str], ...]] = (
    (
        QueueKind.PAPER,
        "Decisions on paper to confirm",
        "They were recorded on your behalf. Sign in, and confirm or dispute each of them under To decide.",
    ),
    (QueueKind.LETTER, "Letters to sign", "Letters are read and signed in SM Desk, under To decide."),
    (QueueKind.INCIDENT, "Incidents that wait for you", "They are opened in SM Desk, under To decide."),
    (QueueKind.QUESTION, "Answered questions", "The answers are read, and the questions closed, in SM Desk."),
)
_COLUMNS: Final = ("Reference", "What it is", "Why it waits", "Since")


@needs(Permission.CONNECTIONS_READ)
def pack_pdf(ctx: Context) -> bytes:
    """The pack as a PDF: a page for each exception to decide or review, and lists of what is decided in SM Desk.

    For whoever decides it is their own queue; for the office what is open to it and waits for the headteacher.
    Raises NotAllowed for nobody who may read the register.
    """
    from smdesk.documents import decision_pack

    with ctx.database.reading() as session:
        roles = connection_sight.reader(session, ctx).roles
        school = school_service.letterhead(session.scalars(select(School)).one())
        whole = connection_sight.where_full(connection_sight.reader(session, ctx)).sql == "1"
    if allowed(roles, Permission.QUEUE_READ):
        role = Role.HEADTEACHER if Role.HEADTEACHER in roles else Role.CHAIR_OF_GOVERNORS
        waiting = queue.waiting(ctx)
        ids = [item.id for item in waiting if item.kind in (QueueKind.EXCEPTION, QueueKind.REVIEW)]
        lists = _lists(waiting)
        left_out: tuple[str, ...] = ()
    else:
        role = Role.HEADTEACHER
        ids = _for_headteacher(ctx)
        lists = _lists_of_office(ctx)
        left_out = (
            ()
            if whole
            else (f"Matters that are not open to {ctx.user.name}: they are seen in SM Desk only.",)
        )
    items = []
    for each in ids:
        try:
            record = connections.open_exception(ctx, each)
        except (NotFound, NotAllowed):  # decided or hidden since the queue was read
            continue
        if record.open_decisions and not record.masked:
            items.append(_item(ctx, record, role))
    data = PackData(
        letterhead=school,
        reader=ROLE_LABELS[role].lower(),
        items=tuple(items),
        lists=lists,
        left_out=left_out,
        printed=words.printed(ctx.user.name, ctx.now(), "Confidential: hand it over in person."),
        made_on=ctx.today(),
    )
    pdf = decision_pack.render_bytes(data)
    with ctx.database.writing() as session:
        words.on_record(
            session,
            ctx,
            "exception.printed",
            None,
            {"paper": "pack", "references": [each.reference for each in items]},
        )
    return pdf


def _for_headteacher(ctx: Context) -> list[int]:
    """What the headteacher decides or reviews now, as far as it is open to this reader."""
    found: list[int] = []
    for view in (ExceptionView.AWAITING, ExceptionView.REVIEW_DUE):
        ids = connection_list.sorted_ids(ctx, ExceptionFilter(view=view), ExceptionSort())
        found += [row.id for row in connection_list.rows(ctx, ids) if not row.masked and row.id not in found]
    with ctx.database.reading() as session:
        return [
            each
            for each in found
            if connection_sight.decider_role(session, session.get_one(ConnectionException, each))
            is Role.HEADTEACHER
        ]


def _item(ctx: Context, record: ExceptionRecord, role: Role) -> PackItem:
    with ctx.database.reading() as session:
        exception = session.get_one(ConnectionException, record.id)
        profile = connection_state.profile_of(session, exception)
        days = _days(session, exception, record, ctx.today())
    awaiting = record.status is ExceptionStatus.AWAITING
    return PackItem(
        reference=record.reference,
        title=f"{record.adult_name} and {record.other_name}",
        why="To approve or refuse, or to ask for more." if awaiting else f"To review. {record.status_words}.",
        facts=words.facts(record),
        texts=words.texts(record),
        notes=words.notes(record, profile),
        blank=DecisionBlank(
            who=ROLE_LABELS[role].lower(),
            choices=tuple(_TO_DO[kind] for kind in record.open_decisions),
            first_day="Allowed from" if awaiting else "If it ends: from",
            note=days,
        ),
    )


def _days(session: Session, exception: ConnectionException, record: ExceptionRecord, today: date) -> str:
    """What the days of a decision must keep to (CON-2)."""
    usual = written_day(decision_fields.review_day(session, exception, today))
    if record.status is ExceptionStatus.AWAITING:
        said = f"Allowed from: never before the day of this decision. Review: usually by {usual}."
    else:
        said = f"If it is renewed, the next review is usually by {usual}."
    leaving = connection_state.leaving(session, exception)
    return said if leaving is None else f"{said} {leaving[1]}"


def _lists(waiting: Sequence[QueueItem]) -> tuple[PackList, ...]:
    """What is decided in SM Desk itself, by kind."""
    made = (
        _list_of(
            kind,
            (
                (item.reference or QUEUE_KIND_LABELS[kind], item.title, item.why, written_day(item.since))
                for item in waiting
                if item.kind is kind
            ),
        )
        for kind, _, _ in _LISTS
    )
    return tuple(each for each in made if each.rows)


def _lists_of_office(ctx: Context) -> tuple[PackList, ...]:
    """Letters and incidents that wait for a decision, as far as the office may see them."""
    sent = letters.rows(ctx, letters.sorted_ids(ctx, "waiting"))
    ids = incident_list.sorted_ids(ctx, IncidentFilter(view=View.AWAITING_HEADTEACHER), Sort())
    told = [row for row in incident_list.rows(ctx, ids) if not row.masked]
    return tuple(
        each
        for each in (
            _list_of(
                QueueKind.LETTER,
                (
                    (
                        row.reference,
                        titled(row.kind, row.person_name),
                        f"Drafted by {row.drafted_by}.",
                        written_day(row.changed_at.astimezone(LOCAL).date()),
                    )
                    for row in sent
                ),
            ),
            _list_of(
                QueueKind.INCIDENT,
                (
                    (row.reference, row.summary, "", written_day(row.received_at.astimezone(LOCAL).date()))
                    for row in told
                ),
            ),
        )
        if each.rows
    )


def _list_of(kind: QueueKind, rows: Iterable[tuple[str, ...]]) -> PackList:
    heading, note = next((heading, note) for each, heading, note in _LISTS if each is kind)
    return PackList(heading, note, _COLUMNS, tuple(rows))
