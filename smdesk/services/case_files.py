"""Case files: one incident whole, in one PDF, with or without the names of third parties (DOC-4).

Made for police, a solicitor, the governors' panel or whoever a file is about. What is in it is what its maker may see;
it is kept as it went out, and opens again only to whoever may open all it tells of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Incident, Letter, School
from smdesk.documents import case_file as document
from smdesk.documents.case_file import CaseFile, LetterSheet, PictureSheet, Section
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.policy.words import grouped, written_day
from smdesk.security.files import storage_problem
from smdesk.security.permissions import Permission
from smdesk.services import (
    case_file_content,
    case_file_holding,
    case_file_keeping,
    case_file_names,
    case_file_proof,
    case_file_saving,
    evidence,
    incident_fields,
    incidents,
    issued_papers,
    letter_state,
    settings,
    sight,
    steps,
)
from smdesk.services import school as school_service
from smdesk.services.case_file_content import Record
from smdesk.services.case_file_holding import IMAGERY, Held
from smdesk.services.case_file_names import Names, changed
from smdesk.services.case_file_records import (
    CaseLetter,
    CaseOptions,
    CasePerson,
    CasePicture,
    CaseWish,
    MadeCaseFile,
)
from smdesk.services.context import Context, needs
from smdesk.services.incident_records import PERSON_ROLE_LABELS, PersonRole
from smdesk.services.list_files import Progress, unwatched
from smdesk.services.paper_records import PaperDraft, PaperKind

_LEFT_OUT: Final = "Left out by whoever made this file."


@needs(Permission.CASE_FILES_MAKE)
def options(ctx: Context, incident_id: int) -> CaseOptions:
    """What a case file of this incident can hold, for choosing. Raises NotFound, NotAllowed as for reading it."""
    record = _record(ctx, incident_id)
    with ctx.database.reading() as session:
        sight.require_full(session, sight.reader(session, ctx), incident_id)
        found = case_file_content.letters_of(session, incident_id)
        texts = {letter.id: _words_of(letter) for letter in found}
        names = case_file_names.load(session, [incident_id], ())
        names.look_through(texts.values())
        letters = tuple(
            CaseLetter(
                letter.id,
                case_file_content.letter_title(letter),
                frozenset(names.found_in(texts[letter.id], letter.person_id)),
            )
            for letter in found
        )
        imagery = not case_file_content.may_show_pictures(session, incident_id)
    roles: dict[int, list[str]] = {}
    people: dict[int, str] = {}
    for line in record.incident.draft.people:
        roles.setdefault(line.person_id, [KIND_LABELS[line.kind]]).append(
            PERSON_ROLE_LABELS[line.role].lower()
        )
        people[line.person_id] = line.name
    authors = {line.person_id for line in record.incident.draft.people if line.role is PersonRole.AUTHOR}
    return CaseOptions(
        incident_id=incident_id,
        reference=record.incident.reference,
        people=tuple(
            CasePerson(person_id, name, ", ".join(roles[person_id]), person_id in authors)
            for person_id, name in people.items()
        ),
        letters=letters,
        pictures=()
        if imagery
        else tuple(
            CasePicture(item.id, f"{case_file_content.item_title(number, item)}: {item.name}")
            for number, item in enumerate(record.held, start=1)
            if case_file_holding.is_picture(item)
        ),
        linked=tuple(reference for _, reference in record.incident.linked_references),
        no_pictures=IMAGERY if imagery else "",
        suggested_name=f"Case file {record.incident.reference.replace('/', '-')}",
    )


@needs(Permission.CASE_FILES_MAKE)
def make(
    ctx: Context, incident_id: int, wish: CaseWish, file: Path, progress: Progress = unwatched
) -> MadeCaseFile:
    """Make the case file, keep it as an issued paper and save it as ``file``, whole or not at all.

    ``progress`` may raise Cancelled until it is being kept. Raises NotFound and NotAllowed as for reading the incident,
    Invalid where ``wish`` names what is not there, StorageProblem. Nothing is left behind then.
    """
    case_file_saving.clear_strays(ctx)
    case_file_saving.sweep(file.parent)
    case_file_saving.check_place(file)
    record = _record(ctx, incident_id)
    try:
        with ExitStack() as stack:

            def new_file() -> BinaryIO:
                return stack.enter_context(case_file_saving.new_file(file.parent))

            held = case_file_holding.hold(ctx, record, wish, new_file, progress)
            with ctx.database.reading() as session:
                # Asked again: somebody may have closed it to this reader since.
                incident = sight.require_full(session, sight.reader(session, ctx), incident_id)
                data, labels = _composed(session, ctx, incident, record, wish, held)
            out = new_file()
            steps_before = held.steps

            def told(done: int, whole: int) -> None:
                progress(steps_before + done, steps_before + whole)

            pages = document.render(
                data,
                [letter.file for letter in held.letters],
                held.picture,
                lambda: case_file_saving.new_file(file.parent),
                out,
                told,
            )
            # Should the program be killed while it is written, the next sign-in knows where to clear up.
            settings.put(ctx, case_file_saving.PLACE, str(file.parent.absolute()))
            saved = _kept(ctx, incident, wish, labels, pages, out, file, record, held.left_out)
    except OSError as error:
        raise storage_problem(error, file) from error
    settings.put(ctx, case_file_saving.PLACE, "")
    return saved


def _record(ctx: Context, incident_id: int) -> Record:
    with ctx.database.reading() as session:
        sight.require_full(session, sight.reader(session, ctx), incident_id)
    opened = incidents.open_incident(ctx, incident_id)
    # The small pictures are not needed: hundreds of them would be held for nothing.
    held = [replace(item, thumbnail=None) for item in evidence.list_for(ctx, incident_id)]
    return Record(opened, steps.timeline(ctx, incident_id), held)


def _words_of(letter: Letter) -> str:
    return "\n".join(
        (
            letter.subject,
            letter.addressee,
            letter.salutation,
            letter.body,
            letter.english_subject,
            letter.english_salutation,
            letter.english_body,
        )
    )


# What it says


def _composed(
    session: Session, ctx: Context, incident: Incident, record: Record, wish: CaseWish, held: Held
) -> tuple[CaseFile, Mapping[int, str]]:
    """Everything the file says, and which label stands for whom (empty where names stand)."""
    school = session.scalars(select(School)).one()
    found = case_file_content.letters_of(session, incident.id)
    if not wish.all_names:
        record = case_file_content.without_file_names(record)
    links = wish.all_names or case_file_content.author_kept(record, wish.keep)
    why_not = _LEFT_OUT if wish.all_names else case_file_content.NAME_LEFT_OUT
    shown = frozenset(each.evidence_id for each in held.pictures)
    inside = frozenset(each.letter_id for each in held.letters)
    pictures_why_not = {
        item.id: why_not for item in record.held if case_file_holding.is_picture(item)
    } | held.why_not
    if not case_file_content.may_show_pictures(session, incident.id):
        pictures_why_not = {item.id: IMAGERY for item in record.held if not item.withheld}
    sections: tuple[Section, ...] = (
        case_file_content.the_incident(record, links=links),
        case_file_content.advice(session, incident),
        case_file_content.steps_taken(record),
        case_file_content.chronology(record),
        case_file_content.belongings(session, record, linked=wish.linked, links=links),
        case_file_proof.letters(session, found, inside, why_not, held.letters_why_not),
        case_file_proof.evidence_list(record, shown, pictures_why_not, names=wish.all_names, links=links),
        case_file_proof.signatures(session, found),
        case_file_proof.audit_extract(session, incident.id, found),
    )
    letters = tuple(
        _letter_sheet(letter, each.pages)
        for each in held.letters
        for letter in found
        if letter.id == each.letter_id
    )
    pictures = tuple(_picture_sheets(record, held, names=wish.all_names))
    labels: Mapping[int, str] = {}
    if wish.all_names:
        sections = (sections[0], case_file_content.people(record), *sections[1:])
        people_words, maker = "All names stand in this file.", ctx.user.name
    else:
        names = _names(session, incident.id, record, wish)
        names.links = links
        sections, letters, pictures = _without_names((sections, letters, pictures), names)
        labels = names.labels
        sections = (sections[0], case_file_content.key_of_people(record, labels, names.masked), *sections[1:])
        people_words = "Names of third parties were taken out and replaced by letters."
        # Whoever is in the incident is not named as who made its file either.
        maker = names.masked(ctx.user.name)
    number, digits = audit.head(session)
    moment = incident_fields.moment_in_words(ctx.now())
    reference = record.incident.reference
    title = f"Case file {reference}" + ("" if wish.all_names else ", without names")
    return (
        CaseFile(
            letterhead=school_service.letterhead(school),
            title=title,
            subtitle="Everything on record about one incident",
            cover=(
                ("Incident", reference),
                ("Received", written_day(incident.received_at)),
                ("Names", people_words),
                ("Made", f"{moment}, by {maker}"),
                ("Audit log then", f"Line {number:,}\n{grouped(digits)}"),
            ),
            notes=_notes(wish, inside, shown),
            sections=sections,
            letters=letters,
            pictures=pictures,
            foot=f"{school.name}  ·  {title}  ·  Confidential",
            made_on=ctx.today(),
        ),
        labels,
    )


def _names(session: Session, incident_id: int, record: Record, wish: CaseWish) -> Names:
    """Whose names are taken out. Who wrote a message or was blocked is named there in words of their own."""
    also = [*wish.also, *case_file_content.written_names(session, incident_id, wish.keep)]
    others = [other for other, _ in record.incident.linked_references] if wish.linked else []
    return case_file_names.load(session, [incident_id, *others], wish.keep, also)


def _without_names(
    parts: tuple[tuple[Section, ...], tuple[LetterSheet, ...], tuple[PictureSheet, ...]], names: Names
) -> tuple[tuple[Section, ...], tuple[LetterSheet, ...], tuple[PictureSheet, ...]]:
    texts: list[str] = []

    def noted(text: str) -> str:
        texts.append(text)
        return text

    changed(parts, noted)
    names.look_through(texts)
    return changed(parts, names.masked)


def _letter_sheet(letter: Letter, pages: int) -> LetterSheet:
    return LetterSheet(
        case_file_content.letter_title(letter),
        (
            ("Number", letter_state.number(letter)),
            ("Issued", written_day(letter.issued_on) if letter.issued_on else ""),
            ("Pages", str(pages)),
            ("SHA-256 of the paper", grouped(letter.sha256 or "")),
        ),
        pages,
    )


def _picture_sheets(record: Record, held: Held, *, names: bool) -> list[PictureSheet]:
    places = {item.id: (number, item) for number, item in enumerate(record.held, start=1)}
    sheets = []
    for picture in held.pictures:
        number, item = places[picture.evidence_id]
        title = case_file_content.item_title(number, item)
        wide, high = picture.original
        shown = (
            "" if picture.size == picture.original else f", shown at {picture.size[0]} by {picture.size[1]}"
        )
        called = f" It was kept as “{item.name}”." if names else ""
        note = f" Note: {item.note}" if item.note else ""
        sheets.append(
            PictureSheet(
                title,
                (
                    ("Kept", f"{incident_fields.moment_in_words(item.added_at)}, by {item.added_by}"),
                    ("Points", f"{wide} by {high}{shown}"),
                    ("SHA-256 of the kept file", grouped(item.sha256)),
                    ("Note", item.note),
                ),
                f"{title}: a picture kept as evidence.{called}{note}",
            )
        )
    return sheets


def _notes(wish: CaseWish, letters: frozenset[int], pictures: frozenset[int]) -> tuple[str, ...]:
    notes = [
        "This file is confidential. Give it only to somebody who needs it and may have it.",
        "It holds what its maker could see. Incidents linked to this one have files of their own.",
        "Pictures are shown without hidden data, no larger than paper needs. The kept files are with the school.",
        "“smdesk verify --paper FILE” says whether a copy of this file is the one that was made.",
    ]
    if not wish.all_names:
        notes.append(
            "Names were taken out by what is on record: names, screen names, addresses. Somebody who knows the people "
            "must read the whole file before it is handed on, for nobody else sees a nickname or a hint."
        )
        if letters or pictures:
            what = " and ".join(
                words for words, some in (("letters", letters), ("pictures", pictures)) if some
            )
            notes.append(
                f"The {what} in this file were chosen one by one; they stand as they are and may show names."
            )
    return tuple(notes)


# Kept and saved


def _kept(
    ctx: Context,
    incident: Incident,
    wish: CaseWish,
    labels: Mapping[int, str],
    pages: int,
    out: BinaryIO,
    file: Path,
    record: Record,
    left_out: Sequence[str],
) -> MadeCaseFile:
    digest, size = hashlib.sha256(), 0
    out.seek(0)
    while chunk := out.read(1024 * 1024):
        digest.update(chunk)
        size += len(chunk)
    reference = f"{incident.year}/{incident.number:04d}"
    draft = PaperDraft(
        kind=PaperKind.CASE_FILE,
        title=f"Case file {reference}" + ("" if wish.all_names else ", without names"),
        object_kind="incident",
        object_id=incident.id,
        confidential=True,
        pages=pages,
        also=tuple(("incident", other) for other, _ in record.incident.linked_references if wish.linked),
    )
    with (
        case_file_saving.named(out, file) as part,
        issued_papers.keeping(ctx, part) as stored,
        ctx.database.writing() as session,
    ):
        sight.require_full(session, sight.reader(session, ctx), incident.id)
        saved = issued_papers.keep_in(session, ctx, draft, stored)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=case_file_keeping.MADE,
            object_kind="incident",
            object_id=incident.id,
            detail={
                "paper": saved.id,
                "pages": pages,
                "sha256": digest.hexdigest(),
                "names": "all" if wish.all_names else "taken out",
                "kept_names": sorted(wish.keep),
                # Which letter stands for whom: in the school's own record, not in the file.
                "labels": {label: person_id for person_id, label in labels.items()},
                "letters": sorted(wish.letters),
                "pictures": sorted(wish.pictures),
            },
        )
        changes = saved.changes | {("incident", incident.id)}
    return MadeCaseFile(saved.id, pages, digest.hexdigest(), size, tuple(left_out), changes)
