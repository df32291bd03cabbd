"""Papers about connections: one decision, the register on a day, the declaration blank and filled, the headteacher's
pack, and the register as a list to take out (CON-2, DOC-3).

Only what this reader may see goes on paper. Every paper about somebody is written to the audit log: what leaves the
program is no longer protected by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, School, SigningKey
from smdesk.documents.page import Letterhead
from smdesk.errors import NotAllowed, NotFound, Tampered
from smdesk.policy import connections as policy
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    INITIATOR_LABELS,
    KIND_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    TIMELINESS_LABELS,
    Capacity,
    PersonKind,
)
from smdesk.policy.words import in_a_sentence, narrow_day, written_day
from smdesk.security.permissions import ROLE_LABELS, Permission, Sight
from smdesk.security.signatures import fingerprint
from smdesk.services import (
    connection_decisions,
    connection_list,
    connection_payload,
    connection_sight,
    connection_views,
    connection_words,
    connections,
    decision_words,
    incident_fields,
    issued_papers,
    list_files,
    paper_code,
    profiles,
    reference_data,
    school_look,
)
from smdesk.services import connection_paper_words as words
from smdesk.services import school as school_service
from smdesk.services.connection_pack import pack_pdf
from smdesk.services.connection_records import (
    DECISION_KIND_LABELS,
    EXCEPTION_COLUMN_LABELS,
    EXCEPTION_VIEW_LABELS,
    DecisionKind,
    DecisionOrigin,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionRow,
    ExceptionSort,
    PaperAnswer,
)
from smdesk.services.connection_words import MASKED_NAME
from smdesk.services.context import Context, needs
from smdesk.services.driver import driver
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS
from smdesk.services.list_files import Cell, Kind, Progress, unwatched

__all__ = [
    "decision_pdf",
    "declaration_form_pdf",
    "declaration_pdf",
    "export_list",
    "pack_pdf",
    "register_pdf",
]

_CHUNK: Final = 1000
_ON_FORM: Final = 11
"""So many platforms have a box on the blank form; whatever else there is goes on the line below them."""


# --------------------------------------------------------------------------------------------------- one decision


@needs(Permission.CONNECTIONS_READ)
def decision_pdf(ctx: Context, decision_id: int) -> bytes:
    """One decision on paper, with its signature to check offline; an unsigned one is marked as such.

    Raises NotFound or NotAllowed for whoever may not read the exception, and Tampered where the decision is not what
    was signed: such a thing is not put on paper as if it held.
    """
    from smdesk.documents import decision_paper, qr

    with ctx.database.reading() as session:
        record, exception = connection_decisions.record_of(session, decision_id)
        who = connection_sight.reader(session, ctx)
        if connection_sight.sight_of(who, exception) is Sight.NONE:
            # As for a decision that is not there: asking for one after the other must tell nothing.
            raise NotFound(connection_decisions.NO_SUCH_DECISION)
        connection_sight.require_full(session, who, exception.id)
        if record.fault:
            raise Tampered(f"{record.fault} It is not printed. Run “smdesk verify”, and ask whoever decided.")
        row = session.get_one(ConnectionDecision, decision_id)
        school = session.scalars(select(School)).one()
        texts = connection_payload.texts(row, exception)
        standing = words.standing(record)
        code = mark = ""
        if row.signature is not None and row.signed_payload is not None and row.signing_key_id is not None:
            payload = json.loads(row.signed_payload)
            declared = {name: texts[name] for name in connection_payload.TEXTS}
            key = session.get_one(SigningKey, row.signing_key_id)
            mark = fingerprint(key.public_key)
            if connection_payload.declared_hash(declared) == payload["texts_sha256"]:
                code = paper_code.paper_code(payload, row.signature, key.public_key)
                if len(code) > qr.MOST:
                    # A signed decision is printed whatever names it holds.
                    code = ""
                    standing += (
                        f" The key’s fingerprint is {record.fingerprint}. The names in it are too long for a code, so "
                        "this sheet carries none; the signature is checked in SM Desk."
                    )
            else:
                # More was asked for and has been given since: the words that were asked about are gone.
                texts = {name: texts[name] for name in ("reason", "conditions")}
                standing += (
                    f" The key’s fingerprint is {record.fingerprint}. What was declared has been completed since, so "
                    "this sheet carries no code; the signature is checked in SM Desk."
                )
        else:
            payload = connection_payload.payload(session, row, exception)
        signed = decision_words.signed_part(payload, texts, code, mark)
        today = (
            f"On {written_day(ctx.today())}: {connection_views.words_on(session, exception, ctx.today())}."
        )
        later = [
            f"Decision {each.number} on {written_day(each.decided_on)}: {DECISION_KIND_LABELS[each.kind].lower()}, "
            f"{words.standing_in_short(each)}."
            for each in connection_decisions.records(session, exception)
            if each.number > record.number
        ]
    paper = decision_paper.DecisionPaper(
        signed,
        decision_paper.Unsigned(
            address=tuple(school.address.splitlines()),
            phone=school.phone,
            email=school.email,
            website=school.website,
            logo=school.logo,
            colour=school_look.colour(school_look.read(school.settings)),
            standing=standing,
            record=(today, *later),
            printed=words.printed(ctx.user.name, ctx.now()),
        ),
    )
    pdf = decision_paper.render_bytes(paper, texts)
    with ctx.database.writing() as session:
        words.on_record(
            session, ctx, "exception.printed", exception.id, {"paper": "decision", "decision": decision_id}
        )
    title = f"Decision {record.number} on {connection_words.reference(exception.year, exception.number)}"
    secret = connection_sight.is_confidential(exception)
    issued_papers.keep_decision(ctx, title, "exception", exception.id, pdf, confidential=secret)
    return pdf


# ---------------------------------------------------------------------------------------------- the register on a day


@needs(Permission.LISTS_EXPORT)
def register_pdf(ctx: Context, day: date, file: Path, progress: Progress = unwatched) -> int:
    """Write the register as it stood on ``day`` to ``file``: who was allowed; returns the number of entries.

    Entries that are not open to this reader are left out, and the paper says so. Raises Cancelled, StorageProblem.
    """
    from smdesk.documents import connection_register as paper

    ids = connection_list.sorted_ids(ctx, ExceptionFilter(on_day=day), ExceptionSort(ExceptionColumn.ADULT))
    found = [row for row in _rows(ctx, ids) if not row.masked]
    with ctx.database.reading() as session:
        decided = _decided_by(session, [row.id for row in found], day)
        who = connection_sight.reader(session, ctx)
        whole = connection_sight.where_full(who).sql == "1"
        head = school_service.letterhead(session.scalars(select(School)).one())
    standing = written_day(ctx.today())
    scope = [
        f"What allowed a connection on this day: approved, begun, and not ended, as the records stand on {standing}."
    ]
    if not whole:
        scope.append(f"Entries that are not open to {ctx.user.name} are left out.")
    if any(each.imported for each in found):
        scope.append(
            "“Before SM Desk” stands for an approval from an earlier register, which nobody has signed."
        )
    if any(each.unconfirmed_paper for each in found):
        scope.append("“Not confirmed” stands for a decision on paper that its decider has yet to confirm.")
    data = paper.RegisterData(
        letterhead=head,
        day=day,
        rows=[_register_row(row, *decided.get(row.id, ("", ""))) for row in found],
        scope=tuple(scope),
        printed=words.printed(ctx.user.name, ctx.now(), "Confidential."),
        made_on=ctx.today(),
    )
    paper.render(data, file, progress)
    with ctx.database.writing() as session:
        words.on_record(
            session,
            ctx,
            "exception.printed",
            None,
            {"paper": "register", "day": day.isoformat(), "rows": len(found)},
        )
    return len(found)


def _register_row(row: ExceptionRow, decided: str, conditions: str) -> Any:
    from smdesk.documents.connection_register import RegisterRow

    days = [f"from {narrow_day(row.from_on)}" if row.from_on else ""]
    days.append(f"review {narrow_day(row.review_on)}" if row.review_on else "")
    days.append(f"until {narrow_day(row.ends_on)}" if row.ends_on else "")
    links = "; ".join(LINK_LABELS[link] for link in row.links)
    return RegisterRow(
        reference=row.reference,
        adult=f"{row.adult}\n{KIND_LABELS[row.adult_kind]}",
        other=f"{row.other}\n{CAPACITY_LABELS[row.capacity]}",
        relationship=RELATIONSHIP_LABELS[row.relationship] if row.relationship else "",
        platforms=f"{row.platforms}\n{links}".strip(),
        allowed="\n".join(each for each in days if each),
        decided=decided,
        conditions=conditions,
    )


def _decided_by(session: Session, ids: Sequence[int], day: date) -> dict[int, tuple[str, str]]:
    """For each exception, who allowed it and how that stands, and the conditions that held on the day."""
    found: dict[int, tuple[str, str]] = {}
    raw = driver(session)
    for start in range(0, len(ids), _CHUNK):
        rows = raw.execute(
            "SELECT d.exception_id, d.decider_name, d.decided_on, d.origin, d.answer, d.conditions, k.public_key"
            " FROM connection_decision d LEFT JOIN signing_key k ON k.id = d.signing_key_id"
            " WHERE d.exception_id IN (SELECT value FROM json_each(?)) AND d.kind IN (?, ?) AND d.answer != ?"
            " AND d.decided_on <= ? ORDER BY d.id",
            (
                json.dumps([int(each) for each in ids[start : start + _CHUNK]]),
                str(DecisionKind.APPROVE),
                str(DecisionKind.RENEW),
                str(PaperAnswer.DISPUTED),
                day.isoformat(),
            ),
        )
        for exception, decider, on, origin, answer, conditions, key in rows.fetchall():
            signed = f"Signed, {' '.join(fingerprint(key).split()[:2])}" if key is not None else ""
            match DecisionOrigin(origin):
                case DecisionOrigin.SIGNED:
                    how = signed
                case DecisionOrigin.IMPORTED:
                    how = "Before SM Desk"
                case DecisionOrigin.PAPER:
                    how = f"On paper. {signed}" if answer else "On paper, not confirmed"
            said = f"{decider}\n{narrow_day(date.fromisoformat(on))}\n{how}"
            before = found.get(exception)
            # Renewed: who allowed it first stays on the line.
            found[exception] = (said if before is None else f"{before[0]}\n{said}", conditions)
    return found


# ------------------------------------------------------------------------------------------------- the declaration


@needs(Permission.CONNECTIONS_READ)
def declaration_form_pdf(ctx: Context) -> bytes:
    """The blank declaration form, as the school's policy wants it (CON-2, AUP-1). It names nobody."""
    from smdesk.documents import declaration_form as paper

    profile = profiles.current(ctx).profile
    with ctx.database.reading() as session:
        school = school_service.letterhead(session.scalars(select(School)).one())
    rules = profile.connections
    others = [
        each for each in Capacity if policy.may_put_forward(profile, PersonKind.STAFF, each) is None
    ] or list(Capacity)
    decider = ROLE_LABELS[connection_sight.role_for(profile, False)].lower()
    other = ROLE_LABELS[connection_sight.role_for(profile, True)].lower()
    named = [each.label for each in reference_data.platforms() if each.code != "other"]
    return paper.form_bytes(
        paper.BlankForm(
            letterhead=school,
            made_on=ctx.today(),
            purpose=_purpose(others),
            decides=f"The {decider} decides, in writing. Where the {decider} is one of the two, the {other} does. "
            "Until then nothing is allowed by this form.",
            contact=_contact(school),
            adults=tuple(KIND_LABELS[each] for each in rules.adults_bound or rules.adults),
            others=tuple(CAPACITY_LABELS[each] for each in others),
            relationships=tuple(RELATIONSHIP_LABELS.values()),
            platforms=tuple(named[:_ON_FORM]),
            links=tuple(LINK_LABELS.values()),
            initiators=tuple(INITIATOR_LABELS.values()),
            decider=decider,
        )
    )


