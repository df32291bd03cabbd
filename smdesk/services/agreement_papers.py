"""Papers about agreements: slips to sign, and the lists of answers and of policies to take out (AUP-1, AUP-3, DOC-3).

What names somebody is written to the audit log: what leaves the program is no longer protected by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Person, PolicyVersion, School
from smdesk.documents.agreement_slip import Slip, SlipsData
from smdesk.errors import NotFound
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence, listed
from smdesk.security.permissions import Permission
from smdesk.services import agreement_outstanding, list_files, policy_list
from smdesk.services import school as school_service
from smdesk.services.agreement_records import (
    ANSWER_COLUMN_LABELS,
    ANSWER_VIEW_LABELS,
    ASKED_LABELS,
    POLICY_COLUMN_LABELS,
    POLICY_KIND_LABELS,
    POLICY_VIEW_LABELS,
    AnswerColumn,
    AnswerFilter,
    AnswerRow,
    AnswerSort,
    PolicyColumn,
    PolicyFilter,
    PolicyRow,
    PolicySort,
)
from smdesk.services.context import Context, needs
from smdesk.services.incident_fields import people_names
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.people_base import NO_SUCH_PERSON, name_of
from smdesk.services.people_records import kinds_of
from smdesk.services.policy_base import policy_of, standing
from smdesk.services.policy_versions import current

_CHUNK: Final = 500
_MAY_DECLINE: Final = frozenset({PersonKind.PARENT, PersonKind.PUPIL})
_BLANKS: Final = 2
"""Slips without a name that fill one page."""


@needs(Permission.AGREEMENTS_READ)
def slip_pdf(
    ctx: Context, policy_id: int, person_ids: Sequence[int] = (), progress: Progress = unwatched
) -> bytes:
    """Slips to acknowledge the version in use, one for each person in this order; without people a page of blank ones.

    Raises NotFound, Refused for a policy that is retired or has no version in use, Cancelled from ``progress``.
    """
    return _slips(ctx, [(policy_id, person_ids)], progress)


@needs(Permission.AGREEMENTS_READ)
def slips_pdf(ctx: Context, row_ids: Sequence[int], progress: Progress = unwatched) -> bytes:
    """Slips for rows of the list of answers, policy by policy. Raises as ``slip_pdf`` does."""
    wanted: dict[int, list[int]] = {}
    for row_id in row_ids:
        policy_id, person_id = agreement_outstanding.pair_of(row_id)
        wanted.setdefault(policy_id, []).append(person_id)
    return _slips(ctx, list(wanted.items()), progress)


def _slips(ctx: Context, wanted: Sequence[tuple[int, Sequence[int]]], progress: Progress) -> bytes:
    from smdesk.documents import agreement_slip

    slips: list[Slip] = []
    with ctx.database.reading() as session:
        for policy_id, person_ids in wanted:
            slips += _slips_of(session, ctx, policy_id, person_ids)
        school = school_service.letterhead(session.scalars(select(School)).one())
    ways = ", ".join(part for part in (school.phone, school.email) if part)
    office = f"the school office ({ways})" if ways else "the school office"
    contact = f"Please hand it in at {office}, which also answers questions."
    pdf = agreement_slip.slips_bytes(SlipsData(school.school, contact, ctx.today(), tuple(slips)), progress)
    with ctx.database.writing() as session:
        for policy_id, person_ids in wanted:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="policy.slips_printed",
                object_kind="policy",
                object_id=policy_id,
                detail={"people": list(person_ids)},
            )
    return pdf


def _slips_of(session: Session, ctx: Context, policy_id: int, person_ids: Sequence[int]) -> Iterator[Slip]:
    policy = standing(session, policy_id)
    version = current(session, policy, ctx.today())
    if not person_ids:
        yield from [_slip(policy.title, version, None)] * _BLANKS
        return
    found: dict[int, Person] = {}
    for start in range(0, len(person_ids), _CHUNK):
        part = person_ids[start : start + _CHUNK]
        found |= {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(part)))}
    for person_id in dict.fromkeys(person_ids):
        if person_id not in found:
            raise NotFound(NO_SUCH_PERSON)
        yield _slip(policy.title, version, found[person_id])


def _slip(title: str, version: PolicyVersion, person: Person | None) -> Slip:
    if person is None:
        return Slip(title, version.label, version.adopted_on)
    kinds = kinds_of(person.kind, person.also)
    pupil = PersonKind.PUPIL in kinds
    about = [person.year_group, person.class_name] if pupil else [KIND_LABELS[kind] for kind in kinds]
    return Slip(
        title,
        version.label,
        version.adopted_on,
        name_of(person),
        ", ".join(part for part in about if part),
        may_decline=not _MAY_DECLINE.isdisjoint(kinds),
        pupil=pupil,
    )


# -------------------------------------------------------------------------------------------------------- the lists


@needs(Permission.LISTS_EXPORT)
def export_answers(
    ctx: Context,
    filter: AnswerFilter,
    sort: AnswerSort,
    columns: Sequence[AnswerColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write who is outstanding, or what else the list shows, to ``file``, whole or not at all; returns its rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    with ctx.database.reading() as session:
        description = _answers_in_words(session, filter, sort)
    going = list_files.Going(
        title=f"Agreements: {in_a_sentence(ANSWER_VIEW_LABELS[filter.view])}",
        object_kind="agreement",
        description=description,
        columns=columns,
        labels=ANSWER_COLUMN_LABELS,
        ids=agreement_outstanding.sorted_ids(ctx, filter, sort),
        rows=agreement_outstanding.rows,
        cell=_answer_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


@needs(Permission.LISTS_EXPORT)
def export_policies(
    ctx: Context,
    filter: PolicyFilter,
    sort: PolicySort,
    columns: Sequence[PolicyColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list of policies with their reviews as it is shown (DOC-3). Raises as ``export_answers`` does."""
    going = list_files.Going(
        title="Policies and their reviews",
        object_kind="policy",
        description=_policies_in_words(filter, sort),
        columns=columns,
        labels=POLICY_COLUMN_LABELS,
        ids=policy_list.sorted_ids(ctx, filter, sort),
        rows=policy_list.rows,
        cell=_policy_cell,
        numbers=frozenset({PolicyColumn.SIGNED, PolicyColumn.DECLINED, PolicyColumn.OUTSTANDING}),
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def _answer_cell(row: AnswerRow, column: AnswerColumn) -> Cell:
    match column:
        case AnswerColumn.NAME:
            return row.name
        case AnswerColumn.KIND:
            return KIND_LABELS[row.kind]
        case AnswerColumn.YEAR:
            return row.year_group
        case AnswerColumn.CLASS:
            return row.class_name
        case AnswerColumn.CHILDREN:
            return row.children
        case AnswerColumn.POLICY:
            return row.policy
        case AnswerColumn.VERSION:
            return row.label
        case AnswerColumn.STATE:
            return row.words
        case AnswerColumn.ANSWERED:
            return row.answered_on
        case AnswerColumn.HOW:
            return row.how


def _policy_cell(row: PolicyRow, column: PolicyColumn) -> Cell:
    match column:
        case PolicyColumn.TITLE:
            return row.title
        case PolicyColumn.KIND:
            return POLICY_KIND_LABELS[row.kind]
        case PolicyColumn.VERSION:
            return row.label
        case PolicyColumn.ADOPTED:
            return row.adopted_on
        case PolicyColumn.REVIEW:
            return row.review_words
        case PolicyColumn.REVIEWERS:
            return row.reviewers
        case PolicyColumn.ASKED_OF:
            return row.asked_of
        case PolicyColumn.SIGNED:
            return row.tally.signed
        case PolicyColumn.DECLINED:
            return row.tally.declined
        case PolicyColumn.OUTSTANDING:
            return row.tally.outstanding


def _answers_in_words(session: Session, wanted: AnswerFilter, sort: AnswerSort) -> str:
    parts = [in_a_sentence(ANSWER_VIEW_LABELS[wanted.view])]
    if wanted.policy_id is not None:
        parts.append(f"“{policy_of(session, wanted.policy_id).title}”")
    if wanted.kind is not None:
        parts.append(in_a_sentence(ASKED_LABELS[wanted.kind]))
    if wanted.class_name:
        parts.append(f"class {wanted.class_name} with their parents and carers")
    if wanted.year_group:
        parts.append(f"{wanted.year_group} with their parents and carers")
    if wanted.person_id is not None:
        parts.append(people_names(session, [wanted.person_id]).get(wanted.person_id, "nobody"))
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    return list_files.described(parts, ANSWER_COLUMN_LABELS[sort.column], descending=sort.descending)


def _policies_in_words(wanted: PolicyFilter, sort: PolicySort) -> str:
    parts = [in_a_sentence(POLICY_VIEW_LABELS[wanted.view])]
    if wanted.kind is not None:
        parts.append(in_a_sentence(POLICY_KIND_LABELS[wanted.kind]))
    if wanted.asked is not None:
        parts.append(f"asked of {listed([ASKED_LABELS[wanted.asked].lower()])}")
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    return list_files.described(parts, POLICY_COLUMN_LABELS[sort.column], descending=sort.descending)
