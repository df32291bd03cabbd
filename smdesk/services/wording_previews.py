"""How letters in a wording would look, before it is saved: filled in from a sample, or from a record (DOC-1).

For a record the wording is saved, the letter drafted as it would be, and all of it undone again: what is shown is what
would be written, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    AccountMessage,
    Block,
    BusinessCase,
    ConnectionException,
    Incident,
    Letter,
    Person,
    School,
)
from smdesk.documents import page
from smdesk.documents.letter import BodyBlock, Bullets, Heading, LetterData
from smdesk.errors import Invalid, NotFound, Refused, SmdeskError
from smdesk.security.permissions import Permission, Role
from smdesk.services import (
    block_letters,
    case_letters,
    exception_letters,
    exception_readers,
    incident_drafting,
    languages,
    letter_fields,
    letter_matter,
    letter_paper,
    letter_state,
    letter_text,
    letter_wording,
    message_letters,
    sight,
    wording_rules,
    wordings,
)
from smdesk.services.context import Context, needs
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import (
    CASE_KINDS,
    EXCEPTION_KINDS,
    INCIDENT_KINDS,
    OFFICES,
    LetterKind,
    MatterKind,
)
from smdesk.services.letter_wording import PHRASES, Pattern
from smdesk.services.people_base import name_of
from smdesk.services.school import letterhead
from smdesk.services.sight import Reader
from smdesk.services.wording_records import RealCase, WordingDraft, WordingKey

_TRIED: Final = 80
_OFFERED: Final = 12
_ADDRESS: Final = ("Ms Alex Sample", "1 Example Street", "Sampleton", "ZZ1 1ZZ")


@needs(Permission.WORDINGS_READ)
def sample(ctx: Context, key: WordingKey, draft: WordingDraft, holds: Collection[str] | None = None) -> bytes:
    """The letter about an invented case as a PDF, marked as a draft. ``holds`` are the conditions that hold in it.

    Raises Invalid naming what keeps the wording from being saved.
    """
    draft = _checked(key, draft)
    today = ctx.today()
    with ctx.database.reading() as session:
        head = letterhead(session.scalars(select(School)).one())
        signer = letter_state.holder(session, Role.HEADTEACHER)
        if key.kind == PHRASES:
            subject, blocks, closing = _phrase_sheet(draft, key)
        else:
            kind = LetterKind(key.kind)
            phrases = letter_wording.phrases(session, key.language)
            found = Pattern(draft.subject, draft.closing, draft.parts, key.language, phrases=phrases)
            held = wording_rules.usual_conditions(key.kind) if holds is None else frozenset(holds)
            words = letter_wording.fill(
                found,
                sample_values(kind, found, today),
                {name: name in held for name in letter_fields.conditions_of(kind)},
                letter_fields.fields_of(kind),
            )
            subject, blocks, closing = words.subject, letter_text.parse(words.body), words.closing
        salutation = letter_wording.salutation(session, key.language, "Ms Sample")
        page_words = letter_paper.page_words(session, key.language, today)
    return _rendered(
        LetterData(
            letterhead=head,
            reference=None,
            date=today,
            addressee=_ADDRESS[0],
            address=_ADDRESS[1:],
            salutation=salutation,
            heading=subject,
            body=blocks,
            sign_name=signer.name if signer else "",
            sign_role=signer.job_title if signer else "",
            closing=closing,
            language=page.LANGUAGE if key.language == ENGLISH else key.language,
            rtl=languages.is_rtl(key.language),
            words=page_words,
        )
    )


def sample_values(kind: LetterKind, found: Pattern, today: date) -> dict[str, str]:
    """Something invented for every field of this kind of letter, in the wording's language."""

    def day(after: int) -> str:
        return languages.written_day(today + timedelta(days=after), found.language)

    def phrase(key: str) -> str:
        # What this language has no words for yet stands in English, in brackets.
        return found.phrase(key) or f"[{letter_wording.shipped_phrases(ENGLISH)[key]}]"

    known = {
        "school": "Our school",
        "reference": f"{today.year}/0042",
        "platform": "Facebook",
        "platforms": languages.listed(["Facebook", "WhatsApp"], found.language),
        "account": "Brambles on Facebook",
        "place": "Facebook",
        "adult": "Mr Tim Hazel",
        "other": "Sam Quillfeather",
        "adult_role": phrase("exception_words.roles.volunteer"),
        "links": languages.listed(
            [phrase("exception_words.links.friend"), phrase("exception_words.links.group")],
            found.language,
        ),
        "conduct_list": "\n".join(f"- {phrase(f'conduct.{code}')}" for code in ("abusive", "defamation")),
        "until": day(200),
        "contact": "Mrs Reed, 01632 960002",
        "complaints": "www.school.example",
        "channels": "Class Dojo, ParentPay",
        "language": "Polski",
        "first_warning": day(-60),
        "link": "www.example.org/posts/42",
    }
    names = letter_fields.fields_of(kind)
    days = {name: day(10) for name in names if name.endswith("_by")}
    days |= {name: day(-3) for name in names if name.endswith("_on")}
    days |= {"review_on": day(180), "ends_on": day(7), "from_on": day(0)}
    # What has no example stands as its name: "[the reason for the decision]".
    return {
        name: known.get(name) or days.get(name) or f"[{letter_fields.name_of(kind, name)}]" for name in names
    }