def _purpose(others: Sequence[Capacity]) -> str:
    start = "Adults who work with the school and its pupils keep apart on social media."
    if Capacity.PUPIL in others:
        return (
            f"{start} Where there is a good reason for a connection, such as a family tie that was there before, tell "
            "the school with this form when either of the two joins."
        )
    covered = ", or ".join(in_a_sentence(CAPACITY_LABELS[each]) for each in others)
    return (
        f"{start} The school’s policy provides for no exception for pupils. A connection with a {covered} that was "
        "there before is told to the school with this form."
    )


def _contact(school: Letterhead) -> str:
    ways = ", ".join(part for part in (school.phone, school.email) if part)
    return f"Questions: the school office{', ' if ways else ''}{ways}."


@needs(Permission.CONNECTIONS_READ)
def declaration_pdf(ctx: Context, exception_id: int) -> bytes:
    """One declaration as recorded, to be read over and signed. Raises NotFound, NotAllowed."""
    from smdesk.documents import declaration_form as paper

    record = connections.open_exception(ctx, exception_id)
    if record.masked:
        raise NotAllowed(connection_sight.ONLY_EXISTS)
    with ctx.database.reading() as session:
        school = school_service.letterhead(session.scalars(select(School)).one())
    pdf = paper.declaration_bytes(
        paper.Declaration(
            letterhead=school,
            reference=record.reference,
            status=f"{record.status_words}.",
            facts=words.facts(record),
            texts=words.texts(record),
            decisions=words.decision_rows(record),
            printed=words.printed(ctx.user.name, ctx.now()),
            made_on=ctx.today(),
        )
    )
    with ctx.database.writing() as session:
        words.on_record(session, ctx, "exception.printed", exception_id, {"paper": "declaration"})
    return pdf


