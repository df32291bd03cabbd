"""What a letter is worked out from: the policy's word on it, whose names stand in it, and the paper itself.

These functions take a session, not a context: ``services.letters`` calls them inside its transactions, after it has
checked who may do what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from smdesk.db.models import (
    Entry,
    Incident,
    IncidentPerson,
    Letter,
    Person,
    PersonLink,
    School,
    SigningKey,
    User,
)
from smdesk.documents.letter import Approval, LetterData
from smdesk.documents.page import Letterhead
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused
from smdesk.policy import deadlines, ladder
from smdesk.policy.model import Advice
from smdesk.policy.model import Facts as PolicyFacts
from smdesk.policy.profile import Profile, step_label
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind, Route, Step
from smdesk.security.permissions import Role
from smdesk.security.signatures import fingerprint
from smdesk.services import (
    incident_state,
    incident_words,
    letter_names,
    letter_wording,
    reference_data,
    sight,
)
from smdesk.services.context import Context
from smdesk.services.incident_records import PersonRole
from smdesk.services.letter_names import Known
from smdesk.services.letter_records import (
    LETTER_KIND_LABELS,
    LETTER_STEPS,
    LetterEdit,
    LetterKind,
    LetterStatus,
    NameHit,
)
from smdesk.services.sight import Reader, Where

EVERYTHING: Final = Where("1", {})
"""The whole history, whoever may see it: what a decision is measured against."""

_CARE_OF: Final = re.compile(r"\s*(c\s*/\s*o|care of|for|parents?( or carers?)? of)\b", re.IGNORECASE)
"""How a line of an address begins that names somebody."""

DELIVERY_DAYS: Final = 2
"""Working days a letter is on its way, added to the policy's days for a removal request (INC-4)."""

NO_SUCH_LETTER = "There is no such letter, or it is not open to you."


@dataclass(frozen=True, slots=True)
class Stand:
    """What the policy says about one kind of letter to one person. ``why`` is empty where nothing is to be said;
    ``skips`` are steps that would be left out (INC-5).
    """

    refused: bool
    rule: str
    why: str
    skips: tuple[Step, ...]


def load(session: Session, who: Reader, letter_id: int) -> tuple[Letter, Incident]:
    """A letter whose incident this reader may see in full. Raises NotFound otherwise, with one sentence."""
    letter = session.get(Letter, letter_id)
    if letter is None or letter.incident_id is None:
        raise NotFound(NO_SUCH_LETTER)
    try:
        return letter, sight.require_full(session, who, letter.incident_id)
    except (NotFound, NotAllowed):
        raise NotFound(NO_SUCH_LETTER) from None


def number(letter: Letter) -> str:
    """ "2026/L0003" once issued, else ""."""
    return "" if letter.issue_number is None else f"{letter.issue_year}/L{letter.issue_number:04d}"


def edit_of(letter: Letter) -> LetterEdit:
    return LetterEdit(
        letter.subject, letter.addressee, letter.salutation, letter.body, letter.reply_by, letter.step_reason
    )


def authors(session: Session, incident: Incident) -> list[Person]:
    """Everybody in the role of author, in the order of the form."""
    return list(
        session.scalars(
            select(Person)
            .join(IncidentPerson, IncidentPerson.person_id == Person.id)
            .where(IncidentPerson.incident_id == incident.id, IncidentPerson.role == PersonRole.AUTHOR.value)
            .order_by(IncidentPerson.position, IncidentPerson.id)
        )
    )


def advice_for(
    session: Session, incident: Incident, person_id: int | None, where: Where
) -> tuple[Profile, PolicyFacts, Advice]:
    """The policy's advice with this person as the author, on the history that ``where`` lets through."""
    profile = incident_state.stored_profile(session, incident.profile_id)
    case = incident_state.case_of(session, incident)
    # An incident may have several authors; each has a ladder of their own (INC-5).
    first = [line for line in case.people if line.person_id == person_id and line.role is PersonRole.AUTHOR]
    others = [line for line in case.people if line not in first]
    case = replace(case, people=(*first, *others))
    history = incident_state.history_of(session, person_id, incident.id, where)
    facts = incident_state.facts(case, history, incident_state.nation(session))
    return profile, facts, ladder.advise(profile, facts, reference_data.platforms())