@needs(Permission.WORDINGS_READ)
def real_cases(ctx: Context, kind: str, audience: str = "") -> list[RealCase]:
    """Records that such a letter could be written about now, newest first: a few, and only what this reader may open.
    Confidential ones are left out.
    """
    if kind == PHRASES:
        return []
    found: list[RealCase] = []
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        for matter, person_id in _candidates(session, ctx, who, LetterKind(kind), audience):
            try:
                letter = _composed(session, ctx, who, LetterKind(kind), matter, person_id)
            except SmdeskError:
                continue  # the letter cannot be written about this one
            found.append(_case(session, letter, matter, person_id))
            if len(found) == _OFFERED:
                break
    return found


@needs(Permission.WORDINGS_READ)
def real(ctx: Context, key: WordingKey, draft: WordingDraft, case: RealCase) -> bytes:
    """The letter about a record as a PDF, marked as a draft, as it would be drafted in this wording to somebody who
    reads its language. Nothing is kept.

    Raises Invalid naming what keeps the wording from being saved or which field is empty, Refused where such a letter
    cannot be written, NotFound.
    """
    draft = _checked(key, draft)
    if key.kind == PHRASES:
        raise Refused("These words stand in letters. Preview one of those.")
    kind = LetterKind(key.kind)
    if kind in OFFICES and key.language != ENGLISH:
        raise Refused("Letters to the platform, POSH, the police and the legal adviser go out in English.")
    data: LetterData | None = None
    try:
        with ctx.database.writing() as session:
            who = sight.reader(session, ctx)
            matter = _opened(session, who, case)
            _stand(session, ctx, key, draft)
            _let_read(session, kind, key, matter, case)
            letter = _composed(session, ctx, who, kind, matter, case.person_id)
            data = letter_paper.paper(session, letter, letter_state.edit_of(letter), ctx.today())
            raise _UndoneError
    except _UndoneError:
        pass
    if data is None:
        raise NotFound(letter_matter.NO_SUCH_LETTER)
    return _rendered(data)


class _UndoneError(Exception):
    """Ends a write without writing."""


def _checked(key: WordingKey, draft: WordingDraft) -> WordingDraft:
    draft = wording_rules.tidied(draft)
    found = wording_rules.problems(key.kind, draft)
    if found:
        raise Invalid(found)
    return draft


def _rendered(data: LetterData) -> bytes:
    from smdesk.documents import letter as document

    return document.render_bytes(data)


def _phrase_sheet(draft: WordingDraft, key: WordingKey) -> tuple[str, tuple[BodyBlock, ...], str]:
    """The phrases on a sheet, below what each group is about."""
    groups: dict[str, list[str]] = {}
    for part in draft.parts:
        first = part.when.partition(".")[0]
        groups.setdefault(wording_rules.PHRASE_LABELS.get(first, first.capitalize()), []).append(part.text)
    blocks: list[BodyBlock] = []
    for label, texts in groups.items():
        blocks += [Heading(label), Bullets(tuple(text or "–" for text in texts))]
    return f"{key.title} ({key.language_label})", tuple(blocks), letter_closing(key)


def letter_closing(key: WordingKey) -> str:
    """How letters in this language end, for a sheet that is none."""
    found = letter_wording.shipped(LetterKind.INVITATION, "", key.language)
    return found.closing if found is not None else "Yours sincerely"


# Records