# ------------------------------------------------------------------------------------------------------- the list


@needs(Permission.LISTS_EXPORT)
def export_list(
    ctx: Context,
    filter: ExceptionFilter,
    sort: ExceptionSort,
    columns: Sequence[ExceptionColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the register as it is shown to ``file``, whole or not at all; returns the number of rows.

    Only what this reader's register shows goes out, masked rows masked. Raises Cancelled from ``progress``,
    StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Connections",
        object_kind="exception",
        description=_in_words(ctx, filter, sort),
        columns=columns,
        labels=EXCEPTION_COLUMN_LABELS,
        ids=connection_list.sorted_ids(ctx, filter, sort),
        rows=connection_list.rows,
        cell=_value,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def _rows(ctx: Context, ids: Sequence[int]) -> Iterator[ExceptionRow]:
    for start in range(0, len(ids), _CHUNK):
        yield from connection_list.rows(ctx, ids[start : start + _CHUNK])


def _value(row: ExceptionRow, column: ExceptionColumn) -> Cell:
    """One cell. Whatever a masked row hides is empty."""
    match column:
        case ExceptionColumn.REFERENCE:
            return row.reference
        case ExceptionColumn.DECLARED:
            return row.declared_on
        case ExceptionColumn.STATUS:
            return row.status_words
        case ExceptionColumn.FROM:
            return row.from_on
        case ExceptionColumn.REVIEW:
            return row.review_on
        case ExceptionColumn.ENDS:
            return row.ends_on
        case ExceptionColumn.CONFIDENTIALITY:
            return MASKED_NAME if row.masked else CONFIDENTIALITY_LABELS[row.confidentiality]
    if row.masked:
        return None
    match column:
        case ExceptionColumn.ADULT:
            return row.adult
        case ExceptionColumn.ADULT_KIND:
            return KIND_LABELS[row.adult_kind]
        case ExceptionColumn.OTHER:
            return row.other
        case ExceptionColumn.CAPACITY:
            return CAPACITY_LABELS[row.capacity]
        case ExceptionColumn.RELATIONSHIP:
            return RELATIONSHIP_LABELS[row.relationship] if row.relationship else None
        case ExceptionColumn.PLATFORMS:
            return row.platforms
        case ExceptionColumn.LINKS:
            return "; ".join(LINK_LABELS[link] for link in row.links)
        case ExceptionColumn.TIMELINESS:
            late = (
                ""
                if row.late_days is None
                else f" by {row.late_days:,} day{'' if row.late_days == 1 else 's'}"
            )
            return TIMELINESS_LABELS[row.timeliness] + late


def _in_words(ctx: Context, wanted: ExceptionFilter, sort: ExceptionSort) -> str:
    """What a register shows, as its printed heading says it."""
    if wanted.on_day is not None:
        parts = [f"in force on {written_day(wanted.on_day)}"]
    else:
        parts = [in_a_sentence(EXCEPTION_VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    if wanted.platform:
        parts.append(f"on {reference_data.platform_label(wanted.platform)}")
    for value, labels in _choices(wanted):
        parts.append(in_a_sentence(labels[value]))
    if wanted.person_id is not None:
        with ctx.database.reading() as session:
            name = incident_fields.people_names(session, [wanted.person_id]).get(wanted.person_id, "nobody")
        parts.append(f"with {name}")
    return list_files.described(parts, EXCEPTION_COLUMN_LABELS[sort.column], descending=sort.descending)


def _choices(wanted: ExceptionFilter) -> Iterable[tuple[Any, dict[Any, str]]]:
    pairs: list[tuple[Any, dict[Any, str]]] = [
        (wanted.adult_kind, KIND_LABELS),
        (wanted.capacity, CAPACITY_LABELS),
        (wanted.relationship, RELATIONSHIP_LABELS),
        (wanted.timeliness, TIMELINESS_LABELS),
    ]
    return [(value, labels) for value, labels in pairs if value]