def stand(
    session: Session, incident: Incident, person: Person | None, kind: LetterKind, where: Where
) -> Stand:
    """Whether the policy allows this letter now, and what it would leave out."""
    if person is None:
        return Stand(True, "INC-7", "Nobody is recorded as having posted this, so there is no addressee.", ())
    profile, facts, advice = advice_for(session, incident, person.id, where)
    step = LETTER_STEPS[kind]
    for refusal in advice.refused:
        if refusal.step is step:
            return Stand(True, refusal.rule, refusal.why, ())
    if not person.identified:
        return Stand(True, "INC-7", "Nobody knows who this is, so the letter has no addressee.", ())
    if PersonKind.PUPIL in (PersonKind(person.kind), facts.author.kind):
        return Stand(
            True, "INC-3", "Pupils come under the behaviour policy; letters go to parents and carers.", ()
        )
    if advice.route is not Route.LADDER:
        rule = "INC-7" if advice.route is Route.THIRD_PARTY else "INC-3"
        return Stand(True, rule, "These letters are for parents and carers alone.", ())
    skips = ladder.comes_before(profile, facts, step)
    if skips:
        words = " or ".join(f"“{step_label(profile, each).lower()}”" for each in skips)
        return Stand(False, "INC-5", f"It would come before {words}. Taking it now needs a reason.", skips)
    found = next((each for each in advice.next if each.step is step), None)
    return Stand(False, found.rule if found else "", found.why if found else "", ())


def check_policy(session: Session, letter: Letter, incident: Incident) -> None:
    """Raise Refused where the policy, asked with the person's whole history, rules the letter out."""
    person = session.get_one(Person, letter.person_id)
    kind = LetterKind(letter.kind)
    found = stand(session, incident, person, kind, EVERYTHING)
    if found.refused:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {found.why}", found.rule)
    if found.skips and not letter.step_reason:
        raise Refused(f"{found.why} Return the letter to have the reason added.", found.rule)


def addressee(session: Session, incident: Incident, person_id: int | None) -> Person | None:
    """Whom a letter goes to: the first author, or the one asked for. Raises Refused for anybody else."""
    found_authors = authors(session, incident)
    if person_id is None:
        return found_authors[0] if found_authors else None
    found = next((person for person in found_authors if person.id == person_id), None)
    if found is None:
        raise Refused("A letter goes to whoever posted. Record this person as the author first.", "INC-4")
    return found


def unfinished(session: Session, incident: Incident, kind: LetterKind, person: Person | None) -> int | None:
    """A letter of this kind to this person that has not been issued or given up yet."""
    if person is None:
        return None
    return session.scalar(
        select(Letter.id)
        .where(
            Letter.incident_id == incident.id,
            Letter.person_id == person.id,
            Letter.kind == kind.value,
            Letter.status.in_(["draft", "submitted", "returned", "approved"]),
        )
        .limit(1)
    )


def composed(
    session: Session,
    ctx: Context,
    who: Reader,
    incident: Incident,
    kind: LetterKind,
    person: Person | None,
    step_reason: str,
) -> Letter:
    """A new draft in the shipped words, not added to the session. Raises Refused or Invalid as ``letters.draft``."""
    where = sight.where_full(who)
    found = stand(session, incident, person, kind, where)
    if found.refused or person is None:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {found.why}", found.rule)
    if found.skips and not step_reason:
        raise Invalid.one("step_reason", found.why)
    reply_by = default_reply_by(session, incident, ctx.today())
    words = letter_wording.compose(kind, wording_facts(session, incident, person, kind, where, reply_by))
    return Letter(
        incident_id=incident.id,
        person_id=person.id,
        kind=kind.value,
        status=LetterStatus.DRAFT.value,
        subject=words.subject,
        addressee=address_block(person),
        salutation=salutation(person),
        body=words.body,
        reply_by=reply_by,
        step_reason=step_reason if found.skips else "",
        drafted_by=ctx.user.id,
        drafted_at=ctx.now(),
    )


def default_reply_by(session: Session, incident: Incident, today: date) -> date:
    """The day by which a letter of today asks for an answer: the policy's days and the post's."""
    profile = incident_state.stored_profile(session, incident.profile_id)
    days = profile.clocks.removal_chase_days + DELIVERY_DAYS
    return deadlines.add_working_days(today, days, incident_state.nation(session))