def _candidates(
    session: Session, ctx: Context, who: Reader, kind: LetterKind, audience: str
) -> Iterator[tuple[Matter, int | None]]:
    """Matters such a letter could be about, newest first, with whom it goes to."""
    models: list[type[Matter]] = []
    if kind in EXCEPTION_KINDS:
        models = [ConnectionException]
    elif kind in CASE_KINDS:
        models = [BusinessCase]
    if kind in INCIDENT_KINDS:
        models.append(Incident)
    if kind is LetterKind.ACKNOWLEDGEMENT:
        models.append(AccountMessage)
    if kind is LetterKind.BLOCK_NOTICE:
        models.append(Block)
    for model in models:
        newest = session.scalars(select(model).order_by(model.id.desc()).limit(_TRIED)).all()
        for matter in cast(Sequence[Matter], newest):
            subject = letter_matter.subject(matter)
            if subject.is_confidential(matter):
                continue
            try:
                subject.require(session, who, matter.id)
            except SmdeskError:
                continue
            if isinstance(matter, ConnectionException):
                for reader in exception_readers.readers(session, matter, ctx.today()):
                    if reader.audience.value == audience and reader.person is not None and not reader.why:
                        yield matter, reader.person.id
            else:
                yield matter, None


def _composed(
    session: Session, ctx: Context, who: Reader, kind: LetterKind, matter: Matter, person_id: int | None
) -> Letter:
    """The draft as it would be written, not added to the session. Raises Refused, Invalid."""
    if isinstance(matter, Incident):
        if matter.status != "open":
            raise Refused("This incident is closed.")
        person = incident_drafting.reader_of(session, matter, kind)
        return incident_drafting.composed(session, ctx, who, matter, kind, person, "preview")
    if isinstance(matter, ConnectionException):
        return exception_letters.composed(session, ctx, matter, kind, person_id or 0)
    if isinstance(matter, BusinessCase):
        return case_letters.composed(session, ctx, matter, kind)
    if isinstance(matter, AccountMessage):
        return message_letters.composed(session, ctx, matter)
    return block_letters.composed(session, ctx, matter)


def _case(session: Session, letter: Letter, matter: Matter, person_id: int | None) -> RealCase:
    person = session.get(Person, letter.person_id) if letter.person_id is not None else None
    name = name_of(person) if person is not None else letter.addressee.partition("\n")[0]
    label = f"{letter_matter.reference(matter)}, to {name}"
    return RealCase(letter_matter.kind(matter), matter.id, person_id, label)


_MODELS: Final[dict[MatterKind, type[Matter]]] = {
    "incident": Incident,
    "exception": ConnectionException,
    "case": BusinessCase,
    "message": AccountMessage,
    "block": Block,
}


def _opened(session: Session, who: Reader, case: RealCase) -> Matter:
    """The record, for a reader who may open it; one that is confidential is not previewed."""
    matter = cast(Matter | None, session.get(_MODELS[case.matter_kind], case.matter_id))
    if matter is None or letter_matter.subject(matter).is_confidential(matter):
        raise NotFound("There is no such record, or it is not open to you.")
    letter_matter.subject(matter).require(session, who, case.matter_id)
    return matter


def _stand(session: Session, ctx: Context, key: WordingKey, draft: WordingDraft) -> None:
    """Let the draft be the wording that stands."""
    before = letter_wording.newest(session, key.kind, key.audience, key.language)
    row = wordings.next_version(key, before, "", ctx.now(), ctx.user.id)
    wordings.put(row, draft)
    session.add(row)
    session.flush()


def _let_read(session: Session, kind: LetterKind, key: WordingKey, matter: Matter, case: RealCase) -> None:
    """Let whoever it goes to read the wording's language: that is whom it is for."""
    person_id = case.person_id
    if isinstance(matter, Incident):
        person = incident_drafting.reader_of(session, matter, kind)
        person_id = person.id if person is not None else None
    elif isinstance(matter, BusinessCase):
        person_id = matter.proposer_id
    elif isinstance(matter, AccountMessage | Block):
        person_id = matter.person_id
    person = session.get(Person, person_id) if person_id is not None else None
    if person is None:
        return
    if letter_wording.language_for(session, kind, key.audience, person.language) != key.language:
        person.language = "" if key.language == ENGLISH else languages.label(key.language)
        session.flush()
    if letter_wording.language_for(session, kind, key.audience, person.language) != key.language:
        raise Refused(
            f"Such letters go out in English until “Words used in several letters” are written in {key.language_label}."
        )