def wording_facts(
    session: Session,
    incident: Incident,
    person: Person,
    kind: LetterKind,
    where: Where,
    reply_by: date | None,
) -> letter_wording.Facts:
    """What the letter's words are filled in from. ``where`` bounds the history a date may be cited from."""
    school = session.scalars(select(School)).one()
    profile, facts, _ = advice_for(session, incident, person.id, where)
    step = profile.ladder_step(LETTER_STEPS[kind])
    ids = dict.fromkeys(
        [*(profile.conduct[each].rule for each in facts.conduct), step.rule if step else "INC-4"]
    )
    asked = [
        taken.on
        for taken in facts.history
        if taken.step is Step.ASK_REMOVAL and taken.on >= incident_state.local_date(incident.received_at)
    ]
    return letter_wording.Facts(
        school=school.name,
        reference=incident_words.reference(incident.year, incident.number),
        platform=reference_data.platform_label(incident.platform),
        seen_on=incident_state.local_date(incident.received_at),
        conduct=facts.conduct,
        rules=tuple(profile.rules[each].wording for each in ids if each in profile.rules),
        reply_by=reply_by,
        contact=_contact(session, school),
        complaints=school.complaints_procedure,
        channels=school.official_channels,
        language=person.language,
        removed=incident.removed_on is not None,
        asked_on=max(asked, default=None),
        first_warning=_first_warning(session, person.id, where),
    )


def _contact(session: Session, school: School) -> str:
    """Whom parents are to contact (PPL-4): the contact the school named, else the headteacher at the office."""
    named = school.contacts.get("parents", {})
    parts = [named.get("name", ""), named.get("detail", "")]
    if not parts[0]:
        head = decider(session, headteacher_is_subject=False)
        parts[0] = head.name if head else "the school office"
    if not parts[1]:
        reach = [
            f"by telephone on {school.phone}" if school.phone else "",
            f"by e-mail to {school.email}" if school.email else "",
        ]
        parts[1] = " or ".join(each for each in reach if each)
    # A name with no way to reach it is no contact: the letter stops and says so.
    return f"{parts[0]}, {parts[1]}" if parts[1] else ""


def _first_warning(session: Session, person_id: int, where: Where) -> str:
    """The person's written warning by its date, and by its number where it was a letter of ours."""
    sql = (  # ``where`` is built from fixed words; its values are bound
        "SELECT entry.happened_on, letter.issue_year, letter.issue_number FROM entry"  # noqa: S608 - bound values
        " JOIN incident ON incident.id = entry.incident_id LEFT JOIN letter ON letter.id = entry.letter_id"
        " WHERE entry.kind = 'step' AND entry.step = 'written_warning' AND entry.withdrawn_at IS NULL"
        " AND entry.person_id IN (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
        f" AND ({where.sql}) ORDER BY entry.happened_on DESC, entry.id DESC LIMIT 1"
    )
    row = session.execute(text(sql), {**where.params, "person": person_id}).first()
    if row is None:
        return ""
    words = letter_wording.long_date(date.fromisoformat(row.happened_on))
    if row.issue_number is None:
        return words
    return f"{words} (our reference {row.issue_year}/L{row.issue_number:04d})"


def address_block(person: Person) -> str:
    """Name and address lines as printed."""
    name = person.letter_name or " ".join(
        part for part in (person.title, person.given_name, person.family_name) if part
    )
    lines = [name, *person.address.splitlines(), person.postcode]
    return "\n".join(line.strip() for line in lines if line.strip())


def salutation(person: Person) -> str:
    if person.letter_name:
        return f"Dear {person.letter_name}"
    first = person.title or person.given_name
    return f"Dear {' '.join(part for part in (first, person.family_name) if part)}"


def decider(session: Session, *, headteacher_is_subject: bool) -> User | None:
    """Who decides on the incident's letters: the headteacher, or the chair where it is about the headteacher."""
    role = Role.CHAIR_OF_GOVERNORS if headteacher_is_subject else Role.HEADTEACHER
    users = session.scalars(select(User).where(User.active).order_by(User.id))
    return next((user for user in users if role in user.roles), None)


def names_in(
    session: Session, letter: Letter, incident: Incident, edit: LetterEdit, today: date
) -> list[NameHit]:
    """Whose names stand in the letter. ``start`` and ``end`` are places in the body, -1 outside it."""
    own = sight.same_person(session, letter.person_id)
    people, addressee = _known(session, incident, own, today)
    school = session.scalars(select(School.name)).one()
    found = [
        replace(hit, start=-1, end=-1)
        for hit in letter_names.hits(edit.subject, people, addressee, mask=[school])
    ]
    found += [
        replace(hit, start=-1, end=-1)
        for hit in letter_names.hits(edit.salutation, people, addressee, greeting=True)
    ]
    # Name lines and address lines: a house called "Sam Ward Lodge" is no child, but "care of Sam Ward" is.
    name, *address = edit.addressee.split("\n")
    found += [
        replace(hit, start=-1, end=-1)
        for line in (name, *(each for each in address if _CARE_OF.match(each)))
        for hit in letter_names.hits(line, people, addressee, greeting=True)
    ]
    return found + letter_names.hits(edit.body, people, addressee, mask=[school])


def _known(
    session: Session, incident: Incident, own: frozenset[int], today: date
) -> tuple[list[Known], Known | None]:
    """Everybody looked for, and the addressee. Left out: the addressee, and whoever signs."""
    signing = {
        each
        for user in session.execute(select(User.roles, User.person_id).where(User.active))
        if (Role.CHAIR_OF_GOVERNORS if incident.headteacher_is_subject else Role.HEADTEACHER) in user.roles
        for each in sight.same_person(session, user.person_id)
    }
    involved = set(
        session.scalars(select(IncidentPerson.person_id).where(IncidentPerson.incident_id == incident.id))
    )
    family: set[int] = set()
    for link in session.execute(
        select(PersonLink.person_id, PersonLink.other_id).where(
            or_(PersonLink.person_id.in_(own), PersonLink.other_id.in_(own))
        )
    ):
        family |= {link.person_id, link.other_id} - own
    near = involved | family
    rows = session.execute(
        text(
            "SELECT id, coalesce(merged_into, id) AS keeper, given_name, family_name, known_as, kind, also,"
            " left_on IS NULL OR left_on > :today AS here"
            " FROM person WHERE kind = 'pupil' OR also LIKE '%pupil%' OR coalesce(merged_into, id) IN"
            " (SELECT value FROM json_each(:near)) OR id IN (SELECT value FROM json_each(:near))"
        ),
        {"near": json.dumps(sorted(near | own)), "today": today.isoformat()},
    )
    people: list[Known] = []
    addressee: Known | None = None
    for row in rows:
        is_pupil = row.kind == "pupil" or "pupil" in row.also.split(",")
        known = Known(
            row.keeper,
            row.given_name,
            row.family_name,
            row.known_as,
            KIND_LABELS[PersonKind(row.kind)],
            pupil=is_pupil,
            close=(row.keeper in near or row.id in near)
            and (is_pupil or row.keeper in involved or row.id in involved),
            on_roll=is_pupil and bool(row.here),
        )
        if row.id in own:
            addressee = known if addressee is None or row.id == row.keeper else addressee
        elif row.id not in signing and (is_pupil or known.close):
            people.append(known)
    return people, addressee


def names_sentence(hits: Sequence[NameHit]) -> str:
    """The names found, each once, for a sentence."""
    return ", ".join(dict.fromkeys(f"{hit.found.strip()} ({hit.kind_label.lower()})" for hit in hits))


def paper(session: Session, letter: Letter, edit: LetterEdit, on: date) -> LetterData:
    """The letter as the document draws it; without a number it comes out marked as a draft."""
    school = session.scalars(select(School)).one()
    incident = session.get_one(Incident, letter.incident_id)
    signer = session.get(User, letter.approved_by) if letter.approved_by is not None else None
    if signer is None:
        signer = decider(session, headteacher_is_subject=incident.headteacher_is_subject)
    approval = None
    if letter.approved_at is not None and letter.signing_key_id is not None and signer is not None:
        key = session.get_one(SigningKey, letter.signing_key_id)
        title = f"{signer.name}, {signer.job_title}" if signer.job_title else signer.name
        short = " ".join(fingerprint(key.public_key).split()[:4])
        approval = Approval(title, incident_state.local_date(letter.approved_at), short)
    name, *address = edit.addressee.splitlines() or [""]
    return LetterData(
        letterhead=Letterhead(
            school=school.name,
            address=tuple(school.address.splitlines()),
            phone=school.phone,
            email=school.email,
            website=school.website,
            logo=school.logo,
        ),
        reference=number(letter) or None,
        date=on,
        addressee=name,
        address=tuple(address),
        salutation=edit.salutation,
        heading=edit.subject,
        body=letter_wording.blocks(edit.body),
        sign_name=signer.name if signer else "",
        sign_role=signer.job_title if signer else "",
        closing=letter_wording.closing(LetterKind(letter.kind)),
        approval=approval,
        footer=(
            "This letter is about you and is kept with the school's records. You may ask to see what we hold about "
            "you, and to have it put right, by writing to the school."
        ),
        marking="Private and confidential",
    )


def pdf(session: Session, letter: Letter, edit: LetterEdit, on: date) -> bytes:
    """The letter as a PDF. Raises Refused where the paper cannot be made from what was typed."""
    from smdesk.documents import letter as document

    if not edit.body.strip():
        raise Refused("The letter has no text yet.")
    return document.render_bytes(paper(session, letter, edit, on))


def timeline_entry(letter: Letter, **fields: Any) -> Entry:
    """A line about the letter for the incident's timeline."""
    return Entry(incident_id=letter.incident_id, person_id=letter.person_id, letter_id=letter.id, **fields)
